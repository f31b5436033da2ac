//! Servers that are right about the state of a job and sloppy about its details.

use serde::{Deserialize, Serialize};

/// A way in which a server is sloppy about the details of a job. Made a fault by [`Fault::sloppy`](crate::Fault::sloppy).
///
/// Each is known from bulk APIs of this kind or from bug reports about their clients. The job itself runs as usual, and
/// a client must report its end as the server means it: complete or failed, with the rows that were sent. The bodies of
/// the polls are written by hand, not by the serializer of the client.
///
/// ```
/// use prism_imports_sandbox::{Fault, Sandbox, Sloppy};
///
/// // One server for each way, to run the same test against.
/// for sloppy in Sloppy::ALL {
///     let sandbox = Sandbox::builder().fault(Fault::sloppy(sloppy)).build()?;
///     # drop(sandbox);
/// }
/// # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sloppy {
    /// While the job runs, `processed` lags behind `succeeded` and `failed`.
    LaggingCounters,
    /// While the job runs, `processed` is ahead of `succeeded` and `failed`.
    LeadingCounters,
    /// The total is 0 at first, then too high, and is corrected while the job runs.
    CorrectedTotal,
    /// `updated_at` has fractions and is minutes ahead while the job runs; its end has whole seconds of another clock.
    TwoClocks,
    /// The answers have no `Date`.
    NoDate,
    /// The first two polls reach a replica that does not know the job: 404.
    UnknownAtFirst,
    /// The results come ten seconds after the job is complete.
    LateResults,
    /// Duplicate rows have no results: one in ten is missing.
    Deduplicated,
    /// The bodies have no `job_id`.
    NoJobId,
    /// Every other poll is answered with the body of another job, as by a wrong cache.
    OtherJob,
    /// Integers are written as `1.0`.
    Floats,
    /// The codes of errors and the ids of records are numbers.
    NumericCodes,
    /// The status is in capitals.
    Capitals,
    /// Times are seconds since 1970, as numbers.
    NumericTimes,
    /// There is an unknown field in each row and in the job, where it is repeated.
    UnknownFields,
    /// The first row claims to be created and failed.
    AmbiguousRow,
    /// The second row has the `input_index` of the first.
    RepeatedIndex,
}

impl Sloppy {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::LaggingCounters,
        Self::LeadingCounters,
        Self::CorrectedTotal,
        Self::TwoClocks,
        Self::NoDate,
        Self::UnknownAtFirst,
        Self::LateResults,
        Self::Deduplicated,
        Self::NoJobId,
        Self::OtherJob,
        Self::Floats,
        Self::NumericCodes,
        Self::Capitals,
        Self::NumericTimes,
        Self::UnknownFields,
        Self::AmbiguousRow,
        Self::RepeatedIndex,
    ];
}
