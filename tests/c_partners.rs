//! Every public function of the Rust API has a partner in C, or a reason why not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The partners that are called otherwise, and the reasons where there is none.
const OTHERS: &[(&str, &str)] = &[
    ("BlobReader::read_with", "imgferry_reader_read"),
    ("BlobReader::size", "imgferry_reader_size"),
    ("BlobReader::write_file", "imgferry_registry_get_blob_path"),
    ("BlobReader::write_to", "imgferry_registry_get_blob_stream"),
    ("Call::cancel", "imgferry_call_init"),
    ("Call::limits", "imgferry_call_init"),
    ("Call::new", "imgferry_call_init"),
    ("Call::progress", "imgferry_call_init"),
    ("Call::progress_interval", "imgferry_call_init"),
    ("Cancel::cancel", "imgferry_cancel_set"),
    ("Cancel::is_cancelled", "imgferry_cancel_is_set"),
    ("Config::parser", "imgferry_config_to_platform_image"),
    ("Credentials::from_env", "imgferry_registry_options_init"),
    ("Credentials::strict", "imgferry_registry_options_init"),
    ("Credentials::with", "imgferry_registry_options_init"),
    (
        "Credentials::with_callback",
        "imgferry_registry_options_init",
    ),
    (
        "Credentials::with_config_file",
        "imgferry_registry_options_init",
    ),
    (
        "Descriptor::is_attestation",
        "it reads the annotations, which C gets",
    ),
    (
        "Descriptor::is_foreign",
        "it reads the media type, which C gets",
    ),
    ("Digest::algorithm", "digests are texts in C"),
    ("Digest::as_str", "digests are texts in C"),
    ("Digest::hex", "digests are texts in C"),
    (
        "Digest::parse",
        "digests are texts in C, and checked where they are given",
    ),
    ("Digest::sha256", "C programs have libraries for that"),
    ("Engine::save_images", "imgferry_engine_get_images_stream"),
    (
        "Engine::save_images_file",
        "imgferry_engine_get_images_path",
    ),
    ("Error::answer", "imgferry_error_http_status"),
    ("Error::context", "imgferry_error_operation"),
    ("Error::is_retryable", "imgferry_error_retryable"),
    ("Error::kind", "imgferry_error_status"),
    ("Error::report", "imgferry_error_message"),
    ("Error::retry_after", "imgferry_error_retry_after_ms"),
    ("ImageArchive::read_with", "imgferry_reader_read"),
    (
        "ImageArchive::write_file",
        "imgferry_engine_get_images_path",
    ),
    (
        "ImageArchive::write_to",
        "imgferry_engine_get_images_stream",
    ),
    (
        "Images::engine",
        "a C program has the handle that it made the other one with",
    ),
    ("Images::parser", "imgferry_config_to_platform_image"),
    ("Images::with_config", "imgferry_images_new"),
    ("LocalImage::reference", "imgferry_local_image_text"),
    ("Manifest::bytes", "imgferry_manifest_data"),
    (
        "Manifest::content",
        "C gets the document as JSON text: imgferry_manifest_data",
    ),
    ("Names::next_with", "imgferry_names_next"),
    ("Names::rest", "a loop over imgferry_names_next"),
    ("Parser::local_image", "imgferry_config_local_image"),
    ("Parser::platform_image", "imgferry_config_platform_image"),
    ("Parser::remote_image", "imgferry_config_remote_image"),
    ("Parser::text", "imgferry_remote_image_text"),
    ("Parser::to_local_image", "imgferry_config_to_local_image"),
    (
        "Parser::to_platform_image",
        "imgferry_config_to_platform_image",
    ),
    (
        "Platform::host",
        "platforms are texts in C, and \"\" is this machine's",
    ),
    (
        "Platform::parse",
        "platforms are texts in C, and checked where they are given",
    ),
    ("Proxy::from_env", "imgferry_registry_options_init"),
    ("Proxy::new", "imgferry_registry_options_init"),
    ("Reference::api_host", "references are texts in C"),
    ("Reference::as_str", "imgferry_remote_image_text"),
    ("Reference::digest", "imgferry_remote_image_digest"),
    ("Reference::domain", "imgferry_remote_image_registry"),
    ("Reference::familiar", "imgferry_local_image_text"),
    ("Reference::parse", "imgferry_remote_image_parse"),
    ("Reference::path", "imgferry_remote_image_name"),
    ("Reference::repository", "references are texts in C"),
    ("Reference::tag", "imgferry_remote_image_tag"),
    ("Reference::tag_or_latest", "imgferry_remote_image_tag"),
    (
        "Reference::with_digest",
        "imgferry_remote_image_with_digest",
    ),
    ("Reference::with_tag", "imgferry_remote_image_with_tag"),
    ("Reference::without_digest", "references are texts in C"),
    ("Reference::without_tag", "references are texts in C"),
    ("Registry::put_blob", "imgferry_registry_put_blob_stream"),
    ("Registry::save_blob", "imgferry_registry_get_blob_stream"),
    (
        "Registry::save_blob_file",
        "imgferry_registry_get_blob_path",
    ),
    (
        "RegistryOptions::from_env",
        "imgferry_registry_options_init",
    ),
    (
        "RemoteImage::as_docker_url",
        "imgferry_remote_image_docker_url",
    ),
    (
        "RemoteImage::new_external_image",
        "imgferry_remote_image_new_external",
    ),
    (
        "RemoteImage::new_neuro_image",
        "imgferry_remote_image_new_platform",
    ),
    (
        "RemoteImage::new_platform_image",
        "imgferry_remote_image_new_platform",
    ),
    ("RemoteImage::owner", "imgferry_remote_image_project_name"),
    ("RemoteImage::reference", "imgferry_remote_image_text"),
];

