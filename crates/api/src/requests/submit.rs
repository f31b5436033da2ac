//! An import that is ready to be sent.

use http::{HeaderName, HeaderValue, Method, Request, header};
use prism_imports_transport::{Replay, RequestBody, UrlTemplate};
use uuid::Uuid;

use crate::{
    http::{BaseUrl, CallOptions},
    ids::{IdempotencyKey, ObjectType},
};

/// An import that is ready to be sent: checked, serialized, and with its key. For
/// [`SubmitImports`](crate::SubmitImports).
///
/// Made by [`Submit::into_request`](crate::Submit::into_request), or without a client by [`SubmitImport::builder`]. Clones are the
/// same import: the same bytes under the same key.
///
/// ```
/// use prism_imports::{ObjectType, SubmitImport};
/// use serde_json::json;
///
/// let team = uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11");
/// let import = SubmitImport::builder(team, ObjectType::Contact)
///     .rows([json!({"default": {"email": "ada@example.com"}})])
///     .dedupe_by("email")
///     .into_request()?;
/// assert_eq!(import.object_type(), &ObjectType::Contact);
/// # Ok::<(), prism_imports::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SubmitImport {
    pub(crate) team: Uuid,
    pub(crate) object_type: ObjectType,
    pub(crate) body: RequestBody,
    pub(crate) key: IdempotencyKey,
    pub(crate) replay: Replay,
    pub(crate) options: CallOptions,
}

impl SubmitImport {
    /// Returns the team that the import belongs to.
    pub fn team_id(&self) -> Uuid {
        self.team
    }

    /// Returns the key under which the import is submitted.
    pub fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    /// Returns the type of the records.
    pub fn object_type(&self) -> &ObjectType {
        &self.object_type
    }

    /// Builds the one request that every attempt sends.
    pub(crate) fn to_http(&self, base: &BaseUrl) -> Request<RequestBody> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        let (team, object_type) = (self.team.to_string(), self.object_type.as_str());
        *request.uri_mut() = base.join(&["v2", "prism", &team, object_type, "import"]);
        self.options.apply(&mut request);
        let headers = request.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(IDEMPOTENCY_KEY, self.key.to_header());
        let extensions = request.extensions_mut();
        extensions.insert(self.replay);
        extensions.insert(UrlTemplate("/v2/prism/{teamId}/{objectType}/import".into()));
        request
    }
}

pub(crate) const SUBMIT: &str = "submit import";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
