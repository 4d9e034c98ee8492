//! What working orders could still do: every lot that is approved and not known to be over counts as if it filled, on the
//! worse side. Orders in flight and orders whose outcome is unknown are working.
//!
//! Kept by adding and subtracting; nothing is ever counted anew.

use crate::portfolio::{Scale, UNTELLABLE};
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::units::{Lots, Ticks};

/// Lots of one instrument's working orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Working {
    /// Of buy orders.
    pub buys: i128,
    /// Of sell orders.
    pub sells: i128,
}

impl Working {
    /// The position, if every working order of `side` filled and none of the other side.
    #[must_use]
    pub fn position_if_filled(&self, qty: i64, side: Side) -> i128 {
        match side {
            Side::Buy => i128::from(qty) + self.buys,
            Side::Sell => i128::from(qty) - self.sells,
        }
    }

    /// The largest position, either way, that working orders could make.
    #[must_use]
    pub fn worst(&self, qty: i64) -> i128 {
        self.position_if_filled(qty, Side::Buy).abs().max(self.position_if_filled(qty, Side::Sell).abs())
    }

    /// With `lots` more (or fewer) on `side`.
    #[must_use]
    pub fn with(mut self, side: Side, lots: i128) -> Self {
        match side {
            Side::Buy => self.buys += lots,
            Side::Sell => self.sells += lots,
        }
        self
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.buys == 0 && self.sells == 0
    }
}

/// Working orders of all instruments.
#[derive(Clone, Debug)]
pub struct Exposure {
    working: Box<[Working]>,
    /// Worst position of each instrument in 1e-8 dollars, when it was last valued.
    worst: Box<[i128]>,
    /// Sum of `worst`.
    gross: i128,
}

impl Exposure {
    /// None working.
    #[must_use]
    pub fn new(instruments: usize) -> Self {
        Self {
            working: vec![Working::default(); instruments].into_boxed_slice(),
            worst: vec![0; instruments].into_boxed_slice(),
            gross: 0,
        }
    }

    /// Counts `change` lots more on `side`, or fewer.
    ///
    /// # Panics
    /// When fewer than none would be left: the fold lost count.
    pub fn add(&mut self, instrument: InstrumentId, side: Side, change: Lots) {
        let working = self.working[instrument.index()].with(side, i128::from(change.0));
        assert!(working.buys >= 0 && working.sells >= 0, "instrument {}: {working:?}", instrument.0);
        self.working[instrument.index()] = working;
    }

    /// Lots of one instrument.
    #[must_use]
    pub fn working(&self, instrument: InstrumentId) -> Working {
        self.working[instrument.index()]
    }

    /// Values one instrument's worst position at `px`.
    pub fn value_at(&mut self, instrument: InstrumentId, qty: i64, scale: &Scale, px: Option<Ticks>) {
        let lots = self.working(instrument).worst(qty);
        let value = match px {
            _ if lots == 0 || !scale.is_dollar_quoted() => 0,
            Some(px) => scale.notional(px, lots).unwrap_or(UNTELLABLE).abs(),
            None => UNTELLABLE,
        };
        let worst = &mut self.worst[instrument.index()];
        self.gross += value - *worst;
        *worst = value;
    }

    /// Worst position of one instrument in 1e-8 dollars, as last valued.
    #[must_use]
    pub fn worst(&self, instrument: InstrumentId) -> i128 {
        self.worst[instrument.index()]
    }

    /// Sum over all instruments.
    #[must_use]
    pub fn gross(&self) -> i128 {
        self.gross
    }

    /// Writes the working lots in the order of the instruments.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        for working in &self.working {
            hasher.update(&working.buys.to_le_bytes());
            hasher.update(&working.sells.to_le_bytes());
        }
    }
}
