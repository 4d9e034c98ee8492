//! Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl: "Algorithms for hyper-parameter optimization",
//! 2011), an axis at a time: the points tried are cut into few good and many bad ones; of candidates drawn where the good are
//! dense, the one is tried at which the bad are least so.
//!
//! What is known is kept in its order and counted by place, so that a look back costs what an axis is long and not what was
//! tried before.

use super::{Known, random};
use crate::dice::Dice;
use crate::sweep::space::Space;

/// Trials by chance before anything is known.
const FIRST: usize = 20;
/// Points asked for at once: fixed, so that the trials do not depend on how many threads there are.
const AT_ONCE: usize = 8;
/// Candidates for each.
const CANDIDATES: usize = 24;
/// Good ones at most.
const GOOD_MAX: usize = 25;
/// Cells of an axis at most: places of a longer one share them. No density is so narrow that it would tell them apart: with
/// as many trials as there may be it is ten of them wide.
const CELLS_MAX: usize = 256;

/// What is known, put in order.
#[derive(Clone, Debug)]
pub(super) struct Parzen {
    /// Asked for, and not looked at yet.
    pub(super) asked: Vec<u64>,
    /// The best first; of equals the lower point.
    ranked: Vec<(f64, u64)>,
    /// How many of all that is known lie in each cell, by axis.
    counts: Vec<Vec<u32>>,
}

impl Parzen {
    pub(super) fn new(space: &Space) -> Self {
        let counts = space.axes().iter().map(|axis| vec![0; axis.values.len().min(CELLS_MAX)]).collect();
        Self { asked: Vec::new(), ranked: Vec::new(), counts }
    }

    /// Takes what came out of the points that were asked for.
    fn learn(&mut self, space: &Space, known: &Known) {
        for point in std::mem::take(&mut self.asked) {
            let Some(score) = known.get(&point).map(|scores| scores[0]) else { continue };
            let is_before = |other: &(f64, u64)| score.total_cmp(&other.0).then(other.1.cmp(&point)).is_lt();
            let at = self.ranked.partition_point(is_before);
            self.ranked.insert(at, (score, point));
            self.count(space, point);
        }
    }

    fn count(&mut self, space: &Space, point: u64) {
        for ((counts, axis), place) in self.counts.iter_mut().zip(space.axes()).zip(space.places(point)) {
            let cell = place * counts.len() / axis.values.len();
            counts[cell] += 1;
        }
    }

    /// The next points.
    pub(super) fn ask(&mut self, space: &Space, dice: &mut Dice, known: &Known) -> Vec<u64> {
        self.learn(space, known);
        if known.len() < FIRST {
            return random::draw(space, dice, known, (FIRST - known.len()) as u64);
        }
        let good = &self.ranked[..(known.len() / 5).clamp(2, GOOD_MAX)];
        let good: Vec<Vec<usize>> = good.iter().map(|(_, point)| space.places(*point)).collect();
        let axis =
            |n: usize| Axis::of(space.axes()[n].values.len(), good.iter().map(|places| places[n]), &self.counts[n]);
        let axes: Vec<Axis> = (0..space.axes().len()).map(axis).collect();
        let mut asked: Vec<u64> = Vec::with_capacity(AT_ONCE);
        let mut places = vec![0; axes.len()];
        for _ in 0..AT_ONCE {
            let mut winner: Option<(f64, u64)> = None;
            for _ in 0..CANDIDATES {
                places.iter_mut().zip(&axes).for_each(|(place, axis)| *place = axis.draw(dice));
                let point = space.point(&places);
                if known.contains_key(&point) || asked.contains(&point) || !space.holds(point) {
                    continue;
                }
                let gain = axes.iter().zip(&places).map(|(axis, place)| axis.gain(*place)).sum();
                if winner.is_none_or(|(most, _)| gain > most) {
                    winner = Some((gain, point));
                }
            }
            asked.extend(winner.map(|(_, point)| point));
        }
        asked
    }
}

/// Where points are dense on an axis: a normal curve around each, and one even share of all.
struct Axis {
    /// Places.
    length: usize,
    /// Of a curve around a good one, in places.
    width: f64,
    /// Places of the good ones.
    good: Vec<usize>,
    /// By how much the good are denser than the bad, as a logarithm, in each cell.
    gains: Vec<f64>,
}

impl Axis {
    /// `counts` are of all, good and bad.
    fn of(length: usize, good: impl Iterator<Item = usize>, counts: &[u32]) -> Self {
        let (good, cells): (Vec<usize>, usize) = (good.collect(), counts.len());
        let mut of_good = vec![0; cells];
        good.iter().for_each(|place| of_good[place * cells / length] += 1);
        let of_bad: Vec<u32> = counts.iter().zip(&of_good).map(|(all, good)| all - good).collect();
        let of = |counts: &[u32]| densities(length, counts);
        let gains = of(&of_good).iter().zip(of(&of_bad)).map(|(good, bad)| good.ln() - bad.ln()).collect();
        Self { length, width: width(length, good.len()), good, gains }
    }

