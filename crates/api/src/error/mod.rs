//! The error of the calls: what failed, of which job, and everything that was learnt before it did.

mod display;
mod kind;
mod server;

use std::{borrow::Cow, error::Error as StdError, sync::Arc, time::Duration};

use http::StatusCode;
use jiff::Timestamp;
use prism_imports_core::{Contradiction, ImportJob, JobId, poller::StopReason, wire::Snapshot};
use prism_imports_transport::{self as transport, BoxError, CallReport, Phase};

pub(crate) use self::server::Hidden;
pub use self::{
    kind::{Commit, ErrorKind},
    server::{FieldIssue, ServerError},
};
pub use crate::config::ConfigError;
use crate::ids::{IdempotencyKey, ImportHandle};

/// Why a call has no result.
///
/// `Display` is one line for a log: what was done, what failed, the server's code and message, the job and the
/// request id. Text of the server is escaped. [`source`](StdError::source) is the level below:
/// [`transport::Error`], the decoding error or [`ConfigError`] can be found in the chain by downcast.
/// Nothing that was learnt is lost: the error carries the last snapshot of the job, the handle to go on with, and the key of
/// a submit. Clones share their content.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use prism_imports::{Client, ErrorKind};
///
/// let client = Client::builder().api_key("key").base_url("http://127.0.0.1:9").build().unwrap();
/// let error = client.imports().get("..").await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Argument);
/// assert_eq!(error.to_string(), "get import: a job id must not be `.` or `..`");
/// # }
/// ```
#[derive(Clone)]
pub struct Error {
    pub(crate) kind: ErrorKind,
    pub(crate) inner: Arc<Inner>,
}

