//! Registries with a lot in them, on a real docker-registry.

use std::collections::BTreeSet;
use std::process::Command;

use imgferry::{Call, Credential};

use crate::support::{
    FaultProxy, PagedLists, Plan, Registry, RegistryOptions, expect_success, installed,
};
use crate::{connect, reference};

/// The connections on which something was asked; a registry of plain HTTP is first greeted by TLS.
fn used_connections(proxy: &FaultProxy) -> usize {
    let connections = proxy.connections();
    connections
        .iter()
        .filter(|connection| !connection.exchanges.is_empty())
        .count()
}

fn curl(url: &str) -> serde_json::Value {
    let output = Command::new(installed("curl", "curl"))
        .args(["--silent", "--fail", url])
        .output()
        .expect("run curl");
    expect_success(&output);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn texts(value: &serde_json::Value) -> BTreeSet<String> {
    let names = value.as_array().expect("a list").iter();
    names
        .map(|name| name.as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn a_thousand_repositories_and_five_thousand_tags_are_listed_whole_on_one_connection() {
    let part = Registry::start(RegistryOptions::default());
    part.store_folders((0..1000).map(|number| format!("team{}/app-{number}/_layers", number % 7)));
    let tags = (0..5000).map(|number| format!("team0/app-0/_manifests/tags/v1.{number}"));
    part.store_folders(tags);
    let proxy = FaultProxy::in_front_of(&part, Plan::none());
    let registry = connect(proxy.host(), Credential::Anonymous);
    let call = &mut Call::new();

    let repositories = registry
        .repositories(call)
        .rest(call)
        .expect("repositories");
    assert_eq!(repositories.len(), 1000);
    let expected = curl(&format!("http://{}/v2/_catalog?n=1000", part.host()));
    assert_eq!(
        repositories.into_iter().collect::<BTreeSet<_>>(),
        texts(&expected["repositories"])
    );

    let image = reference(&format!("{}/team0/app-0", proxy.host()));
    let tags = registry.tags(&image, call).expect("tags");
    assert_eq!(tags.len(), 5000);
    assert!(tags.is_sorted());
    let expected = curl(&format!("http://{}/v2/team0/app-0/tags/list", part.host()));
    assert_eq!(
        tags.into_iter().collect::<BTreeSet<_>>(),
        texts(&expected["tags"])
    );
    assert_eq!(used_connections(&proxy), 1);
}

#[test]
fn lists_in_many_pages_are_read_whole_on_one_connection() {
    let lists = PagedLists::start();
    let proxy = FaultProxy::in_front_of(lists.host(), Plan::none());
    let registry = connect(proxy.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let repositories = registry
        .repositories(call)
        .rest(call)
        .expect("repositories");
    assert_eq!(repositories.len(), 1000);
    let image = reference(&format!("{}/paged/app", proxy.host()));
    assert_eq!(registry.tags(&image, call).expect("tags").len(), 5000);
    assert_eq!(used_connections(&proxy), 1);
    let exchanges = proxy.exchanges();
    let pages = exchanges
        .iter()
        .filter(|exchange| exchange.request.request != "GET /v2/");
    // The last page of the tags was full, so it is asked for one more.
    assert_eq!(pages.count(), 10 + 6);
}

#[test]
fn five_hundred_digests_take_one_connection() {
    let part = Registry::shared();
    let image = super::real::push(part, "digests");
    let proxy = FaultProxy::in_front_of(part, Plan::none());
    let registry = connect(proxy.host(), Credential::Anonymous);
    let here = reference(&format!("{}/{}:1", proxy.host(), image.path()));
    for _ in 0..500 {
        registry.digest(&here, &mut Call::new()).expect("a digest");
    }
    assert_eq!(used_connections(&proxy), 1);
}
