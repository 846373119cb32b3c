//! Loads a `docker save` archive into the engine.
//!
//! ```text
//! cargo run --example load_archive -- ARCHIVE.tar
//! ```
//!
//! The engine is the one that `DOCKER_HOST` names; `-` reads standard input. Ctrl-C stops it.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::process::ExitCode;

use imgferry::{Call, Cancel, Engine, LoadOptions};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [path] = arguments.as_slice() else {
        eprintln!("usage: load_archive ARCHIVE.tar");
        return ExitCode::from(2);
    };
    let mut archive: Box<dyn Read> = match path.as_str() {
        "-" => Box::new(io::stdin()),
        path => match File::open(path) {
            Ok(file) => Box::new(file),
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        },
    };
    match load(&mut archive) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.report());
            ExitCode::FAILURE
        }
    }
}

fn load(archive: &mut dyn Read) -> imgferry::Result<()> {
    let cancel = Cancel::new();
    let on_interrupt = cancel.clone();
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
        eprintln!("Ctrl-C will end the program at once: {error}");
    }
    let call = &mut Call::new().cancel(&cancel);
    let loaded = Engine::from_env()?.load_image(archive, &LoadOptions::default(), call)?;
    for image in loaded.names.iter().chain(&loaded.ids) {
        println!("loaded {image}");
    }
    for warning in loaded.warnings {
        eprintln!("note: {warning}");
    }
    Ok(())
}
