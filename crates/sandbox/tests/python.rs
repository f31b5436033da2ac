//! Tests of the sandbox with the server's public Python client.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use prism_imports_sandbox::{Fault, RetryHint, Sandbox};

const TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";

/// Returns a Python interpreter that has the client: that of the environment variable, which must have it, or else that
/// of the workspace or of the machine.
fn python() -> Option<PathBuf> {
    if let Some(named) = env::var_os("PRISM_IMPORTS_PYTHON") {
        let named = PathBuf::from(named);
        assert!(has_client(&named), "{} has no micro-so", named.display());
        return Some(named);
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    [own, "python3".into()]
        .into_iter()
        .find(|python| has_client(python))
}

fn has_client(python: &Path) -> bool {
    let output = Command::new(python)
        .args(["-c", "import micro_so"])
        .output();
    output.is_ok_and(|output| output.status.success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_works() {
    let Some(python) = python() else {
        // Written past the captured output, so that a skipped test is visible.
        let word = "SKIPPED the_python_client_works: no Python here has the package micro-so";
        writeln!(io::stderr(), "{word}").unwrap();
        return;
    };
    let sandbox = Sandbox::builder()
        .api_key("py-key")
        .rows_per_second(1_000.0)
        .build()
        .unwrap();
    let soon = Duration::from_millis(10);
    let refusing = Sandbox::builder()
        .fault(
            Fault::answer(429)
                .retry_after(RetryHint::Millis, soon)
                .times(1),
        )
        .fault(Fault::answer(500).skip(1).times(1))
        .fault(Fault::close().skip(2).times(1))
        .fault(
            Fault::answer(503)
                .retry_after(RetryHint::Millis, soon)
                .skip(3)
                .times(2),
        )
        .build()
        .unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let server = sandbox.serve(any).await.unwrap();
    let bad_weather = refusing.serve(any).await.unwrap();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/client.py");
    let mut command = Command::new(python);
    command
        .arg(script)
        .args([server.base_url(), bad_weather.base_url(), TEAM.to_owned()]);
    command
        .env_remove("MICRO_API_KEY")
        .env_remove("MICRO_BASE_URL")
        .env_remove("MICRO_TEAM_ID");
    let run: Output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();

    let said =
        String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(
        run.status.success() && said.contains("all passed"),
        "{said}"
    );
    assert_eq!(sandbox.stats().jobs, 1);
    assert_eq!(refusing.requests(), 6);
}
