//! Checksums against texts written out, and against a book that is written anew for every message.

use super::*;
use engine_model::units::{Lots, Ticks};
use proptest::prelude::*;

fn levels(rows: &[(i64, i64)]) -> Vec<Level> {
    rows.iter().map(|(px, qty)| Level { px: Ticks(*px), qty: Lots(*qty) }).collect()
}

const GRID: Grid = Grid { price_decimals: 1, tick_step: 5, qty_decimals: 3, lot_step: 1 };

fn fresh(grid: Grid) -> Summed {
    Summed { grid, pages: Default::default(), last: 0, checksum: crc32fast::hash(b"") }
}

#[test]
fn pairs_go_on_with_the_longer_side() {
    let (bids, asks) = (levels(&[(20, 1_500), (19, 10)]), levels(&[(21, 2_000)]));
    let expected = |text: &str| crc32fast::hash(text.as_bytes());
    let sum = |recipe| fresh(GRID).checksum(recipe, &bids, &asks);
    assert_eq!(sum(Recipe::PairsTrimmed), expected("10:1.5:10.5:2:9.5:0.01"));
    assert_eq!(sum(Recipe::PairsFixed), expected("10.0:1.500:10.5:2.000:9.5:0.010"));
}

#[test]
fn digits_are_asks_then_bids_without_point() {
    let (bids, asks) = (levels(&[(20, 1_500)]), levels(&[(21, 2)]));
    assert_eq!(fresh(GRID).checksum(Recipe::Digits, &bids, &asks), crc32fast::hash(b"10521001500"));
}

#[test]
fn the_longest_text_fits() {
    let side = levels(&[(i64::MAX, i64::MAX); 25]);
    let grid = Grid { price_decimals: 18, tick_step: 1, qty_decimals: 18, lot_step: 1 };
    let expected = vec!["9.223372036854775807"; 100].join(":");
    assert_eq!(fresh(grid).checksum(Recipe::PairsFixed, &side, &side), crc32fast::hash(expected.as_bytes()));
    let side = levels(&[(1, 1); 25]);
    let grid = Grid { price_decimals: 20, tick_step: 1, qty_decimals: 20, lot_step: 1 };
    let expected = vec!["0.00000000000000000001"; 100].join(":");
    assert_eq!(fresh(grid).checksum(Recipe::PairsFixed, &side, &side), crc32fast::hash(expected.as_bytes()));
}

#[test]
fn a_book_without_levels_has_the_checksum_of_nothing() {
    let mut book = fresh(GRID);
    assert_eq!(book.checksum(Recipe::PairsTrimmed, &[], &[]), 0);
    assert_ne!(book.checksum(Recipe::PairsTrimmed, &levels(&[(20, 1)]), &[]), 0);
    assert_eq!(book.checksum(Recipe::PairsTrimmed, &[], &[]), 0);
}

/// The text of a recipe, straight from the grid's own texts.
fn slow(recipe: Recipe, bids: &[Level], asks: &[Level]) -> u32 {
    let trim = |text: String| match (recipe, text.contains('.')) {
        (Recipe::PairsTrimmed, true) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => text,
    };
    let number = |text: String| match recipe {
        Recipe::Digits => text.replace('.', "").trim_start_matches('0').to_owned(),
        _ => trim(text),
    };
    let level = |level: &Level| [number(GRID.price_text(level.px)), number(GRID.qty_text(level.qty))];
    let numbers: Vec<String> = if recipe == Recipe::Digits {
        asks.iter().chain(bids).flat_map(level).collect()
    } else {
        let longest = bids.len().max(asks.len());
        (0..longest).flat_map(|at| [bids.get(at), asks.get(at)]).flatten().flat_map(level).collect()
    };
    crc32fast::hash(numbers.join(if recipe == Recipe::Digits { "" } else { ":" }).as_bytes())
}

proptest! {
    /// A book that is written with what the text before has, against one that is not, over messages that insert, change
    /// and delete anywhere.
    #[test]
    fn what_is_copied_from_the_last_text_is_what_would_be_written(
        messages in prop::collection::vec(
            prop::collection::vec((any::<bool>(), 0..40i64, prop_oneof![1 => Just(0i64), 2 => 1..30_000i64]), 0..12),
            1..40,
        ),
        recipe in prop_oneof![Just(Recipe::PairsTrimmed), Just(Recipe::PairsFixed), Just(Recipe::Digits)],
    ) {
        let mut book = fresh(GRID);
        let mut sides = [std::collections::BTreeMap::new(), std::collections::BTreeMap::new()];
        for message in messages {
            for (is_bid, off, qty) in message {
                let side = &mut sides[usize::from(is_bid)];
                if qty == 0 { side.remove(&off); } else { side.insert(off, qty); }
            }
            let of = |side: &std::collections::BTreeMap<i64, i64>, px: &dyn Fn(i64) -> i64| -> Vec<Level> {
                let level = |(off, qty): (&i64, &i64)| Level { px: Ticks(px(*off)), qty: Lots(*qty) };
                side.iter().map(level).take(recipe.levels()).collect()
            };
            let (bids, asks) = (of(&sides[1], &|off| 1_000 - off), of(&sides[0], &|off| 1_001 + off));
            prop_assert_eq!(book.checksum(recipe, &bids, &asks), slow(recipe, &bids, &asks));
        }
    }
}
