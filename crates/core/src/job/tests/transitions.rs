//! Tests of each pair of states: the edges of the diagram on `ImportJob`, and all others.

use crate::{Conflict, ImportJob, Observation, Rule};

/// Observes one snapshot after the other and checks the outcome, or the conflict if the snapshot is refused.
fn check(this: &str, next: &str, expected: &str) {
    let (before, after) = (job(this), job(next));
    let outcome = match job(this).observe(job(next)) {
        Ok(Observation::Advanced(held)) => {
            let total = |job: &ImportJob| job.progress().total();
            let changed = held
                .deviations()
                .iter()
                .find(|finding| finding.rule() == Rule::TotalChanged);
            let expected = (total(&before) != total(&after)).then(|| {
                format!(
                    "total_changed: {} rows, {} before",
                    total(&after),
                    total(&before)
                )
            });
            assert_eq!(changed.map(ToString::to_string), expected);
            assert!(held == after || expected.is_some());
            "advanced"
        }
        Ok(Observation::Unchanged(held)) => {
            assert_eq!(held, after);
            "unchanged"
        }
        Ok(Observation::Stale(held)) => {
            assert_eq!(held, before);
            "stale"
        }
        Err(refused) => {
            let conflict = refused.conflict();
            assert_eq!((refused.previous(), refused.refused()), (&before, &after));
            assert_eq!(refused.into_jobs(), (before, after));
            match conflict {
                Conflict::OtherJob => "another job",
                Conflict::OtherTotal => "another total",
                Conflict::OtherEnd => "another end",
            }
        }
    };
    assert_eq!(outcome, expected, "{this} → {next}");
}

