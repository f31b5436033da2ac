use std::sync::Arc;

use prism_imports::{Client, IdempotencyKey, RetryPolicy, poller::Pace};
use prism_imports_sandbox::{Fault, On, Sandbox};
use tempfile::TempDir;
use tower::ServiceExt;

use super::{Context, KEY_WINDOW, request, seconds_now};
use crate::{
    database::{Database, with_pool},
    store::{NewImport, State},
};

/// A database with one import, and a sandbox without a socket.
struct Fixture {
    context: Arc<Context>,
    sandbox: Sandbox,
    _directory: TempDir,
}

impl Fixture {
    async fn new(sandbox: Sandbox, rows: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/queue.sqlite", directory.path().display());
        let database = Database::connect(&url).await.unwrap();
        database.create_tables().await.unwrap();
        let client = Client::builder()
            .base_url("http://localhost")
            .api_key("sandbox-key")
            .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
            .retry(RetryPolicy::none())
            .http_service(sandbox.clone())
            .build()
            .unwrap();
        let context = Arc::new(Context {
            database,
            imports: client.imports(),
            pace: Pace::prompt(),
        });
        let fixture = Self {
            context,
            sandbox,
            _directory: directory,
        };
        assert!(fixture.enqueue(rows).await);
        fixture
    }

    /// A job that is finished as soon as it is polled.
    async fn of_a_job() -> Self {
        let sandbox = Sandbox::builder().sync_below(0).rows_per_second(1e6);
        Self::new(sandbox.build().unwrap(), ROWS).await
    }

    async fn enqueue(&self, rows: &str) -> bool {
        let key = IdempotencyKey::mint();
        let import = NewImport {
            id: ID,
            object_type: "contact",
            rows,
            key: &key,
        };
        self.context.database.enqueue(&import).await.unwrap()
    }

    async fn submit(&self) {
        self.context.submit(ID).await.unwrap();
    }

    async fn watch(&self) {
        self.context.watch(ID).await.unwrap();
    }

    async fn is(&self, state: State) -> bool {
        self.context.database.count(&[state]).await.unwrap() == 1
    }

    async fn error(&self) -> String {
        let (error,): (String,) = with_pool!(&self.context.database, pool => {
            let query = sqlx::query_as("SELECT error FROM imports");
            query.fetch_one(pool).await.unwrap()
        });
        error
    }

    async fn tasks(&self, queue: &str) -> i64 {
        let Database::Sqlite(pool) = &self.context.database else {
            unreachable!("it is SQLite")
        };
        let statement = "SELECT count(*) FROM Jobs WHERE job_type = $1";
        let query = sqlx::query_as(statement).bind(queue);
        let (count,): (i64,) = query.fetch_one(pool).await.unwrap();
        count
    }
}

#[tokio::test]
async fn an_import_is_submitted_and_watched() {
    let fixture = Fixture::of_a_job().await;
    fixture.submit().await;
    assert!(fixture.is(State::Started).await);
    fixture.watch().await;
    assert!(fixture.is(State::Complete).await);
    let tally = fixture.context.database.tally(ID).await.unwrap().unwrap();
    assert_eq!((tally.created(), tally.total()), (2, 2));
}

#[tokio::test]
async fn a_second_import_with_the_id_is_not_stored() {
    let fixture = Fixture::of_a_job().await;
    assert!(!fixture.enqueue(ROWS).await);
    assert_eq!(fixture.tasks("submit").await, 1);
}

#[tokio::test]
async fn tasks_that_run_again_change_nothing() {
    let fixture = Fixture::of_a_job().await;
    fixture.submit().await;
    fixture.submit().await;
    assert_eq!(fixture.tasks("watch").await, 1);
    fixture.watch().await;
    let requests = fixture.sandbox.requests();
    fixture.watch().await;
    fixture.submit().await;
    assert_eq!(fixture.sandbox.requests(), requests);
    assert!(fixture.is(State::Complete).await);
}

