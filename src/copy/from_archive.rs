//! An image in a `docker save` archive, to be read.

use std::io::{self, Cursor, Read};

use super::pour::unreadable;
use super::source::Source;
use crate::call::Call;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::oci::{Blob, Compression, Descriptor, Family, ImageConfig, Manifest};
use crate::registry::ReadSeek;
use crate::store::{DockerArchive, DockerImage, DockerLayer, OciLayout};

/// How much is read at once.
const PIECE: usize = 128 * 1024;

pub(super) struct FromArchive {
    image: DockerImage,
    /// Its own manifest, or one that is made up for it.
    manifest: Manifest,
    /// The layout that the archive is, too, when the image has its own manifest there.
    layout: Option<OciLayout>,
    /// The layers under the digests of their bytes as they are.
    layers: Vec<Digest>,
}

impl FromArchive {
    pub(super) fn new(
        archive: &DockerArchive,
        name: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<FromArchive> {
        let image = archive.image(archive.select(name, call)?, call)?;
        if let Some(manifest) = image.manifest.clone() {
            return Ok(FromArchive {
                layout: archive.layout().cloned(),
                layers: Vec::new(),
                manifest,
                image,
            });
        }
        let mut layers = Vec::with_capacity(image.layers.len());
        for layer in &image.layers {
            let blob = Blob {
                digest: digest_of(layer, call)?,
                size: layer.content.size(),
            };
            layers.push((blob, layer.compression));
        }
        let config = Blob {
            digest: image.id.clone(),
            size: image.config.document.len() as u64,
        };
        let manifest =
            Manifest::of_image(Family::Oci, &config, &layers).map_err(|what| Error::Protocol {
                context: call.context("", ""),
                what,
            })?;
        Ok(FromArchive {
            layout: None,
            layers: layers.into_iter().map(|(blob, _)| blob.digest).collect(),
            manifest,
            image,
        })
    }
}

/// The digest of a layer as it is. One that is compressed is unpacked to see whether it is the one that the config
/// wants; of a tar, whoever writes it sees that.
fn digest_of(layer: &DockerLayer, call: &mut Call<'_>) -> Result<Digest> {
    if layer.compression == Compression::None {
        return Ok(layer.diff_id.clone());
    }
    read_all(&mut layer.uncompressed(call)?, call, |_| {})?;
    let mut hasher = Hasher::sha256();
    read_all(&mut layer.content.reader(), call, |piece| {
        hasher.update(piece)
    })?;
    Ok(hasher.digest())
}

fn read_all(reader: &mut dyn Read, call: &mut Call<'_>, mut take: impl FnMut(&[u8])) -> Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        call.check()?;
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => take(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error, call)),
        }
    }
}

impl Source for FromArchive {
    fn top(&self, _call: &mut Call<'_>) -> Result<Manifest> {
        Ok(self.manifest.clone())
    }

    fn manifest(&self, listed: &Descriptor, call: &mut Call<'_>) -> Result<Manifest> {
        match &self.layout {
            Some(layout) => layout.manifest(listed, call),
            None => Err(missing(&listed.digest, call)),
        }
    }

    fn blob<'s>(
        &'s self,
        blob: &Descriptor,
        call: &Call<'_>,
    ) -> Result<Box<dyn ReadSeek + Send + 's>> {
        if let Some(layout) = &self.layout {
            return Ok(Box::new(layout.blob(blob, call)?.reader()));
        }
        if blob.digest == self.image.id {
            return Ok(Box::new(Cursor::new(self.image.config.document.as_bytes())));
        }
        let at = self.layers.iter().position(|layer| *layer == blob.digest);
        let layer = at.and_then(|at| self.image.layers.get(at));
        let layer = layer.ok_or_else(|| missing(&blob.digest, call))?;
        Ok(Box::new(layer.content.reader()))
    }

    fn config(&self, config: &Descriptor, call: &mut Call<'_>) -> Result<ImageConfig> {
        match config.digest == self.image.id {
            true => Ok(self.image.config.clone()),
            false => Err(missing(&config.digest, call)),
        }
    }

    fn referrers(&self, _subject: &Digest, _call: &mut Call<'_>) -> Result<Vec<Descriptor>> {
        Ok(Vec::new())
    }

    fn is_made_up(&self) -> bool {
        self.layout.is_none()
    }
}

fn missing(digest: &Digest, call: &Call<'_>) -> Error {
    Error::Protocol {
        context: call.context("", ""),
        what: format!("the archive does not have {digest}"),
    }
}
