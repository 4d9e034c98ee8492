//! One request over one connection, blocking, bounded in time and size. A client library would bring a runtime along.

mod line;
mod place;

use line::Line;
pub(crate) use line::Trust;
pub(crate) use place::Place;

use serde_json::Value;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// What takes longer to be read will not come.
const READ_WITHIN: Duration = Duration::from_secs(5);
/// What does something may look through a store of history first, and must not be given up while it is done.
const DONE_WITHIN: Duration = Duration::from_secs(15);
/// The answer of an engine with a hundred instruments is below 100 KiB.
const BYTES_MAX: u64 = 4 << 20;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum HttpError {
    /// Nobody listens, or the connection broke.
    Io(io::Error),
    /// The name is nobody's: in the resolver's words.
    Name(String),
    /// It was not read within [`READ_WITHIN`].
    Late,
    /// A key would go over somebody's wire for everybody to read.
    Open,
    /// TLS does not believe the other side, or the other side does not speak it.
    Trust(String),
    /// What came is no HTTP.
    Malformed,
    /// It was answered with a status that says no, and with these words.
    Status(u16, String),
    /// It was longer than [`BYTES_MAX`].
    TooLong,
    /// It was said, and what came of it is not known.
    Unsure(Box<Self>),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Name(error) => write!(f, "the name is not found: {error}"),
            Self::Late => f.write_str("no answer in time"),
            Self::Open => f.write_str(
                "no key is sent over a network in the clear: ask by https:// (bridge.tls_certificates of the engine's \
                 configuration), on the machine itself, or through a tunnel to it (ssh -L)",
            ),
            Self::Trust(why) => f.write_str(why),
            Self::Malformed => f.write_str("the answer is not HTTP; is it https:// there?"),
            Self::Status(status, words) if words.is_empty() => write!(f, "answered with status {status}"),
            Self::Status(status, words) => write!(f, "answered with status {status}: {words}"),
            Self::TooLong => write!(f, "the answer is longer than {} MiB", BYTES_MAX >> 20),
            Self::Unsure(error) => write!(f, "{error}: it may have been done, look before you say it again"),
        }
    }
}

impl HttpError {
    fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::Late,
            _ => Self::Io(error),
        }
    }
}

/// Who asks, where.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) place: Place,
    pub(crate) trust: Trust,
    /// What may stand in a header line.
    pub(crate) key: Option<String>,
}

/// An answer, whatever it says.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) const fn is_good(&self) -> bool {
        200 <= self.status && self.status < 300
    }

    /// The body of a yes; a no as an error.
    pub(crate) fn good(self) -> Result<String, HttpError> {
        if self.is_good() { Ok(self.body) } else { Err(HttpError::Status(self.status, words(&self.body))) }
    }
}

impl Client {
    /// Asks, and gives back what was answered, a no included. `said`: a JSON object, where one is read.
    pub(crate) fn ask(&self, verb: &str, path: &str, said: Option<&str>) -> Result<Answered, HttpError> {
        let is_deed = verb != "GET";
        let until = Instant::now() + if is_deed { DONE_WITHIN } else { READ_WITHIN };
        let mut line = Line::open(&self.place, &self.trust, self.key.is_some(), until)?;
        let answer = line.talk(self.request(verb, path, said).as_bytes(), BYTES_MAX).map_err(HttpError::of);
        let answer = answer
            .and_then(|bytes| if bytes.len() as u64 > BYTES_MAX { Err(HttpError::TooLong) } else { read(&bytes) });
        answer.map_err(|error| match error {
            // Whoever speaks no HTTP has understood none.
            HttpError::Malformed => error,
            error if is_deed => HttpError::Unsure(Box::new(error)),
            error => error,
        })
    }

    /// Version 1.0: the answer then comes in one piece and ends with the connection.
    fn request(&self, verb: &str, path: &str, said: Option<&str>) -> String {
        let bearer = self.key.as_ref().map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
        let host = self.place.authority();
        let head = format!("Host: {host}\r\nAccept: application/json\r\nConnection: close\r\n{bearer}");
        let length = |said: &str| format!("Content-Type: application/json\r\nContent-Length: {}\r\n", said.len());
        let length = match said {
            None if !matches!(verb, "GET" | "DELETE") => "Content-Length: 0\r\n".to_owned(),
            said => said.map(length).unwrap_or_default(),
        };
        format!("{verb} {path} HTTP/1.0\r\n{head}{length}\r\n{}", said.unwrap_or_default())
    }
}

/// What stands behind the head, if all of it came.
fn read(answer: &[u8]) -> Result<Answered, HttpError> {
    if answer.is_empty() {
        return Err(HttpError::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    let text = std::str::from_utf8(answer).map_err(|_| HttpError::Malformed)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(HttpError::Malformed)?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let is_http = first.next().is_some_and(|version| version.starts_with("HTTP/1."));
    let status: u16 =
        first.next().and_then(|status| status.parse().ok()).filter(|_| is_http).ok_or(HttpError::Malformed)?;
    let told =
        lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let told: Option<usize> = told.and_then(|(_, length)| length.trim().parse().ok());
    // A connection that broke in the middle must not pass for a shorter answer.
    if told.is_some_and(|length| length != body.len()) {
        return Err(HttpError::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(Answered { status, body: body.to_owned() })
}

/// What a refusal says to a person: a problem of RFC 9457, or the sentence in our own form; nothing of anything else.
pub(crate) fn words(body: &str) -> String {
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

    fn client(url: &str, key: Option<&str>) -> Client {
        let trust = Trust::new(None).expect("roots");
        Client { place: Place::read(url).expect("a door"), trust, key: key.map(str::to_owned) }
    }

    fn body(answer: &[u8]) -> Result<String, HttpError> {
        read(answer).and_then(Answered::good)
    }

    #[test]
    fn a_key_leaves_no_machine_in_the_clear() {
        // Documentation's own address: a connection to it would take its five seconds.
        let began = Instant::now();
        let refused = client("http://192.0.2.1:8420", Some("rsk_a_b")).ask("GET", "/", None).err().expect("not sent");
        assert!(matches!(refused, HttpError::Open), "{refused}");
        assert!(refused.to_string().contains("https://") && !refused.to_string().contains("rsk_"), "{refused}");
        assert!(began.elapsed() < READ_WITHIN, "nobody was knocked at");
    }

    #[test]
    fn what_was_said_and_not_answered_may_have_been_done() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", silent.local_addr().expect("an address"));
        let hangs_up = std::thread::spawn(move || {
            (0..2).for_each(|_| drop(silent.accept().expect("a caller")));
            silent
        });
        let got = client(&url, None).ask("GET", "/", None).err().expect("no answer");
        assert!(!got.to_string().contains("may have been done"), "{got}");
        let told = client(&url, None).ask("POST", "/", Some("{}")).err().expect("no answer");
        assert!(told.to_string().contains("may have been done"), "{told}");
        drop(hangs_up.join().expect("it hung up twice"));
        let nobody = client(&url, None).ask("POST", "/", Some("{}")).err().expect("nobody");
        assert!(!nobody.to_string().contains("may have been done"), "nobody was there to hear it: {nobody}");
    }

    #[test]
    fn only_a_whole_answer_counts() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(body(whole).expect("whole"), "{}");
        assert!(matches!(body(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"), Err(HttpError::Io(_))));
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
        assert!(matches!(body(b""), Err(HttpError::Io(_))), "it broke off");
        for bad in [&b"SSH-2.0-x\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n", b"\xff\r\n\r\n"] {
            assert!(matches!(body(bad), Err(HttpError::Malformed)), "{bad:?}");
        }
    }
}
