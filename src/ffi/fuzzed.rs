//! What must hold for the C functions that take text, whatever text it is.
//!
//! Nobody answers: there is no engine at the socket, and what would ask a registry is stopped before it does. So this is
//! about what becomes of a text until a byte would be sent.

use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;

use super::*;

/// A function, given by the first byte, and its texts, each of which ends with a zero.
pub fn c_text(input: &[u8]) {
    let Some((choice, texts)) = input.split_first() else {
        return;
    };
    let function = FUNCTIONS[usize::from(*choice) % FUNCTIONS.len()];
    let mut case = Case::new(texts);
    let status = function(&mut case);
    case.check(status);
}

/// Writes each function down as a call, whose arguments are made by what they are called and by their types.
macro_rules! functions {
    ($($function:ident($($argument:ident),*);)*) => {
        const FUNCTIONS: &[fn(&mut Case) -> imgferry_status] = &[$(|case| {
            $(let $argument = Argument::make(case, stringify!($argument));)*
            // SAFETY: all arguments are as the header demands, and live until the case ends.
            unsafe { $function($($argument),*) }
        }),*];
    };
}

// `tests/fuzz.rs` compares it with the header.
functions! {
    imgferry_has_feature(name);
    imgferry_local_image_parse(text, image_out, error_out);
    imgferry_local_image_new(name, tag, image_out, error_out);
    imgferry_local_image_with_tag(image, tag, image_out, error_out);
    imgferry_remote_image_parse(text, image_out, error_out);
    imgferry_remote_image_new_external(name, registry, tag, image_out, error_out);
    imgferry_remote_image_new_platform(name, registry, project_name, org_name, cluster_name, tag, image_out, error_out);
    imgferry_remote_image_with_tag(image, tag, image_out, error_out);
    imgferry_remote_image_with_digest(image, digest, image_out, error_out);
    imgferry_engine_new(address, options, engine_out, error_out);
    imgferry_engine_tag(engine, image, repository, tag, call, error_out);
    imgferry_engine_push(engine, reference, options, call, pushed_out, error_out);
    imgferry_engine_pull(engine, reference, options, call, pulled_out, error_out);
    imgferry_engine_load_image_path(engine, path, options, call, loaded_out, error_out);
    imgferry_engine_get_image(engine, image, options, call, reader_out, error_out);
    imgferry_engine_get_images(engine, images, image_count, options, call, reader_out, error_out);
    imgferry_engine_get_images_path(engine, images, image_count, path, options, call, saved_out, error_out);
    imgferry_engine_get_images_fd(engine, images, image_count, fd, options, call, saved_out, error_out);
    imgferry_engine_get_images_stream(engine, images, image_count, write, userdata, options, call, saved_out, error_out);
    imgferry_engine_import_image(engine, source, options, call, imported_out, error_out);
    imgferry_engine_import_image_from_file(engine, path, options, call, imported_out, error_out);
    imgferry_engine_import_image_from_url(engine, url, options, call, imported_out, error_out);
    imgferry_engine_import_image_from_image(engine, image, options, call, imported_out, error_out);
    imgferry_engine_inspect_image(engine, image, options, call, details_out, error_out);
    imgferry_engine_history(engine, image, platform, call, history_out, error_out);
    imgferry_engine_inspect_distribution(engine, reference, credential, call, distribution_out, error_out);
    imgferry_engine_remove_image(engine, image, options, call, removed_out, error_out);
    imgferry_engine_prune_images(engine, filters, filter_count, call, pruned_out, error_out);
    imgferry_engine_search(engine, term, options, call, results_out, error_out);
    imgferry_registry_new(host, options, registry_out, error_out);
    imgferry_registry_digest(registry, image, call, digest_out, error_out);
    imgferry_registry_size(registry, image, call, size_out, error_out);
    imgferry_registry_tags(registry, repository, call, tags_out, error_out);
    imgferry_registry_get_manifest(registry, image, call, manifest_out, error_out);
    imgferry_registry_head_manifest(registry, image, call, head_out, error_out);
    imgferry_registry_head_blob(registry, blob, call, size_out, error_out);
    imgferry_registry_get_blob(registry, blob, options, call, reader_out, error_out);
    imgferry_registry_get_blob_path(registry, blob, path, options, call, saved_out, error_out);
    imgferry_registry_get_blob_fd(registry, blob, fd, options, call, saved_out, error_out);
    imgferry_registry_get_blob_stream(registry, blob, write, userdata, options, call, saved_out, error_out);
    imgferry_registry_put_blob_data(registry, repository, data, length, options, call, blob_out, error_out);
    imgferry_registry_put_blob_path(registry, repository, path, options, call, blob_out, error_out);
    imgferry_registry_put_blob_fd(registry, repository, fd, options, call, blob_out, error_out);
    imgferry_registry_put_blob_stream(registry, repository, read, userdata, options, call, blob_out, error_out);
    imgferry_registry_mount_blob(registry, blob, from, call, mounted_out, error_out);
    imgferry_registry_put_manifest(registry, reference, media_type, manifest, length, call, digest_out, error_out);
    imgferry_registry_delete_manifest(registry, image, call, digest_out, error_out);
    imgferry_registry_delete_tag(registry, image, call, error_out);
    imgferry_registry_delete_all_tags(registry, repository, call, tags_out, error_out);
    imgferry_registry_delete_blob(registry, blob, call, error_out);
    imgferry_registry_list_tags(registry, repository, names_out, error_out);
    imgferry_registry_platforms(registry, image, call, platforms_out, error_out);
    imgferry_registry_image_config(registry, image, platform, call, config_out, error_out);
    imgferry_registry_tag_info(registry, image, call, info_out, error_out);
    imgferry_registry_referrers(registry, image, artifact_type, call, referrers_out, error_out);
    imgferry_token_reply_set(reply, token, error_out);
    imgferry_config_parse(json, options, config_out, error_out);
    imgferry_config_read(path, options, config_out, error_out);
    imgferry_config_remote_image(config, text, tag_option, image_out, error_out);
    imgferry_config_platform_image(config, text, tag_option, image_out, error_out);
    imgferry_config_local_image(config, text, tag_option, image_out, error_out);
    imgferry_config_to_platform_image(config, local, image_out, error_out);
    imgferry_config_to_local_image(config, remote, image_out, error_out);
    imgferry_images_push(images, local, remote, options, call, pushed_out, error_out);
    imgferry_images_pull(images, remote, local, options, call, pulled_out, error_out);
    imgferry_images_digest(images, remote, call, digest_out, error_out);
    imgferry_images_size(images, remote, call, size_out, error_out);
    imgferry_images_list(images, cluster_name, call, images_out, error_out);
    imgferry_images_tag_info(images, remote, call, tag_out, error_out);
    imgferry_images_registry(images, remote, registry_out, error_out);
    imgferry_images_tags(images, remote, call, images_out, error_out);
    imgferry_images_rm(images, remote, digest, call, digest_out, error_out);
    imgferry_place_registry(registry, image, place_out, error_out);
    imgferry_place_engine(engine, image, place_out, error_out);
    imgferry_place_docker_archive(path, image, place_out, error_out);
    imgferry_place_oci_layout(path, image, place_out, error_out);
    imgferry_place_oci_archive(path, image, place_out, error_out);
    imgferry_place_parse(text, engine, options, place_out, error_out);
    imgferry_place_inspect(place, platform, call, inspected_out, error_out);
}

