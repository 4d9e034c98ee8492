//! Each venue's frames through its decoder and the shared session, into a slow and obvious book: what every kind of frame
//! says, and what becomes of bad ones.

#![expect(clippy::expect_used, reason = "a test stops where its fixture is not what it says")]

#[path = "../binance/book.rs"]
mod book;
mod desk;

mod bitmex;
mod bybit;
mod deribit;
