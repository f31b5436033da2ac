//! The rows of a file, as the server takes them. Rows of the same key are merged, if that is asked for.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    iter::Peekable,
    path::{Path, PathBuf},
    vec,
};

use serde_json::{Map, Value};

use crate::{
    chunk::Chunk,
    error::InputError,
    input::{Place, Read, Reader},
    row::{ImportRow, JsonRow, Properties},
    settings::Settings,
};

/// The rows of a file.
pub(crate) struct ImportRows {
    path: PathBuf,
    reader: Reader,
    properties: Properties,
    dedupe_by: Option<String>,
    /// The number of the next row in the file.
    at: u64,
    /// The rows that are merged into later ones, in the order of the file.
    merged: Peekable<vec::IntoIter<u64>>,
    /// The values of such rows by their key, until the row comes into which they are merged.
    held: HashMap<String, Map<String, Value>>,
}

/// What a row of the file is.
pub(crate) enum SourceRow<'a> {
    Row(ImportRow<'a>),
    /// Why it cannot be sent.
    Unreadable(String),
    /// Its values are part of a later row.
    Merged,
}

/// A row that is merged into a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MergedRow {
    pub(crate) row: u64,
    pub(crate) into_row: u64,
}

impl SourceRow<'_> {
    /// Writes the row as JSON, or returns why it is not sent.
    pub(crate) fn to_json(&self) -> Result<JsonRow, String> {
        match self {
            Self::Row(row) => row.to_json(),
            Self::Unreadable(reason) => Err(reason.clone()),
            Self::Merged => Err("it is merged into a later one".to_owned()),
        }
    }
}

impl ImportRows {
    pub(crate) fn open(
        path: &Path,
        settings: &Settings,
        merged: &[MergedRow],
    ) -> Result<Self, InputError> {
        let reader = Reader::open(path, &settings.input)?;
        let properties = settings
            .mapping
            .bind(reader.columns.as_ref().map(|(columns, _)| columns));
        let properties = properties.map_err(|reason| InputError::new(path, reason))?;
        let merged: Vec<_> = merged.iter().map(|merged| merged.row).collect();
        Ok(Self {
            path: path.to_owned(),
            reader,
            properties,
            dedupe_by: settings.dedupe_by.clone(),
            at: 0,
            merged: merged.into_iter().peekable(),
            held: HashMap::new(),
        })
    }

    /// Returns `true` if rows may have a property.
    pub(crate) fn has(&self, property: &str) -> bool {
        self.properties.has(property)
    }

    /// Reads the next row.
    pub(crate) fn next_row(&mut self) -> Result<Option<(Place, SourceRow<'_>)>, InputError> {
        let Some(Read { place, row, fault }) = self.reader.next_row()? else {
            return Ok(None);
        };
        let is_merged = self.merged.next_if_eq(&self.at).is_some();
        self.at = self.at.saturating_add(1);
        let row = match fault.map_or_else(|| self.properties.import_row(row), Err) {
            Ok(row) if is_merged || !self.held.is_empty() => {
                let key = self.dedupe_by.as_deref();
                let key = key.and_then(|property| row.text(property));
                let key = key.map(str::to_lowercase);
                hold_or_merge(&mut self.held, key, row, is_merged)
            }
            row => row.map(SourceRow::Row),
        };
        Ok(Some((place, row.unwrap_or_else(SourceRow::Unreadable))))
    }

    /// Reads the rows of a chunk, which must lie after the rows that were read.
    pub(crate) fn read_chunk(&mut self, chunk: &Chunk) -> Result<Vec<JsonRow>, InputError> {
        let mut rows = Vec::with_capacity(chunk.rows.len());
        let mut wanted = chunk.rows.iter().peekable();
        while let Some(next) = wanted.peek() {
            let at = self.at;
            let Some((_, row)) = self.next_row()? else {
                let reason = "it ends earlier than when it was planned";
                return Err(InputError::new(&self.path, reason));
            };
            if at != **next {
                continue;
            }
            wanted.next();
            let json = row
                .to_json()
                .map_err(|reason| InputError::new(&self.path, format!("row {at}: {reason}")))?;
            rows.push(json);
        }
        Ok(rows)
    }

