//! A clock that jumps.

use std::env::consts::ARCH;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use imgferry::{Call, Credential, Credentials, ErrorKind, Limits, RegistryOptions};

use super::parse;
use super::support::{
    Registry, RegistryOptions as Part, Scripted, TempDir, TokenServer, given, in_own_process,
    installed, is_own_process, respond, unique,
};

const USER: &str = "me:pass-word";

// What the process is told.
const CLOCK: &str = "FAKETIME_TIMESTAMP_FILE";
const IMAGE: &str = "IMGFERRY_TEST_IMAGE";
const BUSY: &str = "IMGFERRY_TEST_BUSY";
const SILENT: &str = "IMGFERRY_TEST_SILENT";

/// Runs the test once more with a clock that [`jump`] sets.
fn with_a_clock_of_its_own(variables: &[(&str, &str)]) {
    installed("faketime", "faketime");
    let folder = TempDir::new("clock");
    let clock = folder.join("clock").display().to_string();
    fs::write(&clock, "+0\n").expect("a clock");
    let library = format!("/usr/lib/{ARCH}-linux-gnu/faketime/libfaketime.so.1");
    let mut all = vec![
        ("LD_PRELOAD", library.as_str()),
        (CLOCK, &clock),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    all.extend(variables);
    in_own_process(&all);
}

/// Sets the clock to so many days from now.
fn jump(days: i32) {
    let before = SystemTime::now();
    fs::write(given(CLOCK), format!("{days:+}d\n")).expect("a clock");
    let now = SystemTime::now();
    let moved = now
        .duration_since(before)
        .unwrap_or_else(|back| back.duration());
    assert!(moved > Duration::from_secs(3600), "the clock has jumped");
}

#[test]
fn a_clock_that_jumps_ends_no_login_and_no_limit() {
    if !is_own_process() {
        let tokens = TokenServer::start(USER);
        let registry = Registry::start(Part {
            token: Some(tokens.for_registry()),
            ..Part::default()
        });
        let name = unique("clock");
        registry.store_image(&name, "1");
        let silent = Scripted::with(|_| {
            std::thread::sleep(Duration::from_secs(5));
            None
        });
        let image = format!("{}/{name}:1", registry.host());
        with_a_clock_of_its_own(&[(IMAGE, &image), (SILENT, silent.host())]);
        return;
    }
    let image = parse(&given(IMAGE));
    let (user, password) = USER.split_once(':').expect("a login");
    let credential = Credential::Basic {
        username: user.into(),
        password: password.into(),
    };
    let options = RegistryOptions {
        credentials: Credentials::default().with(image.domain(), credential),
        ..RegistryOptions::default()
    };
    let registry = imgferry::Registry::new(image.domain(), &options).expect("a handle");
    let silent = given(SILENT);
    let nobody = imgferry::Registry::new(&silent, &RegistryOptions::default()).expect("a handle");
    let absent = parse(&format!("{silent}/nothing:1"));
    for days in [2, -3, 1] {
        registry
            .digest(&image, &mut Call::new())
            .expect("logged in");
        jump(days);
        registry
            .digest(&image, &mut Call::new())
            .expect("still logged in");
        let begun = Instant::now();
        let limits = Limits {
            deadline: Some(Duration::from_millis(300)),
            ..Limits::default()
        };
        let error = nobody.digest(&absent, &mut Call::new().limits(limits));
        assert_eq!(error.expect_err("silent").kind(), ErrorKind::Timeout);
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn who_has_a_wrong_clock_is_not_sent_away_for_days() {
    if !is_own_process() {
        // Wants to be left alone for a second, by its own clock.
        let asked = AtomicU32::new(0);
        let busy = Scripted::with(move |_| {
            let seconds = |more: u64| UNIX_EPOCH + Duration::from_secs(1_800_000_000 + more);
            let date = httpdate::fmt_http_date(seconds(0));
            let later = httpdate::fmt_http_date(seconds(1));
            Some(match asked.fetch_add(1, Ordering::Relaxed) {
                0 => respond(429, &[("Date", &date), ("Retry-After", &later)], "{}"),
                _ => respond(
                    200,
                    &[("Content-Type", "application/json")],
                    r#"{"tags":["1"]}"#,
                ),
            })
        });
        with_a_clock_of_its_own(&[(BUSY, busy.host())]);
        return;
    }
    let host = given(BUSY);
    let registry = imgferry::Registry::new(&host, &RegistryOptions::default()).expect("a handle");
    jump(-400);
    let begun = Instant::now();
    let tags = registry.tags(&parse(&format!("{host}/app")), &mut Call::new());
    assert_eq!(tags.expect("it was waited for"), ["1"]);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
