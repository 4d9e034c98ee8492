//! Bybit's private side with a client that signs for itself.

use crate::account::{ApiKey, OrderFault, READER, TRADER, WITHDRAWER};
use crate::at_hand::AtHand;
use crate::proof::{Hash, hex, hmac};
use crate::protocol::Session;
use engine_model::market::Side;
use engine_model::venue::VenueId;
use serde_json::{Value, json};

const START_MS: u64 = 1_750_000_000_000;

fn venue() -> AtHand {
    AtHand::new(VenueId::Bybit, START_MS)
}

fn headers(key: ApiKey, at_ms: u64, payload: &str) -> String {
    let signed = format!("{at_ms}{}5000{payload}", key.id);
    let signature = hex(&hmac(Hash::Sha256, key.secret.as_bytes(), signed.as_bytes()));
    format!(
        "X-BAPI-API-KEY: {}\r\nX-BAPI-TIMESTAMP: {at_ms}\r\nX-BAPI-RECV-WINDOW: 5000\r\nX-BAPI-SIGN: {signature}\r\n",
        key.id
    )
}

fn parsed((status, body): (u16, String)) -> Value {
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("json")
}

fn get(venue: &mut AtHand, key: ApiKey, path: &str, query: &str) -> Value {
    let headers = headers(key, venue.at_ms(), query);
    parsed(venue.rest("GET", &format!("{path}?{query}"), &headers, ""))
}

fn post(venue: &mut AtHand, key: ApiKey, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let headers = headers(key, venue.at_ms(), &body);
    parsed(venue.rest("POST", path, &headers, &body))
}

fn login(venue: &mut AtHand, session: &mut dyn Session, key: ApiKey) -> String {
    let expires = venue.at_ms() + 10_000;
    let signature = hex(&hmac(Hash::Sha256, key.secret.as_bytes(), format!("GET/realtime{expires}").as_bytes()));
    let text = json!({"op": "auth", "args": [key.id, expires, signature]}).to_string();
    venue.say(session, &text).concat()
}

fn told(venue: &mut AtHand, session: &mut dyn Session) -> Vec<(String, Value)> {
    let parse = |text: String| {
        let said: Value = serde_json::from_str(&text).expect("json");
        (said["topic"].as_str().expect("a topic").to_owned(), said["data"][0].clone())
    };
    venue.told(session).into_iter().map(parse).collect()
}

/// A linear order far below the market: it rests.
fn resting(venue: &AtHand, id: &str) -> Value {
    let listing = venue.exchange.floor.listings.iter().find(|l| l.category() == "linear").expect("a contract");
    let px = listing.instrument.grid.price_text(engine_model::units::Ticks(listing.start_px.0 / 2));
    json!({"category": "linear", "symbol": listing.name(), "side": "Buy", "orderType": "Limit", "qty": "0.010",
        "price": px, "timeInForce": "GTC", "orderLinkId": id})
}

fn on_line(venue: &AtHand, op: &str, asked: &Value) -> String {
    json!({"reqId": "7", "header": {"X-BAPI-TIMESTAMP": venue.at_ms().to_string(), "X-BAPI-RECV-WINDOW": "5000"},
        "op": op, "args": [asked]})
    .to_string()
}

#[test]
fn a_request_is_proven_by_key_time_and_signature() {
    let mut venue = venue();
    let query = "accountType=UNIFIED";
    let path = format!("/v5/account/wallet-balance?{query}");
    let mut code = |headers: String| parsed(venue.rest("GET", &path, &headers, ""))["retCode"].as_u64();
    assert_eq!(code(headers(TRADER, START_MS, query)), Some(0));
    assert_eq!(code(headers(TRADER, START_MS - 5_001, query)), Some(10_002));
    assert_eq!(code(headers(TRADER, START_MS + 1_000, query)), Some(10_002));
    assert_eq!(code(headers(TRADER, START_MS, "accountType=SPOT")), Some(10_004));
    assert_eq!(code(headers(ApiKey { id: "nobody", ..TRADER }, START_MS, query)), Some(10_003));
    assert_eq!(code(headers(ApiKey { secret: "wrong", ..TRADER }, START_MS, query)), Some(10_004));
    assert_eq!(code(String::new()), Some(10_003));
}

