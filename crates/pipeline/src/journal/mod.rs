//! The journal of a run: a file of `SQLite` that holds what was planned, sent and answered.

mod chunks;
mod writer;

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, params};

pub(crate) use self::{
    chunks::{OpenChunk, Started, chunk_of, read_merged},
    writer::Writer,
};
use crate::{
    chunk::Packed, error::PipelineError, input, plan::Plan, report::Report, settings::Settings,
};

/// The journal of a run: a file of `SQLite` that holds what was planned, sent and answered, and no row.
///
/// It is written before each request that changes something, so a run that ends at any instant can be resumed. Only one
/// process can hold it: a file beside it, with `.lock` after its name, is locked meanwhile.
///
/// ```
/// use prism_imports::ObjectType;
/// use prism_imports_pipeline::{Journal, Plan, Settings};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("contacts.csv");
/// # std::fs::write(&path, "email\nada@example.com\n")?;
/// let plan = Plan::of(&path, Settings::new(ObjectType::Contact))?;
/// let journal = Journal::create(folder.path().join("contacts.journal"), &plan)?;
/// assert_eq!(journal.report()?.pending(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    connection: Connection,
    /// Unlocked when it is dropped, after the connection.
    _lock: File,
}

/// What a run imports.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) input: PathBuf,
    digest: String,
    size: u64,
    pub(crate) settings: Settings,
}

