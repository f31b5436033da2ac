//! The settings of a sandbox.

#[cfg(test)]
mod tests;

use std::{num::NonZeroUsize, time::Duration};

use uuid::Uuid;

use crate::{
    Clock, Envelope, Fault, RateLimit, Sandbox, Scenario, Settings,
    engine::{Config, Engine},
};

/// A builder of a [`Sandbox`]. Created by [`Sandbox::builder`].
///
/// ```
/// use prism_imports_sandbox::Sandbox;
///
/// let sandbox = Sandbox::builder()
///     .rows_per_second(50.0)
///     .sync_below(10)
///     .api_key("test-key")
///     .seed(7)
///     .build()?;
/// # drop(sandbox);
/// # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    clock: Option<Clock>,
    rows_per_second: f64,
    /// The settings of the engine. [`build`](Self::build) adds those that depend on the fields above.
    config: Config,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            clock: None,
            rows_per_second: 500.0,
            config: Config::default(),
        }
    }

    /// Sets the number of rows of a job that are imported per second. Default: 500.
    pub fn rows_per_second(mut self, rows: f64) -> Self {
        self.rows_per_second = rows;
        self
    }

    /// Sets the delay before the first row of a job. Default: 0.
    pub fn start_delay(mut self, delay: Duration) -> Self {
        self.config.pace.start_delay = delay;
        self
    }

    /// Sets the number of rows from which on an import becomes a job; smaller imports finish in the response.
    /// Default: 100. At 0 every import becomes a job.
    pub fn sync_below(mut self, rows: usize) -> Self {
        self.config.sync_below = rows;
        self
    }

    /// Sets the only valid key; any other is answered with 403. Default: any key that is not blank is valid.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.config.access.key = Some(key.into());
        self
    }

    /// Sets the only team that the key has access to; any other is answered with 403. Default: any team.
    pub fn team(mut self, team: Uuid) -> Self {
        self.config.access.team = Some(team);
        self
    }

    /// Sets the rate limit of a key; further requests are answered with 429. Default: no limit.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.config.limit = limit;
        self
    }

    /// Sets the form of error bodies. Default: [`Envelope::Standard`].
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.config.envelope = envelope;
        self
    }

    /// Ignores idempotency keys: every submit is executed. Default: keys are honoured for 24 hours.
    pub fn without_idempotency(mut self) -> Self {
        self.config.honours_keys = false;
        self
    }

    /// Adds a fault rule. Default: no faults.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.config.faults.push(fault);
        self
    }

    /// Applies the settings of a scenario and adds its faults.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        let Settings {
            seed,
            rows_per_second,
            start_delay_ms,
            sync_below,
            requests_per_second,
            requests_per_month,
            retry_after,
            envelope,
        } = scenario.settings;
        self.rows_per_second = rows_per_second.unwrap_or(self.rows_per_second);
        let config = &mut self.config;
        config.seed = seed.unwrap_or(config.seed);
        config.sync_below = sync_below.unwrap_or(config.sync_below);
        config.envelope = envelope.unwrap_or(config.envelope);
        if let Some(delay) = start_delay_ms {
            config.pace.start_delay = Duration::from_millis(delay);
        }
        let limit = &mut config.limit;
        limit.per_second = requests_per_second.or(limit.per_second);
        limit.per_month = requests_per_month.or(limit.per_month);
        limit.hint = retry_after.unwrap_or(limit.hint);
        config.faults.extend(scenario.faults);
        self
    }

    /// Sets the seed of all ids and random numbers. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Sets the clock. Default: [`Clock::real`], started by [`build`](Self::build).
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets a prefix of job ids, to test a client's percent-encoding of paths. Default: none.
    pub fn job_id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.config.job_prefix = prefix.into();
        self
    }

    /// Sets the maximum number of rows of an import; more are answered with 413. Default: 50,000.
    pub fn max_rows_per_import(mut self, rows: usize) -> Self {
        self.config.max_rows_per_import = rows;
        self
    }

    /// Sets the maximum size of a body; a larger one is answered with 413. Default: 32 MiB.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.config.max_body = bytes;
        self
    }

    /// Sets the maximum number of jobs. Default: 10,000.
    ///
    /// At the limit, the job that finished first is evicted, and its polls are answered with 404 `job_evicted`. If no
    /// job has finished, the submit is answered with 507 `sandbox_full`.
    pub fn max_jobs(mut self, jobs: NonZeroUsize) -> Self {
        self.config.max_jobs = jobs;
        self
    }

    /// Sets the maximum number of rows of all jobs. Jobs are evicted as with [`max_jobs`](Self::max_jobs).
    /// Default: 2,000,000, about 40 MB.
    pub fn max_rows_held(mut self, rows: usize) -> Self {
        self.config.max_rows_held = rows;
        self
    }

    /// Sets the maximum number of records that are kept for matching; the oldest are dropped first.
    /// Default: 200,000, about 100 MB.
    pub fn max_records(mut self, records: NonZeroUsize) -> Self {
        self.config.max_records = records;
        self
    }

    /// Builds the sandbox.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] names the invalid setting and its limits.
    pub fn build(self) -> Result<Sandbox, InvalidSetting> {
        let mut config = self.config;
        config.pace.per_row = per_row(self.rows_per_second).ok_or(InvalidSetting::new(
            "rows_per_second",
            "must be from 0.000001 to 1,000,000,000",
        ))?;
        let key = config.access.key.as_deref();
        if key.is_some_and(|key| key.trim().is_empty()) {
            return Err(InvalidSetting::new("api_key", "must not be blank"));
        }
        config.faults.iter().try_for_each(Fault::check)?;
        let clock = self.clock.unwrap_or_else(Clock::real);
        config.epoch = clock.epoch();
        config.scale = clock.scale();
        let max_body = config.max_body;
        Ok(Sandbox::new(Engine::new(config), clock, max_body))
    }
}

/// Returns the duration of one row; `None` if the rate is out of range.
fn per_row(rows_per_second: f64) -> Option<Duration> {
    (1e-6..=1e9)
        .contains(&rows_per_second)
        .then(|| Duration::try_from_secs_f64(rows_per_second.recip()).ok())
        .flatten()
}

/// An invalid setting.
///
/// ```
/// use prism_imports_sandbox::Sandbox;
///
/// let refused = Sandbox::builder().rows_per_second(0.0).build().unwrap_err();
/// assert_eq!(refused.name(), "rows_per_second");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {limit}")]
pub struct InvalidSetting {
    name: &'static str,
    limit: &'static str,
}

impl InvalidSetting {
    pub(crate) fn new(name: &'static str, limit: &'static str) -> Self {
        Self { name, limit }
    }

    /// Returns the name of the setting.
    pub fn name(&self) -> &str {
        self.name
    }
}
