//! Steady state costs no allocation: counted by the allocator of this test binary, on the thread that reads.

use crate::server::{PATIENCE, accept, accept_ws, read_request, respond, serve, until_closed, wait_for};
use crate::ws::{dial, settings};
use engine_ring::alloc_guard::AllocGuard;
use engine_ring::clock::Clock;
use feeds::net::endpoint::Endpoint;
use feeds::net::rest::{Job, Outcome, RestClient, RestSettings};
use feeds::net::ws::Incoming;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

const WARM_UP: usize = 2_000;
const FRAMES: usize = 20_000;

/// Frames as a venue sends them: mostly short, some of a few kilobytes, in bursts that one read does and does not hold,
/// with a ping now and then.
fn send_all(stream: &mut impl Write) {
    let mut bytes = Vec::new();
    for index in 0..WARM_UP + FRAMES {
        let length = [180, 350, 1_600, 126, 9_000][index % 5];
        bytes.extend_from_slice(&[0x81, 126]);
        bytes.extend_from_slice(&(length as u16).to_be_bytes());
        bytes.resize(bytes.len() + length, b'x');
        if index % 500 == 0 {
            bytes.extend_from_slice(&[0x89, 4, b'p', b'i', b'n', b'g']);
        }
        if index % 7 == 0 {
            stream.write_all(&bytes).expect("sent");
            bytes.clear();
        }
    }
    stream.write_all(&bytes).expect("sent");
}

#[test]
fn reading_frames_and_answering_pings_allocates_nothing_once_warm() {
    let (address, _) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        send_all(socket.get_mut());
        until_closed(socket.get_mut());
    });
    let mut client = dial(settings(address), address).open().expect("open");
    let start = Instant::now();
    let mut read = |wanted: usize| {
        let (mut frames, mut polls) = (0, 0);
        while frames < wanted {
            polls += 1;
            match client.socket.read().expect("alive") {
                Incoming::Frame { bytes, .. } => frames += usize::from(bytes[0] == b'x'),
                Incoming::Control | Incoming::Nothing => assert!(start.elapsed() < PATIENCE, "frames are missing"),
            }
        }
        polls
    };
    read(WARM_UP);
    let guard = AllocGuard::arm().expect("this binary counts");
    let polls = read(FRAMES);
    assert_eq!(guard.disarm(), 0, "allocations while {FRAMES} frames were read in {polls} polls");
}

#[test]
fn asking_over_rest_and_taking_answers_allocates_nothing_on_the_asking_side() {
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        for _ in 0..20 {
            read_request(&mut stream);
            respond(&mut stream, "200 OK", "", &"x".repeat(50_000));
        }
    });
    let endpoint = Endpoint::rest(&format!("http://{address}")).expect("good");
    let client =
        RestClient::start(RestSettings::new(endpoint, None, 6_000, 1), Clock::machine(), None).expect("a thread");
    let path: Arc<str> = "/api/v3/depth".into();
    let mut lent = Vec::new();
    let mut ask = || {
        let job = Job::Get { id: 0, path: Arc::clone(&path), weight: 1, body: std::mem::take(&mut lent) };
        assert!(client.try_ask(job).is_ok(), "room for one");
        let Outcome::Body(body) = wait_for("an answer", || client.try_take()).outcome else { panic!("no body") };
        assert_eq!(body.len(), 50_000);
        lent = body;
    };
    ask();
    let guard = AllocGuard::arm().expect("this binary counts");
    (1..20).for_each(|_| ask());
    assert_eq!(guard.disarm(), 0);
}

#[test]
fn sending_texts_of_our_own_allocates_nothing_once_warm() {
    let (address, server) = serve(|listener| {
        let mut socket = accept_ws(&listener);
        let mut lengths = Vec::new();
        while lengths.len() < WARM_UP + 1 {
            lengths.push(socket.read().expect("a text").len());
        }
        assert_eq!(lengths, (0..=WARM_UP).map(|index| 300 + index % 700).collect::<Vec<_>>());
    });
    let mut client = dial(settings(address), address).open().expect("open");
    let text = "x".repeat(1_000);
    let mut send = |index: usize| client.socket.send_text(&text.as_bytes()[..300 + index % 700]).expect("sent");
    (0..1_000).for_each(&mut send);
    let guard = AllocGuard::arm().expect("this binary counts");
    (1_000..=WARM_UP).for_each(&mut send);
    assert_eq!(guard.disarm(), 0);
    server.join().expect("every text came whole");
}
