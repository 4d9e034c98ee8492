//! Open interest, funding, long against short over venues: units that differ become coins and dollars, and what is not
//! known is named.

use crate::client::{get, get_until};
use crate::rig::{COINM, NOW, Rig, USDM};
use bridges::{Crowd, Polled, PolledAnswer, PolledQuestion, PolledValue};
use engine_model::instrument::InstrumentId;
use engine_model::market::MarketChange;
use engine_model::units::{Lots, Nanos, Ticks};
use serde_json::{Value, json};
use std::time::Duration;

fn polled(instrument: InstrumentId, question: PolledQuestion, value: Option<PolledValue>, age_s: u64) -> Polled {
    let received_at = Nanos(NOW.0 - age_s * Nanos::SECOND);
    let answer = value.map(|value| PolledAnswer { value, received_at });
    let every = Duration::from_secs(15);
    Polled { instrument, question, every, answer, trouble: None, silent: false }
}

fn open(instrument: InstrumentId, lots: i64, age_s: u64) -> Polled {
    let value = PolledValue::OpenInterest { at: Nanos(NOW.0 - age_s * Nanos::SECOND), qty: Lots(lots) };
    polled(instrument, PolledQuestion::OpenInterest, Some(value), age_s)
}

/// A rig where both contracts have a price: 60000 dollars.
fn priced(polled: Vec<Polled>) -> Rig {
    let mut rig = Rig::new();
    for instrument in [USDM, COINM] {
        rig.publish(instrument, MarketChange::Mark { px: Ticks(600_000) });
    }
    tell(&rig, polled);
    rig
}

fn tell(rig: &Rig, polled: Vec<Polled>) {
    *rig.polled.lock().expect("whole") = polled;
}

fn missing(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = answer["missing"].as_array().expect("a list");
    all.iter().map(|missing| (text(&missing["venue"]), text(&missing["reason"]))).collect()
}

#[test]
fn coins_and_contracts_of_dollars_become_one_sum() {
    let rig = priced(vec![open(USDM, 1_500, 3), open(COINM, 300, 4)]);
    let path = "/api/v1/market/open-interest/BTC";
    let all = get_until(rig.address, path, |answer| answer.json()["total"]["markets"] == 2).json();
    // 1.5 bitcoins, and 300 contracts of 100 dollars: half a bitcoin at 60000.
    assert_eq!(
        all["total"],
        json!({"of": "all", "coins": "2.00000000", "usd": "120000.00000000", "share": 1.0, "markets": 2})
    );
    assert_eq!(all["by_margin"][0]["of"], "linear-usdt");
    assert_eq!((&all["by_margin"][0]["usd"], &all["by_margin"][0]["share"]), (&json!("90000.00000000"), &json!(0.75)));
    assert_eq!((&all["by_margin"][1]["of"], &all["by_margin"][1]["coins"]), (&json!("inverse"), &json!("0.50000000")));
    assert_eq!(all["by_venue"][1]["of"], "binance-coinm");
    let inverse = &all["markets"][1];
    assert_eq!((&inverse["open_interest"], &inverse["unit"]), (&json!("300"), &json!("contracts")));
    assert_eq!((&inverse["contract_size"], &inverse["contract_of"]), (&json!("100"), &json!("USD")));
    assert_eq!((&inverse["source"], &inverse["age_ns"]), (&json!("rest"), &json!(4 * Nanos::SECOND)));
    assert_eq!(inverse["venue_at_ns"], json!(NOW.0 - 4 * Nanos::SECOND));
    assert_eq!(all["missing"], json!([]));
}

#[test]
fn a_venue_that_does_not_answer_is_named_and_never_counted_as_nothing() {
    let mut silent = open(COINM, 300, 4);
    (silent.silent, silent.trouble) = (true, Some("venue:443: not connected".to_owned()));
    let path = "/api/v1/market/open-interest/BTC";
    for (coinm, reason, shown) in [
        (silent.clone(), "venue:443: not connected", true),
        (open(COINM, 300, 46), "last told 46 s ago", true),
        (polled(COINM, PolledQuestion::OpenInterest, None, 0), "it has not answered yet", false),
        (Polled { answer: None, ..silent }, "venue:443: not connected", false),
    ] {
        let rig = priced(vec![open(USDM, 1_500, 3), coinm]);
        let all = get_until(rig.address, path, |answer| answer.json()["total"]["markets"] == 1).json();
        assert_eq!((&all["total"]["coins"], &all["total"]["usd"]), (&json!("1.50000000"), &json!("90000.00000000")));
        assert_eq!(missing(&all), [("binance-coinm".to_owned(), reason.to_owned())]);
        let last = all["markets"].get(1).map(|market| (market["open_interest"].clone(), market["counts"].clone()));
        assert_eq!(last, shown.then(|| (json!("300"), json!(false))), "its last word is shown: {reason}");
    }
    let rig = priced(Vec::new());
    let all = get(rig.address, path).json();
    assert_eq!(
        all["total"],
        json!({"of": "all", "coins": "0.00000000", "usd": "0.00000000", "share": null, "markets": 0})
    );
    assert_eq!(missing(&all).len(), 2, "nobody asks: {all}");
}

#[test]
fn without_a_price_contracts_are_not_coins() {
    let rig = Rig::new();
    tell(&rig, vec![open(USDM, 1_500, 3), open(COINM, 300, 4)]);
    let all = get(rig.address, "/api/v1/market/open-interest/BTC").json();
    assert_eq!(all["total"]["markets"], 0);
    let [linear, inverse] = [&all["markets"][0], &all["markets"][1]];
    assert_eq!((&linear["coins"], &linear["usd"]), (&json!("1.50000000"), &json!(null)));
    assert_eq!((&inverse["coins"], &inverse["usd"]), (&json!(null), &json!("30000.00000000")));
    assert!(missing(&all).iter().all(|(_, reason)| reason.contains("no price")), "{all}");
}

