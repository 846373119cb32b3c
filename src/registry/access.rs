//! Proving to one registry who asks: which proof goes with a request, and what to do when it is refused.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::challenge::{Bearer, Demand};
use super::kept::{Keep, Kept};
use super::peer::Route;
use super::realm::Realm;
use super::scopes::Scopes;
use super::token::{self, Token, TokenService};
use crate::call::Call;
use crate::credentials::{Credential, Credentials};
use crate::error::{Error, ErrorKind, Result};

/// A token that is refused without a reason is not replaced when it is younger than this: the next one would be
/// refused, too.
const YOUNG: Duration = Duration::from_secs(1);

/// That there is no credential for a registry is believed so long: somebody may log in meanwhile.
const NOTHING_LIFE: Duration = Duration::from_secs(60);

/// How a handle proves to its registry who asks.
pub(super) struct Access {
    /// The registry, as credentials know it.
    host: String,
    credentials: Credentials,
    realm: Realm,
    /// What the registry demanded last; nothing is shown before it demands something.
    demand: Mutex<Option<Demand>>,
    /// What was got for each repository, until it is refused: else each request would run a credential helper.
    got: Kept<Got>,
    tokens: Kept<Token>,
    /// An identity token that was got, and the one that the token service gave in its place.
    replaced: Mutex<Option<(String, String)>>,
}

/// A credential that was got for a repository.
#[derive(Clone)]
struct Got {
    credential: Credential,
    born: Instant,
}

impl Keep for Got {
    fn born(&self) -> Instant {
        self.born
    }

    fn is_fresh(&self, now: Instant) -> bool {
        self.credential != Credential::Anonymous || now.duration_since(self.born) < NOTHING_LIFE
    }
}

/// What goes with a request.
pub(super) struct Proof {
    /// The value of `Authorization`.
    pub(super) header: String,
    basis: Basis,
}

/// What a proof was made of.
enum Basis {
    /// A token, which can be renewed.
    Token(Token),
    /// The credential itself.
    Credential(Credential),
}

impl Access {
    pub(super) fn new(host: String, credentials: Credentials, realm: Realm) -> Access {
        Access {
            host,
            credentials,
            realm,
            demand: Mutex::default(),
            got: Kept::default(),
            tokens: Kept::default(),
            replaced: Mutex::default(),
        }
    }

    /// What the registry demanded last.
    pub(super) fn demand(&self) -> Option<Demand> {
        lock(&self.demand).clone()
    }

    /// Remembers a demand for the requests that follow, without what it says about a single one.
    pub(super) fn learn(&self, demand: &Demand) {
        let general = match demand {
            Demand::Basic => Demand::Basic,
            Demand::Bearer(bearer) => Demand::Bearer(Bearer {
                scopes: Scopes::default(),
                error: String::new(),
                ..bearer.clone()
            }),
        };
        *lock(&self.demand) = Some(general);
    }

