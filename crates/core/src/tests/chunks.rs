//! Bytes in chunks of any size give what the whole body gives.

use proptest::{collection::vec, prelude::*};

use super::{
    bodies::{Body, body, sound_body},
    config,
};
use crate::{
    Contradiction, Finding, ImportJob, ReadError, Row, Rule,
    wire::{self, RowDecoder},
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_chunking_gives_the_same(Body(body) in body(), sizes in vec(1..9_usize, 1..8)) {
        prop_assert_eq!(decode(&body, &sizes), decode(&body, &[usize::MAX]));
        prop_assert_eq!(decode(&body, &[1]), decode(&body, &[usize::MAX]));
    }

    #[test]
    fn chunks_give_what_the_whole_body_gives(Body(body) in body(), sizes in vec(1..40_usize, 1..8)) {
        let (rows, job) = decode(&body, &sizes);
        match (ImportJob::from_slice(&body), job) {
            (Ok(whole), Ok(job)) => {
                let said = |rows: &[Row]| rows.iter().map(wire::Row::from).collect::<Vec<_>>();
                if whole.is_finished() {
                    prop_assert_eq!(said(&rows), said(whole.rows().unwrap_or_default()));
                }
                let places = rows.iter().filter(|row| wire::Row::from(*row).input_index.is_some()).count();
                if matches!(whole, ImportJob::Complete(_)) && [0, rows.len()].contains(&places) {
                    prop_assert_eq!(&rows[..], whole.rows().unwrap_or_default());
                }
                prop_assert_eq!(job, whole.without_rows());
            }
            (Err(ReadError::Contradiction(whole)), Err(ReadError::Contradiction(refused))) => {
                let mut snapshot = whole.snapshot().clone();
                snapshot.results = None;
                prop_assert_eq!(refused.snapshot(), &snapshot);
                prop_assert_eq!(told(&refused), told(&whole));
                prop_assert_eq!(beyond(&refused).min(1), beyond(&whole).min(1));
            }
            (whole, job) => prop_assert_eq!(job.unwrap_err(), whole.unwrap_err()),
        }
    }

    #[test]
    fn a_cut_body_gives_all_rows_that_came_whole(Body(body) in sound_body(), at in any::<proptest::sample::Index>()) {
        let (all, job) = decode(&body, &[usize::MAX]);
        prop_assert!(!matches!(job, Err(ReadError::Decode(_))));
        let at = at.index(body.len());
        let (rows, job) = decode(&body[..at], &[3]);
        prop_assert_eq!(&rows[..], &all[..rows.len()]);
        // White space may follow the document.
        match job {
            Err(ReadError::Decode(error)) => prop_assert!(error.is_truncated(), "{error}"),
            Ok(_) | Err(ReadError::Contradiction(_)) => prop_assert_eq!(rows, all),
        }
    }
}

/// Rows as they come, and what comes of the rest.
fn decode(body: &[u8], sizes: &[usize]) -> (Vec<Row>, Result<ImportJob, ReadError>) {
    let mut decoder = RowDecoder::new();
    let mut rows = Vec::new();
    let mut rest = body;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, behind) = rest.split_at(rest.len().min(*size));
        let pushed = decoder.push(chunk);
        rows.extend(std::iter::from_fn(|| decoder.next_row()));
        if let Err(error) = pushed {
            assert_eq!(decoder.push(b"}"), Err(error.clone()), "it stays wrong");
            assert_eq!(decoder.finish(), Err(ReadError::Decode(error.clone())));
            return (rows, Err(ReadError::Decode(error)));
        }
        rest = behind;
    }
    (rows, decoder.finish())
}

fn is_beyond(finding: &Finding) -> bool {
    finding.rule() == Rule::RowIndex && finding.to_string().ends_with(" rows")
}

/// The findings, but for indexes beyond the import, of which the decoder knows the highest only.
fn told(refused: &Contradiction) -> Vec<&Finding> {
    refused
        .findings()
        .iter()
        .filter(|finding| !is_beyond(finding))
        .collect()
}

fn beyond(refused: &Contradiction) -> usize {
    refused
        .findings()
        .iter()
        .filter(|finding| is_beyond(finding))
        .count()
}
