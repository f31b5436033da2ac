//! The command as a script uses it: exit codes, outputs, and files that cannot be used.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use prism_imports_sandbox::{Fault, On, Sandbox, Server};
use tempfile::TempDir;

/// A folder with a file of rows, and perhaps a server.
struct Case {
    folder: TempDir,
    server: Option<Server>,
    runtime: tokio::runtime::Runtime,
}

const ROWS: &str = "email,first_name\nada@example.org,Ada\ngrace@example.org,Grace\nnemo,Nemo\n";

impl Case {
    fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), content).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        Self {
            folder,
            server: None,
            runtime,
        }
    }

    fn served(mut self, sandbox: &Sandbox) -> Self {
        let served = self
            .runtime
            .block_on(sandbox.serve(([127, 0, 0, 1], 0).into()));
        self.server = Some(served.unwrap());
        self
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prism-import"));
        command
            .args(line.split_whitespace())
            .current_dir(self.path());
        for name in [
            "MICRO_API_KEY",
            "MICRO_TEAM_ID",
            "MICRO_BASE_URL",
            "MICRO_API_KEY_FILE",
            "PRISM_IMPORT_CONFIG",
        ] {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", self.path());
        if let Some(server) = &self.server {
            command
                .env("MICRO_API_KEY", "the-key")
                .env("MICRO_BASE_URL", server.base_url());
            command.env("MICRO_TEAM_ID", "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11");
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the command, and checks its exit code and a part of what it printed.
    fn check(&self, line: &str, code: i32, part: &str) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(line).output().unwrap();
        let printed = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(code), "{line}: {printed}");
        assert!(printed.contains(part), "{line}: {printed}");
        assert!(!printed.contains("the-key"), "{line}: {printed}");
        printed
    }
}

const RUN: &str = "run rows.csv --type contact --dedupe-by email";

#[test]
fn each_end_has_its_exit_code() {
    let good = Case::new("rows.csv", "email\nada@example.org\n");
    good.check(
        &format!("{RUN} --sandbox"),
        0,
        "1 rows = 1 created, 1 request",
    );
    let case = Case::new("rows.csv", ROWS);
    case.check(
        &format!("{RUN} --sandbox --dry-run"),
        0,
        "1 imports, about 5 requests",
    );
    assert!(!case.path().join("rows.csv.journal").exists());
    case.check(
        &format!("{RUN} --sandbox"),
        1,
        "3 rows = 2 created + 1 failed, 1 request",
    );
    case.check("report rows.csv.journal", 1, "3 rows = 2 created");
    case.check("resume rows.csv.journal --sandbox", 1, "3 rows = 2 created");
    case.check("failed rows.csv.journal", 0, "nemo,Nemo,invalid_email,");
    case.check(RUN, 2, "MICRO_API_KEY");
    case.check(&format!("{RUN} --sandbox"), 2, "there is a journal already");

    let denied =
        Case::new("rows.csv", ROWS).served(&Sandbox::builder().api_key("another").build().unwrap());
    denied.check(RUN, 5, "access denied");
    denied.check("report rows.csv.journal", 4, "3 rows = 3 pending");
}

#[test]
fn a_server_that_is_down_leaves_a_run_that_can_be_resumed() {
    let fault = Fault::answer(503)
        .header("retry-after-ms", "1")
        .on(On::Submit)
        .times(40);
    let sandbox = Sandbox::builder().fault(fault).build().unwrap();
    let case = Case::new("rows.csv", ROWS).served(&sandbox);
    let printed = case.check(
        &format!("{RUN} --max-requests 5"),
        4,
        "stopped: the limit of requests is reached",
    );
    assert!(
        printed.contains("prism-import resume rows.csv.journal"),
        "{printed}"
    );
    let mut code = Some(4);
    while code == Some(4) {
        code = case
            .command("resume rows.csv.journal")
            .output()
            .unwrap()
            .status
            .code();
    }
    assert_eq!(
        (code, sandbox.stats().created, sandbox.stats().rejected),
        (Some(1), 2, 1)
    );
}

#[test]
fn an_import_that_is_too_large_is_halved() {
    let sandbox = Sandbox::builder().max_rows_per_import(30).build().unwrap();
    let rows: Vec<_> = (0..100).map(|n| format!("p{n}@example.org")).collect();
    let case = Case::new("rows.csv", format!("email\n{}\n", rows.join("\n"))).served(&sandbox);
    case.check(RUN, 0, "100 rows = 100 created");
    assert_eq!((sandbox.stats().created, sandbox.stats().rows), (100, 100));
}

