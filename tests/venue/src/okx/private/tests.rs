//! OKX's private side with a client that signs for itself.

use crate::account::{ApiKey, OrderFault, READER, TRADER, WITHDRAWER};
use crate::at_hand::AtHand;
use crate::proof::{Hash, base64, hmac};
use crate::protocol::Session;
use crate::text::iso;
use engine_model::market::Side;
use engine_model::venue::VenueId;
use serde_json::{Value, json};

const START_MS: u64 = 1_750_000_000_000;

fn venue() -> AtHand {
    AtHand::new(VenueId::Okx, START_MS)
}

fn headers(key: ApiKey, at_ms: u64, method: &str, target: &str, body: &str) -> String {
    let time = iso(at_ms, 3);
    let signed = format!("{time}{method}{target}{body}");
    let signature = base64(&hmac(Hash::Sha256, key.secret.as_bytes(), signed.as_bytes()));
    let (id, word) = (key.id, key.passphrase);
    format!(
        "OK-ACCESS-KEY: {id}\r\nOK-ACCESS-SIGN: {signature}\r\nOK-ACCESS-TIMESTAMP: {time}\r\nOK-ACCESS-PASSPHRASE: {word}\r\n"
    )
}

fn get(venue: &mut AtHand, key: ApiKey, target: &str) -> Value {
    let headers = headers(key, venue.at_ms(), "GET", target, "");
    serde_json::from_str(&venue.rest("GET", target, &headers, "").1).expect("json")
}

fn post(venue: &mut AtHand, key: ApiKey, target: &str, body: &Value) -> Value {
    let body = body.to_string();
    let headers = headers(key, venue.at_ms(), "POST", target, &body);
    serde_json::from_str(&venue.rest("POST", target, &headers, &body).1).expect("json")
}

fn login(venue: &mut AtHand, session: &mut dyn Session, key: ApiKey, at_s: u64) -> String {
    let signed = format!("{at_s}GET/users/self/verify");
    let sign = base64(&hmac(Hash::Sha256, key.secret.as_bytes(), signed.as_bytes()));
    let asked = json!({"apiKey": key.id, "passphrase": key.passphrase, "timestamp": at_s.to_string(), "sign": sign});
    venue.say(session, &json!({"op": "login", "args": [asked]}).to_string()).concat()
}

fn subscribe(venue: &mut AtHand, session: &mut dyn Session) -> Vec<String> {
    let args = json!([{"channel": "orders", "instType": "ANY"}, {"channel": "account"},
        {"channel": "positions", "instType": "ANY"}]);
    venue.say(session, &json!({"op": "subscribe", "args": args}).to_string())
}

