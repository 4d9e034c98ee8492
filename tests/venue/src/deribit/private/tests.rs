//! Deribit's private side with a client that signs for itself.

use crate::account::{ApiKey, READER, TRADER, WITHDRAWER};
use crate::at_hand::AtHand;
use crate::proof::{Hash, hex, hmac};
use crate::protocol::Session;
use engine_model::units::Ticks;
use engine_model::venue::VenueId;
use serde_json::{Value, json};

const AT_MS: u64 = 1_750_000_000_000;

fn venue() -> AtHand {
    AtHand::new(VenueId::Deribit, AT_MS)
}

fn signature(key: ApiKey, data: &str) -> String {
    hex(&hmac(Hash::Sha256, key.secret.as_bytes(), format!("{AT_MS}\nn1\n{data}").as_bytes()))
}

fn json_of(said: &str) -> Value {
    serde_json::from_str(said).expect("json")
}

fn get(venue: &mut AtHand, key: ApiKey, method: &str, query: &str) -> Value {
    let address = format!("/api/v2/private/{method}?{query}");
    let sig = signature(key, &format!("GET\n{address}\n\n"));
    let header = format!("Authorization: deri-hmac-sha256 id={},ts={AT_MS},nonce=n1,sig={sig}\r\n", key.id);
    json_of(&venue.rest("GET", &address, &header, "").1)
}

fn say(venue: &mut AtHand, session: &mut dyn Session, method: &str, params: &Value) -> Value {
    let text = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).to_string();
    json_of(&venue.say(session, &text)[0])
}

fn login(key: ApiKey) -> Value {
    json!({"grant_type": "client_signature", "client_id": key.id, "timestamp": AT_MS, "nonce": "n1", "data": "",
        "signature": signature(key, "")})
}

/// A socket that listens to all.
fn line(venue: &mut AtHand) -> Box<dyn Session> {
    let mut session = venue.open("/ws/api/v2");
    assert_eq!(say(venue, &mut *session, "public/auth", &login(TRADER))["result"]["token_type"], json!("bearer"));
    let channels = json!(["user.orders.any.any.raw", "user.trades.any.any.raw", "user.portfolio.any"]);
    let taken = say(venue, &mut *session, "private/subscribe", &json!({"channels": channels}));
    assert_eq!(taken["result"], channels);
    session
}

fn told(venue: &mut AtHand, session: &mut dyn Session) -> Vec<(String, Value)> {
    let of = |said: &String| {
        let params = json_of(said)["params"].clone();
        (params["channel"].as_str().expect("a channel").to_owned(), params["data"].clone())
    };
    venue.told(session).iter().map(of).collect()
}

/// An order far below the market: it rests.
fn resting(venue: &AtHand, label: &str) -> Value {
    let listing = &venue.exchange.floor.listings[0];
    let px = listing.instrument.grid.price_text(Ticks(listing.start_px.0 / 2)).parse::<f64>().expect("a number");
    json!({"instrument_name": "BTC-PERPETUAL", "amount": 100, "type": "limit", "price": px, "label": label})
}

#[test]
fn a_login_and_a_request_are_proven_by_time_and_signature() {
    let mut venue = venue();
    let mut session = venue.open("/ws/api/v2");
    let code = |said: &Value| said["error"]["code"].clone();
    let early = say(&mut venue, &mut *session, "private/get_positions", &json!({"currency": "any"}));
    assert_eq!(code(&early), json!(13_009));
    for (name, value) in [("client_id", json!("nobody")), ("signature", json!("no")), ("timestamp", json!(1))] {
        let mut params = login(TRADER);
        params[name] = value;
        assert_eq!(code(&say(&mut venue, &mut *session, "public/auth", &params)), json!(13_004), "{name}");
    }
    assert!(!session.is_private());
    assert!(line(&mut venue).is_private());
    assert!(get(&mut venue, TRADER, "get_positions", "currency=any")["result"].is_array());
    let other = ApiKey { secret: READER.secret, ..TRADER };
    assert_eq!(code(&get(&mut venue, other, "get_positions", "currency=any")), json!(13_004));
    assert_eq!(
        code(&json_of(&venue.rest("GET", "/api/v2/private/get_positions?currency=any", "", "").1)),
        json!(13_009)
    );
    for (key, has, has_not) in [
        (TRADER, "trade:read_write", "wallet:read_write"),
        (READER, "trade:read ", "trade:read_write"),
        (WITHDRAWER, "wallet:read_write", "wallet:none"),
    ] {
        let said = say(&mut venue, &mut *session, "public/auth", &login(key));
        let scope = said["result"]["scope"].as_str().expect("a scope").to_owned();
        assert!(scope.contains(has) && !scope.contains(has_not), "{scope}");
    }
}

