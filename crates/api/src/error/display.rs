//! The message of an error: one line for a log, never a value of a row.

use std::{fmt, time::Duration};

use super::{Error, escaped::Escaped};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        write!(f, "{}: ", inner.operation)?;
        match (&inner.what, &inner.source) {
            (Some(what), _) => Escaped(what).fmt(f)?,
            (None, Some(source)) if inner.shows_source => Escaped(source).fmt(f)?,
            (None, _) => inner.kind.fmt(f)?,
        }
        if let Some(server) = &inner.server {
            for text in [server.code(), server.message()].into_iter().flatten() {
                write!(f, ": {}", Escaped(text))?;
            }
            for (nth, issue) in server.issues().iter().take(SHOWN).enumerate() {
                f.write_str(if nth == 0 { ": " } else { ", " })?;
                let code = issue.code().unwrap_or("is invalid");
                write!(f, "{} {}", Escaped(issue.field()), Escaped(code))?;
            }
        }
        let facts = [
            inner
                .status
                .map(|status| format!("status {}", status.as_u16())),
            inner.body.clone(),
            inner.job.as_ref().map(|job| format!("job {job}")),
            inner.request_id.as_ref().map(|id| format!("request {id}")),
            inner.key.as_ref().map(|key| format!("key {key}")),
            (inner.report.attempts() > 1).then(|| format!("{} attempts", inner.report.attempts())),
            inner
                .retry_after
                .map(|wait| format!("retry after {:?}", rounded(wait))),
        ];
        let facts: Vec<_> = facts.into_iter().flatten().collect();
        if facts.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", Escaped(facts.join(", ")))
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &format_args!("{self}"))
            .field("phase", &inner.phase)
            .field("commit", &self.commit())
            .field("report", &inner.report)
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}

/// Rounds a wait to milliseconds, or to whole seconds from one second on.
fn rounded(wait: Duration) -> Duration {
    if wait < Duration::from_secs(1) {
        return Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or_default());
    }
    Duration::from_secs(wait.saturating_add(Duration::from_millis(500)).as_secs())
}

/// The most fields at fault that a message shows, so that it fits into a log line.
const SHOWN: usize = 5;
