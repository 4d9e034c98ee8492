//! The simulated venue's door on loopback: upgrades to WebSocket, and the questions that a feed and a gateway ask by REST
//! before they are ready.
//!
//! Owns a listener and sleeping threads. Never: anything on the way of a frame or an order; an upgraded connection is
//! handed to the [`peer`](super::peer).

use crate::synthetic::DepthFrames;
use engine_ring::flag::StopFlag;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a server adds to a client's key, by the standard (RFC 6455).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The door.
#[derive(Debug)]
pub(super) struct Front {
    address: SocketAddr,
    upgraded: Receiver<(String, TcpStream)>,
    is_closed: StopFlag,
    accepting: Option<JoinHandle<()>>,
}

impl Front {
    /// Opens it on any free port. `snapshot` is the book that the frames continue.
    pub(super) fn open(frames: &DepthFrames) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (upgrades, upgraded) = channel();
        let is_closed = StopFlag::new();
        let (flag, snapshot) = (is_closed.clone(), Arc::<str>::from(frames.snapshot()));
        let accepting = std::thread::Builder::new().name("front".to_owned()).spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if flag.is_raised() {
                    return;
                }
                let (upgrades, snapshot) = (upgrades.clone(), Arc::clone(&snapshot));
                // A client that goes away in the middle of a question is told nothing more.
                std::thread::spawn(move || drop(serve(stream, &upgrades, &snapshot)));
            }
        })?;
        Ok(Self { address, upgraded, is_closed, accepting: Some(accepting) })
    }

    /// Where it is.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that were upgraded, by their paths.
    pub(super) const fn upgraded(&self) -> &Receiver<(String, TcpStream)> {
        &self.upgraded
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.is_closed.raise();
        // Only to wake the thread that accepts.
        drop(TcpStream::connect(self.address));
        self.accepting.take().map(JoinHandle::join);
    }
}

/// Answers one connection until it is upgraded or ends.
fn serve(stream: TcpStream, upgrades: &Sender<(String, TcpStream)>, snapshot: &str) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                words => head.push(words.to_owned()),
            }
        }
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
        if let Some(key) = header(&head, "sec-websocket-key") {
            let proof = base64(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes()).as_ref());
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {proof}\r\n\r\n"
            );
            reader.get_mut().write_all(answer.as_bytes())?;
            // Nobody waits for it any more: the round is over.
            drop(upgrades.send((path, reader.into_inner())));
            return Ok(());
        }
        let length = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        let body = answer(&path, snapshot);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
        write!(reader.get_mut(), "{head}: {}\r\n\r\n{body}", body.len())?;
    }
}

fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    let pairs = head.iter().filter_map(|line| line.split_once(':'));
    pairs.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The answers of an account without orders and positions.
fn answer(path: &str, snapshot: &str) -> String {
    match path.split('?').next().unwrap_or_default() {
        "/fapi/v1/depth" => snapshot.to_owned(),
        "/fapi/v1/listenKey" => r#"{"listenKey":"bench"}"#.to_owned(),
        "/fapi/v1/time" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
            format!("{{\"serverTime\":{now}}}")
        }
        "/fapi/v1/countdownCancelAll" => r#"{"symbol":"BTCUSDT","countdownTime":"60000"}"#.to_owned(),
        _ => "[]".to_owned(),
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        let letter = |at: usize| if at <= three.len() { LETTERS[bits >> (18 - 6 * at) & 63] } else { b'=' };
        text.extend((0..4).map(|at| char::from(letter(at))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_one_of_the_standard() {
        let key = format!("dGhlIHNhbXBsZSBub25jZQ=={GUID}");
        let proof = base64(digest(&SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes()).as_ref());
        assert_eq!(proof, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
