//! What fades: every input makes less of what was there, and is added.

/// Inputs of a stretch.
const STRETCH: usize = 8;

/// A value that keeps a fixed part of itself at every input, and takes the input in.
///
/// Every value is made of the one before: written so, each waits for a multiplication and an addition. So the series is
/// cut into stretches. A value is what came since the stretch began, and the value at its beginning with what is left of
/// it: stretches are worked on side by side, and only their beginnings wait for each other. One by one as in a block, to
/// the same bits.
#[derive(Clone, Copy, Debug)]
pub struct Fading {
    keep: f64,
    /// What is left of the beginning after each input.
    left: [f64; STRETCH],
    /// The value at the beginning of the stretch.
    begin: f64,
    /// What came since.
    since: f64,
    /// Inputs since.
    step: usize,
}

impl Fading {
    /// Nothing is there yet; `keep` of it stays at every input.
    #[must_use]
    pub fn new(keep: f64) -> Self {
        let left = std::array::from_fn(|step| keep.powi(step as i32 + 1));
        Self { keep, left, begin: 0.0, since: 0.0, step: 0 }
    }

    /// `value` is there.
    pub fn start(&mut self, value: f64) {
        (self.begin, self.since, self.step) = (value, 0.0, 0);
    }

    /// Takes an input, and says what is there now.
    #[inline]
    pub fn next(&mut self, input: f64) -> f64 {
        self.since = self.since * self.keep + input;
        let value = self.begin * self.left[self.step] + self.since;
        self.step += 1;
        if self.step == STRETCH {
            self.start(value);
        }
        value
    }

    /// Takes what `input` makes of each value, and leaves in its place what is there then.
    #[inline]
    pub fn over(&mut self, values: &mut [f64], input: impl Fn(f64) -> f64) {
        let whole = values.len().min((STRETCH - self.step) % STRETCH);
        let (first, rest) = values.split_at_mut(whole);
        first.iter_mut().for_each(|value| *value = self.next(input(*value)));
        let (stretches, last) = rest.as_chunks_mut::<STRETCH>();
        for stretch in stretches {
            let mut since = 0.0;
            *stretch = stretch.map(&input).map(|input| {
                since = since * self.keep + input;
                since
            });
            for (value, left) in stretch.iter_mut().zip(self.left) {
                *value += self.begin * left;
            }
            self.begin = stretch[STRETCH - 1];
        }
        last.iter_mut().for_each(|value| *value = self.next(input(*value)));
    }
}
