//! One logical call: its options, its account, and how its layers know of each other.

mod carried;
mod options;
mod report;
mod state;
mod turn;
#[cfg(feature = "client")]
mod wire;

pub(crate) use self::carried::Carried;
pub use self::options::{
    AttemptNumber, AttemptTimeout, CallTimeout, Deadline, SizeCap, Streamed, UrlTemplate,
};
pub use self::report::{CallReport, Stop};
pub(crate) use self::state::{Call, InFlight};
pub(crate) use self::turn::{Beneath, Turn};
#[cfg(feature = "client")]
pub(crate) use self::wire::Watched;