/// Reads a job from a status and fields. Unless the fields override it, the job is `j` with 3 rows.
fn job(text: &str) -> ImportJob {
    let (status, fields) = text.split_once(' ').unwrap_or((text, ""));
    let id = if fields.contains("job_id") {
        ""
    } else {
        r#","job_id":"j""#
    };
    let total = if fields.contains("total") {
        ""
    } else {
        r#","total":3"#
    };
    let comma = if fields.is_empty() { "" } else { "," };
    let body = format!(r#"{{"status":"{status}"{id}{total}{comma}{fields}}}"#);
    ImportJob::from_slice(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

const AT_1: &str = r#""updated_at":"2026-01-08T00:00:01Z""#;
const AT_2: &str = r#""updated_at":"2026-01-08T00:00:02Z""#;
const ROWS: &str = r#""results":[{"created":true},{"created":true},{"error":"x"}]"#;
const FIRST_ROWS: &str = r#""results":[{"created":true},{"created":true}]"#;
const OTHER_ROWS: &str = r#""results":[{"created":true},{"existing":true},{"error":"x"}]"#;

#[test]
fn each_pair_of_states() {
    for this in ["processing", "paused"] {
        for next in ["processing", "paused"] {
            check(
                this,
                next,
                if this == next {
                    "unchanged"
                } else {
                    "advanced"
                },
            );
        }
        check(this, "complete", "advanced");
        check(this, "failed", "advanced");
        check("complete", this, "stale");
        check("failed", this, "stale");
    }
    check("paused", "queued", "advanced");
    check("complete", "complete", "unchanged");
    check("failed", "failed", "unchanged");
    check("complete", "failed", "another end");
    check("failed", "complete", "another end");
}

#[test]
fn the_state_outweighs_the_time() {
    for (this, next) in [(AT_1, AT_2), (AT_2, AT_1)] {
        for end in ["complete", "failed"] {
            check(
                &format!("processing {this}"),
                &format!("{end} {next}"),
                "advanced",
            );
            check(
                &format!("{end} {this}"),
                &format!("processing {next}"),
                "stale",
            );
            check(
                &format!("{end} {this}"),
                &format!("{end} {next}"),
                "unchanged",
            );
        }
        check(
            &format!("complete {this}"),
            &format!("failed {next}"),
            "another end",
        );
    }
}

#[test]
fn unfinished_jobs_are_compared_by_counters_then_by_time() {
    let at = |fields: &str| format!("processing {fields}");
    check(&at(r#""processed":1"#), &at(r#""processed":2"#), "advanced");
    check(&at(r#""processed":2"#), &at(r#""processed":1"#), "stale");
    check(
        &at(r#""processed":2"#),
        &at(r#""processed":2"#),
        "unchanged",
    );
    check(&at(r#""processed":2"#), "processing", "unchanged");
    check("processing", &at(r#""processed":2"#), "unchanged");
    // A counter that decreased outweighs one that increased.
    check(
        &at(r#""processed":2,"failed":1"#),
        &at(r#""processed":3,"failed":0"#),
        "stale",
    );
    check(
        &at(&format!(r#""processed":2,{AT_1}"#)),
        &at(&format!(r#""processed":2,{AT_2}"#)),
        "advanced",
    );
    check(
        &at(&format!(r#""processed":2,{AT_2}"#)),
        &at(&format!(r#""processed":2,{AT_2}"#)),
        "unchanged",
    );
    check(
        &at(&format!(r#""processed":2,{AT_2}"#)),
        &at(&format!(r#""processed":3,{AT_1}"#)),
        "stale",
    );
    check(
        &at(&format!(r#""processed":2,{AT_1}"#)),
        &at(&format!(r#""processed":1,{AT_2}"#)),
        "stale",
    );
    check(&at(AT_1), &at(r#""updated_at":"soon""#), "unchanged");
    check(
        r#"paused "processed":2"#,
        r#"processing "processed":1"#,
        "stale",
    );
    check(
        r#"processing "processed":2"#,
        r#"paused "processed":2"#,
        "advanced",
    );
}

#[test]
fn two_ends_of_one_kind_complete_each_other() {
    for end in ["complete", "failed"] {
        let with = |fields: &str| format!("{end} {fields}");
        // The fuller snapshot, whichever part it has, advances the other, and not the other way round.
        for (bare, full) in [
            ("", ROWS),
            ("", r#""succeeded":2,"failed":1"#),
            ("", r#""error":{"code":"x"}"#),
            (
                r#""error":{"code":"x"}"#,
                r#""error":{"code":"x","message":"y"}"#,
            ),
            (r#""results":[]"#, ROWS),
            (FIRST_ROWS, ROWS),
            // Results that came later outweigh the counters before them.
            (r#""succeeded":3,"failed":0"#, ROWS),
            (r#""succeeded":2,"failed":1,"error":"x""#, ROWS),
        ] {
            let (bare, full) = (with(bare), with(full));
            let (bare, full) = (bare.trim(), full.trim());
            check(bare, full, "advanced");
            check(full, bare, "stale");
            check(full, full, "unchanged");
            check(bare, bare, "unchanged");
        }
        // Nothing that was known may be missing.
        check(
            &with(r#""error":{"code":"x"}"#),
            &with(r#""succeeded":2,"failed":1"#),
            "stale",
        );
        check(
            &with(r#""error":{"code":"x"}"#),
            &with(r#""error":{"code":"y"}"#),
            "unchanged",
        );
        check(&with(ROWS), &with(OTHER_ROWS), "another end");
        check(&with(FIRST_ROWS), &with(OTHER_ROWS), "another end");
        check(
            &with(r#""succeeded":2,"failed":1"#),
            &with(r#""succeeded":1,"failed":2"#),
            "another end",
        );
    }
}

#[test]
fn another_job_and_another_total_of_a_finished_job_are_refused() {
    check("processing", r#"processing "job_id":"k""#, "another job");
    check("processing", r#"complete "job_id":null"#, "another job");
    check(
        "processing",
        r#"processing "job_id":"k","total":4"#,
        "another job",
    );
    check("processing", r#"processing "total":4"#, "advanced");
    check("processing", r#"complete "total":4"#, "advanced");
    check("complete", r#"processing "total":4"#, "stale");
    check("complete", r#"complete "total":4"#, "another total");
    check(
        &format!("processing {AT_2}"),
        &format!(r#"processing "total":4,{AT_1}"#),
        "stale",
    );
    check(
        r#"complete "job_id":null"#,
        r#"complete "job_id":null"#,
        "unchanged",
    );
}
