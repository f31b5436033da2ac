//! The two bodies: a request's, which can be sent again, and a response's, which is read once.

mod request;
mod response;

pub use self::request::RequestBody;
#[cfg(feature = "client")]
pub(crate) use self::request::Watch;
pub use self::response::ResponseBody;
