//! Files of rows: their format, their encoding, and a reader of one row after the other.

mod bytes;
mod csv;
mod json;
mod lines;
#[cfg(test)]
mod tests;

use std::{fmt, io::BufRead, path::Path};

use serde::{Deserialize, Serialize};

pub(crate) use self::bytes::digest;
use crate::{
    error::InputError,
    row::{Columns, Row},
};

/// The format of a file of rows.
///
/// ```
/// use prism_imports_pipeline::Format;
///
/// assert_eq!(Format::of_name("contacts.csv.gz".as_ref()), Some(Format::Csv));
/// assert_eq!(Format::of_name("contacts.xlsx".as_ref()), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// Values separated by a character, with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// One JSON array of objects.
    Json,
}

impl Format {
    /// Returns the format that the name of a file states, with or without `.gz`.
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::Ndjson => "NDJSON",
            Self::Json => "JSON",
        })
    }
}

/// How a file is read.
///
/// ```
/// use prism_imports_pipeline::{Format, InputOptions};
///
/// let options = InputOptions::default().format(Format::Csv).delimiter(b';').encoding("windows-1252");
/// # drop(options);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[must_use = "options do nothing until a file is read with them"]
pub struct InputOptions {
    format: Option<Format>,
    delimiter: Option<u8>,
    encoding: Option<String>,
}

impl InputOptions {
    /// Sets the format; by default that of the file's name.
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets the character between the values of a CSV file; by default the most frequent of `,`, `;`, tab and `|` in the
    /// header.
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// Sets the encoding by its label in the WHATWG standard, such as `windows-1252`; UTF-8 by default. A byte order mark at
    /// the start of the file has precedence.
    pub fn encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    pub(crate) fn has_encoding(&self) -> bool {
        self.encoding.is_some()
    }
}

/// The place of a row in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// The offset of its first byte, from 0, in the decoded file.
    pub byte: u64,
}

/// A row as it was read.
pub(crate) struct Read<'a> {
    pub(crate) place: Place,
    pub(crate) row: Row<'a>,
    /// Why it is no row of the format.
    pub(crate) fault: Option<String>,
}

/// A file of rows, which is read one row after the other.
pub(crate) struct Reader {
    pub(crate) format: Format,
    /// The columns of a CSV file, and the character between them.
    pub(crate) columns: Option<(Columns, u8)>,
    rows: Box<dyn Rows>,
}

/// The rows of a format.
trait Rows: Send {
    fn next_row(&mut self) -> Result<Option<Read<'_>>, InputError>;
}

impl Reader {
    /// Opens a file.
    pub(crate) fn open(path: &Path, options: &InputOptions) -> Result<Self, InputError> {
        let bytes = bytes::open(path, options.encoding.as_deref())?;
        let format = options.format.or_else(|| Format::of_name(path));
        let format = format
            .ok_or_else(|| InputError::new(path, "its name does not say its format: set one"))?;
        Self::new(path, bytes, format, options.delimiter)
    }

    fn new(
        path: &Path,
        bytes: Box<dyn BufRead + Send>,
        format: Format,
        delimiter: Option<u8>,
    ) -> Result<Self, InputError> {
        let (columns, rows): (_, Box<dyn Rows>) = match format {
            Format::Csv => {
                let (rows, columns, delimiter) = csv::CsvRows::new(path, bytes, delimiter)?;
                (Some((columns, delimiter)), Box::new(rows))
            }
            Format::Ndjson => (None, Box::new(lines::Lines::new(path, bytes))),
            Format::Json => (None, Box::new(json::Elements::new(path, bytes)?)),
        };
        Ok(Self {
            format,
            columns,
            rows,
        })
    }

    /// Reads the next row; `None` after the last one.
    pub(crate) fn next_row(&mut self) -> Result<Option<Read<'_>>, InputError> {
        self.rows.next_row()
    }
}

/// The most bytes that one row may have. A quote that is not closed would otherwise make a row of the rest of the file.
const MAX_ROW: usize = 1 << 20;
const NOT_UTF8: &str = "it is not UTF-8; set an encoding, such as windows-1252";
/// The most columns that a CSV file may have.
const MAX_COLUMNS: usize = 2_000;
