//! A blob on its way: verified as it comes, and fetched on from where it was when the connection breaks.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;

use super::Registry;
use super::blobs::BlobOptions;
use super::content_range::ContentRange;
use super::mirrors::By;
use super::refusal::refused;
use super::retry::{Tries, may_pass};
use super::scopes::Scopes;
use super::send::Order;
use crate::call::{Call, CallSettings};
use crate::digest::{Digest, Verifier};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::http::{Incoming, Method, Response};
use crate::part_file;
use crate::progress::{ImageProgressStep, Phase};

/// How much is copied at once.
const COPY_SIZE: usize = 128 * 1024;

/// The blob without a byte, which some registries do not serve.
const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Which bytes of which blob are wanted.
pub(super) struct Part {
    digest: Digest,
    /// The size of the whole blob, once it is known.
    size: Option<u64>,
    start: u64,
    /// Behind the last byte that is wanted; `None` until it is known.
    end: Option<u64>,
    is_whole: bool,
}

impl Part {
    pub(super) fn new(digest: &Digest, options: &BlobOptions) -> Result<Part> {
        let BlobOptions {
            size,
            offset,
            length,
        } = *options;
        let size = size.or((digest.as_str() == EMPTY).then_some(0));
        let invalid = |argument, reason: String| Error::InvalidArgument { argument, reason };
        let end = match length {
            Some(0) => return Err(invalid("length", "a part has at least one byte".into())),
            Some(length) => Some(offset.checked_add(length).ok_or_else(|| {
                let reason = format!("{length} bytes from {offset} are more than there can be");
                invalid("length", reason)
            })?),
            None => size,
        };
        if let (Some(end), Some(size)) = (end, size)
            && (end > size || offset > size)
        {
            let reason =
                format!("the blob has {size} bytes, and it is asked for {offset} to {end}");
            return Err(invalid("offset", reason));
        }
        Ok(Part {
            digest: digest.clone(),
            size,
            start: offset,
            end,
            is_whole: offset == 0 && length.is_none(),
        })
    }
}

/// The bytes of a blob, or of a part of it, as they come.
///
/// It is a [`Read`]; the end of a whole blob is reported only when it was verified, and its last bytes only when the
/// whole is right. Reading uses the cancel flag and the limits of the call that asked for it; dropping it stops the
/// registry.
pub struct BlobReader {
    registry: Registry,
    repository: String,
    part: Part,
    settings: CallSettings,
    /// The next byte to hand on.
    position: u64,
    /// For a whole blob, unless somebody else verifies it.
    verifier: Option<Verifier>,
    /// The answer that is being read; `None` when nothing more is to be read.
    body: Option<Incoming>,
    /// So many bytes come before the wanted ones, because the registry does not know `Range`.
    skip: u64,
    knows_ranges: bool,
    tries: Tries,
    has_failed: bool,
}

impl BlobReader {
    pub(super) fn open(
        registry: &Registry,
        repository: &str,
        part: Part,
        call: &mut Call<'_>,
    ) -> Result<BlobReader> {
        let mut reader = BlobReader {
            registry: registry.clone(),
            repository: repository.to_owned(),
            settings: call.settings(),
            position: part.start,
            verifier: part
                .is_whole
                .then(|| Verifier::new(part.digest.clone(), part.size)),
            body: None,
            skip: 0,
            knows_ranges: true,
            tries: Tries::default(),
            has_failed: false,
            part,
        };
        match reader.part.end == Some(reader.position) {
            true => reader.check_end(call)?,
            false => reader.begin(call)?,
        }
        Ok(reader)
    }

    /// The same without verifying, for somebody who does it.
    pub(crate) fn unverified(self) -> BlobReader {
        BlobReader {
            verifier: None,
            ..self
        }
    }

    /// The size of the whole blob in bytes, from the options or else from the registry; `None` when nobody says it.
    pub fn size(&self) -> Option<u64> {
        self.part.size
    }

