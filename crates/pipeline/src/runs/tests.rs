use proptest::prelude::*;

use super::{decode, encode};

proptest! {
    #[test]
    fn numbers_are_read_as_they_are_written(mut numbers in proptest::collection::vec(any::<u64>(), 0..50), from: u32, count in 0..2_000_u64) {
        numbers.sort_unstable();
        prop_assert_eq!(decode(&encode(&numbers), numbers.len()), numbers);
        // Lines that follow each other are a run.
        let lines: Vec<_> = (0..count).map(|line| u64::from(from) + line).collect();
        let bytes = encode(&lines);
        prop_assert!(bytes.len() <= 12, "{}", bytes.len());
        prop_assert_eq!(decode(&bytes, lines.len()), lines);
    }

    #[test]
    fn damaged_bytes_are_bounded(bytes: Vec<u8>, most in 0..100_usize) {
        prop_assert!(decode(&bytes, most).len() <= most);
    }
}
