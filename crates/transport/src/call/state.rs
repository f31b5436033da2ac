//! The state that the layers of one call share: a private request extension.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Extensions, Response};
use tokio::time::Instant;

use super::{CallReport, Stop};
use crate::error::{Error, Phase};
use crate::retry::Withdrawal;
use crate::telemetry::{Observers, RetryPlanned, retry_event};

/// The shared account of one call.
///
/// Whichever of our layers meets the request first opens it, and that one closes it: it writes the
/// [`CallReport`] on the way out. The layers inside only add to it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    started: Instant,
    account: Arc<Mutex<Account>>,
}

#[derive(Debug, Default)]
struct Account {
    attempts: u32,
    unanswered: u32,
    /// Answered, tried again all the same, and not refused.
    doubtful: u32,
    now: Now,
    /// The last phase an attempt ended in that was not "not sent".
    furthest: Option<Phase>,
    stop: Option<Stop>,
    retry_after: Option<Duration>,
    /// Whether a layer inside says when attempts begin and end.
    watched: bool,
    /// What pays for the next attempt; dropped with the call, it goes back to its budget.
    payment: Option<Withdrawal>,
    observers: Observers,
    #[cfg(feature = "client")]
    watch: Option<crate::body::Watch>,
}

/// Where the request is at this instant.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Now {
    /// With a service we know nothing about.
    #[default]
    Away,
    /// With a layer of ours that has not passed it on.
    Held,
    /// In an attempt we watch.
    InFlight,
}

impl Call {
    /// Joins the call that `extensions` belong to, or opens one; the flag says which.
    pub(crate) fn join(extensions: &mut Extensions) -> (Self, bool) {
        if let Some(call) = extensions.get::<Self>() {
            return (call.clone(), false);
        }
        let call = Self::default();
        extensions.insert(call.clone());
        (call, true)
    }

    pub(crate) fn find(extensions: &Extensions) -> Option<&Self> {
        extensions.get::<Self>()
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        // Nothing panics while it holds the lock, and a number that is one off is better than a panic.
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a layer of ours holds the request back.
    pub(crate) fn hold(&self) {
        self.account().now = Now::Held;
    }

    /// Notes that the request was passed on to a service we may know nothing about.
    pub(crate) fn pass_on(&self) {
        self.account().now = Now::Away;
    }

    /// Notes that an attempt begins; the guard notes how it ends.
    pub(crate) fn begin_attempt(&self) -> InFlight {
        let mut account = self.account();
        account.attempts = account.attempts.saturating_add(1);
        account.now = Now::InFlight;
        account.watched = true;
        if let Some(payment) = account.payment.take() {
            payment.spend();
        }
        #[cfg(feature = "client")]
        {
            account.watch = None;
        }
        drop(account);
        InFlight {
            call: Some(self.clone()),
        }
    }

    fn end_cut_off(&self) -> Phase {
        let phase = self.account().running();
        self.end_attempt(phase);
        phase
    }

    fn end_attempt(&self, phase: Phase) {
        let mut account = self.account();
        account.now = Now::Held;
        match phase {
            Phase::NotSent => {}
            Phase::MaybeSent => {
                account.unanswered = account.unanswered.saturating_add(1);
                account.furthest = Some(phase);
            }
            Phase::Answered => account.furthest = Some(phase),
        }
    }

    /// Notes how the n-th attempt ended, where no layer inside has watched it.
    pub(crate) fn note_attempt(&self, number: u32, phase: Phase) {
        let unwatched = {
            let mut account = self.account();
            let unwatched = account.now == Now::Away;
            if unwatched {
                account.attempts = account.attempts.max(number);
            }
            unwatched
        };
        if unwatched {
            self.end_attempt(phase);
        }
    }

    /// Notes that an attempt was answered, is tried again, and may have done what was asked.
    pub(crate) fn doubt(&self) {
        let mut account = self.account();
        account.doubtful = account.doubtful.saturating_add(1);
    }

    pub(crate) fn observe(&self, observers: Observers) {
        self.account().observers = observers;
    }

    /// Tells whoever observes the call that it goes on.
    pub(crate) fn plan_retry(&self, retry: &RetryPlanned) {
        retry_event(retry);
        // The observer is foreign code: it must not run under the lock.
        let observers = self.account().observers.clone();
        if let Some(observer) = observers.get() {
            observer.on_retry(retry);
        }
    }

    /// Takes what pays for the next attempt. It is spent when that attempt begins, or at once where nobody inside
    /// would say so.
    pub(crate) fn pay(&self, payment: Withdrawal) {
        let mut account = self.account();
        if account.watched {
            account.payment = Some(payment);
        } else {
            payment.spend();
        }
    }

    pub(crate) fn stop(&self, stop: Option<Stop>, retry_after: Option<Duration>) {
        let mut account = self.account();
        account.stop = stop;
        account.retry_after = retry_after;
    }

    #[cfg(feature = "client")]
    pub(crate) fn watch(&self, watch: crate::body::Watch) {
        self.account().watch = Some(watch);
    }

    /// Returns whether a watched attempt is under way.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.account().now == Now::InFlight
    }

