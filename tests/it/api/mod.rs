//! The client against a sandbox, over sockets where bytes matter and in virtual time where time does.

mod cancel;
mod fleet;
mod load;
mod resume;
mod rows;
mod service;
mod submit;
mod watch;

use prism_imports::{Client, ImportHandle, Imports, ObjectType, Submitted};
use prism_imports_sandbox::{Builder, Sandbox};
use prism_imports_tests::{
    rows::contacts,
    server::{KEY, TEAM},
};

/// Makes a client whose HTTP service is the sandbox itself: no socket, and under paused time no real time either.
fn in_process(settings: Builder) -> (Sandbox, Client) {
    let sandbox = settings.api_key(KEY).build().unwrap();
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .http_service(sandbox.clone())
        .build()
        .unwrap();
    (sandbox, client)
}

/// Starts an import of so many rows.
async fn start(imports: &Imports, rows: usize) -> ImportHandle {
    match imports
        .submit(ObjectType::Contact)
        .rows(contacts(rows))
        .send()
        .await
        .unwrap()
    {
        Submitted::Started(handle) => handle,
        Submitted::Finished(end) => panic!("done at once: {end:?}"),
    }
}
