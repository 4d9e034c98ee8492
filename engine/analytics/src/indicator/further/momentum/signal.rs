//! What is counted and compared at turns: DeMark's countdown, divergences.

use super::Setup;
use crate::indicator::block::{Lag, Ring};
use crate::indicator::{Filter, Indicator};

/// DeMark's sequential. The setup counts as [`Setup`] does. One that reaches 9 starts a countdown to its side, in the place
/// of one to the other side; a further one to the same side changes nothing. The countdown counts bars, from that one on,
/// whose close is not above the low of two bars ago (a falling setup: -1, -2, …) or not below that high (a rising one), up
/// to 13; it is told as 13 at its bar only, and is 0 where there is none.
#[derive(Clone, Debug)]
pub struct Sequential {
    setup: Setup,
    highs: Lag,
    lows: Lag,
    /// Side of the countdown: 1, -1, 0 for none.
    side: i8,
    count: f64,
}

impl Sequential {
    /// Bars of a setup, and of a countdown.
    const SETUP: f64 = 9.0;
    const COUNTDOWN: f64 = 13.0;

    /// Before the first bar.
    #[must_use]
    pub fn new() -> Self {
        Self { setup: Setup::new(), highs: Lag::new(2), lows: Lag::new(2), side: 0, count: 0.0 }
    }
}

impl Default for Sequential {
    fn default() -> Self {
        Self::new()
    }
}

impl Indicator<3, 2> for Sequential {
    /// Setup and countdown.
    #[inline]
    fn update(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let setup = self.setup.next(close);
        let (high, low) = (self.highs.next(high), self.lows.next(low));
        if setup.is_nan() {
            return [f64::NAN; 2];
        }
        if self.count == Self::COUNTDOWN {
            (self.side, self.count) = (0, 0.0);
        }
        let side = i8::from(setup > 0.0) - i8::from(setup < 0.0);
        if setup.abs() == Self::SETUP && side != self.side {
            (self.side, self.count) = (side, 0.0);
        }
        if self.side > 0 && close >= high || self.side < 0 && close <= low {
            self.count += 1.0;
        }
        // Not a negative nothing.
        [setup, if self.count > 0.0 { f64::from(self.side) * self.count } else { 0.0 }]
    }
}

/// A turn of the oscillator: how many bars ago, its value, and the price there.
#[derive(Clone, Copy, Debug)]
struct Turn {
    age: usize,
    oscillator: f64,
    price: f64,
}

/// Divergence of price and oscillator at its turns. A low of the oscillator is a value below the `n` before it and not above
/// the `n` after it, so it is known `n` bars late. Compared with the low before, if that is 5 to 60 bars older:
/// regular, 1: the oscillator is higher and the bar's low lower; hidden, 1: the oscillator is lower and the bar's low higher.
/// Highs mirror it, with -1. 0 where nothing diverges.
#[derive(Clone, Debug)]
pub struct Divergence {
    pivot: usize,
    highs: Ring,
    lows: Ring,
    oscillator: Ring,
    /// The last high and the last low.
    turns: [Option<Turn>; 2],
}

impl Divergence {
    /// Bars between two turns that are compared.
    const NEAREST: usize = 5;
    const FARTHEST: usize = 60;

    /// Turns of so many bars on each side. Panics on 0.
    #[must_use]
    pub fn new(pivot: usize) -> Self {
        let ring = || Ring::new(2 * pivot + 1);
        Self { pivot, highs: ring(), lows: ring(), oscillator: ring(), turns: [None; 2] }
    }

    /// Compares the middle of the window with the turn before, if it is one; `sign` 1 for highs, -1 for lows: what is
    /// regular and what is hidden.
    fn turn(&mut self, at: usize, sign: f64) -> Option<(bool, bool)> {
        let middle = sign * self.oscillator.back(self.pivot);
        let newer = (0..self.pivot).all(|age| sign * self.oscillator.back(age) <= middle);
        let older = (self.pivot + 1..=2 * self.pivot).all(|age| sign * self.oscillator.back(age) < middle);
        if !newer || !older {
            return None;
        }
        let prices = if sign > 0.0 { &self.highs } else { &self.lows };
        let turn = Turn { age: self.pivot, oscillator: middle, price: sign * prices.back(self.pivot) };
        let before = self.turns[at].replace(turn)?;
        let apart = before.age - turn.age;
        let counts = (Self::NEAREST..=Self::FARTHEST).contains(&apart);
        let regular = turn.oscillator < before.oscillator && turn.price > before.price;
        let hidden = turn.oscillator > before.oscillator && turn.price < before.price;
        Some((counts && regular, counts && hidden))
    }
}

impl Indicator<3, 2> for Divergence {
    /// Regular and hidden.
    fn update(&mut self, [high, low, oscillator]: [f64; 3]) -> [f64; 2] {
        self.highs.push(high);
        self.lows.push(low);
        self.oscillator.push(oscillator);
        for turn in self.turns.iter_mut().flatten() {
            turn.age += 1;
        }
        if !self.oscillator.is_full() {
            return [f64::NAN; 2];
        }
        let (top, bottom) = (self.turn(0, 1.0).unwrap_or_default(), self.turn(1, -1.0).unwrap_or_default());
        let sign = |up: bool, down: bool| f64::from(i8::from(up) - i8::from(down));
        [sign(bottom.0, top.0), sign(bottom.1, top.1)]
    }
}
