//! The rows that were not imported, as a file that can be corrected and imported again.

use std::{collections::HashMap, io, path::Path};

use csv::QuoteStyle;
use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::{
    error::{InputError, PipelineError},
    input::{Format, Read, Reader},
    journal::{failed, open_to_read, read_head},
    row::{Columns, REASONS, Row},
};

/// Writes the rows that failed or could not be read, in the format of the file of rows, with three more columns or
/// properties: `error_code`, `error_message` and `line`. Returns how many there are. Rows that were merged into one that failed
/// are among them.
///
/// The written file can be corrected and imported with the same settings: the three columns are left out then. It is UTF-8;
/// if the settings have an encoding, it begins with a byte order mark.
///
/// # Errors
///
/// The journal or the file of rows cannot be read, the file was changed since, or `to` cannot be written.
///
/// ```no_run
/// let written = prism_imports_pipeline::write_failed("contacts.journal", std::io::stdout())?;
/// eprintln!("{written} rows");
/// # Ok::<(), prism_imports_pipeline::PipelineError>(())
/// ```
pub fn write_failed(journal: impl AsRef<Path>, to: impl io::Write) -> Result<u64, PipelineError> {
    let journal = journal.as_ref();
    let connection = open_to_read(journal)?;
    let head = read_head(&connection).map_err(failed(journal))?;
    head.check_input()?;
    let reasons = reasons(&connection).map_err(failed(journal))?;
    let mut rows = Reader::open(&head.input, &head.settings.input)?;
    let written = |error: io::Error| {
        InputError::new(
            &head.input,
            format!("the failed rows cannot be written: {error}"),
        )
    };
    let has_mark = head.settings.input.has_encoding();
    let mut output = Output::new(to, &rows, has_mark).map_err(written)?;
    let (mut at, mut count) = (0_u64, 0_u64);
    while let Some(Read { place, row, .. }) = rows.next_row()? {
        let reason = reasons.get(&at);
        at = at.saturating_add(1);
        if let Some(reason) = reason {
            output.row(row, place.line, reason).map_err(written)?;
            count = count.saturating_add(1);
        }
    }
    output.finish().map_err(written)?;
    Ok(count)
}

/// Why a row was not imported.
#[derive(Debug, Default)]
struct Reason {
    code: Option<String>,
    message: Option<String>,
}

/// Reads the reasons by the number of their row.
fn reasons(connection: &Connection) -> rusqlite::Result<HashMap<u64, Reason>> {
    let mut reasons = HashMap::new();
    let mut select = connection.prepare(
        "SELECT row, code, message FROM failed_row WHERE row IS NOT NULL
         UNION ALL SELECT row, 'unreadable', reason FROM unreadable_row
         UNION ALL SELECT merged_row.row, code, message FROM merged_row JOIN failed_row ON failed_row.row = into_row",
    )?;
    let rows = select.query_map([], |row| {
        Ok((
            row.get(0)?,
            Reason {
                code: row.get(1)?,
                message: row.get(2)?,
            },
        ))
    })?;
    for row in rows {
        let (line, reason) = row?;
        reasons.insert(line, reason);
    }
    Ok(reasons)
}

enum Output<W: io::Write> {
    Csv(Box<csv::Writer<W>>, Columns),
    /// The count is of the objects written.
    Objects(W, Format, u64),
}

impl<W: io::Write> Output<W> {
    /// Begins the output, which is to be read with the settings of the file of rows.
    fn new(mut to: W, file: &Reader, has_mark: bool) -> io::Result<Self> {
        if has_mark {
            to.write_all("\u{FEFF}".as_bytes())?;
        }
        let Some((columns, delimiter)) = &file.columns else {
            return Ok(Self::Objects(to, file.format, 0));
        };
        let named = || columns.iter().take(columns.without_reasons());
        // The delimiter may be detected from the header, where those in quotes do not count.
        let quotes = if named().any(|name| name.contains([',', ';', '\t', '|'])) {
            QuoteStyle::Always
        } else {
            QuoteStyle::Necessary
        };
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .delimiter(*delimiter)
            .quote_style(quotes)
            .from_writer(to);
        writer.write_record(named().chain(REASONS))?;
        Ok(Self::Csv(Box::new(writer), columns.clone()))
    }

    fn row(&mut self, row: Row<'_>, line: u64, reason: &Reason) -> io::Result<()> {
        let (code, message) = (reason.code.as_deref(), reason.message.as_deref());
        let line_text = line.to_string();
        match (self, row) {
            (Self::Csv(writer, columns), Row::Record(record)) => {
                // A row that has too few or too many values gets as many as there are columns, or keeps all.
                let named = columns.without_reasons();
                let kept = if record.len() == columns.len() {
                    named
                } else {
                    record.len().max(named)
                };
                let values = (0..kept).map(|index| record.get(index).unwrap_or_default());
                let reasons = [
                    code.unwrap_or_default(),
                    message.unwrap_or_default(),
                    &line_text,
                ];
                Ok(writer.write_record(values.chain(reasons))?)
            }
            (Self::Csv(..), Row::Object(_) | Row::Text(_)) => Ok(()),
            (Self::Objects(to, format, count), row) => {
                let mut fields = match row {
                    Row::Object(fields) => fields,
                    Row::Text(text) => Map::from_iter([("row".to_owned(), text.into())]),
                    Row::Record(_) => return Ok(()),
                };
                let values = [Value::from(code), Value::from(message), Value::from(line)];
                fields.extend(REASONS.map(str::to_owned).into_iter().zip(values));
                let before: &[u8] = match (format, *count) {
                    (Format::Json, 0) => b"[\n",
                    (Format::Json, _) => b",\n",
                    (_, 0) => b"",
                    (_, _) => b"\n",
                };
                *count = count.saturating_add(1);
                to.write_all(before)?;
                Ok(serde_json::to_writer(to, &fields)?)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer, _) => writer.flush(),
            Self::Objects(mut to, format, count) => {
                let after: &[u8] = match (format, count) {
                    (Format::Json, 0) => b"[]\n",
                    (Format::Json, _) => b"\n]\n",
                    (_, 0) => b"",
                    (_, _) => b"\n",
                };
                to.write_all(after)?;
                to.flush()
            }
        }
    }
}

#[cfg(test)]
mod tests;
