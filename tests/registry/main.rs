//! What a program does with a registry.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod answers;
mod attached;
mod blobs;
mod downloads;
mod environment;
mod judged;
mod login;
mod manifests;
mod many;
mod mirrors;
mod proxies;
mod real;
mod tags;
mod trust;
mod uploads;

use std::fmt;

use imgferry::{Credential, Credentials, Error, ErrorKind, Reference, Registry, RegistryOptions};
use support::{Scripted, respond};

fn connect(host: &str, credential: Credential) -> Registry {
    connect_with(host, Credentials::default().with(host, credential))
}

fn connect_with(host: &str, credentials: Credentials) -> Registry {
    let options = RegistryOptions {
        credentials,
        ..RegistryOptions::default()
    };
    Registry::new(host, &options).expect("a handle")
}

fn user(name: &str, password: &str) -> Credential {
    Credential::Basic {
        username: name.into(),
        password: password.into(),
    }
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).expect("a reference")
}

/// The image that scripts are about.
fn scripted_image(server: &Scripted) -> Reference {
    reference(&format!("{}/a:1", server.host()))
}

fn kind<T: fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.expect_err("it should not work").kind()
}

fn error_answer(status: u16, code: &str) -> String {
    let body = format!(r#"{{"errors":[{{"code":"{code}","message":"scripted"}}]}}"#);
    respond(status, &[], &body)
}
