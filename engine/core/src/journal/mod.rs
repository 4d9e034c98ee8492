//! The journal: what the core acted on, in a file that only grows.
//!
//! Owns: the file format ([`format`]), the rows in it ([`record`]), the stage that encodes them and the thread that
//! puts them on the disk ([`stage`], [`disk`], [`segments`], [`volume`]), reading them back ([`stored`], [`reader`]) and
//! rebuilding the state ([`replay`]), what a next run takes over of it ([`recovery`]) and how it
//! ended ([`crashes`]); following one that grows
//! ([`follower`], [`trail`], [`outlet`], [`mirror`], [`hashes`]), and the [`fence`] behind which an old run is over.
//!
//! Never: in the way. The stage copies into memory; only the disk thread waits for the disk. A disk that fails pulls the
//! kill switch: what cannot be written down is not traded on.

pub mod crashes;
pub mod disk;
#[cfg(test)]
mod fault_tests;
pub mod fence;
pub mod follower;
pub mod format;
pub mod hashes;
#[cfg(test)]
mod kill_tests;
pub mod mirror;
pub mod outlet;
#[cfg(test)]
mod power_tests;
pub mod reader;
pub mod record;
pub mod recovery;
pub mod replay;
mod row;
pub mod segments;
pub mod simulated;
pub mod snapshot;
pub mod stage;
pub mod states;
pub mod stored;
pub mod stream;
#[cfg(test)]
mod tests;
pub mod trail;
pub mod volume;

/// Enums by their numbers.
pub(crate) mod numbers {
    pub(crate) use super::row::{book_state, cause, order_status, side, trading_state};
}
