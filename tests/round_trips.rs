//! Names that are put together by the rules are read as they were meant, and print as what is read the same.

mod support;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use imgferry::{
    Cluster, Config, Digest, ErrorKind, LocalImage, Platform, Reference, RemoteImage, TagOption,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::deep;

/// Tries `property` with many values, which differ from run to run; a failure shows the smallest that fails.
#[track_caller]
fn for_all<S: Strategy>(values: &S, property: impl Fn(S::Value)) {
    let settings = ProptestConfig {
        cases: if deep() { 30_000 } else { 2_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(settings).run(values, |value| {
        property(value);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// A part of a path: separators stand alone, `_` also in twos and `-` in any number.
fn component() -> impl Strategy<Value = String> {
    "[a-z0-9]{1,8}((\\.|_|__|-{1,3})[a-z0-9]{1,8}){0,3}"
}

/// One that is neither an image ID nor the beginning of a URI.
fn name() -> impl Strategy<Value = String> {
    component().prop_filter("read as something else", |name| {
        !["image", "sha256", "sha384", "sha512"].contains(&name.as_str())
    })
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..5).prop_map(|parts| parts.join("/"))
}

fn tag() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
}

fn digest() -> impl Strategy<Value = String> {
    prop_oneof![
        "sha256:[0-9a-f]{64}",
        "sha384:[0-9a-f]{96}",
        "sha512:[0-9a-f]{128}"
    ]
}

/// A host that Docker takes for one: with a dot, a port or a bracket, or `localhost`.
fn host() -> impl Strategy<Value = String> {
    let port = prop::option::of(1..=u16::MAX);
    let label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?";
    // A last part that is no number.
    let end = "[a-z][a-z0-9]{0,10}";
    let name = (prop::collection::vec(label, 1..4), end)
        .prop_map(|(labels, end)| format!("{}.{end}", labels.join(".")));
    let address = prop_oneof![
        any::<Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<[u16; 8]>().prop_map(|groups| {
            let groups = groups.map(|group| format!("{group:x}"));
            format!("[{}]", groups.join(":"))
        }),
        Just("localhost".to_owned()),
        name,
    ];
    (address, port).prop_map(|(host, port)| match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// `[:tag][@digest]`, and its parts.
fn suffix() -> impl Strategy<Value = (Option<String>, Option<String>, String)> {
    let parts = (prop::option::of(tag()), prop::option::of(digest()));
    parts.prop_map(|(tag, digest)| {
        let mut text = String::new();
        text.extend(tag.iter().flat_map(|tag| [":", tag]));
        text.extend(digest.iter().flat_map(|digest| ["@", digest]));
        (tag, digest, text)
    })
}

#[test]
fn every_reference_is_read_in_its_parts() {
    for_all(
        &(host(), path(), suffix()),
        |(host, path, (tag, digest, end))| {
            let text = format!("{host}/{path}{end}");
            let reference = Reference::parse(&text).expect(&text);
            assert_eq!((reference.domain(), reference.path()), (&*host, &*path));
            assert_eq!(reference.tag(), tag.as_deref());
            assert_eq!(reference.digest().map(Digest::as_str), digest.as_deref());
            assert_eq!(reference.to_string(), text);
            assert_eq!(
                Reference::parse(&reference.familiar()).expect(&text),
                reference
            );
            let put_together = Reference::parse(reference.repository()).expect(&text);
            let put_together = match &tag {
                Some(tag) => put_together.with_tag(tag).expect(&text),
                None => put_together,
            };
            let put_together = match reference.digest() {
                Some(digest) => put_together.with_digest(digest.clone()),
                None => put_together,
            };
            assert_eq!(put_together, reference);
        },
    );
}

#[test]
fn every_short_name_is_one_of_docker_hub() {
    for_all(&(name(), suffix()), |(name, (.., end))| {
        let text = format!("{name}{end}");
        let reference = Reference::parse(&text).expect(&text);
        assert_eq!(reference.to_string(), format!("docker.io/library/{text}"));
        assert_eq!(reference.familiar(), text);
    });
}

#[test]
fn local_and_remote_names_stay_as_they_were_written() {
    let parts = (prop::option::of(host()), path(), suffix());
    let parts = parts.prop_filter("begins with a host", |(registry, path, _)| {
        let first = path.split('/').next();
        registry.is_some() || first.is_none_or(|first| !first.contains('.'))
    });
    for_all(&parts, |(registry, path, (tag, digest, end))| {
        let before = registry
            .as_ref()
            .map_or(String::new(), |host| format!("{host}/"));
        let (name, text) = (format!("{before}{path}"), format!("{before}{path}{end}"));
        let local = LocalImage::parse(&text).expect(&text);
        assert_eq!(local.to_string(), text);
        assert_eq!((local.name(), local.tag()), (&*name, tag.as_deref()));

        let remote = RemoteImage::parse(&text).expect(&text);
        assert_eq!(remote.to_string(), text);
        assert_eq!((remote.name(), remote.tag()), (&*path, tag.as_deref()));
        assert_eq!(remote.registry(), registry.as_deref());
        assert_eq!(remote.digest().map(Digest::as_str), digest.as_deref());
        let json = serde_json::to_string(&remote).expect("JSON");
        assert_eq!(
            serde_json::from_str::<RemoteImage>(&json).expect(&json),
            remote
        );
        if digest.is_none() {
            let tag = tag.as_deref();
            assert_eq!(LocalImage::new(&name, tag).expect(&text), local);
            let put_together =
                RemoteImage::new_external_image(&path, registry.as_deref(), tag).expect(&text);
            assert_eq!(put_together, remote);
        }
    });
}

#[test]
fn every_platform_image_is_the_same_by_its_uri_and_by_its_place() {
    let registry = "[a-z]{1,9}\\.test(:5[0-9]{3})?";
    let place = (
        registry,
        component(),
        prop::option::of(component()),
        component(),
    );
    for_all(
        &(place, path(), suffix()),
        |(place, name, (tag, digest, end))| {
            let (registry, cluster_name, org_name, project_name) = place;
            let cluster = Cluster {
                registry_url: format!("https://{registry}"),
                ..Cluster::default()
            };
            let parser = Config {
                clusters: BTreeMap::from([(cluster_name.clone(), cluster)]),
                cluster_name: Some(cluster_name.clone()),
                org_name: org_name.clone(),
                project_name: Some(project_name.clone()),
                ..Config::default()
            };
            let parser = parser.parser().expect("a parser");
            let org = org_name.map_or(String::new(), |org| format!("{org}/"));
            let uri = format!("image://{cluster_name}/{org}{project_name}/{name}{end}");
            let place = format!("{registry}/{org}{project_name}/{name}{end}");
            for text in [&uri, &place, &format!("image:/{project_name}/{name}{end}")] {
                let image = parser.remote_image(text, TagOption::Allow).expect(text);
                assert_eq!(image.to_string(), uri);
                assert_eq!(image.as_docker_url(false), place);
                assert_eq!((image.name(), image.tag()), (&*name, tag.as_deref()));
                assert_eq!(image.digest().map(Digest::as_str), digest.as_deref());
            }
        },
    );
}

#[test]
fn every_digest_prints_as_it_was_written_and_nothing_like_it_is_one() {
    for_all(
        &(digest(), any::<prop::sample::Index>(), any::<char>()),
        |(text, at, other)| {
            let digest = Digest::parse(&text).expect(&text);
            assert_eq!(digest.to_string(), text);
            assert_eq!(format!("{}:{}", digest.algorithm(), digest.hex()), text);
            let mut wrong: Vec<char> = text.chars().collect();
            let at = at.index(wrong.len());
            wrong.remove(at);
            assert!(Digest::parse(&wrong.iter().collect::<String>()).is_err());
            wrong.insert(at, other);
            let wrong: String = wrong.into_iter().collect();
            match Digest::parse(&wrong) {
                Ok(digest) => assert_eq!(digest.to_string(), wrong),
                Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidReference),
            }
        },
    );
}

#[test]
fn every_platform_prints_as_what_it_is() {
    let word = "[a-zA-Z0-9._-]{1,12}";
    for_all(
        &(word, word, prop::option::of(word)),
        |(os, processor, variant)| {
            let text: Vec<_> = [Some(os), Some(processor), variant]
                .into_iter()
                .flatten()
                .collect();
            let text = text.join("/");
            let platform = Platform::parse(&text).expect(&text);
            assert_eq!(platform.to_string(), text.to_ascii_lowercase());
            assert_eq!(
                Platform::parse(&platform.to_string()).expect(&text),
                platform
            );
            Platform::parse(&format!("{text}/a/b")).expect_err("too many words");
        },
    );
}
