//! The task that a client runs under a script.

use std::time::Duration;

use serde_json::{Value, json};

use super::Earlier;
use crate::server::TEAM;

/// The calls, which differ in whether they may be retried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Call {
    /// A status request, which may be retried.
    Get,
    /// A submit with an idempotency key, which may be retried with the same key and body.
    Keyed,
    /// A submit that may be retried only if no server can have processed it.
    Unkeyed,
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 3] = [Self::Get, Self::Keyed, Self::Unkeyed];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Keyed => "keyed",
            Self::Unkeyed => "unkeyed",
        }
    }

    /// Returns the call with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|call| call.name() == name)
    }

    /// Returns `true` if the call is a POST.
    pub const fn is_post(self) -> bool {
        match self {
            Self::Get => false,
            Self::Keyed | Self::Unkeyed => true,
        }
    }
}

/// The time limits, the same for every client. Each call has three attempts.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Times {
    /// The limit for one attempt and for connecting.
    pub attempt: Duration,
    /// The limit for the call.
    pub deadline: Duration,
    /// The first wait between attempts. It doubles with each retry.
    pub backoff: Duration,
}

/// A call and its settings.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Task {
    /// The call.
    pub call: Call,
    /// The base URL.
    pub url: String,
    /// The root certificate to trust, in PEM.
    pub root: Option<String>,
    /// Whether to use HTTP/2 with prior knowledge.
    pub http2: bool,
    /// What to do before the call.
    pub earlier: Earlier,
    /// The size of the row of a submit, without its e-mail address.
    pub row_bytes: usize,
    /// The time limits.
    pub times: Times,
}

impl Task {
    /// Returns the URL of the job.
    pub fn job_url(&self) -> String {
        format!("{}/v2/prism/{TEAM}/imports/{JOB_ID}", self.url)
    }

    /// Returns the URL of a submit.
    pub fn submit_url(&self) -> String {
        format!("{}/v2/prism/{TEAM}/contact/import", self.url)
    }

    /// Returns the row to submit.
    pub fn row(&self) -> Value {
        let note = "n".repeat(self.row_bytes);
        json!({"default": {"email": format!("{ROW_SECRET}@example.com"), "note": note}})
    }

    /// Returns the body of a submit.
    pub fn body(&self) -> Vec<u8> {
        json!({"objects": [self.row()]}).to_string().into_bytes()
    }
}

/// The API key, a secret.
pub const KEY: &str = "sesame-of-the-faults";

/// A secret that the row contains.
pub const ROW_SECRET: &str = "ada-of-the-rows";

/// The idempotency key of the keyed submit.
pub const IDEMPOTENCY_KEY: &str = "import-4711";

/// The id of the requested job.
pub const JOB_ID: &str = "job-1";