    /// Returns how far the call had got when it was cut off. What was cut off must be dropped before.
    pub(crate) fn phase(&self) -> Phase {
        let mut account = self.account();
        let running = account.running();
        account.overall(running)
    }

    pub(crate) fn report(&self) -> CallReport {
        let account = self.account();
        CallReport {
            attempts: account.attempts,
            unanswered: account.unanswered,
            undecided: account.unanswered.saturating_add(account.doubtful),
            elapsed: self.started.elapsed(),
            stop: account.stop,
            retry_after: account.retry_after,
        }
    }

    /// Closes the account: writes it into the result.
    pub(crate) fn close<B>(
        &self,
        result: Result<Response<B>, Error>,
    ) -> Result<Response<B>, Error> {
        let phase = result
            .as_ref()
            .map_or_else(Error::phase, |_| Phase::Answered);
        // Without a retry or an attempt's layer nobody has counted the one attempt there was.
        self.note_attempt(1, phase);
        match result {
            Ok(mut response) => {
                response.extensions_mut().insert(self.report());
                Ok(response)
            }
            Err(error) => {
                let phase = self.account().overall(error.phase());
                Err(error.with_phase(phase).with_report(self.report()))
            }
        }
    }
}

impl Default for Call {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            account: Arc::default(),
        }
    }
}

/// An attempt under way. Dropped before its end, it was cut off: it then counts with the phase it had reached.
#[derive(Debug)]
pub(crate) struct InFlight {
    call: Option<Call>,
}

impl InFlight {
    /// Ends an attempt that was cut off, and returns how far it had got. The attempt must be dropped before.
    pub(crate) fn cut_off(mut self) -> Phase {
        match self.call.take() {
            Some(call) => call.end_cut_off(),
            None => Phase::MaybeSent,
        }
    }

    pub(crate) fn end(mut self, phase: Phase) {
        if let Some(call) = self.call.take() {
            call.end_attempt(phase);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            call.end_cut_off();
        }
    }
}

impl Account {
    fn running(&mut self) -> Phase {
        match self.now {
            Now::Held => Phase::NotSent,
            Now::Away => Phase::MaybeSent,
            Now::InFlight => {
                #[cfg(feature = "client")]
                if self
                    .watch
                    .take()
                    .is_some_and(crate::body::Watch::never_sent)
                {
                    return Phase::NotSent;
                }
                Phase::MaybeSent
            }
        }
    }

    /// The phase of the whole call when the last attempt ended in `last`: "not sent" needs all of them.
    fn overall(&self, last: Phase) -> Phase {
        match (last, self.furthest) {
            (Phase::NotSent, Some(furthest)) => furthest,
            (Phase::NotSent | Phase::MaybeSent | Phase::Answered, _) => last,
        }
    }
}
