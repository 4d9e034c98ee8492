//! The checksum of a book: CRC-32 of the texts of its best levels.
//!
//! Owns: the recipe. Never: where the levels come from.

use crate::proof::crc32;
use engine_model::instrument::Grid;
use engine_model::market::Level;

/// Levels a side that it covers.
const LEVELS: usize = 10;

/// Of these levels, each side from its best: asks before bids, of each the price and the quantity as they stand in frames,
/// without point and without zeros in front.
pub(super) fn of(grid: &Grid, bids: &[Level], asks: &[Level]) -> u32 {
    let best = asks.iter().take(LEVELS).chain(bids.iter().take(LEVELS));
    let digits = |text: String| text.replace('.', "").trim_start_matches('0').to_owned();
    let text: String =
        best.flat_map(|level| [digits(grid.price_text(level.px)), digits(grid.qty_text(level.qty))]).collect();
    crc32(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A whole book that was captured, with the venue's own checksum.
    #[test]
    fn the_checksum_of_a_captured_book_is_the_venues() {
        let grid = Grid { price_decimals: 1, tick_step: 1, qty_decimals: 8, lot_step: 1 };
        let levels = |rows: [(&str, &str); 10]| {
            rows.map(|(px, qty)| Level {
                px: grid.ticks(px.as_bytes()).expect("a price"),
                qty: grid.lots(qty.as_bytes()).expect("a quantity"),
            })
        };
        let bids = levels([
            ("78871.5", "0.01266503"),
            ("78868.4", "0.00005100"),
            ("78867.3", "0.00059789"),
            ("78865.8", "0.00030000"),
            ("78865.7", "0.01532403"),
            ("78864.5", "0.00005100"),
            ("78860.6", "0.04618528"),
            ("78860.5", "0.00005100"),
            ("78859.2", "0.20128607"),
            ("78858.8", "0.63404462"),
        ]);
        let asks = levels([
            ("78871.6", "4.21103066"),
            ("78872.2", "0.41892437"),
            ("78872.5", "0.08877452"),
            ("78873.7", "0.64976822"),
            ("78875.5", "0.63391066"),
            ("78876.2", "0.02287157"),
            ("78877.2", "0.00810675"),
            ("78877.8", "0.65087492"),
            ("78877.9", "1.89408049"),
            ("78878.0", "4.52243185"),
        ]);
        assert_eq!(of(&grid, &bids, &asks), 1_406_471_562);
    }
}