impl Journal {
    /// Creates the journal of a plan.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Journal`] if there is a journal already, or the file cannot be written.
    pub fn create(path: impl AsRef<Path>, plan: &Plan) -> Result<Self, PipelineError> {
        let path = path.as_ref();
        let lock = lock(path)?;
        let mut connection = Connection::open(path).map_err(failed(path))?;
        let store = |connection: &mut Connection| -> rusqlite::Result<bool> {
            // The database of another program is left as it is, its settings too.
            let count = "SELECT count(*) FROM sqlite_schema";
            if connection.query_row(count, [], |row| row.get::<_, i64>(0))? > 0 {
                return Ok(false);
            }
            set_up(connection)?;
            let transaction = connection.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            store_plan(&transaction, plan)?;
            transaction.commit()?;
            Ok(true)
        };
        if !store(&mut connection).map_err(failed(path))? {
            return Err(refused(
                path,
                "there is a journal already: resume it, or remove it",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            connection,
            _lock: lock,
        })
    }

    /// Opens a journal to resume its run.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Journal`] if there is none, another process holds it, it is damaged, or a newer version wrote it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, PipelineError> {
        let path = path.as_ref();
        let lock = existing(path).and_then(|()| lock(path))?;
        let connection = open_checked(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        set_up(&connection).map_err(failed(path))?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            _lock: lock,
        })
    }

    /// Returns the file of the journal.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the state of the run.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Journal`] if it cannot be read.
    pub fn report(&self) -> Result<Report, PipelineError> {
        Report::read(&self.connection).map_err(failed(&self.path))
    }

    /// Decides what is reported of imports whose outcome cannot be found out: that their rows were imported, or that they
    /// failed. Returns how many imports there are.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Journal`] if it cannot be written.
    pub fn assume(&self, assumption: Assumption) -> Result<usize, PipelineError> {
        let sql = match assumption {
            Assumption::Imported => {
                "UPDATE chunk SET state = 'done', existing = rows, error = 'assumed to be imported' WHERE state = 'unknown'"
            }
            Assumption::Lost => {
                "UPDATE chunk SET state = 'planned', key = NULL, first_sent = NULL, error = NULL WHERE state = 'unknown'"
            }
        };
        self.connection.execute(sql, []).map_err(failed(&self.path))
    }

    pub(crate) fn head(&self) -> Result<Head, PipelineError> {
        read_head(&self.connection).map_err(failed(&self.path))
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// What is assumed of imports whose outcome cannot be found out.
///
/// ```
/// use prism_imports_pipeline::Assumption;
///
/// assert_ne!(Assumption::Imported, Assumption::Lost);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an import was carried out or not")]
pub enum Assumption {
    /// The server carried them out.
    Imported,
    /// The server did not carry them out: they are sent again under a new key.
    Lost,
}

impl Head {
    /// Checks that the file of rows is the one that was planned.
    pub(crate) fn check_input(&self) -> Result<(), PipelineError> {
        let (digest, size) = input::digest(&self.input)?;
        if (&digest, size) == (&self.digest, self.size) {
            return Ok(());
        }
        let reason = format!(
            "it was changed since the run was planned: it has {size} bytes, and had {}",
            self.size
        );
        Err(PipelineError::Changed {
            path: self.input.clone(),
            reason,
        })
    }
}

impl Report {
    /// Reads the tally of a journal, also while its run goes on.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Journal`] if it cannot be read.
    pub fn of(path: impl AsRef<Path>) -> Result<Self, PipelineError> {
        let path = path.as_ref();
        Self::read(&open_to_read(path)?).map_err(failed(path))
    }
}

/// Opens a journal to read it, also while a process holds it.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, PipelineError> {
    existing(path)?;
    open_checked(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

pub(crate) fn read_head(connection: &Connection) -> rusqlite::Result<Head> {
    connection.query_row("SELECT input, digest, size, settings FROM run", [], |row| {
        let settings: String = row.get(3)?;
        let settings = serde_json::from_str(&settings).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                3,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?;
        Ok(Head {
            input: PathBuf::from(row.get::<_, String>(0)?),
            digest: row.get(1)?,
            size: row.get(2)?,
            settings,
        })
    })
}

/// Makes the error of a journal.
pub(crate) fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> PipelineError {
    move |error| PipelineError::Journal {
        path: path.to_owned(),
        reason: error.to_string(),
        source: Some(Box::new(error)),
    }
}

fn refused(path: &Path, reason: impl Into<String>) -> PipelineError {
    PipelineError::Journal {
        path: path.to_owned(),
        reason: reason.into(),
        source: None,
    }
}

fn existing(path: &Path) -> Result<(), PipelineError> {
    if path.is_file() {
        Ok(())
    } else {
        Err(refused(path, "there is no such journal"))
    }
}

/// Checks that a file is a whole journal of a version that is known.
fn open_checked(path: &Path, flags: OpenFlags) -> Result<Connection, PipelineError> {
    let connection = Connection::open_with_flags(path, flags).map_err(failed(path))?;
    let check = || -> rusqlite::Result<(i64, i64, String)> {
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
        let damage = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((pragma("application_id")?, pragma("user_version")?, damage))
    };
    let (application, version, damage) = check().map_err(failed(path))?;
    let reason = if damage != "ok" {
        format!("it is damaged: {damage}")
    } else if application != APPLICATION {
        "it is no journal of an import".to_owned()
    } else if version > VERSION {
        format!("a newer version wrote it: its version is {version}, and {VERSION} is known")
    } else {
        return Ok(connection);
    };
    Err(refused(path, reason))
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")
}

fn store_plan(connection: &Connection, plan: &Plan) -> rusqlite::Result<()> {
    let settings = serde_json::to_string(&plan.settings)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let input = std::path::absolute(&plan.path).unwrap_or_else(|_| plan.path.clone());
    let input = input.to_str().ok_or_else(|| {
        rusqlite::Error::ToSqlConversionFailure("the path of the file of rows is not UTF-8".into())
    })?;
    connection.execute(
        "INSERT INTO run (id, created_at, input, digest, size, rows, settings) VALUES (1, ?, ?, ?, ?, ?, ?)",
        params![Timestamp::now().to_string(), input, plan.digest, plan.size, plan.rows(), settings],
    )?;
    for chunk in &plan.chunks {
        insert_chunk(connection, chunk)?;
    }
    let mut insert = connection
        .prepare("INSERT INTO unreadable_row (row, line, byte, reason) VALUES (?, ?, ?, ?)")?;
    for unreadable in plan.unreadable() {
        let place = unreadable.place;
        insert.execute(params![
            unreadable.row,
            place.line,
            place.byte,
            unreadable.reason
        ])?;
    }
    let mut insert = connection.prepare("INSERT INTO merged_row (row, into_row) VALUES (?, ?)")?;
    for merged in &plan.merged {
        insert.execute([merged.row, merged.into_row])?;
    }
    Ok(())
}

/// Inserts a chunk, and returns its id.
pub(crate) fn insert_chunk(connection: &Connection, chunk: &Packed) -> rusqlite::Result<i64> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO chunk (first, rows, bytes, places, lines) VALUES (?, ?, ?, ?, ?)",
    )?;
    insert.insert(params![
        chunk.first,
        chunk.rows,
        chunk.bytes,
        chunk.places,
        chunk.lines
    ])
}

/// Locks the file beside a journal.
fn lock(path: &Path) -> Result<File, PipelineError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let open = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside);
    let file = open.map_err(|error| PipelineError::Journal {
        path: path.to_owned(),
        reason: error.to_string(),
        source: Some(Box::new(error)),
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(refused(path, "another process is running it")),
        Err(TryLockError::Error(error)) => Err(refused(path, error.to_string())),
    }
}

const SCHEMA: &str = include_str!("schema.sql");
/// `PImp`.
const APPLICATION: i64 = 0x5049_6d70;
const VERSION: i64 = 1;

#[cfg(test)]
mod tests;
