//! Tags from registries that page in other ways than they should.

use imgferry::{Call, Credential, Error, ErrorKind};

use crate::support::{Scripted, respond};
use crate::{connect, error_answer, kind, scripted_image};

const TAGS: &str = "GET /v2/a/tags/list?n=1000";

fn tags(server: &Scripted) -> Result<Vec<String>, Error> {
    connect(server.host(), Credential::Anonymous).tags(&scripted_image(server), &mut Call::new())
}

fn page(names: &str, link: &str) -> String {
    let body = format!(r#"{{"name":"a","tags":{names}}}"#);
    match link {
        "" => respond(200, &[], &body),
        link => respond(200, &[("Link", link)], &body),
    }
}

// case 32
#[test]
fn all_pages_of_tags_are_read_in_whatever_way_they_are_linked() {
    let next = "GET /v2/a/tags/list?last=b&n=2";
    for link in [
        r#"</v2/a/tags/list?last=b&n=2>; rel="next""#,
        r#"<http://{host}/v2/a/tags/list?last=b&n=2>; rel="next""#,
        "<?last=b&n=2>;rel=next",
        r#"</first>; rel="first", </v2/a/tags/list?last=b&n=2>; REL="Next""#,
    ] {
        let server = Scripted::start(&[
            (TAGS, page(r#"["b","a"]"#, link)),
            (next, page(r#"["c","b"]"#, "")),
        ]);
        assert_eq!(tags(&server).expect(link), ["a", "b", "c"]);
        assert_eq!(server.lines(), [TAGS, next]);
    }
}

// case 32
#[test]
fn what_is_no_tag_is_not_listed() {
    let hex = "0".repeat(64);
    let names = format!(r#"["v1",null,"","sha256:{hex}","../x","v1"]"#);
    let server = Scripted::start(&[(TAGS, page(&names, ""))]);
    assert_eq!(tags(&server).expect("tags"), ["v1"]);
    for empty in ["null", "[]"] {
        let server = Scripted::start(&[(TAGS, page(empty, ""))]);
        assert_eq!(tags(&server).expect("tags"), [""; 0]);
    }
    let server = Scripted::start(&[(TAGS, respond(200, &[], r#"{"name":"a"}"#))]);
    assert_eq!(tags(&server).expect("tags"), [""; 0]);
}

// case 32
#[test]
fn a_list_that_leads_to_another_host_or_in_circles_is_an_error() {
    let elsewhere = Scripted::start(&[]);
    let away = format!(
        r#"<http://{}/v2/a/tags/list>; rel="next""#,
        elsewhere.host()
    );
    let server = Scripted::start(&[(TAGS, page(r#"["a"]"#, &away))]);
    assert_eq!(kind(tags(&server)), ErrorKind::Protocol);
    assert!(elsewhere.lines().is_empty());

    let circle = r#"</v2/a/tags/list?n=1000>; rel="next""#;
    let server = Scripted::start(&[(TAGS, page(r#"["a"]"#, circle))]);
    assert_eq!(kind(tags(&server)), ErrorKind::Protocol);

    let server = Scripted::with(|asked| {
        // `GET /v2/` has no number, and needs none: it is not answered by a page.
        let (_, number) = asked.line.rsplit_once('=').unwrap_or_default();
        let number = number.parse().unwrap_or(0_u64) + 1;
        let link = format!(r#"</v2/a/tags/list?last={number}>; rel="next""#);
        (asked.line != "GET /v2/").then(|| page(r#"["a"]"#, &link))
    });
    assert_eq!(kind(tags(&server)), ErrorKind::Protocol);
    assert!(server.lines().len() < 10);
}

fn names(numbers: std::ops::Range<usize>) -> String {
    let names: Vec<_> = numbers.map(|number| format!(r#""t{number:05}""#)).collect();
    format!("[{}]", names.join(","))
}

// case 32
#[test]
fn a_full_page_without_a_link_is_not_taken_for_the_end() {
    let after = "GET /v2/a/tags/list?n=1000&last=t00999";
    let server = Scripted::start(&[
        (TAGS, page(&names(0..1000), "")),
        (after, page(&names(1000..1003), "")),
    ]);
    assert_eq!(tags(&server).expect("tags").len(), 1003);

    // docker-registry gives the whole list again; others do not know the name it is to go on after.
    for again in [page(&names(0..1000), ""), error_answer(404, "NAME_UNKNOWN")] {
        let server = Scripted::start(&[(TAGS, page(&names(0..1000), "")), (after, again)]);
        assert_eq!(tags(&server).expect("tags").len(), 1000);
        assert_eq!(server.lines(), [TAGS, after]);
    }
}

// case 32
#[test]
fn a_link_that_a_proxy_has_broken_is_worked_around() {
    let link = r#"</tags/list?last=b>; rel="next""#;
    let server = Scripted::start(&[
        (TAGS, page(r#"["a","b"]"#, link)),
        ("GET /v2/a/tags/list?n=1000&last=b", page(r#"["c"]"#, "")),
    ]);
    assert_eq!(tags(&server).expect("tags"), ["a", "b", "c"]);
}

// case 32
#[test]
fn a_page_size_that_a_registry_refuses_is_asked_smaller() {
    let small = "GET /v2/a/tags/list?n=100";
    let any = "GET /v2/a/tags/list";
    let server = Scripted::start(&[
        (TAGS, error_answer(400, "PAGINATION_NUMBER_INVALID")),
        (small, error_answer(405, "UNSUPPORTED")),
        (any, page(r#"["a"]"#, "")),
    ]);
    assert_eq!(tags(&server).expect("tags"), ["a"]);
    assert_eq!(server.lines(), [TAGS, small, any]);

    let server = Scripted::start(&[(TAGS, error_answer(403, "DENIED"))]);
    assert_eq!(kind(tags(&server)), ErrorKind::Denied);
    assert_eq!(server.lines(), [TAGS]);
}

#[test]
fn a_registry_that_gives_its_first_page_again_is_not_read_in_circles() {
    let first = names(0..1000);
    let link = r#"</v2/a/tags/list?page=2>; rel="next""#;
    let server = Scripted::start(&[
        ("GET /v2/a/tags/list?n=1000", page(&first, link)),
        ("GET /v2/a/tags/list?page=2", page(&names(1000..2000), "")),
        ("GET /v2/a/tags/list?n=1000&last=t01999", page(&first, link)),
    ]);
    assert_eq!(tags(&server).expect("tags").len(), 2000);
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn a_list_in_place_of_a_document_is_not_taken_for_a_document_that_lists_nothing() {
    for document in ["[]", r#"[["v1"]]"#] {
        let server = Scripted::start(&[
            (TAGS, respond(200, &[], document)),
            ("GET /v2/_catalog?n=1000", respond(200, &[], document)),
        ]);
        assert_eq!(kind(tags(&server)), ErrorKind::Protocol, "{document}");
        let registry = connect(server.host(), Credential::Anonymous);
        let call = &mut Call::new();
        let repositories = registry.repositories(call).rest(call);
        assert_eq!(kind(repositories), ErrorKind::Protocol, "{document}");
    }
}
