//! Restarts of a process that was killed. A process is a runtime: dropping it ends all tasks wherever they are.

use std::time::Duration;

use axum_example::Store;
use prism_imports_sandbox::{Builder, Clock, Fault, On, Sandbox};
use serde_json::Value;
use tokio::{runtime, time::timeout};

use crate::support::{Database, Service, json_of};

const HOUR: Duration = Duration::from_secs(3600);

/// Runs the service until the future is ready, and then kills it.
fn process<T>(sandbox: &Sandbox, database: &Database, run: impl AsyncFnOnce(&Service) -> T) -> T {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let service = Service::start(sandbox, &database.path).await;
        run(&service).await
    })
}

/// A sandbox that survives the processes. Its jobs advance only when its clock is advanced.
fn sandbox(faults: impl IntoIterator<Item = Fault>) -> Sandbox {
    let builder = Sandbox::builder().clock(Clock::manual());
    let builder = faults.into_iter().fold(builder, Builder::fault);
    builder.build().unwrap()
}

/// Starts the service again, and returns the end of the import and the number of its results.
fn finish(sandbox: &Sandbox, database: &Database, id: &str) -> (Value, Value) {
    process(sandbox, database, async |service| {
        let mut events = service.events(id).await;
        let end = async {
            while events.next().await.is_some() {
                sandbox.clock().advance(HOUR);
            }
        };
        timeout(30 * 24 * HOUR, end).await.expect("the import ends");
        let rows = service.get(&format!("/imports/{id}/rows")).send().await;
        (
            service.status(id).await,
            json_of(rows.unwrap()).await["total"].take(),
        )
    })
}

#[test]
fn a_submit_that_was_under_way_is_sent_again_under_its_key() {
    // The server has carried the first request out, or has not.
    for fault in [Fault::latency(HOUR), Fault::close()] {
        let sandbox = sandbox([fault.on(On::Submit).times(1)]);
        let database = Database::new();
        process(&sandbox, &database, async |service| {
            let answer = timeout(Duration::from_millis(100), service.submit(200).send()).await;
            assert!(answer.is_err());
        });
        assert_eq!(sandbox.requests(), 1);
        let id = &database.ids()[0];

        let (end, results) = finish(&sandbox, &database, id);

        assert_eq!(
            (&end["state"], &end["job"]["failed"]),
            (&"finished".into(), &6.into())
        );
        assert_eq!(results, 200);
        assert_eq!(sandbox.imports_under(id).len(), 1);
        assert_eq!((sandbox.stats().jobs, sandbox.stats().rows), (1, 200));
        assert_eq!(database.stages(), [] as [String; 0], "the rows are deleted");
    }
}

#[test]
fn a_watch_goes_on_without_another_submit() {
    let sandbox = sandbox([]);
    let database = Database::new();
    let id = process(&sandbox, &database, async |service| {
        let id = service.submitted(200).await;
        let mut events = service.events(&id).await;
        sandbox.clock().advance(Duration::from_millis(100));
        while events.next().await.unwrap()["job"]["processed"] != 50 {}
        id
    });

    let (end, results) = finish(&sandbox, &database, &id);

    assert_eq!(
        (&end["state"], &end["job"]["processed"]),
        (&"finished".into(), &200.into())
    );
    assert_eq!(results, 200);
    assert_eq!((sandbox.stats().submits, sandbox.stats().jobs), (1, 1));
}

#[test]
fn a_submit_whose_key_is_forgotten_is_not_sent_again() {
    let sandbox = sandbox([Fault::latency(HOUR).on(On::Submit)]);
    let database = Database::new();
    process(&sandbox, &database, async |service| {
        let answer = timeout(Duration::from_millis(100), service.submit(200).send()).await;
        assert!(answer.is_err());
    });
    database.age(24 * 3600);
    let id = &database.ids()[0];

    let (end, _) = finish(&sandbox, &database, id);

    assert_eq!(
        (&end["state"], &end["error"]["code"]),
        (&"lost".into(), &"outcome_unknown".into())
    );
    assert_eq!(sandbox.requests(), 1);
}

#[test]
fn a_job_that_the_server_has_deleted_is_lost() {
    let sandbox = sandbox([]);
    let database = Database::new();
    let id = process(&sandbox, &database, async |service| {
        service.submitted(200).await
    });
    sandbox.clock().advance(8 * 24 * HOUR);

    let (end, _) = finish(&sandbox, &database, &id);

    assert_eq!(end["state"], "lost");
    assert_eq!(sandbox.stats().submits, 1);
}

#[test]
fn a_refusal_proves_nothing_about_the_send_before_it() {
    // The first request is carried out, and its response is lost with the process. The second one is refused.
    let lost = Fault::latency(HOUR).on(On::Submit).times(1);
    let refused = Fault::answer(403).on(On::Submit).skip(1).times(1);
    let sandbox = sandbox([lost, refused]);
    let database = Database::new();
    process(&sandbox, &database, async |service| {
        let answer = timeout(Duration::from_millis(100), service.submit(200).send()).await;
        assert!(answer.is_err());
    });
    let id = &database.ids()[0];

    let (end, results) = finish(&sandbox, &database, id);

    assert_eq!((&end["state"], results), (&"finished".into(), 200.into()));
    assert_eq!((sandbox.requests() > 3, sandbox.stats().jobs), (true, 1));
}

#[test]
fn an_import_that_is_not_understood_holds_up_no_other() {
    let sandbox = sandbox([]);
    let database = Database::new();
    let ids = process(&sandbox, &database, async |service| {
        [service.submitted(200).await, service.submitted(200).await]
    });
    database.set_stage(&ids[0], r#"{"Newer":7}"#);

    let (end, _) = finish(&sandbox, &database, &ids[1]);

    assert_eq!(end["state"], "finished");
    assert_eq!(database.stages(), [r#"{"Newer":7}"#], "it is kept");
}

#[test]
fn two_processes_cannot_have_one_database() {
    let database = Database::new();
    // A new database, and one that exists.
    for _ in 0..2 {
        let _open = Store::open(&database.path).unwrap();
        assert!(Store::open(&database.path).is_err());
    }
}
