//! The proxies that the environment names.

use std::sync::Arc;

use super::detours::Detours;
use super::proxy::{Hop, Proxy, invalid};
use crate::environment::Environment;
use crate::error::Result;

/// The first of `names` that is set.
fn first(
    names: &[&'static str],
    environment: &Environment<'_>,
) -> Result<Option<(&'static str, String)>> {
    for &name in names {
        if let Some(value) = environment.text(name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// Lower case comes first, as for curl.
pub(super) fn proxy(environment: &Environment<'_>) -> Result<Proxy> {
    let hop = |names: &[&'static str]| match first(names, environment)? {
        Some((name, url)) => Hop::parse(&url)
            .map(|hop| Some(Arc::new(hop)))
            .map_err(invalid(name)),
        None => Ok(None),
    };
    // A web server gives the header `Proxy` of a stranger to a CGI program as HTTP_PROXY.
    let http: &[_] = match (environment.variable)("REQUEST_METHOD") {
        Some(_) => &["http_proxy", "all_proxy", "ALL_PROXY"],
        None => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let detours = match first(&["no_proxy", "NO_PROXY"], environment)? {
        Some((name, list)) => Detours::parse(&list).map_err(invalid(name))?,
        None => Detours::default(),
    };
    Ok(Proxy {
        for_http: hop(http)?,
        for_https: hop(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
        detours,
        spares_loopback: true,
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::environment::testing::with_variables;

    fn from(variables: &[(&str, &str)]) -> Result<Proxy> {
        with_variables(variables, proxy)
    }

    #[test]
    fn the_environment_names_a_proxy_for_each_scheme() {
        let (http, https) = ("http://r.example/", "https://r.example/");
        for (variables, url, expected) in [
            (&[][..], https, None),
            (
                &[("https_proxy", "a:1"), ("HTTPS_PROXY", "b:1")],
                https,
                Some("a:1"),
            ),
            (
                &[("https_proxy", ""), ("HTTPS_PROXY", "b:1")],
                https,
                Some("b:1"),
            ),
            (&[("HTTPS_PROXY", "a:1")], http, None),
            (
                &[("http_proxy", "a:1"), ("HTTP_PROXY", "b:1")],
                http,
                Some("a:1"),
            ),
            (&[("HTTP_PROXY", "b:1")], http, Some("b:1")),
            (&[("HTTP_PROXY", "b:1")], https, None),
            (
                &[("HTTP_PROXY", "b:1"), ("REQUEST_METHOD", "GET")],
                http,
                None,
            ),
            (
                &[("http_proxy", "a:1"), ("REQUEST_METHOD", "")],
                http,
                Some("a:1"),
            ),
            (&[("ALL_PROXY", "c:1")], http, Some("c:1")),
            (
                &[("ALL_PROXY", "c:1"), ("all_proxy", "d:1")],
                https,
                Some("d:1"),
            ),
            (
                &[("ALL_PROXY", "c:1"), ("HTTPS_PROXY", "b:1")],
                https,
                Some("b:1"),
            ),
            (
                &[("ALL_PROXY", "c:1"), ("NO_PROXY", "example")],
                https,
                None,
            ),
            (
                &[("ALL_PROXY", "c:1"), ("no_proxy", "x"), ("NO_PROXY", "*")],
                https,
                Some("c:1"),
            ),
            (&[("ALL_PROXY", "c:1")], "http://127.0.0.1:5000/", None),
            (&[("ALL_PROXY", "c:1")], "http://localhost:5000/", None),
            (&[("ALL_PROXY", "c:1")], "https://[::1]/", None),
        ] {
            let proxy = from(variables).expect("proxies");
            let hop = proxy.hop(&Url::parse(url).expect(url));
            let shown = hop.map(|hop| hop.to_string());
            let expected = expected.map(|host| format!("http://{host}"));
            assert_eq!(shown, expected, "{variables:?} for {url}");
        }
    }

    #[test]
    fn a_broken_variable_is_an_error_that_names_it() {
        for (name, value) in [
            ("HTTPS_PROXY", "ftp://me:s3cr3t@h"),
            ("all_proxy", "http://me:s3cr3t@h/path"),
            ("NO_PROXY", "10.0.0.0/99"),
        ] {
            let error = from(&[(name, value)]).expect_err(value).report();
            assert!(error.contains(name) && !error.contains("s3cr3t"), "{error}");
        }
    }
}
