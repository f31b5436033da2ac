//! The body of a request, which can be sent again, and the body of a response, which is read once.

mod request;
mod response;

pub use self::request::RequestBody;
pub use self::response::ResponseBody;
