//! Decoding a complete job.

use std::{
    env, fs,
    io::{self, Write},
    process,
    time::Duration,
};

use prism_imports_core::{ImportJob, RowDecoder};
use serde::de::IgnoredAny;

use super::{Bound, Figure, Report, Side, race};
use crate::{
    body::{JobBody, Keys, PROCESSING},
    rivals::{Python, PythonError, derived},
};

/// Measures decoding a job with all checks against decoders without checks.
///
/// # Errors
///
/// Returns an error if a line cannot be written.
pub fn decode<W: Write>(
    report: &mut Report<W>,
    python: &mut Result<Python, PythonError>,
) -> io::Result<()> {
    if !report.includes("decode") {
        return Ok(());
    }
    let body = SHAPES[0].1.write();
    usual(report, &body)?;
    match python {
        Ok(python) => usual_python(report, &body, python)?,
        Err(error) => report.skip("decode/usual/python", &error.to_string())?,
    }
    for (name, body) in &SHAPES[1..] {
        let body = body.write();
        let [ours, sonic] = race(TIME, [ours(&body), sonic(&body)]);
        let name = format!("decode/{name}/sonic-rs");
        report.record(&faster(name, sonic / ours, 1.1))?;
    }
    incremental(report)?;
    snapshot(report)
}

fn usual<W: Write>(report: &mut Report<W>, body: &[u8]) -> io::Result<()> {
    let sides = [ours(body), sonic(body), serde(body), skipped(body)];
    let [ours, sonic, serde, skipped] = race(2 * TIME, sides);
    report.record(&faster("decode/usual/sonic-rs", sonic / ours, 2.0))?;
    report.record(&faster("decode/usual/serde_json", serde / ours, 3.0))?;
    report.record(&faster(
        "decode/usual/serde_json-skipped",
        skipped / ours,
        1.0,
    ))
}

fn usual_python<W: Write>(
    report: &mut Report<W>,
    body: &[u8],
    python: &mut Python,
) -> io::Result<()> {
    let path = env::temp_dir().join(format!("prism-imports-compare-{}.json", process::id()));
    fs::write(&path, body)?;
    let mut failed = None;
    let theirs = Side::timed(|| {
        python.decode(&path).unwrap_or_else(|error| {
            failed = Some(error);
            Duration::ZERO
        })
    });
    let [ours, theirs] = race(TIME, [ours(body), theirs]);
    fs::remove_file(&path)?;
    failed.map_or(Ok(()), Err)?;
    report.record(&faster("decode/usual/python", theirs / ours, 100.0))
}

fn incremental<W: Write>(report: &mut Report<W>) -> io::Result<()> {
    let body = JobBody::new(1_000_000, 5).write();
    let [one_shot, chunks] = race(TIME, [ours(&body), Side::of(|| in_chunks(&body))]);
    report.record(&faster(
        "decode/incremental/one-shot",
        one_shot / chunks,
        0.85,
    ))
}

fn snapshot<W: Write>(report: &mut Report<W>) -> io::Result<()> {
    let ours = Side::repeated(SNAPSHOTS, || ImportJob::from_slice(PROCESSING).is_ok());
    let serde = Side::repeated(SNAPSHOTS, || {
        serde_json::from_slice::<derived::Job>(PROCESSING).is_ok()
    });
    let [ours, serde] = race(TIME, [ours, serde]);
    report.record(&Figure::new(
        "decode/snapshot/serde_json",
        ours / serde,
        "x-time",
        Bound::AtMost(1.15),
    ))
}

/// Decodes a body in chunks, as a connection yields them, takes each row as soon as it is available and returns the
/// number of successful rows.
///
/// # Panics
///
/// Panics if the body is invalid.
pub fn in_chunks(body: &[u8]) -> usize {
    let (mut decoder, mut rows) = (RowDecoder::new(), 0);
    for chunk in body.chunks(CHUNK) {
        decoder.push(chunk).expect("the body is valid");
        while let Some(row) = decoder.next_row() {
            rows += usize::from(!row.is_failed());
        }
    }
    decoder.finish().expect("the body is valid");
    rows
}

pub(super) fn ours(body: &[u8]) -> Side<'_> {
    Side::of(|| ImportJob::from_slice(body).expect("the body is valid"))
}

pub(super) fn sonic(body: &[u8]) -> Side<'_> {
    Side::of(|| sonic_rs::from_slice::<derived::Job>(body).expect("the body is valid"))
}

pub(super) fn serde(body: &[u8]) -> Side<'_> {
    Side::of(|| serde_json::from_slice::<derived::Job>(body).expect("the body is valid"))
}

fn skipped(body: &[u8]) -> Side<'_> {
    Side::of(|| serde_json::from_slice::<IgnoredAny>(body).expect("the body is valid"))
}

fn faster(name: impl Into<String>, ratio: f64, least: f64) -> Figure {
    Figure::new(name, ratio, "x-speed", Bound::AtLeast(least))
}

/// The encodings of a job with 100,000 rows, the usual one first.
pub(super) const SHAPES: [(&str, JobBody); 6] = [
    ("usual", JobBody::new(ROWS, 5)),
    ("reversed", JobBody::new(ROWS, 5).with_keys(Keys::Reversed)),
    ("shuffled", JobBody::new(ROWS, 5).with_keys(Keys::Shuffled)),
    ("spaces", JobBody::new(ROWS, 5).with_spaces()),
    ("newer", JobBody::new(ROWS, 5).with_keys(Keys::Newer)),
    ("half-failed", JobBody::new(ROWS, 50)),
];
/// The rows of a large job, 8 MB.
pub const ROWS: u32 = 100_000;
const CHUNK: usize = 16 * 1024;
const SNAPSHOTS: u32 = 1_000;
const TIME: Duration = Duration::from_secs(2);
