use std::io;

use super::super::{Error, Kind, Phase, Scope};

/// An error of another crate around another.
#[derive(Debug, thiserror::Error)]
#[error("a foreign layer")]
struct Wrapped(#[source] Box<dyn std::error::Error + Send + Sync>);

#[track_caller]
fn check(error: impl Into<Box<dyn std::error::Error + Send + Sync>>, kind: Kind, phase: Phase) {
    let read = Error::from_boxed(error.into());
    assert_eq!((read.kind(), read.phase()), (kind, phase));
}

#[test]
fn our_own_error_comes_back_as_it_was() {
    let own = Error::new(Kind::TooLarge, Phase::Answered).with_message("as it was");
    let same = Error::from_boxed(Box::new(own));
    assert_eq!(same.to_string(), "as it was");
}

#[test]
fn an_error_around_ours_inherits_its_meaning() {
    let own = Error::new(Kind::Timeout(Scope::Attempt), Phase::NotSent);
    check(
        Wrapped(own.into()),
        Kind::Timeout(Scope::Attempt),
        Phase::NotSent,
    );
    let own = Error::new(Kind::Connect, Phase::NotSent);
    check(io::Error::other(own), Kind::Connect, Phase::NotSent);
    let own = Error::new(Kind::Connect, Phase::NotSent);
    check(
        io::Error::other(io::Error::other(Wrapped(own.into()))),
        Kind::Connect,
        Phase::NotSent,
    );
}

#[test]
fn a_socket_error_is_read_with_and_without_a_text() {
    for kind in [
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::TimedOut,
    ] {
        check(io::Error::from(kind), Kind::Closed, Phase::MaybeSent);
        check(io::Error::new(kind, "text"), Kind::Closed, Phase::MaybeSent);
        let deep = Wrapped(io::Error::from(kind).into());
        check(deep, Kind::Closed, Phase::MaybeSent);
    }
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    check(refused, Kind::Connect, Phase::NotSent);
}

#[test]
fn what_we_do_not_know_is_foreign_and_may_have_been_sent() {
    check("just words", Kind::Layer, Phase::MaybeSent);
    check(Wrapped("deeper".into()), Kind::Layer, Phase::MaybeSent);
}
