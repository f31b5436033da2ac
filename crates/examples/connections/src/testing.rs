//! What the tests share.

use prism_imports::{Client, ClientBuilder, Finished, Imports, ObjectType, Submitted};

pub(crate) fn builder(base_url: &str) -> ClientBuilder {
    Client::builder()
        .api_key("any")
        .team_id("6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11")
        .base_url(base_url)
}

/// Imports three rows, and returns how many of them were created.
pub(crate) async fn import(imports: &Imports) -> u64 {
    let rows =
        (0..3).map(|n| serde_json::json!({"default": {"email": format!("p{n}@example.com")}}));
    let submitted = imports
        .submit(ObjectType::Contact)
        .rows(rows)
        .await
        .unwrap();
    let Submitted::Finished(Finished::Complete(job)) = submitted else {
        panic!("{submitted:?}");
    };
    job.tally().created()
}
