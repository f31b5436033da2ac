//! Measures the memory and the allocations of decoding.
//!
//! The measurement needs a global allocator, so this is a separate test binary. It has only one test, so that no other
//! test allocates during the measurement. With `--nocapture`, it prints the figures.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the test prints figures and fails by panicking"
)]

use std::fmt::Write;

use dhat::{HeapStats, Profiler};
use prism_imports_core::{ImportJob, RowDecoder, wire::Snapshot};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const MIB: usize = 1 << 20;

#[test]
fn decoding_stays_within_its_memory_bounds() {
    a_row_takes_32_bytes();
    only_failed_rows_allocate();
    incremental_decoding_takes_constant_memory();
    the_memory_is_bounded_by_the_length_of_the_body();
    storing_a_job_takes_constant_memory();
    a_job_that_arrives_takes_the_memory_of_its_rows();
}

fn a_job_that_arrives_takes_the_memory_of_its_rows() {
    let body = complete_job(260_000, 0, Order::TotalFirst);
    assert!(body.len() > 20_000_000, "{} bytes", body.len());
    let (job, stats) = measured(|| {
        let mut decoder = RowDecoder::new();
        for chunk in body.chunks(16 * 1024) {
            decoder.push(chunk).unwrap();
        }
        decoder.finish_with_rows().unwrap()
    });
    assert_eq!(Ok(job), ImportJob::from_slice(&body));
    // The rows have 8 MB. While their vector grows, there are two.
    let (most, held) = (stats.max_bytes, stats.curr_bytes);
    assert!(
        most <= 13 * MIB && held <= 9 * MIB,
        "{most} bytes at most, {held} held"
    );
    println!(
        "a job of {} bytes that arrives in chunks: {most} bytes at most, {held} held",
        body.len()
    );
}

fn storing_a_job_takes_constant_memory() {
    let body = complete_job(100_000, 5_000, Order::TotalFirst);
    let job = ImportJob::from_slice(&body).unwrap();
    let ImportJob::Complete(complete) = job.clone() else {
        unreachable!()
    };
    let ((), of_job) = measured(|| serde_json::to_writer(std::io::sink(), &job).unwrap());
    let ((), of_state) = measured(|| serde_json::to_writer(std::io::sink(), &complete).unwrap());
    for bytes in [of_job.max_bytes, of_state.max_bytes] {
        assert!(bytes <= 4 * 1024, "{bytes} bytes at most");
    }
    println!("storing 100,000 rows: {} bytes at most", of_job.max_bytes);
}

fn a_row_takes_32_bytes() {
    let body = complete_job(1_000_000, 0, Order::TotalFirst);
    let (job, stats) = measured(|| ImportJob::from_slice(&body).unwrap());
    assert_eq!(job.rows().unwrap().len(), 1_000_000);
    assert!(
        stats.max_bytes <= 32 * MIB,
        "{} bytes at most",
        stats.max_bytes
    );
    assert!(
        stats.curr_bytes <= 32 * MIB,
        "{} bytes held",
        stats.curr_bytes
    );
    println!(
        "a million rows: {} bytes at most, {} held, {} allocations",
        stats.max_bytes, stats.curr_bytes, stats.total_blocks
    );

    // If the total is after the rows, the vector of rows has to grow, and is shrunk at the end.
    let body = complete_job(1_000_000, 0, Order::TotalLast);
    let (_job, stats) = measured(|| ImportJob::from_slice(&body).unwrap());
    assert!(
        stats.curr_bytes <= 32 * MIB,
        "{} bytes held",
        stats.curr_bytes
    );
    println!(
        "total after the rows: {} bytes at most, {} held",
        stats.max_bytes, stats.curr_bytes
    );
}

fn only_failed_rows_allocate() {
    let allocations = |rows, failed| {
        let body = complete_job(rows, failed, Order::TotalFirst);
        measured(|| ImportJob::from_slice(&body).unwrap())
            .1
            .total_blocks
    };
    let (none, all_succeeded) = (allocations(0, 0), allocations(10_000, 0));
    assert!(all_succeeded <= 64, "{all_succeeded} allocations");
    assert!(
        all_succeeded <= none + 1 + CUT_OFF,
        "{all_succeeded} allocations, {none} without rows"
    );
    let some_failed = allocations(10_000, 1_000);
    assert!(
        some_failed <= all_succeeded + 2 * 1_000 + CUT_OFF,
        "{some_failed} allocations, {all_succeeded} without failures"
    );
    println!("10,000 rows: {all_succeeded} allocations, and with 1,000 failed ones {some_failed}");
}

/// The number of allocations for rows that are cut off at the end of a window.
const CUT_OFF: u64 = 8;

fn incremental_decoding_takes_constant_memory() {
    let body = complete_job(1_000_000, 10_000, Order::TotalLast);
    let (rows, stats) = measured(|| {
        let mut decoder = RowDecoder::new();
        let mut rows = 0;
        for chunk in body.chunks(64 * 1024) {
            decoder.push(chunk).unwrap();
            rows += std::iter::from_fn(|| decoder.next_row()).count();
        }
        decoder.finish().unwrap();
        rows
    });
    assert_eq!(rows, 1_000_000);
    assert!(
        stats.max_bytes <= 4 * MIB,
        "{} bytes at most",
        stats.max_bytes
    );
    println!(
        "a million rows, decoded incrementally: {} bytes at most",
        stats.max_bytes
    );
}

