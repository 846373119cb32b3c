//! imgferry moves container images between a Docker Engine and registries. It is synchronous: every method blocks
//! until it is done and can be left while it waits. It starts no thread that outlives it, but for one that still waits
//! for the system's name look-up when a call is left: nothing can stop that.
//!
//! | to | use |
//! | --- | --- |
//! | move images by their local and remote names | [`Images`], with a [`Config`] also by `image:` URIs |
//! | do what an engine can do with images | [`Engine`] |
//! | ask a registry for anything, upload to it, or delete in it | [`Registry`] |
//! | bring an image from any place to any other, and see what is there | [`copy()`], [`Place`] |
//! | follow, stop or limit any of it | [`Call`], [`Progress`], [`Cancel`] |
//!
//! C, C++ and other languages use the same things through `include/imgferry.h`.
//!
//! ```no_run
//! use imgferry::{Call, Engine, Images, LocalImage, PushImageOptions, RegistryOptions, RemoteImage};
//!
//! # fn main() -> imgferry::Result<()> {
//! let images = Images::new(Engine::from_env()?, &RegistryOptions::default());
//! let local = LocalImage::parse("demo/app:1")?;
//! let remote = RemoteImage::parse("registry.example/team/app:1")?;
//! let pushed = images.push(&local, Some(&remote), &PushImageOptions::default(), &mut Call::new())?;
//! println!("{} is {:?}", pushed.image, pushed.digest);
//! # Ok(())
//! # }
//! ```
//!
//! # Architecture
//!
//! ```text
//!   C, C++, Go, Python                 Rust programs
//!           |                               |
//!   +-------v-------+                       |
//!   | ffi  (unsafe) |                       |
//!   +-------+-------+                       |
//!           +---------------+---------------+
//!   +-----------------------v----------------------------------+
//!   | images    by local and remote names                      |
//!   +-----------------------+----------------------------------+
//!   +-----------------------v----------------------------------+
//!   | copy      from one place to another                      |
//!   +-------+-----------------------+------------------+-------+
//!   +-------v-------+       +-------v-------+  +-------v-------+
//!   | engine        |       | registry      |  | store         |  strangers to each other
//!   |               |       |               |  | archives and  |
//!   |               |       |               |  | OCI layouts   |
//!   +-------+-------+       +-------+-------+  +-------+-------+
//!   +-------v-----------------------v-------+          |
//!   | http      the only room for ureq      |          |
//!   +-------------------+-------------------+          |
//!   +-------------------v------------------------------v-------+
//!   | ground: error, grammar, digest, reference, naming, oci,  |
//!   | environment, docker_config, credentials, progress, call, |
//!   | workers, compress, part_file, bounded_file,              |
//!   | nameless_file, json_object                               |
//!   +----------------------------------------------------------+
//! ```
//!
//! A call only goes down; `tests/layers.rs` holds the sources against this picture.
//!
//! Progress travels in the [`Call`] and not as an argument of its own, because every method that waits for a peer,
//! also a short one like [`Engine::inspect_image`], asks the callback whether to go on: so one argument serves all of
//! them, in Rust and in C alike.
//!
//! TLS is spoken by rustls on our own sockets and not through ureq, which brings a list of authorities with it; what the
//! system believes is read when the first certificate is to be judged. The credentials lie above the call, because a
//! credential helper is waited for with the call's cancel and heartbeat.
//!
//! # Waiting and stopping
//!
//! A socket is never waited for longer than 250 ms at a time. Between two waits the [`Cancel`] flag and the deadline
//! are looked at, and the progress callback gets a record of [`Phase::Waiting`], which it can answer with
//! [`ControlFlow::Break`](std::ops::ControlFlow::Break). [`Cancel::cancel`] also interrupts a wait that has begun; only
//! an engine that is to answer is told to stop, and listened to for at most a second until it has, because what it did
//! afterwards would be found by nobody. After a stop, what the operation had set up for itself is tidied up for at most
//! 2 seconds.
//!
//! Transfers have no time limit as long as they move ([`Limits`]). An engine may be silent for minutes while it
//! unpacks, so after 60 seconds of silence it is asked on a second connection whether it still lives, and the call
//! ends with [`ErrorKind::Timeout`] when it does not answer within 10 seconds.
//!
//! What a registry may answer otherwise the next time is tried again with growing pauses ([`RetryPolicy`]); a login that
//! was refused is not. Downloads go on where they broke, uploads where the registry keeps them.
//!
//! # Copies
//!
//! [`copy()`] moves blobs on threads of its own, which have ended when it returns; progress, credentials and every other
//! function of the caller run on the caller's thread. Only missing blobs move: what a registry has in another
//! repository is mounted, a download that was cut goes on in a part of a file beside the layout, an upload where the
//! registry keeps it. A name is given last, so that whoever looks finds the old image or the whole new one, also when
//! the program is killed.
//!
//! An engine gives an image as one stream, so a copy from one keeps it in a file without a name in `TMPDIR`, or else
//! `/tmp`. Archives are read where they lie, unless they are compressed as a whole. Memory does not grow with the image:
//! 4 blobs at the same time take less than 32 MiB.
//!
//! What a copy changes, unless [`keep_digests`](CopyOptions::keep_digests) is set: layers from engines and
//! `docker save` archives that are no more than tars are compressed ([`CopyOptions::compression`]), and Docker's media
//! types become OCI's in layouts, where skopeo and podman do not see others. dockerd from 25 on writes manifests into its
//! archives also where its store has none; their layers are tars, and are compressed like others. dockerd 20.10 loads no
//! layers in zstd.
//!
//! # Direct pushes
//!
//! dockerd compresses each layer on one core, sends it in one request, and begins again when that breaks. A push that goes
//! around it ([`PushVia`]) reads the image's archive from the engine once, as a stream. Each layer is compressed on all
//! cores. One that has up to 6 MiB then is held while the next one is read, and goes out beside it in one request, with its
//! digest known; a larger one goes out while it is compressed, or is held in a file
//! ([`spool_dir`](PushImageOptions::spool_dir)). An engine cannot be asked for one layer, so large layers whose upload
//! breaks are taken from a second archive, in windows of 4 MiB over a connection each, which passes almost anywhere.
//!
//! How layers of an archive are recognised before they are read, so that those in the
//! [`layer_cache`](PushImageOptions::layer_cache) are passed over: podman and Docker from 25 on name them by digest, and
//! the folders of older ones are named by a digest that commits to the layer.
//!
//! [`PushVia::Auto`] compares two times: dockerd's compression of what the registry lacks, against the engine's archive,
//! which has all layers and is written to a disk first. The containerd store keeps layers compressed, so it pushes itself.
//! Why it is zlib-rs that compresses, and what the others would give and cost, is in `src/compress/measured.md`.
//!
//! # Credentials
//!
//! [`Credentials`] says where they come from: given by the program, by its callback, or found where the docker command
//! and podman keep their logins ([`Credentials::from_env`]), credential helpers included. [`Engine::from_env`] uses the
//! latter for what the engine does; a [`Registry`] and [`Images`] use what their options have.
//!
//! A [`Config`] gives names to registries, and a login to each of those, which may change while a program runs
//! ([`Token`]).
//!
//! The environment and configuration files are read only by what says so in its name or documentation.
//!
//! # Errors
//!
//! There is one [`Error`]; [`Error::kind`] is what programs branch on, [`Error::report`] what they print, and
//! [`Error::context`] and [`Error::answer`] hold the details as data.
//!
//! # Logging
//!
//! The library prints nothing. It uses the `log` crate under targets that begin with `imgferry`, and its records hold
//! no secrets. Records of the target `ureq` can hold signed URLs and headers: filter them out.
//!
//! # Trust
//!
//! TLS peers are believed when an authority of the system vouches for them, or one that is given
//! ([`RegistryOptions`], [`EngineTls`]). The system's are read when the first certificate is to be judged, from the
//! usual places or from those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Besides the constructors that say so, and
//! `PATH` for the program `ssh`, this is the only look at the environment.
//!
//! # Features and size
//!
//! The shared library for C, with everything and without its names of functions (`strip`), has 4.8 MB on x86-64. What a
//! program does not need may be left out (Cargo features; a Rust program carries what it uses in any case):
//!
//! | feature | costs | without it |
//! | --- | --- | --- |
//! | `tls` | 1.04 MB | whatever needs TLS is refused; Unix sockets, SSH and plain HTTP are left |
//! | `zstd` | 0.55 MB | layers in zstd are moved as they are, but neither made nor read |
//! | `capi` | | there are no C functions, for Rust programs |
//! | `c-library` | | not for Rust programs: it leaves records of the level `trace` out of the whole program, which `ureq` makes of every 16 bytes |
//!
//! What needs something that was left out fails with [`ErrorKind::Unsupported`]. The rest is 3.2 MB: about 1.6 MB of
//! imgferry itself, 0.6 MB of Rust's library (0.17 MB of it only print a panic's backtrace), 0.36 MB to unwind after a panic
//! (which is an error in C, never the end of the program), and 0.1 MB or less each of `ureq`, gzip, URLs, JSON and tables.
//! Engines, registries and copies are no features: each uses most of what the others do.
//!
//! # The static library
//!
//! `libimgferry.a` as cargo makes it shows all symbols of Rust and of zstd. A program that links a second static library
//! made by Rust does not link then ("multiple definition"), and one that links another `libzstd.a`, like Debian's, gets
//! functions of both versions mixed without a word (both measured). The one that `CMakeLists.txt` installs shows the
//! functions of the header only, and goes together with both; each library made by Rust then has its own allocator and
//! its own panics. `cmake/hide_symbols.cmake` does the same to any other.
//!
//! # Speed
//!
#![doc = include_str!("speed.md")]
//!
//! ## Why it is not always as fast as was wanted
//!
//! - What the engine does by itself (save, load, push, pull) takes as long whoever asks for it. Runs of one client are 5 to
//!   10 % apart here, and so are those from C and from Rust, which are the same code.
//! - A direct push of `big` waits for the engine: dockerd is silent for 2 s, in which it writes and hashes the whole image
//!   on one core. From then on both cores are busy until the last byte, for 3 s (processor seconds in all: dockerd 3.4,
//!   imgferry 1 to 2, docker-registry 1.3).
//! - For 100 lists over one handle curl throws away what it fetches. Reading a name, checking it, looking whether it came
//!   before and handing it to C takes 0.2 µs of the processor, a third of it in the allocator.
//! - What the shared library is made of stands above, in "Features and size".
//!
//! # Testing programs that use it
//!
//! There is no scripted engine or registry for the tests of others: what such a one answers is what its author thinks
//! that Docker does, and most faults that this library knows were found where Docker does otherwise. The real ones are
//! small: `tests/support/part` is a shell script by itself that starts dockerd, podman, docker-registry or nginx on a
//! socket, folder and port of its own, says where it is once it answers, and stops it when its input is closed. A program
//! sees that something goes wrong on the way by a port on which nobody listens, a stopped process (`kill -STOP`), a
//! deadline, and a [`Cancel`].
//!
//! # Dependencies
//!
//! | crate | for |
//! | --- | --- |
//! | `ureq` | HTTP/1.1; pinned to a minor version, because its transport traits may change in the next |
//! | `rustls` (with `ring`) | TLS (feature `tls`); not through `ureq`, which brings a list of authorities with it and panics at a key that does not fit its certificate |
//! | `rustls-native-certs` | finding the certificate authorities of the system; by the makers of rustls, and what hyper-rustls and tonic use |
//! | `socket2` | making a TCP connection that can be left while it is being made, which std's cannot |
//! | `scoped-tls-hkt` | finding the call that a socket serves, without unsafe code and without owning the caller's callback |
//! | `serde`, `serde_json` | the documents of engines and registries |
//! | `sha2` | SHA-256 and its kin with the processor's instructions |
//! | `flate2` (with `zlib-rs`) | gzip in archives and layers, without C code (others: `src/compress/measured.md`) |
//! | `zstd` | the same for zstd (feature `zstd`); it is the format's own library, in C |
//! | `tar` | the fields of headers in tar archives, in all their dialects; the rest of it reads descriptions without limit |
//! | `httpdate` | `Retry-After` when it is a date |
//! | `libc` | asking a socket without waiting, and memory that a forked child finds empty; `socket2` and `ring` bring it in any case |
//! | `base64`, `url`, `thiserror`, `log` | what their names say |
//!
//! The least compiler is Rust 1.90: with an older one, writing to a Unix socket that the engine has closed raises
//! SIGPIPE, which kills a C program that uses this library (measured).

