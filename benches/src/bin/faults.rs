//! Runs scripted faults with our client and with the alternatives and prints the results. See
//! [`prism_imports_benches::faults`] for the comparison.
//!
//! ```text
//! cargo run --release -p prism-imports-benches --bin faults [-- PART_OF_A_NAME]
//! ```
//!
//! The last line is `N scripts, ours worse in M`. The exit code is a failure if our client is worse in any script or
//! breaks a rule.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use prism_imports_benches::faults::{Report, run_child};
use prism_imports_tests::faults::scripts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout();
    if let Some(line) = run_child(&arguments).await {
        writeln!(out, "{}", line?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut scripts = scripts();
    if let Some(part) = arguments.first() {
        scripts.retain(|script| script.name.contains(part.as_str()));
        if scripts.is_empty() {
            return Err(format!("no script has {part:?} in its name").into());
        }
    }
    let report = Report::run(&scripts, &mut out).await?;
    report.write(&mut out)?;
    Ok(if report.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
