//! The plan of a run: the whole file is read before anything is sent.

use std::path::{Path, PathBuf};

use crate::{
    chunk::{Chunk, Packed},
    error::InputError,
    input::{self, Place},
    settings::Settings,
    source::{ImportRows, Keys, MergedRow, SourceRow, merged_rows},
};

/// The plan of a run: which rows of a file go into which import, and which cannot be read. Making it sends nothing.
///
/// ```
/// use prism_imports::ObjectType;
/// use prism_imports_pipeline::{Plan, Settings};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("contacts.csv");
/// std::fs::write(&path, "email,first_name\nada@example.com,Ada\n,\n")?;
/// let plan = Plan::of(&path, Settings::new(ObjectType::Contact))?;
/// assert_eq!((plan.rows(), plan.unreadable().len(), plan.chunks()), (2, 1, 1));
/// assert_eq!(plan.unreadable()[0].to_string(), "line 3: it has no values");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Plan {
    pub(crate) path: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) chunks: Vec<Packed>,
    unreadable: Vec<Unreadable>,
    pub(crate) merged: Vec<MergedRow>,
    rows: u64,
    duplicates: usize,
    first_duplicate: Option<u64>,
}

/// A row that cannot be read, and is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// Which row of the file it is, from 0.
    pub row: u64,
    /// The place of the row.
    pub place: Place,
    /// Why it cannot be read. The reason names a column, and never a value.
    pub reason: String,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.place.line, self.reason)
    }
}

impl Plan {
    /// Reads a file, and divides its rows into imports.
    ///
    /// # Errors
    ///
    /// The file cannot be read, has no rows, or has columns that are no properties; or more than 100,000 of its rows
    /// cannot be read.
    pub fn of(path: impl AsRef<Path>, settings: Settings) -> Result<Self, InputError> {
        let path = path.as_ref();
        let mut rows = ImportRows::open(path, &settings, &[])?;
        let is_absent = |property: &&String| !rows.has(property);
        if let Some(property) = settings.dedupe_by.as_ref().filter(is_absent) {
            return Err(InputError::new(
                path,
                format!("no column is the property `{property}`, by which rows are matched"),
            ));
        }
        let merged = if settings.merges_duplicates {
            let merged = merged_rows(rows)?;
            rows = ImportRows::open(path, &settings, &merged)?;
            merged
        } else {
            Vec::new()
        };
        let (digest, size) = input::digest(path)?;
        let mut plan = Self {
            path: path.to_owned(),
            settings,
            digest,
            size,
            chunks: Vec::new(),
            unreadable: Vec::new(),
            merged,
            rows: 0,
            duplicates: 0,
            first_duplicate: None,
        };
        // Rows that are merged have no key in common.
        let settings = &plan.settings;
        let property = settings
            .dedupe_by
            .clone()
            .filter(|_| !settings.merges_duplicates);
        let mut keys = Keys::default();
        let mut chunk = Chunk::default();
        while let Some((place, row)) = rows.next_row()? {
            let sized = match row {
                SourceRow::Merged => Ok(None),
                SourceRow::Unreadable(reason) => Err(reason),
                SourceRow::Row(row) => {
                    if let Some(key) = property.as_deref().and_then(|property| row.text(property)) {
                        keys.push(key, place.line);
                    }
                    row.to_json().map(|json| Some(json.size()))
                }
            };
            match sized {
                Ok(size) => plan.add(&mut chunk, place, size),
                Err(reason) => plan.add_unreadable(place, reason)?,
            }
            plan.rows = plan.rows.saturating_add(1);
        }
        if !chunk.rows.is_empty() {
            plan.chunks.push(Packed::from(&chunk));
        }
        if plan.rows == 0 {
            return Err(InputError::new(path, "it has no rows"));
        }
        rows.check_merged()?;
        for group in keys.repeated() {
            if let [_, (_, second), ..] = group {
                plan.duplicates = plan
                    .duplicates
                    .saturating_add(group.len().saturating_sub(1));
                let first = plan
                    .first_duplicate
                    .map_or(*second, |first| first.min(*second));
                plan.first_duplicate = Some(first);
            }
        }
        Ok(plan)
    }

    /// Adds a row, if it is sent by itself.
    fn add(&mut self, chunk: &mut Chunk, place: Place, size: Option<u64>) {
        let Some(size) = size else { return };
        let is_full = chunk.rows.len() >= self.settings.chunk_rows as usize
            || chunk.bytes.saturating_add(size) > self.settings.chunk_bytes;
        if !chunk.rows.is_empty() && is_full {
            self.chunks.push(Packed::from(&std::mem::take(chunk)));
        }
        chunk.push(self.rows, place.line, size);
    }

    fn add_unreadable(&mut self, place: Place, reason: String) -> Result<(), InputError> {
        if let Some(first) = self.unreadable.first()
            && self.unreadable.len() >= MAX_UNREADABLE
        {
            let reason =
                format!("more than {MAX_UNREADABLE} rows cannot be read; the first is {first}");
            return Err(InputError::new(&self.path, reason));
        }
        let row = self.rows;
        self.unreadable.push(Unreadable { row, place, reason });
        Ok(())
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how many rows the file has, those that cannot be read included.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the rows that cannot be read.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Returns how many imports there will be.
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// Returns how many rows have the same matching property as an earlier one, and the line of the first. Letters of either
    /// case are the same. The first million rows are compared.
    pub fn duplicates(&self) -> (usize, Option<u64>) {
        (self.duplicates, self.first_duplicate)
    }

    /// Returns how many rows are merged into a later one.
    pub fn merged(&self) -> usize {
        self.merged.len()
    }

    /// Returns the first rows as they will be sent.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn preview(&self, rows: usize) -> Result<Vec<serde_json::Value>, InputError> {
        let mut source = ImportRows::open(&self.path, &self.settings, &self.merged)?;
        let mut first = Vec::new();
        while first.len() < rows
            && let Some((_, row)) = source.next_row()?
        {
            if let SourceRow::Row(row) = row {
                first.extend(row.to_map().ok().map(serde_json::Value::Object));
            }
        }
        Ok(first)
    }

    /// Estimates the requests of the run: one submit for each import, and the polls of a watch of usual length.
    pub fn requests(&self) -> u64 {
        (self.chunks.len() as u64).saturating_mul(1 + POLLS)
    }
}

/// A file of which more rows cannot be read is not the file that was meant.
const MAX_UNREADABLE: usize = 100_000;
/// The polls of a job that takes a minute, at the balanced pace.
const POLLS: u64 = 4;

#[cfg(test)]
mod tests;
