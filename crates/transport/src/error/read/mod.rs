//! Reads the errors of other layers and services: what they mean, and how far the request got.

use std::error::Error as StdError;
use std::io;

use super::{BoxError, Error, Kind, Phase, Scope};

impl Error {
    /// Reads any error that a service returned.
    ///
    /// An [`Error`] comes back as it was. One deeper in the chain, under the error of another layer, lends its kind,
    /// phase, message and report. Timeouts of tower and tokio, tower's `Overloaded`, errors of hyper and of `std::io` are read
    /// for what they are. Everything else is [`Kind::Layer`] and [`Phase::MaybeSent`], which is never retried.
    pub fn from_boxed(error: BoxError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return *own,
            Err(foreign) => foreign,
        };
        let (kind, phase) = read(&*error);
        let ours = chain(&*error).find_map(<dyn StdError>::downcast_ref::<Self>);
        let report = ours.map(|ours| *ours.report());
        let message = ours.and_then(|ours| ours.more.message.clone());
        let mut read = Self::new(kind, phase).with_report(report.unwrap_or_default());
        read.more.message = message;
        read.with_source(error)
    }

    pub(crate) fn from_any(error: impl Into<BoxError>) -> Self {
        Self::from_boxed(error.into())
    }
}

fn read(error: &(dyn StdError + 'static)) -> (Kind, Phase) {
    // An error about the request says more than one about the socket, at any depth.
    chain(error)
        .find_map(read_request_error)
        .or_else(|| chain(error).find_map(read_socket_error))
        .unwrap_or((Kind::Layer, Phase::MaybeSent))
}

fn read_request_error(error: &(dyn StdError + 'static)) -> Option<(Kind, Phase)> {
    if let Some(own) = error.downcast_ref::<Error>() {
        return Some((own.kind(), own.phase()));
    }
    if error.is::<tower::load_shed::error::Overloaded>() {
        return Some((Kind::Overloaded, Phase::NotSent));
    }
    if error.is::<tower::timeout::error::Elapsed>() || error.is::<tokio::time::error::Elapsed>() {
        return Some((Kind::Timeout(Scope::Layer), Phase::MaybeSent));
    }
    #[cfg(feature = "client")]
    return crate::client::read_error(error);
    #[cfg(not(feature = "client"))]
    None
}

fn read_socket_error(error: &(dyn StdError + 'static)) -> Option<(Kind, Phase)> {
    let io = error.downcast_ref::<io::Error>()?;
    Some(if io.kind() == io::ErrorKind::ConnectionRefused {
        (Kind::Connect, Phase::NotSent)
    } else {
        (Kind::Closed, Phase::MaybeSent)
    })
}

/// Iterates over an error and those beneath it.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| beneath(*error))
}

/// Returns the error beneath one. Unlike `source`, it does not skip what an `io::Error` wraps.
fn beneath<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let io = error.downcast_ref::<io::Error>();
    match io.and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests;
