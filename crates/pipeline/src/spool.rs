//! Rows from code, as a file that can be planned.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    pin::pin,
};

use futures_core::Stream;
use futures_util::StreamExt;
use serde::Serialize;

use crate::error::InputError;

/// Writes rows from code, an iterator or a stream, to a file that can be planned: a run must be able to read them again
/// after a crash.
///
/// A row is an object of values by property, or one with `default` or `list` that has them. The file is NDJSON.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use prism_imports::ObjectType;
/// use prism_imports_pipeline::{Plan, Settings, Spool};
/// use serde_json::json;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("rows.ndjson");
/// let mut spool = Spool::create(&path)?;
/// spool.push(&json!({"email": "ada@example.com"}))?;
/// let others = futures_util::stream::iter([json!({"email": "grace@example.com"})]);
/// spool.push_all(others).await?;
/// let plan = Plan::of(spool.finish()?, Settings::new(ObjectType::Contact))?;
/// assert_eq!(plan.rows(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a spool is complete when it is finished"]
pub struct Spool {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Spool {
    /// Creates the file, whose name ends with `.ndjson`.
    ///
    /// # Errors
    ///
    /// The file is there already, or cannot be written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, InputError> {
        let path = path.as_ref().to_owned();
        match File::create_new(&path) {
            Ok(file) => Ok(Self {
                path,
                file: BufWriter::new(file),
            }),
            Err(error) => Err(InputError::io(&path, error)),
        }
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// The row is no JSON, or the file cannot be written.
    pub fn push(&mut self, row: &impl Serialize) -> Result<(), InputError> {
        let written = serde_json::to_writer(&mut self.file, row).map_err(io::Error::from);
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| InputError::io(&self.path, error))
    }

    /// Writes the rows of a stream to its end.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push). What the stream yielded before is written.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no row that the stream has yielded; the file is as after `push`.
    pub async fn push_all(&mut self, rows: impl Stream<Item: Serialize>) -> Result<(), InputError> {
        let mut rows = pin!(rows);
        while let Some(row) = rows.next().await {
            self.push(&row)?;
        }
        Ok(())
    }

    /// Waits until the disk has all rows, and returns the path of the file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn finish(mut self) -> Result<PathBuf, InputError> {
        let written = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all());
        match written {
            Ok(()) => Ok(self.path),
            Err(error) => Err(InputError::io(&self.path, error)),
        }
    }
}
