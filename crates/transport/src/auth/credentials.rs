//! The credentials in use, shared by every clone and renewed by one caller at a time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{Credential, CredentialSource};
use crate::error::{BoxError, Error, Kind, Phase, Scope};

/// A handle on credentials: cloned freely, renewed once for all.
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
    /// Held by the one caller who asks the source. An async lock: when that caller is dropped, the next goes on.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Current {
    token: Option<Token>,
    generation: u64,
    /// How many times the source was asked, and what the last refusal was.
    asked: u64,
    refused: Option<Refusal>,
}

/// Why the source gave nothing: the same for everybody who waited for it.
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
    pub(super) generation: u64,
    early: Option<Instant>,
    expires: Option<Instant>,
}

impl Token {
    fn new(secret: SecretString, generation: u64) -> Self {
        Self {
            secret: Bytes::from_owner(Wiped(secret)),
            generation,
            early: None,
            expires: None,
        }
    }

    /// Returns the secret, which headers share: a copy would outlive the wiping.
    pub(super) const fn secret(&self) -> &Bytes {
        &self.secret
    }

    pub(super) fn differs(&self, other: &Self) -> bool {
        self.secret != other.secret
    }
}

impl Credentials {
    /// Uses one key for ever. A 401 is then final.
    pub fn fixed(key: impl Into<String>) -> Self {
        Self::with(None, Some(Token::new(key.into().into(), 0)))
    }

    /// Uses the environment variable `name` as it is now.
    ///
    /// # Errors
    ///
    /// [`Kind::Credentials`] when the variable is unset, blank or not Unicode; the message has its name.
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
                asking: tokio::sync::Mutex::new(()),
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

    /// Returns the token when no asking is needed for it.
    pub(super) fn at_hand(&self) -> Option<Token> {
        self.current()
            .token
            .as_ref()
            .filter(|token| token.early.is_none_or(|early| Instant::now() < early))
            .cloned()
    }

    /// Returns a token, asking the source for it if need be.
    pub(super) async fn token(self) -> Result<Token, Error> {
        let Some(source) = &self.shared.source else {
            return self.valid().ok_or_else(|| Refusal::Fixed.into_error());
        };
        let asked_before = self.current().asked;
        let _asking = match (self.shared.asking.try_lock(), self.valid()) {
            (Ok(guard), _) => guard,
            // Somebody renews it already, and it still holds.
            (Err(_), Some(token)) => return Ok(token),
            (Err(_), None) => self.shared.asking.lock().await,
        };
        if let Some(token) = self.at_hand() {
            return Ok(token);
        }
        {
            let current = self.current();
            if current.asked != asked_before
                && let Some(refusal) = current.refused.clone()
            {
                return Err(refusal.into_error());
            }
        }
        let answer = tokio::time::timeout(self.refresh_timeout, source.fetch()).await;
        let refusal = match answer {
            Ok(Ok(credential)) => return Ok(self.accept(credential)),
            Ok(Err(error)) => Refusal::Refused(Arc::new(error)),
            Err(_) => Refusal::TimedOut,
        };
        {
            let mut current = self.current();
            current.asked = current.asked.wrapping_add(1);
            current.refused = Some(refusal.clone());
        }
        // An early renewal that failed costs nothing yet.
        self.valid().ok_or_else(|| refusal.into_error())
    }

    /// Drops the token of one generation: a later one may be in use already.
    pub(super) fn reject(&self, generation: u64) {
        let mut current = self.current();
        if self.is_refreshing()
            && current
                .token
                .as_ref()
                .is_some_and(|token| token.generation == generation)
        {
            current.token = None;
        }
    }

    fn accept(&self, credential: Credential) -> Token {
        let now = Instant::now();
        let mut current = self.current();
        current.generation = current.generation.wrapping_add(1);
        current.asked = current.asked.wrapping_add(1);
        current.refused = None;
        let token = Token {
            early: credential
                .lifetime
                .and_then(|lifetime| now.checked_add(lifetime.saturating_sub(margin(lifetime)))),
            expires: credential
                .lifetime
                .and_then(|lifetime| now.checked_add(lifetime)),
            ..Token::new(credential.secret, current.generation)
        };
        current.token = Some(token.clone());
        token
    }

    /// Returns the token as long as it has not expired.
    fn valid(&self) -> Option<Token> {
        self.current()
            .token
            .as_ref()
            .filter(|token| token.expires.is_none_or(|expires| Instant::now() < expires))
            .cloned()
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.shared
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("refreshing", &self.is_refreshing())
            .finish_non_exhaustive()
    }
}

/// How long before its end a credential is renewed: a tenth of its life, and at most a minute.
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

/// One refusal, reported to everybody who waited for it.
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
