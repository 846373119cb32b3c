//! The configuration that the environment leads to.

use std::path::Path;

use super::document::token_file;
use super::{Config, Unusable};
use crate::bounded_file::is_absent;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::images::token::Token;

impl Config {
    /// The configuration that the environment leads to: the file that `IMGFERRY_CONFIG` names; without that variable
    /// `imgferry/config.json` below `XDG_CONFIG_HOME` or `~/.config`, when it is there; else an empty configuration.
    ///
    /// `IMGFERRY_CLUSTER`, `IMGFERRY_ORG`, `IMGFERRY_PROJECT`, `IMGFERRY_USERNAME`, and `IMGFERRY_TOKEN` or
    /// `IMGFERRY_TOKEN_FILE` then take the place of what the file says is current, and of its user and token for all
    /// clusters; what a cluster has of its own stays. A relative `IMGFERRY_TOKEN_FILE` is relative to the working
    /// directory of now. An empty variable counts as none.
    ///
    /// # Errors
    /// As [`read`](Config::read); and [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when a variable is not
    /// UTF-8, or when both variables of the token are there.
    pub fn from_env() -> Result<Config> {
        Config::found(&Environment::OF_PROCESS)
    }

    /// [`from_env`](Config::from_env) for any environment.
    fn found(environment: &Environment<'_>) -> Result<Config> {
        let mut config = file(environment)?;
        for (field, variable) in [
            (&mut config.cluster_name, "IMGFERRY_CLUSTER"),
            (&mut config.org_name, "IMGFERRY_ORG"),
            (&mut config.project_name, "IMGFERRY_PROJECT"),
            (&mut config.username, "IMGFERRY_USERNAME"),
        ] {
            if let Some(text) = environment.text(variable)? {
                *field = Some(text);
            }
        }
        if let Some(token) = token(environment)? {
            config.token = Some(token);
        }
        Ok(config)
    }
}

/// What the file says, where there is one.
fn file(environment: &Environment<'_>) -> Result<Config> {
    if let Some(named) = environment.path("IMGFERRY_CONFIG") {
        let read = Config::read_file(&named);
        return read.map_err(|unusable| unusable.error("IMGFERRY_CONFIG", &named));
    }
    let Some(folder) = environment.config_folder() else {
        return Ok(Config::default());
    };
    let usual = folder.join("imgferry/config.json");
    match Config::read_file(&usual) {
        Err(Unusable::File(error)) if is_absent(&error) => Ok(Config::default()),
        read => read.map_err(|unusable| unusable.error("configuration", &usual)),
    }
}

