//! The key under which a submit is carried out once.

use std::{fmt, str::FromStr};

use http::HeaderValue;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::config::ConfigError;

/// The key under which a submit is carried out once, however often it is sent: 1 to 255 visible ASCII characters.
///
/// The server keeps its first response to a key for 24 hours and repeats it. The same key with other rows is
/// refused with the code `idempotency_key_mismatch`.
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
    /// Makes a key of your own, such as the id of a batch in your database.
    ///
    /// # Errors
    ///
    /// [`ConfigError::IdempotencyKey`] when it is empty, longer than 255 characters, or not visible ASCII.
    pub fn new(key: impl Into<Box<str>>) -> Result<Self, ConfigError> {
        let key = key.into();
        let reason = match key.len() {
            0 => "it is empty",
            1..=LONGEST if key.bytes().all(|byte| byte.is_ascii_graphic()) => return Ok(Self(key)),
            1..=LONGEST => "it holds a character that is not visible ASCII",
            _ => "it is longer than 255 characters",
        };
        Err(ConfigError::IdempotencyKey(reason))
    }

    /// Mints a new key, a UUID of version 7: keys sort by the time they were minted.
    pub fn mint() -> Self {
        Self::mint_at(Timestamp::now())
    }

    /// Mints a new key at a time of day.
    pub(crate) fn mint_at(now: Timestamp) -> Self {
        let now = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let mut random = [0; 10];
        fastrand::fill(&mut random);
        let id = uuid::Builder::from_unix_timestamp_millis(now, &random).into_uuid();
        Self(id.to_string().into())
    }

    /// Returns the key as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn to_header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("visible ASCII can stand in a header")
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
const LONGEST: usize = 255;
