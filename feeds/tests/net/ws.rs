//! One connection: what arrives, what is answered, and how each way of ending is told.

use crate::server::{PATIENCE, accept, accept_ws, read_request, serve, until_closed, wait_for};
use engine_ring::clock::Clock;
use feeds::net::endpoint::Endpoint;
use feeds::net::error::NetError;
use feeds::net::poller::Poller;
use feeds::net::tls::Tls;
use feeds::net::ws::{Incoming, Socket, SocketSettings};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use tungstenite::{Bytes, Message};

pub(crate) struct Client {
    pub(crate) socket: Socket,
    pub(crate) poller: Poller,
    clock: Clock,
}

pub(crate) fn settings(address: SocketAddr) -> SocketSettings {
    let endpoint = Endpoint::websocket(&format!("ws://{address}/stream")).expect("good");
    SocketSettings::new(endpoint, None)
}

pub(crate) fn dial(settings: SocketSettings, address: SocketAddr) -> Client {
    let poller = Poller::new().expect("epoll");
    let clock = Clock::machine();
    let socket = Socket::dial(settings, address, &poller, clock.clone(), clock.now()).expect("dialled");
    Client { socket, poller, clock }
}

impl Client {
    pub(crate) fn open(mut self) -> Result<Self, NetError> {
        wait_for("opening", || match self.socket.advance(self.clock.now()) {
            Ok(true) => Some(Ok(())),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        })?;
        Ok(self)
    }

    /// The next frame as text, and when it was received.
    pub(crate) fn frame(&mut self) -> Result<(String, u64), NetError> {
        wait_for("a frame", || match self.socket.read() {
            Ok(Incoming::Frame { bytes, received_at_ns }) => {
                Some(Ok((String::from_utf8(bytes.to_vec()).expect("text"), received_at_ns)))
            }
            Ok(Incoming::Control | Incoming::Nothing) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

/// A client whose server, after the upgrade, writes raw bytes and keeps the line.
fn raw(bytes: impl FnOnce(&mut TcpStream) + Send + 'static) -> Client {
    let (address, _) = serve(move |listener| {
        let mut socket = accept_ws(&listener);
        bytes(socket.get_mut());
        until_closed(socket.get_mut());
    });
    dial(settings(address), address).open().expect("open")
}

fn error_after(bytes: &'static [u8]) -> NetError {
    raw(move |stream| stream.write_all(bytes).expect("sent")).frame().expect_err("an error")
}

#[test]
fn a_frame_arrives_with_the_time_of_the_read_that_brought_it() {
    let (address, server) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        assert_eq!(socket.read().expect("a message"), Message::text("SUBSCRIBE"));
        socket.send(Message::text("one")).expect("sent");
        socket.send(Message::binary(Bytes::from_static(b"two"))).expect("sent");
        until_closed(socket.get_mut());
    });
    let before_ns = Clock::machine().now();
    let mut client = dial(settings(address), address).open().expect("open");
    client.socket.send("SUBSCRIBE").expect("sent");
    let (text, first_at_ns) = client.frame().expect("a frame");
    assert_eq!(text, "one");
    let (text, second_at_ns) = client.frame().expect("a frame");
    assert_eq!(text, "two");
    let after_ns = Clock::machine().now();
    // Two calibrations of one machine's clock agree within a millisecond.
    assert!(before_ns < first_at_ns + 1_000_000 && first_at_ns <= second_at_ns && second_at_ns < after_ns + 1_000_000);
    assert!(client.socket.bytes_in() > 10);
    client.socket.close();
    assert!(matches!(client.socket.read(), Err(NetError::Cut { .. })));
    server.join().expect("the server saw the close");
}

#[test]
fn the_upgrade_says_what_the_venue_wants_to_hear() {
    let (address, server) = serve(|listener| {
        let lines = BufReader::new(accept(&listener)).lines().map(|line| line.expect("text"));
        let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        assert!(headers.contains(&"x-gate-size-decimal: 1".to_owned()), "{headers:?}");
    });
    let headers = &[("x-gate-size-decimal", "1")];
    let refused = dial(SocketSettings { headers, ..settings(address) }, address).open();
    assert!(refused.is_err(), "the server only listened");
    server.join().expect("the server heard it");
}

#[test]
fn a_ping_is_answered_with_its_own_payload_at_once_and_not_with_the_next_read() {
    let (answered, wait) = std::sync::mpsc::channel();
    let (address, _) = serve(move |listener| {
        let mut socket = accept_ws(&listener);
        socket.send(Message::Ping(Bytes::from_static(b"1700000000000"))).expect("sent");
        answered.send(socket.read().ok()).expect("the test waits");
    });
    let mut client = dial(settings(address), address).open().expect("open");
    let read = wait_for("the ping", || match client.socket.read().expect("alive") {
        Incoming::Nothing => None,
        other => Some(other == Incoming::Control),
    });
    assert!(read, "a ping is not a frame");
    let answer = wait.recv_timeout(PATIENCE).expect("an answer without another read");
    assert_eq!(answer, Some(Message::Pong(Bytes::from_static(b"1700000000000"))));
}

#[test]
fn a_ping_of_ours_goes_out_empty_and_its_answer_is_a_sign_of_life() {
    let (address, server) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        assert_eq!(socket.read().expect("a ping"), Message::Ping(Bytes::new()));
        socket.flush().expect("answered");
        until_closed(socket.get_mut());
    });
    let mut client = dial(settings(address), address).open().expect("open");
    client.socket.ping().expect("sent");
    wait_for("the answer", || (client.socket.read().expect("open") == Incoming::Control).then_some(()));
    drop(client);
    server.join().expect("the server saw a ping");
}

