//! The rules that a snapshot is checked against, and the findings.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A rule that a snapshot is checked against.
///
/// [`Rule::code`] is stable and suitable for metrics. `docs/state-machine.md` lists all rules.
///
/// ```
/// use prism_imports_core::{Rule, Severity};
///
/// assert_eq!(Rule::ResultsLength.code(), "results_length");
/// assert_eq!(Rule::ResultsLength.severity(), Severity::Contradiction);
/// assert!(Rule::ALL.contains(&Rule::LegacyShape));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// A counter is below 0.
    NegativeCounter,
    /// Processed does not equal succeeded + failed.
    ProcessedMismatch,
    /// The number of processed rows, or of succeeded and failed rows, exceeds the total.
    ProcessedExceedsTotal,
    /// The job is complete, but not all rows were processed.
    CompleteUnfinished,
    /// The import has no id and is not finished, so it could never be polled.
    SyncUnfinished,
    /// A finished job has more results than rows, or a complete one fewer.
    ResultsLength,
    /// The results and the counters disagree about the number of failed or succeeded rows.
    ResultsCounts,
    /// A row has two outcomes.
    RowAmbiguous,
    /// The `input_index` of a row is repeated, negative or not below the total.
    RowIndex,
    /// A job that has not failed has an error.
    ErrorWithoutFailure,
    /// A failed job has no error.
    FailureWithoutError,
    /// A complete or sync import has no results.
    ResultsMissing,
    /// An unfinished job has results; they are dropped.
    ResultsEarly,
    /// Counters of a finished job are missing and cannot be derived.
    CountersMissing,
    /// The job id cannot be used as a path segment; the job is treated as one without an id.
    JobIdUnusable,
    /// A successful row has no record id.
    RowIdMissing,
    /// The record id of a successful row is not a UUID.
    RowIdNotUuid,
    /// A timestamp is not RFC 3339; its text is kept.
    TimestampUnreadable,
    /// The update time or the expiry is before the creation time.
    TimestampOrder,
    /// The snapshot has the format of older servers.
    LegacyShape,
}

impl Rule {
    /// All rules, contradictions first.
    pub const ALL: &[Self] = &[
        Self::NegativeCounter,
        Self::ProcessedMismatch,
        Self::ProcessedExceedsTotal,
        Self::CompleteUnfinished,
        Self::SyncUnfinished,
        Self::ResultsLength,
        Self::ResultsCounts,
        Self::RowAmbiguous,
        Self::RowIndex,
        Self::ErrorWithoutFailure,
        Self::FailureWithoutError,
        Self::ResultsMissing,
        Self::ResultsEarly,
        Self::CountersMissing,
        Self::JobIdUnusable,
        Self::RowIdMissing,
        Self::RowIdNotUuid,
        Self::TimestampUnreadable,
        Self::TimestampOrder,
        Self::LegacyShape,
    ];

    /// Returns the rule's stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::NegativeCounter => "negative_counter",
            Self::ProcessedMismatch => "processed_mismatch",
            Self::ProcessedExceedsTotal => "processed_exceeds_total",
            Self::CompleteUnfinished => "complete_unfinished",
            Self::SyncUnfinished => "sync_unfinished",
            Self::ResultsLength => "results_length",
            Self::ResultsCounts => "results_counts",
            Self::RowAmbiguous => "row_ambiguous",
            Self::RowIndex => "row_index",
            Self::ErrorWithoutFailure => "error_without_failure",
            Self::FailureWithoutError => "failure_without_error",
            Self::ResultsMissing => "results_missing",
            Self::ResultsEarly => "results_early",
            Self::CountersMissing => "counters_missing",
            Self::JobIdUnusable => "job_id_unusable",
            Self::RowIdMissing => "row_id_missing",
            Self::RowIdNotUuid => "row_id_not_uuid",
            Self::TimestampUnreadable => "timestamp_unreadable",
            Self::TimestampOrder => "timestamp_order",
            Self::LegacyShape => "legacy_shape",
        }
    }

    /// Returns the severity of a violation.
    pub fn severity(self) -> Severity {
        match self {
            Self::NegativeCounter
            | Self::ProcessedMismatch
            | Self::ProcessedExceedsTotal
            | Self::CompleteUnfinished
            | Self::SyncUnfinished
            | Self::ResultsLength
            | Self::ResultsCounts
            | Self::RowAmbiguous
            | Self::RowIndex => Severity::Contradiction,
            Self::ErrorWithoutFailure
            | Self::FailureWithoutError
            | Self::ResultsMissing
            | Self::ResultsEarly
            | Self::CountersMissing
            | Self::JobIdUnusable
            | Self::RowIdMissing
            | Self::RowIdNotUuid
            | Self::TimestampUnreadable
            | Self::TimestampOrder
            | Self::LegacyShape => Severity::Deviation,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The severity of a finding.
///
/// ```
/// use prism_imports_core::{Rule, Severity};
///
/// assert!(Rule::ALL.iter().any(|rule| rule.severity() == Severity::Deviation));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a finding either fails the conversion or is recorded on the job"
)]
pub enum Severity {
    /// The snapshot contradicts itself. The conversion to a job fails.
    Contradiction,
    /// The snapshot deviates from the contract. The job records the finding.
    Deviation,
}

/// A violation of a rule by a snapshot, with the numbers.
///
/// ```
/// use prism_imports_core::{ImportJob, Rule, wire::{Snapshot, Status}};
///
/// let mut snapshot = Snapshot::new(Status::Processing, 10);
/// snapshot.job_id = Some("j-1".into());
/// snapshot.processed = Some(11);
/// let refused = ImportJob::try_from(snapshot).unwrap_err();
/// let [finding] = refused.findings() else { panic!() };
/// assert_eq!(finding.rule(), Rule::ProcessedExceedsTotal);
/// assert_eq!(finding.to_string(), "processed_exceeds_total: 11 rows processed of 10");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    row: Option<u32>,
    rule: Rule,
    numbers: Option<Box<str>>,
}

impl Finding {
    pub(super) fn new(rule: Rule, numbers: impl fmt::Display) -> Self {
        Self {
            row: None,
            rule,
            numbers: Some(numbers.to_string().into()),
        }
    }

    /// Creates a finding without numbers.
    pub(super) fn plain(rule: Rule) -> Self {
        Self {
            row: None,
            rule,
            numbers: None,
        }
    }

    pub(super) fn at_row(mut self, row: u32) -> Self {
        self.row = Some(row);
        self
    }

    /// Returns the violated rule.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns the zero-based position in `results` of the row that violates the rule.
    pub fn row(&self) -> Option<u32> {
        self.row
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rule)?;
        if let Some(row) = self.row {
            write!(f, ": results[{row}]")?;
        }
        match &self.numbers {
            Some(numbers) => write!(f, ": {numbers}"),
            None => Ok(()),
        }
    }
}
