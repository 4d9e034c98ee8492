//! The little HTTP/1.1 that a venue's client speaks: a request head in, a response out.
//!
//! Owns: finding a request in the bytes, its few fields of interest, response heads. Never: what an answer says.

/// Bytes that a request may have, its body included; more is answered 431 or 413 and closed.
pub(crate) const REQUEST_BYTES_MAX: usize = 8 * 1024;
const HEADERS_MAX: usize = 48;

/// A request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Vec<u8>,
    /// Names as they came.
    pub(crate) headers: Vec<(String, String)>,
    /// The WebSocket key, where an upgrade is asked for.
    pub(crate) upgrade_key: Option<Vec<u8>>,
    pub(crate) keep_alive: bool,
    /// Its length in bytes, head and body.
    pub(crate) length: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Whole(Request),
    Incomplete,
    /// Not HTTP, or more of it than is read here; with the status to answer.
    Bad(u16),
}

impl Request {
    pub(crate) fn parse(bytes: &[u8]) -> Head {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(head)) => match Self::body_length(&request) {
                Some(length) if length > REQUEST_BYTES_MAX - head.min(REQUEST_BYTES_MAX) => Head::Bad(413),
                Some(length) => match bytes.get(head..head + length) {
                    Some(body) => Head::Whole(Self::of(&request, head, body)),
                    None => Head::Incomplete,
                },
                None => Head::Bad(400),
            },
            Ok(httparse::Status::Partial) if bytes.len() < REQUEST_BYTES_MAX => Head::Incomplete,
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => Head::Bad(431),
            Err(_) => Head::Bad(400),
        }
    }

    /// What its head says; `None` of nonsense.
    fn body_length(request: &httparse::Request<'_, '_>) -> Option<usize> {
        let header = request.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
        header.map_or(Some(0), |h| std::str::from_utf8(h.value).ok()?.trim().parse().ok())
    }

    fn of(request: &httparse::Request<'_, '_>, head: usize, body: &[u8]) -> Self {
        let header = |name: &str| request.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value);
        let says = |name, word: &str| {
            header(name)
                .is_some_and(|value| value.to_ascii_lowercase().windows(word.len()).any(|w| w == word.as_bytes()))
        };
        let target = request.path.unwrap_or("/");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: request.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: body.to_vec(),
            headers: request.headers.iter().map(|h| (h.name.to_owned(), text(h.value))).collect(),
            upgrade_key: header("sec-websocket-key").filter(|_| says("upgrade", "websocket")).map(<[u8]>::to_vec),
            keep_alive: request.version == Some(1) && !says("connection", "close"),
            length: head + body.len(),
        }
    }

    /// A parameter of the query, as it stands there.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// A header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn body_text(&self) -> String {
        text(&self.body)
    }
}

/// A text whose `%41` are letters again; what is no such sign stays as it is.
pub(crate) fn percent_decoded(coded: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (bytes, mut plain, mut at) = (coded.as_bytes(), Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let sign = (digit(bytes.get(at + 1)), digit(bytes.get(at + 2)));
        if let (b'%', (Some(high), Some(low))) = (byte, sign) {
            plain.push((high * 16 + low) as u8);
            at += 3;
        } else {
            plain.push(byte);
            at += 1;
        }
    }
    text(&plain)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a request is answered with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Request weight used this minute.
    pub(crate) used_weight: u32,
    pub(crate) retry_after_s: Option<u32>,
    /// Further headers.
    pub(crate) headers: Vec<(String, String)>,
}

impl Answer {
    pub(crate) fn of(status: u16, body: String) -> Self {
        Self { status, body, used_weight: 0, retry_after_s: None, headers: Vec::new() }
    }

    /// The venue's way to say no.
    pub(crate) fn error(status: u16, code: i32, message: &str) -> Self {
        Self::of(status, format!("{{\"code\":{code},\"msg\":\"{message}\"}}"))
    }

    pub(crate) fn bytes(&self, keep_alive: bool) -> Vec<u8> {
        use std::fmt::Write as _;
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        head.push_str("Content-Type: application/json;charset=UTF-8\r\nServer: simulated\r\n");
        head.push_str(if keep_alive { "Connection: keep-alive\r\n" } else { "Connection: close\r\n" });
        // Writing to a String cannot fail.
        let _ = write!(head, "X-MBX-USED-WEIGHT-1M: {}\r\n", self.used_weight);
        if let Some(seconds) = self.retry_after_s {
            let _ = write!(head, "Retry-After: {seconds}\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "Content-Length: {}\r\n\r\n{}", self.body.len(), self.body);
        head.into_bytes()
    }
}

/// The answer that turns a request into a WebSocket.
pub(crate) fn switching_protocols(key: &[u8]) -> Vec<u8> {
    let accept = tungstenite::handshake::derive_accept_key(key);
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
        .into_bytes()
}

pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        500..=599 => "Server Error",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_found_whole_or_waited_for_or_refused() {
        let text = b"GET /api/v3/depth?symbol=BTCUSDT&limit=100 HTTP/1.1\r\nHost: x\r\n\r\nrest";
        let Head::Whole(request) = Request::parse(text) else { panic!("whole") };
        assert_eq!((request.path.as_str(), request.parameter("limit")), ("/api/v3/depth", Some("100")));
        assert_eq!(request.parameter("lim"), None);
        assert!(request.keep_alive && request.upgrade_key.is_none());
        assert_eq!(request.length, text.len() - 4);
        for cut in 1..request.length {
            assert_eq!(Request::parse(&text[..cut]), Head::Incomplete, "{cut}");
        }
        let text = b"POST /info HTTP/1.1\r\nContent-Length: 4\r\n\r\n{}\r\nGET";
        assert_eq!(Request::parse(&text[..text.len() - 4]), Head::Incomplete);
        let Head::Whole(request) = Request::parse(text) else { panic!("whole") };
        assert_eq!((request.body.as_slice(), request.length), (b"{}\r\n".as_slice(), text.len() - 3));
        let of_length =
            |length: &str| Request::parse(format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n").as_bytes());
        assert_eq!((of_length("9000"), of_length("-1")), (Head::Bad(413), Head::Bad(400)));
        assert_eq!(Request::parse(b"\x16\x03\x01 tls hello"), Head::Bad(400));
        assert_eq!(Request::parse(&[b'a'; REQUEST_BYTES_MAX]), Head::Bad(431));
    }

    #[test]
    fn a_header_is_found_whatever_its_case_and_signs_are_letters_again() {
        let text = b"POST /api/v3/order HTTP/1.1\r\nX-MBX-APIKEY: abc\r\nContent-Length: 9\r\n\r\nsymbol=AB";
        let Head::Whole(request) = Request::parse(text) else { panic!("whole") };
        assert_eq!((request.header("x-mbx-apikey"), request.body_text().as_str()), (Some("abc"), "symbol=AB"));
        assert_eq!(percent_decoded("a%2Bb%3d%zz%"), "a+b=%zz%");
    }

    #[test]
    fn an_upgrade_has_its_key_and_gets_the_published_answer() {
        let text = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let Head::Whole(request) = Request::parse(text) else { panic!("whole") };
        let key = request.upgrade_key.expect("asked for");
        let answer = String::from_utf8(switching_protocols(&key)).expect("text");
        // The pair of RFC 6455, 1.3.
        assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
    }
}
