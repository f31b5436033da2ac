//! The tally of a run.

use rusqlite::Connection;
use serde::Serialize;

/// The tally of a run: each row of the file is in one of its counters.
///
/// `created + updated + existing + failed + unreadable + merged + unknown + pending = rows`, and `pending` is 0 when the run
/// is over.
///
/// ```no_run
/// use prism_imports_pipeline::Report;
///
/// let report = Report::of("contacts.journal")?;
/// println!("{} of {} rows failed", report.failed(), report.rows());
/// # Ok::<(), prism_imports_pipeline::PipelineError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    rows: u64,
    created: u64,
    updated: u64,
    existing: u64,
    failed: u64,
    unreadable: u64,
    merged: u64,
    unknown: u64,
    pending: u64,
    imports: Imports,
}

/// The imports of a run, by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Imports {
    planned: u64,
    sending: u64,
    started: u64,
    done: u64,
    refused: u64,
    unknown: u64,
}

impl Report {
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |sql| connection.query_row(sql, [], |row| row.get(0));
        let mut report = Self {
            rows: number("SELECT rows FROM run")?,
            unreadable: number("SELECT count(*) FROM unreadable_row")?,
            merged: number("SELECT count(*) FROM merged_row")?,
            ..Self::default()
        };
        let mut select = connection.prepare(
            "SELECT state, count(*), sum(rows), sum(created), sum(updated), sum(existing), sum(failed) FROM chunk
             WHERE state != 'split' GROUP BY state",
        )?;
        let mut states = select.query([])?;
        while let Some(row) = states.next()? {
            let (state, chunks, rows): (String, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (created, updated, existing, failed) =
                (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
            report.created = report.created.saturating_add(created);
            report.updated = report.updated.saturating_add(updated);
            report.existing = report.existing.saturating_add(existing);
            let known = [created, updated, existing, failed]
                .into_iter()
                .fold(0, u64::saturating_add);
            match state.as_str() {
                "done" | "refused" => {
                    let counter = if state == "done" {
                        &mut report.imports.done
                    } else {
                        &mut report.imports.refused
                    };
                    *counter = chunks;
                    report.failed = report.failed.saturating_add(failed);
                    // The server has not said what became of the others.
                    report.unknown = report.unknown.saturating_add(rows.saturating_sub(known));
                }
                "unknown" => {
                    report.imports.unknown = chunks;
                    report.unknown = report.unknown.saturating_add(rows);
                }
                state => {
                    let counter = match state {
                        "planned" => &mut report.imports.planned,
                        "sending" => &mut report.imports.sending,
                        _ => &mut report.imports.started,
                    };
                    *counter = chunks;
                    report.pending = report.pending.saturating_add(rows);
                }
            }
        }
        Ok(report)
    }

    /// Returns the rows of the file.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the rows that created a record.
    pub fn created(&self) -> u64 {
        self.created
    }

    /// Returns the rows that updated a record.
    pub fn updated(&self) -> u64 {
        self.updated
    }

    /// Returns the rows whose record existed and was left as it was.
    pub fn existing(&self) -> u64 {
        self.existing
    }

    /// Returns the rows that the server did not take.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns the rows that could not be read, and were not sent.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Returns the rows that were not sent by themselves, since their values are part of a later row.
    pub fn merged(&self) -> u64 {
        self.merged
    }

    /// Returns the rows whose outcome cannot be found out.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Returns the rows whose import is not over: they are sent or watched when the run is resumed.
    pub fn pending(&self) -> u64 {
        self.pending
    }

    /// Returns the imports of the run.
    pub fn imports(&self) -> u64 {
        let open = [
            self.imports.planned,
            self.imports.sending,
            self.imports.started,
        ];
        open.into_iter()
            .fold(self.imports_over(), u64::saturating_add)
    }

    /// Returns the imports that are over: their tally is final.
    pub fn imports_over(&self) -> u64 {
        let over = [
            self.imports.done,
            self.imports.refused,
            self.imports.unknown,
        ];
        over.into_iter().fold(0, u64::saturating_add)
    }

    /// Returns the sum of all counters, which is the number of rows.
    pub fn accounted(&self) -> u64 {
        let counters = [
            self.created,
            self.updated,
            self.existing,
            self.failed,
            self.unreadable,
            self.merged,
            self.unknown,
            self.pending,
        ];
        counters.into_iter().fold(0, u64::saturating_add)
    }

    /// Returns `true` if every row is imported.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && self.unreadable == 0 && self.unknown == 0 && self.pending == 0
    }
}
