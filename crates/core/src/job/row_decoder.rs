//! The incremental decoder of rows.

use std::{collections::VecDeque, mem, str};

use super::{ImportJob, JobId, ReadError, Row, ledger::Ledger, validate::validate};
use crate::wire::{
    self,
    decode::{DecodeError, Document, End, Following, PlainRow, Rows, Span, Stop},
};

/// Decodes a snapshot incrementally, from chunks of any size. Rows are available as soon as their bytes have arrived.
///
/// Push a chunk, then take the rows that it completed. At the end of the body, [`finish`](Self::finish) returns the
/// job. Fields may be before and after the rows. Rows, job and errors are the same as those of
/// [`ImportJob::from_slice`] for the whole body, except that rows are not kept:
///
/// - The job has no rows, and neither has the snapshot of a [contradiction](crate::Contradiction).
/// - The index of a row without `input_index` is its position in the results, unless an earlier row has an
///   `input_index`. The decoder cannot know whether a later row has one, or whether there are fewer results than rows. In
///   these cases, [`ImportJob::from_slice`] returns no index. Neither does it for an `input_index` that a later row
///   repeats, or that is not below a total after the results.
///
/// Memory is bounded by the longest row or field, and by the rows of one chunk. Rows whose `input_index` is out of
/// order take one additional bit each.
///
/// ```
/// use prism_imports_core::RowDecoder;
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
    /// The incomplete piece at the end of the text so far.
    text: String,
    /// The bytes of an incomplete character.
    tail: Vec<u8>,
    /// The search for the end of the piece in `text`.
    span: Span,
    failed: Option<DecodeError>,
    /// The job that was asked for.
    asked: Option<JobId>,
}

impl Default for RowDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl RowDecoder {
    /// Creates a decoder at the start of a body.
    pub fn new() -> Self {
        Self {
            document: Document::new(Queue {
                ledger: Ledger::default(),
                rows: VecDeque::new(),
                listed: false,
            }),
            text: String::new(),
            tail: Vec::new(),
            span: Span::default(),
            failed: None,
            asked: None,
        }
    }

    /// Creates a decoder for a body of the job `id`, as [`ImportJob::from_slice_for`] reads it.
    ///
    /// If the body is about another job, there are no rows, provided that the id is before the results. In any case,
    /// [`finish`](Self::finish) returns an error.
    ///
    /// ```
    /// # use prism_imports_core::{JobId, RowDecoder};
    /// let mut decoder = RowDecoder::for_job(JobId::new("j-1")?);
    /// decoder.push(br#"{"job_id":"j-2","status":"complete","total":1,"results":[{"created":true}]}"#)?;
    /// assert!(decoder.next_row().is_none());
    /// assert!(decoder.finish().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_job(id: JobId) -> Self {
        Self {
            asked: Some(id),
            ..Self::new()
        }
    }

    /// Decodes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// Returns a [`DecodeError`] if the body is invalid. The rows before the error can still be taken. All later calls
    /// return the same error.
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

    /// Removes and returns the next row, in the order of the results; `None` if no row is complete.
    ///
    /// ```
    /// # use prism_imports_core::RowDecoder;
    /// let mut decoder = RowDecoder::new();
    /// decoder.push(br#"{"status":"complete","total":1,"results":[{"created":true}"#)?;
    /// assert!(decoder.next_row().is_some());
    /// assert!(decoder.next_row().is_none());
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn next_row(&mut self) -> Option<Row> {
        let row = self.document.rows.rows.pop_front()?;
        let named = self.document.head.snapshot.job_id.as_deref();
        let is_other = named
            .zip(self.asked.as_ref())
            .is_some_and(|(named, asked)| !named.is_empty() && named != asked.as_str());
        (!is_other).then_some(row)
    }

    /// Ends the body and returns the validated job. Rows that were not taken are dropped.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`ImportJob::from_slice`].
    ///
    /// ```
    /// # use prism_imports_core::{ReadError, RowDecoder};
    /// let mut decoder = RowDecoder::new();
    /// decoder.push(br#"{"status":"comp"#)?;
    /// let Err(ReadError::Decode(error)) = decoder.finish() else { panic!() };
    /// assert!(error.is_truncated());
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn finish(self) -> Result<ImportJob, ReadError> {
        let job = self.end(|_| Vec::new())?;
        Ok(job.without_rows())
    }

    /// Ends the body and returns the validated job with its rows, none of which were taken.
    ///
    /// It is the job that [`ImportJob::from_slice`] reads from the whole body, without the body in memory.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`ImportJob::from_slice`]; the snapshot of a contradiction has no rows.
    ///
    /// ```
    /// # use prism_imports_core::{ImportJob, RowDecoder};
    /// let body = br#"{"status":"complete","total":1,"results":[{"created":true}]}"#;
    /// let mut decoder = RowDecoder::new();
    /// for chunk in body.chunks(5) {
    ///     decoder.push(chunk)?;
    /// }
    /// assert_eq!(decoder.finish_with_rows(), ImportJob::from_slice(body));
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn finish_with_rows(self) -> Result<ImportJob, ReadError> {
        self.end(|rows| {
            let mut rows = Vec::from(rows);
            rows.shrink_to_fit();
            rows
        })
    }

    fn end(mut self, keep: impl FnOnce(VecDeque<Row>) -> Vec<Row>) -> Result<ImportJob, ReadError> {
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
        let Queue {
            ledger,
            listed,
            rows,
        } = self.document.rows;
        let snapshot = self.document.head.finish(None);
        let snapshot =
            snapshot.map_err(|name| ReadError::Decode(DecodeError::missing(name, offset)))?;
        let rows = listed.then(|| keep(rows));
        Ok(validate(snapshot, ledger, rows, self.asked.as_ref())?)
    }

    /// Reads all complete pieces: first the one that began in an earlier chunk, then those of this chunk, in place.
    fn read(&mut self, chunk: &str) -> Result<(), DecodeError> {
        if self.text.is_empty() {
            return self.read_on(chunk);
        }
        let Some(end) = self.span.end_within(chunk) else {
            self.text.push_str(chunk);
            return Ok(());
        };
        let (piece, after) = chunk.split_at_checked(end).unwrap_or((chunk, ""));
        let mut text = mem::take(&mut self.text);
        text.push_str(piece);
        self.read_on(&text)?;
        if self.text.is_empty() {
            text.clear();
            self.text = text;
            return self.read_on(after);
        }
        // The piece did not end there.
        let text = mem::take(&mut self.text) + after;
        self.read_on(&text)
    }

    /// Reads a text and keeps the incomplete piece at its end.
    fn read_on(&mut self, text: &str) -> Result<(), DecodeError> {
        let start = self.document.offset();
        match self.document.read(text, Following::Unknown) {
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

    /// Reads the rest of the body and checks its end.
    fn read_to(&mut self, end: End) -> Result<(), DecodeError> {
        let read = self.document.read_to(&self.text, end);
        if let Err(error) = &read {
            self.failed = Some(error.clone());
        }
        read
    }
}

/// Validated rows that were not taken yet.
#[derive(Debug)]
struct Queue {
    ledger: Ledger,
    rows: VecDeque<Row>,
    listed: bool,
}

impl Rows for Queue {
    const KEEPS_UNKNOWN: bool = false;

    fn begin(&mut self, total: Option<i64>, _: usize) {
        self.ledger.expect(total);
        self.listed = true;
    }

    fn push(&mut self, row: wire::Row) {
        self.push_plain(&PlainRow::of(&row));
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        self.rows.push_back(self.ledger.push(row));
    }
}
