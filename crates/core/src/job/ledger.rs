//! The validation of the rows of a snapshot, in a single pass.

use std::collections::VecDeque;

use serde::{Deserialize, Deserializer};

use super::{
    error::RowError,
    finding::{Finding, Findings, Rule},
    index_set::IndexSet,
    row::{Detail, Failure, Position, Row, Success},
    tally::Tally,
};
use crate::wire::{
    self,
    decode::{PlainRow, Rows},
};

/// Validates rows one by one, and collects their tally and findings.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(super) tally: Tally,
    pub(super) findings: Findings,
    /// The number of validated rows.
    pub(super) len: u32,
    /// The number of rows in the import, if it is before the results in the body.
    pub(super) total: Option<u64>,
    /// Whether a row has an `input_index`. The positions of the other rows are then unknown.
    indexed: bool,
    seen: IndexSet,
    repeated: IndexSet,
}

impl Ledger {
    /// Validates the next row.
    pub(crate) fn push(&mut self, row: &PlainRow<'_>) -> Row {
        let at = self.len;
        self.len = self.len.saturating_add(1);
        let (index, position) = self.index(at, row.input_index);
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        let (created, existing, updated) = (is(row.created), is(row.existing), is(row.updated));
        let id = match (row.uuid, row.id) {
            (Some(id), _) => Detail::Uuid(id),
            (None, Some(id)) => Detail::Text(id.into()),
            (None, None) => Detail::None,
        };
        let of_error = row.error.as_ref().map_or(&[][..], |error| error.odd);
        for odd in row.odd.iter().chain(of_error) {
            self.findings.push_of_row(at, || Finding::odd(odd));
        }

        let error = row.error.as_ref().filter(|error| !error.is_blank());
        let ambiguous = match (error, created, existing, updated) {
            (Some(_), true, _, _) => Some("an error and created"),
            (Some(_), false, _, true) => Some("an error and updated"),
            (None, true, true, _) => Some("created and existing"),
            (None, true, false, true) => Some("created and updated"),
            _ => None,
        };
        if let Some(outcomes) = ambiguous {
            let numbers = format_args!("{outcomes} at once");
            self.findings
                .push_of_row(at, || Finding::new(Rule::RowAmbiguous, numbers));
        }
        if error.is_none() && row.uuid.is_none() {
            let rule = match row.id {
                Some(_) => Rule::RowIdNotUuid,
                None => Rule::RowIdMissing,
            };
            self.findings.push_of_row(at, || Finding::plain(rule));
        }
        let (success, detail) = match (error, created, existing, updated) {
            (Some(error), _, _, _) => {
                let error = RowError::new(error.code.as_deref(), error.message.as_deref());
                (
                    Success::Unspecified,
                    Detail::Failed(Box::new(Failure { id, error })),
                )
            }
            (None, true, false, false) => (Success::Created, id),
            (None, false, _, true) => (Success::Updated, id),
            (None, false, true, false) => (Success::Existing, id),
            (None, _, _, _) => (Success::Unspecified, id),
        };
        let row = Row::new(index, position, success, detail);
        self.tally.add(row.outcome());
        row
    }

    /// Checks the indexes against the total, which may be after the rows in the body.
    ///
    /// Of the indexes beyond the total, only the highest is reported, because rows that were taken one by one are not
    /// known any more.
    pub(super) fn settle(&mut self, rows: &mut [Row], total: u64) {
        let end = u32::try_from(total).unwrap_or(u32::MAX);
        if let Some((highest, at)) = self.seen.highest.filter(|(index, _)| *index >= end) {
            let of = match self.seen.count_from(end) {
                1 => String::new(),
                count => format!(", the highest of {count}"),
            };
            let numbers = format_args!("input_index {highest} of {total} rows{of}");
            self.findings
                .push_of_row(at, || Finding::new(Rule::RowIndex, numbers));
        }
        let in_order = !self.indexed && u64::from(self.len) == total;
        for row in rows {
            row.settle_position(in_order, |index| {
                index < end && !self.repeated.contains(index)
            });
        }
    }

    fn index(&mut self, at: u32, given: Option<i64>) -> (u32, Position) {
        let Some(given) = given else {
            let index = if self.indexed { Row::NO_INDEX } else { at };
            return (index, Position::Inferred);
        };
        self.indexed = true;
        let index = u32::try_from(given)
            .ok()
            .filter(|index| *index != Row::NO_INDEX);
        let limit = Row::NO_INDEX;
        let numbers = match index {
            None if given < 0 => format!("input_index {given} is negative"),
            None => format!("input_index {given} is not below {limit}"),
            Some(index) if !self.seen.insert(index, at) => {
                self.repeated.insert(index, at);
                format!("input_index {index} is repeated")
            }
            // The total is checked at the end, because it may be after the results.
            Some(index) if self.total.is_some_and(|total| u64::from(index) >= total) => {
                return (index, Position::Unusable);
            }
            Some(index) => return (index, Position::Given),
        };
        self.findings
            .push_of_row(at, || Finding::new(Rule::RowIndex, numbers));
        (index.unwrap_or(Row::NO_INDEX), Position::Unusable)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = wire::Row::deserialize(deserializer)?;
        let mut row = Ledger::default().push(&PlainRow::of(&row));
        row.settle_position(false, |_| true);
        Ok(row)
    }
}

/// Collects validated rows.
#[derive(Debug, Default)]
pub(super) struct ValidatedRows {
    pub(super) ledger: Ledger,
    pub(super) rows: Option<VecDeque<Row>>,
}

impl Rows for ValidatedRows {
    const KEEPS_UNKNOWN: bool = false;

    /// Reserves capacity for all rows if the total is known, because a growing vector would take up to twice the
    /// memory.
    fn begin(&mut self, total: Option<i64>, bytes: usize) {
        self.ledger.total = total.and_then(|total| u64::try_from(total).ok());
        let total = total.and_then(|total| usize::try_from(total).ok());
        let room = total.unwrap_or(0).min(bytes / SHORT_ROW);
        self.rows = Some(VecDeque::with_capacity(room));
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        let row = self.ledger.push(row);
        self.rows.get_or_insert_default().push_back(row);
    }
}

/// The length of a short row, `{"created":true}`. The reserved capacity is limited to the number of rows of this length
/// that fit into the body. A wrong total therefore reserves at most twice the length of the body.
const SHORT_ROW: usize = 16;
