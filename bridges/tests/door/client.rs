//! The smallest clients that speak HTTP/1.1 and WebSocket.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// No test waits longer than this for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.body))
    }

    pub(crate) fn error(&self) -> Value {
        self.json()["error"].clone()
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("the door is open");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// Sends bytes as they are and reads to the end.
pub(crate) fn exchange(address: SocketAddr, request: &str) -> Answer {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("answered and closed");
    let text = String::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {text:?}"));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    get_with(address, path, "")
}

/// `headers` are whole lines.
pub(crate) fn get_with(address: SocketAddr, path: &str, headers: &str) -> Answer {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n"))
}

/// Asks with a method, lines of headers, and a JSON body where there is one.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: Option<&str>) -> Answer {
    let body = body.map_or_else(String::new, |body| {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    });
    let end = if body.is_empty() { "\r\n" } else { "" };
    exchange(
        address,
        &format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}{body}{end}"),
    )
}

/// What a stream's first line says: 101, or why not.
pub(crate) fn knock(address: SocketAddr, path: &str, headers: &str) -> u16 {
    let mut stream = connect(address);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut line = [0; 12];
    stream.read_exact(&mut line).expect("answered");
    String::from_utf8_lossy(&line)[9..].parse().expect("a status")
}

/// Asks until the answer is what it should be.
pub(crate) fn get_until(address: SocketAddr, path: &str, right: impl Fn(&Answer) -> bool) -> Answer {
    let start = Instant::now();
    loop {
        let answer = get(address, path);
        if right(&answer) {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{path} stays {}: {}", answer.status, answer.body);
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) struct Stream(WebSocket<TcpStream>);

impl Stream {
    pub(crate) fn open(address: SocketAddr, path: &str) -> Self {
        Self::try_open(address, path).unwrap_or_else(|e| panic!("{path} is not a stream: {e}"))
    }

    pub(crate) fn try_open(address: SocketAddr, path: &str) -> Result<Self, String> {
        let url = format!("ws://{address}{path}");
        tungstenite::client(url, connect(address)).map(|(socket, _)| Self(socket)).map_err(|e| e.to_string())
    }

    /// The same with a key or session.
    pub(crate) fn open_as(address: SocketAddr, path: &str, token: &str) -> Self {
        use tungstenite::client::IntoClientRequest as _;
        let mut request = format!("ws://{address}{path}").into_client_request().expect("a request");
        let value = format!("Bearer {token}").parse().expect("a header");
        request.headers_mut().insert("authorization", value);
        let opened = tungstenite::client(request, connect(address)).map(|(socket, _)| Self(socket));
        opened.unwrap_or_else(|e| panic!("{path} is not a stream: {e}"))
    }

    /// The next message; pings are answered on the way. `None`: the stream is over.
    pub(crate) fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("JSON")),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next message of a type; others before it are passed over.
    pub(crate) fn next_of(&mut self, kind: &str) -> Value {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let message = self.next().unwrap_or_else(|| panic!("the stream ended before a {kind}"));
            if message["type"] == kind {
                return message;
            }
        }
        panic!("no {kind} came");
    }

    /// How the other side said goodbye.
    pub(crate) fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).expect("sent");
    }
}
