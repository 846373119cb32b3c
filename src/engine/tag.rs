//! `tag`: an image gets one more name.

use super::Engine;
use super::inspect::MAX_DOCUMENT;
use super::name::{image_name, no_digest};
use crate::call::Call;
use crate::error::Result;
use crate::http::Method;
use crate::reference::Reference;

impl Engine {
    /// Gives the image `image` (a reference or an ID) the name `repository` with `tag`; without a tag, the one in
    /// `repository`, or else `latest`. A name that another image had moves (docker-py's `force` changes nothing since
    /// API 1.24).
    ///
    /// `POST /images/{name}/tag`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the engine does not have the image,
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a name with a digest.
    pub fn tag(
        &self,
        image: &str,
        repository: &str,
        tag: Option<&str>,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let image = image_name(image)?;
        let name = Reference::parse(repository)?;
        no_digest(&name, "repository")?;
        let name = name.with_tag(tag.unwrap_or(name.tag_or_latest()))?;
        let call = &mut *call.enter("tag", format_args!("{image} as {name}"));
        let mut request = self
            .shared
            .request(Method::Post, &["images", image, "tag"], call)?;
        request
            .url
            .query_pairs_mut()
            .append_pair("repo", name.repository())
            .append_pair("tag", name.tag_or_latest());
        // Some engines say 200 when they did nothing; done is 201.
        let mut response = self.shared.send(request, 201, call)?;
        response.body.document(call, MAX_DOCUMENT)?;
        Ok(())
    }
}