fn token(environment: &Environment<'_>) -> Result<Option<Token>> {
    const FILE: &str = "IMGFERRY_TOKEN_FILE";
    let invalid = |reason| Error::InvalidArgument {
        argument: FILE,
        reason,
    };
    match (environment.text("IMGFERRY_TOKEN")?, environment.path(FILE)) {
        (Some(_), Some(_)) => Err(invalid("there is IMGFERRY_TOKEN, too".into())),
        (Some(token), None) => Ok(Some(Token::Value(token))),
        (None, Some(file)) => token_file(Path::new(""), &file).map(Some).map_err(invalid),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;
    use crate::environment::testing::{Folder, with_variables};
    use crate::error::ErrorKind;

    fn found(variables: &[(&str, &str)]) -> Result<Config> {
        with_variables(variables, Config::found)
    }

    /// The current project tells which file was read.
    fn project(variables: &[(&str, &str)]) -> Option<String> {
        found(variables).expect("a configuration").project_name
    }

    fn file_for(project: &str) -> String {
        format!(r#"{{"project_name":"{project}"}}"#)
    }

    #[test]
    fn the_file_that_is_named_comes_first_and_none_is_an_empty_configuration() {
        let folder = Folder::new("from-env");
        let (home, xdg) = (folder.text(), format!("{}/xdg", folder.text()));
        let home = ("HOME", home);
        let xdg = ("XDG_CONFIG_HOME", &*xdg);
        assert_eq!(project(&[]), None);
        assert_eq!(project(&[home, xdg]), None);
        folder.write(".config/imgferry/config.json", &file_for("home"));
        assert_eq!(project(&[home]).as_deref(), Some("home"));
        assert_eq!(project(&[home, xdg]), None);
        folder.write("xdg/imgferry/config.json", &file_for("xdg"));
        assert_eq!(project(&[home, xdg]).as_deref(), Some("xdg"));
        let named = folder.write("named.json", &file_for("named"));
        let named = ("IMGFERRY_CONFIG", named.to_str().expect("UTF-8"));
        assert_eq!(project(&[home, xdg, named]).as_deref(), Some("named"));
    }

    #[test]
    fn a_file_that_is_named_and_not_there_is_an_error() {
        let folder = Folder::new("from-env");
        folder.write(".config/imgferry/config.json", &file_for("home"));
        let absent = format!("{}/absent.json", folder.text());
        let variables = [("HOME", folder.text()), ("IMGFERRY_CONFIG", &absent)];
        let error = found(&variables).expect_err("no such file");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let text = error.to_string();
        assert!(text.contains("IMGFERRY_CONFIG"), "{text}");
        assert!(text.contains(&absent), "{text}");
    }

    #[test]
    fn a_usual_file_that_is_broken_is_an_error_and_not_passed_over() {
        let folder = Folder::new("from-env");
        let path = folder.write(".config/imgferry/config.json", r#"{"tokn":"s3cret"}"#);
        let error = found(&[("HOME", folder.text())]).expect_err("broken");
        let text = format!("{error} {error:?}");
        assert!(text.contains(path.to_str().expect("UTF-8")), "{text}");
        assert!(text.contains("tokn") && !text.contains("s3cret"), "{text}");
    }

    #[test]
    fn variables_take_the_place_of_what_the_file_says() {
        let folder = Folder::new("from-env");
        let file = folder.write(
            "config.json",
            r#"{"cluster_name":"a","org_name":"a","project_name":"a","username":"a","token":"a",
                "clusters":{"a":{"registry_url":"https://a.example","username":"own","token":"own"}}}"#,
        );
        let file = ("IMGFERRY_CONFIG", file.to_str().expect("UTF-8"));
        let config = found(&[
            file,
            ("IMGFERRY_CLUSTER", "b"),
            ("IMGFERRY_ORG", "c"),
            ("IMGFERRY_PROJECT", "d"),
            ("IMGFERRY_USERNAME", "e"),
            ("IMGFERRY_TOKEN", "f"),
        ]);
        let config = config.expect("a configuration");
        let now = [
            config.cluster_name,
            config.org_name,
            config.project_name,
            config.username,
        ];
        assert_eq!(now, ["b", "c", "d", "e"].map(|text| Some(text.to_owned())));
        assert!(matches!(config.token, Some(Token::Value(token)) if token == "f"));
        let own = &config.clusters["a"];
        assert_eq!(own.username.as_deref(), Some("own"));
        assert!(matches!(&own.token, Some(Token::Value(token)) if token == "own"));

        let unset = found(&[file, ("IMGFERRY_ORG", ""), ("IMGFERRY_TOKEN", "")]);
        let unset = unset.expect("a configuration");
        assert_eq!(unset.org_name.as_deref(), Some("a"));
        assert!(matches!(unset.token, Some(Token::Value(token)) if token == "a"));

        let with_file = found(&[file, ("IMGFERRY_TOKEN_FILE", "token")]);
        let here = std::env::current_dir().expect("a working directory");
        let token = with_file.expect("a configuration").token;
        assert!(matches!(token, Some(Token::File(file)) if file == here.join("token")));
    }

    #[test]
    fn two_tokens_are_one_too_many() {
        let both = [
            ("IMGFERRY_TOKEN", "s3cret"),
            ("IMGFERRY_TOKEN_FILE", "/run/token"),
        ];
        let error = found(&both).expect_err("two tokens");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let text = format!("{error} {error:?}");
        assert!(text.contains("IMGFERRY_TOKEN_FILE"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn a_variable_that_is_no_text_is_named_and_not_shown() {
        let variable = |name: &'static str| {
            (name == "IMGFERRY_TOKEN").then(|| OsString::from_vec(b"s3cret\xff".into()))
        };
        let error = Config::found(&Environment {
            variable: &variable,
        });
        let error = error.expect_err("not UTF-8");
        let text = format!("{error} {error:?}");
        assert!(text.contains("IMGFERRY_TOKEN"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}
