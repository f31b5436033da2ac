//! Submits that the server refuses, and submits whose outcome is unknown.

use std::time::Duration;

use prism_imports_sandbox::{Fault, Moment, On, Sandbox};
use tokio::time::sleep;

use crate::support::{Database, Service, json_of};

fn with(fault: Fault) -> Sandbox {
    let fault = fault.on(On::Submit);
    Sandbox::builder().fault(fault).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_refused_submit_is_over() {
    let limited = Fault::answer(429).header("retry-after", "120");
    let invalid = Fault::answer(400).error("invalid_request", "the list is unknown");
    for (fault, status, code, retry_after) in [
        (limited, 503, "rate_limited", Some("120")),
        (invalid, 422, "rejected", None),
    ] {
        let (sandbox, database) = (with(fault), Database::new());
        let service = Service::start(&sandbox, &database.path).await;
        let response = service.submit(200).send().await.unwrap();
        assert_eq!(response.status(), status);
        let hint = response.headers().get("retry-after");
        assert_eq!(hint.map(|hint| hint.to_str().unwrap()), retry_after);
        let refused = json_of(response).await;
        assert_eq!(refused["state"], "refused");
        let error = &refused["error"];
        assert_eq!(
            (&error["code"], &error["commit"]),
            (&code.into(), &"not_committed".into())
        );

        sleep(Duration::from_secs(7200)).await;
        assert_eq!(
            service.status(refused["id"].as_str().unwrap()).await,
            refused
        );
        assert_eq!(sandbox.requests(), 1, "it is not sent again");
        service.shutdown().await;
        assert_eq!(database.stages(), [] as [String; 0], "the rows are deleted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_submit_of_unknown_outcome_is_sent_again_under_its_key() {
    let lost = Fault::close().moment(Moment::After);
    let (sandbox, database) = (
        with(lost.during(Duration::ZERO, Duration::from_secs(25))),
        Database::new(),
    );
    let service = Service::start(&sandbox, &database.path).await;

    let response = service.submit(200).send().await.unwrap();
    assert_eq!(response.status(), 502);
    assert!(response.headers().contains_key("location"));
    let status = json_of(response).await;
    assert_eq!(
        (&status["state"], &status["error"]["commit"]),
        (&"submitting".into(), &"unknown".into())
    );

    let id = status["id"].as_str().unwrap();
    let end = service.end(id).await;
    assert_eq!(
        (&end["state"], &end["error"]),
        (&"finished".into(), &().into())
    );
    assert_eq!(sandbox.imports_under(id).len(), 1);
    assert_eq!((sandbox.stats().jobs, sandbox.stats().rows), (1, 200));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_fails_begins_again() {
    let down = Fault::answer(503)
        .on(On::Poll)
        .during(Duration::ZERO, Duration::from_secs(3600));
    let sandbox = Sandbox::builder().fault(down).build().unwrap();
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;
    let id = service.submitted(200).await;
    let mut events = service.events(&id).await;
    let mut codes = Vec::new();
    let end = loop {
        let event = events.next().await.unwrap();
        codes.extend(event["error"]["code"].as_str().map(str::to_owned));
        if event["state"] != "running" {
            break event;
        }
    };
    assert!(codes.contains(&"server".into()), "{codes:?}");
    assert_eq!(
        (&end["state"], &end["job"]["failed"]),
        (&"finished".into(), &6.into())
    );
    assert!(
        sandbox.requests() < 100,
        "{} requests in an hour",
        sandbox.requests()
    );
}
