use http::Uri;

use super::Origin;
use crate::Kind;

#[test]
fn a_port_is_the_one_that_is_written() {
    for (url, origin) in [
        ("http://h.example", "http://h.example:80"),
        ("https://h.example/", "https://h.example:443"),
        ("http://h.example:1", "http://h.example:1"),
        ("http://h.example:65535/a", "http://h.example:65535"),
        ("http://[::1]", "http://[::1]:80"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
        ("https://user:70000@h.example", "https://h.example:443"),
    ] {
        let url = Uri::from_static(url);
        assert_eq!(Origin::of(&url).unwrap().to_string(), origin);
    }
}

#[test]
fn an_invalid_port_is_an_error() {
    for url in [
        "http://h.example:99999",
        "http://h.example:+80",
        "https://h.example:70000/",
        "https://h.example:65536",
        "http://h.example:0",
        "http://h.example:",
        "http://h.example:8o",
        "https://[::1]:0/",
        "https://[::1]:99999/",
        "https://user:443@h.example:99999/",
    ] {
        // `Uri` refuses some of them itself.
        if let Ok(url) = url.parse::<Uri>() {
            let error = Origin::of(&url).unwrap_err();
            assert_eq!(error.kind(), Kind::Request, "{url}");
            assert_eq!(
                error.to_string(),
                "the port is not a number from 1 to 65535"
            );
        }
    }
}

#[test]
fn loopback_is_an_address_or_a_reserved_name() {
    let is_loopback = |url: &'static str| Origin::of(&Uri::from_static(url)).unwrap().is_loopback();
    for url in [
        "http://127.0.0.1:4010",
        "http://127.255.0.9",
        "http://[::1]:4010",
        "http://localhost",
        "http://LocalHost:4010",
        "http://api.localhost",
    ] {
        assert!(is_loopback(url), "{url}");
    }
    for url in [
        "http://128.0.0.1",
        "http://[::2]",
        "http://localhost.example",
        "http://notlocalhost",
        "http://127.0.0.1.example",
    ] {
        assert!(!is_loopback(url), "{url}");
    }
}
