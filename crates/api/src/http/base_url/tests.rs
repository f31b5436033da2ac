use super::*;

fn check(base: &str, expected: Result<&str, &str>) {
    let joined = BaseUrl::parse(base, false).map(|base| base.join(&["v2", "a b/ä"]).to_string());
    let joined = joined.map_err(|error| error.to_string());
    assert_eq!(
        joined.as_deref().map_err(String::as_str),
        expected,
        "{base}"
    );
}

#[test]
fn a_prefix_may_end_with_a_slash_or_not() {
    check("https://host", Ok("https://host/v2/a%20b%2F%C3%A4"));
    check("https://host/", Ok("https://host/v2/a%20b%2F%C3%A4"));
    check(
        "https://host/api/prism",
        Ok("https://host/api/prism/v2/a%20b%2F%C3%A4"),
    );
    check(
        "https://host/api/prism/",
        Ok("https://host/api/prism/v2/a%20b%2F%C3%A4"),
    );
    check(
        "http://127.0.0.1:4010",
        Ok("http://127.0.0.1:4010/v2/a%20b%2F%C3%A4"),
    );
    check(
        "http://localhost:4010/x",
        Ok("http://localhost:4010/x/v2/a%20b%2F%C3%A4"),
    );
}

#[test]
fn what_is_refused_is_named_and_not_quoted() {
    let refused = |reason| Err(reason);
    check(
        "https://user:secret@host",
        refused("the base URL is invalid: it contains a user or a password"),
    );
    check(
        "https://host?x=1",
        refused("the base URL is invalid: it has a query"),
    );
    check(
        "https://host/#top",
        refused("the base URL is invalid: it has a fragment"),
    );
    check(
        "ftp://host",
        refused("the base URL is invalid: it is neither `http` nor `https`, or has no host"),
    );
    check(
        "host",
        refused("the base URL is invalid: it has no scheme and host, as in `https://host`"),
    );
    check(
        "https:// host",
        refused("the base URL is invalid: it is not a URL"),
    );
    check(
        "http://api.example",
        refused(
            "the base URL is invalid: it is plain `http` beyond loopback, where the key could be read on the network",
        ),
    );
}

#[test]
fn a_port_that_cannot_be_dialled_is_refused() {
    for url in [
        "http://127.0.0.1:99999",
        "http://127.0.0.1:+80",
        "http://127.0.0.1:65536/api",
        "https://host:70000",
        "https://host:0",
        "https://host:",
        "https://[::1]:99999",
    ] {
        let refused = BaseUrl::parse(url, false).unwrap_err().to_string();
        assert!(
            refused.ends_with("its port is not a number from 1 to 65535")
                || refused.ends_with("it is not a URL"),
            "{url}: {refused}"
        );
    }
    for url in [
        "https://host",
        "https://host:65535",
        "http://[::1]",
        "http://[::1]:4010",
        "http://127.0.0.1:1",
    ] {
        assert!(BaseUrl::parse(url, false).is_ok(), "{url}");
    }
}

#[test]
fn plain_http_is_allowed_on_request() {
    assert!(BaseUrl::parse("http://api.example", true).is_ok());
}

#[test]
fn a_location_names_a_job_only_when_it_is_ours() {
    let base = BaseUrl::parse("https://host/api", false).unwrap();
    let check = |location: &str, expected: Option<&str>| {
        let job = base.last_segment(location, &["v2", "imports"]);
        assert_eq!(job.as_ref().map(JobId::as_str), expected, "{location}");
    };
    check("https://host/api/v2/imports/j%201", Some("j 1"));
    check("https://HOST:443/api/v2/imports/j1", Some("j1"));
    check("/api/v2/imports/j1", Some("j1"));
    check("https://other/api/v2/imports/j1", None);
    check("http://host/api/v2/imports/j1", None);
    check("https://host/v2/imports/j1", None);
    check("https://host/api/v2/imports/", None);
    check("https://host/api/v2/imports/..", None);
    check("https://host/api/v2/imports/a/b", None);
    check("https://host/api/v2/imports/a%2Fb", None);
    check("https://host/api/v2/importsj1", None);
    check("//other/api/v2/imports/j1", None);
    check("", None);
}
