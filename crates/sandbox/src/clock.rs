//! The sandbox's clock.

use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use tokio::{sync::watch, time::Instant};

/// A clock for the sandbox: real time, scaled time, or time that a test advances.
///
/// Clones share the same time.
#[derive(Clone)]
pub struct Clock {
    source: Source,
    epoch: Epoch,
}

#[derive(Clone)]
enum Source {
    Running { start: Instant, scale: NonZeroU32 },
    Manual(Arc<watch::Sender<Duration>>),
}

impl Clock {
    /// Creates a clock that runs in real time.
    ///
    /// It reads tokio's clock. In a test that pauses tokio's clock, the sandbox runs in virtual time.
    pub fn real() -> Self {
        Self::scaled(NonZeroU32::MIN)
    }

    /// Creates a clock that runs `scale` times as fast as real time.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use prism_imports_sandbox::Clock;
    ///
    /// let an_hour_a_minute = Clock::scaled(NonZeroU32::new(60).unwrap());
    /// # drop(an_hour_a_minute);
    /// ```
    pub fn scaled(scale: NonZeroU32) -> Self {
        Self {
            source: Source::Running {
                start: Instant::now(),
                scale,
            },
            epoch: Epoch(Timestamp::now()),
        }
    }

    /// Creates a clock that starts at 2026-01-01T00:00:00Z and moves only when it is advanced.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prism_imports_sandbox::Clock;
    ///
    /// let clock = Clock::manual();
    /// clock.advance(Duration::from_secs(3600));
    /// assert_eq!(clock.now(), Duration::from_secs(3600));
    /// ```
    pub fn manual() -> Self {
        Self {
            source: Source::Manual(Arc::new(watch::Sender::new(Duration::ZERO))),
            epoch: Epoch(Timestamp::from_second(MANUAL_EPOCH).unwrap_or(Timestamp::UNIX_EPOCH)),
        }
    }

    /// Sets the date and time at which the clock began. Timestamps in answers are relative to it.
    #[must_use]
    pub fn with_epoch(mut self, epoch: Timestamp) -> Self {
        self.epoch = Epoch(epoch);
        self
    }

    /// Returns the time since the clock began.
    pub fn now(&self) -> Duration {
        match &self.source {
            Source::Running { start, scale } => start.elapsed().saturating_mul(scale.get()),
            Source::Manual(now) => *now.borrow(),
        }
    }

    /// Advances a manual clock; does nothing for a running clock.
    pub fn advance(&self, by: Duration) {
        match &self.source {
            Source::Running { .. } => {}
            Source::Manual(now) => now.send_modify(|now| *now = now.saturating_add(by)),
        }
    }

    /// Sleeps for a network delay: in unscaled time for a running clock, until it is advanced for a manual one.
    pub(crate) fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        let source = self.source.clone();
        let until = self.now().saturating_add(duration);
        async move {
            match source {
                Source::Running { .. } => tokio::time::sleep(duration).await,
                // The future owns the sender, so the channel stays open while it waits.
                Source::Manual(now) => drop(now.subscribe().wait_for(|now| *now >= until).await),
            }
        }
    }

    /// Returns the speed of the clock relative to real time.
    pub(crate) fn scale(&self) -> NonZeroU32 {
        match &self.source {
            Source::Running { scale, .. } => *scale,
            Source::Manual(_) => NonZeroU32::MIN,
        }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock")
            .field("now", &self.now())
            .field("epoch", &self.epoch.0)
            .finish_non_exhaustive()
    }
}

/// The date and time of offset zero.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Epoch(Timestamp);

impl Epoch {
    /// Returns the date and time at an offset, at most the maximum timestamp.
    fn at(self, offset: Duration) -> Timestamp {
        SignedDuration::try_from(offset)
            .ok()
            .and_then(|offset| self.0.checked_add(offset).ok())
            .unwrap_or(Timestamp::MAX)
    }

    /// Formats the instant as RFC 3339 with milliseconds.
    pub(crate) fn rfc3339(self, offset: Duration) -> String {
        format!("{:.3}", self.at(offset))
    }

    /// Formats the instant as an HTTP date (RFC 9110 section 5.6.7); `None` if it has no such form.
    pub(crate) fn http_date(self, offset: Duration) -> Option<String> {
        DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&self.at(offset))
            .ok()
    }
}

/// 2026-01-01T00:00:00Z.
const MANUAL_EPOCH: i64 = 1_767_225_600;
