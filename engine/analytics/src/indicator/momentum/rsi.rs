//! Gains against losses.

use crate::indicator::block::{Rma, Sum};
use crate::indicator::{BLOCK, Filter, any_nan};

/// What a series gained and what it lost since the input before; NaN twice at the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changes(f64);

impl Changes {
    pub(super) fn new() -> Self {
        Self(f64::NAN)
    }

    #[inline]
    pub(super) fn next(&mut self, input: f64) -> (f64, f64) {
        if input.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        let change = input - std::mem::replace(&mut self.0, input);
        if change.is_nan() { (f64::NAN, f64::NAN) } else { Self::of(change) }
    }

    /// The same for a block: inputs become gains.
    #[inline]
    pub(super) fn over(&mut self, values: &mut [f64], losses: &mut [f64]) {
        if self.0.is_nan() || any_nan(values) {
            for (value, loss) in values.iter_mut().zip(losses) {
                (*value, *loss) = self.next(*value);
            }
            return;
        }
        let mut before = self.0;
        for (value, loss) in values.iter_mut().zip(losses) {
            let change = *value - before;
            before = *value;
            (*value, *loss) = Self::of(change);
        }
        self.0 = before;
    }

    /// Compared, not by `max`: that asks each time whether one of both is no number.
    #[inline]
    fn of(change: f64) -> (f64, f64) {
        (if change > 0.0 { change } else { 0.0 }, if change < 0.0 { -change } else { 0.0 })
    }
}

/// `part` of `whole` in percent; 0 of nothing. Divided first, so that a loop of it is not cut in two by the question.
#[inline]
pub(super) fn percent(part: f64, whole: f64) -> f64 {
    let percent = 100.0 * (part / whole);
    if whole == 0.0 { 0.0 } else { percent }
}

/// Wilder's averages of gains and of losses, of which [`Rsi`] and [`Cmo`] are made.
#[derive(Clone, Copy, Debug)]
pub struct Swings {
    changes: Changes,
    gain: Rma,
    loss: Rma,
}

/// What [`Swings`] say at an input; NaN for the first `period`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// Average gain.
    pub gain: f64,
    /// Average loss, positive.
    pub loss: f64,
}

impl Swings {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { changes: Changes::new(), gain: Rma::new(period), loss: Rma::new(period) }
    }

    /// Takes the next input.
    #[inline]
    pub fn next(&mut self, input: f64) -> Swing {
        let (gain, loss) = self.changes.next(input);
        Swing { gain: self.gain.next(gain), loss: self.loss.next(loss) }
    }
}

impl Swing {
    /// What [`Rsi`] says.
    #[must_use]
    #[inline]
    pub fn rsi(self) -> f64 {
        percent(self.gain, self.gain + self.loss)
    }

    /// What [`Cmo`] says.
    #[must_use]
    #[inline]
    pub fn cmo(self) -> f64 {
        percent(self.gain - self.loss, self.gain + self.loss)
    }
}

/// Share of gains in all movement, 0 to 100, by Wilder's averages.
#[derive(Clone, Copy, Debug)]
pub struct Rsi(Swings);

impl Rsi {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(Swings::new(period))
    }
}

impl Filter for Rsi {
    /// From the input after the `period`-th on. A series that never moved has index 0.
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.0.next(input).rsi()
    }

    #[inline]
    fn over(&mut self, values: &mut [f64]) {
        let mut losses = [0.0; BLOCK];
        for block in values.chunks_mut(BLOCK) {
            let losses = &mut losses[..block.len()];
            let Swings { changes, gain, loss } = &mut self.0;
            changes.over(block, losses);
            gain.over(block);
            loss.over(losses);
            for (gain, loss) in block.iter_mut().zip(losses) {
                *gain = percent(*gain, *gain + *loss);
            }
        }
    }
}

/// Gains less losses by all movement, -100 to 100, by Wilder's averages.
#[derive(Clone, Copy, Debug)]
pub struct Cmo(Swings);

impl Cmo {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self(Swings::new(period))
    }
}

impl Filter for Cmo {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        self.0.next(input).cmo()
    }
}

/// The same of plain sums over the window, as Chande wrote it.
#[derive(Clone, Debug)]
pub struct PlainCmo {
    changes: Changes,
    gain: Sum,
    loss: Sum,
}

impl PlainCmo {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { changes: Changes::new(), gain: Sum::new(period), loss: Sum::new(period) }
    }
}

impl Filter for PlainCmo {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let (gain, loss) = self.changes.next(input);
        let (gain, loss) = (self.gain.next(gain), self.loss.next(loss));
        percent(gain - loss, gain + loss)
    }
}
