//! The rules that a snapshot is checked against, and the findings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::decode::{Odd, Oddity};

/// Declares the rules: the code of each, and its severity for each [`Claim`]. `None` means that the rule is not checked.
macro_rules! rules {
    ($(
        $(#[doc = $doc:literal])+
        $rule:ident = $code:literal: $unfinished:expr, $finished:expr, $all_rows:expr;
    )+) => {
        /// A rule that a snapshot is checked against.
        ///
        /// [`Rule::code`] is stable and suitable for metrics. `docs/state-machine.md` lists all rules, with their
        /// severity.
        ///
        /// ```
        /// use prism_imports_core::Rule;
        ///
        /// assert_eq!(Rule::RowsMissing.code(), "rows_missing");
        /// assert!(Rule::ALL.contains(&Rule::LegacyShape));
        /// ```
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ $rule,)+
        }

        impl Rule {
            /// All rules, in the order of the findings of a job.
            pub const ALL: &[Self] = &[$(Self::$rule,)+];

            /// Returns the rule's stable name.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$rule => $code,)+
                }
            }

            /// Returns the severity of a violation; `None` if the rule does not apply.
            pub(crate) fn severity(self, claim: Claim) -> Option<Severity> {
                let [unfinished, finished, all_rows] = match self {
                    $(Self::$rule => [$unfinished, $finished, $all_rows],)+
                };
                match claim {
                    Claim::Unfinished => unfinished,
                    Claim::Finished => finished,
                    Claim::AllRows => all_rows,
                }
            }
        }
    };
}

const CONTRADICTION: Option<Severity> = Some(Severity::Contradiction);
const DEVIATION: Option<Severity> = Some(Severity::Deviation);

rules! {
    /// A counter is below 0.
    NegativeCounter = "negative_counter": DEVIATION, CONTRADICTION, DEVIATION;
    /// Processed does not equal succeeded + failed.
    ProcessedMismatch = "processed_mismatch": DEVIATION, CONTRADICTION, DEVIATION;
    /// The number of processed rows, or of succeeded and failed rows, exceeds the total.
    ProcessedExceedsTotal = "processed_exceeds_total": DEVIATION, CONTRADICTION, DEVIATION;
    /// The job is complete, but not all rows were processed.
    CompleteUnfinished = "complete_unfinished": None, CONTRADICTION, DEVIATION;
    /// A finished job has fewer results than rows.
    RowsMissing = "rows_missing": None, DEVIATION, None;
    /// A finished job has more results than rows.
    RowsExcess = "rows_excess": None, CONTRADICTION, None;
    /// The results and the counters disagree about the number of failed or succeeded rows.
    ResultsCounts = "results_counts": None, DEVIATION, DEVIATION;
    /// The import has no id and is not finished, so it could never be polled.
    SyncUnfinished = "sync_unfinished": CONTRADICTION, None, None;
    /// The snapshot is of another job than the one that was asked for.
    OtherJob = "other_job": CONTRADICTION, CONTRADICTION, CONTRADICTION;
    /// The job had another total before.
    TotalChanged = "total_changed": DEVIATION, DEVIATION, DEVIATION;
    /// A row has two outcomes. An error counts, and otherwise neither.
    RowAmbiguous = "row_ambiguous": None, DEVIATION, DEVIATION;
    /// The `input_index` of a row is repeated, negative or not below the total. The position of the row is unknown.
    RowIndex = "row_index": None, DEVIATION, DEVIATION;
    /// A job that has not failed has an error.
    ErrorWithoutFailure = "error_without_failure": DEVIATION, DEVIATION, DEVIATION;
    /// A failed job has no error.
    FailureWithoutError = "failure_without_error": None, DEVIATION, DEVIATION;
    /// A complete or sync import has no results.
    ResultsMissing = "results_missing": None, DEVIATION, None;
    /// An unfinished job has results; they are dropped.
    ResultsEarly = "results_early": DEVIATION, None, None;
    /// Counters of a finished job are missing and cannot be derived.
    CountersMissing = "counters_missing": None, DEVIATION, None;
    /// The job id cannot be used as a path segment; the job is treated as one without an id.
    JobIdUnusable = "job_id_unusable": DEVIATION, DEVIATION, DEVIATION;
    /// A successful row has no record id.
    RowIdMissing = "row_id_missing": None, DEVIATION, DEVIATION;
    /// The record id of a successful row is not a UUID.
    RowIdNotUuid = "row_id_not_uuid": None, DEVIATION, DEVIATION;
    /// A timestamp is not RFC 3339; its text is kept.
    TimestampUnreadable = "timestamp_unreadable": DEVIATION, DEVIATION, DEVIATION;
    /// The update time or the expiry is before the creation time.
    TimestampOrder = "timestamp_order": DEVIATION, DEVIATION, DEVIATION;
    /// The snapshot has the format of older servers.
    LegacyShape = "legacy_shape": DEVIATION, DEVIATION, DEVIATION;
    /// An integer is written with a fraction or an exponent, such as `1.0`.
    IntegerFormat = "integer_format": DEVIATION, DEVIATION, DEVIATION;
    /// A text, such as an error code, is a number.
    TextIsNumber = "text_is_number": DEVIATION, DEVIATION, DEVIATION;
    /// The status is written in other letter case.
    StatusCase = "status_case": DEVIATION, DEVIATION, DEVIATION;
    /// An unknown field is given twice.
    FieldRepeated = "field_repeated": DEVIATION, DEVIATION, DEVIATION;
}

