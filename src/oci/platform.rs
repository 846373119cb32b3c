//! Platforms: what an image runs on, and which image of an index runs where.

use std::env::consts::ARCH;
use std::fmt;

use serde::Deserialize;

use super::{Descriptor, or_default};
use crate::error::{Error, Result};

/// What an image runs on. Prints as `os/architecture[/variant]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
pub struct Platform {
    /// The operating system, in Go's spelling: `linux`.
    #[serde(default, deserialize_with = "or_default")]
    pub os: String,
    /// The processor, in Go's spelling: `amd64`.
    #[serde(default, deserialize_with = "or_default")]
    pub architecture: String,
    /// The variant of the processor, such as `v7`; often empty.
    #[serde(default, deserialize_with = "or_default")]
    pub variant: String,
    /// The version of the operating system; only Windows images have one.
    #[serde(rename = "os.version", default, deserialize_with = "or_default")]
    pub os_version: String,
    /// What the operating system must offer; only Windows images say it.
    #[serde(rename = "os.features", default, deserialize_with = "or_default")]
    pub os_features: Vec<String>,
}

impl Platform {
    /// Reads `os/architecture[/variant]`, such as `linux/arm64/v8`, and the names that Linux has for processors, such
    /// as `aarch64`.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when it does not have this form.
    pub fn parse(text: &str) -> Result<Platform> {
        let is_word = |word: &&str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !word.is_empty() && word.bytes().all(is_part)
        };
        let words: Vec<_> = text.split('/').filter(is_word).collect();
        let (os, architecture, variant) = match words[..] {
            [os, architecture] if text.split('/').count() == 2 => (os, architecture, ""),
            [os, architecture, variant] if text.split('/').count() == 3 => {
                (os, architecture, variant)
            }
            _ => {
                return Err(Error::InvalidArgument {
                    argument: "platform",
                    reason: format!(
                        "{text:?} is not of the form os/architecture[/variant], such as linux/arm64/v8"
                    ),
                });
            }
        };
        Ok(Platform {
            os: os.to_ascii_lowercase(),
            architecture: architecture.to_ascii_lowercase(),
            variant: variant.to_ascii_lowercase(),
            ..Platform::default()
        })
    }

    /// What images for this machine are for: its processor, and Linux, in which containers run everywhere.
    pub fn host() -> Platform {
        let architecture = match ARCH {
            "x86_64" => "amd64",
            "x86" => "386",
            "aarch64" => "arm64",
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            "loongarch64" => "loong64",
            other => other,
        };
        Platform {
            os: "linux".into(),
            architecture: architecture.into(),
            ..Platform::default()
        }
    }

    /// Which of `entries` to run on this platform: the one for exactly this processor, or else for the nearest older
    /// one of its kind.
    pub(crate) fn choose<'d>(
        &self,
        entries: impl IntoIterator<Item = &'d Descriptor>,
    ) -> Option<&'d Descriptor> {
        entries
            .into_iter()
            .filter(|entry| !entry.is_attestation())
            .filter_map(|entry| Some((self.distance(entry.platform.as_ref()?)?, entry)))
            // Of several that fit equally, the first counts, as everywhere.
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, entry)| entry)
    }

    /// Whether an image for `image` runs here.
    pub(crate) fn runs(&self, image: &Platform) -> bool {
        self.distance(image).is_some()
    }

    /// How much older than this processor the one is that `image` is for; `None` when it does not run here.
    fn distance(&self, image: &Platform) -> Option<u32> {
        let (architecture, variant) = self.processor();
        let (other_architecture, other_variant) = image.processor();
        let same_version = self.os_version.is_empty() || self.os_version == image.os_version;
        if self.os != image.os || architecture != other_architecture || !same_version {
            return None;
        }
        match (level(&variant), level(&other_variant)) {
            (Some(own), Some(other)) => own.checked_sub(other),
            _ if variant == other_variant => Some(0),
            _ => None,
        }
    }

    /// Architecture and variant, each in one spelling (that of containerd's `platforms.Normalize`).
    fn processor(&self) -> (&str, String) {
        let (architecture, implied) = match self.architecture.as_str() {
            "x86_64" | "x86-64" | "amd64" => ("amd64", "v1"),
            "x86" | "i386" | "386" => ("386", ""),
            "aarch64" | "arm64" => ("arm64", "v8"),
            "armhf" => ("arm", "v7"),
            "armel" => ("arm", "v6"),
            "arm" => ("arm", "v7"),
            other => (other, ""),
        };
        let variant = match self.variant.as_str() {
            "" => implied.to_owned(),
            variant if variant.starts_with(|first: char| first.is_ascii_digit()) => {
                format!("v{variant}")
            }
            variant => variant.to_owned(),
        };
        (architecture, variant)
    }
}

/// The number in `v7`; variants with other names have no order.
fn level(variant: &str) -> Option<u32> {
    variant.strip_prefix('v')?.parse().ok()
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if !self.variant.is_empty() {
            write!(f, "/{}", self.variant)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn platform(text: &str) -> Platform {
        Platform::parse(text).expect("a platform")
    }

    #[test]
    fn this_machine_is_named_as_images_name_it() {
        let host = Platform::host();
        let go_only = ["x86_64", "x86", "aarch64", "powerpc64"];
        assert!(!go_only.contains(&host.architecture.as_str()), "{host}");
        assert_eq!(platform(&host.to_string()), host);
    }

    #[test]
    fn a_platform_has_two_or_three_words() {
        assert_eq!(platform("linux/arm64/v8").to_string(), "linux/arm64/v8");
        assert_eq!(platform("Linux/AMD64").to_string(), "linux/amd64");
        for text in [
            "", "linux", "linux/", "/amd64", "a/b/c/d", "li nux/x", "a//b",
        ] {
            Platform::parse(text).expect_err(text);
        }
    }

    #[test]
    fn the_image_for_the_nearest_older_processor_is_chosen() {
        let entry = |text: &str| Descriptor {
            platform: Some(platform(text)),
            ..serde_json::from_value(serde_json::json!({
                "digest": Digest::sha256(text.as_bytes()),
                "size": 1,
            }))
            .expect("a descriptor")
        };
        let entries = [
            "linux/amd64",
            "linux/arm/v5",
            "linux/arm/v7",
            "linux/arm64/v8",
            "windows/amd64",
            "linux/mips64le",
        ]
        .map(entry);
        let chosen = |wanted: &str| {
            let found = platform(wanted).choose(&entries);
            found.map(|entry| entry.platform.clone().expect("a platform").to_string())
        };
        for (wanted, expected) in [
            ("linux/amd64", Some("linux/amd64")),
            ("linux/x86_64", Some("linux/amd64")),
            ("linux/amd64/v3", Some("linux/amd64")),
            ("linux/arm64", Some("linux/arm64/v8")),
            ("linux/aarch64/8", Some("linux/arm64/v8")),
            ("linux/arm", Some("linux/arm/v7")),
            ("linux/arm/v6", Some("linux/arm/v5")),
            ("linux/arm/v8", Some("linux/arm/v7")),
            ("linux/mips64le", Some("linux/mips64le")),
            ("linux/s390x", None),
            ("windows/arm64", None),
            ("linux/mips64le/softfloat", None),
        ] {
            assert_eq!(chosen(wanted).as_deref(), expected, "{wanted}");
        }
    }

    #[test]
    fn this_machine_has_a_platform() {
        assert_eq!(Platform::host().os, "linux");
        assert!(Platform::host().runs(&Platform::host()));
    }
}
