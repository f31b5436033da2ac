//! Kills workers at random moments, and checks that every import was carried out once.

use std::{ops::Range, time::Duration};

use clap::Args;
use fastrand::Rng;
use prism_imports_sandbox::{Fault, Moment, On, Sandbox};
use tokio::{
    process::Child,
    time::{Instant, sleep},
};

use super::Trial;
use crate::{
    BoxError,
    database::{Database, with_pool},
    quota::Limits,
};

#[derive(Args, Debug)]
pub(crate) struct KillTest {
    /// In each round a few imports are stored, and workers are killed and replaced
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
        let sandbox = Sandbox::builder()
            .seed(seed)
            .rows_per_second(f64::from(ROWS))
            .sync_below(usize::from(ROWS))
            // Time to be killed in, between the request that starts an import and its response.
            .fault(Fault::latency(Duration::from_millis(300)).on(On::Submit))
            // Responses that are lost: the client submits again by itself.
            .fault(
                Fault::close()
                    .on(On::Submit)
                    .moment(Moment::After)
                    .probability(0.1),
            );
        let limits = Limits {
            per_second: 1_000,
            per_month: 1_000_000,
        };
        let mut trial = Trial::start(url, sandbox, limits).await?;
        let mut workers = Vec::new();
        for number in 0..self.workers {
            workers.push(trial.worker(&format!("0-{number}"), PROMPT)?);
        }
        let (mut rounds, mut killed) = (0, 0);
        for round in 1..=self.rounds {
            // The last import is so small that it finishes in the response to its submit.
            for rows in [ROWS, ROWS, ROWS / 10] {
                trial.enqueue(rows).await?;
            }
            let began = Instant::now();
            sleep(LATEST_KILL.mul_f64(random.f64())).await;
            let moment = began.elapsed();
            let victims = victims(&mut random, workers.len());
            for victim in victims.clone() {
                kill(&mut workers[victim]).await?;
                workers[victim] = trial.worker(&format!("{round}-{victim}"), PROMPT)?;
            }
            killed += victims.len();
            if !trial.all_ended(LONGEST_ROUND).await? {
                println!("round {round}: some imports did not end in time");
                break;
            }
            rounds = round;
            println!(
                "round {round}: killed {} of {} workers after {:.3} s, all imports ended after {:.1} s",
                victims.len(),
                workers.len(),
                moment.as_secs_f64(),
                began.elapsed().as_secs_f64(),
            );
        }
        drop(workers);
        let stats = trial.sandbox().stats();
        println!(
            "{} tasks were run again by another worker, {} submits were sent again under their key",
            trial.database.runs_again().await?,
            stats.submits.saturating_sub(trial.imports.len() as u64),
        );
        let (lost, twice) = (trial.lost().await?, trial.submitted_twice());
        println!(
            "{rounds} rounds: {} imports, {lost} lost, {twice} submitted twice, {killed} workers killed",
            trial.imports.len(),
        );
        if lost == 0 && twice == 0 {
            Ok(())
        } else {
            Err("imports were lost or submitted twice".into())
        }
    }
}

impl Trial {
    /// Counts the imports that did not complete, or whose stored tally is not that of the sandbox.
    async fn lost(&self) -> Result<usize, BoxError> {
        let mut lost = 0;
        for import in &self.imports {
            let stored = self.database.tally(&import.id).await?;
            let rows = u64::from(import.rows);
            let at_server = self.sandbox().imports_under(import.key.as_str());
            let is_stored = stored.is_some_and(|tally| tally.created() == rows);
            if !is_stored
                || !at_server
                    .iter()
                    .any(|carried_out| carried_out.created == rows)
            {
                println!("lost: {}", import.id);
                lost += 1;
            }
        }
        Ok(lost)
    }

    /// Counts the imports that the sandbox carried out more than once. Those under another key than the stored one show in
    /// the number of rows.
    fn submitted_twice(&self) -> u64 {
        let times = |key: &str| self.sandbox().imports_under(key).len() as u64;
        let imports = self.imports.iter();
        let again = imports.map(|import| times(import.key.as_str()).saturating_sub(1));
        let rows: u64 = self
            .imports
            .iter()
            .map(|import| u64::from(import.rows))
            .sum();
        let too_many = self.sandbox().stats().rows.saturating_sub(rows);
        again.sum::<u64>().max(too_many.div_ceil(ROWS.into()))
    }
}

impl Database {
    /// Counts the tasks that were taken from a dead worker: apalis counts another attempt of theirs.
    async fn runs_again(&self) -> Result<i64, BoxError> {
        let statement = match self {
            Self::Sqlite(_) => "SELECT count(*) FROM Jobs WHERE attempts > 1",
            Self::Postgres(_) => "SELECT count(*) FROM apalis.jobs WHERE attempts > 1",
        };
        let (count,): (i64,) =
            with_pool!(self, pool => sqlx::query_as(statement).fetch_one(pool).await?);
        Ok(count)
    }
}

/// Selects one worker; in one round of five all of them, so that none survives.
fn victims(random: &mut Rng, workers: usize) -> Range<usize> {
    if random.u8(..5) == 0 {
        return 0..workers;
    }
    let victim = random.usize(..workers);
    victim..victim + 1
}

/// Kills a process with SIGKILL. That it has ended before is an error.
async fn kill(worker: &mut Child) -> Result<(), BoxError> {
    if let Some(status) = worker.try_wait()? {
        return Err(format!("a worker ended by itself: {status}").into());
    }
    Ok(worker.kill().await?)
}

/// The end of a job is seen soon, so that rounds are short.
const PROMPT: &[&str] = &["--pace", "prompt"];
/// The rows of an import that becomes a job, of one second.
const ROWS: u16 = 100;
/// Most imports have ended after this time.
const LATEST_KILL: Duration = Duration::from_millis(1_800);
/// A worker is found dead after 3 s.
const LONGEST_ROUND: Duration = Duration::from_mins(1);
