//! The parsing of UUIDs in hyphenated form.

use uuid::Uuid;

/// Parses the UUID at the start of `text`, in hyphenated form and in either case. Returns the UUID, its text, and the
/// text after it.
///
/// The result is the same as that of `Uuid::try_parse` for these 36 bytes, in a third of the time. The compiler
/// vectorizes the loops over the digits, unless the function is inlined.
#[inline(never)]
pub(super) fn uuid_at_start(text: &str) -> Option<(Uuid, &str, &str)> {
    let (text, after) = text.split_at_checked(LENGTH)?;
    let digits = digits_of(text.as_bytes().first_chunk()?)?;
    let mut halves = [0_u8; 32];
    let mut wrong = false;
    for (half, byte) in halves.iter_mut().zip(digits) {
        let digit = byte.wrapping_sub(b'0');
        let letter = (byte | 0x20).wrapping_sub(b'a');
        let (is_digit, is_letter) = (digit < 10, letter < 6);
        *half = if is_digit {
            digit
        } else {
            letter.wrapping_add(10)
        };
        wrong |= !(is_digit | is_letter);
    }
    if wrong {
        return None;
    }
    let mut bytes = [0_u8; 16];
    let (pairs, _) = halves.as_chunks();
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = high << 4 | low;
    }
    Some((Uuid::from_bytes(bytes), text, after))
}

/// Removes the hyphens. Returns `None` if one is missing.
fn digits_of(id: &[u8; LENGTH]) -> Option<[u8; 32]> {
    #[rustfmt::skip]
    let &[
        a0, a1, a2, a3, a4, a5, a6, a7, b'-', b0, b1, b2, b3, b'-', c0, c1, c2, c3, b'-',
        d0, d1, d2, d3, b'-', e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1,
    ] = id else { return None };
    #[rustfmt::skip]
    let digits = [
        a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, c0, c1, c2, c3,
        d0, d1, d2, d3, e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1,
    ];
    Some(digits)
}

const LENGTH: usize = 36;
