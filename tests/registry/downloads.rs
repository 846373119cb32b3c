//! Blobs of a real docker-registry, also over lines that break.

use std::io::Read;

use imgferry::{BlobOptions, Call, Credential, ErrorKind, Reference};

use crate::support::{FaultProxy, Plan, Registry, RegistryOptions, deep, unique};
use crate::{connect, kind, reference};

const MEGABYTE: u64 = 1_000_000;

fn blob(host: &str, repository: &str, digest: &str) -> Reference {
    reference(&format!("{host}/{repository}@{digest}"))
}

fn sized(size: u64) -> BlobOptions {
    BlobOptions {
        size: Some(size),
        ..BlobOptions::default()
    }
}

// case 18
#[test]
fn a_big_blob_over_a_line_that_breaks_all_the_time_arrives_whole_and_nothing_comes_twice() {
    // 1 GB with ten breaks, or the tenth of it.
    let (size, break_after) = match deep() {
        true => (1000 * MEGABYTE, 100 * MEGABYTE),
        false => (100 * MEGABYTE, 10 * MEGABYTE),
    };
    let part = Registry::start(RegistryOptions::default());
    let digest = part.store_blob("big/blob", size);
    let proxy = FaultProxy::in_front_of(&part, Plan::every_bytes(break_after));
    let registry = connect(proxy.host(), Credential::Anonymous);
    let image = blob(proxy.host(), "big/blob", &digest);
    let written = registry
        .save_blob(&image, &sized(size), &mut std::io::sink(), &mut Call::new())
        .expect("the blob, verified");
    assert_eq!(written, size);

    let connections = proxy.connections();
    let downloads: Vec<_> = connections
        .iter()
        .filter(|connection| !connection.exchanges.is_empty())
        .collect();
    let sent: u64 = downloads.iter().map(|connection| connection.down).sum();
    println!(
        "{size} bytes, {} connections, {sent} bytes sent",
        downloads.len()
    );
    assert!(downloads.len() > 10, "{}", downloads.len());
    // The proxy counts heads, and what it sent and nobody had room for when it cut.
    let in_flight = downloads.len() as u64 * 4 * 1024 * 1024;
    assert!(sent >= size && sent <= size + in_flight, "{sent}");
    let mut starts: Vec<u64> = Vec::new();
    for exchange in downloads.iter().flat_map(|one| &one.exchanges) {
        let range = exchange.header("range").unwrap_or("bytes=0-");
        let start = range.trim_start_matches("bytes=").split('-').next();
        starts.push(start.and_then(|start| start.parse().ok()).expect("a start"));
    }
    assert!(starts.is_sorted(), "{starts:?}");
}

#[test]
fn a_blob_and_its_parts_are_what_the_registry_stored() {
    let part = Registry::shared();
    let (repository, size) = (unique("parts"), 300_007);
    let digest = part.store_blob(&repository, size);
    let registry = connect(part.host(), Credential::Anonymous);
    let image = blob(part.host(), &repository, &digest);
    let call = &mut Call::new();
    assert_eq!(registry.head_blob(&image, call).expect("a size"), size);

    let mut whole = Vec::new();
    let mut reader = registry
        .get_blob(&image, &BlobOptions::default(), call)
        .expect("a stream");
    assert_eq!(reader.size(), Some(size));
    reader.read_to_end(&mut whole).expect("the blob");
    assert_eq!(whole.len() as u64, size);

    for (offset, length) in [
        (0, Some(1)),
        (299_999, None),
        (100, Some(200_000)),
        (300_006, None),
        (size, None),
    ] {
        let options = BlobOptions {
            offset,
            length,
            ..BlobOptions::default()
        };
        let mut bytes = Vec::new();
        registry
            .save_blob(&image, &options, &mut bytes, call)
            .expect("a part");
        let end = length.map_or(size, |length| offset + length);
        let expected =
            usize::try_from(offset).expect("small")..usize::try_from(end).expect("small");
        assert!(bytes == whole[expected], "{offset} {length:?}");
    }
    let behind = BlobOptions {
        offset: size + 1,
        ..BlobOptions::default()
    };
    let beyond = registry.get_blob(&image, &behind, call);
    assert_eq!(kind(beyond), ErrorKind::InvalidArgument);
    let wrong = registry.get_blob(&image, &sized(size + 1), call);
    assert_eq!(kind(wrong), ErrorKind::DigestMismatch);
    let absent = blob(
        part.host(),
        &repository,
        &format!("sha256:{}", "0".repeat(64)),
    );
    assert_eq!(kind(registry.head_blob(&absent, call)), ErrorKind::NotFound);
    let absent = registry.get_blob(&absent, &BlobOptions::default(), call);
    assert_eq!(kind(absent), ErrorKind::NotFound);
}
