//! The program itself, killed and started again, in real time.

use std::process::{Command, Stdio};

use prism_imports_sandbox::Sandbox;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{self, Child},
};

use crate::support::{Database, Service};

/// Starts the program, and returns it and its address.
async fn start(base_url: &str, database: &Database) -> (Child, Service) {
    let mut child = process::Command::new(env!("CARGO_BIN_EXE_axum-example"))
        .args(["--listen", "127.0.0.1:0", "--database"])
        .arg(&database.path)
        .env("MICRO_API_KEY", "sandbox-key")
        .env("MICRO_TEAM_ID", "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .env("MICRO_BASE_URL", base_url)
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let base = loop {
        let line = lines.next_line().await.unwrap().expect("it listens");
        if let Some((_, rest)) = line.split_once("listening on ") {
            break rest.split(',').next().unwrap().to_owned();
        }
    };
    // What it logs later is read, so that the pipe does not fill.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, Service::at(base))
}

#[tokio::test]
async fn a_killed_program_finishes_its_import_after_a_restart() {
    let sandbox = Sandbox::builder().rows_per_second(400.0).build().unwrap();
    let server = sandbox.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    let database = Database::new();

    let (mut child, service) = start(&server.base_url(), &database).await;
    let id = service.submitted(800).await;
    let mut events = service.events(&id).await;
    while events.next().await.unwrap()["job"]["processed"].as_u64() < Some(1) {}
    child.kill().await.unwrap();

    let (mut child, service) = start(&server.base_url(), &database).await;
    let end = service.end(&id).await;
    assert_eq!(
        (&end["state"], &end["job"]["processed"]),
        (&"finished".into(), &800.into())
    );
    assert_eq!((sandbox.stats().submits, sandbox.stats().jobs), (1, 1));

    let id = child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(child.wait().await.unwrap().success());
    server.shutdown().await;
}
