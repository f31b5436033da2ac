//! The error of this crate: what failed, how far the request got, and what was tried.

mod read;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use http::{HeaderName, HeaderValue, StatusCode};

#[cfg(feature = "client")]
pub(crate) use self::read::chain;
use crate::call::CallReport;
pub use crate::call::Phase;

/// Any error at all, as tower's layers pass it.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why there is no answer.
///
/// A response with an error status is not an error here. `Display` shows this level only; [`source`](StdError::source) has
/// the rest, with the errors of other layers and services unchanged, so that they can be downcast. Layers return it as a
/// [`BoxError`], in which a downcast or [`from_boxed`](Self::from_boxed) finds it.
///
/// # Examples
///
/// ```
/// use prism_imports_transport::{Error, Kind, Phase};
///
/// // The error that a service of your own returns if it could not connect: retried even for a plain POST.
/// let error = Error::new(Kind::Connect, Phase::NotSent).with_source("no route");
/// assert_eq!(error.phase(), Phase::NotSent);
/// assert_eq!(error.to_string(), "could not connect");
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
    phase: Phase,
    more: Box<More>,
}

#[derive(Clone, Debug, Default)]
struct More {
    message: Option<Cow<'static, str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    report: CallReport,
    request_id: Option<Box<str>>,
    status: Option<StatusCode>,
    stale: bool,
}

impl Error {
    /// Makes an error of a kind; `phase` is how far the request got.
    pub fn new(kind: Kind, phase: Phase) -> Self {
        let more = Box::default();
        Self { kind, phase, more }
    }

    /// Sets the source of the error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.more.source = Some(source.into().into());
        self
    }

    /// Adds the status and the `x-request-id` of the answer whose body failed.
    #[must_use]
    pub fn with_answer(mut self, status: StatusCode, request_id: Option<&HeaderValue>) -> Self {
        self.more.status = Some(status);
        self.more.request_id = request_id.and_then(|id| id.to_str().ok()).map(Into::into);
        self
    }

    /// Replaces the text of `Display`. Never a secret or a row.
    pub(crate) fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.more.message = Some(message.into());
        self
    }

    /// Marks a reused connection that closed before the first byte of an answer, as servers close
    /// idle connections: a safe request is then sent again at once, on a fresh one.
    #[must_use]
    pub fn with_stale_connection(mut self) -> Self {
        self.more.stale = true;
        self
    }

    pub(crate) fn with_phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    pub(crate) fn with_report(mut self, report: CallReport) -> Self {
        self.more.report = report;
        self
    }

    /// The error of something that is put together wrongly.
    pub(crate) fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::refused(Kind::Config, message)
    }

    /// The error of a request that was refused before anything was sent.
    pub(crate) fn refused(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, Phase::NotSent).with_message(message)
    }

    /// Returns what failed.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns how far the request got, over all attempts of the call: [`Phase::NotSent`] only when
    /// surely none of them reached the server.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Returns the report of the whole call: how many requests, how long, and why there was no further one.
    pub fn report(&self) -> &CallReport {
        &self.more.report
    }

    /// Returns the `x-request-id` of the answer whose body failed.
    pub fn request_id(&self) -> Option<&str> {
        self.more.request_id.as_deref()
    }

    /// Returns the status of the answer whose body failed.
    pub fn status(&self) -> Option<StatusCode> {
        self.more.status
    }

    pub(crate) fn is_stale_connection(&self) -> bool {
        self.more.stale
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.more.message {
            Some(message) => f.write_str(message),
            None => self.kind.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.more.source.as_ref().map(|source| &**source as _)
    }
}

/// What failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// No connection: the name, the address, the proxy or the TLS handshake failed.
    Connect,
    /// The server's certificate, or ours, was not accepted.
    Certificate,
    /// A setting of the client is invalid, or the proxy refuses the connection: with 407, for example, or 403.
    Config,
    /// The request itself cannot be sent: a URL without scheme or host, an unsupported method.
    Request,
    /// Credentials would have been sent to another origin, or in the clear.
    Origin,
    /// The source of credentials had none to give.
    Credentials,
    /// A time limit was reached.
    Timeout(Scope),
    /// The connection ended before an answer began.
    Closed,
    /// The peer does not speak HTTP, or its answer has more headers than the client reads.
    Protocol,
    /// The answer's body ended early or could not be read.
    Body,
    /// The answer's body is not in the encoding that its headers declare.
    Encoding,
    /// The response's body is larger than the limit.
    TooLarge,
    /// The client's own quota does not allow the request in time.
    Quota,
    /// A layer refused the request because it is overloaded.
    Overloaded,
    /// Another layer or service failed; its error is the source.
    Layer,
}

/// Which time limit was reached.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Scope {
    /// The whole call: attempts, waits and body together.
    Call,
    /// One attempt, headers and body.
    Attempt,
    /// The gap between two pieces of one body.
    Idle,
    /// The refresh of the credentials.
    Refresh,
    /// The limit of another layer, such as tower's `Timeout`.
    Layer,
}

impl Kind {
    /// Returns the stable name that spans and metrics use.
    pub const fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// Returns the stable name, and what `Display` says.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Connect => ("connect", "could not connect"),
            Self::Certificate => ("certificate", "certificate not accepted"),
            Self::Config => ("config", "invalid configuration"),
            Self::Request => ("request", "invalid request"),
            Self::Origin => ("origin", "credentials are not sent to this origin"),
            Self::Credentials => ("credentials", "no credentials"),
            Self::Timeout(Scope::Call) => ("call_timeout", "deadline reached"),
            Self::Timeout(Scope::Attempt) => ("attempt_timeout", "attempt timed out"),
            Self::Timeout(Scope::Idle) => ("idle_timeout", "body stalled"),
            Self::Timeout(Scope::Refresh) => {
                ("refresh_timeout", "refresh of the credentials timed out")
            }
            Self::Timeout(Scope::Layer) => ("layer_timeout", "timeout of a layer"),
            Self::Overloaded => ("overloaded", "a layer is overloaded"),
            Self::Closed => ("closed", "connection closed before an answer"),
            Self::Protocol => ("protocol", "not an HTTP answer"),
            Self::Body => ("body", "body cut short"),
            Self::Encoding => ("encoding", "body in another encoding than declared"),
            Self::TooLarge => ("too_large", "body too large"),
            Self::Quota => ("quota", "quota used up"),
            Self::Layer => ("layer", "a layer failed"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::MaybeSent => "maybe sent",
            Self::Answered => "answered",
        })
    }
}

/// The header with which a server names a request, for its support.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
