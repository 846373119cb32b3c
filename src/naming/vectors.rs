//! What the Apolo SDK (26.9.0) makes of 95 texts, and where this parser does better. All of them were run there.

use super::promises::names;
use super::*;
use crate::error::Error;

/// Number, verdict, input, tag option, and two columns of what is expected: the parts of the image (name, tag, project,
/// organization, cluster, registry) and its Docker name, or the byte at which a rule is broken and words of the rule.
const PLATFORM_IMAGES: &str = "
1 | Same | image:ubuntu | Default | ubuntu / latest / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu:latest
2 | Same | image:ubuntu:v1 | Default | ubuntu / v1 / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu:v1
3 | Same | image:library/ubuntu:v1 | Default | library/ubuntu / v1 / ml / acme / main / reg.main.test | reg.main.test/acme/ml/library/ubuntu:v1
4 | Same | image:a/b/c/d:t | Default | a/b/c/d / t / ml / acme / main / reg.main.test | reg.main.test/acme/ml/a/b/c/d:t
5 | Same | image:5000 | Default | 5000 / latest / ml / acme / main / reg.main.test | reg.main.test/acme/ml/5000:latest
6 | Same | image:latest | Default | byte 6 | write `image:latest:latest`
7 | Same | image:ubuntu:v1:LTS | Default | byte 15 | a tag has only
8 | Same | image:/ml2/ubuntu | Default | ubuntu / latest / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:latest
9 | Same | image:/ubuntu:v1 | Default | byte 13 | PROJECT/NAME
10 | Same | image:/acme/ml2/ubuntu | Default | ml2/ubuntu / latest / acme / acme / main / reg.main.test | reg.main.test/acme/acme/ml2/ubuntu:latest
11 | Same | image:///ml2/ubuntu | Default | ubuntu / latest / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:latest
12 | Same | image:////ml2/ubuntu:v1 | Default | ubuntu / v1 / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:v1
13 | Same | image:///ubuntu | Default | byte 15 | PROJECT/NAME
14 | Same | image: | Default | byte 6 | write `image:NAME`
15 | Same | image://main/ml2 | Default | byte 16 | PROJECT/NAME
16 | Same | image://main/ml2/ubuntu | Default | ubuntu / latest / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:latest
17 | Same | image://main/acme/ml2/ubuntu:v1 | Default | ubuntu / v1 / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:v1
18 | Same | image://main/acme/ubuntu | Default | byte 24 | acme/PROJECT/NAME
19 | Same | image://main/other/ml2/ubuntu:v1 | Default | ml2/ubuntu / v1 / other / acme / main / reg.main.test | reg.main.test/acme/other/ml2/ubuntu:v1
20 | Same | image://alt/acme/ml2/library/ubuntu | Default | library/ubuntu / latest / ml2 / acme / alt / reg.alt.test:5000 | reg.alt.test:5000/acme/ml2/library/ubuntu:latest
21 | Same | image://MAIN/ml2/ubuntu | Default | ubuntu / latest / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:latest
22 | Better: a project is checked | image://main/ML2/ubuntu | Default | byte 13 | lower case
23 | Same | image://nope/ml2/ubuntu | Default | byte 8 | no such cluster, only `main`, `alt`
24 | Same | image://u@main/ml2/ubuntu | Default | byte 8 | no user
25 | Same | image://:@main/ml2/ubuntu | Default | byte 8 | no password
26 | Same | image://main:443/ml2/ubuntu | Default | byte 12 | no port
27 | Same | image://ubuntu:v1 | Default | byte 14 | write `image:NAME:TAG`
28 | Same | image:ubuntu?k=v | Default | byte 12 | no query
29 | Same | image:ubuntu? | Default | byte 12 | no query
30 | Same | image:ubuntu#f | Default | byte 12 | no fragment
31 | Same | image://main/ml2/ubuntu:v1# | Default | byte 26 | no fragment
32 | Same | image:ubuntu: | Default | byte 13 | the tag is empty
33 | Same | image::v1 | Default | byte 6 | empty
34 | Better: an escape hides no tag | image:ubuntu%3Av1 | Default | byte 12 | write the character itself
35 | Same | image:Ubuntu | Default | byte 6 | lower case
36 | Better: Docker allows it | image:my__img | Default | my__img / latest / ml / acme / main / reg.main.test | reg.main.test/acme/ml/my__img:latest
37 | Better: Docker allows it | image:my--img | Default | my--img / latest / ml / acme / main / reg.main.test | reg.main.test/acme/ml/my--img:latest
38 | Same | image:a..b | Default | byte 7 | between
39 | Same | image:ubuntu:-v1 | Default | byte 13 | a tag begins
40 | Same | image:ubuntu:<128 a> | Default | ubuntu / <128 a> / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu:<128 a>
41 | Same | image:ubuntu:<128 a>a | Default | byte 141 | at most 128
42 | Better: there are digests | image:ubuntu@sha256:<64 hex> | Default | ubuntu / - / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu@sha256:<64 hex>
43 | Better: no way out of the project | image:../ubuntu | Default | byte 6 | begins and ends
44 | Same | reg.main.test/ml2/ubuntu | Default | ubuntu / latest / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:latest
45 | Same | reg.main.test/acme/ml2/ubuntu:v1 | Default | ubuntu / v1 / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:v1
46 | Same | reg.alt.test:5000/ml2/ubuntu:v1 | Default | ubuntu / v1 / ml2 / acme / alt / reg.alt.test:5000 | reg.alt.test:5000/acme/ml2/ubuntu:v1
47 | Same | reg.alt.test/ml2/ubuntu | Default | byte 0 | one of the registries `reg.main.test`, `reg.alt.test:5000`
48 | Same | reg.main.test/ubuntu | Default | byte 20 | PROJECT/NAME
49 | Same | docker.io/library/ubuntu:v1 | Default | byte 0 | no image of a platform
50 | Same | https://reg.main.test/ml2/ubuntu | Default | byte 5 | begins with the host
51 | Same | IMAGE:ubuntu | Default | byte 0 | lower case
52 | Same | -x | Default | byte 0 | begins and ends
53 | Same |  | Default | byte 0 | needed
54 | Same | image:ubuntu | Allow | ubuntu / - / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu
55 | Same | image:ubuntu | Deny | ubuntu / - / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu
56 | Same | image:ubuntu:v1 | Deny | byte 12 | leave out `:v1`
57 | Same | image:game:v2:latest | Deny | byte 13 | a tag has only
58 | Same | image:5000 | Deny | 5000 / - / ml / acme / main / reg.main.test | reg.main.test/acme/ml/5000
59 | Same | reg.alt.test:5000/ml2/ubuntu | Deny | ubuntu / - / ml2 / acme / alt / reg.alt.test:5000 | reg.alt.test:5000/acme/ml2/ubuntu
60 | Same | ubuntu:latest | Deny | byte 6 | leave out `:latest`
61 | Same | ubuntu | Deny | byte 0 | write `image:NAME`
";

