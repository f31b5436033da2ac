//! Strings and map keys.

use std::io;

use serde::{Serialize, Serializer as _, ser::SerializeMap as _};
use serde_json::{Serializer, ser::Formatter};

use super::{Unwritable, error::written};

/// Writes a string.
#[inline]
pub(super) fn write(json: &mut Vec<u8>, text: &str) -> Result<(), Unwritable> {
    if !is_plain(text.as_bytes()) {
        return write_escaped(json, text);
    }
    json.reserve(text.len().saturating_add(2));
    json.push(b'"');
    json.extend_from_slice(text.as_bytes());
    json.push(b'"');
    Ok(())
}

#[cold]
fn write_escaped(json: &mut Vec<u8>, text: &str) -> Result<(), Unwritable> {
    written(serde_json::to_writer(json, text))
}

/// Writes a key that is not a string, if it has a string form.
pub(super) fn write_key(
    json: &mut Vec<u8>,
    key: &(impl Serialize + ?Sized),
) -> Result<(), Unwritable> {
    let mut serializer = Serializer::with_formatter(json, KeyOnly);
    let map = serializer.serialize_map(None);
    written(map.and_then(|mut map| map.serialize_key(key)))
}

/// Returns `true` if a text needs no escapes: it has no quote, backslash or control character.
fn is_plain(text: &[u8]) -> bool {
    let Some(end) = text.last_chunk() else {
        // Unused bytes of the word are spaces.
        let word = text
            .iter()
            .fold(each(b' '), |word, &byte| word << 8 | u64::from(byte));
        return escapes(word) == 0;
    };
    let (words, _) = text.as_chunks();
    let mut found = escapes(u64::from_ne_bytes(*end));
    for word in words {
        found |= escapes(u64::from_ne_bytes(*word));
    }
    found == 0
}

/// Returns a word that is not 0 if one of its eight bytes needs an escape.
fn escapes(word: u64) -> u64 {
    // A subtraction below 0 sets the highest bit of a byte; bytes whose highest bit was already set are masked.
    let below = |word: u64, least| word.wrapping_sub(each(least)) & !word;
    let quote = below(word ^ each(b'"'), 1);
    let backslash = below(word ^ each(b'\\'), 1);
    (below(word, b' ') | quote | backslash) & each(0x80)
}

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Writes only the keys of a map.
struct KeyOnly;

impl Formatter for KeyOnly {
    fn begin_object<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        Ok(())
    }
}
