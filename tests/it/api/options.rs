//! Options of single calls: retries and headers.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Request,
    header::{self, AsHeaderName},
};
use prism_imports::{
    Client, ImportHandle, ObjectType, Update,
    transport::{
        IntoHttpService, RequestBody, RetryPolicy, Stop,
        retry::{Backoff, Budget},
    },
};
use prism_imports_sandbox::{Builder, Fault, Sandbox};
use prism_imports_tests::{
    rows::contacts,
    server::{KEY, TEAM},
};
use tower::{ServiceExt, service_fn};

use super::{builder, start};

/// A policy of ten attempts.
fn patient() -> RetryPolicy {
    let moment = Duration::from_millis(1);
    RetryPolicy::default()
        .with_max_attempts(10)
        .with_backoff(Backoff::new(moment, moment))
}

fn failing(budget: Budget) -> (Sandbox, Client) {
    let settings = Sandbox::builder().fault(Fault::answer(503)).api_key(KEY);
    let sandbox = settings.build().unwrap();
    // The order of the two settings does not matter.
    let client = builder().retry_budget(budget).retry(RetryPolicy::none());
    let client = client.http_service(sandbox.clone()).build();
    (sandbox, client.unwrap())
}

#[tokio::test(start_paused = true)]
async fn retries_of_a_calls_own_policy_are_paid_from_the_clients_budget() {
    let (sandbox, client) = failing(Budget::new(0.0, 5));
    let imports = client.imports();
    let submit = || imports.submit(ObjectType::Contact).rows(contacts(1));

    // The client's own policy does not retry.
    assert_eq!(imports.get("j-1").await.unwrap_err().attempts(), 1);
    let get = imports.get("j-1").retry(patient().with_max_attempts(3));
    assert_eq!(get.await.unwrap_err().attempts(), 3);
    let error = submit().retry(patient()).await.unwrap_err();
    assert_eq!(error.attempts(), 4);
    assert_eq!(error.report().stop, Some(Stop::BudgetEmpty));
    // Clones, watches and fleets share it.
    let get = client.clone().imports().get("j-1").retry(patient());
    assert_eq!(get.await.unwrap_err().attempts(), 1);
    let mut watch = imports.watch("j-1").retry(patient());
    let first = watch.next().await.unwrap().unwrap();
    assert!(matches!(first, Update::Fault(fault) if fault.attempts() == 1));
    let mut fleet = imports.fleet().retry(patient());
    fleet.add(ImportHandle::new(
        TEAM.parse().unwrap(),
        "j-1".parse().unwrap(),
    ));
    let (_, first) = fleet.next().await.unwrap();
    assert!(matches!(first.unwrap(), Update::Fault(fault) if fault.attempts() == 1));
    assert_eq!(sandbox.requests(), 1 + 3 + 4 + 1 + 1 + 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_retries_are_free() {
    let (sandbox, client) = failing(Budget::unlimited());
    for _ in 0..5 {
        let get = client.imports().get("j-1").retry(patient());
        assert_eq!(get.await.unwrap_err().attempts(), 10);
    }
    assert_eq!(sandbox.requests(), 50);
}

/// Returns all values of a header.
fn all(headers: &HeaderMap, name: impl AsHeaderName) -> Vec<&str> {
    let values = headers.get_all(name).into_iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_headers_of_a_call_replace_the_clients() {
    let received: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
    let settings: Builder = Sandbox::builder().sync_below(0).api_key(KEY);
    let sandbox = settings.build().unwrap();
    let notes = Arc::clone(&received);
    let noting = service_fn(move |request: Request<RequestBody>| {
        notes.lock().unwrap().push(request.headers().clone());
        sandbox.clone().into_http_service().oneshot(request)
    });
    let client = builder().user_agent("billing/2.1").http_service(noting);
    let imports = client.build().unwrap().imports();
    let (agent, accept) = (
        HeaderValue::from_static("billing/3"),
        HeaderValue::from_static("application/vnd.prism+json"),
    );
    let other = HeaderName::from_static("x-trace");

    let handle = start(&imports, 3).await;
    let job = handle;
    imports
        .get(&job)
        .header(header::USER_AGENT, agent.clone())
        .header(header::ACCEPT, accept.clone())
        .await
        .unwrap();
    imports
        .wait(&job)
        .header(header::USER_AGENT, agent.clone())
        .header(header::ACCEPT, accept.clone())
        .await
        .unwrap();
    let rows = imports
        .rows(&job)
        .header(header::USER_AGENT, agent.clone())
        .header(header::ACCEPT, accept.clone());
    drop({ rows }.next().await.unwrap().unwrap());
    imports
        .submit(ObjectType::Contact)
        .rows(contacts(3))
        .header(header::USER_AGENT, agent.clone())
        .header(header::ACCEPT, accept.clone())
        .header(other.clone(), HeaderValue::from_static("1"))
        .header(other.clone(), HeaderValue::from_static("2"))
        .await
        .unwrap();

    let received = received.lock().unwrap();
    let (first, replaced) = received.split_first().unwrap();
    let own = all(first, header::USER_AGENT);
    assert!(matches!(&own[..], [own] if own.ends_with("(billing/2.1)")));
    assert_eq!(all(first, header::ACCEPT), ["application/json"]);
    assert!(replaced.len() >= 4);
    for headers in replaced {
        assert_eq!(all(headers, header::USER_AGENT), [agent.to_str().unwrap()]);
        assert_eq!(all(headers, header::ACCEPT), [accept.to_str().unwrap()]);
    }
    // Several values of one header are all sent.
    assert_eq!(all(replaced.last().unwrap(), other), ["1", "2"]);
}
