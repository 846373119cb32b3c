use super::super::LayerCompression;
use super::super::tests::{compressed, random_bytes};
use super::*;
use crate::error::{Error, ErrorKind};

fn inflated(source: impl Read) -> io::Result<Vec<u8>> {
    let mut layer = Vec::new();
    Inflater::new(source)?.read_to_end(&mut layer)?;
    Ok(layer)
}

fn packed(layer: &[u8], how: LayerCompression) -> Vec<u8> {
    compressed(layer, how, 1).0
}

/// Gives one byte at a time.
struct Single<R>(R);

impl<R: Read> Read for Single<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn what_a_stream_is_compressed_with_is_found_out_from_its_first_bytes() {
    for (how, expected) in [
        (LayerCompression::GZIP, Compression::Gzip),
        (LayerCompression::ZSTD, Compression::Zstd),
        (LayerCompression::AsIs, Compression::None),
    ] {
        let stream = packed(b"a layer", how);
        let inflater = Inflater::new(Single(&*stream)).expect("a stream");
        assert_eq!(inflater.compression(), expected);
        let layer = inflated(Single(&*stream)).expect("whole");
        assert_eq!(layer, b"a layer");
    }
    for short in [&b""[..], b"\x1f", b"\x28\xb5\x2f", b"no"] {
        assert_eq!(inflated(short).expect("plain"), short);
    }
}

#[test]
fn a_compression_that_is_not_read_is_named() {
    let error = inflated(&b"BZh91AY&SY"[..]).expect_err("bzip2");
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    assert!(error.to_string().contains("compressed by bzip2"), "{error}");
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn all_members_and_frames_belong_to_the_layer() {
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let frame = |layer: &[u8]| packed(layer, LayerCompression::ZSTD);
    let member = |layer: &[u8]| packed(layer, LayerCompression::GZIP);
    for stream in [
        [member(b"a "), member(b""), member(b"layer")].concat(),
        [frame(b"a "), frame(b""), frame(b"layer")].concat(),
        [skipped.to_vec(), frame(b"a layer"), skipped.to_vec()].concat(),
    ] {
        assert_eq!(inflated(&*stream).expect("whole"), b"a layer");
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn a_stream_that_is_cut_anywhere_is_an_error() {
    let layer = [b"a layer ".repeat(1000), random_bytes(300)].concat();
    for how in [LayerCompression::GZIP, LayerCompression::ZSTD] {
        let one = packed(&layer, how);
        let two = one.repeat(2);
        for length in (4..two.len()).filter(|length| *length != one.len()) {
            let error = inflated(&two[..length]).expect_err("cut");
            assert_eq!(
                error.kind(),
                io::ErrorKind::UnexpectedEof,
                "{how:?}: {error}"
            );
            assert!(error.to_string().ends_with("stream is cut"), "{error}");
        }
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn what_follows_a_stream_is_an_error() {
    for how in [LayerCompression::GZIP, LayerCompression::ZSTD] {
        for rest in [&b"some garbage"[..], &[0; 512], b"\x1f\x8b\x07garbage"] {
            let stream = [packed(b"a layer", how), rest.to_vec()].concat();
            let error = inflated(&*stream).expect_err("a rest");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{how:?}: {error}");
            assert!(error.to_string().contains("stream is broken: "), "{error}");
            // Less than a header may be the beginning of one.
            let stream = [packed(b"a layer", how), rest[..2].to_vec()].concat();
            inflated(&*stream).expect_err("a short rest");
        }
    }
}

#[test]
fn a_gzip_stream_with_a_changed_byte_never_gives_another_layer() {
    let layer = [b"a layer ".repeat(100), random_bytes(300)].concat();
    let stream = packed(&layer, LayerCompression::GZIP);
    for at in 2..stream.len() {
        let mut stream = stream.clone();
        stream[at] ^= 0x10;
        match inflated(&*stream) {
            // Not all bits of the headers say anything.
            Ok(given) => assert!(given == layer, "{at}"),
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                ),
                "{at}: {error:?}"
            ),
        }
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn a_layer_that_is_larger_than_the_limit_is_an_error() {
    let layer = vec![0; 100_000];
    for how in [
        LayerCompression::GZIP,
        LayerCompression::ZSTD,
        LayerCompression::AsIs,
    ] {
        let stream = packed(&layer, how);
        let limited = |limit| {
            let inflater = Inflater::new(&*stream).expect("a stream");
            inflater.limited_to(limit)
        };
        let mut given = Vec::new();
        limited(100_000)
            .read_to_end(&mut given)
            .expect("not larger");
        assert!(given == layer);
        let (mut inflater, mut given) = (limited(99_999), Vec::new());
        let error = inflater.read_to_end(&mut given).expect_err("larger");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(error.to_string(), "the layer has more than 99999 bytes");
        assert!(given.len() < 100_000);
    }
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn a_stream_that_wants_more_memory_than_128_mib_is_an_error() {
    let window = |log: u8| [0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 1, 0, 0];
    assert_eq!(inflated(&window(27)[..]).expect("allowed"), b"");
    let error = inflated(&window(28)[..]).expect_err("too much");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains("too much memory"), "{error}");
}

#[test]
#[cfg_attr(not(feature = "zstd"), ignore = "zstd is in it")]
fn what_the_source_says_when_it_fails_is_handed_on() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(Error::InvalidState("left".into())))
        }
    }
    for how in [
        LayerCompression::GZIP,
        LayerCompression::ZSTD,
        LayerCompression::AsIs,
    ] {
        let stream = packed(&random_bytes(5000), how);
        for length in [3, 4, 3000, stream.len()] {
            let error = inflated(stream[..length].chain(Breaks));
            let error = error.expect_err("the source");
            let own = error.downcast::<Error>().expect("its own error");
            assert_eq!(own.kind(), ErrorKind::InvalidState);
        }
    }
}
