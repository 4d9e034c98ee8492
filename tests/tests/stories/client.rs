//! The smallest clients that speak HTTP/1.1 and WebSocket.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// No story waits longer than this for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.body))
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("the door is open");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path, None, None)
}

/// Whatever is asked, by whoever bears that token.
pub(crate) fn ask(address: SocketAddr, verb: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
    let mut stream = connect(address);
    let bearer = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let body = body.map_or_else(String::new, Value::to_string);
    let length = match body.len() {
        0 => String::new(),
        length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    let head = format!("{verb} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{bearer}{length}");
    let request = format!("{head}\r\n{body}");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("answered and closed");
    let text = String::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {text:?}"));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    Answer { status, body: body.to_owned() }
}

/// Asks until the answer is what it should be.
pub(crate) fn get_until(address: SocketAddr, path: &str, right: impl FnMut(&Value) -> bool) -> Value {
    get_within(PATIENCE, address, path, right)
}

/// The same, for what takes longer.
pub(crate) fn get_within(
    time: Duration,
    address: SocketAddr,
    path: &str,
    mut right: impl FnMut(&Value) -> bool,
) -> Value {
    let start = Instant::now();
    loop {
        let answer = get(address, path);
        let value = answer.json();
        if answer.status == 200 && right(&value) {
            return value;
        }
        assert!(start.elapsed() < time, "{path} stays {}: {}", answer.status, answer.body);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A WebSocket to the door.
pub(crate) struct Stream(WebSocket<TcpStream>);

impl Stream {
    pub(crate) fn open(address: SocketAddr, path: &str) -> Self {
        let opened = tungstenite::client(format!("ws://{address}{path}"), connect(address));
        Self(opened.map(|(socket, _)| socket).unwrap_or_else(|e| panic!("{path} is not a stream: {e}")))
    }

    /// The next message of a type; others before it are passed over.
    pub(crate) fn next_of(&mut self, kind: &str) -> Value {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let Message::Text(text) = self.0.read().expect("the stream goes on") else { continue };
            let message: Value = serde_json::from_str(&text).expect("JSON");
            if message["type"] == kind {
                return message;
            }
        }
        panic!("no {kind} came");
    }
}
