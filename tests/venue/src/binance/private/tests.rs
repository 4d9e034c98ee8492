//! Binance's private texts, to the letter, and who gets none.

use super::socket::Session;
use super::*;
use crate::account::{AccountConfig, Accounts, Mishaps, TRADER, TRADER_ED25519};
use crate::fault::Armed;
use crate::floor::Floor;
use crate::http::{Answer, Head, Request};
use crate::listing::Listing;
use crate::proof::{base64, ed25519, hmac};
use crate::protocol::{Asked, Said, Session as _};
use crate::weights::Weights;
use engine_model::market::Side;
use engine_model::venue::VenueId;

const START_MS: u64 = 1_750_000_000_000;

/// A venue without sockets, at a fixed time.
struct Bench {
    floor: Floor,
    accounts: Accounts,
    mishaps: Mishaps,
    weights: Weights,
    at_ms: u64,
}

impl Bench {
    fn new(venue: VenueId) -> Self {
        let listings = Listing::defaults(venue);
        Self {
            accounts: Accounts::new(venue, &listings, &[AccountConfig::default()]),
            floor: Floor::new(venue, listings, 5, true, START_MS),
            mishaps: Mishaps::new(5),
            weights: Weights::default(),
            at_ms: START_MS,
        }
    }

    fn rest(&mut self, request: &str) -> Answer {
        let Head::Whole(request) = Request::parse(request.as_bytes()) else { panic!("{request}") };
        let mut armed = Armed::default();
        let asked = &mut Asked { request: &request, now_ns: 0, armed: &mut armed, weights: &mut self.weights };
        let mut teller = Teller::new(&mut self.accounts, &self.floor.market, &mut self.mishaps, self.at_ms * 1_000_000);
        rest::answer(&self.floor, asked, &mut teller).expect("a private route")
    }

    /// A signed request in the query.
    fn signed(&mut self, method: &str, path: &str, query: &str) -> Answer {
        let query = format!("{query}&timestamp={}", self.at_ms);
        let signature = hex(&hmac(Hash::Sha256, TRADER.secret.as_bytes(), query.as_bytes()));
        self.rest(&format!(
            "{method} {path}?{query}&signature={signature} HTTP/1.1\r\nX-MBX-APIKEY: {}\r\n\r\n",
            TRADER.id
        ))
    }

    fn say(&mut self, session: &mut Session, text: &str) -> String {
        let mut teller = Teller::new(&mut self.accounts, &self.floor.market, &mut self.mishaps, self.at_ms * 1_000_000);
        let said = session.private(text, &self.floor.listings, &mut teller).expect("private");
        let [Said::Text(text)] = said.as_slice() else { panic!("{said:?}") };
        text.clone()
    }

    fn told(&mut self, session: &mut Session) -> Vec<String> {
        let events = self.accounts.take_events();
        events.iter().flat_map(|event| session.tell(event, &self.floor.listings)).collect()
    }

    fn best(&self, side: Side) -> String {
        let grid = self.floor.listings[0].instrument.grid;
        grid.price_text(self.floor.book(0).best(side).px)
    }
}

