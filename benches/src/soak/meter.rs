//! An observer that counts the calls of a client.

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;
use http::Method;
use prism_imports::transport::telemetry::{AttemptEnd, CallEnd, Observer, RetryPlanned};

/// Counts calls, attempts and retries. Clones share their counts.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    calls: Arc<Mutex<Calls>>,
}

impl Meter {
    /// Returns the counts since the last call of this method.
    pub fn take(&self) -> Calls {
        mem::take(&mut *self.calls())
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Meter {
    fn on_attempt(&self, _: &AttemptEnd<'_>) {
        self.calls().requests += 1;
    }

    fn on_retry(&self, _: &RetryPlanned<'_>) {
        self.calls().retries += 1;
    }

    fn on_call(&self, call: &CallEnd<'_>) {
        let mut calls = self.calls();
        let latencies = if call.method == Method::POST {
            &mut calls.submits
        } else {
            &mut calls.polls
        };
        latencies.record(call.report.elapsed);
    }
}

/// The counts of a period of time.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Calls {
    /// The number of requests sent.
    pub requests: u64,
    /// The number of retries among them.
    pub retries: u64,
    /// The latencies of submits, including retries and waits.
    pub submits: Latencies,
    /// The latencies of polls.
    pub polls: Latencies,
}

impl Calls {
    /// Adds the counts of the next period.
    pub fn add(&mut self, next: &Self) {
        self.requests += next.requests;
        self.retries += next.retries;
        self.submits.add(&next.submits);
        self.polls.add(&next.polls);
    }
}

/// The latencies of calls.
#[derive(Clone, Debug)]
pub struct Latencies {
    micros: Histogram<u64>,
}

impl Latencies {
    /// Returns the number of calls.
    pub fn count(&self) -> u64 {
        self.micros.len()
    }

    fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(self.micros.value_at_quantile(share))
    }

    fn record(&mut self, elapsed: Duration) {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self.micros.saturating_record(micros);
    }

    fn add(&mut self, next: &Self) {
        self.micros
            .add(&next.micros)
            .expect("both have the same bounds");
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most) = (self.quantile(0.5), self.quantile(0.99));
        write!(f, "p50 {half:.1?}, p99 {most:.1?}")
    }
}

impl Default for Latencies {
    fn default() -> Self {
        let micros = Histogram::new_with_max(LONGEST_MICROS, DIGITS);
        Self {
            micros: micros.expect("the bounds are valid"),
        }
    }
}

/// Two minutes, the deadline of a call.
const LONGEST_MICROS: u64 = 120_000_000;
/// A precision of one percent.
const DIGITS: u8 = 2;
