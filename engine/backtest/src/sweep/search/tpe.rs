//! Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl: "Algorithms for hyper-parameter optimization",
//! 2011), an axis at a time: the points tried are cut into few good and many bad ones; of candidates drawn where the good are
//! dense, the one is tried at which the bad are least so.

use super::{Known, best, random};
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

/// The next points.
pub(super) fn ask(space: &Space, dice: &mut Dice, known: &Known) -> Vec<u64> {
    if known.len() < FIRST {
        return random::draw(space, dice, known, (FIRST - known.len()) as u64);
    }
    let ranked = best(known, known.len());
    let (good, bad) = ranked.split_at((known.len() / 5).clamp(2, GOOD_MAX));
    let (good, bad) = (Density::of(space, good), Density::of(space, bad));
    let mut asked: Vec<u64> = Vec::with_capacity(AT_ONCE);
    for _ in 0..AT_ONCE {
        let mut winner: Option<(f64, u64)> = None;
        for _ in 0..CANDIDATES {
            let places = good.draw(dice);
            let point = space.point(&places);
            if known.contains_key(&point) || asked.contains(&point) {
                continue;
            }
            let gain = good.log_at(&places) - bad.log_at(&places);
            if winner.is_none_or(|(most, _)| gain > most) {
                winner = Some((gain, point));
            }
        }
        asked.extend(winner.map(|(_, point)| point));
    }
    asked
}

/// Where points are dense: a normal curve around each place of an axis, and one even share of all.
struct Density {
    axes: Vec<Places>,
}

struct Places {
    length: usize,
    width: f64,
    at: Vec<f64>,
}

impl Density {
    fn of(space: &Space, points: &[u64]) -> Self {
        let places: Vec<Vec<usize>> = points.iter().map(|point| space.places(*point)).collect();
        let axis = |n: usize| {
            let length = space.axes()[n].values.len();
            // Narrower the more is known, as a density estimate's width is (Scott's exponent for one dimension).
            let width = (length as f64 / 4.0 * (points.len() as f64).powf(-0.2)).max(0.5);
            Places { length, width, at: places.iter().map(|places| places[n] as f64).collect() }
        };
        Self { axes: (0..space.axes().len()).map(axis).collect() }
    }

    fn draw(&self, dice: &mut Dice) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.draw(dice)).collect()
    }

    fn log_at(&self, places: &[usize]) -> f64 {
        self.axes.iter().zip(places).map(|(axis, place)| axis.density(*place as f64).ln()).sum()
    }
}

impl Places {
    fn draw(&self, dice: &mut Dice) -> usize {
        let centre = dice.below(self.at.len() as u64 + 1) as usize;
        let Some(centre) = self.at.get(centre) else { return dice.below(self.length as u64) as usize };
        (centre + dice.normal() * self.width).round().clamp(0.0, self.length as f64 - 1.0) as usize
    }

    fn density(&self, place: f64) -> f64 {
        let height = |centre: &f64| (-0.5 * ((place - centre) / self.width).powi(2)).exp();
        let scale = self.width * std::f64::consts::TAU.sqrt();
        let curves = self.at.iter().map(height).sum::<f64>() / scale;
        (curves + 1.0 / self.length as f64) / (self.at.len() as f64 + 1.0)
    }
}
