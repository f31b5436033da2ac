//! The context of a call: which requests were handed over, and how far each of them got.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use tokio::time::Instant;

use super::{CallReport, Stop};
use crate::error::{Error, Phase};
use crate::service::Sent;
use crate::telemetry::Observer;

/// What is known of one call while it runs.
///
/// The outermost layer of ours puts it into the request's extensions; clones share one state. A service that hands the
/// request over to another one notes that here, with the answer or the error. When several layers hand over one
/// request one after the other, the innermost note counts: it is the closest to the wire.
///
/// # Examples
///
/// ```
/// use http::Request;
/// use prism_imports_transport::{AttemptNumber, CallContext};
///
/// // In a layer of your own, around every attempt:
/// fn describe<B>(request: &Request<B>) -> Option<String> {
///     let number = AttemptNumber::of(request)?.get();
///     let call = request.extensions().get::<CallContext>()?;
///     Some(format!("attempt {number}, after {} requests", call.report().attempts))
/// }
/// # assert_eq!(describe(&Request::new(())), None);
/// ```
#[derive(Clone, Debug)]
pub struct CallContext {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    started: Instant,
    /// The call goes through a stack, whose innermost layer notes what is sent. The other layers then note nothing.
    is_complete: AtomicBool,
    observer: OnceLock<Arc<dyn Observer>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    notes: Vec<Arc<Note>>,
    stop: Option<Stop>,
    retry_after: Option<Duration>,
    /// The caller has the result. No write leaves after that.
    is_over: bool,
}

/// One request that was handed over.
///
/// It is also an extension of the request: the next service that hands the request on finds it there.
#[derive(Debug, Default)]
pub(crate) struct Note {
    is_handed_on: AtomicBool,
    end: OnceLock<Result<StatusCode, Phase>>,
    body_read: AtomicBool,
    body_dropped: AtomicBool,
}

impl CallContext {
    /// Returns the call that a request belongs to, or opens one, which ends with the second value. The layer that joins notes
    /// the request from here on: it may wait before it hands the request over, and then nothing was sent.
    pub(crate) fn join<B>(request: &mut Request<B>) -> (Self, Option<Closing>) {
        let extensions = request.extensions_mut();
        let before = extensions.remove::<Arc<Note>>();
        let joined = extensions.get::<Self>().cloned();
        // A request that is sent again when its call is over belongs to another one.
        if let Some(joined) = joined.filter(|call| !call.state().is_over) {
            if let Some(before) = before {
                before.is_handed_on.store(true, Ordering::Relaxed);
            }
            return (joined, None);
        }
        let call = Self {
            shared: Arc::new(Shared {
                started: Instant::now(),
                is_complete: AtomicBool::new(false),
                observer: OnceLock::new(),
                state: Mutex::default(),
            }),
        };
        extensions.insert(call.clone());
        (call.clone(), Some(Closing(call)))
    }

    /// Leaves it to the innermost layer of a stack to note what is sent.
    pub(crate) fn complete(&self) {
        self.shared.is_complete.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.shared.is_complete.load(Ordering::Relaxed)
    }

    /// Sets the observer, unless a layer further out has one.
    pub(crate) fn set_observer(&self, observer: &Arc<dyn Observer>) {
        let observer = || Arc::clone(observer);
        self.shared.observer.get_or_init(observer);
    }

    pub(crate) fn observer(&self) -> Option<&dyn Observer> {
        self.shared.observer.get().map(|observer| &**observer)
    }

    pub(crate) fn started(&self) -> Instant {
        self.shared.started
    }

    /// Returns what is known so far.
    pub fn report(&self) -> CallReport {
        self.report_since(0)
    }

    /// Returns what is known of the requests handed over since [`mark`](Self::mark) was called.
    pub(crate) fn report_since(&self, mark: usize) -> CallReport {
        let state = self.state();
        let mut report = CallReport {
            elapsed: self.shared.started.elapsed(),
            stop: state.stop,
            retry_after: state.retry_after,
            ..CallReport::default()
        };
        for note in state.notes.iter().skip(mark) {
            if note.is_handed_on.load(Ordering::Relaxed) {
                continue;
            }
            let phase = note.phase();
            report.attempts += 1;
            report.unanswered += u32::from(phase == Phase::MaybeSent);
            let (is_refused, is_accepted) = match note.end.get() {
                Some(Ok(status)) => (CallReport::is_refusal(*status), status.is_success()),
                Some(Err(_)) | None => (phase == Phase::NotSent, false),
            };
            report.unrefused += u32::from(!is_refused);
            report.accepted += u32::from(is_accepted);
            // That of the last request that may have been sent.
            if phase != Phase::NotSent {
                report.phase = phase;
            }
        }
        report
    }

    pub(crate) fn mark(&self) -> usize {
        self.state().notes.len()
    }

    /// Notes why no further attempt is made, and how long the server or the quota asked to wait.
    pub(crate) fn set_stop(&self, stop: Option<Stop>, retry_after: Option<Duration>) {
        let mut state = self.state();
        state.stop = stop;
        state.retry_after = retry_after;
    }

    /// Notes that a request is handed over.
    ///
    /// # Errors
    ///
    /// Returns an error if the call is over: its result may say already that this request was not sent.
    pub(crate) fn hand_over<B>(&self, request: &mut Request<B>) -> Result<Arc<Note>, Error> {
        let mut state = self.state();
        if state.is_over && !request.method().is_safe() {
            return Err(Error::config(
                "the call is over: a layer sends its request after the caller has the result",
            ));
        }
        let note = Arc::<Note>::default();
        if let Some(before) = request.extensions_mut().insert(Arc::clone(&note)) {
            before.is_handed_on.store(true, Ordering::Relaxed);
        }
        state.notes.push(Arc::clone(&note));
        Ok(note)
    }

    /// Attaches the report of the call to its result. The phase of an error becomes that of the whole call.
    pub(crate) fn finish<C>(&self, result: Sent<C>) -> Sent<C> {
        let report = self.report();
        match result {
            Ok(mut response) => {
                *response.extensions_mut().get_or_insert(report) = report;
                Ok(response)
            }
            Err(error) => Err(error.with_phase(report.phase).with_report(report)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock, and a number that is one off is better than a panic.
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a call when the layer that opened it is done, or is dropped: no write leaves from then on, so that the report
/// stays true.
pub(crate) struct Closing(CallContext);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.state().is_over = true;
    }
}

impl Note {
    /// Notes how the request ended.
    pub(crate) fn ended<C>(&self, result: &Sent<C>) {
        let end = result.as_ref().map(Response::status).map_err(Error::phase);
        self.end.get_or_init(|| end);
    }

    /// Notes that hyper read the body, its length or its end.
    #[cfg(feature = "client")]
    pub(crate) fn set_body_read(&self) {
        self.body_read.store(true, Ordering::Relaxed);
    }

    #[cfg(feature = "client")]
    pub(crate) fn set_body_dropped(&self) {
        self.body_dropped.store(true, Ordering::Release);
    }

    fn phase(&self) -> Phase {
        match self.end.get() {
            Some(Ok(_)) => Phase::Answered,
            Some(Err(phase)) => *phase,
            // hyper reads a body, its length or its end, right before it writes the head of the request, and a
            // request is held together with its body. So a body that is gone and was never read was never sent.
            None if self.body_dropped.load(Ordering::Acquire)
                && !self.body_read.load(Ordering::Relaxed) =>
            {
                Phase::NotSent
            }
            None => Phase::MaybeSent,
        }
    }
}
