//! Images in files: `docker save` archives and OCI image layouts.
//!
//! **Reading.** A layout is a folder or a tar. A tar is gone through once and is then a list of sections of one file,
//! which many threads read at the same time. Nothing of an archive is unpacked anywhere, but for an archive that is
//! compressed as a whole. Documents are read with limits, manifests and configs are checked against their digests when
//! they are read, and layers by whoever reads them through a [`VerifiedReader`].
//!
//! **Writing.** An archive is written in one pass, and the same images are the same bytes ([`ArchiveWriter`]). A layout in
//! a folder is added to by many threads and processes at once, goes on where a killed run ended, and shows nothing that
//! is not whole ([`LayoutWriter`], whose file says which files there are), so that readers need no lock.
//!
//! **Hostile files.** Names are looked up in the list, never opened as paths; what lies in a folder is opened only where
//! it really lies in it. What two readers could take for two different things is refused.

mod archive_writer;
mod docker_archive;
mod docker_image;
mod entry_name;
mod failure;
mod files;
mod folder;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod garbage;
mod index_file;
mod kept_manifest;
mod late_blob;
mod layout_files;
mod layout_names;
mod layout_writer;
mod lock;
mod new_blob;
mod oci_layout;
mod part;
mod partial_blob;
mod pulse;
mod section;
mod tar_entries;
mod tar_header;
mod tar_index;
mod tar_name;
mod tar_stream;
#[cfg(test)]
mod testing;
mod unpack;
mod verified;
mod walk;
#[cfg(test)]
mod with_skopeo;

pub(crate) use archive_writer::{ArchiveWriter, BlobEntry, DockerEntry};
pub(crate) use docker_archive::{DockerArchive, archived_images};
pub(crate) use docker_image::{DockerImage, DockerLayer};
pub(crate) use entry_name::{image_name, ref_name, with_image_name, with_ref_name};
pub(crate) use layout_names::check_ref_name;
pub(crate) use layout_writer::LayoutWriter;
pub(crate) use new_blob::NewBlob;
pub(crate) use oci_layout::OciLayout;
pub(crate) use partial_blob::PartialBlob;
pub(crate) use section::SectionReader;
pub(crate) use tar_entries::Entry;
pub(crate) use tar_stream::TarStream;
pub(crate) use verified::VerifiedReader;

/// Blobs are moved by many threads, each by one of them.
const _: () = {
    const fn goes_to_another_thread<T: Send>() {}
    goes_to_another_thread::<SectionReader>();
    goes_to_another_thread::<VerifiedReader>();
    goes_to_another_thread::<PartialBlob>();
    goes_to_another_thread::<NewBlob>();
    goes_to_another_thread::<BlobEntry<'_, Vec<u8>>>();
};