/// One call.
struct Case<'i> {
    texts: std::slice::Split<'i, u8, fn(&u8) -> bool>,
    /// What the arguments point to.
    kept: Vec<Box<dyn Any>>,
    outputs: Vec<Output>,
    call: *const imgferry_call,
}

/// Where a function writes a handle.
struct Output {
    name: &'static str,
    take: Box<dyn FnOnce() -> Option<Box<dyn Any>>>,
}

impl<'i> Case<'i> {
    fn new(texts: &'i [u8]) -> Case<'i> {
        Case {
            texts: texts.split(|byte| *byte == 0),
            kept: Vec::new(),
            outputs: Vec::new(),
            call: &World::get().stopped,
        }
    }

    /// Keeps `value` until the case ends.
    fn keep<T: 'static>(&mut self, value: T) -> *mut T {
        let mut value = Box::new(value);
        let kept = &raw mut *value;
        self.kept.push(value);
        kept
    }

    fn check(self, status: imgferry_status) {
        let is_known = |status| imgferry_status_text(status) != c"UNKNOWN";
        let mut says_how_it_went = false;
        let mut made = Vec::new();
        for output in self.outputs {
            let handle = (output.take)();
            if output.name != "error_out" {
                made.push((output.name, handle));
                continue;
            }
            says_how_it_went = true;
            assert!(is_known(status) && status != IMGFERRY_PANIC, "{status}");
            let error = handle.map(|error| error.downcast::<imgferry_error>().expect("an error"));
            assert_eq!(error.is_none(), status == IMGFERRY_OK);
            if let Some(error) = error {
                // SAFETY: the error lives.
                let message = unsafe { imgferry_error_message(Some(&error)) };
                // SAFETY: it is a text that lives as long as the error.
                let message = unsafe { CStr::from_ptr(message) };
                assert!(!message.to_str().expect("UTF-8").is_empty());
            }
        }
        for (name, handle) in made {
            assert!(says_how_it_went);
            assert_eq!(handle.is_some(), status == IMGFERRY_OK, "{name}");
        }
    }
}

