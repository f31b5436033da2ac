//! A load: submitters that draw imports, a fleet that follows the jobs, and one account of every row.
//!
//! ```text
//! Orders ──> submitters ──> at once ───────────────────┐
//!    ^           │                                     v
//!    │           └──> job ──> fleet ──> its end ──> Account ──> Verdict against the sandbox's own count
//!    └───────── room for another job <───┘
//! ```
//!
//! A job takes one of the load's places until its end is seen, so that the fleet is as large as the load says for as
//! long as there are orders.

mod account;
mod faults;
mod order;
mod run;

pub use self::{
    account::{Account, Tally, Verdict},
    faults::faults,
    order::{Order, Orders, RowPlan, Sizes},
    run::Load,
};
