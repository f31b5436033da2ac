//! The parsing of simple strings and numbers.

/// Splits a string at its closing quote, eight bytes at a time. Returns `None` if there is an escape or a control
/// character before the quote, or no quote.
pub(crate) fn text_at_start(text: &str) -> Option<(&str, &str)> {
    let (words, tail) = text.as_bytes().as_chunks();
    let mut at = 0_usize;
    for word in words {
        let ends = ends_in(u64::from_le_bytes(*word));
        if ends != 0 {
            let bytes = usize::try_from(ends.trailing_zeros() / 8).ok()?;
            return split_at_quote(text, at.wrapping_add(bytes));
        }
        at = at.wrapping_add(8);
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    split_at_quote(text, at.wrapping_add(tail.iter().position(ends)?))
}

fn split_at_quote(text: &str, at: usize) -> Option<(&str, &str)> {
    let (text, after) = text.split_at_checked(at)?;
    after.starts_with('"').then_some((text, after))
}

/// Sets the highest bit of the first byte of a word that is a quote, a backslash or a control character.
///
/// The highest bits of later bytes may be set incorrectly, because the subtraction borrows from them.
fn ends_in(word: u64) -> u64 {
    let below = |word: u64, limit: u8| word.wrapping_sub(every(limit)) & !word;
    let is = |byte: u8| below(word ^ every(byte), 1);
    (is(b'"') | is(b'\\') | below(word, 0x20)) & every(0x80)
}

/// Returns a word that consists of the same byte eight times.
fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Parses a non-negative number of at most 18 digits, which fits into an `i64`.
pub(crate) fn index_at_start(text: &str) -> Option<(i64, &str)> {
    let (mut index, mut len) = (0_i64, 0_usize);
    for byte in text.bytes().take(19) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        index = index.wrapping_mul(10).wrapping_add(i64::from(digit));
        len = len.wrapping_add(1);
    }
    let plain = (1..=18).contains(&len) && (len == 1 || !text.starts_with('0'));
    if plain {
        Some((index, text.get(len..)?))
    } else {
        None
    }
}
