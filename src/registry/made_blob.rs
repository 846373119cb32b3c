//! Uploading a blob that is made on its way, such as a layer that is being compressed: nobody knows its size and its
//! digest before its end (the distribution specification, "Pushing a blob in chunks").

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::Registry;
use super::content::BlobSource;
use super::payload::{BlobPart, Payload};
use super::refusal::expect;
use super::retry::{Tries, may_pass};
use super::scopes::Scopes;
use super::session::{Session, lost};
use super::upload::{
    OCTETS, UploadOptions, UploadWay, UploadedBlob, is_lost_session, is_too_large,
};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::progress::Phase;
use crate::reference::Reference;

/// How much is read at once where nobody takes it.
const READ_SIZE: usize = 128 * 1024;

/// A blob that can be made as often as it is needed, and is the same each time.
pub(crate) trait MadeBlob {
    /// Begins making it.
    fn begin(&self) -> Result<Box<dyn Making + '_>>;
}

/// A blob that is being made.
pub(crate) trait Making: Read {
    /// Digest and size, once all of it was read.
    fn made(&self) -> Option<(Digest, u64)>;
}

impl Registry {
    /// Uploads a blob while it is made. Nothing of it is kept: when that fails in a way that may pass, it is made again,
    /// once to know its digest, and then like any other blob whenever it is to go out.
    ///
    /// `POST /v2/<name>/blobs/uploads/`, then `PATCH` and `PUT` where the registry says.
    pub(crate) fn put_made_blob(
        &self,
        repository: &Reference,
        blob: &dyn MadeBlob,
        call: &mut Call<'_>,
    ) -> Result<UploadedBlob> {
        let call = &mut *call.enter("put_blob", repository.repository());
        let mut making = blob.begin()?;
        let error = match self.stream_blob(repository, &mut *making, call) {
            Err(error) if may_fare_better(&error) => error,
            uploaded => return uploaded,
        };
        call.check().map_err(|last| with_left(last, &error))?;
        log::debug!("making the blob again: {error}");
        let finished = finish(&mut *making, call);
        let (digest, size) = finished.map_err(|last| with_left(last, &error))?;
        drop(making);
        let mut again = Again {
            blob,
            size,
            position: 0,
            making: None,
        };
        let options = UploadOptions {
            digest: Some(digest),
            ..UploadOptions::default()
        };
        let source = BlobSource::Seekable(&mut again);
        let uploaded = self.put_blob(repository, source, &options, call);
        uploaded.map_err(|last| with_left(last, &error))
    }

    /// Sends a blob as one chunk whose end is not known, as dockerd does. When that fails, a part of it is lost.
    pub(crate) fn stream_blob(
        &self,
        repository: &Reference,
        making: &mut dyn Making,
        call: &mut Call<'_>,
    ) -> Result<UploadedBlob> {
        self.make_blob(repository, call, |session, call| {
            let headers = vec![("content-type", OCTETS.to_owned())];
            let mut payload = Payload::once(making);
            let answer = session.send(self, Method::Patch, headers, &mut payload, call)?;
            expect(answer, &[202, 201, 204, 200], call)?;
            finish(making, call)
        })
    }

    /// Sends a blob in chunks of `window` bytes, each over a connection of its own, and keeps the one that is on its way:
    /// so it passes where bodies or connections are limited. It fails where the registry forgets what it had.
    pub(crate) fn put_in_windows(
        &self,
        repository: &Reference,
        making: &mut dyn Making,
        window: usize,
        call: &mut Call<'_>,
    ) -> Result<UploadedBlob> {
        self.make_blob(repository, call, |session, call| {
            let mut chunk = Vec::with_capacity(window);
            let mut start = 0;
            loop {
                chunk.clear();
                let filled = Read::take(&mut *making, window as u64).read_to_end(&mut chunk);
                filled.map_err(|error| unmade(error, call))?;
                if chunk.is_empty() {
                    return finish(making, call);
                }
                self.send_window(session, &chunk, start, call)?;
                start += chunk.len() as u64;
            }
        })
    }

