//! Images in a local engine.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{name_as_written, read_docker_name, refuse_suffix};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::grammar::BrokenRule;
use crate::reference::{self, Reference};

/// An image in a local engine: a name with an optional tag or digest, or an image ID.
///
/// The name stays as it was given (`demo/app`, not `docker.io/demo/app`), because that is what the engine shows.
/// Images therefore compare, sort and hash as they are written: `app`, `app:latest` and `docker.io/library/app:latest`
/// differ here, and are the same as [`reference`](LocalImage::reference)s.
///
/// `sha256:` and 64 hex digits, or the digits alone, are an image ID. A shortened ID cannot be told from a name, and is
/// read as one; the engine finds the image all the same.
///
/// It prints and serializes as the text that [`parse`](LocalImage::parse) reads.
///
/// ```
/// # fn main() -> imgferry::Result<()> {
/// use imgferry::LocalImage;
///
/// let image = LocalImage::parse("localhost:5000/demo/app:1")?;
/// assert_eq!((image.name(), image.tag()), ("localhost:5000/demo/app", Some("1")));
/// assert_eq!(image, LocalImage::new("localhost:5000/demo/app", Some("1"))?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalImage {
    name: String,
    /// `None` for an image ID.
    reference: Option<Reference>,
}

impl LocalImage {
    /// The image with this name, or with this ID, and this tag.
    ///
    /// Fails with [`Error::InvalidReference`] when the name or the tag is not one, when the name holds a tag or a
    /// digest itself, and when an ID is given a tag.
    pub fn new(name: &str, tag: Option<&str>) -> Result<LocalImage> {
        let image = LocalImage::parse(name)?;
        if let Some(reference) = &image.reference {
            refuse_suffix(name, reference)?;
        }
        match tag {
            Some(tag) => image.with_tag(tag),
            None => Ok(image),
        }
    }

    /// Reads `name[:tag][@digest]` or an image ID.
    ///
    /// Fails with [`Error::InvalidReference`] when the text is neither, and when it begins as an `image:` URI or an
    /// image ID does; the repositories `image` and `sha256` of Docker Hub can be written `library/image` and
    /// `library/sha256`.
    pub fn parse(text: &str) -> Result<LocalImage> {
        if let Some(id) = reference::image_id(text) {
            return Ok(LocalImage {
                name: id.to_string(),
                reference: None,
            });
        }
        let reference = read_docker_name(text).map_err(|broken| broken.in_text(text))?;
        Ok(LocalImage {
            name: name_as_written(text, &reference).to_owned(),
            reference: Some(reference),
        })
    }

    /// The name as it was given, with the registry when it mentions one; for an image ID, the ID with its algorithm.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tag, when there is one; a name with neither tag nor digest means `latest` to the engine.
    pub fn tag(&self) -> Option<&str> {
        self.reference.as_ref()?.tag()
    }

    /// The digest of the manifest, when the name holds one; an image ID is none.
    pub fn digest(&self) -> Option<&Digest> {
        self.reference.as_ref()?.digest()
    }

    /// The image ID with its algorithm, when the image is named by it.
    pub fn id(&self) -> Option<&str> {
        self.reference.is_none().then_some(self.name())
    }

    /// The same name at `tag`; a digest is left out.
    ///
    /// Fails with [`Error::InvalidReference`] when `tag` is not a tag, and for an image ID.
    pub fn with_tag(&self, tag: &str) -> Result<LocalImage> {
        Ok(LocalImage {
            name: self.name.clone(),
            reference: Some(self.named()?.with_tag(tag)?),
        })
    }

    /// What the name means, in full, with the tag `latest` when it has neither tag nor digest.
    ///
    /// Fails with [`Error::InvalidReference`] for an image ID, which belongs to no repository.
    pub fn reference(&self) -> Result<Reference> {
        let reference = self.named()?;
        match reference.digest() {
            Some(_) => Ok(reference.clone()),
            None => reference.with_tag(reference.tag_or_latest()),
        }
    }

