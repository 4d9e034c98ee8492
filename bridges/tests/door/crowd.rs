//! Many subscribers of one stream, some of whom read nothing: the others get everything, in its order, and what the process
//! holds stays small.
//!
//! With every change 400 of whom 100 do not read; `RINGSIDE_THOROUGH=1` has 2,000 of whom 500 do not.

use crate::rig::{Rig, SPOT};
use bridges::Bounds;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

/// What is told: so many trades, and a book behind every tenth.
const TRADES: u64 = 600;
/// Trades that may be under way to whoever reads: fewer than are kept for who is late, so that no machine is too slow.
const AHEAD: u64 = 100;
/// Nobody waits longer than that for the slowest of those that read.
const PATIENCE: Duration = Duration::from_secs(300);
/// Slots of a run's market ring.
const DEPTH: usize = 4_096;
/// What a subscriber may cost this process: our side, and the test's own.
const BYTES_EACH: u64 = 96 * 1024;

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4_096
}

/// Files and sockets that this process may have open.
fn descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("Linux");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    line.split_whitespace().nth(3).map_or(0, |limit| limit.parse().unwrap_or(usize::MAX))
}

/// A stream that was opened, and what was read behind the answer's head.
async fn subscribe(address: SocketAddr) -> (TcpStream, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.expect("a place");
    let request = format!(
        "GET /ws/market-data/BTCUSDT HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut read = Vec::with_capacity(4_096);
    loop {
        assert!(stream.read_buf(&mut read).await.expect("answered") > 0, "the door has closed");
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            assert!(read.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&read));
            read.drain(..end + 4);
            return (stream, read);
        }
    }
}

/// The next text in what was read, if it is whole; other frames are passed over.
fn next_text(read: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        let (kind, short) = (*read.first()? & 0x0f, usize::from(*read.get(1)? & 0x7f));
        let (head, length) = match short {
            126 => (4, usize::from(u16::from_be_bytes([*read.get(2)?, *read.get(3)?]))),
            127 => (10, u64::from_be_bytes(read.get(2..10)?.try_into().ok()?) as usize),
            short => (2, short),
        };
        if read.len() < head + length {
            return None;
        }
        let text = read[head..head + length].to_vec();
        read.drain(..head + length);
        match kind {
            1 => return Some(text),
            8 => panic!("cut: {}", String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
}

/// What stands behind a name in the text of a message, up to what ends it. To take each apart whole would be most of the
/// time, and that they are JSON as documented is held elsewhere.
fn behind<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(name)?;
    rest.split([',', '"', '}']).next()
}

/// The same, where it is a number.
fn number(text: &str, name: &str) -> Option<u64> {
    behind(text, name)?.parse().ok()
}

/// Reads until the last trade was told. How many messages that were; each has the next number, and each trade comes once.
async fn follow(address: SocketAddr, ready: mpsc::Sender<()>, progress: Arc<Vec<AtomicU64>>, own: usize) -> u64 {
    let (mut stream, mut read) = subscribe(address).await;
    let (mut messages, mut last_trade, mut last_book) = (0, 0, 0);
    loop {
        while let Some(text) = next_text(&mut read) {
            let message = std::str::from_utf8(&text).expect("text");
            messages += 1;
            assert_eq!(number(message, "{\"seq\":"), Some(messages), "a message is missing or twice: {message}");
            match behind(message, "\"type\":\"").expect("a type") {
                "snapshot" => {
                    assert_eq!(messages, 1);
                    ready.send(()).await.expect("heard");
                }
                "trades" => {
                    for (at, _) in message.match_indices("\"trade_id\":") {
                        last_trade += 1;
                        let id = number(&message[at..], "\"trade_id\":");
                        assert_eq!(id, Some(last_trade), "in its order, and none left out: {message}");
                    }
                    progress[own].store(last_trade, Ordering::Release);
                }
                "book" => {
                    let update = number(message, "\"update_id\":").expect("a number");
                    assert!(update >= last_book, "{update} behind {last_book}");
                    last_book = update;
                }
                other => panic!("{other}: who reads loses nothing: {message}"),
            }
        }
        if last_trade == TRADES && last_book == TRADES {
            return messages;
        }
        assert!(stream.read_buf(&mut read).await.expect("told") > 0, "the door has closed");
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "what was measured")]
fn who_reads_gets_everything_in_order_however_many_do_not_read() {
    let (all, deaf) = if std::env::var_os("RINGSIDE_THOROUGH").is_some() { (2_000, 500) } else { (400, 100) };
    let (wanted, may) = (2 * all + 200, descriptors());
    if may < wanted {
        return println!("skipped: {all} subscribers and the door take {wanted} open files, {may} are allowed here");
    }
    // Nobody answers a ping here, who does not read stays to the end, and how long anything takes is the machine's affair.
    let hour = Duration::from_secs(3_600);
    let bounds = Bounds {
        sockets_max: all,
        own_sockets_max: all,
        connections_max: all,
        head_timeout: hour,
        answer_timeout: hour,
        connection_age_max: hour,
        take_timeout: hour,
        ping_interval: hour,
        ..Bounds::default()
    };
    let mut rig = Rig::with_rings(bounds, DEPTH);
    let address = rig.address;
    let (told_all, over) = watch::channel(false);
    let (ready, mut opened) = mpsc::channel(all);
    let before = resident();
    let progress: Arc<Vec<AtomicU64>> = Arc::new((deaf..all).map(|_| AtomicU64::new(0)).collect());
    let told_to = Arc::clone(&progress);
    let clients = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut unread = Vec::new();
            for _ in 0..deaf {
                unread.push(subscribe(address).await);
                ready.send(()).await.expect("heard");
            }
            let reading: Vec<_> =
                (0..all - deaf).map(|own| tokio::spawn(follow(address, ready.clone(), told_to.clone(), own))).collect();
            let mut messages = Vec::new();
            for reader in reading {
                messages.push(reader.await.expect("everything"));
            }
            let mut over = over;
            over.wait_for(|over| *over).await.expect("told");
            drop(unread);
            messages
        })
    });
    for place in 0..all {
        assert!(opened.blocking_recv().is_some(), "{place} of {all} were opened");
    }
    let opened_at = resident();
    let mut most = opened_at;
    let start = Instant::now();
    for trade in 1..=TRADES {
        rig.trade(SPOT, trade);
        if trade % 10 == 0 {
            rig.book(SPOT, trade);
        }
        while progress.iter().any(|trades| trades.load(Ordering::Acquire) + AHEAD < trade) {
            most = most.max(resident());
            assert!(start.elapsed() < PATIENCE, "who reads is held up by who does not");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let told = start.elapsed();
    let waited = Instant::now();
    told_all.send_replace(true);
    while !clients.is_finished() {
        most = most.max(resident());
        assert!(start.elapsed() < PATIENCE, "who reads does not get everything");
        std::thread::sleep(Duration::from_millis(20));
    }
    let messages = clients.join().expect("everything, in its order");
    let (least, greatest) = (messages.iter().min().copied(), messages.iter().max().copied());
    println!(
        "{} of {all} subscribers read {least:?} to {greatest:?} messages of {TRADES} trades told in {told:?}, the last one {:?} after \
         it was told; resident {} KiB before, {} KiB with all of them, at most {} KiB",
        messages.len(),
        waited.elapsed(),
        before / 1024,
        opened_at / 1024,
        most / 1024,
    );
    assert_eq!(messages.len(), all - deaf);
    assert!(most - before < BYTES_EACH * all as u64, "{} KiB for {all} subscribers", (most - before) / 1024);
}
