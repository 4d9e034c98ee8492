//! How far an equity fell from its highest value, and for how long.

/// A stretch of bars below the highest value before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spell {
    /// The bar of the peak.
    pub peak_bar: usize,
    /// The bar of the lowest point.
    pub bottom_bar: usize,
    /// The first bar at or above the peak again; `None` while it lasts.
    pub recovered_bar: Option<usize>,
    /// Bars below the peak.
    pub bars: usize,
    /// The deepest fall as a share of the peak; negative.
    pub depth: f64,
}

/// The fall from the highest value so far, a bar each; 0 or negative.
pub fn depths(equity: &[f64]) -> impl Iterator<Item = f64> {
    let mut peak = f64::MIN;
    equity.iter().map(move |value| {
        peak = peak.max(*value);
        value / peak - 1.0
    })
}

/// All spells, in the order of time.
#[must_use]
pub fn spells(equity: &[f64]) -> Vec<Spell> {
    let mut spells: Vec<Spell> = Vec::new();
    let (mut peak, mut peak_bar, mut is_below) = (f64::MIN, 0, false);
    for (bar, value) in equity.iter().enumerate() {
        if *value >= peak {
            if is_below && let Some(last) = spells.last_mut() {
                last.recovered_bar = Some(bar);
            }
            (peak, peak_bar, is_below) = (*value, bar, false);
            continue;
        }
        let depth = value / peak - 1.0;
        if !is_below {
            is_below = true;
            spells.push(Spell { peak_bar, bottom_bar: bar, recovered_bar: None, bars: 0, depth });
        }
        if let Some(last) = spells.last_mut() {
            last.bars += 1;
            if depth < last.depth {
                (last.depth, last.bottom_bar) = (depth, bar);
            }
        }
    }
    spells
}

/// The deepest `count` spells, worst first; equal ones in the order of time.
#[must_use]
pub fn worst(equity: &[f64], count: usize) -> Vec<Spell> {
    let mut spells = spells(equity);
    spells.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    spells.truncate(count);
    spells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spell_has_a_peak_a_bottom_and_an_end_or_none_yet() {
        let equity = [100.0, 110.0, 99.0, 104.5, 110.0, 121.0, 108.9];
        let first = Spell { peak_bar: 1, bottom_bar: 2, recovered_bar: Some(4), bars: 2, depth: 99.0 / 110.0 - 1.0 };
        let last = Spell { peak_bar: 5, bottom_bar: 6, recovered_bar: None, bars: 1, depth: 108.9 / 121.0 - 1.0 };
        assert_eq!(spells(&equity), [first, last]);
        assert_eq!(worst(&equity, 1).len(), 1);
        assert_eq!(spells(&[1.0, 2.0, 2.0, 3.0]), [], "standing still is no fall");
        assert_eq!(depths(&equity).nth(2), Some(first.depth));
    }
}
