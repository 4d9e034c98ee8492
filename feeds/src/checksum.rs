//! Checksums of books, as venues make them: CRC-32 (the zlib one) of a text of the best levels.
//!
//! Owns: the recipes, and of each book the text that its last checksum was made of. The texts are those of the venue:
//! numbers with as many decimals as the instrument's grid, or without the zeros behind, as the venue writes them. Never:
//! books.
//!
//! A message changes a few of the levels that a checksum covers, mostly none. To write fifty of them anew for each message
//! was nine tenths of what OKX's cost; so what did not change is copied from the last text, and where nothing did, the last
//! checksum stands: it is that of the same levels.

mod page;

use engine_model::instrument::{Grid, InstrumentId, Instruments};
use engine_model::market::Level;
use engine_model::venue::VenueId;
use page::{Page, Writing};

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
}

/// The checksums of a venue's books.
#[derive(Debug)]
pub(crate) struct Checksums {
    recipe: Recipe,
    /// By instrument index; none where the venue sends no checksum, and for instruments of others.
    books: Box<[Option<Box<Summed>>]>,
}

/// The last text of a book and its checksum, and room for the next.
#[derive(Debug)]
struct Summed {
    grid: Grid,
    pages: [Page; 2],
    /// Which of the pages is the last text.
    last: usize,
    checksum: u32,
}

impl Checksums {
    /// Allocates everything, 8 KiB an instrument where there are checksums.
    pub(crate) fn new(recipe: Recipe, venue: VenueId, instruments: &Instruments) -> Self {
        let summed =
            |grid| Box::new(Summed { grid, pages: Default::default(), last: 0, checksum: crc32fast::hash(b"") });
        let of = |own: bool, grid| (own && recipe != Recipe::None).then(|| summed(grid));
        Self { recipe, books: instruments.iter().map(|i| of(i.venue == venue, i.grid)).collect() }
    }

    /// How many levels a side a checksum looks at.
    pub(crate) const fn levels(&self) -> usize {
        self.recipe.levels()
    }

    /// The checksum of a book with these best levels; `None` where the venue has none.
    pub(crate) fn of(&mut self, instrument: InstrumentId, bids: &[Level], asks: &[Level]) -> Option<u32> {
        let book = self.books.get_mut(instrument.index())?.as_mut()?;
        Some(book.checksum(self.recipe, bids, asks))
    }
}

impl Summed {
    fn checksum(&mut self, recipe: Recipe, bids: &[Level], asks: &[Level]) -> u32 {
        let [first, second] = &mut self.pages;
        let (last, next) = if self.last == 0 { (first, second) } else { (second, first) };
        if last.is_of(bids, asks) {
            return self.checksum;
        }
        let mut writing = Writing::new(&self.grid, recipe, last, next);
        match recipe {
            Recipe::None => {}
            Recipe::PairsTrimmed | Recipe::PairsFixed => {
                for place in 0..bids.len().max(asks.len()) {
                    bids.get(place).into_iter().for_each(|level| writing.bid(*level));
                    asks.get(place).into_iter().for_each(|level| writing.ask(*level));
                }
            }
            Recipe::Digits => {
                asks.iter().for_each(|level| writing.ask(*level));
                bids.iter().for_each(|level| writing.bid(*level));
            }
        }
        self.checksum = crc32fast::hash(next.text());
        self.last ^= 1;
        self.checksum
    }
}

#[cfg(test)]
mod tests;
