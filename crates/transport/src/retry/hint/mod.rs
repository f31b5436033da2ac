//! Reads how long a server asks to wait.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};

/// Returns how long the answer with these headers asks to wait.
///
/// `Retry-After-Ms` (milliseconds) wins over `Retry-After`, which is seconds, with a fraction if need be, or an
/// HTTP date. A date counts from the answer's own `Date`, so that a wrong clock on either side does not
/// matter, and from `now` when there is none. A negative or unreadable hint is no hint, a date that has passed is
/// a wait of zero, and a number beyond every duration is [`Duration::MAX`].
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use http::HeaderMap;
/// use prism_imports_transport::retry::retry_after;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("retry-after", "1.5".parse().unwrap());
/// assert_eq!(retry_after(&headers, SystemTime::now()), Some(Duration::from_millis(1_500)));
/// headers.insert("retry-after-ms", "250".parse().unwrap());
/// assert_eq!(retry_after(&headers, SystemTime::now()), Some(Duration::from_millis(250)));
/// ```
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if let Some(wait) = text(headers, &RETRY_AFTER_MS).and_then(|text| number(text, 1_000.0)) {
        return Some(wait);
    }
    let value = text(headers, &RETRY_AFTER)?;
    if let Some(wait) = number(value, 1.0) {
        return Some(wait);
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = text(headers, &DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or(now);
    Some(until.duration_since(from).unwrap_or(Duration::ZERO))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

/// Reads a decimal number of `per_second` parts of a second.
fn number(text: &str, per_second: f64) -> Option<Duration> {
    // Rust also reads "inf", "nan" and "1e9"; HTTP does not.
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? / per_second;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Not in the registry, but in use by several APIs.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

#[cfg(test)]
mod tests;
