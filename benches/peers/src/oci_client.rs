//! Work of a registry through oci-client. What it takes is in README.md.

mod layout;

use std::env;
use std::error::Error;
use std::iter;

use futures_util::{StreamExt, TryStreamExt, stream};
use oci_client::client::{
    ClientConfig, ClientProtocol, DEFAULT_MAX_CONCURRENT_DOWNLOAD, DEFAULT_MAX_CONCURRENT_UPLOAD,
};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use oci_client::secrets::RegistryAuth::Anonymous;
use oci_client::{Client, Reference};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use layout::Layout;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The default of 4 KiB makes each read of a file a job for another thread: ten times the processor's time.
const BUFFER: usize = 1 << 20;

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::new(ClientConfig {
        protocol: ClientProtocol::Http,
        // One request a blob: its default, one for each 4 MiB, takes twice the time.
        use_monolithic_push: true,
        ..Default::default()
    });
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["pull", reference, folder] => pull(&client, &reference.parse()?, folder).await,
        ["push", folder, tag, reference] => push(&client, folder, tag, &reference.parse()?).await,
        ["tags", reference, count] => tags(&client, &reference.parse()?, count.parse()?).await,
        ["digests", reference, count] => {
            digests(&client, &reference.parse()?, count.parse()?).await
        }
        _ => Err(format!("no such work: {arguments:?}").into()),
    }
}

async fn pull(client: &Client, image: &Reference, folder: &str) -> Result<()> {
    let layout = Layout::create(folder)?;
    let (manifest, digest) = client
        .pull_manifest_raw(image, &Anonymous, &[OCI_IMAGE_MEDIA_TYPE])
        .await?;
    let parsed: OciImageManifest = serde_json::from_slice(&manifest)?;
    stream::iter(blobs(&parsed))
        .map(|blob| pull_blob(client, image, blob, &layout))
        .buffer_unordered(DEFAULT_MAX_CONCURRENT_DOWNLOAD)
        .try_for_each(async |()| Ok(()))
        .await?;
    let tag = image.tag().unwrap_or("latest");
    Ok(layout.name(tag, OCI_IMAGE_MEDIA_TYPE, &digest, &manifest)?)
}

/// oci-client checks the digest itself.
async fn pull_blob(
    client: &Client,
    image: &Reference,
    blob: &OciDescriptor,
    layout: &Layout,
) -> Result<()> {
    let file = File::create(layout.blob(&blob.digest)).await?;
    Ok(client.pull_blob(image, blob, file).await?)
}

async fn push(client: &Client, folder: &str, tag: &str, image: &Reference) -> Result<()> {
    let layout = Layout::open(folder);
    let (media_type, manifest) = layout.manifest(tag)?;
    let parsed: OciImageManifest = serde_json::from_slice(&manifest)?;
    stream::iter(blobs(&parsed))
        .map(|blob| push_blob(client, image, blob, &layout))
        .buffer_unordered(DEFAULT_MAX_CONCURRENT_UPLOAD)
        .try_for_each(async |()| Ok(()))
        .await?;
    client
        .push_manifest_raw(image, manifest, media_type.parse()?)
        .await?;
    Ok(())
}

async fn push_blob(
    client: &Client,
    image: &Reference,
    blob: &OciDescriptor,
    layout: &Layout,
) -> Result<()> {
    let file = File::open(layout.blob(&blob.digest)).await?;
    let content = ReaderStream::with_capacity(file, BUFFER).map_err(OciDistributionError::from);
    client
        .push_blob_stream(image, content, &blob.digest, Some(blob.size.try_into()?))
        .await?;
    Ok(())
}

fn blobs(manifest: &OciImageManifest) -> impl Iterator<Item = &OciDescriptor> {
    iter::once(&manifest.config).chain(&manifest.layers)
}

/// A page without an end is the whole list of a docker-registry; `Link`, by which other registries tell of more, is
/// not to be seen through oci-client.
async fn tags(client: &Client, image: &Reference, count: usize) -> Result<()> {
    for _ in 0..count {
        client.list_tags(image, &Anonymous, None, None).await?;
    }
    Ok(())
}

async fn digests(client: &Client, image: &Reference, count: usize) -> Result<()> {
    for _ in 0..count {
        client.fetch_manifest_digest(image, &Anonymous).await?;
    }
    Ok(())
}
