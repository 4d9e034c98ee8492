//! What was traded, as the door tells it.

use crate::client::{get, get_until};
use crate::rig::{NOW, Rig, SPOT, USDM};
use crate::routes::check;
use bridges::ToldCandle;
use engine_model::market::{MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use serde_json::{Value, json};

/// Minutes before now; px, lots, side.
fn traded(rig: &mut Rig, trades: &[(u64, i64, i64, Side)]) {
    for (trade_id, (minutes, px, lots, aggressor)) in trades.iter().enumerate() {
        let (px, qty, trade_id) = (Ticks(*px), Lots(*lots), trade_id as u64);
        let at = Nanos(NOW.0 - minutes * 60 * Nanos::SECOND);
        rig.publish_at(at, SPOT, MarketChange::Trade { px, qty, aggressor: *aggressor, trade_id });
        // The rings of the rig are short, and the pump looks every few milliseconds.
        get_until(rig.address, "/api/v1/market/trades/BTCUSDT", |answer| {
            answer.json()["trades"].as_array().is_some_and(|trades| trades.len() as u64 == trade_id + 1)
        });
    }
}

#[test]
fn candles_windows_and_profiles_are_those_of_the_trades() {
    let mut rig = Rig::new();
    traded(
        &mut rig,
        &[
            (100, 6_180_000, 500, Side::Buy),
            (40, 6_190_000, 300, Side::Sell),
            (14, 6_200_000, 1_000, Side::Buy),
            (8, 6_210_000, 200, Side::Sell),
            (1, 6_205_000, 400, Side::Buy),
        ],
    );
    for (path, name) in [
        ("ohlcv/BTCUSDT?timeframe=15m&limit=3", "ohlcv.json"),
        ("cvd/BTCUSDT.binance-spot?timeframe=15m&limit=2", "cvd.json"),
        ("profile/btc-usdt", "profile.json"),
        ("analysis/BTC?timeframe=15m", "analysis.json"),
        ("overview/BTC?timeframe=1h", "overview.json"),
        ("volume/BTC", "volume.json"),
    ] {
        let answer = get(rig.address, &format!("/api/v1/market/{path}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        check(name, answer.json());
    }
}

#[test]
fn the_delta_of_a_day_is_the_same_whatever_the_timeframe_and_pages_meet_without_a_gap() {
    let mut rig = Rig::new();
    let trades: Vec<_> = (0..8).map(|n| (600 - 70 * n, 6_180_000, 10 + n as i64, Side::Sell)).collect();
    traded(&mut rig, &trades);
    let asked = |path: &str| get(rig.address, &format!("/api/v1/market/{path}")).json();
    let day = |timeframe| asked(&format!("cvd/BTCUSDT?timeframe={timeframe}"))["day"]["value"]["delta"].clone();
    for timeframe in ["1m", "5m", "30m", "4h", "1d"] {
        assert_eq!(day(timeframe), json!("-0.00108"), "{timeframe}");
    }
    let all = asked("ohlcv/BTCUSDT?timeframe=1m")["candles"].as_array().expect("candles").clone();
    let (mut pages, mut before) = (Vec::new(), String::new());
    loop {
        let page = asked(&format!("ohlcv/BTCUSDT?timeframe=1m&limit=3{before}"));
        let candles = page["candles"].as_array().expect("candles").clone();
        pages.splice(0..0, candles);
        match page["older_ns"].as_u64() {
            Some(older) => before = format!("&before={older}"),
            None => break,
        }
    }
    assert_eq!((pages.len(), pages), (8, all));
}

/// `count` candles of so many minutes before the one that runs, which close at 61,000.00 and above, two cents at a time.
fn told(minutes: u64, count: u64) -> Vec<ToldCandle> {
    let length_ns = minutes * 60 * Nanos::SECOND;
    let one = |n: u64| {
        let px = Ticks(6_100_000 + 2 * n as i64);
        let (open, high, low) = (Ticks(px.0 - 1), Ticks(px.0 + 3), Ticks(px.0 - 3));
        let start = Nanos(NOW.0 / length_ns * length_ns - (count - n) * length_ns);
        ToldCandle { start, open, high, low, close: px, volume: Lots(1_000) }
    };
    (0..count).map(one).collect()
}

#[test]
fn a_run_that_has_just_begun_knows_the_candles_of_before_as_the_venue_told_them() {
    let mut rig = Rig::new();
    traded(&mut rig, &[(2, 6_180_000, 500, Side::Buy), (1, 6_190_000, 300, Side::Sell)]);
    let asked = |path: &str| get(rig.address, &format!("/api/v1/market/{path}")).json();
    let before = asked("analysis/BTC?timeframe=15m");
    assert_eq!(before["rsi"]["reason"], "RSI takes 96 closed bars, 0 are known", "{before}");
    assert!(before["score"]["reason"].as_str().is_some_and(|why| why.contains("neither heard nor told")), "{before}");
    for (minutes, count) in [(15, 100), (60, 300)] {
        let row = (SPOT, minutes * 60 * Nanos::SECOND, told(minutes, count));
        rig.candles.lock().expect("whole").push(row);
    }
    let now = asked("analysis/BTC?timeframe=15m");
    // The price only rises.
    assert_eq!(now["rsi"]["value"], 100.0, "{now}");
    assert!(now["atr"]["value"].is_string() && now["bands"]["value"].is_object(), "{now}");
    assert_eq!(
        (&now["volume"]["value"]["bars"], &now["volume"]["value"]["percent"]),
        (&json!(96), &json!(0.0)),
        "{now}"
    );
    assert!(now["trend"]["reason"].as_str().is_some_and(|why| why.contains("with their sides, 0 were heard")), "{now}");
    // A day ago is the 96th candle before the one that runs: 61,000.06 came to 61,900.00.
    assert_eq!(now["day"]["value"]["from_px"], "61000.06", "{now}");
    assert_eq!(now["day"]["value"]["whole"], false, "its volume was heard in part");
    assert!(
        asked("analysis/BTC?timeframe=4h")["rsi"]["reason"].as_str().is_some_and(|why| why.contains("75 are known"))
    );
    let candles = asked("ohlcv/BTCUSDT?timeframe=15m&limit=2");
    let [old, new] = candles["candles"].as_array().expect("a list").as_slice() else { panic!("{candles}") };
    // The minutes that were heard lie in the last one, which was told whole.
    for (candle, close) in [(old, "61001.96"), (new, "61001.98")] {
        assert_eq!((&candle["told"], &candle["buy"], &candle["close"]), (&json!(true), &Value::Null, &json!(close)));
    }
    let minute = asked("ohlcv/BTCUSDT?timeframe=1m&limit=1")["candles"][0].clone();
    assert_eq!((&minute["told"], &minute["close"]), (&json!(false), &json!("61900.00")), "{minute}");
}

#[test]
fn liquidations_tell_whose_position_was_closed_and_that_there_may_be_more() {
    let mut rig = Rig::new();
    for (minutes, lots, closed) in [(90, 9_000, Side::Buy), (10, 50, Side::Buy), (5, 20, Side::Sell)] {
        let at = Nanos(NOW.0 - minutes * 60 * Nanos::SECOND);
        rig.publish_at(at, USDM, MarketChange::Liquidation { px: Ticks(618_000), qty: Lots(lots), closed });
    }
    let path = "/api/v1/market/liquidations/BTC?window=1h&limit=1";
    let told = get_until(rig.address, path, |answer| answer.json()["markets"][0]["count"] == 2).json();
    let market = &told["markets"][0];
    assert_eq!((&market["longs"], &market["shorts"]), (&json!("0.050"), &json!("0.020")));
    assert_eq!((&market["lower_bound"], market["last"].as_array().map(Vec::len)), (&json!(true), Some(1)));
    assert_eq!(market["last"][0]["closed"], "SHORT");
    let coinm = &told["markets"][1];
    assert_eq!((&coinm["symbol"], &coinm["count"]), (&json!("BTCUSD_PERP"), &json!(0)));
    assert_eq!(told["coin"], Value::from("BTC"));
}
