//! The chunks of a journal.

use jiff::Timestamp;
use prism_imports::{IdempotencyKey, ImportHandle, WatchCheckpoint};
use rusqlite::{Connection, Row, types::Type};
use serde::de::DeserializeOwned;

use crate::{
    chunk::{Chunk, Packed},
    source::MergedRow,
};

/// A chunk that is to be sent, or that may have been sent.
#[derive(Clone, Debug)]
pub(crate) struct OpenChunk {
    pub(crate) id: i64,
    pub(crate) chunk: Packed,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) first_sent: Option<Timestamp>,
}

/// A chunk whose job is to be watched.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) id: i64,
    pub(crate) handle: ImportHandle,
    pub(crate) checkpoint: Option<WatchCheckpoint>,
}

impl OpenChunk {
    /// Reads the chunks that are to be sent, in the order of the file.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Vec<Self>> {
        let mut select = connection.prepare(
            "SELECT bytes, rows, first, places, lines, id, key, first_sent FROM chunk
             WHERE state IN ('planned', 'sending') ORDER BY first",
        )?;
        let chunks = select.query_map([], |row| {
            Ok(Self {
                id: row.get(5)?,
                chunk: packed(row)?,
                key: parsed(row, 6)?,
                first_sent: parsed(row, 7)?,
            })
        })?;
        chunks.collect()
    }
}

impl Started {
    /// Reads the chunks whose jobs are to be watched.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Vec<Self>> {
        let mut select = connection.prepare(
            "SELECT id, handle, checkpoint FROM chunk WHERE state = 'started' ORDER BY first",
        )?;
        let chunks = select.query_map([], |row| {
            let handle = json(row, 1)?.ok_or(rusqlite::Error::InvalidColumnType(
                1,
                "handle".to_owned(),
                Type::Null,
            ))?;
            Ok(Self {
                id: row.get(0)?,
                handle,
                checkpoint: json(row, 2)?,
            })
        })?;
        chunks.collect()
    }
}

/// Reads the rows that are merged into later ones, in the order of the file.
pub(crate) fn read_merged(connection: &Connection) -> rusqlite::Result<Vec<MergedRow>> {
    let mut select = connection.prepare("SELECT row, into_row FROM merged_row ORDER BY row")?;
    let rows = select.query_map([], |row| {
        Ok(MergedRow {
            row: row.get(0)?,
            into_row: row.get(1)?,
        })
    })?;
    rows.collect()
}

/// Reads the rows of a chunk.
pub(crate) fn chunk_of(connection: &Connection, id: i64) -> rusqlite::Result<Chunk> {
    let select = "SELECT bytes, rows, first, places, lines FROM chunk WHERE id = ?";
    let packed = connection.query_row(select, [id], packed)?;
    Ok(Chunk::from(&packed))
}

fn packed(row: &Row<'_>) -> rusqlite::Result<Packed> {
    Ok(Packed {
        bytes: row.get(0)?,
        rows: row.get(1)?,
        first: row.get(2)?,
        places: row.get(3)?,
        lines: row.get(4)?,
    })
}

fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: Option<String> = row.get(column)?;
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    let read = text.map(|text| serde_json::from_str(&text)).transpose();
    read.map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}
