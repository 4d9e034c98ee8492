//! Children of the best: each place of a child is one of its parents', some of them changed a little.

use super::{Scores, best, random};
use crate::dice::Dice;
use crate::sweep::space::Space;

/// Parents, and children of a generation.
const GENERATION: usize = 16;
/// Of so many drawn by chance the best becomes a parent.
const TOURNAMENT: usize = 3;
/// A change goes a tenth of an axis, as a deviation.
const REACH: f64 = 0.1;

/// The next generation.
pub(super) fn ask(space: &Space, dice: &mut Dice, scores: &Scores) -> Vec<u64> {
    if scores.len() < GENERATION {
        return random::draw(space, dice, scores, (GENERATION - scores.len()) as u64);
    }
    let parents: Vec<Vec<usize>> = best(scores, GENERATION).into_iter().map(|point| space.places(point)).collect();
    (0..GENERATION).map(|_| space.point(&child(space, dice, &parents))).collect()
}

fn child(space: &Space, dice: &mut Dice, parents: &[Vec<usize>]) -> Vec<usize> {
    // The best come first: the least of some numbers is the best of them.
    let parent = |dice: &mut Dice| {
        let drawn = (0..TOURNAMENT).map(|_| dice.below(parents.len() as u64) as usize);
        drawn.fold(parents.len() - 1, usize::min)
    };
    let (mother, father) = (parent(dice), parent(dice));
    let axes = space.axes();
    let mut places = Vec::with_capacity(axes.len());
    for (n, axis) in axes.iter().enumerate() {
        let from = if dice.share() < 0.5 { mother } else { father };
        let (place, length) = (parents[from][n] as f64, axis.values.len() as f64);
        let changed = place + dice.normal() * (REACH * length).max(1.0);
        // One place of a child is changed, on average.
        let is_changed = dice.share() * (axes.len() as f64) < 1.0;
        places.push(if is_changed { changed.round().clamp(0.0, length - 1.0) as usize } else { place as usize });
    }
    places
}
