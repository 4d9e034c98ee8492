//! How what is looked for depends on the parameters: a winner on a plateau may last, one on a needle will not.

use super::run::{Trial, best};
use super::space::Space;
use engine_analytics::performance::stats;

/// Cells of one side of a map at most; of more values, neighbours share a cell.
pub const CELLS_MAX: usize = 24;

/// Trials that have something in common.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// How many there are of which the measure can be told.
    pub count: usize,
    /// Mean of the measure; `None` of none.
    pub mean: Option<f64>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Which.
    pub name: &'static str,
    /// The least and the greatest value of each cell, rising.
    pub values: Vec<(f64, f64)>,
    /// By cell, over all values of the other parameters that were tried.
    pub cells: Vec<Cell>,
    /// The share of the measure's variance that this parameter alone accounts for; `None` where nothing varies.
    pub share: Option<f64>,
}

/// Two parameters against each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Numbers of the two among the sides: that of the rows, that of the columns.
    pub sides: [usize; 2],
    /// By row and column.
    pub cells: Vec<Vec<Cell>>,
}

/// Trials one step beside the winner, in any parameters at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// The winner's measure.
    pub winner: f64,
    /// Neighbours that were tried.
    pub count: usize,
    /// Mean of their measure.
    pub mean: f64,
    /// The worst of them.
    pub worst: f64,
}

/// See the module; of the measure that is looked for first.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// In the strategy's order.
    pub sides: Vec<Side>,
    /// Every two.
    pub maps: Vec<Map>,
    /// `None` where no neighbour of a winner was tried.
    pub around: Option<Around>,
}

/// Sums of a cell.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: usize,
    sum: f64,
}

impl Sum {
    fn add(&mut self, measure: f64) {
        self.count += 1;
        self.sum += measure;
    }

    fn cell(self) -> Cell {
        Cell { count: self.count, mean: stats::ratio(self.sum, self.count as f64) }
    }
}

/// Looks at trials of a space.
#[must_use]
pub fn sensitivity(space: &Space, trials: &[Trial]) -> Sensitivity {
    let told: Vec<(Vec<usize>, f64)> =
        trials.iter().filter_map(|trial| Some((space.places(trial.point), trial.objective()?))).collect();
    let axes = space.axes();
    let step = |axis: usize| axes[axis].values.len().div_ceil(CELLS_MAX);
    let cells = |axis: usize| axes[axis].values.len().div_ceil(step(axis));
    let mean = stats::mean(&told.iter().map(|(_, measure)| *measure).collect::<Vec<_>>()).unwrap_or(0.0);
    let varied: f64 = told.iter().map(|(_, measure)| (measure - mean).powi(2)).sum();
    let side = |axis: usize| {
        let mut sums = vec![Sum::default(); cells(axis)];
        told.iter().for_each(|(places, measure)| sums[places[axis] / step(axis)].add(*measure));
        let of_means: f64 =
            sums.iter().map(|sum| sum.cell().mean.map_or(0.0, |own| (own - mean).powi(2) * sum.count as f64)).sum();
        let values = axes[axis].values.chunks(step(axis)).map(|values| (values[0], values[values.len() - 1]));
        Side {
            name: axes[axis].name,
            values: values.collect(),
            cells: sums.into_iter().map(Sum::cell).collect(),
            share: stats::ratio(of_means, varied),
        }
    };
    let map = |sides: [usize; 2]| {
        let [row, column] = sides;
        let mut sums = vec![vec![Sum::default(); cells(column)]; cells(row)];
        told.iter().for_each(|(places, measure)| {
            sums[places[row] / step(row)][places[column] / step(column)].add(*measure);
        });
        Map { sides, cells: sums.into_iter().map(|row| row.into_iter().map(Sum::cell).collect()).collect() }
    };
    let pairs = (0..axes.len()).flat_map(|row| (row + 1..axes.len()).map(move |column| [row, column]));
    Sensitivity {
        maps: pairs.map(map).collect(),
        sides: (0..axes.len()).map(side).collect(),
        around: around(space, trials, &told),
    }
}

