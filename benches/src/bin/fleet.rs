//! Ten thousand jobs in one task, in virtual time.
//!
//! ```text
//! cargo run --release -p prism-imports-benches --bin fleet -- [JOBS [REQUESTS_PER_SECOND]]
//! ```
//!
//! Every job has 30 rows and takes twenty minutes, and all jobs end together: the worst case for one quota. The program
//! prints the number of polls, the delay until the end of each job is seen, the time of the last first poll compared
//! with fair share, and the memory per job.
#![expect(clippy::print_stdout, reason = "an interactive program")]

use std::{collections::HashMap, env, error::Error, num::NonZeroUsize, time::Duration};

use prism_imports::{Client, ImportHandle, ObjectType, Submitted, poller::Pace, transport::Quota};
use prism_imports_sandbox::Sandbox;
use serde_json::json;
use tokio::time::Instant;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const ROWS: usize = 30;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let jobs: usize = args.next().map_or(Ok(10_000), |jobs| jobs.parse())?;
    let rate: u32 = args.next().map_or(Ok(10), |rate| rate.parse())?;
    let _profiler = dhat::Profiler::builder().testing().build();

    let room = NonZeroUsize::new(jobs).ok_or("a fleet needs at least one job")?;
    let sandbox = Sandbox::builder()
        .sync_below(0)
        .max_jobs(room)
        .max_rows_held(jobs * ROWS);
    let sandbox = sandbox.rows_per_second(ROWS_PER_SECOND).build()?;
    let started = Instant::now();
    let handles = submit(&client(&sandbox, Quota::unlimited())?, jobs).await?;
    let submits = sandbox.requests();
    let end_of_jobs = started + Duration::from_secs_f64(30.0 / ROWS_PER_SECOND);

    let client = client(
        &sandbox,
        Quota::unlimited().with_rate(rate, Duration::from_secs(1)),
    )?;
    let before = dhat::HeapStats::get().curr_bytes;
    let mut fleet = client.imports().fleet().pace(Pace::frugal());
    for handle in handles {
        fleet.add(handle);
    }
    let mut seen = HashMap::with_capacity(jobs);
    let (mut last_first_poll, mut gap, mut done, mut late) =
        (Duration::ZERO, Duration::ZERO, 0_u32, Vec::new());
    let mut per_job = None;
    while let Some((handle, update)) = fleet.next().await {
        let now = Instant::now();
        let update = update?;
        match seen.insert(handle.job_id().clone(), now) {
            None => last_first_poll = now - started,
            Some(before) => gap = gap.max(now - before),
        }
        if seen.len() == jobs && per_job.is_none() {
            let names: usize = seen.keys().map(|id| id.as_str().len() + 48).sum();
            let held = dhat::HeapStats::get()
                .curr_bytes
                .saturating_sub(before + names);
            per_job = Some(held / jobs);
        }
        if update.finished().is_some() {
            done += 1;
            late.push(now.saturating_duration_since(end_of_jobs));
        }
    }
    late.sort_unstable();
    let at = |share: usize| {
        late.get(late.len() * share / 100)
            .or(late.last())
            .copied()
            .unwrap_or_default()
    };
    let fair = Duration::from_secs_f64(f64::from(u32::try_from(jobs)?) / f64::from(rate));
    let polls = sandbox.requests() - submits;
    println!(
        "{done} of {jobs} jobs finished, {polls} polls at {rate} per second, {:.1} per job",
        ratio(polls, jobs)
    );
    println!("last first poll after {last_first_poll:.1?}, fair share {fair:.1?}");
    println!("longest time between two polls of one job {gap:.1?}");
    println!(
        "delay until an end is seen: median {:.1?}, maximum {:.1?}; fair is {fair:.1?} when all jobs end at once",
        at(50),
        at(100)
    );
    println!("memory per job: {} bytes", per_job.unwrap_or_default());
    Ok(())
}

const ROWS_PER_SECOND: f64 = 0.025;

#[expect(clippy::cast_precision_loss, reason = "only printed")]
fn ratio(polls: u64, jobs: usize) -> f64 {
    polls as f64 / jobs as f64
}

fn client(sandbox: &Sandbox, quota: Quota) -> Result<Client, Box<dyn Error>> {
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key("key")
        .quota(quota);
    let client = client
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .http_service(sandbox.clone());
    Ok(client.build()?)
}

async fn submit(client: &Client, jobs: usize) -> Result<Vec<ImportHandle>, Box<dyn Error>> {
    let imports = client.imports();
    let mut handles = Vec::with_capacity(jobs);
    for job in 0..jobs {
        let rows = (0..ROWS)
            .map(|row| json!({"default": {"email": format!("contact{job}.{row}@example.com")}}));
        match imports.submit(ObjectType::Contact).rows(rows).await? {
            Submitted::Started(handle) => handles.push(handle),
            Submitted::Finished(_) => return Err("an import finished synchronously".into()),
        }
    }
    Ok(handles)
}
