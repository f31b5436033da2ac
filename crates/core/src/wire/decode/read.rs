//! Whole bodies, read at once.

use super::{
    document::{Document, Rows},
    error::DecodeError,
    plain_row::PlainRow,
    row_parts::RowParts,
    unknown::Skipped,
};
use crate::{
    job::{Facts, Ledger, Row},
    wire::{self, Fields, Snapshot},
};

/// Reads what a job needs and keeps nothing else.
pub(crate) fn read_job(body: &[u8]) -> Result<(Facts, Ledger, Option<Vec<Row>>), DecodeError> {
    let mut document = Document::new(Judged::default());
    document.read_whole(body)?;
    let offset = document.offset();
    let facts =
        Facts::from_head(document.head).map_err(|name| DecodeError::missing(name, offset))?;
    let Judged { ledger, mut rows } = document.rows;
    if let Some(rows) = &mut rows {
        rows.shrink_to_fit();
    }
    Ok((facts, ledger, rows))
}

impl Snapshot {
    /// Reads a snapshot from its JSON.
    ///
    /// A byte order mark before it is ignored. Duplicate names, anything behind the document and more than 127
    /// levels in a value are refused.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what was expected where; it never quotes the body.
    ///
    /// ```
    /// use prism_imports_core::wire::{Snapshot, Status};
    ///
    /// let snapshot = Snapshot::from_slice(br#"{"job_id":null,"status":"complete","total":0,"results":[]}"#)?;
    /// assert_eq!(snapshot.status, Status::Complete);
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        let mut document = Document::new(Kept::default());
        document.read_whole(body)?;
        snapshot_of(document)
    }
}

fn snapshot_of(document: Document<Kept>) -> Result<Snapshot, DecodeError> {
    let offset = document.offset();
    Snapshot::from_parts(document.head, document.rows.0)
        .map_err(|name| DecodeError::missing(name, offset))
}

/// Reads a snapshot in one text and learns nothing from its rows.
#[cfg(test)]
pub(crate) fn read_each_row_by_serde(body: &[u8]) -> Result<Snapshot, DecodeError> {
    let mut document = Document::new(Kept::default()).without_lessons();
    document.read_in_windows(body, usize::MAX)?;
    snapshot_of(document)
}

/// Reads a snapshot in windows of `length` bytes.
#[cfg(test)]
pub(crate) fn read_in_windows(body: &[u8], length: usize) -> Result<Snapshot, DecodeError> {
    let mut document = Document::new(Kept::default());
    document.read_in_windows(body, length)?;
    snapshot_of(document)
}

/// Rows judged as they come.
#[derive(Debug, Default)]
struct Judged {
    ledger: Ledger,
    rows: Option<Vec<Row>>,
}

impl Rows for Judged {
    type Unknown = Skipped;

    /// Makes room for all rows where it is known how many come: growing would double what they take.
    fn begin(&mut self, total: Option<i64>, bytes: usize) {
        let total = total.and_then(|total| usize::try_from(total).ok());
        let room = total.unwrap_or(0).min(bytes / SHORT_ROW);
        self.rows = Some(Vec::with_capacity(room));
    }

    fn push(&mut self, row: RowParts<'_, Skipped>) {
        self.push_plain(&row.plain());
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        let row = self.ledger.push(row);
        self.rows.get_or_insert_default().push(row);
    }
}

/// Rows kept as they are.
#[derive(Debug, Default)]
struct Kept(Option<Vec<wire::Row>>);

impl Rows for Kept {
    type Unknown = Fields;

    fn begin(&mut self, _: Option<i64>, _: usize) {
        self.0 = Some(Vec::new());
    }

    fn push(&mut self, row: RowParts<'_, Fields>) {
        self.0.get_or_insert_default().push(row.into());
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        self.0.get_or_insert_default().push((*row).into());
    }
}

/// Bytes of a short row, `{"created":true}`. No more room is made than rows of this length would need, at most
/// twice the body, so that a total which no body can hold takes no memory.
const SHORT_ROW: usize = 16;
