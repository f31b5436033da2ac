//! The reading of whole bodies.

use super::{
    document::{Document, Rows},
    error::DecodeError,
    plain_row::PlainRow,
};
use crate::wire::{Row, Snapshot};

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

/// Collects rows as on the wire.
#[derive(Debug, Default)]
struct WireRows(Option<Vec<Row>>);

impl Rows for WireRows {
    const KEEPS_UNKNOWN: bool = true;

    fn begin(&mut self, _: Option<i64>, _: usize) {
        self.0 = Some(Vec::new());
    }

    fn push(&mut self, row: Row) {
        self.0.get_or_insert_default().push(row);
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        self.0.get_or_insert_default().push(row.into());
    }
}
