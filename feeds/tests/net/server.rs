//! A server of one test: a thread, a listener on loopback, and the script that the test hands in.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tungstenite::WebSocket;

/// Longest that a test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Runs `script` on its own thread with a fresh listener.
pub(crate) fn serve(script: impl FnOnce(TcpListener) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    (address, thread::spawn(move || script(listener)))
}

/// The next client, with limits so that a broken test ends.
pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().expect("a client");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream.set_nodelay(true).expect("set");
    stream
}

/// The next client, upgraded.
pub(crate) fn accept_ws(listener: &TcpListener) -> WebSocket<TcpStream> {
    tungstenite::accept(accept(listener)).expect("an upgrade")
}

/// One HTTP request: its first line.
pub(crate) fn read_request(stream: &mut impl Read) -> String {
    let mut lines = BufReader::with_capacity(1, stream).lines();
    let first = lines.next().expect("a request").expect("text");
    while !lines.next().expect("a header").expect("text").is_empty() {}
    first
}

/// One HTTP request with a body: its first line and the body.
pub(crate) fn read_posted(stream: &mut impl Read) -> String {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).expect("text") > 0, "no request");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    reader.read_exact(&mut body).expect("a body");
    format!("{} {}", head.lines().next().unwrap_or_default(), String::from_utf8(body).expect("text"))
}

/// Answers `status` with a body of known length.
pub(crate) fn respond(stream: &mut impl Write, status: &str, headers: &str, body: &str) {
    let text = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).expect("sent");
}

/// Keeps the connection until the client ends it.
pub(crate) fn until_closed(stream: &mut impl Read) {
    let mut sink = [0; 4096];
    while stream.read(&mut sink).is_ok_and(|count| count > 0) {}
}

/// Calls `done` until it has a value.
pub(crate) fn wait_for<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "{what} did not happen");
        thread::yield_now();
    }
}