    /// Opens a session, has the blob sent to it, and closes it with what the blob turned out to be.
    fn make_blob(
        &self,
        repository: &Reference,
        call: &mut Call<'_>,
        send: impl FnOnce(&mut Session, &mut Call<'_>) -> Result<(Digest, u64)>,
    ) -> Result<UploadedBlob> {
        self.check(repository)?;
        let _transfer = self.inner.transfers.begin(call)?;
        let (path, scopes) = (repository.path(), Scopes::push(repository.path()));
        let retries = &self.inner.retries;
        let mut session =
            retries.persist(call, |_, call| Session::open(self, path, &scopes, call))?;
        let sent = send(&mut session, call).and_then(|(digest, size)| {
            let nothing = &mut Payload::Empty;
            session.close(self, path, &digest, Vec::new(), nothing, call)?;
            Ok((digest, size))
        });
        match sent {
            Ok((digest, size)) => Ok(UploadedBlob {
                digest,
                size,
                way: UploadWay::Chunks,
                sent: size,
            }),
            Err(error) => Err(session.give_up(self, path, error, call)),
        }
    }

    /// Sends the bytes of `chunk`, which begins at `start` of the blob, until the registry has them.
    fn send_window(
        &self,
        session: &mut Session,
        chunk: &[u8],
        start: u64,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let end = start + chunk.len() as u64;
        let (mut position, mut tries) = (start, Tries::default());
        while position < end {
            let rest = &chunk[(position - start) as usize..];
            let headers = vec![
                ("content-type", OCTETS.to_owned()),
                ("content-range", format!("{position}-{}", end - 1)),
                ("connection", "close".to_owned()),
            ];
            let (mut source, length) = (Cursor::new(rest), end - position);
            let part = BlobPart::new(&mut source, 0, length, length);
            let payload = &mut Payload::Part(part);
            let sent = session.send(self, Method::Patch, headers, payload, call);
            let sent = sent.and_then(|answer| expect(answer, &[202, 201, 204, 200], call));
            let error = match sent {
                Ok(_) => return Ok(()),
                Err(error) if may_pass(&error) => error,
                Err(error) => return Err(error),
            };
            let again = tries.pause(error, &self.inner.retries, call);
            let has = again.and_then(|()| session.received_or_lost(self, call))?;
            if has < position || has > end {
                let what =
                    format!("the registry has {has} bytes where it can have {position} to {end}");
                return Err(lost(self, &what, call));
            }
            tries.progress(has - position);
            position = has;
        }
        Ok(())
    }
}

/// Whether a request of known length, with a known digest, may fare better.
pub(crate) fn may_fare_better(error: &Error) -> bool {
    let wants_a_length = error
        .answer()
        .is_some_and(|answer| matches!(answer.status, 400 | 405 | 411 | 415 | 416 | 501));
    may_pass(error) || is_too_large(error) || is_lost_session(error) || wants_a_length
}

/// Makes what is left, for its digest only.
fn finish(making: &mut dyn Making, call: &mut Call<'_>) -> Result<(Digest, u64)> {
    let mut buffer = vec![0; READ_SIZE];
    let mut passed = 0;
    loop {
        call.check()?;
        if let Some(made) = making.made() {
            return Ok(made);
        }
        match making.read(&mut buffer) {
            Ok(read) => passed += read as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unmade(error, call)),
        }
        call.moved(Phase::Preparing, passed, None)?;
    }
}

/// An error that also tells what the try before it has left behind.
fn with_left(mut last: Error, before: &Error) -> Error {
    if let (Some(context), Some(before)) = (last.context_mut(), before.context()) {
        context.left_behind.extend_from_slice(&before.left_behind);
    }
    last
}

fn unmade(error: io::Error, call: &Call<'_>) -> Error {
    Error::of_stream(error, call.context("", ""), "making the blob")
}

/// A blob that is made again from wherever it is read.
struct Again<'b> {
    blob: &'b dyn MadeBlob,
    size: u64,
    position: u64,
    /// What is being made, and where that stands.
    making: Option<(Box<dyn Making + 'b>, u64)>,
}

impl Read for Again<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (making, at) = match &mut self.making {
            Some(making) if making.1 <= self.position => making,
            making => making.insert((self.blob.begin().map_err(io::Error::other)?, 0)),
        };
        while *at < self.position {
            let skipped = io::copy(&mut making.take(self.position - *at), &mut io::sink())?;
            if skipped == 0 {
                return Ok(0);
            }
            *at += skipped;
        }
        let read = making.read(buffer)?;
        *at += read as u64;
        self.position = *at;
        Ok(read)
    }
}

impl Seek for Again<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
