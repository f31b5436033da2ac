//! Constructors of faults.

use std::{num::NonZeroU32, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Envelope, Fault, Moment, On, Sloppy,
    effect::{Effect, ScriptedAnswer, ScriptedHint, millis},
};
use crate::RetryHint;

/// Faults of the delivery of an answer.
impl Fault {
    /// Creates a fault that replaces the answer with an error of this status.
    ///
    /// [`header`](Self::header), [`retry_after`](Self::retry_after), [`error`](Self::error),
    /// [`envelope`](Self::envelope) and [`moment`](Self::moment) configure the answer.
    pub fn answer(status: u16) -> Self {
        Self::new(Effect::Answer(ScriptedAnswer::new(status)))
    }

    /// Creates a fault that delays the answer. The request is executed without delay.
    pub fn latency(delay: Duration) -> Self {
        Self::new(Effect::Latency {
            ms: millis(delay),
            jitter_ms: 0,
        })
    }

    /// Creates a fault that closes the connection instead of sending an answer.
    pub fn close() -> Self {
        Self::new(Effect::Close {
            moment: Moment::Before,
        })
    }

    /// Creates a fault that closes the connection after this number of bytes of the body.
    pub fn cut(after_bytes: usize) -> Self {
        Self::new(Effect::Cut { after_bytes })
    }

    /// Creates a fault that sends the body at this rate.
    pub fn drip(bytes_per_second: NonZeroU32) -> Self {
        Self::new(Effect::Drip { bytes_per_second })
    }
}

/// Faults of the content of an answer.
impl Fault {
    /// Creates a fault that answers polls with an old state of the job, as a lagging replica does.
    pub fn stale(age: Duration) -> Self {
        Self::new(Effect::Stale { ms: millis(age) }).on(On::Poll)
    }

    /// Creates a fault that makes the counters contradict each other: one more row succeeded than was processed. A
    /// finished job also has one result too many.
    pub fn contradict() -> Self {
        Self::new(Effect::Contradict {})
    }

    /// Creates a fault that replaces the status of the job.
    pub fn status(status: impl Into<String>) -> Self {
        Self::set("status", status.into())
    }

    /// Creates a fault that answers in the legacy format: a summary instead of counters, and errors of rows as texts.
    pub fn legacy() -> Self {
        Self::new(Effect::Legacy {})
    }

    /// Creates a fault that omits the results of the rows.
    pub fn without_results() -> Self {
        Self::set("results", ())
    }

    /// Creates a fault that answers polls as a server that is right about the job and sloppy about its details.
    ///
    /// ```
    /// use prism_imports_sandbox::{Fault, Sandbox, Sloppy};
    ///
    /// let sandbox = Sandbox::builder()
    ///     .fault(Fault::sloppy(Sloppy::TwoClocks))
    ///     .fault(Fault::sloppy(Sloppy::UnknownAtFirst))
    ///     .build()?;
    /// # drop(sandbox);
    /// # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
    /// ```
    pub fn sloppy(how: Sloppy) -> Self {
        Self::new(Effect::Sloppy(how)).on(On::Poll)
    }

    /// Creates a fault that replaces a field of the snapshot. Null, such as from `()`, removes the field.
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

/// Faults of a job, which ignore [`On`].
impl Fault {
    /// Creates a fault that fails the job at this percentage of its rows.
    pub fn fail_at(percent: u8, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Effect::Fail {
            at_percent: percent,
            code: code.into(),
            message: message.into(),
        })
    }

    /// Creates a fault that stalls the job forever at this percentage of its rows.
    pub fn stall_at(percent: u8) -> Self {
        Self::new(Effect::Stall {
            at_percent: percent,
            ms: None,
        })
    }

    /// Creates a fault that stalls the job at this percentage of its rows for some time.
    pub fn stall_for(percent: u8, pause: Duration) -> Self {
        let ms = Some(millis(pause));
        Self::new(Effect::Stall {
            at_percent: percent,
            ms,
        })
    }

    /// Creates a fault that delays the results of the rows after the job is complete.
    pub fn late_results(delay: Duration) -> Self {
        Self::new(Effect::LateResults { ms: millis(delay) })
    }
}

/// Settings of a scripted answer. They have no effect on other faults.
impl Fault {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_answer(|answer| {
            answer.headers.insert(name.into(), value.into());
        })
    }

    /// Sets the code and message of the envelope. Default: those of the status.
    #[must_use]
    pub fn error(self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.with_answer(|answer| {
            answer.code = Some(code.into());
            answer.message = Some(message.into());
        })
    }

    /// Adds a retry hint, relative to the time of the answer.
    #[must_use]
    pub fn retry_after(self, form: RetryHint, wait: Duration) -> Self {
        let ms = millis(wait);
        self.with_answer(|answer| answer.retry_after = Some(ScriptedHint { form, ms }))
    }

    /// Adds a detail to the envelope, such as `write_committed`.
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

    /// Sets whether the request is executed, for [`answer`](Self::answer) and [`close`](Self::close).
    /// Default: [`Moment::Before`], it is not executed.
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
            | Effect::LateResults { .. }
            | Effect::Sloppy(_) => {}
        }
        self
    }

    /// Converts a value to JSON. [`build`](crate::Builder::build) reports a value without a JSON form.
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
