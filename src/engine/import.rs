//! `import_image` and its kin: a root file system becomes an image.

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use super::Engine;
use super::follow::follow;
use super::messages::Message;
use super::name::no_digest;
use super::platform::platform_text;
use super::pull::{PullOptions, Pulled};
use crate::call::{Call, Reports};
use crate::digest::Digest;
use crate::error::{Context, Error, ErrorKind, Result};
use crate::http::{Method, Outgoing, Request};
use crate::progress::Phase;
use crate::reference::Reference;

/// What the new image is to be.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Its name, with or without a tag; without a name only its ID names it.
    pub repository: Option<String>,
    /// Its tag, in place of one in `repository`.
    pub tag: Option<String>,
    /// Dockerfile lines that set its configuration, such as `CMD ["/bin/sh"]` or `ENV a=b`.
    pub changes: Vec<String>,
    /// A note that its history keeps.
    pub message: Option<String>,
    /// Its platform, as `os[/arch[/variant]]` (API 1.32; engines before 23.0 do not look at the architecture).
    pub platform: Option<String>,
}

/// What an import made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The ID of the new image.
    pub id: String,
    /// What the engine noted on the way.
    pub warnings: Vec<String>,
}

/// Where a root file system comes from.
pub enum ImportSource<'s> {
    /// A URL (with `://`), which the engine reads, or the path of a tar file.
    Text(&'s str),
    /// A tar, plain or compressed.
    Data(&'s [u8]),
    /// A stream of a tar, plain or compressed.
    Stream(&'s mut dyn Read),
    /// An image in a registry, which is pulled; see
    /// [`import_image_from_image`](Engine::import_image_from_image).
    Image(&'s str),
}

impl fmt::Debug for ImportSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportSource::Text(text) => f.debug_tuple("Text").field(text).finish(),
            ImportSource::Data(data) => f.debug_tuple("Data").field(&data.len()).finish(),
            ImportSource::Stream(_) => f.write_str("Stream"),
            ImportSource::Image(image) => f.debug_tuple("Image").field(image).finish(),
        }
    }
}

impl Engine {
    /// Makes an image from a root file system, wherever that is.
    ///
    /// A text with `://` is a URL; any other is the path of a file, and a file that does not exist is an error (in
    /// docker-py it becomes a URL).
    ///
    /// # Errors
    /// As [`import_image_from_stream`](Engine::import_image_from_stream).
    #[doc(alias = "import")]
    pub fn import_image(
        &self,
        source: ImportSource<'_>,
        options: &ImportOptions,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        match source {
            ImportSource::Text(url) if url.contains("://") => {
                self.import_image_from_url(url, options, call)
            }
            ImportSource::Text(path) => self.import_image_from_file(Path::new(path), options, call),
            ImportSource::Data(data) => self.import_image_from_data(data, options, call),
            ImportSource::Stream(stream) => self.import_image_from_stream(stream, options, call),
            ImportSource::Image(image) => self.import_image_from_image(image, options, call),
        }
    }

    /// Makes an image from a tar in memory; see [`import_image_from_stream`](Engine::import_image_from_stream).
    ///
    /// # Errors
    /// As [`import_image_from_stream`](Engine::import_image_from_stream).
    pub fn import_image_from_data(
        &self,
        data: &[u8],
        options: &ImportOptions,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        self.import_tar(
            &mut Cursor::new(data),
            Some(data.len() as u64),
            options,
            call,
        )
    }

