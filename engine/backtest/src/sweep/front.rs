//! Who is worse than somebody else in everything, and who is not: the front of a sweep that looks for several things.

use super::objective::Scores;
use super::run::Trial;
use std::cmp::Ordering;

/// Whether `a` is nowhere worse than `b`, and somewhere better.
#[must_use]
pub fn dominates(a: &Scores, b: &Scores) -> bool {
    a.iter().zip(b).all(|(a, b)| a >= b) && a.iter().zip(b).any(|(a, b)| a > b)
}

/// What cannot be told in one is no better in another: a run that never traded has no fall, either.
#[must_use]
pub fn told(scores: Scores) -> Scores {
    if scores.contains(&f64::NEG_INFINITY) { [f64::NEG_INFINITY; _] } else { scores }
}

/// The trials that none dominates and of which all that is looked for can be told, the best in the first of it first; of
/// equals in all, the one that was tried first.
#[must_use]
pub fn front(trials: &[Trial]) -> Vec<&Trial> {
    let mut ranked: Vec<&Trial> = trials.iter().filter(|trial| !trial.scores.contains(&f64::NEG_INFINITY)).collect();
    ranked.sort_by(|a, b| best_first(&a.scores, &b.scores).then(a.number.cmp(&b.number)));
    let mut front: Vec<&Trial> = Vec::new();
    for trial in ranked {
        // Whoever dominates it, or is its equal, stands before it.
        let is_worse = |other: &&Trial| other.scores.iter().zip(&trial.scores).all(|(other, own)| other >= own);
        if !front.iter().any(is_worse) {
            front.push(trial);
        }
    }
    front
}

/// By the first number, the greater first, then by the next.
pub(super) fn best_first(a: &Scores, b: &Scores) -> Ordering {
    b.iter().zip(a).map(|(b, a)| b.total_cmp(a)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
