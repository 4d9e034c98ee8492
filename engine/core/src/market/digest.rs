//! One number for a whole book.

use super::book::Book;
use engine_model::market::Side;

/// First eight bytes, little-endian, of the BLAKE3 of: bids best to worst, then asks best to worst; each side begins with
/// its number of levels, each level is price in ticks and quantity in lots; everything 64 bits, little-endian.
#[must_use]
pub fn book_digest(book: &Book) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for side in [Side::Buy, Side::Sell] {
        hasher.update(&(book.len(side) as u64).to_le_bytes());
        for level in book.levels(side) {
            hasher.update(&level.px.0.to_le_bytes());
            hasher.update(&level.qty.0.to_le_bytes());
        }
    }
    let [a, b, c, d, e, f, g, h, ..] = *hasher.finalize().as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Level;
    use engine_model::units::{Lots, Ticks};

    #[test]
    fn depends_on_every_level_and_its_side_but_not_on_the_way_there() {
        let level = |px, qty| Level { px: Ticks(px), qty: Lots(qty) };
        let (bids, asks) = ([level(9, 1), level(-90_000, 2)], [level(11, 3)]);
        let (mut once, mut slowly) = (Book::default(), Book::default());
        let _ = once.snapshot(&bids, &asks);
        let _ = slowly.apply(&[level(-90_000, 1), level(10, 5)], &[level(11, 3)]);
        assert_ne!(book_digest(&once), book_digest(&slowly));
        let _ = slowly.apply(&[level(10, 0), level(9, 1), level(-90_000, 2)], &[]);
        assert_eq!(book_digest(&once), book_digest(&slowly));
        let _ = once.snapshot(&bids[..1], &[]);
        let _ = slowly.snapshot(&[], &bids[..1]);
        assert_ne!(book_digest(&once), book_digest(&slowly), "a bid is not an ask");
    }
}