    /// What to show with a request that needs `scopes`; nothing when it is not known that anything is demanded.
    pub(super) fn proof(
        &self,
        scopes: &Scopes,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Proof>> {
        match self.demand() {
            Some(demand) => self.meet(&demand, scopes, route, call),
            None => Ok(None),
        }
    }

    /// Meets a demand; `None` when the credentials cannot.
    pub(super) fn meet(
        &self,
        demand: &Demand,
        scopes: &Scopes,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Proof>> {
        let credential = self.credential(scopes, call)?;
        self.meet_with(credential, demand, scopes, route, call)
    }

    fn meet_with(
        &self,
        credential: Credential,
        demand: &Demand,
        scopes: &Scopes,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Proof>> {
        let header = match (demand, &credential) {
            (Demand::Basic, Credential::Basic { username, password }) => {
                token::basic(username, password)
            }
            (Demand::Basic, _) => return Ok(None),
            (Demand::Bearer(_), Credential::Bearer { token }) => token::bearer(token),
            (Demand::Bearer(bearer), credential) => {
                let usable = |token: &Token| token.scopes.include(&bearer.scopes);
                let proof = self.token(bearer, scopes, credential, usable, route, call)?;
                return Ok(Some(proof));
            }
        };
        Ok(Some(Proof {
            header,
            basis: Basis::Credential(credential),
        }))
    }

    /// Meets a demand that came although `shown` was shown; `None` when there is nothing better to show.
    pub(super) fn renew(
        &self,
        shown: &Proof,
        demand: &Demand,
        scopes: &Scopes,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Option<Proof>> {
        match (&shown.basis, demand) {
            (Basis::Credential(refused), _) => match self.another(refused, scopes, call)? {
                Some(other) => self.meet_with(other, demand, scopes, route, call),
                None => Ok(None),
            },
            (Basis::Token(old), Demand::Bearer(bearer)) => {
                let asks_for_more = !old.scopes.include(&bearer.scopes);
                let has_ended = bearer.error == "invalid_token" || old.born.elapsed() > YOUNG;
                if !asks_for_more && !has_ended {
                    return Ok(None);
                }
                let usable =
                    |token: &Token| token.born > old.born && token.scopes.include(&bearer.scopes);
                let credential = self.credential(scopes, call)?;
                self.token(bearer, scopes, &credential, usable, route, call)
                    .map(Some)
            }
            (Basis::Token(_), Demand::Basic) => Ok(None),
        }
    }

    /// Notes that the registry refuses what is got for these scopes: the next call gets it anew, because somebody may
    /// log in meanwhile.
    pub(super) fn refused(&self, scopes: &Scopes) {
        self.got.forget(scopes.first_repository(), |_| true);
    }

    fn token(
        &self,
        bearer: &Bearer,
        scopes: &Scopes,
        credential: &Credential,
        usable: impl Fn(&Token) -> bool,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Proof> {
        let key = format!("{} {} {}", bearer.realm, bearer.service, scopes.key());
        let token = self.tokens.get(&key, usable, call, |previous, call| {
            // What the registry asks for comes first: some services read only one scope.
            let mut wanted = bearer.scopes.clone().and(scopes);
            if let Some(previous) = previous {
                // A registry may have asked for more than we do.
                wanted = wanted.and(&previous.scopes);
            }
            match self.fetch(bearer, &wanted, credential, route, call) {
                Err(error) if is_refusal(&error) => match self.another(credential, scopes, call)? {
                    Some(other) => self.fetch(bearer, &wanted, &other, route, call),
                    None => Err(error),
                },
                other => other,
            }
        });
        let token = token.inspect_err(|error| {
            if is_refusal(error) {
                self.refused(scopes);
            }
        })?;
        Ok(Proof {
            header: token.header(),
            basis: Basis::Token(token),
        })
    }

    fn fetch(
        &self,
        bearer: &Bearer,
        wanted: &Scopes,
        credential: &Credential,
        route: &Route<'_>,
        call: &mut Call<'_>,
    ) -> Result<Token> {
        let with_credentials = !matches!(credential, Credential::Anonymous);
        let (client, realm) = self
            .realm
            .service(&bearer.realm, route.client, route.base, with_credentials)
            .map_err(|reason| Error::Protocol {
                context: call.context(route.client.endpoint(), ""),
                what: format!("the token service that the registry names is not used: {reason}"),
            })?;
        let service = TokenService {
            client,
            realm,
            service: &bearer.service,
            credential,
        };
        let (token, replacement) = service.token(wanted, call)?;
        if let (Credential::IdentityToken { token: used, .. }, Some(newer)) =
            (credential, replacement)
        {
            let mut replaced = lock(&self.replaced);
            let got = match &*replaced {
                Some((got, current)) if current == used => got.clone(),
                _ => used.clone(),
            };
            *replaced = Some((got, newer));
        }
        Ok(token)
    }

    /// Whether there is nothing to show for these scopes.
    pub(super) fn is_anonymous(&self, scopes: &Scopes, call: &mut Call<'_>) -> Result<bool> {
        Ok(matches!(
            self.credential(scopes, call)?,
            Credential::Anonymous
        ))
    }

    /// The credential for these scopes: the one that was got before, until it is refused.
    fn credential(&self, scopes: &Scopes, call: &mut Call<'_>) -> Result<Credential> {
        self.get(scopes, |_| true, call)
    }

    /// The credential for these scopes after one was refused; `None` when it is the same again. It would be refused
    /// again, and accounts are locked for trying.
    fn another(
        &self,
        refused: &Credential,
        scopes: &Scopes,
        call: &mut Call<'_>,
    ) -> Result<Option<Credential>> {
        let credential = self.get(scopes, |got| self.current(got) != *refused, call)?;
        Ok(Some(credential).filter(|other| other != refused))
    }

    fn get(
        &self,
        scopes: &Scopes,
        usable: impl Fn(&Credential) -> bool,
        call: &mut Call<'_>,
    ) -> Result<Credential> {
        let repository = scopes.first_repository();
        let usable = |got: &Got| usable(&got.credential);
        let got = self.got.get(repository, usable, call, |_, call| {
            Ok(Got {
                credential: self.credentials.resolve(&self.host, repository, call)?,
                born: Instant::now(),
            })
        })?;
        Ok(self.current(&got.credential))
    }

    /// What stands for a credential now: token services replace identity tokens.
    fn current(&self, got: &Credential) -> Credential {
        match (got, &*lock(&self.replaced)) {
            (Credential::IdentityToken { username, token }, Some((old, newer))) if token == old => {
                Credential::IdentityToken {
                    username: username.clone(),
                    token: newer.clone(),
                }
            }
            (other, _) => other.clone(),
        }
    }
}

/// Whether a token service did not accept a credential.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Denied)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
