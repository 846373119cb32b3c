//! Blobs: whether they are there, and their bytes (the distribution specification, "Pulling blobs").

use std::io::Write;
use std::path::Path;

use super::Registry;
use super::blob_reader::{BlobReader, Part};
use super::refusal::refused;
use super::scopes::Scopes;
use super::send::Order;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::reference::Reference;

/// Which part of a blob is wanted. The default is all of it.
#[derive(Debug, Clone, Default)]
pub struct BlobOptions {
    /// The size that a manifest promises, in bytes. A blob of another size is refused before it is read.
    pub size: Option<u64>,
    /// Where to begin, in bytes. Only a whole blob can be verified.
    pub offset: u64,
    /// How many bytes; `None` means all that follow.
    pub length: Option<u64>,
}

impl Registry {
    /// The size of a blob in bytes, when the registry has it. `blob` names it as `repository@digest`.
    ///
    /// `HEAD /v2/<name>/blobs/<digest>`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when it does not have it.
    pub fn head_blob(&self, blob: &Reference, call: &mut Call<'_>) -> Result<u64> {
        let call = &mut *call.enter("head_blob", blob);
        self.check(blob)?;
        let digest = digest_of(blob)?;
        let url = self.url(blob.path(), &["blobs", digest.as_str()], call)?;
        let order = Order::new(Method::Head, url, Scopes::pull(blob.path()));
        let answer = self.send(&order, call)?;
        match (answer.status, answer.content_length()) {
            (200, Some(size)) => Ok(size),
            (200, None) => Err(Error::Protocol {
                context: answer.body.context(call),
                what: "the registry does not say how large the blob is".into(),
            }),
            _ => Err(refused(answer, call)),
        }
    }

    /// A blob as a stream, verified before its end is reported. `blob` names it as `repository@digest`. When the
    /// connection breaks, the stream goes on where it was, on a new one.
    ///
    /// `GET /v2/<name>/blobs/<digest>`, with `Range` for a part and after a break; followed to where the registry
    /// keeps it, without credentials there.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the registry does not have it,
    /// [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when it is not as large as `options` say,
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a part that is not in it.
    pub fn get_blob(
        &self,
        blob: &Reference,
        options: &BlobOptions,
        call: &mut Call<'_>,
    ) -> Result<BlobReader> {
        let call = &mut *call.enter("get_blob", blob);
        self.check(blob)?;
        let part = Part::new(digest_of(blob)?, options)?;
        BlobReader::open(self, blob.path(), part, call)
    }

    /// Writes a blob to `target`, with progress, and returns how many bytes that were: one call for
    /// [`get_blob`](Registry::get_blob) and [`BlobReader::write_to`].
    ///
    /// # Errors
    /// As those two.
    pub fn save_blob(
        &self,
        blob: &Reference,
        options: &BlobOptions,
        target: &mut dyn Write,
        call: &mut Call<'_>,
    ) -> Result<u64> {
        let call = &mut *call.enter("get_blob", blob);
        let _transfer = self.inner.transfers.begin(call)?;
        self.get_blob(blob, options, call)?.write_to(target, call)
    }

    /// Writes a blob to a file, with progress, and returns how many bytes that were: one call for
    /// [`get_blob`](Registry::get_blob) and [`BlobReader::write_file`].
    ///
    /// # Errors
    /// As those two.
    pub fn save_blob_file(
        &self,
        blob: &Reference,
        options: &BlobOptions,
        path: &Path,
        call: &mut Call<'_>,
    ) -> Result<u64> {
        let call = &mut *call.enter("get_blob", blob);
        let _transfer = self.inner.transfers.begin(call)?;
        self.get_blob(blob, options, call)?.write_file(path, call)
    }

    /// A blob that is a document of at most `limit` bytes.
    pub(super) fn blob_document(
        &self,
        repository: &str,
        digest: &Digest,
        size: u64,
        limit: u64,
        call: &mut Call<'_>,
    ) -> Result<Vec<u8>> {
        if size > limit {
            return Err(Error::Protocol {
                context: call.context(self.host(), ""),
                what: format!("the document {digest} has {size} bytes, more than {limit}"),
            });
        }
        let options = BlobOptions {
            size: Some(size),
            ..BlobOptions::default()
        };
        let part = Part::new(digest, &options)?;
        BlobReader::open(self, repository, part, call)?.document(call)
    }
}

pub(super) fn digest_of(blob: &Reference) -> Result<&Digest> {
    blob.digest().ok_or_else(|| Error::InvalidArgument {
        argument: "blob",
        reason: format!("{blob} has no digest, which names a blob: repository@sha256:…"),
    })
}
