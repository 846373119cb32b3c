//! What each argument can be: a good value, and every wrong one.

use super::support::{CFunction, CHeader, CStruct, CVariable};

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
    // Not the blob without a byte, which nobody is asked for, so that it would be written to every path below.
    (
        "blob",
        "127.0.0.1:1/demo/app@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    ),
    ("artifact_type", "application/spdx+json"),
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
    ("json", "{}"),
    ("token", "a-token"),
    ("from", "demo/base"),
    ("media_type", "application/vnd.oci.image.manifest.v1+json"),
    ("platform", "linux/amd64"),
    ("source", "/nowhere/root.tar"),
    ("url", "http://127.0.0.1:1/root.tar"),
    ("term", "127.0.0.1:1/app"),
    ("images", "127.0.0.1:1/demo/app:1"),
    ("filters", "dangling=true"),
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
    "imgferry_reader",
    "imgferry_names",
    "imgferry_config",
    "imgferry_place",
];

/// Handles that only a peer's answer makes, or a callback gets; `tests/c_programs.rs` has one of each. Here they are
/// NULL.
const FROM_A_PEER: &[&str] = &[
    "imgferry_copied",
    "imgferry_deleted",
    "imgferry_descriptor",
    "imgferry_descriptor_list",
    "imgferry_credential_reply",
    "imgferry_distribution",
    "imgferry_history",
    "imgferry_history_entry",
    "imgferry_image_config",
    "imgferry_image_details",
    "imgferry_image_list",
    "imgferry_image_platform",
    "imgferry_image_platform_list",
    "imgferry_image_size",
    "imgferry_image_summary",
    "imgferry_imported",
    "imgferry_inspected",
    "imgferry_listed_image",
    "imgferry_listed_image_list",
    "imgferry_loaded",
    "imgferry_manifest",
    "imgferry_manifest_head",
    "imgferry_platform_size",
    "imgferry_pruned",
    "imgferry_pulled",
    "imgferry_pulled_image",
    "imgferry_pushed",
    "imgferry_pushed_image",
    "imgferry_rate_limit",
    "imgferry_remote_image_list",
    "imgferry_removed",
    "imgferry_saved",
    "imgferry_search_result",
    "imgferry_search_result_list",
    "imgferry_tag",
    "imgferry_tag_info",
    "imgferry_text",
    "imgferry_text_list",
    "imgferry_token_reply",
    "imgferry_uploaded_blob",
];

/// The functions whose output is also NULL when there is nothing to give.
pub(super) const NOTHING_IS_SUCCESS: &[&str] =
    &["imgferry_names_next", "imgferry_registry_rate_limit"];

/// What must come back; the names of `enum wanted` in `sweep.h`.
pub(super) const ANYTHING: &str = "ANYTHING";
const INVALID: &str = "INVALID";
const INVALID_WITH_INIT: &str = "INVALID_WITH_INIT";

