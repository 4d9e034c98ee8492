//! Answers that were really given, where the folder of samples is there: each must be read, whole. Grids are those of the
//! samples' own time.

use super::answer::Rows;
use super::proof::{FIRST, Short, instrument, read};
use super::question::{Crowd, Period, Question};
use engine_model::instrument::ContractKind::{Inverse, Linear, Spot};
use engine_model::market::Side;
use engine_model::venue::VenueId;
use std::path::Path;

const BTC: Short<'static> = ("BTCUSDT", "BTC", "USDT", Linear, (2, 3), (1, 0));
const TOP: Question = Question::LongShort(Crowd::TopPositions, Period::M5);
const HEADS: Question = Question::LongShort(Crowd::TopAccounts, Period::M5);
const ALL: Question = Question::LongShort(Crowd::AllAccounts, Period::M5);
const HISTORY: Question = Question::OpenInterestHistory(Period::M5);
const CANDLES: Question = Question::Candles(Period::M1);

/// Folder, end of a sample's name, venue, instrument, question, rows.
type Case = (&'static str, &'static str, VenueId, Short<'static>, Question, usize);

#[rustfmt::skip]
const CASES: [Case; 28] = [
    ("binance_usdm", "GET /fapi/v1/openInterest", VenueId::BinanceUsdm, BTC, Question::OpenInterest, 1),
    ("binance_usdm", "http_futures_market_open_interest.json", VenueId::BinanceUsdm, BTC, Question::OpenInterest, 1),
    ("binance_usdm", "http_futures_market_open_interest_historical.json", VenueId::BinanceUsdm, BTC, HISTORY, 2),
    ("binance_usdm", "GET /futures/data/globalLongShortAccountRatio", VenueId::BinanceUsdm, BTC, ALL, 30),
    ("binance_usdm", "GET /futures/data/topLongShortAccountRatio", VenueId::BinanceUsdm, BTC, HEADS, 2),
    ("binance_usdm", "GET /futures/data/topLongShortPositionRatio", VenueId::BinanceUsdm, BTC, TOP, 30),
    ("binance_usdm", "http_futures_market_funding_rate.json", VenueId::BinanceUsdm, BTC, Question::FundingHistory, 2),
    ("binance_usdm", "GET /fapi/v1/fundingRate", VenueId::BinanceUsdm, BTC, Question::FundingHistory, 100),
    ("binance_usdm", "GET /fapi/v1/klines", VenueId::BinanceUsdm, BTC, CANDLES, 500),
    ("binance_usdm", "GET /fapi/v1/aggTrades", VenueId::BinanceUsdm, BTC, FIRST, 500),
    ("binance_coinm", "tests/binance.rs#open_interest::inverse_swap", VenueId::BinanceCoinm,
        ("BTCUSD_PERP", "BTC", "USD", Inverse, (1, 0), (100, 0)), Question::OpenInterest, 1),
    ("binance_coinm", "GET /dapi/v1/aggTrades", VenueId::BinanceCoinm,
        ("BTCUSD_PERP", "BTC", "USD", Inverse, (1, 0), (100, 0)), FIRST, 5),
    ("binance_coinm", "GET /dapi/v1/fundingRate", VenueId::BinanceCoinm,
        ("BTCUSD_PERP", "BTC", "USD", Inverse, (1, 0), (100, 0)), Question::FundingHistory, 5),
    ("binance", "http_spot_market_klines.json", VenueId::BinanceSpot,
        ("BTCUSDT", "BTC", "USDT", Spot, (2, 5), (1, 0)), CANDLES, 10),
    ("bybit", "http_get_funding_history.json", VenueId::Bybit,
        ("linear:BTCUSDT", "BTC", "USDT", Linear, (2, 3), (1, 0)), Question::FundingHistory, 2),
    ("bybit", "http_get_klines_linear.json", VenueId::Bybit,
        ("linear:BTCUSDT", "BTC", "USDT", Linear, (2, 3), (1, 0)), CANDLES, 1),
    ("bybit", "http_get_trades_recent.json", VenueId::Bybit,
        ("linear:BTCUSDT", "BTC", "USDT", Linear, (2, 3), (1, 0)), FIRST, 1),
    ("bybit", "GET /v5/market/account-ratio", VenueId::Bybit,
        ("linear:BTCUSDT", "BTC", "USDT", Linear, (2, 3), (1, 0)), ALL, 2),
    ("okx", "http_get_candlesticks_full.json", VenueId::Okx,
        ("BTC-USDT-SWAP", "BTC", "USDT", Linear, (1, 2), (1, 2)), CANDLES, 2),
    ("okx", "http_get_trades.json", VenueId::Okx, ("BTC-USDT", "BTC", "USDT", Spot, (1, 8), (1, 0)), FIRST, 2),
    ("gateio", "tests/gate.rs#open_interest::linear_swap", VenueId::GateFutures,
        ("BTC_USDT", "BTC", "USDT", Linear, (1, 0), (1, 4)), HISTORY, 2),
    ("hyperliquid", "http_funding_history.json", VenueId::Hyperliquid,
        ("BTC", "BTC", "USDC", Linear, (1, 5), (1, 0)), Question::FundingHistory, 3),
    ("hyperliquid", "http_recent_trades_btc.json", VenueId::Hyperliquid,
        ("BTC", "BTC", "USDC", Linear, (1, 5), (1, 0)), FIRST, 3),
    ("kraken", "http_ohlc.json", VenueId::Kraken, ("BTC/USDT", "BTC", "USDT", Spot, (1, 8), (1, 0)), CANDLES, 721),
    ("kraken", "http_trades.json", VenueId::Kraken, ("BTC/USDT", "BTC", "USDT", Spot, (5, 8), (1, 0)), FIRST, 1_000),
    ("kraken_futures", "http_futures_tickers.json", VenueId::KrakenFutures,
        ("PI_XBTUSD", "BTC", "USD", Inverse, (1, 0), (1, 0)), Question::OpenInterest, 1),
    ("kraken_futures", "http_futures_historical_funding_rates.json", VenueId::KrakenFutures,
        ("PF_XBTUSD", "BTC", "USD", Linear, (1, 4), (1, 0)), Question::FundingHistory, 3),
    ("coinbase", "http_candles.json", VenueId::Coinbase, ("BTC-USD", "BTC", "USD", Spot, (2, 8), (1, 0)), CANDLES, 2),
];

/// The first sample of a folder whose name ends so; `None` where the folder is not there.
fn sample(folder: &str, name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(folder).join("samples.jsonl.zst");
    let bytes = std::fs::read(path).ok()?;
    let text = zstd::decode_all(bytes.as_slice()).expect("compressed");
    let text = String::from_utf8(text).expect("text");
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("json"));
    let found = lines.into_iter().find(|line| line["name"].as_str().is_some_and(|found| found.ends_with(name)));
    let found = found.unwrap_or_else(|| panic!("{folder} has no sample {name}"));
    Some(found["raw"].as_str().expect("a text").to_owned())
}

#[test]
fn answers_that_were_given_are_read_whole() {
    for (folder, name, venue, short, question, expected) in CASES {
        let Some(body) = sample(folder, name) else {
            eprintln!("skipped: ../shared/data/{folder} is not there");
            continue;
        };
        let rows = read(&instrument(venue, short), question, &body);
        let rows = rows.unwrap_or_else(|error| panic!("{folder} {name}: {error}"));
        assert_eq!(rows.len(), expected, "{folder} {name}");
    }
}

#[test]
fn coinbase_names_the_makers_side() {
    let Some(body) = sample("coinbase", "http_ticker.json") else {
        eprintln!("skipped: ../shared/data/coinbase is not there");
        return;
    };
    let of = instrument(VenueId::Coinbase, ("BTC-USD", "BTC", "USD", Spot, (2, 8), (1, 0)));
    let Ok(Rows::Trades(trades)) = read(&of, FIRST, &body) else { panic!("no trades in {body}") };
    // At 68923.67, which was the best ask, and called a sale.
    let last = trades.last().expect("a trade");
    assert_eq!((last.px.0, last.aggressor), (6_892_367, Side::Buy));
}