fn logged_on(bench: &mut Bench) -> Session {
    let path = if bench.floor.venue == VenueId::BinanceSpot { "/ws-api/v3" } else { "/ws-fapi/v1" };
    let mut session = Session::of_path(path, bench.floor.venue).expect("the path");
    let signed = format!("apiKey={}&timestamp={}", TRADER_ED25519.id, bench.at_ms);
    let signature = base64(&ed25519(TRADER_ED25519.secret, signed.as_bytes()).expect("a key"));
    let answer = bench.say(
        &mut session,
        &format!(
            r#"{{"id":"l","method":"session.logon","params":{{"apiKey":"{}","timestamp":{},"signature":"{signature}"}}}}"#,
            TRADER_ED25519.id, bench.at_ms
        ),
    );
    assert!(answer.starts_with(r#"{"id":"l","status":200,"#), "{answer}");
    session
}

/// A message of a session that is logged on.
fn message(bench: &Bench, method: &str, params: &str) -> String {
    let comma = if params.is_empty() { "" } else { "," };
    format!(r#"{{"id":7,"method":"{method}","params":{{{params}{comma}"timestamp":{}}}}}"#, bench.at_ms)
}

/// What stands between the first `from` and the `to` behind it.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("{from} in {text}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("{to} in {text}")).0
}

const PLACED: &str = r#"{"id":7,"status":200,"result":{"symbol":"BTCUSDT","orderId":28000000001,"orderListId":-1,"clientOrderId":"R1-2-3","transactTime":1750000000000,"price":"61000.00000000","origQty":"0.50000000","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1750000000000,"selfTradePreventionMode":"NONE","fills":[]},"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100,"count":1},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":200000,"count":1}]}"#;
const REPORTED: &str = r#"{"subscriptionId":0,"event":{"e":"executionReport","E":1750000000000,"s":"BTCUSDT","c":"R1-2-3","S":"BUY","o":"LIMIT","f":"GTC","q":"0.50000000","p":"61000.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":28000000001,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1750000000000,"t":-1,"I":1,"w":true,"m":false,"M":false,"O":1750000000000,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1750000000000,"V":"NONE"}}"#;
const BOUND: &str = r#"{"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":1750000000000,"u":1750000000000,"B":[{"a":"USDT","f":"969500.00000000","l":"30500.00000000"}]}}"#;
const TRADED: &str = r#"{"subscriptionId":0,"event":{"e":"executionReport","E":1750000000000,"s":"BTCUSDT","c":"R1-2-4","S":"SELL","o":"MARKET","f":"GTC","q":"0.02000000","p":"0.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE","X":"FILLED","r":"NONE","i":28000000002,"l":"0.00081000","z":"0.02000000","L":"61837.31000000","n":"0.05008822","N":"USDT","T":1750000000000,"t":5000000002,"I":6,"w":false,"m":false,"M":true,"O":1750000000000,"Z":"1236.75176510","Y":"50.08822110","Q":"0.00000000","W":1750000000000,"V":"NONE"}}"#;

#[test]
fn spots_session_places_shrinks_withdraws_and_hears_of_it_in_the_venues_words() {
    let mut bench = Bench::new(VenueId::BinanceSpot);
    let mut session = logged_on(&mut bench);
    let followed = bench.say(&mut session, r#"{"id":1,"method":"userDataStream.subscribe"}"#);
    assert!(followed.starts_with(r#"{"id":1,"status":200,"result":{"subscriptionId":0},"rateLimits":["#), "{followed}");
    let order = r#""symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.50000","price":"61000.00","newClientOrderId":"R1-2-3""#;
    let said = message(&bench, "order.place", order);
    assert_eq!(bench.say(&mut session, &said), PLACED);
    assert_eq!(bench.told(&mut session), [REPORTED, BOUND]);
    let change = r#""symbol":"BTCUSDT","origClientOrderId":"R1-2-3","newClientOrderId":"R1-2-3","newQty":"0.4""#;
    let said = message(&bench, "order.amend.keepPriority", change);
    let amended = bench.say(&mut session, &said);
    assert!(
        amended.contains(r#""qty":"0.40000000","executedQty":"0.00000000","preventedQty":"0.00000000""#),
        "{amended}"
    );
    assert!(amended.contains(r#""count":1}"#), "a change in place is not counted: {amended}");
    let told = bench.told(&mut session);
    assert_eq!(between(&told[0], r#""g":-1,"#, r#","r""#), r#""C":"R1-2-3","x":"REPLACED","X":"NEW""#);
    let said = message(&bench, "order.cancel", r#""symbol":"BTCUSDT","origClientOrderId":"R1-2-3""#);
    let canceled = bench.say(&mut session, &said);
    assert!(canceled.contains(
        r#""origClientOrderId":"R1-2-3","orderId":28000000001,"orderListId":-1,"clientOrderId":"cancel28000000001""#
    ));
    let told = bench.told(&mut session);
    assert_eq!(between(&told[0], r#""s":"BTCUSDT","#, r#","S""#), r#""c":"cancel28000000001""#);
    assert_eq!(between(&told[0], r#""g":-1,"#, r#","r""#), r#""C":"R1-2-3","x":"CANCELED","X":"CANCELED""#);
    let order = r#""symbol":"BTCUSDT","side":"SELL","type":"MARKET","quantity":"0.02000","newClientOrderId":"R1-2-4""#;
    let said = message(&bench, "order.place", order);
    let fills = bench.say(&mut session, &said);
    let fill = r#"{"price":"61837.31000000","qty":"0.00081000","commission":"0.05008822","commissionAsset":"USDT","tradeId":5000000002}"#;
    assert!(fills.contains(fill), "{fills}");
    assert_eq!(bench.told(&mut session)[3], TRADED);
    let trades = bench.signed("GET", "/api/v3/myTrades", "symbol=BTCUSDT&limit=1").body;
    assert_eq!(
        trades,
        r#"[{"symbol":"BTCUSDT","id":5000000002,"orderId":28000000002,"orderListId":-1,"price":"61837.31000000","qty":"0.00081000","quoteQty":"50.08822110","commission":"0.05008822","commissionAsset":"USDT","time":1750000000000,"isBuyer":false,"isMaker":false,"isBestMatch":true}]"#
    );
}

const ACKNOWLEDGED: &str = r#"{"orderId":28000000001,"symbol":"BTCUSDT","status":"NEW","clientOrderId":"R1-2-4","price":"61802.60","avgPrice":"0.00000000","origQty":"0.010","executedQty":"0.000","cumQuote":"0.00000000","timeInForce":"IOC","type":"LIMIT","reduceOnly":false,"closePosition":false,"side":"BUY","positionSide":"BOTH","stopPrice":"0","workingType":"CONTRACT_PRICE","priceProtect":false,"origType":"LIMIT","priceMatch":"NONE","selfTradePreventionMode":"NONE","goodTillDate":0,"updateTime":1750000000000}"#;
const FUTURES_TOLD: [&str; 4] = [
    r#"{"e":"ORDER_TRADE_UPDATE","E":1750000000000,"T":1750000000000,"o":{"s":"BTCUSDT","c":"R1-2-4","S":"BUY","o":"LIMIT","f":"IOC","q":"0.010","p":"61802.60","ap":"0.00000000","sp":"0","x":"NEW","X":"NEW","i":28000000001,"l":"0.000","z":"0.000","L":"0","T":1750000000000,"t":0,"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0,"V":"NONE","pm":"NONE","gtd":0}}"#,
    r#"{"e":"TRADE_LITE","E":1750000000000,"T":1750000000000,"s":"BTCUSDT","q":"0.010","p":"61802.60","m":false,"c":"R1-2-4","S":"BUY","L":"61802.60","l":"0.010","t":5000000001,"i":28000000001}"#,
    r#"{"e":"ACCOUNT_UPDATE","E":1750000000000,"T":1750000000000,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"999999.69098700","cw":"999999.69098700","bc":"0"}],"P":[{"s":"BTCUSDT","pa":"0.010","ep":"61802.60000000","bep":"61802.60000000","cr":"0.00000000","up":"0","mt":"cross","iw":"0","ps":"BOTH"}]}}"#,
    r#"{"e":"ORDER_TRADE_UPDATE","E":1750000000000,"T":1750000000000,"o":{"s":"BTCUSDT","c":"R1-2-4","S":"BUY","o":"LIMIT","f":"IOC","q":"0.010","p":"61802.60","ap":"61802.60000000","sp":"0","x":"TRADE","X":"FILLED","i":28000000001,"l":"0.010","z":"0.010","L":"61802.60","n":"0.30901300","N":"USDT","T":1750000000000,"t":5000000001,"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0.00000000","pP":false,"si":0,"ss":0,"V":"NONE","pm":"NONE","gtd":0}}"#,
];

#[test]
fn usdms_rest_acknowledges_and_its_stream_tells_the_rest() {
    let mut bench = Bench::new(VenueId::BinanceUsdm);
    assert_eq!(bench.best(Side::Sell), "61802.60");
    let order =
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.010&price=61802.6&newClientOrderId=R1-2-4";
    let placed = bench.signed("POST", "/fapi/v1/order", order);
    assert_eq!((placed.status, placed.body.as_str()), (200, ACKNOWLEDGED));
    let counts = [("X-MBX-ORDER-COUNT-10S", "1"), ("X-MBX-ORDER-COUNT-1M", "1")];
    assert_eq!(placed.headers, counts.map(|(name, count)| (name.to_owned(), count.to_owned())));
    let events = bench.accounts.take_events();
    let told: Vec<_> = events.iter().flat_map(|event| futures::events(event, &bench.floor.listings)).collect();
    assert_eq!(told, FUTURES_TOLD);
    let asked = bench.signed("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=R1-2-4").body;
    assert!(
        asked.contains(r#""status":"FILLED","clientOrderId":"R1-2-4","price":"61802.60","avgPrice":"61802.60000000""#)
    );
    let positions = bench.signed("GET", "/fapi/v3/positionRisk", "recvWindow=5000").body;
    assert_eq!(positions.matches("symbol").count(), 1, "no rows of flat symbols: {positions}");
    assert!(positions.contains(r#""positionAmt":"0.010","entryPrice":"61802.60000000""#), "{positions}");
    let balance = bench.signed("GET", "/fapi/v3/balance", "recvWindow=5000").body;
    assert!(balance.contains(r#""asset":"USDT","balance":"999999.69098700""#), "{balance}");
}

/// Status and code of an answer that is a no.
fn no(answer: &Answer) -> (u16, i64) {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{e}: {}", answer.body));
    (answer.status, body["code"].as_i64().unwrap_or_else(|| panic!("a code in {}", answer.body)))
}

#[test]
fn each_refusal_has_its_code() {
    let order = |more: &str| format!("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&{more}");
    let mut spot = Bench::new(VenueId::BinanceSpot);
    let ask = spot.best(Side::Sell);
    let cases = [
        (-1013, order("quantity=0.1&price=61000.001")),
        (-1013, order("quantity=0.000001&price=61000")),
        (-1013, order("quantity=0.00001&price=61000")),
        (-1013, order("quantity=0.1&price=1")),
        (-1100, order("quantity=1e5&price=61000")),
        (-1100, order("quantity=0.1&price=61000&newClientOrderId=a:b")),
        (-1102, order("quantity=0.1")),
        (-1115, order("quantity=0.1&price=61000&timeInForce=GTX").replacen("timeInForce=GTC&", "", 1)),
        (-1116, "symbol=BTCUSDT&side=BUY&type=STOP&quantity=1".to_owned()),
        (-1117, "symbol=BTCUSDT&side=buy&type=MARKET&quantity=1".to_owned()),
        (-1121, "symbol=NOPE&side=BUY&type=MARKET&quantity=1".to_owned()),
        (-2010, order("quantity=20&price=61000")),
        (-2010, format!("symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price={ask}")),
    ];
    for (code, query) in cases {
        assert_eq!(no(&spot.signed("POST", "/api/v3/order", &query)), (400, code), "{query}");
    }
    assert_eq!(no(&spot.signed("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=1")), (400, -2013));
    assert_eq!(no(&spot.signed("GET", "/api/v3/order", "symbol=BTCUSDT")), (400, -1128));
    assert_eq!(no(&spot.signed("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1")), (400, -2011));
    assert_eq!(no(&spot.signed("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT")), (400, -2011));
    let mut usdm = Bench::new(VenueId::BinanceUsdm);
    let ask = usdm.best(Side::Sell);
    let futures = |more: &str| format!("symbol=BTCUSDT&side=BUY&type=LIMIT&{more}");
    let cases = [
        (-2019, futures("timeInForce=GTC&quantity=900&price=61000")),
        (-2022, futures("timeInForce=GTC&quantity=0.1&price=61000&reduceOnly=true")),
        (-4061, futures("timeInForce=GTC&quantity=0.1&price=61000&positionSide=LONG")),
        (-4164, futures("timeInForce=GTC&quantity=0.001&price=61000")),
        (-5021, futures("timeInForce=FOK&quantity=0.1&price=60000")),
        (-5022, futures(&format!("timeInForce=GTX&quantity=0.1&price={ask}"))),
    ];
    for (code, query) in cases {
        assert_eq!(no(&usdm.signed("POST", "/fapi/v1/order", &query)), (400, code), "{query}");
    }
    let order = futures("timeInForce=GTC&quantity=0.1&price=60000&newClientOrderId=a");
    assert_eq!(usdm.signed("POST", "/fapi/v1/order", &order).status, 200);
    assert_eq!(no(&usdm.signed("POST", "/fapi/v1/order", &order)), (400, -4116));
    let same = "symbol=BTCUSDT&side=BUY&quantity=0.1&price=60000&origClientOrderId=a";
    assert_eq!(no(&usdm.signed("PUT", "/fapi/v1/order", same)), (400, -5027));
}

#[test]
fn who_sends_too_many_orders_is_told_so_and_how_many() {
    let mut bench = Bench::new(VenueId::BinanceUsdm);
    let mut last = Answer::of(0, String::new());
    for number in 0..301 {
        let order = format!(
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=60000&newClientOrderId=c{number}"
        );
        last = bench.signed("POST", "/fapi/v1/order", &order);
        if number < 200 {
            let cancel = format!("symbol=BTCUSDT&origClientOrderId=c{number}");
            assert_eq!(bench.signed("DELETE", "/fapi/v1/order", &cancel).status, 200, "withdrawals are not counted");
        }
    }
    assert_eq!((no(&last), last.retry_after_s), ((429, -1015), Some(1)));
    assert_eq!(last.headers[0], ("X-MBX-ORDER-COUNT-10S".to_owned(), "300".to_owned()));
}

#[test]
fn a_request_with_one_byte_other_than_signed_is_refused_wherever_it_stands() {
    let mut bench = Bench::new(VenueId::BinanceSpot);
    let form = format!("symbol=BTCUSDT&newOrderRespType=ACK&timestamp={}", bench.at_ms);
    let signature = hex(&hmac(Hash::Sha256, TRADER.secret.as_bytes(), form.as_bytes()));
    let ask = |query: &str, body: &str, key_id: &str| {
        let length = body.len();
        format!(
            "GET /api/v3/openOrders?{query} HTTP/1.1\r\nX-MBX-APIKEY: {key_id}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let good = format!("{form}&signature={signature}");
    assert_eq!(bench.rest(&ask(&good, "", TRADER.id)).status, 200);
    assert_eq!(bench.rest(&ask("", &good, TRADER.id)).status, 200);
    // Query and body are signed one behind the other.
    let (first, second) = form.split_at(20);
    assert_eq!(bench.rest(&ask(first, &format!("{second}&signature={signature}"), TRADER.id)).status, 200);
    for place in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
        let bad = String::from_utf8(bytes).expect("text");
        let answer = bench.rest(&ask(&bad, "", TRADER.id));
        assert!(matches!(no(&answer), (400, -1022 | -1102)), "{bad}: {}", answer.body);
    }
    assert_eq!(no(&bench.rest(&ask(&good, "", "simulated-venue-nobody"))), (401, -2015));
    assert_eq!(no(&bench.rest(&ask(&good, "", ""))), (401, -2014));
    assert_eq!(no(&bench.rest(&ask(&good, "", crate::account::READER.id))), (400, -1022), "another key's secret");
    let fresh = bench.at_ms;
    bench.at_ms = fresh + 5_001;
    assert_eq!(no(&bench.rest(&ask(&good, "", TRADER.id))), (400, -1021), "too old");
    bench.at_ms = fresh - 1_000;
    assert_eq!(no(&bench.rest(&ask(&good, "", TRADER.id))), (400, -1021), "from the future");
    bench.at_ms = fresh - 999;
    assert_eq!(bench.rest(&ask(&good, "", TRADER.id)).status, 200);
}

#[test]
fn a_message_is_signed_over_its_parameters_by_name_and_a_session_needs_no_signature() {
    let mut bench = Bench::new(VenueId::BinanceSpot);
    let mut session = Session::of_path("/ws-api/v3", VenueId::BinanceSpot).expect("the path");
    let sorted = format!("apiKey={}&symbol=BTCUSDT&timestamp={}", TRADER.id, bench.at_ms);
    let signature = hex(&hmac(Hash::Sha256, TRADER.secret.as_bytes(), sorted.as_bytes()));
    let own = format!(r#""symbol":"BTCUSDT","apiKey":"{}","signature":"{signature}""#, TRADER.id);
    let said = message(&bench, "openOrders.status", &own);
    assert!(bench.say(&mut session, &said).starts_with(r#"{"id":7,"status":200,"result":[],"#));
    let said = message(&bench, "openOrders.status", &own.replace("BTC", "ETH"));
    let refused = r#"{"id":7,"status":400,"error":{"code":-1022,"msg":"Signature for this request is not valid."},"#;
    assert!(bench.say(&mut session, &said).starts_with(refused));
    let said = message(&bench, "openOrders.status", r#""symbol":"BTCUSDT""#);
    assert!(bench.say(&mut session, &said).contains(r#""code":-1102"#), "nobody is logged on");
    let said = message(&bench, "session.logon", &own);
    assert!(bench.say(&mut session, &said).contains(r#""code":-4056"#), "a session is not for such keys");
    let mut session = logged_on(&mut bench);
    let said = message(&bench, "openOrders.status", r#""symbol":"BTCUSDT""#);
    assert!(bench.say(&mut session, &said).starts_with(r#"{"id":7,"status":200,"result":[],"#));
    for bad in ["", "[]", "{", r#"{"id":7}"#, r#"{"id":7,"method":"order.steal"}"#] {
        assert!(bench.say(&mut session, bad).contains(r#""status":400"#), "{bad}");
    }
}

#[test]
fn a_replacement_says_what_became_of_both() {
    let mut bench = Bench::new(VenueId::BinanceSpot);
    let path = "/api/v3/order/cancelReplace";
    let order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1";
    let first = format!("{order}&price=60000&newClientOrderId=a");
    assert_eq!(bench.signed("POST", "/api/v3/order", &first).status, 200);
    let mode = |mode: &str, old: &str, price: &str| {
        format!("{order}&price={price}&cancelReplaceMode={mode}&cancelOrigClientOrderId={old}")
    };
    let failed = bench.signed("POST", path, &mode("STOP_ON_FAILURE", "x", "60000"));
    assert_eq!(no(&failed), (400, -2022));
    assert!(failed.body.contains(r#""newOrderResult":"NOT_ATTEMPTED","#), "{}", failed.body);
    let half = bench.signed("POST", path, &mode("ALLOW_FAILURE", "x", "60000"));
    assert_eq!(no(&half), (409, -2021));
    assert!(half.body.contains(r#"{"cancelResult":"FAILURE","newOrderResult":"SUCCESS","#), "{}", half.body);
    let whole = bench.signed("POST", path, &mode("STOP_ON_FAILURE", "a", "60001"));
    assert!(whole.body.starts_with(r#"{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","#), "{}", whole.body);
    assert_eq!(bench.accounts.truth(0).map(|truth| truth.open().count()), Some(2));
}

#[test]
fn coinm_speaks_alike_under_its_own_names() {
    let mut bench = Bench::new(VenueId::BinanceCoinm);
    let order = "symbol=BTCUSD_PERP&side=BUY&type=MARKET&quantity=5&newClientOrderId=a&newOrderRespType=RESULT";
    let placed = bench.signed("POST", "/dapi/v1/order", order).body;
    assert!(placed.contains(r#""symbol":"BTCUSD_PERP","pair":"BTCUSD","status":"FILLED""#), "{placed}");
    assert!(placed.contains(r#""cumBase":"0.00"#), "{placed}");
    let positions = bench.signed("GET", "/dapi/v1/positionRisk", "recvWindow=5000").body;
    assert_eq!(positions.matches("symbol").count(), 2, "flat symbols too: {positions}");
    let told: Vec<_> =
        bench.accounts.take_events().iter().flat_map(|e| futures::events(e, &bench.floor.listings)).collect();
    assert!(told.iter().any(|text| text.starts_with(r#"{"e":"ACCOUNT_UPDATE""#) && text.contains(r#""i":"sRfs""#)));
    assert!(told.iter().all(|text| !text.contains("TRADE_LITE")));
}
