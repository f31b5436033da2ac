//! Watching a job until it is finished.

mod update;
mod follow;
mod plan;
mod stream;

pub(crate) use self::{
    follow::{Follow, Next, poll},
    plan::{Plan, plan_options},
};
pub use self::{
    stream::{Wait, Watch, WatchCheckpoint},
    update::Update,
};
