//! Uploading a blob (the distribution specification, "Pushing blobs").

use url::Url;

use super::Registry;
use super::content::{BlobSource, Content};
use super::mount::Mount;
use super::payload::{BlobPart, Payload};
use super::refusal::{is_page, refused};
use super::retry::{Tries, may_pass};
use super::scopes::Scopes;
use super::send::Order;
use super::session::{Session, received};
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Answer, Error, ErrorKind, Result};
use crate::http::Method;
use crate::progress::{ImageProgressStep, Phase};
use crate::reference::Reference;

/// The sizes of chunks that are tried where a whole blob is too large, one after the other: proxies allow 100 MB and
/// less, GitHub's registry 4 MiB.
const FALLBACK_CHUNKS: [u64; 2] = [50 * 1024 * 1024, 4 * 1024 * 1024];

/// Where a registry has forgotten so many sessions whose line was cut, a request has as little and as short a line as can
/// be: lines may never last, and docker-registry forgets all of a session with its line.
const FORGOTTEN: u32 = 2;

/// Registries that take the same bytes again and again are left at this many, besides three times the blob.
const MAX_REPEATED: u64 = 64 * 1024 * 1024;

/// How a blob is uploaded. The default uploads it in one request.
#[derive(Debug, Clone, Default)]
pub struct UploadOptions {
    /// The digest of the content, when it is known. Without it the content is read once more before, to compute it.
    pub digest: Option<Digest>,
    /// Uploads in chunks of so many bytes. Registries and proxies that refuse large requests get chunks in any case.
    pub chunk_size: Option<u64>,
    /// A repository of the same registry, such as `team/base`, that may have the blob already: then nothing is sent.
    pub mount_from: Option<String>,
}

/// How a blob came into a repository.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadWay {
    /// It was there.
    Existed,
    /// It was in another repository of the registry.
    Mounted,
    /// In one request.
    Whole,
    /// In chunks.
    Chunks,
}

/// A blob in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedBlob {
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// How it came there.
    pub way: UploadWay,
    /// How many bytes went out, with those that had to be sent again.
    pub sent: u64,
}

impl Registry {
    /// Uploads a blob to the repository that `repository` names, unless it is there; its own tag or digest does not
    /// matter. An upload that breaks goes on where the registry can, or begins again; one that fails leaves no session.
    ///
    /// `HEAD /v2/<name>/blobs/<digest>`, `POST /v2/<name>/blobs/uploads/`, then `PUT`, or `PATCH` and `PUT`, where the
    /// registry says.
    ///
    /// # Errors
    /// [`Denied`](ErrorKind::Denied) and [`Unauthorized`](ErrorKind::Unauthorized) before the content is sent,
    /// [`TooLarge`](ErrorKind::TooLarge) when even small chunks are, [`Io`](ErrorKind::Io) when the source cannot be
    /// read.
    pub fn put_blob(
        &self,
        repository: &Reference,
        source: BlobSource<'_>,
        options: &UploadOptions,
        call: &mut Call<'_>,
    ) -> Result<UploadedBlob> {
        let call = &mut *call.enter("put_blob", repository.repository());
        self.check(repository)?;
        if options.chunk_size == Some(0) {
            return Err(Error::InvalidArgument {
                argument: "chunk_size",
                reason: "a chunk has at least one byte".into(),
            });
        }
        let from = options
            .mount_from
            .as_deref()
            .map(|from| self.own_repository("mount_from", from))
            .transpose()?;
        let mut content = Content::prepare(source, options.digest.as_ref(), call)?;
        let (digest, size) = (content.digest.clone(), content.size);
        let mut upload = Upload {
            registry: self,
            repository: repository.path(),
            content: &mut content,
            scopes: Scopes::push(repository.path()),
            chunk: options.chunk_size,
            fallbacks: FALLBACK_CHUNKS.iter(),
            forgotten: 0,
            way: UploadWay::Whole,
            has_bad_source: false,
            sent: 0,
            end: 0,
        };
        let _transfer = self.inner.transfers.begin(call)?;
        let way = upload.run(from.as_deref(), call)?;
        let sent = upload.sent;
        call.step(&ImageProgressStep {
            phase: Phase::Done,
            digest: digest.as_str(),
            sum_current: size,
            sum_total: Some(size),
            ..ImageProgressStep::default()
        })?;
        Ok(UploadedBlob {
            digest,
            size,
            way,
            sent,
        })
    }

    /// Leaves a session that nobody needs. That it cannot be given up is no reason to fail: mostly it is gone.
    pub(super) fn leave(&self, session: Session, call: &mut Call<'_>) -> Result<()> {
        if let Err(error) = session.cancel(self, call) {
            call.check()?;
            log::debug!("an upload session stays: {error}");
        }
        Ok(())
    }

    /// `/v2/<name>/blobs/uploads/`, with the slash: without it, registries redirect.
    pub(super) fn uploads(&self, repository: &str, call: &mut Call<'_>) -> Result<Url> {
        self.url(repository, &["blobs", "uploads", ""], call)
    }
}

