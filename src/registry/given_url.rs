//! URLs that a registry gives: where a list goes on, where an upload is, where a redirect leads.

use url::Url;

/// Reads `given`, which came with the answer to a request to `asked`. An error says why it is of no use; `what` names
/// it there, because the text itself may be a signed URL, which is a secret.
pub(super) fn given_url(asked: &Url, given: &str, what: &str) -> Result<Url, String> {
    let mut url = asked
        .join(given)
        .map_err(|error| format!("{what} is no URL: {error}"))?;
    // It would be sent as credentials, which are the caller's to give.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{what} has a user in it"));
    }
    url.set_fragment(None);
    Ok(url)
}
