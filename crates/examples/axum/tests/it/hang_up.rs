//! Callers that do not wait.

use std::time::Duration;

use axum_example::SUBMIT_WAIT;
use prism_imports_sandbox::{Fault, On, Sandbox};
use tokio::time::{sleep, timeout};

use crate::support::{Database, Service, json_of};

/// A sandbox whose responses to submits take some time.
fn slow(delay: Duration) -> Sandbox {
    let slow = Fault::latency(delay).on(On::Submit);
    Sandbox::builder().fault(slow).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_hangs_up_does_not_cancel_its_import() {
    let sandbox = slow(Duration::from_secs(5));
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;

    let hung_up = timeout(Duration::from_secs(1), service.submit(200).send()).await;
    assert!(hung_up.is_err());
    assert_eq!((sandbox.stats().submits, sandbox.stats().polls), (1, 0));

    sleep(Duration::from_secs(60)).await;
    assert!(sandbox.stats().polls > 0, "the job is watched");
    assert_eq!((sandbox.stats().submits, sandbox.stats().rows), (1, 200));
    service.shutdown().await;
    let status = database.statuses();
    assert!(status[0].contains(r#""state":"finished""#), "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_submit_is_accepted_before_its_response() {
    let sandbox = slow(SUBMIT_WAIT + Duration::from_secs(5));
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;

    let response = service.submit(200).send().await.unwrap();
    assert_eq!(response.status(), 202);
    let status = json_of(response).await;
    assert_eq!(
        (&status["state"], &status["error"]),
        (&"submitting".into(), &().into())
    );
    let end = service.end(status["id"].as_str().unwrap()).await;
    assert_eq!(end["state"], "finished");
    assert_eq!(sandbox.stats().jobs, 1);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_with_a_key_is_the_same_import() {
    let sandbox = slow(Duration::from_secs(5));
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;
    let submit = |rows| {
        service
            .submit(rows)
            .header("idempotency-key", "batch-7")
            .send()
    };

    let hung_up = timeout(Duration::from_secs(1), submit(200)).await;
    assert!(hung_up.is_err());
    // While the import is under way, and after its end.
    let again = submit(200).await.unwrap();
    assert_eq!(
        (again.status().as_u16(), &again.headers()["location"]),
        (202, &"/imports/batch-7".parse().unwrap())
    );
    assert_eq!(json_of(again).await["state"], "running");
    let end = service.end("batch-7").await;
    let again = submit(200).await.unwrap();
    assert_eq!(
        (again.status().as_u16(), &again.headers()["location"]),
        (200, &"/imports/batch-7".parse().unwrap())
    );
    assert_eq!(json_of(again).await, end);

    let other = submit(199).await.unwrap();
    assert_eq!(other.status(), 409);
    assert_eq!(json_of(other).await["error"]["code"], "key_reused");
    assert_eq!((sandbox.stats().submits, sandbox.stats().rows), (1, 200));
}
