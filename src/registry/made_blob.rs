//! Uploading a blob that is made on its way, such as a layer that is being compressed: nobody knows its size and its
//! digest before its end (the distribution specification, "Pushing a blob in chunks").

use std::io::{self, Read, Seek, SeekFrom};

use super::Registry;
use super::content::BlobSource;
use super::payload::Payload;
use super::refusal::expect;
use super::retry::may_pass;
use super::scopes::Scopes;
use super::session::Session;
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
        self.check(repository)?;
        let _transfer = self.inner.transfers.begin(call)?;
        let mut making = blob.begin()?;
        let error = match self.stream(repository, &mut *making, call) {
            Ok((digest, size)) => {
                return Ok(UploadedBlob {
                    digest,
                    size,
                    way: UploadWay::Chunks,
                    sent: size,
                });
            }
            Err(error) => error,
        };
        call.check()?;
        if !may_be_known_better(&error) {
            return Err(error);
        }
        log::debug!("making the blob again: {error}");
        let (digest, size) = finish(&mut *making, call)?;
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
        self.put_blob(repository, BlobSource::Seekable(&mut again), &options, call)
    }

    /// Sends it as one chunk whose end is not known, as dockerd does.
    fn stream(
        &self,
        repository: &Reference,
        making: &mut dyn Making,
        call: &mut Call<'_>,
    ) -> Result<(Digest, u64)> {
        let scopes = Scopes::push(repository.path());
        let mut session = self.inner.retries.persist(call, |_, call| {
            Session::open(self, repository.path(), &scopes, call)
        })?;
        let sent = self.send_made(&mut session, making, call);
        sent.map_err(|error| session.give_up(self, repository.path(), error, call))
    }

    fn send_made(
        &self,
        session: &mut Session,
        making: &mut dyn Making,
        call: &mut Call<'_>,
    ) -> Result<(Digest, u64)> {
        let headers = vec![("content-type", OCTETS.to_owned())];
        let mut payload = Payload::once(making);
        let answer = session.send(self, Method::Patch, headers, &mut payload, call)?;
        expect(answer, &[202, 201, 204, 200], call)?;
        let (digest, size) = finish(making, call)?;
        session.close(self, &digest, Vec::new(), &mut Payload::Empty, call)?;
        Ok((digest, size))
    }
}

/// Whether a request of known length, with a known digest, may fare better.
fn may_be_known_better(error: &Error) -> bool {
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
            Err(error) => {
                return Err(Error::of_stream(
                    error,
                    call.context("", ""),
                    "making the blob",
                ));
            }
        }
        call.moved(Phase::Preparing, passed, None)?;
    }
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
