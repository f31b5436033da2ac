//! What a failed submit says about its import is true, whatever the layers around it and the server do.

mod case;
mod layer;

use std::cell::Cell;

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
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use self::{
    case::cases,
    layer::{forget, make_up, repeat},
};
use super::{Place, builder};

/// How often each result occurred.
#[derive(Debug, Default)]
struct Counts {
    done: Cell<u32>,
    committed: Cell<u32>,
    not_committed: Cell<u32>,
    unknown_with_import: Cell<u32>,
    unknown_without: Cell<u32>,
}

#[test]
fn the_commit_of_an_error_agrees_with_the_server() {
    let config = Config {
        cases: 2_000,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let counts = Counts::default();
    let tested = TestRunner::new_with_rng(config, rng).run(&cases(), |case| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        let (result, imports) = runtime.block_on(case.run());
        let count = match &result {
            Ok(()) => {
                prop_assert!(imports > 0, "a success without an import");
                &counts.done
            }
            Err(error) => match error.commit() {
                None => return Err(TestCaseError::fail("an error without a commit state")),
                Some(Commit::Committed) => {
                    prop_assert!(imports > 0, "not committed: {error:?}");
                    &counts.committed
                }
                Some(Commit::NotCommitted) => {
                    prop_assert_eq!(imports, 0, "committed: {:?}", error);
                    &counts.not_committed
                }
                Some(Commit::Unknown) if imports > 0 => &counts.unknown_with_import,
                Some(Commit::Unknown) => &counts.unknown_without,
            },
        };
        count.set(count.get() + 1);
        let is_once = case.is_keyed || !case.repeats();
        prop_assert!(!is_once || imports <= 1, "{} imports", imports);
        Ok(())
    });
    if let Err(error) = tested {
        panic!("{error}");
    }
    println!("{counts:?}");
    let Counts {
        done,
        committed,
        not_committed,
        unknown_with_import,
        unknown_without,
    } = counts;
    for count in [
        done,
        committed,
        not_committed,
        unknown_with_import,
        unknown_without,
    ] {
        assert!(count.get() > 50, "{count:?}");
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
    let error = submit.send().await.unwrap_err();
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
        let error = submit.send().await.unwrap_err();
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
