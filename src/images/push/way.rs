//! The two ways of a push, and which one to go.

use std::fmt;
use std::num::NonZero;
use std::thread;

/// Which way [`Images::push`](crate::Images::push) goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PushVia {
    /// The engine pushes.
    #[default]
    Engine,
    /// The image is read from the engine, and compressed and uploaded from here while it comes. Nothing of it is kept
    /// on a disk, unless [`spool_dir`](crate::PushImageOptions::spool_dir) is given. It is faster for large layers that the registry does not have, passes where the bodies of
    /// requests are limited, and gives the image no name in the engine.
    Direct,
    /// Whichever is likely to be faster; and directly, when the engine's push breaks or is too large for the registry.
    Auto,
}

/// Which way a push has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushedVia {
    /// The engine has pushed.
    Engine,
    /// It was uploaded from here.
    Direct,
}

impl fmt::Display for PushedVia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PushedVia::Engine => "engine",
            PushedVia::Direct => "direct",
        })
    }
}

/// Bytes that dockerd compresses in a second on one core: 600 MB take it 13 s (measured, as is what follows).
const ENGINE_RATE: u64 = 46_000_000;

/// So many layers an engine pushes at the same time.
const ENGINE_LAYERS: usize = 5;

/// Bytes of an image that dockerd gives out in a second; it writes them to a disk first.
const SAVE_RATE: u64 = 100_000_000;

/// Bytes that are compressed here in a second on one core.
const OWN_RATE: u64 = 90_000_000;

/// What the engine does in less than these milliseconds is not worth another way.
const LITTLE: u64 = 1000;

/// What is known of a push before it begins.
#[derive(Debug, Clone, Default)]
pub(super) struct Outlook {
    /// The name of the engine's store, as it tells it.
    pub(super) store: String,
    /// The sizes of all layers.
    pub(super) layers: Vec<u64>,
    /// Of those that the registry does not have, as far as one knows.
    pub(super) missing: Vec<u64>,
}

/// The stores of dockerd that keep layers as files, and compress them for each push.
const FILE_STORES: &[&str] = &[
    "overlay2",
    "fuse-overlayfs",
    "btrfs",
    "zfs",
    "vfs",
    "aufs",
    "devicemapper",
];

impl Outlook {
    /// The way that is likely to be the faster one, and why.
    pub(super) fn way(&self) -> (PushedVia, String) {
        self.way_on(thread::available_parallelism().map_or(1, NonZero::get))
    }

    fn way_on(&self, cores: usize) -> (PushedVia, String) {
        if !FILE_STORES.contains(&self.store.as_str()) {
            let why = format!(
                "the store {:?} of the engine is not known to compress layers for each push",
                self.store
            );
            return (PushedVia::Engine, why);
        }
        let (all, missing) = (sum(&self.layers), sum(&self.missing));
        let largest = self.missing.iter().max().copied().unwrap_or(0);
        let side_by_side = cores.min(ENGINE_LAYERS) as u64;
        let engine = milliseconds(largest.max(missing / side_by_side), ENGINE_RATE);
        let save = milliseconds(all, SAVE_RATE);
        let direct = save.max(milliseconds(missing, OWN_RATE * cores as u64));
        let why = format!(
            "{} of {} MB are missing in the registry: about {engine} ms by the engine, {direct} ms directly",
            missing / 1_000_000,
            all / 1_000_000
        );
        // What is about the same is left to the engine, which knows more of its layers.
        match engine > LITTLE && direct + direct / 4 < engine {
            true => (PushedVia::Direct, why),
            false => (PushedVia::Engine, why),
        }
    }
}

fn sum(sizes: &[u64]) -> u64 {
    sizes.iter().fold(0, |sum, size| sum.saturating_add(*size))
}

fn milliseconds(bytes: u64, rate: u64) -> u64 {
    bytes.saturating_mul(1000) / rate.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn way(store: &str, layers: &[u64], missing: &[u64]) -> PushedVia {
        let outlook = Outlook {
            store: store.into(),
            layers: layers.to_vec(),
            missing: missing.to_vec(),
        };
        outlook.way_on(2).0
    }

    #[test]
    fn large_layers_that_the_registry_does_not_have_go_directly() {
        let big = [600 * MB];
        assert_eq!(way("overlay2", &big, &big), PushedVia::Direct);
        let many = [10 * MB; 40];
        assert_eq!(way("overlay2", &many, &many), PushedVia::Engine);
        assert_eq!(way("overlay2", &big, &[]), PushedVia::Engine);
        let small = [3 * MB];
        assert_eq!(way("overlay2", &small, &small), PushedVia::Engine);
        let changed = [600 * MB, MB];
        assert_eq!(way("overlay2", &changed, &[MB]), PushedVia::Engine);
    }

    #[test]
    fn engines_that_keep_layers_compressed_push_themselves() {
        let big = [600 * MB];
        for store in ["overlayfs", "overlay", ""] {
            assert_eq!(way(store, &big, &big), PushedVia::Engine, "{store}");
        }
    }
}