/// One upload on its way.
struct Upload<'u, 's> {
    registry: &'u Registry,
    repository: &'u str,
    content: &'u mut Content<'s>,
    scopes: Scopes,
    /// The size of chunks; `None` uploads in one request.
    chunk: Option<u64>,
    fallbacks: std::slice::Iter<'static, u64>,
    /// How many sessions the registry has forgotten.
    forgotten: u32,
    way: UploadWay,
    /// Whether the source has failed: what it says is no word of this registry, and its own tries are over.
    has_bad_source: bool,
    sent: u64,
    /// Behind the last byte of the last request.
    end: u64,
}

impl Upload<'_, '_> {
    fn run(&mut self, from: Option<&str>, call: &mut Call<'_>) -> Result<UploadWay> {
        if self.exists(call)? {
            return Ok(UploadWay::Existed);
        }
        let mut session = None;
        if let Some(from) = from {
            match self
                .registry
                .mount(self.repository, &self.content.digest, from, call)?
            {
                Mount::Done => return Ok(UploadWay::Mounted),
                Mount::No => {}
                Mount::Session(opened) => session = Some(opened),
            }
        }
        let uploaded = self.upload(&mut session, call);
        match (uploaded, session) {
            (Err(error), Some(session)) => {
                Err(session.give_up(self.registry, self.repository, error, call))
            }
            (uploaded, _) => uploaded,
        }
    }

    /// Uploads until it is done or enough was tried. What is left in `session` is open.
    fn upload(&mut self, session: &mut Option<Session>, call: &mut Call<'_>) -> Result<UploadWay> {
        let mut tries = Tries::default();
        let mut may_restart = true;
        // So many bytes the session has, and had after the last failure.
        let (mut position, mut before) = (0, 0);
        loop {
            let error = match self.attempt(session, &mut position, call) {
                Ok(()) => return Ok(self.way),
                Err(error) => error,
            };
            call.check()?;
            if self.has_bad_source {
                return Err(error);
            }
            if is_too_large(&error) {
                let Some(chunk) = self.smaller_chunk() else {
                    return Err(error);
                };
                log::debug!("uploading in chunks of {chunk} bytes: {error}");
                position = self.resume(session, call)?;
                continue;
            }
            let lost_session = is_lost_session(&error);
            let is_mismatch = error
                .answer()
                .is_some_and(|answer| answer.code == "DIGEST_INVALID");
            if is_mismatch && may_restart && self.way == UploadWay::Chunks {
                // Bytes of a request that was cut may have come after the next one.
                may_restart = false;
                self.forget(session, call)?;
                (self.chunk, position) = (None, 0);
                continue;
            }
            if !lost_session && !may_pass(&error) {
                return Err(error);
            }
            // The last answer may have been lost, and not the blob.
            if self.exists(call)? {
                *session = None;
                return Ok(self.way);
            }
            tries.progress(position.saturating_sub(before));
            tries.pause(error, &self.registry.inner.retries, call)?;
            let confirmed = position;
            position = match lost_session {
                true => {
                    self.forget(session, call)?;
                    0
                }
                false => self.resume_cut(session, call)?,
            };
            if position > confirmed {
                // So much came of the request that broke off; the rest of it goes out only now.
                tries.progress(position - confirmed);
                let unsent = self.end.saturating_sub(position);
                self.sent = self.sent.saturating_sub(unsent);
            }
            before = position;
        }
    }

    /// Uploads what the session does not have, once.
    fn attempt(
        &mut self,
        session: &mut Option<Session>,
        position: &mut u64,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let session = match session {
            Some(session) => session,
            None => {
                *position = 0;
                session.insert(Session::open(
                    self.registry,
                    self.repository,
                    &self.scopes,
                    call,
                )?)
            }
        };
        // What is left of a session that broke can only be sent as a chunk.
        if self.chunk.is_some() || *position > 0 {
            self.way = UploadWay::Chunks;
            return self.send_chunks(session, position, call);
        }
        self.way = UploadWay::Whole;
        let size = self.content.size;
        self.spend(0, size, call)?;
        let digest = self.content.digest.clone();
        let part = BlobPart::new(self.content.reader(), 0, size, size);
        let headers = vec![("content-type", OCTETS.to_owned())];
        let payload = &mut Payload::Part(part);
        let closed = session.close(
            self.registry,
            self.repository,
            &digest,
            headers,
            payload,
            call,
        );
        self.has_bad_source = payload.is_unreadable();
        closed
    }

