//! The script room: strategies of people who do not write Rust, in Rhai.
//!
//! Owns: how a script is read ([`load`]), the bounds it runs in ([`sandbox`]), what it sees and may wish for. To the engine
//! it is a strategy like any other ([`engine_core::strategy::play::Play`]). Never: a file but the one that it was given, a
//! clock, a random number, a float for a price or a quantity; an error of a script that ends more than the script.
//!
//! A script takes memory with every call, which nothing else does on an engine's thread; that is not counted among what the
//! run takes ([`engine_ring::alloc_guard::uncounted`]), and is the price of it, with some microseconds a call. See
//! `docs/adding-a-strategy.md`.

mod declared;
mod desk;
mod indicators;
mod sandbox;
mod script;

pub use declared::{ScriptFault, load};

#[cfg(test)]
mod tests;
