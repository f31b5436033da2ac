//! The parsing of simple strings and numbers.

/// Splits a string at its closing quote. Returns `None` if there is an escape or a control character before the quote,
/// or no quote.
pub(super) fn text_at_start(text: &str) -> Option<(&str, &str)> {
    let (text, after) = text.split_at_checked(plain_len(text)?)?;
    after.starts_with('"').then_some((text, after))
}

/// Reads a string with escapes up to its closing quote. Returns `None` if the string is invalid.
pub(super) fn escaped_text_at_start(text: &str) -> Option<(String, &str)> {
    let (mut rest, mut read) = (text, String::new());
    loop {
        let (plain, after) = rest.split_at_checked(plain_len(rest)?)?;
        read.push_str(plain);
        let (escaped, after) = match after.as_bytes() {
            [b'"', ..] => return Some((read, after.get(1..)?)),
            [b'\\', b'u', ..] => unicode_at_start(after)?,
            [b'\\', byte, ..] => (unescaped(*byte)?, after.get(2..)?),
            _ => return None,
        };
        read.push(escaped);
        rest = after;
    }
}

fn unescaped(byte: u8) -> Option<char> {
    match byte {
        b'"' | b'\\' | b'/' => Some(char::from(byte)),
        b'b' => Some('\u{8}'),
        b'f' => Some('\u{c}'),
        b'n' => Some('\n'),
        b'r' => Some('\r'),
        b't' => Some('\t'),
        _ => None,
    }
}

/// Reads a character that is escaped as one or two units of UTF-16.
fn unicode_at_start(text: &str) -> Option<(char, &str)> {
    let (first, after) = unit_at_start(text)?;
    if let Some(Ok(char)) = char::decode_utf16([first]).next() {
        return Some((char, after));
    }
    let (second, after) = unit_at_start(after)?;
    let char = char::decode_utf16([first, second]).next()?.ok()?;
    Some((char, after))
}

fn unit_at_start(text: &str) -> Option<(u16, &str)> {
    let (digits, after) = text.strip_prefix("\\u")?.split_at_checked(4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((unit, after))
}

/// Returns the number of bytes before the first quote, backslash or control character, eight bytes at a time.
fn plain_len(text: &str) -> Option<usize> {
    let (words, tail) = text.as_bytes().as_chunks();
    let mut at = 0_usize;
    for word in words {
        let ends = ends_in(u64::from_le_bytes(*word));
        if ends != 0 {
            let bytes = usize::try_from(ends.trailing_zeros() / 8).ok()?;
            return Some(at.wrapping_add(bytes));
        }
        at = at.wrapping_add(8);
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    Some(at.wrapping_add(tail.iter().position(ends)?))
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
pub(super) fn index_at_start(text: &str) -> Option<(i64, &str)> {
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

/// Removes the whitespace of JSON from the start of a text.
#[inline]
pub(super) fn without_space(text: &str) -> &str {
    match text.as_bytes().first() {
        Some(b'\0'..=b' ') => without_spaces(text),
        Some(_) | None => text,
    }
}

#[inline(never)]
fn without_spaces(text: &str) -> &str {
    let mut bytes = text.bytes();
    let len = bytes.position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    text.get(len.unwrap_or(text.len())..).unwrap_or_default()
}
