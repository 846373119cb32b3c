//! What to present to which registry.
//!
//! Nothing here prints or serialises a secret, except for the header that an engine wants.

mod engine_header;
mod explicit;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod helper;
mod places;
mod registry_name;
mod stored;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::call::Call;
use crate::environment::Environment;
use crate::error::Result;
use explicit::Explicit;
use helper::Helpers;
use places::{Place, Search};
use registry_name::{Wanted, host_key};

pub(crate) use engine_header::registry_auth;
pub(crate) use places::First;

/// What proves to a registry who asks.
///
/// Its `Debug` shows the kind and the user, never a secret.
#[non_exhaustive]
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: what everybody may do.
    #[default]
    Anonymous,
    /// A user with a password, or with an access token in its place.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: String,
    },
    /// A long-lived token that is exchanged for short-lived ones, as logging in to Azure's registry gives it.
    IdentityToken {
        /// The user, for registries that take the token only as a password; may be empty.
        username: String,
        /// The token.
        token: String,
    },
    /// A token that is presented to the registry as it is.
    Bearer {
        /// The token.
        token: String,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, username) = match self {
            Credential::Anonymous => return f.write_str("Anonymous"),
            Credential::Basic { username, .. } => ("Basic", Some(username)),
            Credential::IdentityToken { username, .. } => ("IdentityToken", Some(username)),
            Credential::Bearer { .. } => ("Bearer", None),
        };
        let mut shown = f.debug_struct(kind);
        if let Some(username) = username {
            shown.field("username", username);
        }
        shown.finish_non_exhaustive()
    }
}

/// Where credentials come from. The default has none: everything is asked anonymously.
///
/// They are looked for in this order, and the first that is found is used:
///
/// 1. what was given for the registry ([`with`](Credentials::with));
/// 2. the login of the cluster that has the registry ([`Config`](crate::Config));
/// 3. what the callback gives ([`with_callback`](Credentials::with_callback));
/// 4. the named files ([`with_config_file`](Credentials::with_config_file));
/// 5. what the environment leads to ([`from_env`](Credentials::from_env)).
///
/// Tokens of clusters, callback, files and credential helpers are asked when a credential is needed, so a later login is seen. A
/// [`Registry`](crate::Registry) keeps what it got until the registry refuses it.
///
/// ```
/// use imgferry::{Credential, Credentials};
///
/// let credentials = Credentials::default().with(
///     "registry.example:5000",
///     Credential::Basic { username: "me".into(), password: "secret".into() },
/// );
/// assert!(!format!("{credentials:?}").contains("secret"));
/// ```
#[derive(Clone, Default)]
pub struct Credentials {
    explicit: BTreeMap<String, Explicit>,
    callback: Option<Arc<Callback>>,
    places: Vec<Place>,
    helpers: Helpers,
    strict: bool,
}

type Callback = dyn Fn(&str, &str) -> Result<Option<Credential>> + Send + Sync;

impl Credentials {
    /// The logins of the docker command and of podman, where they keep them:
    ///
    /// 1. `DOCKER_AUTH_CONFIG`, which is itself a text in the form of docker's `config.json`;
    /// 2. docker's `config.json` (`DOCKER_CONFIG`, or `.docker` below `HOME`);
    /// 3. podman's `auth.json`: `REGISTRY_AUTH_FILE`, or else `containers/auth.json` below `XDG_RUNTIME_DIR` (without
    ///    that, `/run/containers/<uid>/auth.json`), then below `XDG_CONFIG_HOME` or `~/.config`. When
    ///    `REGISTRY_AUTH_FILE` is set it is the first of all;
    /// 4. `~/.dockercfg`.
    ///
    /// In each, the credential helper for the registry (`credHelpers`, or else `credsStore`) comes before `auths`. The
    /// program `docker-credential-<name>` is looked for in `PATH`, and has 30 seconds to answer. Its streams are
    /// sockets, so it cannot open `/dev/stdin` and the like by name.
    ///
    /// The variables are read now; the files, and the helpers that they name, when a credential is needed. What is not
    /// there is passed over. What is broken is a warning (in the log, and in the result of a push or pull), and the next
    /// place is asked; see [`strict`](Credentials::strict).
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when `DOCKER_AUTH_CONFIG` is not UTF-8.
    pub fn from_env() -> Result<Credentials> {
        Credentials::found(&Environment::OF_PROCESS, First::Docker)
    }