fn around(space: &Space, trials: &[Trial], told: &[(Vec<usize>, f64)]) -> Option<Around> {
    let winner = best(trials)?;
    let at = space.places(winner.point);
    let is_beside = |places: &[usize]| places != at && places.iter().zip(&at).all(|(a, b)| a.abs_diff(*b) <= 1);
    let beside: Vec<f64> = told.iter().filter(|(places, _)| is_beside(places)).map(|(_, measure)| *measure).collect();
    // Which way is worse is the score's to say: it is the measure, or what is as far on the other side of 0.
    let measure = winner.objective()?;
    let sign = if winner.scores[0].to_bits() == measure.to_bits() { 1.0 } else { -1.0 };
    let worst = beside.iter().copied().min_by(|a, b| (a * sign).total_cmp(&(b * sign)))?;
    Some(Around { winner: measure, count: beside.len(), mean: stats::mean(&beside)?, worst })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trial of which only its point and its measure matter.
    fn trial(point: u64, measure: Option<f64>, sign: f64) -> Trial {
        let score = measure.map_or(f64::NEG_INFINITY, |measure| sign * measure);
        let (objectives, scores) = ([measure, None, None, None], [score, 0.0, 0.0, 0.0]);
        Trial { number: point, point, objectives, scores, ..Trial::default() }
    }

    #[test]
    fn what_only_one_parameter_decides_is_its_share_alone() {
        let space = Space::of_places(2, 6);
        let trials: Vec<Trial> = (0..36).map(|point| trial(point, Some(space.places(point)[1] as f64), 1.0)).collect();
        let found = sensitivity(&space, &trials);
        let shares: Vec<f64> = found.sides.iter().map(|side| side.share.unwrap()).collect();
        assert!(shares[0].abs() < 1e-12 && (shares[1] - 1.0).abs() < 1e-12, "{shares:?}");
        let means: Vec<_> = found.sides[1].cells.iter().map(|cell| (cell.count, cell.mean)).collect();
        assert_eq!(means, (0..6).map(|n| (6, Some(f64::from(n)))).collect::<Vec<_>>());
        let [map] = &found.maps[..] else { panic!("two parameters have one map") };
        assert_eq!((map.sides, map.cells[2][4]), ([0, 1], Cell { count: 1, mean: Some(4.0) }));
        // The first of the best is at (0, 5): beside it (1, 5), and (0, 4) and (1, 4).
        assert_eq!(found.around, Some(Around { winner: 5.0, count: 3, mean: 13.0 / 3.0, worst: 4.0 }));
    }

    #[test]
    fn less_may_be_better_and_what_cannot_be_told_counts_nowhere() {
        let space = Space::of_places(1, 5);
        let measures = [Some(9.0), Some(2.0), Some(7.0), None, Some(8.0)];
        let trials: Vec<Trial> = (0..).zip(measures).map(|(point, measure)| trial(point, measure, -1.0)).collect();
        let found = sensitivity(&space, &trials);
        assert_eq!(found.around, Some(Around { winner: 2.0, count: 2, mean: 8.0, worst: 9.0 }));
        assert_eq!(found.sides[0].cells[3], Cell::default());
        assert!(found.maps.is_empty());
        let flat: Vec<Trial> = (0..5).map(|point| trial(point, Some(1.0), 1.0)).collect();
        assert_eq!(sensitivity(&space, &flat).sides[0].share, None, "nothing varies");
        assert_eq!(sensitivity(&space, &[]).around, None);
    }

    #[test]
    fn many_values_share_cells_and_none_is_lost() {
        let space = Space::of_places(2, 100);
        let trials: Vec<Trial> = (0..10_000).map(|point| trial(point, Some(1.0), 1.0)).collect();
        let found = sensitivity(&space, &trials);
        assert_eq!((found.sides[0].cells.len(), found.sides[0].values[19]), (20, (95.0, 99.0)));
        let counts = found.maps[0].cells.iter().flatten().map(|cell| cell.count);
        assert_eq!(counts.collect::<Vec<_>>(), [25; 400]);
    }
}
