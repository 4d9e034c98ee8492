//! Fronts that are known: how much of what lies below them a search comes to.

use super::{Known, Method, Plan, Searching};
use crate::sweep::objective::Scores;
use crate::sweep::space::Space;

/// Parameters of a problem, and values of each.
const AXES: usize = 7;
const VALUES: usize = 128;

/// Problems whose fronts are known (Zitzler, Deb and Thiele: "Comparison of multiobjective evolutionary algorithms", 2000),
/// both measures the less the better.
#[derive(Clone, Copy, Debug)]
enum Problem {
    /// A bow towards the good.
    Zdt1,
    /// A bow away from it, which sums of both never find.
    Zdt2,
    /// Five pieces.
    Zdt3,
}

impl Problem {
    fn of(self, x: &[f64]) -> [f64; 2] {
        let first = x[0];
        let beyond = 1.0 + 9.0 * x[1..].iter().sum::<f64>() / (x.len() - 1) as f64;
        let share = first / beyond;
        let shape = match self {
            Self::Zdt1 => 1.0 - share.sqrt(),
            Self::Zdt2 => 1.0 - share * share,
            Self::Zdt3 => 1.0 - share.sqrt() - share * (10.0 * std::f64::consts::PI * first).sin(),
        };
        [first, beyond * shape]
    }

    /// The best that the space holds: all parameters but the first at 0.
    fn front(self) -> Vec<[f64; 2]> {
        let x = |n: usize| n as f64 / (VALUES - 1) as f64;
        (0..VALUES).map(|n| self.of(&[x(n), 0.0])).collect()
    }
}

/// The area between points and a corner that is worse than all of them.
fn volume(points: &[[f64; 2]]) -> f64 {
    const CORNER: [f64; 2] = [1.1, 1.1];
    let mut sorted: Vec<[f64; 2]> = points.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let (mut area, mut lowest) = (0.0, CORNER[1]);
    for [x, y] in sorted {
        if x < CORNER[0] && y < lowest {
            area += (CORNER[0] - x) * (lowest - y);
            lowest = y;
        }
    }
    area
}

fn search(problem: Problem, method: Method, trials: u64, seed: u64) -> (Vec<u64>, Vec<[f64; 2]>) {
    let space = Space::of_places(AXES, VALUES);
    let plan = Plan::new(&space, method, Some(trials), seed).unwrap();
    let (mut searching, mut known, mut order) = (Searching::new(&space, plan), Known::new(), Vec::new());
    let mut found = Vec::new();
    while (known.len() as u64) < trials {
        for point in searching.ask(&known, trials - known.len() as u64) {
            let x: Vec<f64> = space.places(point).iter().map(|place| *place as f64 / (VALUES - 1) as f64).collect();
            let [first, second] = problem.of(&x);
            let scores: Scores = [-first, -second, 0.0, 0.0];
            assert!(known.insert(point, scores).is_none(), "no point is tried twice");
            order.push(point);
            found.push([first, second]);
        }
    }
    (order, found)
}

#[test]
fn known_fronts_are_found_of_whatever_shape() {
    for problem in [Problem::Zdt1, Problem::Zdt2, Problem::Zdt3] {
        let whole = volume(&problem.front());
        for seed in [1, 2, 3] {
            let share = |method| volume(&search(problem, method, 6_000, seed).1) / whole;
            let (found, chance) = (share(Method::Nsga2), share(Method::Random));
            assert!(found > 0.995 && found <= 1.0 + 1e-12, "{problem:?} seed {seed}: {found} of the front's area");
            assert!(chance < 0.6, "{problem:?} seed {seed}: by chance {chance}");
        }
    }
}

/// The area of a bow that everybody can compute: two thirds below 1, and the strips of a tenth beside it.
#[test]
fn the_area_below_the_known_front_is_the_integral() {
    let exact = 2.0 / 3.0 + 0.1 + 0.11;
    let found = volume(&Problem::Zdt1.front());
    assert!(found < exact && found > exact - 0.01, "{found} of {exact}");
}

#[test]
fn the_same_seed_has_the_same_family() {
    let of = |seed| search(Problem::Zdt1, Method::Nsga2, 800, seed).0;
    assert_eq!(of(4), of(4));
    assert_ne!(of(4), of(5));
}
