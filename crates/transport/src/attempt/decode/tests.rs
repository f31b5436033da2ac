use std::convert::Infallible;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};

use crate::AttemptLayer;
use crate::body::{RequestBody, ResponseBody};
use crate::call::Streamed;
use crate::error::{Error, Kind};
use crate::tests::get;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn answer(
    request: Request<RequestBody>,
    encoding: Option<&'static str>,
    body: Vec<u8>,
) -> Result<Response<ResponseBody>, Error> {
    let service = service_fn(move |request: Request<RequestBody>| {
        let mut response = Response::builder()
            .header("content-length", body.len())
            .header("asked", request.headers()["accept-encoding"].clone());
        if let Some(encoding) = encoding {
            response = response.header("content-encoding", encoding);
        }
        let response = response.body(RequestBody::from(body.clone()));
        async { Ok::<_, Infallible>(response.unwrap()) }
    });
    let layer = AttemptLayer::default().with_max_body(1_000_000);
    let answer = layer.layer(service).oneshot(request).await;
    answer.map_err(Error::from_boxed)
}

#[tokio::test]
async fn gzip_is_asked_for_and_undone() {
    let text = "ten times the same, ".repeat(10);
    for encoding in ["gzip", "x-gzip", "GZIP"] {
        let response = answer(get(), Some(encoding), gzip(text.as_bytes()))
            .await
            .unwrap();
        assert_eq!(response.headers()["asked"], "gzip");
        assert!(!response.headers().contains_key("content-encoding"));
        assert!(!response.headers().contains_key("content-length"));
        assert_eq!(response.into_body().collect().await.unwrap(), text.as_str());
    }
}

#[tokio::test]
async fn what_follows_a_member_is_ignored() {
    let large = vec![0; 10_000];
    for padding in [&b"\0"[..], b"\r\n", b"\n", b"<html>", &large] {
        for streamed in [false, true] {
            let mut request = get();
            if streamed {
                request.extensions_mut().insert(Streamed);
            }
            let body = [&gzip(b"one "), padding, &gzip(b"two"), padding].concat();
            let response = answer(request, Some("gzip"), body).await.unwrap();
            assert_eq!(response.into_body().collect().await.unwrap(), "one two");
        }
    }
}

#[tokio::test]
async fn members_one_after_the_other_are_one_body() {
    let body = [gzip(b"one "), gzip(b"two")].concat();
    let response = answer(get(), Some("gzip"), body).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap(), "one two");
}

#[tokio::test]
async fn what_is_plain_stays_as_it_is() {
    let response = answer(get(), None, b"plain".to_vec()).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap(), "plain");
    let empty = answer(get(), Some("gzip"), Vec::new()).await.unwrap();
    assert_eq!(empty.into_body().collect().await.unwrap(), "");
}

#[tokio::test]
async fn a_callers_own_wish_is_left_alone() {
    let mut request = get();
    request
        .headers_mut()
        .insert("accept-encoding", "br, gzip".parse().unwrap());
    let encoded = gzip(b"text");
    let response = answer(request, Some("gzip"), encoded.clone())
        .await
        .unwrap();
    assert_eq!(response.headers()["asked"], "br, gzip");
    assert_eq!(response.into_body().collect().await.unwrap(), encoded);
}

#[tokio::test]
async fn a_bomb_is_stopped_at_the_cap() {
    let bomb = gzip(&vec![0; 20_000_000]);
    assert!(bomb.len() < 1_000_000);
    let error = answer(get(), Some("gzip"), bomb).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
}

#[tokio::test]
async fn a_broken_encoding_is_a_broken_body() {
    let whole = gzip(b"some text that is long enough to be cut");
    let cut = whole.get(..whole.len() - 9).unwrap().to_vec();
    let mut spoilt = whole.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    for body in [cut, spoilt] {
        let error = answer(get(), Some("gzip"), body).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Body);
    }
}

#[tokio::test]
async fn what_is_not_gzip_is_a_wrong_encoding() {
    let mut invalid = gzip(b"some text");
    invalid.iter_mut().skip(10).for_each(|byte| *byte = 0xff);
    for body in [invalid, b"not gzip at all".to_vec()] {
        let error = answer(get(), Some("gzip"), body).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Encoding, "{error:?}");
    }
}

#[tokio::test]
async fn a_stream_is_decoded_as_it_comes() {
    let mut request = get();
    request.extensions_mut().insert(Streamed);
    let text = vec![b'x'; 500_000];
    let response = answer(request, Some("gzip"), gzip(&text)).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap(), text);
}
