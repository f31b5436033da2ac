//! The error type of all calls.

mod config;
mod display;
mod kind;
mod server;
mod read;

use std::{borrow::Cow, error::Error as StdError, time::Duration};

use http::StatusCode;
use jiff::Timestamp;
use prism_imports_core::{Contradiction, ImportJob, JobId, poller::StopReason, wire::Snapshot};
use prism_imports_transport::{BoxError, CallReport, Phase};

pub use self::{
    config::ConfigError,
    kind::ErrorKind,
    server::{FieldIssue, ServerError},
};
use crate::{handle::ImportHandle, submit::IdempotencyKey};

/// An error of a call.
///
/// `Display` prints one line for a log: the operation, the failure, the server's code and message, the job and the
/// request id. [`source`](StdError::source) returns the next level. The error also carries the last snapshot of the
/// job, the handle to resume with, and the idempotency key of a submit.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use prism_imports::{Client, ErrorKind};
///
/// let client = Client::builder().api_key("key").base_url("http://127.0.0.1:9").build().unwrap();
/// let error = client.imports().get("..").await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Config);
/// assert_eq!(error.to_string(), "get import: a job id must not be `.` or `..`: a path swallows them");
/// # }
/// ```
pub struct Error {
    inner: Box<Inner>,
}

pub(crate) struct Inner {
    pub(crate) kind: ErrorKind,
    pub(crate) operation: &'static str,
    /// The message, if it is neither that of the kind nor that of the source.
    pub(crate) what: Option<Cow<'static, str>>,
    /// Whether this error takes its message and its source from `source`.
    pub(crate) transparent_source: bool,
    /// A description of the body, if it could not be decoded.
    pub(crate) body: Option<String>,
    pub(crate) job: Option<JobId>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) server: Option<ServerError>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) phase: Phase,
    pub(crate) report: CallReport,
    pub(crate) last: Option<Box<ImportJob>>,
    pub(crate) handle: Option<ImportHandle>,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) commit: Option<Commit>,
    pub(crate) submitted_at: Option<Timestamp>,
    pub(crate) stop: Option<StopReason>,
    pub(crate) source: Option<BoxError>,
}

impl Inner {
    /// Sets an error whose message and source become those of this error.
    pub(crate) fn set_transparent_source(&mut self, error: impl Into<BoxError>) {
        self.source = Some(error.into());
        self.transparent_source = true;
    }

    /// Copies the facts about the last request from the source.
    pub(crate) fn adopt(&mut self, error: &Error) {
        self.status = error.inner.status;
        self.request_id.clone_from(&error.inner.request_id);
        self.phase = error.inner.phase;
        self.report = error.inner.report;
    }
}

/// Whether a failed submit may have started an import.
///
/// ```
/// use prism_imports::Commit;
///
/// fn next_step(commit: Commit) -> &'static str {
///     match commit {
///         Commit::NotCommitted => "fix the cause and submit again",
///         Commit::Committed => "the import exists; do not submit again",
///         Commit::Unknown => "submit again within 24 hours, with the same key and rows",
///     }
/// }
/// assert!(next_step(Commit::Unknown).contains("same key"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the three cases are complete")]
pub enum Commit {
    /// The server did not start the import.
    NotCommitted,
    /// The server started the import, but its answer could not be used.
    Committed,
    /// The outcome is unknown: submit again with the same key.
    Unknown,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                operation,
                what: None,
                transparent_source: false,
                body: None,
                job: None,
                status: None,
                server: None,
                request_id: None,
                phase: Phase::NotSent,
                report: CallReport::default(),
                last: None,
                handle: None,
                key: None,
                commit: None,
                submitted_at: None,
                stop: None,
                source: None,
            }),
        }
    }

    pub(crate) fn config(error: ConfigError, operation: &'static str) -> Self {
        Self::new(ErrorKind::Config, operation).with(|inner| {
            inner.set_transparent_source(error);
        })
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(&mut self.inner);
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns the job that the call was about.
    pub fn job_id(&self) -> Option<&JobId> {
        self.inner.job.as_ref()
    }

    /// Returns the status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.status
    }

    /// Returns the error that the server reported.
    pub fn server(&self) -> Option<&ServerError> {
        self.inner.server.as_ref()
    }

    /// Returns the server's request id, for support requests.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// Returns how far the request got, over all attempts.
    pub fn phase(&self) -> Phase {
        self.inner.phase
    }

    /// Returns the number of attempts that were sent or may have been sent.
    pub fn attempts(&self) -> u32 {
        self.inner.report.attempts()
    }

    /// Returns the time from the start of the call to this error.
    pub fn elapsed(&self) -> Duration {
        self.inner.report.elapsed()
    }

    /// Returns the wait that the server or the quota requested.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.report.retry_after()
    }

    /// Returns the job as it was last seen before the error.
    pub fn last_seen(&self) -> Option<&ImportJob> {
        self.inner.last.as_deref()
    }

    /// Returns the handle with which to watch the job again, from this or another process.
    pub fn handle(&self) -> Option<&ImportHandle> {
        self.inner.handle.as_ref()
    }

    /// Returns the idempotency key of the submit.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.inner.key.as_ref()
    }

    /// Returns the possible outcome of a failed submit; `None` for any other call.
    pub fn commit(&self) -> Option<Commit> {
        // All calls share the code that reads answers. Only a submit has a key.
        self.inner.key.as_ref().and(self.inner.commit)
    }

    /// Returns the time at which the failed submit was first sent. The server keeps its key for 24 hours from the
    /// time it first received it.
    pub fn submitted_at(&self) -> Option<Timestamp> {
        self.inner.submitted_at
    }

    /// Returns the snapshot that contradicts itself, for an error of kind [`ErrorKind::Contract`].
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.find::<Contradiction>().map(Contradiction::snapshot)
    }

    /// Returns the invalid setting or argument, for an error of kind [`ErrorKind::Config`].
    pub fn as_config(&self) -> Option<&ConfigError> {
        self.find()
    }

    /// Returns the limit that ended the watch, for an error of kind [`ErrorKind::Stopped`] or `Expired`.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.inner.stop
    }

    /// Returns `true` if a timeout of the call or of the watch expired.
    pub fn is_timeout(&self) -> bool {
        self.inner.kind == ErrorKind::Timeout || self.inner.stop == Some(StopReason::Timeout)
    }

    /// Returns `true` if the same call may succeed later without changes.
    ///
    /// A submit is safe to repeat only with the same key and rows; see [`Error::commit`].
    pub fn is_retryable(&self) -> bool {
        match self.inner.kind {
            ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Timeout
            | ErrorKind::Connect
            | ErrorKind::Body
            | ErrorKind::Quota
            | ErrorKind::Stopped => true,
            ErrorKind::Config
            | ErrorKind::Auth
            | ErrorKind::Denied
            | ErrorKind::NotFound
            | ErrorKind::Gone
            | ErrorKind::Expired
            | ErrorKind::Rejected
            | ErrorKind::Decode
            | ErrorKind::Contract
            | ErrorKind::Layer => false,
        }
    }

    /// Finds an error of type `T` in the chain of sources.
    pub(crate) fn find<T: StdError + 'static>(&self) -> Option<&T> {
        let source = self.inner.source.as_deref();
        let mut next = source.map(|source| source as &(dyn StdError + 'static));
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            // A transparent source is not part of the chain.
            if let Some(error) = error.downcast_ref::<Self>() {
                return error.find();
            }
            next = error.source();
        }
        None
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::config(error, "build client")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.inner.source.as_deref()?;
        if self.inner.transparent_source {
            source.source()
        } else {
            Some(source)
        }
    }
}
