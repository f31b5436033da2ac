//! One cell: a call of a client under a script, in a process of its own.

use std::{env, error::Error, fs, io, process::Stdio, time::Duration};

use prism_imports_tests::faults::{Breach, Call, Errand, Outcome, Script, Told, Wire, breaches};
use tokio::process::Command;

use super::{Client, TIMES};

/// What came of a call of a client under a script.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cell {
    /// What the client tells.
    pub told: Told,
    /// What the servers saw.
    pub wire: Wire,
    /// What it did that no client may do.
    pub breaches: Vec<Breach>,
}

impl Cell {
    /// Plays a script to a call of a client.
    ///
    /// # Errors
    ///
    /// When the process cannot be started, or does not tell what came of it.
    pub async fn play(script: &Script, call: Call, client: Client) -> Result<Self, io::Error> {
        let playing = script.start().await;
        let errand = playing.errand(call, TIMES);
        let told = tell(&errand, client).await?;
        let wire = playing.wire(call);
        let breaches = breaches(call, &TIMES, &wire, &told);
        Ok(Self {
            told,
            wire,
            breaches,
        })
    }
}

/// Runs an errand in a process of its own.
async fn tell(errand: &Errand, client: Client) -> Result<Told, io::Error> {
    let mut command = Command::new(env::current_exe()?);
    command
        .args([CHILD, client.name(), errand.call.name(), &errand.url])
        .args([
            if errand.http2 { HTTP2 } else { "http1" },
            if errand.primed { PRIMED } else { "fresh" },
            &errand.row_bytes.to_string(),
        ])
        .env(ROOT, errand.root.as_deref().unwrap_or_default())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let output = tokio::time::timeout(LONGEST, command.output()).await??;
    let line = String::from_utf8_lossy(&output.stdout);
    // A process that was killed, for its memory say, tells nothing.
    Ok(parse(line.trim()).unwrap_or_else(|| Told::error(format!("crashed: {}", output.status))))
}

/// Runs as the process of a cell, if the command line says so, and returns what it tells.
///
/// # Errors
///
/// When the command line is not one of [`Cell::play`].
pub async fn run_child(words: &[String]) -> Option<Result<String, Box<dyn Error>>> {
    match words {
        [child, words @ ..] if child == CHILD => Some(child_of(words).await),
        _ => None,
    }
}

async fn child_of(words: &[String]) -> Result<String, Box<dyn Error>> {
    let [client, call, url, version, primed, row_bytes] = words else {
        return Err("a cell has six words".into());
    };
    let client = Client::named(client).ok_or("no such client")?;
    let errand = Errand {
        call: Call::named(call).ok_or("no such call")?,
        url: url.clone(),
        root: env::var(ROOT).ok().filter(|root| !root.is_empty()),
        http2: version == HTTP2,
        primed: primed == PRIMED,
        row_bytes: row_bytes.parse()?,
        times: TIMES,
    };
    let told = client.run(&errand).await;
    let outcome = match &told.outcome {
        Outcome::Answer => "answer",
        Outcome::Wrong => "wrong",
        Outcome::Error(word) => word,
    };
    let elapsed = told.elapsed.unwrap_or_default().as_micros();
    Ok(format!(
        "{elapsed}|{}|{}|{outcome}",
        peak()?,
        u8::from(told.unsent)
    ))
}

fn parse(line: &str) -> Option<Told> {
    let mut fields = line.splitn(4, '|');
    let elapsed = Duration::from_micros(fields.next()?.parse().ok()?);
    let peak = fields.next()?.parse().ok()?;
    let unsent = fields.next()? == "1";
    let outcome = match fields.next()? {
        "answer" => Outcome::Answer,
        "wrong" => Outcome::Wrong,
        word => Outcome::Error(word.to_owned()),
    };
    let mut told = Told::new(outcome, unsent);
    told.elapsed = Some(elapsed);
    told.peak = Some(peak);
    Some(told)
}

/// Reads the most memory that this process has had, in KiB.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    Ok(peak.ok_or("no VmHWM in /proc/self/status")?.parse()?)
}

const CHILD: &str = "--cell";
const HTTP2: &str = "http2";
const PRIMED: &str = "primed";
const ROOT: &str = "FAULTS_ROOT";

/// A process that takes this long has hung: no deadline is a tenth of it.
const LONGEST: Duration = Duration::from_secs(30);
