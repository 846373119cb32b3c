//! An OCI image layout that is read (image specification, "OCI Image Layout Specification").

use std::path::Path;
use std::sync::Arc;

use super::entry_name::{self, Unclear};
use super::failure::Place;
use super::files::{Files, document};
use super::folder::Folder;
use super::layout_files::{
    INDEX_FILE, LAYOUT_FILE, MAX_CONFIG, MAX_INDEX, MAX_LAYOUT, MAX_MANIFEST, blob_path,
    check_version, open_archive, read_index,
};
use super::section::Section;
use super::tar_index::TarIndex;
use super::unpack::unwrapped;
use super::walk::Walk;
use crate::call::Call;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::oci::{Descriptor, ImageConfig, ImageIndex, Manifest, ManifestContent};

/// An OCI image layout, in a folder or a tar.
#[derive(Debug, Clone)]
pub(crate) struct OciLayout {
    files: Arc<Files>,
    place: Place,
    index: ImageIndex,
}

impl OciLayout {
    /// The layout in a folder. No link in it may lead out of it.
    ///
    /// Fails with [`NotFound`](ErrorKind::NotFound) when there is no such folder, and otherwise when there is no layout in
    /// it, when its version is unknown, and when its index is malformed.
    pub(crate) fn open_folder(path: &Path, call: &mut Call<'_>) -> Result<OciLayout> {
        let place = Place::path(path);
        let folder = Folder::open(path).map_err(|source| place.unopened("folder", source, call))?;
        OciLayout::required(Files::Folder(folder), &place, call)
    }

    /// The layout in a tar, which may be compressed as a whole.
    ///
    /// Fails as [`open_folder`](OciLayout::open_folder), and when the tar is damaged or hostile.
    pub(crate) fn open_archive(path: &Path, call: &mut Call<'_>) -> Result<OciLayout> {
        let place = Place::path(path);
        let archive = unwrapped(open_archive(path, &place, call)?, &place, call)?;
        let index = TarIndex::read(&archive, &place, call)?;
        OciLayout::required(Files::Tar(index), &place, call)
    }

    fn required(files: Files, place: &Place, call: &mut Call<'_>) -> Result<OciLayout> {
        let found = OciLayout::within(&Arc::new(files), place, call)?;
        found.ok_or_else(|| {
            let what = format!("it is not an OCI image layout: it has no {LAYOUT_FILE}");
            place.broken(what, call)
        })
    }

    /// The layout among these files; nothing when there is none.
    pub(super) fn within(
        files: &Arc<Files>,
        place: &Place,
        call: &mut Call<'_>,
    ) -> Result<Option<OciLayout>> {
        let Some(layout) = files.document(LAYOUT_FILE, MAX_LAYOUT, place, call)? else {
            return Ok(None);
        };
        check_version(&layout, place, call)?;
        let bytes = files
            .document(INDEX_FILE, MAX_INDEX, place, call)?
            .ok_or_else(|| place.broken(format!("it has no {INDEX_FILE}"), call))?;
        Ok(Some(OciLayout {
            files: Arc::clone(files),
            place: place.clone(),
            index: read_index(&bytes, place, call)?,
        }))
    }

    /// What `index.json` says.
    pub(crate) fn index(&self) -> &ImageIndex {
        &self.index
    }

    /// What `index.json` says of the image that `name` means: the only one without a name, the one of this name, and with
    /// `@digest` the one of this digest, also when only an index that it lists has it.
    ///
    /// Fails with [`NotFound`](ErrorKind::NotFound) when there is none and with
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) when there are several, and says which there are.
    pub(crate) fn select(&self, name: Option<&str>, call: &mut Call<'_>) -> Result<Descriptor> {
        if let Some(digest) = name.and_then(|name| name.strip_prefix('@')) {
            return self.select_digest(&Digest::parse(digest)?, call);
        }
        match entry_name::select(&self.index.manifests, name) {
            Ok(entry) => Ok(entry.clone()),
            Err(Unclear { kind, what }) => Err(self.place.error(kind, what, call)),
        }
    }

    fn select_digest(&self, digest: &Digest, call: &mut Call<'_>) -> Result<Descriptor> {
        let mut walk = Walk::of(&self.index.manifests);
        while let Some(listed) = walk.next() {
            call.check()?;
            if listed.descriptor.digest == *digest {
                return Ok(listed.descriptor);
            }
            if listed.descriptor.may_be_index()
                && let Some(manifest) = self.manifest_if_there(&listed.descriptor, call)?
                && let ManifestContent::Index(index) = manifest.content()
            {
                walk.descend(&listed, &index.manifests)
                    .map_err(|what| self.place.broken(what, call))?;
            }
        }
        let what = format!("there is no manifest {digest}");
        Err(self.place.not_found(what, call))
    }

    /// The manifest or index that `descriptor` is about, checked against it.
    ///
    /// Fails with [`NotFound`](ErrorKind::NotFound) when it is not there, as where only some platforms were kept.
    pub(crate) fn manifest(
        &self,
        descriptor: &Descriptor,
        call: &mut Call<'_>,
    ) -> Result<Manifest> {
        let bytes = self.verified_document(descriptor, MAX_MANIFEST, call)?;
        let told = Some(&*descriptor.media_type).filter(|told| !told.is_empty());
        Manifest::read(bytes, descriptor.digest.clone(), told)
            .map_err(|what| self.place.broken(what, call))
    }

    /// The config of an image that `descriptor` is about, checked against it.
    ///
    /// Fails with [`NotFound`](ErrorKind::NotFound) when it is not there.
    pub(crate) fn image_config(
        &self,
        descriptor: &Descriptor,
        call: &Call<'_>,
    ) -> Result<ImageConfig> {
        let bytes = self.verified_document(descriptor, MAX_CONFIG, call)?;
        ImageConfig::read(bytes).map_err(|what| self.place.broken(what, call))
    }

    fn verified_document(
        &self,
        descriptor: &Descriptor,
        most: u64,
        call: &Call<'_>,
    ) -> Result<Vec<u8>> {
        let digest = &descriptor.digest;
        let section = self.blob(descriptor, call)?;
        let bytes = document(&section, digest.as_str(), most, &self.place, call)?;
        let mut hasher = Hasher::like(digest);
        hasher.update(&bytes);
        match hasher.digest() {
            actual if actual == *digest => Ok(bytes),
            actual => Err(Error::DigestMismatch {
                context: self.place.context(call),
                expected: digest.to_string(),
                actual: actual.to_string(),
            }),
        }
    }

    pub(super) fn manifest_if_there(
        &self,
        descriptor: &Descriptor,
        call: &mut Call<'_>,
    ) -> Result<Option<Manifest>> {
        match self.manifest(descriptor, call) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            manifest => manifest.map(Some),
        }
    }

    /// The content that `descriptor` is about. Its size is checked; its digest is not, because
    /// whoever writes it somewhere does that.
    ///
    /// Fails with [`NotFound`](ErrorKind::NotFound) when it is not there.
    pub(crate) fn blob(&self, descriptor: &Descriptor, call: &Call<'_>) -> Result<Section> {
        let digest = &descriptor.digest;
        let section = self
            .files
            .open(&blob_path(digest), &self.place, call)?
            .ok_or_else(|| {
                let what = format!("the blob {digest} is not there");
                self.place.not_found(what, call)
            })?;
        match section.size() {
            size if size == descriptor.size => Ok(section),
            size => Err(Error::DigestMismatch {
                context: self.place.context(call),
                expected: format!("{} bytes", descriptor.size),
                actual: format!("{size} bytes"),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
