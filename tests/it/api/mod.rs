//! The client with a sandbox, over sockets or in virtual time.

mod cancel;
mod commits;
mod doubles;
mod encodings;
mod errors;
mod fleet;
mod identity;
mod layers;
mod load;
mod options;
mod resume;
mod rows;
mod service;
mod sloppy;
mod submit;
mod telemetry;
mod timeouts;
mod typed;
mod watch;

use http::Request;
use prism_imports::{
    Client, ClientBuilder, ImportHandle, Imports, ObjectType, Submitted,
    transport::{HttpLayer, HttpService, IntoHttpService, RequestBody},
};
use prism_imports_sandbox::{Builder, Sandbox};
use prism_imports_tests::{
    rows::contacts,
    server::{KEY, TEAM},
};
use tower::ServiceExt;

/// Creates a client whose HTTP service is the sandbox itself, without a socket. With paused time, no real time passes.
fn in_process(settings: Builder) -> (Sandbox, Client) {
    let sandbox = settings.api_key(KEY).build().unwrap();
    let client = builder().http_service(sandbox.clone()).build().unwrap();
    (sandbox, client)
}

/// Starts a client of a server that has no address.
fn builder() -> ClientBuilder {
    Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
}

/// Makes a sandbox an HTTP service whose closed connections are errors of the operating system.
fn resetting(sandbox: Sandbox) -> HttpService {
    let reset = |_| std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    ServiceExt::<Request<RequestBody>>::map_err(sandbox, reset).into_http_service()
}

/// Starts an import with this many rows.
async fn start(imports: &Imports, rows: usize) -> ImportHandle {
    match imports
        .submit(ObjectType::Contact)
        .rows(contacts(rows))
        .await
        .unwrap()
    {
        Submitted::Started(handle) => handle,
        Submitted::Finished(end) => panic!("expected a started job: {end:?}"),
    }
}

/// Where a layer is put.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Calls,
    Attempts,
}

impl Place {
    const BOTH: [Self; 2] = [Self::Calls, Self::Attempts];

    fn add(self, client: ClientBuilder, layer: impl HttpLayer) -> ClientBuilder {
        match self {
            Self::Calls => client.layer(layer),
            Self::Attempts => client.attempt_layer(layer),
        }
    }
}
