//! The settings of a sandbox.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    Clock, Sandbox,
    engine::{Access, Config, Engine, Pace},
};

/// Sets up a [`Sandbox`]; made by [`Sandbox::builder`].
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
    access: Access,
    clock: Option<Clock>,
    rows_per_second: f64,
    start_delay: Duration,
    seed: u64,
    sync_below: usize,
    max_rows: usize,
    max_body: usize,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            access: Access::default(),
            clock: None,
            rows_per_second: 500.0,
            start_delay: Duration::ZERO,
            seed: 0,
            sync_below: 100,
            max_rows: 50_000,
            max_body: 32 << 20,
        }
    }

    /// Sets how many rows of a job are imported in a second. Default: 500.
    pub fn rows_per_second(mut self, rows: f64) -> Self {
        self.rows_per_second = rows;
        self
    }

    /// Sets how long a job waits before its first row. Default: not at all.
    pub fn start_delay(mut self, delay: Duration) -> Self {
        self.start_delay = delay;
        self
    }

    /// Sets the number of rows from which an import becomes a job; smaller ones finish in the response.
    /// Default: 100. At 0 every import becomes a job.
    pub fn sync_below(mut self, rows: usize) -> Self {
        self.sync_below = rows;
        self
    }

    /// Sets the one key that is valid; any other is answered with 403. Default: any key that is not blank is.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.access.key = Some(key.into());
        self
    }

    /// Sets the one team that the key may touch; any other is answered with 403. Default: any team.
    pub fn team(mut self, team: Uuid) -> Self {
        self.access.team = Some(team);
        self
    }

    /// Sets the seed of every id. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the clock. Default: [`Clock::real`], started by [`build`](Self::build).
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets how many rows one import may have; more are answered with 413. Default: 50,000.
    pub fn max_rows_per_import(mut self, rows: usize) -> Self {
        self.max_rows = rows;
        self
    }

    /// Sets how many bytes a body may have; more are answered with 413. Default: 32 MiB.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Builds the sandbox.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] names the setting that cannot be and its limits.
    pub fn build(self) -> Result<Sandbox, InvalidSetting> {
        let per_row = per_row(self.rows_per_second).ok_or(InvalidSetting {
            name: "rows_per_second",
            limit: "is above 0.000001 and at most 1,000,000,000",
        })?;
        if self
            .access
            .key
            .as_deref()
            .is_some_and(|key| key.trim().is_empty())
        {
            return Err(InvalidSetting {
                name: "api_key",
                limit: "is not blank",
            });
        }
        let clock = self.clock.unwrap_or_else(Clock::real);
        let engine = Engine::new(Config {
            access: self.access,
            epoch: clock.epoch(),
            pace: Pace {
                start_delay: self.start_delay,
                per_row,
            },
            seed: self.seed,
            sync_below: self.sync_below,
            max_rows: self.max_rows,
            max_body: self.max_body,
        });
        Ok(Sandbox::new(engine, clock, self.max_body))
    }
}

/// Returns how long one row takes at a rate; `None` at a rate that no clock can follow.
fn per_row(rows_per_second: f64) -> Option<Duration> {
    (rows_per_second > 1e-6 && rows_per_second <= 1e9)
        .then(|| Duration::try_from_secs_f64(rows_per_second.recip()).ok())
        .flatten()
}

/// A setting that cannot be.
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
    /// Returns the name of the setting.
    pub fn name(&self) -> &str {
        self.name
    }
}
