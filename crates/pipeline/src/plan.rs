//! The plan of a run: the whole file is read before anything is sent.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

use crate::{
    error::InputError,
    input::{self, Place, Read, Reader},
    row::{ImportRow, JsonRow, Properties},
    runs,
    settings::Settings,
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
    rows: u64,
    duplicates: u64,
    first_duplicate: Option<u64>,
}

/// The rows of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The size of the rows that are sent.
    pub(crate) bytes: u64,
    /// Which rows of the file are sent, from 0. Rows that cannot be read are counted.
    pub(crate) rows: Vec<u64>,
    /// The lines on which they begin.
    pub(crate) lines: Vec<u64>,
}

impl Chunk {
    fn push(&mut self, row: u64, line: u64, bytes: u64) {
        self.rows.push(row);
        self.lines.push(line);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Divides the chunk in two, whose rows are these.
    pub(crate) fn halves(mut self, [left, right]: [&[JsonRow]; 2]) -> [Self; 2] {
        let bytes = |rows: &[JsonRow]| rows.iter().map(JsonRow::size).fold(0, u64::saturating_add);
        let half = Self {
            bytes: bytes(right),
            rows: self.rows.split_off(left.len()),
            lines: self.lines.split_off(left.len()),
        };
        self.bytes = bytes(left);
        [self, half]
    }
}

/// A chunk in the form of the journal, which takes a few bytes however many rows there are, unless their lines are irregular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) bytes: u64,
    /// The number of rows.
    pub(crate) rows: usize,
    pub(crate) first: u64,
    pub(crate) places: Vec<u8>,
    pub(crate) lines: Vec<u8>,
}

impl From<&Chunk> for Packed {
    fn from(chunk: &Chunk) -> Self {
        Self {
            bytes: chunk.bytes,
            rows: chunk.rows.len(),
            first: chunk.rows.first().copied().unwrap_or_default(),
            places: runs::encode(&chunk.rows),
            lines: runs::encode(&chunk.lines),
        }
    }
}

impl From<&Packed> for Chunk {
    fn from(packed: &Packed) -> Self {
        Self {
            bytes: packed.bytes,
            rows: runs::decode(&packed.places, packed.rows),
            lines: runs::decode(&packed.lines, packed.rows),
        }
    }
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
        let mut rows = ImportRows::open(path, &settings)?;
        if let Some(property) = settings
            .dedupe_by
            .as_ref()
            .filter(|property| !rows.properties.has(property))
        {
            return Err(InputError::new(
                path,
                format!("no column is the property `{property}`, by which rows are matched"),
            ));
        }
        let (digest, size) = input::digest(path)?;
        let mut plan = Self {
            path: path.to_owned(),
            settings,
            digest,
            size,
            chunks: Vec::new(),
            unreadable: Vec::new(),
            rows: 0,
            duplicates: 0,
            first_duplicate: None,
        };
        let mut keys = Keys::default();
        let mut chunk = Chunk::default();
        while let Some((place, row)) = rows.next_row()? {
            let sized = row.and_then(|row| {
                let size = row.to_json()?.size();
                plan.note_key(&mut keys, place, &row);
                Ok(size)
            });
            match sized {
                Ok(size) => plan.add(&mut chunk, place, size),
                Err(_) if plan.unreadable.len() >= MAX_UNREADABLE => {
                    let first = plan
                        .unreadable
                        .first()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let reason = format!(
                        "more than {MAX_UNREADABLE} rows cannot be read; the first is {first}"
                    );
                    return Err(InputError::new(path, reason));
                }
                Err(reason) => plan.unreadable.push(Unreadable {
                    row: plan.rows,
                    place,
                    reason,
                }),
            }
            plan.rows = plan.rows.saturating_add(1);
        }
        if !chunk.rows.is_empty() {
            plan.chunks.push(Packed::from(&chunk));
        }
        if plan.rows == 0 {
            return Err(InputError::new(path, "it has no rows"));
        }
        Ok(plan)
    }

    fn add(&mut self, chunk: &mut Chunk, place: Place, size: u64) {
        let is_full = chunk.rows.len() >= self.settings.chunk_rows as usize
            || chunk.bytes.saturating_add(size) > self.settings.chunk_bytes;
        if !chunk.rows.is_empty() && is_full {
            self.chunks.push(Packed::from(&std::mem::take(chunk)));
        }
        chunk.push(self.rows, place.line, size);
    }

    fn note_key(&mut self, keys: &mut Keys, place: Place, row: &ImportRow<'_>) {
        let property = self.settings.dedupe_by.as_deref();
        let key = property.and_then(|property| row.text(property));
        if key.is_some_and(|key| keys.is_repeated(key)) {
            self.duplicates = self.duplicates.saturating_add(1);
            self.first_duplicate.get_or_insert(place.line);
        }
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
    pub fn duplicates(&self) -> (u64, Option<u64>) {
        (self.duplicates, self.first_duplicate)
    }

    /// Returns the first rows as they will be sent.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn preview(&self, rows: usize) -> Result<Vec<serde_json::Value>, InputError> {
        let mut source = ImportRows::open(&self.path, &self.settings)?;
        let mut first = Vec::new();
        while first.len() < rows
            && let Some((_, row)) = source.next_row()?
        {
            first.extend(
                row.ok()
                    .and_then(|row| serde_json::to_value(row.to_json().ok()?).ok()),
            );
        }
        Ok(first)
    }

    /// Estimates the requests of the run: one submit for each import, and the polls of a watch of usual length.
    pub fn requests(&self) -> u64 {
        (self.chunks.len() as u64).saturating_mul(1 + POLLS)
    }
}

