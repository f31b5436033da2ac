//! Requests and responses of the API: URLs, options, bodies.

mod answer;
mod base_url;
mod options;
mod reply;

pub use self::reply::Reply;
pub(crate) use self::{
    answer::{Answer, Arriving},
    base_url::BaseUrl,
    options::{CallOptions, attempt_options, call_options, check_times},
};