    fn draw(&self, dice: &mut Dice) -> usize {
        let centre = dice.below(self.good.len() as u64 + 1) as usize;
        let Some(centre) = self.good.get(centre) else { return dice.below(self.length as u64) as usize };
        (*centre as f64 + dice.normal() * self.width).round().clamp(0.0, self.length as f64 - 1.0) as usize
    }

    fn gain(&self, place: usize) -> f64 {
        self.gains[place * self.gains.len() / self.length]
    }
}

/// In places; narrower the more is known, as a density estimate's width is (Scott's exponent for one dimension).
fn width(length: usize, points: usize) -> f64 {
    (length as f64 / 4.0 * (points as f64).powf(-0.2)).max(0.5)
}

/// In each cell of an axis.
fn densities(length: usize, counts: &[u32]) -> Vec<f64> {
    let points: u32 = counts.iter().sum();
    let width = width(length, points as usize);
    let cell = length as f64 / counts.len() as f64;
    let scale = width * std::f64::consts::TAU.sqrt();
    let heights: Vec<f64> =
        (0..counts.len()).map(|away| (-0.5 * (away as f64 * cell / width).powi(2)).exp() / scale).collect();
    let density = |at: usize| {
        let curves = counts.iter().enumerate().map(|(n, count)| f64::from(*count) * heights[at.abs_diff(n)]);
        (curves.sum::<f64>() + 1.0 / length as f64) / (f64::from(points) + 1.0)
    };
    (0..counts.len()).map(density).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::search::{Method, Plan, Searching};

    /// A peak that lies away from the middle.
    fn score(space: &Space, point: u64) -> f64 {
        -space.places(point).iter().map(|place| (*place as f64 - 17.0).powi(2)).sum::<f64>()
    }

    #[test]
    fn what_is_kept_in_order_is_what_is_known() {
        let space = Space::of_places(2, 40);
        let (mut parzen, mut known, mut dice) = (Parzen::new(&space), Known::new(), Dice(3));
        for _ in 0..60 {
            let asked = parzen.ask(&space, &mut dice, &known);
            asked.iter().for_each(|point| _ = known.insert(*point, [score(&space, *point), 0.0, 0.0, 0.0]));
            parzen.asked = asked;
        }
        parzen.learn(&space, &known);
        let mut slow: Vec<(f64, u64)> = known.iter().map(|(point, scores)| (scores[0], *point)).collect();
        slow.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        assert_eq!(parzen.ranked, slow);
        for (n, counts) in parzen.counts.iter().enumerate() {
            let of = |cell| known.keys().filter(|point| space.places(**point)[n] == cell).count() as u32;
            assert_eq!(*counts, (0..40).map(of).collect::<Vec<_>>());
        }
    }

    #[test]
    fn densities_by_cell_are_those_of_the_points() {
        let points = [3_usize, 3, 4, 17, 39];
        let mut counts = vec![0; 40];
        points.iter().for_each(|place| counts[*place] += 1);
        let width = width(40, points.len());
        for (place, found) in densities(40, &counts).into_iter().enumerate() {
            let curve = |at: &usize| (-0.5 * ((place as f64 - *at as f64) / width).powi(2)).exp();
            let curves = points.iter().map(curve).sum::<f64>() / (width * std::f64::consts::TAU.sqrt());
            let plain = (curves + 1.0 / 40.0) / 6.0;
            assert!((found - plain).abs() < 1e-15, "{place}: {found} {plain}");
        }
    }

    #[test]
    fn a_peak_is_found_where_chance_does_not_find_it_on_short_axes_and_on_long_ones() {
        for length in [100, 2_000] {
            let space = Space::of_places(3, length);
            let nearest = |method, seed| {
                let plan = Plan::new(&space, method, Some(400), seed).unwrap();
                let (mut searching, mut known) = (Searching::new(&space, plan), Known::new());
                while known.len() < 400 {
                    for point in searching.ask(&known, 400 - known.len() as u64) {
                        known.insert(point, [score(&space, point), 0.0, 0.0, 0.0]);
                    }
                }
                known.values().map(|scores| -scores[0]).fold(f64::INFINITY, f64::min).sqrt() / length as f64
            };
            let mean = |method| (1..=5).map(|seed| nearest(method, seed)).sum::<f64>() / 5.0;
            let (found, chance) = (mean(Method::Tpe), mean(Method::Random));
            assert!(found < chance / 3.0, "{length}: {found} beside {chance}");
        }
    }
}
