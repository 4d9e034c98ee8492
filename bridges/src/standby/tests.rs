//! The line, over real sockets and over one that flips bits.

use super::follow::{follow_on, line_of_tests};
use super::lag::Lags;
use super::serve::{Door, attend_on, seats};
use super::*;
use engine_core::config::Rings;
use engine_core::journal::disk::{Disk, Epoch, create};
use engine_core::journal::fence::Taker;
use engine_core::journal::format::Prologue;
use engine_core::journal::hashes::path_of;
use engine_core::journal::record::Run;
use engine_core::journal::stage::{JournalInputs, JournalStage};
use engine_core::journal::stored::Stored;
use engine_core::risk::Rules;
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::limit::Limits;
use engine_model::market::{Level, MarketChange, MarketEvent, Stamp};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::stage::Stage as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

const VENUE: VenueId = VenueId::BinanceUsdm;
const SECRET: &str = "a secret of tests, of more than 32 bytes";

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-line-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn instruments() -> Instruments {
    let name = |text| Name::new(text).unwrap();
    Instruments::new(vec![Instrument {
        id: InstrumentId(0),
        venue: VENUE,
        symbol: name("BTCUSDT"),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Linear,
        grid: Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::ZERO,
    }])
}

/// Writes a journal of so many quotes; closed in order.
fn journal(folder: &Path, quotes: u64) -> PathBuf {
    let file = create(folder, Epoch::Exactly(3)).unwrap().with_segments_of(64 << 10);
    let instruments = instruments();
    let run = Run {
        instruments: instruments.iter().copied().collect(),
        margin_tiers: instruments.all_margin_tiers(),
        rules: Box::new(Rules::open(Limits::default(), &instruments)),
        equity_start: Quote::whole(100_000),
        open_orders_max: 8,
        is_live: false,
        strategies: (1..=8).map(|number| format!("s{number}")).collect(),
    };
    // Nobody reads what others would but the journal: the market's ring is deeper than what is told here.
    let mut wiring = Wiring::new(&[VENUE], &Rings::default(), &[Place::Bridge]);
    let inputs = JournalInputs {
        market: wiring.market_readers(Place::Journal).unwrap(),
        order: wiring.order().reader(Place::Journal.name()).unwrap(),
        report: wiring.report().reader(Place::Journal.name()).unwrap(),
    };
    let mut market = wiring.market_writer(VENUE).unwrap();
    let prologue = Prologue { epoch: 3, ..Prologue::default() };
    let disk = Disk::start(file, &prologue, Clock::machine(), Switch::new()).unwrap();
    let path = disk.path().to_owned();
    let mut stage = JournalStage::new(inputs, disk, &prologue, &run);
    for number in 0..quotes {
        let at = Stamp {
            venue_at_ns: Nanos(number),
            received_at_ns: Nanos(1_000 + number),
            instrument: InstrumentId(0),
            venue: VENUE,
        };
        let level = |px| Level { px: Ticks(px), qty: Lots(1 + number as i64) };
        let event = MarketEvent { at, change: MarketChange::Quote { bid: level(10), ask: level(11) } };
        while market.try_publish(event).is_err() {
            let _ = stage.poll();
        }
        if number % 50 == 0 {
            let _ = stage.poll();
        }
    }
    while stage.gauges().encoded.get() < quotes {
        let _ = stage.poll();
    }
    stage.finish();
    path
}

fn primary(first: &Path, lives: &Arc<AtomicBool>, fenced: &Arc<AtomicU32>) -> Primary {
    let (lives, fenced) = (Arc::clone(lives), Arc::clone(fenced));
    Primary {
        first: first.to_owned(),
        hashes: path_of(first, 3),
        epoch: 3,
        lives: Arc::new(move || lives.load(Ordering::Relaxed)),
        is_followed_by: Arc::new(|| false),
        fence: Arc::new(move |taker| {
            fenced.store(if taker.by == 7 { taker.run } else { 0 }, Ordering::Relaxed);
            Ok(())
        }),
        lags: None,
    }
}