    /// [`from_env`](Credentials::from_env) for any environment and either order.
    pub(crate) fn found(environment: &Environment<'_>, first: First) -> Result<Credentials> {
        Ok(Credentials {
            places: places::found(environment, first)?,
            helpers: Helpers::in_path(environment.get("PATH")),
            ..Credentials::default()
        })
    }

    /// Presents `credential` to the registry `host`, and to no other: a port must match exactly. A URL stands for
    /// its host, and every name of Docker Hub for Docker Hub. A second credential for the same host replaces the
    /// first.
    pub fn with(mut self, host: &str, credential: Credential) -> Credentials {
        let given = Explicit::Given(credential);
        self.explicit.insert(host_key(host), given);
        self
    }

    /// Presents what `make` makes to the registry `host`, and to no other, as [`with`](Credentials::with) does; what is
    /// known for that host already stays. It is made whenever a credential is needed, on the thread that makes the
    /// call; an error ends the call.
    pub(crate) fn with_made(
        mut self,
        host: &str,
        make: impl Fn() -> Result<Credential> + Send + Sync + 'static,
    ) -> Credentials {
        let known = self.explicit.entry(host_key(host));
        known.or_insert_with(|| Explicit::Made(Arc::new(make)));
        self
    }

    /// Asks `callback` for the credential of a registry. Its arguments are the host as references name it (`docker.io`,
    /// `registry.example:5000`) and the repository in it (`library/busybox`), which is empty for what concerns no single
    /// one. `None` is to look further; an error ends the call that needs the credential. A second callback replaces the
    /// first.
    ///
    /// It is called only on a thread that makes a call, possibly on several at the same time, and no lock is held
    /// meanwhile. It must not use the registry handle that it is asked for
    /// ([`InvalidState`](crate::ErrorKind::InvalidState)).
    pub fn with_callback(
        mut self,
        callback: impl Fn(&str, &str) -> Result<Option<Credential>> + Send + Sync + 'static,
    ) -> Credentials {
        self.callback = Some(Arc::new(callback));
        self
    }

    /// Looks into a file in the form of docker's `config.json`, after the files that were named before. A file that is
    /// not there or is broken ends the call that needs a credential, with
    /// [`Credentials`](crate::ErrorKind::Credentials).
    ///
    /// The credential helpers that it names are looked for in `PATH`.
    pub fn with_config_file(mut self, path: impl Into<PathBuf>) -> Credentials {
        let is_named = |place: &Place| matches!(place, Place::Named(_));
        let at = self.places.iter().take_while(|place| is_named(place));
        self.places.insert(at.count(), Place::Named(path.into()));
        if !self.helpers.have_path() {
            self.helpers = Helpers::in_path(Environment::OF_PROCESS.get("PATH"));
        }
        self
    }

    /// Makes a file that is broken and a credential helper that fails end the call that needs a credential, with
    /// [`Credentials`](crate::ErrorKind::Credentials). Otherwise they are warnings, and the next place is asked, in the
    /// end anonymously.
    pub fn strict(mut self) -> Credentials {
        self.strict = true;
        self
    }

    /// What to present to the registry `host` for `repository`; anonymous where nothing is found.
    pub(crate) fn resolve(
        &self,
        host: &str,
        repository: &str,
        call: &mut Call<'_>,
    ) -> Result<Credential> {
        let found = self.find(host, repository, call)?;
        Ok(found.unwrap_or(Credential::Anonymous))
    }

