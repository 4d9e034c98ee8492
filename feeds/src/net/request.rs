//! What is asked of a REST server: a method, a path, and where it needs them headers and a body.
//!
//! Owns: how that stands on the wire (HTTP/1.1). Never: signs, sends, decides whether it may be sent once more.

use super::Headers;
use std::sync::Arc;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something, or reads by a question that stands in the body.
    Post,
    /// Changes something.
    Put,
    /// Takes something away.
    Delete,
}

impl Method {
    /// As it stands on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Whether asking twice is as good as once, so that a connection that broke in between is no failure.
    pub(super) const fn may_be_repeated(self) -> bool {
        matches!(self, Self::Get)
    }
}

/// A request to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Path and query, percent-encoded.
    pub path: Arc<str>,
    /// Lines `Name: value\r\n` besides those that every request has: of a key, a signature, the kind of the body.
    pub headers: String,
    /// What is sent with it; of a GET nothing.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads that path. Asks for no memory but what the path has already.
    #[must_use]
    pub fn get(path: impl Into<Arc<str>>) -> Self {
        Self { method: Method::Get, path: path.into(), headers: String::new(), body: Vec::new() }
    }

    /// Sends that JSON there.
    #[must_use]
    pub fn post_json(path: impl Into<Arc<str>>, body: impl Into<Vec<u8>>) -> Self {
        let headers = "Content-Type: application/json\r\n".to_owned();
        Self { method: Method::Post, path: path.into(), headers, body: body.into() }
    }

    /// Its bytes for a server of that name, which wants to hear these with every request.
    pub(super) fn bytes(&self, authority: &str, every: Headers) -> Vec<u8> {
        let (method, path) = (self.method.name(), &self.path);
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n\
             User-Agent: ringside\r\n"
        );
        for (name, value) in every {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str(&self.headers);
        // Without a length the server takes what follows for the next request; a GET never has a body.
        if self.method != Method::Get {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(request: &Request) -> String {
        String::from_utf8(request.bytes("venue:80", &[])).expect("text")
    }

    const SAME: &str =
        "Host: venue:80\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: ringside\r\n";

    #[test]
    fn a_get_is_a_head_alone() {
        assert_eq!(text(&Request::get("/depth?n=1")), format!("GET /depth?n=1 HTTP/1.1\r\n{SAME}\r\n"));
    }

    #[test]
    fn what_is_posted_stands_behind_its_headers_and_its_length() {
        let mut request = Request::post_json("/info", r#"{"type":"meta"}"#);
        request.headers.push_str("X-KEY: k\r\n");
        let head = format!("POST /info HTTP/1.1\r\n{SAME}Content-Type: application/json\r\nX-KEY: k\r\n");
        assert_eq!(text(&request), format!("{head}Content-Length: 15\r\n\r\n{{\"type\":\"meta\"}}"));
    }

    #[test]
    fn what_takes_away_says_that_it_has_no_body() {
        let request = Request { method: Method::Delete, ..Request::get("/order?id=1") };
        assert_eq!(text(&request), format!("DELETE /order?id=1 HTTP/1.1\r\n{SAME}Content-Length: 0\r\n\r\n"));
    }
}
