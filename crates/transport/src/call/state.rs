//! The state that the layers of one call share.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Response;
use tokio::time::Instant;

use super::{CallReport, Stop};
use crate::error::{Error, Phase};
use crate::retry::Withdrawal;
use crate::telemetry::{Observers, RetryPlanned, retry_event};

/// The shared account of one call.
///
/// Whichever of our layers meets the request first opens it, and that one closes it: it writes the
/// [`CallReport`] on the way out. The layers inside only add to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    started: Instant,
    /// A [`Now`], outside of the lock: it changes with every layer that a request passes.
    now: AtomicU8,
    account: Mutex<Account>,
    #[cfg(feature = "client")]
    wire: super::wire::Wire,
}

#[derive(Debug, Default)]
struct Account {
    attempts: u32,
    unanswered: u32,
    /// Answered, tried again all the same, and not refused.
    doubtful: u32,
    /// The last phase an attempt ended in that was not "not sent".
    furthest: Option<Phase>,
    stop: Option<Stop>,
    retry_after: Option<Duration>,
    /// Whether a layer inside says when attempts begin and end.
    watched: bool,
    /// What pays for the next attempt; dropped at the end of the call, it goes back to its budget.
    payment: Option<Withdrawal>,
    /// How long the call took, once it is over.
    elapsed: Option<Duration>,
    /// Whether the body of an answer is sure to have this account, so that it need not be an extension.
    lies_in_body: bool,
    observers: Observers,
}

/// Where the request is at this instant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
enum Now {
    /// With a service we know nothing about.
    Away,
    /// With a layer of ours that has not passed it on.
    Held,
    /// In an attempt we watch.
    InFlight,
}

impl Call {
    pub(crate) fn started(&self) -> Instant {
        self.shared.started
    }

    /// Returns where the request is. It orders nothing else: whoever asks was polled by whoever noted it.
    fn now(&self) -> Now {
        Now::of(self.shared.now.load(Ordering::Relaxed))
    }

    fn set_now(&self, now: Now) {
        self.shared.now.store(now as u8, Ordering::Relaxed);
    }