/// The same, with name and tag only.
const LOCAL_IMAGES: &str = "
62 | Same | ubuntu | Default | ubuntu / latest | ubuntu:latest
63 | Same | ubuntu:v1 | Default | ubuntu / v1 | ubuntu:v1
64 | Same | localhost:5000/ubuntu | Default | localhost:5000/ubuntu / latest | localhost:5000/ubuntu:latest
65 | Same | localhost:5000/ubuntu:v1 | Default | localhost:5000/ubuntu / v1 | localhost:5000/ubuntu:v1
66 | Same | reg.main.test/ml2/ubuntu:v1 | Default | reg.main.test/ml2/ubuntu / v1 | reg.main.test/ml2/ubuntu:v1
67 | Same | localhost:5000/ubuntu:v1:LTS | Default | byte 24 | a tag has only
68 | Same | localhost:5000/ubuntu: | Default | byte 22 | the tag is empty
69 | Same | localhost:5000/ubuntu:v1/04 | Default | byte 21 | ':' cannot be in a name
70 | Better: a port is a number | ubuntu:v10/04 | Default | byte 7 | a port has only digits
71 | Same | :latest | Default | byte 0 | empty
72 | Same | image:ubuntu | Default | byte 0 | names a remote image
73 | Same | image:latest | Default | byte 0 | names a remote image
74 | Same | Ubuntu | Default | byte 0 | lower case
75 | Same | Foo/ubuntu | Default | Foo/ubuntu / latest | Foo/ubuntu:latest
76 | Same | foo/ | Default | byte 4 | empty
77 | Better: an ID has no tag | sha256:<64 hex> | Default | sha256:<64 hex> / - | sha256:<64 hex>
78 | Better: an ID has no tag | <64 hex> | Default | sha256:<64 hex> / - | sha256:<64 hex>
79 | Better: there are digests | ubuntu@sha256:<64 hex> | Default | ubuntu / - | ubuntu@sha256:<64 hex>
";

const REMOTE_IMAGES: &str = "
80 | Same | ubuntu | Default | ubuntu / latest / - / - / - / - | ubuntu:latest
81 | Better: Deny counts | ubuntu:v1 | Deny | byte 6 | leave out `:v1`
82 | Better: Allow counts | ubuntu | Allow | ubuntu / - / - / - / - / - | ubuntu
83 | Better: a registry is told from a name | ghcr.io/foo/bar:v1 | Default | foo/bar / v1 / - / - / - / ghcr.io | ghcr.io/foo/bar:v1
84 | Better: the registry is kept | example.com:9999/bob/ubuntu:v1 | Default | bob/ubuntu / v1 / - / - / - / example.com:9999 | example.com:9999/bob/ubuntu:v1
85 | Same | reg.main.test/ml2/ubuntu | Default | ubuntu / latest / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:latest
86 | Same | image:ubuntu:v1 | Default | ubuntu / v1 / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu:v1
";

