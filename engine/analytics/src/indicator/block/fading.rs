//! What fades: every input makes less of what was there, and is added.

/// Inputs of a stretch.
pub(crate) const STRETCH: usize = 4;

/// A value that keeps a fixed part of itself at every input, and takes the input in.
///
/// Every value is made of the one before: written so, each waits for a multiplication and an addition. So the series is
/// cut into stretches of four. A value is what came since the stretch began, and the value at its beginning with what is left
/// of it; what came is added up in two steps, each input with the one before it, then each pair with the pair before. So a
/// processor works on two inputs at once, on stretches side by side, and only their beginnings wait for each other. One by
/// one as in a block, to the same bits.
#[derive(Clone, Copy, Debug)]
pub struct Fading {
    keep: f64,
    /// What stays over two inputs.
    keep_twice: f64,
    /// What is left of the beginning after each input.
    left: [f64; STRETCH],
    /// The value at the beginning of the stretch.
    begin: f64,
    /// The input before, in this stretch.
    last: f64,
    /// The two pairs before, the older one first.
    pairs: [f64; 2],
    /// Inputs since the beginning.
    step: usize,
}

impl Fading {
    /// Nothing is there yet; `keep` of it stays at every input.
    #[must_use]
    pub fn new(keep: f64) -> Self {
        let left = std::array::from_fn(|step| keep.powi(step as i32 + 1));
        Self { keep, keep_twice: keep * keep, left, begin: 0.0, last: 0.0, pairs: [0.0; 2], step: 0 }
    }

    /// `value` is there.
    pub fn start(&mut self, value: f64) {
        (self.begin, self.step) = (value, 0);
    }

    /// Inputs until a stretch begins, below 4.
    #[inline]
    pub(crate) fn until_stretch(&self) -> usize {
        (STRETCH - self.step) % STRETCH
    }

    /// Takes an input, and says what is there now.
    #[inline]
    pub fn next(&mut self, input: f64) -> f64 {
        let step = self.step;
        let pair = if step == 0 { input } else { input + self.keep * self.last };
        let since = if step < 2 { pair } else { pair + self.keep_twice * self.pairs[0] };
        let value = since + self.begin * self.left[step];
        (self.last, self.pairs, self.step) = (input, [self.pairs[1], pair], step + 1);
        if self.step == STRETCH {
            self.start(value);
        }
        value
    }

    /// Takes a whole stretch at its beginning, where [`until_stretch`](Self::until_stretch) is 0: the same arithmetic.
    #[inline]
    pub(crate) fn stretch(&mut self, [one, two, three, four]: [f64; STRETCH]) -> [f64; STRETCH] {
        let pairs = [one, two + self.keep * one, three + self.keep * two, four + self.keep * three];
        let since = [pairs[0], pairs[1], pairs[2] + self.keep_twice * pairs[0], pairs[3] + self.keep_twice * pairs[1]];
        let values = std::array::from_fn(|step| since[step] + self.begin * self.left[step]);
        self.begin = values[STRETCH - 1];
        values
    }

    /// Takes what `input` makes of each value, and leaves in its place what is there then.
    #[inline]
    pub fn over(&mut self, values: &mut [f64], input: impl Fn(f64) -> f64) {
        let whole = values.len().min((STRETCH - self.step) % STRETCH);
        let (first, rest) = values.split_at_mut(whole);
        first.iter_mut().for_each(|value| *value = self.next(input(*value)));
        let (stretches, last) = rest.as_chunks_mut::<STRETCH>();
        for stretch in stretches {
            *stretch = self.stretch(stretch.map(&input));
        }
        last.iter_mut().for_each(|value| *value = self.next(input(*value)));
    }

    /// The same where what is there then goes elsewhere. Of what is no number comes none to the end: who is told none by the
    /// last value knows that one was among the inputs.
    #[inline]
    pub(crate) fn through(&mut self, inputs: &[f64], values: &mut [f64], input: impl Fn(f64) -> f64) {
        let whole = inputs.len().min(self.until_stretch());
        let ((first, inputs), (first_values, values)) = (inputs.split_at(whole), values.split_at_mut(whole));
        first_values.iter_mut().zip(first).for_each(|(value, first)| *value = self.next(input(*first)));
        let ((stretches, last), (values, last_values)) =
            (inputs.as_chunks::<STRETCH>(), values.as_chunks_mut::<STRETCH>());
        for (values, stretch) in values.iter_mut().zip(stretches) {
            *values = self.stretch(stretch.map(&input));
        }
        last_values.iter_mut().zip(last).for_each(|(value, last)| *value = self.next(input(*last)));
    }
}
