//! Filters of few poles: each value is made of the last inputs and its own last values.

use crate::indicator::block::Ring;
use crate::indicator::{Filter, Indicator};
use std::f64::consts::{PI, TAU};

/// Two-pole smoother: `a = exp(-r π / n)`, `b = 2 a cos(r π / n)`, `y = (1 - b + a²) (x + x1) / 2 + b y1 - a² y2`;
/// the input itself on the first two bars.
#[derive(Clone, Copy, Debug)]
pub struct SuperSmoother {
    weights: [f64; 3],
    input: f64,
    last: [f64; 2],
    bars: usize,
    /// What the first two bars have: the input, or 0.
    starts_flat: bool,
}

impl SuperSmoother {
    /// Of that period; `root` is 2's, as exactly as the author had it.
    #[must_use]
    pub fn new(period: f64, root: f64) -> Self {
        let a = (-root * PI / period).exp();
        let (b, square) = (2.0 * a * (root * PI / period).cos(), a * a);
        Self { weights: [1.0 - b + square, b, -square], input: 0.0, last: [0.0; 2], bars: 0, starts_flat: false }
    }

    /// The same, 0 on the first two bars.
    #[must_use]
    pub fn flat(period: f64, root: f64) -> Self {
        Self { starts_flat: true, ..Self::new(period, root) }
    }
}

impl Filter for SuperSmoother {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.input, input);
        let [one, two] = self.last;
        let value = if self.bars < 2 {
            self.bars += 1;
            if self.starts_flat { 0.0 } else { input }
        } else {
            self.weights[0] * (input + before) / 2.0 + self.weights[1] * one + self.weights[2] * two
        };
        self.last = [value, one];
        value
    }
}

/// Two-pole high-pass of a period: `(1 - a/2)² (x - 2 x1 + x2) + 2 (1 - a) y1 - (1 - a)² y2`, 0 on the first two bars.
#[derive(Clone, Copy, Debug)]
pub struct HighPass {
    alpha: f64,
    inputs: [f64; 2],
    last: [f64; 2],
    bars: usize,
}

impl HighPass {
    /// `a = (cos w + sin w - 1) / cos w` at `w = 0.707 * 2π / period`.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let angle = 0.707 * TAU / period as f64;
        Self::weighted((angle.cos() + angle.sin() - 1.0) / angle.cos())
    }

    /// Of that `a`.
    #[must_use]
    pub fn weighted(alpha: f64) -> Self {
        Self { alpha, inputs: [0.0; 2], last: [0.0; 2], bars: 0 }
    }
}

impl Filter for HighPass {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let ([x1, x2], [y1, y2], keep) = (self.inputs, self.last, 1.0 - self.alpha);
        let value = if self.bars < 2 {
            self.bars += 1;
            0.0
        } else {
            (1.0 - self.alpha / 2.0).powi(2) * (input - 2.0 * x1 + x2) + 2.0 * keep * y1 - keep * keep * y2
        };
        self.inputs = [input, x1];
        self.last = [value, y1];
        value
    }
}

/// High-pass, then smoother.
#[derive(Clone, Copy, Debug)]
pub struct Roofing {
    high: HighPass,
    smooth: SuperSmoother,
}

impl Roofing {
    /// Period of each.
    #[must_use]
    pub fn new(high: usize, low: usize) -> Self {
        Self { high: HighPass::new(high), smooth: SuperSmoother::flat(low as f64, 1.414) }
    }
}

impl Indicator<1, 2> for Roofing {
    #[inline]
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        let high = self.high.next(input);
        [self.smooth.next(high), high]
    }
}

/// One-pole low-pass: `a/2 (x + x1) + (1 - a) y1` with `a = (cos t + sin t - 1) / cos t` at `t = 2π / length`;
/// starts as the input.
#[derive(Clone, Copy, Debug)]
pub struct Decycler {
    alpha: f64,
    input: f64,
    value: f64,
}

impl Decycler {
    /// Of that length in bars.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let angle = TAU / length as f64;
        Self { alpha: (angle.cos() + angle.sin() - 1.0) / angle.cos(), input: f64::NAN, value: f64::NAN }
    }
}

impl Filter for Decycler {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.input, input);
        let next = self.alpha / 2.0 * (input + before) + (1.0 - self.alpha) * self.value;
        self.value = if before.is_nan() { input } else { next };
        self.value
    }
}

/// Cyber cycle of `p = (H + L) / 2`: with `s = (p + 2 p1 + 2 p2 + p3) / 6`, a two-pole high-pass of `s` from the
/// eighth bar on; before, `(p - 2 p1 + p2) / 4`, 0 on the first two bars. The trigger is the value before.
#[derive(Clone, Debug)]
pub struct CyberCycle {
    alpha: f64,
    prices: [f64; 6],
    last: [f64; 2],
    bars: usize,
}

impl CyberCycle {
    /// Weight of the filter.
    #[must_use]
    pub fn new(alpha: f64) -> Self {
        Self { alpha, prices: [0.0; 6], last: [f64::NAN; 2], bars: 0 }
    }
}

impl Indicator<2, 2> for CyberCycle {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        let price = (high + low) / 2.0;
        if price.is_nan() {
            return [f64::NAN; 2];
        }
        self.prices.rotate_right(1);
        self.prices[0] = price;
        let p = &self.prices;
        let smooth = |k: usize| (p[k] + 2.0 * p[k + 1] + 2.0 * p[k + 2] + p[k + 3]) / 6.0;
        let ([one, two], keep) = (self.last, 1.0 - self.alpha);
        let value = match self.bars {
            0 | 1 => 0.0,
            2..7 => (p[0] - 2.0 * p[1] + p[2]) / 4.0,
            _ => {
                let bend = smooth(0) - 2.0 * smooth(1) + smooth(2);
                (1.0 - self.alpha / 2.0).powi(2) * bend + 2.0 * keep * one - keep * keep * two
            }
        };
        self.bars = (self.bars + 1).min(7);
        self.last = [value, one];
        [value, one]
    }
}

/// Reflex and trendflex: how far the smoothed price lies, on the mean over the window, from the straight line through the
/// window's ends, and from the price now; each by the root of its own smoothed square. 0 until the window is full.
#[derive(Clone, Debug)]
pub struct Reflex {
    smooth: SuperSmoother,
    window: Ring,
    length: usize,
    squares: [f64; 2],
}

impl Reflex {
    /// The price is smoothed over half of the length.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let smooth = SuperSmoother::new(length as f64 / 2.0, 1.414);
        Self { smooth, window: Ring::new(length + 1), length, squares: [0.0; 2] }
    }
}

impl Indicator<1, 2> for Reflex {
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        let smooth = self.smooth.next(input);
        if smooth.is_nan() {
            return [f64::NAN; 2];
        }
        self.window.push(smooth);
        if !self.window.is_full() {
            return [0.0; 2];
        }
        let n = self.length as f64;
        let slope = (self.window.back(self.length) - smooth) / n;
        let (mut reflex, mut trendflex) = (0.0, 0.0);
        for k in 1..=self.length {
            let distance = smooth - self.window.back(k);
            reflex += distance + k as f64 * slope;
            trendflex += distance;
        }
        let values = [reflex / n, trendflex / n];
        std::array::from_fn(|at| {
            self.squares[at] = 0.04 * values[at] * values[at] + 0.96 * self.squares[at];
            if self.squares[at] > 0.0 { values[at] / self.squares[at].sqrt() } else { 0.0 }
        })
    }
}
