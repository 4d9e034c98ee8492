//! Kraken's private side with a client that signs for itself.

use crate::account::{ApiKey, READER, TRADER, WITHDRAWER};
use crate::at_hand::AtHand;
use crate::proof::{Hash, base64, digest, from_base64, hmac};
use crate::protocol::Session;
use engine_model::units::Ticks;
use engine_model::venue::VenueId;
use serde_json::{Value, json};

fn venue() -> AtHand {
    AtHand::new(VenueId::Kraken, 1_750_000_000_000)
}

fn headers(key: ApiKey, path: &str, nonce: u64, body: &str) -> String {
    let hash = digest(Hash::Sha256, format!("{nonce}{body}").as_bytes());
    let secret = from_base64(key.secret).expect("base64");
    let signature = base64(&hmac(Hash::Sha512, &secret, &[path.as_bytes(), &hash].concat()));
    format!("API-Key: {}\r\nAPI-Sign: {signature}\r\n", key.id)
}

fn post(venue: &mut AtHand, key: ApiKey, method: &str, nonce: u64, rest: &str) -> Value {
    let (path, body) = (format!("/0/private/{method}"), format!("nonce={nonce}{rest}"));
    let (status, said) = venue.rest("POST", &path, &headers(key, &path, nonce, &body), &body);
    assert_eq!(status, 200);
    serde_json::from_str(&said).expect("json")
}

fn say(venue: &mut AtHand, session: &mut dyn Session, method: &str, params: &Value) -> Vec<Value> {
    let text = json!({"method": method, "params": params, "req_id": 7}).to_string();
    venue.say(session, &text).iter().map(|said| serde_json::from_str(said).expect("json")).collect()
}

fn told(venue: &mut AtHand, session: &mut dyn Session) -> Vec<Value> {
    venue.told(session).iter().map(|said| serde_json::from_str(said).expect("json")).collect()
}

fn token(venue: &mut AtHand, key: ApiKey, nonce: u64) -> String {
    let said = post(venue, key, "GetWebSocketsToken", nonce, "");
    said["result"]["token"].as_str().expect("a token").to_owned()
}

/// A line that listens to all, and its token.
fn line(venue: &mut AtHand) -> (Box<dyn Session>, String) {
    let token = token(venue, TRADER, 1);
    let mut session = venue.open("/v2");
    for channel in ["executions", "balances"] {
        let said = say(venue, &mut *session, "subscribe", &json!({"channel": channel, "token": token}));
        assert_eq!((&said[0]["success"], &said[0]["result"]["channel"]), (&json!(true), &json!(channel)));
        assert_eq!((&said[1]["type"], &said[1]["sequence"]), (&json!("snapshot"), &json!(1)));
    }
    (session, token)
}

/// An order far below the market: it rests.
fn resting(venue: &AtHand, token: &str, id: &str) -> Value {
    let listing = venue.exchange.floor.listings.iter().find(|l| l.name() == "BTC/USD").expect("listed");
    let px = listing.instrument.grid.price_text(Ticks(listing.start_px.0 / 2)).parse::<f64>().expect("a number");
    json!({"order_type": "limit", "side": "buy", "order_qty": 0.01, "symbol": "BTC/USD", "limit_price": px,
        "cl_ord_id": id, "token": token})
}

fn problem(said: &[Value]) -> &str {
    said[0]["error"].as_str().unwrap_or_default()
}

#[test]
fn a_request_is_proven_by_key_nonce_and_signature() {
    let mut venue = venue();
    let mut error = |headers: String, body: &str| {
        let said = venue.rest("POST", "/0/private/BalanceEx", &headers, body).1;
        serde_json::from_str::<Value>(&said).expect("json")["error"][0].as_str().unwrap_or_default().to_owned()
    };
    let with = |key, nonce: u64| headers(key, "/0/private/BalanceEx", nonce, &format!("nonce={nonce}"));
    assert_eq!(error(with(TRADER, 5), "nonce=5"), "");
    assert_eq!(error(with(TRADER, 5), "nonce=5"), "EAPI:Invalid nonce");
    assert_eq!(error(with(TRADER, 4), "nonce=4"), "EAPI:Invalid nonce");
    assert_eq!(error(with(TRADER, 6), "nonce=6&x=1"), "EAPI:Invalid signature");
    assert_eq!(error(with(ApiKey { id: "nobody", ..TRADER }, 6), "nonce=6"), "EAPI:Invalid key");
    assert_eq!(error(with(ApiKey { secret: READER.secret, ..TRADER }, 6), "nonce=6"), "EAPI:Invalid signature");
    assert_eq!(error(with(READER, 1), "nonce=1"), "", "each key has nonces of its own");
}