#[derive(Clone, Default)]
pub(crate) struct Inner {
    pub(crate) operation: Cow<'static, str>,
    /// What happened, if the kind does not say it.
    pub(crate) what: Option<Cow<'static, str>>,
    /// A description of the body, if it is not understood.
    pub(crate) body: Option<String>,
    pub(crate) job: Option<JobId>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) server: Option<ServerError>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) phase: Phase,
    pub(crate) report: CallReport,
    pub(crate) retry_after: Option<Duration>,
    /// The server's time when it answered.
    pub(crate) date: Option<Timestamp>,
    pub(crate) last: Option<ImportJob>,
    pub(crate) handle: Option<ImportHandle>,
    pub(crate) key: Option<IdempotencyKey>,
    /// The commit, unless it follows from the report.
    pub(crate) commit: Option<Commit>,
    pub(crate) submitted_at: Option<Timestamp>,
    pub(crate) stop: Option<StopReason>,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error of a kind: for doubles of the [typed services](crate::GetImports) in tests.
    pub fn new(kind: ErrorKind, operation: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            inner: Arc::new(Inner {
                operation: operation.into(),
                ..Inner::default()
            }),
        }
    }

    /// Sets the source.
    #[must_use]
    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with(|inner| inner.source = Some(Arc::new(source)))
    }

    /// Sets the status of the response.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        self.with(|inner| {
            inner.status = Some(status);
            inner.phase = Phase::Answered;
        })
    }

    /// Sets how long the server asked to wait.
    #[must_use]
    pub fn with_retry_after(self, wait: Duration) -> Self {
        self.with(|inner| inner.retry_after = Some(wait))
    }

    /// Makes an error without an operation, which [`during`](Self::during) adds.
    pub(crate) fn of_kind(kind: ErrorKind) -> Self {
        Self::new(kind, "")
    }

    /// The error of a call that got no response.
    pub(crate) fn unanswered(error: BoxError) -> Self {
        use transport::Kind;
        let error = transport::Error::from_boxed(error);
        let kind = match error.kind() {
            Kind::Connect | Kind::Closed => ErrorKind::Connect,
            Kind::Certificate => ErrorKind::Certificate,
            Kind::Protocol => ErrorKind::Protocol,
            Kind::Config | Kind::Request | Kind::Origin => ErrorKind::Config,
            Kind::Credentials => ErrorKind::Auth,
            Kind::Timeout(_) => ErrorKind::Timeout,
            Kind::Body => ErrorKind::Body,
            Kind::Encoding => ErrorKind::Decode,
            Kind::TooLarge => ErrorKind::TooLarge,
            Kind::Quota => ErrorKind::Quota,
            Kind::Overloaded => ErrorKind::Overloaded,
            Kind::Layer | _ => ErrorKind::Layer,
        };
        let unanswered = Self::of_kind(kind).with(|inner| {
            inner.status = error.status();
            inner.request_id = error.request_id().map(Into::into);
            inner.phase = error.phase();
            inner.report = *error.report();
            inner.retry_after = error.report().retry_after;
            if kind == ErrorKind::TooLarge {
                inner.what = Some(format!("{error}, which `ClientBuilder::max_body` sets").into());
            }
            // The message of another layer is all that there is to say.
            if let Some(source) = error.source().filter(|_| kind == ErrorKind::Layer) {
                inner.what = Some(format!("{error}: {source}").into());
            }
        });
        unanswered.caused_by(error)
    }

    /// Reads the error of a layered service: an error of ours anywhere in the chain, or that of another layer.
    pub(crate) fn of_layer(error: BoxError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(ours) => return *ours,
            Err(error) => error,
        };
        match find::<Self>(Some(&*error)).cloned() {
            Some(ours) => ours.with(|inner| inner.source = Some(Arc::from(error))),
            None => Self::unanswered(error),
        }
    }

    /// Sets the source, whose message is that of this error unless it has one.
    pub(crate) fn caused_by(self, source: impl StdError + Send + Sync + 'static) -> Self {
        let what = source.to_string().into();
        let error = self.with_source(source);
        error.with(|inner| inner.what = inner.what.take().or(Some(what)))
    }

    /// Sets the message, in place of that of the kind.
    pub(crate) fn with_message(self, what: impl Into<Cow<'static, str>>) -> Self {
        self.with(|inner| inner.what = Some(what.into()))
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.inner));
        self
    }

    /// Adds the operation, unless the error has one.
    pub(crate) fn during(self, operation: &'static str) -> Self {
        self.with(|inner| {
            if inner.operation.is_empty() {
                inner.operation = operation.into();
            }
        })
    }

    /// Adds the job that the call was about, unless the error has one.
    pub(crate) fn of_job(self, job: &JobId) -> Self {
        self.with(|inner| {
            inner.job.get_or_insert_with(|| job.clone());
        })
    }

    /// Adds the job that the call was about, and what is needed to go on with it.
    pub(crate) fn of_handle(self, handle: Option<&ImportHandle>) -> Self {
        self.with(|inner| {
            inner.job = handle.map(|handle| handle.job_id().clone());
            inner.handle = handle.cloned();
        })
    }

    /// Returns what went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the job that the call was about.
    pub fn job_id(&self) -> Option<&JobId> {
        self.inner.job.as_ref()
    }

    /// Returns the status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.status
    }

    /// Returns the error as the server describes it.
    pub fn server(&self) -> Option<&ServerError> {
        self.inner.server.as_ref()
    }

    /// Returns the server's id of the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// Returns how far the request got, over all attempts.
    pub fn phase(&self) -> Phase {
        self.inner.phase
    }

    /// Returns how many requests were given to the HTTP service.
    pub fn attempts(&self) -> u32 {
        self.inner.report.attempts
    }

    /// Returns how long the server, or the quota, asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after.or(self.inner.report.retry_after)
    }

    /// Returns the report of the call: its requests, its time, and why there was no further request.
    pub fn report(&self) -> &CallReport {
        &self.inner.report
    }

    /// Returns the last snapshot of the job before the error.
    pub fn last_seen(&self) -> Option<&ImportJob> {
        self.inner.last.as_ref()
    }

    /// Returns what is needed to watch the job again, from here or from another process.
    pub fn handle(&self) -> Option<&ImportHandle> {
        self.inner.handle.as_ref()
    }

    /// Returns the key under which the submit was sent.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.inner.key.as_ref()
    }

    /// Returns the commit of a failed submit: whether it may have started an import. `None` for any other call.
    pub fn commit(&self) -> Option<Commit> {
        let by_requests = Commit::of(&self.inner.report);
        // Every response is read by the same code: only a submit has a key.
        let key = self.inner.key.as_ref();
        key.map(|_| self.inner.commit.unwrap_or(by_requests))
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

    /// Returns the setting or argument at fault, of an error of kind [`ErrorKind::Config`] or [`ErrorKind::Argument`].
    pub fn as_config(&self) -> Option<&ConfigError> {
        self.find()
    }

    /// Returns the error of the transport, if there is one beneath this error.
    pub fn transport(&self) -> Option<&transport::Error> {
        self.find()
    }

    /// Returns why the watch ended, of an error that is the last item of one.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.inner.stop
    }

    /// Returns `true` if a time limit was reached: of the call, or of the watch.
    pub fn is_timeout(&self) -> bool {
        self.kind == ErrorKind::Timeout || self.inner.stop == Some(StopReason::Timeout)
    }

    /// Returns `true` if the same call may succeed later without any change.
    ///
    /// A submit is safe to repeat only with the same key and rows; see [`Error::commit`].
    pub fn is_retryable(&self) -> bool {
        // A conflict on the own key: the import is being carried out, and the same key gets its response later.
        let is_under_way = self.commit() == Some(Commit::Unknown)
            && self.inner.status == Some(StatusCode::CONFLICT);
        self.kind.is_temporary() || is_under_way || self.inner.status == Some(StatusCode::TOO_EARLY)
    }

    /// Finds an error of type `T` beneath this one.
    pub(crate) fn find<T: StdError + 'static>(&self) -> Option<&T> {
        find(self.source())
    }
}

fn find<'a, T: StdError + 'static>(chain: Option<&'a (dyn StdError + 'static)>) -> Option<&'a T> {
    std::iter::successors(chain, |error| (*error).source()).find_map(<dyn StdError>::downcast_ref)
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::of_kind(error.kind()).caused_by(error)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}
