//! An import that is ready to be sent.

use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use prism_imports_transport::{Replay, RequestBody, UrlTemplate};
use uuid::Uuid;

use super::draft::{Draft, draft_setters, refuse};
use crate::{
    error::{ConfigError, Error},
    http::{BaseUrl, CallOptions, Part},
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
///     .build()?;
/// assert_eq!(import.object_type(), &ObjectType::Contact);
/// # Ok::<(), prism_imports::Error>(())
/// ```
#[derive(Clone)]
pub struct SubmitImport {
    team: Uuid,
    object_type: ObjectType,
    body: Bytes,
    key: IdempotencyKey,
    has_keyed_retries: bool,
    options: CallOptions,
}

impl SubmitImport {
    /// Starts an import for a team, without a client.
    pub fn builder(team: Uuid, object_type: impl Into<ObjectType>) -> SubmitImportBuilder {
        SubmitImportBuilder {
            team,
            draft: Draft::new(object_type.into(), IdempotencyKey::mint()),
        }
    }

    pub(crate) fn of(team: Option<Uuid>, draft: Draft) -> Result<Self, Error> {
        let parts = draft.finish()?;
        let Some(team) = team else {
            return Err(refuse(ConfigError::NoTeam, &parts.key));
        };
        Ok(Self {
            team,
            object_type: parts.object_type,
            body: parts.body,
            key: parts.key,
            has_keyed_retries: parts.has_keyed_retries,
            options: parts.options,
        })
    }

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
    pub(crate) fn to_http(&self, base: &BaseUrl) -> Result<Request<RequestBody>, Error> {
        let refuse = |error| refuse(error, &self.key);
        let mut request = Request::new(RequestBody::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = base.join([
            Part::Plain("/v2/prism/"),
            Part::Plain(&self.team.to_string()),
            Part::Plain("/"),
            Part::Segment(self.object_type.check().map_err(refuse)?),
            Part::Plain("/import"),
        ]);
        self.options.apply(&mut request);
        let headers = request.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(IDEMPOTENCY_KEY, self.key.to_header().map_err(refuse)?);
        let extensions = request.extensions_mut();
        extensions.insert(if self.has_keyed_retries {
            Replay::Keyed
        } else {
            Replay::Never
        });
        extensions.insert(UrlTemplate("/v2/prism/{teamId}/{objectType}/import".into()));
        Ok(request)
    }
}

impl fmt::Debug for SubmitImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitImport")
            .field("object_type", &self.object_type)
            .field("bytes", &self.body.len())
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Puts an import together without a client. Made by [`SubmitImport::builder`].
///
/// ```
/// use prism_imports::{ErrorKind, ObjectType, SubmitImport};
///
/// let empty = SubmitImport::builder(uuid::Uuid::nil(), ObjectType::Deal).build();
/// assert_eq!(empty.unwrap_err().kind(), ErrorKind::Argument);
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct SubmitImportBuilder {
    team: Uuid,
    draft: Draft,
}

impl SubmitImportBuilder {
    draft_setters!();

    /// Checks the import.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](crate::ErrorKind): no rows, a row without `default` and `list`, an unusable type or option.
    pub fn build(self) -> Result<SubmitImport, Error> {
        SubmitImport::of(Some(self.team), self.draft)
    }
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
