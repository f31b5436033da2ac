//! Scenario files.

use std::{io, num::NonZeroU32, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Envelope, Fault};
use crate::{InvalidSetting, RateLimit, RetryHint};

/// Settings and faults of a sandbox, as in a JSON file.
///
/// Five scenarios are predefined: see [`Scenario::ready`]. The schema of the file is [`Scenario::SCHEMA`].
///
/// ```
/// use prism_imports_sandbox::{Sandbox, Scenario};
///
/// let scenario: Scenario = r#"{
///     "name": "a slow job that stalls",
///     "settings": { "rows_per_second": 10 },
///     "faults": [{ "do": { "stall": { "at_percent": 50, "ms": 30000 } } }]
/// }"#.parse()?;
/// let sandbox = Sandbox::builder().scenario(scenario).build()?;
/// # drop(sandbox);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// The location of the schema, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The name.
    pub name: String,
    /// A description.
    #[serde(default)]
    pub description: String,
    /// The settings. Missing settings keep their values.
    #[serde(default)]
    pub settings: Settings,
    /// The faults.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// The settings of a [`Scenario`], all optional.
///
/// ```
/// use prism_imports_sandbox::Scenario;
///
/// let scenario: Scenario = r#"{ "name": "slow", "settings": { "rows_per_second": 5 } }"#.parse()?;
/// assert_eq!(scenario.settings.rows_per_second, Some(5.0));
/// assert_eq!(scenario.settings.sync_below, None);
/// # Ok::<(), prism_imports_sandbox::ScenarioError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// The seed of all ids and random numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The number of rows of a job that are imported per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_second: Option<f64>,
    /// The delay before the first row of a job, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_delay_ms: Option<u64>,
    /// The number of rows from which on an import becomes a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_below: Option<usize>,
    /// The limit of requests per second and key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<NonZeroU32>,
    /// The limit of requests per month and key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_month: Option<NonZeroU32>,
    /// The form of the retry hint in a 429.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryHint>,
    /// The form of error bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Envelope>,
}

impl Settings {
    /// Returns the rate limit of a key.
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit {
            per_second: self.requests_per_second,
            per_month: self.requests_per_month,
            hint: self.retry_after.unwrap_or_default(),
        }
    }
}

impl Scenario {
    /// Returns a predefined scenario; [`READY`](Self::READY) lists their names.
    ///
    /// ```
    /// use prism_imports_sandbox::Scenario;
    ///
    /// for name in Scenario::READY {
    ///     assert_eq!(Scenario::ready(name).unwrap().name, name);
    /// }
    /// assert_eq!(Scenario::ready("no such"), None);
    /// ```
    pub fn ready(name: &str) -> Option<Self> {
        let at = Self::READY.iter().position(|ready| *ready == name)?;
        FILES.get(at)?.parse().ok()
    }

    /// The names of the predefined scenarios.
    pub const READY: [&str; 5] = [
        "storm",
        "lagging-replica",
        "failing-jobs",
        "drift",
        "lost-answers",
    ];

    /// The JSON Schema of scenario files.
    ///
    /// ```
    /// use prism_imports_sandbox::Scenario;
    /// assert!(Scenario::SCHEMA.contains("https://json-schema.org/draft/2020-12/schema"));
    /// ```
    pub const SCHEMA: &str = include_str!("../../scenarios/schema.json");

    /// Reads a scenario from a file.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`] names the file; its source names the line or the invalid setting.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self, ScenarioError> {
        let path = path.into();
        let at = |cause| ScenarioError {
            path: Some(path.clone()),
            cause,
        };
        let text = std::fs::read_to_string(&path).map_err(|error| at(Cause::Read(error)))?;
        text.parse().map_err(|error: ScenarioError| at(error.cause))
    }
}

impl std::str::FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let from = |cause| ScenarioError { path: None, cause };
        let scenario: Self =
            serde_json::from_str(text).map_err(|error| from(Cause::Parse(error)))?;
        for fault in &scenario.faults {
            fault.check().map_err(|error| from(Cause::Invalid(error)))?;
        }
        Ok(scenario)
    }
}

/// An error from reading a scenario. The source contains the reason and its position.
///
/// ```
/// use std::error::Error;
/// use prism_imports_sandbox::Scenario;
///
/// let error = Scenario::from_file("no/such.json").unwrap_err();
/// assert_eq!(error.to_string(), "cannot read the scenario no/such.json");
/// assert!(error.source().is_some());
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}{}", .cause.what(), .path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
pub struct ScenarioError {
    path: Option<PathBuf>,
    #[source]
    cause: Cause,
}

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum Cause {
    Read(io::Error),
    Parse(serde_json::Error),
    Invalid(InvalidSetting),
}

impl Cause {
    fn what(&self) -> &'static str {
        match self {
            Self::Read(_) => "cannot read the scenario",
            Self::Parse(_) => "cannot parse the scenario",
            Self::Invalid(_) => "invalid scenario",
        }
    }
}

const FILES: [&str; 5] = [
    include_str!("../../scenarios/storm.json"),
    include_str!("../../scenarios/lagging-replica.json"),
    include_str!("../../scenarios/failing-jobs.json"),
    include_str!("../../scenarios/drift.json"),
    include_str!("../../scenarios/lost-answers.json"),
];
