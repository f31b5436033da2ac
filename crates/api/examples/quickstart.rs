//! Submits an import and waits for it to finish: `cargo run --example quickstart`.
//!
//! The server is a sandbox in this process. To use the real server, create the client with `Client::from_env()?`.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use prism_imports::{Client, ObjectType, Submitted};
use prism_imports_sandbox::Sandbox;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Sandbox::builder().build()?.serve(ADDRESS.into()).await?;
    let client = Client::builder().base_url(server.base_url());
    let client = client.api_key("sandbox-key").team_id(TEAM).build()?;
    let rows = (0..600).map(|n| json!({"default": {"email": format!("contact{n}@example.com")}}));

    let imports = client.imports();
    let submit = imports.submit(ObjectType::Contact).rows(rows);
    let end = match submit.dedupe_by("email").await? {
        Submitted::Finished(end) => end,
        Submitted::Started(handle) => imports.wait(handle).await?,
    };

    println!("finished: {}", end.progress());
    Ok(())
}

/// A free port on loopback.
const ADDRESS: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

const TEAM: &str = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11";
