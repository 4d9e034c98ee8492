//! HTTP/1.1, as much as a venue's REST needs: one request, one bounded answer, whole or an error.
//!
//! Works on any stream; owns no socket and no time (the stream's reads end by themselves when the deadline passes).
//! An answer without `content-length` and without `chunked` is refused: a cut one could not be told from a whole one.

use super::Headers;
use super::error::NetError;
use super::request::Request;
use std::io::{ErrorKind, Read, Write};

/// Longest head: venues send about 1 KiB.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Most header lines.
const HEADERS_MAX: usize = 64;
/// Longest line that announces a chunk: 16 hex digits and an extension.
const CHUNK_LINE_MAX: usize = 256;
/// Bytes asked for at a time.
const READ_BYTES: usize = 16 << 10;

/// What is asked, and how much of an answer is accepted.
pub(super) struct Question<'a> {
    pub(super) peer: &'a str,
    pub(super) authority: &'a str,
    pub(super) request: &'a Request,
    /// What the venue wants to hear with every request.
    pub(super) headers: Headers,
    pub(super) body_bytes_max: usize,
}

/// What the head of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) retry_after_s: Option<u64>,
    /// Whether the connection may carry another question.
    pub(super) keep: bool,
    length: Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Known(usize),
    Chunked,
    Unknown,
}

/// Asks, and reads the whole answer into `body`.
pub(super) fn ask<S: Read + Write>(stream: &mut S, ask: &Question<'_>, body: &mut Vec<u8>) -> Result<Head, NetError> {
    let sent = stream.write_all(&ask.request.bytes(ask.authority, ask.headers)).and_then(|()| stream.flush());
    sent.map_err(|e| cut(ask, "sending the request", e))?;
    body.clear();
    let mut input = Input { stream, ask, bytes: Vec::with_capacity(READ_BYTES), used: 0 };
    let head = input.head()?;
    match head.length {
        Length::Known(length) => input.copy(length, body)?,
        Length::Chunked => input.chunks(body)?,
        // An error status may come without a body; anything else must say how long it is.
        Length::Unknown if head.status != 200 => {}
        Length::Unknown => return Err(malformed(ask, "http head", "neither content-length nor chunked")),
    }
    // Bytes beyond the answer belong to no question of ours.
    let keep = head.keep && head.length != Length::Unknown && input.used == input.bytes.len();
    Ok(Head { keep, ..head })
}

struct Input<'a, S> {
    stream: &'a mut S,
    ask: &'a Question<'a>,
    bytes: Vec<u8>,
    used: usize,
}

