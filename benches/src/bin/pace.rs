//! Prints the number of requests of each pace and the delay until it sees the end of a job, for a seeded mix of jobs.

use std::{
    error::Error,
    io::{self, Write as _},
    num::NonZeroU32,
    path::PathBuf,
    process::ExitCode,
};

use prism_imports_benches::pace::{Mix, Report, Shares, plot};

/// The command-line arguments.
#[derive(Debug)]
struct Arguments {
    seed: u64,
    jobs: NonZeroU32,
    svg: Option<PathBuf>,
    by_mix: bool,
    shares: &'static Shares,
}

fn main() -> ExitCode {
    let mut err = io::stderr().lock();
    let outcome = Arguments::parse(std::env::args().skip(1)).map(|arguments| run(&arguments));
    // If the message cannot be written, the exit code still reports the failure.
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            writeln!(err, "{error}").ok();
            ExitCode::FAILURE
        }
        Err(error) => {
            writeln!(err, "{error}\n{USAGE}").ok();
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let report = Report::run(arguments.shares, arguments.seed, arguments.jobs.get());
    writeln!(out, "{report}")?;
    if arguments.by_mix {
        writeln!(out, "{}", report.by_mix())?;
    }
    for target in report.targets() {
        writeln!(out, "{target}")?;
    }
    if let Some(file) = &arguments.svg {
        plot(&report, file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            seed: 1,
            jobs: JOBS,
            svg: None,
            by_mix: false,
            shares: Mix::TUNED,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            let number = |text: String| text.parse().map_err(|error| format!("{text:?}: {error}"));
            match &*word {
                "--seed" => arguments.seed = number(value()?)?,
                "--jobs" => {
                    let jobs = number(value()?)?;
                    arguments.jobs = u32::try_from(jobs)
                        .ok()
                        .and_then(NonZeroU32::new)
                        .ok_or_else(|| format!("{jobs} jobs: not 1 to {}", u32::MAX))?;
                }
                "--svg" => arguments.svg = Some(value()?.into()),
                "--unseen" => arguments.shares = Mix::UNSEEN,
                "--by-mix" => arguments.by_mix = true,
                other => return Err(format!("unknown argument {other:?}")),
            }
        }
        Ok(arguments)
    }
}

const USAGE: &str = "usage: pace [--seed S] [--jobs N] [--svg FILE] [--by-mix] [--unseen]";
/// Enough jobs for the figures to vary by only a few percent between seeds.
const JOBS: NonZeroU32 = NonZeroU32::new(10_000).expect("not 0");
