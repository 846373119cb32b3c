//! Long lists and many digests of a registry.

use std::process::Command;

use crate::contestants::{IN_C, IN_RUST, curl, in_c, in_rust, oci_client, skopeo};
use crate::measure::Figure::Wall;
use crate::session::{Contestant, Session, Target, Work};
use crate::support::{PagedLists, Registry, RegistryOptions};

const REPOSITORIES: usize = 1000;
const TAGS: usize = 5000;
/// The repository that has them all.
const TAGGED: &str = "team0/app-0";
const IMAGE: &str = "team1/app-1";
const DIGESTS: &str = "500";

/// So many lists over one handle, as one takes milliseconds.
const LISTS: usize = 100;

/// So many processes in a turn, for the same reason.
const STARTS: u32 = 10;

pub fn rows(session: &mut Session) {
    let part = Registry::start(RegistryOptions::default());
    part.store_folders((0..REPOSITORIES).map(|number| repository(number) + "/_layers"));
    part.store_folders((0..TAGS).map(|tag| format!("{TAGGED}/_manifests/tags/v1.{tag}")));
    part.store_image(IMAGE, "1");
    let (part, paged) = (part.host(), &PagedLists::start());
    lists(session, part, paged);
    digests(session, part);
    single_lists(session, part);
}

fn lists(session: &mut Session, part: &str, paged: &PagedLists) {
    let of_pages = |paths: Vec<String>| -> Vec<String> {
        let url = |path: &String| format!("http://{}{path}", paged.host());
        paths.iter().map(url).collect()
    };
    for (title, words, urls) in [
        (
            "100 times 1,000 repositories in one page",
            repositories(part, LISTS),
            all_repositories(part),
        ),
        (
            "100 times 1,000 repositories in ten pages",
            repositories(paged.host(), LISTS),
            of_pages(paged.repositories()),
        ),
        (
            "100 times 5,000 tags in one page",
            tags(part, TAGGED, LISTS),
            all_tags(part),
        ),
        (
            "100 times 5,000 tags in five pages",
            tags(paged.host(), "paged/app", LISTS),
            of_pages(paged.tags()),
        ),
    ] {
        let contestants = beside_curl(&words, &[], vec![urls; LISTS].concat());
        session.compare(Work::new(title, contestants, targets()));
    }
}

fn digests(session: &mut Session, part: &str) {
    let name = &*format!("{part}/{IMAGE}:1");
    let url = |tail: &str| vec![format!("http://{part}/v2/{IMAGE}/manifests/1{tail}")];
    let words = |times: &str| ["digests", part, name, times].map(str::to_owned);
    let head = &["--head"];

    let many = words(DIGESTS);
    let mut contestants = beside_curl(&many, head, url(&format!("?n=[1-{DIGESTS}]")));
    contestants.push(by_oci_client(["digests", name, DIGESTS]));
    let title = "500 digests in one process";
    session.compare(Work::new(title, contestants, targets()));

    let one = words("1");
    let mut contestants = beside_curl(&one, head, url(""));
    contestants.push(by_oci_client(["digests", name, "1"]));
    contestants.push(by_skopeo(&["inspect", "--raw"], name));
    session.compare(Work {
        times: STARTS,
        ..Work::new("one digest, a process for it", contestants, with_skopeo())
    });
}

fn single_lists(session: &mut Session, part: &str) {
    let name = &*format!("{part}/{TAGGED}");
    let words = tags(part, TAGGED, 1);
    let mut contestants = beside_curl(&words, &[], all_tags(part));
    contestants.push(by_oci_client(["tags", name, "1"]));
    contestants.push(by_skopeo(&["list-tags"], name));
    session.compare(Work {
        times: STARTS,
        ..Work::new("5,000 tags, a process for it", contestants, with_skopeo())
    });

    // Neither of the two others lists repositories.
    let words = repositories(part, 1);
    let contestants = beside_curl(&words, &[], all_repositories(part));
    let title = "1,000 repositories, a process for it";
    session.compare(Work {
        times: STARTS,
        ..Work::new(title, contestants, targets())
    });
}

fn targets() -> Vec<Target> {
    vec![Target::Ratio("curl", Wall, 1.1)]
}

fn with_skopeo() -> Vec<Target> {
    [targets(), vec![Target::Ratio("skopeo", Wall, 0.5)]].concat()
}

/// imgferry from C and from Rust, and curl for these URLs, all in one process and on one connection.
fn beside_curl<'a>(
    words: &'a [String],
    options: &'a [&'a str],
    urls: Vec<String>,
) -> Vec<Contestant<'a>> {
    vec![
        Contestant::new(IN_C, |_| in_c(words)),
        Contestant::new(IN_RUST, |_| in_rust(words)),
        Contestant::new("curl", move |_| by_curl(options, &urls)),
    ]
}

fn by_curl(options: &[&str], urls: &[String]) -> Command {
    let mut command = curl(options);
    command.arg("--header");
    command.arg("Accept: application/vnd.oci.image.manifest.v1+json");
    for url in urls {
        command.args(["--output", "/dev/null", url]);
    }
    command
}

fn by_oci_client(words: [&str; 3]) -> Contestant<'_> {
    Contestant::new("oci-client", move |_| oci_client(&words))
}

/// It needs a process for each question.
fn by_skopeo<'a>(words: &'a [&'a str], name: &'a str) -> Contestant<'a> {
    Contestant::new("skopeo", move |_| {
        let mut command = skopeo(words);
        command.args(["--tls-verify=false", "--no-creds"]);
        command.arg(format!("docker://{name}"));
        command
    })
}

fn repository(number: usize) -> String {
    format!("team{}/app-{number}", number % 7)
}

fn repositories(host: &str, times: usize) -> Vec<String> {
    let (expected, times) = (REPOSITORIES.to_string(), times.to_string());
    let words = ["repositories", host, &expected, &times];
    words.map(str::to_owned).into()
}

fn tags(host: &str, repository: &str, times: usize) -> Vec<String> {
    let (expected, times) = (TAGS.to_string(), times.to_string());
    let name = format!("{host}/{repository}");
    let words = ["tags", host, &name, &expected, &times];
    words.map(str::to_owned).into()
}

/// What has all repositories, as the page is full, and some registries lose the link to the next one.
fn all_repositories(host: &str) -> Vec<String> {
    let last = (0..REPOSITORIES).map(repository).max().expect("a name");
    let first = format!("http://{host}/v2/_catalog?n=1000");
    let after_it = format!("{first}&last={}", last.replace('/', "%2F"));
    vec![first, after_it]
}

/// This registry has one page for tags.
fn all_tags(host: &str) -> Vec<String> {
    vec![format!("http://{host}/v2/{TAGGED}/tags/list?n=1000")]
}
