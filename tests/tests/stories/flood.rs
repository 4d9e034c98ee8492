//! `ringside record` in a flood: 100,000 messages a second through a real socket into the real command. Each is numbered,
//! none is missing, and the last second's reach the client as soon as the first second's.
//!
//! The frames are made beforehand and leave in batches of a millisecond, each when it is due (open loop), for a venue that
//! makes them one by one cannot send so many on a core. How late they were received is printed (`-- --nocapture`); it is
//! judged only with `RINGSIDE_THOROUGH=1`, on a machine that has two cores to spare and a program that is optimised.

use crate::process::ringside;
use crate::scratch::Scratch;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;
use tests_venue::{Config, SimulatedVenue};

const A_SECOND: usize = 100_000;
/// Frames that leave together.
const A_BATCH: usize = A_SECOND / 1_000;
const BATCH_NS: u64 = 1_000_000;

/// A server that accepts what is subscribed to, and then floods.
struct Flood {
    address: SocketAddr,
    /// When each batch was due, in the clock that the recorder stamps with; and when the last one had left.
    sent: JoinHandle<(Vec<u64>, u64)>,
}

impl Flood {
    fn listen(seconds: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        Self { address, sent: std::thread::spawn(move || flood(&listener, seconds)) }
    }
}

/// Each batch as it goes over the wire: a trade a frame, its number where the venue has its id.
fn batches(seconds: usize) -> Vec<Vec<u8>> {
    let mut text = String::new();
    (0..A_SECOND * seconds / A_BATCH)
        .map(|batch| {
            let mut bytes = Vec::with_capacity(A_BATCH * 224);
            for number in batch * A_BATCH..(batch + 1) * A_BATCH {
                text.clear();
                write!(
                    text,
                    r#"{{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1790812800000,"data":[{{"T":1790812800000,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"61800.10","L":"PlusTick","i":"{number:010}","BT":false}}]}}"#
                )
                .expect("room");
                // Final text frame, from 126 to 65,535 bytes.
                bytes.extend([0x81, 126]);
                bytes.extend((text.len() as u16).to_be_bytes());
                bytes.extend(text.as_bytes());
            }
            bytes
        })
        .collect()
}

