//! Kraken Futures' private side with a client that signs for itself.

use super::signed;
use crate::account::{ApiKey, READER, TRADER, WITHDRAWER};
use crate::at_hand::AtHand;
use crate::protocol::Session;
use engine_model::units::Ticks;
use engine_model::venue::VenueId;
use serde_json::{Value, json};

fn venue() -> AtHand {
    AtHand::new(VenueId::KrakenFutures, 1_750_000_000_000)
}

fn headers(key: ApiKey, path: &str, parameters: &str) -> String {
    let path = path.strip_prefix("/derivatives").unwrap_or(path);
    let authent = signed(key, format!("{parameters}1750000000000{path}").as_bytes());
    format!("APIKey: {}\r\nNonce: 1750000000000\r\nAuthent: {authent}\r\n", key.id)
}

fn json_of(said: &str) -> Value {
    serde_json::from_str(said).expect("json")
}

fn post(venue: &mut AtHand, key: ApiKey, route: &str, body: &str) -> Value {
    let path = format!("/derivatives/api/v3/{route}");
    let (status, said) = venue.rest("POST", &path, &headers(key, &path, body), body);
    assert_eq!(status, 200);
    json_of(&said)
}

fn get(venue: &mut AtHand, key: ApiKey, path: &str, query: &str) -> Value {
    let whole = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    json_of(&venue.rest("GET", &whole, &headers(key, path, query), "").1)
}

fn list(venue: &mut AtHand, route: &str) -> Value {
    get(venue, TRADER, &format!("/derivatives/api/v3/{route}"), "")
}

/// An order far below the market: it rests.
fn resting(venue: &AtHand, id: &str) -> String {
    let listing = venue.exchange.floor.listings.iter().find(|l| l.name() == "PF_XBTUSD").expect("listed");
    let px = listing.instrument.grid.price_text(Ticks(listing.start_px.0 / 2));
    format!("orderType=lmt&symbol=PF_XBTUSD&side=buy&size=0.0100&limitPrice={px}&cliOrdId={id}")
}

fn say(venue: &mut AtHand, session: &mut dyn Session, message: &Value) -> Vec<Value> {
    venue.say(session, &message.to_string()).iter().map(|said| json_of(said)).collect()
}

fn told(venue: &mut AtHand, session: &mut dyn Session) -> Vec<Value> {
    venue.told(session).iter().map(|said| json_of(said)).collect()
}

/// A socket that listens to all.
fn line(venue: &mut AtHand) -> Box<dyn Session> {
    let mut session = venue.open("/ws/v1");
    let challenge = say(venue, &mut *session, &json!({"event": "challenge", "api_key": TRADER.id})).remove(0);
    let words = challenge["message"].as_str().expect("words").to_owned();
    for feed in ["open_orders", "fills", "open_positions", "balances"] {
        let answer = signed(TRADER, words.as_bytes());
        let said = say(
            venue,
            &mut *session,
            &json!({"event": "subscribe", "feed": feed, "api_key": TRADER.id, "original_challenge": words,
                "signed_challenge": answer}),
        );
        assert_eq!((&said[0]["event"], &said[0]["feed"]), (&json!("subscribed"), &json!(feed)));
        assert!(said[1]["feed"].as_str().expect("a feed").starts_with(feed));
    }
    session
}

#[test]
fn a_request_is_proven_by_key_and_signature_over_what_came() {
    let mut venue = venue();
    let path = "/derivatives/api/v3/openorders";
    let mut error = |headers: String| json_of(&venue.rest("GET", path, &headers, "").1)["error"].clone();
    assert_eq!(error(headers(TRADER, path, "")), Value::Null);
    assert_eq!(error(headers(TRADER, path, "x=1")), json!("authenticationError"));
    assert_eq!(error(headers(ApiKey { id: "nobody", ..TRADER }, path, "")), json!("authenticationError"));
    assert_eq!(error(headers(ApiKey { secret: READER.secret, ..TRADER }, path, "")), json!("authenticationError"));
    let rights = "/api/auth/v1/api-keys/v3/check";
    assert_eq!(venue.rest("GET", rights, &headers(ApiKey { id: "nobody", ..TRADER }, rights, ""), "").0, 401);
    let mut may = |key| get(&mut venue, key, rights, "")["permissions"].clone();
    assert_eq!(may(TRADER), json!({"general": "FULL_ACCESS", "transfer": "NO_ACCESS"}));
    assert_eq!(may(READER), json!({"general": "READ_ONLY", "transfer": "NO_ACCESS"}));
    assert_eq!(may(WITHDRAWER), json!({"general": "FULL_ACCESS", "transfer": "FULL_ACCESS"}));
}

