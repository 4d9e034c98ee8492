//! The journal: what the core acted on, in a file that only grows.
//!
//! Owns: the file format ([`format`]), the rows in it ([`record`]), the stage that encodes them and the thread that
//! puts them on the disk ([`stage`], [`disk`]), reading them back ([`reader`]) and rebuilding the state ([`replay`]).
//!
//! Never: in the way. The stage copies into memory; only the disk thread waits for the disk. A disk that fails pulls the
//! kill switch: what cannot be written down is not traded on.

pub mod disk;
pub mod format;
pub mod reader;
pub mod record;
pub mod replay;
mod row;
pub mod stage;
pub mod states;
#[cfg(test)]
mod tests;