#[test]
fn requests_are_few() {
    let sandbox = Sandbox::builder()
        .rows_per_second(1_000_000.0)
        .build()
        .unwrap();
    let rows: Vec<_> = (0..100_000).map(|n| format!("p{n}@example.org")).collect();
    let case = Case::new("rows.csv", format!("email\n{}\n", rows.join("\n"))).served(&sandbox);
    let printed = case.check(&format!("{RUN} --output json"), 0, "\"created\":100000");
    let json: serde_json::Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    assert_eq!(json["requests"], sandbox.requests());
    assert_eq!(sandbox.stats().submits, 100);
    assert!(sandbox.stats().polls <= 300, "{}", sandbox.stats().polls);
}

#[test]
fn the_standard_input_is_read() {
    let case = Case::new("unused", "");
    let line = "run - --type contact --format ndjson --journal rows.journal --sandbox";
    let mut child = case.command(line).stdin(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"{\"email\":\"ada@example.org\"}\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    case.check(
        "run - --type contact --format csv --sandbox",
        2,
        "needs --journal",
    );
}

#[test]
fn what_cannot_be_used_is_named() {
    let check = |name: &str, content: &[u8], part: &str| {
        let case = Case::new(name, content);
        let printed = case.check(&format!("run {name} --type contact --sandbox"), 2, part);
        assert!(printed.contains(name), "{printed}");
    };
    check("rows.csv", b"", "it is empty");
    check("rows.csv", b"email\n", "it has no rows");
    check("rows.bin", b"email\n", "its name does not say its format");
    check("rows.csv", b"PK\x03\x04....", "save it as CSV");
    check("rows.csv", b"\xff\xfee\0m\0", "it has no rows");
    check("rows.json", b"{}", "does not begin with `[`");
    check(
        "rows.csv",
        b"email,email\na,b\n",
        "two columns are the property `email`",
    );
    let case = Case::new("rows.csv", ROWS);
    fs::create_dir(case.path().join("folder.csv")).unwrap();
    case.check("run folder.csv --type contact --sandbox", 2, "folder.csv: ");
    case.check(
        "run missing.csv --type contact --sandbox",
        2,
        "missing.csv: No such file",
    );
    case.check(
        "run rows.csv --type invoice --sandbox",
        2,
        "`invoice` is no type",
    );
    case.check(
        "run rows.csv --type contact --map a --sandbox",
        2,
        "it has no `=`",
    );
    case.check(&format!("{RUN} --sandbox --base-url x"), 1, "3 rows");
    case.check("report missing.journal", 2, "there is no such journal");
    case.check("report rows.csv", 2, "rows.csv: file is not a database");
    case.check(
        "resume rows.csv.journal --sandbox --config missing.toml",
        1,
        "3 rows",
    );
    case.check(
        "status j-1 --config missing.toml",
        2,
        "missing.toml: No such file",
    );
    fs::write(case.path().join("bad.toml"), "api_key = 'x'").unwrap();
    case.check("status j-1 --config bad.toml", 2, "unknown field");
}

#[test]
fn a_file_that_was_changed_is_not_sent() {
    let sandbox = Sandbox::builder().build().unwrap();
    let case = Case::new("rows.csv", ROWS).served(&sandbox);
    case.check(&format!("{RUN} --max-requests 1"), 4, "3 rows = 3 pending");
    fs::write(case.path().join("rows.csv"), "email\neve@example.org\n").unwrap();
    case.check(
        "resume rows.csv.journal",
        2,
        "rows.csv: it was changed since the run was planned",
    );
    assert_eq!(sandbox.requests(), 0);
}

#[test]
fn the_plain_calls_work_for_scripts() {
    let sandbox = Sandbox::builder()
        .sync_below(0)
        .rows_per_second(1_000_000.0)
        .build()
        .unwrap();
    let case = Case::new("rows.csv", ROWS).served(&sandbox);
    let printed = case.check(
        &format!("{RUN} --progress json --pace prompt"),
        1,
        "3 rows = 2 created",
    );
    assert!(printed.contains(r#""event":"progress""#), "{printed}");
    let journal = rusqlite::Connection::open(case.path().join("rows.csv.journal")).unwrap();
    let select = "SELECT handle ->> '$.job' FROM chunk";
    let job: String = journal.query_row(select, [], |row| row.get(0)).unwrap();
    let status = case.check(&format!("status {job} --output json"), 0, &job);
    let summary: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(summary["total"], 3);
    case.check(&format!("wait {job}"), 1, "complete");
    case.check(&format!("rows {job}"), 1, r#""error_code":"invalid_email""#);
    case.check("status unknown", 5, "no such job");
    case.check("completions bash", 0, "prism-import");
}
