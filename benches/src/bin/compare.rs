//! Measures ours beside what people would use instead.
//!
//! ```text
//! cargo run --release -p prism-imports-benches --bin compare [-- GROUP]
//! ```
//!
//! Each line is `name value unit target (≤|≥) bound met|short`; the last one counts them. A group is the beginning
//! of names: `decode`, `transport`, `client`.

use std::{env, error::Error, io};

use prism_imports_benches::{
    compare::{self, Report, Server},
    rivals::Python,
};

fn main() -> Result<(), Box<dyn Error>> {
    let word = env::args().nth(1);
    if word.as_deref() == Some(Server::WORD) {
        return Server::serve();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut report = Report::new(io::stdout().lock(), word);
    compare::start(&mut report, &runtime)?;
    compare::counted(&mut report)?;
    let mut python = Python::start();
    compare::decode(&mut report, &mut python)?;
    compare::transport(&mut report, &runtime)?;
    compare::client(&mut report, &runtime, &mut python)?;
    compare::submit(&mut report)?;
    compare::fleet(&mut report)?;
    compare::growth(&mut report)?;
    report.end()?;
    Ok(())
}
