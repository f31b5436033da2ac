//! The unparsed body of a submit.

use bytes::Bytes;
use http::{StatusCode, header, request::Parts};

use super::super::problem::{Issue, Problem};

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Payload {
    /// The whole body.
    Whole(Bytes),
    /// The body exceeds the size limit.
    TooLarge,
}

/// Checks the size and the content type of a submit and returns its body.
pub(in crate::engine) fn body<'a>(
    head: &Parts,
    payload: &'a Payload,
    max: usize,
) -> Result<&'a Bytes, Problem> {
    let body = match payload {
        Payload::Whole(body) => body,
        Payload::TooLarge => {
            let message = format!("a body must have at most {max} bytes");
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                message,
            ));
        }
    };
    let json = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"));
    if json {
        return Ok(body);
    }
    let message = "the body of a submit must be application/json";
    let issue = Issue::new(".headers.content-type", "unsupported_media_type", message);
    Err(Problem {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        code: "unsupported_media_type".into(),
        ..Problem::invalid(vec![issue])
    })
}
