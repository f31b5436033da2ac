use std::ffi::OsString;

use http::Uri;

use super::Proxies;
use crate::error::Error;

fn from_env(variables: &[(&str, &str)]) -> Result<Proxies, Error> {
    Proxies::from_env(|name| {
        let set = variables.iter().find(|(variable, _)| *variable == name);
        set.map(|(_, value)| OsString::from(value))
    })
}

fn proxy_of(proxies: &Proxies, url: &str) -> Option<String> {
    let url: Uri = url.parse().unwrap();
    Some(proxies.intercept(&url)?.uri().to_string())
}

/// Whether a URL is reached directly with this `NO_PROXY`.
fn is_direct(no_proxy: &str, url: &str) -> bool {
    let variables = [("ALL_PROXY", "http://proxy:1"), ("NO_PROXY", no_proxy)];
    proxy_of(&from_env(&variables).unwrap(), url).is_none()
}

#[test]
fn each_scheme_has_its_variable() {
    let variables = [
        ("HTTPS_PROXY", "http://secure:1"),
        ("HTTP_PROXY", "http://plain:2"),
        ("ALL_PROXY", "http://all:3"),
    ];
    let check = |variables: &[(&str, &str)], http: Option<&str>, https: Option<&str>| {
        let proxies = from_env(variables).unwrap();
        assert_eq!(
            proxy_of(&proxies, "http://h.example").as_deref(),
            http,
            "{variables:?}"
        );
        assert_eq!(
            proxy_of(&proxies, "https://h.example").as_deref(),
            https,
            "{variables:?}"
        );
    };
    check(
        &variables,
        Some("http://plain:2/"),
        Some("http://secure:1/"),
    );
    check(
        &variables[1..],
        Some("http://plain:2/"),
        Some("http://all:3/"),
    );
    check(&variables[..1], None, Some("http://secure:1/"));
    check(&[], None, None);
    // An empty variable counts as unset, also one in capitals.
    let empty = ("HTTPS_PROXY", "");
    check(&[empty], None, None);
    check(
        &[empty, ("https_proxy", "lower:4")],
        None,
        Some("http://lower:4/"),
    );
    // A header `Proxy:` of a request to a CGI program becomes HTTP_PROXY.
    check(&[variables[1], ("REQUEST_METHOD", "GET")], None, None);
}

#[test]
fn an_invalid_variable_is_an_error_that_names_it() {
    for variable in [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        for value in INVALID.into_iter().filter(|value| !value.is_empty()) {
            let error = from_env(&[(variable, value)]).unwrap_err();
            assert_eq!(error.kind(), crate::Kind::Config);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(variable), "{shown}");
            assert!(!shown.contains("sesame"), "{shown}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_an_error_that_names_it() {
    use std::os::unix::ffi::OsStringExt;

    let error = Proxies::from_env(|name| {
        (name == "HTTPS_PROXY").then(|| OsString::from_vec(vec![b'h', 0xff]))
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "the environment variable HTTPS_PROXY is not a proxy: it is not Unicode"
    );
}

#[test]
fn an_invalid_proxy_is_refused_without_showing_it() {
    for value in INVALID {
        let reason = Proxies::all(value).unwrap_err();
        assert!(!reason.contains("sesame"), "{value:?}: {reason}");
    }
}

#[test]
fn a_proxy_may_leave_out_scheme_and_port_and_have_a_user() {
    for (value, uri) in [
        ("proxy", "http://proxy/"),
        ("proxy:8080", "http://proxy:8080/"),
        ("https://proxy:8080/", "https://proxy:8080/"),
        ("http://user:p%40ss@proxy:1", "http://proxy:1/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
    ] {
        let proxies = Proxies::all(value).unwrap();
        assert_eq!(proxy_of(&proxies, "https://h.example").unwrap(), uri);
    }
}

#[test]
fn this_machine_is_reached_directly() {
    let proxies = Proxies::all("http://proxy:1").unwrap();
    for url in [
        "http://127.0.0.1:4010",
        "https://127.8.9.1",
        "http://[::1]:4010",
        "http://localhost:4010",
        "http://LOCALHOST",
        "https://api.localhost",
    ] {
        assert_eq!(proxy_of(&proxies, url), None, "{url}");
    }
    for url in [
        "http://128.0.0.1",
        "http://localhost.example",
        "http://[::2]",
    ] {
        assert!(proxy_of(&proxies, url).is_some(), "{url}");
    }
}

#[test]
fn no_proxy_names_hosts_domains_addresses_networks_and_ports() {
    for (no_proxy, url) in [
        ("*", "https://h.example"),
        ("*", "https://[2001:db8::1]:1"),
        ("h.example,*", "https://other.example"),
        ("h.example *", "https://other.example"),
        ("a.example, h.example", "https://h.example"),
        ("a.example h.example", "https://H.Example"),
        ("a.example\th.example\n", "https://h.example:1"),
        ("example", "https://a.h.example"),
        (".h.example", "https://a.h.example"),
        (".h.example", "https://h.example"),
        ("*.h.example", "https://a.h.example"),
        ("h.example:8443", "https://h.example:8443"),
        ("h.example:443", "https://h.example"),
        ("h.example:80", "http://h.example"),
        ("*.h.example:8443", "https://a.h.example:8443"),
        ("10.1.2.3", "http://10.1.2.3"),
        ("10.1.2.3:8080", "http://10.1.2.3:8080"),
        ("10.0.0.0/8", "http://10.1.2.3:8080"),
        ("2001:db8::1", "http://[2001:db8::1]"),
        ("[2001:db8::1]", "http://[2001:db8::1]:8080"),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
        ("2001:db8::/32", "http://[2001:db8::7]"),
        ("[2001:db8::]/32", "http://[2001:db8::7]"),
    ] {
        assert!(is_direct(no_proxy, url), "{no_proxy} {url}");
    }
    for (no_proxy, url) in [
        ("", "https://h.example"),
        (" , ", "https://h.example"),
        ("h.example", "https://noth.example"),
        ("h.example", "https://h.example.org"),
        ("*.h.example", "https://noth.example"),
        ("h.example:8443", "https://h.example"),
        ("h.example:8443", "https://h.example:8444"),
        ("h.example:443", "http://h.example"),
        ("10.1.2.3:8080", "http://10.1.2.3"),
        ("10.0.0.0/8", "http://11.1.2.3"),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]:8081"),
        ("2001:db8::/32", "http://[2001:db9::7]"),
    ] {
        assert!(!is_direct(no_proxy, url), "{no_proxy} {url}");
    }
}

/// Values that name no proxy that can be used.
const INVALID: [&str; 20] = [
    "",
    " ",
    "::::",
    "http://",
    "http://:8080",
    "http://proxy host:8080",
    "http://proxy:8080\n",
    "http://user:sesame@proxy:8080\n",
    "ftp://user:sesame@proxy:8080",
    "socks5://user:sesame@proxy:8080",
    "http://user:sesame@proxy:99999",
    "http://proxy:0",
    "http://proxy:+80",
    "http://user:%zz@proxy:8080",
    "http://user:100%@proxy:8080",
    "proxy:99999",
    "http://user:ses@ame@proxy:8080",
    "http://user:8#sesame@proxy:8080",
    "http://user:8/sesame@proxy:8080",
    "http://user:8?sesame@proxy:8080",
];
