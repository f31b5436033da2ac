//! Which error an answer, or the lack of one, makes.

use http::StatusCode;
use prism_imports_core::ReadError;
use prism_imports_transport as transport;

use super::{Commit, Error, ErrorKind, ServerError};
use crate::call::Answer;

impl Error {
    /// The error of a call that got no answer.
    pub(crate) fn no_answer(error: transport::Error, operation: &'static str) -> Self {
        use transport::Kind;
        let kind = match error.kind() {
            Kind::Connect | Kind::Certificate | Kind::Closed | Kind::Protocol => ErrorKind::Connect,
            Kind::Config | Kind::Request | Kind::Origin => ErrorKind::Config,
            Kind::Credentials => ErrorKind::Auth,
            Kind::Timeout(_) => ErrorKind::Timeout,
            Kind::Body | Kind::TooLarge => ErrorKind::Body,
            Kind::Quota => ErrorKind::Quota,
            Kind::Foreign | _ => ErrorKind::Layer,
        };
        let commit = if error.phase() == transport::Phase::NotSent {
            Commit::NotCommitted
        } else {
            Commit::Unknown
        };
        let committed = error.status().is_some_and(|status| status.is_success());
        Self::new(kind, operation).with(|inner| {
            inner.status = error.status();
            inner.request_id = error.request_id().map(Into::into);
            inner.phase = error.phase();
            inner.report = *error.report();
            inner.commit = Some(if committed { Commit::Committed } else { commit });
            inner.tell(error);
        })
    }

    /// The error of an answer whose status is none of success.
    pub(crate) fn refused(answer: &Answer, operation: &'static str) -> Self {
        let status = answer.status();
        let kind = match status {
            StatusCode::UNAUTHORIZED => ErrorKind::Auth,
            StatusCode::FORBIDDEN => ErrorKind::Denied,
            StatusCode::NOT_FOUND => ErrorKind::NotFound,
            StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
            status if status.is_client_error() => ErrorKind::Rejected,
            status if status.is_server_error() => ErrorKind::Server,
            _ => ErrorKind::Contract,
        };
        let server = ServerError::from_slice(answer.body());
        let commit = Self::commit_of(answer, server.as_ref());
        answer.error(kind, operation).with(|inner| {
            if kind == ErrorKind::Contract {
                let redirects = status.is_redirection();
                let what = if redirects {
                    "the server redirects, which is not followed"
                } else {
                    "the answer is none that the contract knows"
                };
                inner.what = Some(what.into());
            }
            if inner.request_id.is_none() {
                inner.request_id = server.as_ref().and_then(|server| server.request_id.clone());
            }
            inner.server = server;
            inner.commit = Some(commit);
        })
    }

    /// The error of an answer of success whose body is no job.
    pub(crate) fn unreadable(answer: &Answer, error: ReadError, operation: &'static str) -> Self {
        let kind = match error {
            ReadError::Decode(_) => ErrorKind::Decode,
            ReadError::Contradiction(_) => ErrorKind::Contract,
        };
        let snippet = answer.snippet();
        answer.error(kind, operation).with(|inner| {
            inner.body = Some(snippet);
            inner.commit = Some(Commit::Committed);
            match error {
                ReadError::Decode(error) => inner.tell(error),
                ReadError::Contradiction(error) => inner.tell(error),
            }
        })
    }

    /// What an answer of failure says of a submit: a refusal is no import, unless an attempt before it left that
    /// open.
    fn commit_of(answer: &Answer, server: Option<&ServerError>) -> Commit {
        let told = server.and_then(|server| match (server.code(), server.write_committed) {
            (Some("write_committed"), _) | (_, Some(true)) => Some(Commit::Committed),
            (Some("write_outcome_unknown"), _) => Some(Commit::Unknown),
            (_, Some(false)) => Some(Commit::NotCommitted),
            (_, None) => None,
        });
        let refused = answer.status().is_client_error() || answer.status().is_redirection();
        told.unwrap_or(if refused && answer.report().undecided() == 0 {
            Commit::NotCommitted
        } else {
            Commit::Unknown
        })
    }
}
