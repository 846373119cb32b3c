//! Long lists and many digests of a registry.

use crate::contestants::{IN_C, IN_RUST, curl, in_c, in_rust, oci_client, skopeo};
use crate::measure::Figure::Wall;
use crate::session::{Contestant, Session, Target, To, Turns, Work};
use crate::support::{PagedLists, Registry, RegistryOptions};

/// One list takes milliseconds.
const LISTS: usize = 100;
const DIGESTS: usize = 500;
const REPOSITORIES: usize = 1000;
const TAGS: usize = 5000;

pub fn rows(session: &mut Session) {
    let part = &Registry::start(RegistryOptions::default());
    part.store_folders((0..REPOSITORIES).map(|number| repository(number) + "/_layers"));
    let tags = (0..TAGS).map(|number| format!("team0/app-0/_manifests/tags/v1.{number}"));
    part.store_folders(tags);
    part.store_image("team1/app-1", "1");
    let paged = &PagedLists::start();
    let scripted = |paths: Vec<String>| -> Vec<String> {
        let url = |path: &String| format!("http://{}{path}", paged.host());
        paths.iter().map(url).collect()
    };
    in_one_process(
        session,
        "100 times 1,000 repositories in one page",
        &repositories(part.host(), LISTS),
        &repeated(&all_repositories(part.host())),
    );
    in_one_process(
        session,
        "100 times 1,000 repositories in ten pages",
        &repositories(paged.host(), LISTS),
        &repeated(&scripted(paged.repositories())),
    );
    in_one_process(
        session,
        "100 times 5,000 tags in one page",
        &tags_of(part.host(), "team0/app-0", LISTS),
        &repeated(&[all_tags(part.host())]),
    );
    in_one_process(
        session,
        "100 times 5,000 tags in five pages",
        &tags_of(paged.host(), "paged/app", LISTS),
        &repeated(&scripted(paged.tags())),
    );
    digests(session, part.host());
    one_list(session, part.host());
}

/// What has all repositories, as the page is full, and some registries lose the link to the next one.
fn all_repositories(host: &str) -> Vec<String> {
    let last = (0..REPOSITORIES).map(repository).max().expect("a name");
    let first = format!("http://{host}/v2/_catalog?n=1000");
    let after_it = format!("{first}&last={}", last.replace('/', "%2F"));
    vec![first, after_it]
}

/// This registry has one page for tags.
fn all_tags(host: &str) -> String {
    format!("http://{host}/v2/team0/app-0/tags/list?n=1000")
}

fn repository(number: usize) -> String {
    format!("team{}/app-{number}", number % 7)
}

fn repositories(host: &str, times: usize) -> Vec<String> {
    let (expected, times) = (REPOSITORIES.to_string(), times.to_string());
    ["repositories", host, &expected, &times]
        .map(str::to_owned)
        .into()
}

fn tags_of(host: &str, repository: &str, times: usize) -> Vec<String> {
    let (expected, times) = (TAGS.to_string(), times.to_string());
    let name = format!("{host}/{repository}");
    ["tags", host, &name, &expected, &times]
        .map(str::to_owned)
        .into()
}

fn repeated(urls: &[String]) -> Vec<String> {
    vec![urls.to_vec(); LISTS].concat()
}

/// The same lists by curl, on one connection that stays.
fn in_one_process(session: &mut Session, title: &str, words: &[String], urls: &[String]) {
    if !session.wants(title) {
        return;
    }
    session.compare(Work {
        title: title.into(),
        times: 1,
        turns: Turns::Several,
        contestants: vec![
            Contestant::new(IN_C, |_| in_c(words)),
            Contestant::new(IN_RUST, |_| in_rust(words)),
            Contestant::new("curl", |_| by_curl(&[], urls)),
        ],
        fresh: Box::new(To::nowhere),
        targets: vec![Target::Ratio("curl", Wall, 1.1)],
    });
}

