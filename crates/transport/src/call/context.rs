//! The context of a call: which requests were handed over, and how far each of them got.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_service::Service;

use super::{CallReport, Stop};
use crate::error::{BoxError, Error, Phase};

/// What is known of one call while it runs.
///
/// The outermost layer of ours puts it into the request's extensions; clones share one state. Whoever hands the request
/// over to another service notes it here, with the answer or the error. When several layers hand over one
/// request one after the other, the innermost note counts: it is the closest to the wire.
///
/// # Examples
///
/// ```
/// use http::Request;
/// use prism_imports_transport::{CallContext, RequestBody};
///
/// // In a layer of your own:
/// fn attempts_before<B>(request: &Request<B>) -> u32 {
///     request.extensions().get::<CallContext>().map_or(0, |call| call.report().attempts())
/// }
/// # assert_eq!(attempts_before(&Request::new(RequestBody::default())), 0);
/// ```
#[derive(Clone, Debug)]
pub struct CallContext {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    started: Instant,
    /// Whether the HTTP service of this call notes what it is given. Notes of layers then add nothing.
    is_complete: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    notes: Vec<Note>,
    stop: Option<Stop>,
    retry_after: Option<Duration>,
    /// Whether the result was given to the caller. No write leaves after that.
    is_over: bool,
}

/// One request that was handed over.
#[derive(Debug)]
struct Note {
    to: Recipient,
    /// Whether the recipient handed it on, with a note of its own.
    is_handed_on: bool,
    end: Option<Result<StatusCode, Phase>>,
    body: Option<Arc<BodyProbe>>,
}

/// Who a request is handed to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Recipient {
    /// A service about which nothing is known.
    Service,
    /// What sends requests to the network.
    Http,
}

/// The place of a note. Also a request extension: the next to hand the request over finds the note before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoteId(usize);

/// What is known of a request's body on its way to the wire.
#[derive(Debug, Default)]
pub(crate) struct BodyProbe {
    is_read: AtomicBool,
    is_dropped: AtomicBool,
}

