//! NSGA-II (Deb, Pratap, Agarwal and Meyarivan: "A fast and elitist multiobjective genetic algorithm", 2002): children of
//! parents of whom few others are better in everything, and who stand where there is most room.
//!
//! Of one objective the fronts are the ranks, and what is left is an elitist search by children of the best.

use super::{Known, random};
use crate::dice::Dice;
use crate::sweep::front::{dominates, told};
use crate::sweep::objective::{OBJECTIVES_MAX, Scores};
use crate::sweep::space::Space;

/// Parents, and children of a generation: the root of the trials, between these.
const GENERATION: [usize; 2] = [12, 100];
/// How often a child is made anew that was tried before.
const AGAIN: usize = 8;
/// Children of two parents that are crossed; the others are one parent's own.
const CROSSED: f64 = 0.9;
/// How close to their parents crossed ones are (Deb's index of the distribution).
const CLOSE: f64 = 15.0;
/// A change goes a tenth of an axis, as a deviation.
const REACH: f64 = 0.1;

/// A parent.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Member {
    point: u64,
    scores: Scores,
    /// Its front: 0 is not dominated, 1 by those of 0 only, and so on.
    front: usize,
    /// How far its neighbours on the front are; infinite at an end.
    room: f64,
}

/// The parents, and what was asked for last.
#[derive(Debug)]
pub(super) struct Family {
    generation: usize,
    parents: Vec<Member>,
    /// Tried since the parents were picked.
    pub(super) asked: Vec<u64>,
}

impl Family {
    pub(super) fn new(trials: u64) -> Self {
        let [least, most] = GENERATION;
        let generation = ((trials as f64).sqrt() as usize).clamp(least, most);
        Self { generation, parents: Vec::new(), asked: Vec::new() }
    }

    /// Picks the parents among the parents and their children, and asks for new children.
    pub(super) fn ask(&mut self, space: &Space, dice: &mut Dice, known: &Known) -> Vec<u64> {
        let asked = std::mem::take(&mut self.asked).into_iter();
        let children = asked.filter_map(|point| Some((point, told(*known.get(&point)?))));
        let all = self.parents.iter().map(|parent| (parent.point, parent.scores)).chain(children).collect();
        self.parents = survivors(all, self.generation);
        if self.parents.len() < self.generation {
            return random::draw(space, dice, known, (self.generation - self.parents.len()) as u64);
        }
        let mut children = Vec::with_capacity(self.generation);
        for _ in 0..AGAIN * self.generation {
            for point in self.pair(space, dice) {
                let is_new = !known.contains_key(&point) && !children.contains(&point);
                if children.len() < self.generation && is_new && space.holds(point) {
                    children.push(point);
                }
            }
            if children.len() == self.generation {
                break;
            }
        }
        children
    }

    /// Of two drawn by chance the better one.
    fn parent(&self, dice: &mut Dice) -> &Member {
        let mut draw = || &self.parents[dice.below(self.parents.len() as u64) as usize];
        let (a, b) = (draw(), draw());
        let is_better = a.front.cmp(&b.front).then(b.room.total_cmp(&a.room)).then(a.point.cmp(&b.point)).is_le();
        if is_better { a } else { b }
    }

    /// Two children.
    fn pair(&self, space: &Space, dice: &mut Dice) -> [u64; 2] {
        let (mother, father) = (space.places(self.parent(dice).point), space.places(self.parent(dice).point));
        let axes = space.axes();
        let is_crossed = dice.share() < CROSSED;
        let mut children = [Vec::with_capacity(axes.len()), Vec::with_capacity(axes.len())];
        for ((axis, mother), father) in axes.iter().zip(mother).zip(father) {
            let last = axis.values.len() as f64 - 1.0;
            let mut pair = [mother as f64, father as f64];
            if is_crossed && dice.share() < 0.5 {
                let (middle, apart) = (0.5 * (pair[0] + pair[1]), 0.5 * (pair[1] - pair[0]) * spread(dice.share()));
                pair = [middle - apart, middle + apart];
            }
            // Which child has whose: else what lies side by side would stay together.
            if dice.share() < 0.5 {
                pair.swap(0, 1);
            }
            for (child, mut place) in children.iter_mut().zip(pair) {
                // One place of a child is changed, on average.
                if dice.share() * (axes.len() as f64) < 1.0 {
                    place += dice.normal() * (REACH * (last + 1.0)).max(1.0);
                }
                child.push(place.round().clamp(0.0, last) as usize);
            }
        }
        children.map(|places| space.point(&places))
    }
}

/// By how much children are further apart than their parents, or nearer.
fn spread(share: f64) -> f64 {
    let power = 1.0 / (CLOSE + 1.0);
    if share <= 0.5 { (2.0 * share).powf(power) } else { (0.5 / (1.0 - share)).powf(power) }
}

