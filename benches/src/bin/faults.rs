//! Plays what networks and servers do wrong to our client and to what people use in its place, and prints what came of
//! it: see [`prism_imports_benches::faults`] for the rule.
//!
//! ```text
//! cargo run --release -p prism-imports-benches --bin faults [-- PART_OF_A_NAME]
//! ```
//!
//! It ends with `N scripts, ours worse in M`, and in failure when ours is worse in any or breaks what no client may.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use prism_imports_benches::faults::{Report, run_child};
use prism_imports_tests::faults::scripts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout();
    if let Some(told) = run_child(&words).await {
        writeln!(out, "{}", told?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut scripts = scripts();
    if let Some(part) = words.first() {
        scripts.retain(|script| script.name.contains(part.as_str()));
        if scripts.is_empty() {
            return Err(format!("no script has {part:?} in its name").into());
        }
    }
    let report = Report::play(&scripts, &mut out).await?;
    report.write(&mut out)?;
    Ok(if report.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
