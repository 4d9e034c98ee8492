//! Who gets in, how many, and for how long.

use crate::client::{Answer, PATIENCE, Stream, connect, exchange, get, get_until, get_with, knock};
use crate::people::{Folder, bearer, claimed, joined, post};
use crate::rig::Rig;
use bridges::{Bound, Bounds, BridgeError, Locks};
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Reads until the other side ends, and says how long that took.
fn until_closed(mut stream: TcpStream) -> Duration {
    let start = Instant::now();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut Vec::new());
    start.elapsed()
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "192.168.0.1:8420", "[::]:0", "8.8.8.8:80"] {
        let address: SocketAddr = address.parse().expect("an address");
        let refused = Bound::bind(address, Bounds::default()).err().expect("refused");
        assert!(matches!(refused, BridgeError::NotLoopback { address: found } if found == address), "{refused}");
        assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    }
}

#[test]
fn a_taken_port_is_named_with_what_to_do() {
    let rig = Rig::new();
    let refused = Bound::bind(rig.address, Bounds::default()).err().expect("refused");
    assert!(matches!(refused, BridgeError::AddressTaken { .. }), "{refused:?}");
    let message = refused.to_string();
    assert!(message.contains(&rig.address.to_string()) && message.contains("another port"), "{message}");
}

#[test]
fn a_rebound_name_and_a_foreign_page_are_turned_away() {
    let rig = Rig::new();
    for host in ["evil.example", "evil.example:8420", "127.0.0.1.evil.example"] {
        let answer =
            exchange(rig.address, &format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert_eq!((answer.status, &answer.error()["code"]), (403, &json!("host_not_allowed")), "{host}");
    }
    let no_host = exchange(rig.address, "GET /health HTTP/1.0\r\n\r\n");
    assert_eq!(no_host.status, 403);
    for path in ["/health", "/ws/portfolio"] {
        let answer = get_with(rig.address, path, "Origin: http://evil.example\r\n");
        assert_eq!((answer.status, &answer.error()["code"]), (403, &json!("origin_not_allowed")), "{path}");
    }
    let own = get_with(rig.address, "/health", &format!("Origin: http://{}\r\n", rig.address));
    assert_eq!(own.status, 200);
}

#[test]
fn nothing_can_be_written() {
    let rig = Rig::new();
    let host = format!("Host: {}\r\nConnection: close\r\n", rig.address);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = exchange(rig.address, &format!("{method} /api/v1/risk/limits HTTP/1.1\r\n{host}\r\n"));
        assert_eq!((answer.status, &answer.error()["code"]), (405, &json!("method_not_allowed")), "{method}");
    }
    let with_body = |method: &str, path: &str| {
        let answer = exchange(rig.address, &format!("{method} {path} HTTP/1.1\r\n{host}Content-Length: 2\r\n\r\n{{}}"));
        (answer.status, answer.error()["code"].clone())
    };
    for method in ["GET", "DELETE"] {
        assert_eq!(with_body(method, "/health"), (413, json!("body_not_allowed")), "{method}");
    }
    // A body makes no answer of a method that there is none of.
    for method in ["TRACE", "OPTIONS", "PATCH"] {
        assert_eq!(with_body(method, "/health"), (405, json!("method_not_allowed")), "{method}");
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let rig = Rig::new();
    let long = format!("GET / HTTP/1.1\r\nHost: {}\r\nX: {}\r\n\r\n", rig.address, "x".repeat(40_000));
    let mut stream = connect(rig.address);
    let _ = stream.write_all(long.as_bytes());
    let mut start = [0; 64];
    // The refusal, or a reset when the rest of the head was still on its way.
    let read = stream.read(&mut start).unwrap_or(0);
    let text = String::from_utf8_lossy(&start[..read]).into_owned();
    assert!(read == 0 || text.starts_with("HTTP/1.1 431"), "{text}");
    assert_eq!(get(rig.address, "/health").status, 200, "and the door goes on");
}

#[test]
fn silent_connections_are_closed_and_nobody_waits_for_them() {
    let head_timeout = Duration::from_secs(2);
    let rig = Rig::with(Bounds { head_timeout, ..Bounds::default() });
    let silent = connect(rig.address);
    let mut half = connect(rig.address);
    half.write_all(b"GET /health HTTP/1.1\r\nHost: 127").expect("sent");
    let start = Instant::now();
    assert_eq!(get(rig.address, "/health").status, 200);
    assert!(start.elapsed() < head_timeout, "answered at once");
    assert!(until_closed(silent) < head_timeout * 2);
    assert!(until_closed(half) < head_timeout * 2);
}

#[test]
fn a_connection_too_many_is_closed_and_places_come_back() {
    let rig = Rig::with(Bounds { connections_max: 2, ..Bounds::default() });
    let (first, second) = (connect(rig.address), connect(rig.address));
    std::thread::sleep(Duration::from_millis(50));
    assert!(until_closed(connect(rig.address)) < PATIENCE / 2, "the third finds no place");
    drop((first, second));
    let start = Instant::now();
    let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", rig.address);
    loop {
        let mut stream = connect(rig.address);
        let _ = stream.write_all(request.as_bytes());
        let mut text = String::new();
        if stream.read_to_string(&mut text).is_ok() && text.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "no place came back");
    }
}