#[test]
fn only_the_signature_of_its_own_challenge_opens_a_socket() {
    let mut venue = venue();
    let mut session = venue.open("/ws/v1");
    let open = json!({"event": "subscribe", "feed": "fills", "api_key": TRADER.id, "original_challenge": "mine",
        "signed_challenge": signed(TRADER, b"mine")});
    assert_eq!(say(&mut venue, &mut *session, &open)[0]["event"], json!("subscribed_failed"));
    assert!(!session.is_private());
    let public = r#"{"event":"subscribe","feed":"book","product_ids":["PF_XBTUSD"]}"#;
    let (listings, mut teller) = venue.exchange.teller(0);
    assert_eq!(session.private(public, listings, &mut teller), None, "that is everyone's");
    assert!(line(&mut venue).is_private());
}

#[test]
fn an_order_is_told_from_its_entry_to_its_end() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let body = resting(&venue, "R1-7-1");
    let said = post(&mut venue, TRADER, "sendorder", &body);
    assert_eq!(said["sendStatus"]["status"], json!("placed"));
    assert_eq!(said["sendStatus"]["orderEvents"][0]["order"]["cliOrdId"], json!("R1-7-1"));
    let rows = told(&mut venue, &mut *session);
    let order = rows.iter().find(|row| row["feed"] == "open_orders").expect("told");
    assert_eq!((&order["reason"], &order["order"]["qty"]), (&json!("new_placed_order_by_user"), &json!(0.01)));
    let px = body.split("limitPrice=").nth(1).and_then(|rest| rest.split('&').next()).expect("a price");
    let edit = format!("cliOrdId=R1-7-1&size=0.0200&limitPrice={px}");
    assert_eq!(post(&mut venue, TRADER, "editorder", &edit)["editStatus"]["status"], json!("edited"));
    assert_eq!(list(&mut venue, "openorders")["openOrders"][0]["unfilledSize"], json!(0.02));
    let status = post(&mut venue, TRADER, "orders/status", "cliOrdIds=R1-7-1");
    assert_eq!(status["orders"][0]["status"], json!("ENTERED_BOOK"));
    told(&mut venue, &mut *session);
    let canceled = post(&mut venue, TRADER, "cancelorder", "cliOrdId=R1-7-1");
    assert_eq!(canceled["cancelStatus"]["orderEvents"][0]["order"]["filled"], json!(0.0));
    let rows = told(&mut venue, &mut *session);
    let end = rows.iter().find(|row| row["feed"] == "open_orders").expect("told");
    assert_eq!((&end["is_cancel"], &end["cli_ord_id"], &end["order"]), (&json!(true), &json!("R1-7-1"), &Value::Null));
    assert_eq!(list(&mut venue, "openorders")["openOrders"], json!([]));
    let again = post(&mut venue, TRADER, "cancelorder", "cliOrdId=R1-7-1");
    assert_eq!(again["cancelStatus"]["status"], json!("notFound"));
}

#[test]
fn one_that_takes_is_told_of_as_executions_alone() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let market = "orderType=mkt&symbol=PF_XBTUSD&side=buy&size=0.0100&cliOrdId=R1-7-2";
    let said = post(&mut venue, TRADER, "sendorder", market);
    assert_eq!(said["sendStatus"]["orderEvents"][0]["type"], json!("EXECUTION"));
    let rows = told(&mut venue, &mut *session);
    assert!(rows.iter().all(|row| row["feed"] != "open_orders"), "{rows:?}");
    let fill = rows.iter().find(|row| row["feed"] == "fills").expect("told")["fills"][0].clone();
    assert_eq!(
        (&fill["fill_type"], &fill["fee_currency"], &fill["buy"]),
        (&json!("taker"), &json!("USD"), &json!(true))
    );
    let listed = list(&mut venue, "fills")["fills"].clone();
    assert_eq!((&listed[0]["cliOrdId"], &listed[0]["fee_paid"]), (&json!("R1-7-2"), &Value::Null));
    let before = listed
        .as_array()
        .and_then(|rows| rows.last())
        .map(|row| row["fillTime"].as_str().expect("a time").to_owned())
        .expect("a row");
    let earlier = get(&mut venue, TRADER, "/derivatives/api/v3/fills", &format!("lastFillTime={before}"));
    assert_eq!(earlier["fills"], json!([]));
    assert_eq!(list(&mut venue, "openpositions")["openPositions"][0]["side"], json!("long"));
    let accounts = list(&mut venue, "accounts")["accounts"].clone();
    assert_eq!(
        (&accounts["flex"]["type"], &accounts["fi_xbtusd"]["currency"]),
        (&json!("multiCollateralMarginAccount"), &json!("xbt"))
    );
}

