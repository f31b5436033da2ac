//! Where credentials come from.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use secrecy::SecretString;

use crate::error::BoxError;

/// One secret, and how long it holds.
///
/// The text is wiped from memory with the last clone and never shows in `Debug`.
#[derive(Clone, Debug)]
pub struct Credential {
    pub(super) secret: SecretString,
    pub(super) lifetime: Option<Duration>,
}

impl Credential {
    /// Wraps a secret that is used until the server answers 401.
    pub fn new(secret: impl Into<String>) -> Self {
        Self {
            secret: secret.into().into(),
            lifetime: None,
        }
    }

    /// Sets how long the secret holds, counted from now.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

/// A source of credentials: a token endpoint, a secret store, a file.
///
/// Any `Fn() -> impl Future<Output = Result<Credential, _>>` is one.
pub trait CredentialSource: Send + Sync + 'static {
    /// Asks for a credential. The future is dropped when the caller gives up; asking again must be harmless.
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential, BoxError>> + Send + '_>>;
}

impl<F, U, E> CredentialSource for F
where
    F: Fn() -> U + Send + Sync + 'static,
    U: Future<Output = Result<Credential, E>> + Send + 'static,
    E: Into<BoxError>,
{
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential, BoxError>> + Send + '_>> {
        let asked = self();
        Box::pin(async move { asked.await.map_err(Into::into) })
    }
}
