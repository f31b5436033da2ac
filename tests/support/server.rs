//! A sandbox server and a client for it.

use prism_imports::{Client, Imports};
use prism_imports_sandbox::{Builder, Sandbox, Server};

/// The team of every test.
pub const TEAM: &str = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11";

/// The API key that [`sandbox`] accepts.
pub const KEY: &str = "the-key-of-the-tests";

/// Starts a sandbox on a free loopback port, fast enough for a test.
pub async fn sandbox() -> Server {
    serve(Sandbox::builder().rows_per_second(20_000.0)).await
}

/// Starts a sandbox with these settings on a free loopback port. It accepts only [`KEY`].
///
/// # Panics
///
/// Panics if the settings are invalid or no port is available.
pub async fn serve(settings: Builder) -> Server {
    let sandbox = settings
        .api_key(KEY)
        .build()
        .expect("the settings are valid");
    sandbox
        .serve(([127, 0, 0, 1], 0).into())
        .await
        .expect("loopback has a free port")
}

/// Creates a client for `server` and returns its import jobs.
pub fn imports(server: &Server) -> Imports {
    client(server, KEY).imports()
}

/// Creates a client for `server` with this API key.
///
/// # Panics
///
/// Panics if the settings are invalid.
pub fn client(server: &Server, key: &str) -> Client {
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key(key)
        .team_id(TEAM);
    client.build().expect("the settings are valid")
}