/// One value for an argument.
pub(super) struct Value {
    /// What is special about it; empty for the good one, which comes first.
    pub(super) label: String,
    pub(super) expression: String,
    /// Statements before the call; `given` is what they make.
    pub(super) before: String,
    pub(super) wanted: &'static str,
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

/// The name of the struct in `const struct NAME *`, or in `struct NAME *`, which may be changed.
fn pointed_to(kind: &str) -> Option<&str> {
    kind.trim_start_matches("const ")
        .strip_prefix("struct ")
        .and_then(|rest| rest.strip_suffix(" *"))
}

/// Whether a parameter is where a function writes its result.
pub(super) fn is_output(parameter: &CVariable) -> bool {
    parameter.name.ends_with("_out")
}

/// The values for one argument.
pub(super) fn values(header: &CHeader, function: &CFunction, parameter: &CVariable) -> Vec<Value> {
    let name = parameter.name.as_str();
    let if_null = match header.may_be_null(function, name) {
        true => ANYTHING,
        false => INVALID,
    };
    match parameter.kind.as_str() {
        "const char *" => texts(name, if_null),
        "const char *const *" => arrays_of_texts(name),
        "const uint8_t *" => vec![
            Value::new("", "(const uint8_t *)\"x\"", ANYTHING),
            Value::new("NULL", "NULL", INVALID),
        ],
        "uint8_t *" => vec![
            Value::new("", "(uint8_t[1]){0}", ANYTHING),
            Value::new("NULL", "NULL", INVALID),
        ],
        "void *" => vec![Value::new("", "NULL", ANYTHING)],
        "imgferry_read_fn" => vec![
            Value::new("", "read_nothing", ANYTHING),
            Value::new("NULL", "NULL", INVALID),
        ],
        "imgferry_write_fn" => vec![
            Value::new("", "write_nowhere", ANYTHING),
            Value::new("NULL", "NULL", INVALID),
        ],
        "int" => vec![
            Value::new("", "0", ANYTHING),
            Value::new("-1", "-1", INVALID),
            Value::new("the largest", "2147483647", INVALID),
            Value::new("the smallest", "-2147483647 - 1", INVALID),
        ],
        "imgferry_log_fn" => vec![Value::new("", "NULL", ANYTHING)],
        "imgferry_log_level" => vec![
            Value::new("", "IMGFERRY_LOG_WARN", ANYTHING),
            Value::new("-1", "-1", INVALID),
            Value::new("6", "6", INVALID),
        ],
        "imgferry_tag_option" => vec![
            Value::new("", "IMGFERRY_TAG_ALLOW", ANYTHING),
            Value::new("-1", "-1", INVALID),
            Value::new("3", "3", INVALID),
        ],
        "int32_t" | "imgferry_status" => ["0", "1", "-1", "2147483647"]
            .map(|number| Value::new(number, number, ANYTHING))
            .into(),
        // Of what is one element long: the larger ones are no array's.
        "size_t" if name.ends_with("_count") || name == "length" => vec![
            Value::new("", "1", ANYTHING),
            Value::new("0", "0", ANYTHING),
            Value::new("SIZE_MAX", "SIZE_MAX", INVALID),
        ],
        "size_t" if name == "capacity" => {
            vec![Value::new("", "1", ANYTHING), Value::new("0", "0", INVALID)]
        }
        "size_t" => ["0", "1", "SIZE_MAX"]
            .map(|number| Value::new(number, number, ANYTHING))
            .into(),
        _ if is_output(parameter) => {
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
            let pointed_to = pointed_to(kind)
                .unwrap_or_else(|| panic!("{}: no value is known for {kind}", function.name));
            if function.name.ends_with("_free") {
                return vec![Value::new("NULL", "NULL", ANYTHING)];
            }
            match header.structs.iter().find(|each| each.name == pointed_to) {
                Some(options) => structs(options),
                None => handles(pointed_to, if_null),
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

/// Arrays of one text.
fn arrays_of_texts(name: &str) -> Vec<Value> {
    let texts = texts(name, INVALID).into_iter().map(|text| Value {
        expression: format!("(const char *const[]){{{}}}", text.expression),
        label: match text.label.as_str() {
            "" => String::new(),
            label => format!("with a text that is {label}"),
        },
        ..text
    });
    let none = Value::new("NULL", "NULL", INVALID);
    texts.chain([none]).collect()
}

fn handles(name: &str, if_null: &'static str) -> Vec<Value> {
    if FROM_A_PEER.contains(&name) {
        return vec![Value::new("NULL", "NULL", ANYTHING)];
    }
    assert!(MADE.contains(&name), "sweep.h makes no {name}");
    let variable = name.replacen("imgferry_", "the_", 1);
    vec![
        Value::new("", &variable, ANYTHING),
        Value::new("NULL", "NULL", if_null),
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
            // Paths are in the bytes of the system.
            "const char *" if matches!(field_name, "layer_cache" | "spool_dir") => continue,
            "const char *" => r#""a\xff""#.to_owned(),
            "int32_t" if field_name.starts_with("retry_") || field_name.starts_with("parallel") => {
                "-2".to_owned()
            }
            "int32_t" => "2".to_owned(),
            "imgferry_compression" | "imgferry_push_via" => "9".to_owned(),
            "uint32_t" => "UINT32_MAX".to_owned(),
            "int64_t" => "-2".to_owned(),
            "size_t" if field_name == "struct_size" => continue,
            // A count, of what is NULL.
            "size_t" => "1".to_owned(),
            "const char *const *" | "const uint8_t *" => continue,
            "void *" | "imgferry_progress_fn" | "const struct imgferry_cancel *" => continue,
            "imgferry_credential_fn" | "imgferry_token_fn" => continue,
            // Without a callback there is nothing to destroy.
            "imgferry_destroy_fn" => "destroy_nothing".to_owned(),
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
