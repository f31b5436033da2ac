//! The machine by virtual time.

use std::time::Duration;

use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::{Access, Config, Engine, Pace, Payload};
use crate::Clock;

const TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";

struct Bench {
    engine: Engine,
    now: Duration,
}

struct Said {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Value,
}

impl Bench {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            access: Access::default(),
            epoch: Clock::manual().epoch(),
            pace: Pace {
                start_delay: Duration::ZERO,
                per_row: Duration::from_millis(10),
            },
            seed: 7,
            sync_below: 3,
            max_rows: 1_000,
            max_body: 1 << 20,
        };
        change(&mut config);
        Self {
            engine: Engine::new(config),
            now: Duration::ZERO,
        }
    }

    fn send(&mut self, request: Request<Vec<u8>>) -> Said {
        let (head, body) = request.into_parts();
        let payload = Payload::Whole(body.into());
        let response = self
            .engine
            .handle(self.now, &head, &payload)
            .into_response();
        let body = serde_json::from_slice(response.body()).unwrap();
        Said {
            status: response.status(),
            headers: response.headers().clone(),
            body,
        }
    }

    fn submit(&mut self, body: &Value) -> Said {
        let request = Request::post(format!("/v2/prism/{TEAM}/contact/import"))
            .header("x-api-key", "k")
            .header("host", "localhost:4010")
            .header("content-type", "application/json")
            .body(serde_json::to_vec(body).unwrap())
            .unwrap();
        self.send(request)
    }

    fn poll(&mut self, id: &str) -> Said {
        let request = Request::get(format!("/v2/prism/{TEAM}/imports/{id}"))
            .header("x-api-key", "k")
            .body(Vec::new())
            .unwrap();
        self.send(request)
    }
}

fn contact(email: &str) -> Value {
    json!({"default": {"email": email}})
}

fn contacts(count: usize) -> Value {
    let rows: Vec<_> = (0..count)
        .map(|n| contact(&format!("p{n}@example.org")))
        .collect();
    json!({ "objects": rows })
}

#[test]
fn a_small_import_finishes_in_the_response() {
    let mut bench = Bench::new(|_| {});
    let said = bench.submit(&contacts(2));
    assert_eq!(said.status, StatusCode::OK);
    assert_eq!(said.body["job_id"], Value::Null);
    assert_eq!(said.body["status"], "complete");
    assert_eq!(said.body["results"].as_array().unwrap().len(), 2);
    assert!(said.headers.get(header::LOCATION).is_none());
}

#[test]
fn a_large_import_moves_with_time() {
    let mut bench = Bench::new(|_| {});
    let mut body = contacts(5);
    body["objects"][1] = contact("nobody");
    let said = bench.submit(&body);
    assert_eq!(said.status, StatusCode::ACCEPTED);
    let id = said.body["job_id"].as_str().unwrap().to_owned();
    let expected = format!("http://localhost:4010/v2/prism/{TEAM}/imports/{id}");
    assert_eq!(said.headers[header::LOCATION], expected);
    for (millis, processed, failed, status) in [
        (0, 0, 0, "processing"),
        (19, 1, 0, "processing"),
        (20, 2, 1, "processing"),
        (49, 4, 1, "processing"),
        (50, 5, 1, "complete"),
        (9_000, 5, 1, "complete"),
    ] {
        bench.now = Duration::from_millis(millis);
        let body = bench.poll(&id).body;
        assert_eq!(body["processed"], processed, "at {millis} ms");
        assert_eq!(body["failed"], failed, "at {millis} ms");
        assert_eq!(body["succeeded"], processed - failed, "at {millis} ms");
        assert_eq!(body["status"], status, "at {millis} ms");
        assert_eq!(
            body["results"].is_array(),
            status == "complete",
            "at {millis} ms"
        );
    }
}

#[test]
fn rows_are_created_matched_updated_and_rejected() {
    let mut bench = Bench::new(|config| config.sync_below = 100);
    let rows =
        json!([contact("a@x.org"), contact("A@X.org"), contact("nobody"), {}, {"list": {"s": 1}}]);
    let body = json!({"objects": rows, "options": {"dedupe_by": "email"}});
    let said = bench.submit(&body).body;
    let results = said["results"].as_array().unwrap();
    assert_eq!(results[0]["created"], true);
    assert_eq!(results[1]["existing"], true);
    assert_eq!(results[1]["id"], results[0]["id"]);
    assert_eq!(results[2]["error"]["code"], "invalid_email");
    assert_eq!(results[3]["error"]["code"], "missing_default_or_list");
    assert_eq!(results[4]["created"], true);
    assert_eq!(
        (&said["succeeded"], &said["failed"]),
        (&json!(3), &json!(2))
    );

    let body = json!({
        "objects": [contact("a@x.org")],
        "options": {"dedupe_by": ["email"], "update_existing": true},
    });
    let again = bench.submit(&body).body;
    assert_eq!(again["results"][0]["updated"], true);
    assert_eq!(again["results"][0]["id"], results[0]["id"]);
}
