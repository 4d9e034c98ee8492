//! By chance: every point as likely as another, none twice.

use super::Known;
use crate::dice::Dice;
use crate::sweep::space::Space;
use std::collections::BTreeSet;

/// Draws `count` points that have not been tried, or all that are left.
pub(super) fn draw(space: &Space, dice: &mut Dice, tried: &Known, count: u64) -> Vec<u64> {
    let count = count.min(space.tried() - tried.len() as u64);
    let mut drawn = Vec::new();
    // Where much is free, drawing again is short.
    if tried.len() as u64 + count <= space.tried() / 2 {
        let mut seen = BTreeSet::new();
        while (drawn.len() as u64) < count {
            let point = space.nth(dice.below(space.tried()));
            if !tried.contains_key(&point) && seen.insert(point) {
                drawn.push(point);
            }
        }
        return drawn;
    }
    // Where little is free (then the space is not large, either), the free ones are listed and shuffled.
    let all = (0..space.tried()).map(|rank| space.nth(rank));
    let mut free: Vec<u64> = all.filter(|point| !tried.contains_key(point)).collect();
    for _ in 0..count {
        drawn.push(free.swap_remove(dice.below(free.len() as u64) as usize));
    }
    drawn
}
