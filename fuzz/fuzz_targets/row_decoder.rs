//! Bodies in chunks: the result of decoding in chunks equals that of decoding the whole body.
//!
//! The first byte is the number of chunk lengths, one byte each, that follow it. The rest is the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prism_imports_core::{ImportJob, ReadError, Row, RowDecoder};

fuzz_target!(|input: &[u8]| {
    let Some((&lengths, rest)) = input.split_first() else {
        return;
    };
    let lengths = usize::from(lengths % 8).min(rest.len());
    let (lengths, body) = rest.split_at(lengths);
    let (rows, job) = decode(body, lengths);
    let (same_rows, same_job) = decode(body, &[]);
    assert_eq!((&rows, &job), (&same_rows, &same_job));
    match (ImportJob::from_slice(body), job) {
        (Ok(whole), Ok(job)) => {
            assert_eq!(job.status(), whole.status());
            assert_eq!(job.progress(), whole.progress());
            assert_eq!(job.deviations(), whole.deviations());
            assert_eq!(
                job.details().deviation_count(),
                whole.details().deviation_count()
            );
            let listed = whole.rows().unwrap_or_default();
            assert!(!whole.is_finished() || rows.len() == listed.len());
            for (row, listed) in rows.iter().zip(listed) {
                assert_eq!((row.outcome(), row.id()), (listed.outcome(), listed.id()));
            }
        }
        (Err(ReadError::Contradiction(whole)), Err(ReadError::Contradiction(refused))) => {
            assert_eq!(refused.findings(), whole.findings());
            assert_eq!(refused.finding_count(), whole.finding_count());
        }
        (whole, job) => assert_eq!(job.unwrap_err(), whole.unwrap_err()),
    }
});

/// Decodes a body in chunks of these lengths, repeated until its end; in one chunk if there are none.
fn decode(body: &[u8], lengths: &[u8]) -> (Vec<Row>, Result<ImportJob, ReadError>) {
    let mut decoder = RowDecoder::new();
    let mut rows = Vec::new();
    let mut rest = body;
    let mut lengths = lengths.iter().cycle();
    while !rest.is_empty() {
        let length = lengths
            .next()
            .map_or(usize::MAX, |length| usize::from(*length).max(1));
        let (chunk, after) = rest.split_at(rest.len().min(length));
        let pushed = decoder.push(chunk);
        rows.extend(std::iter::from_fn(|| decoder.next_row()));
        if let Err(error) = pushed {
            return (rows, Err(ReadError::Decode(error)));
        }
        rest = after;
    }
    (rows, decoder.finish())
}
