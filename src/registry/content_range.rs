//! `Content-Range`: which part of a blob an answer holds (RFC 9110, section 14.4).

/// What the header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ContentRange {
    /// The answer begins at `start` of a content of `size` bytes; of what size may be unknown.
    Part { start: u64, size: Option<u64> },
    /// There is nothing where it was asked for; the content has `size` bytes.
    None { size: u64 },
}

impl ContentRange {
    /// Reads `bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`; nothing from anything else.
    pub(super) fn read(value: &str) -> Option<ContentRange> {
        let (unit, range) = value.trim().split_once(' ')?;
        let (part, size) = range.trim().split_once('/')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        if part == "*" {
            let size = size.parse().ok()?;
            return Some(ContentRange::None { size });
        }
        let (start, last) = part.split_once('-')?;
        let (start, last): (u64, u64) = (start.parse().ok()?, last.parse().ok()?);
        let size = match size {
            "*" => None,
            size => Some(size.parse().ok()?),
        };
        let fits = start <= last && size.is_none_or(|size| last < size);
        fits.then_some(ContentRange::Part { start, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_part_that_can_be_is_believed() {
        let part = |start, size| Some(ContentRange::Part { start, size });
        for (value, expected) in [
            ("bytes 5-9/10", part(5, Some(10))),
            (" Bytes 0-0/* ", part(0, None)),
            ("bytes */10", Some(ContentRange::None { size: 10 })),
            ("bytes 9-5/10", None),
            ("bytes 5-10/10", None),
            ("bytes -5/10", None),
            ("bytes 5-9", None),
            ("items 5-9/10", None),
            ("bytes 5-9/ten", None),
            ("bytes */*", None),
            ("", None),
        ] {
            assert_eq!(ContentRange::read(value), expected, "{value}");
        }
    }
}
