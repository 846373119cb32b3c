//! Work of an engine through bollard. What it takes is in README.md.

use std::env;
use std::error::Error;
use std::time::Duration;

use bollard::query_parameters::{
    CreateImageOptionsBuilder, ImportImageOptionsBuilder, PushImageOptionsBuilder,
};
use bollard::{Docker, body_try_stream};
use futures_util::{Stream, TryStreamExt};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio_util::io::ReaderStream;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// dockerd says nothing before it has packed an image or taken one in, which may take longer than the default of 120 s.
const PATIENCE: Duration = Duration::from_secs(3600);

/// The default of 4 KiB makes each read of a file a job for another thread: ten times the processor's time.
const BUFFER: usize = 1 << 20;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["save", endpoint, image, file] => save(&connect(endpoint)?, image, file).await,
        ["load", endpoint, file] => load(&connect(endpoint)?, file).await,
        ["import", endpoint, file, name] => import(&connect(endpoint)?, file, name).await,
        ["push", endpoint, image] => push(&connect(endpoint)?, image).await,
        ["pull", endpoint, image] => pull(&connect(endpoint)?, image).await,
        ["inspect", endpoint, image, count] => {
            inspect(&connect(endpoint)?, image, count.parse()?).await
        }
        _ => Err(format!("no such work: {arguments:?}").into()),
    }
}

/// Without a negotiation: bollard loses the version that it puts into its paths, so dockerd takes its own.
fn connect(endpoint: &str) -> Result<Docker> {
    Ok(Docker::connect_with_host(endpoint)?.with_timeout(PATIENCE))
}

async fn save(docker: &Docker, image: &str, file: &str) -> Result<()> {
    let mut file = BufWriter::with_capacity(BUFFER, File::create(file).await?);
    let mut archive = docker.export_image(image);
    while let Some(bytes) = archive.try_next().await? {
        file.write_all(&bytes).await?;
    }
    Ok(file.flush().await?)
}

async fn load(docker: &Docker, file: &str) -> Result<()> {
    let archive = ReaderStream::with_capacity(File::open(file).await?, BUFFER);
    let options = ImportImageOptionsBuilder::default().build();
    read_to_end(docker.import_image_stream(options, archive, None)).await
}

async fn import(docker: &Docker, file: &str, name: &str) -> Result<()> {
    let layer = ReaderStream::with_capacity(File::open(file).await?, BUFFER);
    let (repository, tag) = split(name)?;
    let options = CreateImageOptionsBuilder::default()
        .from_src("-")
        .repo(repository)
        .tag(tag)
        .build();
    read_to_end(docker.create_image(Some(options), Some(body_try_stream(layer)), None)).await
}

async fn push(docker: &Docker, image: &str) -> Result<()> {
    let (repository, tag) = split(image)?;
    let options = PushImageOptionsBuilder::default().tag(tag).build();
    read_to_end(docker.push_image(repository, Some(options), None)).await
}

async fn pull(docker: &Docker, image: &str) -> Result<()> {
    let options = CreateImageOptionsBuilder::default()
        .from_image(image)
        .build();
    read_to_end(docker.create_image(Some(options), None, None)).await
}

async fn inspect(docker: &Docker, image: &str, count: usize) -> Result<()> {
    for _ in 0..count {
        docker.inspect_image(image).await?;
    }
    Ok(())
}

/// bollard makes an error of a message that tells one.
async fn read_to_end<Message>(
    messages: impl Stream<Item = std::result::Result<Message, bollard::errors::Error>>,
) -> Result<()> {
    Ok(messages.try_for_each(async |_| Ok(())).await?)
}

fn split(image: &str) -> Result<(&str, &str)> {
    Ok(image.rsplit_once(':').ok_or("an image without a tag")?)
}
