//! What a venue tells of the time before: ratios of long to short, funding that was paid, candles, trades. Made by arithmetic
//! from the time alone, so that a moment always looks the same, whoever asks and however often.
//!
//! Never: open interest, which is the floor's own; the trades that its market makes.

use crate::http::Request;
use crate::listing::Listing;
use engine_model::units::{Lots, Ticks};
use std::ops::RangeInclusive;

/// Funding is paid each eight hours, UTC.
pub(crate) const FUNDING_MS: u64 = 8 * 3_600_000;

/// The share that is long, in 1/10000: between 0.35 and 0.65. `whose` tells instruments and crowds apart.
pub(crate) fn long_e4(whose: u64, at_ms: u64) -> u64 {
    3_500 + mixed(whose, at_ms) % 3_000
}

/// The rate that was paid, in 1e-8: between -0.005 % and 0.015 %.
pub(crate) fn rate_e8(whose: u64, at_ms: u64) -> i64 {
    mixed(whose, at_ms) as i64 % 20_000 - 5_000
}

/// The newest `limit` multiples of `every_ms` that the request's span and the present leave, oldest first.
pub(crate) fn moments(request: &Request, every_ms: u64, limit: usize, now_ms: u64) -> Vec<u64> {
    let given = |name| request.parameter(name).and_then(|text| text.parse::<u64>().ok());
    let limit =
        given("limit").and_then(|wanted| usize::try_from(wanted).ok()).map_or(limit, |wanted| wanted.min(limit));
    let from = given("startTime").unwrap_or(0);
    let newest = given("endTime").map_or(now_ms, |to| to.min(now_ms)) / every_ms;
    let mut moments: Vec<u64> =
        (0..=newest).rev().map(|index| index * every_ms).take_while(|at| *at >= from).take(limit).collect();
    moments.reverse();
    moments
}

/// The newest `rows` multiples of `every_ms`, oldest first.
pub(crate) fn newest(every_ms: u64, rows: u64, now_ms: u64) -> Vec<u64> {
    let last = now_ms / every_ms;
    (last.saturating_sub(rows - 1)..=last).map(|index| index * every_ms).collect()
}

/// A candle of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastCandle {
    /// When it began, in milliseconds since the epoch.
    pub opened_at_ms: u64,
    /// First price: the last one of the candle before.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price.
    pub close: Ticks,
    /// Traded.
    pub volume: Lots,
}

impl PastCandle {
    /// What was traded of an instrument in the period that began then.
    #[must_use]
    pub fn of(listing: &Listing, opened_at_ms: u64, period_ms: u64) -> Self {
        let whose = 100 + u64::from(listing.instrument.id.0);
        // Within one in a hundred of where prices start.
        let px = |at_ms| listing.start_px.0 * (9_900 + mixed(whose, at_ms) as i64 % 200) / 10_000;
        let (open, close) = (px(opened_at_ms), px(opened_at_ms + period_ms));
        let more = |turn: u64| mixed(whose + turn, opened_at_ms) as i64;
        let [high, low] = [open.max(close) + more(1) % 50, (open.min(close) - more(2) % 50).max(1)].map(Ticks);
        let volume = Lots(1 + more(3) % (listing.typical_qty.0 * 100));
        Self { opened_at_ms, open: Ticks(open), high, low, close: Ticks(close), volume }
    }

    /// Open, high, low, close and volume, as the venue writes them.
    pub(crate) fn texts(&self, listing: &Listing) -> [String; 5] {
        let grid = listing.instrument.grid;
        let px = |ticks| grid.price_text(ticks);
        [px(self.open), px(self.high), px(self.low), px(self.close), grid.qty_text(self.volume)]
    }
}

/// Those of a span, both ends included, oldest first; the one that is not over yet is the last.
pub(crate) fn candles(listing: &Listing, (from_ms, to_ms): (u64, u64), period_ms: u64) -> Vec<PastCandle> {
    let opened = from_ms.div_ceil(period_ms)..=to_ms / period_ms;
    opened.map(|index| PastCandle::of(listing, index * period_ms, period_ms)).collect()
}

/// A day.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// From one trade of the past to the next.
const TRADE_MS: u64 = 250;

/// A trade of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastTrade {
    /// When it was, in milliseconds since the epoch.
    pub at_ms: u64,
    /// Its number; the next one has the next.
    pub id: u64,
    /// Price.
    pub px: Ticks,
    /// Quantity.
    pub qty: Lots,
    /// Whether the taker bought.
    pub is_bought: bool,
}

