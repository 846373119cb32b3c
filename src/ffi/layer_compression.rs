//! How layers are compressed, as two numbers.

use crate::{Error, LayerCompression, Result};

/// How layers are compressed that are no more than tars: one of the
/// IMGFERRY_COMPRESSION_ numbers. Later versions may add numbers.
pub type imgferry_compression = i32;

/// As the function that takes it says.
pub const IMGFERRY_COMPRESSION_DEFAULT: imgferry_compression = 0;
/// gzip, which every registry and engine takes; the levels are 1 to 9.
pub const IMGFERRY_COMPRESSION_GZIP: imgferry_compression = 1;
/// zstd, faster and smaller, but nothing for engines before Docker 23; the
/// levels are 1 to 19.
pub const IMGFERRY_COMPRESSION_ZSTD: imgferry_compression = 2;
/// They stay as they are.
pub const IMGFERRY_COMPRESSION_AS_IS: imgferry_compression = 3;

/// The compression of a kind and a level, of which 0 is the default; nothing for the default kind.
pub(super) fn layer_compression(
    kind: imgferry_compression,
    level: i32,
) -> Result<Option<LayerCompression>> {
    let invalid = |reason: String| {
        Err(Error::InvalidArgument {
            argument: "compression",
            reason,
        })
    };
    let how = match (kind, level) {
        (IMGFERRY_COMPRESSION_GZIP, 0) => LayerCompression::GZIP,
        (IMGFERRY_COMPRESSION_ZSTD, 0) => LayerCompression::ZSTD,
        (IMGFERRY_COMPRESSION_GZIP, level) => match u8::try_from(level) {
            Ok(level) => LayerCompression::Gzip { level },
            Err(_) => return invalid(format!("gzip has the levels 1 to 9, not {level}")),
        },
        (IMGFERRY_COMPRESSION_ZSTD, level) => LayerCompression::Zstd { level },
        (IMGFERRY_COMPRESSION_AS_IS, 0) => LayerCompression::AsIs,
        (IMGFERRY_COMPRESSION_DEFAULT, 0) => return Ok(None),
        (IMGFERRY_COMPRESSION_DEFAULT | IMGFERRY_COMPRESSION_AS_IS, level) => {
            return invalid(format!(
                "the level {level} is given without a compression that has levels"
            ));
        }
        (other, _) => {
            return invalid(format!(
                "{other} is none of the IMGFERRY_COMPRESSION_ numbers"
            ));
        }
    };
    Ok(Some(how))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_of_0_is_the_default_and_needs_no_compression() {
        for (kind, level, how) in [
            (0, 0, None),
            (1, 0, Some(LayerCompression::GZIP)),
            (1, 9, Some(LayerCompression::Gzip { level: 9 })),
            (2, 0, Some(LayerCompression::ZSTD)),
            (2, 19, Some(LayerCompression::Zstd { level: 19 })),
            (3, 0, Some(LayerCompression::AsIs)),
        ] {
            assert_eq!(layer_compression(kind, level).expect("a compression"), how);
        }
        for (kind, level) in [(0, 1), (1, -1), (1, 256), (3, 1), (4, 0), (-1, 0)] {
            layer_compression(kind, level).expect_err("no compression");
        }
    }
}
