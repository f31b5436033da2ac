//! Scheme, host and port: credentials are sent to one origin only.

use std::fmt;

use http::Uri;
use http::uri::Scheme;

use crate::error::{Error, Kind};

/// Scheme, host and port of a server.
///
/// # Examples
///
/// ```
/// use http::Uri;
/// use prism_imports_transport::Origin;
///
/// let origin = Origin::of(&Uri::from_static("https://API.example/v2"))?;
/// assert!(origin.is_origin_of(&Uri::from_static("https://api.example:443/other")));
/// assert!(!origin.is_origin_of(&Uri::from_static("https://api.example:8443/")));
/// assert!(!origin.is_origin_of(&Uri::from_static("http://api.example/")));
/// # Ok::<(), prism_imports_transport::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Origin {
    secure: bool,
    host: Box<str>,
    pub(crate) port: u16,
}

impl Origin {
    /// Returns the origin of `uri`.
    ///
    /// # Errors
    ///
    /// [`Kind::Request`] if the scheme is neither `http` nor `https`, if there is no host, or if the port is not a number from 1
    /// to 65535.
    pub fn of(uri: &Uri) -> Result<Self, Error> {
        let (secure, host, port) = parts(uri)?;
        let host = host.to_ascii_lowercase().into();
        Ok(Self { secure, host, port })
    }

    /// Returns `true` if `uri` points at this origin.
    pub fn is_origin_of(&self, uri: &Uri) -> bool {
        parts(uri).is_ok_and(|(secure, host, port)| {
            secure == self.secure && port == self.port && host.eq_ignore_ascii_case(&self.host)
        })
    }

    /// Returns `true` if bytes to this origin are encrypted.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns `true` if this origin is on the machine itself: `localhost`, `*.localhost`, `127.0.0.0/8` or `[::1]`.
    ///
    /// `localhost` and `*.localhost` count by name, and `HttpClient` connects them to `127.0.0.1` or `[::1]` without a
    /// resolver. Another HTTP service should do the same. A name that merely resolves to a loopback address does not count.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Returns the parts of an origin: `true` for https, the host as it is written, and the port.
pub(crate) fn parts(uri: &Uri) -> Result<(bool, &str, u16), Error> {
    let refused = |message| Error::refused(Kind::Request, message);
    let secure = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => true,
        Some(scheme) if *scheme == Scheme::HTTP => false,
        Some(_) => return Err(refused("the scheme of a URL must be http or https")),
        None => return Err(refused("the URL is not absolute: it has no scheme")),
    };
    let host = uri.host().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| refused("the URL has no host"))?;
    let port = match named_port(uri) {
        None => Some(if secure { 443 } else { 80 }),
        // `parse` takes a plus sign too.
        Some(port) if port.starts_with('+') => None,
        Some(port) => port.parse().ok().filter(|port| *port != 0),
    };
    let port = port.ok_or_else(|| refused("the port is not a number from 1 to 65535"))?;
    Ok((secure, host, port))
}

/// Returns the port as it is written. `Uri::port` takes a port that it cannot read for none.
fn named_port(uri: &Uri) -> Option<&str> {
    let authority = uri.authority()?.as_str();
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (_, port) = host.rsplit_once(':')?;
    // The last colon of `[::1]` is part of the address.
    (!port.ends_with(']')).then_some(port)
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests;
