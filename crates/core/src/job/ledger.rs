//! The validation of the rows of a snapshot, in a single pass.

use serde::{Deserialize, Deserializer, de::Error};

use super::{
    error::RowError,
    finding::{Finding, Rule, Severity},
    index_set::IndexSet,
    row::{Id, Row, Success},
    tally::Tally,
};
use crate::wire::{
    self,
    decode::{PlainId, PlainRow, RowParts},
};

/// Validates rows one by one, and collects their tally and findings.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(super) tally: Tally,
    pub(super) findings: Vec<Finding>,
    /// The maximum number of findings of each severity to keep; all of them by default.
    limit: Option<usize>,
    /// The numbers of contradictions and deviations that were kept.
    kept: (usize, usize),
    /// The number of rows with two outcomes, counted neither as failed nor as succeeded.
    pub(super) ambiguous: u64,
    len: u32,
    /// Whether a row has an `input_index`. The positions of the other rows are then unknown.
    indexed: bool,
    seen: IndexSet,
}

impl Ledger {
    /// Creates a ledger that keeps the first `limit` findings of each severity, for rows that are not kept.
    pub(crate) fn bounded(limit: usize) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }

    /// Validates the next row.
    pub(crate) fn push(&mut self, row: &PlainRow<'_>) -> Row {
        let at = self.len;
        self.len = self.len.saturating_add(1);
        let (index, given) = self.index(at, row.input_index);
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        let (created, existing, updated) = (is(row.created), is(row.existing), is(row.updated));

        if let Some(error) = row.error.filter(|error| !error.is_blank()) {
            if created || updated {
                let flag = if created { "created" } else { "updated" };
                self.note_ambiguous(at, &["an error", flag]);
            } else {
                self.tally.add_failed();
            }
            return Row::failed(
                index,
                given,
                read_id(row.id),
                RowError::new(error.code, error.message),
            );
        }
        let success = match (created, existing, updated) {
            (true, false, false) => Success::Created,
            (false, _, true) => Success::Updated,
            (false, true, false) => Success::Existing,
            (false, false, false) => Success::Unspecified,
            (true, _, _) => {
                self.note_ambiguous(
                    at,
                    &["created", if existing { "existing" } else { "updated" }],
                );
                return Row::succeeded(index, given, Success::Unspecified, read_id(row.id));
            }
        };
        self.tally.add(success);
        let id = read_id(row.id);
        match id {
            Id::None => self.note(Finding::plain(Rule::RowIdMissing).at_row(at)),
            Id::Text(_) => self.note(Finding::plain(Rule::RowIdNotUuid).at_row(at)),
            Id::Uuid(_) => {}
        }
        Row::succeeded(index, given, success, id)
    }

    /// Validates a single row. The error is its contradiction.
    pub(super) fn validate_one(row: &wire::Row) -> Result<Row, Finding> {
        let mut ledger = Self::default();
        let mut validated = ledger.push(&RowParts::of(row).plain());
        let refused = |finding: &Finding| finding.rule().severity() == Severity::Contradiction;
        if let Some(finding) = ledger.findings.into_iter().find(refused) {
            return Err(finding);
        }
        validated.clear_inferred_index();
        Ok(validated)
    }

    /// Returns the number of validated rows.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Returns `true` if the position of a row in the results is its position in an import of `total` rows.
    pub(super) fn is_in_request_order(&self, total: u64) -> bool {
        !self.indexed && u64::from(self.len) == total
    }

    /// Checks the indexes against the total, which may be after the rows in the body.
    ///
    /// If the rows were not kept, only the highest index is reported.
    pub(super) fn settle(&mut self, rows: &mut [Row], total: u64) {
        if let Some((highest, at)) = self
            .seen
            .highest()
            .filter(|(index, _)| u64::from(*index) >= total)
        {
            let given = (0..).zip(rows.iter().map(Row::given_index));
            let kept = given.filter_map(|(at, index)| Some((index?, at)));
            let kept: Vec<_> = kept
                .filter(|(index, _)| u64::from(*index) >= total)
                .collect();
            for (index, at) in if kept.is_empty() {
                vec![(highest, at)]
            } else {
                kept
            } {
                let numbers = format_args!("input_index {index} of {total} rows");
                self.note(Finding::new(Rule::RowIndex, numbers).at_row(at));
            }
        }
        if !self.is_in_request_order(total) {
            rows.iter_mut().for_each(Row::clear_inferred_index);
        }
    }

    fn index(&mut self, at: u32, given: Option<i64>) -> (u32, bool) {
        let Some(given) = given else {
            return (if self.indexed { Row::NO_INDEX } else { at }, false);
        };
        self.indexed = true;
        let index = u32::try_from(given)
            .ok()
            .filter(|index| *index != Row::NO_INDEX);
        match index {
            None if given < 0 => {
                self.note(
                    Finding::new(
                        Rule::RowIndex,
                        format_args!("input_index {given} is negative"),
                    )
                    .at_row(at),
                );
            }
            None => {
                let limit = Row::NO_INDEX;
                self.note(
                    Finding::new(
                        Rule::RowIndex,
                        format_args!("input_index {given} is not below {limit}"),
                    )
                    .at_row(at),
                );
            }
            Some(index) if !self.seen.insert(index, at) => {
                self.note(
                    Finding::new(
                        Rule::RowIndex,
                        format_args!("input_index {index} is repeated"),
                    )
                    .at_row(at),
                );
            }
            Some(_) => {}
        }
        (index.unwrap_or(Row::NO_INDEX), index.is_some())
    }

    fn note_ambiguous(&mut self, at: u32, outcomes: &[&str; 2]) {
        self.ambiguous = self.ambiguous.saturating_add(1);
        let [first, second] = outcomes;
        self.note(
            Finding::new(
                Rule::RowAmbiguous,
                format_args!("{first} and {second} at once"),
            )
            .at_row(at),
        );
    }

    fn note(&mut self, finding: Finding) {
        let severity = finding.rule().severity();
        let kept = match severity {
            Severity::Contradiction => &mut self.kept.0,
            Severity::Deviation => &mut self.kept.1,
        };
        if self.limit.is_none_or(|limit| *kept < limit) {
            *kept = kept.saturating_add(1);
            self.findings.push(finding);
        }
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = wire::Row::deserialize(deserializer)?;
        Ledger::validate_one(&row).map_err(D::Error::custom)
    }
}

fn read_id(id: PlainId<'_>) -> Id {
    match id {
        PlainId::None => Id::None,
        PlainId::Uuid(id, _) => Id::Uuid(id),
        PlainId::Text(text) => Id::Text(text.into()),
    }
}
