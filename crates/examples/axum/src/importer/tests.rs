//! Callers that hang up at any moment.

use std::{path::Path, time::Duration};

use futures_util::FutureExt;
use prism_imports::Client;
use prism_imports_sandbox::Sandbox;
use serde_json::json;
use tokio::time::sleep;

use crate::{Importer, Store, stage::Request};

#[tokio::test(start_paused = true)]
async fn a_caller_that_hangs_up_before_its_rows_are_stored_cancels_nothing() {
    let sandbox = Sandbox::builder().build().unwrap();
    let client = Client::builder().http_service(sandbox.clone());
    let client = client.api_key("sandbox-key").team_id(TEAM).build().unwrap();
    let store = Store::open(Path::new(":memory:")).unwrap();
    let importer = Importer::new(client.imports(), store);
    let rows =
        json!({"object_type": "contact", "rows": [{"default": {"email": "ada@example.com"}}]});
    let request: Request = serde_json::from_str(&rows.to_string()).unwrap();

    let hung_up = importer.submit(request, None).now_or_never();

    assert!(hung_up.is_none());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(sandbox.stats().submits, 1);
}

const TEAM: &str = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11";