    /// The same, where it matters whether anything was found.
    pub(crate) fn find(
        &self,
        host: &str,
        repository: &str,
        call: &mut Call<'_>,
    ) -> Result<Option<Credential>> {
        if let Some(explicit) = self.explicit.get(&host_key(host)) {
            return explicit.credential().map(Some);
        }
        if let Some(callback) = self.callback.clone() {
            let (host, repository) = (host.to_owned(), repository.to_owned());
            let given = call.at_home(move || callback(&host, &repository))?;
            if let Some(credential) = given? {
                return Ok(Some(credential));
            }
        }
        let mut search = Search {
            wanted: Wanted::new(host, repository),
            helpers: &self.helpers,
            strict: self.strict,
            call,
        };
        for place in &self.places {
            if let Some(credential) = search.look_into(place)? {
                return Ok(Some(credential));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("explicit", &self.explicit)
            .field("callback", &self.callback.is_some())
            .field("places", &self.places)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::environment::testing::{Folder, with_variables};
    use crate::error::{Error, ErrorKind};

    fn user(name: &str) -> Credential {
        Credential::Basic {
            username: name.into(),
            password: "pass-word".into(),
        }
    }

    fn resolve(credentials: &Credentials, host: &str) -> Credential {
        credentials
            .resolve(host, "team/app", &mut Call::new())
            .expect("nothing fails")
    }

    #[test]
    fn a_credential_goes_to_its_own_host_only() {
        let credentials = Credentials::default().with("example.com", user("a"));
        assert_eq!(resolve(&credentials, "EXAMPLE.com"), user("a"));
        for other in ["example.com:5000", "sub.example.com", "example.org", ""] {
            assert_eq!(
                resolve(&credentials, other),
                Credential::Anonymous,
                "{other}"
            );
        }
    }

    #[test]
    fn a_credential_that_is_made_is_made_each_time_and_what_was_given_wins() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let make = move || Ok(user(&counted.fetch_add(1, Ordering::SeqCst).to_string()));
        let credentials = Credentials::default()
            .with("given.example", user("given"))
            .with_made("given.example", || panic!("nobody asks for it"))
            .with_made("made.example:5000", make)
            .with_callback(|_, _| Ok(Some(user("callback"))));
        assert_eq!(resolve(&credentials, "given.example"), user("given"));
        assert_eq!(made.load(Ordering::SeqCst), 0);
        assert_eq!(resolve(&credentials, "made.example:5000"), user("0"));
        assert_eq!(resolve(&credentials, "Made.example:5000"), user("1"));
        assert_eq!(resolve(&credentials, "made.example"), user("callback"));

        let given_later = credentials.with("made.example:5000", user("later"));
        assert_eq!(resolve(&given_later, "made.example:5000"), user("later"));
    }

    #[test]
    fn a_credential_that_cannot_be_made_ends_the_call() {
        let fails = || Err(Error::InvalidState("no token".into()));
        let credentials = Credentials::default().with_made("h", fails);
        let result = credentials.resolve("h", "team/app", &mut Call::new());
        assert_eq!(result.expect_err("no token").to_string(), "no token");
    }

    #[test]
    fn docker_hub_is_one_registry_under_all_its_names() {
        for name in [
            "docker.io",
            "index.docker.io",
            "registry-1.docker.io",
            "https://index.docker.io/v1/",
        ] {
            let credentials = Credentials::default().with(name, user("hub"));
            assert_eq!(resolve(&credentials, "docker.io"), user("hub"), "{name}");
        }
    }

    /// The credentials of an environment whose places are all in one folder.
    fn found_in(folder: &Folder, more: &[(&str, &str)]) -> Credentials {
        let below = |name: &str| format!("{}/{name}", folder.text());
        let [home, docker, runtime, config] = ["home", "docker", "runtime", "config"].map(below);
        let mut variables = vec![
            ("HOME", home.as_str()),
            ("DOCKER_CONFIG", docker.as_str()),
            ("XDG_RUNTIME_DIR", runtime.as_str()),
            ("XDG_CONFIG_HOME", config.as_str()),
            ("PATH", folder.text()),
        ];
        variables.extend(more);
        with_variables(&variables, |environment| {
            Credentials::found(environment, First::Docker)
        })
        .expect("an environment")
    }

    /// A file in which `h` belongs to this user.
    fn file_for(name: &str) -> String {
        format!(r#"{{"auths":{}}}"#, entries_for(name))
    }

    fn entries_for(name: &str) -> String {
        format!(r#"{{"h":{{"username":"{name}","password":"pass-word"}}}}"#)
    }

    #[test]
    fn places_are_asked_in_their_order_and_when_they_are_needed() {
        let folder = Folder::new("places");
        let text = file_for("text");
        let credentials = found_in(&folder, &[]);
        let with_text = found_in(&folder, &[("DOCKER_AUTH_CONFIG", &text)]);
        assert_eq!(resolve(&credentials, "h"), Credential::Anonymous);
        folder.write("home/.dockercfg", &entries_for("legacy"));
        assert_eq!(resolve(&credentials, "h"), user("legacy"));
        for (path, name) in [
            ("config/containers/auth.json", "config"),
            ("runtime/containers/auth.json", "runtime"),
            ("docker/config.json", "docker"),
        ] {
            folder.write(path, &file_for(name));
            assert_eq!(resolve(&credentials, "h"), user(name), "{path}");
        }
        assert_eq!(resolve(&with_text, "h"), user("text"));

        let named = folder.write("named.json", &file_for("named"));
        let with_file = with_text.clone().with_config_file(&named);
        assert_eq!(resolve(&with_file, "h"), user("named"));
        let second = folder.write("second.json", &file_for("second"));
        let with_files = with_file.with_config_file(&second);
        assert_eq!(resolve(&with_files, "h"), user("named"));

        let with_callback = with_files.with_callback(|host, repository| {
            assert_eq!((host, repository), ("h", "team/app"));
            Ok(Some(user("callback")))
        });
        assert_eq!(resolve(&with_callback, "h"), user("callback"));
        let silent = with_callback.with_callback(|_, _| Ok(None));
        assert_eq!(resolve(&silent, "h"), user("named"));
        let explicit = silent.with("h", Credential::Anonymous);
        assert_eq!(resolve(&explicit, "h"), Credential::Anonymous);
    }

    #[test]
    fn podmans_file_comes_first_when_it_is_named_or_the_engine_is_podmans() {
        let folder = Folder::new("podman");
        folder.write("docker/config.json", &file_for("docker"));
        folder.write("runtime/containers/auth.json", &file_for("runtime"));
        let named = folder.write("own.json", &file_for("own"));
        let named = named.to_str().expect("UTF-8");
        let credentials = found_in(&folder, &[("REGISTRY_AUTH_FILE", named)]);
        assert_eq!(resolve(&credentials, "h"), user("own"));

        let docker = format!("{}/docker", folder.text());
        let runtime = format!("{}/runtime", folder.text());
        let variables = [
            ("DOCKER_CONFIG", docker.as_str()),
            ("XDG_RUNTIME_DIR", runtime.as_str()),
        ];
        let podman = with_variables(&variables, |environment| {
            Credentials::found(environment, First::Podman)
        });
        assert_eq!(resolve(&podman.expect("podman's"), "h"), user("runtime"));
    }

    #[test]
    fn podmans_file_may_hold_logins_for_parts_of_a_registry() {
        let folder = Folder::new("parts");
        let auths =
            r#"{"auths":{"h":{"auth":"YTpwYXNzLXdvcmQ="},"h/team":{"auth":"YjpwYXNzLXdvcmQ="}}}"#;
        folder.write("runtime/containers/auth.json", auths);
        let credentials = found_in(&folder, &[]);
        let call = &mut Call::new();
        for (repository, name) in [("team/app", "b"), ("other", "a")] {
            let found = credentials.resolve("h", repository, call).expect("found");
            assert_eq!(found, user(name), "{repository}");
        }
    }

    #[test]
    fn a_helper_comes_before_the_file_that_names_it() {
        let folder = Folder::new("order");
        let helper = |name: &str, answer: &str| {
            folder.write_program(&format!("docker-credential-{name}"), answer);
        };
        let answer = |name| format!(r#"echo '{{"Username":"{name}","Secret":"pass-word"}}'"#);
        helper("own", &answer("own"));
        helper("all", &answer("all"));
        helper(
            "none",
            "echo credentials not found in native keychain; exit 1",
        );
        let config = |helpers: &str| {
            let auths = entries_for("file");
            let text = format!(r#"{{"auths":{auths},{helpers}}}"#);
            folder.write("docker/config.json", &text);
            resolve(&found_in(&folder, &[]), "h")
        };
        let own = r#""credHelpers":{"https://h/v1/":"own"},"credsStore":"all""#;
        assert_eq!(config(own), user("own"));
        assert_eq!(
            config(r#""credHelpers":{"g":"own"},"credsStore":"all""#),
            user("all")
        );
        for without in [
            r#""credHelpers":{"h":""},"credsStore":"all""#,
            r#""credsStore":"none""#,
        ] {
            assert_eq!(config(without), user("file"));
        }
    }

    /// What a search finds, what it warns of, and what it says when it is strict.
    fn troubled(credentials: &Credentials) -> (Credential, Vec<String>, Error) {
        let call = &mut Call::new();
        let call = &mut *call.enter("push", "h/team/app");
        let found = credentials
            .resolve("h", "team/app", call)
            .expect("warnings");
        let warnings = call.warnings().to_vec();
        let strict = credentials.clone().strict().resolve("h", "team/app", call);
        (found, warnings, strict.expect_err("strict"))
    }

    #[test]
    fn what_is_broken_is_a_warning_and_an_error_for_the_strict() {
        let folder = Folder::new("broken");
        folder.write("runtime/containers/auth.json", &file_for("podman"));
        for (broken, text, found) in [
            (r#"{"auths":{"h":{"auth":"pass-word"#, None, user("podman")),
            (
                r#"{"auths":{"h":{"auth":"pass-word"}}}"#,
                None,
                user("podman"),
            ),
            (r#"{"credsStore":"missing"}"#, None, user("podman")),
            ("{}", Some(r#"{"auths":["pass-word"]}"#), user("podman")),
        ] {
            folder.write("docker/config.json", broken);
            let text = text.map(|text| ("DOCKER_AUTH_CONFIG", text));
            let more: Vec<_> = text.into_iter().collect();
            let (credential, warnings, error) = troubled(&found_in(&folder, &more));
            assert_eq!(credential, found, "{broken}");
            assert_eq!(warnings.len(), 1, "{broken}: {warnings:?}");
            assert_eq!(error.kind(), ErrorKind::Credentials);
            assert_eq!(warnings, [error.to_string()]);
            let shown = format!("{error:?} {}", error.report());
            assert!(!shown.contains("pass-word"), "{shown}");
            assert!(shown.contains("credentials for h: "), "{shown}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_be_there_and_be_right() {
        let folder = Folder::new("named");
        let none = folder.path().join("none.json");
        let broken = folder.write("broken.json", "{");
        for path in [none, broken] {
            let credentials = Credentials::default().with_config_file(&path);
            let error = credentials.resolve("h", "", &mut Call::new());
            let error = error.expect_err("not usable");
            assert_eq!(error.kind(), ErrorKind::Credentials);
            assert!(error.to_string().contains(path.to_str().expect("UTF-8")));
        }
    }

    #[test]
    fn a_callback_that_fails_ends_the_call_with_its_own_error() {
        let credentials = Credentials::default()
            .with_callback(|_, _| Err(Error::InvalidState("the keyring is locked".into())));
        let error = credentials.resolve("h", "", &mut Call::new());
        assert_eq!(
            error.expect_err("locked").to_string(),
            "the keyring is locked"
        );
    }

    #[test]
    fn a_text_that_is_not_utf_8_is_refused_without_being_shown() {
        use std::os::unix::ffi::OsStringExt;
        let variable = |name: &str| {
            let text = b"pass-word \xff".to_vec();
            (name == "DOCKER_AUTH_CONFIG").then(|| std::ffi::OsString::from_vec(text))
        };
        let environment = Environment {
            variable: &variable,
        };
        let error = Credentials::found(&environment, First::Docker).expect_err("not UTF-8");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(!format!("{error:?}").contains("pass-word"), "{error:?}");
    }

    // case 37
    #[test]
    fn no_secret_is_shown() {
        let token = || "to-ken".to_owned();
        let all = [
            user("me"),
            Credential::IdentityToken {
                username: "me".into(),
                token: token(),
            },
            Credential::Bearer { token: token() },
        ];
        for credential in all {
            let given = Credentials::default().with("h", credential);
            let text = [(
                "DOCKER_AUTH_CONFIG",
                r#"{"auths":{"h":{"auth":"pass-word"}}}"#,
            )];
            let found = with_variables(&text, |environment| {
                Credentials::found(environment, First::Docker)
            });
            let shown = format!("{given:?} {found:?}");
            assert!(
                !shown.contains("pass-word") && !shown.contains("to-ken"),
                "{shown}"
            );
        }
    }
}
