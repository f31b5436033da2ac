//! Reads the errors of hyper, hyper-util and rustls.

use std::error::Error as StdError;

use crate::error::{Error, Kind, Phase, chain};

/// Reads one level of an error chain; `None` if it is of another crate.
pub(crate) fn read_error(error: &(dyn StdError + 'static)) -> Option<(Kind, Phase)> {
    if let Some(pool) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
        return Some(read_pool_error(pool));
    }
    error.downcast_ref::<hyper::Error>().map(read_hyper_error)
}

fn read_pool_error(error: &hyper_util::client::legacy::Error) -> (Kind, Phase) {
    if error.is_connect() {
        return (connect_kind(error), Phase::NotSent);
    }
    match error.source().and_then(|source| source.downcast_ref()) {
        Some(hyper) => read_hyper_error(hyper),
        // hyper-util did not try to send the request: no absolute URI, or a version or method that it cannot send.
        None => (Kind::Request, Phase::NotSent),
    }
}

fn read_hyper_error(error: &hyper::Error) -> (Kind, Phase) {
    // Canceled: the request was given back before it was started.
    if error.is_canceled() {
        return (Kind::Closed, Phase::NotSent);
    }
    if error.is_parse() {
        return (Kind::Protocol, Phase::Answered);
    }
    #[cfg(feature = "http2")]
    if let Some(h2) = error.source().and_then(|source| source.downcast_ref()) {
        return read_h2_error(h2);
    }
    (Kind::Closed, Phase::MaybeSent)
}

#[cfg(feature = "http2")]
fn read_h2_error(error: &h2::Error) -> (Kind, Phase) {
    match error.reason() {
        // RFC 9113, section 8.7: the peer states that it has not processed the request. h2 ends a stream with the peer's
        // GOAWAY only if the stream is above the last one that the peer processed; section 6.8 makes that a promise,
        // whatever the reason.
        _ if error.is_remote() && error.is_go_away() => (Kind::Closed, Phase::NotSent),
        Some(h2::Reason::REFUSED_STREAM) if error.is_remote() && error.is_reset() => {
            (Kind::Closed, Phase::NotSent)
        }
        // h2 itself ended the stream or the connection: the answer breaks the protocol, or has a larger list of headers than
        // is allowed.
        Some(h2::Reason::PROTOCOL_ERROR) if !error.is_remote() => (Kind::Protocol, Phase::Answered),
        Some(_) | None => (Kind::Closed, Phase::MaybeSent),
    }
}

/// A fault of a certificate or a name is final; everything else may be temporary.
fn connect_kind(error: &hyper_util::client::legacy::Error) -> Kind {
    chain(error)
        .skip(1)
        .find_map(final_kind)
        .unwrap_or(Kind::Connect)
}

fn final_kind(error: &(dyn StdError + 'static)) -> Option<Kind> {
    if let Some(own) = error.downcast_ref::<Error>() {
        return Some(own.kind());
    }
    #[cfg(feature = "tls")]
    {
        if error.is::<rustls::pki_types::InvalidDnsNameError>() {
            return Some(Kind::Request);
        }
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls_kind(tls));
        }
    }
    None
}

#[cfg(feature = "tls")]
#[expect(clippy::wildcard_enum_match_arm, reason = "rustls' enums, which grow")]
fn tls_kind(error: &rustls::Error) -> Kind {
    use rustls::AlertDescription as Alert;
    use rustls::Error as Tls;

    match error {
        Tls::InvalidCertificate(_)
        | Tls::NoCertificatesPresented
        | Tls::UnsupportedNameType
        | Tls::InvalidCertRevocationList(_)
        | Tls::PeerIncompatible(_)
        | Tls::NoApplicationProtocol
        // The peer rejects our certificate, or all that we can speak.
        | Tls::AlertReceived(
            Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::CertificateRequired
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::HandshakeFailure
            | Alert::ProtocolVersion
            | Alert::UnrecognisedName
            | Alert::NoApplicationProtocol,
        ) => Kind::Certificate,
        _ => Kind::Connect,
    }
}
