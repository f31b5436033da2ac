//! The validation of the rows of a snapshot, in a single pass.

use serde::{Deserialize, Deserializer};

use super::{
    error::RowError,
    finding::{Finding, Findings, Rule},
    index_set::IndexSet,
    row::{Id, Position, Row, Success},
    tally::Tally,
};
use crate::wire::{
    self,
    decode::{PlainId, PlainRow},
};

/// Validates rows one by one, and collects their tally and findings.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(super) tally: Tally,
    pub(super) findings: Findings,
    len: u32,
    /// The number of rows in the import, if it is before the results in the body.
    total: Option<u64>,
    /// Whether a row has an `input_index`. The positions of the other rows are then unknown.
    indexed: bool,
    seen: IndexSet,
    repeated: IndexSet,
}

impl Ledger {
    /// Sets the number of rows in the import, if it is known before the first row.
    pub(crate) fn expect(&mut self, total: Option<i64>) {
        self.total = total.and_then(|total| u64::try_from(total).ok());
    }

    /// Validates the next row.
    pub(crate) fn push(&mut self, row: &PlainRow<'_>) -> Row {
        let at = self.len;
        self.len = self.len.saturating_add(1);
        let (index, position) = self.index(at, row.input_index);
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        let (created, existing, updated) = (is(row.created), is(row.existing), is(row.updated));
        let id = read_id(row.id);
        let of_error = row.error.as_ref().map_or(&[][..], |error| error.odd);
        for odd in row.odd.iter().chain(of_error) {
            self.findings.push_of_row(|| Finding::odd(odd).at_row(at));
        }

        if let Some(error) = row.error.as_ref().filter(|error| !error.is_blank()) {
            if created || updated {
                let flag = if created { "created" } else { "updated" };
                self.note_ambiguous(at, &["an error", flag]);
            }
            self.tally.add_failed();
            return Row::failed(
                index,
                position,
                id,
                RowError::new(error.code.as_deref(), error.message.as_deref()),
            );
        }
        let success = match (created, existing, updated) {
            (true, false, false) => Success::Created,
            (false, _, true) => Success::Updated,
            (false, true, false) => Success::Existing,
            (false, false, false) => Success::Unspecified,
            (true, _, _) => {
                let other = if existing { "existing" } else { "updated" };
                self.note_ambiguous(at, &["created", other]);
                Success::Unspecified
            }
        };
        self.tally.add(success);
        let unusual = match id {
            Id::None => Some(Rule::RowIdMissing),
            Id::Text(_) => Some(Rule::RowIdNotUuid),
            Id::Uuid(_) => None,
        };
        if let Some(rule) = unusual {
            self.findings
                .push_of_row(|| Finding::plain(rule).at_row(at));
        }
        Row::succeeded(index, position, success, id)
    }

    /// Returns the number of validated rows.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Checks the indexes against the total, which may be after the rows in the body.
    ///
    /// Of the indexes beyond the total, only the highest is reported, because rows that were taken one by one are not
    /// known any more.
    pub(super) fn settle(&mut self, rows: &mut [Row], total: u64) {
        let end = u32::try_from(total).unwrap_or(u32::MAX);
        if let Some((highest, at)) = self.seen.highest().filter(|(index, _)| *index >= end) {
            let of = match self.seen.count_from(end) {
                1 => String::new(),
                count => format!(", the highest of {count}"),
            };
            let numbers = format_args!("input_index {highest} of {total} rows{of}");
            self.findings
                .push_of_row(|| Finding::new(Rule::RowIndex, numbers).at_row(at));
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
            .push_of_row(|| Finding::new(Rule::RowIndex, numbers).at_row(at));
        (index.unwrap_or(Row::NO_INDEX), Position::Unusable)
    }

    fn note_ambiguous(&mut self, at: u32, [first, second]: &[&str; 2]) {
        let numbers = format_args!("{first} and {second} at once");
        self.findings
            .push_of_row(|| Finding::new(Rule::RowAmbiguous, numbers).at_row(at));
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

fn read_id(id: PlainId<'_>) -> Id {
    match id {
        PlainId::None => Id::None,
        PlainId::Uuid(id, _) => Id::Uuid(id),
        PlainId::Text(text) => Id::Text(text.into()),
    }
}
