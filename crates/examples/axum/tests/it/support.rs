//! The service under test, its sandbox, and what a browser does.

use std::path::{Path, PathBuf};

use axum_example::{Importer, Store, serve};
use prism_imports::Client;
use prism_imports_sandbox::Sandbox;
use reqwest::{RequestBuilder, Response};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A running service.
pub(crate) struct Service {
    base: String,
    http: reqwest::Client,
    /// Absent if it runs in another process.
    server: Option<(oneshot::Sender<()>, JoinHandle<std::io::Result<()>>)>,
}

impl Service {
    /// Starts the service on a free port.
    pub(crate) async fn start(sandbox: &Sandbox, database: &Path) -> Self {
        let client = Client::builder().http_service(sandbox.clone());
        let client = client.api_key("sandbox-key").team_id(TEAM).build();
        let imports = client.expect("the settings are valid").imports();
        let store = Store::open(database).expect("no other process has it open");
        let importer = Importer::new(imports, store);
        importer.resume().await.expect("the database is valid");
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let server = tokio::spawn(serve(listener, importer, stopped));
        let service = Self::at(format!("http://{address}"));
        Self {
            server: Some((stop, server)),
            ..service
        }
    }

    /// Returns a service of another process.
    pub(crate) fn at(base: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        Self {
            base,
            http: http.expect("it has no settings"),
            server: None,
        }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base))
    }

    /// Submits contacts.
    pub(crate) fn submit(&self, rows: usize) -> RequestBuilder {
        let body = json!({"object_type": "contact", "dedupe_by": "email", "rows": contacts(rows)});
        self.post("/imports").json(&body)
    }

    /// Submits contacts, and returns the id of the import.
    pub(crate) async fn submitted(&self, rows: usize) -> String {
        let response = self.submit(rows).send().await.expect("it responds");
        assert_eq!(response.status(), 202);
        let status = json_of(response).await;
        status["id"].as_str().expect("it has an id").to_owned()
    }

    pub(crate) async fn status(&self, id: &str) -> Value {
        let response = self.get(&format!("/imports/{id}")).send().await;
        let response = response.expect("it responds");
        assert_eq!(response.status(), 200);
        json_of(response).await
    }

    pub(crate) async fn events(&self, id: &str) -> Events {
        let response = self.get(&format!("/imports/{id}/events")).send().await;
        let response = response.expect("it responds");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            response,
            text: String::new(),
        }
    }

    /// Follows the events of an import to their end, and returns the last one.
    pub(crate) async fn end(&self, id: &str) -> Value {
        let events = self.events(id).await.all().await;
        events.last().cloned().expect("there is one event at least")
    }

    /// Shuts the service down as a signal does.
    pub(crate) async fn shutdown(self) {
        let (stop, server) = self.server.expect("it is in this process");
        stop.send(()).expect("it runs");
        let ended = server.await.expect("it does not panic");
        ended.expect("it ends without an error");
    }
}

/// The events of an import.
pub(crate) struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// Returns the next event; `None` if the service has ended the stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.strip_prefix("data: ").map(str::to_owned);
                self.text = rest.into();
                if let Some(data) = data {
                    return Some(serde_json::from_str(&data).expect("it is JSON"));
                }
                continue; // a comment that keeps the connection open
            }
            let chunk = self
                .response
                .chunk()
                .await
                .expect("no error ends a stream")?;
            self.text += std::str::from_utf8(&chunk).expect("it is text");
        }
    }

    pub(crate) async fn all(mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// A database in a folder that is removed on drop.
pub(crate) struct Database {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Database {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("imports.sqlite");
        Self {
            _folder: folder,
            path,
        }
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.column("SELECT id FROM imports ORDER BY id")
    }

    pub(crate) fn statuses(&self) -> Vec<String> {
        self.column("SELECT status FROM imports ORDER BY id")
    }

    /// Returns the stages of the imports that are not over.
    pub(crate) fn stages(&self) -> Vec<String> {
        self.column("SELECT stage FROM imports WHERE stage IS NOT NULL ORDER BY id")
    }

    pub(crate) fn set_stage(&self, id: &str, stage: &str) {
        let sql = "UPDATE imports SET stage = ?2 WHERE id = ?1";
        let changed = self.open().execute(sql, [id, stage]);
        assert_eq!(changed, Ok(1));
    }

    /// Makes all imports older.
    pub(crate) fn age(&self, by_seconds: u32) {
        let sql = "UPDATE imports SET created_at = created_at - ?1";
        let changed = self.open().execute(sql, [by_seconds]);
        assert_eq!(changed, Ok(1));
    }

    fn column(&self, sql: &str) -> Vec<String> {
        let connection = self.open();
        let mut select = connection.prepare(sql).expect("the schema is known");
        let found = select.query_map((), |row| row.get(0));
        let found: Result<_, _> = found.expect("it can be read").collect();
        found.expect("it is text")
    }

    /// Opens the database, which no service may have open.
    fn open(&self) -> Connection {
        Connection::open(&self.path).expect("it exists")
    }
}

/// Returns rows of which every thirtieth is refused for its address.
pub(crate) fn contacts(rows: usize) -> Vec<Value> {
    let email = |n| match n % 30 {
        29 => "not an address".to_owned(),
        _ => format!("contact{n}@example.com"),
    };
    let row = |n| json!({"default": {"email": email(n), "first_name": "Ada"}});
    (0..rows).map(row).collect()
}

pub(crate) async fn json_of(response: Response) -> Value {
    response.json().await.expect("the body is JSON")
}

const TEAM: &str = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11";
