//! Programs that were built with an older header go on working: what they were compiled against stands in
//! `tests/abi.snapshot`, which changes only with a line in CHANGELOG.md under ABI.

mod support;

use std::fmt::Write;
use std::process::Command;
use std::{env, fs};

use support::{CHeader, CProgram, Library, TempDir, expect_success, in_project, installed};

const SNAPSHOT: &str = "tests/abi.snapshot";

fn header() -> CHeader {
    let text = fs::read_to_string(in_project("include/imgferry.h")).expect("the header");
    CHeader::parse(&text)
}

/// Everything but the version, which is no promise of its own.
fn constants(header: &CHeader) -> impl Iterator<Item = &String> {
    let all = header.constants.iter();
    all.filter(|name| !name.starts_with("IMGFERRY_VERSION_"))
}

/// What a compiler makes of the header, a fact a line, sorted.
fn snapshot(header: &CHeader) -> String {
    let mut program =
        String::from("#include <stdio.h>\n#include <imgferry.h>\nint main(void)\n{\n");
    let mut print = |what: &str, number: &str| {
        writeln!(
            program,
            r#"    printf("{what} %lld\n", (long long)({number}));"#
        )
        .expect("a text");
    };
    for name in constants(header) {
        print(&format!("constant {name} ="), name);
    }
    for each in &header.structs {
        let name = &each.name;
        print(&format!("struct {name}: size"), &format!("sizeof({name})"));
        for field in &each.fields {
            let what = format!("struct {name}: {} {} at", field.kind, field.name);
            print(&what, &format!("offsetof({name}, {})", field.name));
        }
    }
    for (name, definition) in &header.types {
        let what = format!("type {name} = {definition}, size");
        print(&what, &format!("sizeof({name})"));
    }
    program.push_str("    return 0;\n}\n");

    let facts = CProgram::build_text(&program, Library::Shared).run([""; 0]);
    let mut facts: Vec<String> = facts.lines().map(str::to_owned).collect();
    facts.extend(header.handles.iter().map(|name| format!("handle {name}")));
    for function in &header.functions {
        let parameters = function.parameters.iter();
        let parameters = parameters.map(|each| format!("{} {}", each.kind, each.name));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        facts.push(format!(
            "function {}: {} ({parameters})",
            function.name, function.returns
        ));
    }
    facts.sort();
    facts.join("\n") + "\n"
}

#[test]
#[cfg(target_pointer_width = "64")]
fn what_programs_were_compiled_against_stays() {
    let now = snapshot(&header());
    if env::var_os("IMGFERRY_BLESS").is_some() {
        fs::write(in_project(SNAPSHOT), &now).expect("write the snapshot");
    }
    let promised = fs::read_to_string(in_project(SNAPSHOT)).expect("the snapshot");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (promised, now) = (lines(&promised), lines(&now));
    let gone: Vec<_> = promised.iter().filter(|line| !now.contains(line)).collect();
    let new: Vec<_> = now.iter().filter(|line| !promised.contains(line)).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "gone: {gone:#?}\nnew: {new:#?}\n`IMGFERRY_BLESS=1 cargo test --test abi` takes it over; CHANGELOG.md needs a line"
    );
}

/// Lays the structs out as the targets do whose rules differ; what clang says of padding.
fn padding(definitions: &str, structs: &[String]) -> String {
    let folder = TempDir::new("padding");
    let source = folder.join("padding.c");
    // A struct is laid out only when its size matters.
    let uses = structs
        .iter()
        .map(|name| format!("extern char of_{name}[sizeof({name})];\n"));
    fs::write(&source, definitions.to_owned() + &uses.collect::<String>()).expect("write a source");
    let targets = [
        "x86_64-linux-gnu",
        "aarch64-linux-gnu",
        "i686-linux-gnu",
        "armv7-linux-gnueabihf",
    ];
    let said = targets.map(|target| {
        let mut clang = Command::new(installed("clang", "clang"));
        clang
            .args(["-Wpadded", "-ffreestanding", "-fsyntax-only", "-I"])
            .arg(in_project("include"))
            .arg(format!("--target={target}"))
            .arg(&source);
        let output = clang.output().expect("run clang");
        expect_success(&output);
        String::from_utf8(output.stderr).expect("UTF-8")
    });
    said.concat()
}

/// A field that is appended later would lie in old padding, and be read as garbage from programs that do not know it.
#[test]
fn no_struct_has_padding() {
    let structs: Vec<String> = header().structs.into_iter().map(|each| each.name).collect();
    assert!(structs.len() > 5, "the structs were found: {structs:?}");
    assert_eq!(padding("#include <imgferry.h>\n", &structs), "");

    let padded = "typedef struct { void *pointer; int number; void *more; } padded;\n";
    let said = padding(padded, &["padded".to_owned()]);
    assert_eq!(
        said.matches("warning: padding").count(),
        2,
        "the 64-bit targets pad it: {said}"
    );
}

#[test]
fn every_status_has_its_name_and_its_number() {
    let header = header();
    let others = [
        "IMGFERRY_COMPRESSION_",
        "IMGFERRY_LOG_",
        "IMGFERRY_PHASE_",
        "IMGFERRY_PUSH_",
        "IMGFERRY_TAG_",
        "IMGFERRY_UNIT_",
        "IMGFERRY_UPLOAD_",
    ];
    let statuses = constants(&header)
        .filter(|name| !others.iter().any(|beginning| name.starts_with(beginning)));
    let mut program =
        String::from("#include <stdio.h>\n#include <imgferry.h>\nint main(void)\n{\n");
    for name in statuses {
        let line = r#"    printf("IMGFERRY_%s %d\n", imgferry_status_name("#;
        writeln!(program, "{line}{name}), {name});").expect("a text");
        writeln!(program, r#"    puts("{name}");"#).expect("a text");
    }
    program.push_str("    return 0;\n}\n");
    let printed = CProgram::build_text(&program, Library::Shared).run([""; 0]);
    let lines: Vec<&str> = printed.lines().collect();
    let mut numbers = Vec::new();
    for pair in lines.chunks(2) {
        let (name, number) = pair[0].split_once(' ').expect("a name and a number");
        assert_eq!(name, pair[1]);
        numbers.push(number.to_owned());
    }
    let count = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "two statuses have one number");
    assert!(count > 20, "the statuses were found: {count}");
}
