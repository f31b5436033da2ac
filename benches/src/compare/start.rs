//! The cost of building a client.

use std::{error::Error, fs, io::Write};

use prism_imports::Client;
use tokio::runtime::Runtime;

use super::{Bound, Figure, Report, setup::TEAM};
use crate::rivals::KEY;

/// Counts the additional threads and tasks after a client is built and its first poll is created but not awaited.
///
/// # Errors
///
/// Returns an error if a line cannot be written, or the client cannot be built.
pub fn start<W: Write>(report: &mut Report<W>, runtime: &Runtime) -> Result<(), Box<dyn Error>> {
    if !report.includes("start") {
        return Ok(());
    }
    let before = (threads()?, tasks(runtime));
    let get = runtime.block_on(async {
        let client = Client::builder().api_key(KEY).team_id(TEAM).build()?;
        Ok::<_, Box<dyn Error>>(client.imports().get("b5f1"))
    })?;
    let after = (threads()?, tasks(runtime));
    drop(get);
    for (name, before, after) in [
        ("start/threads", before.0, after.0),
        ("start/tasks", before.1, after.1),
    ] {
        let more = f64::from(after) - f64::from(before);
        report.record(&Figure::new(name, more, "more", Bound::AtMost(0.0)))?;
    }
    Ok(())
}

fn threads() -> Result<u32, Box<dyn Error>> {
    Ok(u32::try_from(fs::read_dir("/proc/self/task")?.count())?)
}

fn tasks(runtime: &Runtime) -> u32 {
    u32::try_from(runtime.metrics().num_alive_tasks()).unwrap_or(u32::MAX)
}