impl<S: Read> Input<'_, S> {
    /// Reads once; an end of stream is an error, for something is still missing whenever this is called.
    fn fill(&mut self) -> Result<(), NetError> {
        if self.used > 0 {
            self.bytes.drain(..self.used);
            self.used = 0;
        }
        let held = self.bytes.len();
        self.bytes.resize(held + READ_BYTES, 0);
        let outcome = loop {
            match self.stream.read(&mut self.bytes[held..]) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        self.bytes.truncate(held + outcome.as_ref().copied().unwrap_or(0));
        match outcome {
            Ok(0) => Err(cut(self.ask, "reading the answer", ErrorKind::UnexpectedEof.into())),
            Ok(_) => Ok(()),
            Err(e) => Err(cut(self.ask, "reading the answer", e)),
        }
    }

    fn head(&mut self) -> Result<Head, NetError> {
        loop {
            if let Some((head, size)) = parse_head(self.ask, &self.bytes)? {
                self.used = size;
                return Ok(head);
            }
            if self.bytes.len() > HEAD_BYTES_MAX {
                return Err(oversized(self.ask, "http head", self.bytes.len(), HEAD_BYTES_MAX));
            }
            self.fill()?;
        }
    }

    /// Moves exactly `length` bytes into `body`.
    fn copy(&mut self, length: usize, body: &mut Vec<u8>) -> Result<(), NetError> {
        let limit = self.ask.body_bytes_max;
        let whole = body.len().saturating_add(length);
        if whole > limit {
            return Err(oversized(self.ask, "http body", whole, limit));
        }
        while body.len() < whole {
            if self.used == self.bytes.len() {
                self.fill()?;
            }
            let take = (whole - body.len()).min(self.bytes.len() - self.used);
            body.extend_from_slice(&self.bytes[self.used..self.used + take]);
            self.used += take;
        }
        Ok(())
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Result<(), NetError> {
        loop {
            let size = self.chunk_size()?;
            if size == 0 {
                return self.trailer();
            }
            self.copy(size, body)?;
            if !self.line()?.is_empty() {
                return Err(malformed(self.ask, "http chunk", "longer than announced"));
            }
        }
    }

    fn chunk_size(&mut self) -> Result<usize, NetError> {
        let ask = self.ask;
        let line = self.line()?;
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let hex = !digits.is_empty() && digits.len() <= 15 && digits.iter().all(u8::is_ascii_hexdigit);
        let text = std::str::from_utf8(digits).ok().filter(|_| hex);
        text.and_then(|text| usize::from_str_radix(text, 16).ok())
            .ok_or_else(|| malformed(ask, "http chunk", "its size is not 1 to 15 hex digits"))
    }

    /// Header lines after the last chunk, up to the empty one.
    fn trailer(&mut self) -> Result<(), NetError> {
        for _ in 0..HEADERS_MAX {
            if self.line()?.is_empty() {
                return Ok(());
            }
        }
        Err(malformed(self.ask, "http trailer", "no end"))
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<&[u8], NetError> {
        loop {
            let rest = &self.bytes[self.used..];
            if let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
                let start = self.used;
                self.used += end + 2;
                return Ok(&self.bytes[start..start + end]);
            }
            if rest.len() > CHUNK_LINE_MAX {
                return Err(oversized(self.ask, "http chunk line", rest.len(), CHUNK_LINE_MAX));
            }
            self.fill()?;
        }
    }
}

/// The head and its size, or `None` while it is incomplete.
fn parse_head(ask: &Question<'_>, bytes: &[u8]) -> Result<Option<(Head, usize)>, NetError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut answer = httparse::Response::new(&mut headers);
    let parsed = answer.parse(bytes).map_err(|e| malformed(ask, "http head", &e.to_string()))?;
    let httparse::Status::Complete(size) = parsed else {
        return Ok(None);
    };
    let mut head = Head {
        status: answer.code.unwrap_or_default(),
        retry_after_s: None,
        keep: answer.version == Some(1),
        length: Length::Unknown,
    };
    for header in answer.headers.iter() {
        read_header(ask, &mut head, header)?;
    }
    Ok(Some((head, size)))
}

fn read_header(ask: &Question<'_>, head: &mut Head, header: &httparse::Header<'_>) -> Result<(), NetError> {
    let text = std::str::from_utf8(header.value).unwrap_or_default().trim();
    let is = |name| header.name.eq_ignore_ascii_case(name);
    if is("content-length") {
        // Chunked wins over a length (RFC 9112, 6.3); two different lengths are an attack or a bug.
        let length = text.parse().map_err(|_| malformed(ask, "http head", "content-length is not a number"))?;
        match head.length {
            Length::Known(other) if other != length => {
                return Err(malformed(ask, "http head", "two different content-lengths"));
            }
            Length::Chunked => {}
            _ => head.length = Length::Known(length),
        }
    } else if is("transfer-encoding") {
        if !text.eq_ignore_ascii_case("chunked") {
            return Err(malformed(ask, "http head", "a transfer-encoding other than chunked"));
        }
        head.length = Length::Chunked;
    } else if is("content-encoding") && !text.eq_ignore_ascii_case("identity") {
        return Err(malformed(ask, "http head", "a content-encoding that was not asked for"));
    } else if is("retry-after") {
        head.retry_after_s = text.parse().ok();
    } else if is("connection") && text.eq_ignore_ascii_case("close") {
        head.keep = false;
    }
    Ok(())
}

fn cut(ask: &Question<'_>, during: &'static str, error: std::io::Error) -> NetError {
    NetError::Cut { peer: ask.peer.to_owned(), during, reason: error.to_string() }
}

fn malformed(ask: &Question<'_>, what: &'static str, reason: &str) -> NetError {
    NetError::Malformed { peer: ask.peer.to_owned(), what, reason: reason.to_owned() }
}

fn oversized(ask: &Question<'_>, what: &'static str, found: usize, limit: usize) -> NetError {
    NetError::Oversized { peer: ask.peer.to_owned(), what, found, limit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    /// A stream that answers with `answer`, `step` bytes a read.
    struct Canned {
        answer: Vec<u8>,
        step: usize,
        sent: Vec<u8>,
    }

    impl Read for Canned {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let take = self.step.min(self.answer.len()).min(buffer.len());
            buffer[..take].copy_from_slice(&self.answer[..take]);
            self.answer.drain(..take);
            Ok(take)
        }
    }

    impl Write for Canned {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            self.sent.extend_from_slice(buffer);
            Ok(buffer.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The same answer in one piece and byte by byte must mean the same.
    fn check(answer: &str) -> Result<(u16, String, bool), String> {
        let request = Request::get("/depth");
        let headers = &[("x-size", "1")];
        let question = Question { peer: "test:80", authority: "test", request: &request, headers, body_bytes_max: 64 };
        let ask = |step| {
            let mut stream = Canned { answer: answer.as_bytes().to_vec(), step, sent: Vec::new() };
            let mut body = Vec::new();
            let head = super::ask(&mut stream, &question, &mut body).map_err(|e| e.to_string());
            assert!(stream.sent.starts_with(b"GET /depth HTTP/1.1\r\nHost: test\r\n"));
            assert!(stream.sent.ends_with(b"\r\nUser-Agent: ringside\r\nx-size: 1\r\n\r\n"));
            head.map(|head| (head.status, String::from_utf8(body).expect("text"), head.keep))
        };
        let whole = ask(1 << 20);
        assert_eq!(whole.is_ok(), ask(1).is_ok());
        whole
    }

    #[test]
    fn a_body_is_read_by_length_or_by_chunks() {
        let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(check(length), Ok((200, "hello".to_owned(), true)));
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;note=x\r\nllo\r\n0\r\nTrail: 1\r\n\r\n";
        assert_eq!(check(chunked), Ok((200, "hello".to_owned(), true)));
        assert_eq!(
            check("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
            Ok((200, String::new(), false))
        );
        assert_eq!(check("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"), Ok((200, "x".to_owned(), false)));
    }

    #[test]
    fn a_body_that_is_cut_too_long_or_of_unknown_length_is_refused() {
        let refused = |answer, word| {
            let error = check(answer).expect_err("refused");
            assert!(error.contains(word), "{error:?} does not say {word:?}");
        };
        refused("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "cut in reading");
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "cut in reading");
        refused("HTTP/1.1 200 OK\r\n\r\nhello", "neither content-length nor chunked");
        refused("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", "65 bytes, at most 64");
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", "at most 64");
        refused("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "not a number");
        refused("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not a number");
    }

    #[test]
    fn what_is_not_http_is_refused() {
        let refused = |answer: &str| assert!(check(answer).is_err(), "{answer:?} was accepted");
        refused("<html>please log in</html>");
        refused("\0\0\0\0\0\0\0\0\r\n\r\n");
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
        refused("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx");
        refused("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy");
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n");
        refused(&format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(20_000)));
    }

    #[test]
    fn bytes_beyond_the_answer_end_the_connection() {
        let (_, body, keep) = check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200").expect("whole");
        assert_eq!((body.as_str(), keep), ("ok", false));
    }
}
