//! Rows of CSV files, as spreadsheets and databases write them.

use std::{
    io::{self, BufRead},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};

use super::{MAX_COLUMNS, MAX_ROW, Place, Read, Rows};
use crate::{
    error::InputError,
    row::{Columns, Row},
};

pub(super) struct CsvRows {
    path: PathBuf,
    reader: csv::Reader<Bounded>,
    columns: Columns,
    record: ByteRecord,
    /// The bytes that were read before the current row.
    row_began: Arc<AtomicU64>,
}

impl CsvRows {
    pub(super) fn new(
        path: &Path,
        mut bytes: Box<dyn BufRead + Send>,
        delimiter: Option<u8>,
    ) -> Result<Self, InputError> {
        let start = bytes
            .fill_buf()
            .map_err(|error| InputError::io(path, error))?;
        let delimiter = delimiter.unwrap_or_else(|| delimiter_of(start));
        let row_began = Arc::new(AtomicU64::new(0));
        let bounded = Bounded {
            bytes,
            read: 0,
            row_began: Arc::clone(&row_began),
        };
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::CRLF)
            .from_reader(bounded);
        let mut record = ByteRecord::new();
        let is_read = reader
            .read_byte_record(&mut record)
            .map_err(|error| failed(path, error))?;
        if !is_read {
            return Err(InputError::new(path, "it has no header"));
        }
        let header = StringRecord::from_byte_record(record.clone()).map_err(|error| {
            InputError::new(
                path,
                format!("line 1: the header is not UTF-8 ({})", error.utf8_error()),
            )
        })?;
        if header.len() > MAX_COLUMNS {
            let reason = format!(
                "it has {} columns, and {MAX_COLUMNS} are allowed",
                header.len()
            );
            return Err(InputError::new(path, reason));
        }
        let columns = Columns::of_header(header.iter());
        Ok(Self {
            path: path.to_owned(),
            reader,
            columns,
            record,
            row_began,
        })
    }

    pub(super) fn columns(&self) -> Columns {
        self.columns.clone()
    }
}

impl Rows for CsvRows {
    fn next_row(&mut self) -> Result<Option<Read>, InputError> {
        let position = self.reader.position();
        self.row_began.store(position.byte(), Ordering::Relaxed);
        let is_read = self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| failed(&self.path, error))?;
        if !is_read {
            return Ok(None);
        }
        let position = self.record.position();
        let place = position.map_or_else(Place::default, |at| Place {
            line: at.line(),
            byte: at.byte(),
        });
        let (record, fault) = match StringRecord::from_byte_record(self.record.clone()) {
            Ok(record) => (record, None),
            Err(error) => {
                let column = error.utf8_error().field().saturating_add(1);
                let record = StringRecord::from_byte_record_lossy(error.into_byte_record());
                (record, Some(format!("{NOT_UTF8} in column {column}")))
            }
        };
        let row = Row::Record(record);
        Ok(Some(Read { place, row, fault }))
    }
}

/// Reads until a row is too long.
struct Bounded {
    bytes: Box<dyn BufRead + Send>,
    read: u64,
    row_began: Arc<AtomicU64>,
}

impl io::Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The reader of CSV reads ahead by at most its buffer.
        let of_row = self
            .read
            .saturating_sub(self.row_began.load(Ordering::Relaxed));
        if of_row > (MAX_ROW + READ_AHEAD) as u64 {
            return Err(io::Error::other(format!(
                "a row is longer than {MAX_ROW} bytes; is a quote not closed?"
            )));
        }
        let read = self.bytes.read(buffer)?;
        self.read = self.read.saturating_add(read as u64);
        Ok(read)
    }
}

fn failed(path: &Path, error: csv::Error) -> InputError {
    InputError::io(path, error.into())
}

/// Returns the most frequent of the usual delimiters in the header, outside of quotes.
fn delimiter_of(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for byte in start {
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

pub(super) const NOT_UTF8: &str = "it is not UTF-8";
/// The buffer of the reader of CSV.
const READ_AHEAD: usize = 8 << 10;
