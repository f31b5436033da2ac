//! Faults below HTTP and in HTTP that clients meet. Each is a [`Script`] that a server of [`net`](crate::net) performs
//! for any client.
//!
//! [Starting](Script::start) a script starts its servers. A [`Task`] has the URL, the trusted root certificate and the
//! call. A client that runs the task returns a [`Reported`]; the servers record the requests as a [`Wire`].
//! [`breaches`] compares both with the rules that no client may break. [`ours`] runs a task with the client of this
//! project.

mod script;
mod scripts;

mod breach;
mod flood;
mod reported;
mod running;
mod task;
mod wire;

pub mod ours;

pub use self::breach::{Breach, breaches};
pub use self::reported::{Outcome, Reported};
pub use self::running::RunningScript;
pub use self::script::{Cost, Earlier, Flaw, Script, ServerKind};
pub use self::scripts::scripts;
pub use self::task::{Call, IDEMPOTENCY_KEY, JOB_ID, KEY, ROW_SECRET, Task, Times};
pub use self::wire::Wire;
