//! What the client's own observer counts.

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;
use http::Method;
use prism_imports::transport::telemetry::{AttemptEnd, CallEnd, Observer, RetryPlanned};

/// Counts calls, attempts and retries. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    calls: Arc<Mutex<Calls>>,
}

impl Meter {
    /// Takes what was counted since the last time.
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

    fn on_retry(&self, _: &RetryPlanned) {
        self.calls().retries += 1;
    }

    fn on_call(&self, call: &CallEnd<'_>) {
        let mut calls = self.calls();
        let latencies = if call.method == Method::POST {
            &mut calls.submits
        } else {
            &mut calls.looks
        };
        latencies.note(call.report.elapsed());
    }
}

/// What was counted over some time.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Calls {
    /// Requests that went on the wire.
    pub requests: u64,
    /// Those of them that were retries.
    pub retries: u64,
    /// How long submits took, their retries and waits included.
    pub submits: Latencies,
    /// How long looks at jobs took.
    pub looks: Latencies,
}

impl Calls {
    /// Adds what was counted over the time that followed.
    pub fn add(&mut self, next: &Self) {
        self.requests += next.requests;
        self.retries += next.retries;
        self.submits.add(&next.submits);
        self.looks.add(&next.looks);
    }
}

/// How long calls took.
#[derive(Clone, Debug)]
pub struct Latencies {
    micros: Histogram<u64>,
}

impl Latencies {
    /// Returns how many calls there were.
    pub fn count(&self) -> u64 {
        self.micros.len()
    }

    fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(self.micros.value_at_quantile(share))
    }

    fn note(&mut self, elapsed: Duration) {
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
            micros: micros.expect("the bounds are ones that a histogram can have"),
        }
    }
}

/// Two minutes, the deadline of a call.
const LONGEST_MICROS: u64 = 120_000_000;
/// To the hundredth of a value.
const DIGITS: u8 = 2;
