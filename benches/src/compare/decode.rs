//! Decoding a complete job.

use std::{
    env, fs,
    io::{self, Write},
    process,
    time::Duration,
};

use prism_imports_core::{ImportJob, RowDecoder};
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::{
    Bound, Figure, Report, Side,
    encodings::{ENCODINGS, USUAL},
    race,
};
use crate::{
    body::{PROCESSING, complete_job},
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
    for encoding in &ENCODINGS {
        rows(report, encoding.name, encoding.least, &encoding.write(ROWS))?;
    }
    document(report)?;
    let body = USUAL.write(ROWS);
    let [ours, serde, skipped] = race(TIME, [ours(&body), serde(&body), skipped(&body)]);
    report.record(&faster("decode/usual/serde_json", serde / ours, 3.0))?;
    report.record(&faster(
        "decode/usual/serde_json-skipped",
        skipped / ours,
        1.0,
    ))?;
    match python {
        Ok(python) => usual_python(report, &body, python)?,
        Err(error) => report.skip("decode/usual/python", &error.to_string())?,
    }
    incremental(report)?;
    snapshot(report)
}

/// Measures a body against the faster of two rivals, one of which reads ids as UUIDs, and in chunks.
fn rows<W: Write>(report: &mut Report<W>, name: &str, least: f64, body: &[u8]) -> io::Result<()> {
    let is_uuid = sonic_rs::from_slice::<derived::Job<Uuid>>(body).is_ok();
    let uuids = Side::of(|| sonic_rs::from_slice::<derived::Job<Uuid>>(body).ok());
    let chunks = Side::of(|| in_chunks(body));
    let [ours, strings, uuids, chunks] = race(TIME, [ours(body), sonic(body), uuids, chunks]);
    let fastest = if is_uuid { strings.min(uuids) } else { strings };
    report.record(&faster(
        format!("decode/{name}/sonic-rs"),
        fastest / ours,
        least,
    ))?;
    let name = format!("decode/{name}/one-shot");
    report.record(&faster(name, ours / chunks, 0.85))
}

/// Measures a short body, in which the rows are not most of the work.
fn document<W: Write>(report: &mut Report<W>) -> io::Result<()> {
    let body = USUAL.write(20);
    let sides = [
        Side::repeated(SNAPSHOTS, || ImportJob::from_slice(&body).is_ok()),
        Side::repeated(SNAPSHOTS, || {
            sonic_rs::from_slice::<derived::Job>(&body).is_ok()
        }),
        Side::repeated(SNAPSHOTS, || {
            sonic_rs::from_slice::<derived::Job<Uuid>>(&body).is_ok()
        }),
    ];
    let [ours, strings, uuids] = race(TIME, sides);
    let fastest = strings.min(uuids);
    report.record(&faster("decode/20-rows/sonic-rs", fastest / ours, 1.0))
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
    let body = complete_job(1_000_000, 5);
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
        Bound::AtMost(1.25),
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

/// The rows of a large job, 8 MB.
pub const ROWS: u32 = 100_000;
const CHUNK: usize = 16 * 1024;
const SNAPSHOTS: u32 = 1_000;
const TIME: Duration = Duration::from_secs(2);
