//! The text of an order as the venue's WebSocket API takes it (`order.place` on a session that is logged on, so without a
//! signature), written into one fixed buffer.
//!
//! Owns nothing but the text: what a gateway does beyond it is the gateway's.

use engine_model::instrument::{Grid, Instrument};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, TimeInForce};
use engine_model::units::Nanos;

/// Longer than the longest text: 190 bytes of fixed words, a symbol of 31, two numbers of 21, two ids of 24, a time of 13.
const ROOM: usize = 512;

/// One order's text.
#[derive(Clone, Debug)]
pub struct OrderText {
    bytes: [u8; ROOM],
    length: usize,
}

impl Default for OrderText {
    fn default() -> Self {
        Self { bytes: [0; ROOM], length: 0 }
    }
}

impl OrderText {
    /// Writes the order's text in place of what was there.
    #[inline]
    pub fn write(&mut self, id: ClientOrderId, order: &Order, instrument: &Instrument, at: Nanos) -> &[u8] {
        self.length = 0;
        self.put(b"{\"id\":\"");
        self.id(id);
        self.put(b"\",\"method\":\"order.place\",\"params\":{\"symbol\":\"");
        self.put(instrument.symbol.as_bytes());
        self.put(match order.side {
            Side::Buy => b"\",\"side\":\"BUY\",\"type\":\"",
            Side::Sell => b"\",\"side\":\"SELL\",\"type\":\"",
        });
        self.put(match (order.post_only, order.time_in_force) {
            (true, _) => b"LIMIT_MAKER\",\"price\":\"",
            (false, TimeInForce::Gtc) => b"LIMIT\",\"timeInForce\":\"GTC\",\"price\":\"",
            (false, TimeInForce::Ioc) => b"LIMIT\",\"timeInForce\":\"IOC\",\"price\":\"",
            (false, TimeInForce::Fok) => b"LIMIT\",\"timeInForce\":\"FOK\",\"price\":\"",
        });
        let Grid { price_decimals, tick_step, qty_decimals, lot_step } = instrument.grid;
        self.decimal((order.px.0 * tick_step).unsigned_abs(), usize::from(price_decimals));
        self.put(b"\",\"quantity\":\"");
        self.decimal((order.qty.0 * lot_step).unsigned_abs(), usize::from(qty_decimals));
        self.put(b"\",\"newClientOrderId\":\"");
        self.id(id);
        self.put(b"\",\"timestamp\":");
        self.whole(at.0 / Nanos::MILLI);
        self.put(b"}}");
        self.bytes()
    }

    /// The text.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    #[inline]
    fn put(&mut self, words: &[u8]) {
        let end = self.length + words.len();
        self.bytes[self.length..end].copy_from_slice(words);
        self.length = end;
    }

    fn id(&mut self, id: ClientOrderId) {
        self.put(b"R");
        self.whole(u64::from(id.strategy()));
        self.put(b"-");
        self.whole(u64::from(id.epoch()));
        self.put(b"-");
        self.whole(u64::from(id.counter()));
    }

    fn whole(&mut self, number: u64) {
        self.decimal(number, 0);
    }

    /// `units * 10^-decimals`, with all its decimals.
    fn decimal(&mut self, mut units: u64, decimals: usize) {
        let mut digits = [b'0'; 24];
        let (mut at, mut written) = (digits.len(), 0);
        loop {
            if written == decimals && decimals > 0 {
                at -= 1;
                digits[at] = b'.';
            }
            at -= 1;
            digits[at] = b'0' + (units % 10) as u8;
            units /= 10;
            written += 1;
            if units == 0 && written > decimals {
                break;
            }
        }
        self.put(&digits[at..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tick_to_order::rig::instrument;
    use engine_model::units::{Lots, Ticks};
    use serde_json::{Value, json};

    #[test]
    fn the_text_says_what_the_order_says() {
        let instrument = instrument();
        let order = Order { px: Ticks(600_005), qty: Lots(33), post_only: true, ..Order::default() };
        let mut text = OrderText::default();
        let id = ClientOrderId::new(1, 22, 333);
        let bytes = text.write(id, &order, &instrument, Nanos(1_723_161_255_123_456_789));
        let found: Value = serde_json::from_slice(bytes).expect("JSON");
        let expected = json!({"id": "R1-22-333", "method": "order.place", "params": {
            "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT_MAKER", "price": "60000.5", "quantity": "0.033",
            "newClientOrderId": "R1-22-333", "timestamp": 1_723_161_255_123_u64,
        }});
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_are_written_as_the_grid_writes_them() {
        let instrument = instrument();
        for ticks in [0, 1, 9, 10, 99, 100, 101, 6_000_000, i64::MAX] {
            let mut text = OrderText::default();
            text.decimal(ticks.unsigned_abs(), usize::from(instrument.grid.price_decimals));
            assert_eq!(String::from_utf8_lossy(text.bytes()), instrument.grid.price_text(Ticks(ticks)));
        }
    }

    #[test]
    fn the_longest_text_fits() {
        let mut instrument = instrument();
        instrument.symbol = engine_model::instrument::Name::new(&"X".repeat(31)).expect("31 letters");
        let (px, qty) = (Ticks(i64::MAX), Lots(i64::MAX));
        let order = Order { px, qty, side: Side::Sell, time_in_force: TimeInForce::Ioc, ..Order::default() };
        let mut text = OrderText::default();
        let id = ClientOrderId::new(255, (1 << 24) - 1, u32::MAX);
        assert!(text.write(id, &order, &instrument, Nanos(u64::MAX)).len() < ROOM);
    }
}