    /// Reads the next bytes; 0 is the end, which for a whole blob means that it was verified.
    ///
    /// # Errors
    /// [`DigestMismatch`](ErrorKind::DigestMismatch) when it is not the blob that was asked for,
    /// [`ConnectionLost`](ErrorKind::ConnectionLost) or another kind when the connection broke again and again without
    /// progress, [`Cancelled`](ErrorKind::Cancelled) and [`Timeout`](ErrorKind::Timeout) when the call is left. A
    /// failure is final.
    pub fn read_with(&mut self, buffer: &mut [u8], call: &mut Call<'_>) -> Result<usize> {
        let call = &mut *call.enter("get_blob", self.name());
        if self.has_failed {
            let reason = "reading this blob has failed before: ask for it again";
            return Err(Error::InvalidState(reason.into()));
        }
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.read_on(buffer, call);
        self.has_failed = read.is_err();
        read
    }

    /// Writes the bytes that are left to `target`, with progress, and returns how many that were.
    ///
    /// # Errors
    /// As [`read_with`](BlobReader::read_with), and [`Io`](ErrorKind::Io) or [`NoSpace`](ErrorKind::NoSpace) when
    /// `target` cannot be written.
    pub fn write_to(self, target: &mut dyn Write, call: &mut Call<'_>) -> Result<u64> {
        let call = &mut *call.enter("get_blob", self.name());
        self.write(target, &"the blob", call)
    }

    fn write(
        mut self,
        target: &mut dyn Write,
        what: &dyn fmt::Display,
        call: &mut Call<'_>,
    ) -> Result<u64> {
        let start = self.position;
        let total = self.part.end.map(|end| end.saturating_sub(start));
        let mut buffer = vec![0; COPY_SIZE];
        loop {
            let read = self.read_with(&mut buffer, call)?;
            if read == 0 {
                break;
            }
            target
                .write_all(&buffer[..read])
                .map_err(|source| self.cannot_write(what, source, call))?;
            call.moved(Phase::Downloading, self.position - start, total)?;
        }
        target
            .flush()
            .map_err(|source| self.cannot_write(what, source, call))?;
        let written = self.position - start;
        call.step(&ImageProgressStep {
            phase: Phase::Done,
            digest: self.part.digest.as_str(),
            sum_current: written,
            sum_total: Some(written),
            ..ImageProgressStep::default()
        })?;
        Ok(written)
    }

    /// Writes the bytes that are left to a file, with progress, and returns how many that were. The file appears when
    /// it is whole; until then its name ends in `.part`, and a file of that name, which a killed program leaves, is
    /// written over.
    ///
    /// # Errors
    /// As [`write_to`](BlobReader::write_to).
    pub fn write_file(self, path: &Path, call: &mut Call<'_>) -> Result<u64> {
        let call = &mut *call.enter("get_blob", self.name());
        let context = self.context(call);
        part_file::write_whole(path, &context, |file| {
            self.write(file, &path.display(), call)
        })
    }

    /// The bytes that are left, without progress: they are not what the caller asked for.
    pub(super) fn document(mut self, call: &mut Call<'_>) -> Result<Vec<u8>> {
        let mut document = Vec::new();
        let mut buffer = vec![0; COPY_SIZE];
        loop {
            match self.read_with(&mut buffer, call)? {
                0 => return Ok(document),
                read => document.extend_from_slice(&buffer[..read]),
            }
        }
    }

