//! The log.

use opentelemetry_example::scenario::{KEY, ROW, SUBMIT_KEY, UNKNOWN};

use super::support::{Nothing, run};

#[tokio::test(start_paused = true)]
async fn the_default_level_has_one_line_for_the_call_that_failed() {
    let log = run(Nothing, "info,prism_imports_sandbox=off").await.log;
    assert_eq!(log.lines().count(), 1, "{log}");
    let (_, event) = log.split_once("}: prism_imports::telemetry: ").unwrap();
    let (event, id) = event.split_once(" request_id=").unwrap();
    assert_eq!(
        event,
        format!(
            "call failed error.type=\"not_found\" prism.job.id=\"{UNKNOWN}\" http.response.status_code=404"
        )
    );
    assert!(id.trim().ends_with("\" attempts=1"), "{id}");
    assert!(
        log.contains(" WARN prism.call{otel.name=\"get import\""),
        "{log}"
    );
}

#[tokio::test(start_paused = true)]
async fn no_level_shows_a_key_or_a_row() {
    let run = run(Nothing, "trace").await;
    let exported = format!("{:?}", run.spans);
    assert!(run.log.lines().count() > 10, "{}", run.log);
    for text in [&run.log, &exported] {
        for secret in [KEY, SUBMIT_KEY, ROW] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}
