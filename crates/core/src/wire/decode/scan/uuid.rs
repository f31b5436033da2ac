//! UUIDs in hyphenated form, eight digits at a time.

use uuid::Uuid;

/// Reads the UUID that `text` starts with, in hyphenated form and letters of either case.
pub(crate) fn uuid_at_start(text: &str) -> Option<(Uuid, &str)> {
    let (digits, _) = text.as_bytes().split_first_chunk::<36>()?;
    #[rustfmt::skip]
    let &[
        a0, a1, a2, a3, a4, a5, a6, a7, b'-', b0, b1, b2, b3, b'-', b4, b5, b6, b7, b'-',
        c0, c1, c2, c3, b'-', c4, c5, c6, c7, d0, d1, d2, d3, d4, d5, d6, d7,
    ] = digits else { return None };
    let words = [
        [a0, a1, a2, a3, a4, a5, a6, a7],
        [b0, b1, b2, b3, b4, b5, b6, b7],
        [c0, c1, c2, c3, c4, c5, c6, c7],
        [d0, d1, d2, d3, d4, d5, d6, d7],
    ]
    .map(u64::from_be_bytes);
    if words.map(not_hex) != [0; 4] {
        return None;
    }
    let [a, b, c, d] = words.map(|word| u128::from(bytes_of(word)));
    let id = Uuid::from_u128(a << 96 | b << 64 | c << 32 | d);
    Some((id, text.get(36..)?))
}

/// Marks the bytes of a word that are no hexadecimal digits.
///
/// With all bytes below 128, which is part of the question, no sum carries into the next one.
fn not_hex(word: u64) -> u64 {
    let at_least = |word: u64, byte: u8| word.wrapping_add(every(0x80_u8.wrapping_sub(byte)));
    let letters = word | every(0x20);
    let digit = at_least(word, b'0') & !at_least(word, b'9'.wrapping_add(1));
    let letter = at_least(letters, b'a') & !at_least(letters, b'f'.wrapping_add(1));
    ((digit | letter) & !word & every(0x80)) ^ every(0x80)
}

/// The four bytes that eight hexadecimal digits stand for.
fn bytes_of(digits: u64) -> u32 {
    // A letter's low bits are 1 to 6, and its seventh bit tells it from a digit.
    let halves = (digits & every(0x0f)).wrapping_add((digits >> 6 & every(1)).wrapping_mul(9));
    let bytes = (halves >> 4 | halves) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes >> 8 | bytes) & 0x0000_ffff_0000_ffff;
    u32::try_from((pairs >> 16 | pairs) & 0xffff_ffff).unwrap_or_default()
}

/// A word of eight times the same byte.
fn every(byte: u8) -> u64 {
    u64::from_be_bytes([byte; 8])
}
