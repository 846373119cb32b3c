//! The names of the images in a layout or an archive, and which image a name means.

use crate::error::ErrorKind;
use crate::oci::Descriptor;
use crate::reference::Reference;

/// The name of an entry of `index.json`: mostly a tag, sometimes a whole reference.
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// Docker and containerd write the whole reference here, and the tag there.
pub(super) const IMAGE_NAME: &str = "io.containerd.image.name";

/// An error shows so many names at most.
const SHOWN: usize = 20;

/// Why no image, or not one alone, is meant.
#[derive(Debug)]
pub(super) struct Unclear {
    pub(super) kind: ErrorKind,
    pub(super) what: String,
}

/// The name of an entry.
pub(crate) fn ref_name(entry: &Descriptor) -> Option<&str> {
    note(entry, REF_NAME)
}

/// The whole reference of an entry, as Docker and containerd write it.
pub(crate) fn image_name(entry: &Descriptor) -> Option<&str> {
    note(entry, IMAGE_NAME)
}

fn note<'e>(entry: &'e Descriptor, name: &str) -> Option<&'e str> {
    let text = entry.annotations.get(name).map(String::as_str);
    text.filter(|text| !text.is_empty())
}

/// `entry` with this name.
pub(crate) fn with_ref_name(entry: &Descriptor, name: &str) -> Descriptor {
    with_notes(entry, [(REF_NAME, name)])
}

/// `entry` named as Docker and containerd name an image: the whole reference, and its tag.
pub(crate) fn with_image_name(entry: &Descriptor, image: &Reference) -> Descriptor {
    let tag = image.tag_or_latest();
    let tagged = format!("{}:{tag}", image.repository());
    with_notes(entry, [(IMAGE_NAME, &*tagged), (REF_NAME, tag)])
}

fn with_notes<'n>(
    entry: &Descriptor,
    notes: impl IntoIterator<Item = (&'n str, &'n str)>,
) -> Descriptor {
    let mut named = entry.clone();
    let notes = notes
        .into_iter()
        .map(|(name, note)| (name.to_owned(), note.to_owned()));
    named.annotations.extend(notes);
    named
}

/// Whether both mean the same image, each in the short or the full form, with `latest` where no tag is given.
pub(super) fn is_same_image(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let image = Reference::read(text).ok()?;
        let tag = image.tag_or_latest().to_owned();
        Some((image.repository().to_owned(), tag))
    };
    one == other || parts(one).is_some_and(|one| Some(one) == parts(other))
}

/// The entry that `name` means; without a name, the only image.
///
/// The name is that of an entry, or else its whole reference in the short or the full form, or else the tag of one.
pub(super) fn select<'e>(
    entries: &'e [Descriptor],
    name: Option<&str>,
) -> Result<&'e Descriptor, Unclear> {
    let Some(name) = name else {
        // What is attached to an image is meant only where there is nothing else.
        let is_image = |entry: &&Descriptor| entry.artifact_type.is_empty();
        let images = match one_of(entries.iter().filter(is_image)) {
            One::None => one_of(entries.iter()),
            images => images,
        };
        return match images {
            One::Is(entry) => Ok(entry),
            One::None => Err(not_found("there is no image".into())),
            One::Many => Err(ambiguous("there are several images", entries)),
        };
    };
    let suffix = format!(":{name}");
    let rules: [&dyn Fn(&Descriptor) -> bool; 3] = [
        &|entry| ref_name(entry) == Some(name),
        &|entry| image_name(entry).is_some_and(|image| is_same_image(image, name)),
        &|entry| ref_name(entry).is_some_and(|entry| entry.ends_with(&suffix)),
    ];
    for rule in rules {
        match one_of(entries.iter().filter(|entry| rule(entry))) {
            One::Is(entry) => return Ok(entry),
            One::None => {}
            One::Many => {
                return Err(ambiguous(
                    &format!("several images are named {name:?}"),
                    entries,
                ));
            }
        }
    }
    Err(not_found(match entries {
        [] => format!("there is no image, and so none named {name:?}"),
        entries => format!("there is no image named {name:?}, only {}", listed(entries)),
    }))
}

enum One<T> {
    None,
    Is(T),
    Many,
}

/// Entries of the same content are one image under several names.
fn one_of<'e>(mut entries: impl Iterator<Item = &'e Descriptor>) -> One<&'e Descriptor> {
    let Some(first) = entries.next() else {
        return One::None;
    };
    match entries.all(|entry| entry.digest == first.digest) {
        true => One::Is(first),
        false => One::Many,
    }
}

