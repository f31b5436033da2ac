//! The effects of faults.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Sloppy;
use crate::{InvalidSetting, RetryHint};

/// The effect of a fault on the delivery of an answer, on its content, or on a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Effect {
    Answer(ScriptedAnswer),
    Latency {
        ms: u64,
        #[serde(default)]
        jitter_ms: u64,
    },
    Close {
        #[serde(default)]
        moment: Moment,
    },
    Cut {
        after_bytes: usize,
    },
    Drip {
        bytes_per_second: NonZeroU32,
    },
    Stale {
        ms: u64,
    },
    Contradict {},
    Legacy {},
    Set(Map<String, Value>),
    Fail {
        at_percent: u8,
        code: String,
        message: String,
    },
    Stall {
        at_percent: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ms: Option<u64>,
    },
    LateResults {
        ms: u64,
    },
    Sloppy(Sloppy),
}

impl Effect {
    /// Checks the limits that types do not express.
    pub(super) fn check(&self) -> Result<(), InvalidSetting> {
        match self {
            Self::Answer(answer) => answer.check(),
            Self::Fail { at_percent, .. } | Self::Stall { at_percent, .. } if *at_percent > 100 => {
                Err(InvalidSetting::new(
                    "fault.at_percent",
                    "must be from 0 to 100",
                ))
            }
            Self::Fail { .. }
            | Self::Stall { .. }
            | Self::Latency { .. }
            | Self::Close { .. }
            | Self::Cut { .. }
            | Self::Drip { .. }
            | Self::Stale { .. }
            | Self::Contradict {}
            | Self::Legacy {}
            | Self::Set(_)
            | Self::LateResults { .. }
            | Self::Sloppy(_) => Ok(()),
        }
    }
}

/// A scripted answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedAnswer {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    /// The retry hint, in addition to the headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<ScriptedHint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// Details such as `write_committed`, which reports the outcome of the write.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) details: Map<String, Value>,
    #[serde(default)]
    pub(crate) envelope: Envelope,
    #[serde(default)]
    pub(crate) moment: Moment,
}

impl ScriptedAnswer {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            retry_after: None,
            code: None,
            message: None,
            details: Map::new(),
            envelope: Envelope::default(),
            moment: Moment::default(),
        }
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        // A 1xx is not a final answer: the client would wait for another one.
        if !(200..=599).contains(&self.status) {
            return Err(InvalidSetting::new(
                "fault.answer.status",
                "must be from 200 to 599",
            ));
        }
        for (name, value) in &self.headers {
            if name.parse::<HeaderName>().is_err() || value.parse::<HeaderValue>().is_err() {
                return Err(InvalidSetting::new(
                    "fault.answer.headers",
                    "must be valid HTTP names and values",
                ));
            }
        }
        Ok(())
    }

    /// Returns the status, which [`check`](Self::check) has validated.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Iterates over the headers.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.headers
            .iter()
            .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
    }
}

/// A scripted retry hint, relative to the time of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedHint {
    pub(crate) form: RetryHint,
    pub(crate) ms: u64,
}

/// Whether a request with a scripted answer is executed.
///
/// ```
/// use prism_imports_sandbox::{Fault, Moment, On};
///
/// // The job starts, but the answer is lost. A retry is safe only with an idempotency key.
/// let lost = Fault::close().on(On::Submit).times(1).moment(Moment::After);
/// # drop(lost);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Moment {
    /// The request is not executed.
    #[default]
    Before,
    /// The request is executed; only its answer is replaced.
    After,
}

/// The form of an error's body.
///
/// ```
/// use prism_imports_sandbox::{Envelope, Fault};
///
/// let gateway = Fault::answer(502).envelope(Envelope::Html);
/// # drop(gateway);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Envelope {
    /// `{"error": {"code", "message", "request_id", "errors", "details"}}`.
    #[default]
    Standard,
    /// `{"message"}`, as from a gateway.
    Flat,
    /// `{"error": "message"}`.
    Text,
    /// `{"error": [{…}]}`, with one element.
    Array,
    /// An HTML page, as from a proxy.
    Html,
    /// No body.
    Empty,
}

/// Converts to milliseconds, the unit of scenario files.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
