//! Mounting a blob of another repository (the distribution specification, "Mounting a blob from another repository").

use super::Registry;
use super::blobs::digest_of;
use super::scopes::Scopes;
use super::send::Order;
use super::session::Session;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::reference::Reference;

/// What became of asking for a mount.
pub(super) enum Mount {
    Done,
    No,
    /// The registry does not mount, and has opened an upload.
    Session(Session),
}

impl Registry {
    /// Makes a blob of one repository available in another one of the same registry, without sending it. `blob` names
    /// it as `repository@digest`, where it shall be. `false` says that the registry did not do it, because it cannot,
    /// or because it does not have it there for this account.
    ///
    /// `POST /v2/<name>/blobs/uploads/?mount=<digest>&from=<other name>`.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when `from` is not the name of a repository, and
    /// [`Connect`](crate::ErrorKind::Connect) and its kin when nothing answers. A refusal is none: it is `false`.
    pub fn mount_blob(&self, blob: &Reference, from: &str, call: &mut Call<'_>) -> Result<bool> {
        let call = &mut *call.enter("mount_blob", blob);
        self.check(blob)?;
        let digest = digest_of(blob)?;
        let from = self.own_repository("from", from)?;
        match self.mount(blob.path(), digest, &from, call)? {
            Mount::Done => Ok(true),
            Mount::No => Ok(false),
            Mount::Session(session) => {
                self.leave(session, call)?;
                Ok(false)
            }
        }
    }

    /// The path of a repository of this registry.
    pub(super) fn own_repository(&self, argument: &'static str, path: &str) -> Result<String> {
        let reference = Reference::parse(&format!("{}/{path}", self.host()))?;
        match reference.path() == path || self.host() == "docker.io" {
            true => Ok(reference.path().to_owned()),
            false => Err(Error::InvalidArgument {
                argument,
                reason: format!("{path:?} is not the name of a repository"),
            }),
        }
    }

    pub(super) fn mount(
        &self,
        repository: &str,
        digest: &Digest,
        from: &str,
        call: &mut Call<'_>,
    ) -> Result<Mount> {
        if from == repository {
            return Ok(Mount::No);
        }
        let mut url = self.uploads(repository, call)?;
        url.query_pairs_mut()
            .append_pair("mount", digest.as_str())
            .append_pair("from", from);
        let scopes = Scopes::push(repository);
        let both = scopes.clone().and(&Scopes::pull(from));
        let answer = match self.send(&Order::new(Method::Post, url.clone(), both), call) {
            Ok(answer) => answer,
            // What is wrong with mounting need not be wrong with uploading.
            Err(error) if error.answer().is_some() => {
                log::debug!("mounting {digest} from {from}: {error}");
                return Ok(Mount::No);
            }
            Err(error) => return Err(error),
        };
        match answer.status {
            201 => Ok(Mount::Done),
            202 => Session::opened(&url, &scopes, &answer, call).map(Mount::Session),
            status => {
                log::debug!("mounting {digest} from {from}: {status}");
                Ok(Mount::No)
            }
        }
    }
}
