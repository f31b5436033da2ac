//! What a failed submit says about its import is true, whatever the layers around it and the server do.

mod case;
mod layer;

use std::{cell::RefCell, collections::BTreeMap};

use prism_imports::{
    Commit, Error, ErrorKind, ObjectType, Phase,
    transport::{HttpLayer, RetryPolicy},
};
use prism_imports_sandbox::{Fault, Moment, On, Sandbox};
use prism_imports_tests::{
    rows::contacts,
    server::{KEY, serve},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::task::JoinSet;

use self::{
    case::cases,
    layer::{forget, make_up, repeat},
};
use super::{Place, builder};

fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
}

#[test]
fn the_commit_of_an_error_agrees_with_the_server() {
    let counts = RefCell::<BTreeMap<_, u32>>::default();
    let tested = runner(2_000).run(&cases(), |case| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        let name = runtime.block_on(case.run()).check()?;
        *counts.borrow_mut().entry(name).or_default() += 1;
        Ok(())
    });
    if let Err(error) = tested {
        panic!("{error}");
    }
    let counts = counts.into_inner();
    assert_eq!(counts.len(), 5, "{counts:?}");
    assert!(counts.values().all(|count| *count > 50), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commit_of_an_error_agrees_with_the_server_over_a_socket() {
    let mut runner = runner(0);
    let mut running = JoinSet::new();
    for _ in 0..200 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        running.spawn(async move {
            let ended = case.run_over_a_socket().await;
            (case, ended)
        });
    }
    for (case, ended) in running.join_all().await {
        if let Err(error) = ended.check() {
            panic!("{error}: {case:#?}");
        }
    }
}

/// Submits once without retries of the client, and returns the number of requests and of imports of the server.
async fn submit(layer: impl HttpLayer, place: Place, faults: &[Fault]) -> (Error, u64, usize) {
    let settings = Sandbox::builder().api_key(KEY).sync_below(0);
    let faults = faults.iter().cloned();
    let settings = faults.fold(settings, |settings, fault| {
        settings.fault(fault.on(On::Submit))
    });
    let sandbox = settings.build().unwrap();
    let client = place.add(builder().retry(RetryPolicy::none()), layer);
    let client = client.http_service(sandbox.clone()).build().unwrap();
    let imports = client.imports();
    let submit = imports.submit(ObjectType::Contact).rows(contacts(3));
    let key = submit.key().to_string();
    let error = submit.await.unwrap_err();
    let count = sandbox.imports_under(&key).len();
    (error, sandbox.requests(), count)
}

#[tokio::test(start_paused = true)]
async fn a_conflict_after_a_lost_answer_leaves_the_import_unknown() {
    let lost = Fault::close().moment(Moment::After).times(1);
    // The server still works on the first request, or does not let the second one in.
    for (status, kind) in [(409, ErrorKind::Rejected), (403, ErrorKind::Denied)] {
        let faults = [lost.clone(), Fault::answer(status).skip(1)];
        for place in Place::BOTH {
            let (error, requests, imports) = submit(repeat(1), place, &faults).await;
            assert_eq!((error.kind(), requests, imports), (kind, 2, 1), "{place:?}");
            assert_eq!(error.commit(), Some(Commit::Unknown), "{place:?}");
            assert_eq!(error.attempts(), 2, "{place:?}");
        }
    }
}

#[tokio::test]
async fn a_conflict_after_a_lost_answer_over_a_socket() {
    let lost = Fault::close().moment(Moment::After).times(1);
    for place in Place::BOTH {
        let settings = Sandbox::builder()
            .sync_below(0)
            .fault(lost.clone().on(On::Submit))
            .fault(Fault::answer(409).skip(1).on(On::Submit));
        let server = serve(settings).await;
        let client = place.add(builder().retry(RetryPolicy::none()), repeat(1));
        let client = client.base_url(server.base_url()).build().unwrap();
        let imports = client.imports();
        let submit = imports.submit(ObjectType::Contact).rows(contacts(3));
        let key = submit.key().to_string();
        let error = submit.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{place:?}");
        assert_eq!(error.commit(), Some(Commit::Unknown), "{place:?}");
        assert_eq!(server.sandbox().imports_under(&key).len(), 1, "{place:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_without_its_extensions_is_refused_before_it_is_sent() {
    for place in Place::BOTH {
        let (error, requests, imports) = submit(forget(), place, &[]).await;
        assert_eq!((requests, imports), (0, 0), "{place:?}");
        assert_eq!(
            (error.kind(), error.commit(), error.phase()),
            (
                ErrorKind::Config,
                Some(Commit::NotCommitted),
                Phase::NotSent
            ),
            "{place:?}"
        );
        assert!(error.to_string().contains("extensions"), "{error}");

        // A poll has no outcome to report.
        let sandbox = Sandbox::builder().api_key(KEY).build().unwrap();
        let client = place.add(builder(), forget()).http_service(sandbox.clone());
        let polled = client.build().unwrap().imports().get("j-1").await;
        assert_eq!(polled.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(sandbox.requests(), 1, "{place:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_a_layer_makes_up_prove_nothing() {
    let kinds = [
        (200, ErrorKind::Decode),
        (403, ErrorKind::Denied),
        (408, ErrorKind::Timeout),
    ];
    let refused = Fault::answer(403);
    let unsure = Fault::answer(503);
    for (status, kind) in kinds {
        for place in Place::BOTH {
            for (moment, faults, commit, expected) in [
                (Moment::Before, &[][..], Commit::NotCommitted, 0),
                (Moment::After, &[], Commit::Committed, 1),
                (
                    Moment::After,
                    std::slice::from_ref(&refused),
                    Commit::NotCommitted,
                    0,
                ),
                (
                    Moment::After,
                    std::slice::from_ref(&unsure),
                    Commit::Unknown,
                    0,
                ),
            ] {
                let name = format!("{status} {moment:?} in {place:?} with {faults:?}");
                let layer = make_up(moment, status);
                let (error, requests, imports) = submit(layer, place, faults).await;
                let sent = u32::from(moment == Moment::After);
                assert_eq!(
                    (error.kind(), error.commit(), imports),
                    (kind, Some(commit), expected),
                    "{name}: {error:?}"
                );
                assert_eq!((error.attempts(), requests), (sent, sent.into()), "{name}");
            }
        }
    }
}
