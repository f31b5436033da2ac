//! The chunks of a journal.

use jiff::Timestamp;
use prism_imports::{IdempotencyKey, ImportHandle, WatchCheckpoint};
use rusqlite::{Connection, Row, types::Type};
use serde::de::DeserializeOwned;

use crate::plan::Chunk;

/// A chunk that is to be sent, or that may have been sent.
#[derive(Clone, Debug)]
pub(crate) struct OpenChunk {
    pub(crate) id: i64,
    pub(crate) chunk: Chunk,
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
            "SELECT bytes, places, lines, id, key, first_sent FROM chunk
             WHERE state IN ('planned', 'sending') ORDER BY first",
        )?;
        let chunks = select.query_map([], |row| {
            Ok(Self {
                id: row.get(3)?,
                chunk: chunk(row)?,
                key: parsed(row, 4)?,
                first_sent: parsed(row, 5)?,
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

/// Reads the rows of a chunk.
pub(crate) fn chunk_of(connection: &Connection, id: i64) -> rusqlite::Result<Chunk> {
    connection.query_row(
        "SELECT bytes, places, lines FROM chunk WHERE id = ?",
        [id],
        chunk,
    )
}

fn chunk(row: &Row<'_>) -> rusqlite::Result<Chunk> {
    Ok(Chunk {
        bytes: row.get(0)?,
        rows: decode(row.get_ref(1)?.as_blob()?),
        lines: decode(row.get_ref(2)?.as_blob()?),
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

/// Writes ascending numbers as their differences, in LEB128: about a byte for each.
pub(super) fn encode(lines: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(lines.len());
    let mut last = 0;
    for line in lines {
        let mut difference = line.wrapping_sub(last);
        last = *line;
        while difference > 0x7F {
            bytes.push(0x80 | difference.to_le_bytes()[0] & 0x7F);
            difference >>= 7;
        }
        bytes.push(difference.to_le_bytes()[0]);
    }
    bytes
}

pub(super) fn decode(bytes: &[u8]) -> Vec<u64> {
    let (mut lines, mut last, mut difference, mut shift) = (Vec::new(), 0_u64, 0_u64, 0_u32);
    for byte in bytes {
        difference |= u64::from(byte & 0x7F)
            .checked_shl(shift)
            .unwrap_or_default();
        shift = shift.saturating_add(7);
        if byte & 0x80 == 0 {
            last = last.wrapping_add(difference);
            lines.push(last);
            (difference, shift) = (0, 0);
        }
    }
    lines
}
