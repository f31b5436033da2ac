//! Tests of the engine in virtual time.

mod access;
mod bounds;
mod faults;
mod idempotency;
mod jobs;
mod limits;
mod model;
mod noise;
mod page;
mod invalid;
mod rows;
mod scenarios;

use std::time::Duration;

use http::{HeaderMap, Request, StatusCode, request};
use serde_json::{Value, json};

use super::{Config, Delivery, Engine, Payload, job::Pace};
use crate::{Clock, Fault};

const TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";
const OTHER_TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e12";

/// An engine and the time of its next request. A row takes 10 ms, and imports of three rows or more become jobs.
struct Bench {
    engine: Engine,
    now: Duration,
}

/// An answer of the engine.
#[derive(Debug, PartialEq)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    delivery: Delivery,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            epoch: Clock::manual().epoch(),
            pace: Pace {
                start_delay: Duration::ZERO,
                per_row: Duration::from_millis(10),
            },
            seed: 7,
            sync_below: 3,
            ..Config::default()
        };
        change(&mut config);
        Self {
            engine: Engine::new(config),
            now: Duration::ZERO,
        }
    }

    fn with_faults<const N: usize>(faults: [Fault; N]) -> Self {
        Self::with(|config| config.faults = faults.into())
    }

    fn at_millis(&mut self, now: u64) -> &mut Self {
        self.now = Duration::from_millis(now);
        self
    }

    fn send(&mut self, request: request::Builder, body: impl Into<Vec<u8>>) -> Reply {
        let (head, body) = request.body(body.into()).unwrap().into_parts();
        let answer = self
            .engine
            .handle(self.now, &head, &Payload::Whole(body.into()));
        let (response, delivery) = answer.into_response();
        let text = String::from_utf8_lossy(response.body());
        Reply {
            status: response.status(),
            headers: response.headers().clone(),
            // A body that is not JSON is stored as text.
            body: serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
            delivery,
        }
    }

    fn submit(&mut self, body: &Value) -> Reply {
        self.send(post("contact"), body.to_string())
    }

    fn submit_keyed(&mut self, key: &str, body: &Value) -> Reply {
        self.send(
            post("contact").header("idempotency-key", key),
            body.to_string(),
        )
    }

    /// Submits this number of rows as a job and returns its id.
    fn start(&mut self, rows: usize) -> String {
        let reply = self.submit(&contacts(rows));
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{reply:?}");
        reply.body["job_id"].as_str().unwrap().to_owned()
    }

    fn poll(&mut self, id: &str) -> Reply {
        self.send(get(id), "")
    }
}

impl Reply {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn check(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.code()),
            (status, code),
            "{self:?}"
        );
    }
}

fn post(object_type: &str) -> request::Builder {
    Request::post(format!("/v2/prism/{TEAM}/{object_type}/import"))
        .header("x-api-key", "key-1")
        .header("content-type", "application/json")
}

fn get(id: &str) -> request::Builder {
    Request::get(format!("/v2/prism/{TEAM}/imports/{id}")).header("x-api-key", "key-1")
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
