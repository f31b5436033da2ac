//! Kills the command at random instants and resumes it, until every row is accounted for.
//!
//! The sandbox runs in this process, so it survives the command, as the real server would. `KILL_ROUNDS` and `KILL_ROWS` set
//! the size, and `KILL_SEED` the first seed.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use std::{
    collections::BTreeSet,
    env,
    fmt::Write,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use prism_imports_sandbox::{Fault, Moment, On, Sandbox, Server};

const TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A file of rows: one in twenty has an address that the server refuses.
fn rows(path: &Path, rows: u64) -> BTreeSet<String> {
    let mut text = "email,first_name\n".to_owned();
    let mut invalid = BTreeSet::new();
    for row in 0..rows {
        if row % 20 == 7 {
            invalid.insert(format!("nemo-{row}"));
            writeln!(text, "nemo-{row},\"Nemo, {row}\"").unwrap();
        } else {
            writeln!(text, "p{row}@example.org,P{row}").unwrap();
        }
    }
    fs::write(path, text).unwrap();
    invalid
}

fn sandbox(seed: u64) -> Sandbox {
    Sandbox::builder()
        .seed(seed)
        .sync_below(400)
        .rows_per_second(20_000.0)
        .fault(
            Fault::answer(503)
                .header("retry-after-ms", "5")
                .probability(0.007),
        )
        .fault(Fault::close().probability(0.007))
        .fault(
            Fault::close()
                .moment(Moment::After)
                .on(On::Submit)
                .probability(0.02),
        )
        .build()
        .unwrap()
}

struct Import<'a> {
    server: &'a Server,
    folder: &'a Path,
}

impl Import<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prism-import"));
        command
            .args(args)
            .current_dir(self.folder)
            .env("MICRO_API_KEY", "any")
            .env("MICRO_TEAM_ID", TEAM)
            .env("MICRO_BASE_URL", self.server.base_url())
            .env("XDG_CONFIG_HOME", self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Starts or resumes the run, kills it after some time, and returns its exit code if it ended before.
    fn run_for(&self, time: Duration) -> Option<i32> {
        let has_journal = self.output(&["report", "rows.csv.journal"]).status.code() != Some(2);
        let rest = ["--pace", "prompt", "--progress", "none"];
        let args = if has_journal {
            vec!["resume", "rows.csv.journal"]
        } else {
            vec![
                "run",
                "rows.csv",
                "--type",
                "contact",
                "--chunk-rows",
                "500",
            ]
        };
        let mut child = self.command(&[&args[..], &rest].concat()).spawn().unwrap();
        thread::sleep(time);
        // SIGKILL.
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let code = output.status.code();
        assert!(
            matches!(code, None | Some(0 | 1 | 4)),
            "{code:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        code
    }
}

/// Runs one import to its end, and returns how often it was killed.
fn round(seed: u64, count: u64, runtime: &tokio::runtime::Runtime) -> u64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let invalid = rows(&folder.path().join("rows.csv"), count);
    let sandbox = sandbox(seed);
    let server = runtime
        .block_on(sandbox.serve(([127, 0, 0, 1], 0).into()))
        .unwrap();
    let import = Import {
        server: &server,
        folder: folder.path(),
    };

    let mut kills = 0;
    // The first runs are killed early, so that every step is hit; the last one may take its time.
    let code = loop {
        let limit = if kills < 6 { 400 } else { 20_000 };
        match import.run_for(Duration::from_millis(random.u64(5..limit))) {
            Some(4) | None => kills += 1,
            Some(code) => break code,
        }
        assert!(kills < 100, "seed {seed}: the run does not end");
    };
    assert_eq!(code, 1, "seed {seed}: some rows failed");

    let stats = sandbox.stats();
    let failed = invalid.len() as u64;
    assert_eq!(
        (stats.created, stats.rejected, stats.rows),
        (count - failed, failed, count),
        "seed {seed}"
    );
    let report = import.output(&["report", "rows.csv.journal", "--output", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let counted = |name: &str| report["report"][name].as_u64().unwrap();
    let tally = [
        "rows",
        "created",
        "failed",
        "existing",
        "updated",
        "unknown",
        "unreadable",
        "merged",
        "pending",
    ]
    .map(counted);
    assert_eq!(
        tally,
        [count, count - failed, failed, 0, 0, 0, 0, 0, 0],
        "seed {seed}"
    );
    let written = import.output(&["failed", "rows.csv.journal"]);
    let written = String::from_utf8(written.stdout).unwrap();
    let written: BTreeSet<_> = written
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect();
    assert_eq!(written, invalid, "seed {seed}");
    kills
}

#[test]
fn a_run_that_is_killed_imports_every_row_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (rounds, rows) = (number("KILL_ROUNDS", 20), number("KILL_ROWS", 6_000));
    let first = number("KILL_SEED", 1);
    let kills: u64 = (first..first + rounds)
        .map(|seed| round(seed, rows, &runtime))
        .sum();
    println!("{rounds} rounds of {rows} rows, {kills} kills: every row once, every tally exact");
}
