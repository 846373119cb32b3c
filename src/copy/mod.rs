//! `copy`: an image goes from one place to another, without an engine that has to have it in between.

mod attached;
mod blobs;
mod changes;
mod checked;
mod choose;
mod from_archive;
mod from_engine;
mod from_layout;
mod from_registry;
mod passing;
mod place;
mod pour;
mod raw_layer;
mod report;
mod sink;
mod source;
mod spool;
mod to_archive;
mod to_engine;
mod to_layout;
mod to_registry;

use self::changes::Changes;
use self::choose::Chosen;
use self::sink::Target;
use crate::call::Call;
use crate::compress::LayerCompression;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::oci::Platform;

pub(crate) use passing::Passing;
pub use place::{Deleted, Inspected, InspectedImage, ListedImage, Place, PlaceOptions};

/// How many blobs move at the same time when the caller does not say: as many as most clients move.
const PARALLEL: usize = 4;

/// Which images of several platforms are copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Platforms {
    /// The one for this machine.
    #[default]
    Host,
    /// The ones for these platforms. For more than one, the destination gets an index of them.
    These(Vec<Platform>),
    /// All, and the index as it is.
    All,
}

/// How an image is copied.
#[derive(Debug, Clone, Default)]
pub struct CopyOptions {
    /// Which images of an image for several platforms.
    pub platforms: Platforms,
    /// Also what is attached to the image: signatures, bills of materials, and whatever else refers to it.
    pub referrers: bool,
    /// Keeps the digests that manifests have at the source, and fails, before anything is written, where that cannot be.
    /// Otherwise Docker's manifests become OCI's in a layout, because skopeo and podman do not see others there. An image
    /// in an archive by Docker below 25, or in an engine, has no manifest whose digest could be kept.
    pub keep_digests: bool,
    /// How layers are compressed that are no more than tars; what is compressed already stays as it is. Without it those
    /// that come from engines and `docker save` archives are, with gzip, when they go to a registry or a layout; an image
    /// in a registry or a layout is somebody's work, and stays as it is. An engine unpacks all layers, so for one it does
    /// not matter.
    ///
    /// What comes out depends on the layer, the compression, its level, and the version of this library.
    pub compression: Option<LayerCompression>,
    /// How many blobs move at the same time; 0 is the default, 4.
    pub parallel: usize,
}

impl CopyOptions {
    fn at_once(&self) -> usize {
        match self.parallel {
            0 => PARALLEL,
            parallel => parallel,
        }
    }
}

/// What a copy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The digest of the image at the destination.
    pub digest: Digest,
    /// The media type of its manifest or index.
    pub media_type: String,
    /// The platform, when one image of several was copied.
    pub platform: Option<Platform>,
    /// How many manifests and indexes were written.
    pub manifests: usize,
    /// How many blobs the destination had already, or got from another of its repositories.
    pub existing_blobs: usize,
    /// How many blobs were moved.
    pub copied_blobs: usize,
    /// How many bytes of blobs were moved, with those that had to be sent again.
    pub copied_bytes: u64,
    /// What was noted on the way.
    pub warnings: Vec<String>,
}

/// Copies the image at `source` to `destination`.
///
/// Blobs go first, several at a time and only those that are missing; then the manifests, and last the name: whoever
/// looks meanwhile finds the old image or the whole new one. What was moved before a failure is not moved again by
/// another try.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) when there is no such image, [`Platform`](crate::ErrorKind::Platform) when
/// there is none for the platform, [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when `keep_digests` cannot be,
/// [`DigestMismatch`](crate::ErrorKind::DigestMismatch) when a blob of the source is not what it should be,
/// [`Conflict`](crate::ErrorKind::Conflict) while somebody else writes the same archive, and whatever the two places can
/// say. What can be known of the destination is said before the source is read.
pub fn copy(
    source: &Place,
    destination: &Place,
    options: &CopyOptions,
    call: &mut Call<'_>,
) -> Result<Copied> {
    let call = &mut *call.enter("copy", format_args!("{source} to {destination}"));
    destination.check_destination(call)?;
    let from = source.open(call)?;
    let chosen = choose::choose(&*from, &options.platforms, call)?;
    let attached = match options.referrers {
        true => attached::to(&*from, &chosen, call)?,
        false => Vec::new(),
    };
    let changes = changes(source, destination, options, &chosen)?;
    if (chosen.is_remade || changes.any()) && !attached.is_empty() {
        return Err(Error::InvalidArgument {
            argument: "referrers",
            reason: "what is attached names a digest, and the image gets another one there; keep_digests may help"
                .into(),
        });
    }
    destination.check(&chosen, &attached, changes.any())?;
    let (moved, written) = match destination.create(&*from, call)? {
        Target::Whole(to) => (blobs::copy_whole(&*from, &to, &chosen.top, call)?, chosen),
        Target::Parts(to) => {
            let manifests = chosen.listed.iter().chain([&chosen.top]).chain(&attached);
            let blobs = blobs::of(&manifests.collect::<Vec<_>>());
            let moved = blobs::copy(&*from, &*to, &blobs, &changes, options.at_once(), call)?;
            let written = changes.apply(chosen, &moved.made, call)?;
            for manifest in &written.listed {
                to.put_manifest(manifest, call)?;
            }
            for manifest in &attached {
                to.attach(manifest, call)?;
            }
            to.finish(&written.top, call)?;
            (moved, written)
        }
    };
    report::done(written.top.digest(), &moved, call)?;
    Ok(Copied {
        digest: written.top.digest().clone(),
        media_type: written.top.media_type().to_owned(),
        platform: written.platform,
        manifests: written.listed.len() + attached.len() + 1,
        existing_blobs: moved.existing,
        copied_blobs: moved.copied,
        copied_bytes: moved.bytes,
        warnings: call.warnings().to_vec(),
    })
}

/// What is to be changed of the image on its way.
fn changes(
    source: &Place,
    destination: &Place,
    options: &CopyOptions,
    chosen: &Chosen,
) -> Result<Changes> {
    let how = match options.compression {
        _ if destination.unpacks() => LayerCompression::AsIs,
        Some(how) => how,
        None if source.has_tars() && destination.wants_compressed() && !options.keep_digests => {
            LayerCompression::default()
        }
        None => LayerCompression::AsIs,
    };
    how.check()?;
    let wants_oci = destination.wants_oci() && !options.keep_digests;
    let changes = Changes::of(chosen, how, wants_oci);
    if options.keep_digests && (chosen.is_remade || changes.any()) {
        return Err(Error::InvalidArgument {
            argument: "keep_digests",
            reason: match chosen.is_remade {
                true => "an index with fewer platforms has another digest".into(),
                false => "a layer that is compressed has another digest".into(),
            },
        });
    }
    Ok(changes)
}
