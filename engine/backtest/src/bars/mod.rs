//! Backtests over bars: one instrument, one account, a wanted position after each close, traded at the next open.
//!
//! Owns: what such a run comes to, by the conventions that research tools share (numbered in [`account`]), and how fast many
//! of them go by. Its prices and cash are floats: these are estimates of what might have been, nobody's money. Orders, queues
//! and latency are the venue's of the room beside it.
//! Never: a file, a clock, a look at a bar before its close.
//!
//! [`series`] is what it reads, [`rule`] who decides by what each [`column`] says, [`account`] what happens, [`run`] all of
//! it with measures; `changes` is where a position is turned, [`brief`] is the few measures that a search asks of
//! many runs, [`lint`] what is wrong with a rule.

pub mod account;
pub mod brief;
mod changes;
pub mod column;
pub mod lint;
pub mod rule;
pub mod run;
pub mod series;

#[cfg(test)]
mod brief_tests;
#[cfg(test)]
mod lint_tests;
#[cfg(test)]
mod tests;
