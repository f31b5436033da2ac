//! Deterministic bodies to decode.

use std::fmt::Write;

use serde::Serialize;

/// The body of a complete job: its rows, the share that failed, and the formatting that a server may choose.
#[derive(Clone, Copy, Debug)]
pub struct JobBody {
    rows: u32,
    failed_percent: u32,
    keys: Keys,
    spaced: bool,
}

/// The order of the keys of a successful row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each measured order has a name")]
pub enum Keys {
    /// The order of the API reference: `id`, `created`, `existing`.
    Usual,
    /// The reverse order in every row.
    Reversed,
    /// A random order for each row.
    Shuffled,
    /// The keys of newer servers: `input_index` first and `updated` last.
    Newer,
}

impl JobBody {
    /// Creates a body with `rows` rows, `failed_percent` of which failed, without spaces and in the usual order.
    pub const fn new(rows: u32, failed_percent: u32) -> Self {
        Self {
            rows,
            failed_percent,
            keys: Keys::Usual,
            spaced: false,
        }
    }

    /// Changes the order of the keys of each row.
    #[must_use]
    pub const fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// Adds a space after each colon and comma, as Python's `json.dumps` does.
    #[must_use]
    pub const fn with_spaces(mut self) -> Self {
        self.spaced = true;
        self
    }

    /// Returns the body.
    pub fn write(self) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut results, mut failed) = (String::new(), 0);
        for row in 0..self.rows {
            if row > 0 {
                results.push_str(self.separator());
            }
            let fields = if random.u32(..100) < self.failed_percent {
                failed += 1;
                self.failed_row(row)
            } else {
                self.successful_row(row, &mut random)
            };
            results.push_str(&self.object(&fields));
        }
        let (rows, succeeded) = (self.rows, self.rows - failed);
        let fields = [
            ("job_id", r#""b5f1""#.to_owned()),
            ("status", r#""complete""#.to_owned()),
            ("total", rows.to_string()),
            ("processed", rows.to_string()),
            ("succeeded", succeeded.to_string()),
            ("failed", failed.to_string()),
            ("results", format!("[{results}]")),
            ("created_at", r#""2026-01-08T00:00:00Z""#.to_owned()),
            ("updated_at", r#""2026-01-08T00:01:00Z""#.to_owned()),
            ("expires_at", r#""2026-01-15T00:00:00Z""#.to_owned()),
        ];
        self.object(&fields).into_bytes()
    }

    fn successful_row(self, row: u32, random: &mut fastrand::Rng) -> Vec<Field> {
        let id = uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid();
        let mut fields = vec![
            ("id", format!(r#""{id}""#)),
            ("created", "true".to_owned()),
            ("existing", "false".to_owned()),
        ];
        match self.keys {
            Keys::Usual => {}
            Keys::Reversed => fields.reverse(),
            Keys::Shuffled => random.shuffle(&mut fields),
            Keys::Newer => {
                fields.insert(0, ("input_index", row.to_string()));
                fields.push(("updated", "false".to_owned()));
            }
        }
        fields
    }

    fn failed_row(self, row: u32) -> Vec<Field> {
        let error = [
            ("code", r#""invalid_email""#.to_owned()),
            ("message", r#""no e-mail address""#.to_owned()),
        ];
        let mut fields = vec![
            ("created", "false".to_owned()),
            ("existing", "false".to_owned()),
            ("error", self.object(&error)),
        ];
        if self.keys == Keys::Newer {
            fields.insert(0, ("input_index", row.to_string()));
        }
        fields
    }

    fn object(self, fields: &[Field]) -> String {
        let mut object = String::from("{");
        for (place, (name, value)) in fields.iter().enumerate() {
            let separator = if place == 0 { "" } else { self.separator() };
            let colon = if self.spaced { ": " } else { ":" };
            write!(object, r#"{separator}"{name}"{colon}{value}"#)
                .expect("writing to a string cannot fail");
        }
        object + "}"
    }

    const fn separator(self) -> &'static str {
        if self.spaced { ", " } else { "," }
    }
}

/// A key and its value as JSON.
type Field = (&'static str, String);

/// Returns the body of a complete job with `rows` rows, `failed_percent` of which failed.
///
/// The keys have the order of the API reference. There are no spaces.
pub fn complete_job(rows: u32, failed_percent: u32) -> Vec<u8> {
    JobBody::new(rows, failed_percent).write()
}

/// The job of [`PROCESSING`].
pub const JOB: &str = "import-0199f2b4-6a51-7c07-9d6e-3f1f6f2a9c44";

/// The answer to a poll of a job that is being imported, 250 bytes.
pub const PROCESSING: &[u8] = br#"{"job_id":"import-0199f2b4-6a51-7c07-9d6e-3f1f6f2a9c44","status":"processing","total":100000,"processed":41250,"succeeded":41002,"failed":248,"created_at":"2026-01-08T00:00:00Z","updated_at":"2026-01-08T00:01:00Z","expires_at":"2026-01-15T00:00:00Z"}"#;

/// A row to submit.
#[derive(Clone, Debug, Serialize)]
pub struct Contact {
    default: Person,
}

#[derive(Clone, Debug, Serialize)]
struct Person {
    email: String,
    first_name: String,
    last_name: String,
    employees: u32,
    subscribed: bool,
}

/// Creates rows to submit.
pub fn contacts(rows: u32) -> Vec<Contact> {
    let contact = |row| Contact {
        default: Person {
            email: format!("contact.{row}@example.com"),
            first_name: "Ada".to_owned(),
            last_name: format!("Lovelace the {row}th"),
            employees: row,
            subscribed: row % 2 == 0,
        },
    };
    (0..rows).map(contact).collect()
}