impl PastTrade {
    /// The trade of that number.
    #[must_use]
    pub fn of(listing: &Listing, id: u64) -> Self {
        let (whose, at_ms) = (200 + u64::from(listing.instrument.id.0), id * TRADE_MS);
        // What is told apart by a second only is told apart by the number, too.
        let more = |turn: u64| mixed(whose + turn, at_ms + id % 4 * 1_000_000) as i64;
        let px = listing.start_px.0 * (9_900 + more(0) % 200) / 10_000;
        Self {
            at_ms,
            id,
            px: Ticks(px),
            qty: Lots(1 + more(1) % (listing.typical_qty.0 * 2)),
            is_bought: more(2) % 2 == 0,
        }
    }

    /// Price and quantity, as the venue writes them.
    pub(crate) fn texts(&self, listing: &Listing) -> [String; 2] {
        let grid = listing.instrument.grid;
        [grid.price_text(self.px), grid.qty_text(self.qty)]
    }
}

/// The numbers of the trades of a span, both ends included.
pub(crate) const fn numbers((from_ms, to_ms): (u64, u64)) -> RangeInclusive<u64> {
    from_ms.div_ceil(TRADE_MS)..=to_ms / TRADE_MS
}

/// The first ones of those numbers, oldest first.
pub(crate) fn first_trades(listing: &Listing, numbers: RangeInclusive<u64>, rows: u64) -> Vec<PastTrade> {
    numbers.take(rows as usize).map(|id| PastTrade::of(listing, id)).collect()
}

/// The last ones of those numbers, oldest first.
pub(crate) fn last_trades(listing: &Listing, numbers: RangeInclusive<u64>, rows: u64) -> Vec<PastTrade> {
    let (first, last) = numbers.into_inner();
    first_trades(listing, first.max((last + 1).saturating_sub(rows))..=last, rows)
}

/// The newest ones, oldest first.
pub(crate) fn trades(listing: &Listing, rows: u64, now_ms: u64) -> Vec<PastTrade> {
    last_trades(listing, numbers((0, now_ms)), rows)
}

/// A parameter of the query that is a number.
pub(crate) fn number(request: &Request, name: &str) -> Option<u64> {
    request.parameter(name)?.parse().ok()
}

/// A number below 2^31 that looks like nothing.
fn mixed(whose: u64, at_ms: u64) -> u64 {
    let seed = (at_ms / 1_000).wrapping_add(whose.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mixed = (seed ^ seed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 32) >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candle_begins_where_the_one_before_ends() {
        for listing in Listing::defaults(engine_model::venue::VenueId::BinanceUsdm) {
            let told = candles(&listing, (1_790_812_800_001, 1_790_816_400_000), 60_000);
            assert_eq!((told.len(), told[0].opened_at_ms), (60, 1_790_812_860_000));
            for pair in told.windows(2) {
                assert_eq!(pair[0].close, pair[1].open);
                let PastCandle { open, high, low, close, volume, .. } = pair[0];
                assert!(low.0 > 0 && low <= open.min(close) && high >= open.max(close) && volume.0 > 0);
            }
            assert_eq!(
                first_trades(&listing, numbers((1_790_812_800_001, 1_790_812_800_750)), 2)[1].at_ms,
                1_790_812_800_500
            );
            let span = numbers((1_790_812_800_001, 1_790_812_800_750));
            assert_eq!(last_trades(&listing, span, 2)[0].at_ms, 1_790_812_800_500);
            let told = trades(&listing, 100, 1_790_812_800_000);
            assert_eq!((told.len(), told[99].at_ms), (100, 1_790_812_800_000));
            assert!(told.windows(2).all(|pair| pair[1].id == pair[0].id + 1 && pair[1] != pair[0]));
            assert!(told.iter().any(|trade| trade.is_bought) && told.iter().any(|trade| !trade.is_bought));
        }
    }

    #[test]
    fn a_moment_looks_the_same_and_its_neighbours_do_not() {
        assert_eq!(long_e4(1, 1_790_812_800_000), long_e4(1, 1_790_812_800_000));
        assert_ne!(long_e4(1, 1_790_812_800_000), long_e4(2, 1_790_812_800_000));
        assert_ne!(long_e4(1, 1_790_812_800_000), long_e4(1, 1_790_813_100_000));
        for step in 0..1_000 {
            let at_ms = 1_790_812_800_000 + step * 300_000;
            assert!((3_500..6_500).contains(&long_e4(step, at_ms)));
            assert!((-5_000..15_000).contains(&rate_e8(step, at_ms)));
        }
    }
}