/// The rows of a file, as the server takes them.
pub(crate) struct ImportRows {
    path: PathBuf,
    reader: Reader,
    properties: Properties,
}

impl ImportRows {
    pub(crate) fn open(path: &Path, settings: &Settings) -> Result<Self, InputError> {
        let reader = Reader::open(path, &settings.input)?;
        let properties = settings
            .mapping
            .bind(reader.columns.as_ref().map(|(columns, _)| columns));
        let properties = properties.map_err(|reason| InputError::new(path, reason))?;
        Ok(Self {
            path: path.to_owned(),
            reader,
            properties,
        })
    }

    /// Reads the next row, or why it cannot be sent.
    pub(crate) fn next_row(&mut self) -> Result<Option<Sendable<'_>>, InputError> {
        let Some(Read { place, row, fault }) = self.reader.next_row()? else {
            return Ok(None);
        };
        Ok(Some((
            place,
            fault.map_or_else(|| self.properties.import_row(row), Err),
        )))
    }

    /// Reads the rows of a chunk, which must lie after the rows that were read. `at` is the next row of the file.
    pub(crate) fn read_chunk(
        &mut self,
        chunk: &Chunk,
        at: &mut u64,
    ) -> Result<Vec<JsonRow>, InputError> {
        let mut rows = Vec::with_capacity(chunk.rows.len());
        let mut wanted = chunk.rows.iter().peekable();
        while let Some(next) = wanted.peek() {
            let Some((_, row)) = self.next_row()? else {
                return Err(InputError::new(
                    &self.path,
                    "it ends earlier than when it was planned",
                ));
            };
            if *at == **next {
                wanted.next();
                let row = row.and_then(|row| row.to_json());
                let row = row
                    .map_err(|reason| InputError::new(&self.path, format!("row {at}: {reason}")))?;
                rows.push(row);
            }
            *at = at.saturating_add(1);
        }
        Ok(rows)
    }
}

/// The place of a row, and the row as the server takes it or why it cannot be sent.
type Sendable<'a> = (Place, Result<ImportRow<'a>, String>);

/// The matching properties of the rows so far.
#[derive(Default)]
struct Keys {
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Keys {
    fn is_repeated(&mut self, key: &str) -> bool {
        self.seen.len() < MAX_KEYS && !self.seen.insert(self.hasher.hash_one(key.to_lowercase()))
    }
}

/// A file of which more rows cannot be read is not the file that was meant.
const MAX_UNREADABLE: usize = 100_000;
/// 18 MiB of hashes.
const MAX_KEYS: usize = 1_000_000;
/// The polls of a job that takes a minute, at the balanced pace.
const POLLS: u64 = 4;

#[cfg(test)]
mod tests;
