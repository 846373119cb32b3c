//! The messages of an engine, from their bytes to the progress callback.

use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::Duration;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use serde::de::IgnoredAny;

use super::follow::follow;
use crate::call::Call;
use crate::http::Response;
use crate::progress::ImageProgressStep;

const MESSAGES: usize = 10_000;
const LAYERS: usize = 10;

/// As dockerd writes them: most messages of a transfer tell how far one of the layers is.
static PULL: LazyLock<String> = LazyLock::new(|| transfer("Downloading"));
static PUSH: LazyLock<String> = LazyLock::new(|| transfer("Pushing"));

fn transfer(status: &str) -> String {
    let message = |number: usize| {
        let (layer, part) = (number % LAYERS, number / LAYERS);
        let (current, total) = (part * 33_792, MESSAGES / LAYERS * 33_792);
        let bar = "=".repeat(50 * current / total);
        let sizes = format!("{:.3}MB/{:.2}MB", current as f64 / 1e6, total as f64 / 1e6);
        format!(
            "{{\"status\":\"{status}\",\"progressDetail\":{{\"current\":{current},\"total\":{total}}},\
             \"progress\":\"[{bar:<50}\\u003e]  {sizes}\",\"id\":\"30619ee16be{layer:x}\"}}\r\n"
        )
    };
    (0..MESSAGES).map(message).collect()
}

/// Each layer is reported every 100 ms at most, as by default.
#[divan::bench]
fn pull(bencher: Bencher<'_, '_>) {
    measure(bencher, &PULL, Duration::from_millis(100));
}

#[divan::bench]
fn push(bencher: Bencher<'_, '_>) {
    measure(bencher, &PUSH, Duration::from_millis(100));
}

#[divan::bench]
fn pull_with_every_message_reported(bencher: Bencher<'_, '_>) {
    measure(bencher, &PULL, Duration::ZERO);
}

fn measure(bencher: Bencher<'_, '_>, stream: &'static str, interval: Duration) {
    counted(bencher, stream).bench_local(|| {
        let mut sum = 0;
        let mut note = |step: &ImageProgressStep<'_>| {
            sum += step.sum_current;
            ControlFlow::Continue(())
        };
        let mut call = Call::new().progress(&mut note).progress_interval(interval);
        let response = Response::new(black_box(stream.as_bytes()));
        let steps = follow(response, &mut call, |_| ()).expect("a transfer that goes well");
        drop(call);
        (steps, sum)
    });
}

/// The least: JSON of which nothing is kept.
#[divan::bench]
fn json_alone(bencher: Bencher<'_, '_>) {
    counted(bencher, &PULL).bench(|| {
        serde_json::Deserializer::from_slice(black_box(PULL.as_bytes()))
            .into_iter::<IgnoredAny>()
            .filter(Result::is_ok)
            .count()
    });
}

fn counted<'a, 'b>(bencher: Bencher<'a, 'b>, stream: &str) -> Bencher<'a, 'b> {
    bencher
        .counter(ItemsCount::new(MESSAGES))
        .counter(BytesCount::of_str(stream))
}
