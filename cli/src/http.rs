//! One request over one connection, blocking, bounded in time and size. A client library would bring a runtime along.

use serde_json::Value;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The engine is on this machine: what takes longer to be read will not come.
const READ_WITHIN: Duration = Duration::from_secs(2);
/// What does something may look through a store of history first, and must not be given up while it is done.
const DONE_WITHIN: Duration = Duration::from_secs(15);
/// The answer of an engine with a hundred instruments is below 100 KiB.
const BYTES_MAX: u64 = 4 << 20;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum HttpError {
    /// Nobody listens, or the connection broke.
    Io(io::Error),
    /// It was not read within [`READ_WITHIN`], or not done within [`DONE_WITHIN`].
    Late { is_deed: bool },
    /// A key would go over somebody's wire for everybody to read.
    Open,
    /// What came is no HTTP.
    Malformed,
    /// It was answered with a status that says no, and with these words.
    Status(u16, String),
    /// It was longer than [`BYTES_MAX`].
    TooLong,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Late { is_deed: false } => write!(f, "no answer within {} s", READ_WITHIN.as_secs()),
            Self::Late { is_deed: true } => {
                write!(f, "no answer within {} s: it may have been done, look before you say it again", DONE_WITHIN.as_secs())
            }
            Self::Open => f.write_str(
                "this program speaks plain HTTP, and no key is sent over a network in the clear; ask on the machine itself \
                 or through a tunnel to it (ssh -L)",
            ),
            Self::Malformed => f.write_str("the answer is not HTTP"),
            Self::Status(status, words) if words.is_empty() => write!(f, "answered with status {status}"),
            Self::Status(status, words) => write!(f, "answered with status {status}: {words}"),
            Self::TooLong => write!(f, "the answer is longer than {} MiB", BYTES_MAX >> 20),
        }
    }
}

impl HttpError {
    fn of(error: io::Error, is_deed: bool) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::Late { is_deed },
            _ => Self::Io(error),
        }
    }
}

/// The body of the answer. `key`: who asks, where that is asked.
pub(crate) fn get(address: SocketAddr, path: &str, key: Option<&str>) -> Result<String, HttpError> {
    ask(address, "GET", path, key, None)
}

/// The same of what does something. `body`: a JSON object, where one is read.
pub(crate) fn post(
    address: SocketAddr,
    path: &str,
    key: Option<&str>,
    body: Option<&str>,
) -> Result<String, HttpError> {
    ask(address, "POST", path, key, body)
}

fn ask(
    address: SocketAddr,
    verb: &str,
    path: &str,
    key: Option<&str>,
    said: Option<&str>,
) -> Result<String, HttpError> {
    if key.is_some() && !address.ip().is_loopback() {
        return Err(HttpError::Open);
    }
    let (began, is_deed) = (Instant::now(), verb != "GET");
    let within = if is_deed { DONE_WITHIN } else { READ_WITHIN };
    let failed = |error| HttpError::of(error, is_deed);
    let mut stream = TcpStream::connect_timeout(&address, READ_WITHIN).map_err(|error| HttpError::of(error, false))?;
    stream.set_write_timeout(Some(within)).map_err(failed)?;
    // Version 1.0: the answer then comes in one piece and ends with the connection.
    // In one piece: `write!` on a bare socket sends a packet for each fragment of the text.
    let bearer = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    let head = format!("Host: {address}\r\nAccept: application/json\r\nConnection: close\r\n{bearer}");
    let length = |said: &str| format!("Content-Type: application/json\r\nContent-Length: {}\r\n", said.len());
    let length = match said {
        None if verb == "POST" => "Content-Length: 0\r\n".to_owned(),
        said => said.map(length).unwrap_or_default(),
    };
    let request = format!("{verb} {path} HTTP/1.0\r\n{head}{length}\r\n{}", said.unwrap_or_default());
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let left = within.checked_sub(began.elapsed()).filter(|left| !left.is_zero());
        stream.set_read_timeout(Some(left.ok_or(HttpError::Late { is_deed })?)).map_err(failed)?;
        match stream.read(&mut piece).map_err(failed)? {
            0 => break,
            length => answer.extend_from_slice(&piece[..length]),
        }
        if answer.len() as u64 > BYTES_MAX {
            return Err(HttpError::TooLong);
        }
    }
    body(&answer)
}

/// What stands behind the head, if the head is good.
fn body(answer: &[u8]) -> Result<String, HttpError> {
    let text = std::str::from_utf8(answer).map_err(|_| HttpError::Malformed)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(HttpError::Malformed)?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let is_http = first.next().is_some_and(|version| version.starts_with("HTTP/1."));
    let status: u16 =
        first.next().and_then(|status| status.parse().ok()).filter(|_| is_http).ok_or(HttpError::Malformed)?;
    if !(200..300).contains(&status) {
        return Err(HttpError::Status(status, words(body)));
    }
    let told =
        lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let told: Option<usize> = told.and_then(|(_, length)| length.trim().parse().ok());
    // A connection that broke in the middle must not pass for a shorter answer.
    if told.is_some_and(|length| length != body.len()) {
        return Err(HttpError::Malformed);
    }
    Ok(body.to_owned())
}

/// What a refusal says to a person: a problem of RFC 9457, or the sentence in our own form; nothing of anything else.
fn words(body: &str) -> String {
    let told: Value = serde_json::from_str(body).unwrap_or_default();
    let places = [&told["detail"], &told["error"]["message"], &told["title"]];
    let message = places.into_iter().find_map(Value::as_str).unwrap_or_default();
    let found = told["error"]["found"].as_str().map(|found| format!(": found {found}")).unwrap_or_default();
    let expected: Vec<&str> =
        told["error"]["expected"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let accepted = if expected.is_empty() { String::new() } else { format!(", accepted: {}", expected.join(", ")) };
    format!("{message}{found}{accepted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leaves_no_machine_in_the_clear() {
        // Documentation's own address: a connection to it would take its two seconds.
        let address = "192.0.2.1:8420".parse().expect("an address");
        let refused = get(address, "/", Some("rsk_a_b")).expect_err("not sent");
        assert!(matches!(refused, HttpError::Open), "{refused}");
    }

    #[test]
    fn only_a_whole_answer_counts() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(body(whole).expect("whole"), "{}");
        assert!(matches!(body(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"), Err(HttpError::Malformed)));
        assert!(
            matches!(body(b"HTTP/1.1 404 Not Found\r\n\r\n"), Err(HttpError::Status(404, words)) if words.is_empty())
        );
        let refused = b"HTTP/1.1 403 Forbidden\r\n\r\n{\"title\":\"Forbidden\",\"detail\":\"needs risk\"}";
        assert!(matches!(body(refused), Err(HttpError::Status(403, words)) if words == "needs risk"));
        let problem = br#"{"error":{"message":"no such word","found":"kind=x","expected":["a","b"]}}"#;
        let wrong = [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], problem].concat();
        let told = "no such word: found kind=x, accepted: a, b";
        assert!(matches!(body(&wrong), Err(HttpError::Status(400, words)) if words == told));
        assert_eq!(body(b"HTTP/1.1 202 Accepted\r\n\r\n{}").expect("taken"), "{}");
        for bad in [&b"SSH-2.0-x\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n", b"", b"\xff\r\n\r\n"] {
            assert!(matches!(body(bad), Err(HttpError::Malformed)), "{bad:?}");
        }
    }
}
