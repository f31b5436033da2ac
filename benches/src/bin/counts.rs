//! Counts what decoding, calls, a submit and a fleet take from the allocator.
//!
//! A program of its own, since an allocator that counts is slower: `compare` runs it and judges its figures. Each
//! line is `name value`. Nothing here depends on time, so that it says the same every time.

use std::{
    error::Error,
    io::{self, Write},
};

use allocation_counter::{AllocationInfo, measure};
use prism_imports_benches::{
    body::{complete_job, contacts},
    compare::{
        decode::in_chunks,
        fleet::{started, virtual_time},
        setup::idle_imports,
        submit,
        transport::{self, Calls},
    },
};
use prism_imports_core::ImportJob;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let mut tell = |name, value: f64| writeln!(out, "{name} {value}");

    // What a row costs is what more rows of its kind cost more, so that what is allocated once is in no row's bill.
    let (rows, few) = (100_000, 1_000);
    let (succeeded, few_succeeded) = (decoded(rows, 0)?.1, decoded(few, 0)?.1);
    let more = |many: AllocationInfo, few: AllocationInfo| {
        number(many.count_total) - number(few.count_total)
    };
    let a_row = more(succeeded, few_succeeded) / f64::from(rows - few);
    tell("allocations/decode/successful-row", a_row)?;
    let ((some, some_failed), (half, half_failed)) = (decoded(rows, 5)?, decoded(rows, 50)?);
    let a_row = more(half_failed, some_failed) / (half - some);
    tell("allocations/decode/failed-row", a_row)?;
    let besides = number(some_failed.count_total) - a_row * some;
    tell("allocations/decode/besides", besides)?;
    tell(
        "memory/decode/successful-row",
        number(succeeded.bytes_max) / f64::from(rows),
    )?;
    let body = complete_job(1_000_000, 5);
    tell(
        "memory/incremental/peak",
        number(taken(|| in_chunks(&body)).bytes_max) / MIB,
    )?;

    let calls = [
        called(transport::generic())?,
        called(transport::boxed())?,
        called(transport::rival())?,
    ];
    let [generic, boxed, rival] = calls.map(|calls| number(calls.count_total));
    tell("allocations/transport/generic", generic - rival)?;
    tell("allocations/transport/boxed", boxed - rival)?;

    let (imports, rows) = (idle_imports()?, contacts(submit::ROWS));
    // A buffer that doubles when it is full is one and a half of itself while it moves; a second one shows.
    let written = taken(|| submit::ours(&imports, &rows));
    let held = number(written.bytes_current.try_into()?);
    tell("memory/submit/buffers", number(written.bytes_max) / held)?;

    let (runtime, jobs) = (virtual_time()?, 10_000);
    let held = taken(|| {
        runtime
            .block_on(started(jobs))
            .map_err(|error| error.to_string())
    });
    tell(
        "memory/fleet/job",
        number(held.bytes_current.try_into()?) / f64::from(jobs),
    )?;
    Ok(())
}

/// Decodes a job, and returns how many of its rows failed and what that took.
fn decoded(rows: u32, failed_percent: u32) -> Result<(f64, AllocationInfo), Box<dyn Error>> {
    let body = complete_job(rows, failed_percent);
    let failed = ImportJob::from_slice(&body)?.progress().failed();
    let failed = number(failed.ok_or("a complete job counts its failures")?);
    Ok((failed, taken(|| ImportJob::from_slice(&body))))
}

/// Counts what a call takes when the service is warm.
fn called<B: Send>(mut service: impl Calls<B>) -> Result<AllocationInfo, Box<dyn Error>> {
    let runtime = virtual_time()?;
    let mut answered = true;
    let mut once = || answered &= runtime.block_on(transport::call(&mut service));
    once();
    let calls = measure(once);
    if answered {
        Ok(calls)
    } else {
        Err("a call fails".into())
    }
}

/// Counts what a work takes; its result is held when the count is taken.
fn taken<T>(work: impl FnOnce() -> T) -> AllocationInfo {
    let mut result = None;
    let taken = measure(|| result = Some(work()));
    drop(result);
    taken
}

#[expect(clippy::cast_precision_loss, reason = "far below 2⁵²")]
fn number(count: u64) -> f64 {
    count as f64
}

const MIB: f64 = 1_048_576.0;