/// Those of the first fronts; of the front that does not go in whole, those with most room.
fn survivors(all: Vec<(u64, Scores)>, count: usize) -> Vec<Member> {
    let scores: Vec<Scores> = all.iter().map(|(_, scores)| *scores).collect();
    let mut kept = Vec::with_capacity(count);
    for (n, front) in fronts(&scores).into_iter().enumerate() {
        let rooms = rooms(&scores, &front);
        let member = |(at, room): (usize, f64)| Member { point: all[at].0, scores: scores[at], front: n, room };
        let mut members: Vec<Member> = front.into_iter().zip(rooms).map(member).collect();
        members.sort_by(|a, b| b.room.total_cmp(&a.room).then(a.point.cmp(&b.point)));
        kept.extend(members.into_iter().take(count - kept.len()));
        if kept.len() == count {
            break;
        }
    }
    kept
}

/// All of them by front (the fast non-dominated sort: each pair is compared once, each front takes its share off the next).
fn fronts(scores: &[Scores]) -> Vec<Vec<usize>> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); scores.len()];
    let mut above = vec![0_usize; scores.len()];
    for a in 0..scores.len() {
        for b in a + 1..scores.len() {
            let (winner, loser) = match (dominates(&scores[a], &scores[b]), dominates(&scores[b], &scores[a])) {
                (true, _) => (a, b),
                (_, true) => (b, a),
                (false, false) => continue,
            };
            below[winner].push(loser);
            above[loser] += 1;
        }
    }
    let mut fronts = Vec::new();
    let mut front: Vec<usize> = (0..scores.len()).filter(|at| above[*at] == 0).collect();
    while !front.is_empty() {
        let mut next = Vec::new();
        for loser in front.iter().flat_map(|winner| &below[*winner]) {
            above[*loser] -= 1;
            if above[*loser] == 0 {
                next.push(*loser);
            }
        }
        fronts.push(std::mem::replace(&mut front, next));
    }
    fronts
}

/// How much room each of a front has: the sides of the box that its neighbours leave it, each as a share of the front's.
fn rooms(scores: &[Scores], front: &[usize]) -> Vec<f64> {
    let mut rooms = vec![0.0; front.len()];
    let score = |n: usize, objective: usize| scores[front[n]][objective];
    for objective in 0..OBJECTIVES_MAX {
        let at = |n: usize| score(n, objective);
        let mut order: Vec<usize> = (0..front.len()).collect();
        order.sort_by(|a, b| at(*a).total_cmp(&at(*b)).then(front[*a].cmp(&front[*b])));
        let (Some(first), Some(last)) = (order.first(), order.last()) else { continue };
        let whole = at(*last) - at(*first);
        // What is the same for all, or no number for all, sets nobody apart.
        if whole.is_nan() || whole <= 0.0 {
            continue;
        }
        (rooms[*first], rooms[*last]) = (f64::INFINITY, f64::INFINITY);
        for [before, own, after] in order.array_windows() {
            rooms[*own] += (at(*after) - at(*before)) / whole;
        }
    }
    rooms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[[f64; 2]]) -> Vec<Scores> {
        pairs.iter().map(|[a, b]| [*a, *b, 0.0, 0.0]).collect()
    }

    /// Who is on which front, told one by one.
    fn slow(scores: &[Scores]) -> Vec<Vec<usize>> {
        let mut left: Vec<usize> = (0..scores.len()).collect();
        let mut fronts = Vec::new();
        while !left.is_empty() {
            let is_free = |at: &usize| !left.iter().any(|other| dominates(&scores[*other], &scores[*at]));
            let front: Vec<usize> = left.iter().copied().filter(is_free).collect();
            left.retain(|at| !front.contains(at));
            fronts.push(front);
        }
        fronts
    }

    #[test]
    fn fronts_are_those_that_looking_at_all_of_them_again_and_again_finds() {
        let mut dice = Dice(3);
        for size in 0..60 {
            let scores: Vec<Scores> = (0..size)
                .map(|_| [0; 4].map(|_: i32| dice.below(6) as f64))
                .map(|[a, b, c, _]| [a, b, c, 0.0])
                .collect();
            let mut found = fronts(&scores);
            found.iter_mut().for_each(|front| front.sort_unstable());
            assert_eq!(found, slow(&scores), "{scores:?}");
        }
    }

    #[test]
    fn the_ends_of_a_front_have_all_the_room_and_the_crowded_go_first() {
        let scores = of(&[[0.0, 10.0], [1.0, 9.0], [1.5, 8.5], [6.0, 4.0], [10.0, 0.0]]);
        let rooms = rooms(&scores, &[0, 1, 2, 3, 4]);
        assert_eq!((rooms[0], rooms[4]), (f64::INFINITY, f64::INFINITY));
        assert!((rooms[1] - 0.3).abs() < 1e-12 && (rooms[2] - 1.0).abs() < 1e-12, "{rooms:?}");
        let all = scores.iter().enumerate().map(|(n, scores)| (n as u64, *scores)).collect();
        let mut kept: Vec<u64> = survivors(all, 4).iter().map(|member| member.point).collect();
        kept.sort_unstable();
        assert_eq!(kept, [0, 2, 3, 4]);
    }
}
