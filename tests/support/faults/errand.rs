//! What a client is to do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server::TEAM;

/// The calls that differ in what may be sent again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Call {
    /// A look at a job, which may be sent again.
    Get,
    /// A submit under a key, which may be sent again with the same key and bytes.
    Keyed,
    /// A submit that may not be sent again, unless it surely reached nobody.
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

    /// Returns the call of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|call| call.name() == name)
    }

    /// Tells whether it is a POST.
    pub const fn is_post(self) -> bool {
        match self {
            Self::Get => false,
            Self::Keyed | Self::Unkeyed => true,
        }
    }
}

/// How long a client may take, the same for every client. Each call has three attempts.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Times {
    /// For one attempt, and for a connection.
    pub attempt: Duration,
    /// For the call.
    pub deadline: Duration,
    /// For the first wait between attempts, which then doubles.
    pub backoff: Duration,
}

/// What a client is to do, and how.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Errand {
    /// The call.
    pub call: Call,
    /// The base URL.
    pub url: String,
    /// The root certificate to trust, in PEM.
    pub root: Option<String>,
    /// Whether to speak HTTP/2 without asking.
    pub http2: bool,
    /// Whether to get the job once before, over the connection that the call then meets.
    pub primed: bool,
    /// How long the one row of a submit is, besides its address.
    pub row_bytes: usize,
    /// How long it may take.
    pub times: Times,
}

impl Errand {
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

/// The API key: a secret.
pub const KEY: &str = "sesame-of-the-faults";

/// What the row holds: a secret.
pub const ROW_SECRET: &str = "ada-of-the-rows";

/// The key of the submit that has one.
pub const IDEMPOTENCY_KEY: &str = "import-4711";

/// The job that the server tells of, and no other.
pub const JOB_ID: &str = "job-1";