#[test]
fn what_a_key_may_do_is_told() {
    let mut venue = venue();
    let mut rights = |key| get(&mut venue, key, "/v5/user/query-api", "")["result"].clone();
    let trader = rights(TRADER);
    assert_eq!((&trader["readOnly"], &trader["permissions"]["Spot"][0]), (&json!(0), &json!("SpotTrade")));
    assert_eq!(trader["ips"], json!(["127.0.0.1"]));
    assert_eq!(rights(READER)["readOnly"], json!(1));
    assert_eq!(rights(WITHDRAWER)["permissions"]["Wallet"], json!(["AccountTransfer", "Withdraw"]));
}

#[test]
fn a_line_hears_what_it_asked_for_once_it_is_logged_in() {
    let mut venue = venue();
    let mut private = venue.open("/v5/private");
    let subscribe = r#"{"op":"subscribe","args":["order","execution","position","wallet","dcp.future"]}"#;
    assert!(venue.say(&mut *private, subscribe)[0].contains(r#""success":false,"ret_msg":"error:Request not auth"#));
    let wrong = ApiKey { secret: "wrong", ..TRADER };
    assert!(login(&mut venue, &mut *private, wrong).contains(r#""success":false,"ret_msg":"error:Invalid sign""#));
    let late = format!(r#"{{"op":"auth","args":["{}",{START_MS},"x"]}}"#, TRADER.id);
    assert!(venue.say(&mut *private, &late)[0].contains("Invalid sign"));
    let welcome = r#"{"success":true,"ret_msg":"","op":"auth","req_id":"","conn_id":"simulated-00007"}"#;
    assert_eq!(login(&mut venue, &mut *private, TRADER), welcome);
    assert!(venue.say(&mut *private, subscribe)[0].starts_with(r#"{"success":true,"ret_msg":"","op":"subscribe""#));
    assert!(venue.say(&mut *private, r#"{"op":"subscribe","args":["nope"]}"#)[0].contains("handler not found"));
    assert!(venue.say(&mut *private, r#"{"op":"ping"}"#)[0].contains(r#""op":"pong","args":["1750000000000"]"#));

    let order = resting(&venue, "R1-2-3");
    let placed = post(&mut venue, TRADER, "/v5/order/create", &order);
    assert_eq!((&placed["retCode"], &placed["result"]["orderLinkId"]), (&json!(0), &json!("R1-2-3")));
    let news = told(&mut venue, &mut *private);
    let (topic, row) = &news[0];
    assert_eq!((topic.as_str(), &row["orderStatus"], &row["price"]), ("order", &json!("New"), &order["price"]));
    assert_eq!((&row["orderId"], &row["qty"]), (&placed["result"]["orderId"], &json!("0.010")));
    assert_eq!(news.len(), 2, "and money is bound: {news:?}");
}

#[test]
fn orders_are_entered_changed_and_withdrawn_on_the_trade_line() {
    let mut venue = venue();
    let (mut trade, mut private) = (venue.open("/v5/trade"), venue.open("/v5/private"));
    let mut say = |venue: &mut AtHand, op: &str, asked: &Value| -> Value {
        let text = on_line(venue, op, asked);
        serde_json::from_str(&venue.say(&mut *trade, &text).concat()).expect("json")
    };
    let order = resting(&venue, "R1-2-3");
    assert_eq!(say(&mut venue, "order.create", &order)["retCode"], json!(10_004), "not logged in");
    let key = TRADER;
    let expires = venue.at_ms() + 10_000;
    let signature = hex(&hmac(Hash::Sha256, key.secret.as_bytes(), format!("GET/realtime{expires}").as_bytes()));
    let auth = json!({"op": "auth", "args": [key.id, expires, signature]}).to_string();
    let mut trade = venue.open("/v5/trade");
    assert!(venue.say(&mut *trade, &auth)[0].starts_with(r#"{"retCode":0,"retMsg":"OK","op":"auth""#));
    login(&mut venue, &mut *private, TRADER);
    venue.say(&mut *private, r#"{"op":"subscribe","args":["order"]}"#);
    let mut say = |venue: &mut AtHand, op: &str, asked: &Value| -> Value {
        let text = on_line(venue, op, asked);
        serde_json::from_str(&venue.say(&mut *trade, &text).concat()).expect("json")
    };
    let said = say(&mut venue, "order.create", &order);
    assert_eq!((&said["reqId"], &said["retCode"], &said["op"]), (&json!("7"), &json!(0), &json!("order.create")));
    assert_eq!((&said["header"]["X-Bapi-Limit"], &said["header"]["X-Bapi-Limit-Status"]), (&json!("10"), &json!("9")));
    assert_eq!(say(&mut venue, "order.create", &order)["retCode"], json!(110_072), "the id is in use");
    let mut change = order.clone();
    change["qty"] = json!("0.020");
    assert_eq!(say(&mut venue, "order.amend", &change)["retCode"], json!(0));
    assert_eq!(say(&mut venue, "order.cancel", &order)["retCode"], json!(0));
    assert_eq!(say(&mut venue, "order.cancel", &order)["retCode"], json!(110_001));
    let states: Vec<_> = told(&mut venue, &mut *private)
        .into_iter()
        .map(|(_, row)| (row["orderStatus"].clone(), row["qty"].clone(), row["rejectReason"].clone()))
        .collect();
    let state = |status: &str, qty: &str, reason: &str| (json!(status), json!(qty), json!(reason));
    let expected = [
        state("New", "0.010", "EC_NoError"),
        state("New", "0.020", "EC_NoError"),
        state("Cancelled", "0.020", "EC_PerCancelRequest"),
    ];
    assert_eq!(states, expected);
}

#[test]
fn what_may_not_be_is_refused_in_the_codes_of_the_market() {
    let mut venue = venue();
    let order = resting(&venue, "");
    let with = |name: &str, value: &str| {
        let mut order = order.clone();
        order[name] = json!(value);
        order
    };
    for (asked, key, code) in [
        (order.clone(), READER, 10_005),
        (with("qty", "0.0105"), TRADER, 10_001),
        (with("price", "-1"), TRADER, 110_003),
        (with("symbol", "NOPE"), TRADER, 10_001),
        (with("timeInForce", "GTD"), TRADER, 10_001),
        (with("qty", "900.000"), TRADER, 110_007),
    ] {
        let said = post(&mut venue, key, "/v5/order/create", &asked);
        assert_eq!(said["retCode"], json!(code), "{asked}");
        venue.pass_ms(1_000);
    }
    let absent = json!({"category": "spot", "symbol": "BTCUSDT", "orderLinkId": "R9-9-9"});
    assert_eq!(post(&mut venue, TRADER, "/v5/order/cancel", &absent)["retCode"], json!(170_213));
    let mut reduce = order.clone();
    reduce["reduceOnly"] = json!(true);
    assert_eq!(post(&mut venue, TRADER, "/v5/order/create", &reduce)["retCode"], json!(110_017));
    venue.pass_ms(1_000);
    let codes: Vec<_> =
        (0..11).map(|_| post(&mut venue, TRADER, "/v5/order/create", &order)["retCode"].clone()).collect();
    assert_eq!((&codes[9], &codes[10]), (&json!(0), &json!(10_006)), "10 in a second");
}

#[test]
fn a_taker_is_told_its_executions_its_position_and_its_money() {
    let mut venue = venue();
    let mut private = venue.open("/v5/private");
    login(&mut venue, &mut *private, TRADER);
    venue.say(&mut *private, r#"{"op":"subscribe","args":["order","execution","position","wallet"]}"#);
    let instrument = venue.exchange.floor.listings.iter().position(|l| l.category() == "linear").expect("a contract");
    let ask = venue.exchange.floor.book(instrument).best(Side::Sell);
    let mut order = resting(&venue, "R1-2-4");
    order["orderType"] = json!("Market");
    order["qty"] = json!("0.001");
    assert_eq!(post(&mut venue, TRADER, "/v5/order/create", &order)["retCode"], json!(0));
    let news = told(&mut venue, &mut *private);
    let of = |topic: &str| &news.iter().find(|(name, _)| name == topic).expect(topic).1;
    let listing = &venue.exchange.floor.listings[instrument];
    let fill = of("execution");
    assert_eq!(fill["execPrice"], json!(listing.instrument.grid.price_text(ask.px)));
    assert_eq!(
        (&fill["execQty"], &fill["isMaker"], &fill["execType"]),
        (&json!("0.001"), &json!(false), &json!("Trade"))
    );
    assert_eq!((&of("position")["side"], &of("position")["size"]), (&json!("Buy"), &json!("0.001")));
    assert!(of("wallet")["coin"][0]["walletBalance"].as_str().is_some_and(|text| text.starts_with("99999")));
    let symbol = order["symbol"].as_str().expect("text");
    let query = format!("category=linear&symbol={symbol}&orderLinkId=R1-2-4");
    let rows = get(&mut venue, TRADER, "/v5/order/realtime", &query)["result"]["list"].clone();
    assert_eq!(rows[0]["orderStatus"], json!("Filled"));
    let fills = get(&mut venue, TRADER, "/v5/execution/list", &format!("category=linear&symbol={symbol}&startTime=0"));
    assert_eq!(
        fills["result"]["list"][0]["execId"],
        news.iter().find(|(name, _)| name == "execution").expect("one").1["execId"]
    );
    let held = get(&mut venue, TRADER, "/v5/position/list", "category=linear&settleCoin=USDT");
    assert_eq!(held["result"]["list"][0]["size"], json!("0.001"));
    let absent =
        get(&mut venue, TRADER, "/v5/order/realtime", &format!("category=linear&symbol={symbol}&orderLinkId=R9-9-9"));
    assert_eq!(absent["result"]["list"], json!([]));
}

#[test]
fn a_post_only_order_that_would_take_is_taken_in_and_withdrawn_at_once() {
    let mut venue = venue();
    let mut private = venue.open("/v5/private");
    login(&mut venue, &mut *private, TRADER);
    venue.say(&mut *private, r#"{"op":"subscribe","args":["order"]}"#);
    let mut order = resting(&venue, "R1-2-5");
    order["timeInForce"] = json!("PostOnly");
    let listing = venue.exchange.floor.listings.iter().find(|l| l.category() == "linear").expect("a contract");
    let px = engine_model::units::Ticks(listing.start_px.0 + listing.start_px.0 / 50);
    order["price"] = json!(listing.instrument.grid.price_text(px));
    assert_eq!(post(&mut venue, TRADER, "/v5/order/create", &order)["retCode"], json!(0));
    let last = told(&mut venue, &mut *private).pop().expect("news").1;
    assert_eq!(
        (&last["orderStatus"], &last["rejectReason"]),
        (&json!("Cancelled"), &json!("EC_PostOnlyWillTakeLiquidity"))
    );
}

#[test]
fn all_orders_are_withdrawn_on_request_or_when_the_last_line_is_lost_for_long() {
    let mut venue = venue();
    let open = |venue: &mut AtHand| venue.exchange.accounts.open(0, None).len();
    let order = |venue: &mut AtHand, id: &str| {
        let order = resting(venue, id);
        assert_eq!(post(venue, TRADER, "/v5/order/create", &order)["retCode"], json!(0));
        order
    };
    let first = order(&mut venue, "R1-1-1");
    order(&mut venue, "R1-1-2");
    let of = json!({"category": "linear", "symbol": first["symbol"]});
    let said = post(&mut venue, TRADER, "/v5/order/cancel-all", &of);
    assert_eq!((said["result"]["list"].as_array().map(Vec::len), open(&mut venue)), (Some(2), 0));

    let product = |seconds: u64| json!({"product": "DERIVATIVES", "timeWindow": seconds});
    assert_eq!(post(&mut venue, TRADER, "/v5/order/disconnected-cancel-all", &product(2))["retCode"], json!(10_001));
    assert_eq!(post(&mut venue, TRADER, "/v5/order/disconnected-cancel-all", &product(3))["retCode"], json!(0));
    let listen = |venue: &mut AtHand| {
        let mut line = venue.open("/v5/private");
        login(venue, &mut *line, TRADER);
        venue.say(&mut *line, r#"{"op":"subscribe","args":["dcp.future"]}"#);
        line
    };
    let lines = [listen(&mut venue), listen(&mut venue)];
    order(&mut venue, "R1-1-3");
    let [one, other] = lines;
    venue.close(one);
    venue.pass_ms(4_000);
    assert_eq!(open(&mut venue), 1, "another line listens");
    venue.close(other);
    venue.pass_ms(2_000);
    let back = listen(&mut venue);
    venue.pass_ms(4_000);
    assert_eq!(open(&mut venue), 1, "it came back in time");
    venue.close(back);
    venue.pass_ms(3_100);
    assert_eq!(open(&mut venue), 0);
    order(&mut venue, "R1-1-4");
    let mut left = listen(&mut venue);
    venue.say(&mut *left, r#"{"op":"unsubscribe","args":["dcp.future"]}"#);
    venue.close(left);
    venue.pass_ms(4_000);
    assert_eq!(open(&mut venue), 1, "the line had said that it listens no more");
}

#[test]
fn a_fault_of_the_service_is_said_as_the_venue_does() {
    let mut venue = venue();
    let fault = |status, acted| OrderFault::Status { status, acted };
    let order = resting(&venue, "R1-1-1");
    let body = order.to_string();
    let headers = headers(TRADER, venue.at_ms(), &body);
    venue.exchange.mishaps.arm_order(fault(503, true));
    assert_eq!(venue.rest("POST", "/v5/order/create", &headers, &body).0, 503);
    assert_eq!(venue.exchange.accounts.open(0, None).len(), 1, "it was done all the same");
    let mut trade = venue.open("/v5/trade");
    login(&mut venue, &mut *trade, TRADER);
    for (status, code) in [(503, 10_016), (429, 10_006)] {
        venue.exchange.mishaps.arm_order(fault(status, false));
        let text = on_line(&venue, "order.cancel", &order);
        assert!(venue.say(&mut *trade, &text)[0].contains(&format!(r#""retCode":{code},"#)), "{status}");
    }
    assert_eq!(venue.exchange.accounts.open(0, None).len(), 1);
}

#[test]
fn a_long_list_comes_in_pages_newest_first() {
    let mut venue = venue();
    for id in 1..=5 {
        let order = resting(&venue, &format!("R1-1-{id}"));
        assert_eq!(post(&mut venue, TRADER, "/v5/order/create", &order)["retCode"], json!(0));
    }
    let symbol = resting(&venue, "")["symbol"].as_str().expect("text").to_owned();
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    for _ in 0..3 {
        let query = format!("category=linear&symbol={symbol}&limit=2{cursor}");
        let page = get(&mut venue, TRADER, "/v5/order/realtime", &query)["result"].clone();
        let rows = page["list"].as_array().expect("rows").clone();
        seen.extend(rows.iter().map(|row| row["orderLinkId"].as_str().expect("ours").to_owned()));
        cursor = format!("&cursor={}", page["nextPageCursor"].as_str().expect("a cursor"));
    }
    assert_eq!(
        (seen, cursor.as_str()),
        (["R1-1-5", "R1-1-4", "R1-1-3", "R1-1-2", "R1-1-1"].map(String::from).to_vec(), "&cursor=")
    );
}
