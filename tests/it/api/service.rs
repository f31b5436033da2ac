//! Calls as tower services, and layers of the application.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use prism_imports::{
    Client, Error, GetImport, ImportJob, ObjectType, Reply, transport::RequestBody,
};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::{
    rows::contacts,
    server::{KEY, TEAM},
};
use tower::{
    ServiceBuilder, ServiceExt, layer::layer_fn, limit::ConcurrencyLimitLayer, util::MapRequest,
};

#[derive(Clone, Default)]
struct Count(Arc<AtomicU32>);

impl Count {
    fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn layers_see_each_call_and_each_attempt_once() {
    let (calls, attempts) = (Count::default(), Count::default());
    let sandbox = Sandbox::builder()
        .api_key(KEY)
        .sync_below(0)
        .fault(Fault::answer(503).on(On::Submit).times(2));
    let sandbox = sandbox.build().unwrap();
    let (of_call, of_attempt) = (calls.clone(), attempts.clone());
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .layer(layer_fn(move |inner| {
            let count = of_call.clone();
            MapRequest::new(inner, move |request: http::Request<RequestBody>| {
                count.add();
                assert!(
                    request.headers().get("x-api-key").is_none(),
                    "a call layer saw the API key"
                );
                request
            })
        }))
        .attempt_layer(layer_fn(move |inner| {
            let count = of_attempt.clone();
            MapRequest::new(inner, move |request: http::Request<_>| {
                count.add();
                assert!(
                    request
                        .headers()
                        .get("x-api-key")
                        .is_some_and(http::HeaderValue::is_sensitive)
                );
                request
            })
        }))
        .http_service(sandbox)
        .build()
        .unwrap();
    let submitted = client
        .imports()
        .submit(ObjectType::Contact)
        .rows(contacts(2))
        .reply()
        .await
        .unwrap();
    assert_eq!(submitted.attempts(), 3);
    assert_eq!((calls.get(), attempts.get()), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn typed_calls_go_through_tower_layers() {
    let (sandbox, client) = super::in_process(
        Sandbox::builder()
            .sync_below(0)
            .fault(Fault::latency(Duration::from_secs(1))),
    );
    let imports = client.imports();
    let handle = super::start(&imports, 5).await;
    let service = ServiceBuilder::new()
        .layer(ConcurrencyLimitLayer::new(1))
        .map_response(|reply: Reply<ImportJob>| reply.into_value().progress().total())
        .service(imports.gets());
    let began = tokio::time::Instant::now();
    let get = || service.clone().oneshot(GetImport::new(handle.clone()));
    let totals: (Result<u64, Error>, _, _) = tokio::join!(get(), get(), get());
    assert_eq!(
        (totals.0.unwrap(), totals.1.unwrap(), totals.2.unwrap()),
        (5, 5, 5)
    );
    assert!(
        began.elapsed() >= Duration::from_secs(3),
        "three concurrent calls took {:?}",
        began.elapsed()
    );
    assert_eq!(sandbox.requests(), 4);

    let again = imports
        .submit(ObjectType::Contact)
        .rows(contacts(2))
        .into_request()
        .unwrap();
    let first = imports.submits().oneshot(again.clone()).await.unwrap();
    let second = imports.submits().oneshot(again).await.unwrap();
    assert!(second.is_replay() && first.value() == second.value());
}
