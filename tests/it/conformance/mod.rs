//! The requests that the client sends and the answers that it accepts, for each fact of the API reference. The table is
//! in `docs/conformance.md`.

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
    net::{Action, FaultServer},
    server::{KEY, TEAM},
};
use serde_json::json;

/// A job that is being processed.
const PROCESSING: &str = r#"{"job_id":"j-1","status":"processing","total":3}"#;

/// A complete job.
const COMPLETE: &str = r#"{"job_id":"j-1","status":"complete","total":1,"processed":1,"succeeded":1,
    "failed":0,"results":[{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}]}"#;

/// Starts a server that performs `actions`, and a client for it.
async fn scripted(actions: impl IntoIterator<Item = Action>) -> (FaultServer, Imports) {
    let server = FaultServer::start(actions).await.unwrap();
    let imports = imports(&server);
    (server, imports)
}

/// Creates a client without retries.
fn imports(server: &FaultServer) -> Imports {
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .team_id(TEAM)
        .retry(RetryPolicy::none());
    client.build().unwrap().imports()
}

/// Creates a client of a sandbox without a socket. The sandbox uses the clock of tokio.
fn in_process(settings: Builder) -> Imports {
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .http_service(settings.build().unwrap());
    client.build().unwrap().imports()
}

/// Returns a JSON answer.
fn answer(status: u16, body: &str) -> Action {
    Action::answer_with(status, &[("content-type", "application/json")], body)
}

/// Returns a submit with one row.
fn one_row(imports: &Imports) -> Submit {
    let row = json!({"default": {"email": "ada@example.com"}});
    imports.submit(ObjectType::Contact).rows([row])
}
