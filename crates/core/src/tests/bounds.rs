//! Every public type goes to other threads.

use crate::{poller, wire};

const fn goes_to_other_threads<T: Send + Sync + Unpin + 'static>() {}

/// One line for each type that `lib.rs`, `wire` and `poller` export.
const _: () = {
    goes_to_other_threads::<crate::Tally>();
    goes_to_other_threads::<crate::Complete>();
    goes_to_other_threads::<crate::Conflict>();
    goes_to_other_threads::<crate::Contradiction>();
    goes_to_other_threads::<crate::Counts>();
    goes_to_other_threads::<crate::CountsError>();
    goes_to_other_threads::<crate::Details>();
    goes_to_other_threads::<crate::Failed>();
    goes_to_other_threads::<crate::FailedRows>();
    goes_to_other_threads::<crate::Finding>();
    goes_to_other_threads::<crate::ImportJob>();
    goes_to_other_threads::<crate::JobError>();
    goes_to_other_threads::<crate::JobId>();
    goes_to_other_threads::<crate::JobIdError>();
    goes_to_other_threads::<crate::Observation>();
    goes_to_other_threads::<crate::Outcome<'static>>();
    goes_to_other_threads::<crate::Processing>();
    goes_to_other_threads::<crate::Progress>();
    goes_to_other_threads::<crate::Rate>();
    goes_to_other_threads::<crate::ReadError>();
    goes_to_other_threads::<crate::RecordId<'static>>();
    goes_to_other_threads::<crate::Refused>();
    goes_to_other_threads::<crate::Row>();
    goes_to_other_threads::<crate::RowError>();
    goes_to_other_threads::<crate::Rule>();
    goes_to_other_threads::<crate::Severity>();
    goes_to_other_threads::<crate::Unrecognized>();
    goes_to_other_threads::<wire::DecodeError>();
    goes_to_other_threads::<wire::ErrorBody>();
    goes_to_other_threads::<wire::Fields>();
    goes_to_other_threads::<wire::Row>();
    goes_to_other_threads::<wire::RowDecoder>();
    goes_to_other_threads::<wire::Snapshot>();
    goes_to_other_threads::<wire::Status>();
    goes_to_other_threads::<wire::Summary>();
    goes_to_other_threads::<wire::UnknownStatus>();
    goes_to_other_threads::<poller::Checkpoint>();
    goes_to_other_threads::<poller::Limits>();
    goes_to_other_threads::<poller::Pace>();
    goes_to_other_threads::<poller::PaceBuilder>();
    goes_to_other_threads::<poller::PaceError>();
    goes_to_other_threads::<poller::Poller>();
    goes_to_other_threads::<poller::Rejection>();
    goes_to_other_threads::<poller::Output>();
    goes_to_other_threads::<poller::Schedule>();
    goes_to_other_threads::<poller::Seen>();
    goes_to_other_threads::<poller::PollResult>();
    goes_to_other_threads::<poller::Step>();
    goes_to_other_threads::<poller::Stopped>();
    goes_to_other_threads::<poller::StopReason>();
};
