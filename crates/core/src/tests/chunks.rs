//! Decoding a body in chunks of any size gives the same result as decoding the whole body.

use proptest::{collection::vec, prelude::*};

use super::{
    bodies::{Body, body, valid_body},
    config,
};
use crate::{Finding, ImportJob, ReadError, Row, RowDecoder, Rule, wire};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_size_of_the_chunks_does_not_matter(Body(body) in body(), sizes in vec(1..9_usize, 1..8)) {
        prop_assert_eq!(decode(&body, &sizes), decode(&body, &[usize::MAX]));
        prop_assert_eq!(decode(&body, &[1]), decode(&body, &[usize::MAX]));
    }

    #[test]
    fn chunks_and_the_whole_body_give_the_same_result(Body(body) in body(), sizes in vec(1..40_usize, 1..8)) {
        let (rows, job) = decode(&body, &sizes);
        match (ImportJob::from_slice(&body), job) {
            (Ok(whole), Ok(job)) => {
                let to_wire = |rows: &[Row]| rows.iter().map(wire::Row::from).collect::<Vec<_>>();
                if whole.is_finished() {
                    prop_assert_eq!(to_wire(&rows), to_wire(whole.rows().unwrap_or_default()));
                }
                let indexed = rows.iter().filter(|row| wire::Row::from(*row).input_index.is_some()).count();
                let odd = whole.deviations().iter().any(|finding| {
                    [Rule::RowIndex, Rule::RowsMissing].contains(&finding.rule())
                });
                if whole.is_finished() && !odd && [0, rows.len()].contains(&indexed) {
                    prop_assert_eq!(&rows[..], whole.rows().unwrap_or_default());
                }
                prop_assert_eq!(job, whole.without_rows());
            }
            (Err(ReadError::Contradiction(whole)), Err(ReadError::Contradiction(refused))) => {
                let mut snapshot = whole.snapshot().clone();
                snapshot.results = None;
                prop_assert_eq!(refused.snapshot(), &snapshot);
                prop_assert_eq!(refused.findings(), whole.findings());
                prop_assert_eq!(refused.finding_count(), whole.finding_count());
            }
            (whole, job) => prop_assert_eq!(job.unwrap_err(), whole.unwrap_err()),
        }
    }

    #[test]
    fn a_job_that_arrives_in_chunks_has_the_rows_of_the_whole_body(Body(body) in body(), size in 1..40_usize) {
        let mut decoder = RowDecoder::new();
        let job = match body.chunks(size).try_for_each(|chunk| decoder.push(chunk)) {
            Ok(()) => decoder.finish_with_rows(),
            Err(error) => Err(ReadError::Decode(error)),
        };
        match (ImportJob::from_slice(&body), job) {
            (Ok(whole), job) => prop_assert_eq!(job, Ok(whole)),
            (Err(whole), Err(refused)) => prop_assert_eq!(refused.to_string(), whole.to_string()),
            (Err(whole), Ok(job)) => prop_assert!(false, "{whole}, but {job:?}"),
        }
    }

    #[test]
    fn a_truncated_body_gives_all_complete_rows(Body(body) in valid_body(), at in any::<proptest::sample::Index>()) {
        let (all, job) = decode(&body, &[usize::MAX]);
        prop_assert!(!matches!(job, Err(ReadError::Decode(_))));
        let at = at.index(body.len());
        let (rows, job) = decode(&body[..at], &[3]);
        prop_assert_eq!(&rows[..], &all[..rows.len()]);
        // Whitespace may follow the document.
        match job {
            Err(ReadError::Decode(error)) => prop_assert!(error.is_truncated(), "{error}"),
            Ok(_) | Err(ReadError::Contradiction(_)) => prop_assert_eq!(rows, all),
        }
    }
}

/// Decodes a body in chunks, and returns the rows and the result.
fn decode(body: &[u8], sizes: &[usize]) -> (Vec<Row>, Result<ImportJob, ReadError>) {
    let mut decoder = RowDecoder::new();
    let mut rows = Vec::new();
    let mut rest = body;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at(rest.len().min(*size));
        let pushed = decoder.push(chunk);
        rows.extend(std::iter::from_fn(|| decoder.next_row()));
        if let Err(error) = pushed {
            assert_eq!(
                decoder.push(b"}"),
                Err(error.clone()),
                "the error is permanent"
            );
            assert_eq!(decoder.finish(), Err(ReadError::Decode(error.clone())));
            return (rows, Err(ReadError::Decode(error)));
        }
        rest = after;
    }
    (rows, decoder.finish())
}

#[test]
fn a_failed_job_with_more_results_than_rows_is_refused() {
    let body = br#"{"job_id":"j","status":"failed","total":1,"error":"x","results":[{"created":true},{"created":true}]}"#;
    let Err(ReadError::Contradiction(refused)) = ImportJob::from_slice(body) else {
        panic!("there are two results of one row")
    };
    let rules: Vec<_> = refused.contradictions().map(Finding::rule).collect();
    assert_eq!(rules, [Rule::RowsExcess]);
}