/// How much a snapshot claims to know, which determines the severity of its findings.
///
/// The counters of an unfinished job are estimates. Those of a finished job are final, and results for all rows outweigh
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Unfinished,
    Finished,
    /// Finished, with as many results as rows.
    AllRows,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The severity of a finding.
///
/// The same rule may be either: the counters of a job in progress are estimates, and those of a finished job are not.
///
/// ```
/// use prism_imports_core::{ImportJob, ReadError, Severity};
///
/// let job = ImportJob::from_slice(br#"{"job_id":"j","status":"processing","total":3,"processed":4}"#)?;
/// assert_eq!(job.deviations()[0].severity(), Severity::Deviation);
///
/// let refused = ImportJob::from_slice(br#"{"job_id":"j","status":"failed","total":3,"processed":4}"#);
/// let Err(ReadError::Contradiction(refused)) = refused else { panic!() };
/// assert_eq!(refused.findings()[0].severity(), Severity::Contradiction);
/// # Ok::<(), ReadError>(())
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
/// use prism_imports_core::{ImportJob, Rule};
///
/// let job = ImportJob::from_slice(br#"{"job_id":"j-1","status":"processing","total":10,"processed":11}"#)?;
/// let [finding] = job.deviations() else { panic!() };
/// assert_eq!(finding.rule(), Rule::ProcessedExceedsTotal);
/// assert_eq!(finding.to_string(), "processed_exceeds_total: 11 rows processed of 10");
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    row: Option<u32>,
    rule: Rule,
    severity: Severity,
    numbers: Option<Box<str>>,
}

impl Finding {
    /// Creates a finding. [`Findings::judge`] determines its severity.
    pub(super) fn new(rule: Rule, numbers: impl fmt::Display) -> Self {
        Self {
            numbers: Some(numbers.to_string().into()),
            ..Self::plain(rule)
        }
    }

    /// Creates a finding without numbers.
    pub(super) fn plain(rule: Rule) -> Self {
        Self {
            row: None,
            rule,
            severity: Severity::Deviation,
            numbers: None,
        }
    }

    /// Creates the finding of a field that is not written as documented.
    pub(super) fn odd(odd: &Oddity) -> Self {
        let rule = match odd.kind {
            Odd::Float => Rule::IntegerFormat,
            Odd::Number => Rule::TextIsNumber,
            Odd::LetterCase => Rule::StatusCase,
            Odd::Repeated => Rule::FieldRepeated,
        };
        match &odd.text {
            Some(text) => Self::new(rule, format_args!("{} is {text}", odd.field)),
            None => Self::new(rule, &odd.field),
        }
    }

    /// Returns the violated rule.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns the severity, which depends on the state of the job.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns the zero-based position in `results` of the row that violates the rule.
    pub fn row(&self) -> Option<u32> {
        self.row
    }

    /// Returns the numbers of the violation, such as `11 rows processed of 10`, if there are any.
    pub fn numbers(&self) -> Option<&str> {
        self.numbers.as_deref()
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

/// The findings of a snapshot. Of those of rows, only the first [`KEPT`] are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(super) list: Vec<Finding>,
    of_rows: usize,
    /// The number of findings that were not kept.
    omitted: u64,
}

impl Findings {
    pub(super) fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Adds the finding of a row, which is a deviation for every claim.
    pub(super) fn push_of_row(&mut self, row: u32, finding: impl FnOnce() -> Finding) {
        if self.of_rows < KEPT {
            self.of_rows = self.of_rows.saturating_add(1);
            let row = Some(row);
            self.list.push(Finding { row, ..finding() });
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// Adds the findings of the rows.
    pub(super) fn append(&mut self, rows: Self) {
        self.list.extend(rows.list);
        self.omitted = self.omitted.saturating_add(rows.omitted);
    }

    /// Returns the number of findings, including those that were not kept.
    pub(super) fn count(&self) -> u64 {
        let kept = u64::try_from(self.list.len()).unwrap_or(u64::MAX);
        kept.saturating_add(self.omitted)
    }

    /// Makes the contradictions of a stored job deviations, unless it would be another job or could not be polled.
    pub(super) fn tolerate(mut self) -> Result<Self, Self> {
        let is_refused =
            |finding: &Finding| matches!(finding.rule, Rule::SyncUnfinished | Rule::OtherJob);
        if self.list.iter().any(is_refused) {
            return Err(self);
        }
        for finding in &mut self.list {
            finding.severity = Severity::Deviation;
        }
        Ok(self)
    }

    /// Determines the severity of each finding, removes those that do not apply, and sorts them by row and rule.
    ///
    /// The error contains the findings if one of them is a contradiction.
    pub(super) fn judge(mut self, claim: Claim) -> Result<Self, Self> {
        self.list.retain_mut(|finding| {
            let severity = finding.rule.severity(claim);
            finding.severity = severity.unwrap_or(finding.severity);
            severity.is_some()
        });
        self.list.sort_unstable();
        let refused = |finding: &Finding| finding.severity == Severity::Contradiction;
        if self.list.iter().any(refused) {
            Err(self)
        } else {
            Ok(self)
        }
    }
}

/// The number of findings of rows that are kept, so that memory does not grow with the number of rows. The others are
/// counted. A finding of a row is never a contradiction, so none of those can be lost.
const KEPT: usize = 1_000;
