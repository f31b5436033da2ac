//! The timestamps of a job.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

use super::finding::{Finding, Findings, Rule};
use crate::wire::Snapshot;

/// The parsed timestamps of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Times {
    pub(super) created_at: Option<Time>,
    pub(super) updated_at: Option<Time>,
    pub(super) expires_at: Option<Time>,
}

impl Times {
    /// Creates the timestamps, and records those that are unreadable or out of order.
    pub(super) fn read(snapshot: &Snapshot, findings: &mut Findings) -> Self {
        let time = |text: &Option<String>| text.as_deref().map(Time::of);
        let times = Self {
            created_at: time(&snapshot.created_at),
            updated_at: time(&snapshot.updated_at),
            expires_at: time(&snapshot.expires_at),
        };
        for (name, time) in [
            ("created_at", &times.created_at),
            ("updated_at", &times.updated_at),
            ("expires_at", &times.expires_at),
        ] {
            if time.as_ref().is_some_and(|time| time.timestamp().is_none()) {
                findings.push(Finding::new(Rule::TimestampUnreadable, name));
            }
        }
        let known = |time: &Option<Time>| time.as_ref().and_then(Time::timestamp);
        if let Some(created) = known(&times.created_at) {
            for (name, time) in [
                ("updated_at", &times.updated_at),
                ("expires_at", &times.expires_at),
            ] {
                if let Some(time) = known(time).filter(|time| *time < created) {
                    let numbers = format_args!("{name} {time} is before created_at {created}");
                    findings.push(Finding::new(Rule::TimestampOrder, numbers));
                }
            }
        }
        times
    }
}

/// A parsed timestamp, or the text if it is unreadable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Time {
    Instant(Timestamp),
    Unreadable(String),
}

impl Time {
    pub(super) fn of(text: &str) -> Self {
        let time = plain_time(text.as_bytes()).or_else(|| text.parse().ok());
        time.map_or_else(|| Self::Unreadable(text.into()), Self::Instant)
    }

    pub(super) fn timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::Instant(time) => Some(*time),
            Self::Unreadable(_) => None,
        }
    }

    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Instant(time) => time.to_string(),
            Self::Unreadable(text) => text.clone(),
        }
    }
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
