//! `imgferry_place_list`: which images are at a place.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::place::{given, imgferry_place};
use super::status::imgferry_status;
use super::text::{borrowed, c_text_or_empty};
use crate::{Digest, ListedImage};

/// Lists the images at a place, one for each name that they have:
///
/// - in a registry, the tags of the repository, sorted; the place's own tag or
///   digest does not matter;
/// - in an engine, all names with the place's name and any tag; by a whole ID,
///   the names of that image; with the name "", all images;
/// - in an archive or a layout, all names, and images without one; the place's
///   own name does not matter.
///
/// On success `*images_out` is yours: free it with
/// imgferry_listed_image_list_free. On failure it is NULL: IMGFERRY_NOT_FOUND
/// when there is no such repository, archive or layout, IMGFERRY_IO when a file
/// there cannot be read. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_place_list(
    place: Option<&imgferry_place>,
    call: *const imgferry_call,
    images_out: Option<&mut MaybeUninit<*mut imgferry_listed_image_list>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(images_out, "images_out", error_out, || {
        let place = given(place, "place")?;
        // SAFETY: `call` is the caller's.
        let images = unsafe { during(call, |call| place.list(call)) }?;
        Ok(imgferry_listed_image_list::new(images))
    })
}

/// The images at a place.
#[derive(Debug)]
pub struct imgferry_listed_image_list(Vec<imgferry_listed_image>);

impl imgferry_listed_image_list {
    fn new(images: Vec<ListedImage>) -> imgferry_listed_image_list {
        let images = images.into_iter().map(imgferry_listed_image::new);
        imgferry_listed_image_list(images.collect())
    }
}

/// How many images are in a list; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_listed_image_list_count(
    list: Option<&imgferry_listed_image_list>,
) -> usize {
    list.map_or(0, |list| list.0.len())
}

/// The image at `index`, counted from 0; NULL behind the end and for NULL.
///
/// It lives until `list` is freed; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_listed_image_list_at(
    list: Option<&imgferry_listed_image_list>,
    index: usize,
) -> Option<&imgferry_listed_image> {
    list.and_then(|list| list.0.get(index))
}

/// Frees a list of images and the places in it; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_listed_image_list_free(
    list: Option<Box<imgferry_listed_image_list>>,
) {
    quietly((), || drop(list));
}

/// An image at a place, in a list, to which it belongs.
#[derive(Debug)]
pub struct imgferry_listed_image {
    place: imgferry_place,
    name: CString,
    digest: CString,
    id: CString,
}

impl imgferry_listed_image {
    fn new(image: ListedImage) -> imgferry_listed_image {
        let ListedImage {
            place,
            name,
            digest,
            id,
        } = image;
        imgferry_listed_image {
            place: imgferry_place::new(place),
            name: c_text_or_empty(name.as_deref()),
            digest: c_text_or_empty(digest.as_ref().map(Digest::as_str)),
            id: c_text_or_empty(id.as_ref().map(Digest::as_str)),
        }
    }
}

/// Where it is, to be inspected, copied or removed; NULL for NULL.
///
/// It lives as long as the list that holds `image`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_listed_image_place(
    image: Option<&imgferry_listed_image>,
) -> Option<&imgferry_place> {
    image.map(|image| &image.place)
}

/// Its name: in a registry its tag, elsewhere mostly a reference or a tag; ""
/// when it has none, and for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_listed_image_name(
    image: Option<&imgferry_listed_image>,
) -> *const c_char {
    borrowed(image, |image| &image.name)
}

/// The digest of its manifest or index, where the list says it: in layouts;
/// else "", and for NULL. imgferry_place_inspect says it elsewhere.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_listed_image_digest(
    image: Option<&imgferry_listed_image>,
) -> *const c_char {
    borrowed(image, |image| &image.digest)
}

/// Its ID, where the list says it: in engines, and mostly in archives for
/// Docker; else "", and for NULL.
///
/// The text lives as long as the list that holds `image`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_listed_image_id(
    image: Option<&imgferry_listed_image>,
) -> *const c_char {
    borrowed(image, |image| &image.id)
}
