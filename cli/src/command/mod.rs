//! One file a command. A command takes what was typed and ends with `Ok(())` or an [`Exit`](crate::exit::Exit).

pub(crate) mod ask;
pub(crate) mod audit;
pub(crate) mod backtest;
pub(crate) mod bench;
pub(crate) mod cost;
pub(crate) mod data;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod indicator;
pub(crate) mod jobs;
pub(crate) mod journal;
pub(crate) mod key;
pub(crate) mod kill;
pub(crate) mod monitor;
pub(crate) mod operate;
pub(crate) mod optimize;
pub(crate) mod pnl;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod sentinel;
pub(crate) mod standby;
pub(crate) mod strategy;
pub(crate) mod topology;
pub(crate) mod user;
pub(crate) mod why;
