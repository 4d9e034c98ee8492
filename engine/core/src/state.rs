//! The state hash: one number for all that the core holds. Two runs with the same hash ended with the same books, money,
//! orders and limits' use.

use crate::execution::order_table::OrderTable;
use crate::risk::Risk;
use engine_model::instrument::InstrumentId;

/// First bytes hashed. Changes when the meaning of the hash does.
const TAG: &[u8] = b"ringside state 1";

/// BLAKE3 over markets (with the digests of whole books), portfolio, risk, and execution's order table, each field
/// little-endian in the order of the instruments: the same in every layout and on every machine.
#[must_use]
pub fn state_hash(risk: &Risk, orders: &OrderTable) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(TAG);
    for (index, market) in (0..).zip(risk.markets()) {
        market.digest(InstrumentId(index), &mut hasher);
    }
    risk.portfolio().digest(&mut hasher);
    risk.digest(&mut hasher);
    orders.digest(&mut hasher);
    hasher.finalize().into()
}

/// BLAKE3 of a text: tells one configuration from another in a journal's prologue.
#[must_use]
pub fn text_hash(text: &[u8]) -> [u8; 32] {
    blake3::hash(text).into()
}

/// As 64 hex digits.
#[must_use]
pub fn hex(hash: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}
