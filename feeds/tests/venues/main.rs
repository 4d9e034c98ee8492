//! Each venue's frames through its decoder and the shared session, into a slow and obvious book: what every kind of frame
//! says, and what becomes of bad ones.

#![expect(clippy::expect_used, reason = "a test stops where its fixture is not what it says")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

#[path = "../binance/book.rs"]
mod book;
mod captures;
#[path = "../binance/changed.rs"]
mod changed;
mod damaged;
mod desk;
mod fast;
mod samples;
#[path = "../binance/shared.rs"]
mod shared;
#[path = "../binance/summary.rs"]
mod summary;
#[path = "../../fuzz/targets/mod.rs"]
mod targets;

mod bitget;
mod bitmex;
mod bybit;
mod coinbase;
mod coinbase_exchange;
mod deribit;
mod gate;
mod hyperliquid;
mod kraken;
mod kraken_futures;
mod kraken_v1;
mod kraken_ways;
mod kucoin;
mod okx;
mod sizes;
mod two_lines;
mod ways;
