//! The body of a request, which can be sent again, and the body of a response, which is read once.

mod request;
mod response;

use bytes::Bytes;

pub use self::request::RequestBody;
pub use self::response::ResponseBody;

/// Makes bodies of everything that is bytes in memory.
macro_rules! from_memory {
    ($($body:ty: $($source:ty),+;)+) => {$($(
        impl From<$source> for $body {
            fn from(source: $source) -> Self {
                Bytes::from(source).into()
            }
        }
    )+)+};
}

from_memory! {
    RequestBody: Vec<u8>, String, &'static str;
    ResponseBody: Vec<u8>, String, &'static str;
}
