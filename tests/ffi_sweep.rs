//! Every function of the header survives every argument that a C program can get wrong, and says what is wrong.
//!
//! The calls are written from the header, so that a new function is swept without a new line here. What a new kind of
//! argument needs stands in the tables below; without it the test fails.

mod support;

use std::fmt::Write;
use std::fs;

use support::{CFunction, CHeader, CProgram, CStruct, CVariable, Library, in_project};

/// A good value for each text, by the name of the argument.
const TEXTS: &[(&str, &str)] = &[
    ("address", "unix:///nowhere/engine.sock"),
    ("host", "127.0.0.1:1"),
    ("registry", "127.0.0.1:1"),
    ("image", "127.0.0.1:1/demo/app:1"),
    ("local", "127.0.0.1:1/demo/app:1"),
    ("reference", "127.0.0.1:1/demo/app:1"),
    ("remote", "127.0.0.1:1/demo/app:1"),
    ("repository", "127.0.0.1:1/demo/app"),
    ("text", "demo/app:1"),
    ("name", "app"),
    ("tag", "1"),
    (
        "digest",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ),
    ("project_name", "ml"),
    ("org_name", "acme"),
    ("cluster_name", "main"),
    ("path", "/nowhere/archive.tar"),
];

/// The handles of `sweep.h`.
const MADE: &[&str] = &[
    "imgferry_engine",
    "imgferry_registry",
    "imgferry_images",
    "imgferry_local_image",
    "imgferry_remote_image",
    "imgferry_cancel",
    "imgferry_error",
];

/// Handles that only a peer's answer makes; `tests/c_programs.rs` has one of each. Here they are NULL.
const FROM_A_PEER: &[&str] = &[
    "imgferry_image_details",
    "imgferry_image_list",
    "imgferry_image_size",
    "imgferry_image_summary",
    "imgferry_loaded",
    "imgferry_manifest",
    "imgferry_platform_size",
    "imgferry_pulled",
    "imgferry_pulled_image",
    "imgferry_pushed",
    "imgferry_pushed_image",
    "imgferry_remote_image_list",
    "imgferry_removed",
    "imgferry_text",
    "imgferry_text_list",
];

/// What must come back; the names of `enum wanted` in `sweep.h`.
const ANYTHING: &str = "ANYTHING";
const INVALID: &str = "INVALID";
const INVALID_WITH_INIT: &str = "INVALID_WITH_INIT";

/// One value for an argument.
struct Value {
    /// What is special about it; empty for the good one, which comes first.
    label: String,
    expression: String,
    /// Statements before the call; `given` is what they make.
    before: String,
    wanted: &'static str,
}

impl Value {
    fn new(label: &str, expression: &str, wanted: &'static str) -> Value {
        Value {
            label: label.to_owned(),
            expression: expression.to_owned(),
            before: String::new(),
            wanted,
        }
    }
}

/// The name of the struct in `const struct NAME *`.
fn pointed_to(kind: &str) -> Option<&str> {
    kind.strip_prefix("const struct ")
        .and_then(|rest| rest.strip_suffix(" *"))
}

/// The values for one argument.
fn values(header: &CHeader, function: &CFunction, parameter: &CVariable) -> Vec<Value> {
    let name = parameter.name.as_str();
    let if_null = match header.may_be_null(function, name) {
        true => ANYTHING,
        false => INVALID,
    };
    match parameter.kind.as_str() {
        "const char *" => texts(name, if_null),
        "void *" => vec![Value::new("", "NULL", ANYTHING)],
        "imgferry_read_fn" => vec![
            Value::new("", "read_nothing", ANYTHING),
            Value::new("NULL", "NULL", INVALID),
        ],
        "int" => vec![
            Value::new("", "0", ANYTHING),
            Value::new("-1", "-1", INVALID),
            Value::new("the largest", "2147483647", INVALID),
            Value::new("the smallest", "-2147483647 - 1", INVALID),
        ],
        "int32_t" | "imgferry_status" => ["0", "1", "-1", "2147483647"]
            .map(|number| Value::new(number, number, ANYTHING))
            .into(),
        "size_t" => ["0", "1", "SIZE_MAX"]
            .map(|number| Value::new(number, number, ANYTHING))
            .into(),
        output if output.ends_with("**") => {
            let wanted = if name == "error_out" {
                ANYTHING
            } else {
                INVALID
            };
            vec![
                Value::new("", &format!("&{name}"), ANYTHING),
                Value::new("NULL", "NULL", wanted),
            ]
        }
        kind => {
            let Some(pointed_to) = pointed_to(kind) else {
                // Only a `_free` takes a handle that it may change.
                assert!(
                    function.name.ends_with("_free"),
                    "{}: {kind}",
                    function.name
                );
                return vec![Value::new("NULL", "NULL", ANYTHING)];
            };
            match header.structs.iter().find(|each| each.name == pointed_to) {
                Some(options) => structs(options),
                None => handles(pointed_to),
            }
        }
    }
}

