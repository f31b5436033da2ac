//! All routes return the same result for bodies with thousands of findings.

use proptest::{collection::vec, prelude::*, sample::select};

use super::config;
use crate::{ImportJob, ReadError, RowDecoder, Severity, wire::Snapshot};

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: config().cases / 32, ..config() })]

    #[test]
    fn all_routes_agree_on_thousands_of_findings(
        runs in vec((select(ROWS), 0..1_500_usize), 0..5),
        head in select(HEADS),
        off in prop_oneof![4 => Just(0), 1 => -1..2_i64],
        results_first in any::<bool>(),
        chunk in 1..5_000_usize,
    ) {
        let rows: Vec<_> = runs.iter().flat_map(|(row, times)| vec![*row; *times]).collect();
        let total = i64::try_from(rows.len()).unwrap() + off;
        let (head, results) = (head.replace("TOTAL", &total.to_string()), rows.join(","));
        let body = if results_first {
            format!(r#"{{"results":[{results}],{head}}}"#)
        } else {
            format!(r#"{{{head},"results":[{results}]}}"#)
        };
        let slice = ImportJob::from_slice(body.as_bytes());
        let snapshot = Snapshot::from_slice(body.as_bytes()).unwrap();
        prop_assert_eq!(&slice, &ImportJob::try_from(snapshot).map_err(ReadError::Contradiction));

        let mut decoder = RowDecoder::new();
        for chunk in body.as_bytes().chunks(chunk) {
            decoder.push(chunk).unwrap();
            while decoder.next_row().is_some() {}
        }
        match (slice, decoder.finish()) {
            (Ok(job), Ok(decoded)) => {
                let details = job.details();
                prop_assert!(details.deviations().len() <= 1_020);
                prop_assert!(details.deviation_count() >= details.deviations().len().try_into().unwrap());
                prop_assert_eq!(decoded, job.without_rows());
            }
            (Err(ReadError::Contradiction(refused)), Err(ReadError::Contradiction(decoded))) => {
                prop_assert!(refused.contradictions().next().is_some());
                prop_assert_eq!(refused.findings(), decoded.findings());
                prop_assert_eq!(refused.finding_count(), decoded.finding_count());
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn deviations_are_counted_and_hide_no_contradiction() {
    let rows = vec![r#"{"created":true}"#; 1_500].join(",");
    let body = |total: u32| {
        format!(r#"{{"job_id":"j","status":"complete","results":[{rows}],"total":{total}}}"#)
    };
    let job = ImportJob::from_slice(body(1_500).as_bytes()).unwrap();
    assert_eq!(job.details().deviations().len(), 1_000);
    assert_eq!(job.details().deviation_count(), 1_500);

    let Err(ReadError::Contradiction(refused)) = ImportJob::from_slice(body(1_499).as_bytes())
    else {
        panic!("there are more results than rows")
    };
    assert_eq!(refused.findings().len(), 1_001);
    assert_eq!(refused.finding_count(), 1_501);
    assert_eq!(refused.findings()[0].severity(), Severity::Contradiction);
    let message = refused.to_string();
    assert_eq!(
        message,
        "the snapshot contradicts itself: rows_excess: 1500 results of 1499 rows"
    );
}

const ROWS: &[&str] = &[
    r#"{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}"#,
    r#"{"id":"r7","existing":true}"#,
    r#"{"created":true,"updated":true}"#,
    r#"{"created":true,"error":{"code":"x"}}"#,
    r#"{"error":{"code":"x"},"input_index":7}"#,
    r#"{"error":{"code":"x"},"input_index":99999}"#,
    r#"{"error":{"code":"x"},"input_index":-1}"#,
    r#"{"id":7,"existing":true,"x":1,"x":2}"#,
    "{}",
];

const HEADS: &[&str] = &[
    r#""job_id":"j","status":"complete","total":TOTAL"#,
    r#""job_id":"j","status":"failed","total":TOTAL,"error":"x","processed":3"#,
    r#""job_id":"j","status":"complete","total":TOTAL,"failed":-1"#,
    r#""job_id":"j","status":"processing","total":TOTAL,"failed":-1"#,
    r#""status":"processing","total":TOTAL"#,
    r#""job_id":7,"status":"Complete","total":TOTAL.0,"x":1,"x":1"#,
];
