//! Starting an import.

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

/// An import about to start. Made by [`Imports::submit`].
///
/// The rows are serialized once, as they are given. Every attempt sends the same bytes under the same key, so the
/// server takes the import once; the key is there before anything is sent and can be stored first. When a submit
/// fails, [`Error::commit`] says whether the import may exist.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind) before any traffic: no rows, a row without `default` and `list`, an
/// unusable key, type or option. After that every kind but `NotFound`, `Gone`, `Expired` and `Stopped`.
///
/// # Cancel safety
///
/// Dropping the future leaves open whether the server took the import: submit again with the same key and rows.
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
    /// The first thing that was wrong.
    refused: Option<ConfigError>,
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
            refused: None,
            options: CallOptions::default(),
        }
    }

    /// Adds rows: each an object with `default`, `list` or both, of property values by slug.
    pub fn rows<T: Serialize>(mut self, rows: impl IntoIterator<Item = T>) -> Self {
        for row in rows {
            let pushed = self.body.push(&row);
            self.note(pushed);
        }
        self
    }

    /// Matches rows with existing records by this property.
    pub fn dedupe_by(mut self, property: &str) -> Self {
        if property.trim().is_empty() {
            let reason = "it names no property".into();
            self.note(Err(ConfigError::Option {
                name: "dedupe_by".into(),
                reason,
            }));
        }
        self.body.set_option("dedupe_by", property.into());
        self
    }

    /// Sets whether the match ignores the case of letters; by default the server does.
    pub fn case_insensitive(mut self, yes: bool) -> Self {
        self.body.set_option("caseInsensitive", yes.into());
        self
    }

    /// Puts the records on a list.
    pub fn list_id(mut self, list: Uuid) -> Self {
        self.body.set_option("list_id", list.to_string().into());
        self
    }

    /// Sets whether options of a property that do not exist yet are created.
    pub fn create_missing_options(mut self, yes: bool) -> Self {
        self.body.set_option("create_missing_options", yes.into());
        self
    }

    /// Sets whether a record that matches is patched with the row's values.
    pub fn update_existing(mut self, yes: bool) -> Self {
        self.body.set_option("update_existing", yes.into());
        self
    }

    /// Sets whether each row must name its stage in the list, as `app_stage`.
    pub fn require_list_stage(mut self, yes: bool) -> Self {
        self.body.set_option("require_list_stage", yes.into());
        self
    }

    /// Sets an option that this version does not name.
    pub fn option(mut self, name: &str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => self.body.set_option(name, value),
            Err(_) => self.note(Err(ConfigError::Option {
                name: name.into(),
                reason: "it does not serialize to JSON".into(),
            })),
        }
        self
    }

    /// Sets the key, in place of the one that was minted.
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = key;
        self
    }

    /// Sets whether the submit is sent again when an attempt may have reached the server; by default it is, under
    /// its key.
    ///
    /// Switch it off where the server does not honour `Idempotency-Key` for this endpoint: the key is sent all
    /// the same, and only an attempt that surely reached nobody is repeated.
    pub fn keyed_retries(mut self, yes: bool) -> Self {
        self.keyed_retries = yes;
        self
    }

    /// Returns the key under which the import will be submitted.
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

    /// Submits the import and returns what the answer says besides; [`Reply::is_replay`] tells whether the server
    /// had taken it before.
    ///
    /// # Errors
    ///
    /// See [`Submit`].
    pub async fn reply(self) -> Result<Reply<Submitted>, Error> {
        let (imports, submit) = self.prepare()?;
        submit.send(&imports, &mut imports.client.service()).await
    }

    /// Ends the building: the import as a value that can be cloned and sent through [`Imports::service`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind), as for [`Submit::send`] before any traffic.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// use prism_imports::ObjectType;
    /// use serde_json::json;
    ///
    /// let submit = client.imports().submit(ObjectType::Deal).rows([json!({"default": {"name": "x"}})]);
    /// let import = submit.into_request()?;
    /// println!("will be sent under {}", import.key());
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
            refused,
            options,
        } = self;
        let checked = match refused {
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

    /// Keeps the first thing that is wrong, which is the error of the call.
    fn note(&mut self, result: Result<(), ConfigError>) {
        if let Err(error) = result {
            self.refused.get_or_insert(error);
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

/// What became of a submit.
///
/// ```
/// use prism_imports::Submitted;
///
/// fn tell(submitted: &Submitted) -> String {
///     match submitted {
///         Submitted::Finished(end) => format!("done with {} rows", end.progress().total()),
///         Submitted::Started(handle) => format!("watch {}", handle.job_id()),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an import is answered at once or started"
)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per import, and it is taken apart at once"
)]
pub enum Submitted {
    /// The import was small enough to be done at once. The server keeps nothing of it to be polled.
    Finished(Finished),
    /// The import is under way.
    Started(ImportHandle),
}
