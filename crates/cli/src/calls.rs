//! The plain calls, for scripts.

use std::io::Write;

use prism_imports::{Finished, ImportJob, Row};
use serde_json::json;

use crate::{
    args::{Connection, Output},
    connect::connect,
    exit::{Exit, Failure},
};

/// Prints the state of a job.
pub(crate) async fn status(
    connection: &Connection,
    output: Output,
    job: &str,
) -> Result<Exit, Failure> {
    let job = connect(connection)?.get(job).await?;
    print_job(output, &job)?;
    Ok(Exit::Done)
}

/// Waits until a job is finished, and prints it.
pub(crate) async fn wait(
    connection: &Connection,
    output: Output,
    job: &str,
) -> Result<Exit, Failure> {
    let end = connect(connection)?.wait(job).await?;
    let exit = match &end {
        Finished::Complete(job) if job.tally().failed() == 0 => Exit::Done,
        Finished::Complete(_) | Finished::Failed(_) => Exit::Failed,
    };
    print_job(output, &end.into())?;
    Ok(exit)
}

/// Prints the results of the rows of a job as they arrive.
pub(crate) async fn rows(connection: &Connection, job: &str) -> Result<Exit, Failure> {
    let mut rows = connect(connection)?.rows(job);
    let mut exit = Exit::Done;
    while let Some(row) = rows.next().await {
        let row: Row = row?;
        if row.is_failed() {
            exit = Exit::Failed;
        }
        let error = row.error();
        let line = json!({
            "index": row.index(),
            "id": row.id().map(|id| id.to_string()),
            "outcome": outcome(&row),
            "error_code": error.and_then(|error| error.code()),
            "error_message": error.and_then(|error| error.message()),
        });
        writeln!(std::io::stdout(), "{line}").map_err(Failure::usage)?;
    }
    Ok(exit)
}

fn outcome(row: &Row) -> &'static str {
    use prism_imports::Outcome;
    match row.outcome() {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Existing => "existing",
        Outcome::Failed(_) => "failed",
        Outcome::Unspecified => "unspecified",
    }
}

fn print_job(output: Output, job: &ImportJob) -> Result<(), Failure> {
    let summary = job.summary();
    match output {
        Output::Json => println!(
            "{}",
            serde_json::to_string(&summary).map_err(Failure::usage)?
        ),
        Output::Text => println!("{}: {}", job.status(), job.progress()),
    }
    Ok(())
}
