//! Reads how long a server asks to wait.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};

/// Returns how long the answer with these headers asks to wait.
///
/// `Retry-After-Ms` (milliseconds) wins over `Retry-After`, which is seconds, with a fraction if need be, or an
/// HTTP date. Of several, the first usable one counts. A date counts from the answer's own `Date`, so that a wrong clock
/// on either side does not matter, and from `now` when there is none. A negative or unreadable hint is no hint, a date
/// that has passed is a wait of zero, and a number beyond every duration is [`Duration::MAX`].
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
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let seconds_or_date = |text: &str| {
        number(text, 1.0).or_else(|| {
            let from = first(headers, &DATE, date).unwrap_or(now);
            Some(date(text)?.duration_since(from).unwrap_or_default())
        })
    };
    first(headers, &RETRY_AFTER_MS, |text| number(text, 1_000.0))
        .or_else(|| first(headers, &RETRY_AFTER, seconds_or_date))
}

/// Reads the first usable value of a header.
fn first<T>(headers: &HeaderMap, name: &HeaderName, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let values = headers.get_all(name).iter();
    let mut texts = values.filter_map(|value| value.to_str().ok());
    texts.find_map(|text| read(text.trim()))
}

/// Reads a decimal number of `per_second` parts of a second.
fn number(text: &str, per_second: f64) -> Option<Duration> {
    // Rust also reads "inf", "nan" and "1e9"; HTTP does not.
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    if !text.bytes().all(is_plain) {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? / per_second;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Not in the registry, but in use by several APIs.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

#[cfg(test)]
mod tests;