    /// What follows the name: `[:tag][@digest]`.
    pub(super) fn suffix(&self) -> &str {
        self.reference.as_ref().map_or("", Reference::suffix)
    }

    fn named(&self) -> Result<&Reference> {
        self.reference.as_ref().ok_or_else(|| {
            let rule = "an image ID has no repository and no tag: a name is needed";
            BrokenRule::new(0, rule).in_text(&self.name)
        })
    }
}

impl fmt::Display for LocalImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.suffix())
    }
}

impl FromStr for LocalImage {
    type Err = Error;

    fn from_str(text: &str) -> Result<LocalImage> {
        LocalImage::parse(text)
    }
}

impl TryFrom<String> for LocalImage {
    type Error = Error;

    fn try_from(text: String) -> Result<LocalImage> {
        LocalImage::parse(&text)
    }
}

impl From<LocalImage> for String {
    fn from(image: LocalImage) -> String {
        image.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::vectors::scrambled_texts;

    const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn local(text: &str) -> LocalImage {
        LocalImage::parse(text).unwrap()
    }

    #[test]
    fn a_local_name_stays_as_the_user_wrote_it() {
        for (text, name, tag) in [
            ("ubuntu", "ubuntu", None),
            ("ubuntu:v1", "ubuntu", Some("v1")),
            ("demo/app:1", "demo/app", Some("1")),
            ("docker.io/demo/app:1", "docker.io/demo/app", Some("1")),
            ("localhost:5000/ubuntu", "localhost:5000/ubuntu", None),
            ("localhost:5000/u:v1", "localhost:5000/u", Some("v1")),
            ("reg.main.test/ml2/u:v1", "reg.main.test/ml2/u", Some("v1")),
        ] {
            let image = local(text);
            assert_eq!((image.name(), image.tag()), (name, tag));
            assert_eq!(image.to_string(), text);
            assert_eq!(LocalImage::new(name, tag).unwrap(), image);
            let document = serde_json::to_string(&image).unwrap();
            assert_eq!(document, format!("{text:?}"));
            assert_eq!(
                serde_json::from_str::<LocalImage>(&document).unwrap(),
                image
            );
        }
    }

    #[test]
    fn a_local_name_means_to_us_what_it_means_to_the_engine() {
        let reference = |text| local(text).reference().unwrap().to_string();
        assert_eq!(reference("app"), "docker.io/library/app:latest");
        assert_eq!(reference("app:1"), "docker.io/library/app:1");
        let pinned = format!("ghcr.io/a/b@sha256:{HEX}");
        assert_eq!(reference(&pinned), pinned);
        assert_eq!(local(&pinned).name(), "ghcr.io/a/b");
        assert_eq!(local(&pinned).digest().unwrap().hex(), HEX);
    }

    #[test]
    fn an_image_id_is_a_local_image_without_tag_and_repository() {
        let id = format!("sha256:{HEX}");
        assert_eq!(local(HEX), local(&id));
        assert_eq!(local(HEX), LocalImage::new(&id, None).unwrap());
        assert_eq!(local(HEX).to_string(), id);
        assert_eq!(local(HEX).id(), Some(id.as_str()));
        assert_eq!((local(HEX).tag(), local(HEX).digest()), (None, None));
        assert_eq!(local("app").id(), None);
        let error = LocalImage::new(HEX, Some("v1")).unwrap_err();
        assert!(error.to_string().contains("a name is needed"), "{error}");
        assert!(local(HEX).reference().is_err());
    }

    #[test]
    fn whatever_can_be_read_is_printed_so_that_it_is_read_the_same() {
        for text in scrambled_texts() {
            if let Ok(image) = LocalImage::parse(&text) {
                assert_eq!(local(&image.to_string()), image);
                let untagged = LocalImage::new(image.name(), None).unwrap();
                assert_eq!(untagged.name(), image.name());
                assert_eq!(untagged.id(), image.id());
            }
        }
    }
}
