//! The faults below HTTP, and around it, that a client meets: each a [`Script`] that a server of [`net`](crate::net)
//! plays to any client.
//!
//! A script is [started](Script::start), which makes an [`Errand`]: where to call, whom to trust and what to call. The
//! client that runs it [tells](Told) what came of it, the server's side [saw](Wire) what was on the wire, and
//! [`breaches`] holds the two against what no client may do. [`ours`] runs an errand with the client of this project.

mod breach;
mod errand;
mod flood;
mod playing;
mod script;
mod scripts;
mod told;
mod wire;

pub mod ours;

pub use self::breach::{Breach, breaches};
pub use self::errand::{Call, Errand, IDEMPOTENCY_KEY, JOB_ID, KEY, ROW_SECRET, Times};
pub use self::playing::Playing;
pub use self::script::{Flaw, Play, Script, Takes};
pub use self::scripts::scripts;
pub use self::told::{Outcome, Told};
pub use self::wire::Wire;
