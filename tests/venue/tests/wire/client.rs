//! A plain blocking client: what any program at the other end of the wire could do.

use engine_model::instrument::Grid;
use engine_model::market::Side;
use engine_model::venue::VenueId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tests_venue::{Config, Listing, SimulatedVenue};
use tungstenite::{Message, WebSocket};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn start(venue: VenueId) -> SimulatedVenue {
    start_with(Config::new(venue, 42))
}

pub(crate) fn start_with(config: Config) -> SimulatedVenue {
    SimulatedVenue::start(config).expect("a free port")
}

pub(crate) struct Client(WebSocket<TcpStream>);

impl Client {
    pub(crate) fn open(venue: &SimulatedVenue, path: &str) -> Self {
        Self::try_open(venue, path).expect("a socket")
    }

    pub(crate) fn try_open(venue: &SimulatedVenue, path: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(venue.address()).map_err(|e| e.to_string())?;
        // A handshake takes its time on a busy machine; a text that is waited for is looked for now and then.
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let url = format!("{}{path}", venue.ws_url());
        let (socket, _) = tungstenite::client(url, stream).map_err(|e| e.to_string())?;
        socket.get_ref().set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
        Ok(Self(socket))
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).expect("an open socket");
    }

    /// The next text within that time. `Err` when the socket ended.
    pub(crate) fn hear(&mut self, within: Duration) -> Result<Option<String>, tungstenite::Error> {
        let until = Instant::now() + within;
        while Instant::now() < until {
            match self.0.read() {
                Ok(Message::Text(text)) => return Ok(Some(text.as_str().to_owned())),
                Ok(_) => {}
                Err(tungstenite::Error::Io(e)) if e.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
        }
        Ok(None)
    }

    pub(crate) fn next(&mut self) -> String {
        self.hear(PATIENCE).expect("an open socket").expect("a frame in time")
    }

    /// The next frame's data, of that stream.
    pub(crate) fn next_of(&mut self, stream: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let (name, data) = unwrap(&self.next());
            if name == stream {
                return data;
            }
        }
        panic!("nothing of {stream}");
    }

    pub(crate) fn raw(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }
}

/// Name and content of a combined frame.
pub(crate) fn unwrap(text: &str) -> (String, Value) {
    let mut frame: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    (frame["stream"].as_str().unwrap_or_default().to_owned(), frame["data"].take())
}

/// Status, head and body of a GET.
pub(crate) fn get(venue: &SimulatedVenue, target: &str) -> (u16, String, String) {
    ask(venue, &format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
}

/// Status and body of a POST of JSON.
pub(crate) fn post(venue: &SimulatedVenue, target: &str, body: &str) -> (u16, String) {
    let head = format!("POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}", body.len());
    let (status, _, answer) = ask(venue, &format!("{head}\r\n\r\n{body}"));
    (status, answer)
}

fn ask(venue: &SimulatedVenue, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(venue.address()).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    (status, head.to_owned(), body.to_owned())
}

pub(crate) fn get_json(venue: &SimulatedVenue, target: &str) -> Value {
    let (status, _, body) = get(venue, target);
    assert_eq!(status, 200, "{target}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

/// A book kept from the wire, the slow and obvious way.
pub(crate) struct Book {
    grid: Grid,
    sides: [BTreeMap<i64, i64>; 2],
    pub(crate) update_id: u64,
}

impl Book {
    pub(crate) fn of_snapshot(listing: &Listing, snapshot: &Value) -> Self {
        let update_id = snapshot["lastUpdateId"].as_u64().expect("an id");
        let mut book = Self { grid: listing.instrument.grid, sides: Default::default(), update_id };
        book.put(Side::Buy, &snapshot["bids"]);
        book.put(Side::Sell, &snapshot["asks"]);
        book
    }

    pub(crate) fn apply(&mut self, delta: &Value) {
        self.put(Side::Buy, &delta["b"]);
        self.put(Side::Sell, &delta["a"]);
        self.update_id = delta["u"].as_u64().expect("an id");
    }

    fn put(&mut self, side: Side, levels: &Value) {
        for level in levels.as_array().expect("levels") {
            let (px, qty) = (self.ticks(&level[0]), self.lots(&level[1]));
            match qty {
                0 => self.sides[side as usize].remove(&px),
                _ => self.sides[side as usize].insert(px, qty),
            };
        }
    }

    pub(crate) fn ticks(&self, text: &Value) -> i64 {
        self.grid.ticks(text.as_str().expect("text").as_bytes()).expect("on the grid").0
    }

    pub(crate) fn lots(&self, text: &Value) -> i64 {
        self.grid.lots(text.as_str().expect("text").as_bytes()).expect("on the grid").0
    }

    /// Best bid and ask: price, quantity, price, quantity.
    pub(crate) fn top(&self) -> [i64; 4] {
        let (bid, bid_qty) = self.sides[0].last_key_value().expect("bids");
        let (ask, ask_qty) = self.sides[1].first_key_value().expect("asks");
        [*bid, *bid_qty, *ask, *ask_qty]
    }

    pub(crate) fn depth(&self) -> usize {
        self.sides[0].len().min(self.sides[1].len())
    }
}
