//! The reader of rows does not change the result of decoding.

use proptest::prelude::*;

use super::{
    bodies::{Body, body},
    config,
    similar_rows::similar_rows_body,
};
use crate::{
    ImportJob, ReadError,
    wire::{
        Snapshot,
        decode::{read_each_row_by_serde, read_in_windows},
    },
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_are_equal_to_those_of_serde(
        Body(body) in prop_oneof![4 => similar_rows_body(), 1 => body()],
        window in 1..400_usize,
    ) {
        let by_serde = read_each_row_by_serde(&body);
        prop_assert_eq!(&Snapshot::from_slice(&body), &by_serde);
        for length in [window, 600, usize::MAX] {
            prop_assert_eq!(&read_in_windows(&body, length), &by_serde);
        }
        let job = by_serde
            .map_err(ReadError::Decode)
            .and_then(|snapshot| ImportJob::try_from(snapshot).map_err(ReadError::Contradiction));
        prop_assert_eq!(ImportJob::from_slice(&body), job);
    }
}
