//! Differences of a fast and a slow average.

use crate::indicator::block::{After, Ema, STRETCH, Sma};
use crate::indicator::overlap::{Average, Kind};
use crate::indicator::{Filter, Indicator};

/// Difference of a fast and a slow average, the average of that difference, and what lies between the two.
#[derive(Clone, Copy, Debug)]
pub struct Macd<A = Ema> {
    fast: After<A>,
    slow: After<A>,
    signal: A,
}

/// One result of a [`Macd`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacdValue {
    /// Fast average less slow average.
    pub macd: f64,
    /// Average of `macd`.
    pub signal: f64,
    /// `macd` less `signal`.
    pub histogram: f64,
}

impl Macd<Ema> {
    /// Of exponential averages. Panics on a period of 0. A fast period above the slow one is exchanged with it.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let (fast, slow) = (fast.min(slow), fast.max(slow));
        Self::aligned([fast - 1, slow - 1], [Ema::new(fast), Ema::new(slow), Ema::new(signal)])
    }

    /// With the weights 0.15 and 0.075 of Appel's own, at 12 and 26 inputs for the seeds.
    #[must_use]
    pub fn fixed(signal: usize) -> Self {
        Self::aligned([11, 25], [Ema::weighted(12, 0.15), Ema::weighted(26, 0.075), Ema::new(signal)])
    }
}

impl Macd<Average> {
    /// Of averages of any kind, fast, slow and signal. Panics on a period of 0. A fast period above the slow one is
    /// exchanged with it.
    #[must_use]
    pub fn of(mut fast: (usize, Kind), mut slow: (usize, Kind), signal: (usize, Kind)) -> Self {
        if slow.0 < fast.0 {
            (fast, slow) = (slow, fast);
        }
        let lookbacks = [fast, slow].map(|(period, kind)| kind.lookback(period));
        Self::aligned(lookbacks, [fast, slow, signal].map(|(period, kind)| Average::new(kind, period)))
    }
}

impl<A: Filter> Macd<A> {
    /// Both averages have their first value on the same input.
    fn aligned(lookbacks: [usize; 2], [fast, slow, signal]: [A; 3]) -> Self {
        let longest = lookbacks[0].max(lookbacks[1]);
        Self { fast: After::new(longest - lookbacks[0], fast), slow: After::new(longest - lookbacks[1], slow), signal }
    }

    /// Takes the next input; all three NaN until the signal has a value.
    #[inline]
    pub fn next(&mut self, input: f64) -> MacdValue {
        let macd = self.fast.next(input) - self.slow.next(input);
        let signal = self.signal.next(macd);
        let histogram = macd - signal;
        MacdValue { macd: if signal.is_nan() { f64::NAN } else { macd }, signal, histogram }
    }
}

impl<A: Filter> Macd<A> {
    #[inline]
    fn row(&mut self, input: f64) -> [f64; 3] {
        let MacdValue { macd, signal, histogram } = self.next(input);
        [macd, signal, histogram]
    }

    /// A block, one average after the other.
    #[inline]
    fn passes(&mut self, inputs: &[f64], [macd, signal, histogram]: [&mut [f64]; 3]) {
        macd.copy_from_slice(inputs);
        self.fast.over(macd);
        histogram.copy_from_slice(inputs);
        self.slow.over(histogram);
        for ((macd, slow), signal) in macd.iter_mut().zip(&*histogram).zip(&mut *signal) {
            *macd -= slow;
            *signal = *macd;
        }
        self.signal.over(signal);
        for ((macd, signal), histogram) in macd.iter_mut().zip(&*signal).zip(histogram) {
            *histogram = *macd - signal;
            *macd = if signal.is_nan() { f64::NAN } else { *macd };
        }
    }
}

impl Macd<Ema> {
    /// Inputs until all three averages begin a stretch together; `None` if they never do, or not yet.
    #[inline]
    fn until_stretch(&mut self) -> Option<usize> {
        let (fast, slow) = (self.fast.begun()?.until_stretch()?, self.slow.begun()?.until_stretch()?);
        (self.signal.until_stretch()? == fast && slow == fast).then_some(fast)
    }

    /// The same stretch of all three, one behind the other: while one waits for its beginning the others are worked on.
    #[inline]
    fn stretch(&mut self, inputs: [f64; STRETCH]) -> Option<[[f64; STRETCH]; 3]> {
        let (fast, slow) = (self.fast.begun()?.stretch(inputs), self.slow.begun()?.stretch(inputs));
        let macd = std::array::from_fn(|step| fast[step] - slow[step]);
        let signal = self.signal.stretch(macd);
        Some([macd, signal, std::array::from_fn(|step| macd[step] - signal[step])])
    }

