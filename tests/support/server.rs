//! A sandbox and a client of it.

use prism_imports::{Client, Imports};
use prism_imports_sandbox::{Builder, Sandbox, Server};

/// The team of every test.
pub const TEAM: &str = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11";

/// The key that [`sandbox`] takes.
pub const KEY: &str = "the-key-of-the-tests";

/// Starts a sandbox on a free loopback port, fast enough for a test.
pub async fn sandbox() -> Server {
    serve(Sandbox::builder().rows_per_second(20_000.0)).await
}

/// Starts a sandbox of these settings on a free loopback port; it takes [`KEY`] only.
///
/// # Panics
///
/// When the settings are unfit or there is no free port: the test cannot go on.
pub async fn serve(settings: Builder) -> Server {
    let sandbox = settings.api_key(KEY).build().expect("the settings are fit");
    sandbox
        .serve(([127, 0, 0, 1], 0).into())
        .await
        .expect("loopback has a free port")
}

/// Makes the import jobs of a client that talks to `server`.
pub fn imports(server: &Server) -> Imports {
    client(server, KEY).imports()
}

/// Makes a client with a key of its own.
///
/// # Panics
///
/// When the settings are unfit: the test cannot go on.
pub fn client(server: &Server, key: &str) -> Client {
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key(key)
        .team_id(TEAM);
    client.build().expect("the settings are fit")
}
