//! A request kept for another attempt.

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};

/// What another attempt would send.
///
/// Most calls never need it, so it is packed: a clone of the headers' table would cost more than the rest of the copy.
#[derive(Debug)]
pub(super) struct Kept<B> {
    method: Method,
    uri: Uri,
    version: Version,
    headers: Headers,
    extensions: Extensions,
    body: B,
}

/// Headers in a row. The few that most requests have need no allocation.
#[derive(Debug)]
enum Headers {
    Few([Option<Header>; FEW]),
    Many(Vec<Header>),
}

type Header = (HeaderName, HeaderValue);

impl<B: Clone> Kept<B> {
    pub(super) fn of(request: &Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: Headers::of(request.headers()),
            extensions: request.extensions().clone(),
            body: request.body().clone(),
        }
    }

    /// Makes the request anew.
    pub(super) fn request(&self) -> Request<B> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.version_mut() = self.version;
        *request.headers_mut() = self.headers.map();
        *request.extensions_mut() = self.extensions.clone();
        request
    }
}

impl Headers {
    fn of(map: &HeaderMap) -> Self {
        let mut headers = map
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        if map.len() <= FEW {
            return Self::Few(std::array::from_fn(|_| headers.next()));
        }
        let mut many = Vec::with_capacity(map.len());
        many.extend(headers);
        Self::Many(many)
    }

    fn map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        let mut append = |(name, value): &Header| {
            map.append(name, value.clone());
        };
        match self {
            Self::Few(headers) => headers.iter().flatten().for_each(&mut append),
            Self::Many(headers) => headers.iter().for_each(&mut append),
        }
        map
    }
}

/// A GET has three at most, before credentials: what it accepts, who sends it, and sometimes to which host.
const FEW: usize = 3;
