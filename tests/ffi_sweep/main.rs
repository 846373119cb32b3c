//! Every function of the header survives every argument that a C program can get wrong, and says what is wrong.
//!
//! The calls are written from the header, so that a new function is swept without a new line here. What a new kind of
//! argument needs stands in the tables of `values`; without it the test fails.

#[path = "../support/mod.rs"]
mod support;

mod values;

use std::fmt::Write;
use std::fs;

use support::{CFunction, CHeader, CProgram, CVariable, Library, ScriptedEngine, in_project, say};
use values::{ANYTHING, NOTHING_IS_SUCCESS, Value, is_output, values};

/// One call, as a function of its own.
fn write_case(program: &mut String, number: usize, function: &CFunction, chosen: &[&Value]) {
    let special: Vec<String> = function
        .parameters
        .iter()
        .zip(chosen)
        .filter(|(_, value)| !value.label.is_empty())
        .map(|(parameter, value)| format!("{} {}", parameter.name, value.label))
        .collect();
    let label = format!("{}: {}", function.name, special.join(", ")).replace('\\', "/");
    writeln!(
        program,
        "static void case_{number}(void)\n{{\n    static const char label[] = \"{label}\";"
    )
    .expect("a text");
    let outputs: Vec<(&CVariable, &&Value)> = function
        .parameters
        .iter()
        .zip(chosen)
        .filter(|(parameter, _)| is_output(parameter))
        .collect();
    let asked_for = || {
        outputs
            .iter()
            .filter(|(_, value)| value.expression != "NULL")
    };
    for (output, _) in asked_for() {
        let kind = output.kind.strip_suffix('*').expect("a pointer to it");
        let poison = if kind.ends_with('*') { "POISON" } else { "77" };
        writeln!(program, "    {kind}{} = {poison};", output.name).expect("a text");
    }
    let before: String = chosen.iter().map(|value| value.before.as_str()).collect();
    writeln!(program, "    {before}").expect("a text");
    let arguments: Vec<&str> = chosen
        .iter()
        .map(|value| value.expression.as_str())
        .collect();
    let call = format!("{}({})", function.name, arguments.join(", "));

    if outputs.is_empty() {
        match function.returns.as_str() {
            "const char *" => {
                writeln!(
                    program,
                    "    if ({call} == NULL)\n        complain(label, \"no text\");"
                )
            }
            _ => writeln!(program, "    (void){call};\n    (void)label;"),
        }
        .expect("a text");
        program.push_str("    cases++;\n");
    } else {
        let strictest = |a, b| if a == ANYTHING { b } else { a };
        let wanted = chosen
            .iter()
            .map(|value| value.wanted)
            .fold(ANYTHING, strictest);
        let error = asked_for().find(|(output, _)| output.name == "error_out");
        let (error, asked) = error.map_or(("NULL", 0), |_| ("error_out", 1));
        writeln!(program, "    imgferry_status status = {call};").expect("a text");
        writeln!(
            program,
            "    look(label, {wanted}, status, {error}, {asked});"
        )
        .expect("a text");
        for (output, _) in asked_for() {
            let name = &output.name;
            if !output.kind.ends_with("**") {
                writeln!(
                    program,
                    "    look_at_number(label, status, (long long){name});"
                )
                .expect("a text");
                continue;
            }
            if name != "error_out" {
                let may_be_nothing =
                    i32::from(NOTHING_IS_SUCCESS.contains(&function.name.as_str()));
                writeln!(
                    program,
                    "    look_at_output(label, status, {name}, {may_be_nothing});"
                )
                .expect("a text");
            }
            let of = output
                .kind
                .strip_prefix("struct ")
                .and_then(|kind| kind.strip_suffix(" **"));
            writeln!(program, "    {}_free({name});", of.expect("a handle")).expect("a text");
        }
    }
    if before.contains("given") {
        program.push_str("    free(given);\n");
    }
    program.push_str("}\n\n");
}

/// The `_init` functions, whose sizes are what matters.
fn write_init_cases(program: &mut String, number: &mut usize, function: &CFunction) {
    let options = function.name.strip_suffix("_init").expect("an _init");
    for (given, size) in [
        ("NULL", "0".to_owned()),
        ("NULL", format!("sizeof({options})")),
        ("given", "0".to_owned()),
        ("given", "sizeof(size_t) - 1".to_owned()),
        ("given", "sizeof(size_t)".to_owned()),
        ("given", format!("sizeof({options})")),
        ("given", "SIZE_MAX".to_owned()),
    ] {
        writeln!(
            program,
            "static void case_{number}(void)\n{{\n    {options} *given = a_{options}(0);\n    {}({given}, {size});\n    free(given);\n    cases++;\n}}\n",
            function.name
        )
        .expect("a text");
        *number += 1;
    }
}

fn program(header: &CHeader) -> String {
    let mut program = String::from("#include \"sweep.h\"\n\n");
    for options in &header.structs {
        let init = format!("{}_init", options.name);
        if header
            .functions
            .iter()
            .any(|function| function.name == init)
        {
            writeln!(program, "A_STRUCT({})", options.name).expect("a text");
        }
    }
    program.push('\n');
    let mut number = 0;
    for function in &header.functions {
        if function.name.ends_with("_init") {
            write_init_cases(&mut program, &mut number, function);
            continue;
        }
        let values: Vec<Vec<Value>> = function
            .parameters
            .iter()
            .map(|parameter| values(header, function, parameter))
            .collect();
        let good: Vec<&Value> = values.iter().map(|values| &values[0]).collect();
        write_case(&mut program, number, function, &good);
        number += 1;
        for (at, values) in values.iter().enumerate() {
            for value in values.iter().skip(1) {
                let mut chosen = good.clone();
                chosen[at] = value;
                write_case(&mut program, number, function, &chosen);
                number += 1;
            }
        }
        let nothing =
            |values: &Vec<Value>| values.iter().position(|value| value.expression == "NULL");
        let nothing: Vec<&Value> = values
            .iter()
            .map(|values| &values[nothing(values).unwrap_or(0)])
            .collect();
        write_case(&mut program, number, function, &nothing);
        number += 1;
    }
    program.push_str("int main(int argc, char **argv)\n{\n    set_up(argv[argc - 1]);\n");
    for case in 0..number {
        writeln!(program, "    case_{case}();").expect("a text");
    }
    program.push_str("    tear_down();\n    printf(\"%u cases, %u complaints\\n\", cases, complaints);\n    return complaints != 0;\n}\n");
    program
}

#[test]
fn no_argument_is_too_bad() {
    let text = fs::read_to_string(in_project("include/imgferry.h")).expect("the header");
    let header = CHeader::parse(&text);
    // For the reader, which is never read to its end.
    let part = ScriptedEngine::start(|_, connection| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n";
        say(connection, [head.as_bytes(), &[0; 10_000]].concat());
        true
    });
    let program = CProgram::build_text(&program(&header), Library::Shared);
    let printed = program.run_checked([part.endpoint()]);
    println!("{printed}");
    let (cases, _) = printed.split_once(" cases").expect("a summary");
    let cases: usize = cases.parse().expect("a number");
    assert!(
        cases > 4 * header.functions.len(),
        "{cases} cases are too few"
    );
}
