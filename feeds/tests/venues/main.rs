//! Each venue's frames through its decoder and the shared session, into a slow and obvious book: what every kind of frame
//! says, and what becomes of bad ones.

#![expect(clippy::expect_used, reason = "a test stops where its fixture is not what it says")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

#[path = "../binance/book.rs"]
mod book;
#[path = "../binance/changed.rs"]
mod changed;
mod desk;
#[path = "../binance/shared.rs"]
mod shared;

mod bitmex;
mod bybit;
mod deribit;
mod ways;
