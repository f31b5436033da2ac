//! The reading of whole bodies.

use super::{
    document::{Document, Rows},
    error::DecodeError,
    plain_row::PlainRow,
};
use crate::{
    job::{Ledger, Row},
    wire::{self, Snapshot},
};

/// Reads a snapshot without results, and the validated rows.
pub(crate) fn read_job(body: &[u8]) -> Result<(Snapshot, Ledger, Option<Vec<Row>>), DecodeError> {
    let mut document = Document::new(ValidatedRows::default());
    document.read_whole(body)?;
    let offset = document.offset();
    let head = document.head.finish(None);
    let head = head.map_err(|name| DecodeError::missing(name, offset))?;
    let ValidatedRows { ledger, mut rows } = document.rows;
    if let Some(rows) = &mut rows {
        rows.shrink_to_fit();
    }
    Ok((head, ledger, rows))
}

impl Snapshot {
    /// Reads a snapshot from its JSON.
    ///
    /// A byte order mark at the start is ignored. Duplicate names, trailing characters and more than 127 levels of
    /// nesting in a value are refused.
    ///
    /// # Errors
    ///
    /// Returns a [`DecodeError`] if the body is not a valid snapshot. The error never quotes the body.
    ///
    /// ```
    /// use prism_imports_core::wire::{Snapshot, Status};
    ///
    /// let snapshot = Snapshot::from_slice(br#"{"job_id":null,"status":"complete","total":0,"results":[]}"#)?;
    /// assert_eq!(snapshot.status, Status::Complete);
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        let mut document = Document::new(WireRows::default());
        document.read_whole(body)?;
        snapshot_of(document)
    }
}

fn snapshot_of(document: Document<WireRows>) -> Result<Snapshot, DecodeError> {
    let offset = document.offset();
    let snapshot = document.head.finish(document.rows.0);
    snapshot.map_err(|name| DecodeError::missing(name, offset))
}

/// Reads a snapshot as one text, and all of its rows with serde.
#[cfg(test)]
pub(crate) fn read_each_row_by_serde(body: &[u8]) -> Result<Snapshot, DecodeError> {
    let mut document = Document::new(WireRows::default()).by_serde();
    document.read_in_windows(body, usize::MAX)?;
    snapshot_of(document)
}

/// Reads a snapshot in windows of `length` bytes.
#[cfg(test)]
pub(crate) fn read_in_windows(body: &[u8], length: usize) -> Result<Snapshot, DecodeError> {
    let mut document = Document::new(WireRows::default());
    document.read_in_windows(body, length)?;
    snapshot_of(document)
}

/// Collects validated rows.
#[derive(Debug, Default)]
struct ValidatedRows {
    ledger: Ledger,
    rows: Option<Vec<Row>>,
}

impl Rows for ValidatedRows {
    const KEEPS_UNKNOWN: bool = false;

    /// Reserves capacity for all rows if the total is known, because a growing vector would take up to twice the
    /// memory.
    fn begin(&mut self, total: Option<i64>, bytes: usize) {
        let total = total.and_then(|total| usize::try_from(total).ok());
        let room = total.unwrap_or(0).min(bytes / SHORT_ROW);
        self.rows = Some(Vec::with_capacity(room));
    }

    fn push(&mut self, row: wire::Row) {
        self.push_plain(&PlainRow::of(&row));
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        let row = self.ledger.push(row);
        self.rows.get_or_insert_default().push(row);
    }
}

/// Collects rows as on the wire.
#[derive(Debug, Default)]
struct WireRows(Option<Vec<wire::Row>>);

impl Rows for WireRows {
    const KEEPS_UNKNOWN: bool = true;

    fn begin(&mut self, _: Option<i64>, _: usize) {
        self.0 = Some(Vec::new());
    }

    fn push(&mut self, row: wire::Row) {
        self.0.get_or_insert_default().push(row);
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        self.0.get_or_insert_default().push(row.into());
    }
}

/// The length of a short row, `{"created":true}`. The reserved capacity is limited to the number of rows of this length
/// that fit into the body. A wrong total therefore reserves at most twice the length of the body.
const SHORT_ROW: usize = 16;
