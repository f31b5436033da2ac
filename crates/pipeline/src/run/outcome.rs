//! What a finished import says of its rows, as it is stored.

use prism_imports::{Error, Finished, Row};
use rusqlite::{Connection, params};

use crate::chunk::Chunk;

/// The end of an import, in the form of the journal.
#[derive(Debug, Default)]
pub(crate) struct End {
    created: u64,
    updated: u64,
    existing: u64,
    failed: u64,
    error: Option<String>,
    rows: Vec<FailedRow>,
    is_refused: bool,
}

#[derive(Debug)]
struct FailedRow {
    position: Option<usize>,
    row: Option<u64>,
    line: Option<u64>,
    code: Option<String>,
    message: Option<String>,
}

impl End {
    /// Reads the end of the import of a chunk.
    pub(crate) fn of(end: &Finished, chunk: &Chunk) -> Self {
        match end {
            Finished::Complete(job) => {
                let tally = job.tally();
                let mut end = Self {
                    created: tally.created(),
                    updated: tally.updated(),
                    existing: tally.existing(),
                    failed: tally.failed(),
                    ..Self::default()
                };
                end.rows = job
                    .failed_rows()
                    .map(|row| FailedRow::of(row, chunk))
                    .collect();
                end
            }
            Finished::Failed(job) => {
                let (code, message) = job
                    .error()
                    .map_or((None, None), |error| (error.code(), error.message()));
                let mut end = Self {
                    error: Some(code.unwrap_or("import_failed").to_owned()),
                    ..Self::default()
                };
                let listed = job.rows().unwrap_or_default();
                let mut open: Vec<bool> = vec![true; chunk.rows.len()];
                for row in listed {
                    let place = row.index().and_then(|index| open.get_mut(index as usize));
                    if let Some(place) = place {
                        *place = false;
                        end.count(row, chunk);
                    }
                }
                // Rows that are not listed were not imported, unless the server counted more successes than it listed.
                let succeeded = listed.iter().filter(|row| !row.is_failed()).count() as u64;
                if job
                    .progress()
                    .succeeded()
                    .is_none_or(|counted| counted <= succeeded)
                {
                    let unlisted = open.iter().enumerate().filter(|(_, is_open)| **is_open);
                    for (position, _) in unlisted {
                        end.failed = end.failed.saturating_add(1);
                        let code = code.unwrap_or("import_failed");
                        end.rows
                            .push(FailedRow::at(Some(position), chunk, Some(code), message));
                    }
                }
                end
            }
        }
    }

    fn count(&mut self, row: &Row, chunk: &Chunk) {
        use prism_imports::Outcome;
        let counter = match row.outcome() {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Existing => &mut self.existing,
            Outcome::Failed(_) => {
                self.rows.push(FailedRow::of(row, chunk));
                &mut self.failed
            }
            Outcome::Unspecified => return,
        };
        *counter = counter.saturating_add(1);
    }

    /// Stores the end of a chunk, in place of an earlier one.
    pub(crate) fn store(&self, connection: &Connection, id: i64) -> rusqlite::Result<()> {
        connection.execute("DELETE FROM failed_row WHERE chunk = ?", [id])?;
        let state = if self.is_refused { "refused" } else { "done" };
        connection.execute(
            "UPDATE chunk SET state = ?, created = ?, updated = ?, existing = ?, failed = ?, error = ?, checkpoint = NULL
             WHERE id = ?",
            params![state, self.created, self.updated, self.existing, self.failed, self.error, id],
        )?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO failed_row (chunk, position, row, line, code, message) VALUES (?, ?, ?, ?, ?, ?)",
        )?;
        for row in &self.rows {
            insert.execute(params![
                id,
                row.position,
                row.row,
                row.line,
                row.code,
                row.message
            ])?;
        }
        Ok(())
    }
}

impl FailedRow {
    fn of(row: &Row, chunk: &Chunk) -> Self {
        let position = row.index().map(|index| index as usize);
        let (code, message) = row
            .error()
            .map_or((None, None), |error| (error.code(), error.message()));
        Self::at(position, chunk, code, message)
    }

    fn at(
        position: Option<usize>,
        chunk: &Chunk,
        code: Option<&str>,
        message: Option<&str>,
    ) -> Self {
        Self {
            position,
            row: position.and_then(|position| chunk.rows.get(position).copied()),
            line: position.and_then(|position| chunk.lines.get(position).copied()),
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
        }
    }
}

impl End {
    /// Makes the end of a chunk that the server refused: all of its rows failed.
    pub(crate) fn refused(error: &Error, chunk: &Chunk) -> Self {
        let code = error
            .server()
            .and_then(|server| server.code())
            .unwrap_or(error.kind().as_str());
        let message = error.server().and_then(|server| server.message());
        let positions = 0..chunk.rows.len();
        let rows =
            positions.map(|position| FailedRow::at(Some(position), chunk, Some(code), message));
        Self {
            failed: chunk.rows.len() as u64,
            error: Some(error.to_string()),
            rows: rows.collect(),
            is_refused: true,
            ..Self::default()
        }
    }
}
