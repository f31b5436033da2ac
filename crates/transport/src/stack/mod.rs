//! The one supported order of the layers.

mod boxed;
mod builder;
mod pipeline;

pub use self::boxed::{HttpFuture, HttpService};
pub use self::builder::{Stack, StackBuilder};
pub use self::pipeline::{Pipeline, PipelineFuture};
