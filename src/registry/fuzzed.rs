//! What must hold for the headers of a registry, whatever it writes into them.

use std::sync::LazyLock;

use url::Url;

use super::challenge::{self, Demand, MAX_CHALLENGES, MAX_PARAMETERS, challenges};
use super::content_range::ContentRange;
use super::{link, session};

/// `WWW-Authenticate`; each line is one.
pub fn challenge(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let found = challenges(text.lines());
    assert!(found.len() <= MAX_CHALLENGES);
    for challenge in &found {
        assert!(challenge.parameters.len() <= MAX_PARAMETERS);
    }
    let (error, description) = challenge::reason(text.lines());
    assert!(error.len() + description.len() <= text.len());
    match Demand::read(text.lines()) {
        Some(Demand::Bearer(bearer)) => {
            assert!(!bearer.realm.is_empty());
            let scopes: Vec<_> = bearer.scopes.texts().collect();
            let written = [
                ("realm", &bearer.realm),
                ("service", &bearer.service),
                ("scope", &scopes.join(" ")),
                ("error", &bearer.error),
            ];
            let written = written.map(|(name, value)| format!("{name}={}", quoted(value)));
            let header = format!("Bearer {}", written.join(","));
            assert_eq!(Demand::read([&*header]), Some(Demand::Bearer(bearer)));
        }
        Some(Demand::Basic) | None => {}
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// `Link`, of a page of a list, and `Location`, of an upload; each line is one.
pub fn link(input: &[u8]) {
    static PAGES: LazyLock<[Url; 2]> = LazyLock::new(|| {
        [
            "https://h.test:5000/v2/a/tags/list?n=2",
            "http://h.test/v2/a",
        ]
        .map(|page| Url::parse(page).unwrap())
    });
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let next = link::next_page(text.lines());
    assert!(next.is_none_or(|next| !next.is_empty() && text.contains(next)));
    for page in &*PAGES {
        for given in text.lines().chain(next) {
            if let Ok(url) = link::resolve(page, given) {
                assert_eq!(url.origin(), page.origin());
                is_taken_as_it_is(&url);
                assert_eq!(link::resolve(page, url.as_str()), Ok(url));
            }
            if let Ok(url) = session::next(page, given) {
                assert!(url.origin() == page.origin() || url.scheme() == "https");
                is_taken_as_it_is(&url);
                assert_eq!(session::next(page, url.as_str()), Ok(url));
            }
        }
    }
}

/// Nothing in it is sent as a credential, or is not sent at all.
fn is_taken_as_it_is(url: &Url) {
    assert_eq!(
        (url.username(), url.password(), url.fragment()),
        ("", None, None)
    );
}

/// `Content-Range` of a blob, and `Range` of an upload.
pub fn range(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    match ContentRange::read(text) {
        Some(ContentRange::Part { start, size }) => {
            assert!(size.is_none_or(|size| start < size));
            let size = size.map_or("*".to_owned(), |size| size.to_string());
            let written = format!("bytes {start}-{start}/{size}");
            assert_eq!(ContentRange::read(&written), ContentRange::read(text));
        }
        Some(ContentRange::None { size }) => {
            let written = format!("bytes */{size}");
            assert_eq!(
                ContentRange::read(&written),
                Some(ContentRange::None { size })
            );
        }
        None => {}
    }
    match session::received_by(text) {
        Some(0) | None => {}
        Some(count) => {
            assert_eq!(
                session::received_by(&format!("0-{}", count - 1)),
                Some(count)
            );
        }
    }
}
