//! Kills and pauses workers at random moments, and checks that every import was carried out once.

use std::{ops::Range, time::Duration};

use clap::Args;
use fastrand::Rng;
use prism_imports_sandbox::{Builder, Fault, Moment, On, Sandbox};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::Child,
    time::{Instant, sleep},
};

use super::Trial;
use crate::{BoxError, quota::Limits};

#[derive(Args, Debug)]
pub(crate) struct KillTest {
    /// In each round a few imports are stored, and workers are killed or paused
    #[arg(long, default_value = "50")]
    rounds: usize,
    /// Selects the moments and the workers [default: random]
    #[arg(long)]
    seed: Option<u64>,
    /// The number of worker processes
    #[arg(long, default_value = "3", value_parser = clap::value_parser!(u8).range(1..))]
    workers: u8,
}

impl KillTest {
    pub(crate) async fn run(self, url: &str) -> Result<(), BoxError> {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
        println!("seed {seed}");
        let mut random = Rng::with_seed(seed);
        let limits = Limits {
            per_second: 1_000,
            per_month: 1_000_000,
        };
        let mut trial = Trial::start(url, sandbox(seed), limits).await?;
        let mut workers = Vec::new();
        for number in 0..self.workers {
            workers.push(trial.worker(&format!("0-{number}"), PROMPT)?);
        }
        let (mut rounds, mut killed, mut paused) = (0, 0, 0);
        for round in 1..=self.rounds {
            // The last import is so small that it finishes in the response to its submit.
            for rows in [ROWS, ROWS, ROWS / 10] {
                trial.enqueue(rows).await?;
            }
            let began = Instant::now();
            sleep(LATEST.mul_f64(random.f64())).await;
            let moment = began.elapsed().as_secs_f64();
            let event = match Event::random(&mut random, workers.len()) {
                Event::Kill(victims) => {
                    for victim in victims.clone() {
                        kill(&mut workers[victim]).await?;
                        let name = format!("{round}-{victim}");
                        workers[victim] = trial.worker(&name, PROMPT)?;
                    }
                    killed += victims.len();
                    format!("killed {}", victims.len())
                }
                Event::Pause(victim) => {
                    pause(&workers[victim]).await?;
                    paused += 1;
                    "paused 1".to_owned()
                }
            };
            if !trial.all_ended(LONGEST_ROUND).await? {
                println!("round {round}: some imports did not end in time");
                break;
            }
            rounds = round;
            println!(
                "round {round}: {event} of {} workers after {moment:.3} s, all imports ended after {:.1} s",
                workers.len(),
                began.elapsed().as_secs_f64(),
            );
        }
        // A worker that was paused may still be at work.
        sleep(AFTERWARDS).await;
        drop(workers);
        println!(
            "{} tasks were run again by another worker, {} submits were sent again under their key",
            trial.database.runs_again().await?,
            trial.submits_again(),
        );
        let (lost, twice) = (trial.lost().await?, trial.submitted_twice());
        println!(
            "{rounds} rounds: {} imports, {lost} lost, {twice} submitted twice, {killed} workers killed, \
             {paused} paused",
            trial.imports.len(),
        );
        if lost == 0 && twice == 0 {
            Ok(())
        } else {
            Err("imports were lost or submitted twice".into())
        }
    }
}

/// What happens in a round.
enum Event {
    /// These workers are killed, and replaced.
    Kill(Range<usize>),
    /// This worker stands still until it is counted as dead, and then goes on with the tasks that others have taken over.
    Pause(usize),
}

impl Event {
    fn random(random: &mut Rng, workers: usize) -> Self {
        let victim = random.usize(..workers);
        match random.u8(..10) {
            0 | 1 => Self::Kill(0..workers),
            2 | 3 => Self::Pause(victim),
            _ => Self::Kill(victim..victim + 1),
        }
    }
}

/// Kills a process with SIGKILL. That it has ended before is an error.
async fn kill(worker: &mut Child) -> Result<(), BoxError> {
    if let Some(status) = worker.try_wait()? {
        return Err(format!("a worker ended by itself: {status}").into());
    }
    Ok(worker.kill().await?)
}

/// Stops a process for some time.
async fn pause(worker: &Child) -> Result<(), BoxError> {
    let id = worker
        .id()
        .and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let id = id.ok_or("the worker has ended")?;
    kill_process(id, Signal::STOP)?;
    sleep(PAUSE).await;
    Ok(kill_process(id, Signal::CONT)?)
}

/// A server that answers slowly and fails now and then.
fn sandbox(seed: u64) -> Builder {
    let builder = Sandbox::builder().seed(seed);
    let builder = builder.rows_per_second(ROWS.into()).sync_below(ROWS.into());
    // Time to be killed in, between the request that starts an import and its response.
    let builder = builder.fault(Fault::latency(Duration::from_millis(300)).on(On::Submit));
    let lost_response = Fault::close().on(On::Submit).moment(Moment::After);
    let under_way = Fault::answer(409)
        .error("in_progress", "the key is in use")
        .on(On::Submit);
    let failure = Fault::answer(503).on(On::Poll);
    builder
        .fault(lost_response.probability(0.1))
        .fault(under_way.probability(0.05))
        .fault(failure.probability(0.1))
}

/// The end of a job is seen soon, so that rounds are short.
const PROMPT: &[&str] = &["--pace", "prompt"];
/// The rows of an import that becomes a job, of one second.
const ROWS: u16 = 100;
/// Most imports have ended after this time.
const LATEST: Duration = Duration::from_millis(1_800);
/// A worker is counted as dead after 3 s.
const PAUSE: Duration = Duration::from_millis(4_500);
const AFTERWARDS: Duration = Duration::from_secs(2);
const LONGEST_ROUND: Duration = Duration::from_mins(1);
