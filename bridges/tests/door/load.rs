//! How many reads a second the door answers. Not a test: nothing passes or fails by it. It prints.
//!
//! `cargo test --profile demo -p bridges --test door load -- --ignored --nocapture`

use crate::client::{connect, get_until};
use crate::rig::{Rig, SPOT};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 64;
/// Threads of clients; they share the machine with the bridge's one.
const THREADS: usize = 4;
const LASTS: Duration = Duration::from_secs(5);

/// One question and its answer, on a connection that stays.
fn ask(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Duration {
    let start = Instant::now();
    stream.write_all(request).expect("sent");
    buffer.clear();
    let mut bytes = [0; 8_192];
    loop {
        let read = stream.read(&mut bytes).expect("answered");
        assert!(read > 0, "the door has closed");
        buffer.extend_from_slice(&bytes[..read]);
        let Some(head) = buffer.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).expect("text");
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        if buffer.len() >= head + 4 + length.parse::<usize>().expect("a number") {
            return start.elapsed();
        }
    }
}

/// All connections have a question under way at any time: each thread asks on one after the other.
fn load(address: SocketAddr, path: &str) -> Vec<Duration> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").into_bytes();
    let mut all: Vec<Duration> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut streams: Vec<_> = (0..CONNECTIONS / THREADS).map(|_| connect(address)).collect();
                    streams.iter().for_each(|stream| stream.set_nodelay(true).expect("set"));
                    let (mut took, mut buffer, start) = (Vec::new(), Vec::new(), Instant::now());
                    while start.elapsed() < LASTS {
                        took.extend(streams.iter_mut().map(|stream| ask(stream, &request, &mut buffer)));
                    }
                    took
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("measured")).collect()
    });
    all.sort_unstable();
    all
}

#[test]
#[ignore = "a measurement, for which the machine must be still"]
#[allow(clippy::print_stdout, reason = "what it is for")]
fn reads_a_second_with_64_connections() {
    let mut rig = Rig::new();
    rig.book(SPOT, 42);
    rig.portfolio(100_010);
    get_until(rig.address, "/api/v1/market/orderbook/BTCUSDT", |answer| answer.json()["update_id"] == 42);
    for path in ["/api/v1/portfolio/positions", "/api/v1/market/orderbook/BTCUSDT"] {
        let took = load(rig.address, path);
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
        let a_second = took.len() as f64 / LASTS.as_secs_f64();
        println!("{path}: {a_second:.0} reads/s, p50 {:?}, p99 {:?}, max {:?}", at(0.5), at(0.99), at(1.0));
    }
}
