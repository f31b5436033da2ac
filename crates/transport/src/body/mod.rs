//! The two bodies: a request's, which can be sent again, and a response's, which is read once.

mod request;
mod response;
#[cfg(feature = "client")]
mod wire;

pub use self::request::RequestBody;
pub use self::response::ResponseBody;
#[cfg(feature = "client")]
pub(crate) use self::wire::WireBody;
