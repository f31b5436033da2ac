//! Submitting of imports.

mod body;
mod writer;
mod key;
mod object_type;
mod request;

use std::future::IntoFuture;

use serde::Serialize;
use uuid::Uuid;

use self::body::Body;
use self::request::refuse;
pub use self::{
    key::IdempotencyKey,
    object_type::{ObjectType, OtherType},
    request::SubmitImport,
};
use crate::{
    call::{CallFuture, CallOptions, Reply, call_options},
    error::{ConfigError, Error},
    finished::Finished,
    handle::ImportHandle,
    imports::Imports,
};

/// An import to submit. Created by [`Imports::submit`].
///
/// Each row is serialized once, when it is added. Every attempt sends the same bytes with the same idempotency key, so
/// the server starts the import once. The key exists before anything is sent and can be stored first. If a submit
/// fails, [`Error::commit`] reports the possible outcomes.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind) before anything is sent: there are no rows, a row has neither `default` nor
/// `list`, or the key, the type or an option is invalid. After that every kind except `NotFound`, `Gone`, `Expired` and
/// `Stopped`.
///
/// # Cancel safety
///
/// If the future is dropped, the import may or may not exist: submit again with the same key and rows.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use prism_imports::{ObjectType, Submitted};
/// use serde_json::json;
///
/// let rows = [json!({"default": {"email": "ada@example.com"}})];
/// let submit = imports.submit(ObjectType::Contact).rows(rows).dedupe_by("email");
/// println!("store this first: {}", submit.key());
/// match submit.send().await? {
///     Submitted::Finished(end) => println!("done: {end:?}"),
///     Submitted::Started(handle) => println!("started: {}", handle.job_id()),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Submit {
    imports: Imports,
    object_type: ObjectType,
    body: Body,
    key: IdempotencyKey,
    keyed_retries: bool,
    /// The first invalid row or setting.
    invalid: Option<ConfigError>,
    options: CallOptions,
}

impl Submit {
    call_options!();

    pub(crate) fn new(imports: Imports, object_type: ObjectType) -> Self {
        let key = IdempotencyKey::mint_at(imports.client.now());
        Self {
            imports,
            object_type,
            body: Body::new(),
            key,
            keyed_retries: true,
            invalid: None,
            options: CallOptions::default(),
        }
    }

    /// Adds rows. A row is an object with `default`, `list` or both, which map property slugs to values.
    pub fn rows<T: Serialize>(mut self, rows: impl IntoIterator<Item = T>) -> Self {
        for row in rows {
            let pushed = self.body.push(&row);
            self.keep_error(pushed);
        }
        self
    }

    /// Sets the property by which rows are matched with existing records.
    pub fn dedupe_by(mut self, property: &str) -> Self {
        if property.trim().is_empty() {
            let reason = "the property is blank".into();
            self.keep_error(Err(ConfigError::Option {
                name: "dedupe_by".into(),
                reason,
            }));
        }
        self.body.set_option("dedupe_by", property.into());
        self
    }

    /// Sets whether matching ignores case; the server's default is `true`.
    pub fn case_insensitive(mut self, yes: bool) -> Self {
        self.body.set_option("caseInsensitive", yes.into());
        self
    }

    /// Adds the records to a list.
    pub fn list_id(mut self, list: Uuid) -> Self {
        self.body.set_option("list_id", list.to_string().into());
        self
    }

    /// Sets whether missing options of a property are created.
    pub fn create_missing_options(mut self, yes: bool) -> Self {
        self.body.set_option("create_missing_options", yes.into());
        self
    }

    /// Sets whether a matching record is updated with the values of the row.
    pub fn update_existing(mut self, yes: bool) -> Self {
        self.body.set_option("update_existing", yes.into());
        self
    }

    /// Sets whether each row must have its list stage, `app_stage`.
    pub fn require_list_stage(mut self, yes: bool) -> Self {
        self.body.set_option("require_list_stage", yes.into());
        self
    }

    /// Sets an option for which this version has no method.
    pub fn option(mut self, name: &str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => self.body.set_option(name, value),
            Err(_) => self.keep_error(Err(ConfigError::Option {
                name: name.into(),
                reason: "it does not serialize to JSON".into(),
            })),
        }
        self
    }

    /// Sets the idempotency key in place of the generated one.
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = key;
        self
    }

    /// Sets whether the submit is retried with its key when an attempt may have reached the server; `true` by default.
    ///
    /// Disable it if the server does not support `Idempotency-Key` for this endpoint. The key is still sent, but the
    /// submit is retried only if the attempt cannot have reached the server.
    pub fn keyed_retries(mut self, yes: bool) -> Self {
        self.keyed_retries = yes;
        self
    }

    /// Returns the idempotency key of the import.
    pub fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    /// Submits the import.
    ///
    /// # Errors
    ///
    /// See [`Submit`].
    pub async fn send(self) -> Result<Submitted, Error> {
        self.reply().await.map(Reply::into_value)
    }

    /// Submits the import and returns the result with the status and headers of the answer. [`Reply::is_replay`]
    /// returns `true` if the server repeated the answer to an earlier submit.
    ///
    /// # Errors
    ///
    /// See [`Submit`].
    pub async fn reply(self) -> Result<Reply<Submitted>, Error> {
        let (imports, submit) = self.prepare()?;
        submit.send(&imports, &mut imports.client.service()).await
    }

    /// Builds a request that can be cloned and sent through [`Imports::service`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind), as for [`Submit::send`].
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// use prism_imports::ObjectType;
    /// use serde_json::json;
    ///
    /// let submit = client.imports().submit(ObjectType::Deal).rows([json!({"default": {"name": "x"}})]);
    /// let import = submit.into_request()?;
    /// println!("key: {}", import.key());
    /// # Ok::<(), prism_imports::Error>(())
    /// ```
    pub fn into_request(self) -> Result<SubmitImport, Error> {
        self.prepare().map(|(_, submit)| submit)
    }

    fn prepare(self) -> Result<(Imports, SubmitImport), Error> {
        let Self {
            imports,
            object_type,
            body,
            key,
            keyed_retries,
            invalid,
            options,
        } = self;
        let checked = match invalid {
            Some(error) => Err(error),
            None => options
                .check()
                .and_then(|()| object_type.check().map(drop))
                .and_then(|()| body.finish()),
        };
        match checked {
            Ok(body) => Ok((
                imports,
                SubmitImport {
                    object_type,
                    body,
                    key,
                    keyed_retries,
                    options,
                },
            )),
            Err(error) => Err(refuse(error, &key)),
        }
    }

    /// Keeps the first error, which the call returns.
    fn keep_error(&mut self, result: Result<(), ConfigError>) {
        if let Err(error) = result {
            self.invalid.get_or_insert(error);
        }
    }
}

impl IntoFuture for Submit {
    type Output = Result<Submitted, Error>;
    type IntoFuture = CallFuture<Submitted>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// The result of a submit.
///
/// ```
/// use prism_imports::Submitted;
///
/// fn describe(submitted: &Submitted) -> String {
///     match submitted {
///         Submitted::Finished(end) => format!("done with {} rows", end.progress().total()),
///         Submitted::Started(handle) => format!("watch {}", handle.job_id()),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an import is either finished or started"
)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one value per import, which is matched at once"
)]
pub enum Submitted {
    /// The import was small and has finished. The server keeps no job that could be polled.
    Finished(Finished),
    /// The import was started and is processed in the background.
    Started(ImportHandle),
}
