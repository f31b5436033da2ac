//! The credentials in use, shared by every clone.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::WeakShared;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{Credential, CredentialSource};
use crate::error::{BoxError, Error, Kind, Phase, Scope};

/// The credentials of a client: clones share and renew them together.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use prism_imports_transport::auth::{Credential, Credentials};
///
/// let key = Credentials::fixed("a key");
/// let token = Credentials::refreshing(|| async {
///     // ask the token endpoint
///     Ok::<_, std::io::Error>(Credential::new("a token").with_lifetime(Duration::from_secs(3600)))
/// })
/// .with_refresh_timeout(Duration::from_secs(5));
/// ```
#[derive(Clone)]
pub struct Credentials {
    shared: Arc<Shared>,
    refresh_timeout: Duration,
}

struct Shared {
    source: Option<Box<dyn CredentialSource>>,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    token: Option<Token>,
    generation: u64,
    /// The renewal under way. Whoever waits for it drives it, and the last to stop waiting drops it.
    renewal: Option<WeakShared<Renewal>>,
}

type Renewal = Pin<Box<dyn Future<Output = Result<Token, Refusal>> + Send>>;

/// Why there are no credentials: the same for everybody who waited for them.
#[derive(Clone)]
enum Refusal {
    Fixed,
    Refused(Arc<BoxError>),
    TimedOut,
}

/// A secret in use.
#[derive(Clone)]
pub(super) struct Token {
    secret: Bytes,
    generation: u64,
    due: Option<Instant>,
    expires: Option<Instant>,
}

impl Token {
    fn new(secret: SecretString, generation: u64) -> Self {
        Self {
            secret: Bytes::from_owner(Wiped(secret)),
            generation,
            due: None,
            expires: None,
        }
    }

    fn of(credential: Credential, generation: u64) -> Self {
        let now = Instant::now();
        let expires = |lifetime| now.checked_add(lifetime);
        Self {
            due: credential
                .lifetime
                .and_then(|lifetime| expires(lifetime.saturating_sub(margin(lifetime)))),
            expires: credential.lifetime.and_then(expires),
            ..Self::new(credential.secret, generation)
        }
    }

    /// Returns the secret, which headers share: a copy would not be wiped.
    pub(super) const fn secret(&self) -> &Bytes {
        &self.secret
    }

    pub(super) fn differs(&self, other: &Self) -> bool {
        self.secret != other.secret
    }

    fn is_valid(&self, now: Instant) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// Returns `true` if it is time to renew the token.
    fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| now >= due)
    }
}

impl Credentials {
    /// Uses one key for good. A 401 is then final.
    pub fn fixed(key: impl Into<String>) -> Self {
        Self::with(None, Some(Token::new(key.into().into(), 0)))
    }

    /// Uses the environment variable `name` as it is now.
    ///
    /// # Errors
    ///
    /// [`Kind::Credentials`] if the variable is unset, blank or not Unicode; the message names it.
    pub fn from_env(name: &str) -> Result<Self, Error> {
        match std::env::var(name) {
            Ok(key) if !key.trim().is_empty() => Ok(Self::fixed(key.trim())),
            Ok(_) | Err(_) => Err(Error::new(Kind::Credentials, Phase::NotSent).with_message(
                format!("the environment variable {name} is unset, blank or not Unicode"),
            )),
        }
    }

    /// Asks `source` when credentials are first needed, shortly before they expire, and after a 401.
    pub fn refreshing(source: impl CredentialSource) -> Self {
        Self::with(Some(Box::new(source)), None)
    }

    fn with(source: Option<Box<dyn CredentialSource>>, token: Option<Token>) -> Self {
        Self {
            shared: Arc::new(Shared {
                source,
                current: Mutex::new(Current {
                    token,
                    ..Current::default()
                }),
            }),
            refresh_timeout: Duration::from_secs(10),
        }
    }

    /// Sets how long the source may take; 10 s by default.
    #[must_use]
    pub const fn with_refresh_timeout(mut self, timeout: Duration) -> Self {
        self.refresh_timeout = timeout;
        self
    }

    /// Drops the credentials in use, so that the next call asks the source.
    pub fn invalidate(&self) {
        if self.is_refreshing() {
            self.current().token = None;
        }
    }

    pub(super) fn is_refreshing(&self) -> bool {
        self.shared.source.is_some()
    }

    /// Returns a token, asking the source for one if necessary.
    pub(super) async fn token(&self) -> Result<Token, Error> {
        let renewal = {
            let mut current = self.current();
            let now = Instant::now();
            let valid = current.token.as_ref().filter(|token| token.is_valid(now));
            if let Some(token) = valid.filter(|token| !token.is_due(now)) {
                return Ok(token.clone());
            }
            let under_way = current.renewal.as_ref().and_then(WeakShared::upgrade);
            match (under_way, valid) {
                (Some(_), Some(token)) => return Ok(token.clone()),
                (Some(renewal), None) => renewal,
                (None, _) => {
                    let renewal = Arc::clone(&self.shared).renew(self.refresh_timeout);
                    let renewal = renewal.boxed().shared();
                    current.renewal = renewal.downgrade();
                    renewal
                }
            }
        };
        let renewed = renewal.await;
        renewed.or_else(|refusal| {
            // An early renewal that failed costs nothing yet.
            let current = self.current();
            let valid = current
                .token
                .as_ref()
                .filter(|token| token.is_valid(Instant::now()));
            valid.cloned().ok_or_else(|| refusal.into_error())
        })
    }

    /// Drops a token that the server did not accept, unless another one is in use by now.
    pub(super) fn reject(&self, token: &Token) {
        let mut current = self.current();
        let in_use = current.token.as_ref();
        if self.is_refreshing() && in_use.is_some_and(|used| used.generation == token.generation) {
            current.token = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.shared.current()
    }
}

impl Shared {
    /// Asks the source, and keeps what it gives.
    async fn renew(self: Arc<Self>, timeout: Duration) -> Result<Token, Refusal> {
        let Some(source) = &self.source else {
            return Err(Refusal::Fixed);
        };
        let fetched = tokio::time::timeout(timeout, source.fetch()).await;
        let mut current = self.current();
        current.renewal = None;
        let credential = match fetched {
            Ok(Ok(credential)) => credential,
            Ok(Err(error)) => return Err(Refusal::Refused(Arc::new(error))),
            Err(_) => return Err(Refusal::TimedOut),
        };
        current.generation = current.generation.wrapping_add(1);
        let token = Token::of(credential, current.generation);
        current.token = Some(token.clone());
        Ok(token)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("refreshing", &self.is_refreshing())
            .finish_non_exhaustive()
    }
}

/// How long before it expires a credential is renewed: a tenth of its lifetime, and at most a minute.
fn margin(lifetime: Duration) -> Duration {
    (lifetime / 10).min(Duration::from_secs(60))
}

impl Refusal {
    fn into_error(self) -> Error {
        let error = |kind| Error::new(kind, Phase::NotSent);
        match self {
            Self::Fixed => error(Kind::Credentials),
            Self::Refused(source) => error(Kind::Credentials).with_source(SharedError(source)),
            Self::TimedOut => error(Kind::Timeout(Scope::Refresh)),
        }
    }
}

/// The bytes of a secret, wiped when the last user drops them.
struct Wiped(SecretString);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

/// The error of a source, reported to every call that waited for it.
#[derive(Debug)]
struct SharedError(Arc<BoxError>);

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SharedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
