use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
};

use prism_imports::{Client, IdempotencyKey, Imports, ObjectType};

use super::{Bare, KEY, Retrying};
use crate::{
    body::{JOB, PROCESSING, contacts},
    compare::{setup::TEAM, submit::theirs},
};

#[tokio::test]
async fn all_clients_send_the_same_get() {
    let (base, requests) = serve();
    let url = format!("{base}/v2/prism/{TEAM}/imports/{JOB}");
    imports(&base).get(JOB).await.unwrap();
    Bare::new().get(&url).await.unwrap();
    Retrying::new().unwrap().get(&url).await.unwrap();
    let sent: Vec<_> = requests.iter().take(3).collect();
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[0], sent[2]);
}

#[tokio::test]
async fn both_clients_send_the_same_submit() {
    let (base, requests) = serve();
    let url = format!("{base}/v2/prism/{TEAM}/contact/import");
    let (rows, key) = (contacts(3), IdempotencyKey::mint());
    let submit = imports(&base).submit(ObjectType::Contact).rows(&rows);
    submit.idempotency_key(key.clone()).await.unwrap();
    let bare = Bare::new();
    bare.submit(&url, key.as_str(), theirs(&rows))
        .await
        .unwrap();
    let sent: Vec<_> = requests.iter().take(2).collect();
    assert_eq!(sent[0], sent[1]);
}

fn imports(base: &str) -> Imports {
    let client = Client::builder().api_key(KEY).team_id(TEAM).base_url(base);
    client.build().unwrap().imports()
}

/// The line and the headers of a request in any order, and its body.
type Sent = (BTreeSet<String>, Vec<u8>);

/// Answers every request with a job that is being imported, and yields the requests.
fn serve() -> (String, mpsc::Receiver<Sent>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/base", listener.local_addr().unwrap());
    let (to, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, to) = (stream.unwrap(), to.clone());
            thread::spawn(move || answer(&stream, &to));
        }
    });
    (base, requests)
}

fn answer(mut stream: &TcpStream, to: &mpsc::Sender<Sent>) {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map(Result::unwrap);
    let head: BTreeSet<_> = lines
        .take_while(|line| !line.is_empty())
        .map(|line| line.to_ascii_lowercase())
        .collect();
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    to.send((head, body)).unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n",
        PROCESSING.len()
    );
    write!(stream, "{head}content-type: application/json\r\n\r\n").unwrap();
    stream.write_all(PROCESSING).unwrap();
}
