//! An import that is ready to be sent.

use http::{HeaderName, HeaderValue, Method, Request, header};
use prism_imports_transport::{Replay, RequestBody, UrlTemplate};
use uuid::Uuid;

use super::body::Body;
use crate::{
    error::{ConfigError, Error},
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
///     .build()?;
/// assert_eq!(import.object_type(), &ObjectType::Contact);
/// # Ok::<(), prism_imports::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SubmitImport {
    team: Uuid,
    object_type: ObjectType,
    body: RequestBody,
    pub(crate) key: IdempotencyKey,
    pub(crate) has_keyed_retries: bool,
    pub(crate) options: CallOptions,
}

impl SubmitImport {
    /// Starts an import for a team, without a client.
    pub fn builder(team: Uuid, object_type: impl Into<ObjectType>) -> SubmitImportBuilder {
        SubmitImportBuilder::new(Some(team), object_type.into(), IdempotencyKey::mint())
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
        extensions.insert(if self.has_keyed_retries {
            Replay::Keyed
        } else {
            Replay::Never
        });
        extensions.insert(UrlTemplate("/v2/prism/{teamId}/{objectType}/import".into()));
        request
    }
}

/// Puts an import together without a client. Made by [`SubmitImport::builder`]. The first thing that is wrong with the
/// import is the error.
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
    /// Still without its body.
    pub(crate) import: SubmitImport,
    pub(crate) body: Body,
    refused: Option<ConfigError>,
}

impl SubmitImportBuilder {
    submit_options!();

    pub(crate) fn new(team: Option<Uuid>, object_type: ObjectType, key: IdempotencyKey) -> Self {
        Self {
            import: SubmitImport {
                team: team.unwrap_or_default(),
                object_type,
                body: RequestBody::default(),
                key,
                has_keyed_retries: true,
                options: CallOptions::default(),
            },
            body: Body::new(),
            refused: team.is_none().then_some(ConfigError::NoTeam),
        }
    }

    pub(crate) fn keep_first(&mut self, result: Result<(), ConfigError>) {
        if let Err(error) = result {
            self.refused.get_or_insert(error);
        }
    }

    /// Checks the import.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](crate::ErrorKind): no rows, a row without `default` and `list`, an invalid type or option.
    pub fn build(mut self) -> Result<SubmitImport, Error> {
        let refused = self.refused.map_or(Ok(()), Err);
        let checked = refused
            .and_then(|()| self.import.options.check())
            .and_then(|()| self.import.object_type.check())
            .and_then(|()| self.body.finish());
        match checked {
            Ok(body) => {
                self.import.body = RequestBody::from(body);
                Ok(self.import)
            }
            Err(error) => {
                let error = Error::invalid(error).during(SUBMIT);
                Err(error.with(|inner| inner.key = Some(self.import.key)))
            }
        }
    }
}

/// The setters of a [`SubmitImportBuilder`], on itself or on a type that has one.
macro_rules! submit_options {
    ($($import:ident)?) => {
        /// Adds rows: each an object with `default`, `list` or both, of property values by slug.
        pub fn rows<T: serde::Serialize>(mut self, rows: impl IntoIterator<Item = T>) -> Self {
            for row in rows {
                let pushed = self.$($import.)?body.push(&row);
                self.$($import.)?keep_first(pushed);
            }
            self
        }

        /// Matches rows with existing records by this property.
        pub fn dedupe_by(mut self, property: &str) -> Self {
            if property.trim().is_empty() {
                self.$($import.)?keep_first(Err($crate::error::ConfigError::Option {
                        name: "dedupe_by".into(),
                        reason: "it names no property".into(),
                    }));
            }
            self.option("dedupe_by", property)
        }

        /// Sets whether the match ignores the case of letters; it does by the server's default.
        pub fn case_insensitive(self, yes: bool) -> Self {
            self.option("caseInsensitive", yes)
        }

        /// Puts the records on a list.
        pub fn list_id(self, list: uuid::Uuid) -> Self {
            self.option("list_id", list)
        }

        /// Sets whether options of a property that do not exist yet are created.
        pub fn create_missing_options(self, yes: bool) -> Self {
            self.option("create_missing_options", yes)
        }

        /// Sets whether a record that matches is updated with the row's values.
        pub fn update_existing(self, yes: bool) -> Self {
            self.option("update_existing", yes)
        }

        /// Sets whether each row must name its stage in the list, as `app_stage`.
        pub fn require_list_stage(self, yes: bool) -> Self {
            self.option("require_list_stage", yes)
        }

        /// Sets an option that this version does not name.
        pub fn option(mut self, name: &str, value: impl serde::Serialize) -> Self {
            let set = self.$($import.)?body.set_option(name, &value);
            self.$($import.)?keep_first(set);
            self
        }

        /// Sets the key, in place of the one that was minted.
        pub fn idempotency_key(mut self, key: $crate::ids::IdempotencyKey) -> Self {
            self.$($import.)? import.key = key;
            self
        }

        /// Sets whether the submit is sent again under its key if an attempt may have reached the server; it is by default.
        ///
        /// Switch it off if the server does not honour `Idempotency-Key` for this endpoint. The key is sent all
        /// the same, and only an attempt that surely did not reach the server is repeated.
        pub fn keyed_retries(mut self, yes: bool) -> Self {
            self.$($import.)? import.has_keyed_retries = yes;
            self
        }

        $crate::http::call_options!($($import.)? import.options);

        /// Returns the key under which the import will be submitted.
        pub fn key(&self) -> &$crate::ids::IdempotencyKey {
            &self.$($import.)? import.key
        }
    };
}

pub(crate) const SUBMIT: &str = "submit import";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

pub(crate) use submit_options;
