//! An image in an engine, to be read: its archive comes as one stream, and is kept until the copy ends.

use std::env;

use super::from_archive::FromArchive;
use super::spool::Spool;
use crate::call::Call;
use crate::engine::{ArchiveOptions, Engine};
use crate::error::Result;
use crate::progress::Phase;
use crate::store::DockerArchive;

pub(super) fn open(engine: &Engine, image: &str, call: &mut Call<'_>) -> Result<FromArchive> {
    let mut archive = engine.get_image(image, &ArchiveOptions::default(), call)?;
    let folder = env::temp_dir();
    let mut spool = Spool::new(&folder, call)?;
    spool.keep(&mut archive, Phase::Saving, call)?;
    let name = format!("the archive of {image} from {}", engine.endpoint());
    let archive = DockerArchive::read(spool.read()?, &name, call)?;
    FromArchive::new(&archive, None, call)
}
