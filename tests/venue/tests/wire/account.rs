//! A trader at a simulated venue: what is placed, told and asked agrees with the venue's own truth, and each fault of the
//! private side does what it says.

use crate::client::{Client, PATIENCE, start};
use engine_model::venue::VenueId;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tests_venue::account::{OrderFault, PrivateFault, State, TRADER, TRADER_ED25519};
use tests_venue::proof::{Hash, base64, ed25519, hex, hmac};
use tests_venue::{Fault, SimulatedVenue};

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis()
}

/// Status, head and body of a signed request; `None` when the connection ends or stays silent for that long.
fn ask(venue: &SimulatedVenue, method: &str, path: &str, form: &str, within: Duration) -> Option<(u16, String, Value)> {
    let form = format!("{form}&timestamp={}", now_ms());
    let signature = hex(&hmac(Hash::Sha256, TRADER.secret.as_bytes(), form.as_bytes()));
    let body = format!("{form}&signature={signature}");
    let mut stream = TcpStream::connect(venue.address()).expect("a connection");
    stream.set_read_timeout(Some(within)).expect("a timeout");
    let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-MBX-APIKEY: {}\r\n", TRADER.id);
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).expect("sent");
    let mut text = String::new();
    // Silence is an answer here.
    let _ = stream.read_to_string(&mut text);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null)))
}

fn rest(venue: &SimulatedVenue, method: &str, path: &str, form: &str) -> (u16, Value) {
    let (status, _, body) = ask(venue, method, path, form, PATIENCE).expect("an answer");
    (status, body)
}

/// A session of the WebSocket API that is logged on; on spot it follows the user stream.
struct Session {
    client: Client,
    id: u64,
    /// What was told while an answer was waited for.
    told: Vec<Value>,
}

impl Session {
    fn open(venue: &SimulatedVenue, path: &str) -> Self {
        let mut session = Self { client: Client::open(venue, path), id: 0, told: Vec::new() };
        assert_eq!(session.log_on()["status"], 200);
        session
    }

    fn spot(venue: &SimulatedVenue) -> Self {
        let mut session = Self::open(venue, "/ws-api/v3");
        assert_eq!(session.ask("userDataStream.subscribe", "")["result"]["subscriptionId"], 0);
        session
    }

