//! `imgferry_place`: where an image is, or shall be.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::path::Path;

use super::args::{self, optional_text, path, required, text};
use super::engine::{self, imgferry_engine};
use super::error::{Failure, imgferry_error};
use super::guard::{create, quietly};
use super::process::ProcessBound;
use super::registry::{self, imgferry_registry, reference};
use super::registry_options::{imgferry_registry_options, registry_options};
use super::status::imgferry_status;
use super::text::{borrowed, c_text};
use crate::{Place, PlaceOptions, Result};

/// Where an image is, or shall be: a registry, an engine, an archive as
/// `docker save` makes it, or an OCI image layout in a folder or a tar. It
/// belongs to the list that it came from, or to you.
#[derive(Debug)]
pub struct imgferry_place {
    place: ProcessBound<Place>,
    text: CString,
}

impl imgferry_place {
    pub(super) fn new(place: Place) -> imgferry_place {
        imgferry_place {
            text: c_text(&place.to_string()),
            place: ProcessBound::new(place),
        }
    }
}

/// The place that must be given, in the process that made it.
pub(super) fn given<'p>(
    place: Option<&'p imgferry_place>,
    argument: &'static str,
) -> Result<&'p Place> {
    required(place, argument)?.place.get()
}

/// An image in a registry; without tag and digest, its tag "latest". Nothing is
/// sent yet.
///
/// On success `*place_out` is yours: free it with imgferry_place_free;
/// `registry` stays yours and may be freed before. On failure it is NULL. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_registry(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    place_out: Option<&mut MaybeUninit<*mut imgferry_place>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(place_out, "place_out", error_out, || {
        let registry = registry::given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        Ok(imgferry_place::new(Place::registry(registry, &image)))
    })
}

/// An image in an engine, by its name, or, where it is not written to, by its
/// ID. For imgferry_place_list it may be "". Nothing is sent yet.
///
/// To be copied from, the archive of the image is kept meanwhile in a file
/// without a name in TMPDIR, or else /tmp.
///
/// On success `*place_out` is yours: free it with imgferry_place_free; `engine`
/// stays yours and may be freed before. On failure it is NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_engine(
    engine: Option<&imgferry_engine>,
    image: *const c_char,
    place_out: Option<&mut MaybeUninit<*mut imgferry_place>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(place_out, "place_out", error_out, || {
        let engine = engine::given(engine)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { text(image, "image") }?;
        Ok(imgferry_place::new(Place::engine(engine, image)))
    })
}

/// An image in an archive as `docker save` and podman make it, plain or
/// compressed, in the file `path`, which is in the bytes of the system and need
/// not be UTF-8. `image` may be NULL. To be read, it is one of the image's names
/// or its ID, and NULL when there is only one. To be written, it is the name
/// that an engine gives the image, if any; the file is replaced when the new one
/// is whole, and is an OCI layout, too, which keeps digests.
///
/// On success `*place_out` is yours: free it with imgferry_place_free. On
/// failure it is NULL. The file is not looked at yet. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_docker_archive(
    path: *const c_char,
    image: *const c_char,
    place_out: Option<&mut MaybeUninit<*mut imgferry_place>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(place_out, "place_out", error_out, || {
        // SAFETY: both are NULL or texts of the caller.
        unsafe {
            of_file(path, image, |path, image| {
                Place::docker_archive(path, image)
            })
        }
    })
}

/// An image in a folder with an OCI image layout, by its name there, which is
/// mostly a tag, or "@" and its digest. `path` is in the bytes of the system and
/// need not be UTF-8. `image` may be NULL: to be read, for the only one, and to
/// be written, for one without a name. Other images in the layout stay.
///
/// On success `*place_out` is yours: free it with imgferry_place_free. On
/// failure it is NULL. The folder is not looked at yet. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_oci_layout(
    path: *const c_char,
    image: *const c_char,
    place_out: Option<&mut MaybeUninit<*mut imgferry_place>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(place_out, "place_out", error_out, || {
        // SAFETY: both are NULL or texts of the caller.
        unsafe { of_file(path, image, |path, image| Place::oci_layout(path, image)) }
    })
}

/// The same as imgferry_place_oci_layout, in a tar, the file `path`; `image` may
/// be NULL. To be written, the file is replaced when the new one is whole.
///
/// On success `*place_out` is yours: free it with imgferry_place_free. On
/// failure it is NULL. The file is not looked at yet. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_oci_archive(
    path: *const c_char,
    image: *const c_char,
    place_out: Option<&mut MaybeUninit<*mut imgferry_place>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(place_out, "place_out", error_out, || {
        // SAFETY: both are NULL or texts of the caller.
        unsafe { of_file(path, image, |path, image| Place::oci_archive(path, image)) }
    })
}

/// # Safety
/// Both are NULL or texts of the caller.
unsafe fn of_file(
    file: *const c_char,
    image: *const c_char,
    make: impl FnOnce(&Path, Option<&str>) -> Place,
) -> Result<imgferry_place, Failure> {
    // SAFETY: the caller promises the same.
    let file = unsafe { path(file, "path") }?;
    // SAFETY: as above.
    let image = unsafe { optional_text(image, "image") }?;
    Ok(imgferry_place::new(make(file, image)))
}

/// The place that a text names, in skopeo's spelling:
///
/// - "docker://HOST/PATH", in a registry; ":TAG", "@DIGEST" or both may follow;
/// - "docker-daemon:NAME", in an engine; ":TAG" may follow;
/// - "docker-archive:FILE", in an archive as `docker save` makes it; ":NAME" may
///   follow, also with ":TAG";
/// - "oci:FOLDER", in an OCI image layout; ":NAME" may follow;
/// - "oci-archive:FILE", in an OCI image layout in a tar; ":NAME" may follow.
///
/// The first colon of a path ends it, and a path that is not UTF-8 has no text:
/// imgferry_place_oci_layout and its kin take any. `engine`, which may be NULL,
/// is the one of "docker-daemon:"; without it, such a text is refused.
/// `options`, which may be NULL, say how the registry of "docker://" is reached.
/// Nothing is sent yet.
///
/// On success `*place_out` is yours: free it with imgferry_place_free; `engine`
/// stays yours and may be freed before. On failure it is NULL:
/// IMGFERRY_INVALID_ARGUMENT when the text has none of these forms,
/// IMGFERRY_INVALID_REFERENCE when a name in it is none. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_parse(
    text: *const c_char,
    engine: Option<&imgferry_engine>,
    options: *const imgferry_registry_options,
    place_out: Option<&mut MaybeUninit<*mut imgferry_place>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(place_out, "place_out", error_out, || {
        // SAFETY: `text` is NULL or a text of the caller.
        let text = unsafe { args::text(text, "text") }?;
        let engine = engine.map(|engine| engine::given(Some(engine)).cloned());
        // SAFETY: `options` are the caller's.
        let (options, lent) = unsafe { registry_options(options) }?;
        let options = PlaceOptions {
            engine: engine.transpose()?,
            registry: options,
        };
        let place = Place::parse(text, &options)?;
        lent.take_over();
        Ok(imgferry_place::new(place))
    })
}

/// The place in skopeo's spelling, which imgferry_place_parse reads, unless its
/// path has a colon or is not UTF-8; "" for NULL.
///
/// The text lives as long as `place`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_text(place: Option<&imgferry_place>) -> *const c_char {
    borrowed(place, |place| &place.text)
}

/// Frees a place that you own; NULL is fine. In a forked child it leaves the
/// parent's connections alone.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_free(place: Option<Box<imgferry_place>>) {
    quietly((), || drop(place));
}
