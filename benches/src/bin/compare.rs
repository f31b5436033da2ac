//! Measures our crates and the alternatives side by side.
//!
//! ```text
//! cargo run --release -p prism-imports-benches --bin compare [-- [GROUP] [--cold-build]]
//! cargo run --release -p prism-imports-benches --bin compare -- --plots FOLDER
//! ```
//!
//! Each line is `name value unit target (≤|≥) bound met|missed`. The last line counts them. A group is a prefix of
//! names: `decode`, `client`, `client/get-64`. With `--plots` it draws the charts of decoding instead.

use std::{env, error::Error, io, path::PathBuf};

use prism_imports_benches::{
    compare::{self, Report, Server},
    rivals::Python,
};

/// The command-line arguments.
#[derive(Default)]
struct Arguments {
    group: Option<String>,
    cold_build: bool,
    plots: Option<PathBuf>,
    serve: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse(env::args().skip(1))?;
    if arguments.serve {
        return Server::serve();
    }
    if let Some(folder) = &arguments.plots {
        return compare::plot(folder);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut report = Report::new(io::stdout().lock(), arguments.group);
    compare::start(&mut report, &runtime)?;
    compare::build(&mut report, arguments.cold_build)?;
    compare::counted(&mut report)?;
    let mut python = Python::start();
    compare::decode(&mut report, &mut python)?;
    compare::growth(&mut report)?;
    compare::submit(&mut report)?;
    compare::client(&mut report, &runtime, &mut python)?;
    compare::fleet(&mut report)?;
    report.finish()?;
    Ok(())
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            match &*word {
                Server::ARGUMENT => arguments.serve = true,
                "--cold-build" => arguments.cold_build = true,
                "--plots" => {
                    let folder = words.next().ok_or("--plots needs a folder")?;
                    arguments.plots = Some(folder.into());
                }
                option if option.starts_with('-') => {
                    return Err(format!("unknown argument {option:?}\n{USAGE}"));
                }
                _ => arguments.group = Some(word),
            }
        }
        Ok(arguments)
    }
}

const USAGE: &str = "usage: compare [GROUP] [--cold-build] | --plots FOLDER";
