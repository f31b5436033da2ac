//! The timestamps of a job.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// A parsed timestamp, or the text if it is unreadable.
pub(super) type Time = Result<Timestamp, String>;

pub(super) fn read_time(text: &str) -> Time {
    let time = plain_time(text.as_bytes()).or_else(|| text.parse().ok());
    time.ok_or_else(|| text.to_owned())
}

/// Parses the usual format of servers, `2026-01-08T00:01:00Z`, optionally with milliseconds.
///
/// The result is the same as that of jiff, in a fifth of the time. Returns `None` for all other formats.
pub(super) fn plain_time(text: &[u8]) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_first_chunk()?;
    #[rustfmt::skip]
    let &[
        y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T',
        h0, h1, b':', n0, n1, b':', s0, s1,
    ] = seconds else { return None };
    let year = number([y0, y1, y2, y3])?;
    let two = |digits| i8::try_from(number(digits)?).ok();
    let (month, day) = (two([m0, m1])?, two([d0, d1])?);
    let (hour, minute, second) = (two([h0, h1])?, two([n0, n1])?, two([s0, s1])?);
    let milliseconds = match fraction {
        b"Z" => 0,
        [b'.', f0, f1, f2, b'Z'] => number([*f0, *f1, *f2])?,
        _ => return None,
    };
    let nanoseconds = i32::from(milliseconds).saturating_mul(1_000_000);
    let time = DateTime::new(year, month, day, hour, minute, second, nanoseconds).ok()?;
    Offset::UTC.to_timestamp(time).ok()
}

/// Parses up to four digits.
fn number<const DIGITS: usize>(digits: [u8; DIGITS]) -> Option<i16> {
    let (mut number, mut plain) = (0_i16, true);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        plain &= digit <= 9;
        number = number.wrapping_mul(10).wrapping_add(i16::from(digit));
    }
    plain.then_some(number)
}
