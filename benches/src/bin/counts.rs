//! Counts the allocations of decoding, of calls, of a submit and of a fleet.
//!
//! A counting allocator is slower, so this is a separate program. `compare` runs it and compares its figures with the
//! targets. Each line is `name value`. Nothing depends on time, so the output is deterministic.

use std::{
    error::Error,
    io::{self, Write},
};

use allocation_counter::{AllocationInfo, measure};
use prism_imports::Client;
use prism_imports_benches::{
    body::{JOB, complete_job, contacts},
    compare::{
        Server,
        decode::in_chunks,
        fleet::{started, virtual_time},
        setup::{TEAM, idle_imports},
        submit,
    },
    rivals::{Bare, KEY},
};
use prism_imports_core::ImportJob;
use tokio::runtime::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let mut print = |name, value: f64| writeln!(out, "{name} {value}");

    // The cost of a row is the difference between many and few rows, so one-time allocations do not count.
    let (rows, few) = (100_000, 1_000);
    let (succeeded, few_succeeded) = (decoded(rows, 0)?.1, decoded(few, 0)?.1);
    let more = |many: AllocationInfo, few: AllocationInfo| {
        number(many.count_total) - number(few.count_total)
    };
    let per_row = more(succeeded, few_succeeded) / f64::from(rows - few);
    print("allocations/decode/successful-row", per_row)?;
    let ((some, some_failed), (half, half_failed)) = (decoded(rows, 5)?, decoded(rows, 50)?);
    let per_row = more(half_failed, some_failed) / (half - some);
    print("allocations/decode/failed-row", per_row)?;
    let besides = number(some_failed.count_total) - per_row * some;
    print("allocations/decode/besides", besides)?;
    print(
        "memory/decode/successful-row",
        number(succeeded.bytes_max) / f64::from(rows),
    )?;
    let body = complete_job(1_000_000, 5);
    print(
        "memory/incremental/peak",
        number(allocated(|| in_chunks(&body)).bytes_max) / MIB,
    )?;

    let base = Server::on_a_thread()?;
    let client = Client::builder().api_key(KEY).team_id(TEAM);
    let imports = client.base_url(&*base).build()?.imports();
    let ours = called(async || imports.get(JOB).await.is_ok())?;
    let (bare, url) = (Bare::new(), format!("{base}/v2/prism/{TEAM}/imports/{JOB}"));
    let bare = called(async || bare.get(&url).await.is_ok())?;
    print("allocations/get/client", ours)?;
    print("allocations/get/hyper", bare)?;
    print("allocations/get/more", ours - bare)?;

    let (imports, rows) = (idle_imports()?, contacts(submit::ROWS));
    // A buffer that doubles takes one and a half times its size while it moves. A second buffer would exceed that.
    let written = allocated(|| submit::ours(&imports, &rows));
    let held = number(written.bytes_current.try_into()?);
    print("memory/submit/buffers", number(written.bytes_max) / held)?;

    let (runtime, jobs) = (virtual_time()?, 10_000);
    let held = allocated(|| {
        runtime
            .block_on(started(jobs))
            .map_err(|error| error.to_string())
    });
    print(
        "memory/fleet/job",
        number(held.bytes_current.try_into()?) / f64::from(jobs),
    )?;
    Ok(())
}

/// Decodes a job and returns the number of failed rows and the allocations.
fn decoded(rows: u32, failed_percent: u32) -> Result<(f64, AllocationInfo), Box<dyn Error>> {
    let body = complete_job(rows, failed_percent);
    let failed = ImportJob::from_slice(&body)?.progress().failed();
    let failed = number(failed.ok_or("a complete job has a failure count")?);
    Ok((failed, allocated(|| ImportJob::from_slice(&body))))
}

/// Counts the allocations of a call over a connection that is open already. Those of the server, on its own thread, do
/// not count.
fn called(mut call: impl AsyncFnMut() -> bool) -> Result<f64, Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut calls = |times| (0..times).all(|_| runtime.block_on(call()));
    let mut answered = calls(CALLS);
    let counted = measure(|| answered &= calls(CALLS));
    if answered {
        Ok(number(counted.count_total) / f64::from(CALLS))
    } else {
        Err("a call failed".into())
    }
}

/// Counts the allocations of `work`. Its result is still alive when the count is read.
fn allocated<T>(work: impl FnOnce() -> T) -> AllocationInfo {
    let mut result = None;
    let allocated = measure(|| result = Some(work()));
    drop(result);
    allocated
}

#[expect(clippy::cast_precision_loss, reason = "far below 2⁵²")]
fn number(count: u64) -> f64 {
    count as f64
}

const CALLS: u32 = 1_000;
const MIB: f64 = 1_048_576.0;