fn flood(listener: &TcpListener, seconds: usize) -> (Vec<u64>, u64) {
    let batches = batches(seconds);
    let (stream, _) = listener.accept().expect("a client");
    let mut socket = tungstenite::accept(stream).expect("an upgrade");
    let asked = socket.read().expect("a subscription").to_string();
    let asked: Value = serde_json::from_str(&asked).expect("JSON");
    let id = &asked["req_id"];
    let accepted = format!(r#"{{"success":true,"ret_msg":"","conn_id":"1","req_id":{id},"op":"subscribe"}}"#);
    socket.send(tungstenite::Message::text(accepted)).expect("sent");
    let stream = socket.get_mut();
    let clock = Clock::machine();
    // The command has said all that it says at the start.
    std::thread::sleep(Duration::from_millis(500));
    let start = clock.now();
    let due: Vec<u64> = (0..batches.len() as u64).map(|batch| start + batch * BATCH_NS).collect();
    for (batch, due) in batches.iter().zip(&due) {
        while let Some(early) = due.checked_sub(clock.now()).filter(|early| *early > 0) {
            std::thread::sleep(Duration::from_nanos(early));
        }
        stream.write_all(batch).expect("a client that reads");
    }
    let sent = clock.now();
    linger(stream);
    (due, sent)
}

/// Until the client has gone: what it says meanwhile is of no interest.
fn linger(stream: &mut TcpStream) {
    stream.set_read_timeout(None).expect("a socket");
    let mut room = [0; 1_024];
    while stream.read(&mut room).is_ok_and(|length| length > 0) {}
}

/// Number and receive time of every trade of a recording, in order.
fn recorded(files: &[Value], folder: &Path) -> Vec<(usize, u64)> {
    let mut all = Vec::new();
    for file in files {
        let file = std::fs::File::open(folder.join(file.as_str().expect("a path"))).expect("a file");
        for line in BufReader::new(zstd::Decoder::new(file).expect("zstd")).lines() {
            let record: Value = serde_json::from_str(&line.expect("whole")).expect("a record");
            let raw = record["raw"].as_str().unwrap_or_default();
            let Some((_, behind)) = raw.split_once(r#""i":""#) else { continue };
            all.push((behind[..10].parse().expect("a number"), record["ts"].as_u64().expect("a time")));
        }
    }
    all
}

#[test]
fn a_hundred_thousand_messages_a_second_are_recorded_without_a_loss_and_none_waits_longer() {
    let lists = SimulatedVenue::start(Config::new(VenueId::Bybit, 7)).expect("a free port");
    let is_thorough = std::env::var_os("RINGSIDE_THOROUGH").is_some();
    let seconds = if is_thorough { 10 } else { 2 };
    let flood = Flood::listen(seconds);
    let scratch = Scratch::new();
    let (rest, ws) = (lists.rest_url(), format!("ws://{}", flood.address));
    let settings = format!(
        "[[venue]]\nname = \"bybit\"\nsymbols = [\"linear:BTCUSDT\"]\nchannels = [\"trade\"]\nrest_url = \"{rest}\"\nws_url = \"{ws}\"\n"
    );
    let file = scratch.file("settings.toml", settings);
    let going = ringside(["record", "--json", "--out", "there", "--config"]).arg(file).within(scratch.path()).start();
    let messages = A_SECOND * seconds;
    until_quiet(&scratch.path().join("there"));
    going.terminate();
    let ran = going.end();
    assert_eq!(ran.code, Some(130), "{ran}");
    let told: Value = serde_json::from_str(&ran.stdout).expect("an object");
    let (due, sent_at) = flood.sent.join().expect("no panic");
    let venue = &told["venues"]["bybit"];
    assert_eq!((&venue["missing"], &venue["dropped"], &venue["errors"]), (&0.into(), &0.into(), &0.into()), "{venue}");
    assert_eq!(told["hot_allocations"], 0);
    let all = recorded(venue["files"].as_array().expect("files"), scratch.path());
    assert_eq!(all.len(), messages, "{venue}");
    assert!(all.iter().enumerate().all(|(at, (number, _))| at == *number), "each once, in order");

    let late_ns = |(number, at): &(usize, u64)| at.saturating_sub(due[number / A_BATCH]);
    let delays: Vec<[f64; 3]> = all
        .chunks(A_SECOND)
        .map(|second| {
            let mut late: Vec<u64> = second.iter().map(late_ns).collect();
            late.sort_unstable();
            [50, 99, 100].map(|share| late[(late.len() * share / 100).min(late.len() - 1)] as f64 / 1e6)
        })
        .collect();
    let rate = messages as f64 / (sent_at - due[0]) as f64 * 1e9;
    eprintln!(
        "{messages} messages at {rate:.0} a second, none missing; {} bytes waited at most",
        venue["waiting_max_bytes"]
    );
    eprintln!("received after they were due, p50, p99 and longest in ms, by second: {delays:.2?}");
    if is_thorough {
        let [first, .., last] = delays.as_slice() else { panic!("more than one second") };
        assert!(last[0] < 10.0 && last[0] <= 2.0 * first[0] + 1.0, "the delay grows: {delays:.2?}");
    }
}

/// Until the files there have stopped growing for a second, once they hold more than a start does.
fn until_quiet(folder: &Path) {
    let bytes = || -> u64 {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
    };
    let (mut before, mut quiet) = (0, 0);
    for _ in 0..1_200 {
        std::thread::sleep(Duration::from_millis(100));
        let now = bytes();
        quiet = if now == before && now > 100_000 { quiet + 1 } else { 0 };
        before = now;
        if quiet == 15 {
            return;
        }
    }
    panic!("the recording never came to rest: {before} bytes");
}
