//! Tests of the program.
#![cfg(unix)]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prism-imports-sandbox"));
    command
        .args(args)
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts the program on a free port and returns it with its address.
fn start(args: &[&str]) -> (Child, String) {
    let mut child = program(&[&["--addr", "127.0.0.1:0"], args].concat())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let addr = line
        .strip_prefix("listening on http://")
        .and_then(|rest| rest.split(',').next());
    let addr = addr.unwrap_or_else(|| panic!("{line}")).to_owned();
    (child, addr)
}

fn get(addr: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {addr}\r\nx-api-key: sk-1\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn stop(child: Child, signal: &str) -> Output {
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &id])
            .status()
            .unwrap()
            .success()
    );
    child.wait_with_output().unwrap()
}

#[test]
fn serves_until_a_signal_and_logs_no_key() {
    for signal in ["-INT", "-TERM"] {
        let (child, addr) = start(&[]);
        let answer = get(
            &addr,
            "/v2/prism/6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11/imports/x",
        );
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
        assert!(get(&addr, "/sandbox/").contains("<h2>Jobs</h2>"));
        let output = stop(child, signal);
        assert_eq!(output.status.code(), Some(0));
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(
            log.contains("answered") && log.contains("404") && !log.contains("sk-1"),
            "{log}"
        );
    }
}

#[test]
fn a_port_in_use_exits_with_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = program(&["--addr", &addr]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains(&format!("cannot listen on {addr}: ")),
        "{message}"
    );
}

#[test]
fn invalid_settings_are_reported() {
    for (args, code, word) in [
        (["--rows-per-second", "0"], 1, "rows_per_second"),
        (["--api-key", " "], 1, "api_key"),
        (
            ["--scenario", "no/such.json"],
            2,
            "cannot read the scenario no/such.json: No such file",
        ),
        (["--fault", "{}"], 2, "missing field `do`"),
        (
            ["--fault", r#"{"do":{"stall":{"at_percent":101}}}"#],
            1,
            "fault.at_percent",
        ),
        (
            ["--retry-after", "soon"],
            2,
            "one of `seconds`, `millis`, `date`, `absent`",
        ),
        (["--time-scale", "0"], 2, "--time-scale"),
        (["--team", "acme"], 2, "--team"),
        (["--addr", "localhost"], 2, "--addr"),
    ] {
        let output = program(&args).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {message}");
        assert!(message.contains(word), "{args:?}: {message}");
    }
}

#[test]
fn arguments_override_scenarios() {
    let fault = r#"{"on":"poll","times":1,"do":{"answer":{"status":418,"code":"teapot"}}}"#;
    let (child, addr) = start(&[
        "--scenario",
        "failing-jobs",
        "--seed",
        "9",
        "--fault",
        fault,
    ]);
    let path = "/v2/prism/6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11/imports/x";
    assert!(get(&addr, path).contains("teapot"));
    assert!(get(&addr, path).starts_with("HTTP/1.1 404"));
    assert_eq!(stop(child, "-TERM").status.code(), Some(0));
}

#[test]
fn help_describes_every_option() {
    let output = program(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for option in [
        "--addr",
        "--rows-per-second",
        "--sync-below",
        "--api-key",
        "--seed",
        "--scenario",
        "--fault",
    ] {
        let (_, after) = help
            .split_once(&format!("  {option} "))
            .unwrap_or_else(|| panic!("{help}"));
        assert!(after.lines().nth(1).unwrap().trim().len() > 20, "{option}");
    }
}

#[test]
fn the_schema_is_printed() {
    let output = program(&["--schema"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["title"], "A scenario of the Prism imports sandbox");
}

#[test]
fn logging_can_be_disabled_and_invalid_filters_are_reported() {
    let mut quiet = program(&["--addr", "127.0.0.1:0"]);
    let mut child = quiet.env("RUST_LOG", "off").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let addr = line.split(['/', ',']).nth(2).unwrap().to_owned();
    get(&addr, "/");
    let output = stop(child, "-INT");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));

    let output = program(&["--addr", "127.0.0.1:0"])
        .env("RUST_LOG", "sandbox=loud")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("RUST_LOG is invalid")
    );
}

#[test]
fn no_level_of_logs_shows_a_key_or_a_row() {
    let mut command = program(&["--addr", "127.0.0.1:0", "--api-key", "sk-right"]);
    let mut child = command.env("RUST_LOG", "trace").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let addr = line.split(['/', ',']).nth(2).unwrap().to_owned();
    for key in ["sk-right", "sk-wrong"] {
        let body = r#"{"objects": [{"default": {"email": "row-data@example.org"}}, {"default": {"email": "row-data"}}]}"#;
        let mut stream = TcpStream::connect(&addr).unwrap();
        write!(
            stream,
            "POST /v2/prism/6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11/contact/import?api_key=sk-query HTTP/1.1\r\n\
             host: {addr}\r\nx-api-key: {key}\r\nidempotency-key: idem-1\r\ncontent-type: application/json\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len(),
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with(if key == "sk-right" {
                "HTTP/1.1 200"
            } else {
                "HTTP/1.1 403"
            }),
            "{answer}"
        );
    }
    let log = String::from_utf8(stop(child, "-INT").stderr).unwrap();
    assert!(
        log.contains("status=200") && log.contains("status=403"),
        "{log}"
    );
    for secret in ["sk-", "row-data", "idem-1"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
