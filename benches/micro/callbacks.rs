//! A progress record on its way to C, beside one that stays in Rust.

use std::ffi::{c_int, c_void};
use std::ops::ControlFlow;
use std::ptr;

use divan::{Bencher, black_box};

use super::progress::{Observer, imgferry_progress};
use crate::{ImageProgressStep, Phase, Progress, Unit};

const STEP: ImageProgressStep<'_> = ImageProgressStep {
    phase: Phase::Downloading,
    layer_id: "30619ee16bee",
    message: "30619ee16bee: Downloading",
    status: "Downloading",
    current: 36_445,
    total: Some(3_001_193),
    unit: Unit::Bytes,
    sum_current: 136_445,
    sum_total: Some(13_001_193),
    digest: "",
    raw: r#"{"status":"Downloading","progressDetail":{"current":36445,"total":3001193},"progress":"[\u003e                                                  ]  36.45kB/3.001MB","id":"30619ee16bee"}"#,
};

unsafe extern "C" fn add(userdata: *mut c_void, progress: *const imgferry_progress) -> c_int {
    // SAFETY: it is the sum, which nobody else uses meanwhile.
    let sum = unsafe { &mut *userdata.cast::<u64>() };
    // SAFETY: the record lives until this returns.
    *sum += unsafe { (*progress).current };
    0
}

#[divan::bench]
fn to_c(bencher: Bencher<'_, '_>) {
    let mut sum: u64 = 0;
    // SAFETY: the sum outlives the observer.
    let mut observer = unsafe { Observer::new(add, ptr::from_mut(&mut sum).cast()) };
    let observer: &mut dyn Progress = &mut observer;
    bencher.bench_local(|| observer.step(black_box(&STEP)));
}

#[divan::bench]
fn to_rust(bencher: Bencher<'_, '_>) {
    let mut sum = 0;
    let mut closure = |step: &ImageProgressStep<'_>| {
        sum += step.current;
        ControlFlow::Continue(())
    };
    let closure: &mut dyn Progress = &mut closure;
    bencher.bench_local(|| closure.step(black_box(&STEP)));
}