    fn log_on(&mut self) -> Value {
        let at_ms = now_ms();
        let signed = format!("apiKey={}&timestamp={at_ms}", TRADER_ED25519.id);
        let signature = base64(&ed25519(TRADER_ED25519.secret, signed.as_bytes()).expect("a key"));
        let params = format!(r#""apiKey":"{}","signature":"{signature}","#, TRADER_ED25519.id);
        self.say("session.logon", &params, at_ms);
        self.answer()
    }

    fn say(&mut self, method: &str, params: &str, at_ms: u128) {
        self.id += 1;
        let id = self.id;
        self.client.say(&format!(r#"{{"id":{id},"method":"{method}","params":{{{params}"timestamp":{at_ms}}}}}"#));
    }

    fn ask(&mut self, method: &str, params: &str) -> Value {
        self.say(method, params, now_ms());
        self.answer()
    }

    /// The answer to what was said last.
    fn answer(&mut self) -> Value {
        loop {
            let text: Value = serde_json::from_str(&self.client.next()).expect("JSON");
            if text["id"] == self.id {
                return text;
            }
            self.told.push(text);
        }
    }

    fn place(&mut self, client_id: &str, price: &str) -> Value {
        let order = format!(
            r#""symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.01","price":"{price}","newClientOrderId":"{client_id}","#
        );
        self.ask("order.place", &order)
    }

    fn cancel(&mut self, client_id: &str) -> Value {
        self.ask("order.cancel", &format!(r#""symbol":"BTCUSDT","origClientOrderId":"{client_id}","#))
    }

    /// The next text of the user stream.
    fn next_told(&mut self) -> Value {
        if self.told.is_empty() {
            let text: Value = serde_json::from_str(&self.client.next()).expect("JSON");
            self.told.push(text);
        }
        self.told.remove(0)["event"].take()
    }

    /// Executions told of that order, `x` of each: until one of that kind.
    fn until(&mut self, client_id: &str, execution: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.last().map(String::as_str) != Some(execution) {
            let told = self.next_told();
            if [&told["c"], &told["C"]].iter().any(|id| *id == client_id) {
                seen.push(told["x"].as_str().expect("a kind").to_owned());
            }
        }
        seen
    }
}

fn state(venue: &SimulatedVenue, client_id: &str) -> Option<State> {
    venue.account_truth().expect("the truth").order(client_id).map(|order| order.state)
}

/// A price far below the market, and one that takes.
const FAR: &str = "40000.00";
const CROSSING: &str = "70000.00";

#[test]
fn what_is_told_and_asked_agrees_with_the_truth() {
    let venue = start(VenueId::BinanceSpot);
    let mut session = Session::spot(&venue);
    assert_eq!(session.place("far", FAR)["result"]["status"], "NEW");
    assert_eq!(session.place("now", CROSSING)["result"]["status"], "FILLED");
    let (_, best) = rest(&venue, "GET", "/api/v3/openOrders", "symbol=BTCUSDT");
    assert_eq!(best.as_array().map(Vec::len), Some(1));
    assert_eq!(best[0]["clientOrderId"], "far");
    // One that stands at the best price is executed when the market comes for it.
    let bid = venue.truth("BTCUSDT").expect("a book").bids[0].px.0;
    let bid = format!("{}.{:02}", bid / 100, bid % 100);
    session.place("maker", &bid);
    while state(&venue, "maker") == Some(State::Open) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let truth = venue.account_truth().expect("the truth");
    let (_, trades) = rest(&venue, "GET", "/api/v3/myTrades", "symbol=BTCUSDT");
    let ids: Vec<_> = trades.as_array().expect("a list").iter().filter_map(|trade| trade["id"].as_u64()).collect();
    assert_eq!(ids, truth.fills.iter().map(|fill| fill.trade_id).collect::<Vec<_>>());
    assert!(truth.fills.iter().any(|fill| fill.maker && fill.client_id == "maker"));
    let (_, account) = rest(&venue, "GET", "/api/v3/account", "omitZeroBalances=true");
    for row in account["balances"].as_array().expect("balances") {
        let (asset, balance) =
            truth.balances.iter().find(|(asset, _)| row["asset"] == asset.as_str()).expect("a known asset");
        let free_e8: i128 = row["free"].as_str().expect("text").replace('.', "").parse().expect("a number");
        assert_eq!(free_e8, balance.free_e8(), "{asset}");
    }
    assert_eq!(session.cancel("far")["result"]["status"], "CANCELED");
    assert_eq!(session.until("far", "CANCELED"), ["NEW", "CANCELED"]);
    venue.account_truth().expect("the truth");
}

#[test]
fn an_order_whose_reply_is_lost_late_cut_or_an_error_may_be_there_and_is_found_by_its_id() {
    let venue = start(VenueId::BinanceUsdm);
    let order = |id: &str| {
        format!("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=40000&newClientOrderId={id}")
    };
    let place = |fault, id| {
        venue.inject(Fault::Order(fault));
        ask(&venue, "POST", "/fapi/v1/order", &order(id), Duration::from_millis(400)).map(|(status, ..)| status)
    };
    assert_eq!(place(OrderFault::ReplyLost, "lost"), None);
    assert_eq!(place(OrderFault::Cut, "cut"), None);
    let asked = Instant::now();
    assert_eq!(place(OrderFault::ReplyDelayed(Duration::from_millis(200)), "late"), Some(200));
    assert!(asked.elapsed() >= Duration::from_millis(200));
    assert_eq!(place(OrderFault::Status { status: 503, acted: true }, "done"), Some(503));
    assert_eq!(place(OrderFault::Status { status: 503, acted: false }, "not"), Some(503));
    assert_eq!(place(OrderFault::Status { status: 418, acted: false }, "ban"), Some(418));
    for (id, there) in [("lost", true), ("cut", true), ("late", true), ("done", true), ("not", false), ("ban", false)] {
        let (status, body) = rest(&venue, "GET", "/fapi/v1/order", &format!("symbol=BTCUSDT&origClientOrderId={id}"));
        assert_eq!((status, body["code"].as_i64()), if there { (200, None) } else { (400, Some(-2013)) }, "{id}");
        assert_eq!(state(&venue, id), there.then_some(State::Open));
    }
}

#[test]
fn a_fill_may_come_before_its_ack_and_before_a_cancel() {
    let venue = start(VenueId::BinanceSpot);
    let mut session = Session::spot(&venue);
    venue.inject(Fault::Order(OrderFault::FillBeforeAck));
    assert_eq!(session.place("quick", FAR)["result"]["status"], "FILLED");
    let before_the_ack: Vec<_> = session.told.iter().filter_map(|told| told["event"]["x"].as_str()).collect();
    assert_eq!(before_the_ack, ["NEW", "TRADE"]);
    session.place("raced", FAR);
    venue.inject(Fault::Order(OrderFault::CancelFillRace));
    assert_eq!(session.cancel("raced")["error"]["code"], -2011);
    assert_eq!(session.until("raced", "TRADE"), ["NEW", "TRADE"]);
    assert_eq!(state(&venue, "raced"), Some(State::Filled));
}

#[test]
fn private_texts_are_repeated_overtaken_and_slow() {
    let venue = start(VenueId::BinanceSpot);
    let mut session = Session::spot(&venue);
    venue.inject(Fault::Private(PrivateFault::Repeat));
    session.place("a", FAR);
    let kinds: Vec<_> = (0..3).map(|_| session.next_told()["e"].as_str().expect("a kind").to_owned()).collect();
    assert_eq!(kinds, ["executionReport", "executionReport", "outboundAccountPosition"]);
    venue.inject(Fault::Private(PrivateFault::Swap));
    session.place("b", FAR);
    let kinds: Vec<_> = (0..2).map(|_| session.next_told()["e"].as_str().expect("a kind").to_owned()).collect();
    assert_eq!(kinds, ["outboundAccountPosition", "executionReport"]);
    venue.inject(Fault::Private(PrivateFault::Slow(Duration::from_millis(300))));
    let placed = Instant::now();
    session.place("c", FAR);
    assert!(placed.elapsed() < Duration::from_millis(300), "the answer is not slow");
    session.until("c", "NEW");
    assert!(placed.elapsed() >= Duration::from_millis(300));
}

/// Until the connection ends.
fn ends(client: &mut Client) -> bool {
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        if client.hear(Duration::from_millis(50)).is_err() {
            return true;
        }
    }
    false
}

#[test]
fn a_private_connection_is_cut_at_each_step_or_only_half_open() {
    let venue = start(VenueId::BinanceSpot);
    venue.inject(Fault::Private(PrivateFault::CutAfterLogin));
    let mut session = Session::open(&venue, "/ws-api/v3");
    assert!(ends(&mut session.client), "after the login");
    venue.inject(Fault::Private(PrivateFault::CutBeforeSubscribed));
    let mut session = Session::open(&venue, "/ws-api/v3");
    session.say("userDataStream.subscribe", "", now_ms());
    assert!(ends(&mut session.client), "before the subscription is acknowledged");
    let mut session = Session::open(&venue, "/ws-api/v3");
    venue.inject(Fault::Order(OrderFault::Cut));
    let order = r#""symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.01","price":"40000","newClientOrderId":"cut","#;
    session.say("order.place", order, now_ms());
    assert!(ends(&mut session.client), "in the middle of an order");
    assert_eq!(state(&venue, "cut"), Some(State::Open));
    venue.inject(Fault::Private(PrivateFault::HalfOpen));
    let mut deaf = Client::open(&venue, "/ws-api/v3");
    deaf.say(r#"{"id":1,"method":"ping"}"#);
    assert_eq!(deaf.hear(Duration::from_millis(400)).expect("open"), None);
    Session::spot(&venue);
}

#[test]
fn a_clock_that_is_off_refuses_what_is_not_of_its_time() {
    let venue = start(VenueId::BinanceSpot);
    let code = || rest(&venue, "GET", "/api/v3/openOrders", "symbol=BTCUSDT").1["code"].as_i64();
    for (ms, refused) in [(6_000, Some(-1021)), (4_000, None), (-2_000, Some(-1021)), (0, None)] {
        venue.inject(Fault::ClockSkew { ms });
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(code(), refused, "{ms} ms");
    }
}

#[test]
fn the_user_stream_of_futures_is_under_its_key_and_the_dead_man_speaks_there() {
    let venue = start(VenueId::BinanceUsdm);
    let (_, key) = rest(&venue, "POST", "/fapi/v1/listenKey", "a=b");
    let key = key["listenKey"].as_str().expect("a key").to_owned();
    let mut bare = Client::open(&venue, &format!("/private/ws/{key}"));
    let mut wrapped = Client::open(&venue, "/private/stream");
    wrapped.say(&format!(r#"{{"method":"SUBSCRIBE","params":["{key}"],"id":1}}"#));
    assert_eq!(wrapped.next(), r#"{"result":null,"id":1}"#);
    let mut stranger = Client::open(&venue, "/private/ws/anyKeyIsAccepted");
    let mut session = Session::open(&venue, "/ws-fapi/v1");
    assert_eq!(session.place("a", FAR)["result"]["status"], "NEW");
    let (status, _) = rest(&venue, "POST", "/fapi/v1/countdownCancelAll", "symbol=BTCUSDT&countdownTime=100");
    assert_eq!(status, 200);
    let kinds: Vec<_> = (0..2)
        .map(|_| {
            let told: Value = serde_json::from_str(&bare.next()).expect("JSON");
            assert_eq!(told["e"], "ORDER_TRADE_UPDATE");
            told["o"]["x"].as_str().expect("a kind").to_owned()
        })
        .collect();
    assert_eq!(kinds, ["NEW", "CANCELED"]);
    assert_eq!(wrapped.next_of(&key)["o"]["x"], "NEW");
    assert_eq!(stranger.hear(Duration::from_millis(200)).expect("open"), None);
    assert_eq!(state(&venue, "a"), Some(State::Canceled));
}

/// Whatever the seed draws, what the client is told by asking in the end is the truth, and everything adds up.
#[test]
fn drawn_faults_leave_a_truth_that_can_be_asked_for() {
    let venue = start(VenueId::BinanceUsdm);
    venue.inject(Fault::Draw { per_mille: 400 });
    let mut unanswered = 0;
    for id in 0..40 {
        let price = if id % 3 == 0 { "70000" } else { "40000" };
        let order = format!(
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price={price}&newClientOrderId=d{id}"
        );
        let answer = ask(&venue, "POST", "/fapi/v1/order", &order, Duration::from_millis(150));
        unanswered += usize::from(answer.is_none_or(|(status, ..)| status != 200));
    }
    venue.inject(Fault::Draw { per_mille: 0 });
    assert!((3..30).contains(&unanswered), "{unanswered} of 40");
    let truth = venue.account_truth().expect("the truth");
    for id in (0..40).map(|id| format!("d{id}")) {
        let (_, told) = rest(&venue, "GET", "/fapi/v1/order", &format!("symbol=BTCUSDT&origClientOrderId={id}"));
        let known = truth.order(&id).map(|order| order.id);
        assert_eq!(told["orderId"].as_u64(), known, "{id}: {told}");
    }
}