#[test]
fn a_message_in_fragments_of_single_bytes_with_a_ping_between_arrives_whole() {
    let mut client = raw(|stream| {
        let text_start = [0x01, 3, b'a', b'b', b'c'];
        let ping = [0x89, 1, b'?'];
        let middle = [0x00, 2, b'd', b'e'];
        let end = [0x80, 1, b'f'];
        for byte in [&text_start[..], &ping, &middle, &end].concat() {
            stream.write_all(&[byte]).expect("sent");
        }
    });
    assert_eq!(client.frame().expect("a frame").0, "abcdef");
}

#[test]
fn frames_beyond_the_read_size_and_many_in_one_read_arrive_in_order() {
    let mut client = raw(|stream| {
        let mut bytes = Vec::new();
        for index in 0..200u32 {
            let body = format!("{index}:{}", "x".repeat(index as usize * 50));
            bytes.push(0x81);
            match body.len() {
                short @ 0..126 => bytes.push(short as u8),
                long => {
                    bytes.push(126);
                    bytes.extend_from_slice(&(long as u16).to_be_bytes());
                }
            }
            bytes.extend_from_slice(body.as_bytes());
        }
        stream.write_all(&bytes).expect("sent");
    });
    for index in 0..200u32 {
        let (text, _) = client.frame().expect("a frame");
        assert_eq!(text, format!("{index}:{}", "x".repeat(index as usize * 50)));
    }
}

#[test]
fn an_oversized_message_is_refused_by_its_header_before_it_is_held() {
    // 64-bit length of 1 TiB; not a byte of the payload is ever sent.
    let error = error_after(&[0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]);
    assert!(matches!(error, NetError::Oversized { found: 0x100_0000_0000, limit: 0x100_0000, .. }), "{error}");
}

#[test]
fn fragments_that_grow_past_the_limit_are_refused() {
    let (address, _) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        let stream = socket.get_mut();
        stream.write_all(&[0x01, 100]).and_then(|()| stream.write_all(&[b'x'; 100])).expect("sent");
        stream.write_all(&[0x80, 100]).and_then(|()| stream.write_all(&[b'x'; 100])).expect("sent");
        until_closed(stream);
    });
    let small = SocketSettings { message_bytes_max: 150, ..settings(address) };
    let error = dial(small, address).open().expect("open").frame().expect_err("too long");
    assert!(matches!(error, NetError::Oversized { limit: 150, .. }), "{error}");
}

