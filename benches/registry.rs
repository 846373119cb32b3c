//! imgferry beside curl on the same registry: long lists and many digests, and a big blob.
//!
//! ```text
//! cargo bench --bench registry
//! ```
//!
//! Prints a table of medians, and what skopeo takes for the same tags. The two run in turn, so that the ratios hold
//! when the machine's speed drifts.

mod pairs;
#[path = "../tests/support/mod.rs"]
mod support;

use std::env;
use std::io;
use std::process::Command;

use imgferry::{BlobOptions, Call, Reference, Registry as Client, RegistryOptions as Options};
use pairs::{head, report, timed};
use support::{PagedLists, Registry, RegistryOptions, installed};

const RUNS: usize = 9;
/// One list takes milliseconds, which nobody can measure.
const LISTS: usize = 100;
const DIGESTS: usize = 500;
const BLOB_BYTES: u64 = 500_000_000;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "--do") {
        Some(at) => work(&arguments[at + 1..]),
        None => compare(),
    }
}

/// One piece of work, in a process of its own that is measured from outside.
fn work(arguments: &[String]) {
    let [what, host, name] = arguments else {
        panic!("{arguments:?}")
    };
    let registry = Client::new(host, &Options::default()).expect("a handle");
    let image = || Reference::parse(&format!("{host}/{name}")).expect("a reference");
    let call = &mut Call::new();
    match what.as_str() {
        "repositories" => {
            for _ in 0..LISTS {
                let names = registry.repositories(call).rest(call).expect("a list");
                assert_eq!(names.len(), 1000);
            }
        }
        "tags" => {
            for _ in 0..LISTS {
                let names = registry.list_tags(&image(), call).expect("a list");
                assert_eq!(names.rest(call).expect("a list").len(), 5000);
            }
        }
        "digests" => {
            for _ in 0..DIGESTS {
                registry.digest(&image(), call).expect("a digest");
            }
        }
        "blob" => {
            let options = BlobOptions::default();
            let bytes = registry.save_blob(&image(), &options, &mut io::sink(), call);
            assert_eq!(bytes.expect("a blob"), BLOB_BYTES);
        }
        other => panic!("{other}"),
    }
}

fn compare() {
    let part = Registry::start(RegistryOptions::default());
    let repository = |number| format!("team{}/app-{number}", number % 7);
    part.store_folders((0..1000).map(|number| repository(number) + "/_layers"));
    part.store_folders((0..5000).map(|number| format!("team0/app-0/_manifests/tags/v1.{number}")));
    let blob = part.store_blob("team0/app-0", BLOB_BYTES);
    part.store_image("team1/app-1", "1");
    let paged = PagedLists::start();

    println!("Medians of {RUNS} runs: wall s / processor s / resident MB");
    head();
    // The page is full, and some registries lose the link to the next one.
    let last = (0..1000).map(repository).max().expect("a name");
    let after_the_last = format!("_catalog?n=1000&last={}", last.replace('/', "%2F"));
    let real = |path: &str| format!("http://{}/v2/{path}", part.host());
    let scripted = |paths: Vec<String>| -> Vec<String> {
        let url = |path: &String| format!("http://{}{path}", paged.host());
        paths.iter().map(url).collect()
    };
    let blob_name = format!("team0/app-0@{blob}");
    for (title, what, host, name, urls) in [
        (
            "100 times 1,000 repositories in one page",
            "repositories",
            part.host(),
            "",
            vec![real("_catalog?n=1000"), real(&after_the_last)],
        ),
        (
            "100 times 1,000 repositories in ten pages",
            "repositories",
            paged.host(),
            "",
            scripted(paged.repositories()),
        ),
        (
            "100 times 5,000 tags in one page",
            "tags",
            part.host(),
            "team0/app-0",
            vec![real("team0/app-0/tags/list?n=1000")],
        ),
        (
            "100 times 5,000 tags in five pages",
            "tags",
            paged.host(),
            "paged/app",
            scripted(paged.tags()),
        ),
        (
            "500 digests",
            "digests",
            part.host(),
            "team1/app-1:1",
            vec![real(&format!("team1/app-1/manifests/1?n=[1-{DIGESTS}]"))],
        ),
        (
            "a blob of 500 MB, verified (curl into sha256sum)",
            "blob",
            part.host(),
            &blob_name,
            vec![real(&format!("team0/app-0/blobs/{blob}"))],
        ),
    ] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let mut command = Command::new(env::current_exe().expect("this program"));
            command.args(["--do", what, host, name]);
            ours.push(timed(&command));
            let command = match what {
                "blob" => verified(&urls[0]),
                "digests" => curl(&urls, &["--head"]),
                _ => curl(&vec![urls.clone(); LISTS].concat(), &[]),
            };
            theirs.push(timed(&command));
        }
        report(title, &ours, &theirs);
    }
    let mut command = Command::new(installed("skopeo", "skopeo"));
    command.args(["list-tags", "--tls-verify=false"]);
    command.arg(format!("docker://{}/team0/app-0", part.host()));
    let taken = timed(&command);
    println!(
        "skopeo list-tags, once the same 5,000 tags in one page: {:.2} / {:.2} / {:.1}",
        taken.wall, taken.processor, taken.resident
    );
}

/// curl for these URLs, all in one process and on one connection.
fn curl(urls: &[String], options: &[&str]) -> Command {
    let mut command = Command::new(installed("curl", "curl"));
    command.args(["--silent", "--fail", "--header"]);
    command.arg("Accept: application/vnd.oci.image.manifest.v1+json");
    command.args(options);
    for url in urls {
        command.args(["--output", "/dev/null", url]);
    }
    command
}

/// What somebody does with curl who wants to know that a blob is right.
fn verified(url: &str) -> Command {
    let mut command = Command::new("sh");
    let curl = installed("curl", "curl");
    command.args(["-c", "\"$0\" --silent --fail \"$1\" | sha256sum"]);
    command.arg(curl).arg(url);
    command
}
