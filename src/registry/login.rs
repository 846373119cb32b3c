//! Whether the credentials for a registry are right.

use super::Registry;
use super::challenge::Demand;
use super::refusal::{expect, refused};
use super::scopes::Scopes;
use crate::call::Call;
use crate::error::Result;
use crate::http::Request;

impl Registry {
    /// Shows the credentials for the registry once. `true` says that they were accepted, `false` that the registry
    /// demands none, so that nobody looked at them.
    ///
    /// `GET /v2/`, and the token service when the registry names one.
    ///
    /// # Errors
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized) when they are refused, or when there are none and the registry
    /// demands some.
    #[doc(alias = "login")]
    pub fn check_login(&self, call: &mut Call<'_>) -> Result<bool> {
        let call = &mut *call.enter("check_login", self.host());
        let route = self.route(call)?;
        let answer = route.client.send(route.ping(), call)?;
        if answer.status == 200 {
            return Ok(false);
        }
        let demand = match answer.status {
            401 => Demand::read(answer.headers("www-authenticate")),
            _ => None,
        };
        let Some(demand) = demand else {
            return Err(refused(answer, call));
        };
        let access = &self.inner.access;
        if access.is_anonymous(&Scopes::default(), call)? {
            return Err(refused(answer, call));
        }
        // Without a scope: what may be done is another question.
        let Some(proof) = access.meet(&demand, &Scopes::default(), &route, call)? else {
            return Err(refused(answer, call));
        };
        let mut request: Request<'_> = route.ping();
        request.headers.push(("authorization", proof.header));
        expect(route.client.send(request, call)?, &[200], call)?;
        Ok(true)
    }
}