#[test]
fn a_stream_too_many_is_told_so_and_places_come_back() {
    let rig = Rig::with(Bounds { sockets_max: 1, ..Bounds::default() });
    let mut first = Stream::open(rig.address, "/ws/portfolio");
    first.next_of("snapshot");
    let refused = Stream::try_open(rig.address, "/ws/portfolio").err().expect("no place");
    assert!(refused.contains("503"), "{refused}");
    drop(first);
    get_until(rig.address, "/api/v1/engine", |a| a.json()["door"]["clients"] == 0);
    Stream::open(rig.address, "/ws/portfolio").next_of("snapshot");
}

#[test]
fn nobody_takes_every_place_for_streams() {
    let folder = Folder::new("shares");
    let bounds = Bounds { sockets_max: 8, own_sockets_max: 2, ..Bounds::default() };
    let mut rig = Rig::bounded(bounds, Locks { people: Some(folder.config()), ..Locks::default() });
    let address = rig.address;
    let admin = claimed(&rig, &folder.0);
    let viewer = joined(&mut rig, &admin, "vera", "viewer", 30);
    let key = post(address, "/api/v1/keys", &viewer, &json!({ "name": "bot", "role": "viewer" })).json();
    let key = key["key"].as_str().expect("a key").to_owned();
    // One more key is no place more.
    let mut own = [&viewer, &key].map(|token| Stream::open_as(address, "/ws/portfolio", token));
    own.iter_mut().for_each(|stream| drop(stream.next_of("snapshot")));
    for token in [&viewer, &key] {
        let answer = upgrade(address, "/ws/orders", &bearer(token));
        let error = answer.error();
        assert_eq!((answer.status, &error["code"]), (429, &json!("too_many_streams")), "{}", answer.body);
        let told = (&error["found"], &error["expected"]);
        assert_eq!(told, (&json!("2"), &json!(["at most 2 (bridge.own_streams_max)"])), "{}", answer.body);
    }
    let mut others = Stream::open_as(address, "/ws/portfolio", &admin);
    others.next_of("snapshot");
    // A place that is free again is free for him.
    let [one, _other] = own;
    drop(one);
    let start = Instant::now();
    while knock(address, "/ws/orders", &bearer(&viewer)) != 101 {
        assert!(start.elapsed() < PATIENCE, "no place came back");
    }
}

#[test]
fn without_users_it_is_an_address_that_does_not_take_every_place() {
    let rig = Rig::with(Bounds { own_sockets_max: 1, ..Bounds::default() });
    let mut first = Stream::open(rig.address, "/ws/portfolio");
    first.next_of("snapshot");
    let answer = upgrade(rig.address, "/ws/alerts", "");
    assert_eq!((answer.status, &answer.error()["found"]), (429, &json!("1")), "{}", answer.body);
}

/// What is answered to the wish for a stream that there is no place for.
fn upgrade(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade, close\r\n{upgrade}{headers}\r\n");
    exchange(address, &head)
}

/// Has hardly room for what it does not read.
fn narrow(address: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let socket = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small one");
        socket.connect(address).await.expect("a place").into_std().expect("a socket")
    });
    socket.set_nonblocking(false).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}

fn stuck(rig: &Rig) -> u64 {
    get(rig.address, "/api/v1/engine").json()["door"]["stuck"].as_u64().expect("a count")
}