fn door() -> Door {
    Door { stranger: None, seats: seats(), lags: Lags::default(), from: String::new() }
}

fn secret() -> SharedSecret {
    SharedSecret::new(SECRET).unwrap()
}

/// Every byte of the journal's files, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "journal"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect();
    all.sort();
    all
}

/// Flips one bit of what comes through, at a place; counts what comes.
struct Flips {
    io: DuplexStream,
    at: Option<usize>,
    came: Arc<AtomicUsize>,
}

impl AsyncRead for Flips {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        let came = self.came.load(Ordering::Relaxed);
        let filled = &mut buf.filled_mut()[before..];
        if let Some(byte) = self.at.and_then(|at| filled.get_mut(at.checked_sub(came)?)) {
            *byte ^= 4;
        }
        self.came.store(came + filled.len(), Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Flips {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// One line with a bit flipped there: how it ended, and how many bytes came.
async fn one_line(first: &Path, copy: &Path, at: Option<usize>, known: &str) -> (Result<(), StandbyError>, usize) {
    let (here, there) = duplex(8 << 10);
    let (lives, fenced) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let (theirs, primary) = (secret(), primary(first, &lives, &fenced));
    let serving = tokio::spawn(async move { attend_on(there, &theirs, &primary, door()).await });
    let (line, mut wishes) = line_of_tests();
    let came = Arc::new(AtomicUsize::new(0));
    let io = Flips { io: here, at, came: Arc::clone(&came) };
    let ours = SharedSecret::new(known).unwrap();
    let following = follow_on(io, &ours, copy, &line, &mut wishes);
    let all: u64 = files(first.parent().unwrap()).iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let enough = async {
        loop {
            let copied: u64 = files(copy).iter().map(|(_, bytes)| bytes.len() as u64).sum();
            if copied == all && at.is_none_or(|at| came.load(Ordering::Relaxed) > at) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let ended = tokio::select! {
        ended = following => ended,
        () = enough => Ok(()),
        () = tokio::time::sleep(Duration::from_secs(20)) => Err(StandbyError::Slow(20)),
    };
    serving.abort();
    (ended, came.load(Ordering::Relaxed))
}

#[test]
fn a_copy_by_a_line_is_the_journal_and_no_flipped_bit_on_the_way_is_ever_believed() {
    let (here, there) = (Scratch::new("flips-here"), Scratch::new("flips-there"));
    let first = journal(&here.0, 2_000);
    let whole = files(&here.0);
    assert!(whole.len() > 2, "{} segments", whole.len());
    runtime().block_on(async {
        let (ended, bytes) = one_line(&first, &there.0, None, SECRET).await;
        ended.expect("nothing was flipped");
        assert_eq!(files(&there.0), whole);
        for case in 0..24 {
            let copy = Scratch::new(&format!("flips-{case}"));
            let at = case * bytes.min(150_000) / 24 + case % 7;
            let (ended, _) = one_line(&first, &copy.0, Some(at), SECRET).await;
            let error = ended.expect_err("a flipped bit was believed");
            let is_named = matches!(error, StandbyError::Stranger | StandbyError::Forged(_) | StandbyError::Io(_));
            assert!(is_named, "bit of byte {at}: {error}");
            for (name, bytes) in files(&copy.0) {
                let (_, own) = whole.iter().find(|(of, _)| *of == name).unwrap();
                let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
                assert_eq!(bytes[..used], own[..used], "bit of byte {at}");
            }
            // And the next line goes on from what was believed.
            one_line(&first, &copy.0, None, SECRET).await.0.expect("nothing was flipped");
            assert_eq!(files(&copy.0), whole);
        }
    });
}

#[test]
fn who_does_not_know_the_secret_hears_nothing_of_the_journal() {
    let (here, there) = (Scratch::new("stranger-here"), Scratch::new("stranger-there"));
    let first = journal(&here.0, 10);
    runtime().block_on(async {
        let wrong = "another secret, also of more than 32 bytes";
        let (ended, bytes) = one_line(&first, &there.0, None, wrong).await;
        assert!(matches!(ended, Err(StandbyError::Stranger)), "{ended:?}");
        assert_eq!(bytes, 44, "a greeting and a nonce");
        assert!(files(&there.0).is_empty());
    });
    for (text, is_secret) in
        [("", false), ("0123456789012345678901234567890", false), ("01234567890123456789012345678901", true)]
    {
        assert_eq!(SharedSecret::new(text).is_ok(), is_secret, "{text}");
    }
    assert!(SharedSecret::read(SECRET).is_err(), "a secret itself is no place of one");
    assert_eq!(format!("{:?}", secret()), "a shared secret");
}

#[test]
fn a_follower_that_takes_nothing_is_cut() {
    let here = Scratch::new("slow-here");
    let first = journal(&here.0, 3_000);
    runtime().block_on(async {
        let (here, there) = duplex(1 << 10);
        let (lives, fenced) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
        let primary = primary(&first, &lives, &fenced);
        let serving = tokio::spawn(async move { attend_on(there, &secret(), &primary, door()).await });
        let (mut speaker, _hearer) = super::wire::greet_primary(here, &secret()).await.unwrap();
        speaker.up(super::wire::Up::From(engine_core::journal::reader::Cursor::default())).await.unwrap();
        let began = Instant::now();
        let ended = serving.await.unwrap();
        assert!(matches!(ended, Err(StandbyError::Slow(5))), "{ended:?}");
        assert!(began.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn off_loopback_is_tls_or_nothing() {
    let address = "0.0.0.0:0".parse().unwrap();
    let (lives, fenced) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let primary = primary(Path::new("/nowhere"), &lives, &fenced);
    let refused = Serving { address, secret: secret(), tls: None }.run(&primary, |_| ()).unwrap_err();
    assert!(refused.to_string().contains("TLS"), "{refused}");
    let following =
        Following { host: "192.0.2.1:9".to_owned(), secret: secret(), tls_ca: None, folder: std::env::temp_dir() };
    assert!(matches!(follow(following), Err(StandbyError::NotLoopback(_))));
}

/// Serves by TLS on loopback until nobody follows; where.
fn served(primary: Primary, certificates: &Path, key: &Path) -> std::net::SocketAddr {
    let tls = Some(crate::TlsFiles { certificates: certificates.to_owned(), key: key.to_owned() });
    let serving = Serving { address: "127.0.0.1:0".parse().unwrap(), secret: secret(), tls };
    let (told, at) = std::sync::mpsc::channel();
    std::thread::spawn(move || serving.run(&primary, |at| told.send(at).unwrap()));
    at.recv().unwrap()
}

#[test]
fn by_tls_all_comes_the_end_is_told_and_a_fence_is_answered_and_another_certificate_is_refused() {
    let (here, there, elsewhere) = (Scratch::new("tls-here"), Scratch::new("tls-there"), Scratch::new("tls-elsewhere"));
    let first = journal(&here.0, 500);
    let pem = |name: &str| {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (here.0.join(format!("{name}.pem")), here.0.join(format!("{name}.key")));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        (certificate, key)
    };
    let (certificate, key) = pem("own");
    let (other, _) = pem("other");
    let (lives, fenced) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let at = served(primary(&first, &lives, &fenced), &certificate, &key);
    let following = |ca: &Path, folder: &Path| Following {
        host: at.to_string(),
        secret: secret(),
        tls_ca: Some(ca.to_owned()),
        folder: folder.to_owned(),
    };
    let line = follow(following(&certificate, &there.0)).unwrap();
    let stranger = follow(following(&other, &elsewhere.0)).unwrap();
    let wait = |what: &str, is_so: &dyn Fn() -> bool| {
        let until = Instant::now() + Duration::from_secs(30);
        while !is_so() {
            assert!(Instant::now() < until, "{what}: {:?}", line.state());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let records = {
        let stored = Stored::read(&first).unwrap();
        stored.reader().unwrap().count() as u64
    };
    wait("all comes", &|| line.state().synced == records && line.state().is_alive);
    assert!(line.fence(Taker { run: 9, by: 7 }));
    wait("the fence is answered", &|| line.state().fenced == Some((9, None)));
    assert_eq!(fenced.load(Ordering::Relaxed), 9);
    lives.store(false, Ordering::Relaxed);
    wait("the end is told", &|| line.state().is_over);
    assert_eq!(files(&there.0), files(&here.0));
    wait("the other certificate is refused", &|| stranger.state().trouble.is_some());
    assert!(!stranger.state().is_up && files(&elsewhere.0).is_empty());
    // Both threads are joined, also that of a line which does not come.
    assert!(line.end().is_up && !stranger.end().is_up);
}

/// Serves on loopback without TLS: where, and what tells when it has ended.
fn served_plain(primary: Primary) -> (std::net::SocketAddr, std::sync::mpsc::Receiver<()>) {
    let serving = Serving { address: "127.0.0.1:0".parse().unwrap(), secret: secret(), tls: None };
    let ((told, at), (ends, ended)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
    std::thread::spawn(move || {
        serving.run(&primary, |at| told.send(at).unwrap()).unwrap();
        // Nobody waits for it, perhaps.
        let _ = ends.send(());
    });
    (at.recv().unwrap(), ended)
}

fn followed(at: std::net::SocketAddr, folder: &Path) -> Line {
    follow(Following { host: at.to_string(), secret: secret(), tls_ca: None, folder: folder.to_owned() }).unwrap()
}

fn comes(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_run_behind_which_another_has_begun_is_served_no_longer_whoever_follows_it() {
    let (here, there) = (Scratch::new("newer-here"), Scratch::new("newer-there"));
    let first = journal(&here.0, 100);
    let (lives, fenced) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let newer = Arc::new(AtomicBool::new(true));
    let is_newer = Arc::clone(&newer);
    let is_followed_by = Arc::new(move || is_newer.load(Ordering::Relaxed));
    let (at, ended) = served_plain(Primary { is_followed_by, ..primary(&first, &lives, &fenced) });
    let line = followed(at, &there.0);
    comes("it is followed", || line.state().is_up);
    // One that lives is served, whatever lies beside it; and one that is gone as long as it is the newest.
    std::thread::sleep(Duration::from_millis(300));
    assert!(ended.try_recv().is_err() && line.state().is_up);
    newer.store(false, Ordering::Relaxed);
    lives.store(false, Ordering::Relaxed);
    comes("all has come", || line.state().is_over);
    std::thread::sleep(Duration::from_millis(300));
    assert!(ended.try_recv().is_err(), "somebody follows");
    newer.store(true, Ordering::Relaxed);
    ended.recv_timeout(Duration::from_secs(30)).expect("it ends although it is followed");
    // Its place is free for the newer one.
    std::net::TcpListener::bind(at).map(drop).unwrap_or_else(|error| panic!("{at}: {error}"));
    let _ = line.end();
}

fn is_waiting(error: std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::WouldBlock
}

#[test]
fn strangers_who_say_nothing_keep_no_follower_out_and_a_fifth_follower_waits() {
    let here = Scratch::new("silent-here");
    let first = journal(&here.0, 10);
    let (lives, fenced) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let (at, _ended) = served_plain(primary(&first, &lives, &fenced));
    let stranger = || {
        let stream = std::net::TcpStream::connect(at).unwrap();
        stream.set_nonblocking(true).unwrap();
        stream
    };
    let mut strangers: Vec<_> = (0..8).map(|_| stranger()).collect();
    // One that is cut is there again at once.
    let mut stay = || {
        for silent in &mut strangers {
            let read = std::io::Read::read(silent, &mut [0; 256]);
            if !read.is_ok_and(|count| count > 0) && !std::io::Read::read(silent, &mut [0]).is_err_and(is_waiting) {
                *silent = stranger();
            }
        }
    };
    let copies: Vec<_> = (0..5).map(|number| Scratch::new(&format!("silent-there-{number}"))).collect();
    let lines: Vec<Line> = copies[..4].iter().map(|copy| followed(at, &copy.0)).collect();
    comes("four follow", || {
        stay();
        lines.iter().all(|line| line.state().is_up)
    });
    let fifth = followed(at, &copies[4].0);
    comes("the fifth is told", || fifth.state().trouble.is_some());
    assert!(!fifth.state().is_up);
    let _ = lines[0].end();
    comes("a seat was left", || fifth.state().is_up);
    lines[1..].iter().chain([&fifth]).for_each(|line| drop(line.end()));
}

#[test]
fn how_far_each_follower_is_behind_is_told_beside_the_run_as_long_as_it_is_served() {
    let (here, there) = (Scratch::new("lag-here"), Scratch::new("lag-there"));
    let first = journal(&here.0, 2_000);
    let (lives, fenced) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let newer = Arc::new(AtomicBool::new(false));
    let (is_newer, file) = (Arc::clone(&newer), here.0.join("page.followers"));
    let is_followed_by = Arc::new(move || is_newer.load(Ordering::Relaxed));
    let (at, ended) =
        served_plain(Primary { lags: Some(file.clone()), is_followed_by, ..primary(&first, &lives, &fenced) });
    comes("it is told that nobody follows", || followers_in(&file).is_some_and(|all| all.is_empty()));
    let line = followed(at, &there.0);
    let level = |of: &FollowerLag| (of.records, of.bytes, of.ms) == (0, 0, 0);
    comes("a follower has all", || {
        let all = followers_in(&file).unwrap_or_default();
        all.len() == 1 && level(&all[0]) && files(&there.0) == files(&here.0)
    });
    // One that follows and says nothing of what it has lacks all of it, for longer and longer.
    let all: u64 = files(&here.0).iter().map(|(_, bytes)| bytes.len() as u64).sum();
    runtime().block_on(async {
        let stream = tokio::net::TcpStream::connect(at).await.unwrap();
        let (mut speaker, _hearer) = super::wire::greet_primary(stream, &secret()).await.unwrap();
        speaker.up(super::wire::Up::From(engine_core::journal::reader::Cursor::default())).await.unwrap();
        let mut seen = Vec::new();
        comes("it is late", || {
            let all = followers_in(&file).unwrap_or_default();
            seen.extend(all.into_iter().filter(|of| of.seat == 2).map(|of| (of.records, of.bytes, of.ms)));
            seen.last().is_some_and(|(.., ms)| *ms > 500)
        });
        let (records, ..) = *seen.last().unwrap();
        assert_eq!(records, 2_001, "{seen:?}");
        // It says that it has half of it, and then all.
        let half = engine_core::journal::reader::Cursor { sequence: 1_000, ..Default::default() };
        speaker.up(super::wire::Up::Has(half)).await.unwrap();
        comes("it has half", || {
            followers_in(&file).unwrap_or_default().iter().any(|of| (of.seat, of.records, of.bytes) == (2, 1_001, all))
        });
    });
    comes("it is gone", || followers_in(&file).is_some_and(|all| all.len() == 1 && level(&all[0])));
    lives.store(false, Ordering::Relaxed);
    newer.store(true, Ordering::Relaxed);
    ended.recv_timeout(Duration::from_secs(30)).expect("it ends");
    assert_eq!(followers_in(&file), None, "with it goes what it said");
    let _ = line.end();
}
