//! What no stream tells is asked for: open interest, long against short, funding that was paid, candles and trades that were
//! missed.
//!
//! Owns: the questions and answers ([`question`], [`answer`]), the thread that asks them again and again within a part of
//! each venue's request weight ([`poller`]), the board on which the newest answers stand
//! ([`board`]), and whole spans of the past ([`backfill`], of trades in [`pages`]). Which path asks
//! what, and how an answer becomes values, is in each venue's `poll` file. All of it is the slow side: no hot thread sees it.
//!
//! Never: a float; an answer made up for one that did not come. A value that is not told anew grows older, and that is all.

pub mod answer;
pub mod backfill;
pub mod board;
pub(crate) mod dialect;
pub mod error;
pub(crate) mod pages;
pub mod poller;
#[cfg(test)]
pub(crate) mod proof;
pub mod question;
pub(crate) mod read;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod turned;

pub use dialect::offers;
