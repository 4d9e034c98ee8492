//! Hyperliquid's private side with a client that signs for itself.

use super::wallet::{digest, packed, signer, signing_key};
use crate::account::{ApiKey, OrderFault, READER_WALLET, TRADER_WALLET, WITHDRAWER_WALLET};
use crate::at_hand::AtHand;
use crate::protocol::Session;
use engine_model::venue::VenueId;
use serde_json::{Value, json};

const START_MS: u64 = 1_750_000_000_000;
const CLOID: &str = "0x52696e67736964650100000200000003";

fn venue() -> AtHand {
    AtHand::new(VenueId::Hyperliquid, START_MS)
}

/// A request of an action, signed over what is sent.
fn signed(key: ApiKey, action: &Value, nonce: u64) -> Value {
    signed_until(key, action, nonce, None)
}

/// The same, good until then.
fn signed_until(key: ApiKey, action: &Value, nonce: u64, until_ms: Option<u64>) -> Value {
    let digest = digest(&packed(action).expect("fields that there are"), (nonce, until_ms));
    let (signature, recovery) = signing_key(key.secret).expect("a key").sign_prehash_recoverable(&digest);
    let (r, s) = signature.split_bytes();
    let hex = |bytes: &[u8]| format!("0x{}", crate::proof::hex(bytes));
    let signature = json!({"r": hex(&r), "s": hex(&s), "v": 27 + recovery.to_byte()});
    let mut request = json!({"action": action, "nonce": nonce, "signature": signature, "vaultAddress": null});
    if let Some(until_ms) = until_ms {
        request["expiresAfter"] = json!(until_ms);
    }
    request
}

fn order(px: &str, sz: &str, tif: &str) -> Value {
    let one = json!({"a": 0, "b": true, "p": px, "s": sz, "r": false, "t": {"limit": {"tif": tif}}, "c": CLOID});
    json!({"type": "order", "orders": [one], "grouping": "na"})
}

fn cancel() -> Value {
    json!({"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": CLOID}]})
}

/// What comes of a request on a line.
fn post(venue: &mut AtHand, line: &mut dyn Session, request: &Value) -> Value {
    let message = json!({"method": "post", "id": 5, "request": {"type": "action", "payload": request}}).to_string();
    let answer: Value = serde_json::from_str(&venue.say(line, &message).concat()).expect("json");
    assert_eq!((&answer["channel"], &answer["data"]["id"]), (&json!("post"), &json!(5)));
    answer["data"]["response"]["payload"].clone()
}

fn ask(venue: &mut AtHand, path: &str, body: &Value) -> Value {
    let (status, body) = venue.rest("POST", path, "", &body.to_string());
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("json")
}

fn info(venue: &mut AtHand, kind: &str) -> Value {
    ask(venue, "/info", &json!({"type": kind, "user": TRADER_WALLET.id, "oid": CLOID, "startTime": 0}))
}

