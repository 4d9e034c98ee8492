//! What this machine does with our code: one file a question.
//!
//! **Owns** the measuring of [`hop`] (one event over one ring), [`decode`] (bytes to books), [`book`] (one update) and
//! [`tick_to_order`] (a frame's bytes to an order's bytes), [`wire`] (a frame on a socket to an order on one),
//! [`instruments`] (how many one thread holds), [`risk`] (one judgement), [`matching`] (one event through a simulated
//! venue), [`journal`] (one event to the disk), [`indicators`] (one bar of one), [`backtest`] (one bar of a whole run),
//! [`sweep`] (one run of many), [`rest`] (a read at the door of a running engine), and the method they share: an empty
//! harness measured first, contenders in turn round after round ([`rounds`]), open loops that never shift their plan
//! ([`pace`]), the machine stated with every number ([`machine`]).
//!
//! **Never** links other people's queues, decoders or books: those are in `benches/rival`, which hands them in as more
//! contenders of the same run. Never claims an absolute number for any other machine.

pub mod backtest;
pub mod book;
pub mod call;
pub mod decode;
mod engine;
pub mod error;
pub mod hop;
pub mod indicators;
pub mod instruments;
pub mod journal;
pub mod machine;
pub mod matching;
pub mod pace;
pub mod random;
pub mod report;
pub mod rest;
pub mod risk;
pub mod rounds;
pub mod stream;
pub mod sweep;
pub mod synthetic;
pub mod table;
pub mod tick_to_order;
pub mod wire;

pub use call::{Bench, Call, run};
pub use error::BenchError;
