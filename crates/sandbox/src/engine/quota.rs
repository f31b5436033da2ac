//! Rate limiting.

use std::{collections::HashMap, num::NonZeroU32, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{digest::Digest, problem::Problem};
use crate::{RateLimit, RetryHint, clock::Epoch};

/// The number of requests of each key in the windows of a [`RateLimit`].
#[derive(Debug)]
pub(super) struct Quota {
    limit: RateLimit,
    /// The speed of the sandbox's clock relative to that of the clients, by which retry hints are divided.
    scale: NonZeroU32,
    used: HashMap<Digest, [Window; 2]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    number: u128,
    requests: u32,
}

impl Quota {
    /// Creates counters at zero.
    pub(super) fn new(limit: RateLimit, scale: NonZeroU32) -> Self {
        Self {
            limit,
            scale,
            used: HashMap::new(),
        }
    }

    /// Counts a request, or rejects it without counting it.
    pub(super) fn take(
        &mut self,
        now: Duration,
        headers: &HeaderMap,
        epoch: Epoch,
    ) -> Result<(), Problem> {
        let limits = [
            ("second", SECOND, self.limit.per_second),
            ("month", MONTH, self.limit.per_month),
        ];
        if limits.iter().all(|(_, _, limit)| limit.is_none()) {
            return Ok(());
        }
        if self.used.len() >= MAX_KEYS {
            self.used.clear();
        }
        let key = Digest::of(&headers.get("x-api-key").map(HeaderValue::as_bytes));
        let windows = self.used.entry(key).or_default();
        let mut wait = None;
        for (window, (name, length, limit)) in windows.iter_mut().zip(limits) {
            let number = now.as_nanos() / length.as_nanos();
            if window.number != number {
                *window = Window {
                    number,
                    requests: 0,
                };
            }
            if let Some(limit) = limit
                && window.requests >= limit.get()
            {
                let into = now.as_nanos() % length.as_nanos();
                let left = length.saturating_sub(nanos(into));
                wait = wait.max(Some((left, limit, name)));
            }
        }
        match wait {
            None => {
                for window in windows {
                    window.requests = window.requests.saturating_add(1);
                }
                Ok(())
            }
            Some((left, limit, period)) => {
                let message = format!("the limit of {limit} requests per {period} is exceeded");
                Err(self.refuse(now, left, message, epoch))
            }
        }
    }

    fn refuse(&self, now: Duration, left: Duration, message: String, epoch: Epoch) -> Problem {
        let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
        let wait = left / self.scale.get();
        problem
            .headers
            .extend(retry_after(self.limit.hint, wait, epoch, now));
        problem
    }
}

/// Returns the header of a retry hint.
pub(super) fn retry_after(
    hint: RetryHint,
    wait: Duration,
    epoch: Epoch,
    now: Duration,
) -> Option<(HeaderName, HeaderValue)> {
    let millis = wait.as_nanos().div_ceil(1_000_000);
    let (name, value) = match hint {
        RetryHint::Seconds => (header::RETRY_AFTER, millis.div_ceil(1_000).to_string()),
        RetryHint::Millis => (RETRY_AFTER_MS, millis.to_string()),
        RetryHint::Date => {
            // A date has whole seconds, so it is rounded up.
            let end = now.saturating_add(wait).saturating_add(ALMOST_SECOND);
            (header::RETRY_AFTER, epoch.http_date(end)?)
        }
        RetryHint::Absent => return None,
    };
    Some((name, HeaderValue::try_from(value).ok()?))
}

fn nanos(nanos: u128) -> Duration {
    u64::try_from(nanos).map_or(Duration::MAX, Duration::from_nanos)
}

const SECOND: Duration = Duration::from_secs(1);
const ALMOST_SECOND: Duration = Duration::from_nanos(999_999_999);
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
/// The number of keys at which all counters are reset.
const MAX_KEYS: usize = 10_000;
