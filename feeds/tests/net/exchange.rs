//! A small exchange for the stage's tests: one thread, one market that ticks every millisecond, sockets that get what
//! they subscribed to, and a switch for each way of misbehaving. It keeps the truth that a feed is compared with.

use crate::server::{accept, read_request, respond};
use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, WebSocket};

/// Lots at ticks.
pub(crate) type Side = BTreeMap<i64, i64>;

/// One symbol and its truth.
#[derive(Clone, Debug, Default)]
pub(crate) struct Market {
    pub(crate) symbol: String,
    pub(crate) update_id: u64,
    pub(crate) trade_id: u64,
    pub(crate) bids: Side,
    pub(crate) asks: Side,
    /// Says nothing any more.
    pub(crate) silent: bool,
    /// The next change reaches nobody.
    pub(crate) skip_delta: bool,
    pub(crate) snapshots: usize,
}

/// What the tests turn and read.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) markets: Vec<Market>,
    /// The market stands still.
    pub(crate) frozen: bool,
    /// Nothing is sent on any socket.
    pub(crate) silent: bool,
    /// Every socket is cut.
    pub(crate) cut: bool,
    /// A message to everybody.
    pub(crate) shout: Option<String>,
    /// Answer to the next snapshot request, instead of one.
    pub(crate) refuse: Option<(&'static str, &'static str)>,
    pub(crate) rest_delay: Duration,
    /// What each connection is late by, in the order of connecting; the last one holds for all later ones.
    pub(crate) lag: Vec<Duration>,
    pub(crate) paths: Vec<String>,
    /// When control messages came.
    pub(crate) asked_at: Vec<Instant>,
    pub(crate) futures: bool,
}

/// A running exchange.
pub(crate) struct Exchange {
    pub(crate) sockets: SocketAddr,
    pub(crate) rest: SocketAddr,
    desk: Arc<Mutex<Desk>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

struct Client {
    socket: WebSocket<TcpStream>,
    route: String,
    streams: Vec<String>,
    lag: Duration,
    queue: VecDeque<(Instant, String)>,
}

impl Exchange {
    pub(crate) fn start(symbols: &[&str]) -> Self {
        let market = |symbol: &&str| Market { symbol: (*symbol).to_owned(), update_id: 1_000, ..Market::default() };
        let markets = symbols.iter().map(market).collect();
        let desk = Arc::new(Mutex::new(Desk { markets, ..Desk::default() }));
        let stop = Arc::new(AtomicBool::new(false));
        let bind = || TcpListener::bind("127.0.0.1:0").expect("loopback");
        let (sockets, rest) = (bind(), bind());
        let addresses = (sockets.local_addr().expect("bound"), rest.local_addr().expect("bound"));
        let hands = || (Arc::clone(&desk), Arc::clone(&stop));
        let ((first, second), (third, fourth)) = (hands(), hands());
        let threads = vec![
            thread::spawn(move || serve_sockets(&sockets, &first, &second)),
            thread::spawn(move || serve_rest(&rest, &third, &fourth)),
        ];
        Self { sockets: addresses.0, rest: addresses.1, desk, stop, threads }
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().expect("not poisoned")
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for questions.
        drop(TcpStream::connect(self.rest));
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

fn serve_sockets(listener: &TcpListener, desk: &Mutex<Desk>, stop: &AtomicBool) {
    listener.set_nonblocking(true).expect("set");
    let mut clients: Vec<Client> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        if let Ok((stream, _)) = listener.accept() {
            clients.extend(welcome(stream, &mut desk.lock().expect("not poisoned")));
        }
        let mut desk = desk.lock().expect("not poisoned");
        if std::mem::take(&mut desk.cut) {
            clients.clear();
        }
        tick(&mut desk, &mut clients);
        let silent = desk.silent;
        clients.retain_mut(|client| client.turn(silent, &mut desk));
        drop(desk);
        thread::sleep(Duration::from_millis(1));
    }
}

#[allow(clippy::result_large_err, reason = "the library's callback wants this error type")]
fn welcome(stream: TcpStream, desk: &mut Desk) -> Option<Client> {
    stream.set_nonblocking(false).expect("set");
    stream.set_read_timeout(Some(Duration::from_secs(2))).expect("set");
    let mut path = String::new();
    let note = |request: &Request, response: Response| {
        path = request.uri().path().to_owned();
        Ok(response)
    };
    let socket = tungstenite::accept_hdr(stream, note).ok()?;
    socket.get_ref().set_nonblocking(true).expect("set");
    let lag = desk.lag.get(desk.paths.len()).or(desk.lag.last()).copied().unwrap_or_default();
    desk.paths.push(path.clone());
    Some(Client { socket, route: path, streams: Vec::new(), lag, queue: VecDeque::new() })
}

impl Client {
    /// Reads what the client wants, writes what is due. `false` when it is gone.
    fn turn(&mut self, silent: bool, desk: &mut Desk) -> bool {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    desk.asked_at.push(Instant::now());
                    let params = text.split('[').nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
                    self.streams.extend(params.split(',').map(|name| name.trim_matches('"').to_owned()));
                    self.queue.push_front((Instant::now(), r#"{"result":null,"id":1}"#.to_owned()));
                }
                Ok(Message::Close(_)) | Err(tungstenite::Error::ConnectionClosed) => return false,
                Ok(_) => {}
                Err(tungstenite::Error::Io(e)) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return false,
            }
        }
        while !silent && self.queue.front().is_some_and(|(due, _)| *due <= Instant::now()) {
            let Some((_, text)) = self.queue.pop_front() else { break };
            if self.socket.send(Message::text(text)).is_err() {
                return false;
            }
        }
        true
    }

