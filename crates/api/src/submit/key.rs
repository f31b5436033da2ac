//! Idempotency keys.

use std::{fmt, str::FromStr};

use http::HeaderValue;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::error::ConfigError;

/// An idempotency key: 1 to 255 visible ASCII characters. A submit that is sent several times with the same key starts
/// one import.
///
/// The server stores its first answer to a key for 24 hours and repeats it. It rejects the same key with different rows
/// with the code `idempotency_key_mismatch`.
///
/// ```
/// use prism_imports::IdempotencyKey;
///
/// let key: IdempotencyKey = "nightly-2026-11-23".parse()?;
/// assert_eq!(key.as_str(), "nightly-2026-11-23");
/// assert!("".parse::<IdempotencyKey>().is_err());
/// assert_ne!(IdempotencyKey::mint(), IdempotencyKey::mint());
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// Creates a key from a custom text, such as the id of a batch in a database.
    ///
    /// # Errors
    ///
    /// [`ConfigError::IdempotencyKey`] if the text is empty, longer than 255 characters, or not visible ASCII.
    pub fn new(key: impl Into<Box<str>>) -> Result<Self, ConfigError> {
        let key = key.into();
        let refuse = |reason| Err(ConfigError::IdempotencyKey { reason });
        if key.is_empty() {
            return refuse("it is empty");
        }
        if key.len() > MAX_LENGTH {
            return refuse("it is longer than 255 characters");
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("it contains a character that is not visible ASCII");
        }
        Ok(Self(key))
    }

    /// Generates a key, a UUID of version 7. Keys sort by the time at which they were generated.
    pub fn mint() -> Self {
        Self::mint_at(Timestamp::now())
    }

    /// Generates a key at a time of day.
    pub(super) fn mint_at(now: Timestamp) -> Self {
        let now = now.as_millisecond();
        let mut random = [0; 10];
        fastrand::fill(&mut random);
        let id = uuid::Builder::from_unix_timestamp_millis(
            u64::try_from(now).unwrap_or_default(),
            &random,
        )
        .into_uuid();
        Self(id.to_string().into())
    }

    /// Returns the key as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key as a header value. Visible ASCII is always valid.
    pub(super) fn to_header(&self) -> Result<HeaderValue, ConfigError> {
        HeaderValue::from_str(&self.0)
            .ok()
            .ok_or(ConfigError::IdempotencyKey {
                reason: "it is invalid in a header",
            })
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for IdempotencyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Box::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The server's limit.
const MAX_LENGTH: usize = 255;
