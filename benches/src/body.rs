//! Bodies to decode, made the same each time.

use std::fmt::Write;

/// Makes the body of a complete job of `rows` rows, `failed_percent` of which failed.
///
/// Keys stand in the order of the API reference, without spaces between them.
pub fn complete_job(rows: u32, failed_percent: u32) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut results = String::new();
    let mut failed = 0;
    for row in 0..rows {
        results.push_str(if row == 0 { "" } else { "," });
        if random.u32(..100) < failed_percent {
            failed += 1;
            results.push_str(r#"{"created":false,"existing":false,"error":{"code":"invalid_email","message":"no e-mail address"}}"#);
        } else {
            let id = uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid();
            write!(
                results,
                r#"{{"id":"{id}","created":true,"existing":false}}"#
            )
            .expect("a string takes any text");
        }
    }
    let succeeded = rows - failed;
    format!(
        r#"{{"job_id":"b5f1","status":"complete","total":{rows},"processed":{rows},"succeeded":{succeeded},"failed":{failed},"results":[{results}],"created_at":"2026-01-08T00:00:00Z","updated_at":"2026-01-08T00:01:00Z","expires_at":"2026-01-15T00:00:00Z"}}"#
    )
    .into_bytes()
}
