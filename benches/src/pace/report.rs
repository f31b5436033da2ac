//! The table of results.

use std::fmt;

use prism_imports_core::poller::Pace;

use super::{Job, Outcome, Shares, Stats, Target, Watch, targets};

/// The outcomes of all strategies on the same jobs.
#[derive(Clone, Debug)]
pub struct Report {
    shares: &'static Shares,
    seed: u64,
    jobs: Vec<Job>,
    watches: [(&'static str, Vec<Outcome>); 5],
}

impl Report {
    /// Runs all strategies on jobs drawn from the mixes with this seed.
    pub fn run(shares: &'static Shares, seed: u64, jobs: u32) -> Self {
        let jobs: Vec<Job> = (0..jobs)
            .map(|number| Job::draw(shares, seed, number))
            .collect();
        let watches = [
            ("a fixed 2 s", Watch::Fixed(2.0)),
            ("doubling, 1 s to 60 s", Watch::Doubling(1.0, 60.0)),
            ("Pace::prompt()", Watch::Ours(Pace::prompt())),
            ("Pace::balanced()", Watch::Ours(Pace::balanced())),
            ("Pace::frugal()", Watch::Ours(Pace::frugal())),
        ]
        .map(|(name, watch)| (name, watch.run_all(&jobs, seed)));
        Self {
            shares,
            seed,
            jobs,
            watches,
        }
    }

    /// Returns the name of each strategy and its outcomes in the order of [`jobs`](Self::jobs).
    pub fn watches(&self) -> impl Iterator<Item = (&'static str, &[Outcome])> {
        self.watches
            .iter()
            .map(|(name, outcomes)| (*name, outcomes.as_slice()))
    }

    /// Returns the seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the jobs.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Returns the targets of our presets.
    pub fn targets(&self) -> Vec<Target> {
        let [_, _, prompt, balanced, frugal] =
            [0, 1, 2, 3, 4].map(|watch: usize| Stats::of(&self.watches[watch].1));
        targets(prompt, balanced, frugal)
    }

    /// Returns a table for the jobs of each mix.
    pub fn by_mix(&self) -> ByMix<'_> {
        ByMix(self)
    }

    fn table(&self, f: &mut fmt::Formatter<'_>, is_selected: impl Fn(&Job) -> bool) -> fmt::Result {
        writeln!(
            f,
            "| pace | requests a job, mean (median) | delay, mean (median) |"
        )?;
        writeln!(f, "|---|---|---|")?;
        for (name, outcomes) in self.watches() {
            let selected = self
                .jobs
                .iter()
                .zip(outcomes)
                .filter(|(job, _)| is_selected(job));
            let stats = Stats::of(selected.map(|(_, outcome)| outcome));
            writeln!(
                f,
                "| {name} | {:.1} ({:.0}) | {:.2} s ({:.2} s) |",
                stats.requests_mean, stats.requests_median, stats.delay_mean, stats.delay_median
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} jobs, seed {}\n", self.jobs.len(), self.seed)?;
        self.table(f, |_| true)
    }
}

/// The tables of a report by mix.
#[derive(Clone, Copy, Debug)]
pub struct ByMix<'a>(&'a Report);

impl fmt::Display for ByMix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &(mix, _) in self.0.shares {
            writeln!(f, "\n{mix}\n")?;
            self.0.table(f, |job| job.mix() == mix)?;
        }
        Ok(())
    }
}
