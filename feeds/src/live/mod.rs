//! A venue connected for ever: sockets kept alive, snapshots fetched, books watched, on the feed's own thread.
//!
//! Owns: what all venues share ([`feed`] is the stage). How a venue is talked to (addresses, subscriptions, heartbeats,
//! where its books come from) is a [`dialect`], which each venue's own `session` file gives. Never: what a frame means.

pub(crate) mod channels;
pub(crate) mod dialect;
pub mod feed;
pub mod gauges;
mod line;
pub(crate) mod listed;
mod overlap;
pub mod plan;
pub mod settings;
mod snapshots;
mod streams;
mod talk;
mod watched;
