//! What the client sends and accepts, fact by fact of the API reference; `docs/conformance.md` is the table.

mod answers;
mod bodies;
mod environment;
mod errors;
mod hints;
mod requests;
mod submits;
mod table;
mod texts;

use prism_imports::{Client, Imports, ObjectType, Submit, transport::RetryPolicy};
use prism_imports_sandbox::Builder;
use prism_imports_tests::{
    net::{Act, FaultServer},
    server::{KEY, TEAM},
};
use serde_json::json;

/// A job under way.
const PROCESSING: &str = r#"{"job_id":"j-1","status":"processing","total":3}"#;

/// A job at its end.
const COMPLETE: &str = r#"{"job_id":"j-1","status":"complete","total":1,"processed":1,"succeeded":1,
    "failed":0,"results":[{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}]}"#;

/// Starts a server that plays `acts`, and a client of it.
async fn played(acts: impl IntoIterator<Item = Act>) -> (FaultServer, Imports) {
    let server = FaultServer::start(acts).await.unwrap();
    let imports = imports(&server);
    (server, imports)
}

/// Makes a client that sends everything once.
fn imports(server: &FaultServer) -> Imports {
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .team_id(TEAM)
        .retry(RetryPolicy::none());
    client.build().unwrap().imports()
}

/// Makes a client of a sandbox with no socket, whose time is tokio's.
fn in_process(settings: Builder) -> Imports {
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .http_service(settings.build().unwrap());
    client.build().unwrap().imports()
}

/// An answer of JSON.
fn answer(status: u16, body: &str) -> Act {
    Act::answer_with(status, &[("content-type", "application/json")], body)
}

/// A submit of one row.
fn one_row(imports: &Imports) -> Submit {
    let row = json!({"default": {"email": "ada@example.com"}});
    imports.submit(ObjectType::Contact).rows([row])
}
