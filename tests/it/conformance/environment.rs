//! Settings from the environment. Each case runs in its own process.

use std::{
    convert::Infallible,
    env,
    ffi::OsStr,
    process::Command,
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use prism_imports::{
    Client,
    transport::{RequestBody, ResponseBody, RetryPolicy},
};
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_tests::server::TEAM;

/// Runs [`child`] with only these of our variables and returns its output.
fn run_child(variables: &[(&str, impl AsRef<OsStr>)]) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "--nocapture",
        "conformance::environment::child",
    ]);
    for name in ["MICRO_API_KEY", "MICRO_TEAM_ID", "MICRO_BASE_URL"] {
        command.env_remove(name);
    }
    for name in PROXIES {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let output = command
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let result = text.lines().find_map(|line| line.split_once("result: "));
    result
        .unwrap_or_else(|| panic!("no result in {text}"))
        .1
        .to_owned()
}

/// Builds a client from the environment and explicitly from `GIVEN_*`, and prints the request that it sends.
#[tokio::test]
#[ignore = "run by the other tests, in a child process"]
async fn child() {
    let sent = Arc::new(Mutex::new(None));
    let service = tower::service_fn({
        let sent = Arc::clone(&sent);
        move |request: Request<RequestBody>| {
            let key = request.headers()["x-api-key"].to_str().unwrap().to_owned();
            *sent.lock().unwrap() = Some(format!("{} with {key}", request.uri()));
            std::future::ready(Ok::<_, Infallible>(Response::new(ResponseBody::default())))
        }
    });
    let mut builder = Client::builder().retry(RetryPolicy::none());
    if env::var_os("GIVEN_HTTP").is_none() {
        builder = builder.http_service(service);
    }
    if let Ok(key) = env::var("GIVEN_KEY") {
        builder = builder.api_key(key);
    }
    if let Ok(team) = env::var("GIVEN_TEAM") {
        builder = builder.team_id(team);
    }
    if let Ok(url) = env::var("GIVEN_URL") {
        builder = builder.base_url(url);
    }
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => return println!("result: {error}"),
    };
    let error = client.imports().get("j-1").await.unwrap_err();
    let sent = sent.lock().unwrap().take();
    println!("result: {}", sent.unwrap_or_else(|| error.to_string()));
}

#[test]
fn the_environment_replaces_missing_settings() {
    let url = "http://localhost:9/prefix/";
    let variables = [
        ("MICRO_API_KEY", "k1"),
        ("MICRO_TEAM_ID", TEAM),
        ("MICRO_BASE_URL", url),
    ];
    assert_eq!(
        run_child(&variables),
        format!("http://localhost:9/prefix/v2/prism/{TEAM}/imports/j-1 with k1")
    );
}

#[test]
fn settings_take_precedence_over_the_environment() {
    let other = "11111111-2222-4333-8444-555555555555";
    let variables = [
        ("MICRO_API_KEY", "k1"),
        ("MICRO_TEAM_ID", other),
        ("MICRO_BASE_URL", "http://localhost:8"),
        ("GIVEN_KEY", "k2"),
        ("GIVEN_TEAM", TEAM),
        ("GIVEN_URL", "http://localhost:9"),
    ];
    assert_eq!(
        run_child(&variables),
        format!("http://localhost:9/v2/prism/{TEAM}/imports/j-1 with k2")
    );
}

#[test]
fn production_is_the_default() {
    let expected = format!("https://developers.micro.so/v2/prism/{TEAM}/imports/j-1 with k1");
    let key_and_team = [("MICRO_API_KEY", "k1"), ("MICRO_TEAM_ID", TEAM)];
    assert_eq!(run_child(&key_and_team), expected);
    // A blank value counts as unset.
    for blank in ["", "  "] {
        let [key, team] = key_and_team;
        assert_eq!(run_child(&[key, team, ("MICRO_BASE_URL", blank)]), expected);
    }
}

#[test]
fn a_missing_key_is_an_error_before_any_traffic() {
    let expected = "no API key: set one, or the environment variable MICRO_API_KEY";
    assert_eq!(run_child(&[("MICRO_TEAM_ID", TEAM)]), expected);
    for blank in ["", " \t"] {
        assert_eq!(
            run_child(&[("MICRO_TEAM_ID", TEAM), ("MICRO_API_KEY", blank)]),
            expected
        );
    }
}