#[test]
fn a_server_that_goes_away_in_the_middle_of_a_frame_is_a_cut() {
    let (address, _) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        socket.get_mut().write_all(&[0x81, 10, b'h', b'a', b'l', b'f']).expect("sent");
    });
    let error = dial(settings(address), address).open().expect("open").frame().expect_err("cut");
    assert!(matches!(error, NetError::Cut { during: "reading", .. }), "{error}");
}

#[test]
fn a_goodbye_is_told_with_its_code() {
    let error = error_after(&[0x88, 8, 0x03, 0xF0, b'p', b'o', b'l', b'i', b'c', b'y']);
    assert!(matches!(&error, NetError::Closed { code: 1008, reason, .. } if reason == "policy"), "{error}");
    let error = error_after(&[0x88, 0]);
    assert!(matches!(error, NetError::Closed { code: 1005, .. }), "{error}");
}

#[test]
fn frames_that_break_the_protocol_end_the_connection() {
    let reserved_bit = error_after(&[0xC1, 1, b'x']);
    let masked = error_after(&[0x81, 0x81, 1, 2, 3, 4, b'x']);
    let not_text = error_after(&[0x81, 2, 0xFF, 0xFE]);
    let no_start = error_after(&[0x80, 1, b'x']);
    let unknown = error_after(&[0x83, 0]);
    let long_ping = raw(|stream| {
        stream.write_all(&[0x89, 126, 0, 200]).and_then(|()| stream.write_all(&[0; 200])).expect("sent");
    });
    let long_ping = { long_ping }.frame().expect_err("too long for a ping");
    for error in [reserved_bit, masked, not_text, no_start, unknown, long_ping] {
        assert!(matches!(error, NetError::Malformed { .. }), "{error}");
    }
}

#[test]
fn a_server_that_refuses_the_upgrade_is_told_apart_from_one_that_talks_nonsense() {
    let answer = |text: &'static str| {
        let (address, _) = serve(move |listener: TcpListener| {
            let mut stream = accept(&listener);
            read_request(&mut stream);
            stream.write_all(text.as_bytes()).expect("sent");
        });
        dial(settings(address), address).open().err().expect("refused").to_string()
    };
    assert!(answer("HTTP/1.1 429 Too Many Requests\r\n\r\n").contains("status 429"));
    assert!(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").contains("status 200"));
    assert!(answer("SSH-2.0-OpenSSH_9.2\r\n").contains("upgrade"));
    assert!(answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bad\r\n\r\n")
        .contains("Sec-WebSocket-Accept"));
    assert!(answer("").contains("upgrade"));
}

#[test]
fn a_silent_server_and_a_closed_port_do_not_hold_the_thread() {
    let (address, _) = serve(|listener| until_closed(&mut accept(&listener)));
    let hasty = SocketSettings { open_within_ns: 50_000_000, ..settings(address) };
    let error = dial(hasty, address).open().err().expect("too slow");
    assert!(matches!(error, NetError::TimedOut { step: "the websocket upgrade", limit_ms: 50, .. }), "{error}");

    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("an address");
    let error = dial(settings(closed), closed).open().err().expect("nobody listens");
    assert!(matches!(error, NetError::Connect { .. }), "{error}");
}

#[test]
fn a_peer_that_never_reads_does_not_fill_our_memory() {
    let (address, server) = serve(|listener| {
        let socket = accept_ws(&listener);
        std::thread::park_timeout(crate::server::PATIENCE);
        drop(socket);
    });
    let mut client = dial(settings(address), address).open().expect("open");
    let text = "x".repeat(64 << 10);
    let error = wait_for("refusal", || client.socket.send(&text).err());
    assert!(error.to_string().contains("does not read"), "{error}");
    server.thread().unpark();
    server.join().expect("ended");
}

