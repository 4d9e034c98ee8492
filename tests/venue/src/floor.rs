//! What happens at a venue, whoever tells it and how: the market, candles, open interest, mark prices.
//!
//! Owns: the state behind all texts. Never: a text, sockets, the wall clock.

use crate::candle::Candle;
use crate::exchange::Truth;
use crate::listing::Listing;
use crate::market::{Book, Market, SUBTICKS};
use crate::moment::{From, Mark};
use crate::random::Random;
use engine_model::market::{Level, Side};
use engine_model::units::Ticks;
use engine_model::venue::VenueId;

const MILLI: u64 = 1_000_000;
/// Funding is paid each eight hours, UTC.
const FUNDING_MS: u64 = 8 * 3_600_000;

pub(crate) struct Floor {
    pub(crate) venue: VenueId,
    pub(crate) listings: Vec<Listing>,
    pub(crate) market: Market,
    pub(crate) random: Random,
    pub(crate) starts_at_ms: u64,
    /// By how much the venue's clock is ahead of what it should be.
    pub(crate) skew_ms: i64,
    candles: Vec<Candle>,
    open_interest_lots: Vec<i64>,
}

impl Floor {
    pub(crate) fn new(venue: VenueId, listings: Vec<Listing>, seed: u64, dense_ids: bool, starts_at_ms: u64) -> Self {
        Self {
            venue,
            market: Market::new(seed, &listings, dense_ids),
            random: Random::branch(seed, "wire"),
            starts_at_ms,
            skew_ms: 0,
            candles: listings.iter().map(|l| Candle::starting(starts_at_ms, l.start_px.0)).collect(),
            open_interest_lots: listings.iter().map(|l| l.typical_qty.0 * 50_000).collect(),
            listings,
        }
    }

    /// Venue time, in milliseconds since the epoch.
    pub(crate) fn at_ms(&self, now_ns: u64) -> u64 {
        self.at_ns(now_ns) / MILLI
    }

    /// Venue time, in nanoseconds since the epoch.
    pub(crate) fn at_ns(&self, now_ns: u64) -> u64 {
        (self.starts_at_ms * MILLI + now_ns).saturating_add_signed(self.skew_ms * MILLI as i64)
    }

    /// The other way round.
    pub(crate) fn since_start_ns(&self, at_ns: u64) -> u64 {
        if at_ns == u64::MAX {
            return u64::MAX;
        }
        at_ns.saturating_add_signed(-self.skew_ms * MILLI as i64).saturating_sub(self.starts_at_ms * MILLI)
    }

    /// Plays the market's next event.
    pub(crate) fn step(&mut self) {
        let outcome = self.market.step();
        let instrument = outcome.instrument;
        for fill in &outcome.fills {
            self.candles[instrument].add(fill);
            // A third of the volume opens or closes positions; liquidations close.
            let opened =
                if fill.liquidation { -fill.level.qty.0 } else { fill.level.qty.0 / 3 * fill.aggressor.sign() };
            self.open_interest_lots[instrument] = (self.open_interest_lots[instrument] + opened).max(1);
        }
    }

    /// What a text of that instrument is made from.
    pub(crate) fn from(&self, instrument: usize, at_ms: u64) -> From<'_> {
        From { listing: &self.listings[instrument], at_ms }
    }

    pub(crate) fn book(&self, instrument: usize) -> &Book {
        self.market.book(instrument)
    }

    pub(crate) fn update_id(&self, instrument: usize) -> u64 {
        self.market.update_id(instrument)
    }

    pub(crate) fn open_interest_lots(&self, instrument: usize) -> i64 {
        self.open_interest_lots[instrument]
    }

    /// A side's best levels, for a snapshot.
    pub(crate) fn levels(&self, instrument: usize, side: Side, limit: usize) -> impl Iterator<Item = Level> + '_ {
        self.market.book(instrument).levels(side).take(limit)
    }

    /// The book as it is now, whole.
    pub(crate) fn truth(&self, instrument: usize) -> Truth {
        Truth {
            update_id: self.update_id(instrument),
            bids: self.levels(instrument, Side::Buy, usize::MAX).collect(),
            asks: self.levels(instrument, Side::Sell, usize::MAX).collect(),
        }
    }

    /// The middle of the market, on the grid.
    pub(crate) fn fair(&self, instrument: usize) -> Ticks {
        Ticks(self.market.fair_subticks(instrument) / SUBTICKS)
    }

    /// Looks at mark, index and funding of an instrument: each look finds them a little elsewhere.
    pub(crate) fn mark(&mut self, instrument: usize, at_ms: u64) -> Mark {
        let grid = self.listings[instrument].instrument.grid;
        let scale = i128::from(grid.tick_step) * 10i128.pow(12u32.saturating_sub(u32::from(grid.price_decimals)));
        let fair_e12 = i128::from(self.market.fair_subticks(instrument)) * scale / i128::from(SUBTICKS);
        let premium_e12 = fair_e12 / 1_000_000 * i128::from(self.random.around_zero(100));
        Mark {
            mark_e12: fair_e12 + premium_e12,
            index_e12: fair_e12,
            rate_e8: 10_000 + i128::from(self.random.around_zero(500)),
            next_at_ms: (at_ms / FUNDING_MS + 1) * FUNDING_MS,
        }
    }

    /// Looks at an instrument's candle: it, and whether it is closed; `None` when no trade came since the last look. A
    /// closed one is followed by an empty one.
    pub(crate) fn take_candle(&mut self, instrument: usize, at_ms: u64) -> Option<(Candle, bool)> {
        let candle = &mut self.candles[instrument];
        let (told, closed) = (*candle, at_ms > candle.ends_at_ms());
        candle.fresh = false;
        if closed {
            *candle = Candle::starting(at_ms, candle.close);
        }
        (closed || told.fresh).then_some((told, closed))
    }
}