/// A logged-in line that listens to all.
fn line(venue: &mut AtHand) -> Box<dyn Session> {
    let mut session = venue.open("/ws/v5/private");
    let at_s = venue.at_ms() / 1_000;
    assert!(login(venue, &mut *session, TRADER, at_s).starts_with(r#"{"event":"login","msg":"","code":"0""#));
    subscribe(venue, &mut *session);
    session
}

fn told(venue: &mut AtHand, session: &mut dyn Session) -> Vec<(String, Value)> {
    let parse = |text: String| {
        let said: Value = serde_json::from_str(&text).expect("json");
        (said["arg"]["channel"].as_str().expect("a channel").to_owned(), said["data"][0].clone())
    };
    venue.told(session).into_iter().map(parse).collect()
}

/// Where the swap on bitcoin stands in the list.
fn swap(venue: &AtHand) -> usize {
    venue.exchange.floor.listings.iter().position(|l| l.name() == "BTC-USDT-SWAP").expect("listed")
}

/// An order for a contract far below the market: it rests.
fn resting(venue: &AtHand, id: &str) -> Value {
    let at = swap(venue);
    let listing = &venue.exchange.floor.listings[at];
    let px = listing.instrument.grid.price_text(engine_model::units::Ticks(listing.start_px.0 / 2));
    json!({"instIdCode": 10_000 + at, "instId": listing.name(), "tdMode": "cross", "side": "buy", "ordType": "limit",
        "sz": "1", "px": px, "clOrdId": id})
}

fn on_line(venue: &mut AtHand, session: &mut dyn Session, op: &str, asked: &Value) -> Value {
    let text = json!({"id": "7", "op": op, "args": [asked]}).to_string();
    serde_json::from_str(&venue.say(session, &text).concat()).expect("json")
}

#[test]
fn a_request_is_proven_by_key_pass_phrase_time_and_signature() {
    let mut venue = venue();
    let target = "/api/v5/account/balance?ccy=USDT";
    let mut code = |headers: String| {
        let said: Value = serde_json::from_str(&venue.rest("GET", target, &headers, "").1).expect("json");
        said["code"].as_str().map(str::to_owned).expect("a code")
    };
    let with = |key, at_ms| headers(key, at_ms, "GET", target, "");
    assert_eq!(code(with(TRADER, START_MS)), "0");
    assert_eq!(code(with(TRADER, START_MS - 29_000)), "0");
    assert_eq!(code(with(TRADER, START_MS - 32_000)), "50102");
    assert_eq!(code(with(TRADER, START_MS + 32_000)), "50102");
    assert_eq!(code(headers(TRADER, START_MS, "GET", "/api/v5/account/balance", "")), "50113");
    assert_eq!(code(with(ApiKey { id: "nobody", ..TRADER }, START_MS)), "50111");
    assert_eq!(code(with(ApiKey { passphrase: "wrong", ..TRADER }, START_MS)), "50105");
    assert_eq!(code(with(ApiKey { secret: "wrong", ..TRADER }, START_MS)), "50113");
}

#[test]
fn what_a_key_may_do_is_told() {
    let mut venue = venue();
    let mut config = |key| {
        let row = get(&mut venue, key, "/api/v5/account/config")["data"][0].clone();
        (row["perm"].clone(), row["ip"].clone())
    };
    assert_eq!(config(TRADER), (json!("read_only,trade"), json!("127.0.0.1")));
    assert_eq!(config(READER).0, json!("read_only"));
    assert_eq!(config(WITHDRAWER), (json!("read_only,withdraw,trade"), json!("")));
}

#[test]
fn a_line_hears_what_it_asked_for_once_it_is_logged_in() {
    let mut venue = venue();
    let mut session = venue.open("/ws/v5/private");
    let now_s = START_MS / 1_000;
    assert!(subscribe(&mut venue, &mut *session)[0].contains(r#""code":"60011""#));
    for (key, at_s, code) in [
        (ApiKey { id: "nobody", ..TRADER }, now_s, "60005"),
        (ApiKey { passphrase: "wrong", ..TRADER }, now_s, "60024"),
        (ApiKey { secret: "wrong", ..TRADER }, now_s, "60007"),
        (TRADER, now_s - 31, "60006"),
    ] {
        assert!(login(&mut venue, &mut *session, key, at_s).contains(code), "{code}");
    }
    let welcome = r#"{"event":"login","msg":"","code":"0","connId":"00000007"}"#;
    assert_eq!(login(&mut venue, &mut *session, TRADER, now_s), welcome);
    let answers = subscribe(&mut venue, &mut *session);
    assert_eq!(answers.len(), 5, "three answers, what is held, and that there is no position: {answers:?}");
    assert!(answers[0].starts_with(r#"{"event":"subscribe","arg":{"channel":"orders""#), "{}", answers[0]);
    let unknown = r#"{"op":"subscribe","args":[{"channel":"nope"}]}"#;
    assert!(venue.say(&mut *session, unknown)[0].contains(r#""code":"60018""#));
    assert_eq!(venue.say(&mut *session, "ping"), ["pong"]);
    assert!(venue.say(&mut *session, "{}")[0].contains(r#""code":"60012""#));
}

#[test]
fn orders_are_entered_changed_and_withdrawn_on_the_line_by_number() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let order = resting(&venue, "R1x2x3");
    let said = on_line(&mut venue, &mut *session, "order", &order);
    assert_eq!((&said["id"], &said["op"], &said["code"]), (&json!("7"), &json!("order"), &json!("0")));
    assert_eq!((&said["data"][0]["sCode"], &said["data"][0]["clOrdId"]), (&json!("0"), &json!("R1x2x3")));
    let code = |said: &Value| (said["code"].clone(), said["data"][0]["sCode"].clone());
    let row = |code: &str| (json!("1"), json!(code));
    assert_eq!(code(&on_line(&mut venue, &mut *session, "order", &order)), row("51016"));
    let change = json!({"instIdCode": order["instIdCode"], "clOrdId": "R1x2x3", "newSz": "2.5"});
    assert_eq!(on_line(&mut venue, &mut *session, "amend-order", &change)["code"], json!("0"));
    assert_eq!(on_line(&mut venue, &mut *session, "cancel-order", &change)["code"], json!("0"));
    assert_eq!(code(&on_line(&mut venue, &mut *session, "cancel-order", &change)), row("51401"));
    assert_eq!(code(&on_line(&mut venue, &mut *session, "amend-order", &change)), row("51509"));
    let by_name = json!({"instId": "BTC-USDT-SWAP", "clOrdId": "R1x2x3"});
    assert_eq!(code(&on_line(&mut venue, &mut *session, "cancel-order", &by_name)), row("50014"));
    let news = told(&mut venue, &mut *session);
    let states: Vec<_> = news
        .iter()
        .filter(|(channel, _)| channel == "orders")
        .map(|(_, row)| (row["state"].clone(), row["sz"].clone(), row["cancelSource"].clone()))
        .collect();
    let state = |state: &str, size: &str, source: &str| (json!(state), json!(size), json!(source));
    assert_eq!(states, [state("live", "1", ""), state("live", "2.5", ""), state("canceled", "2.5", "1")]);
}

#[test]
fn what_may_not_be_is_refused_in_its_row_or_as_a_whole() {
    let mut venue = venue();
    let order = resting(&venue, "");
    let with = |name: &str, value: &str| {
        let mut order = order.clone();
        order[name] = json!(value);
        order
    };
    for (asked, code) in [
        (with("sz", "0.005"), "51121"),
        (with("sz", "0"), "51020"),
        (with("px", "-1"), "51006"),
        (with("instId", "NO-PE"), "51001"),
        (with("clOrdId", "R1-2-3"), "51000"),
        (with("tdMode", "cash"), "51000"),
        (with("sz", "90000000"), "51008"),
    ] {
        let said = post(&mut venue, TRADER, "/api/v5/trade/order", &asked);
        assert_eq!((&said["code"], &said["data"][0]["sCode"]), (&json!("1"), &json!(code)), "{asked}");
    }
    let mut reduce = order.clone();
    reduce["reduceOnly"] = json!(true);
    assert_eq!(post(&mut venue, TRADER, "/api/v5/trade/order", &reduce)["data"][0]["sCode"], json!("51169"));
    assert_eq!(post(&mut venue, READER, "/api/v5/trade/order", &order)["code"], json!("50120"));
    let absent = json!({"instId": "BTC-USDT", "clOrdId": "R9x9x9"});
    assert_eq!(post(&mut venue, TRADER, "/api/v5/trade/cancel-order", &absent)["data"][0]["sCode"], json!("51400"));
    let absent = get(&mut venue, TRADER, "/api/v5/trade/order?instId=BTC-USDT&clOrdId=R9x9x9");
    assert_eq!(absent["code"], json!("51603"));
    venue.pass_ms(2_000);
    let mut session = line(&mut venue);
    let codes: Vec<_> = (0..61).map(|_| on_line(&mut venue, &mut *session, "order", &order)["code"].clone()).collect();
    assert_eq!((&codes[59], &codes[60]), (&json!("0"), &json!("50011")), "60 in 2 s");
}

#[test]
fn a_taker_is_told_its_execution_with_its_order_and_what_it_holds() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let at = swap(&venue);
    let ask = venue.exchange.floor.book(at).best(Side::Sell);
    let mut order = resting(&venue, "R1x2x4");
    order["ordType"] = json!("market");
    order["sz"] = json!("0.01");
    assert_eq!(on_line(&mut venue, &mut *session, "order", &order)["code"], json!("0"));
    let news = told(&mut venue, &mut *session);
    let filled = news.iter().find(|(_, row)| row["state"] == json!("filled")).expect("filled");
    let px = venue.exchange.floor.listings[at].instrument.grid.price_text(ask.px);
    let row = &filled.1;
    assert!(row["fillPx"].as_str().is_some_and(|told| px.starts_with(told)), "{px} {row}");
    assert_eq!((&row["fillSz"], &row["execType"], &row["fillFeeCcy"]), (&json!("0.01"), &json!("T"), &json!("USDT")));
    assert!(row["fillFee"].as_str().is_some_and(|fee| fee.starts_with('-')), "a fee is negative: {row}");
    let of = |channel: &str| &news.iter().find(|(name, _)| name == channel).expect(channel).1;
    assert_eq!(of("positions")["pos"], json!("0.01"));
    assert!(of("account")["details"][0]["cashBal"].as_str().is_some_and(|text| text.starts_with("99999")));
    let known = get(&mut venue, TRADER, "/api/v5/trade/order?instId=BTC-USDT-SWAP&clOrdId=R1x2x4");
    assert_eq!(known["data"][0]["state"], json!("filled"));
    let fills = get(&mut venue, TRADER, "/api/v5/trade/fills?instId=BTC-USDT-SWAP&begin=0");
    assert_eq!((&fills["data"][0]["tradeId"], &fills["data"][0]["fee"]), (&row["tradeId"], &row["fillFee"]));
    assert_eq!(get(&mut venue, TRADER, "/api/v5/account/positions")["data"][0]["pos"], json!("0.01"));
}

#[test]
fn a_post_only_order_that_would_take_is_taken_in_and_withdrawn_at_once() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let listing = &venue.exchange.floor.listings[swap(&venue)];
    let px = engine_model::units::Ticks(listing.start_px.0 + listing.start_px.0 / 50);
    let px = listing.instrument.grid.price_text(px);
    let mut order = resting(&venue, "R1x2x5");
    order["ordType"] = json!("post_only");
    order["px"] = json!(px);
    assert_eq!(on_line(&mut venue, &mut *session, "order", &order)["code"], json!("0"));
    let news = told(&mut venue, &mut *session);
    let last = &news.iter().rfind(|(channel, _)| channel == "orders").expect("news").1;
    assert_eq!((&last["state"], &last["cancelSource"]), (&json!("canceled"), &json!("31")));
}

#[test]
fn orders_are_withdrawn_in_a_batch_each_for_itself() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    for id in ["R1x1x1", "R1x1x2"] {
        let order = resting(&venue, id);
        assert_eq!(on_line(&mut venue, &mut *session, "order", &order)["code"], json!("0"));
    }
    let of = |id: &str| json!({"instId": "BTC-USDT-SWAP", "clOrdId": id});
    let batch = json!([of("R1x1x1"), of("R9x9x9")]);
    let path = "/api/v5/trade/cancel-batch-orders";
    let said = post(&mut venue, TRADER, path, &batch);
    let codes = (&said["code"], &said["data"][0]["sCode"], &said["data"][1]["sCode"]);
    assert_eq!(codes, (&json!("2"), &json!("0"), &json!("51400")));
    assert_eq!(post(&mut venue, TRADER, path, &batch)["code"], json!("1"));
    assert_eq!(post(&mut venue, TRADER, path, &json!([of("R1x1x2")]))["code"], json!("0"));
    assert_eq!(post(&mut venue, TRADER, path, &json!(vec![of("R1x1x2"); 21]))["code"], json!("51000"));
}

#[test]
fn all_orders_are_withdrawn_when_the_switch_is_not_fed() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let order = resting(&venue, "R1x1x1");
    assert_eq!(on_line(&mut venue, &mut *session, "order", &order)["code"], json!("0"));
    let open = |venue: &mut AtHand| {
        let said = get(venue, TRADER, "/api/v5/trade/orders-pending?instId=BTC-USDT-SWAP&limit=100");
        said["data"].as_array().map(Vec::len).expect("rows")
    };
    let feed = |venue: &mut AtHand, seconds: &str| {
        post(venue, TRADER, "/api/v5/trade/cancel-all-after", &json!({"timeOut": seconds}))["code"].clone()
    };
    assert_eq!((feed(&mut venue, "5"), feed(&mut venue, "10")), (json!("51000"), json!("0")));
    venue.pass_ms(6_000);
    assert_eq!(feed(&mut venue, "10"), json!("0"));
    venue.pass_ms(6_000);
    assert_eq!(open(&mut venue), 1, "it was fed");
    venue.pass_ms(4_100);
    assert_eq!(open(&mut venue), 0);
    let order = resting(&venue, "R1x1x2");
    assert_eq!(on_line(&mut venue, &mut *session, "order", &order)["code"], json!("0"));
    assert_eq!((feed(&mut venue, "10"), feed(&mut venue, "0")), (json!("0"), json!("0")));
    venue.pass_ms(11_000);
    assert_eq!(open(&mut venue), 1, "it was switched off");
}

#[test]
fn a_fault_of_the_service_is_said_as_the_venue_does() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let fault = |status, acted| OrderFault::Status { status, acted };
    let order = resting(&venue, "R1x1x1");
    let body = order.to_string();
    let headers = headers(TRADER, venue.at_ms(), "POST", "/api/v5/trade/order", &body);
    venue.exchange.mishaps.arm_order(fault(503, true));
    assert_eq!(venue.rest("POST", "/api/v5/trade/order", &headers, &body).0, 503);
    assert_eq!(venue.exchange.accounts.open(0, None).len(), 1, "it was done all the same");
    for (status, code) in [(503, "50026"), (429, "50011")] {
        venue.exchange.mishaps.arm_order(fault(status, false));
        assert_eq!(on_line(&mut venue, &mut *session, "cancel-order", &order)["code"], json!(code), "{status}");
    }
    assert_eq!(venue.exchange.accounts.open(0, None).len(), 1);
}

#[test]
fn a_long_list_comes_in_pages_newest_first() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    for id in 1..=5 {
        let order = resting(&venue, &format!("R1x1x{id}"));
        assert_eq!(on_line(&mut venue, &mut *session, "order", &order)["code"], json!("0"));
    }
    let mut after = String::new();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let target = format!("/api/v5/trade/orders-pending?instId=BTC-USDT-SWAP&limit=2{after}");
        let rows = get(&mut venue, TRADER, &target)["data"].as_array().expect("rows").clone();
        seen.extend(rows.iter().map(|row| row["clOrdId"].as_str().expect("ours").to_owned()));
        after = format!("&after={}", rows.last().expect("a row")["ordId"].as_str().expect("an id"));
    }
    assert_eq!(seen, ["R1x1x5", "R1x1x4", "R1x1x3", "R1x1x2", "R1x1x1"]);
}