#[test]
fn what_the_kernel_did_not_take_goes_out_with_later_reads() {
    let (address, server) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        std::thread::park_timeout(Duration::from_millis(100));
        let bytes: usize = (0..40).map(|_| socket.read().expect("a message").len()).sum();
        assert_eq!(bytes, 40 * (128 << 10));
        socket.send(Message::text("all")).expect("sent");
        until_closed(socket.get_mut());
    });
    let mut client = dial(settings(address), address).open().expect("open");
    let text = "x".repeat(128 << 10);
    let mut sent = 0;
    while sent < 40 {
        // A full buffer refuses; reading lets the rest go out.
        match client.socket.send(&text) {
            Ok(()) => sent += 1,
            Err(NetError::Cut { .. }) => drop(client.socket.read().expect("alive")),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(client.frame().expect("an answer").0, "all");
    drop(client);
    server.join().expect("everything came");
}

#[test]
fn what_the_kernel_did_not_take_stays_here_when_the_socket_is_closed_or_cut() {
    for is_cut in [false, true] {
        let (drained, room) = channel();
        let (goes, goes_on) = channel::<()>();
        let (tells, told) = channel();
        let (address, _) = serve(move |listener| {
            let mut socket = accept_ws(&listener);
            goes_on.recv().expect("full");
            // Room for much of what waits on the other side.
            let (mut buffer, mut came) = (vec![0; 64 << 10], 0);
            while came < 1 << 20 {
                came += socket.get_mut().read(&mut buffer).expect("more");
            }
            drained.send(()).expect("waited for");
            goes_on.recv().expect("closed");
            loop {
                match socket.get_mut().read(&mut buffer).expect("to its end") {
                    0 => break,
                    count => came += count,
                }
            }
            tells.send(came).expect("waited for");
        });
        let mut client = dial(settings(address), address).open().expect("open");
        let text = "x".repeat(64 << 10);
        let mut sent = 0;
        // A masked frame of 64 KiB has a head of 14 bytes: the kernel may stop within the heads' share of the sum.
        while !client.socket.is_unsent() || sent < 2 << 20 {
            match client.socket.send(&text) {
                Ok(()) => sent += text.len() + 14,
                Err(NetError::Cut { .. }) => break,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(client.socket.is_unsent());
        goes.send(()).expect("it waits");
        room.recv().expect("it reads");
        match is_cut {
            false => client.socket.close(),
            true => assert!(client.socket.cut_off("enough").to_string().contains("enough")),
        }
        goes.send(()).expect("it waits");
        let came = told.recv().expect("read");
        assert!(came < sent, "{came} bytes came of {sent} that were said: what waited left");
    }
}

#[test]
fn sleep_ends_when_data_comes_when_the_bell_rings_or_when_the_limit_passes() {
    let (address, server) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        socket.read().expect("the signal");
        std::thread::sleep(Duration::from_millis(30));
        socket.send(Message::text("wake")).expect("sent");
        until_closed(socket.get_mut());
    });
    let mut client = dial(settings(address), address).open().expect("open");
    assert_eq!(client.socket.read().expect("alive"), Incoming::Nothing);
    // Edges of the way up are still pending; they are told once.
    while client.poller.sleep(Duration::ZERO) {}
    assert!(!client.poller.sleep(Duration::from_millis(1)), "nothing happened, yet it woke");

    client.socket.send("go").expect("sent");
    let start = Instant::now();
    while client.socket.read().expect("alive") == Incoming::Nothing {
        assert!(client.poller.sleep(Duration::from_secs(5)), "data came and it slept on");
    }
    assert!(start.elapsed() < Duration::from_secs(4));

    let bell = client.poller.bell();
    let ringer = std::thread::spawn(move || bell.ring());
    assert!(client.poller.sleep(Duration::from_secs(5)), "the bell was not heard");
    ringer.join().expect("rang");
    drop(client);
    server.join().expect("ended");
}

#[test]
fn wss_without_roots_is_refused_with_the_reason() {
    let (address, _) = serve(|listener| until_closed(&mut accept(&listener)));
    let endpoint = Endpoint::websocket(&format!("wss://{address}/")).expect("good");
    let error = dial(SocketSettings::new(endpoint, None), address).open().err().expect("refused");
    assert!(error.to_string().contains("without roots"), "{error}");
    assert!(Tls::public().is_ok());
}
