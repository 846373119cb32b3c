//! What must hold for names of any bytes.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::promises::{self, parsers};
use super::{LocalImage, Parser, RemoteImage, TagOption};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::reference::Reference;

/// A reference, the name of a local or of a remote image, or a digest.
pub fn reference(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    if let Some(reference) = read(text, Reference::parse(text)) {
        prints_as_what_it_is(&reference);
        assert_eq!(Reference::parse(&reference.familiar()).unwrap(), reference);
        leads_where_it_says(&reference);
    }
    if let Some(image) = read(text, LocalImage::parse(text)) {
        prints_as_what_it_is(&image);
        assert_eq!(image.id().is_some(), image.reference().is_err());
    }
    if let Some(image) = read(text, RemoteImage::parse(text)) {
        prints_as_what_it_is(&image);
        assert_eq!(Reference::parse(text).unwrap(), *image.reference());
    }
    if let Some(digest) = read(text, Digest::parse(text)) {
        prints_as_what_it_is(&digest);
        assert_eq!(digest.to_string(), text);
    }
}

/// The name of an image as the configuration means it which the first byte chooses.
pub fn image_uri(input: &[u8]) {
    static PARSERS: LazyLock<Vec<Parser>> = LazyLock::new(parsers);
    let Some((choice, text)) = input.split_first() else {
        return;
    };
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    let parser = &PARSERS[usize::from(*choice) % PARSERS.len()];
    let image = read(text, parser.remote_image(text, TagOption::Allow));
    if let Some(image) = &image {
        promises::are_kept(parser, text, image);
    }
    let with_tag = read(text, parser.remote_image(text, TagOption::Default));
    assert_eq!(with_tag.is_some(), image.is_some());
    if let Some(image) = with_tag {
        assert!(image.tag().is_some() || image.digest().is_some());
    }
    if let Some(repository) = read(text, parser.remote_image(text, TagOption::Deny)) {
        assert_eq!(Some(&repository), image.as_ref());
        assert!(repository.tag().is_none() && repository.digest().is_none());
    }
    if let Some(image) = read(text, parser.platform_image(text, TagOption::Allow)) {
        assert!(image.cluster_name().is_some());
    }
    if let Some(local) = read(text, parser.local_image(text, TagOption::Allow)) {
        assert_eq!(local, LocalImage::parse(text).unwrap());
        // Not every name fits into a project.
        if let Some(image) = read(&local.to_string(), parser.to_platform_image(&local)) {
            promises::are_kept(parser, &parser.text(&image), &image);
        }
    }
}

/// What was read, if anything. A refusal names a byte of the text.
fn read<T>(text: &str, result: Result<T>) -> Option<T> {
    match result {
        Ok(name) => Some(name),
        Err(Error::InvalidReference { position, rule, .. }) => {
            assert!(text.is_char_boundary(position), "byte {position}: {rule}");
            assert!(!rule.is_empty());
            None
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn prints_as_what_it_is<T>(name: &T)
where
    T: Debug + PartialEq + Display + FromStr<Err = Error> + Serialize + DeserializeOwned,
{
    assert_eq!(T::from_str(&name.to_string()).unwrap(), *name);
    let json = serde_json::to_string(name).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *name);
}

/// Nothing of a name is changed in the URL that is made of it, so that it leads to the host that was named.
fn leads_where_it_says(reference: &Reference) {
    let host = reference.api_host();
    let path = format!(
        "/v2/{}/manifests/{}",
        reference.path(),
        reference.tag_or_latest()
    );
    let url = Url::parse(&format!("http://{host}{path}")).unwrap();
    assert_eq!(url.path(), path);
    assert_eq!(
        (url.username(), url.query(), url.fragment()),
        ("", None, None)
    );
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port.parse().unwrap()),
        _ => (&*host, 80),
    };
    assert_eq!(url.port_or_known_default(), Some(port));
    // IPv6 addresses are shortened.
    if !name.starts_with('[') {
        assert_eq!(url.host_str(), Some(name));
    }
}