    fn send_chunks(
        &mut self,
        session: &mut Session,
        position: &mut u64,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let size = self.content.size;
        let chunk = self
            .chunk
            .unwrap_or(FALLBACK_CHUNKS[0])
            .max(session.min_chunk);
        let mut confirmed = *position;
        let mut refused_at = None;
        while *position < size {
            let length = chunk.min(size - *position);
            self.spend(*position, length, call)?;
            let last = *position + length - 1;
            let mut headers = vec![
                ("content-type", OCTETS.to_owned()),
                ("content-range", format!("{position}-{last}")),
            ];
            if self.has_short_lines() {
                headers.push(("connection", "close".to_owned()));
            }
            let part = BlobPart::new(self.content.reader(), *position, length, size);
            let payload = &mut Payload::Part(part);
            let sent = session.send(self.registry, Method::Patch, headers, payload, call);
            self.has_bad_source = payload.is_unreadable();
            let answer = sent?;
            match answer.status {
                200 | 201 | 202 | 204 => {
                    *position += length;
                    // Some registries have less than was sent, and others always name the first chunk.
                    if let Some(has) = received(&answer)
                        && has < *position
                        && has > confirmed
                    {
                        *position = has;
                    }
                    confirmed = confirmed.max(received(&answer).unwrap_or(*position));
                }
                416 if refused_at != Some(*position) => {
                    let error = refused(answer, call);
                    if is_too_large(&error) {
                        return Err(error);
                    }
                    refused_at = Some(*position);
                    *position = self.received(session, call)?.ok_or(error)?;
                }
                _ => return Err(refused(answer, call)),
            }
        }
        session.close(
            self.registry,
            self.repository,
            &self.content.digest,
            Vec::new(),
            &mut Payload::Empty,
            call,
        )
    }

    /// Where a session that broke goes on; from the beginning, with a new one, when the registry forgot it.
    fn resume(&self, session: &mut Option<Session>, call: &mut Call<'_>) -> Result<u64> {
        let received = match session {
            Some(session) => self.received(session, call),
            None => Ok(None),
        };
        match received {
            Ok(Some(received)) if received <= self.content.size => Ok(received),
            Err(error) if !may_pass(&error) => Err(error),
            Ok(_) | Err(_) => {
                self.forget(session, call)?;
                Ok(0)
            }
        }
    }

    /// The same where a line was cut.
    fn resume_cut(&mut self, session: &mut Option<Session>, call: &mut Call<'_>) -> Result<u64> {
        let received = self.resume(session, call)?;
        if session.is_none() {
            self.forgotten += 1;
        }
        if self.has_short_lines() {
            while self.smaller_chunk().is_some() {}
        }
        Ok(received)
    }

    /// How many bytes the registry has. A question that is lost says nothing about the session, so it is asked again.
    fn received(&self, session: &mut Session, call: &mut Call<'_>) -> Result<Option<u64>> {
        let retries = &self.registry.inner.retries;
        retries.persist(call, |_, call| session.received(self.registry, call))
    }

    /// Counts the bytes of a request before they go out.
    fn spend(&mut self, start: u64, length: u64, call: &Call<'_>) -> Result<()> {
        let size = self.content.size;
        if self.sent > size.saturating_mul(3).saturating_add(MAX_REPEATED) {
            let what = format!(
                "the registry wants the same bytes again and again: {} were sent of a blob of {size}",
                self.sent
            );
            return Err(Error::Protocol {
                context: call.context(self.registry.host(), "upload"),
                what,
            });
        }
        self.sent += length;
        self.end = start + length;
        Ok(())
    }

    /// Leaves a session for another one.
    fn forget(&self, session: &mut Option<Session>, call: &mut Call<'_>) -> Result<()> {
        match session.take() {
            Some(session) => self.registry.leave(session, call),
            None => Ok(()),
        }
    }

    /// Whether the repository has the blob; not where the registry does not tell.
    fn exists(&self, call: &mut Call<'_>) -> Result<bool> {
        let path = ["blobs", self.content.digest.as_str()];
        let url = self.registry.url(self.repository, &path, call)?;
        let order = Order::new(Method::Head, url, self.scopes.clone());
        let answer = self.registry.send(&order, call)?;
        match (answer.status, answer.content_length()) {
            (200, Some(size)) => Ok(size == self.content.size),
            (401, _) => Err(refused(answer, call)),
            _ => Ok(false),
        }
    }

    /// Whether each request has a connection of its own.
    fn has_short_lines(&self) -> bool {
        self.forgotten >= FORGOTTEN
    }

    fn smaller_chunk(&mut self) -> Option<u64> {
        let smaller = self
            .fallbacks
            .find(|size| self.chunk.is_none_or(|chunk| **size < chunk))?;
        self.chunk = Some(*smaller);
        self.chunk
    }
}

/// Anything else is stored otherwise, or as a form.
pub(super) const OCTETS: &str = "application/octet-stream";

/// Whether a smaller request may be accepted.
pub(super) fn is_too_large(error: &Error) -> bool {
    let Some(Answer {
        kind,
        status,
        message,
        ..
    }) = error.answer()
    else {
        return false;
    };
    match *status {
        413 => true,
        416 => is_about_size(message),
        // Of a proxy, which does not say more.
        400 => is_page(message),
        _ => *kind == ErrorKind::TooLarge,
    }
}

fn is_about_size(message: &str) -> bool {
    message.to_ascii_lowercase().contains("too large")
}

/// Whether the registry does not know the session any more.
pub(super) fn is_lost_session(error: &Error) -> bool {
    error.answer().is_some_and(|answer| {
        matches!(
            answer.code.as_str(),
            "BLOB_UPLOAD_UNKNOWN" | "BLOB_UPLOAD_INVALID"
        ) || answer.status == 404
    })
}
