//! Things that go wrong because a script says so.

mod effect;
mod scenario;
#[cfg(test)]
mod tests;

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};

use crate::InvalidSetting;

pub(crate) use self::effect::{Effect, ScriptedAnswer};
pub use self::{
    effect::{Envelope, Moment},
    scenario::{Scenario, ScenarioError, Settings},
};

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

/// What goes wrong with the answer.
impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            on: On::Any,
            job: None,
            skip: 0,
            times: None,
            probability: None,
            from_ms: None,
            until_ms: None,
            effect,
        }
    }

    /// The answer has this status, an error envelope, and what [`header`](Self::header),
    /// [`error`](Self::error), [`envelope`](Self::envelope) and [`moment`](Self::moment) add.
    pub fn answer(status: u16) -> Self {
        Self::new(Effect::Answer(ScriptedAnswer::new(status)))
    }

    /// The answer comes so much later; what was asked for is done at once.
    pub fn latency(delay: Duration) -> Self {
        Self::new(Effect::Latency {
            ms: millis(delay),
            jitter_ms: 0,
        })
    }

    /// The connection closes in place of an answer.
    pub fn close() -> Self {
        Self::new(Effect::Close {
            moment: Moment::Before,
        })
    }

    /// The answer's body ends after so many bytes, and the connection with it.
    pub fn cut(after_bytes: usize) -> Self {
        Self::new(Effect::Cut { after_bytes })
    }

    /// The answer's body comes at so many bytes a second.
    pub fn drip(bytes_per_second: NonZeroU32) -> Self {
        Self::new(Effect::Drip { bytes_per_second })
    }
}

/// What goes wrong with what the answer says.
impl Fault {
    /// The poll tells what was true so long ago, as a lagging replica does.
    pub fn stale(age: Duration) -> Self {
        Self::new(Effect::Stale { ms: millis(age) }).on(On::Poll)
    }

    /// The counters contradict each other: one row more is processed than succeeded and failed.
    pub fn contradict() -> Self {
        Self::new(Effect::Contradict {})
    }

    /// The job has a status of this word.
    pub fn status(word: impl Into<String>) -> Self {
        Self::set("status", word.into().into())
    }

    /// The job is told in the shape of older servers: a summary in place of counters, a row's error as a text.
    pub fn legacy() -> Self {
        Self::new(Effect::Legacy {})
    }

    /// The rows' results are left out.
    pub fn without_results() -> Self {
        Self::set("results", serde_json::Value::Null)
    }

    /// One field of the snapshot has another value; null leaves it out.
    pub fn set(field: impl Into<String>, value: serde_json::Value) -> Self {
        Self::new(Effect::Set([(field.into(), value)].into_iter().collect()))
    }
}

/// What goes wrong with a job; [`On`] is of no matter here.
impl Fault {
    /// The job fails once so many percent of its rows were attempted.
    pub fn fail_at(percent: u8, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Effect::Fail {
            at_percent: percent,
            code: code.into(),
            message: message.into(),
        })
    }

    /// The job stops moving once so many percent of its rows were attempted, for good.
    pub fn stall_at(percent: u8) -> Self {
        Self::new(Effect::Stall {
            at_percent: percent,
            ms: None,
        })
    }

    /// The job stops moving at so many percent for a while, then goes on.
    pub fn stall_for(percent: u8, pause: Duration) -> Self {
        let ms = Some(millis(pause));
        Self::new(Effect::Stall {
            at_percent: percent,
            ms,
        })
    }

    /// The rows' results are there only so long after the job is complete.
    pub fn late_results(delay: Duration) -> Self {
        Self::new(Effect::LateResults { ms: millis(delay) })
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

/// What a scripted answer carries. On any other fault these do nothing.
impl Fault {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_answer(|answer| {
            answer.headers.insert(name.into(), value.into());
        })
    }

    /// Sets the code and message of the envelope. Default: words of the status.
    #[must_use]
    pub fn error(self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.with_answer(|answer| {
            answer.code = Some(code.into());
            answer.message = Some(message.into());
        })
    }

    /// Adds one of the envelope's details, such as `write_committed`.
    #[must_use]
    pub fn detail(self, name: impl Into<String>, value: serde_json::Value) -> Self {
        self.with_answer(|answer| {
            answer.details.insert(name.into(), value);
        })
    }

    /// Sets the form of the envelope. Default: [`Envelope::Standard`].
    #[must_use]
    pub fn envelope(self, envelope: Envelope) -> Self {
        self.with_answer(|answer| answer.envelope = envelope)
    }

    /// Sets whether the request is carried out all the same; for [`answer`](Self::answer) and
    /// [`close`](Self::close). Default: [`Moment::Before`], it is not.
    #[must_use]
    pub fn moment(mut self, when: Moment) -> Self {
        match &mut self.effect {
            Effect::Answer(ScriptedAnswer { moment, .. }) | Effect::Close { moment } => {
                *moment = when;
            }
            Effect::Latency { .. }
            | Effect::Cut { .. }
            | Effect::Drip { .. }
            | Effect::Stale { .. }
            | Effect::Contradict {}
            | Effect::Legacy {}
            | Effect::Set(_)
            | Effect::Fail { .. }
            | Effect::Stall { .. }
            | Effect::LateResults { .. } => {}
        }
        self
    }

    fn with_answer(mut self, change: impl FnOnce(&mut ScriptedAnswer)) -> Self {
        if let Effect::Answer(answer) = &mut self.effect {
            change(answer);
        }
        self
    }

    /// Checks what types cannot hold.
    pub(crate) fn check(&self) -> Result<(), InvalidSetting> {
        let invalid = |name, limit| Err(InvalidSetting::new(name, limit));
        if self.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return invalid("fault.probability", "is from 0 to 1");
        }
        self.effect.check()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
