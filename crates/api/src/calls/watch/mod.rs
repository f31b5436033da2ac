//! Watching a job until it is finished.

mod update;
mod checkpoint;
mod follow;
mod plan;
mod stream;
mod wait;

pub use self::{checkpoint::WatchCheckpoint, stream::Watch, update::Update, wait::Wait};
pub(crate) use self::{
    follow::{Follow, Next, poll},
    plan::{Plan, plan_options},
};
