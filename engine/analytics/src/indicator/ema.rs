//! Exponential moving average.

/// Average with weight `2 / (period + 1)` on the newest input, seeded with the mean of the first `period` inputs.
#[derive(Clone, Copy, Debug)]
pub struct Ema {
    period: u32,
    weight: f64,
    /// Inputs left to skip before the seed begins.
    skip: u32,
    /// Inputs taken into the seed so far.
    seeded: u32,
    /// Sum of the seed, then the average.
    value: f64,
}

impl Ema {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self::starting_after(period, 0)
    }

    /// Whose seed begins after `skip` inputs: so that two averages of unequal length end their seeds together.
    #[must_use]
    pub(super) fn starting_after(period: u32, skip: u32) -> Self {
        assert!(period > 0, "an average of nothing");
        Self { period, weight: 2.0 / (f64::from(period) + 1.0), skip, seeded: 0, value: 0.0 }
    }

    /// Takes the next input; the average from the `period`-th on.
    pub fn update(&mut self, input: f64) -> Option<f64> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if self.seeded < self.period {
            self.seeded += 1;
            self.value += input;
            if self.seeded < self.period {
                return None;
            }
            self.value /= f64::from(self.period);
        } else {
            self.value += (input - self.value) * self.weight;
        }
        Some(self.value)
    }
}
