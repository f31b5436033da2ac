//! The credentials in use, shared by every clone.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, WeakShared};
use futures_util::{FutureExt, TryFutureExt};
use secrecy::zeroize::Zeroizing;
use tokio::time::Instant;

use crate::error::{BoxError, Error, Kind, Phase, Scope};

/// One secret, and how long it holds.
///
/// The text is wiped from memory with the last clone and never shows in `Debug`.
#[derive(Clone)]
pub struct Credential {
    /// Headers share it: a copy would not be wiped.
    secret: Bytes,
    lifetime: Option<Duration>,
}

impl Credential {
    /// Wraps a secret that is used until the server answers 401.
    pub fn new(secret: impl Into<String>) -> Self {
        Self {
            secret: Bytes::from_owner(Zeroizing::new(secret.into())),
            lifetime: None,
        }
    }

    /// Sets how long the secret holds, counted from the moment at which its source returns it.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// The credentials of a client: clones share and renew them together. The [module](crate::auth) has an example.
#[derive(Clone)]
pub struct Credentials {
    source: Source,
    refresh_timeout: Duration,
}

#[derive(Clone)]
enum Source {
    Fixed(Arc<Token>),
    Refreshing(Arc<Shared>),
}

struct Shared {
    source: Box<dyn Fn() -> BoxFuture<'static, Result<Credential, BoxError>> + Send + Sync>,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    token: Option<Arc<Token>>,
    /// The renewal under way. Every call that needs its result drives it, and it is dropped with the last of them.
    renewal: Option<WeakShared<Renewal>>,
}

type Renewal = BoxFuture<'static, Result<Arc<Token>, Error>>;

/// A credential in use.
pub(super) struct Token {
    pub(super) secret: Bytes,
    lifetime: Option<Duration>,
    since: Instant,
}

impl Token {
    fn new(Credential { secret, lifetime }: Credential) -> Arc<Self> {
        let since = Instant::now();
        Arc::new(Self {
            secret,
            lifetime,
            since,
        })
    }

    /// Returns `true` if the token expires within `margin`.
    fn expires_within(&self, margin: Duration) -> bool {
        let ends = |lifetime| self.since.elapsed().saturating_add(margin) >= lifetime;
        self.lifetime.is_some_and(ends)
    }

    fn is_due(&self) -> bool {
        // A tenth of the lifetime before it expires, and at most a minute.
        let lifetime = self.lifetime.unwrap_or_default();
        self.expires_within((lifetime / 10).min(Duration::from_secs(60)))
    }
}

impl Credentials {
    /// Uses one key for good. A 401 is then final.
    ///
    /// A key that is blank or that a header cannot carry is found by [`check`](Self::check), or else by the first call, before
    /// anything is sent.
    pub fn fixed(key: impl Into<String>) -> Self {
        Self::of(Source::Fixed(Token::new(Credential::new(key))))
    }

    /// Uses the environment variable `name` as it is now.
    ///
    /// # Errors
    ///
    /// [`Kind::Credentials`] if the variable is unset, blank or not Unicode; the message names it.
    pub fn from_env(name: &str) -> Result<Self, Error> {
        let key = std::env::var(name).unwrap_or_default();
        if key.trim().is_empty() {
            let message = format!("the environment variable {name} is unset, blank or not Unicode");
            return Err(Error::refused(Kind::Credentials, message));
        }
        Ok(Self::fixed(key.trim()))
    }

    /// Asks `source`, such as a token endpoint or a secret store, when credentials are first needed, shortly before they
    /// expire, and after a 401.
    ///
    /// Its future is dropped when the callers give up; asking again must be harmless.
    pub fn refreshing<F, U, E>(source: F) -> Self
    where
        F: Fn() -> U + Send + Sync + 'static,
        U: Future<Output = Result<Credential, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self::of(Source::Refreshing(Arc::new(Shared {
            source: Box::new(move || source().map_err(Into::into).boxed()),
            current: Mutex::default(),
        })))
    }

