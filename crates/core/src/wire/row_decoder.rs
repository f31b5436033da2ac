//! Rows as they arrive.

use std::{collections::VecDeque, mem, str};

use super::{
    Fields, Snapshot,
    decode::{Behind, DecodeError, Document, End, PlainRow, RowParts, Rows, Span, Stop},
};
use crate::{
    Contradiction, ImportJob, ReadError, Row,
    job::{Facts, Ledger, validate},
};

/// Decodes a snapshot whose rows are taken while its bytes arrive, in chunks of any size.
///
/// Push a chunk, take the rows that it completed, and ask for the rest when the body has ended; fields may stand
/// before and behind the rows. The rows, the job and every error are those of [`ImportJob::from_slice`] on the
/// whole body, with two differences that follow from not keeping it: the job has no rows, and of a
/// [contradiction](crate::Contradiction) neither has the snapshot. Of findings about rows the first 1,000 are
/// kept, and of indexes beyond the import the highest alone is named.
///
/// A row without `input_index` has its place among the results as its index, unless a row before it has one.
/// Where the body turns out to list fewer results than rows, as that of a failed job may, or to say the
/// `input_index` of some rows only, that says less than it seems, and [`ImportJob::from_slice`] leaves such
/// indexes out.
///
/// Memory is bounded by the longest row, or field, and by the rows of one chunk. Rows that come with an
/// `input_index` out of order cost a bit each more.
///
/// ```
/// use prism_imports_core::wire::RowDecoder;
///
/// let body = br#"{"job_id":"j-1","status":"complete","total":2,"failed":1,"results":[
///     {"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true},{"error":{"code":"invalid_email"}}]}"#;
/// let mut decoder = RowDecoder::new();
/// let mut failed = 0;
/// for chunk in body.chunks(7) {
///     decoder.push(chunk)?;
///     while let Some(row) = decoder.next_row() {
///         failed += u32::from(row.is_failed());
///     }
/// }
/// let job = decoder.finish()?;
/// assert_eq!((failed, job.progress().failed()), (1, Some(1)));
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Debug)]
pub struct RowDecoder {
    document: Document<Queue>,
    /// Text that was not read yet: the document's piece that is not all there.
    text: String,
    /// The bytes of a character that is not all there.
    tail: Vec<u8>,
    /// The look for the end of the piece that `text` starts with.
    span: Span,
    failed: Option<DecodeError>,
}

