//! The rules that can be made, one method for each thing that goes wrong.

use std::{num::NonZeroU32, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Envelope, Fault, Moment, On,
    effect::{Effect, ScriptedAnswer, ScriptedHint, millis},
};
use crate::RetryHint;

/// What goes wrong with the answer.
impl Fault {
    /// The answer has this status, an error envelope, and what [`header`](Self::header),
    /// [`retry_after`](Self::retry_after), [`error`](Self::error), [`envelope`](Self::envelope) and [`moment`](Self::moment) add.
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

    /// The counters contradict each other: one row more succeeded than was processed.
    pub fn contradict() -> Self {
        Self::new(Effect::Contradict {})
    }

    /// The job has a status of this word.
    pub fn status(word: impl Into<String>) -> Self {
        Self::set("status", word.into())
    }

    /// The job is told in the shape of older servers: a summary in place of counters, a row's error as a text.
    pub fn legacy() -> Self {
        Self::new(Effect::Legacy {})
    }

    /// The rows' results are left out.
    pub fn without_results() -> Self {
        Self::set("results", ())
    }

    /// One field of the snapshot has another value, as JSON; null (such as of `()`) leaves it out.
    ///
    /// ```
    /// use prism_imports_sandbox::Fault;
    ///
    /// let early = Fault::set("results", [(); 0]);
    /// # drop(early);
    /// ```
    pub fn set(field: impl Into<String>, value: impl Serialize) -> Self {
        let mut fault = Self::new(Effect::Set(Map::new()));
        let value = fault.json(value);
        if let Effect::Set(fields) = &mut fault.effect {
            fields.insert(field.into(), value);
        }
        fault
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

    /// Adds the header that says when to come back, counted from the instant of the answer.
    #[must_use]
    pub fn retry_after(self, form: RetryHint, wait: Duration) -> Self {
        let ms = millis(wait);
        self.with_answer(|answer| answer.retry_after = Some(ScriptedHint { form, ms }))
    }

    /// Adds one of the envelope's details, such as `write_committed`.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = self.json(value);
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

    /// Turns a value into JSON; one that is none, such as a map with keys that are no texts, is told by the build.
    fn json(&mut self, value: impl Serialize) -> Value {
        serde_json::to_value(value).unwrap_or_else(|_| {
            self.unwritable = true;
            Value::Null
        })
    }

    fn with_answer(mut self, change: impl FnOnce(&mut ScriptedAnswer)) -> Self {
        if let Effect::Answer(answer) = &mut self.effect {
            change(answer);
        }
        self
    }
}
