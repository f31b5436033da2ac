//! A load: submitters draw imports, a fleet watches the jobs, and a tally counts every row.
//!
//! ```text
//! Orders ──> submitters ──> finished at once ───────────┐
//!    ^           │                                      v
//!    │           └──> job ──> fleet ──> finished ──> Tally ──> Verdict against the counts of the sandbox
//!    └─────────── slot for another job <───┘
//! ```
//!
//! A job occupies a slot of the load until its end is known. The fleet therefore has as many jobs as there are slots,
//! as long as there are orders.

mod faults;
mod order;
mod run;
mod tally;

pub use self::{
    faults::faults,
    order::{Order, Orders, RowPlan, Sizes},
    run::Load,
    tally::{RowCounts, Tally, Verdict},
};
