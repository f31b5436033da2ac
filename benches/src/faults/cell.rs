//! One cell: a call of a client under a script, in its own process.

use std::{env, error::Error, fs, io, num::ParseIntError, process::Stdio, time::Duration};

use prism_imports_tests::faults::{
    Breach, Call, Earlier, Outcome, Reported, Script, Task, Wire, breaches,
};
use tokio::process::Command;

use super::{Client, TIMES};

/// The result of a call of a client under a script.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cell {
    /// The result that the client reported.
    pub reported: Reported,
    /// The requests that the servers received.
    pub wire: Wire,
    /// The rules that the client broke.
    pub breaches: Vec<Breach>,
}

impl Cell {
    /// Runs a script with a call of a client.
    ///
    /// # Errors
    ///
    /// Returns an error if the process cannot be started or does not finish in time.
    pub async fn run(script: &Script, call: Call, client: Client) -> Result<Self, io::Error> {
        let running = script.start().await;
        let task = running.task(call, TIMES);
        let reported = run_in_child(&task, client).await?;
        let wire = running.wire(call);
        let breaches = breaches(call, &TIMES, &wire, &reported);
        Ok(Self {
            reported,
            wire,
            breaches,
        })
    }
}

/// Runs a task in a child process.
async fn run_in_child(task: &Task, client: Client) -> Result<Reported, io::Error> {
    let mut command = Command::new(env::current_exe()?);
    command
        .args([CHILD, client.name(), task.call.name(), &task.url])
        .args([
            if task.http2 { HTTP2 } else { "http1" },
            &earlier_name(task.earlier),
            &task.row_bytes.to_string(),
        ])
        .env(ROOT, task.root.as_deref().unwrap_or_default())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let output = tokio::time::timeout(LONGEST, command.output()).await??;
    let line = String::from_utf8_lossy(&output.stdout);
    // A killed process, for example one out of memory, prints nothing.
    Ok(
        parse(line.trim())
            .unwrap_or_else(|| Reported::error(format!("crashed: {}", output.status))),
    )
}

/// Runs the task of a cell if the command line is that of a child process, and returns the line to print.
///
/// # Errors
///
/// Returns an error if the command line was not written by [`Cell::run`].
pub async fn run_child(arguments: &[String]) -> Option<Result<String, Box<dyn Error>>> {
    match arguments {
        [child, arguments @ ..] if child == CHILD => Some(run_task(arguments).await),
        _ => None,
    }
}

async fn run_task(arguments: &[String]) -> Result<String, Box<dyn Error>> {
    let [client, call, url, version, earlier, row_bytes] = arguments else {
        return Err("a cell has six arguments".into());
    };
    let client = Client::named(client).ok_or("no such client")?;
    let task = Task {
        call: Call::named(call).ok_or("no such call")?,
        url: url.clone(),
        root: env::var(ROOT).ok().filter(|root| !root.is_empty()),
        http2: version == HTTP2,
        earlier: earlier_named(earlier)?,
        row_bytes: row_bytes.parse()?,
        times: TIMES,
    };
    let reported = client.run(&task).await;
    let outcome = match &reported.outcome {
        Outcome::Answer => "answer",
        Outcome::Wrong => "wrong",
        Outcome::Error(message) => message,
    };
    let elapsed = reported.elapsed.unwrap_or_default().as_micros();
    Ok(format!(
        "{elapsed}|{}|{}|{outcome}",
        peak()?,
        u8::from(reported.unsent)
    ))
}

fn earlier_name(earlier: Earlier) -> String {
    match earlier {
        Earlier::Nothing => "nothing".to_owned(),
        Earlier::Get => "get".to_owned(),
        Earlier::Parked(requests) => requests.to_string(),
    }
}

fn earlier_named(name: &str) -> Result<Earlier, ParseIntError> {
    match name {
        "nothing" => Ok(Earlier::Nothing),
        "get" => Ok(Earlier::Get),
        requests => requests.parse().map(Earlier::Parked),
    }
}

fn parse(line: &str) -> Option<Reported> {
    let mut fields = line.splitn(4, '|');
    let elapsed = Duration::from_micros(fields.next()?.parse().ok()?);
    let peak = fields.next()?.parse().ok()?;
    let unsent = fields.next()? == "1";
    let outcome = match fields.next()? {
        "answer" => Outcome::Answer,
        "wrong" => Outcome::Wrong,
        message => Outcome::Error(message.to_owned()),
    };
    let mut reported = Reported::new(outcome, unsent);
    reported.elapsed = Some(elapsed);
    reported.peak = Some(peak);
    Some(reported)
}

/// Returns the peak memory of this process, in KiB.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    Ok(peak.ok_or("no VmHWM in /proc/self/status")?.parse()?)
}

const CHILD: &str = "--cell";
const HTTP2: &str = "http2";
const ROOT: &str = "FAULTS_ROOT";

/// The time after which a process counts as hung, far above all deadlines.
const LONGEST: Duration = Duration::from_secs(30);