/// The signature that the venue's own client is tested with.
#[test]
fn a_signature_tells_whose_it_is() {
    let one = json!({"a": 1, "b": true, "p": "100", "s": "100", "r": false, "t": {"limit": {"tif": "Gtc"}},
        "c": "0x00000000000000000000000000000001"});
    let action = json!({"type": "order", "orders": [one], "grouping": "na"});
    let signature = json!({"r": "0x41ae18e8239a56cacbc5dad94d45d0b747e5da11ad564077fcac71277a946e3",
        "s": "0x3c61f667e747404fe7eea8f90ab0e76cc12ce60270438b2058324681a00116da", "v": 27});
    let of = |action: &Value, nonce| signer(&packed(action).expect("known fields"), (nonce, None), &signature);
    assert_eq!(of(&action, 0).as_deref(), Some(WITHDRAWER_WALLET.id));
    assert_ne!(of(&action, 1).as_deref(), Some(WITHDRAWER_WALLET.id));
    let zeros = serde_json::from_str(&action.to_string().replace(r#""p":"100""#, r#""p":"100.0""#)).expect("json");
    assert_eq!(of(&zeros, 0).as_deref(), Some(WITHDRAWER_WALLET.id), "the venue hashes numbers without zeros");
    assert_eq!(packed(&json!({"type": "order", "dance": true})), None);
}

#[test]
fn an_order_stands_and_goes_and_its_followers_are_told() {
    let mut venue = venue();
    let mut line = venue.open("/ws");
    for (kind, answers) in [("orderUpdates", 1), ("userFills", 2)] {
        let subscription = json!({"type": kind, "user": TRADER_WALLET.id});
        let said = venue.say(&mut *line, &json!({"method": "subscribe", "subscription": subscription}).to_string());
        assert_eq!(said.len(), answers, "{said:?}");
        assert!(said[0].starts_with(r#"{"channel":"subscriptionResponse""#), "{said:?}");
    }
    assert!(line.is_private());
    let told = post(&mut venue, &mut *line, &signed(TRADER_WALLET, &order("55000", "0.01", "Gtc"), START_MS));
    let resting = &told["response"]["data"]["statuses"][0]["resting"];
    assert_eq!(resting["cloid"], CLOID, "{told}");
    let news: Value = serde_json::from_str(&venue.told(&mut *line).concat()).expect("one text");
    let row = &news["data"][0];
    assert_eq!(
        (&row["status"], &row["order"]["sz"], &row["order"]["oid"]),
        (&json!("open"), &json!("0.01"), &resting["oid"])
    );
    assert_eq!(info(&mut venue, "orderStatus")["order"]["status"], "open");
    assert_eq!(info(&mut venue, "frontendOpenOrders")[0]["limitPx"], "55000.0");
    let told = post(&mut venue, &mut *line, &signed(TRADER_WALLET, &cancel(), START_MS + 1));
    assert_eq!(told["response"]["data"]["statuses"], json!(["success"]));
    assert!(venue.told(&mut *line).concat().contains(r#""status":"canceled""#));
    let told = post(&mut venue, &mut *line, &signed(TRADER_WALLET, &cancel(), START_MS + 2));
    let words = told["response"]["data"]["statuses"][0]["error"].to_string();
    assert!(words.contains("never placed, already canceled, or filled"), "{words}");
}

#[test]
fn an_immediate_order_is_executed_and_moves_the_account() {
    let mut venue = venue();
    let mut line = venue.open("/ws");
    let subscription = json!({"type": "userFills", "user": TRADER_WALLET.id});
    venue.say(&mut *line, &json!({"method": "subscribe", "subscription": subscription}).to_string());
    let told = post(&mut venue, &mut *line, &signed(TRADER_WALLET, &order("70000", "0.01", "Ioc"), START_MS));
    assert_eq!(told["response"]["data"]["statuses"][0]["filled"]["totalSz"], "0.01", "{told}");
    let fills = venue.told(&mut *line).concat();
    assert!(fills.contains(r#""crossed":true"#) && fills.contains(CLOID), "{fills}");
    assert_eq!(info(&mut venue, "userFillsByTime")[0]["coin"], "BTC");
    let state = info(&mut venue, "clearinghouseState");
    assert_eq!(state["assetPositions"][0]["position"]["szi"], "0.01", "{state}");
    assert!(info(&mut venue, "spotClearinghouseState")["balances"].to_string().contains("USDC"));
    let told = post(&mut venue, &mut *line, &signed(TRADER_WALLET, &order("50000", "0.01", "Ioc"), START_MS + 1));
    assert!(told.to_string().contains("could not immediately match"), "{told}");
}

#[test]
fn what_is_wrong_with_an_order_is_said_in_words() {
    let mut venue = venue();
    let mut line = venue.open("/ws");
    for (nonce, (px, sz, tif, words)) in (START_MS..).zip([
        ("61000.5", "0.01", "Gtc", "Price must be divisible by tick size. asset=0"),
        ("60000", "0.0001", "Gtc", "Order must have minimum value of $10. asset=0"),
        ("60000", "0.000001", "Gtc", "Order has invalid size. asset=0"),
        ("70000", "0.01", "Alo", "Post only order would have immediately matched"),
        ("60000", "1000", "Gtc", "Insufficient margin to place order. asset=0"),
        ("60000", "0.01", "Fok", "Order has invalid time in force. asset=0"),
    ]) {
        let told = post(&mut venue, &mut *line, &signed(TRADER_WALLET, &order(px, sz, tif), nonce));
        assert!(told["response"]["data"]["statuses"][0]["error"].to_string().contains(words), "{told}");
    }
}

#[test]
fn a_price_has_five_figures_or_is_whole() {
    for (px, fits) in
        [("12681.3", false), ("2681.3", true), ("126813", true), ("0.00012345", true), ("0.000123456", false)]
    {
        assert_eq!(super::clerk::has_five_figures(px), fits, "{px}");
    }
}

#[test]
fn only_an_approved_wallet_acts_and_with_each_number_once() {
    let mut venue = venue();
    let mut line = venue.open("/ws");
    let mut act = |key, nonce| post(&mut venue, &mut *line, &signed(key, &cancel(), nonce))["response"].to_string();
    assert!(act(READER_WALLET, START_MS).contains("does not exist"));
    assert!(act(TRADER_WALLET, START_MS).contains("never placed"));
    assert!(act(WITHDRAWER_WALLET, START_MS).contains("never placed"), "numbers are each wallet's own");
    for bad in [START_MS, START_MS - 2 * 86_400_000, START_MS + 86_400_000] {
        assert!(act(TRADER_WALLET, bad).contains("Invalid nonce"), "{bad}");
    }
    for more in 1..100 {
        assert!(act(TRADER_WALLET, START_MS + more).contains("never placed"));
    }
    assert!(act(TRADER_WALLET, START_MS - 1).contains("Invalid nonce"), "below the hundred that are remembered");
    let mut request = signed(TRADER_WALLET, &cancel(), START_MS + 200);
    request["action"]["cancels"][0]["asset"] = json!(1);
    let told = ask(&mut venue, "/exchange", &request);
    assert!(told["response"].to_string().contains("does not exist"), "signed for something else: {told}");
}

#[test]
fn what_comes_after_the_end_that_it_was_signed_with_is_not_done() {
    let mut venue = venue();
    let mut line = venue.open("/ws");
    let order = order("50000", "0.01", "Gtc");
    let mut late = signed_until(TRADER_WALLET, &order, START_MS, Some(START_MS - 1));
    assert!(post(&mut venue, &mut *line, &late)["response"].to_string().contains("expired"));
    late["expiresAfter"] = json!(START_MS + 5_000);
    assert!(post(&mut venue, &mut *line, &late)["response"].to_string().contains("does not exist"), "it is signed");
    let good = signed_until(TRADER_WALLET, &order, START_MS + 1, Some(START_MS + 5_000));
    assert_eq!(post(&mut venue, &mut *line, &good)["status"], "ok");
}

#[test]
fn the_switch_is_for_those_who_have_traded_a_million() {
    let mut venue = venue();
    let schedule = |at_ms: u64, nonce| signed(TRADER_WALLET, &json!({"type": "scheduleCancel", "time": at_ms}), nonce);
    let told = ask(&mut venue, "/exchange", &schedule(START_MS + 30_000, START_MS));
    assert!(told["response"].to_string().contains("until enough volume traded"), "{told}");
    // Executed whole by a fault: twenty coins.
    venue.exchange.mishaps.arm_order(OrderFault::FillBeforeAck);
    let (mut line, big) = (venue.open("/ws"), signed(TRADER_WALLET, &order("60000", "20", "Gtc"), START_MS + 1));
    post(&mut venue, &mut *line, &big);
    let told = ask(&mut venue, "/exchange", &schedule(START_MS + 4_000, START_MS + 2));
    assert!(told["response"].to_string().contains("5s ahead"), "{told}");
    let told = ask(&mut venue, "/exchange", &schedule(START_MS + 30_000, START_MS + 3));
    assert_eq!(told, json!({"status": "ok", "response": {"type": "default"}}));
    post(&mut venue, &mut *line, &signed(TRADER_WALLET, &order("50000", "0.01", "Gtc"), START_MS + 4));
    assert_eq!(info(&mut venue, "frontendOpenOrders").as_array().map(Vec::len), Some(1));
    venue.pass_ms(31_000);
    assert_eq!(info(&mut venue, "frontendOpenOrders").as_array().map(Vec::len), Some(0));
}

#[test]
fn an_address_is_an_account_a_wallet_or_nothing() {
    let mut venue = venue();
    let mut role = |user: &str| ask(&mut venue, "/info", &json!({"type": "userRole", "user": user}));
    let address = |key: ApiKey| super::wallet::address_of(&signing_key(key.secret).expect("a key"));
    assert_eq!(address(TRADER_WALLET), "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f", "of EIP-155");
    assert_eq!(role(&address(TRADER_WALLET)), json!({"role": "agent", "data": {"user": TRADER_WALLET.id}}));
    assert_eq!(role(&address(READER_WALLET)), json!({"role": "missing"}));
    assert_eq!(role(&address(WITHDRAWER_WALLET)), json!({"role": "user"}));
}
