//! Deterministic bodies to decode.

use serde::Serialize;

/// Returns the body of a complete job with `rows` rows, `failed_percent` of which failed.
///
/// The keys have the order of the API reference. There are no spaces.
pub fn complete_job(rows: u32, failed_percent: u32) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    job_of(rows, ",", |_, id| {
        if random.u32(..100) < failed_percent {
            failed_row("no e-mail address")
        } else {
            successful_row(id)
        }
    })
}

/// Returns the body of a complete job. `write` returns a row, given its number and an id.
pub fn job_of(rows: u32, separator: &str, mut write: impl FnMut(u32, &str) -> String) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(11);
    let (mut results, mut failed) = (String::new(), 0);
    for row in 0..rows {
        if row > 0 {
            results.push_str(separator);
        }
        let id = uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid();
        let row = write(row, &id.to_string());
        failed += u32::from(row.contains(r#""error":{"#));
        results.push_str(&row);
    }
    let succeeded = rows - failed;
    let counters =
        format!(r#""total":{rows},"processed":{rows},"succeeded":{succeeded},"failed":{failed}"#);
    let times = r#""created_at":"2026-01-08T00:00:00Z","updated_at":"2026-01-08T00:01:00Z","expires_at":"2026-01-15T00:00:00Z""#;
    format!(r#"{{"job_id":"b5f1","status":"complete",{counters},"results":[{results}],{times}}}"#)
        .into_bytes()
}

/// Returns a successful row in the usual form.
pub fn successful_row(id: &str) -> String {
    format!(r#"{{"id":"{id}","created":true,"existing":false}}"#)
}

/// Returns a failed row. The message is JSON without its quotes.
pub fn failed_row(message: &str) -> String {
    format!(
        r#"{{"created":false,"existing":false,"error":{{"code":"invalid_email","message":"{message}"}}}}"#
    )
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
