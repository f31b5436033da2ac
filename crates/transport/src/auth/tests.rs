use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{Request, Response, Uri};
use tower::{Layer, ServiceExt, service_fn};

use super::{AuthLayer, AuthScheme, Credential, Credentials};
use crate::error::{BoxError, Error, Kind, Phase, Scope};
use crate::tests::{Fault, OK, Script, Step, get};
use crate::{Origin, RequestBody};

const UNAUTHORIZED: Step = Step::Answer(401, &[]);

fn origin(uri: &'static str) -> Origin {
    Origin::of(&Uri::from_static(uri)).unwrap()
}

fn layer(credentials: &Credentials) -> AuthLayer {
    AuthLayer::new(origin("https://api.example"), credentials.clone())
}

/// A source that gives `key-1`, `key-2`, … after a moment, and counts.
fn counting(lifetime: Option<Duration>) -> (Credentials, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing({
        let asked = Arc::clone(&asked);
        move || {
            let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                let credential = Credential::new(format!("key-{number}"));
                Ok::<_, BoxError>(match lifetime {
                    Some(lifetime) => credential.with_lifetime(lifetime),
                    None => credential,
                })
            }
        }
    });
    (credentials, asked)
}

fn failing() -> (Credentials, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing({
        let asked = Arc::clone(&asked);
        move || {
            asked.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err::<Credential, _>("the vault is sealed")
            }
        }
    });
    (credentials, asked)
}

async fn send(
    layer: &AuthLayer,
    script: &Script,
    request: Request<RequestBody>,
) -> Result<http::StatusCode, Error> {
    let service = layer.layer(script.clone());
    service
        .oneshot(request)
        .await
        .map(|response| response.status())
        .map_err(Error::from_boxed)
}