    fn offer(&mut self, stream: &str, body: &str) {
        // As the venue does since 2026: a stream on the wrong route is accepted and stays silent.
        let books = stream.contains("@depth") || stream.contains("@bookTicker");
        let served = match self.route.as_str() {
            "/public/stream" => books,
            "/market/stream" => !books,
            _ => true,
        };
        if served && self.streams.iter().any(|wanted| wanted == stream) {
            let text = format!(r#"{{"stream":"{stream}","data":{body}}}"#);
            self.queue.push_back((Instant::now() + self.lag, text));
        }
    }
}

fn tick(desk: &mut Desk, clients: &mut [Client]) {
    if let Some(text) = desk.shout.take() {
        clients.iter_mut().for_each(|client| client.queue.push_back((Instant::now(), text.clone())));
    }
    if desk.frozen {
        return;
    }
    let futures = desk.futures;
    for market in &mut desk.markets {
        let lower = market.symbol.to_lowercase();
        let quiet = market.silent;
        let delta = market.change(futures);
        let skip = std::mem::take(&mut market.skip_delta);
        let trade = market.trade(futures);
        let (channel, mark) = (if futures { "aggTrade" } else { "trade" }, market.mark());
        for client in clients.iter_mut().filter(|_| !quiet) {
            if !skip {
                client.offer(&format!("{lower}@depth@100ms"), &delta);
            }
            client.offer(&format!("{lower}@{channel}"), &trade);
            client.offer(&format!("{lower}@markPrice@1s"), &mark);
        }
    }
}

impl Market {
    /// One level a side changes or goes.
    fn change(&mut self, futures: bool) -> String {
        let (first, before) = (self.update_id + 1, self.update_id);
        self.update_id += 2;
        let step = (self.update_id / 2) as i64;
        let (bid, ask, lots) = (10_000 - step % 17, 10_001 + step % 19, step % 5 * 100);
        set(&mut self.bids, bid, lots);
        set(&mut self.asks, ask, lots);
        let previous = if futures { format!("\"pu\":{before},") } else { String::new() };
        format!(
            r#"{{"e":"depthUpdate","E":1700000000000,"s":"{}","U":{first},"u":{},{previous}"b":[{}],"a":[{}]}}"#,
            self.symbol,
            self.update_id,
            level(bid, lots),
            level(ask, lots)
        )
    }

    fn trade(&mut self, futures: bool) -> String {
        self.trade_id += 1;
        let (symbol, id) = (&self.symbol, self.trade_id);
        let (kind, key) = if futures { ("aggTrade", "a") } else { ("trade", "t") };
        format!(
            r#"{{"e":"{kind}","E":1700000000000,"s":"{symbol}","{key}":{id},"p":"100.00","q":"0.500","T":1700000000000,"m":true}}"#
        )
    }

    fn mark(&self) -> String {
        let at = 1_700_000_000_000 + self.update_id;
        format!(
            r#"{{"e":"markPriceUpdate","E":{at},"s":"{}","p":"100.00","i":"100.00","P":"100.00","r":"0.00010000","T":1700000000000}}"#,
            self.symbol
        )
    }

    fn snapshot(&self) -> String {
        let side = |side: &Side| side.iter().map(|(px, lots)| level(*px, *lots)).collect::<Vec<_>>().join(",");
        let (id, bids, asks) = (self.update_id, side(&self.bids), side(&self.asks));
        format!(r#"{{"lastUpdateId":{id},"E":1700000000000,"T":1700000000000,"bids":[{bids}],"asks":[{asks}]}}"#)
    }
}

fn set(side: &mut Side, px: i64, lots: i64) {
    match lots {
        0 => drop(side.remove(&px)),
        lots => drop(side.insert(px, lots)),
    }
}

/// Two decimals of price, three of quantity.
fn level(px: i64, lots: i64) -> String {
    format!(r#"["{}.{:02}","{}.{:03}"]"#, px / 100, px % 100, lots / 1_000, lots % 1_000)
}

fn serve_rest(listener: &TcpListener, desk: &Mutex<Desk>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let mut stream = accept(listener);
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let path = read_request(&mut stream);
        let delay = desk.lock().expect("not poisoned").rest_delay;
        thread::sleep(delay);
        let mut desk = desk.lock().expect("not poisoned");
        if let Some((status, headers)) = desk.refuse.take() {
            respond(&mut stream, status, headers, "{}");
            continue;
        }
        let market = desk.markets.iter_mut().find(|market| path.contains(&format!("symbol={}&", market.symbol)));
        let market = market.expect("a symbol of ours");
        market.snapshots += 1;
        respond(&mut stream, "200 OK", "Connection: close\r\n", &market.snapshot());
    }
}
