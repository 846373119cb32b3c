//! `load_image`: an archive of images goes into the engine.

use std::io::Read;

use super::Engine;
use super::follow::follow;
use super::messages::Message;
use super::platform::platform_json;
use crate::call::Call;
use crate::error::Result;
use crate::http::{Method, Outgoing};
use crate::progress::Phase;

/// How an archive is loaded.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Asks the engine for no progress of its own.
    pub quiet: bool,
    /// Only these platforms, each as `os/arch[/variant]` (API 1.48, more than one API 1.52).
    pub platforms: Vec<String>,
}

/// What a load did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The names of the images that were loaded, as the engine prints them.
    pub names: Vec<String>,
    /// The IDs of loaded images that have no name.
    pub ids: Vec<String>,
    /// What the engine noted on the way, for instance that a name moved from another image.
    pub warnings: Vec<String>,
}

impl Engine {
    /// Loads the images of a `docker save` archive or an OCI layout in a tar, plain or compressed. The archive is
    /// read as it is sent, and never held whole.
    ///
    /// `POST /images/load`.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) when `archive` fails to read, [`NoSpace`](crate::ErrorKind::NoSpace) when the
    /// engine has no room, [`Engine`](crate::ErrorKind::Engine) when the archive is damaged or no archive.
    #[doc(alias = "load")]
    pub fn load_image(
        &self,
        archive: &mut dyn Read,
        options: &LoadOptions,
        call: &mut Call<'_>,
    ) -> Result<Loaded> {
        let LoadOptions { quiet, platforms } = options;
        let platforms = platforms.iter().map(|platform| platform_json(platform));
        let platforms = platforms.collect::<Result<Vec<_>>>()?;
        let call = &mut *call.enter("load_image", "");
        let mut request = self
            .shared
            .request(Method::Post, &["images", "load"], call)?;
        // An engine that is not asked is quiet.
        request
            .url
            .query_pairs_mut()
            .append_pair("quiet", if *quiet { "1" } else { "0" });
        self.shared.require_platforms(&platforms, call)?;
        request
            .url
            .query_pairs_mut()
            .extend_pairs(platforms.iter().map(|platform| ("platform", platform)));
        request
            .headers
            .push(("content-type", "application/x-tar".into()));
        request.body = Outgoing::stream(archive, None, Phase::Loading);
        let response = self.shared.send_patiently(request, call)?;
        let mut loaded = Loaded::default();
        let mut steps = follow(response, call, |message| loaded.note(message))?;
        steps.finish("", call)?;
        Ok(loaded)
    }
}

impl Loaded {
    fn note(&mut self, message: &Message<'_>) {
        let line = message.stream();
        if let Some(id) = line.strip_prefix("Loaded image ID: ") {
            self.ids.push(id.to_owned());
        } else if let Some(names) = line.strip_prefix("Loaded image: ") {
            // podman joins all names in one line.
            self.names.extend(names.split(',').map(str::to_owned));
        } else if !line.is_empty() {
            self.warnings.push(line.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ids_and_notes_are_told_apart() {
        let mut loaded = Loaded::default();
        for line in [
            r#"{"status":"Loading layer","progressDetail":{"current":1,"total":2},"id":"30619ee16bee"}"#,
            r#"{"stream":"Loaded image: demo/two:1\n"}"#,
            r#"{"stream":"The image demo/two:2 already exists, renaming the old one with ID sha256:8d to empty string\n"}"#,
            r#"{"stream":"Loaded image ID: sha256:8d6d\n"}"#,
            r#"{"stream":"Loaded image: localhost/a:1,localhost/a:2"}"#,
        ] {
            loaded.note(&serde_json::from_str(line).expect("a message"));
        }
        assert_eq!(
            loaded.names,
            ["demo/two:1", "localhost/a:1", "localhost/a:2"]
        );
        assert_eq!(loaded.ids, ["sha256:8d6d"]);
        assert_eq!(loaded.warnings.len(), 1);
    }
}
