//! Relative strength index.

/// Share of gains in all movement, 0 to 100, by Wilder's averages: seeded with the mean of the first `period` changes,
/// then weight `1 / period` on the newest.
#[derive(Clone, Copy, Debug)]
pub struct Rsi {
    period: u32,
    last: Option<f64>,
    /// Changes taken into the seed so far.
    seeded: u32,
    gain: f64,
    loss: f64,
}

impl Rsi {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        assert!(period > 0, "an average of nothing");
        Self { period, last: None, seeded: 0, gain: 0.0, loss: 0.0 }
    }

    /// Takes the next input; the index from the one after the `period`-th on. A series that never moved has index 0.
    pub fn update(&mut self, input: f64) -> Option<f64> {
        let change = input - self.last.replace(input)?;
        let (gain, loss) = (change.max(0.0), (-change).max(0.0));
        let period = f64::from(self.period);
        if self.seeded < self.period {
            self.seeded += 1;
            self.gain += gain;
            self.loss += loss;
            if self.seeded < self.period {
                return None;
            }
            self.gain /= period;
            self.loss /= period;
        } else {
            self.gain = (self.gain * (period - 1.0) + gain) / period;
            self.loss = (self.loss * (period - 1.0) + loss) / period;
        }
        let movement = self.gain + self.loss;
        Some(if movement > 0.0 { 100.0 * self.gain / movement } else { 0.0 })
    }
}