impl CallContext {
    /// Opens a call. Its time starts now.
    fn new(is_complete: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                started: Instant::now(),
                is_complete,
                state: Mutex::default(),
            }),
        }
    }

    /// Returns the call that a request belongs to, or opens one.
    pub(crate) fn join<B>(request: &mut Request<B>) -> Self {
        Self::join_or(request, false)
    }

    /// Returns the call that a request belongs to, or opens one whose HTTP service notes what it is given.
    pub(crate) fn join_complete<B>(request: &mut Request<B>) -> Self {
        Self::join_or(request, true)
    }

    fn join_or<B>(request: &mut Request<B>, is_complete: bool) -> Self {
        let extensions = request.extensions_mut();
        match extensions.get::<Self>() {
            // A request that is sent again when its call is over begins another one.
            Some(call) if !call.state().is_over => call.clone(),
            Some(_) | None => {
                let call = Self::new(is_complete);
                extensions.insert(call.clone());
                call
            }
        }
    }

    /// Returns the call of a request, if its HTTP service notes what it is given.
    pub(crate) fn complete_of<B>(request: &Request<B>) -> Option<Self> {
        let call = request.extensions().get::<Self>()?;
        call.shared.is_complete.then(|| call.clone())
    }

    pub(crate) fn started(&self) -> Instant {
        self.shared.started
    }

    /// Returns what is known so far.
    pub fn report(&self) -> CallReport {
        let state = self.state();
        let mut report = CallReport {
            attempts: 0,
            unanswered: 0,
            unrefused: 0,
            accepted: 0,
            phase: self.phase_of(&state.notes),
            elapsed: self.shared.started.elapsed(),
            stop: state.stop,
            retry_after: state.retry_after,
        };
        for note in self.counted(&state.notes) {
            report.attempts += 1;
            report.unanswered += u32::from(note.phase() == Phase::MaybeSent);
            report.unrefused += u32::from(!note.is_refused());
            report.accepted += u32::from(note.is_accepted());
        }
        report
    }

    /// Returns how far the requests handed over since `mark` got.
    pub(crate) fn phase_since(&self, mark: usize) -> Phase {
        let state = self.state();
        self.phase_of(state.notes.get(mark..).unwrap_or_default())
    }

    /// Returns whether a request was handed over since `mark`.
    pub(crate) fn has_sent_since(&self, mark: usize) -> bool {
        let state = self.state();
        let notes = state.notes.get(mark..).unwrap_or_default();
        self.counted(notes).next().is_some()
    }

    /// Returns a mark for [`phase_since`](Self::phase_since).
    pub(crate) fn mark(&self) -> usize {
        self.state().notes.len()
    }

    /// Notes why no further attempt is made, and how long the server or the quota asked to wait.
    pub(crate) fn set_stop(&self, stop: Option<Stop>, retry_after: Option<Duration>) {
        let mut state = self.state();
        state.stop = stop;
        state.retry_after = retry_after;
    }

    /// Waits until `inner` is ready, hands the request over, and notes how that ends.
    pub(crate) async fn pass_on<S, B, C>(
        &self,
        inner: &mut S,
        mut request: Request<B>,
    ) -> Result<Response<C>, Error>
    where
        S: Service<Request<B>, Response = Response<C>>,
        S::Error: Into<BoxError>,
    {
        let mark = self.mark();
        let inner = inner
            .ready()
            .await
            .map_err(|error| self.read_error(error.into(), mark))?;
        let note = self.hand_over(&mut request, Recipient::Service)?;
        let result = inner
            .call(request)
            .await
            .map_err(|error| Error::from_boxed(error.into()));
        self.end(note, &result);
        result.map_err(|error| error.with_phase(self.phase_since(mark)))
    }

    /// Reads the error of a service that took no request.
    fn read_error(&self, error: BoxError, mark: usize) -> Error {
        Error::from_boxed(error).with_phase(self.phase_since(mark))
    }

    /// Notes that a request is handed over.
    ///
    /// # Errors
    ///
    /// Returns an error if the call is over: its result may say already that this request was not sent.
    pub(crate) fn hand_over<B>(
        &self,
        request: &mut Request<B>,
        to: Recipient,
    ) -> Result<Option<NoteId>, Error> {
        if self.shared.is_complete && to == Recipient::Service {
            return Ok(None);
        }
        let mut state = self.state();
        if state.is_over && !request.method().is_safe() {
            return Err(Error::config(
                "the call is over: a layer sends its request after the caller has the result",
            ));
        }
        let before = request.extensions().get::<NoteId>();
        if let Some(note) = before.and_then(|before| state.notes.get_mut(before.0)) {
            note.is_handed_on = true;
        }
        let id = NoteId(state.notes.len());
        state.notes.push(Note {
            to,
            is_handed_on: false,
            end: None,
            body: None,
        });
        request.extensions_mut().insert(id);
        Ok(Some(id))
    }

    /// Lets a probe decide how far a request got that was cut off.
    #[cfg(feature = "client")]
    pub(crate) fn probe_body(&self, id: Option<NoteId>) -> Arc<BodyProbe> {
        let probe = Arc::new(BodyProbe::default());
        self.edit(id, |note| note.body = Some(Arc::clone(&probe)));
        probe
    }

    /// Notes how a request that was handed over ended.
    pub(crate) fn end<C>(&self, id: Option<NoteId>, result: &Result<Response<C>, Error>) {
        let end = match result {
            Ok(response) => Ok(response.status()),
            Err(error) => Err(error.phase()),
        };
        self.edit(id, |note| note.end = Some(end));
    }

    fn edit(&self, id: Option<NoteId>, edit: impl FnOnce(&mut Note)) {
        let Some(id) = id else { return };
        if let Some(note) = self.state().notes.get_mut(id.0) {
            edit(note);
        }
    }

    /// Attaches the report of the call to its result.
    pub(crate) fn finish<C>(
        &self,
        result: Result<Response<C>, Error>,
    ) -> Result<Response<C>, BoxError> {
        let report = self.report();
        match result {
            Ok(mut response) => {
                response.extensions_mut().insert(report);
                Ok(response)
            }
            Err(error) => Err(error.with_phase(report.phase()).with_report(report).into()),
        }
    }

    /// Ends the call: no write leaves from here on, so that the report stays true.
    pub(crate) fn close(&self) {
        self.state().is_over = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock, and a number that is one off is better than a panic.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the notes that are the closest to the wire.
    fn counted<'a>(&self, notes: &'a [Note]) -> impl DoubleEndedIterator<Item = &'a Note> {
        let is_complete = self.shared.is_complete;
        notes
            .iter()
            .filter(move |note| !note.is_handed_on && (note.to == Recipient::Http || !is_complete))
    }

    /// Returns the phase of the last request that may have been sent.
    fn phase_of(&self, notes: &[Note]) -> Phase {
        self.counted(notes)
            .rev()
            .map(Note::phase)
            .find(|phase| *phase != Phase::NotSent)
            .unwrap_or(Phase::NotSent)
    }
}

impl Note {
    fn phase(&self) -> Phase {
        match (self.end, &self.body) {
            (Some(Ok(_)), _) => Phase::Answered,
            (Some(Err(phase)), _) => phase,
            (None, Some(body)) if body.was_never_read() => Phase::NotSent,
            (None, Some(_) | None) => Phase::MaybeSent,
        }
    }

    /// Returns `true` if the server did what was asked.
    fn is_accepted(&self) -> bool {
        matches!(self.end, Some(Ok(status)) if status.is_success())
    }

    /// Returns `true` if the server surely did not do what was asked.
    ///
    /// Some refusals are no proof: 408 and 499 end a wait for a server that may go on, 425 asks for the
    /// same request again, and a 409 may stand for the request itself, sent once before.
    fn is_refused(&self) -> bool {
        match self.end {
            Some(Ok(status)) => {
                (status.is_client_error() && !matches!(status.as_u16(), 408 | 409 | 425 | 499))
                    || status.is_redirection()
            }
            Some(Err(_)) | None => self.phase() == Phase::NotSent,
        }
    }
}

#[cfg(feature = "client")]
impl BodyProbe {
    /// Notes that the body, its length or its end was read.
    pub(crate) fn set_read(&self) {
        self.is_read.store(true, Ordering::Relaxed);
    }

    pub(crate) fn set_dropped(&self) {
        self.is_dropped.store(true, Ordering::Release);
    }
}

impl BodyProbe {
    /// Returns `true` if the body is gone and was never read.
    ///
    /// hyper reads a body, its length or its end, right before it writes the head of the request, and whoever holds
    /// a request holds its body. So a body that is gone and was never read was never sent.
    fn was_never_read(&self) -> bool {
        self.is_dropped.load(Ordering::Acquire) && !self.is_read.load(Ordering::Relaxed)
    }
}