fn texts(name: &str, if_null: &'static str) -> Vec<Value> {
    let good = TEXTS.iter().find(|(known, _)| *known == name);
    let (_, good) = good.unwrap_or_else(|| panic!("a good text for `{name}` is missing in TEXTS"));
    let if_not_utf8 = if name == "path" { ANYTHING } else { INVALID };
    vec![
        Value::new("", &format!("\"{good}\""), ANYTHING),
        Value::new("NULL", "NULL", if_null),
        Value::new("not UTF-8", r#""a\xff\xfe""#, if_not_utf8),
        Value::new("empty", r#""""#, ANYTHING),
        Value::new("control characters", r#""\x01\x1b[31m\n""#, ANYTHING),
        Value::new("another alphabet", r#""\xd0\xb6\xe2\x82\xac""#, ANYTHING),
    ]
}

fn handles(name: &str) -> Vec<Value> {
    if FROM_A_PEER.contains(&name) {
        return vec![Value::new("NULL", "NULL", ANYTHING)];
    }
    assert!(MADE.contains(&name), "sweep.h makes no {name}");
    let variable = name.replacen("imgferry_", "the_", 1);
    vec![
        Value::new("", &variable, ANYTHING),
        Value::new("NULL", "NULL", INVALID),
    ]
}

/// A struct with every size, and with every field wrong in turn.
fn structs(options: &CStruct) -> Vec<Value> {
    let name = &options.name;
    let mut values = vec![Value::new("", "NULL", ANYTHING)];
    let mut add = |label: &str, more: &str, change: &str, wanted| {
        values.push(Value {
            label: label.to_owned(),
            expression: "given".to_owned(),
            before: format!("{name} *given = a_{name}({more});\n    {change}"),
            wanted,
        });
    };
    add("initialised", "0", "", ANYTHING);
    add("longer, and 0 there", "8", "", ANYTHING);
    add(
        "longer, and not 0 there",
        "8",
        "((char *)given)[sizeof *given + 7] = 1;",
        INVALID,
    );
    for size in ["0", "1", "sizeof(size_t)", "sizeof *given - 1", "SIZE_MAX"] {
        let change = format!("given->struct_size = {size};");
        add(
            &format!("struct_size {size}"),
            "0",
            &change,
            INVALID_WITH_INIT,
        );
    }
    for field in &options.fields {
        let field_name = field.name.as_str();
        let value = match field.kind.as_str() {
            "const char *" => r#""a\xff""#.to_owned(),
            "int32_t" => "2".to_owned(),
            "int64_t" => "-2".to_owned(),
            "size_t" if field_name == "struct_size" => continue,
            // A count, of what is NULL.
            "size_t" => "1".to_owned(),
            "const char *const *" | "const uint8_t *" => continue,
            "void *" | "imgferry_progress_fn" | "const struct imgferry_cancel *" => continue,
            "const struct imgferry_credential *" if field_name == "credential" => {
                add(
                    "its credential of size 0",
                    "0",
                    "imgferry_credential none = {0};\n    given->credential = &none;",
                    INVALID_WITH_INIT,
                );
                continue;
            }
            "const struct imgferry_credential *" => continue,
            kind => panic!("{name}.{field_name}: no wrong value is known for {kind}"),
        };
        let change = format!("given->{field_name} = {value};");
        add(
            &format!("its {field_name} {value}").replace('"', "'"),
            "0",
            &change,
            INVALID,
        );
    }
    values
}

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
        .filter(|(parameter, _)| parameter.kind.ends_with("**"))
        .collect();
    let asked_for = || {
        outputs
            .iter()
            .filter(|(_, value)| value.expression != "NULL")
    };
    for (output, _) in asked_for() {
        let kind = output.kind.strip_suffix('*').expect("a pointer to it");
        writeln!(program, "    {kind}{} = POISON;", output.name).expect("a text");
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
            if name != "error_out" {
                writeln!(program, "    look_at_output(label, status, {name});").expect("a text");
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
    program.push_str("int main(void)\n{\n    set_up();\n");
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
    let printed = CProgram::build_text(&program(&header), Library::Shared).run_checked([""; 0]);
    println!("{printed}");
    let (cases, _) = printed.split_once(" cases").expect("a summary");
    let cases: usize = cases.parse().expect("a number");
    assert!(
        cases > 4 * header.functions.len(),
        "{cases} cases are too few"
    );
}
