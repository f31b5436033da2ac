//! Rows of CSV files, as spreadsheets and databases write them.

use std::{
    io::{self, BufRead},
    mem,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};
use memchr::memchr_iter;

use super::{MAX_COLUMNS, MAX_ROW, NOT_UTF8, Place, Read, Rows};
use crate::{
    error::InputError,
    row::{Columns, Row},
};

pub(super) struct CsvRows {
    path: PathBuf,
    reader: csv::Reader<Bounded>,
    record: StringRecord,
    /// The place after the record.
    at: Place,
    /// The byte before it.
    last: u8,
}

impl CsvRows {
    /// Reads the header.
    pub(super) fn new(
        path: &Path,
        mut bytes: Box<dyn BufRead + Send>,
        delimiter: Option<u8>,
    ) -> Result<(Self, Columns, u8), InputError> {
        let start = bytes
            .fill_buf()
            .map_err(|error| InputError::io(path, error))?;
        let delimiter = delimiter.unwrap_or_else(|| delimiter_of(start));
        let bounded = Bounded {
            bytes,
            row: Vec::new(),
            row_began: 0,
            dropped: 0,
        };
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::CRLF)
            .from_reader(bounded);
        let mut rows = Self {
            path: path.to_owned(),
            reader,
            record: StringRecord::new(),
            at: Place { line: 1, byte: 0 },
            last: 0,
        };
        let mut header = rows.read()?;
        let is_separator = |first: &str| first.starts_with("sep=") && first.len() <= 5;
        if rows.record.get(0).is_some_and(is_separator) {
            header = rows.read()?;
        }
        let (place, fault) = header.ok_or_else(|| InputError::new(path, "it has no header"))?;
        let wrong = |reason| InputError::new(path, format!("line {}: {reason}", place.line));
        let columns = rows.record.len();
        if columns > MAX_COLUMNS {
            let reason = format!("it has {columns} columns, and {MAX_COLUMNS} are allowed");
            return Err(wrong(reason));
        }
        if let Some(fault) = fault {
            return Err(wrong(format!("the header: {fault}")));
        }
        let columns = Columns::of_header(rows.record.iter());
        Ok((rows, columns, delimiter))
    }

    /// Reads a record, and returns where it begins and why it is no text.
    fn read(&mut self) -> Result<Option<(Place, Option<String>)>, InputError> {
        let mut record = mem::take(&mut self.record).into_byte_record();
        let from = self.reader.position().byte();
        self.reader.get_mut().row_began = from;
        let is_read = self.reader.read_byte_record(&mut record);
        let is_read =
            is_read.map_err(|error| InputError::io_at(&self.path, self.at.line, error.into()))?;
        let read = self.reader.position().byte().saturating_sub(from);
        // The reader begins a record after the first byte of a line break, and skips empty lines.
        let row = self.reader.get_ref().first(read);
        let blank = row.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let (blank, row) = row.split_at(blank.count());
        let (place, last) = after(self.at, self.last, blank);
        (self.at, self.last) = after(place, last, row);
        let fault = self.set(record);
        Ok(is_read.then_some((place, fault)))
    }

    /// Takes a record as text, and returns why it is none.
    fn set(&mut self, record: ByteRecord) -> Option<String> {
        match StringRecord::from_byte_record(record) {
            Ok(record) => {
                self.record = record;
                let nul = self.record.iter().position(|value| value.contains('\0'));
                nul.map(|index| format!("it has a NUL byte in column {}", index.saturating_add(1)))
            }
            Err(error) => {
                let column = error.utf8_error().field().saturating_add(1);
                self.record = StringRecord::from_byte_record_lossy(error.into_byte_record());
                Some(format!("column {column}: {NOT_UTF8}"))
            }
        }
    }
}

impl Rows for CsvRows {
    fn next_row(&mut self) -> Result<Option<Read<'_>>, InputError> {
        let read = self.read()?;
        Ok(read.map(|(place, fault)| Read {
            place,
            row: Row::Record(&self.record),
            fault,
        }))
    }
}

/// Returns the place after bytes, and the last of them. Lines end with `\n`, `\r\n` or `\r`.
fn after(place: Place, last: u8, bytes: &[u8]) -> (Place, u8) {
    let is_lone = |at: &usize| bytes.get(at.saturating_add(1)) != Some(&b'\n');
    let lone = memchr_iter(b'\r', bytes).filter(is_lone).count();
    let newlines = memchr_iter(b'\n', bytes).count();
    // The first byte ends the line break that the bytes before it began.
    let is_split = last == b'\r' && bytes.first() == Some(&b'\n');
    let breaks = newlines
        .saturating_add(lone)
        .saturating_sub(usize::from(is_split));
    let place = Place {
        line: place.line.saturating_add(breaks as u64),
        byte: place.byte.saturating_add(bytes.len() as u64),
    };
    (place, bytes.last().copied().unwrap_or(last))
}

/// Reads until a row is too long.
struct Bounded {
    bytes: Box<dyn BufRead + Send>,
    /// The bytes of the current row, and those that were read ahead.
    row: Vec<u8>,
    /// The offset of the current row.
    row_began: u64,
    /// The bytes that were read before `row`.
    dropped: u64,
}

impl Bounded {
    /// Returns the first bytes of the current row.
    fn first(&self, bytes: u64) -> &[u8] {
        let from = usize::try_from(self.row_began.saturating_sub(self.dropped));
        let row = self.row.get(from.unwrap_or_default()..).unwrap_or_default();
        usize::try_from(bytes).map_or(row, |bytes| row.get(..bytes).unwrap_or(row))
    }
}

impl io::Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ahead = self.first(u64::MAX).len();
        self.row.drain(..self.row.len().saturating_sub(ahead));
        self.dropped = self.row_began;
        // The reader of CSV reads ahead by at most its buffer.
        if ahead > MAX_ROW + READ_AHEAD {
            return Err(io::Error::other(format!(
                "a row is longer than {MAX_ROW} bytes; is a quote not closed?"
            )));
        }
        let read = self.bytes.read(buffer)?;
        self.row.extend(buffer.iter().take(read));
        Ok(read)
    }
}

/// Returns the most frequent of the usual delimiters in the header, outside of quotes.
fn delimiter_of(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    for byte in start.iter().skip_while(is_break) {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            byte if !is_quoted => {
                for (delimiter, count) in &mut counts {
                    *count += u32::from(delimiter == byte);
                }
            }
            _ => {}
        }
    }
    let [comma, others @ ..] = counts;
    let most = others.into_iter().fold(
        comma,
        |most, other| if other.1 > most.1 { other } else { most },
    );
    most.0
}

/// The buffer of the reader of CSV.
const READ_AHEAD: usize = 8 << 10;