    /// All whole stretches. `None`, and nothing of it counts, if one of the inputs was no number.
    #[inline]
    fn stretches(&mut self, inputs: &[f64], [macd, signal, histogram]: [&mut [f64]; 3]) -> Option<()> {
        let ((inputs, _), (macd, _)) = (inputs.as_chunks::<STRETCH>(), macd.as_chunks_mut::<STRETCH>());
        let ((signal, _), (histogram, _)) = (signal.as_chunks_mut::<STRETCH>(), histogram.as_chunks_mut::<STRETCH>());
        let mut last = 0.0;
        for (((inputs, macd), signal), histogram) in inputs.iter().zip(macd).zip(signal).zip(histogram) {
            [*macd, *signal, *histogram] = self.stretch(*inputs)?;
            last = signal[STRETCH - 1];
        }
        (!last.is_nan()).then_some(())
    }
}

impl Indicator<1, 3> for Macd<Ema> {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        self.row(input)
    }

    #[inline]
    fn block(&mut self, [inputs]: [&[f64]; 1], outputs: [&mut [f64]; 3]) {
        let Some(first) = self.until_stretch().filter(|first| *first < inputs.len()) else {
            return self.passes(inputs, outputs);
        };
        let (first, rest) = inputs.split_at(first);
        let [(first_macd, macd), (first_signal, signal), (first_histogram, histogram)] =
            outputs.map(|column| column.split_at_mut(first.len()));
        self.passes(first, [first_macd, first_signal, first_histogram]);
        // Nobody asks whether an input is no number: the last value tells it, and then all is done again. A copy that nothing
        // else can reach stays in registers.
        let mut all = *self;
        if all.stretches(rest, [&mut *macd, &mut *signal, &mut *histogram]).is_none() {
            return self.passes(rest, [macd, signal, histogram]);
        }
        *self = all;
        let done = rest.len() - rest.len() % STRETCH;
        let [macd, signal, histogram] = [macd, signal, histogram].map(|column| &mut column[done..]);
        self.passes(&rest[done..], [macd, signal, histogram]);
    }
}

impl Indicator<1, 3> for Macd<Average> {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 3] {
        self.row(input)
    }

    #[inline]
    fn block(&mut self, [inputs]: [&[f64]; 1], outputs: [&mut [f64]; 3]) {
        self.passes(inputs, outputs);
    }
}

/// A fast average less a slow one, of any kind, as it is or in percent of the slow one. Each is seeded by itself.
#[derive(Clone, Debug)]
pub struct Oscillator {
    fast: Average,
    slow: Average,
    percent: bool,
}

impl Oscillator {
    /// The difference. Panics on a period of 0. A fast period above the slow one is exchanged with it.
    #[must_use]
    pub fn absolute(fast: usize, slow: usize, kind: Kind) -> Self {
        let (fast, slow) = (Average::new(kind, fast.min(slow)), Average::new(kind, fast.max(slow)));
        Self { fast, slow, percent: false }
    }

    /// The difference in percent of the slow average.
    #[must_use]
    pub fn percent(fast: usize, slow: usize, kind: Kind) -> Self {
        Self { percent: true, ..Self::absolute(fast, slow, kind) }
    }

    /// Inputs before the first value.
    #[must_use]
    pub fn lookback(fast: usize, slow: usize, kind: Kind) -> usize {
        kind.lookback(fast).max(kind.lookback(slow))
    }
}

impl Filter for Oscillator {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let (fast, slow) = (self.fast.next(input), self.slow.next(input));
        match self.percent {
            false => fast - slow,
            true if slow == 0.0 => 0.0,
            true => 100.0 * ((fast - slow) / slow),
        }
    }
}

/// Williams' awesome oscillator: a fast plain average of the middle of the bars less a slow one.
#[derive(Clone, Debug)]
pub struct Awesome {
    fast: Sma,
    slow: Sma,
}

impl Awesome {
    /// Panics on a period of 0. A fast period above the slow one is exchanged with it.
    #[must_use]
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { fast: Sma::new(fast.min(slow)), slow: Sma::new(fast.max(slow)) }
    }

    #[inline]
    fn next(&mut self, high: f64, low: f64) -> f64 {
        let middle = (high + low) / 2.0;
        self.fast.next(middle) - self.slow.next(middle)
    }
}

impl Indicator<2, 1> for Awesome {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        [self.next(high, low)]
    }
}

/// Williams' accelerator: the awesome oscillator less its own plain average.
#[derive(Clone, Debug)]
pub struct Accelerator {
    awesome: Awesome,
    signal: Sma,
}

impl Accelerator {
    /// Panics on a period of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        Self { awesome: Awesome::new(fast, slow), signal: Sma::new(signal) }
    }
}

impl Indicator<2, 1> for Accelerator {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        let awesome = self.awesome.next(high, low);
        [awesome - self.signal.next(awesome)]
    }
}
