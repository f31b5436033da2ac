//! What is learnt from the rows of a body changes nothing in what is read of it.

use proptest::prelude::*;

use super::{
    alike::alike_body,
    bodies::{Body, body},
    config,
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
    fn rows_read_by_their_shape_are_those_that_serde_reads(
        Body(body) in prop_oneof![4 => alike_body(), 1 => body()],
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
