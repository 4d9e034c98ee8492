//! What a book says beyond its best prices. Sides are given as they are quoted, the best price first; a level without an
//! amount counts as none.

use super::ratio;

/// What lies at a price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resting {
    /// Price.
    pub price: f64,
    /// Amount, in units of the base asset.
    pub size: f64,
}

/// Both sides of a book.
#[derive(Clone, Copy, Debug)]
pub struct Depth<'b> {
    /// Bids, the highest first.
    pub bids: &'b [Resting],
    /// Asks, the lowest first.
    pub asks: &'b [Resting],
}

impl Depth<'_> {
    /// Halfway between the best prices; `None` if a side is empty.
    #[must_use]
    pub fn mid(&self) -> Option<f64> {
        let best = |side: &[Resting]| side.iter().find(|level| level.size > 0.0).map(|level| level.price);
        Some((best(self.bids)? + best(self.asks)?) / 2.0)
    }

    /// Bid less asked as a share of both, over the first `levels` of each side: -1 to 1.
    #[must_use]
    pub fn imbalance(&self, levels: usize) -> Option<f64> {
        let sum = |side: &[Resting]| side.iter().take(levels).map(|level| level.size).sum::<f64>();
        let (bid, ask) = (sum(self.bids), sum(self.asks));
        ratio(bid - ask, bid + ask)
    }

    /// What lies within so many hundredths of a percent of the mid, the edge included: bid and asked.
    #[must_use]
    pub fn within(&self, basis_points: f64) -> Option<(f64, f64)> {
        let mid = self.mid()?;
        let reach = mid * basis_points / 1e4;
        let near = |side: &[Resting]| {
            side.iter().filter(|level| (level.price - mid).abs() <= reach).map(|level| level.size).sum::<f64>()
        };
        Some((near(self.bids), near(self.asks)))
    }

    /// How fast the book fills with the distance to the mid, amount by basis point, on the bid and on the ask side: the slope
    /// of least squares, through nothing at the mid, of what lies up to each level on that level's distance.
    #[must_use]
    pub fn slopes(&self) -> (Option<f64>, Option<f64>) {
        let Some(mid) = self.mid() else { return (None, None) };
        let slope = |side: &[Resting]| {
            let (mut filled, mut squares, mut products) = (0.0, 0.0, 0.0);
            for level in side.iter().filter(|level| level.size > 0.0) {
                let distance = 1e4 * (level.price - mid).abs() / mid;
                filled += level.size;
                squares += distance * distance;
                products += distance * filled;
            }
            ratio(products, squares)
        };
        (slope(self.bids), slope(self.asks))
    }
}

/// The largest level of a side if it is a wall: above `times` the median amount of its levels. `scratch` holds as many as the
/// side at least; the nearest of equals counts.
#[must_use]
pub fn wall(side: &[Resting], times: f64, scratch: &mut [f64]) -> Option<Resting> {
    let mut count = 0;
    for (place, level) in scratch.iter_mut().zip(side.iter().filter(|level| level.size > 0.0)) {
        *place = level.size;
        count += 1;
    }
    let sizes = &mut scratch[..count];
    sizes.sort_unstable_by(f64::total_cmp);
    let median = (sizes.get(count / 2)? + sizes.get((count - 1) / 2)?) / 2.0;
    let larger = |best: Resting, level: &Resting| if level.size > best.size { *level } else { best };
    let largest = side.iter().fold(Resting::default(), larger);
    (largest.size > times * median).then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(levels: &[(f64, f64)]) -> Vec<Resting> {
        levels.iter().map(|&(price, size)| Resting { price, size }).collect()
    }

    #[test]
    fn a_book_is_measured_from_its_middle() {
        let (bids, asks) = (side(&[(99.0, 1.0), (98.0, 3.0), (90.0, 0.0)]), side(&[(101.0, 2.0), (103.0, 2.0)]));
        let depth = Depth { bids: &bids, asks: &asks };
        assert_eq!(depth.mid(), Some(100.0));
        assert_eq!(depth.imbalance(1), Some(-1.0 / 3.0));
        assert_eq!(depth.imbalance(5), Some(0.0));
        // A percent is 100 basis points: the first levels lie on the edge.
        assert_eq!(depth.within(100.0), Some((1.0, 2.0)));
        assert_eq!(depth.within(99.0), Some((0.0, 0.0)));
        assert_eq!(depth.within(250.0), Some((4.0, 2.0)));
        // (100 * 1 + 200 * 4) / (100² + 200²) and (100 * 2 + 300 * 4) / (100² + 300²).
        assert_eq!(depth.slopes(), (Some(900.0 / 50_000.0), Some(1_400.0 / 100_000.0)));
    }

    #[test]
    fn an_empty_side_is_unknown_and_a_wall_is_what_stands_out() {
        let bids = side(&[(99.0, 1.0), (98.0, 1.0), (97.0, 5.0), (96.0, 5.0), (95.0, 1.0)]);
        let empty = Depth { bids: &bids, asks: &[] };
        assert_eq!((empty.mid(), empty.within(10.0), empty.slopes()), (None, None, (None, None)));
        assert_eq!(Depth { bids: &[], asks: &[] }.imbalance(5), None);
        let mut scratch = [0.0; 5];
        assert_eq!(wall(&bids, 4.0, &mut scratch), Some(Resting { price: 97.0, size: 5.0 }));
        assert_eq!(wall(&bids, 5.0, &mut scratch), None);
        assert_eq!(wall(&[], 5.0, &mut scratch), None);
    }
}
