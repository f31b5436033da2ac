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
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(own) = error.downcast_ref::<Error>() {
            return (own.kind(), own.phase());
        }
        #[cfg(feature = "client")]
        if let Some(known) = crate::client::read_error(error) {
            return known;
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return read_io(io);
        }
        next = error.source();
    }
    (Kind::Foreign, Phase::MaybeSent)
}

fn read_io(error: &io::Error) -> (Kind, Phase) {
    if error.kind() == io::ErrorKind::ConnectionRefused {
        (Kind::Connect, Phase::NotSent)
    } else {
        (Kind::Closed, Phase::MaybeSent)
    }
}
