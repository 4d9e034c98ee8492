//! Gate's side of the wire: frames have the fields of captured ones, whole books have a number and stand between the
//! changes, lists tell what contracts hold, and sizes have decimals for who asks for them.

use crate::client::{Client, get, get_json, start};
use crate::outline::check_outlines;
use engine_model::venue::VenueId;
use serde_json::Value;

const SPOT: &str = "/ws/v4/";
const USDT: &str = "/v4/ws/usdt";

fn subscribe(channel: &str, payload: &str) -> String {
    format!(r#"{{"channel":"{channel}","event":"subscribe","payload":[{payload}]}}"#)
}

#[test]
fn frames_of_spot_have_the_fields_of_captured_ones() {
    let asked = [
        subscribe("spot.order_book_update", r#""BTC_USDT","100ms""#),
        subscribe("spot.book_ticker", r#""BTC_USDT""#),
        subscribe("spot.trades", r#""BTC_USDT""#),
    ];
    check_outlines(
        VenueId::GateSpot,
        SPOT,
        &asked.each_ref().map(String::as_str),
        &[
            r#"{"time":1631836142,"time_ms":1631836142330,"channel":"spot.order_book_update","event":"update","result":{"t":1631836142325,"e":"depthUpdate","E":1631836142,"s":"BTC_USDT","U":4622074361,"u":4622074364,"b":[["47737.89","0.002"],["47741.35","0"]],"a":[["47813.04","0.0355"],["47978.86","0"]]}}"#,
            r#"{"time":1654029559,"time_ms":1654029559480,"channel":"spot.book_ticker","event":"update","result":{"t":1654029559473,"u":6765708346,"s":"BTC_USDT","b":"31738.93","B":"2.3039","a":"31738.94","A":"0.335"}}"#,
            r#"{"time":1691620568,"time_ms":1691620568796,"channel":"spot.trades","event":"update","result":{"id":6064666343,"create_time":1691620568,"create_time_ms":"1691620568789.0","side":"buy","currency_pair":"BTC_USDT","amount":"0.0003009","price":"29573.7"}}"#,
        ],
    );
}

/// To a client that did not ask for decimals, as those were that captured them.
#[test]
fn frames_of_contracts_have_the_fields_of_captured_ones() {
    let asked = [
        subscribe("futures.order_book_update", r#""BTC_USDT","100ms","100""#),
        subscribe("futures.book_ticker", r#""BTC_USDT""#),
        subscribe("futures.public_liquidates", r#""BTC_USDT""#),
    ];
    check_outlines(
        VenueId::GateFutures,
        USDT,
        &asked.each_ref().map(String::as_str),
        &[
            r#"{"time":1785548245,"time_ms":1785548245220,"channel":"futures.order_book_update","event":"update","result":{"t":1785548245213,"U":120900607897,"u":120900607901,"s":"BTC_USDT","a":[{"p":"62914.3","s":0}],"b":[{"p":"62914.2","s":21129}],"l":"20"}}"#,
            r#"{"time":1785548245,"time_ms":1785548245220,"channel":"futures.book_ticker","event":"update","result":{"t":1785548245214,"u":120900607904,"s":"BTC_USDT","b":"62914.2","B":20884,"a":"62914.3","A":33644}}"#,
            r#"{"time":1541505434,"time_ms":1541505434123,"channel":"futures.public_liquidates","event":"update","result":[{"price":215.1,"size":-124,"time":1541486601,"time_ms":1541486601123,"contract":"BTC_USD"}]}"#,
        ],
    );
}

#[test]
fn trades_and_tickers_of_contracts_have_the_fields_of_captured_ones() {
    let asked = [subscribe("futures.trades", r#""PEPE_USDT""#), subscribe("futures.tickers", r#""PEPE_USDT""#)];
    check_outlines(
        VenueId::GateFutures,
        USDT,
        &asked.each_ref().map(String::as_str),
        &[
            r#"{"time":1667469835,"time_ms":1667469835940,"channel":"futures.trades","event":"update","result":[{"contract":"MOB_USDT","create_time":1667469835,"create_time_ms":1667469835931,"id":927273,"price":"0.836","size":-90}]}"#,
            r#"{"time":1677629168,"time_ms":1677629168840,"channel":"futures.tickers","event":"update","result":[{"contract":"BTC_USDT","last":"23160.2","change_percentage":"-1.3224","total_size":"153482780","volume_24h":"155496714","volume_24h_base":"15549","volume_24h_quote":"360157621","volume_24h_settle":"360157621","mark_price":"23175.64","funding_rate":"0.0001","funding_rate_indicative":"0.0001","index_price":"23173.35","quanto_base_rate":"","low_24h":"23018.3","high_24h":"23589.2","funding_interval":28800,"funding_offset":0,"funding_next_apply":1785571200,"t":1785548246983}]}"#,
        ],
    );
}

#[test]
fn a_whole_book_stands_between_two_changes() {
    let venue = start(VenueId::GateSpot);
    let mut client = Client::open(&venue, SPOT);
    client.say(&subscribe("spot.order_book_update", r#""ETH_USDT","100ms""#));
    assert!(client.next().contains(r#""result":{"status":"success"}"#));
    let mut change = || serde_json::from_str::<Value>(&client.next()).expect("JSON")["result"].take();
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("a number, not {value}"));
    let mut last = number(&change()["u"]);
    let book = get_json(&venue, "/api/v4/spot/order_book?currency_pair=ETH_USDT&limit=100&with_id=true");
    let id = number(&book["id"]);
    assert!(id >= last && book["bids"].as_array().is_some_and(|bids| bids.len() > 20), "{book}");
    while last <= id {
        let change = change();
        assert_eq!(number(&change["U"]), last + 1);
        last = number(&change["u"]);
    }
    let (status, _, body) = get(&venue, "/api/v4/spot/order_book?currency_pair=NOPE_USDT&limit=100&with_id=true");
    assert_eq!((status, body.contains("INVALID_CURRENCY_PAIR")), (400, true), "{body}");
    let (status, _, body) = get(&venue, "/api/v4/spot/order_book?currency_pair=ETH_USDT&limit=101&with_id=true");
    assert_eq!((status, body.contains("INVALID_PARAM_VALUE")), (400, true), "{body}");
}

#[test]
fn lists_tell_what_a_contract_holds_by_settlement() {
    let venue = start(VenueId::GateFutures);
    let row = |settle: &str, name: &str| {
        let rows = get_json(&venue, &format!("/api/v4/futures/{settle}/contracts"));
        let rows = rows.as_array().expect("rows").clone();
        rows.into_iter().find(|row| row["name"] == name).unwrap_or_default()
    };
    let told = |row: Value| ["type", "quanto_multiplier", "order_price_round"].map(|name| row[name].clone());
    assert_eq!(told(row("usdt", "BTC_USDT")), ["direct", "0.0001", "0.1"]);
    assert_eq!(told(row("usdt", "PEPE_USDT")), ["direct", "10000000", "0.0000000001"]);
    assert_eq!(told(row("btc", "BTC_USD")), ["inverse", "0", "0.1"]);
    assert_eq!((row("btc", "BTC_USDT"), row("usdt", "ETH_USDT")["enable_decimal"].clone()), (Value::Null, true.into()));
    let book = get_json(&venue, "/api/v4/futures/usdt/order_book?contract=ETH_USDT&limit=1&with_id=true");
    assert!(book["bids"][0]["s"].is_u64(), "cut to a whole number: {book}");
}
