//! Frames have the shape of real ones: the same fields in the same order, the same decimals.

use crate::client::{Client, start_with};
use engine_model::venue::VenueId;
use std::time::{Duration, Instant};
use tests_venue::{Config, SimulatedVenue};

/// What is left of a frame when its numbers, truths and all but the first level of a side are taken away.
fn shape(text: &str) -> String {
    let mut out = String::new();

    for c in text.chars() {
        let decimals = out.ends_with('.') || out.ends_with(".0") || out.ends_with(".00") || is_fraction(&out);
        match c {
            '0'..='9' if decimals => out.push('0'),
            '0'..='9' if out.ends_with('0') && !is_fraction(&out) => {}
            '0'..='9' if !out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') => out.push('0'),
            c => out.push(c),
        }
    }
    let out =
        out.replace("true", "bool").replace("false", "bool").replace("\"BUY\"", "side").replace("\"SELL\"", "side");
    // A side's levels after the first.
    let mut kept = String::new();
    let mut rest = out.as_str();
    while let Some((before, after)) = rest.split_once("],[") {
        kept.push_str(before);
        rest = after.split_once("]]").map_or("", |(_, tail)| tail);
        kept.push_str("]]");
    }
    kept + rest
}

fn is_fraction(text: &str) -> bool {
    let tail = text.trim_end_matches('0');
    tail.len() < text.len() && tail.ends_with('.')
}

/// Waits until every real frame's shape was seen on that path.
fn check(venue: &SimulatedVenue, path: &str, real: &[&str]) {
    let mut client = Client::open(venue, path);
    let mut missing: Vec<String> = real.iter().map(|frame| shape(frame)).collect();
    let mut seen = std::collections::BTreeSet::new();
    let until = Instant::now() + Duration::from_secs(60);
    while !missing.is_empty() && Instant::now() < until {
        let frame = shape(&client.next());
        missing.retain(|m| *m != frame);
        seen.insert(frame);
    }
    assert!(missing.is_empty(), "never seen: {missing:#?}\nseen: {seen:#?}");
}

/// Fast, so that liquidations, a few a minute, come within seconds.
fn fast(venue: VenueId) -> SimulatedVenue {
    start_with(Config { speed_percent: 400, ..Config::new(venue, 42) })
}

#[test]
fn the_shape_of_a_frame_forgets_values_only() {
    assert_eq!(
        shape(r#"{"e":"x","s":"BTCUSDT","p":"61837.63","m":true,"b":[["1.20","3"],["4.50","6"]],"a":[],"i":"1m"}"#),
        r#"{"e":"x","s":"BTCUSDT","p":"0.00","m":bool,"b":[["0.00","0"]],"a":[],"i":"0m"}"#
    );
    assert_ne!(shape(r#"{"p":"1.5"}"#), shape(r#"{"p":"1.50"}"#));
}

#[test]
fn spot_frames_have_the_shape_of_captured_ones() {
    check(
        &fast(VenueId::BinanceSpot),
        "/stream?streams=btcusdt@trade/btcusdt@aggTrade/btcusdt@bookTicker/btcusdt@depth@100ms/btcusdt@kline_1m",
        &[
            r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#,
            r#"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1616176861895,"s":"BTCUSDT","a":640283266,"p":"58942.01000000","q":"0.00035600","f":716849523,"l":716849523,"T":1616176861893,"m":false,"M":true}}"#,
            r#"{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}"#,
            r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"]],"a":[["61837.64000000","1.54698000"]]}}"#,
            r#"{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1618677373907,"s":"BTCUSDT","k":{"t":1618677360000,"T":1618677419999,"s":"BTCUSDT","i":"1m","f":1135631,"L":1135631,"o":"2.27700000","c":"2.27700000","h":"2.27700000","l":"2.27700000","v":"9.82600000","n":1,"x":false,"q":"22.37380200","V":"0.00000000","Q":"0.00000000","B":"0"}}}"#,
        ],
    );
}

#[test]
fn usdm_frames_have_the_shape_of_captured_ones() {
    let venue = fast(VenueId::BinanceUsdm);
    check(
        &venue,
        "/public/stream?streams=btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@0ms",
        &[
            r#"{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256313}}"#,
            r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1680652700594,"T":1680652700586,"s":"BTCUSDT","U":2710246765373,"u":2710246765597,"pu":2710246765326,"b":[["5000.00","14.368"]],"a":[["28145.20","6.961"]]}}"#,
            r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"#,
        ],
    );
    check(
        &venue,
        "/market/stream?streams=btcusdt@aggTrade/btcusdt@markPrice@1s/btcusdt@kline_1m/btcusdt@forceOrder",
        &[
            r#"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1617647797640,"a":9445517,"s":"BTCUSDT","p":"0.69","q":"369.001","f":12821738,"l":12821738,"T":1617647797485,"m":true}}"#,
            r#"{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1680652701000,"s":"BTCUSDT","p":"28147.27373413","P":"28142.15563565","i":"28159.75642857","r":"0.00002754","T":1680652800000}}"#,
            r#"{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1791565603055,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.190","p":"82338.30","ap":"82651.90","X":"FILLED","l":"0.155","z":"0.190","T":1791565602120,"ps":"BTCUSDT","st":1}}}"#,
        ],
    );
}

#[test]
fn coinm_frames_have_the_shape_of_captured_ones() {
    check(
        &fast(VenueId::BinanceCoinm),
        "/stream?streams=btcusd_perp@trade/btcusd_perp@bookTicker/btcusd_perp@depth@0ms/ethusd_perp@kline_1m",
        &[
            r#"{"stream":"btcusd_perp@depth@0ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSD_PERP","ps":"BTCUSD","U":1007198631260,"u":1007198631565,"pu":1007198631198,"b":[["61773.6","1001"]],"a":[["61773.6","1001"]]}}"#,
            r#"{"stream":"btcusd_perp@bookTicker","data":{"u":1007198632021,"e":"bookTicker","s":"BTCUSD_PERP","ps":"BTCUSD","b":"61804.7","B":"35","a":"61804.8","A":"1645","T":1723161257465,"E":1723161257476}}"#,
            r#"{"stream":"btcusd_perp@trade","data":{"e":"trade","E":1723161257687,"T":1723161257679,"s":"BTCUSD_PERP","t":849714402,"p":"61804.8","q":"4","X":"MARKET","m":false}}"#,
            r#"{"stream":"ethusd_perp@kline_1m","data":{"e":"kline","E":1653818962599,"s":"ETHUSD_PERP","k":{"t":1653818940000,"T":1653818999999,"s":"ETHUSD_PERP","i":"1m","f":413873402,"L":413874164,"o":"1786.56","c":"1788.67","h":"1789.24","l":"1785.25","v":"401601","n":763,"x":false,"q":"2246.59444657","V":"254246","Q":"1422.31905487","B":"0"}}}"#,
        ],
    );
}
