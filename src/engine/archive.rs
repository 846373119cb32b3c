//! `get_image`: images come out of the engine as an archive.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;

use super::Engine;
use super::messages::Message;
use super::name::image_name;
use super::platform::platform_json;
use super::refusal::refused_in_stream;
use crate::call::{Call, CallSettings};
use crate::error::{Error, Result};
use crate::http::{Incoming, Method};
use crate::part_file;
use crate::progress::{ImageProgressStep, Phase};

/// A tar ends with two blocks of zeros.
const TAR_END: usize = 1024;

/// The longest error that an engine appends to an archive that it could not finish.
const MAX_TAIL: usize = 16 * 1024;

/// How much is copied at once (docker-py's `chunk_size`, 2 MiB there). What is larger than 128 KiB has pages of its own
/// (glibc); a smaller buffer may lie so in the heap that copying takes twice as long: 0.24 s of the processor for 600 MB
/// in place of 0.20 (measured; `rep movsb` is slow between places that are nearly as far from the beginning of a page).
const COPY_SIZE: usize = 256 * 1024;

/// What goes into an archive.
#[derive(Debug, Clone, Default)]
pub struct ArchiveOptions {
    /// Only these platforms, each as `os/arch[/variant]` (API 1.48, more than one API 1.52).
    pub platforms: Vec<String>,
}

/// An archive of images that comes out of an engine: an uncompressed tar, as `docker save` writes it.
///
/// It is a [`Read`]; its end is reported only when the archive is whole, and an error that the engine appended to it
/// is an error here. Reading uses the cancel flag and the limits of the call that asked for it; dropping it stops
/// the engine.
pub struct ImageArchive {
    body: Incoming,
    settings: CallSettings,
    /// The last bytes, up to [`MAX_TAIL`].
    tail: Vec<u8>,
    read: u64,
    /// A connection that broke looks like an end when it is read once more, so a failure is final.
    has_failed: bool,
}

impl Engine {
    /// Asks for an archive of images, each named by reference (without a tag: all its tags) or ID.
    ///
    /// `GET /images/get?names=…`. The engine may take minutes before the first byte.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have one of them,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when its version does not have an option.
    #[doc(alias = "save")]
    pub fn get_images(
        &self,
        images: &[&str],
        options: &ArchiveOptions,
        call: &mut Call<'_>,
    ) -> Result<ImageArchive> {
        let ArchiveOptions { platforms } = options;
        if images.is_empty() {
            return Err(Error::InvalidArgument {
                argument: "images",
                reason: "at least one image is needed".into(),
            });
        }
        let names = images
            .iter()
            .map(|image| image_name(image))
            .collect::<Result<Vec<_>>>()?;
        let platforms = platforms.iter().map(|platform| platform_json(platform));
        let platforms = platforms.collect::<Result<Vec<_>>>()?;
        let call = &mut *call.enter("get_image", images.join(", "));
        let mut request = self.shared.request(Method::Get, &["images", "get"], call)?;
        self.shared.require_platforms(&platforms, call)?;
        request
            .url
            .query_pairs_mut()
            .extend_pairs(names.iter().map(|name| ("names", name)))
            .extend_pairs(platforms.iter().map(|platform| ("platform", platform)));
        let response = self.shared.send_patiently(request, call)?;
        Ok(ImageArchive {
            body: response.body,
            settings: call.settings(),
            tail: Vec::new(),
            read: 0,
            has_failed: false,
        })
    }

    /// Asks for an archive of one image; see [`get_images`](Engine::get_images).
    ///
    /// # Errors
    /// As [`get_images`](Engine::get_images).
    #[doc(alias = "save")]
    pub fn get_image(
        &self,
        image: &str,
        options: &ArchiveOptions,
        call: &mut Call<'_>,
    ) -> Result<ImageArchive> {
        self.get_images(&[image], options, call)
    }
}

impl Engine {
    /// Writes an archive of images to `target`, with progress, and returns its size in bytes: one call for
    /// [`get_images`](Engine::get_images) and [`ImageArchive::write_to`].
    ///
    /// # Errors
    /// As those two.
    pub fn save_images(
        &self,
        images: &[&str],
        options: &ArchiveOptions,
        target: &mut dyn Write,
        call: &mut Call<'_>,
    ) -> Result<u64> {
        let call = &mut *call.enter("get_image", images.join(", "));
        self.get_images(images, options, call)?
            .write_to(target, call)
    }

    /// Writes an archive of images to a file, with progress, and returns its size in bytes: one call for
    /// [`get_images`](Engine::get_images) and [`ImageArchive::write_file`].
    ///
    /// # Errors
    /// As those two.
    pub fn save_images_file(
        &self,
        images: &[&str],
        options: &ArchiveOptions,
        path: &Path,
        call: &mut Call<'_>,
    ) -> Result<u64> {
        let call = &mut *call.enter("get_image", images.join(", "));
        self.get_images(images, options, call)?
            .write_file(path, call)
    }
}

