//! Copies an image from one place to another, and shows how far it is.
//!
//! ```text
//! cargo run --release --example copy -- docker://docker.io/library/alpine:3 oci:alpine:3
//! ```
//!
//! The places are `docker://HOST/PATH:TAG`, `docker-daemon:NAME:TAG` (the engine that `DOCKER_HOST` names),
//! `docker-archive:FILE[:NAME:TAG]`, `oci:FOLDER[:NAME]` and `oci-archive:FILE[:NAME]`. Logins and proxies are the
//! user's. Ctrl-C stops it; what has come stays, and the next run goes on from there.

use std::env;
use std::ops::ControlFlow;
use std::process::ExitCode;

use imgferry::{
    Call, Cancel, CopyOptions, Engine, ImageProgressStep, Phase, Place, PlaceOptions,
    RegistryOptions, copy,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [source, destination] = arguments.as_slice() else {
        eprintln!("usage: copy SOURCE DESTINATION");
        return ExitCode::from(2);
    };
    match run(source, destination) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.report());
            ExitCode::FAILURE
        }
    }
}

fn run(source: &str, destination: &str) -> imgferry::Result<()> {
    let options = PlaceOptions {
        engine: Some(Engine::from_env()?),
        registry: RegistryOptions::from_env()?,
    };
    let source = Place::parse(source, &options)?;
    let destination = Place::parse(destination, &options)?;

    let cancel = Cancel::new();
    let on_interrupt = cancel.clone();
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
        eprintln!("Ctrl-C will end the program at once: {error}");
    }
    let mut show = |step: &ImageProgressStep<'_>| {
        if matches!(step.phase, Phase::LayerDone | Phase::Exists) {
            println!("{}", step.message);
        }
        ControlFlow::Continue(())
    };
    let mut call = Call::new().cancel(&cancel).progress(&mut show);
    let copied = copy(&source, &destination, &CopyOptions::default(), &mut call)?;
    drop(call);

    for warning in &copied.warnings {
        eprintln!("note: {warning}");
    }
    if let Some(platform) = &copied.platform {
        println!("for {platform}");
    }
    println!("{destination} is {}", copied.digest);
    Ok(())
}
