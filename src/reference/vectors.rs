//! Worked examples of the grammar, and a source of texts that are nearly references.

use super::Reference;
use crate::error::Error;

/// What a text must be read as: `domain`, `path`, `tag` and `digest`, the absent ones empty; or the byte at which a
/// rule is broken, and a word of the rule.
enum Read {
    As(&'static str, String, String, String),
    Broken(usize, &'static str),
}
use Read::Broken;

fn name(domain: &'static str, path: &str) -> Read {
    tagged(domain, path, "")
}

fn tagged(domain: &'static str, path: &str, tag: &str) -> Read {
    full(domain, path, tag, "")
}

fn full(domain: &'static str, path: &str, tag: &str, digest: &str) -> Read {
    Read::As(domain, path.to_owned(), tag.to_owned(), digest.to_owned())
}

/// Texts and what each is read as. The number names the case; variants of a case share it.
fn vectors() -> Vec<(u32, String, Read)> {
    const HUB: &str = "docker.io";
    let many = |char: &str, count| char.repeat(count);
    let a = many("a", 64);
    let sha = format!("sha256:{a}");
    let sha384 = format!("sha384:{}", many("a", 96));
    let sha512 = format!("sha512:{}", many("a", 128));
    let at = |name: &str| format!("{name}@{sha}");
    let text = str::to_owned;
    vec![
        (1, text("busybox"), name(HUB, "library/busybox")),
        (
            2,
            text("busybox:1.36"),
            tagged(HUB, "library/busybox", "1.36"),
        ),
        (3, at("busybox"), full(HUB, "library/busybox", "", &sha)),
        (
            4,
            at("busybox:1.36"),
            full(HUB, "library/busybox", "1.36", &sha),
        ),
        (5, text("library/busybox"), name(HUB, "library/busybox")),
        (6, text("user/app"), name(HUB, "user/app")),
        (7, text("docker.io/busybox"), name(HUB, "library/busybox")),
        (
            8,
            text("docker.io/user/app:v1"),
            tagged(HUB, "user/app", "v1"),
        ),
        (
            9,
            text("docker.io/library/foo/bar"),
            name(HUB, "library/foo/bar"),
        ),
        (
            10,
            text("index.docker.io/busybox"),
            name(HUB, "library/busybox"),
        ),
        (11, text("index.docker.io/user/app"), name(HUB, "user/app")),
        (
            12,
            text("registry-1.docker.io/library/busybox"),
            name("registry-1.docker.io", "library/busybox"),
        ),
        (13, text("DOCKER.IO/busybox"), Broken(0, "write docker.io")),
        (14, text("docker.io"), name(HUB, "library/docker.io")),
        (15, text("gcr.io"), name(HUB, "library/gcr.io")),
        (16, text("localhost/app"), name("localhost", "app")),
        (
            17,
            text("localhost:5000/app"),
            name("localhost:5000", "app"),
        ),
        (18, text("localhost"), name(HUB, "library/localhost")),
        (
            19,
            text("localhost:5000"),
            tagged(HUB, "library/localhost", "5000"),
        ),
        (
            20,
            at("localhost"),
            full(HUB, "library/localhost", "", &sha),
        ),
        (21, text("app.localhost/x"), name("app.localhost", "x")),
        (22, text("myhost/app"), name(HUB, "myhost/app")),
        (23, text("myhost:5000/app"), name("myhost:5000", "app")),
        (24, text("MyHost/app"), name("MyHost", "app")),
        (
            25,
            text("LOCALDOMAIN/debian"),
            name("LOCALDOMAIN", "debian"),
        ),
        (26, text("MyHost/App"), Broken(7, "lower case")),
        (27, text("Foo"), Broken(0, "lower case")),
        (28, text("foo/Bar"), Broken(4, "lower case")),
        (29, text("foo/bar:Tag_X"), tagged(HUB, "foo/bar", "Tag_X")),
        (
            30,
            text("ghcr.io/org/team/app"),
            name("ghcr.io", "org/team/app"),
        ),
        (
            31,
            at("gcr.io/library/busybox:latest"),
            full("gcr.io", "library/busybox", "latest", &sha),
        ),
        (32, text("192.168.1.1"), name(HUB, "library/192.168.1.1")),
        (33, text("192.168.1.1/app"), name("192.168.1.1", "app")),
        (
            34,
            text("192.168.1.1:5000/repo:5050"),
            tagged("192.168.1.1:5000", "repo", "5050"),
        ),
        (35, text("[::1]:5000/repo"), name("[::1]:5000", "repo")),
        (
            36,
            text("[2001:db8::1]/repo:t"),
            tagged("[2001:db8::1]", "repo", "t"),
        ),
        (
            37,
            at("[2001:db8::1]:5000/repo:t"),
            full("[2001:db8::1]:5000", "repo", "t", &sha),
        ),
        (38, text("[2001:db8::1]:5000"), Broken(0, "'['")),
        (39, text("[fe80::1%eth0]:5000/repo"), Broken(8, "no zone")),
        (
            40,
            text("[::ffff:192.0.2.1]:5000/repo"),
            Broken(11, "no IPv4 part"),
        ),
        (41, text("fc00::1:5000/debian"), Broken(5, "in brackets")),
        (42, text("[fd00123123123]/x"), Broken(0, "'['")),
        (
            43,
            text("foo_bar.com:8080"),
            tagged(HUB, "library/foo_bar.com", "8080"),
        ),
        (
            44,
            text("foo_bar.com:8080/app"),
            Broken(3, "a host has only"),
        ),
        (
            45,
            text("foo/foo_bar.com:8080"),
            tagged(HUB, "foo/foo_bar.com", "8080"),
        ),
        (46, text("foo_bar/app"), name(HUB, "foo_bar/app")),
        (
            47,
            text("xn--n3h.com/my.image:xn--n3h.com"),
            tagged("xn--n3h.com", "my.image", "xn--n3h.com"),
        ),
        (48, text("host.:5000/app"), Broken(5, "empty")),
        (49, text("-host.com/app"), Broken(0, "begins and ends")),
        (49, text("host-.com/app"), Broken(4, "begins and ends")),
        (50, text("host.com:/app"), Broken(9, "from 1 to 65535")),
        (50, text("host.com:http/app"), Broken(9, "only digits")),
        (51, text("host.com:99999/app"), Broken(9, "from 1 to 65535")),
        (52, text("https://host.com/app"), Broken(5, "no scheme")),
        (53, text("user@host.com/app"), Broken(5, "a digest is")),
        (54, text("host.com/app?x=1"), Broken(12, "'?'")),
        (55, text("a.b/c..d"), Broken(5, "between")),
        (55, text("a.b/c._d"), Broken(5, "between")),
        (55, text("a.b/c___d"), Broken(5, "between")),
        (56, text("a.b/c__d"), name("a.b", "c__d")),
        (57, text("a.b/c---d"), name("a.b", "c---d")),
        (58, text("a.b/_c"), Broken(4, "begins and ends")),
        (58, text("a.b/c_"), Broken(5, "begins and ends")),
        (58, text("a.b/-c"), Broken(4, "begins and ends")),
        (58, text("a.b/c-"), Broken(5, "begins and ends")),
        (59, text("a.b/c/"), Broken(6, "empty")),
        (59, text("a.b//c"), Broken(4, "empty")),
        (59, text("/c"), Broken(0, "empty")),
        (59, text("a.b/"), Broken(4, "empty")),
        (60, text("a.b/../c"), Broken(4, "begins and ends")),
        (60, text("a.b/./c"), Broken(4, "begins and ends")),
        (61, text("a.b/c%2fd"), Broken(5, "'%'")),
        (62, text("a.b/c:"), Broken(6, "the tag is empty")),
        (62, text("a.b/c@"), Broken(6, "a digest is")),
        (62, text(":tag"), Broken(0, "empty")),
        (62, at(""), Broken(0, "empty")),
        (62, text(""), Broken(0, "needed")),
        (63, text("a.b/c:.tag"), Broken(6, "a tag begins")),
        (63, text("a.b/c:-tag"), Broken(6, "a tag begins")),
        (64, text("a.b/c:_tag"), tagged("a.b", "c", "_tag")),
        (
            65,
            format!("a.b/c:{}", many("t", 128)),
            tagged("a.b", "c", &many("t", 128)),
        ),
        (66, format!("a.b/c:{}", many("t", 129)), Broken(134, "128")),
        (
            67,
            format!("a.b/{}", many("p", 255)),
            name("a.b", &many("p", 255)),
        ),
        (68, format!("a.b/{}", many("p", 256)), Broken(259, "255")),
        (
            69,
            format!("a.b/c@sha256:{}", many("a", 63)),
            Broken(76, "64 hex digits, not 63"),
        ),
        (
            70,
            format!("a.b/c@sha256:{}", many("A", 64)),
            Broken(13, "in lower case"),
        ),
        (71, format!("a.b/c@{sha512}"), full("a.b", "c", "", &sha512)),
        (72, format!("a.b/c@{sha384}"), full("a.b", "c", "", &sha384)),
        (
            73,
            format!("a.b/c@md5:{}", many("a", 32)),
            Broken(6, "unsupported"),
        ),
        (74, format!("a.b/c@SHA256:{a}"), Broken(6, "lower case")),
        (
            75,
            text("a.b/c@sha256:bad"),
            Broken(16, "64 hex digits, not 3"),
        ),
        (
            76,
            format!("{}:tag", at("a.b/c")),
            Broken(77, "only the hex digits"),
        ),
        (77, a.clone(), Broken(0, "image ID")),
        (
            78,
            many("a", 63),
            name(HUB, &format!("library/{}", many("a", 63))),
        ),
        (
            79,
            format!("docker.io/{a}"),
            name(HUB, &format!("library/{a}")),
        ),
        (80, text("a.b/c\n"), Broken(5, "'\\n'")),
        (80, text(" a.b/c"), Broken(0, "a host has only")),
        (80, text("a.b/c:t\r\nX: y"), Broken(7, "a tag has only")),
        (81, text("a.b/café"), Broken(7, "'é'")),
        (81, text("bücher.example/x"), Broken(1, "punycode")),
        (
            82,
            text("do__cker:8080/docker"),
            Broken(2, "a host has only"),
        ),
        (
            83,
            text("registry.io/foo/project--id.module--name.ver---sion--name"),
            name(
                "registry.io",
                "foo/project--id.module--name.ver---sion--name",
            ),
        ),
    ]
}

// case 1
#[test]
fn every_text_is_read_as_docker_reads_it_or_refused_where_it_is_wrong() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 102);
    assert_eq!(vectors.chunk_by(|one, other| one.0 == other.0).count(), 83);
    for (row, input, expected) in vectors {
        match (Reference::parse(&input), expected) {
            (Ok(reference), Read::As(domain, path, tag, digest)) => {
                assert_eq!(reference.domain(), domain, "{row}: {input:?}");
                assert_eq!(reference.path(), path, "{row}: {input:?}");
                assert_eq!(reference.tag().unwrap_or(""), tag, "{row}: {input:?}");
                let found = reference.digest().map_or("", |digest| digest.as_str());
                assert_eq!(found, digest, "{row}: {input:?}");
            }
            (
                Err(Error::InvalidReference {
                    input: told,
                    position,
                    rule,
                }),
                Broken(at, word),
            ) => {
                assert_eq!(told, input, "{row}");
                assert_eq!(position, at, "{row}: {input:?}: {rule}");
                assert!(rule.contains(word), "{row}: {input:?}: {rule}");
            }
            (found, _) => panic!("{row}: {input:?} was read as {found:?}"),
        }
    }
}