    #[cfg(feature = "client")]
    pub(super) fn wire(&self) -> &super::wire::Wire {
        &self.shared.wire
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        // Nothing panics while it holds the lock, and a number that is one off is better than a panic.
        self.shared
            .account
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a layer of ours holds the request back.
    pub(crate) fn hold(&self) {
        self.set_now(Now::Held);
    }

    /// Notes that the request was passed on to a service we may know nothing about.
    pub(crate) fn pass_on(&self) {
        self.set_now(Now::Away);
    }

    /// Notes that all layers down to the attempt's are ours, which puts the account into the body.
    pub(crate) fn lies_in_body(&self) {
        self.account().lies_in_body = true;
    }

    /// Notes that an attempt begins; the guard notes how it ends.
    pub(crate) fn begin_attempt(&self) -> InFlight {
        let mut account = self.account();
        account.attempts = account.attempts.saturating_add(1);
        account.watched = true;
        if let Some(payment) = account.payment.take() {
            payment.spend();
        }
        drop(account);
        #[cfg(feature = "client")]
        self.shared.wire.begin();
        self.set_now(Now::InFlight);
        InFlight {
            call: self.clone(),
            over: false,
        }
    }

    fn end_cut_off(&self) -> Phase {
        let phase = self.running();
        self.end_attempt(phase);
        phase
    }

    fn end_attempt(&self, phase: Phase) {
        self.set_now(Now::Held);
        if phase == Phase::NotSent {
            return;
        }
        let mut account = self.account();
        account.furthest = Some(phase);
        if phase == Phase::MaybeSent {
            account.unanswered = account.unanswered.saturating_add(1);
        }
    }

    /// Notes how the n-th attempt ended, where no layer inside has watched it.
    pub(crate) fn note_attempt(&self, number: u32, phase: Phase) {
        if self.now() == Now::Away {
            let mut account = self.account();
            account.attempts = account.attempts.max(number);
            drop(account);
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

    /// Returns whether a watched attempt is under way.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.now() == Now::InFlight
    }

    /// Returns how far the call had got when it was cut off. What was cut off must be dropped before.
    pub(crate) fn phase(&self) -> Phase {
        let running = self.running();
        self.account().overall(running)
    }

    /// Returns how far the attempt that is under way has got.
    fn running(&self) -> Phase {
        match self.now() {
            Now::Held => Phase::NotSent,
            #[cfg(feature = "client")]
            Now::InFlight if self.shared.wire.never_sent() => Phase::NotSent,
            Now::Away | Now::InFlight => Phase::MaybeSent,
        }
    }

    /// Returns how many attempts there were.
    pub(crate) fn attempts(&self) -> u32 {
        self.account().attempts
    }

    pub(crate) fn report(&self) -> CallReport {
        let account = self.account();
        CallReport {
            attempts: account.attempts,
            unanswered: account.unanswered,
            undecided: account.unanswered.saturating_add(account.doubtful),
            elapsed: account
                .elapsed
                .unwrap_or_else(|| self.shared.started.elapsed()),
            stop: account.stop,
            retry_after: account.retry_after,
        }
    }

    /// Returns the account with the time until now, for a body that fails when the call is over.
    pub(crate) fn report_so_far(&self) -> CallReport {
        CallReport {
            elapsed: self.shared.started.elapsed(),
            ..self.report()
        }
    }

    /// Closes the account: the result has it from here on.
    pub(crate) fn close<B>(&self, result: &mut Result<Response<B>, Error>) {
        let phase = result
            .as_ref()
            .map_or_else(Error::phase, |_| Phase::Answered);
        // Without a retry or an attempt's layer nobody has counted the one attempt there was.
        self.note_attempt(1, phase);
        let mut account = self.account();
        account.elapsed = Some(self.shared.started.elapsed());
        account.payment = None;
        let is_known = account.lies_in_body;
        drop(account);
        match result {
            Ok(_) if is_known => {}
            Ok(response) => drop(response.extensions_mut().insert(self.report())),
            Err(error) => {
                let phase = self.account().overall(error.phase());
                error.close(phase, self.report());
            }
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            now: AtomicU8::new(Now::Away as u8),
            account: Mutex::default(),
            #[cfg(feature = "client")]
            wire: super::wire::Wire::default(),
        }
    }
}

impl Now {
    const fn of(number: u8) -> Self {
        if number == Self::Held as u8 {
            Self::Held
        } else if number == Self::InFlight as u8 {
            Self::InFlight
        } else {
            Self::Away
        }
    }
}

/// An attempt under way. Dropped before its end, it was cut off: it then counts with the phase it had reached.
#[derive(Debug)]
pub(crate) struct InFlight {
    call: Call,
    over: bool,
}

impl InFlight {
    pub(crate) const fn call(&self) -> &Call {
        &self.call
    }

    /// Ends an attempt that was cut off, and returns how far it had got. The attempt must be dropped before.
    pub(crate) fn cut_off(&mut self) -> Phase {
        self.over = true;
        self.call.end_cut_off()
    }

    /// Ends an attempt, unless it has ended.
    pub(crate) fn end(&mut self, phase: Phase) {
        if !std::mem::replace(&mut self.over, true) {
            self.call.end_attempt(phase);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if !self.over {
            self.call.end_cut_off();
        }
    }
}

impl Account {
    /// The phase of the whole call when the last attempt ended in `last`: "not sent" needs all of them.
    fn overall(&self, last: Phase) -> Phase {
        match (last, self.furthest) {
            (Phase::NotSent, Some(furthest)) => furthest,
            (Phase::NotSent | Phase::MaybeSent | Phase::Answered, _) => last,
        }
    }
}
