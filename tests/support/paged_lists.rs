//! A registry whose lists come in pages, which Debian's docker-registry does not do for tags: files, given out by nginx
//! with the links between them, on connections that stay.

use std::fs;

use super::nginx::{Nginx, NginxOptions};
use super::unique::TempDir;

const REPOSITORIES: usize = 1000;
const REPOSITORIES_A_PAGE: usize = 100;
const TAGS: usize = 5000;
const TAGS_A_PAGE: usize = 1000;

/// 1,000 repositories in ten pages, and 5,000 tags of `paged/app` in five.
pub struct PagedLists {
    nginx: Nginx,
    _files: TempDir,
}

impl PagedLists {
    #[track_caller]
    pub fn start() -> PagedLists {
        let files = TempDir::new("pages");
        let mut snippet = String::from("location = /v2/ { return 200 '{}'; }\n");
        for (list, field, names, size) in [
            (CATALOG, "repositories", REPOSITORIES, REPOSITORIES_A_PAGE),
            (TAG_LIST, "tags", TAGS, TAGS_A_PAGE),
        ] {
            let paths = pages(list, names / size);
            for (number, path) in paths.iter().enumerate() {
                let names: Vec<String> = (number * size..(number + 1) * size)
                    .map(|name| format!("\"name-{name:05}\""))
                    .collect();
                let file = files.join(format!("{field}-{number}"));
                fs::write(&file, format!(r#"{{"{field}":[{}]}}"#, names.join(",")))
                    .expect("write a page");
                let path = path.split('?').next().expect("a path");
                let link = match paths.get(number + 1) {
                    Some(next) => format!("add_header Link '<{next}>; rel=\"next\"';"),
                    None => String::new(),
                };
                let file = file.display();
                snippet += &format!("location = {path} {{ alias {file}; {link} }}\n");
            }
        }
        let options = NginxOptions {
            snippet,
            ..NginxOptions::default()
        };
        PagedLists {
            // Nothing is left to pass on.
            nginx: Nginx::in_front_of("127.0.0.1:9", &options),
            _files: files,
        }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        self.nginx.host()
    }

    /// The paths of the pages.
    pub fn repositories(&self) -> Vec<String> {
        pages(CATALOG, REPOSITORIES / REPOSITORIES_A_PAGE)
    }

    /// The paths of the pages, and that of the question whether a full last page was the last.
    pub fn tags(&self) -> Vec<String> {
        let mut paths = pages(TAG_LIST, TAGS / TAGS_A_PAGE);
        paths.push(format!("{TAG_LIST}?n=1000&last=name-{:05}", TAGS - 1));
        paths
    }
}

const CATALOG: &str = "/v2/_catalog";
const TAG_LIST: &str = "/v2/paged/app/tags/list";

/// The first page is where it is asked for, and the others where the registry likes them to be.
fn pages(list: &str, count: usize) -> Vec<String> {
    let others = (1..count).map(|page| format!("{list}/{page}?last=x"));
    [format!("{list}?n=1000")]
        .into_iter()
        .chain(others)
        .collect()
}
