//! Reads foreign errors: what they mean and how far the request had got.

use std::error::Error as StdError;
use std::io;

use super::{BoxError, Error, Kind, Phase};

impl Error {
    /// Makes an error of whatever a service returned.
    ///
    /// An [`Error`] comes back as it was. One that lies deeper, under a foreign layer's error, lends its kind
    /// and phase. Errors of hyper's client and of `std::io` are read; everything else is
    /// [`Kind::Foreign`] and [`Phase::MaybeSent`], which is never retried.
    pub fn from_boxed(error: BoxError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return *own,
            Err(foreign) => foreign,
        };
        let (kind, phase) = read(&*error);
        Self::new(kind, phase).with_source(error)
    }
}

fn read(error: &(dyn StdError + 'static)) -> (Kind, Phase) {
    // Whoever knows the request says more than whoever knows the socket, at whatever depth.
    chain(error)
        .find_map(read_request_error)
        .or_else(|| chain(error).find_map(read_socket_error))
        .unwrap_or((Kind::Foreign, Phase::MaybeSent))
}

fn read_request_error(error: &(dyn StdError + 'static)) -> Option<(Kind, Phase)> {
    if let Some(own) = error.downcast_ref::<Error>() {
        return Some((own.kind(), own.phase()));
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

/// Returns the error beneath one: unlike `source`, it does not pass over what an `io::Error` wraps.
fn beneath<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests;
