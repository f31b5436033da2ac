//! What decoding takes from the allocator, counted: a program of its own, since there is one allocator to count in.
//!
//! One test, so that no other one allocates while it counts. With `--nocapture` it prints the figures.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test: figures to read, and a panic is its failure"
)]

use std::fmt::Write;

use dhat::{HeapStats, Profiler};
use prism_imports_core::{
    ImportJob,
    wire::{RowDecoder, Snapshot},
};
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
fn decoding_takes_what_it_says() {
    a_million_rows_are_held_in_32_bytes_each();
    only_failed_rows_allocate();
    rows_as_they_arrive_take_the_memory_of_a_few();
    no_body_takes_more_than_a_small_multiple_of_its_length();
}

fn a_million_rows_are_held_in_32_bytes_each() {
    let body = complete_job(1_000_000, 0, Order::TotalFirst);
    let (job, stats) = counted(|| ImportJob::from_slice(&body).unwrap());
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

    // Where the total stands behind the rows, the vector of rows has to grow, and is cut to size at the end.
    let body = complete_job(1_000_000, 0, Order::TotalLast);
    let (_job, stats) = counted(|| ImportJob::from_slice(&body).unwrap());
    assert!(
        stats.curr_bytes <= 32 * MIB,
        "{} bytes held",
        stats.curr_bytes
    );
    println!(
        "total behind them: {} bytes at most, {} held",
        stats.max_bytes, stats.curr_bytes
    );
}

fn only_failed_rows_allocate() {
    let allocations = |rows, failed| {
        let body = complete_job(rows, failed, Order::TotalFirst);
        counted(|| ImportJob::from_slice(&body).unwrap())
            .1
            .total_blocks
    };
    let (none, all_succeeded) = (allocations(0, 0), allocations(10_000, 0));
    assert!(all_succeeded <= 64, "{all_succeeded} allocations");
    assert!(
        all_succeeded <= none + 1 + LESSON,
        "{all_succeeded} allocations, {none} without rows"
    );
    let some_failed = allocations(10_000, 1_000);
    assert!(
        some_failed <= all_succeeded + 2 * 1_000 + LESSON,
        "{some_failed} allocations, {all_succeeded} without failures"
    );
    println!("10,000 rows: {all_succeeded} allocations, and with 1,000 failed ones {some_failed}");
}

/// Allocations to learn one shape of rows, once for a body.
const LESSON: u64 = 8;

fn rows_as_they_arrive_take_the_memory_of_a_few() {
    let body = complete_job(1_000_000, 10_000, Order::TotalLast);
    let (rows, stats) = counted(|| {
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
        "a million rows as they arrive: {} bytes at most",
        stats.max_bytes
    );
}

/// Bytes taken for each byte of a body, at most, besides [`START`].
///
/// A usual job takes less than half of its body. The dearest bodies are made of the shortest things: an unknown
/// object of one empty name, 7 bytes, is a map of `serde_json` with its first node, and `{}` as a row, 3 bytes with
/// its comma, is 32 bytes of a job, a finding that it names no record, and, where the job is refused, a row of the
/// snapshot, in vectors that double as they grow.
const MULTIPLE: usize = 112;

/// Bytes for a start: tables and messages that do not grow with the body.
const START: usize = 4_096;

fn no_body_takes_more_than_a_small_multiple_of_its_length() {
    for (open, piece, close) in HEAVY {
        let body = [*open, &*piece.repeat(20_000), *close].concat();
        let takes = taken(body.as_bytes());
        println!(
            "{open}{piece}…: {:?} bytes a byte",
            takes.map(|takes| takes / body.len())
        );
        assert!(
            are_few(takes, body.as_bytes()),
            "{open}{piece}…: {takes:?} bytes"
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
            let takes = taken(&body);
            prop_assert!(are_few(takes, &body), "{takes:?} bytes for {}", body.len());
            Ok(())
        })
        .unwrap();
}

fn are_few(takes: [usize; 3], body: &[u8]) -> bool {
    takes
        .iter()
        .all(|takes| *takes <= START + MULTIPLE * body.len())
}

/// Counts the most that each way of reading `body` holds at once: as a job, as a snapshot, and in chunks.
fn taken(body: &[u8]) -> [usize; 3] {
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
        counted(|| ImportJob::from_slice(body)).1.max_bytes,
        counted(|| Snapshot::from_slice(body)).1.max_bytes,
        counted(in_chunks).1.max_bytes,
    ]
}

/// Bodies that make the most of few bytes.
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

/// Runs `work` and counts what it takes; its result is still held when the count is taken.
fn counted<T>(work: impl FnOnce() -> T) -> (T, HeapStats) {
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

/// Makes the body of a complete job whose first `failed` rows failed.
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