/// What was still to be had, and whether it ended in a reset.
fn rest_of(mut stream: TcpStream) -> (usize, bool) {
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    (bytes.len(), ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset))
}

#[test]
fn who_does_not_take_an_answer_is_cut_and_nobody_else_waits() {
    let take_timeout = Duration::from_secs(1);
    let rig = Rig::with(Bounds { take_timeout, send_buffer_bytes: 4_096, ..Bounds::default() });
    let whole = get(rig.address, "/api/openapi.json").body.len();
    let request = format!("GET /api/openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", rig.address);
    let (mut unread, mut dripping) = (narrow(rig.address), narrow(rig.address));
    unread.write_all(request.as_bytes()).expect("sent");
    dripping.write_all(request.as_bytes()).expect("sent");
    let (start, mut slowest) = (Instant::now(), Duration::ZERO);
    loop {
        let asked = Instant::now();
        let cut = stuck(&rig);
        slowest = slowest.max(asked.elapsed());
        if cut == 2 {
            break;
        }
        // A few bytes now and then are no answer that is taken.
        let _ = dripping.read(&mut [0; 16]);
        assert!(start.elapsed() < PATIENCE, "never cut: {cut} of 2");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(start.elapsed() >= take_timeout, "cut after {:?}", start.elapsed());
    assert!(slowest < take_timeout, "others waited {slowest:?}");
    let (bytes, is_reset) = rest_of(unread);
    assert!(bytes < whole / 2 && is_reset, "{bytes} of {whole} bytes, reset: {is_reset}");
}

#[test]
fn who_reads_slowly_but_enough_gets_the_whole_answer() {
    let rig = Rig::with(Bounds { take_timeout: Duration::from_secs(2), send_buffer_bytes: 4_096, ..Bounds::default() });
    let whole = get(rig.address, "/api/openapi.json").body.len();
    let request = format!("GET /api/openapi.json HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", rig.address);
    let mut slow = narrow(rig.address);
    slow.write_all(request.as_bytes()).expect("sent");
    let (mut read, mut bytes) = (0, [0; 4_096]);
    // Longer than anybody is waited for who takes nothing.
    loop {
        match slow.read(&mut bytes).expect("not cut") {
            0 => break,
            some => read += some,
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(read > whole, "{read} bytes, the head among them, of {whole}");
    assert_eq!(stuck(&rig), 0);
}

#[test]
fn a_stream_path_without_an_upgrade_says_what_it_speaks() {
    let rig = Rig::new();
    let answer = get(rig.address, "/ws/portfolio");
    assert_eq!((answer.status, &answer.error()["code"]), (426, &json!("upgrade_required")));
}

#[test]
fn a_stop_says_goodbye_ends_in_time_and_frees_the_port() {
    let rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/portfolio");
    stream.next_of("snapshot");
    let idle = connect(rig.address);
    let start = Instant::now();
    rig.bridge.stop();
    assert_eq!(stream.close_code(), Some(1001), "going away");
    rig.bridge.join().expect("no panic");
    assert!(start.elapsed() < PATIENCE / 2, "took {:?}", start.elapsed());
    until_closed(idle);
    assert!(TcpStream::connect(rig.address).is_err(), "nobody listens");
    assert!(Bound::bind(rig.address, Bounds::default()).is_ok(), "the address is free at once");
}

#[test]
fn one_connection_carries_many_requests_until_it_is_old() {
    let age = Duration::from_secs(1);
    let rig = Rig::with(Bounds { connection_age_max: age, ..Bounds::default() });
    let mut stream = connect(rig.address);
    let request = format!("HEAD /health HTTP/1.1\r\nHost: {}\r\n\r\n", rig.address);
    let start = Instant::now();
    let mut answered = 0;
    loop {
        let mut head = [0; 4_096];
        if stream.write_all(request.as_bytes()).is_err() {
            break;
        }
        match stream.read(&mut head) {
            Ok(read) if read > 0 => assert!(head.starts_with(b"HTTP/1.1 200"), "answer {answered}"),
            _ => break,
        }
        answered += 1;
        std::thread::sleep(Duration::from_millis(10));
        assert!(start.elapsed() < PATIENCE, "never closed");
    }
    assert!(answered > 5, "{answered} answers");
    assert!(start.elapsed() >= age, "closed after {:?}", start.elapsed());
}
