//! Every form with every kind of part in every kind of configuration: what is read keeps its place, has a text, and finds
//! its way to a local name and back.

use super::promises::{self, parsers};
use super::*;
use crate::error::Error;

/// Paths of one to four parts: of names that mean something, and of some that must not get through.
fn paths() -> Vec<String> {
    let parts = [
        "acme",
        "other",
        "ml",
        "app",
        "sha256",
        "docker.io",
        "127.1",
        "reg.main.test",
        "reg.alt.test:5000",
        "x__y",
        "..",
        "",
    ];
    let few = ["acme", "other", "ml", "reg.main.test"];
    let mut paths: Vec<String> = parts.map(str::to_owned).to_vec();
    for first in parts {
        for second in parts {
            paths.push(format!("{first}/{second}"));
            paths.extend(parts.map(|third| format!("{first}/{second}/{third}")));
        }
    }
    for first in few {
        for second in few {
            for third in few {
                paths.extend(few.map(|fourth| format!("{first}/{second}/{third}/{fourth}")));
            }
        }
    }
    paths
}

fn texts() -> Vec<String> {
    let digest = format!("@sha256:{}", "0123456789abcdef".repeat(4));
    let pinned = format!(":v1{digest}");
    let beginnings = [
        "",
        "image:",
        "image:/",
        "image:///",
        "image://main/",
        "image://ALT/",
        "image://nope/",
        "image://me@main/",
        "docker://",
        "docker://reg.main.test/",
        "reg.main.test/",
        "REG.alt.test:5000/",
        "index.docker.io/",
        "ghcr.io/library/",
    ];
    // Endings have nothing to do with places, so each text has one of them.
    let endings = ["", ":v1", "", &digest, "", &pinned, "", ":", "", "%2e", "?"];
    let mut texts = Vec::new();
    for path in paths() {
        for beginning in beginnings {
            let ending = endings[texts.len() % endings.len()];
            texts.push(format!("{beginning}{path}{ending}"));
        }
    }
    texts
}

/// What every parser reads, once for each text.
fn check_all(check: impl Fn(&Parser, &str, &RemoteImage)) {
    let texts = texts();
    for parser in parsers() {
        let mut read = 0;
        for text in &texts {
            match parser.remote_image(text, TagOption::Allow) {
                Ok(image) => {
                    read += 1;
                    check(&parser, text, &image);
                }
                Err(Error::InvalidReference { position, .. }) => {
                    assert!(text.is_char_boundary(position), "{text:?} at {position}");
                }
                Err(other) => panic!("{text:?}: {other}"),
            }
        }
        assert!(read > 3_000, "only {read} of the texts were images");
    }
}

#[test]
fn whatever_is_read_has_a_text_that_is_read_the_same() {
    check_all(promises::text_is_read_the_same);
}

#[test]
fn nothing_that_is_read_can_climb_out_of_its_project() {
    check_all(promises::stays_in_its_project);
}

#[test]
fn one_place_of_a_known_registry_is_one_image_however_it_is_named() {
    check_all(promises::is_one_image_however_it_is_named);
}

#[test]
fn a_platform_image_comes_back_from_its_local_name() {
    check_all(promises::comes_back_from_its_local_name);
}

#[test]
fn a_repository_keeps_the_path_under_which_its_registry_lists_it() {
    for parser in parsers()
        .iter()
        .filter(|parser| !parser.clusters.is_empty())
    {
        let alt = parser.cluster_registry(Some("alt")).unwrap();
        assert_eq!(alt, ("alt", "reg.alt.test:5000"));
        let mut read = 0;
        for path in paths() {
            let Ok(image) = parser.repository("alt", &path) else {
                continue;
            };
            read += 1;
            assert_eq!(
                image.reference().as_str(),
                format!("reg.alt.test:5000/{path}")
            );
            let text = parser.text(&image);
            let again = parser.remote_image(&text, TagOption::Deny).unwrap();
            assert_eq!(again, image, "{path} as {text}");
        }
        assert!(read > 500, "only {read} of the paths were repositories");
    }
}
