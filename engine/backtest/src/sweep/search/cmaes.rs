//! Covariance matrix adaptation (Hansen: "The CMA evolution strategy: a tutorial", 2016): points are drawn from a normal
//! cloud that moves to the better half of what it drew, and stretches along the ways that it has gone.
//!
//! The cloud lives in a cube with sides of 1; a draw is the cell that it falls into. The path of the step is measured
//! through Cholesky's factor instead of the root of the matrix (Suttorp, Hansen and Igel 2009): no eigenvectors.

use super::Known;
use crate::dice::Dice;
use crate::sweep::space::Space;

/// The cloud's deviation at first, of a cube's side.
const STEP: f64 = 0.3;
/// Narrower it draws one cell only, wider it draws none inside.
const STEPS: [f64; 2] = [1e-4, 1.0];

/// A draw: how far from the middle in steps, before and after stretching, and what it fell into.
struct Draw {
    bare: Vec<f64>,
    stretched: Vec<f64>,
    point: u64,
}

/// The cloud.
pub(super) struct Cloud {
    mean: Vec<f64>,
    step: f64,
    covariance: Vec<Vec<f64>>,
    step_path: Vec<f64>,
    path: Vec<f64>,
    drawn: Vec<Draw>,
    generation: i32,
}

impl Cloud {
    /// In the middle of the space.
    pub(super) fn new(space: &Space) -> Self {
        Self::around(vec![0.5; space.axes().len()])
    }

    fn around(mean: Vec<f64>) -> Self {
        let n = mean.len();
        let unit = |i: usize| (0..n).map(|j| if i == j { 1.0 } else { 0.0 }).collect();
        let covariance = (0..n).map(unit).collect();
        Self { step: STEP, covariance, step_path: vec![0.0; n], path: vec![0.0; n], drawn: vec![], generation: 0, mean }
    }

    /// Learns from what was asked last, and asks for the next points. A cloud that draws only what is known begins anew
    /// somewhere else.
    pub(super) fn ask(&mut self, space: &Space, dice: &mut Dice, known: &Known) -> Vec<u64> {
        self.learn(known);
        let points = self.draw(space, dice);
        if !points.iter().all(|point| known.contains_key(point) || !space.holds(*point)) {
            return points;
        }
        *self = Self::around(space.axes().iter().map(|_| dice.share()).collect());
        self.draw(space, dice)
    }

    fn draw(&mut self, space: &Space, dice: &mut Dice) -> Vec<u64> {
        let n = self.mean.len();
        let factor = cholesky(&self.covariance);
        let count = 4 + (3.0 * (n as f64).ln()) as usize;
        self.drawn = (0..count.max(6))
            .map(|_| {
                let bare: Vec<f64> = (0..n).map(|_| dice.normal()).collect();
                let stretched: Vec<f64> = factor.iter().map(|row| dot(row, &bare)).collect();
                let cell = |at: usize| {
                    let length = space.axes()[at].values.len();
                    let place = (self.mean[at] + self.step * stretched[at]) * length as f64;
                    place.floor().clamp(0.0, length as f64 - 1.0) as usize
                };
                let places: Vec<usize> = (0..n).map(cell).collect();
                Draw { bare, stretched, point: space.point(&places) }
            })
            .collect();
        self.drawn.iter().map(|draw| draw.point).collect()
    }

    fn learn(&mut self, known: &Known) {
        let mut drawn = std::mem::take(&mut self.drawn);
        let score = |draw: &Draw| known.get(&draw.point).map_or(f64::NEG_INFINITY, |scores| scores[0]);
        drawn.sort_by(|a, b| score(b).total_cmp(&score(a)));
        let half = drawn.len() / 2;
        if half == 0 {
            return;
        }
        let n = self.mean.len() as f64;
        // The better, the more it weighs.
        let raw: Vec<f64> = (1..=half).map(|rank| (half as f64 + 0.5).ln() - (rank as f64).ln()).collect();
        let weights: Vec<f64> = raw.iter().map(|weight| weight / raw.iter().sum::<f64>()).collect();
        let mass = 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>();
        let mean_of = |of: fn(&Draw) -> &[f64], at: usize| -> f64 {
            weights.iter().zip(&drawn).map(|(weight, draw)| weight * of(draw)[at]).sum()
        };
        let moved: Vec<f64> = (0..self.mean.len()).map(|at| mean_of(|draw| &draw.stretched, at)).collect();
        let bare: Vec<f64> = (0..self.mean.len()).map(|at| mean_of(|draw| &draw.bare, at)).collect();
        self.generation += 1;
        // The tutorial's rates: of the step's path, of the matrix' path, of one way gone, of many.
        let step_rate = (mass + 2.0) / (n + mass + 5.0);
        let damping = 1.0 + 2.0 * (((mass - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + step_rate;
        let path_rate = (4.0 + mass / n) / (n + 4.0 + 2.0 * mass / n);
        let one = 2.0 / ((n + 1.3).powi(2) + mass);
        let many = (1.0 - one).min(2.0 * (mass - 2.0 + 1.0 / mass) / ((n + 2.0).powi(2) + mass));
        let expected = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));
        follow(&mut self.step_path, step_rate, mass, &bare);
        let length = dot(&self.step_path, &self.step_path).sqrt();
        let settled = (1.0 - (1.0 - step_rate).powi(2 * self.generation)).sqrt();
        // While the step grows fast the matrix does not follow, for it would grow, too.
        let is_steady = length / settled < (1.4 + 2.0 / (n + 1.0)) * expected;
        let still = vec![0.0; moved.len()];
        follow(&mut self.path, path_rate, mass, if is_steady { &moved } else { &still });
        let lost = if is_steady { 0.0 } else { one * path_rate * (2.0 - path_rate) };
        for (i, row) in self.covariance.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                let gone: f64 =
                    weights.iter().zip(&drawn).map(|(w, draw)| w * draw.stretched[i] * draw.stretched[j]).sum();
                *cell = (1.0 - one - many + lost) * *cell + one * self.path[i] * self.path[j] + many * gone;
            }
        }
        for (middle, moved) in self.mean.iter_mut().zip(&moved) {
            *middle = (*middle + self.step * moved).clamp(0.0, 1.0);
        }
        let grown = self.step * (step_rate / damping * (length / expected - 1.0)).exp();
        self.step = grown.clamp(STEPS[0], STEPS[1]);
    }
}

/// A path forgets at a rate, and goes on.
fn follow(path: &mut [f64], rate: f64, mass: f64, way: &[f64]) {
    let scale = (rate * (2.0 - rate) * mass).sqrt();
    path.iter_mut().zip(way).for_each(|(at, way)| *at = (1.0 - rate) * *at + scale * way);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The lower factor. What rounding has made flat keeps a little height.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let mut factor = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let rest = matrix[i][j] - dot(&factor[i][..j], &factor[j][..j]);
            factor[i][j] = if i == j { rest.max(1e-12).sqrt() } else { rest / factor[j][j] };
        }
    }
    factor
}