#[test]
fn a_missing_team_is_an_error_of_the_call() {
    let expected = "get import: no team: set one, or the environment variable MICRO_TEAM_ID";
    for variables in [
        &[("MICRO_API_KEY", "k1")][..],
        &[("MICRO_API_KEY", "k1"), ("MICRO_TEAM_ID", " ")],
    ] {
        let text = run_child(variables);
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn blanks_around_a_value_are_trimmed() {
    let padded = format!(" {TEAM}\n");
    let variables = [
        ("MICRO_API_KEY", " k1\n"),
        ("MICRO_TEAM_ID", &*padded),
        ("MICRO_BASE_URL", " http://localhost:9 "),
    ];
    assert_eq!(
        run_child(&variables),
        format!("http://localhost:9/v2/prism/{TEAM}/imports/j-1 with k1")
    );
}

#[test]
fn an_invalid_variable_is_an_error() {
    let text = run_child(&[("MICRO_API_KEY", "k1"), ("MICRO_TEAM_ID", "no uuid")]);
    assert_eq!(text, "the team is not a UUID");
}

#[test]
fn a_blank_setting_is_an_error_whatever_the_environment_has() {
    let environment = [
        ("MICRO_API_KEY", "k1"),
        ("MICRO_TEAM_ID", TEAM),
        ("MICRO_BASE_URL", "http://localhost:8"),
    ];
    for (variable, setting) in [
        ("GIVEN_KEY", "api_key"),
        ("GIVEN_TEAM", "team_id"),
        ("GIVEN_URL", "base_url"),
    ] {
        for blank in ["", " ", "\t\n"] {
            let variables = [&environment[..], &[(variable, blank)]].concat();
            assert_eq!(run_child(&variables), format!("`{setting}` is blank"));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_an_error_that_names_it() {
    use std::os::unix::ffi::OsStrExt as _;

    let environment = [("MICRO_API_KEY", "k1"), ("MICRO_TEAM_ID", TEAM)]
        .map(|(name, value)| (name, OsStr::new(value)));
    let value = OsStr::from_bytes(b"http://localhost:8/sesame\xff");
    for variable in [
        "MICRO_API_KEY",
        "MICRO_TEAM_ID",
        "MICRO_BASE_URL",
        "HTTPS_PROXY",
    ] {
        let given = [
            ("GIVEN_HTTP", OsStr::new("the default client")),
            (variable, value),
        ];
        let text = run_child(&[&environment[..], &given].concat());
        assert!(
            text.contains(&format!("the environment variable {variable} is not ")),
            "{text}"
        );
        assert!(!text.contains("sesame"), "{text}");
    }
}

#[test]
fn an_invalid_proxy_of_the_environment_is_an_error_that_names_the_variable() {
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy"] {
        for value in ["::::", "http://user:sesame@proxy:99999", "ftp://sesame"] {
            let text = run_child(&[
                ("MICRO_API_KEY", "k1"),
                ("GIVEN_HTTP", "the default client"),
                (variable, value),
            ]);
            let expected = format!(
                "the HTTP client could not be set up: the environment variable {variable} is not a proxy: "
            );
            assert!(text.starts_with(&expected), "{text}");
            assert!(!text.contains("sesame"), "{text}");
        }
    }
}

/// Sends a request through a proxy of the environment that nothing listens on.
fn fails_at_the_proxy(url: &str, variables: &[(&str, &str)]) -> bool {
    let mut all = vec![
        ("MICRO_API_KEY", "k1"),
        ("MICRO_TEAM_ID", TEAM),
        ("MICRO_BASE_URL", url),
        ("GIVEN_HTTP", "the default client"),
    ];
    all.extend(variables);
    let text = run_child(&all);
    text.contains("the proxy answered 403 to CONNECT")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_used_unless_no_proxy_names_the_host() {
    let proxy = FaultServer::start([Action::answer(403, "no")])
        .await
        .unwrap();
    let address = format!("http://{}", proxy.address());
    let through = [("HTTPS_PROXY", &*address)];
    // Nothing listens at port 9 of these hosts, and no resolver knows them.
    let url = "https://api.invalid:9";
    assert!(fails_at_the_proxy(url, &through));
    let requests = proxy.received().len();
    for direct in [
        "*",
        "other.invalid,*",
        "api.invalid:9",
        "*.invalid",
        "x .invalid",
    ] {
        let variables = [through[0], ("NO_PROXY", direct)];
        assert!(!fails_at_the_proxy(url, &variables), "{direct}");
    }
    assert!(!fails_at_the_proxy("https://127.0.0.1:9", &through));
    assert!(!fails_at_the_proxy(
        "http://localhost:9",
        &[("HTTP_PROXY", &*address)]
    ));
    assert_eq!(proxy.received().len(), requests);
}

const PROXIES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