fn not_found(what: String) -> Unclear {
    let kind = ErrorKind::NotFound;
    Unclear { kind, what }
}

fn ambiguous(what: &str, entries: &[Descriptor]) -> Unclear {
    Unclear {
        kind: ErrorKind::InvalidArgument,
        what: format!("{what}; choose one of {}", listed(entries)),
    }
}

fn listed(entries: &[Descriptor]) -> String {
    shown(entries.iter().map(|entry| {
        let name = image_name(entry).or(ref_name(entry));
        name.map_or_else(|| format!("@{}", entry.digest), str::to_owned)
    }))
}

/// Names for an error, and how many more there are.
pub(super) fn shown(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let names: Vec<_> = names.take(SHOWN).collect();
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn entry(content: &str, notes: &[(&str, &str)]) -> Descriptor {
        let digest = Digest::sha256(content.as_bytes());
        let json = serde_json::json!({"digest": digest, "size": 1});
        let entry = serde_json::from_value(json).expect("a descriptor");
        with_notes(&entry, notes.iter().copied())
    }

    #[test]
    fn the_only_image_needs_no_name() {
        let one = [
            entry("a", &[(REF_NAME, "1")]),
            entry("a", &[(REF_NAME, "2")]),
        ];
        assert_eq!(select(&one, None).expect("one image"), &one[0]);
        let attached = Descriptor {
            artifact_type: "text/signature".into(),
            ..entry("b", &[])
        };
        let signed = [attached.clone(), one[0].clone()];
        assert_eq!(select(&signed, None).expect("one image"), &one[0]);
        let alone = [attached];
        assert_eq!(select(&alone, None).expect("what there is"), &alone[0]);
        let two = [entry("a", &[(REF_NAME, "1")]), entry("b", &[])];
        let unclear = select(&two, None).expect_err("two images");
        assert_eq!(unclear.kind, ErrorKind::InvalidArgument);
        assert!(
            unclear.what.contains("choose one of 1, @sha256:"),
            "{}",
            unclear.what
        );
        assert_eq!(
            select(&[], None).expect_err("none").kind,
            ErrorKind::NotFound
        );
    }

    #[test]
    fn an_image_is_found_by_each_of_its_names() {
        let entries = [
            entry("a", &[(REF_NAME, "1")]),
            entry(
                "b",
                &[(REF_NAME, "2"), (IMAGE_NAME, "docker.io/library/app:2")],
            ),
            entry("c", &[(REF_NAME, "host.com/team/app:3"), (IMAGE_NAME, "")]),
            entry("d", &[(REF_NAME, "host.com/team/app:4")]),
            entry("e", &[(REF_NAME, "host.com/other/app:4")]),
            entry("f", &[(IMAGE_NAME, "docker.io/library/app:latest")]),
        ];
        let found = |name: &str| {
            let found = select(&entries, Some(name));
            found.map(|found| {
                entries
                    .iter()
                    .position(|entry| entry == found)
                    .expect("one")
            })
        };
        for (name, expected) in [
            ("1", 0),
            ("2", 1),
            ("app:2", 1),
            ("library/app:2", 1),
            ("docker.io/library/app:2", 1),
            ("host.com/team/app:3", 2),
            ("3", 2),
            ("app", 5),
            ("app:latest", 5),
        ] {
            assert_eq!(found(name).expect(name), expected, "{name}");
        }
        let unclear = found("4").expect_err("two of them");
        assert_eq!(unclear.kind, ErrorKind::InvalidArgument);
        for name in ["5", "p:3", "", "app:3", "other/app:2"] {
            let unclear = found(name).expect_err(name);
            assert_eq!(unclear.kind, ErrorKind::NotFound);
            assert!(
                unclear.what.contains("host.com/team/app:3, "),
                "{}",
                unclear.what
            );
        }
    }

    #[test]
    fn an_error_does_not_show_names_without_end() {
        let names = (0..25).map(|number| number.to_string());
        assert!(shown(names).ends_with("18, 19 and 5 more"));
    }

    #[test]
    fn an_image_is_named_as_docker_names_it() {
        let image = Reference::parse("app").expect("a name");
        let named = with_image_name(&entry("a", &[]), &image);
        assert_eq!(ref_name(&named), Some("latest"));
        assert_eq!(image_name(&named), Some("docker.io/library/app:latest"));
        assert_eq!(ref_name(&with_ref_name(&named, "2")), Some("2"));
    }
}
