//! The machine by virtual time: a bench to drive it with, and what it must say.

mod access;
mod bounds;
mod faults;
mod idempotency;
mod jobs;
mod limits;
mod model;
mod noise;
mod page;
mod refusals;
mod rows;

use std::time::Duration;

use http::{HeaderMap, Request, StatusCode, request};
use serde_json::{Value, json};

use super::{Config, Delivery, Engine, Payload, job::Pace};
use crate::{Clock, Fault};

const TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";
const OTHER_TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e12";

/// An engine and the time of its next request. A row takes 10 ms, three rows make a job.
struct Bench {
    engine: Engine,
    now: Duration,
}

/// What the engine answered.
#[derive(Debug, PartialEq)]
struct Said {
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

    fn send(&mut self, request: request::Builder, body: impl Into<Vec<u8>>) -> Said {
        let (head, body) = request.body(body.into()).unwrap().into_parts();
        let answer = self
            .engine
            .handle(self.now, &head, &Payload::Whole(body.into()));
        let (response, delivery) = answer.into_response();
        let text = String::from_utf8_lossy(response.body());
        Said {
            status: response.status(),
            headers: response.headers().clone(),
            // A body that is no JSON is kept as the text it is.
            body: serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
            delivery,
        }
    }

    fn submit(&mut self, body: &Value) -> Said {
        self.send(post("contact"), body.to_string())
    }

    fn submit_keyed(&mut self, key: &str, body: &Value) -> Said {
        self.send(
            post("contact").header("idempotency-key", key),
            body.to_string(),
        )
    }

    /// Submits so many rows as a job and returns its id.
    fn start(&mut self, rows: usize) -> String {
        let said = self.submit(&contacts(rows));
        assert_eq!(said.status, StatusCode::ACCEPTED, "{said:?}");
        said.body["job_id"].as_str().unwrap().to_owned()
    }

    fn poll(&mut self, id: &str) -> Said {
        self.send(get(id), "")
    }
}

impl Said {
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