#[test]
fn an_order_is_told_from_its_entry_to_its_end() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let order = resting(&venue, "R1-7-1");
    let said = say(&mut venue, &mut *session, "private/buy", &order);
    let id = said["result"]["order"]["order_id"].as_str().expect("an id").to_owned();
    assert_eq!((&said["id"], &said["result"]["order"]["order_state"]), (&json!(7), &json!("open")));
    let rows = told(&mut venue, &mut *session);
    assert_eq!((rows[0].0.as_str(), &rows[0].1["label"]), ("user.orders.any.any.raw", &json!("R1-7-1")));
    let edit = json!({"order_id": id, "amount": 200, "price": order["price"]});
    assert_eq!(say(&mut venue, &mut *session, "private/edit", &edit)["result"]["order"]["amount"], json!(200.0));
    let open = get(&mut venue, TRADER, "get_open_orders_by_instrument", "instrument_name=BTC-PERPETUAL");
    assert_eq!(open["result"][0]["order_id"], json!(id));
    let by_label = get(&mut venue, TRADER, "get_order_state_by_label", "currency=BTC&label=R1-7-1");
    assert_eq!(by_label["result"][0]["order_id"], json!(id));
    let elsewhere = get(&mut venue, TRADER, "get_order_state_by_label", "currency=USDC&label=R1-7-1");
    assert_eq!(elsewhere["result"], json!([]));
    told(&mut venue, &mut *session);
    let gone = say(&mut venue, &mut *session, "private/cancel", &json!({"order_id": id}));
    assert_eq!(gone["result"]["order_state"], json!("cancelled"));
    assert_eq!(told(&mut venue, &mut *session)[0].1["order_state"], json!("cancelled"));
    let again = say(&mut venue, &mut *session, "private/cancel", &json!({"order_id": id}));
    assert_eq!(again["error"]["code"], json!(11_044));
    let by_label = json!({"label": "R1-7-1", "currency": "BTC"});
    assert_eq!(say(&mut venue, &mut *session, "private/cancel_by_label", &by_label)["result"], json!(0));
}

#[test]
fn an_execution_is_told_with_its_fee_and_found_again() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    let market = json!({"instrument_name": "ETH_USDC-PERPETUAL", "amount": 0.1, "type": "market", "label": "R1-7-2"});
    let said = say(&mut venue, &mut *session, "private/sell", &market);
    let trade = said["result"]["trades"][0].clone();
    assert_eq!((&trade["liquidity"], &trade["fee_currency"]), (&json!("T"), &json!("USDC")));
    let rows = told(&mut venue, &mut *session);
    let pushed = rows.iter().find(|(channel, _)| channel == "user.trades.any.any.raw").expect("told");
    assert_eq!(pushed.1[0], trade);
    let query =
        "instrument_name=ETH_USDC-PERPETUAL&start_timestamp=0&end_timestamp=9999999999999&count=1000&sorting=asc";
    let found = get(&mut venue, TRADER, "get_user_trades_by_instrument_and_time", query);
    assert_eq!((&found["result"]["trades"][0], &found["result"]["has_more"]), (&trade, &json!(false)));
    let of_order = format!("order_id={}&sorting=asc", trade["order_id"].as_str().expect("an id"));
    assert_eq!(get(&mut venue, TRADER, "get_user_trades_by_order", &of_order)["result"][0], trade);
    let held = get(&mut venue, TRADER, "get_positions", "currency=USDC");
    assert_eq!((&held["result"][0]["direction"], &held["result"][0]["size"]), (&json!("sell"), &json!(-0.1)));
    let money = get(&mut venue, TRADER, "get_account_summaries", "extended=false");
    assert!(
        money["result"]["summaries"].as_array().is_some_and(|rows| rows.iter().any(|row| row["currency"] == "USDC"))
    );
}

#[test]
fn what_cannot_be_is_refused_under_its_code() {
    let mut venue = venue();
    let mut session = line(&mut venue);
    for (name, value, code) in [
        ("instrument_name", json!("BTC-NOPE"), 10_020),
        ("type", json!("wish"), -32_602),
        ("price", json!(30000.3), 10_043),
        ("amount", json!(15), 10_021),
        ("amount", json!(60_000_000), 10_009),
        ("reduce_only", json!(true), 11_030),
        ("post_only", json!(true), -32_602),
    ] {
        let mut order = resting(&venue, "x");
        order[name] = value;
        let said = say(&mut venue, &mut *session, "private/buy", &order);
        assert_eq!(said["error"]["code"], json!(code), "{name}");
    }
    let order = resting(&venue, "y");
    say(&mut venue, &mut *session, "public/auth", &login(READER));
    assert_eq!(say(&mut venue, &mut *session, "private/buy", &order)["error"]["code"], json!(13_021));
    assert_eq!(say(&mut venue, &mut *session, "private/wish", &json!({}))["error"]["code"], json!(-32_601));
}

#[test]
fn the_end_of_a_socket_withdraws_what_stands_if_it_was_told_to() {
    for (method, left) in [("private/enable_cancel_on_disconnect", 0), ("private/disable_cancel_on_disconnect", 1)] {
        let mut venue = venue();
        let mut session = line(&mut venue);
        let order = resting(&venue, "R1-7-3");
        say(&mut venue, &mut *session, "private/buy", &order);
        assert_eq!(say(&mut venue, &mut *session, method, &json!({"scope": "connection"}))["result"], json!("ok"));
        venue.close(session);
        venue.exchange.accounts.pass_time(AT_MS * 2_000_000);
        let open = get(&mut venue, TRADER, "get_open_orders_by_instrument", "instrument_name=BTC-PERPETUAL");
        assert_eq!(open["result"].as_array().map(Vec::len), Some(left), "{method}");
    }
}
