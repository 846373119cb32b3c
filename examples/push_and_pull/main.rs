//! Pushes a local image, looks at it in the registry, pulls it back and deletes it there.
//!
//! ```text
//! cargo run --example push_and_pull -- LOCAL-IMAGE REMOTE-IMAGE
//! ```
//!
//! The engine is the one that `DOCKER_HOST` names. `IMGFERRY_USER` and `IMGFERRY_PASSWORD` are for the registry; without
//! them, the logins of the docker command are used. Ctrl-C stops whatever is going on.

mod show;

use std::env;
use std::process::ExitCode;

use imgferry::{
    Call, Cancel, Credential, Credentials, Engine, Images, LocalImage, PullImageOptions,
    PushImageOptions, RegistryOptions, RemoteImage, RemoveOptions,
};
use show::Show;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [local, remote] = arguments.as_slice() else {
        eprintln!("usage: push_and_pull LOCAL-IMAGE REMOTE-IMAGE");
        return ExitCode::from(2);
    };
    let cancel = Cancel::new();
    let on_interrupt = cancel.clone();
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
        eprintln!("Ctrl-C will end the program at once: {error}");
    }
    match run(local, remote, &cancel) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.report());
            ExitCode::FAILURE
        }
    }
}

fn run(local: &str, remote: &str, cancel: &Cancel) -> imgferry::Result<()> {
    let local = LocalImage::parse(local)?;
    let remote = RemoteImage::parse(remote)?;
    let options = RegistryOptions {
        credentials: credentials_for(&remote)?,
        ..RegistryOptions::default()
    };
    let images = Images::new(Engine::from_env()?, &options);
    let mut show = Show::new();
    let call = &mut Call::new().progress(&mut show).cancel(cancel);

    let pushed = images.push(&local, Some(&remote), &PushImageOptions::default(), call)?;
    for warning in &pushed.warnings {
        eprintln!("note: {warning}");
    }
    let remote = pushed.image;
    println!("pushed {remote}");
    println!("digest {}", images.digest(&remote, call)?);
    println!("size   {} bytes", images.size(&remote, call)?.total);
    for tagged in images.tags(&remote, call)? {
        println!("tag    {tagged}");
    }

    let before = images
        .engine()
        .inspect_image(&local.to_string(), &Default::default(), call)?;
    images
        .engine()
        .remove_image(&local.to_string(), &RemoveOptions::default(), call)?;
    let pulled = images.pull(&remote, Some(&local), &PullImageOptions::default(), call)?;
    println!("pulled {} as {}", remote, pulled.image);
    println!("image ID before {}", before.id);
    println!("image ID after  {}", pulled.id);

    let deleted = images.rm(&remote, None, call)?;
    println!("deleted {deleted} from the registry");
    Ok(())
}

fn credentials_for(remote: &RemoteImage) -> imgferry::Result<Credentials> {
    match (env::var("IMGFERRY_USER"), env::var("IMGFERRY_PASSWORD")) {
        (Ok(username), Ok(password)) => Ok(Credentials::default().with(
            remote.reference().domain(),
            Credential::Basic { username, password },
        )),
        _ => Credentials::from_env(),
    }
}
