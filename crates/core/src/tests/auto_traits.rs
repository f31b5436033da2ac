//! All public types are `Send`, `Sync` and `Unpin`.

use crate::{poller, wire};

const fn assert_auto_traits<T: Send + Sync + Unpin + 'static>() {}

/// One line per type that `lib.rs`, `wire` and `poller` export.
const _: () = {
    assert_auto_traits::<crate::Tally>();
    assert_auto_traits::<crate::Complete>();
    assert_auto_traits::<crate::Conflict>();
    assert_auto_traits::<crate::Contradiction>();
    assert_auto_traits::<crate::Details>();
    assert_auto_traits::<crate::Failed>();
    assert_auto_traits::<crate::FailedRows>();
    assert_auto_traits::<crate::Finding>();
    assert_auto_traits::<crate::ImportJob>();
    assert_auto_traits::<crate::JobError>();
    assert_auto_traits::<crate::JobId>();
    assert_auto_traits::<crate::JobIdError>();
    assert_auto_traits::<crate::Observation>();
    assert_auto_traits::<crate::Outcome<'static>>();
    assert_auto_traits::<crate::Processing>();
    assert_auto_traits::<crate::Progress>();
    assert_auto_traits::<crate::Rate>();
    assert_auto_traits::<crate::ReadError>();
    assert_auto_traits::<crate::RecordId<'static>>();
    assert_auto_traits::<crate::ObserveError>();
    assert_auto_traits::<crate::Summary>();
    assert_auto_traits::<crate::Row>();
    assert_auto_traits::<crate::RowError>();
    assert_auto_traits::<crate::Rule>();
    assert_auto_traits::<crate::Severity>();
    assert_auto_traits::<crate::Unrecognized>();
    assert_auto_traits::<wire::DecodeError>();
    assert_auto_traits::<wire::ErrorBody>();
    assert_auto_traits::<wire::Fields>();
    assert_auto_traits::<wire::Row>();
    assert_auto_traits::<crate::RowDecoder>();
    assert_auto_traits::<wire::Snapshot>();
    assert_auto_traits::<wire::Status>();
    assert_auto_traits::<wire::Summary>();
    assert_auto_traits::<wire::UnknownStatus>();
    assert_auto_traits::<poller::Checkpoint>();
    assert_auto_traits::<poller::CheckpointError>();
    assert_auto_traits::<poller::Limits>();
    assert_auto_traits::<poller::Pace>();
    assert_auto_traits::<poller::PaceBuilder>();
    assert_auto_traits::<poller::PaceError>();
    assert_auto_traits::<poller::Poller>();
    assert_auto_traits::<poller::Rejection>();
    assert_auto_traits::<poller::Output>();
    assert_auto_traits::<poller::Seen>();
    assert_auto_traits::<poller::Stopped>();
    assert_auto_traits::<poller::StopReason>();
};
