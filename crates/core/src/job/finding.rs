//! What a snapshot contradicts, or how it departs from the contract.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A rule of the border between what the server says and what it means.
///
/// [`Rule::code`] is stable and fit for metrics; `docs/state-machine.md` lists them all.
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
    /// All three counters are given and processed is not succeeded + failed.
    ProcessedMismatch,
    /// More rows were processed, or succeeded and failed, than there are.
    ProcessedExceedsTotal,
    /// The job is complete with rows not processed.
    CompleteUnfinished,
    /// The import has no id and is not finished: nothing could ever be polled.
    SyncUnfinished,
    /// The job is complete and lists more or fewer results than it has rows.
    ResultsLength,
    /// The results fail or succeed in other numbers than the counters say.
    ResultsCounts,
    /// A row says two outcomes at once.
    RowAmbiguous,
    /// A row's `input_index` is repeated, negative or beyond the import.
    RowIndex,
    /// A job that has not failed carries an error.
    ErrorWithoutFailure,
    /// A failed job says nothing of why.
    FailureWithoutError,
    /// A complete or sync import lists no results.
    ResultsMissing,
    /// A job that is not finished lists results; they are not kept.
    ResultsEarly,
    /// A finished job's counters are neither given nor determined by what is.
    CountersMissing,
    /// The job's id cannot stand in a path; the job is taken as one without an id.
    JobIdUnusable,
    /// A successful row names no record.
    RowIdMissing,
    /// A successful row names its record by something that is no UUID.
    RowIdNotUuid,
    /// A time is not RFC 3339; its text is kept.
    TimestampUnreadable,
    /// The job was updated, or expires, before it was created.
    TimestampOrder,
    /// The answer has the shape of older servers.
    LegacyShape,
}

impl Rule {
    /// Every rule, contradictions first.
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

    /// Tells what follows when the rule is broken.
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

/// What follows from a finding.
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
    reason = "a finding either stops a job or is recorded on it"
)]
pub enum Severity {
    /// The snapshot cannot be true: no job is made of it.
    Contradiction,
    /// The snapshot departs from the contract harmlessly: the job records it.
    Deviation,
}

/// One rule broken by one snapshot, with the numbers.
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

    /// A finding whose rule says all there is to say.
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

    /// Returns the rule that is broken.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns the position in `results` of the row that breaks it, counted from 0.
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
