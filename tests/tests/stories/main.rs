//! The product told as stories: the real binary as a person runs it, and the real stages where a story needs a venue that
//! misbehaves or a market that somebody writes down.
//!
//! Stories about recorded markets need the recordings beside the repository (`RINGSIDE_SHARED`, else `../shared`), and say
//! that they are skipped where there are none. No story leaves a process, a port or a file behind.

#![expect(clippy::print_stderr, reason = "a test that skips says so")]
#![allow(clippy::expect_used, reason = "a test that cannot go on ends here and says why")]

mod backfill;
mod behind_tls;
mod bitget;
mod bybit;
mod calls;
mod canary;
mod candles;
mod captures;
mod client;
mod coinbase;
mod crashes;
mod demo;
mod deribit;
mod derivatives;
mod disk;
mod doors;
mod engine;
mod environments;
mod faults;
mod feed;
mod flood;
mod gate;
mod gateway_binance;
mod gateway_bitget;
mod gateway_bybit;
mod gateway_coinbase;
mod gateway_deribit;
mod gateway_gate;
mod gateway_hyperliquid;
mod gateway_kraken;
mod gateway_kraken_futures;
mod gateway_okx;
mod hang;
mod hedge;
mod hostile;
mod hyperliquid;
mod jobs;
mod journal;
mod kill;
mod kraken;
mod kraken_futures;
mod limits;
mod lists;
mod manual;
mod office;
mod okx;
mod operate;
mod ordeal;
mod parity;
mod phone;
mod process;
mod record;
mod recordings;
mod recovery;
mod run;
mod scenario;
mod scratch;
mod secrets;
mod seeds;
mod setups;
mod silence;
mod simulated;
mod standby;
mod stops;
mod trader;
mod trouble;
mod two_lines;