#[tokio::test]
async fn a_worker_that_is_killed_after_sending_is_followed_under_the_same_key() {
    let fixture = Fixture::of_a_job().await;
    let Context {
        database, imports, ..
    } = &*fixture.context;
    let sending = database
        .begin_submit(ID, seconds_now())
        .await
        .unwrap()
        .unwrap();
    let sent = request(imports, &sending).unwrap();
    imports.submits().oneshot(sent).await.unwrap();
    // … the worker is killed here, and another one runs the task.
    fixture.submit().await;
    assert!(fixture.is(State::Started).await);
    let stats = fixture.sandbox.stats();
    assert_eq!((stats.requests, stats.jobs), (2, 1));
}

#[tokio::test]
async fn a_small_import_ends_without_a_watch() {
    let sandbox = Sandbox::builder().sync_below(100).build().unwrap();
    let fixture = Fixture::new(sandbox, ROWS).await;
    fixture.submit().await;
    assert!(fixture.is(State::Complete).await);
    assert_eq!(fixture.tasks("watch").await, 0);
}

#[tokio::test]
async fn a_key_that_is_too_old_is_not_sent() {
    let fixture = Fixture::of_a_job().await;
    let database = &fixture.context.database;
    let long_ago = seconds_now() - KEY_WINDOW;
    database.begin_submit(ID, long_ago).await.unwrap().unwrap();
    fixture.submit().await;
    assert!(fixture.is(State::Unknown).await);
    assert_eq!(fixture.sandbox.requests(), 0);
}

#[tokio::test]
async fn an_import_that_is_refused_ends() {
    let refused = Fault::answer(400).on(On::Submit);
    let sandbox = Sandbox::builder().fault(refused).build().unwrap();
    let fixture = Fixture::new(sandbox, ROWS).await;
    fixture.submit().await;
    assert!(fixture.is(State::Rejected).await);

    let empty = Fixture::new(Sandbox::builder().build().unwrap(), "[]").await;
    empty.submit().await;
    assert!(empty.is(State::Rejected).await);
    assert_eq!(empty.sandbox.requests(), 0);
}

#[tokio::test]
async fn a_watch_continues_from_its_checkpoint() {
    // The server forgets the job after the first poll, with which the first worker has seen it.
    let forgotten = Fault::answer(404)
        .error("not_found", "no such job")
        .on(On::Poll)
        .skip(1);
    let sandbox = Sandbox::builder()
        .sync_below(0)
        .rows_per_second(0.1)
        .fault(forgotten);
    let fixture = Fixture::new(sandbox.build().unwrap(), ROWS).await;
    fixture.submit().await;
    let Context {
        database, imports, ..
    } = &*fixture.context;
    let (handle, none) = database.watched(ID).await.unwrap().unwrap();
    assert_eq!(none, None);
    let mut first = imports.watch(handle);
    first.next().await.unwrap().unwrap();
    let checkpoint = first.checkpoint().unwrap();
    database.store_checkpoint(ID, &checkpoint).await.unwrap();
    fixture.watch().await;
    assert!(fixture.is(State::Unknown).await);
    assert!(
        fixture.error().await.contains("gone"),
        "{}",
        fixture.error().await
    );
}

#[tokio::test]
async fn a_checkpoint_of_another_version_is_not_needed() {
    let fixture = Fixture::of_a_job().await;
    fixture.submit().await;
    let statement = "UPDATE imports SET checkpoint = '{}'";
    with_pool!(&fixture.context.database, pool => {
        sqlx::query(statement).execute(pool).await.unwrap();
    });
    fixture.watch().await;
    assert!(fixture.is(State::Complete).await);
}

const ID: &str = "import-1";
const ROWS: &str =
    r#"[{"default":{"email":"ada@example.com"}},{"default":{"email":"alan@example.com"}}]"#;
