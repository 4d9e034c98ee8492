//! Real Binance bytes through the decoder and the session, into a slow and obvious book.

#![expect(clippy::expect_used, reason = "a test stops where its fixture is not what it says")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

mod book;
mod faults;
mod fuzz;
mod hostile;
mod replay;
mod shared;
