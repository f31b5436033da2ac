//! Puts credentials on requests to one origin, and nowhere else.
//!
//! The layer is built for one [`Origin`](crate::Origin): a request to another one is refused before any traffic,
//! and so is plain http beyond the machine itself. The header is marked sensitive, which keeps it out of debug
//! output and out of HTTP/2's compression tables. Layers inside this one see the header; should one of them point the
//! request elsewhere, the credentials go with it.
//!
//! Credentials come from a [`Credentials`] handle: a fixed key, or a source that is asked again when they
//! expire or when the server answers 401. However many calls wait, the source is asked once: the renewal is one
//! future that every waiting call drives.
//!
//! # Examples
//!
//! ```
//! use http::Uri;
//! use prism_imports_transport::{Origin, auth::{AuthLayer, AuthScheme, Credentials}};
//!
//! let origin = Origin::of(&Uri::from_static("https://api.example"))?;
//! let layer = AuthLayer::new(origin.clone(), Credentials::fixed("a key"));
//! let bearer = AuthLayer::new(origin, Credentials::fixed("a token")).with_scheme(AuthScheme::bearer());
//! # Ok::<(), prism_imports_transport::Error>(())
//! ```

mod credentials;
mod layer;
mod source;

pub use self::credentials::Credentials;
pub use self::layer::{AuthLayer, AuthScheme};
pub use self::source::{Credential, CredentialSource};

#[cfg(test)]
mod tests;
