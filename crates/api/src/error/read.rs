//! Conversion of answers and transport errors into errors.

use http::StatusCode;
use prism_imports_core::ReadError;
use prism_imports_transport as transport;

use super::{Commit, Error, ErrorKind, ServerError};
use crate::call::Answer;

impl Error {
    /// Returns the error of a call without an answer.
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
            inner.set_transparent_source(error);
        })
    }

    /// Returns the error of an answer with an error status.
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
                    "the server returned a redirect, which is not followed"
                } else {
                    "the status of the answer is unexpected"
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

    /// Returns the error of a successful answer whose body is not a valid job.
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
                ReadError::Decode(error) => inner.set_transparent_source(error),
                ReadError::Contradiction(error) => inner.set_transparent_source(error),
            }
        })
    }

    /// Determines the outcome of a submit from an error answer. A rejected submit started no import, unless the outcome
    /// of an earlier attempt is unknown.
    fn commit_of(answer: &Answer, server: Option<&ServerError>) -> Commit {
        let reported = server.and_then(|server| match (server.code(), server.write_committed) {
            (Some("write_committed"), _) | (_, Some(true)) => Some(Commit::Committed),
            (Some("write_outcome_unknown"), _) => Some(Commit::Unknown),
            (_, Some(false)) => Some(Commit::NotCommitted),
            (_, None) => None,
        });
        let refused = answer.status().is_client_error() || answer.status().is_redirection();
        reported.unwrap_or(if refused && answer.report().undecided() == 0 {
            Commit::NotCommitted
        } else {
            Commit::Unknown
        })
    }
}
