//! The incremental decoder of rows.

use std::mem;

use super::{ImportJob, JobId, ReadError, Row, ledger::ValidatedRows, validate::validate};
use crate::wire::{DecodeError, decode::Document};

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
#[derive(Debug, Default)]
pub struct RowDecoder {
    document: Document<ValidatedRows>,
    /// The bytes that were not read yet, because they end within a piece.
    rest: Vec<u8>,
    /// The search for the end of the piece in `rest`.
    span: Span,
    failed: Option<DecodeError>,
    /// The job that was asked for.
    asked: Option<JobId>,
}

impl RowDecoder {
    /// Creates a decoder at the start of a body.
    pub fn new() -> Self {
        Self::default()
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
        if self.rest.is_empty() {
            return self.read(chunk);
        }
        // A short rest may be a part of a byte order mark, which is no piece.
        let end = if self.rest.len() < SHORT_REST {
            Some(chunk.len())
        } else {
            self.span.end_within(chunk)
        };
        let Some(end) = end else {
            self.rest.extend_from_slice(chunk);
            return Ok(());
        };
        let (piece, after) = chunk.split_at(end);
        let mut rest = mem::take(&mut self.rest);
        rest.extend_from_slice(piece);
        self.read(&rest)?;
        if self.rest.is_empty() {
            rest.clear();
            self.rest = rest;
            return self.read(after);
        }
        // The piece did not end there.
        let rest = [mem::take(&mut self.rest).as_slice(), after].concat();
        self.read(&rest)
    }

    /// Reads all complete pieces of `bytes`, and keeps the incomplete one at their end.
    fn read(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let start = self.document.offset;
        self.document
            .read(bytes, false)
            .inspect_err(|error| self.failed = Some(error.clone()))?;
        let read = self.document.offset.saturating_sub(start);
        self.rest
            .extend_from_slice(bytes.get(read..).unwrap_or_default());
        self.span = Span::default();
        self.span.end_within(&self.rest);
        Ok(())
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
        let row = self.document.rows.rows.as_mut()?.pop_front()?;
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
        Ok(self.finish_with_rows()?.without_rows())
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
        if let Some(error) = self.failed {
            return Err(ReadError::Decode(error));
        }
        let (head, rows) = self.document.finish(&self.rest)?;
        Ok(validate(head, rows, self.asked.as_ref())?)
    }
}

/// Searches for the end of a piece. The search continues where it stopped when more text arrives.
///
/// The search finds the comma, colon or bracket after a piece, without validating the piece. With it, a long row in
/// short chunks is not decoded from its start again with every chunk.
#[derive(Debug, Default)]
struct Span {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Span {
    /// Continues the search in `bytes`. Returns the number of those that belong to the piece, if the piece ends there.
    fn end_within(&mut self, bytes: &[u8]) -> Option<usize> {
        for (byte, len) in bytes.iter().copied().zip(1..) {
            if self.in_string {
                self.in_string = byte != b'"' || self.escaped;
                self.escaped = byte == b'\\' && !self.escaped;
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b',' | b':' | b'}' | b']' if self.depth == 0 => return Some(len),
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    // The piece ends here, so it can be read before more text arrives.
                    if self.depth == 0 {
                        return Some(len);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// The length of a rest that is read again with each chunk.
const SHORT_REST: usize = 4;
