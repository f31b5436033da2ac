//! Fault rules.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};

use super::effect::{Effect, millis};
use crate::InvalidSetting;

/// A rule that injects a fault.
///
/// A rule selects requests and has an effect on them. Only requests with a valid key and team are considered. All
/// matching rules apply, in the order in which they were added: delays add up, and the first of several scripted answers
/// is sent.
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
/// The JSON form has the same names: `{"on": "poll", "times": 2, "do": {"answer": {"status": 503}}}`.
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
    /// The ordinal of the only affected job, from 1.
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
    /// Whether a value has no JSON form.
    #[serde(skip)]
    pub(super) unwritable: bool,
}

/// The requests that a fault applies to.
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
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde requires this signature"
    )]
    fn is_any(&self) -> bool {
        *self == Self::Any
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde requires this signature"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Fault {
    /// Creates a rule that applies to every request.
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

    /// Checks the limits that types do not express.
    pub(crate) fn check(&self) -> Result<(), InvalidSetting> {
        let invalid = |name, limit| Err(InvalidSetting::new(name, limit));
        if self.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return invalid("fault.probability", "must be from 0 to 1");
        }
        if self.unwritable {
            return invalid(
                "fault.set",
                "and details must be values that JSON can represent",
            );
        }
        self.effect.check()
    }
}

/// Selection of requests.
impl Fault {
    /// Applies only to these requests. Default: all.
    #[must_use]
    pub fn on(mut self, on: On) -> Self {
        self.on = on;
        self
    }

    /// Applies only to the job with this ordinal, from 1, and its polls. 0 matches no job.
    #[must_use]
    pub fn job(mut self, ordinal: u32) -> Self {
        match NonZeroU32::new(ordinal) {
            Some(ordinal) => self.job = Some(ordinal),
            None => self.times = Some(0),
        }
        self
    }

    /// Skips this number of matching requests. Default: 0.
    #[must_use]
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Applies to at most this number of requests. Default: unlimited.
    #[must_use]
    pub fn times(mut self, requests: u32) -> Self {
        self.times = Some(requests);
        self
    }

    /// Applies to a matching request with this probability, from 0 to 1, drawn from the seed. Default: 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Applies only in this interval of the sandbox's time, its end excluded. Default: always.
    #[must_use]
    pub fn during(mut self, from: Duration, until: Duration) -> Self {
        self.from_ms = Some(millis(from));
        self.until_ms = Some(millis(until));
        self
    }
}
