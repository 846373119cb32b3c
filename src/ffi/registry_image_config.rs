//! `imgferry_registry_image_config`: how an image is run, and what it is made of.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::optional_text;
use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::pairs::Pairs;
use super::registry::{given, imgferry_registry, reference};
use super::status::imgferry_status;
use super::text::{borrowed, c_text, imgferry_text_list};
use crate::{Digest, ImageConfig, Platform};

/// The config of the image for `platform`, which is `os/arch[/variant]`, such as
/// "linux/arm64", and may be NULL: then it is for Linux and the processor of
/// this machine, or whatever an image is for that is not an index.
///
/// On success `*config_out` is yours: free it with imgferry_image_config_free.
/// On failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
/// IMGFERRY_PLATFORM when there is none for the platform, IMGFERRY_UNSUPPORTED
/// when it is not an image. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_image_config(
    registry: Option<&imgferry_registry>,
    image: *const c_char,
    platform: *const c_char,
    call: *const imgferry_call,
    config_out: Option<&mut MaybeUninit<*mut imgferry_image_config>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(config_out, "config_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `image` is NULL or a text of the caller.
        let image = unsafe { reference(image, "image") }?;
        // SAFETY: `platform` is NULL or a text of the caller.
        let platform = unsafe { optional_text(platform, "platform") }?;
        let platform = platform.map(Platform::parse).transpose()?;
        // SAFETY: `call` is the caller's.
        let config = unsafe {
            during(call, |call| {
                registry.image_config(&image, platform.as_ref(), call)
            })
        }?;
        Ok(imgferry_image_config::new(config))
    })
}

/// How an image is run, and what it is made of: a config that you own, or one of
/// the handle that it came from.
#[derive(Debug)]
pub struct imgferry_image_config {
    platform: CString,
    os: CString,
    architecture: CString,
    variant: CString,
    created: CString,
    author: CString,
    labels: Pairs,
    env: imgferry_text_list,
    entrypoint: imgferry_text_list,
    cmd: imgferry_text_list,
    working_dir: CString,
    user: CString,
    exposed_ports: imgferry_text_list,
    volumes: imgferry_text_list,
    diff_ids: imgferry_text_list,
    document: CString,
}

impl imgferry_image_config {
    pub(super) fn new(config: ImageConfig) -> imgferry_image_config {
        let ImageConfig {
            platform,
            created,
            author,
            labels,
            env,
            entrypoint,
            cmd,
            working_dir,
            user,
            exposed_ports,
            volumes,
            diff_ids,
            document,
        } = config;
        let diff_ids: Vec<String> = diff_ids.iter().map(Digest::to_string).collect();
        imgferry_image_config {
            platform: c_text(&platform.to_string()),
            os: c_text(&platform.os),
            architecture: c_text(&platform.architecture),
            variant: c_text(&platform.variant),
            created: c_text(&created),
            author: c_text(&author),
            labels: Pairs::new(&labels),
            env: imgferry_text_list::new(&env),
            entrypoint: imgferry_text_list::new(&entrypoint),
            cmd: imgferry_text_list::new(&cmd),
            working_dir: c_text(&working_dir),
            user: c_text(&user),
            exposed_ports: imgferry_text_list::new(&exposed_ports),
            volumes: imgferry_text_list::new(&volumes),
            diff_ids: imgferry_text_list::new(&diff_ids),
            document: c_text(&document),
        }
    }
}

/// What it runs on, as `os/architecture[/variant]`; "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_platform(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.platform)
}

/// The operating system, such as "linux"; "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_os(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.os)
}

/// The processor, such as "amd64"; "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_architecture(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.architecture)
}

/// The variant of the processor, such as "v7"; often "". "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_variant(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.variant)
}

/// When it was made, in RFC 3339; "" when it does not say, and for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_created(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.created)
}

/// Who made it; usually "". "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_author(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.author)
}

/// How many labels it has; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_label_count(
    config: Option<&imgferry_image_config>,
) -> usize {
    config.map_or(0, |config| config.labels.count())
}

/// The key of the label at `index`, counted from 0 and sorted by key; ""
/// behind the end and for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_label_key_at(
    config: Option<&imgferry_image_config>,
    index: usize,
) -> *const c_char {
    Pairs::key_at(config.map(|config| &config.labels), index)
}

/// The value of the label at `index`; "" behind the end and for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_label_value_at(
    config: Option<&imgferry_image_config>,
    index: usize,
) -> *const c_char {
    Pairs::value_at(config.map(|config| &config.labels), index)
}

/// Its environment, each as `NAME=value`.
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `config`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_env(
    config: Option<&imgferry_image_config>,
) -> Option<&imgferry_text_list> {
    config.map(|config| &config.env)
}

/// The program that is run, with its first arguments.
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `config`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_entrypoint(
    config: Option<&imgferry_image_config>,
) -> Option<&imgferry_text_list> {
    config.map(|config| &config.entrypoint)
}

/// The arguments that follow, or the program when there is no entry point.
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `config`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_cmd(
    config: Option<&imgferry_image_config>,
) -> Option<&imgferry_text_list> {
    config.map(|config| &config.cmd)
}

/// The folder in which it is run; "" is the root. "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_working_dir(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.working_dir)
}

/// As whom it is run, a name or a number, perhaps with a group, such as
/// "1000:1000"; "" is root. "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_user(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.user)
}

/// The ports it listens at, each as `number/protocol`.
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `config`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_exposed_ports(
    config: Option<&imgferry_image_config>,
) -> Option<&imgferry_text_list> {
    config.map(|config| &config.exposed_ports)
}

/// The folders that are to be volumes.
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `config`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_volumes(
    config: Option<&imgferry_image_config>,
) -> Option<&imgferry_text_list> {
    config.map(|config| &config.volumes)
}

/// The diff IDs of its layers, which are the digests of their uncompressed
/// bytes, the lowest first.
///
/// NULL, which is an empty list, for NULL. The list lives as long as
/// `config`; do not free it. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_diff_ids(
    config: Option<&imgferry_image_config>,
) -> Option<&imgferry_text_list> {
    config.map(|config| &config.diff_ids)
}

/// The whole document, JSON; "" for NULL.
///
/// The text lives as long as `config`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_document(
    config: Option<&imgferry_image_config>,
) -> *const c_char {
    borrowed(config, |config| &config.document)
}

/// Frees the config of an image that you own; NULL is fine.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_image_config_free(config: Option<Box<imgferry_image_config>>) {
    quietly((), || drop(config));
}
