//! One logical call: its options, its account, and how its layers know of each other.

mod options;
mod report;
mod state;
mod turn;

pub use self::options::{
    AttemptNumber, AttemptTimeout, CallTimeout, Deadline, SizeCap, Streamed, UrlTemplate,
};
pub use self::report::{CallReport, Stop};
pub(crate) use self::state::{Call, InFlight};
pub(crate) use self::turn::Turn;
