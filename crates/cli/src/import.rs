//! The commands that import: `run`, `resume`, `report` and `failed`.

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use prism_imports::{Imports, ObjectType, poller::Pace};
use prism_imports_pipeline::{
    Assumption, InputOptions, Journal, Mapping, Outcome, Plan, Report, Settings, write_failed,
};
use serde_json::json;

use crate::{
    args::{self, Assume, Connection, Limits, Output, Resume},
    connect::connect,
    exit::{Exit, Failure},
    progress::Progress,
};

/// Imports a file.
pub(crate) async fn run(
    connection: &Connection,
    output: Output,
    progress: args::Progress,
    options: Box<args::Run>,
) -> Result<Exit, Failure> {
    if !options.any_type
        && matches!(
            ObjectType::from(options.object_type.as_str()),
            ObjectType::Other(_)
        )
    {
        let reason = format!(
            "`{}` is no type that this version knows; --any-type takes it",
            options.object_type
        );
        return Err(Failure::usage(reason));
    }
    // Settings that cannot be used are an error before the file is read.
    let imports = if options.dry_run {
        None
    } else {
        Some(connect(connection)?)
    };
    let journal = journal_of(&options)?;
    let input = input_of(&options, &journal)?;
    let plan = Plan::of(&input, settings(&options))?;
    warn(&plan);
    if options.strict
        && let Some(first) = plan.unreadable().first()
    {
        let count = plan.unreadable().len();
        return Err(Failure::usage(format!(
            "{}: {count} rows cannot be read; the first is {first}",
            input.display()
        )));
    }
    let Some(imports) = imports else {
        print_plan(output, &plan)?;
        return Ok(Exit::Done);
    };
    let journal = Journal::create(&journal, &plan)?;
    drop(plan);
    go_on(&imports, output, progress, journal, options.limits).await
}

/// Goes on with a run.
pub(crate) async fn resume(
    connection: &Connection,
    output: Output,
    progress: args::Progress,
    options: Resume,
) -> Result<Exit, Failure> {
    let imports = connect(connection)?;
    let journal = Journal::open(&options.journal)?;
    if let Some(assume) = options.assume {
        let assumption = match assume {
            Assume::Imported => Assumption::Imported,
            Assume::Lost => Assumption::Lost,
        };
        let count = journal.assume(assumption)?;
        eprintln!("{count} imports of unknown outcome were decided");
    }
    go_on(&imports, output, progress, journal, options.limits).await
}

/// Prints the tally of a run.
pub(crate) fn report(output: Output, journal: &Path) -> Result<Exit, Failure> {
    let report = Report::of(journal)?;
    print_report(output, journal, &report, None);
    Ok(Exit::of(&report))
}

/// Writes the rows that failed.
pub(crate) fn failed(journal: &Path, to: Option<&Path>) -> Result<Exit, Failure> {
    let count = match to {
        None => write_failed(journal, io::stdout().lock())?,
        Some(to) => {
            let file = File::create_new(to)
                .map_err(|error| Failure::usage(format!("{}: {error}", to.display())))?;
            write_failed(journal, BufWriter::new(file))?
        }
    };
    eprintln!("{count} rows");
    Ok(Exit::Done)
}

async fn go_on(
    imports: &Imports,
    output: Output,
    progress: args::Progress,
    journal: Journal,
    limits: Limits,
) -> Result<Exit, Failure> {
    let path = journal.path().to_owned();
    let mut progress = Progress::new(progress, &journal.report()?, limits.max_requests);
    let mut run =
        prism_imports_pipeline::Run::new(imports, journal).concurrency(limits.concurrency);
    run = run.pace(match limits.pace {
        args::Pace::Prompt => Pace::prompt(),
        args::Pace::Balanced => Pace::balanced(),
        args::Pace::Frugal => Pace::frugal(),
    });
    if let Some(requests) = limits.max_requests {
        run = run.max_requests(requests);
    }
    let stop = run.stop_handle();
    let mut interrupts = 0_u32;
    loop {
        tokio::select! {
            event = run.next() => match event {
                Some(event) => progress.handle(&event),
                None => break,
            },
            Ok(()) = tokio::signal::ctrl_c() => {
                interrupts = interrupts.saturating_add(1);
                if interrupts > 1 {
                    progress.finish();
                    return Err(stopped(&path));
                }
                stop.stop();
            }
        }
    }
    progress.finish();
    let outcome = run.finish().await?;
    print_report(output, &path, outcome.report(), Some(&outcome));
    Ok(Exit::of(outcome.report()))
}

/// The second Ctrl-C: what was being sent is settled when the run is resumed.
fn stopped(journal: &Path) -> Failure {
    let mut failure = Failure::usage(format!(
        "stopped; go on with: prism-import resume {}",
        journal.display()
    ));
    failure.exit = Exit::Stopped;
    failure
}