/// The maximum number of bytes per byte of a body, in addition to [`START`].
///
/// A usual job takes less than half of the length of its body. The most expensive bodies consist of very short values.
/// An unknown object with one empty name has 7 bytes and becomes a map of `serde_json` with one node. An empty row has
/// 3 bytes, comma included, and becomes a row of 32 bytes and a finding about the missing record id. If the job is
/// refused, it also becomes a row of the snapshot. All of these are in vectors that double their capacity.
const MULTIPLE: usize = 112;

/// The constant number of bytes for tables and messages, which do not grow with the body.
const START: usize = 4_096;

fn the_memory_is_bounded_by_the_length_of_the_body() {
    for (open, piece, close) in HEAVY {
        let body = [*open, &*piece.repeat(20_000), *close].concat();
        let peaks = peaks(body.as_bytes());
        println!(
            "{open}{piece}…: {:?} bytes per byte",
            peaks.map(|peak| peak / body.len())
        );
        assert!(
            are_bounded(peaks, body.as_bytes()),
            "{open}{piece}…: {peaks:?} bytes"
        );
    }
    let piece = prop_oneof![
        select(PIECES).prop_map(<[u8]>::to_vec),
        vec(any::<u8>(), 0..4)
    ];
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(1_000)
    };
    TestRunner::new(config)
        .run(&vec(piece, 0..400), |pieces| {
            let body = pieces.concat();
            let peaks = peaks(&body);
            prop_assert!(
                are_bounded(peaks, &body),
                "{peaks:?} bytes for {}",
                body.len()
            );
            Ok(())
        })
        .unwrap();
}

fn are_bounded(peaks: [usize; 3], body: &[u8]) -> bool {
    peaks
        .iter()
        .all(|peak| *peak <= START + MULTIPLE * body.len())
}

/// Measures the peak memory of each way of reading `body`: as a job, as a snapshot, and in chunks.
fn peaks(body: &[u8]) -> [usize; 3] {
    let in_chunks = || {
        let mut decoder = RowDecoder::new();
        for chunk in body.chunks(64) {
            let pushed = decoder.push(chunk);
            while decoder.next_row().is_some() {}
            if pushed.is_err() {
                return;
            }
        }
        drop(decoder.finish());
    };
    [
        measured(|| ImportJob::from_slice(body)).1.max_bytes,
        measured(|| Snapshot::from_slice(body)).1.max_bytes,
        measured(in_chunks).1.max_bytes,
    ]
}

/// Bodies that take much memory per byte.
const HEAVY: &[(&str, &str, &str)] = &[
    (
        r#"{"job_id":"j","status":"complete","total":20000,"results":["#,
        "{},",
        "{}]}",
    ),
    (
        r#"{"job_id":"j","status":"complete","total":20001,"results":["#,
        "{},",
        "{}]}",
    ),
    (r#"{"results":["#, "{},", "{}"),
    (r#"{"results":["#, r#"{"error":"x"},"#, "{}]}"),
    (
        r#"{"status":"complete","total":1,"results":["#,
        r#"{"input_index":-1},"#,
        "{}]}",
    ),
    (
        r#"{"status":"complete","total":1,"results":["#,
        r#"{"created":true,"existing":true},"#,
        "{}]}",
    ),
    (r#"{"x":["#, "0,", "0]}"),
    (r#"{"x":["#, "[],", "0]}"),
    (r#"{"x":["#, r#"{"":0},"#, "0]}"),
    (r#"{"x":""#, "\\u00e9", r#""}"#),
    ("", "[", ""),
    ("", " ", ""),
    (r#"{"total":"#, "1", ""),
];

const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"{},",
    b"\"\":",
    b"0,",
    b"\"results\":[",
    b"{\"results\":[",
    b"{\"error\":\"x\"},",
    b"{\"status\":\"complete\",\"total\":9,",
    b"\"x\":",
    b"\xff",
];

/// Runs `work` and measures its memory. The result is still alive at the time of the measurement.
fn measured<T>(work: impl FnOnce() -> T) -> (T, HeapStats) {
    let _profiler = Profiler::builder().testing().build();
    let result = work();
    let stats = HeapStats::get();
    (result, stats)
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    TotalFirst,
    TotalLast,
}

/// Returns the body of a complete job. The first `failed` rows failed.
fn complete_job(rows: usize, failed: usize, order: Order) -> Vec<u8> {
    let mut results = String::new();
    for row in 0..rows {
        results.push_str(if row == 0 { "" } else { "," });
        if row < failed {
            results.push_str(r#"{"error":{"code":"invalid_email","message":"no e-mail address"}}"#);
        } else {
            write!(
                results,
                r#"{{"id":"182bd5e5-6e1a-4fe4-a799-{row:012x}","created":true,"existing":false}}"#
            )
            .unwrap();
        }
    }
    let counters = format!(
        r#""total":{rows},"processed":{rows},"succeeded":{},"failed":{failed}"#,
        rows - failed
    );
    let results = format!(r#""results":[{results}]"#);
    let [first, last] = match order {
        Order::TotalFirst => [counters, results],
        Order::TotalLast => [results, counters],
    };
    let times = r#""created_at":"2026-01-08T00:00:00Z","updated_at":"2026-01-08T00:01:00Z""#;
    format!(r#"{{"job_id":"b5f1","status":"complete",{first},{last},{times}}}"#).into_bytes()
}
