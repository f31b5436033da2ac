//! The HTML page: jobs, their progress, and the last requests.

use std::{
    fmt::{self, Write},
    time::Duration,
};

use http::HeaderValue;

use super::{jobs::Jobs, journal::Journal};
use crate::{Stats, clock::Epoch};

/// Renders the page: plain HTML that reloads itself, without scripts.
pub(super) fn render(
    now: Duration,
    epoch: Epoch,
    jobs: &Jobs,
    journal: &Journal,
    stats: Stats,
) -> String {
    let mut page = String::with_capacity(32 << 10);
    write(&mut page, now, epoch, jobs, journal, stats).expect("writing to a string does not fail");
    page
}

fn write(
    page: &mut String,
    now: Duration,
    epoch: Epoch,
    jobs: &Jobs,
    journal: &Journal,
    stats: Stats,
) -> fmt::Result {
    page.push_str(HEAD);
    write!(
        page,
        "<p>{} · {} requests · {} submits · {} polls · {} jobs · {} rows: {} created, {} rejected</p>\n\
         <h2>Jobs</h2>\n<table><tr><th>#<th>Job<th>Team<th>Type<th>Created<th>Status<th>Progress\
         <th class=n>Succeeded<th class=n>Failed<th class=n>Total</tr>\n",
        epoch.rfc3339(now),
        stats.requests,
        stats.submits,
        stats.polls,
        stats.jobs,
        stats.rows,
        stats.created,
        stats.rejected,
    )?;
    for (id, job) in jobs.iter().take(MAX_JOBS) {
        let snapshot = job.progress(now);
        let number = |count: Option<i64>| count.unwrap_or(0);
        let status = snapshot.status.as_str();
        let (done, total) = (number(snapshot.processed), snapshot.total.max(1));
        writeln!(
            page,
            "<tr><td>{}<td><code>{}</code><td>{}<td>{}<td>{}<td class={status}>{status}\
             <td><progress max={total} value={done}></progress> {}&nbsp;%\
             <td class=n>{}<td class=n>{}<td class=n>{}</tr>",
            job.ordinal.map_or(0, std::num::NonZeroU32::get),
            Escaped(id),
            Short(&job.team.to_string()),
            Escaped(&job.object_type),
            Time(&epoch.rfc3339(job.created())),
            done.saturating_mul(100) / total,
            number(snapshot.succeeded),
            number(snapshot.failed),
            snapshot.total,
        )?;
    }
    page.push_str("</table>\n<h2>Last requests</h2>\n<table><tr><th>At<th>Request<th>Status<th>Request id</tr>\n");
    for entry in journal.iter() {
        let status = entry
            .status
            .map_or("closed".to_owned(), |status| status.to_string());
        writeln!(
            page,
            "<tr><td>{}<td><code>{} {}</code><td>{status}<td><code>{}</code></tr>",
            Time(&epoch.rfc3339(entry.at)),
            Escaped(entry.method.as_str()),
            Escaped(&entry.path),
            entry.request_id,
        )?;
    }
    page.push_str("</table>\n");
    Ok(())
}

/// Displays the time of a timestamp, with the whole timestamp as the title.
struct Time<'a>(&'a str);

impl fmt::Display for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0.split_once('T').map_or(self.0, |(_, time)| time);
        write!(
            f,
            "<span title=\"{}\">{}</span>",
            self.0,
            time.trim_end_matches('Z')
        )
    }
}

/// Displays the first part of an id, with the whole id as the title.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.split('-').next().unwrap_or(self.0);
        write!(f, "<code title=\"{}\">{first}…</code>", self.0)
    }
}

/// Escapes a text for HTML.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Only the inline style is allowed.
pub(super) const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");

/// The maximum number of jobs on the page.
const MAX_JOBS: usize = 200;

const HEAD: &str = "<!doctype html>
<html lang=en>
<meta charset=utf-8>
<meta http-equiv=refresh content=2>
<title>Prism imports sandbox</title>
<style>
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } th { text-align: left; }
code { font-size: 12px; }
td, th { padding: .2rem .6rem; border-bottom: 1px solid #8884; white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.complete { color: #1a7f37; } .failed { color: #cf222e; } .processing { color: #9a6700; }
progress { width: 8rem; vertical-align: middle; }
</style>
<h1>Prism imports sandbox</h1>
";
