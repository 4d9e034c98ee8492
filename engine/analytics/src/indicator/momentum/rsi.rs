//! Gains against losses.

use crate::indicator::block::{Rma, STRETCH, Sum};
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

    /// Inputs until both averages begin a stretch; `None` if they are not seeded yet. They always are together.
    #[inline]
    fn until_stretch(&self) -> Option<usize> {
        self.gain.until_stretch()
    }

    /// Indices of relative strength of a stretch at its beginning, none of whose inputs is NaN: the same arithmetic.
    #[inline]
    fn stretch(&mut self, inputs: [f64; STRETCH]) -> [f64; STRETCH] {
        let [one, two, three, four] = inputs;
        let changes = [one - self.changes.0, two - one, three - two, four - three].map(Changes::of);
        self.changes.0 = four;
        let gains = self.gain.stretch(changes.map(|(gain, _)| gain));
        let losses = self.loss.stretch(changes.map(|(_, loss)| loss));
        std::array::from_fn(|step| Swing { gain: gains[step], loss: losses[step] }.rsi())
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
        let mut inputs = [0.0; BLOCK];
        for block in values.chunks_mut(BLOCK) {
            let inputs = &mut inputs[..block.len()];
            inputs.copy_from_slice(block);
            self.through(inputs, block);
        }
    }

    #[inline]
    fn through(&mut self, inputs: &[f64], values: &mut [f64]) {
        let first = self.0.until_stretch().filter(|_| !any_nan(inputs)).map_or(inputs.len(), |n| n.min(inputs.len()));
        let ((first, inputs), (first_values, values)) = (inputs.split_at(first), values.split_at_mut(first));
        first_values.iter_mut().zip(first).for_each(|(value, input)| *value = self.next(*input));
        let ((stretches, last), (values, last_values)) =
            (inputs.as_chunks::<STRETCH>(), values.as_chunks_mut::<STRETCH>());
        // A copy that nothing else can reach stays in registers.
        let mut swings = self.0;
        for (values, inputs) in values.iter_mut().zip(stretches) {
            *values = swings.stretch(*inputs);
        }
        self.0 = swings;
        last_values.iter_mut().zip(last).for_each(|(value, input)| *value = self.next(*input));
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