// These are for the library only: tests and examples print, and share helpers that are `pub` in no crate.
#![warn(missing_docs, unreachable_pub)]
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

#[cfg(windows)]
compile_error!("imgferry speaks to engines over Unix sockets, which this system does not have");

mod bounded_file;
mod call;
mod compress;
mod copy;
mod credentials;
mod digest;
mod docker_config;
mod engine;
mod environment;
mod error;
#[cfg(feature = "capi")]
#[expect(unsafe_code, reason = "the only room that speaks C")]
pub mod ffi;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzed;
mod grammar;
mod http;
mod images;
mod json_object;
mod nameless_file;
mod naming;
mod oci;
mod part_file;
mod progress;
mod reference;
mod registry;
mod store;
mod workers;

pub use call::{Call, Cancel, Limits};
pub use compress::LayerCompression;
pub use copy::{
    Copied, CopyOptions, Deleted, Inspected, InspectedImage, ListedImage, Place, PlaceOptions,
    Platforms, copy,
};
pub use credentials::{Credential, Credentials};
pub use digest::Digest;
pub use engine::{
    ArchiveOptions, DistributionDetails, Engine, EngineOptions, EngineTls, HistoryEntry,
    ImageArchive, ImageDetails, ImageSummary, ImportOptions, ImportSource, Imported,
    InspectOptions, ListOptions, LoadOptions, Loaded, Pruned, PullOptions, Pulled, PulledTag,
    PushOptions, Pushed, PushedTag, RemoveOptions, Removed, SearchOptions, SearchResult,
};
pub use error::{Answer, Context, Error, ErrorKind, Result};
pub use http::Proxy;
pub use images::{
    Cluster, Config, Images, PullImageOptions, PulledImage, PushImageOptions, PushVia, PushedImage,
    PushedVia, Token,
};
pub use naming::{LocalImage, Parser, RemoteImage, Tag, TagOption};
pub use oci::{
    Descriptor, ImageConfig, ImageIndex, ImageManifest, Manifest, ManifestContent, Platform,
};
pub use progress::{
    ImageProgressPull, ImageProgressPush, ImageProgressStep, Phase, Progress, Unit,
};
pub use reference::Reference;
pub use registry::{
    BlobOptions, BlobReader, BlobSource, ImagePlatform, ImageSize, ManifestHead, Mirror, Names,
    PlatformSize, RateLimit, ReadSeek, Registry, RegistryOptions, RetryPolicy, TagInfo,
    UploadOptions, UploadWay, UploadedBlob,
};
