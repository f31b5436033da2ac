//! When a job was created, moved, and will be forgotten.

use jiff::Timestamp;

use super::finding::{Finding, Rule};

/// The times of a job, read once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Times {
    pub(super) created_at: Option<Time>,
    pub(super) updated_at: Option<Time>,
    pub(super) expires_at: Option<Time>,
}

impl Times {
    /// Reads the three texts, and notes what is unreadable or out of order.
    pub(super) fn read(
        created_at: Option<String>,
        updated_at: Option<String>,
        expires_at: Option<String>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut read = |name: &str, text: Option<String>| {
            let time = Time::read(text?);
            if time.timestamp().is_none() {
                findings.push(Finding::new(Rule::TimestampUnreadable, name));
            }
            Some(time)
        };
        let times = Self {
            created_at: read("created_at", created_at),
            updated_at: read("updated_at", updated_at),
            expires_at: read("expires_at", expires_at),
        };
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

/// A time as an instant, or the text that is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Time {
    Instant(Timestamp),
    Unreadable(String),
}

impl Time {
    fn read(text: String) -> Self {
        text.parse().map_or(Self::Unreadable(text), Self::Instant)
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
