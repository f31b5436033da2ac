//! The durable name of a job.

use std::{fmt, str::FromStr};

use prism_imports_core::{JobId, JobIdError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use uuid::Uuid;

use super::{IdempotencyKey, decode, encode};
use crate::config::ConfigError;

/// The durable name of a job: team, job id, and the key of its submit. Plain data, to be kept in a database.
///
/// It is stored with serde, or as one line of text with `Display` and `FromStr`. Both forms hold their version; an
/// unknown version is refused.
///
/// ```
/// use prism_imports::ImportHandle;
///
/// let team = uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11");
/// let handle = ImportHandle::new(team, "b5f1".parse()?);
/// let json = serde_json::to_string(&handle).unwrap();
/// assert_eq!(serde_json::from_str::<ImportHandle>(&json).unwrap(), handle);
///
/// let text = handle.to_string();
/// assert_eq!(text, "import:1:4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11:b5f1");
/// assert_eq!(text.parse::<ImportHandle>().unwrap(), handle);
/// # Ok::<(), prism_imports::JobIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportHandle {
    #[serde(serialize_with = "version", deserialize_with = "known_version")]
    version: (),
    team: Uuid,
    job: JobId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<IdempotencyKey>,
}

impl ImportHandle {
    /// Creates the handle of a job from its id.
    pub fn new(team: Uuid, job: JobId) -> Self {
        Self {
            version: (),
            team,
            job,
            key: None,
        }
    }

    pub(crate) fn with_key(self, key: Option<IdempotencyKey>) -> Self {
        Self { key, ..self }
    }

    /// Returns the team that the job belongs to.
    pub fn team_id(&self) -> Uuid {
        self.team
    }

    /// Returns the job's id.
    pub fn job_id(&self) -> &JobId {
        &self.job
    }

    /// Returns the key under which the job was submitted, if this handle comes from a submit.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }
}

/// The job that a call is about: its id, of the team of [`Imports`](crate::Imports), or its [handle](ImportHandle), of any team.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports, stored: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use prism_imports::ImportHandle;
///
/// let job = imports.get("b5f1").await?;
/// let handle: ImportHandle = stored.parse()?;
/// let job = imports.get(&handle).await?;
/// # Ok(()) }
/// ```
pub trait IntoHandle {
    /// Returns the handle; a job that has no team is of the given one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::JobId`] or [`ConfigError::NoTeam`].
    fn into_handle(self, team: Option<Uuid>) -> Result<ImportHandle, ConfigError>;
}

impl<T: AsRef<str>> IntoHandle for T {
    fn into_handle(self, team: Option<Uuid>) -> Result<ImportHandle, ConfigError> {
        let job = JobId::new(self.as_ref()).map_err(ConfigError::JobId)?;
        let team = team.ok_or(ConfigError::NoTeam)?;
        Ok(ImportHandle::new(team, job))
    }
}

impl IntoHandle for ImportHandle {
    fn into_handle(self, _: Option<Uuid>) -> Result<ImportHandle, ConfigError> {
        Ok(self)
    }
}

impl IntoHandle for &ImportHandle {
    fn into_handle(self, _: Option<Uuid>) -> Result<ImportHandle, ConfigError> {
        Ok(self.clone())
    }
}

impl fmt::Display for ImportHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let job = encode(self.job.as_str());
        write!(f, "{PREFIX}:{VERSION}:{}:{job}", self.team)?;
        match &self.key {
            Some(key) => write!(f, ":{}", encode(key.as_str())),
            None => Ok(()),
        }
    }
}

impl FromStr for ImportHandle {
    type Err = HandleError;

    fn from_str(text: &str) -> Result<Self, HandleError> {
        let parts: Vec<_> = text.split(':').collect();
        let [PREFIX, version, rest @ ..] = &*parts else {
            return Err(HandleError::Form);
        };
        known(version.parse().ok().ok_or(HandleError::Form)?)?;
        let (team, job, key) = match *rest {
            [team, job] => (team, job, None),
            [team, job, key] => (team, job, Some(key)),
            _ => return Err(HandleError::Form),
        };
        let team = Uuid::try_parse(team).ok().ok_or(HandleError::Team)?;
        let job = decode(job).ok_or(HandleError::Form)?;
        let job = JobId::new(job).map_err(HandleError::Job)?;
        let key = key.map(|key| IdempotencyKey::new(decode(key)?).ok());
        let key = key.map(|key| key.ok_or(HandleError::Key)).transpose()?;
        Ok(Self {
            version: (),
            team,
            job,
            key,
        })
    }
}

/// Why a text is not an [`ImportHandle`].
///
/// ```
/// use prism_imports::{HandleError, ImportHandle};
///
/// assert_eq!("b5f1".parse::<ImportHandle>(), Err(HandleError::Form));
/// assert_eq!("import:2:x:y".parse::<ImportHandle>(), Err(HandleError::Version(2)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// It does not have the form of a handle.
    #[error("a handle has the form `import:1:TEAM:JOB`, with or without `:KEY`")]
    Form,
    /// It has a form that this version does not know.
    #[error("this version reads handles of form 1, not {0}")]
    Version(u32),
    /// The team is not a UUID.
    #[error("the team of the handle is not a UUID")]
    Team,
    /// The job's id cannot be one.
    #[error("the job of the handle is invalid")]
    Job(#[source] JobIdError),
    /// The idempotency key cannot be one.
    #[error("the idempotency key of the handle is invalid")]
    Key,
}

const PREFIX: &str = "import";

/// The form that a handle is written in.
const VERSION: u32 = 1;

fn known(given: u32) -> Result<(), HandleError> {
    let known = (given == VERSION).then_some(());
    known.ok_or(HandleError::Version(given))
}

fn version<T, S: Serializer>(_: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u32(VERSION)
}

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    known(u32::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests;
