//! Strings, and names that may be other than strings.

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

/// Writes a key that is no string, if it can be written as one.
pub(super) fn write_key(
    json: &mut Vec<u8>,
    key: &(impl Serialize + ?Sized),
) -> Result<(), Unwritable> {
    let mut serializer = Serializer::with_formatter(json, KeyAlone);
    let map = serializer.serialize_map(None);
    written(map.and_then(|mut map| map.serialize_key(key)))
}

/// Tells whether nothing in a text is to be escaped: no quote, backslash or control character.
fn is_plain(text: &[u8]) -> bool {
    let Some(end) = text.last_chunk() else {
        // The bytes push spaces out of the word.
        let word = text
            .iter()
            .fold(each(b' '), |word, &byte| word << 8 | u64::from(byte));
        return odd(word) == 0;
    };
    let (words, _) = text.as_chunks();
    let mut odds = odd(u64::from_ne_bytes(*end));
    for word in words {
        odds |= odd(u64::from_ne_bytes(*word));
    }
    odds == 0
}

/// Returns a word that is not 0 when one of eight bytes is to be escaped.
fn odd(word: u64) -> u64 {
    // The highest bit of a byte is set by a subtraction that goes below 0, unless it was set before.
    let below = |word: u64, least| word.wrapping_sub(each(least)) & !word;
    let quote = below(word ^ each(b'"'), 1);
    let backslash = below(word ^ each(b'\\'), 1);
    (below(word, b' ') | quote | backslash) & each(0x80)
}

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Writes nothing of a map but its keys.
struct KeyAlone;

impl Formatter for KeyAlone {
    fn begin_object<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        Ok(())
    }
}
