//! The commands of the page, against a sandbox on a socket.

use std::{fs, time::Duration};

use prism_imports_sandbox::Sandbox;
use tokio::process::Command;

/// The program, on a database in this directory.
fn program(directory: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_queue-example"));
    let url = format!("sqlite://{}/queue.sqlite", directory.path().display());
    command
        .args(arguments)
        .env("DATABASE_URL", url)
        .kill_on_drop(true);
    command
}

/// Runs a command to its end, and returns its output.
async fn output(directory: &tempfile::TempDir, arguments: &[&str]) -> String {
    let output = program(directory, arguments).output().await;
    let output = output.expect("the program can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn an_import_goes_through_all_commands() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("contacts.ndjson");
    fs::write(&file, "{\"default\":{\"email\":\"ada@example.com\"}}\n\n").unwrap();
    let file = file.to_str().unwrap();

    output(&directory, &["setup"]).await;
    let enqueue = ["enqueue", "june-contacts", file];
    assert_eq!(
        output(&directory, &enqueue).await,
        "june-contacts: queued\n"
    );
    let again = output(&directory, &enqueue).await;
    assert_eq!(again, "june-contacts: was queued before\n");
    assert!(
        output(&directory, &["status"])
            .await
            .contains(" 1 queued\n")
    );

    let sandbox = Sandbox::builder().sync_below(0).build().unwrap();
    let server = sandbox.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut worker = program(&directory, &["worker", "--query-ms", "100"])
        .env("MICRO_BASE_URL", server.base_url())
        .env("MICRO_API_KEY", "sandbox-key")
        .env("MICRO_TEAM_ID", "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .spawn()
        .unwrap();
    let ended = async {
        while !output(&directory, &["status"])
            .await
            .contains(" 1 complete\n")
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let limit = Duration::from_mins(1);
    tokio::time::timeout(limit, ended)
        .await
        .expect("the import completes");
    worker.kill().await.unwrap();
    assert_eq!(sandbox.stats().jobs, 1);
}

#[tokio::test]
async fn rows_that_cannot_be_sent_are_not_stored() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("contacts.ndjson");
    output(&directory, &["setup"]).await;
    for (text, expected) in [
        ("{\"default\":{}}\nemail\n", "error: line 2 is not JSON: "),
        (
            "{\"email\":\"ada@example.com\"}\n",
            "error: submit import: ",
        ),
        ("", "error: submit import: "),
    ] {
        fs::write(&file, text).unwrap();
        let mut enqueue = program(&directory, &["enqueue", "june", file.to_str().unwrap()]);
        let refused = enqueue.output().await.unwrap();
        assert!(!refused.status.success());
        let error = String::from_utf8_lossy(&refused.stderr);
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(
        output(&directory, &["status"])
            .await
            .contains(" 0 queued\n")
    );
}
