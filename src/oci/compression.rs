//! How the bytes of a layer are packed, and what that is called in the two sets of media types.

use std::fmt;

use super::media_type;

/// How the bytes of a layer, or of an archive, are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Compression {
    /// Not at all: a tar.
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// By the first bytes of the content; what has no mark is a tar. An error names a compression that is not read.
    pub(crate) fn of_content(start: &[u8]) -> Result<Compression, &'static str> {
        match start {
            [0x1f, 0x8b, ..] => Ok(Compression::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Compression::Zstd),
            // A frame that a reader skips; pzstd begins with one.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Compression::Zstd),
            [b'B', b'Z', b'h', ..] => Err("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err("xz"),
            _ => Ok(Compression::None),
        }
    }

    /// How many bytes [`of_content`](Compression::of_content) looks at.
    pub(crate) const MARK: usize = 6;

    /// By the media type of a layer; nothing when it is none of the known ones.
    pub(crate) fn of_media_type(layer: &str) -> Option<Compression> {
        let (_, kind) = layer.rsplit_once(".tar").filter(|_| {
            let known = [media_type::DOCKER_LAYERS, media_type::OCI_LAYERS];
            let mut known = known.iter().chain(&media_type::FOREIGN_LAYERS);
            known.any(|known| layer.starts_with(known))
        })?;
        match kind {
            "" => Some(Compression::None),
            "+gzip" | ".gzip" => Some(Compression::Gzip),
            "+zstd" | ".zstd" => Some(Compression::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compression::None => "not compressed",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        })
    }
}

/// One of the two sets of media types for the same documents. All that one manifest says is in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// Docker's own, image manifest version 2, schema 2.
    Docker,
    Oci,
}

impl Family {
    /// The one of the type of a manifest or an index.
    pub(crate) fn of(manifest: &str) -> Option<Family> {
        match manifest {
            media_type::DOCKER_MANIFEST | media_type::DOCKER_LIST => Some(Family::Docker),
            media_type::OCI_MANIFEST | media_type::OCI_INDEX => Some(Family::Oci),
            _ => None,
        }
    }

    pub(crate) fn manifest(self) -> &'static str {
        match self {
            Family::Docker => media_type::DOCKER_MANIFEST,
            Family::Oci => media_type::OCI_MANIFEST,
        }
    }

    pub(crate) fn index(self) -> &'static str {
        match self {
            Family::Docker => media_type::DOCKER_LIST,
            Family::Oci => media_type::OCI_INDEX,
        }
    }

    pub(crate) fn config(self) -> &'static str {
        match self {
            Family::Docker => media_type::DOCKER_CONFIG,
            Family::Oci => media_type::OCI_CONFIG,
        }
    }

    /// Nothing for a layer that this family has no type for.
    pub(crate) fn layer(self, compression: Compression) -> Option<&'static str> {
        match (self, compression) {
            (Family::Docker, Compression::Gzip) => {
                Some("application/vnd.docker.image.rootfs.diff.tar.gzip")
            }
            (Family::Docker, _) => None,
            (Family::Oci, Compression::None) => Some("application/vnd.oci.image.layer.v1.tar"),
            (Family::Oci, Compression::Gzip) => Some("application/vnd.oci.image.layer.v1.tar+gzip"),
            (Family::Oci, Compression::Zstd) => Some("application/vnd.oci.image.layer.v1.tar+zstd"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compression_is_known_by_its_first_bytes() {
        for (start, known) in [
            (&b"\x1f\x8b\x08\0\0\0"[..], Ok(Compression::Gzip)),
            (b"\x28\xb5\x2f\xfd\0\0", Ok(Compression::Zstd)),
            (b"\x50\x2a\x4d\x18\x04\0", Ok(Compression::Zstd)),
            (b"BZh91A", Err("bzip2")),
            (b"\xfd7zXZ\0", Err("xz")),
            (b"layer/", Ok(Compression::None)),
            (b"\x1f", Ok(Compression::None)),
            (b"", Ok(Compression::None)),
        ] {
            assert_eq!(Compression::of_content(start), known, "{start:?}");
            assert!(start.len() <= Compression::MARK);
        }
    }

    #[test]
    fn the_type_of_a_layer_says_how_it_is_packed() {
        for family in [Family::Docker, Family::Oci] {
            for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
                if let Some(name) = family.layer(compression) {
                    assert_eq!(
                        Compression::of_media_type(name),
                        Some(compression),
                        "{name}"
                    );
                }
            }
        }
        for (name, compression) in [
            (
                "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                Some(Compression::Gzip),
            ),
            (
                "application/vnd.docker.image.rootfs.diff.tar.zstd",
                Some(Compression::Zstd),
            ),
            (
                "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
                None,
            ),
            ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", None),
            ("", None),
        ] {
            assert_eq!(Compression::of_media_type(name), compression, "{name}");
        }
    }
}
