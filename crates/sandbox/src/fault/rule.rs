//! A rule: which requests it strikes, how often, and what it does.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};

use super::effect::{Effect, millis};
use crate::InvalidSetting;

/// A rule of the script: things that go wrong.
///
/// It says which requests it strikes, how often, and what it does to them. It strikes requests
/// whose key and team were let in. Rules apply in the order they were added, and all that match do: delays add
/// up, and of several scripted answers the first is given.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_sandbox::{Fault, On, Sandbox};
///
/// let sandbox = Sandbox::builder()
///     .fault(Fault::answer(503).header("retry-after", "1").on(On::Poll).skip(1).times(2))
///     .fault(Fault::latency(Duration::from_millis(80)).probability(0.1))
///     .fault(Fault::fail_at(40, "import_failed", "the list was deleted").job(2))
///     .build()?;
/// # drop(sandbox);
/// # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
/// ```
///
/// In JSON it is an object of the same words: `{"on": "poll", "times": 2, "do": {"answer": {"status": 503}}}`.
///
/// ```
/// use prism_imports_sandbox::{Fault, On};
///
/// let json = r#"{"on":"poll","times":2,"do":{"answer":{"status":503}}}"#;
/// let fault: Fault = serde_json::from_str(json)?;
/// assert_eq!(fault, Fault::answer(503).on(On::Poll).times(2));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(default, skip_serializing_if = "On::is_any")]
    pub(crate) on: On,
    /// The ordinal of the one job that is struck, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job: Option<NonZeroU32>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) skip: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
    #[serde(rename = "do")]
    pub(crate) effect: Effect,
    /// Whether a value was given that JSON cannot hold.
    #[serde(skip)]
    pub(super) unwritable: bool,
}

/// Which requests a fault strikes.
///
/// ```
/// use prism_imports_sandbox::On;
/// assert_eq!(On::default(), On::Any);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum On {
    /// Submits and polls.
    #[default]
    Any,
    /// Submits.
    Submit,
    /// Polls.
    Poll,
}

impl On {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_any(&self) -> bool {
        *self == Self::Any
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Fault {
    /// Creates a rule that strikes every request.
    pub(super) fn new(effect: Effect) -> Self {
        Self {
            on: On::Any,
            job: None,
            skip: 0,
            times: None,
            probability: None,
            from_ms: None,
            until_ms: None,
            effect,
            unwritable: false,
        }
    }

    /// Checks what types cannot hold.
    pub(crate) fn check(&self) -> Result<(), InvalidSetting> {
        let invalid = |name, limit| Err(InvalidSetting::new(name, limit));
        if self.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return invalid("fault.probability", "is from 0 to 1");
        }
        if self.unwritable {
            return invalid("fault.set", "and details hold what JSON can");
        }
        self.effect.check()
    }
}

/// Which requests are struck.
impl Fault {
    /// Strikes only these requests. Default: all.
    #[must_use]
    pub fn on(mut self, on: On) -> Self {
        self.on = on;
        self
    }

    /// Strikes only the polls of the job that was started as this one, from 1; a fault of a job, only that job.
    /// 0 strikes none.
    #[must_use]
    pub fn job(mut self, ordinal: u32) -> Self {
        match NonZeroU32::new(ordinal) {
            Some(ordinal) => self.job = Some(ordinal),
            None => self.times = Some(0),
        }
        self
    }

    /// Lets so many matching requests pass first. Default: none.
    #[must_use]
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Strikes at most so many requests. Default: without end.
    #[must_use]
    pub fn times(mut self, requests: u32) -> Self {
        self.times = Some(requests);
        self
    }

    /// Strikes a matching request with this probability, from 0 to 1, drawn from the seed. Default: always.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Strikes only in this stretch of the sandbox's time, its end excluded. Default: always.
    #[must_use]
    pub fn during(mut self, from: Duration, until: Duration) -> Self {
        self.from_ms = Some(millis(from));
        self.until_ms = Some(millis(until));
        self
    }
}