impl ImageArchive {
    /// Reads the next bytes; 0 is the end of a whole archive.
    ///
    /// # Errors
    /// When the connection breaks, the engine could not finish the archive, or the call is left.
    pub fn read_with(&mut self, buffer: &mut [u8], call: &mut Call<'_>) -> Result<usize> {
        let call = &mut *call.enter("get_image", "");
        if self.has_failed {
            let reason = "reading this archive has failed before: ask for a new one";
            return Err(Error::InvalidState(reason.into()));
        }
        let read = self.read_checked(buffer, call);
        self.has_failed = read.is_err();
        read
    }

    fn read_checked(&mut self, buffer: &mut [u8], call: &mut Call<'_>) -> Result<usize> {
        call.check()?;
        let read = self.body.read(call, buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.check_end(call)?;
        }
        self.keep_tail(&buffer[..read]);
        self.read += read as u64;
        Ok(read)
    }

    /// Writes the archive to `target`, with progress, and returns its size in bytes.
    ///
    /// # Errors
    /// As [`read_with`](ImageArchive::read_with), and [`Io`](crate::ErrorKind::Io) or
    /// [`NoSpace`](crate::ErrorKind::NoSpace) when `target` cannot be written.
    pub fn write_to(self, target: &mut dyn Write, call: &mut Call<'_>) -> Result<u64> {
        let call = &mut *call.enter("get_image", "");
        self.write(target, &"the archive", call)
    }

    fn write(
        mut self,
        target: &mut dyn Write,
        what: &dyn fmt::Display,
        call: &mut Call<'_>,
    ) -> Result<u64> {
        let mut buffer = vec![0; COPY_SIZE];
        loop {
            let read = self.read_with(&mut buffer, call)?;
            if read == 0 {
                break;
            }
            target
                .write_all(&buffer[..read])
                .map_err(|source| self.cannot_write(what, source, call))?;
            call.moved(Phase::Saving, self.read, None)?;
        }
        target
            .flush()
            .map_err(|source| self.cannot_write(what, source, call))?;
        call.step(&ImageProgressStep {
            phase: Phase::Done,
            sum_current: self.read,
            sum_total: Some(self.read),
            ..ImageProgressStep::default()
        })?;
        Ok(self.read)
    }

    /// Writes the archive to a file, with progress, and returns its size in bytes. The file appears when it is whole;
    /// until then its name ends in `.part`, and a file of that name, which a killed program leaves, is written over.
    ///
    /// # Errors
    /// As [`write_to`](ImageArchive::write_to).
    pub fn write_file(self, path: &Path, call: &mut Call<'_>) -> Result<u64> {
        let call = &mut *call.enter("get_image", path.display());
        let context = self.body.context(call);
        part_file::write_whole(path, &context, |file| {
            self.write(file, &path.display(), call)
        })
    }

    fn keep_tail(&mut self, piece: &[u8]) {
        let keep = &piece[piece.len().saturating_sub(MAX_TAIL)..];
        let excess = (self.tail.len() + keep.len()).saturating_sub(MAX_TAIL);
        self.tail.drain(..excess);
        self.tail.extend_from_slice(keep);
    }

    /// An engine that cannot finish ends its answer well, with an error's JSON behind the bytes (recorded on 29.7).
    fn check_end(&self, call: &Call<'_>) -> Result<()> {
        if self.tail.ends_with(&[0; TAR_END]) {
            return Ok(());
        }
        let context = self.body.context(call);
        match appended_error(&self.tail) {
            Some(reason) => Err(refused_in_stream(reason, context)),
            None => Err(Error::Protocol {
                context,
                what: format!(
                    "after {} bytes the archive ends without the mark of its end",
                    self.read
                ),
            }),
        }
    }

    fn cannot_write(&self, what: &dyn fmt::Display, source: io::Error, call: &Call<'_>) -> Error {
        Error::Io {
            context: self.body.context(call),
            action: format!("writing {what}"),
            source,
        }
    }
}

/// The reason in the last object of `tail`, if it ends with one that is an error.
fn appended_error(tail: &[u8]) -> Option<String> {
    let starts = tail
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'{')
        .map(|(at, _)| at);
    starts
        .filter_map(|at| tail.get(at..))
        .filter_map(|rest| str::from_utf8(rest).ok())
        .find_map(|text| {
            serde_json::from_str::<Message<'_>>(text.trim_end())
                .ok()?
                .failure()
        })
}

impl fmt::Debug for ImageArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageArchive")
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

impl Read for ImageArchive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut call = self.settings.call();
        self.read_with(buffer, &mut call).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_behind_the_bytes_of_an_archive_is_found() {
        let mut tail = b"some { bytes \xff of a layer".to_vec();
        tail.extend(
            br#"{"error":"unexpected digest","errorDetail":{"message":"unexpected digest"}}"#,
        );
        assert_eq!(appended_error(&tail).as_deref(), Some("unexpected digest"));
        assert_eq!(appended_error(b"{\"status\":\"x\"}"), None);
        assert_eq!(appended_error(&[0; 512]), None);
    }
}
