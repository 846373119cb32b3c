//! What only a Rust program can show of the C functions: a panic inside, and that every handle may be shared.

#![cfg(feature = "capi")]
#![expect(unsafe_code, reason = "calls the C functions as a C program does")]

mod support;

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use imgferry::ffi::*;
use support::{CHeader, ScriptedEngine, in_project, say};

/// Code of the host program that runs inside the library, as a log does, and is the only one that may panic there.
struct PanickingLog;

static PANICS: AtomicBool = AtomicBool::new(false);

impl log::Log for PanickingLog {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("imgferry")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) && PANICS.load(Ordering::SeqCst) {
            panic!("the log is full");
        }
    }

    fn flush(&self) {}
}

/// The status of an inspection, and the message of its error.
fn inspect(engine: &imgferry_engine) -> (imgferry_status, String) {
    let mut details = MaybeUninit::uninit();
    let mut error = MaybeUninit::uninit();
    let image = c"demo/app:1".as_ptr();
    // SAFETY: the handle lives, the text ends with a NUL byte, and NULL is no options and no call.
    let status = unsafe {
        imgferry_engine_inspect_image(
            Some(engine),
            image,
            ptr::null(),
            ptr::null(),
            Some(&mut details),
            Some(&mut error),
        )
    };
    // SAFETY: the function has set it.
    let details = unsafe { details.assume_init() };
    assert_eq!(details.is_null(), status != IMGFERRY_OK);
    if !details.is_null() {
        // SAFETY: it is a handle that nobody has freed.
        drop(unsafe { Box::from_raw(details) });
    }
    // SAFETY: the function has set it.
    let error = unsafe { error.assume_init() };
    if error.is_null() {
        return (status, String::new());
    }
    // SAFETY: it is a handle that nobody has freed.
    let error = unsafe { Box::from_raw(error) };
    // SAFETY: the handle lives.
    let message = unsafe { imgferry_error_message(Some(&error)) };
    // SAFETY: it is a text, and the handle lives.
    let message = unsafe { CStr::from_ptr(message) };
    (status, message.to_str().expect("UTF-8").to_owned())
}

#[test]
fn a_panic_in_a_call_is_a_status_and_the_handle_goes_on() {
    log::set_logger(&PanickingLog).expect("no other log");
    log::set_max_level(log::LevelFilter::Trace);
    let healthy = Arc::new(AtomicBool::new(true));
    let is_healthy = Arc::clone(&healthy);
    // A connection that closes instead of an answer is worth a line in the log.
    let part = ScriptedEngine::start(move |_, connection| {
        let answers = is_healthy.load(Ordering::SeqCst);
        if answers {
            let details = r#"{"Id":"sha256:1"}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                details.len()
            );
            say(connection, head + details);
        }
        answers
    });
    let address = CString::new(part.endpoint()).expect("no NUL byte");
    let mut engine = MaybeUninit::uninit();
    // SAFETY: the text ends with a NUL byte, and NULL is no options.
    let status =
        unsafe { imgferry_engine_new(address.as_ptr(), ptr::null(), Some(&mut engine), None) };
    assert_eq!(status, IMGFERRY_OK);
    // SAFETY: the function has set it.
    let engine = unsafe { engine.assume_init() };
    // SAFETY: it is a handle that nobody has freed.
    let engine = unsafe { Box::from_raw(engine) };

    assert_eq!(inspect(&engine), (IMGFERRY_OK, String::new()));
    healthy.store(false, Ordering::SeqCst);
    PANICS.store(true, Ordering::SeqCst);
    let (status, message) = inspect(&engine);
    assert_eq!(
        (status, &*message),
        (IMGFERRY_PANIC, "defect in imgferry: the log is full")
    );

    healthy.store(true, Ordering::SeqCst);
    PANICS.store(false, Ordering::SeqCst);
    assert_eq!(inspect(&engine), (IMGFERRY_OK, String::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(inspect(&engine), (IMGFERRY_OK, String::new())));
        }
    });
}

#[test]
fn every_handle_may_be_shared_by_threads_but_those_that_are_read() {
    fn is_shared<T: Send + Sync>() {}
    fn is_sent<T: Send>() {}
    macro_rules! shared {
        ($($handle:ident)*) => {{
            $(is_shared::<$handle>();)*
            vec![$(stringify!($handle)),*]
        }};
    }
    let mut shared = shared!(
        imgferry_cancel imgferry_config imgferry_copied imgferry_deleted imgferry_descriptor
        imgferry_descriptor_list imgferry_distribution imgferry_engine
        imgferry_error imgferry_history imgferry_history_entry imgferry_image_config imgferry_image_details imgferry_image_list imgferry_image_platform
        imgferry_image_platform_list imgferry_image_size imgferry_image_summary imgferry_images
        imgferry_imported imgferry_inspected imgferry_listed_image imgferry_listed_image_list
        imgferry_loaded imgferry_local_image imgferry_manifest imgferry_manifest_head
        imgferry_place imgferry_platform_size imgferry_pruned imgferry_pulled
        imgferry_pulled_image imgferry_pushed imgferry_pushed_image imgferry_rate_limit
        imgferry_registry imgferry_remote_image imgferry_remote_image_list imgferry_removed
        imgferry_saved imgferry_search_result imgferry_search_result_list imgferry_tag imgferry_tag_info
        imgferry_text imgferry_text_list imgferry_uploaded_blob
    );
    // One thread at a time, but not always the same one.
    is_sent::<imgferry_reader>();
    is_sent::<imgferry_names>();
    is_sent::<imgferry_credential_reply>();
    is_sent::<imgferry_token_reply>();
    shared.extend([
        "imgferry_reader",
        "imgferry_names",
        "imgferry_credential_reply",
        "imgferry_token_reply",
    ]);
    shared.sort_unstable();
    let text = fs::read_to_string(in_project("include/imgferry.h")).expect("the header");
    let mut handles = CHeader::parse(&text).handles;
    handles.sort_unstable();
    assert_eq!(shared, handles);
}

/// What reads a field is one expression; everything else could panic.
#[test]
fn every_function_that_does_more_than_read_is_guarded() {
    let mut found = 0;
    for file in fs::read_dir(in_project("src/ffi")).expect("the sources") {
        let source = fs::read_to_string(file.expect("a file").path()).expect("a source");
        for function in source.split("#[unsafe(no_mangle)]\n").skip(1) {
            let (function, _) = function.split_once("\n}\n").expect("the end of a function");
            let (signature, body) = function.split_once(" {\n").expect("a body");
            let is_guarded = ["guard(", "create(", "create_if_any(", "count(", "quietly("]
                .iter()
                .any(|guard| {
                    body.trim_start().starts_with(guard) || body.contains(&format!("\n    {guard}"))
                });
            let is_read = !body.contains(';') && !body.contains("unsafe");
            assert!(is_guarded || is_read, "{signature}");
            found += 1;
        }
    }
    assert!(found > 100, "the functions were found: {found}");
}
