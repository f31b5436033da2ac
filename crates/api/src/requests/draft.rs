//! An import while it is being put together.

use bytes::Bytes;
use serde::Serialize;

use super::body::Body;
use crate::{
    error::{Commit, ConfigError, Error},
    http::CallOptions,
    ids::{IdempotencyKey, ObjectType},
};

/// An import while it is being put together. The first thing that is wrong with it is the error of the call.
#[derive(Debug)]
pub(crate) struct Draft {
    object_type: ObjectType,
    body: Body,
    key: IdempotencyKey,
    has_keyed_retries: bool,
    pub(crate) options: CallOptions,
    refused: Option<ConfigError>,
}

/// The parts of an import that is ready to be sent.
pub(super) struct Parts {
    pub(super) object_type: ObjectType,
    pub(super) body: Bytes,
    pub(super) key: IdempotencyKey,
    pub(super) has_keyed_retries: bool,
    pub(super) options: CallOptions,
}

impl Draft {
    pub(crate) fn new(object_type: ObjectType, key: IdempotencyKey) -> Self {
        Self {
            object_type,
            body: Body::new(),
            key,
            has_keyed_retries: true,
            options: CallOptions::default(),
            refused: None,
        }
    }

    pub(crate) fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    pub(crate) fn set_key(&mut self, key: IdempotencyKey) {
        self.key = key;
    }

    pub(crate) fn set_keyed_retries(&mut self, yes: bool) {
        self.has_keyed_retries = yes;
    }

    pub(crate) fn push_row(&mut self, row: &impl Serialize) {
        let pushed = self.body.push(row);
        self.keep_first(pushed);
    }

    pub(crate) fn set_option(&mut self, name: &str, value: &impl Serialize) {
        let set = self.body.set_option(name, value);
        self.keep_first(set);
    }

    pub(crate) fn set_dedupe_by(&mut self, property: &str) {
        if property.trim().is_empty() {
            self.keep_first(Err(ConfigError::Option {
                name: "dedupe_by".into(),
                reason: "it names no property".into(),
            }));
        }
        self.set_option("dedupe_by", &property);
    }

    pub(super) fn finish(self) -> Result<Parts, Error> {
        let Self {
            object_type,
            body,
            key,
            has_keyed_retries,
            options,
            refused,
        } = self;
        let checked = match refused {
            Some(error) => Err(error),
            None => options
                .check()
                .and_then(|()| object_type.check().map(drop))
                .and_then(|()| body.finish()),
        };
        match checked {
            Ok(body) => Ok(Parts {
                object_type,
                body,
                key,
                has_keyed_retries,
                options,
            }),
            Err(error) => Err(refuse(error, &key)),
        }
    }

    fn keep_first(&mut self, result: Result<(), ConfigError>) {
        if let Err(error) = result {
            self.refused.get_or_insert(error);
        }
    }
}

/// The setters of a [`Draft`] on a builder that has one.
macro_rules! draft_setters {
    () => {
        /// Adds rows: each an object with `default`, `list` or both, of property values by slug.
        pub fn rows<T: serde::Serialize>(mut self, rows: impl IntoIterator<Item = T>) -> Self {
            rows.into_iter().for_each(|row| self.draft.push_row(&row));
            self
        }

        /// Matches rows with existing records by this property.
        pub fn dedupe_by(mut self, property: &str) -> Self {
            self.draft.set_dedupe_by(property);
            self
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
            self.draft.set_option(name, &value);
            self
        }

        /// Sets the key, in place of the one that was minted.
        pub fn idempotency_key(mut self, key: $crate::ids::IdempotencyKey) -> Self {
            self.draft.set_key(key);
            self
        }

        /// Sets whether the submit is sent again under its key if an attempt may have reached the server; it is by default.
        ///
        /// Switch it off if the server does not honour `Idempotency-Key` for this endpoint. The key is sent all
        /// the same, and only an attempt that surely did not reach the server is repeated.
        pub fn keyed_retries(mut self, yes: bool) -> Self {
            self.draft.set_keyed_retries(yes);
            self
        }

        /// Sets how long the whole call may take: all attempts and the waits between them. The client's `timeout` bounds
        /// it too.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.draft.options.timeout = Some(timeout);
            self
        }

        $crate::http::attempt_options!(draft.options);

        /// Returns the key under which the import will be submitted.
        pub fn key(&self) -> &$crate::ids::IdempotencyKey {
            self.draft.key()
        }
    };
}

/// The error of an import that was not sent.
pub(super) fn refuse(error: ConfigError, key: &IdempotencyKey) -> Error {
    Error::invalid(error, SUBMIT).with(|inner| {
        inner.key = Some(key.clone());
        inner.commit = Some(Commit::NotCommitted);
    })
}

const SUBMIT: &str = "submit import";

pub(crate) use draft_setters;