fn imgferry_status_text(status: imgferry_status) -> &'static CStr {
    // SAFETY: any number may be given.
    let name = unsafe { imgferry_status_name(status) };
    // SAFETY: it is a text that lives for ever.
    unsafe { CStr::from_ptr(name) }
}

/// What all cases share.
struct World {
    engine: Box<imgferry_engine>,
    registry: Box<imgferry_registry>,
    images: Box<imgferry_images>,
    config: Box<imgferry_config>,
    place: Box<imgferry_place>,
    local_image: Box<imgferry_local_image>,
    remote_image: Box<imgferry_remote_image>,
    stopped: imgferry_call,
}

// SAFETY: all handles may be used by many threads, and nobody changes the call, whose flag may be, too.
unsafe impl Send for World {}
// SAFETY: the same.
unsafe impl Sync for World {}

impl World {
    fn get() -> &'static World {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(World::new)
    }

    fn new() -> World {
        let (engine, registry) = (c"unix:///nowhere/engine.sock", c"127.0.0.1:1");
        let clusters = c"{\"clusters\": {\"main\": {\"registry_url\": \"https://127.0.0.1:1\"}}}";
        let image = c"127.0.0.1:1/demo/app:1".as_ptr();
        // SAFETY: the arguments are as the header demands.
        let engine = made(|out, error| unsafe {
            imgferry_engine_new(engine.as_ptr(), ptr::null(), out, error)
        });
        let registry = made(|out, error| {
            // SAFETY: the same.
            unsafe { imgferry_registry_new(registry.as_ptr(), ptr::null(), out, error) }
        });
        let config = made(|out, error| {
            // SAFETY: the same.
            unsafe { imgferry_config_parse(clusters.as_ptr(), ptr::null(), out, error) }
        });
        let images = made(|out, error| {
            // SAFETY: the same.
            unsafe { imgferry_images_new(Some(&engine), Some(&config), ptr::null(), out, error) }
        });
        // SAFETY: the same.
        let place = made(|out, error| unsafe {
            imgferry_place_registry(Some(&registry), image, out, error)
        });
        // SAFETY: the same.
        let local_image =
            made(|out, error| unsafe { imgferry_local_image_parse(image, out, error) });
        // SAFETY: the same.
        let remote_image =
            made(|out, error| unsafe { imgferry_remote_image_parse(image, out, error) });
        // SAFETY: the same.
        let cancel = made(|out, error| unsafe { imgferry_cancel_new(out, error) });
        // SAFETY: the flag lives.
        let status = unsafe { imgferry_cancel_set(Some(&cancel), None) };
        assert_eq!(status, IMGFERRY_OK);
        let mut stopped = MaybeUninit::uninit();
        // SAFETY: there is room for it.
        unsafe { imgferry_call_init(stopped.as_mut_ptr(), size_of::<imgferry_call>()) };
        // SAFETY: all of it was set.
        let mut stopped: imgferry_call = unsafe { stopped.assume_init() };
        stopped.cancel = Box::into_raw(cancel);
        World {
            engine,
            registry,
            images,
            config,
            place,
            local_image,
            remote_image,
            stopped,
        }
    }
}

/// The handle that `make` makes.
fn made<T>(
    make: impl FnOnce(
        Option<&mut MaybeUninit<*mut T>>,
        Option<&mut MaybeUninit<*mut imgferry_error>>,
    ) -> imgferry_status,
) -> Box<T> {
    let mut out = MaybeUninit::uninit();
    assert_eq!(make(Some(&mut out), None), IMGFERRY_OK);
    // SAFETY: it was set.
    let out = unsafe { out.assume_init() };
    // SAFETY: it is a handle of ours.
    unsafe { Box::from_raw(out) }
}

/// What is given for an argument.
trait Argument {
    fn make(case: &mut Case<'_>, name: &'static str) -> Self;
}

impl Argument for *const c_char {
    fn make(case: &mut Case<'_>, name: &'static str) -> *const c_char {
        // An input has as many texts as the fuzzer likes; arguments behind the last get empty ones.
        let text = case.texts.next().unwrap_or_default();
        if text == b"\xff" {
            return ptr::null();
        }
        // No file may be found or made.
        let folder: &[u8] = if name == "path" { b"/nowhere/" } else { b"" };
        let text = CString::new([folder, text].concat()).expect("a text without zeros");
        let start = text.as_ptr();
        case.keep(text);
        start
    }
}

