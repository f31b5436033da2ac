//! The one error of the calls: what failed, of which job, and everything that was learnt before it did.

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

/// Why a call has no result.
///
/// `Display` is one line for a log: what was done, what failed, the server's code and message, the job and the
/// request id. [`source`](StdError::source) has the level below. Nothing that was learnt is lost: the error
/// carries the last look at the job, the handle to go on with, and the key of a submit.
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
    /// What happened, where it is neither the kind's phrase nor the source's.
    pub(crate) what: Option<Cow<'static, str>>,
    /// Whether `Display` tells the source, so that the level below is the source's own.
    pub(crate) tells_source: bool,
    /// What the body was, where it is not understood.
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
    /// Makes `error` the source, and its message this error's own.
    pub(crate) fn tell(&mut self, error: impl Into<BoxError>) {
        self.source = Some(error.into());
        self.tells_source = true;
    }

    /// Takes over what the last request of an error beneath this one came to.
    pub(crate) fn adopt(&mut self, error: &Error) {
        self.status = error.inner.status;
        self.request_id.clone_from(&error.inner.request_id);
        self.phase = error.inner.phase;
        self.report = error.inner.report;
    }
}

/// Whether a submit that failed may have started an import all the same.
///
/// ```
/// use prism_imports::Commit;
///
/// fn next_step(commit: Commit) -> &'static str {
///     match commit {
///         Commit::NotCommitted => "mend the cause and submit again",
///         Commit::Committed => "the import exists; do not submit again",
///         Commit::Unknown => "submit again within 24 hours, with the same key and rows",
///     }
/// }
/// assert!(next_step(Commit::Unknown).contains("same key"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "it happened, it did not, or nobody can tell"
)]
pub enum Commit {
    /// The server surely did not take the import.
    NotCommitted,
    /// The server surely took the import, though its answer could not be used.
    Committed,
    /// Nobody can tell: ask again with the same key.
    Unknown,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                operation,
                what: None,
                tells_source: false,
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
            inner.tell(error);
        })
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(&mut self.inner);
        self
    }

    /// Returns what went wrong.
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

    /// Returns the server's own account of the error.
    pub fn server(&self) -> Option<&ServerError> {
        self.inner.server.as_ref()
    }

    /// Returns the server's name for the request, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// Returns how far the request had got, over all attempts.
    pub fn phase(&self) -> Phase {
        self.inner.phase
    }

    /// Returns how many attempts went, or may have gone, on the wire.
    pub fn attempts(&self) -> u32 {
        self.inner.report.attempts()
    }

    /// Returns the time from the start of the call to this error.
    pub fn elapsed(&self) -> Duration {
        self.inner.report.elapsed()
    }

    /// Returns how long the server, or the quota, asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.report.retry_after()
    }

    /// Returns the last look at the job before the error.
    pub fn last_seen(&self) -> Option<&ImportJob> {
        self.inner.last.as_deref()
    }

    /// Returns what is needed to watch the job again, from here or from another process.
    pub fn handle(&self) -> Option<&ImportHandle> {
        self.inner.handle.as_ref()
    }

    /// Returns the key under which the submit was sent.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.inner.key.as_ref()
    }

    /// Returns whether a failed submit may have started an import; `None` for any other call.
    pub fn commit(&self) -> Option<Commit> {
        // Whatever the call, an answer is read by the same code: it is the key that tells a submit.
        self.inner.key.as_ref().and(self.inner.commit)
    }

    /// Returns when the submit that failed was first sent. The server keeps its key for 24 hours from then, or
    /// from when it first saw it.
    pub fn submitted_at(&self) -> Option<Timestamp> {
        self.inner.submitted_at
    }

    /// Returns the snapshot that contradicts itself, of an error of kind [`ErrorKind::Contract`].
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.find::<Contradiction>().map(Contradiction::snapshot)
    }

    /// Returns the setting or argument at fault, of an error of kind [`ErrorKind::Config`].
    pub fn as_config(&self) -> Option<&ConfigError> {
        self.find()
    }

    /// Returns which limit ended the watch, of an error of kind [`ErrorKind::Stopped`] or `Expired`.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.inner.stop
    }

    /// Tells whether time ran out: of the call, or of the watch.
    pub fn is_timeout(&self) -> bool {
        self.inner.kind == ErrorKind::Timeout || self.inner.stop == Some(StopReason::Deadline)
    }

    /// Tells whether the same call may succeed later without anything being changed.
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

    /// Finds an error of type `T` beneath this one.
    pub(crate) fn find<T: StdError + 'static>(&self) -> Option<&T> {
        let source = self.inner.source.as_deref();
        let mut next = source.map(|source| source as &(dyn StdError + 'static));
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            // An error of ours may tell its source itself, and then leaves it out of the chain.
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
        if self.inner.tells_source {
            source.source()
        } else {
            Some(source)
        }
    }
}