/// Platform images of local ones: the input is a name, the tag stands where the tag option does elsewhere.
const CONVERSIONS: &str = "
87 | Same | ubuntu | latest | ubuntu / latest / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu:latest
88 | Same | ubuntu | - | ubuntu / - / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu
89 | Same | library/ubuntu | v1 | library/ubuntu / v1 / ml / acme / main / reg.main.test | reg.main.test/acme/ml/library/ubuntu:v1
90 | Same | reg.main.test/bob/ubuntu | v1 | ubuntu / v1 / bob / acme / main / reg.main.test | reg.main.test/acme/bob/ubuntu:v1
91 | Same | reg.main.test/ubuntu | v1 | ubuntu / v1 / ml / acme / main / reg.main.test | reg.main.test/acme/ml/ubuntu:v1
92 | Better: a name is checked | reg.main.test/ | v1 | byte 14 | empty
93 | Better: there and back again | reg.main.test/acme/ml2/ubuntu | v1 | ubuntu / v1 / ml2 / acme / main / reg.main.test | reg.main.test/acme/ml2/ubuntu:v1
94 | Same | docker.io/library/ubuntu | v1 | docker.io/library/ubuntu / v1 / ml / acme / main / reg.main.test | reg.main.test/acme/ml/docker.io/library/ubuntu:v1
95 | Better: a name is checked | localhost:5000/x | v1 | byte 9 | name the remote image
";

struct Row {
    number: u32,
    verdict: &'static str,
    input: String,
    option: &'static str,
    expected: [String; 2],
}

impl Row {
    fn tag_option(&self) -> TagOption {
        let all = [TagOption::Default, TagOption::Allow, TagOption::Deny];
        let named = |option: &TagOption| format!("{option:?}") == self.option;
        all.into_iter().find(named).expect("a tag option")
    }

    fn local_image(&self) -> Result<LocalImage> {
        LocalImage::new(&self.input, (self.option != "-").then_some(self.option))
    }

    /// Holds `read` against what is expected.
    fn check(&self, read: Result<[String; 2]>) {
        let found = match read {
            Ok(found) => found,
            Err(Error::InvalidReference { position, rule, .. }) => {
                let [_, words] = &self.expected;
                assert!(rule.contains(words), "{}: {rule}", self.number);
                [format!("byte {position}"), words.clone()]
            }
            Err(other) => panic!("{}: {other}", self.number),
        };
        assert_eq!(found, self.expected, "{}: {:?}", self.number, self.input);
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    let filled = |cell: &str| {
        cell.replace("<64 hex>", &"0123456789abcdef".repeat(4))
            .replace("<128 a>", &"a".repeat(128))
    };
    table.trim().lines().map(move |line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [number, verdict, input, option, parts, name] = cells[..] else {
            panic!("{line}");
        };
        Row {
            number: number.parse().expect("a number"),
            verdict,
            input: filled(input),
            option,
            expected: [filled(parts), filled(name)],
        }
    })
}

fn columns_of_remote(image: &RemoteImage) -> [String; 2] {
    let parts = [
        Some(image.name()),
        image.tag(),
        image.project_name(),
        image.org_name(),
        image.cluster_name(),
        image.registry(),
    ];
    let parts = parts.map(|part| part.unwrap_or("-"));
    [parts.join(" / "), image.as_docker_url(false)]
}

fn columns_of_local(image: &LocalImage) -> [String; 2] {
    let parts = [image.name(), image.tag().unwrap_or("-")];
    [parts.join(" / "), image.to_string()]
}

#[test]
fn users_of_the_apolo_sdk_find_the_images_that_they_name() {
    let parser = Parser::new(names(&[], ["main", "acme", "ml"])).unwrap();
    for row in rows(PLATFORM_IMAGES) {
        let image = parser.platform_image(&row.input, row.tag_option());
        row.check(image.map(|image| columns_of_remote(&image)));
    }
    for row in rows(LOCAL_IMAGES) {
        let image = parser.local_image(&row.input, row.tag_option());
        row.check(image.map(|image| columns_of_local(&image)));
    }
    for row in rows(REMOTE_IMAGES) {
        let image = parser.remote_image(&row.input, row.tag_option());
        row.check(image.map(|image| columns_of_remote(&image)));
    }
    for row in rows(CONVERSIONS) {
        let image = row
            .local_image()
            .and_then(|local| parser.to_platform_image(&local));
        row.check(image.map(|image| columns_of_remote(&image)));
    }
}

#[test]
fn every_text_that_was_run_is_here_and_each_difference_has_its_reason() {
    let tables = [PLATFORM_IMAGES, LOCAL_IMAGES, REMOTE_IMAGES, CONVERSIONS];
    let rows: Vec<Row> = tables.into_iter().flat_map(rows).collect();
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=95).collect::<Vec<_>>());
    let mut better = Vec::new();
    for row in rows.iter().filter(|row| row.verdict != "Same") {
        let reason = row.verdict.strip_prefix("Better: ").expect("a verdict");
        assert!(!reason.is_empty(), "{}", row.number);
        better.push(row.number);
    }
    assert_eq!(
        better,
        [
            22, 34, 36, 37, 42, 43, 70, 77, 78, 79, 81, 82, 83, 84, 92, 93, 95
        ]
    );
}