    const fn of(source: Source) -> Self {
        Self {
            source,
            refresh_timeout: Duration::from_secs(10),
        }
    }

    /// Sets how long the source may take; 10 s by default.
    #[must_use]
    pub const fn with_refresh_timeout(mut self, timeout: Duration) -> Self {
        self.refresh_timeout = timeout;
        self
    }

    /// Checks that a header can carry a [fixed](Self::fixed) key. Credentials from a source are checked when they arrive.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] if the key is blank, or has characters beyond ASCII or control characters. The key is not shown.
    pub fn check(&self) -> Result<(), Error> {
        match &self.source {
            Source::Fixed(token) if !can_be_sent(&token.secret) => Err(unsendable(Kind::Config)),
            Source::Fixed(_) | Source::Refreshing(_) => Ok(()),
        }
    }

    /// Drops the credentials in use, so that the next call asks the source.
    pub fn invalidate(&self) {
        if let Source::Refreshing(shared) = &self.source {
            shared.current().token = None;
        }
    }

    /// Returns `true` if a source can give another credential.
    pub(super) const fn is_refreshing(&self) -> bool {
        matches!(self.source, Source::Refreshing(_))
    }

    /// Returns a token, asking the source for one if necessary.
    pub(super) async fn token(&self) -> Result<Arc<Token>, Error> {
        self.check()?;
        let shared = match &self.source {
            Source::Fixed(token) => return Ok(Arc::clone(token)),
            Source::Refreshing(shared) => shared,
        };
        let renewal = {
            let mut current = shared.current();
            let under_way = current.renewal.as_ref().and_then(WeakShared::upgrade);
            match current.valid() {
                Some(token) if under_way.is_some() || !token.is_due() => return Ok(token),
                Some(_) | None => under_way.unwrap_or_else(|| {
                    let renewal = Arc::clone(shared).renew(self.refresh_timeout);
                    let renewal = renewal.boxed().shared();
                    current.renewal = renewal.downgrade();
                    renewal
                }),
            }
        };
        // An early renewal that failed costs nothing yet.
        let renewed = renewal.await;
        renewed.or_else(|error| shared.current().valid().ok_or(error))
    }

    /// Drops a token that the server did not accept, unless another one is in use by now.
    pub(super) fn reject(&self, token: &Arc<Token>) {
        if let Source::Refreshing(shared) = &self.source {
            let in_use = &mut shared.current().token;
            in_use.take_if(|in_use| Arc::ptr_eq(in_use, token));
        }
    }
}

impl Shared {
    /// Asks the source, and keeps what it gives.
    async fn renew(self: Arc<Self>, timeout: Duration) -> Result<Arc<Token>, Error> {
        let fetched = tokio::time::timeout(timeout, (self.source)()).await;
        let mut current = self.current();
        current.renewal = None;
        let token = match fetched {
            Ok(Ok(credential)) => Token::new(credential),
            Ok(Err(error)) => {
                return Err(Error::new(Kind::Credentials, Phase::NotSent).with_source(error));
            }
            Err(_) => return Err(Error::new(Kind::Timeout(Scope::Refresh), Phase::NotSent)),
        };
        if !can_be_sent(&token.secret) {
            return Err(unsendable(Kind::Credentials));
        }
        current.token = Some(Arc::clone(&token));
        Ok(token)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn valid(&self) -> Option<Arc<Token>> {
        let token = self.token.as_ref()?;
        let is_valid = !token.expires_within(Duration::ZERO);
        is_valid.then(|| Arc::clone(token))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Returns `true` if a header can carry a secret. It may carry bytes beyond ASCII, but no two servers read them alike.
fn can_be_sent(secret: &[u8]) -> bool {
    let is_visible = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
    !secret.trim_ascii().is_empty() && secret.iter().all(is_visible)
}

/// The error of a secret that a header cannot carry: a setting, or one that a source returned.
fn unsendable(kind: Kind) -> Error {
    let message = "the credential is blank, or has characters that a header cannot carry, such as a line break";
    Error::refused(kind, message)
}