#[test]
fn what_a_key_may_do_is_told() {
    let mut venue = venue();
    let mut may = |key, word: &str| {
        let said = post(&mut venue, key, "GetApiKeyInfo", 1 + word.len() as u64, "");
        said["result"]["permissions"].as_array().expect("words").contains(&json!(word))
    };
    assert!(may(TRADER, "modify-trades") && !may(TRADER, "withdraw-funds"));
    assert!(!may(READER, "modify-trades"));
    assert!(may(WITHDRAWER, "withdraw-funds"));
}

#[test]
fn a_token_opens_a_line_and_nothing_else_does() {
    let mut venue = venue();
    let mut session = venue.open("/v2");
    for method in ["subscribe", "add_order", "cancel_all_orders_after"] {
        let said = say(&mut venue, &mut *session, method, &json!({"channel": "executions", "token": "wrong"}));
        assert_eq!(problem(&said), "ESession:Invalid session", "{method}");
    }
    assert!(!session.is_private());
    let public = r#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}"#;
    let (listings, mut teller) = venue.exchange.teller(0);
    assert_eq!(session.private(public, listings, &mut teller), None, "that is everyone's");
    assert!(line(&mut venue).0.is_private());
}

#[test]
fn an_order_is_told_from_its_entry_to_its_end_under_rising_numbers() {
    let mut venue = venue();
    let (mut session, token) = line(&mut venue);
    let order = resting(&venue, &token, "R0100000700000001");
    let said = say(&mut venue, &mut *session, "add_order", &order);
    let id = said[0]["result"]["order_id"].as_str().expect("an id").to_owned();
    assert_eq!((&said[0]["success"], &said[0]["req_id"]), (&json!(true), &json!(7)));
    let rows = told(&mut venue, &mut *session);
    let kinds: Vec<&str> = rows.iter().map(|said| said["data"][0]["exec_type"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["pending_new", "new"]);
    assert_eq!((&rows[0]["data"][0]["symbol"], &rows[1]["data"][0]["symbol"]), (&json!("BTC/USD"), &Value::Null));
    assert_eq!([&rows[0]["sequence"], &rows[1]["sequence"]], [&json!(2), &json!(3)]);
    let change = json!({"cl_ord_id": "R0100000700000001", "order_qty": 0.02, "token": token});
    assert_eq!(say(&mut venue, &mut *session, "amend_order", &change)[0]["success"], json!(true));
    let row = told(&mut venue, &mut *session).remove(0)["data"][0].clone();
    assert_eq!((&row["exec_type"], &row["order_qty"]), (&json!("amended"), &json!(0.02)));
    let open = post(&mut venue, TRADER, "OpenOrders", 2, "&cl_ord_id=R0100000700000001");
    assert_eq!(open["result"]["open"][&id]["vol"], json!("0.02000000"));
    let cancel = json!({"cl_ord_id": ["R0100000700000001"], "token": token});
    assert_eq!(say(&mut venue, &mut *session, "cancel_order", &cancel)[0]["success"], json!(true));
    assert_eq!(told(&mut venue, &mut *session)[0]["data"][0]["order_status"], json!("canceled"));
    assert_eq!(problem(&say(&mut venue, &mut *session, "cancel_order", &cancel)), "EOrder:Unknown order");
    assert_eq!(post(&mut venue, TRADER, "OpenOrders", 3, "")["result"]["open"], json!({}));
    let closed = post(&mut venue, TRADER, "ClosedOrders", 4, "&cl_ord_id=R0100000700000001");
    assert_eq!(closed["result"]["closed"][&id]["status"], json!("canceled"));
    let asked = post(&mut venue, TRADER, "QueryOrders", 5, &format!("&txid={id}"));
    assert_eq!(asked["result"][&id]["status"], json!("canceled"));
    assert_eq!(post(&mut venue, TRADER, "QueryOrders", 6, "&txid=O-NO-PE")["error"][0], json!("EOrder:Invalid order"));
}

#[test]
fn an_execution_has_one_id_on_the_line_and_by_rest() {
    let mut venue = venue();
    let (mut session, token) = line(&mut venue);
    let mut order = resting(&venue, &token, "R0100000700000001");
    order["order_type"] = json!("market");
    assert_eq!(say(&mut venue, &mut *session, "add_order", &order)[0]["success"], json!(true));
    let rows = told(&mut venue, &mut *session);
    let trades: Vec<&Value> =
        rows.iter().map(|said| &said["data"][0]).filter(|row| row["exec_type"] == json!("trade")).collect();
    let last = rows.iter().rfind(|said| said["channel"] == json!("executions")).expect("news");
    assert_eq!(last["data"][0]["exec_type"], json!("filled"));
    assert!(rows.iter().any(|said| said["channel"] == json!("balances")), "money moved");
    let history = post(&mut venue, TRADER, "TradesHistory", 2, "&start=0&ofs=0");
    assert_eq!(history["result"]["count"], json!(trades.len()));
    for trade in trades {
        let row = &history["result"]["trades"][trade["exec_id"].as_str().expect("an id")];
        assert_eq!((&row["ordertxid"], &row["pair"]), (&trade["order_id"], &json!("XXBTZUSD")));
        assert_eq!((&trade["fees"][0]["asset"], &trade["liquidity_ind"]), (&json!("USD"), &json!("t")));
    }
}

#[test]
fn what_is_wrong_with_an_order_is_said_in_the_words_of_the_venue() {
    let mut venue = venue();
    let (mut session, token) = line(&mut venue);
    let good = resting(&venue, &token, "R0100000700000001");
    let long = json!("R1-473191-12-too-long");
    for (field, value, told) in [
        ("order_qty", json!(1), "order_qty must be a number_float"),
        ("limit_price", json!("30000.0"), "limit_price must be a number_float"),
        ("symbol", json!("WWW/USD"), "Currency pair not supported WWW/USD"),
        ("order_qty", json!(0.000_000_01), "EOrder:Cost minimum not met"),
        ("limit_price", json!(30_000.017), "EOrder:Tick size check failed"),
        ("order_qty", json!(1_000.5), "EOrder:Insufficient funds"),
        ("cl_ord_id", long, "EGeneral:Invalid arguments:cl_ord_id"),
        ("time_in_force", json!("gfd"), "EGeneral:Invalid arguments:timeinforce"),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let said = say(&mut venue, &mut *session, "add_order", &bad);
        assert_eq!((problem(&said), &said[0]["success"]), (told, &json!(false)), "{field}");
    }
    let reads = self::token(&mut venue, READER, 1);
    let order = resting(&venue, &reads, "x");
    let said = say(&mut venue, &mut *session, "add_order", &order);
    assert_eq!(problem(&said), "EGeneral:Permission denied");
}

#[test]
fn the_switch_withdraws_everything_unless_it_is_told_again() {
    let mut venue = venue();
    let (mut session, token) = line(&mut venue);
    let order = resting(&venue, &token, "R0100000700000001");
    say(&mut venue, &mut *session, "add_order", &order);
    let mut arm = |venue: &mut AtHand, seconds: u64| {
        let params = json!({"timeout": seconds, "token": token});
        assert_eq!(say(venue, &mut *session, "cancel_all_orders_after", &params)[0]["success"], json!(true));
    };
    let open = |venue: &mut AtHand, nonce| {
        post(venue, TRADER, "OpenOrders", nonce, "")["result"]["open"].as_object().expect("orders").len()
    };
    arm(&mut venue, 60);
    venue.pass_ms(50_000);
    arm(&mut venue, 60);
    venue.pass_ms(50_000);
    assert_eq!(open(&mut venue, 2), 1);
    arm(&mut venue, 0);
    venue.pass_ms(90_000);
    assert_eq!(open(&mut venue, 3), 1, "turned off");
    arm(&mut venue, 60);
    venue.pass_ms(61_000);
    assert_eq!(open(&mut venue, 4), 0);
}