impl Argument for *const *const c_char {
    fn make(case: &mut Case<'_>, name: &'static str) -> *const *const c_char {
        let text = <*const c_char>::make(case, name);
        case.keep(text)
    }
}

/// Of texts and of bytes there is one.
impl Argument for usize {
    fn make(_: &mut Case<'_>, _: &'static str) -> usize {
        1
    }
}

impl Argument for *const u8 {
    fn make(_: &mut Case<'_>, _: &'static str) -> *const u8 {
        b"x".as_ptr()
    }
}

/// A file descriptor, and what is to be done about tags.
impl Argument for c_int {
    fn make(_: &mut Case<'_>, _: &'static str) -> c_int {
        0
    }
}

impl Argument for *mut c_void {
    fn make(_: &mut Case<'_>, _: &'static str) -> *mut c_void {
        ptr::null_mut()
    }
}

impl Argument for imgferry_read_fn {
    fn make(_: &mut Case<'_>, _: &'static str) -> imgferry_read_fn {
        unsafe extern "C" fn read_nothing(
            _: *mut c_void,
            _: *mut u8,
            _: usize,
            _: *mut usize,
        ) -> c_int {
            0
        }
        Some(read_nothing)
    }
}

impl Argument for imgferry_write_fn {
    fn make(_: &mut Case<'_>, _: &'static str) -> imgferry_write_fn {
        unsafe extern "C" fn write_nowhere(_: *mut c_void, _: *const u8, _: usize) -> c_int {
            0
        }
        Some(write_nowhere)
    }
}

impl Argument for *const imgferry_call {
    fn make(case: &mut Case<'_>, _: &'static str) -> *const imgferry_call {
        case.call
    }
}

impl Argument for Option<&'static imgferry_engine> {
    fn make(case: &mut Case<'_>, _: &'static str) -> Self {
        // Nothing is behind its socket, so that nothing need be stopped.
        case.call = ptr::null();
        Some(&World::get().engine)
    }
}

macro_rules! handles {
    ($($handle:ident: $field:ident;)*) => {$(
        impl Argument for Option<&'static $handle> {
            fn make(_: &mut Case<'_>, _: &'static str) -> Self {
                Some(&World::get().$field)
            }
        }
    )*};
}

handles! {
    imgferry_registry: registry;
    imgferry_images: images;
    imgferry_config: config;
    imgferry_place: place;
    imgferry_local_image: local_image;
    imgferry_remote_image: remote_image;
}

impl Argument for Option<&'static mut imgferry_token_reply> {
    fn make(_: &mut Case<'_>, _: &'static str) -> Self {
        None
    }
}

macro_rules! defaults {
    ($($options:ident),*) => {$(
        impl Argument for *const $options {
            fn make(_: &mut Case<'_>, _: &'static str) -> *const $options {
                ptr::null()
            }
        }
    )*};
}

defaults!(
    imgferry_archive_options,
    imgferry_blob_options,
    imgferry_config_options,
    imgferry_credential,
    imgferry_engine_options,
    imgferry_import_options,
    imgferry_inspect_options,
    imgferry_load_options,
    imgferry_pull_image_options,
    imgferry_pull_options,
    imgferry_push_image_options,
    imgferry_push_options,
    imgferry_registry_options,
    imgferry_remove_options,
    imgferry_search_options,
    imgferry_upload_options
);

impl<T: 'static> Argument for Option<&'static mut MaybeUninit<*mut T>> {
    fn make(case: &mut Case<'_>, name: &'static str) -> Self {
        let place = case.keep(MaybeUninit::<*mut T>::uninit());
        let take = move || {
            // SAFETY: the case is there as long as its outputs.
            let handle = unsafe { *place };
            // SAFETY: the function has set it.
            let handle = unsafe { handle.assume_init() };
            // SAFETY: it is NULL, or a handle of ours.
            (!handle.is_null()).then(|| unsafe { Box::from_raw(handle) } as Box<dyn Any>)
        };
        case.outputs.push(Output {
            name,
            take: Box::new(take),
        });
        // SAFETY: nobody else uses it until the function has returned.
        Some(unsafe { &mut *place })
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Argument for Option<&'static mut MaybeUninit<$number>> {
            fn make(case: &mut Case<'_>, _: &'static str) -> Self {
                let place = case.keep(MaybeUninit::<$number>::uninit());
                // SAFETY: nobody else uses it until the function has returned.
                Some(unsafe { &mut *place })
            }
        }
    )*};
}

numbers!(u64, i32);