#[test]
fn every_function_of_the_rust_api_has_a_partner_in_c_or_a_reason() {
    let header = fs::read_to_string("include/imgferry.h").expect("the header");
    let is_in_c = |name: &str| header.contains(&format!("{name}("));
    let mut wrong = Vec::new();
    let verbs = verbs();
    for verb in &verbs {
        let other = OTHERS.iter().find(|(known, _)| known == verb);
        match (is_in_c(&partner(verb)), other) {
            (true, None) => {}
            (true, Some(_)) => wrong.push(format!("{verb} has a partner of its name by now")),
            (false, None) => wrong.push(format!("{verb} has no partner in C, and no reason")),
            (false, Some((_, other))) => {
                if other.starts_with("imgferry_") && !is_in_c(other) {
                    wrong.push(format!("{verb} has a partner that is not there: {other}"));
                }
            }
        }
    }
    for (verb, _) in OTHERS {
        if !verbs.contains(*verb) {
            wrong.push(format!("{verb} is no function of the Rust API"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(verbs.len() > 150, "they were found: {}", verbs.len());
}

/// The C function of the same name.
fn partner(verb: &str) -> String {
    let (kind, name) = verb.split_once("::").unwrap_or(("", verb));
    let mut text = String::from("imgferry");
    for letter in kind.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    format!("{text}_{name}")
}

/// The public functions of what `lib.rs` shows, such as `Engine::pull` and `copy`.
fn verbs() -> BTreeSet<String> {
    let shown = shown();
    let mut verbs = BTreeSet::new();
    for path in sources(Path::new("src")) {
        let text = fs::read_to_string(&path).expect("a source");
        let mut kind = "";
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let is_a_file = lines.peek().is_some_and(|next| next.ends_with(';'));
            if line.starts_with("#[cfg(test)]") && !is_a_file {
                break;
            }
            if let Some(rest) = line.strip_prefix("impl") {
                kind = implemented(rest);
            }
            let name = |line: &str, before: &str| {
                let rest = line.strip_prefix(before)?;
                let rest = rest.strip_prefix("const ").unwrap_or(rest);
                let end = rest.strip_prefix("fn ")?;
                Some(end.split(['(', '<']).next()?.to_owned())
            };
            if let Some(name) = name(line, "    pub ").filter(|_| shown.contains(kind)) {
                verbs.insert(format!("{kind}::{name}"));
            }
            if let Some(name) = name(line, "pub ").filter(|name| shown.contains(name)) {
                verbs.insert(name);
            }
        }
    }
    verbs
}

/// `Engine` of ` Engine {`; nothing where a trait is implemented.
fn implemented(rest: &str) -> &str {
    let rest = match rest.strip_prefix('<') {
        Some(parameters) => parameters.split_once('>').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = rest.trim_end_matches('{').trim();
    match rest.contains(" for ") {
        true => "",
        false => rest.split('<').next().unwrap_or(rest),
    }
}

/// The names that `lib.rs` re-exports.
fn shown() -> BTreeSet<String> {
    let text = fs::read_to_string("src/lib.rs").expect("lib.rs");
    let uses = text.split("pub use ").skip(1);
    let names = uses.flat_map(|rest| {
        let list = rest.split(';').next().unwrap_or(rest);
        let words = list.split(|c: char| ",{}".contains(c) || c.is_whitespace());
        words.map(|word| word.rsplit("::").next().unwrap_or(word))
    });
    names.map(str::to_owned).collect()
}

/// All sources but those that speak C.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("ffi") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
