//! Settings and arguments that are refused before any traffic.

use std::sync::Arc;

use prism_imports_core::JobIdError;

/// A setting or an argument that cannot be used, found before any traffic.
///
/// ```
/// use prism_imports::{Client, ConfigError};
///
/// let refused = Client::builder().api_key(" ").build().unwrap_err();
/// assert!(matches!(refused, ConfigError::Blank("api_key")));
/// assert_eq!(refused.to_string(), "`api_key` is blank");
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no API key.
    #[error("no API key: set one, or the environment variable MICRO_API_KEY")]
    NoApiKey,
    /// The API key, or the fixed key of the credentials, is blank or contains a character that a header cannot carry.
    #[error("the API key is blank, or contains a character that a header cannot carry")]
    ApiKey,
    /// There is no team.
    #[error("no team: set one, or the environment variable MICRO_TEAM_ID")]
    NoTeam,
    /// The team is not a UUID.
    #[error("the team is not a UUID")]
    TeamId,
    /// The job id cannot be part of a path.
    #[error(transparent)]
    JobId(JobIdError),
    /// The object type cannot be part of a path, for this reason.
    #[error("the object type is invalid: {0}")]
    ObjectType(&'static str),
    /// The base URL is invalid, for this reason.
    #[error("the base URL is invalid: {0}")]
    BaseUrl(&'static str),
    /// The suffix of the user agent contains a character that a header cannot carry.
    #[error("the user agent contains a character that a header cannot carry")]
    UserAgent,
    /// The duration of this name is 0.
    #[error("`{0}` is 0: it must be above 0")]
    NoTime(&'static str),
    /// The setting of this name is blank.
    #[error("`{0}` is blank")]
    Blank(&'static str),
    /// The environment variable of this name is not Unicode.
    #[error("the environment variable {0} is not Unicode")]
    NotUnicode(&'static str),
    /// The idempotency key is invalid, for this reason.
    #[error("the idempotency key is invalid: {0}")]
    IdempotencyKey(&'static str),
    /// An import without rows.
    #[error("there are no rows to import")]
    NoRows,
    /// A row that cannot be sent.
    #[error("row {index} cannot be sent: {reason}")]
    #[non_exhaustive]
    Row {
        /// The row's position, counted from 0.
        index: usize,
        /// What is wrong with it, without its values.
        reason: Box<str>,
    },
    /// An option that cannot be sent.
    #[error("the option `{name}` is invalid: {reason}")]
    #[non_exhaustive]
    Option {
        /// The option's name on the wire.
        name: Box<str>,
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// There is neither an HTTP client, for want of the features `http1` and `http2`, nor an HTTP service.
    #[error("no HTTP service: set one, or enable the feature http1 or http2")]
    NoHttp,
    /// The HTTP client could not be set up: a certificate or a proxy, maybe one of the environment.
    #[error("the HTTP client could not be set up: {0}")]
    Http(#[source] Arc<dyn std::error::Error + Send + Sync>),
}
