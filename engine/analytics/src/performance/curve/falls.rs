//! What the falls from the highest value so far come to.

/// Values that are asked at once whether one is a new peak: mostly none is.
const BLOCK: usize = 64;
/// Additions that do not wait for each other.
const LANES: usize = 4;

/// Sums over a curve's falls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Falls {
    /// As a share of the peak; 0 or negative.
    pub(super) deepest: f64,
    /// In bars.
    pub(super) longest: usize,
    pub(super) spells: usize,
    pub(super) sum_of_deepest: f64,
    /// Root of the mean square.
    pub(super) ulcer: f64,
    pub(super) in_money: f64,
}

/// The fall that is going on.
#[derive(Clone, Copy, Debug)]
struct Fall {
    peak: f64,
    /// Of the peak.
    share: f64,
    bars: usize,
    lowest: f64,
    /// Of the depths of all falls so far.
    squares: f64,
}

impl Falls {
    pub(super) fn of(equity: &[f64]) -> Self {
        let mut falls = Self::default();
        let mut fall = Fall { peak: f64::MIN, share: 0.0, bars: 0, lowest: f64::MAX, squares: 0.0 };
        for block in equity.chunks(BLOCK) {
            if highest(block) < fall.peak {
                fall.below(block);
            } else {
                fall = falls.bar_by_bar(fall, block);
            }
        }
        if fall.bars > 0 {
            falls.end(&fall);
        }
        falls.ulcer = (fall.squares / equity.len() as f64).sqrt();
        falls
    }

    // By itself it has registers for all; in its caller the sum would wait for memory at each bar.
    #[inline(never)]
    fn bar_by_bar(&mut self, mut fall: Fall, values: &[f64]) -> Fall {
        for value in values {
            if *value >= fall.peak {
                if fall.bars > 0 {
                    self.end(&fall);
                }
                fall = Fall { peak: *value, share: 1.0 / value, bars: 0, lowest: f64::MAX, ..fall };
            } else {
                let depth = (value - fall.peak) * fall.share;
                fall.bars += 1;
                fall.lowest = least(*value, fall.lowest);
                fall.squares += depth * depth;
            }
        }
        fall
    }

    fn end(&mut self, fall: &Fall) {
        let deepest = fall.lowest / fall.peak - 1.0;
        self.spells += 1;
        self.sum_of_deepest += deepest;
        self.in_money = self.in_money.max(fall.peak - fall.lowest);
        (self.longest, self.deepest) = (self.longest.max(fall.bars), self.deepest.min(deepest));
    }
}

impl Fall {
    /// Takes values none of which reaches the peak.
    fn below(&mut self, values: &[f64]) {
        let (mut lowest, mut squares) = ([self.lowest; LANES], [0.0; LANES]);
        let mut take = |lane: usize, value: f64| {
            let depth = (value - self.peak) * self.share;
            lowest[lane] = least(value, lowest[lane]);
            squares[lane] += depth * depth;
        };
        let (whole, rest) = values.as_chunks::<LANES>();
        whole.iter().for_each(|chunk| (0..LANES).for_each(|lane| take(lane, chunk[lane])));
        rest.iter().enumerate().for_each(|(lane, value)| take(lane, *value));
        self.bars += values.len();
        self.lowest = lowest.into_iter().fold(self.lowest, |lowest, value| least(value, lowest));
        self.squares += squares.iter().sum::<f64>();
    }
}

/// A comparison, for `min` asks for NaN, too.
#[inline]
fn least(one: f64, other: f64) -> f64 {
    if one < other { one } else { other }
}

fn highest(values: &[f64]) -> f64 {
    let mut lanes = [f64::NEG_INFINITY; LANES];
    let mut look = |lane: usize, value: f64| lanes[lane] = if value > lanes[lane] { value } else { lanes[lane] };
    let (whole, rest) = values.as_chunks::<LANES>();
    whole.iter().for_each(|chunk| (0..LANES).for_each(|lane| look(lane, chunk[lane])));
    rest.iter().enumerate().for_each(|(lane, value)| look(lane, *value));
    lanes.into_iter().fold(f64::NEG_INFINITY, |highest, value| if value > highest { value } else { highest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_in_blocks_are_those_bar_by_bar() {
        let (mut state, mut value) = (5_u64, 1_000.0);
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        for length in [1, 2, 63, 64, 65, 130, 1_000, 5_000] {
            let equity: Vec<f64> = (0..length)
                .map(|n| {
                    value += if n / 100 % 3 == 0 { 0.0 } else { draw() };
                    value
                })
                .collect();
            let mut slow = Falls::default();
            let (mut peak, mut lowest, mut bars, mut squares) = (equity[0], f64::MAX, 0, 0.0);
            for value in equity.iter().chain([&f64::INFINITY]) {
                if *value >= peak {
                    if bars > 0 {
                        let deepest: f64 = lowest / peak - 1.0;
                        (slow.spells, slow.sum_of_deepest) = (slow.spells + 1, slow.sum_of_deepest + deepest);
                        (slow.longest, slow.deepest) = (slow.longest.max(bars), slow.deepest.min(deepest));
                        slow.in_money = slow.in_money.max(peak - lowest);
                    }
                    (peak, lowest, bars) = (*value, f64::MAX, 0);
                } else {
                    let depth: f64 = value / peak - 1.0;
                    (lowest, bars, squares) = (lowest.min(*value), bars + 1, squares + depth * depth);
                }
            }
            let fast = Falls::of(&equity);
            assert_eq!((fast.longest, fast.spells), (slow.longest, slow.spells), "{length}");
            assert_eq!((fast.deepest, fast.in_money), (slow.deepest, slow.in_money), "{length}");
            let ulcer = (squares / equity.len() as f64).sqrt();
            assert!((fast.ulcer - ulcer).abs() <= 1e-12 * ulcer.max(1e-3), "{length}: {} {ulcer}", fast.ulcer);
            assert!((fast.sum_of_deepest - slow.sum_of_deepest).abs() < 1e-12, "{length}");
        }
    }
}
