//! An image in an engine, to be read: its archive comes as one stream, and is kept until the copy ends.

use super::from_archive::FromArchive;
use super::pour::unreadable;
use super::spool::Spool;
use crate::call::Call;
use crate::engine::{ArchiveOptions, Engine};
use crate::error::Result;
use crate::progress::Phase;
use crate::store::DockerArchive;

/// How much is kept at once.
const PIECE: usize = 128 * 1024;

pub(super) fn open(engine: &Engine, image: &str, call: &mut Call<'_>) -> Result<FromArchive> {
    let mut archive = engine.get_image(image, &ArchiveOptions::default(), call)?;
    let mut spool = Spool::new(call)?;
    let (mut buffer, mut kept) = (vec![0; PIECE], 0);
    loop {
        call.check()?;
        let read = std::io::Read::read(&mut archive, &mut buffer);
        match read.map_err(|error| unreadable(error, call))? {
            0 => break,
            read => {
                spool.write(&buffer[..read], call)?;
                kept += read as u64;
                call.moved(Phase::Saving, kept, None)?;
            }
        }
    }
    let name = format!("the archive of {image} from {}", engine.endpoint());
    let archive = DockerArchive::read(spool.read(call)?, &name, call)?;
    FromArchive::new(&archive, None, call)
}