#[test]
fn the_newest_of_stream_and_answer_counts() {
    let mut rig = priced(vec![open(USDM, 1_500, 3), open(COINM, 300, 4)]);
    rig.publish(USDM, MarketChange::OpenInterest { qty: Lots(2_000) });
    let path = "/api/v1/market/open-interest/BTC";
    let all = get_until(rig.address, path, |answer| answer.json()["markets"][0]["source"] == "stream").json();
    assert_eq!(all["markets"][0]["coins"], "2.00000000");
    assert_eq!(all["total"]["coins"], "2.50000000");
}

#[test]
fn people_may_write_a_coin_as_they_like() {
    let rig = priced(vec![open(USDM, 1_500, 3), open(COINM, 300, 4)]);
    for text in [
        "BTC",
        "btc",
        "btc-usdt",
        "BTC_USDT",
        "BTCUSDT",
        "BTC-PERP",
        "BTCUSD_PERP",
        "BTCUSDT.binance-usdm",
        "Btc%2FUsdt",
    ] {
        for route in ["open-interest", "funding", "long-short"] {
            let answer = get(rig.address, &format!("/api/v1/market/{route}/{text}"));
            assert_eq!((answer.status, &answer.json()["coin"]), (200, &json!("BTC")), "{route} {text}");
        }
    }
    for text in ["DOGE", "BT", "BTCX", "USDT", "%00", ""] {
        let answer = get(rig.address, &format!("/api/v1/market/open-interest/{text}"));
        assert_eq!(answer.status, 404, "{text}: {}", answer.body);
    }
    let answer = get(rig.address, "/api/v1/market/open-interest/DOGE").json();
    assert_eq!(answer["error"]["expected"], json!(["BTC"]));
    assert_eq!(get(rig.address, "/api/v1/market/funding/BTC?venue=bybit").status, 400);
}

#[test]
fn funding_is_told_with_the_interval_that_was_seen() {
    let hours = |hours: u64| Nanos(NOW.0 - hours * 3_600 * Nanos::SECOND);
    // An hour between the last two, whatever it was before.
    let paid = vec![(hours(9), 20_000), (hours(1), 30_000), (Nanos(hours(0).0 + 7 * Nanos::MILLI), 10_000)];
    let mut one = polled(USDM, PolledQuestion::Funding, Some(PolledValue::Funding(paid)), 10);
    let rig = priced(vec![one.clone(), polled(COINM, PolledQuestion::Funding, None, 0)]);
    let all = get(rig.address, "/api/v1/market/funding/BTC").json();
    let market = &all["markets"][0];
    assert_eq!((&market["interval_s"], &market["fresh"]), (&json!(3_600), &json!(true)));
    let near = |value: &Value, expected: f64| (value.as_f64().expect("a number") - expected).abs() < 1e-9;
    assert!(near(&market["rate_8h"], 0.000_8) && near(&market["rate_year"], 0.876), "{market}");
    assert!(near(&market["paid"][2]["rate"], 0.000_1), "{market}");
    assert_eq!(missing(&all), [("binance-coinm".to_owned(), "it has not answered yet".to_owned())]);
    one.answer = one.answer.map(|answer| PolledAnswer { value: PolledValue::Funding(vec![(NOW, 10_000)]), ..answer });
    tell(&rig, vec![one]);
    let all = get(rig.address, "/api/v1/market/funding/BTC").json();
    assert_eq!((&all["markets"][0]["interval_s"], &all["markets"][0]["rate_8h"]), (&json!(null), &json!(null)));
}

#[test]
fn longs_and_shorts_are_all_there_is() {
    let share = |crowd, long_e8| {
        let value = PolledValue::LongShort { at: NOW, long_e8, period_s: 300 };
        polled(USDM, PolledQuestion::LongShort(crowd), Some(value), 20)
    };
    let mut all_accounts = share(Crowd::AllAccounts, 100_000_000);
    all_accounts.trouble = Some("the answer has no rows".to_owned());
    let rig = priced(vec![open(USDM, 1_500, 3), share(Crowd::TopPositions, 33_333_333), all_accounts.clone()]);
    let path = "/api/v1/market/long-short/BTC";
    let all = get_until(rig.address, path, |answer| answer.json()["markets"][0]["long_coins"].is_string()).json();
    let [top, everybody] = [&all["markets"][0], &all["markets"][1]];
    assert_eq!((&top["of"], &top["counted_by"]), (&json!("top-positions"), &json!("size")));
    assert_eq!((&top["long_coins"], &top["short_coins"]), (&json!("0.49999999"), &json!("1.00000001")), "1.5 in all");
    assert_eq!((&everybody["counted_by"], &everybody["long_coins"]), (&json!("heads"), &json!(null)));
    assert_eq!((&everybody["long_share"], &everybody["ratio"]), (&json!(1.0), &json!(null)), "nobody is short");
    assert_eq!(
        all["missing"],
        json!([]),
        "one failure does not make a value old, and what a venue has not is not missing"
    );
    all_accounts.answer = None;
    tell(&rig, vec![all_accounts]);
    let all = get(rig.address, path).json();
    assert_eq!(all["missing"][0]["of"], "all-accounts");
    assert_eq!(missing(&all), [("binance-usdm".to_owned(), "the answer has no rows".to_owned())]);
}
