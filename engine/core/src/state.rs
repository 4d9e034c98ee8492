//! The state hash: one number for all that the core holds. Two runs with the same hash ended with the same books, money,
//! orders and limits' use.

use crate::execution::order_table::OrderTable;
use crate::risk::Risk;
use engine_model::instrument::InstrumentId;
use engine_model::planted::planted;

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
    if !planted("recovery/hash-without-orders") {
        orders.digest(&mut hasher);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::{Rules, Terms};
    use crate::test_instruments::instruments;
    use engine_model::intent::StrategyId;
    use engine_model::limit::Limits;
    use engine_model::order::{ClientOrderId, Order};
    use engine_model::units::{Lots, Quote, Ticks};

    #[test]
    fn orders_are_part_of_the_state() {
        let terms = Terms { epoch: 1, equity_start: Quote::whole(1), open_orders_max: 4 };
        let risk = Risk::new(instruments(), &Rules::open(Limits::default(), &instruments()), terms);
        let mut orders = OrderTable::new(4);
        let before = state_hash(&risk, &orders);
        let client_order_id = ClientOrderId::new(1, 1, 1);
        orders.begin(&Order { client_order_id, px: Ticks(1), qty: Lots(1), ..Order::default() }, StrategyId(1));
        assert_ne!(state_hash(&risk, &orders), before);
    }
}
