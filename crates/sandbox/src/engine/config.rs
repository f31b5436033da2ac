//! The settings of the engine.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use super::{access::Access, job::Pace};
use crate::{Envelope, Fault, RateLimit, clock::Epoch};

/// The settings of the engine, which the methods of [`Builder`](crate::Builder) document.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) access: Access,
    pub(crate) envelope: Envelope,
    pub(crate) epoch: Epoch,
    pub(crate) faults: Vec<Fault>,
    pub(crate) honours_keys: bool,
    pub(crate) job_prefix: String,
    pub(crate) limit: RateLimit,
    pub(crate) max_body: usize,
    pub(crate) max_jobs: NonZeroUsize,
    pub(crate) max_records: NonZeroUsize,
    pub(crate) max_rows_held: usize,
    pub(crate) max_rows_per_import: usize,
    pub(crate) pace: Pace,
    pub(crate) scale: NonZeroU32,
    pub(crate) seed: u64,
    pub(crate) sync_below: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            access: Access::default(),
            envelope: Envelope::default(),
            epoch: Epoch::default(),
            faults: Vec::new(),
            honours_keys: true,
            job_prefix: String::new(),
            limit: RateLimit::default(),
            max_body: 32 << 20,
            max_jobs: NonZeroUsize::MIN.saturating_add(9_999),
            max_records: NonZeroUsize::MIN.saturating_add(199_999),
            max_rows_held: 2_000_000,
            max_rows_per_import: 50_000,
            pace: Pace {
                start_delay: Duration::ZERO,
                per_row: Duration::from_millis(2),
            },
            scale: NonZeroU32::MIN,
            seed: 0,
            sync_below: 100,
        }
    }
}