    /// Makes an image from a tar file; see [`import_image_from_stream`](Engine::import_image_from_stream).
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) when the file cannot be opened, before anything is sent; else as
    /// [`import_image_from_stream`](Engine::import_image_from_stream).
    pub fn import_image_from_file(
        &self,
        path: &Path,
        options: &ImportOptions,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (meta, mut file) = opened.map_err(|source| Error::Io {
            context: Box::new(Context {
                operation: "import_image",
                ..Context::default()
            }),
            action: format!("opening {}", path.display()),
            source,
        })?;
        // A pipe or a device has no length that means anything.
        let length = meta.is_file().then_some(meta.len());
        self.import_tar(&mut file, length, options, call)
    }

    /// Makes an image from the tar of a root file system, plain or compressed, read as it is sent.
    ///
    /// `POST /images/create?fromSrc=-`. When the import fails, a name that the engine gave too early is taken back.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) when `tar` fails to read,
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the engine does not accept a change or the name,
    /// [`Engine`](crate::ErrorKind::Engine) when it is no tar, [`NoSpace`](crate::ErrorKind::NoSpace).
    pub fn import_image_from_stream(
        &self,
        tar: &mut dyn Read,
        options: &ImportOptions,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        self.import_tar(tar, None, options, call)
    }

    fn import_tar(
        &self,
        tar: &mut dyn Read,
        length: Option<u64>,
        options: &ImportOptions,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        let name = options.name()?;
        let call = &mut *call.enter("import_image", name.as_ref().map_or("", Reference::as_str));
        let mut request = self.import_request("-", options, name.as_ref(), call)?;
        // Never the type of a form: podman would make an empty image of it and call that a success.
        request
            .headers
            .push(("content-type", "application/x-tar".into()));
        request.body = Outgoing::stream(tar, length, Phase::Importing);
        self.import(request, name.as_ref(), call)
    }

    /// Makes an image from a tar that the engine reads from `url`.
    ///
    /// `POST /images/create?fromSrc={url}`.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when it is no `http` or `https` URL; what the engine says
    /// when it cannot read it.
    pub fn import_image_from_url(
        &self,
        url: &str,
        options: &ImportOptions,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Error::InvalidArgument {
                argument: "url",
                reason: format!("{url:?} does not begin with http:// or https://"),
            });
        }
        let name = options.name()?;
        let call = &mut *call.enter("import_image", url);
        let request = self.import_request(url, options, name.as_ref(), call)?;
        self.import(request, name.as_ref(), call)
    }

    /// Pulls `image` and gives it the name in the options. It is what engines do when they are asked to import an
    /// image; they ignore `changes`, so those are refused here.
    ///
    /// # Errors
    /// As [`pull`](Engine::pull); [`Unsupported`](crate::ErrorKind::Unsupported) for changes or a message.
    pub fn import_image_from_image(
        &self,
        image: &str,
        options: &ImportOptions,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        let name = options.name()?;
        let call = &mut *call.enter("import_image", image);
        if !options.changes.is_empty() || options.message.is_some() {
            return Err(Error::Unsupported {
                context: call.context(self.endpoint(), ""),
                what: "engines ignore changes and a message when they import an image: build one instead".into(),
            });
        }
        let pull = PullOptions {
            platform: options.platform.clone(),
            ..PullOptions::default()
        };
        let Pulled {
            reference,
            warnings,
            digest,
            ..
        } = call.reporting(Reports::NoEnd, |call| self.pull(image, &pull, call))?;
        let id = self
            .inspect_image(reference.as_str(), &Default::default(), call)?
            .id;
        if let Some(name) = name {
            self.tag(&id, name.as_str(), None, call)?;
        }
        call.finish(digest.as_ref().map_or("", Digest::as_str))?;
        Ok(Imported { id, warnings })
    }

    fn import_request<'b>(
        &self,
        source: &str,
        options: &ImportOptions,
        name: Option<&Reference>,
        call: &mut Call<'_>,
    ) -> Result<Request<'b>> {
        let ImportOptions {
            repository: _,
            tag: _,
            changes,
            message,
            platform,
        } = options;
        let platform = platform.as_deref().map(platform_text).transpose()?;
        let mut request = self
            .shared
            .request(Method::Post, &["images", "create"], call)?;
        let mut query = request.url.query_pairs_mut();
        query.append_pair("fromSrc", source);
        if let Some(name) = name {
            // In one word, because podman before 4.6 does not look at `tag`.
            query.append_pair("repo", name.as_str());
        }
        if let Some(message) = message {
            query.append_pair("message", message);
        }
        query.extend_pairs(changes.iter().map(|change| ("changes", change)));
        if let Some(platform) = platform {
            self.shared
                .require("1.32", "a platform for an import", call)?;
            query.append_pair("platform", platform);
        }
        drop(query);
        Ok(request)
    }

    fn import(
        &self,
        request: Request<'_>,
        name: Option<&Reference>,
        call: &mut Call<'_>,
    ) -> Result<Imported> {
        let had_name = name.map(|name| self.id_of(name, call)).transpose()?;
        let imported = self.follow_import(request, call);
        match (imported, name, had_name) {
            (Err(error), Some(name), Some(None)) => Err(self.take_back(error, name, call)),
            (imported, _, _) => imported,
        }
    }

    fn follow_import(&self, request: Request<'_>, call: &mut Call<'_>) -> Result<Imported> {
        let response = self.shared.send_patiently(request, call)?;
        let mut imported = Imported::default();
        let mut steps = follow(response, call, |message| imported.note(message))?;
        if imported.id.is_empty() {
            return Err(Error::Protocol {
                context: call.context(self.endpoint(), "POST /images/create"),
                what: "the engine did not name the image that it made".into(),
            });
        }
        steps.finish(&imported.id, call)?;
        Ok(imported)
    }

    fn id_of(&self, name: &Reference, call: &mut Call<'_>) -> Result<Option<String>> {
        match self.inspect_image(name.as_str(), &Default::default(), call) {
            Ok(image) => Ok(Some(image.id)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Engines with the containerd store name the image before they have unpacked it (recorded on 29.7).
    fn take_back(&self, mut error: Error, name: &Reference, call: &mut Call<'_>) -> Error {
        let removed = call.clean_up(|call| match self.id_of(name, call)? {
            Some(_) => self
                .remove_image(name.as_str(), &Default::default(), call)
                .map(drop),
            None => Ok(()),
        });
        if let (Err(left), Some(context)) = (removed, error.context_mut()) {
            context.left_behind.push(format!(
                "perhaps the name {name} of an incomplete image: {left}"
            ));
        }
        error
    }
}

impl ImportOptions {
    /// The whole name of the new image.
    fn name(&self) -> Result<Option<Reference>> {
        match (&self.repository, &self.tag) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Error::InvalidArgument {
                argument: "tag",
                reason: "a tag needs a repository".into(),
            }),
            (Some(repository), tag) => {
                let name = Reference::parse(repository)?;
                no_digest(&name, "repository")?;
                name.with_tag(tag.as_deref().unwrap_or(name.tag_or_latest()))
                    .map(Some)
            }
        }
    }
}

impl Imported {
    fn note(&mut self, message: &Message<'_>) {
        let status = message.status();
        if status.starts_with("sha256:") {
            status.clone_into(&mut self.id);
        }
    }
}