/// Texts from pieces that have a meaning in the grammar: some are references, most are nearly so. The same ones each
/// time.
pub(crate) fn scrambled_texts() -> impl Iterator<Item = String> {
    let hex = "0123456789abcdef".repeat(4);
    let pieces = [
        "docker.io",
        "index.docker.io",
        "localhost",
        "library",
        "ghcr.io",
        "MyHost",
        "[::1]",
        "10.0.0.1",
        "image",
        "sha256",
        "a",
        "b0",
        "app",
        "v1",
        "Tag",
        "5000",
        "65536",
        "x-y",
        "x__y",
        "é",
        "%",
        "?",
        "\n",
        "..",
        "-",
        "_",
        "/",
        "/",
        "/",
        "/",
        ":",
        ":",
        ":",
        "@",
        "@sha256:",
        ".",
        "//",
        &hex,
    ]
    .map(str::to_owned);
    // The minimal standard generator of Park and Miller.
    let mut state: u64 = 20_240_229;
    let mut below = move |limit: usize| {
        state = state * 48_271 % 0x7fff_ffff;
        state as usize % limit
    };
    (0..50_000).map(move |_| {
        (0..=below(7))
            .map(|_| pieces[below(pieces.len())].as_str())
            .collect()
    })
}

#[test]
fn whatever_can_be_read_is_printed_so_that_it_is_read_the_same() {
    let mut read = 0;
    for text in scrambled_texts() {
        match Reference::parse(&text) {
            Ok(reference) => {
                read += 1;
                assert_eq!(Reference::parse(reference.as_str()).unwrap(), reference);
                assert_eq!(Reference::parse(&reference.familiar()).unwrap(), reference);
                let json = serde_json::to_string(&reference).unwrap();
                assert_eq!(serde_json::from_str::<Reference>(&json).unwrap(), reference);
            }
            Err(Error::InvalidReference { position, .. }) => {
                assert!(text.is_char_boundary(position), "{text:?} at {position}");
            }
            Err(other) => panic!("{text:?}: {other}"),
        }
    }
    assert!(read > 5_000, "only {read} of the texts were references");
}