/// Also by skopeo, which needs a process for each.
fn digests(session: &mut Session, host: &str) {
    let name = &*format!("{host}/team1/app-1:1");
    let said = |times: usize| ["digests", host, name, &times.to_string()].map(str::to_owned);
    let url = format!("http://{host}/v2/team1/app-1/manifests/1?n=[1-{DIGESTS}]");
    let title = "500 digests in one process";
    if session.wants(title) {
        let many = &said(DIGESTS);
        session.compare(Work {
            title: title.into(),
            times: 1,
            turns: Turns::Several,
            contestants: vec![
                Contestant::new(IN_C, |_| in_c(many)),
                Contestant::new(IN_RUST, |_| in_rust(many)),
                Contestant::new("curl", |_| by_curl(&["--head"], std::slice::from_ref(&url))),
                Contestant::new("oci-client", |_| {
                    oci_client(&["digests", name, &DIGESTS.to_string()])
                }),
            ],
            fresh: Box::new(To::nowhere),
            targets: vec![Target::Ratio("curl", Wall, 1.1)],
        });
    }
    let title = "one digest, a process for it";
    if session.wants(title) {
        let one = &said(1);
        let inspect = ["inspect", "--tls-verify=false", "--no-creds", "--raw"];
        session.compare(Work {
            title: title.into(),
            times: 10,
            turns: Turns::Several,
            contestants: vec![
                Contestant::new(IN_C, |_| in_c(one)),
                Contestant::new(IN_RUST, |_| in_rust(one)),
                Contestant::new("curl", |_| {
                    by_curl(&["--head"], &[url.replace(&format!("[1-{DIGESTS}]"), "1")])
                }),
                Contestant::new("oci-client", |_| oci_client(&["digests", name, "1"])),
                Contestant::new("skopeo", |_| {
                    let mut command = skopeo(&inspect);
                    command.arg(format!("docker://{name}"));
                    command
                }),
            ],
            fresh: Box::new(To::nowhere),
            targets: vec![
                Target::Ratio("curl", Wall, 1.1),
                Target::Ratio("skopeo", Wall, 0.5),
            ],
        });
    }
}

/// All names by a process that does nothing else.
fn one_list(session: &mut Session, host: &str) {
    let name = &*format!("{host}/team0/app-0");
    let tags = &tags_of(host, "team0/app-0", 1);
    let in_curl = |urls: Vec<String>| Contestant::new("curl", move |_| by_curl(&[], &urls));
    let by_skopeo = || {
        let mut command = skopeo(&["list-tags", "--tls-verify=false", "--no-creds"]);
        command.arg(format!("docker://{name}"));
        command
    };
    let title = "5,000 tags, a process for it";
    if session.wants(title) {
        session.compare(Work {
            title: title.into(),
            times: 10,
            turns: Turns::Several,
            contestants: vec![
                Contestant::new(IN_C, |_| in_c(tags)),
                Contestant::new(IN_RUST, |_| in_rust(tags)),
                in_curl(vec![all_tags(host)]),
                Contestant::new("oci-client", |_| oci_client(&["tags", name, "1"])),
                Contestant::new("skopeo", |_| by_skopeo()),
            ],
            fresh: Box::new(To::nowhere),
            targets: vec![
                Target::Ratio("curl", Wall, 1.1),
                Target::Ratio("skopeo", Wall, 0.5),
            ],
        });
    }
    let title = "1,000 repositories, a process for it";
    if session.wants(title) {
        let repositories = &repositories(host, 1);
        session.compare(Work {
            title: title.into(),
            times: 10,
            turns: Turns::Several,
            contestants: vec![
                Contestant::new(IN_C, |_| in_c(repositories)),
                Contestant::new(IN_RUST, |_| in_rust(repositories)),
                in_curl(all_repositories(host)),
            ],
            fresh: Box::new(To::nowhere),
            targets: vec![Target::Ratio("curl", Wall, 1.1)],
        });
    }
}

/// curl for these URLs, all in one process and on one connection.
fn by_curl(options: &[&str], urls: &[String]) -> std::process::Command {
    let mut command = curl(options);
    command.args([
        "--header",
        "Accept: application/vnd.oci.image.manifest.v1+json",
    ]);
    for url in urls {
        command.args(["--output", "/dev/null", url]);
    }
    command
}
