//! `imgferry_uploaded_blob`: what an upload did.

use std::ffi::{CString, c_char};

use super::guard::quietly;
use super::text::{borrowed, c_text};
use crate::{UploadWay, UploadedBlob};

/// How a blob came into a repository: one of the IMGFERRY_UPLOAD_ numbers.
/// Later versions may add numbers.
pub type imgferry_upload_way = i32;

/// It was there.
pub const IMGFERRY_UPLOAD_EXISTED: imgferry_upload_way = 1;
/// It was in another repository of the registry.
pub const IMGFERRY_UPLOAD_MOUNTED: imgferry_upload_way = 2;
/// In one request.
pub const IMGFERRY_UPLOAD_WHOLE: imgferry_upload_way = 3;
/// In chunks.
pub const IMGFERRY_UPLOAD_CHUNKS: imgferry_upload_way = 4;

/// A blob that was uploaded.
#[derive(Debug)]
pub struct imgferry_uploaded_blob {
    digest: CString,
    size: u64,
    way: imgferry_upload_way,
    sent: u64,
}

impl imgferry_uploaded_blob {
    pub(super) fn new(blob: &UploadedBlob) -> imgferry_uploaded_blob {
        imgferry_uploaded_blob {
            digest: c_text(blob.digest.as_str()),
            size: blob.size,
            way: match blob.way {
                UploadWay::Existed => IMGFERRY_UPLOAD_EXISTED,
                UploadWay::Mounted => IMGFERRY_UPLOAD_MOUNTED,
                UploadWay::Whole => IMGFERRY_UPLOAD_WHOLE,
                UploadWay::Chunks => IMGFERRY_UPLOAD_CHUNKS,
            },
            sent: blob.sent,
        }
    }
}

/// Its digest, as manifests name it; "" for NULL.
///
/// The text lives until `blob` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_uploaded_blob_digest(
    blob: Option<&imgferry_uploaded_blob>,
) -> *const c_char {
    borrowed(blob, |blob| &blob.digest)
}

/// Its size in bytes; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_uploaded_blob_size(blob: Option<&imgferry_uploaded_blob>) -> u64 {
    blob.map_or(0, |blob| blob.size)
}

/// How it came into the repository; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_uploaded_blob_way(
    blob: Option<&imgferry_uploaded_blob>,
) -> imgferry_upload_way {
    blob.map_or(0, |blob| blob.way)
}

/// How many bytes of it went out, with those that had to be sent again; 0 for
/// NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_uploaded_blob_sent(blob: Option<&imgferry_uploaded_blob>) -> u64 {
    blob.map_or(0, |blob| blob.sent)
}

/// Frees the result of an upload; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_uploaded_blob_free(blob: Option<Box<imgferry_uploaded_blob>>) {
    quietly((), || drop(blob));
}
