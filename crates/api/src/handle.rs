//! What it takes to come back to a job.

use prism_imports_core::JobId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::submit::IdempotencyKey;

/// What it takes to come back to a job, from any process: plain data, to be kept in a database.
///
/// ```
/// use prism_imports::ImportHandle;
///
/// let team = uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11");
/// let handle = ImportHandle::new(team, "b5f1".parse()?);
/// let json = serde_json::to_string(&handle).unwrap();
/// assert_eq!(serde_json::from_str::<ImportHandle>(&json).unwrap(), handle);
/// # Ok::<(), prism_imports::JobIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportHandle {
    version: Version,
    team: Uuid,
    job: JobId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<IdempotencyKey>,
}

impl ImportHandle {
    /// Creates the handle of a job whose id is known from elsewhere.
    ///
    /// ```
    /// # use prism_imports::ImportHandle;
    /// # let team = uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11");
    /// assert_eq!(ImportHandle::new(team, "b5f1".parse()?).job_id().as_str(), "b5f1");
    /// # Ok::<(), prism_imports::JobIdError>(())
    /// ```
    pub fn new(team: Uuid, job: JobId) -> Self {
        Self {
            version: Version::One,
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

/// The form that a handle is written in; a form that is not known is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
enum Version {
    One,
}

impl From<Version> for u32 {
    fn from(version: Version) -> Self {
        match version {
            Version::One => 1,
        }
    }
}

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        match version {
            1 => Ok(Self::One),
            other => Err(format!("this version reads handles of form 1, not {other}")),
        }
    }
}
