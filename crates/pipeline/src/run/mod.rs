//! A run: imports are sent in parallel, and their jobs watched by one fleet.

mod drive;
mod outcome;
mod state;
mod submit;

use std::{
    future::Future,
    num::{NonZeroU64, NonZeroUsize},
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use prism_imports::{Imports, poller::Pace};
use tokio::sync::{mpsc, watch};

use self::drive::drive;
use crate::{
    error::PipelineError,
    event::{Event, StopReason},
    journal::Journal,
    report::Report,
};

/// A run of a journal: a stream of events. It sends what was not sent, sends again under the same key what may have been
/// sent, and watches what was started.
///
/// It is a span `prism.run` of `tracing`, in which each submit is a span `prism.import` and each watch a `prism.call`.
///
/// # Cancel safety
///
/// Dropping it stops it at once, and loses nothing: each request is in the journal before it is sent.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports_pipeline::PipelineError> {
/// use prism_imports_pipeline::{Event, Journal, Run};
///
/// let mut run = Run::new(&imports, Journal::open("contacts.journal")?);
/// while let Some(event) = run.next().await {
///     if let Event::Progress { report, .. } = event {
///         println!("{} of {} rows are left", report.pending(), report.rows());
///     }
/// }
/// let outcome = run.finish().await?;
/// println!("{} failed", outcome.report().failed());
/// # Ok(()) }
/// ```
#[must_use = "a run does nothing until it is polled"]
pub struct Run {
    settings: Option<(Imports, Journal)>,
    limits: Limits,
    stop: watch::Sender<bool>,
    driving: Option<Driving>,
    events: Option<mpsc::UnboundedReceiver<Event>>,
    result: Option<Result<Outcome, PipelineError>>,
}

type Driving = Pin<Box<dyn Future<Output = Result<Outcome, PipelineError>> + Send>>;

/// The limits of a run.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) concurrency: usize,
    pub(crate) requests: Option<u64>,
    pub(crate) pace: Pace,
}

impl Run {
    /// Makes a run of a journal. Nothing is sent until it is polled.
    pub fn new(imports: &Imports, journal: Journal) -> Self {
        Self {
            settings: Some((imports.clone(), journal)),
            limits: Limits {
                concurrency: 4,
                requests: None,
                pace: Pace::balanced(),
            },
            stop: watch::Sender::new(false),
            driving: None,
            events: None,
            result: None,
        }
    }

    /// Sets how many imports are sent at once; 4 by default.
    pub fn concurrency(mut self, imports: NonZeroUsize) -> Self {
        self.limits.concurrency = imports.get();
        self
    }

    /// Sets the pace of the watches; [`Pace::balanced`] by default.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.limits.pace = pace;
        self
    }

    /// Sets how many requests the run may send; no limit by default. It stops before an import whose polls would no longer
    /// fit.
    pub fn max_requests(mut self, requests: NonZeroU64) -> Self {
        self.limits.requests = Some(requests.get());
        self
    }

    /// Returns a handle that stops the run: what is being sent is settled, and nothing more is sent.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle(self.stop.clone())
    }

    /// Waits for the next event; `None` when the run is over.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Waits until the run is over, and returns its outcome.
    ///
    /// # Errors
    ///
    /// The file of rows was changed, the journal cannot be written, or the server refuses every request.
    pub async fn finish(mut self) -> Result<Outcome, PipelineError> {
        loop {
            if let Some(result) = self.result.take() {
                return result;
            }
            self.next().await;
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some((imports, journal)) = self.settings.take() {
            let (events, received) = mpsc::unbounded_channel();
            let driving = drive(
                imports,
                journal,
                self.limits.clone(),
                events,
                self.stop.subscribe(),
            );
            self.driving = Some(Box::pin(driving));
            self.events = Some(received);
        }
        if let Some(driving) = &mut self.driving
            && let Poll::Ready(result) = driving.as_mut().poll(cx)
        {
            self.driving = None;
            self.result = Some(result);
        }
        let received = self.events.as_mut().map(|events| events.poll_recv(cx));
        match received {
            // The last events were yielded, and the journal is being closed.
            Some(Poll::Ready(None)) if self.driving.is_some() => Poll::Pending,
            Some(received) => received,
            None => Poll::Ready(None),
        }
    }
}

impl Stream for Run {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.get_mut().poll_event(cx)
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Stops a run.
///
/// ```no_run
/// # fn example(run: &prism_imports_pipeline::Run) {
/// let stop = run.stop_handle();
/// // … in a handler of a signal:
/// stop.stop();
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StopHandle(watch::Sender<bool>);

impl StopHandle {
    /// Stops the run.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// How a run ended.
///
/// ```no_run
/// # async fn example(run: prism_imports_pipeline::Run) -> Result<(), prism_imports_pipeline::PipelineError> {
/// let outcome = run.finish().await?;
/// if let Some(reason) = outcome.stopped() {
///     println!("{reason}; {} rows are left", outcome.report().pending());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Outcome {
    pub(crate) report: Report,
    pub(crate) stopped: Option<StopReason>,
    pub(crate) requests: u64,
}

impl Outcome {
    /// Returns the tally.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns why the run stopped before its end; `None` if it did not.
    pub fn stopped(&self) -> Option<&StopReason> {
        self.stopped.as_ref()
    }

    /// Returns how many requests were sent.
    pub fn requests(&self) -> u64 {
        self.requests
    }
}