fn keys(script: &Script) -> Vec<String> {
    script
        .seen()
        .iter()
        .map(|seen| seen.headers["x-api-key"].to_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_fixed_key_is_sent_and_marked_sensitive() {
    let script = Script::new([OK]);
    let layer = layer(&Credentials::fixed("sesame"));
    send(&layer, &script, get()).await.unwrap();
    let value = &script.seen()[0].headers["x-api-key"];
    assert_eq!(value, "sesame");
    assert!(value.is_sensitive());
}

#[tokio::test(start_paused = true)]
async fn the_scheme_is_a_setting() {
    let script = Script::new([OK]);
    let layer = layer(&Credentials::fixed("t")).with_scheme(AuthScheme::Bearer);
    send(&layer, &script, get()).await.unwrap();
    let seen = script.seen();
    assert_eq!(seen[0].headers["authorization"], "Bearer t");
    assert!(seen[0].headers["authorization"].is_sensitive());
    assert!(!seen[0].headers.contains_key("x-api-key"));
}

#[tokio::test(start_paused = true)]
async fn a_foreign_origin_gets_nothing() {
    let layer = layer(&Credentials::fixed("sesame"));
    for uri in [
        "https://evil.example/v1",
        "https://api.example.evil/v1",
        "https://api.example:8443/v1",
        "http://api.example/v1",
        "http://api.example:443/v1",
        "/v1",
    ] {
        let script = Script::new([OK]);
        let mut request = get();
        *request.uri_mut() = Uri::from_static(uri);
        let error = send(&layer, &script, request).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase()),
            (Kind::Origin, Phase::NotSent)
        );
        assert_eq!(error.report().attempts, 0);
        assert_eq!(
            error.to_string(),
            "credentials are sent to https://api.example:443 only"
        );
        assert!(script.seen().is_empty(), "{uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn plain_http_is_for_this_machine() {
    for (uri, allowed) in [
        ("http://127.0.0.1:4010/v1", true),
        ("http://127.9.9.9/v1", true),
        ("http://localhost/v1", true),
        ("http://dev.localhost/v1", true),
        ("http://[::1]:80/v1", true),
        ("http://10.0.0.1/v1", false),
        ("http://127.0.0.1.evil.example/v1", false),
        ("http://localhost.evil.example/v1", false),
        ("http://api.example/v1", false),
        ("http://[2001:db8::1]/v1", false),
    ] {
        for dangerous in [false, true] {
            let mut layer = AuthLayer::new(origin(uri), Credentials::fixed("k"));
            if dangerous {
                layer = layer.dangerously_allow_plain_http();
            }
            let mut request = get();
            *request.uri_mut() = Uri::from_static(uri);
            let sent = send(&layer, &Script::new([OK]), request).await;
            assert_eq!(sent.is_ok(), allowed || dangerous, "{uri}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_no_header_can_carry_is_named_but_not_shown() {
    for key in [
        "",
        " \t",
        "two\nlines",
        "two\r\n",
        "two\0",
        "two\u{7f}",
        "two\u{e9}",
    ] {
        let script = Script::new([OK]);
        let credentials = Credentials::fixed(key);
        let error = credentials.check().unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        let error = send(&layer(&credentials), &script, get())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(!format!("{error} {error:?}").contains("two"));
        assert!(script.seen().is_empty());
    }
    assert!(Credentials::fixed("sesame").check().is_ok());
}

/// A source that gives these secrets one after the other.
fn giving<const N: usize>(secrets: [&'static str; N]) -> (Credentials, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing({
        let asked = Arc::clone(&asked);
        move || {
            let number = asked.fetch_add(1, Ordering::Relaxed) as usize;
            async move { Ok::<_, BoxError>(Credential::new(secrets[number])) }
        }
    });
    (credentials, asked)
}

#[tokio::test(start_paused = true)]
async fn a_fetched_key_that_no_header_can_carry_is_refused_and_not_kept() {
    for scheme in [AuthScheme::default(), AuthScheme::Bearer] {
        for bad in ["tok\n", "t\u{f6}k", "to\u{7f}k", "\0tok"] {
            let (credentials, asked) = giving([bad, "tok\t~"]);
            let script = Script::new([OK]);
            let layer = layer(&credentials).with_scheme(scheme.clone());
            let error = send(&layer, &script, get()).await.unwrap_err();
            let report = (error.kind(), error.phase(), error.report().attempts);
            assert_eq!(report, (Kind::Credentials, Phase::NotSent, 0));
            assert!(error.to_string().contains("a header cannot carry"));
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("tok") && !shown.contains(bad), "{shown}");
            assert!(script.seen().is_empty());
            assert_eq!(send(&layer, &script, get()).await.unwrap(), 200);
            assert_eq!(asked.load(Ordering::Relaxed), 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewed_key_that_no_header_can_carry_leaves_the_401() {
    let (credentials, asked) = giving(["first", "tok\n", "third"]);
    let layer = layer(&credentials);
    let script = Script::new([UNAUTHORIZED, OK]);
    assert_eq!(send(&layer, &script, get()).await.unwrap(), 401);
    assert_eq!(send(&layer, &script, get()).await.unwrap(), 200);
    assert_eq!(keys(&script), ["first", "third"]);
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_calls_ask_once() {
    let (credentials, asked) = counting(None);
    let script = Script::new([OK]);
    let layer = layer(&credentials);
    let calls: Vec<_> = (0..100)
        .map(|_| tokio::spawn(layer.layer(script.clone()).oneshot(get())))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(keys(&script).iter().all(|key| key == "key-1"));
}

#[tokio::test(start_paused = true)]
async fn a_401_renews_and_replays_once() {
    let (credentials, asked) = counting(None);
    let script = Script::new([UNAUTHORIZED, OK]);
    let status = send(&layer(&credentials), &script, get()).await.unwrap();
    assert_eq!(status, 200);
    assert_eq!(keys(&script), ["key-1", "key-2"]);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_401_surfaces() {
    let (credentials, _) = counting(None);
    let script = Script::new([UNAUTHORIZED]);
    let status = send(&layer(&credentials), &script, get()).await.unwrap();
    assert_eq!(status, 401);
    assert_eq!(keys(&script), ["key-1", "key-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_key_is_not_replayed() {
    let script = Script::new([UNAUTHORIZED]);
    let layer = layer(&Credentials::fixed("k"));
    assert_eq!(send(&layer, &script, get()).await.unwrap(), 401);
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_copied_only_if_it_may_be_sent_again() {
    for (copies, credentials) in [(0, Credentials::fixed("k")), (1, giving(["k"]).0)] {
        let service = service_fn(async |request: Request<Arc<()>>| {
            let others = Arc::strong_count(request.body()) - 1;
            Ok::<_, BoxError>(Response::new(others))
        });
        let body = Arc::new(());
        let request = Request::get("https://api.example/").body(body).unwrap();
        let response = layer(&credentials).layer(service).oneshot(request).await;
        assert_eq!(response.unwrap().into_body(), copies);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_key_again_is_not_replayed() {
    let credentials =
        Credentials::refreshing(|| async { Ok::<_, BoxError>(Credential::new("same")) });
    let script = Script::new([UNAUTHORIZED]);
    assert_eq!(
        send(&layer(&credentials), &script, get()).await.unwrap(),
        401
    );
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_403_renews_nothing() {
    let (credentials, asked) = counting(None);
    let script = Script::new([Step::Answer(403, &[])]);
    let layer = layer(&credentials);
    assert_eq!(send(&layer, &script, get()).await.unwrap(), 403);
    assert_eq!(send(&layer, &script, get()).await.unwrap(), 403);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn late_401s_of_an_old_key_leave_the_new_one_alone() {
    let (credentials, asked) = counting(None);
    let layer = layer(&credentials);
    let late = |millis| Step::Slow(Duration::from_millis(millis), Box::new(UNAUTHORIZED));
    // Ten calls leave with the first key; their 401s come in one after the other.
    let script = Script::new((1..=10).map(|n| late(100 * n)).chain([OK]));
    let calls: Vec<_> = (0..10)
        .map(|_| tokio::spawn(layer.layer(script.clone()).oneshot(get())))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_renewed_before_it_expires() {
    let (credentials, asked) = counting(Some(Duration::from_secs(100)));
    let layer = layer(&credentials);
    let script = Script::new([OK]);
    for (wait, expected) in [(0, 1), (85, 1), (6, 2), (80, 2), (300, 3)] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        send(&layer, &script, get()).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), expected);
    }
    assert_eq!(keys(&script), ["key-1", "key-1", "key-2", "key-2", "key-3"]);
}

#[tokio::test(start_paused = true)]
async fn an_early_renewal_that_fails_keeps_what_still_holds() {
    let asked = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing({
        let asked = Arc::clone(&asked);
        move || {
            let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                if first {
                    Ok(Credential::new("first").with_lifetime(Duration::from_secs(100)))
                } else {
                    Err("down")
                }
            }
        }
    });
    let layer = layer(&credentials);
    let script = Script::new([OK]);
    send(&layer, &script, get()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(95)).await;
    send(&layer, &script, get()).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let error = send(&layer, &script, get()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Credentials, Phase::NotSent)
    );
    assert_eq!(keys(&script), ["first", "first"]);
}

#[tokio::test(start_paused = true)]
async fn one_refusal_is_everybodys() {
    let (credentials, asked) = failing();
    let script = Script::new([OK]);
    let layer = layer(&credentials);
    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(layer.layer(script.clone()).oneshot(get())))
        .collect();
    for call in calls {
        let error = call.await.unwrap().fault();
        assert_eq!(
            (error.kind(), error.report().attempts),
            (Kind::Credentials, 0)
        );
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "the vault is sealed");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // A refusal is not kept: the next call asks anew.
    send(&layer, &script, get()).await.unwrap_err();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert!(script.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_leaves_the_servers_word() {
    let asked = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing({
        let asked = Arc::clone(&asked);
        move || {
            let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                if first {
                    Ok(Credential::new("first"))
                } else {
                    Err("down")
                }
            }
        }
    });
    let script = Script::new([UNAUTHORIZED]);
    assert_eq!(
        send(&layer(&credentials), &script, get()).await.unwrap(),
        401
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_is_given_up_for_everybody() {
    let asked = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing({
        let asked = Arc::clone(&asked);
        move || {
            asked.fetch_add(1, Ordering::Relaxed);
            std::future::pending::<Result<Credential, BoxError>>()
        }
    })
    .with_refresh_timeout(Duration::from_secs(3));
    let layer = layer(&credentials);
    let script = Script::new([OK]);
    let start = tokio::time::Instant::now();
    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(layer.layer(script.clone()).oneshot(get())))
        .collect();
    for call in calls {
        let error = call.await.unwrap().fault();
        assert_eq!(error.kind(), Kind::Timeout(Scope::Refresh));
    }
    assert!(start.elapsed() <= Duration::from_millis(3_001));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_goes_on_when_the_call_that_began_it_is_dropped() {
    let (credentials, asked) = counting(None);
    let layer = layer(&credentials);
    let script = Script::new([OK]);
    let first = tokio::spawn(layer.layer(script.clone()).oneshot(get()));
    let second = tokio::spawn(layer.layer(script.clone()).oneshot(get()));
    tokio::time::sleep(Duration::from_millis(10)).await;
    first.abort();
    assert_eq!(second.await.unwrap().unwrap().status(), 200);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(keys(&script), ["key-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_is_dropped_with_the_last_call_that_waits_for_it() {
    let (credentials, asked) = counting(None);
    let layer = layer(&credentials);
    let script = Script::new([OK]);
    for _ in 0..2 {
        let call = layer.layer(script.clone()).oneshot(get());
        tokio::time::timeout(Duration::from_millis(10), call)
            .await
            .unwrap_err();
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    send(&layer, &script, get()).await.unwrap();
    assert_eq!(keys(&script), ["key-3"]);
}

#[tokio::test(start_paused = true)]
async fn a_parked_call_does_not_hold_up_the_renewal_of_others() {
    let (credentials, asked) = counting(None);
    let layer = layer(&credentials);
    let script = Script::new([OK]);
    let mut parked = std::pin::pin!(layer.layer(script.clone()).oneshot(get()));
    tokio::select! {
        biased;
        _ = &mut parked => unreachable!("the renewal takes 50 ms"),
        () = std::future::ready(()) => {}
    }
    // The call that began the renewal is not polled any more.
    let start = tokio::time::Instant::now();
    send(&layer, &script, get()).await.unwrap();
    assert!(start.elapsed() <= Duration::from_millis(51));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    parked.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn invalidated_credentials_are_asked_for_again() {
    let (credentials, asked) = counting(None);
    let layer = layer(&credentials);
    let script = Script::new([OK]);
    send(&layer, &script, get()).await.unwrap();
    credentials.invalidate();
    send(&layer, &script, get()).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    // A fixed key stays: there is no source to ask.
    let fixed = Credentials::fixed("k");
    fixed.invalidate();
    let fixed = AuthLayer::new(origin("https://api.example"), fixed);
    assert!(send(&fixed, &script, get()).await.is_ok());
}

#[test]
fn an_environment_variable_is_named_when_it_is_missing_or_blank() {
    // cargo sets the second one, to nothing.
    for name in [
        "PRISM_IMPORTS_TEST_NO_SUCH_VARIABLE",
        "CARGO_PKG_VERSION_PRE",
    ] {
        let error = Credentials::from_env(name).unwrap_err();
        assert_eq!(error.kind(), Kind::Credentials);
        assert!(error.to_string().contains(name));
    }
}

#[tokio::test(start_paused = true)]
async fn an_environment_variable_is_a_fixed_key() {
    let script = Script::new([OK]);
    let credentials = Credentials::from_env("PATH").unwrap();
    send(&layer(&credentials), &script, get()).await.unwrap();
    assert_eq!(keys(&script), [std::env::var("PATH").unwrap()]);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_not_used_from_the_instant_it_expires() {
    let asked = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing({
        let asked = Arc::clone(&asked);
        move || {
            let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                let second = Duration::from_secs(1);
                let key = first.then(|| Credential::new("first").with_lifetime(second));
                key.ok_or("down")
            }
        }
    });
    let (layer, script) = (layer(&credentials), Script::new([OK]));
    send(&layer, &script, get()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(999)).await;
    send(&layer, &script, get()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    let error = send(&layer, &script, get()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Credentials);
}

#[test]
fn no_debug_output_shows_a_secret() {
    let credential = Credential::new("sesame");
    let credentials = Credentials::fixed("sesame");
    let layer = AuthLayer::new(origin("https://api.example"), credentials.clone());
    let shown = format!("{credential:?} {credentials:?} {layer:?}");
    assert!(!shown.contains("sesame"), "{shown}");
    assert!(shown.contains("Credentials"), "{shown}");
}
