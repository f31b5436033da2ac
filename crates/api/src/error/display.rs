//! The message of an error: one line for a log, never a value of a row.

use std::fmt::{self, Write};

use super::Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        let mut line = String::new();
        if !inner.operation.is_empty() {
            line = format!("{}: ", inner.operation);
        }
        let kind = || self.kind.to_string().into();
        line += &inner.what.clone().unwrap_or_else(kind);
        if let Some(server) = &inner.server {
            for text in [server.code(), server.message()].into_iter().flatten() {
                line = line + ": " + text;
            }
            let issues = server.issues().iter().take(SHOWN).map(|issue| {
                let code = issue.code().unwrap_or("is invalid");
                format!("{} {code}", issue.field().unwrap_or("request"))
            });
            let mut issues: Vec<_> = issues.collect();
            issues.dedup();
            if !issues.is_empty() {
                line = line + ": " + &issues.join(", ");
            }
        }
        let attempts = inner.report.attempts;
        let facts = [
            self.status()
                .map(|status| format!("status {}", status.as_u16())),
            inner.body.clone(),
            inner.job.as_ref().map(|job| format!("job {job}")),
            inner.request_id.as_ref().map(|id| format!("request {id}")),
            inner.key.as_ref().map(|key| format!("key {key}")),
            (attempts > 1).then(|| format!("{attempts} attempts")),
            self.retry_after()
                .map(|wait| format!("retry after {wait:.0?}")),
        ];
        let facts: Vec<_> = facts.into_iter().flatten().collect();
        if !facts.is_empty() {
            line = line + " (" + &facts.join(", ") + ")";
        }
        line.chars().try_for_each(|c| {
            if is_unsafe(c) {
                write!(f, "{}", c.escape_default())
            } else {
                f.write_char(c)
            }
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &format_args!("{self}"))
            .field("phase", &inner.phase)
            .field("commit", &self.commit())
            .field("report", &inner.report)
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}

/// Returns `true` for control characters, which are escaped: line breaks and those that change the direction of text included.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The most fields at fault that a message shows, so that it fits into a log line.
const SHOWN: usize = 5;
