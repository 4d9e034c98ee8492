//! The text of an order as the venue's WebSocket API takes it (`order.place` on a session that is logged on, so without a
//! signature), written into one fixed buffer.
//!
//! Owns nothing but the text: what a gateway does beyond it is the gateway's.

use engine_model::instrument::{Grid, Instrument};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, TimeInForce};
use engine_model::units::Nanos;

/// Longer than the longest text: 190 bytes of fixed words, a symbol of 47, two numbers of 21, two ids of 24, a time of 13.
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
        self.text(instrument.symbol.as_bytes());
        match order.side {
            Side::Buy => self.put(b"\",\"side\":\"BUY\",\"type\":\""),
            Side::Sell => self.put(b"\",\"side\":\"SELL\",\"type\":\""),
        }
        match (order.post_only, order.time_in_force) {
            (true, _) => self.put(b"LIMIT_MAKER\",\"price\":\""),
            (false, TimeInForce::Gtc | TimeInForce::Gtd | TimeInForce::Day) => {
                self.put(b"LIMIT\",\"timeInForce\":\"GTC\",\"price\":\"")
            }
            (false, TimeInForce::Ioc) => self.put(b"LIMIT\",\"timeInForce\":\"IOC\",\"price\":\""),
            (false, TimeInForce::Fok) => self.put(b"LIMIT\",\"timeInForce\":\"FOK\",\"price\":\""),
        }
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

    /// Words whose length is known while compiling: a few stores, no call.
    #[inline(always)]
    fn put<const N: usize>(&mut self, words: &[u8; N]) {
        self.bytes[self.length..self.length + N].copy_from_slice(words);
        self.length += N;
    }

    fn text(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        self.bytes[self.length..end].copy_from_slice(text);
        self.length = end;
    }

    #[inline]
    fn id(&mut self, id: ClientOrderId) {
        self.put(b"R");
        self.whole(u64::from(id.strategy()));
        self.put(b"-");
        self.whole(u64::from(id.epoch()));
        self.put(b"-");
        self.whole(u64::from(id.counter()));
    }

    #[inline]
    fn whole(&mut self, number: u64) {
        self.digits(number, number.checked_ilog10().unwrap_or(0) as usize + 1);
    }

    /// `units * 10^-decimals`, with all its decimals.
    #[inline]
    fn decimal(&mut self, units: u64, decimals: usize) {
        let one = POW10[decimals.min(POW10.len() - 1)];
        self.whole(units / one);
        if decimals > 0 {
            self.put(b".");
            self.digits(units % one, decimals);
        }
    }

    /// The last `count` digits, two at a time from the end.
    #[inline]
    fn digits(&mut self, mut number: u64, count: usize) {
        let slots = &mut self.bytes[self.length..self.length + count];
        self.length += count;
        let mut pairs = slots.rchunks_exact_mut(2);
        for slot in &mut pairs {
            let at = (number % 100) as usize * 2;
            number /= 100;
            slot.copy_from_slice(&PAIRS[at..at + 2]);
        }
        if let [first] = pairs.into_remainder() {
            *first = b'0' + (number % 10) as u8;
        }
    }
}

/// Powers of ten, as many as a grid has decimals.
const POW10: [u64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// `00` to `99`.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut at = 0;
    while at < 100 {
        pairs[2 * at] = b'0' + (at / 10) as u8;
        pairs[2 * at + 1] = b'0' + (at % 10) as u8;
        at += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::instrument;
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
        instrument.symbol = engine_model::instrument::Name::new(&"X".repeat(47)).expect("47 letters");
        let (px, qty) = (Ticks(i64::MAX), Lots(i64::MAX));
        let order = Order { px, qty, side: Side::Sell, time_in_force: TimeInForce::Ioc, ..Order::default() };
        let mut text = OrderText::default();
        let id = ClientOrderId::new(255, (1 << 24) - 1, u32::MAX);
        assert!(text.write(id, &order, &instrument, Nanos(u64::MAX)).len() < ROOM);
    }
}
