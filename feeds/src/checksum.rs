//! Checksums of books, as venues make them: CRC-32 (the zlib one) of a text of the best levels.
//!
//! Owns: the recipes. The texts are those of the venue: numbers with as many decimals as the instrument's grid, or without
//! the zeros behind, as the venue writes them. Never: books.

use engine_model::instrument::Grid;
use engine_model::market::Level;
use std::fmt::Write as _;

/// A venue's recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// The venue sends none.
    None,
    /// The best 25 levels, `bid:size:ask:size:…`; where one side is shorter the other goes on. Numbers without the zeros
    /// behind. OKX until 2026.
    PairsTrimmed,
    /// The same with all decimals of the grid. Bitget.
    PairsFixed,
    /// The best 10 asks, then the best 10 bids; of each price and quantity the digits without point and without zeros in
    /// front, with all decimals of the grid. Kraken.
    Digits,
}

impl Recipe {
    /// How many levels a side it looks at.
    pub(crate) const fn levels(self) -> usize {
        match self {
            Self::None => 0,
            Self::PairsTrimmed | Self::PairsFixed => 25,
            Self::Digits => 10,
        }
    }

    /// The checksum of these best levels.
    pub(crate) fn of(self, grid: &Grid, bids: &[Level], asks: &[Level]) -> u32 {
        let mut text = Text::default();
        match self {
            Self::None => {}
            Self::PairsTrimmed => pairs(&mut text, grid, bids, asks, true),
            Self::PairsFixed => pairs(&mut text, grid, bids, asks, false),
            Self::Digits => {
                for level in asks.iter().chain(bids) {
                    text.whole(i128::from(level.px.0) * i128::from(grid.tick_step));
                    text.whole(i128::from(level.qty.0) * i128::from(grid.lot_step));
                }
            }
        }
        crc32fast::hash(text.bytes())
    }
}

fn pairs(text: &mut Text, grid: &Grid, bids: &[Level], asks: &[Level], is_trimmed: bool) {
    for place in 0..bids.len().max(asks.len()) {
        for level in [bids.get(place), asks.get(place)].into_iter().flatten() {
            text.decimal(level.px.0, grid.tick_step, grid.price_decimals, is_trimmed);
            text.decimal(level.qty.0, grid.lot_step, grid.qty_decimals, is_trimmed);
        }
    }
}

/// 50 levels of two numbers of at most 21 bytes and a separator each.
const TEXT_MAX: usize = 50 * 2 * 24;

/// A text in one fixed buffer: nothing allocates on the path.
struct Text {
    bytes: [u8; TEXT_MAX],
    length: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self { bytes: [0; TEXT_MAX], length: 0 }
    }
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Text {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// A number cut off by the end of the buffer makes another checksum, and that makes a lost book: there is no silent
    /// case, and no grid has such numbers.
    fn whole(&mut self, number: i128) {
        let _ = write!(self, "{number}");
    }

    fn decimal(&mut self, steps: i64, step: i64, decimals: u8, is_trimmed: bool) {
        if self.length > 0 {
            let _ = self.write_str(":");
        }
        let units = i128::from(steps) * i128::from(step);
        let one = 10i128.pow(u32::from(decimals));
        self.whole(units / one);
        if decimals > 0 {
            let _ = write!(self, ".{:0width$}", units % one, width = usize::from(decimals));
            if is_trimmed {
                self.length = self.bytes().iter().rposition(|b| *b != b'0').map_or(0, |last| last + 1);
                self.length -= usize::from(self.bytes().ends_with(b"."));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::{Lots, Ticks};

    fn levels(rows: &[(i64, i64)]) -> Vec<Level> {
        rows.iter().map(|(px, qty)| Level { px: Ticks(*px), qty: Lots(*qty) }).collect()
    }

    const GRID: Grid = Grid { price_decimals: 1, tick_step: 5, qty_decimals: 3, lot_step: 1 };

    #[test]
    fn pairs_go_on_with_the_longer_side() {
        let (bids, asks) = (levels(&[(20, 1_500), (19, 10)]), levels(&[(21, 2_000)]));
        let expected = |text: &str| crc32fast::hash(text.as_bytes());
        assert_eq!(Recipe::PairsTrimmed.of(&GRID, &bids, &asks), expected("10:1.5:10.5:2:9.5:0.01"));
        assert_eq!(Recipe::PairsFixed.of(&GRID, &bids, &asks), expected("10.0:1.500:10.5:2.000:9.5:0.010"));
    }

    #[test]
    fn digits_are_asks_then_bids_without_point() {
        let (bids, asks) = (levels(&[(20, 1_500)]), levels(&[(21, 2)]));
        assert_eq!(Recipe::Digits.of(&GRID, &bids, &asks), crc32fast::hash(b"10521001500"));
    }

    #[test]
    fn the_longest_text_fits() {
        let side = levels(&[(i64::MAX, i64::MAX); 25]);
        let grid = Grid { price_decimals: 18, tick_step: 1, qty_decimals: 18, lot_step: 1 };
        let number = "9.223372036854775807";
        let expected = vec![number; 100].join(":");
        assert_eq!(Recipe::PairsFixed.of(&grid, &side, &side), crc32fast::hash(expected.as_bytes()));
    }
}
