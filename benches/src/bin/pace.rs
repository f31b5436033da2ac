//! Prints what each pace costs in requests and how late it sees a job's end, on a seeded mix of jobs.

use std::{path::PathBuf, process::ExitCode};

use prism_imports_benches::pace::{Report, plot};

/// What the command line asks for.
#[derive(Debug)]
struct Arguments {
    seed: u64,
    jobs: u32,
    svg: Option<PathBuf>,
    by_mix: bool,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]
fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(fault) => {
            eprintln!("{fault}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let report = Report::run(arguments.seed, arguments.jobs);
    println!("{report}");
    if arguments.by_mix {
        println!("{}", report.by_mix());
    }
    for target in report.targets() {
        println!("{target}");
    }
    if let Some(path) = arguments.svg
        && let Err(fault) = plot(&report, &path)
    {
        eprintln!("{}: {fault}", path.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            seed: 1,
            jobs: 10_000,
            svg: None,
            by_mix: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
            let number = |text: String| text.parse().map_err(|fault| format!("{text:?}: {fault}"));
            match &*word {
                "--seed" => arguments.seed = number(value()?)?,
                "--jobs" => {
                    let jobs = number(value()?)?;
                    arguments.jobs =
                        u32::try_from(jobs).map_err(|fault| format!("{jobs}: {fault}"))?;
                }
                "--svg" => arguments.svg = Some(value()?.into()),
                "--by-mix" => arguments.by_mix = true,
                other => return Err(format!("unknown argument {other:?}")),
            }
        }
        Ok(arguments)
    }
}

const USAGE: &str = "usage: pace [--seed S] [--jobs N] [--svg FILE] [--by-mix]";
