//! `Link`: where the next page of a list is (RFC 8288), in all the forms that registries write it.

use url::Url;

use super::given_url::given_url;
use super::quoted;

/// More links than any registry sends.
const MAX_LINKS: usize = 16;

/// The URL of the next page as the peer wrote it; `None` when this page is the last.
pub(super) fn next_page<'h>(headers: impl IntoIterator<Item = &'h str>) -> Option<&'h str> {
    headers
        .into_iter()
        .flat_map(links)
        .take(MAX_LINKS)
        .find(|(_, parameters)| is_next(parameters))
        .map(|(url, _)| url.trim())
        .filter(|url| !url.is_empty())
}

/// Resolves the link of a page that came from `page`; an error says why it may not be followed.
///
/// The list goes on at the same origin or not at all: credentials go with the request. A registry behind a proxy that
/// ends TLS writes `http` where it is reached by `https`; that is set right.
pub(super) fn resolve(page: &Url, link: &str) -> Result<Url, String> {
    let mut next = given_url(page, link, "the link to the next page")?;
    if page.scheme() == "https" && next.scheme() == "http" && next.host() == page.host() {
        // Only the scheme is wrong, and both are known to url, so neither can fail; a failure leaves another origin.
        let port_was_given = next.port().is_some();
        let _ = next.set_scheme("https");
        if !port_was_given {
            let _ = next.set_port(page.port());
        }
    }
    if next.origin() != page.origin() {
        return Err(format!(
            "the link to the next page leads to another place ({})",
            next.host_str().unwrap_or("no host")
        ));
    }
    Ok(next)
}

/// The links of one header, each with the text of its parameters.
fn links(header: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = header;
    std::iter::from_fn(move || {
        // A comma inside of <…> belongs to the URL.
        let (_, from_url) = rest.split_once('<')?;
        let (url, after) = from_url.split_once('>')?;
        let parameters = quoted::split(after, ',').next()?;
        rest = after.strip_prefix(parameters)?;
        Some((url, parameters))
    })
}

/// Whether `rel`, which may hold several words, has `next`.
fn is_next(parameters: &str) -> bool {
    quoted::split(parameters, ';')
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel"))
        .flat_map(|(_, value)| value.trim().trim_matches('"').split_ascii_whitespace())
        .any(|word| word.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // case 32
    #[test]
    fn the_next_page_is_found_in_every_form_of_link() {
        for header in [
            r#"</v2/a/tags/list?last=x>; rel="next""#,
            "</v2/a/tags/list?last=x>;rel=next",
            r#"</v2/a/tags/list?last=x> ; Rel="NEXT""#,
            r#"<https://h/first>; rel="first", </v2/a/tags/list?last=x>; rel="prev next""#,
            r#"<>; title="a, <b>; rel=next", </v2/a/tags/list?last=x>; title="x"; rel=next"#,
        ] {
            assert_eq!(
                next_page([header]),
                Some("/v2/a/tags/list?last=x"),
                "{header}"
            );
        }
        let two = [r#"</a>; rel="first""#, r#"</b,c>; rel="next""#];
        assert_eq!(next_page(two), Some("/b,c"));
        for last in [
            "",
            "</a>",
            r#"</a>; rel="prev""#,
            r#"<>; rel="next""#,
            "< >; rel=next",
            "/a; rel=next",
            "<a; rel=next",
        ] {
            assert_eq!(next_page([last]), None, "{last}");
        }
    }

    #[test]
    fn a_link_is_resolved_as_the_registry_meant_it() {
        let page = Url::parse("https://h:5000/v2/a/tags/list?n=2").unwrap();
        for (link, expected) in [
            (
                "/v2/a/tags/list?last=b",
                "https://h:5000/v2/a/tags/list?last=b",
            ),
            ("?last=b&n=2", "https://h:5000/v2/a/tags/list?last=b&n=2"),
            ("list?last=b", "https://h:5000/v2/a/tags/list?last=b"),
            ("https://H:5000/x", "https://h:5000/x"),
            ("http://h:5000/x", "https://h:5000/x"),
            ("http://h/x", "https://h:5000/x"),
            (
                "?last=a b\"c#d",
                "https://h:5000/v2/a/tags/list?last=a%20b%22c",
            ),
            ("?last=a%2Fb", "https://h:5000/v2/a/tags/list?last=a%2Fb"),
        ] {
            assert_eq!(resolve(&page, link).unwrap().as_str(), expected, "{link}");
        }
    }

    #[test]
    fn a_link_to_another_place_is_not_followed() {
        let page = Url::parse("https://h/v2/a/tags/list").unwrap();
        for link in [
            "https://evil/x",
            "//evil/x",
            "https://h:444/x",
            "http://h:444/x",
            "https://u:p@h/x",
            "ftp://h/x",
            "http://[",
        ] {
            resolve(&page, link).expect_err(link);
        }
        let plain = Url::parse("http://h/v2/").unwrap();
        resolve(&plain, "https://h/x").expect_err("another origin");
    }
}