#[test]
fn what_cannot_be_is_refused_in_the_venues_words() {
    let mut venue = venue();
    let body = |id: &str, from: &str, to: &str| resting(&venue, id).replace(from, to);
    let orders = [
        (body("a", "orderType=lmt", "orderType=wish"), "error", "invalidArgument"),
        (body("b", "PF_XBTUSD", "PF_NOPEUSD"), "error", "invalidArgument"),
        (body("c", "&side=buy", ""), "error", "requiredArgumentMissing"),
        (body("d", "limitPrice=", "limitPrice=0.5"), "status", "invalidPrice"),
        (body("e", "size=0.0100", "size=0.00001"), "status", "invalidSize"),
        (body("f", "size=0.0100", "size=1000.0"), "status", "insufficientAvailableFunds"),
        (body("g", "&cliOrdId", "&reduceOnly=true&cliOrdId"), "status", "wouldNotReducePosition"),
    ];
    for (body, place, word) in orders {
        let said = post(&mut venue, TRADER, "sendorder", &body);
        let told = if place == "error" { &said["error"] } else { &said["sendStatus"]["status"] };
        assert_eq!(*told, json!(word), "{body}");
    }
    let body = resting(&venue, "h");
    assert_eq!(post(&mut venue, READER, "sendorder", &body)["error"], json!("authenticationError"));
    assert_eq!(post(&mut venue, TRADER, "sendorder", &body)["sendStatus"]["status"], json!("placed"));
    let twice = post(&mut venue, TRADER, "sendorder", &body);
    assert_eq!(twice["sendStatus"]["status"], json!("clientOrderIdAlreadyExist"));
    let edit = post(&mut venue, TRADER, "editorder", "cliOrdId=nobody&size=0.01&limitPrice=30000");
    assert_eq!(edit["editStatus"]["status"], json!("orderForEditNotFound"));
}

#[test]
fn all_orders_go_at_a_word_or_when_nobody_speaks() {
    let mut venue = venue();
    for id in ["a", "b"] {
        let body = resting(&venue, id);
        post(&mut venue, TRADER, "sendorder", &body);
    }
    let gone = post(&mut venue, TRADER, "cancelallorders", "symbol=pf_xbtusd");
    assert_eq!(gone["cancelStatus"]["cancelledOrders"].as_array().map(Vec::len), Some(2));
    let gone = post(&mut venue, TRADER, "cancelallorders", "");
    assert_eq!(gone["cancelStatus"]["status"], json!("noOrdersToCancel"));
    let body = resting(&venue, "c");
    post(&mut venue, TRADER, "sendorder", &body);
    assert_eq!(post(&mut venue, READER, "cancelallordersafter", "timeout=60")["error"], json!("authenticationError"));
    assert!(post(&mut venue, TRADER, "cancelallordersafter", "timeout=60")["status"]["triggerTime"].is_string());
    let due_ns = venue.exchange.accounts.next_at_ns();
    venue.exchange.accounts.pass_time(due_ns - 1);
    assert_eq!(list(&mut venue, "openorders")["openOrders"].as_array().map(Vec::len), Some(1));
    venue.exchange.accounts.pass_time(due_ns);
    assert_eq!(list(&mut venue, "openorders")["openOrders"], json!([]));
}

#[test]
fn costs_are_counted_as_the_venue_counts_them() {
    let mut venue = venue();
    let refused = (1..=301)
        .find(|_| post(&mut venue, TRADER, "cancelorder", "cliOrdId=nobody")["error"] == json!("apiLimitExceeded"));
    // 50 by the account's own rule.
    assert!(refused.is_some_and(|count| count <= 51), "{refused:?}");
}