fn settings(options: &args::Run) -> Settings {
    let mut input = InputOptions::default();
    if let Some(format) = options.format {
        input = input.format(format);
    }
    if let Some(delimiter) = options.delimiter {
        input = input.delimiter(delimiter);
    }
    if let Some(encoding) = &options.encoding {
        input = input.encoding(encoding);
    }
    let mut mapping = Mapping::default();
    for (column, property) in &options.map {
        mapping = mapping.rename(column, property);
    }
    for (property, of) in &options.types {
        mapping = mapping.column_type(property, *of);
    }
    if options.empty_as_null {
        mapping = mapping.empty_as_null();
    }
    let mut settings = Settings::new(ObjectType::from(options.object_type.as_str()))
        .input(input)
        .mapping(mapping)
        .chunk_rows(options.chunk_rows)
        .chunk_bytes(options.chunk_bytes);
    if let Some(property) = &options.dedupe_by {
        settings = settings.dedupe_by(property);
    }
    if options.merge_duplicates {
        settings = settings.merge_duplicates();
    }
    if options.update_existing {
        settings = settings.option("update_existing", true);
    }
    if options.create_missing_options {
        settings = settings.option("create_missing_options", true);
    }
    if let Some(list) = options.list_id {
        settings = settings.option("list_id", list.to_string());
    }
    settings
}

/// Returns the path of the journal.
fn journal_of(options: &args::Run) -> Result<PathBuf, Failure> {
    if let Some(journal) = &options.journal {
        return Ok(journal.clone());
    }
    if options.file.as_os_str() == "-" {
        return Err(Failure::usage("the standard input needs --journal"));
    }
    Ok(beside(&options.file, ".journal"))
}

/// Returns the file of rows. The standard input is stored beside the journal, so that a run can be resumed.
fn input_of(options: &args::Run, journal: &Path) -> Result<PathBuf, Failure> {
    if options.file.as_os_str() != "-" {
        return Ok(options.file.clone());
    }
    if options.format.is_none() {
        return Err(Failure::usage("the standard input needs --format"));
    }
    let stored = beside(journal, ".input");
    let wrong = |error: io::Error| Failure::usage(format!("{}: {error}", stored.display()));
    let mut file = File::create_new(&stored).map_err(wrong)?;
    io::copy(&mut io::stdin().lock(), &mut file).map_err(wrong)?;
    file.sync_all().map_err(wrong)?;
    fs::canonicalize(&stored).map_err(wrong)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn warn(plan: &Plan) {
    let unreadable = plan.unreadable();
    if let Some(first) = unreadable.first() {
        eprintln!(
            "warning: {} rows cannot be read and are not sent; the first is {first}",
            unreadable.len()
        );
    }
    if let (count, Some(line)) = plan.duplicates() {
        eprintln!("warning: {count} rows repeat an earlier one; the first is on line {line}");
    }
}

fn print_plan(output: Output, plan: &Plan) -> Result<(), Failure> {
    let (rows, unreadable, imports) = (plan.rows(), plan.unreadable().len(), plan.chunks());
    let (requests, (duplicates, _)) = (plan.requests(), plan.duplicates());
    let merged = plan.merged();
    let first = plan.preview(FIRST)?;
    if output == Output::Json {
        let object = json!({
            "rows": rows, "unreadable": unreadable, "duplicates": duplicates, "merged": merged,
            "imports": imports, "requests": requests, "first": first,
        });
        println!("{object}");
        return Ok(());
    }
    println!(
        "{}: {rows} rows, {unreadable} of them unreadable, {duplicates} repeated, {merged} merged",
        plan.path().display()
    );
    for row in first {
        println!("{row}");
    }
    let seconds = requests.div_ceil(REQUESTS_A_SECOND);
    println!(
        "{imports} imports, about {requests} requests, {seconds} s or more; the published limits are 10 a second and 1,000 a month"
    );
    println!("nothing was sent");
    Ok(())
}

fn print_report(output: Output, journal: &Path, report: &Report, outcome: Option<&Outcome>) {
    let requests = outcome.map(Outcome::requests);
    let stopped = outcome.and_then(Outcome::stopped);
    if output == Output::Json {
        let object = json!({
            "journal": journal.display().to_string(),
            "report": report,
            "requests": requests,
            "stopped": stopped.map(ToString::to_string),
        });
        println!("{object}");
        return;
    }
    let requests = requests
        .map(|requests| {
            format!(
                ", {requests} request{}",
                if requests == 1 { "" } else { "s" }
            )
        })
        .unwrap_or_default();
    println!("{} rows = {}{requests}", report.rows(), terms(report));
    let journal = journal.display();
    if let Some(reason) = stopped {
        println!("stopped: {reason}");
    }
    if report.pending() > 0 {
        println!("go on with: prism-import resume {journal}");
    }
    if report.failed() > 0 || report.unreadable() > 0 {
        println!("see the failed rows with: prism-import failed {journal}");
    }
    if report.unknown() > 0 {
        println!(
            "check the records, and decide with: prism-import resume {journal} --assume imported|lost"
        );
    }
}

/// Returns the counters of a tally that are not zero.
fn terms(report: &Report) -> String {
    let counters = [
        (report.created(), "created"),
        (report.updated(), "updated"),
        (report.existing(), "existing"),
        (report.failed(), "failed"),
        (report.unreadable(), "unreadable"),
        (report.merged(), "merged"),
        (report.unknown(), "unknown"),
        (report.pending(), "pending"),
    ];
    let terms = counters.iter().filter(|(count, _)| *count > 0);
    let terms: Vec<_> = terms
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    terms.join(" + ")
}

/// The rows of a plan that are printed.
const FIRST: usize = 3;
/// The published limit of requests.
const REQUESTS_A_SECOND: u64 = 10;
