//! Invalid settings and arguments.

use prism_imports_core::JobIdError;

/// An invalid setting or argument. It is reported before anything is sent.
///
/// ```
/// use prism_imports::{Client, ConfigError};
///
/// let refused = Client::builder().api_key(" ").build().unwrap_err();
/// assert!(matches!(refused, ConfigError::NoApiKey));
/// assert_eq!(refused.to_string(), "no API key: set one, or the environment variable MICRO_API_KEY");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The API key is missing or blank.
    #[error("no API key: set one, or the environment variable MICRO_API_KEY")]
    NoApiKey,
    /// The API key contains a character that is invalid in a header.
    #[error("the API key contains a character that is invalid in a header")]
    ApiKey,
    /// The team is missing.
    #[error("no team: set one, or the environment variable MICRO_TEAM_ID")]
    NoTeam,
    /// The team is not a UUID.
    #[error("the team is not a UUID")]
    TeamId,
    /// The job id is invalid.
    #[error(transparent)]
    JobId(JobIdError),
    /// The object type is invalid.
    #[error("the object type is invalid: {reason}")]
    #[non_exhaustive]
    ObjectType {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The base URL is invalid.
    #[error("the base URL is invalid: {reason}")]
    #[non_exhaustive]
    BaseUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The user agent contains a character that is invalid in a header.
    #[error("the user agent contains a character that is invalid in a header")]
    UserAgent,
    /// A timeout is 0.
    #[error("`{setting}` must be above 0")]
    #[non_exhaustive]
    NoTime {
        /// The setting.
        setting: &'static str,
    },
    /// The idempotency key is invalid.
    #[error("the idempotency key is invalid: {reason}")]
    #[non_exhaustive]
    IdempotencyKey {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The import has no rows.
    #[error("there are no rows to import")]
    NoRows,
    /// A row cannot be sent.
    #[error("row {index} cannot be sent: {reason}")]
    #[non_exhaustive]
    Row {
        /// The row's position, counted from 0.
        index: usize,
        /// What is wrong with it, without its values.
        reason: Box<str>,
    },
    /// An option is invalid.
    #[error("the option `{name}` is invalid: {reason}")]
    #[non_exhaustive]
    Option {
        /// The option's name on the wire.
        name: Box<str>,
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}
