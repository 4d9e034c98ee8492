//! Coinbase's private side with a client that signs for itself.

use crate::account::{ApiKey, READER_P256, TRADER_P256, WITHDRAWER_P256};
use crate::at_hand::AtHand;
use crate::proof::{base64, es256};
use crate::protocol::Session;
use engine_model::units::Ticks;
use engine_model::venue::VenueId;
use serde_json::{Value, json};

const START_S: u64 = 1_750_000_000;
const ROOT: &str = "/api/v3/brokerage/";

fn venue() -> AtHand {
    AtHand::new(VenueId::Coinbase, START_S * 1_000)
}

fn coded(bytes: &[u8]) -> String {
    base64(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// A token of that key with these claims.
fn token_of(key: ApiKey, claims: &Value) -> String {
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": key.id, "nonce": "1"}).to_string();
    let signed = format!("{}.{}", coded(header.as_bytes()), coded(claims.to_string().as_bytes()));
    let signature = es256(key.secret, signed.as_bytes()).expect("a key");
    format!("{signed}.{}", coded(&signature))
}

fn claims(key: ApiKey, at_s: u64, uri: Option<&str>) -> Value {
    let mut claims = json!({"iss": "cdp", "sub": key.id, "nbf": at_s, "exp": at_s + 120});
    if let Some(uri) = uri {
        claims["uri"] = json!(uri);
    }
    claims
}

fn rest(venue: &mut AtHand, key: ApiKey, method: &str, target: &str, body: &str) -> (u16, String) {
    let path = target.split('?').next().expect("a path");
    let uri = format!("{method} api.coinbase.com{ROOT}{path}");
    let token = token_of(key, &claims(key, venue.at_ms() / 1_000, Some(&uri)));
    venue.rest(method, &format!("{ROOT}{target}"), &format!("Authorization: Bearer {token}\r\n"), body)
}

fn get(venue: &mut AtHand, target: &str) -> Value {
    serde_json::from_str(&rest(venue, TRADER_P256, "GET", target, "").1).expect("json")
}

fn post(venue: &mut AtHand, target: &str, body: &Value) -> Value {
    serde_json::from_str(&rest(venue, TRADER_P256, "POST", target, &body.to_string()).1).expect("json")
}

fn subscribe(venue: &mut AtHand, session: &mut dyn Session, token: &str) -> Vec<String> {
    venue.say(session, &json!({"type": "subscribe", "channel": "user", "jwt": token}).to_string())
}

/// A line that listens.
fn line(venue: &mut AtHand) -> Box<dyn Session> {
    let mut session = venue.open("/");
    let token = token_of(TRADER_P256, &claims(TRADER_P256, venue.at_ms() / 1_000, None));
    let said = subscribe(venue, &mut *session, &token);
    assert!(said[0].contains(r#""type":"snapshot","orders":[]"#), "{said:?}");
    assert!(said[1].contains(r#"{"subscriptions":{"user":["simulated"]}}"#), "{said:?}");
    session
}

/// Status, quantity executed, number of the text.
fn told(venue: &mut AtHand, session: &mut dyn Session) -> Vec<(String, String, u64)> {
    let parse = |text: String| {
        let said: Value = serde_json::from_str(&text).expect("json");
        let row = &said["events"][0]["orders"][0];
        let word = |name: &str| row[name].as_str().expect("a text").to_owned();
        (word("status"), word("cumulative_quantity"), said["sequence_num"].as_u64().expect("a number"))
    };
    venue.told(session).into_iter().map(parse).collect()
}

/// An order far below the market: it rests.
fn resting(venue: &AtHand, id: &str) -> Value {
    let listing = venue.exchange.floor.listings.iter().find(|l| l.name() == "BTC-USD").expect("listed");
    let px = listing.instrument.grid.price_text(Ticks(listing.start_px.0 / 2));
    json!({"client_order_id": id, "product_id": "BTC-USD", "side": "BUY", "order_configuration":
        {"limit_limit_gtc": {"base_size": "0.01", "limit_price": px, "post_only": false}}})
}

#[test]
fn a_request_is_proven_by_a_token_for_its_address_and_time() {
    let mut venue = venue();
    let good = "GET api.coinbase.com/api/v3/brokerage/accounts";
    let now = claims(TRADER_P256, START_S, Some(good));
    let with = |name: &str, value: Value| {
        let mut claims = now.clone();
        claims[name] = value;
        token_of(TRADER_P256, &claims)
    };
    let stolen = token_of(ApiKey { secret: READER_P256.secret, ..TRADER_P256 }, &now);
    for (token, expected) in [
        (token_of(TRADER_P256, &now), 200),
        (with("uri", json!("POST api.coinbase.com/api/v3/brokerage/orders")), 401),
        (with("exp", json!(START_S + 121)), 401),
        (with("nbf", json!(START_S + 60)), 401),
        (with("sub", json!("somebody")), 401),
        (with("iss", json!("somebody")), 401),
        (token_of(TRADER_P256, &claims(TRADER_P256, START_S - 121, Some(good))), 401),
        (token_of(TRADER_P256, &claims(TRADER_P256, START_S, None)), 401),
        (stolen, 401),
        ("a.b.c".to_owned(), 401),
    ] {
        let headers = format!("Authorization: Bearer {token}\r\n");
        let (status, said) = venue.rest("GET", &format!("{ROOT}accounts"), &headers, "");
        assert_eq!(status, expected, "{said}");
    }
}

#[test]
fn what_a_key_may_do_is_told_and_held_to() {
    let mut venue = venue();
    for (key, trade, transfer) in
        [(TRADER_P256, true, false), (READER_P256, false, false), (WITHDRAWER_P256, true, true)]
    {
        let said: Value = serde_json::from_str(&rest(&mut venue, key, "GET", "key_permissions", "").1).expect("json");
        assert_eq!((&said["can_trade"], &said["can_transfer"]), (&json!(trade), &json!(transfer)), "{}", key.id);
    }
    let order = resting(&venue, "R1-7-1").to_string();
    assert_eq!(rest(&mut venue, READER_P256, "POST", "orders", &order).0, 403);
}

#[test]
fn a_line_hears_orders_from_their_entry_to_their_end_under_rising_numbers() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let order = resting(&venue, "R1-7-1");
    let id = post(&mut venue, "orders", &order)["success_response"]["order_id"].clone();
    let row = |status: &str, number| (status.to_owned(), "0".to_owned(), number);
    let rows = told(&mut venue, &mut *session);
    assert_eq!(rows, [row("PENDING", 0), row("OPEN", 1)]);
    let again = post(&mut venue, "orders", &order);
    assert_eq!((&again["success"], &again["success_response"]["order_id"]), (&json!(true), &id), "the one that has it");
    let edit = json!({"order_id": id, "price": "30000", "size": "0.02"});
    assert_eq!(post(&mut venue, "orders/edit", &edit)["success"], json!(true));
    let one = get(&mut venue, &format!("orders/historical/{}", id.as_str().expect("an id")))["order"].clone();
    let limit = &one["order_configuration"]["limit_limit_gtc"];
    assert_eq!((&limit["base_size"], &limit["limit_price"]), (&json!("0.02"), &json!("30000")));
    let cancel = json!({"order_ids": [id, "nobody"]});
    let results = post(&mut venue, "orders/batch_cancel", &cancel)["results"].clone();
    assert_eq!((&results[0]["success"], &results[1]["success"]), (&json!(true), &json!(false)));
    assert_eq!(results[1]["failure_reason"], json!("UNKNOWN_CANCEL_ORDER"));
    assert_eq!(told(&mut venue, &mut *session), [row("OPEN", 2), row("CANCELLED", 3)]);
    let again = post(&mut venue, "orders/batch_cancel", &json!({"order_ids": [id]}))["results"][0].clone();
    assert_eq!(again["failure_reason"], json!("DUPLICATE_CANCEL_REQUEST"));
    assert_eq!(
        post(&mut venue, "orders/edit", &edit)["errors"][0]["edit_failure_reason"],
        json!("ONLY_OPEN_ORDERS_CAN_BE_EDITED")
    );
}

#[test]
fn a_line_is_opened_by_a_token_that_names_no_address() {
    let mut venue = venue();
    let mut session = venue.open("/");
    let named = token_of(TRADER_P256, &claims(TRADER_P256, START_S, Some("GET api.coinbase.com/")));
    for bad in ["", "a.b.c", &named] {
        let said = subscribe(&mut venue, &mut *session, bad);
        assert_eq!(said, [r#"{"type":"error","message":"authentication failure"}"#]);
    }
    assert!(!session.is_private() && line(&mut venue).is_private());
}

#[test]
fn orders_and_executions_come_page_by_page_newest_first() {
    let mut venue = venue();
    for number in 1..=3 {
        let order = resting(&venue, &format!("R1-7-{number}"));
        post(&mut venue, "orders", &order);
    }
    let mut taker = resting(&venue, "R1-7-4");
    taker["order_configuration"] = json!({"market_market_ioc": {"base_size": "0.01"}});
    let id = post(&mut venue, "orders", &taker)["success_response"]["order_id"].clone();
    let first = get(&mut venue, "orders/historical/batch?order_status=OPEN&product_ids=BTC-USD&limit=2");
    let ids = |page: &Value| -> Vec<String> {
        let rows = page["orders"].as_array().expect("rows").iter();
        rows.map(|row| row["client_order_id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(
        (ids(&first), &first["has_next"], &first["cursor"]),
        (vec!["R1-7-3".into(), "R1-7-2".into()], &json!(true), &json!("2"))
    );
    let second = get(&mut venue, "orders/historical/batch?order_status=OPEN&product_ids=BTC-USD&limit=2&cursor=2");
    assert_eq!((ids(&second), &second["has_next"]), (vec!["R1-7-1".into()], &json!(false)));
    let fills = get(
        &mut venue,
        "orders/historical/fills?product_ids=BTC-USD&start_sequence_timestamp=2025-01-01T00:00:00.000Z",
    );
    let rows = fills["fills"].as_array().expect("rows");
    assert!(
        !rows.is_empty()
            && rows.iter().all(|row| row["order_id"] == id && row["liquidity_indicator"] == json!("TAKER"))
    );
    let later = get(
        &mut venue,
        "orders/historical/fills?product_ids=BTC-USD&start_sequence_timestamp=2035-01-01T00:00:00.000Z",
    );
    assert_eq!(later["fills"], json!([]));
}

#[test]
fn what_is_wrong_with_an_order_is_said_in_the_words_of_the_venue() {
    let mut venue = venue();
    let good = resting(&venue, "R1-7-1");
    let mut with = |change: &dyn Fn(&mut Value)| {
        let mut bad = good.clone();
        change(&mut bad);
        let said = post(&mut venue, "orders", &bad);
        assert_eq!(said["success"], json!(false));
        let error = &said["error_response"];
        let preview = error["preview_failure_reason"].as_str().filter(|word| word.starts_with("PREVIEW_"));
        preview.or(error["error"].as_str()).expect("a word").to_owned()
    };
    let limit = |bad: &mut Value, name: &str, value: &str| {
        bad["order_configuration"]["limit_limit_gtc"][name] = json!(value);
    };
    assert_eq!(with(&|bad| bad["product_id"] = json!("WWW-USD")), "INVALID_PRODUCT_ID");
    assert_eq!(with(&|bad| bad["side"] = json!("buy")), "INVALID_SIDE");
    assert_eq!(with(&|bad| bad["order_configuration"] = json!({"twap": {}})), "UNSUPPORTED_ORDER_CONFIGURATION");
    assert_eq!(with(&|bad| limit(bad, "limit_price", "30000.00000001")), "INVALID_PRICE_PRECISION");
    assert_eq!(with(&|bad| limit(bad, "base_size", "0.0000000000001")), "INVALID_SIZE_PRECISION");
    assert_eq!(with(&|bad| limit(bad, "base_size", "0.00000001")), "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL");
    assert_eq!(with(&|bad| limit(bad, "base_size", "1000")), "INSUFFICIENT_FUND");
}
