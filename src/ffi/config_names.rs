//! Names of images, read and printed as an `imgferry_config` means them.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::args::{self, required};
use super::config::{self, imgferry_config};
use super::error::imgferry_error;
use super::guard::create;
use super::local_image::imgferry_local_image;
use super::remote_image::imgferry_remote_image;
use super::status::imgferry_status;
use crate::{Error, LocalImage, Parser, Result, TagOption};

/// What becomes of the tag in a name that is read: one of the IMGFERRY_TAG_
/// numbers.
pub type imgferry_tag_option = i32;

/// A name without tag and digest gets the tag "latest".
pub const IMGFERRY_TAG_DEFAULT: imgferry_tag_option = 0;
/// A missing tag stays missing.
pub const IMGFERRY_TAG_ALLOW: imgferry_tag_option = 1;
/// A name with a tag or a digest is refused.
pub const IMGFERRY_TAG_DENY: imgferry_tag_option = 2;

fn read_option(tag_option: imgferry_tag_option) -> Result<TagOption> {
    match tag_option {
        IMGFERRY_TAG_DEFAULT => Ok(TagOption::Default),
        IMGFERRY_TAG_ALLOW => Ok(TagOption::Allow),
        IMGFERRY_TAG_DENY => Ok(TagOption::Deny),
        _ => Err(Error::InvalidArgument {
            argument: "tag_option",
            reason: format!("{tag_option} is no IMGFERRY_TAG_ number"),
        }),
    }
}

/// The parser of a configuration that must be given.
fn parser(config: Option<&imgferry_config>) -> Result<&Parser> {
    config::parser(required(config, "config")?)
}

/// Reads the name of a remote image in any of the forms that the head of this
/// file shows.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE, with the place and the
/// rule, when `text` has none of the forms, names an unknown cluster, leaves out
/// what is not current, or has a tag that `tag_option` does not allow. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_remote_image(
    config: Option<&imgferry_config>,
    text: *const c_char,
    tag_option: imgferry_tag_option,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let parser = parser(config)?;
        // SAFETY: `text` is NULL or a text of the caller.
        let text = unsafe { args::text(text, "text") }?;
        let image = parser.remote_image(text, read_option(tag_option)?)?;
        Ok(imgferry_remote_image::of(parser, image))
    })
}

/// Reads the name of a remote image that belongs to a cluster.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL, as for imgferry_config_remote_image, and for images of
/// no cluster. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_platform_image(
    config: Option<&imgferry_config>,
    text: *const c_char,
    tag_option: imgferry_tag_option,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let parser = parser(config)?;
        // SAFETY: `text` is NULL or a text of the caller.
        let text = unsafe { args::text(text, "text") }?;
        let image = parser.platform_image(text, read_option(tag_option)?)?;
        Ok(imgferry_remote_image::of(parser, image))
    })
}

/// Reads the name of a local image, or an image ID, which has no tag.
///
/// On success `*image_out` is yours: free it with imgferry_local_image_free. On
/// failure it is NULL: IMGFERRY_INVALID_REFERENCE, with the place and the rule,
/// when `text` is neither, or has a tag that `tag_option` does not allow. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_local_image(
    config: Option<&imgferry_config>,
    text: *const c_char,
    tag_option: imgferry_tag_option,
    image_out: Option<&mut MaybeUninit<*mut imgferry_local_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let parser = parser(config)?;
        // SAFETY: `text` is NULL or a text of the caller.
        let text = unsafe { args::text(text, "text") }?;
        let image = parser.local_image(text, read_option(tag_option)?)?;
        Ok(imgferry_local_image::new(image))
    })
}

/// The remote image that `local` is pushed to when none is named: of the current
/// project, or where the registry in its name says. A missing tag stays missing.
///
/// On success `*image_out` is yours: free it with imgferry_remote_image_free.
/// On failure it is NULL: IMGFERRY_INVALID_REFERENCE for an image ID, and when
/// the name cannot follow that of a project. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_to_platform_image(
    config: Option<&imgferry_config>,
    local: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_remote_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let parser = parser(config)?;
        // SAFETY: `local` is NULL or a text of the caller.
        let local = LocalImage::parse(unsafe { args::text(local, "local") }?)?;
        let image = parser.to_platform_image(&local)?;
        Ok(imgferry_remote_image::of(parser, image))
    })
}

/// The local image that `remote` is pulled as when none is named: its short name
/// when it is of the current project, and else the name that Docker has for it.
/// A missing tag stays missing.
///
/// On success `*image_out` is yours: free it with imgferry_local_image_free. On
/// failure it is NULL: IMGFERRY_INVALID_REFERENCE when `remote` is no remote
/// image, and when no local name would lead back to it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_to_local_image(
    config: Option<&imgferry_config>,
    remote: *const c_char,
    image_out: Option<&mut MaybeUninit<*mut imgferry_local_image>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(image_out, "image_out", error_out, || {
        let parser = parser(config)?;
        // SAFETY: `remote` is NULL or a text of the caller.
        let remote = unsafe { args::text(remote, "remote") }?;
        let remote = parser.remote_image(remote, TagOption::Allow)?;
        let image = parser.to_local_image(&remote)?;
        Ok(imgferry_local_image::new(image))
    })
}