    fn read_on(&mut self, buffer: &mut [u8], call: &mut Call<'_>) -> Result<usize> {
        loop {
            call.check()?;
            match self.read_answer(buffer, call) {
                Err(error) if is_break(&error) => self.go_on_after(error, call)?,
                Ok(read) if (read as u64) <= self.skip && read > 0 => self.skip -= read as u64,
                Ok(read) => {
                    let skipped = usize::try_from(self.skip).unwrap_or(read).min(read);
                    self.skip = 0;
                    buffer.copy_within(skipped..read, 0);
                    return self.hand_on(&buffer[..read - skipped], call);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads from the answer; 0 is the end of what is wanted.
    fn read_answer(&mut self, buffer: &mut [u8], call: &mut Call<'_>) -> Result<usize> {
        let Some(body) = &mut self.body else {
            return Ok(0);
        };
        let left = self.part.end.map(|end| end - self.position);
        // A part of an answer that holds more is left in the middle.
        if left == Some(0) && !self.part.is_whole {
            return Ok(0);
        }
        // At the end of a whole blob one more byte would be a lie, and the end of the answer keeps the connection.
        let room = match left {
            Some(left) if left > 0 => usize::try_from(left.saturating_add(self.skip))
                .map_or(buffer.len(), |left| left.min(buffer.len())),
            _ => buffer.len(),
        };
        match body.read(call, &mut buffer[..room])? {
            0 if left.is_some_and(|left| left > 0) || self.skip > 0 => Err(Error::ConnectionLost {
                context: body.context(call),
                source: io::ErrorKind::UnexpectedEof.into(),
            }),
            read => Ok(read),
        }
    }

    fn hand_on(&mut self, piece: &[u8], call: &Call<'_>) -> Result<usize> {
        if piece.is_empty() {
            self.check_end(call)?;
            self.body = None;
            return Ok(0);
        }
        if let Some(verifier) = &mut self.verifier {
            verifier.take(piece).map_err(|mismatch| {
                mismatch.at(call.context(self.registry.host(), "GET of the blob"))
            })?;
        }
        self.position += piece.len() as u64;
        self.tries.progress(piece.len() as u64);
        Ok(piece.len())
    }

    fn check_end(&self, call: &Call<'_>) -> Result<()> {
        match &self.verifier {
            Some(verifier) => verifier
                .end()
                .map_err(|mismatch| mismatch.at(self.context(call))),
            None => Ok(()),
        }
    }

    /// Asks for what is left, after a pause.
    fn go_on_after(&mut self, error: Error, call: &mut Call<'_>) -> Result<()> {
        self.body = None;
        self.pause(error, call)?;
        self.begin(call)
    }

    /// Asks for what is left until the registry serves it, or there was no progress for too long. The registry is asked
    /// itself each time: the signed URL that it redirected to may have ended.
    fn begin(&mut self, call: &mut Call<'_>) -> Result<()> {
        loop {
            match self.ask(call) {
                Err(error) if is_break(&error) || self.may_pass(&error) => {
                    self.pause(error, call)?;
                }
                other => return other,
            }
        }
    }

    fn pause(&mut self, error: Error, call: &mut Call<'_>) -> Result<()> {
        self.tries.pause(error, &self.registry.inner.retries, call)
    }

    /// Whether asking again may help. A storage service refuses a signed URL that has ended.
    fn may_pass(&self, error: &Error) -> bool {
        let endpoint = error.context().map_or("", |context| &context.endpoint);
        let is_elsewhere = self
            .registry
            .inner
            .peer
            .route()
            .is_some_and(|route| route.client.endpoint() != endpoint);
        let has_ended = error
            .answer()
            .is_some_and(|answer| matches!(answer.status, 401 | 403 | 410));
        may_pass(error) || (is_elsewhere && has_ended && self.position > self.part.start)
    }

    /// Asks for the bytes from the position on.
    fn ask(&mut self, call: &mut Call<'_>) -> Result<()> {
        let path = ["blobs", self.part.digest.as_str()];
        let url = self.registry.url(&self.repository, &path, call)?;
        let mut order = Order::new(Method::Get, url, Scopes::pull(&self.repository));
        order.mirrored = Some(By::Digest);
        let range = match (self.position, self.part.end) {
            (0, _) if self.part.is_whole => None,
            _ if !self.knows_ranges => None,
            (position, Some(end)) => Some(format!("bytes={position}-{}", end - 1)),
            (position, None) => Some(format!("bytes={position}-")),
        };
        order.headers.extend(range.map(|range| ("range", range)));
        let answer = self.registry.send_once(&order, call)?;
        if let Some(coding) = answer
            .header("content-encoding")
            .filter(|coding| !coding.eq_ignore_ascii_case("identity"))
        {
            return Err(Error::Protocol {
                context: answer.body.context(call),
                what: format!(
                    "the blob comes in the content coding {coding:?}, which was not asked for"
                ),
            });
        }
        match answer.status {
            200 => self.begin_whole(answer, call),
            206 => self.begin_part(answer, call),
            416 => self.beyond_the_end(answer, call),
            _ => Err(refused(answer, call)),
        }
    }

    /// The answer holds the whole blob.
    fn begin_whole(&mut self, answer: Response, call: &Call<'_>) -> Result<()> {
        self.learn_size(answer.content_length(), &answer, call)?;
        self.skip = self.position;
        self.body = Some(answer.body);
        Ok(())
    }

    /// The answer says which part it holds. One that holds another is asked for no parts any more.
    fn begin_part(&mut self, answer: Response, call: &mut Call<'_>) -> Result<()> {
        let range = answer.header("content-range").and_then(ContentRange::read);
        match range {
            Some(ContentRange::Part { start, size }) if start == self.position => {
                self.learn_size(size, &answer, call)?;
                self.skip = 0;
                self.body = Some(answer.body);
                Ok(())
            }
            _ if self.knows_ranges => {
                self.knows_ranges = false;
                self.ask(call)
            }
            _ => Err(Error::Protocol {
                context: answer.body.context(call),
                what: "the registry sends a part that was not asked for".into(),
            }),
        }
    }

    /// The registry has no byte at the position.
    fn beyond_the_end(&mut self, answer: Response, call: &mut Call<'_>) -> Result<()> {
        let range = answer.header("content-range").and_then(ContentRange::read);
        match range {
            Some(ContentRange::None { size })
                if size == self.position && self.part.end.is_none() =>
            {
                self.learn_size(Some(size), &answer, call)
            }
            Some(ContentRange::None { size }) if !self.part.is_whole => {
                Err(Error::InvalidArgument {
                    argument: "offset",
                    reason: format!("the blob {} has only {size} bytes", self.part.digest),
                })
            }
            _ if self.knows_ranges => {
                self.knows_ranges = false;
                self.ask(call)
            }
            _ => Err(refused(answer, call)),
        }
    }

    /// What the registry says the size is must be what was promised.
    fn learn_size(&mut self, told: Option<u64>, answer: &Response, call: &Call<'_>) -> Result<()> {
        let Some(told) = told else { return Ok(()) };
        let least = self.part.size.unwrap_or(self.position);
        if told < least || self.part.size.is_some_and(|promised| promised != told) {
            return Err(Error::DigestMismatch {
                context: answer.body.context(call),
                expected: format!("{least} bytes"),
                actual: format!("{told} bytes"),
            });
        }
        self.part.size = Some(told);
        self.part.end = Some(self.part.end.map_or(told, |end| end.min(told)));
        if let Some(verifier) = &mut self.verifier {
            verifier.promise(told);
        }
        Ok(())
    }

    fn name(&self) -> String {
        format!(
            "{}/{}@{}",
            self.registry.host(),
            self.repository,
            self.part.digest
        )
    }

    fn cannot_write(&self, what: &dyn fmt::Display, source: io::Error, call: &Call<'_>) -> Error {
        Error::Io {
            context: self.context(call),
            action: format!("writing {what}"),
            source,
        }
    }

    fn context(&self, call: &Call<'_>) -> Box<Context> {
        match &self.body {
            Some(body) => body.context(call),
            None => call.context(self.registry.host(), ""),
        }
    }
}

/// Whether the bytes stopped coming, so that the rest can be asked for.
fn is_break(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost | ErrorKind::Timeout)
}

impl fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobReader")
            .field("blob", &self.name())
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut call = self.settings.call();
        self.read_with(buffer, &mut call).map_err(io::Error::other)
    }
}