impl Default for RowDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl RowDecoder {
    /// Creates a decoder at the start of a body.
    pub fn new() -> Self {
        let ledger = Ledger::bounded(FINDINGS);
        Self {
            document: Document::new(Queue {
                ledger,
                rows: VecDeque::new(),
                listed: false,
            }),
            text: String::new(),
            tail: Vec::new(),
            span: Span::default(),
            failed: None,
        }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the body is wrong; the rows before that place can still be taken. It stays wrong.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), DecodeError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let carried;
        let chunk = if self.tail.is_empty() {
            chunk
        } else {
            carried = [self.tail.as_slice(), chunk].concat();
            self.tail.clear();
            &carried
        };
        let error = match str::from_utf8(chunk) {
            Ok(text) => return self.read(text),
            Err(error) => error,
        };
        let (valid, rest) = chunk
            .split_at_checked(error.valid_up_to())
            .unwrap_or_default();
        let text = str::from_utf8(valid).unwrap_or_default();
        self.tail.extend_from_slice(rest);
        match End::of(error) {
            end @ End::NotUtf8 => {
                self.text.push_str(text);
                self.read_to(end)
            }
            End::WithinCharacter | End::Body => self.read(text),
        }
    }

    /// Takes the next row, in the order of the results; `None` until the bytes of one have come.
    ///
    /// ```
    /// # use prism_imports_core::wire::RowDecoder;
    /// let mut decoder = RowDecoder::new();
    /// decoder.push(br#"{"status":"complete","total":1,"results":[{"created":true}"#)?;
    /// assert!(decoder.next_row().is_some());
    /// assert!(decoder.next_row().is_none());
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn next_row(&mut self) -> Option<Row> {
        self.document.rows.rows.pop_front()
    }

    /// Ends the body and judges the job. Rows that were not taken are dropped.
    ///
    /// # Errors
    ///
    /// As for [`ImportJob::from_slice`].
    ///
    /// ```
    /// # use prism_imports_core::{ReadError, wire::RowDecoder};
    /// let mut decoder = RowDecoder::new();
    /// decoder.push(br#"{"status":"comp"#)?;
    /// let Err(ReadError::Decode(error)) = decoder.finish() else { panic!() };
    /// assert!(error.is_truncated());
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn finish(mut self) -> Result<ImportJob, ReadError> {
        if let Some(error) = self.failed {
            return Err(ReadError::Decode(error));
        }
        let end = if self.tail.is_empty() {
            End::Body
        } else {
            End::WithinCharacter
        };
        self.read_to(end).map_err(ReadError::Decode)?;
        let offset = self.document.offset();
        let Queue { ledger, listed, .. } = self.document.rows;
        let snapshot = Snapshot::from_parts(self.document.head, None)
            .map_err(|name| ReadError::Decode(DecodeError::missing(name, offset)))?;
        match validate(
            Facts::from_snapshot(&snapshot),
            ledger,
            listed.then(Vec::new),
        ) {
            Ok(job) => Ok(job.without_rows()),
            Err(findings) => Err(ReadError::Contradiction(Contradiction::new(
                snapshot, findings,
            ))),
        }
    }

    /// Reads on as far as pieces are all there: the one that began in an earlier chunk, then those of this one,
    /// where they stand.
    fn read(&mut self, chunk: &str) -> Result<(), DecodeError> {
        if self.text.is_empty() {
            return self.read_on(chunk);
        }
        let Some(end) = self.span.end_within(chunk) else {
            self.text.push_str(chunk);
            return Ok(());
        };
        let (piece, behind) = chunk.split_at_checked(end).unwrap_or((chunk, ""));
        let mut text = mem::take(&mut self.text);
        text.push_str(piece);
        self.read_on(&text)?;
        if self.text.is_empty() {
            text.clear();
            self.text = text;
            return self.read_on(behind);
        }
        // It did not end there after all.
        let text = mem::take(&mut self.text) + behind;
        self.read_on(&text)
    }

    /// Reads a text and keeps the piece that is not all there.
    fn read_on(&mut self, text: &str) -> Result<(), DecodeError> {
        let start = self.document.offset();
        match self.document.read(text, Behind::Unknown) {
            Err(Stop::Wrong(error)) => {
                self.failed = Some(error.clone());
                return Err(error);
            }
            Ok(()) | Err(Stop::Incomplete) => {}
        }
        let read = self.document.offset().saturating_sub(start);
        self.text.push_str(text.get(read..).unwrap_or_default());
        self.span = Span::default();
        self.span.end_within(&self.text);
        Ok(())
    }

    /// Reads what there is and answers for how it ends.
    fn read_to(&mut self, end: End) -> Result<(), DecodeError> {
        let read = self.document.read_to(&self.text, end);
        if let Err(error) = &read {
            self.failed = Some(error.clone());
        }
        read
    }
}

/// Rows judged and waiting to be taken.
#[derive(Debug)]
struct Queue {
    ledger: Ledger,
    rows: VecDeque<Row>,
    listed: bool,
}

impl Rows for Queue {
    type Unknown = Fields;

    fn begin(&mut self, _: Option<i64>, _: usize) {
        self.listed = true;
    }

    fn push(&mut self, row: RowParts<'_, Fields>) {
        self.push_plain(&row.plain());
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        self.rows.push_back(self.ledger.push(row));
    }
}

/// Findings about rows that are kept: without the rows, memory is not to grow with their number.
const FINDINGS: usize = 1_000;
