//! The request for the snapshot of a job.

use http::Request;
use prism_imports_core::JobId;
use prism_imports_transport::{RequestBody, UrlTemplate};
use uuid::Uuid;

use crate::{
    error::Error,
    http::{BaseUrl, CallOptions, call_options},
    ids::ImportHandle,
};

/// A request for the snapshot of a job, for [`GetImports`](crate::GetImports).
///
/// ```
/// use std::time::Duration;
/// use prism_imports::{GetImport, ImportHandle};
///
/// let team = uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11");
/// let handle = ImportHandle::new(team, "b5f1".parse()?);
/// let get = GetImport::new(handle).timeout(Duration::from_secs(2));
/// assert_eq!(get.job_id().as_str(), "b5f1");
/// # Ok::<(), prism_imports::JobIdError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until a service is called with it"]
pub struct GetImport {
    pub(crate) handle: ImportHandle,
    pub(crate) options: CallOptions,
    /// What it is a part of: has a span and is named by errors.
    pub(crate) operation: Option<&'static str>,
}

impl GetImport {
    call_options!(options);

    /// Makes a request for a job.
    pub fn new(handle: ImportHandle) -> Self {
        Self {
            handle,
            options: CallOptions::default(),
            operation: None,
        }
    }

    /// Returns the team that the job belongs to.
    pub fn team_id(&self) -> Uuid {
        self.handle.team_id()
    }

    /// Returns the job's id.
    pub fn job_id(&self) -> &JobId {
        self.handle.job_id()
    }

    /// Adds what was done, and the job, to an error.
    pub(crate) fn named(&self, error: Error) -> Error {
        error
            .during(self.operation.unwrap_or(GET))
            .of_job(self.job_id())
    }

    /// Builds the HTTP request.
    pub(crate) fn to_http(&self, base: &BaseUrl) -> Request<RequestBody> {
        let mut request = Request::new(RequestBody::default());
        let mut team = Uuid::encode_buffer();
        let team = self.team_id().hyphenated().encode_lower(&mut team);
        let job = self.job_id().as_str();
        *request.uri_mut() = base.join(&["v2", "prism", team, "imports", job]);
        let template = UrlTemplate("/v2/prism/{teamId}/imports/{jobId}".into());
        request.extensions_mut().insert(template);
        self.options.apply(&mut request);
        request
    }
}

pub(crate) const GET: &str = "get import";