    /// Checks, after the last row, that each row that was to be merged met the later one.
    pub(crate) fn check_merged(&self) -> Result<(), InputError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let reason = "rows that are to be merged do not have the same key";
        Err(InputError::new(&self.path, reason))
    }
}

/// Reads the whole file, and returns the rows that are to be merged into the last one of their key.
pub(crate) fn merged_rows(mut rows: ImportRows) -> Result<Vec<MergedRow>, InputError> {
    let Some(property) = rows.dedupe_by.clone() else {
        let reason = "rows can be merged only by the property by which they are matched: set one";
        return Err(InputError::new(&rows.path, reason));
    };
    let mut keys = Keys::default();
    loop {
        let at = rows.at;
        let Some((_, row)) = rows.next_row()? else {
            break;
        };
        if let SourceRow::Row(row) = row
            && let Some(key) = row.text(&property)
            && !keys.push(key, at)
        {
            let reason = format!("more than {MAX_KEYS} rows cannot be merged");
            return Err(InputError::new(&rows.path, reason));
        }
    }
    let mut merged = Vec::new();
    for group in keys.repeated() {
        if let Some(((_, into_row), earlier)) = group.split_last() {
            merged.extend(earlier.iter().map(|(_, row)| MergedRow {
                row: *row,
                into_row: *into_row,
            }));
        }
    }
    merged.sort_unstable_by_key(|merged| merged.row);
    Ok(merged)
}

/// The hashes of the keys of rows, and where these are: their numbers or lines. They are sorted once: a set would take a tenth
/// of the time of a run.
#[derive(Default)]
pub(crate) struct Keys {
    hasher: RandomState,
    keys: Vec<(u64, u64)>,
}

impl Keys {
    /// Adds a key, in letters of either case. Returns `false` if there are too many.
    pub(crate) fn push(&mut self, key: &str, at: u64) -> bool {
        let has_room = self.keys.len() < MAX_KEYS;
        if has_room {
            self.keys
                .push((self.hasher.hash_one(key.to_lowercase()), at));
        }
        has_room
    }

    /// Returns the rows of each key that several have, in order.
    pub(crate) fn repeated(&mut self) -> impl Iterator<Item = &[(u64, u64)]> {
        self.keys.sort_unstable();
        let groups = self.keys.chunk_by(|(one, _), (other, _)| one == other);
        groups.filter(|group| group.len() > 1)
    }
}

/// Holds the values of a row that is merged into a later one, or merges those held under its key into a row.
fn hold_or_merge<'a>(
    held: &mut HashMap<String, Map<String, Value>>,
    key: Option<String>,
    row: ImportRow<'a>,
    is_merged: bool,
) -> Result<SourceRow<'a>, String> {
    if is_merged {
        let values = row.to_map()?;
        merge(held.entry(key.unwrap_or_default()).or_default(), values);
        return Ok(SourceRow::Merged);
    }
    let Some(mut fields) = key.and_then(|key| held.remove(&key)) else {
        return Ok(SourceRow::Row(row));
    };
    merge(&mut fields, row.to_map()?);
    Ok(SourceRow::Row(ImportRow::Object {
        fields,
        is_nested: true,
    }))
}

/// Sets the values of a later row. Those within `default` and `list` are set one by one.
fn merge(values: &mut Map<String, Value>, later: Map<String, Value>) {
    for (name, value) in later {
        match (values.get_mut(&name), value) {
            (Some(Value::Object(values)), Value::Object(later)) => values.extend(later),
            (_, value) => {
                values.insert(name, value);
            }
        }
    }
}

/// The most keys that are compared: 16 MiB.
pub(crate) const MAX_KEYS: usize = 1_000_000;
