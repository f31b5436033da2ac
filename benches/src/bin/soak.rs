//! Simulates hours of a busy service in minutes: submits imports, watches thousands of jobs and counts every row while
//! a share of all requests fails.
//!
//! ```text
//! cargo run --release -p prism-imports-benches --bin soak -- --minutes 10
//! ```
//!
//! The sandbox runs in the same process and listens on loopback. The program succeeds if no import and no row was lost
//! or doubled, the counts of the client equal those of the sandbox, and memory did not grow after the first two
//! minutes.
#![expect(clippy::print_stdout, reason = "an interactive program")]

use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser as _;
use prism_imports::{Client, RetryPolicy, poller::Pace};
use prism_imports_benches::soak::{Arguments, Calls, LONGEST_WAIT, Memory, Meter, Minute, Total};
use prism_imports_sandbox::Server;
use prism_imports_tests::{
    load::Load,
    server::{KEY, TEAM, serve},
};
use tokio::time::{Instant, sleep_until, timeout};

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    println!("{arguments:?}");
    let server = serve(arguments.sandbox()).await;
    let meter = Meter::default();
    let load = Arc::new(Load::new(arguments.orders(), arguments.slots()));
    // Separate clients, so a 429 to one does not delay the other.
    let pace = Pace::builder().longest(LONGEST_WAIT).build()?;
    let fleet = client(&server, &meter)?.imports().fleet().pace(pace);
    let run = Arc::clone(&load).run(
        arguments.submitters.get().into(),
        client(&server, &meter)?.imports(),
        fleet,
    );
    let mut run = tokio::spawn(run);

    let (mut memory, mut calls) = (Memory::default(), Calls::default());
    let (began, mut faults) = (Instant::now(), load.tally().faults().clone());
    for minute in 1..=arguments.minutes.get() {
        sleep_until(began + MINUTE * minute.into()).await;
        let measured = memory.measure();
        let new = meter.take();
        let tally = load.tally();
        println!("{}", Minute::new(minute, &tally, &faults, &new, measured));
        faults.clone_from(tally.faults());
        calls.add(&new);
    }

    load.orders().close();
    if timeout(REST, &mut run).await.is_err() {
        println!("jobs are still open after {REST:?}");
        run.abort();
    }
    calls.add(&meter.take());
    let stats = server.sandbox().stats();
    let tally = load.tally();
    let total = Total::new(&tally, stats, &calls, memory.flatness());
    println!("{total}");
    Ok(if total.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn client(server: &Server, meter: &Meter) -> Result<Client, Box<dyn Error>> {
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key(KEY)
        .team_id(TEAM)
        .attempt_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(20))
        .retry(RetryPolicy::default().with_max_attempts(5))
        .observer(Arc::new(meter.clone()));
    Ok(client.build()?)
}

const MINUTE: Duration = Duration::from_secs(60);
/// The time limit for the running jobs to end: twice the duration of the longest job.
const REST: Duration = Duration::from_secs(400);
