//! What the tests share: a client over a sandbox within the process.

use prism_imports::{Client, ClientBuilder, Error, Imports, ObjectType, Submitted};
use prism_imports_sandbox::Sandbox;

pub(crate) const TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";

pub(crate) fn builder() -> ClientBuilder {
    Client::builder()
        .api_key("any")
        .team_id(TEAM)
        .base_url("http://localhost")
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    builder().http_service(sandbox.clone()).build().unwrap()
}

pub(crate) async fn submit(imports: &Imports, rows: u32) -> Result<Submitted, Error> {
    let rows =
        (0..rows).map(|n| serde_json::json!({"default": {"email": format!("p{n}@example.com")}}));
    imports.submit(ObjectType::Contact).rows(rows).await
}
