//! Questions about a coin: each of its markets in this run, spot against perpetual, the best prices over all venues.

use super::Desk;
use super::answer::{Answer, Known, Source, Unknown};
use super::coin::{coin, contracts};
use super::flow::{Timeframe, Window, window};
use crate::hub::image::{Image, InstrumentImage};
use engine_analytics::flow::derivatives::{funding, premium};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId};
use engine_model::market::{BookState, Level};
use engine_model::units::{Nanos, Ticks};

/// One market of a coin.
#[derive(Clone, Debug)]
pub(crate) struct Market<'d> {
    pub(crate) instrument: &'d Instrument,
    /// The last trade's price.
    pub(crate) last: Answer<Ticks>,
    pub(crate) bid: Answer<Level>,
    pub(crate) ask: Answer<Level>,
    pub(crate) mark: Answer<Ticks>,
    pub(crate) index: Answer<Ticks>,
    pub(crate) funding: Answer<FundingNow>,
    /// The last 24 h.
    pub(crate) day: Answer<Window>,
    /// The last of what was asked for.
    pub(crate) recent: Answer<Window>,
}

/// Funding of the running interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FundingNow {
    /// For the interval; 0.0001 is 0.01 %.
    pub(crate) rate: f64,
    /// Seconds from one payment to the next; `None` where nobody says it.
    pub(crate) interval_s: Option<u32>,
    /// The same rate for eight hours.
    pub(crate) rate_8h: Option<f64>,
    /// In percent a year, by its real interval, not compounded.
    pub(crate) year_percent: Option<f64>,
    /// When it is paid.
    pub(crate) next_at: Option<Nanos>,
}

/// A price of some market, as a number that can be held against another market's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Best<'d> {
    pub(crate) instrument: &'d Instrument,
    pub(crate) level: Level,
    pub(crate) price: f64,
}

/// A perpetual contract against the coin itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SpotPerp {
    /// Perpetual less spot, in dollars.
    pub(crate) basis: f64,
    /// In hundredths of a percent of spot.
    pub(crate) basis_bps: f64,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Overview<'d> {
    pub(crate) coin: &'d str,
    pub(crate) recent: Timeframe,
    /// In the order of the run.
    pub(crate) markets: Vec<Market<'d>>,
    /// Highest bid over spot markets in dollars, lowest ask.
    pub(crate) best_spot: (Answer<Best<'d>>, Answer<Best<'d>>),
    /// The same over contracts that count one coin as one.
    pub(crate) best_perp: (Answer<Best<'d>>, Answer<Best<'d>>),
    /// The first perpetual against the first spot market.
    pub(crate) spot_perp: Answer<SpotPerp>,
    /// Perpetual by spot, of the volume of a day.
    pub(crate) volume_ratio: Answer<f64>,
}

impl<'d> Overview<'d> {
    /// The first spot market in dollars.
    pub(crate) fn spot(&self) -> Option<&Market<'d>> {
        self.markets.iter().find(|market| is_spot(market.instrument) && market.instrument.is_dollar_quoted())
    }

    /// The first perpetual in dollars, linear before inverse.
    pub(crate) fn perp(&self) -> Option<&Market<'d>> {
        let in_dollars = |kind| {
            self.markets
                .iter()
                .find(move |market| market.instrument.kind == kind && market.instrument.is_dollar_quoted())
        };
        in_dollars(ContractKind::Linear).or_else(|| in_dollars(ContractKind::Inverse))
    }
}

impl Desk {
    /// All markets of the coin that a text means; `None` if this run has none.
    pub(crate) fn overview(&self, text: &str, recent: Timeframe) -> Option<Overview<'_>> {
        let coin = self.any_coin(text)?;
        let now = self.now();
        let markets: Vec<_> = {
            let told = |id, length_ns| self.told_price(id, Nanos(now.0.saturating_sub(length_ns)));
            let image = self.hub.image();
            let one = |instrument: &'_ Instrument| self.instruments.funding_interval_s(instrument.id);
            self.on(coin)
                .map(|instrument| Market::new(instrument, one(instrument), &image, recent, &told, now))
                .collect()
        };
        let spot = best(&markets, is_spot);
        let perp = best(&markets, |instrument| !is_spot(instrument));
        let mut overview = Overview {
            coin,
            recent,
            spot_perp: Err(Unknown::because("it takes a spot market and a perpetual")),
            volume_ratio: Err(Unknown::because("it takes a spot market and a perpetual")),
            best_spot: spot,
            best_perp: perp,
            markets,
        };
        if let (Some(spot), Some(perp)) = (overview.spot(), overview.perp()) {
            let (spot_perp, volume_ratio) = (spot_perp(spot, perp), volume_ratio(spot, perp));
            (overview.spot_perp, overview.volume_ratio) = (spot_perp, volume_ratio);
        }
        Some(overview)
    }

    /// Funding of the running interval.
    pub(crate) fn funding_now(&self, instrument: &Instrument) -> Answer<FundingNow> {
        let listed_s = self.instruments.funding_interval_s(instrument.id);
        funding_now(instrument, listed_s, self.hub.image().instrument(instrument.id), self.now())
    }

    /// The coin that a text means, whether the run has contracts on it or the coin alone.
    pub(crate) fn any_coin(&self, text: &str) -> Option<&str> {
        self.find(text, None).ok().map(|instrument| coin(instrument.base.as_str()).0)
    }

    /// The instruments of the run on a coin.
    pub(crate) fn on<'d>(&'d self, of: &str) -> impl Iterator<Item = &'d Instrument> {
        self.instruments.iter().filter(move |instrument| coin(instrument.base.as_str()).0 == of)
    }

    /// Snapshots of open interest, for what it was a while ago: of each contract whose open interest is fresh. Asked for once
    /// a minute, by the bridge itself.
    pub(crate) fn take_open_interest(&self) {
        let (polled, now) = ((self.polled)(), self.now());
        for instrument in contracts(&self.instruments) {
            let (told, _) = self.one_open_interest(instrument, &polled, now);
            if let Some(coins_e8) = told.filter(|told| told.counts).and_then(|told| told.coins_e8) {
                self.hub.image().flow_mut(instrument.id).open_interest(now, coins_e8);
            }
        }
    }
}

impl<'d> Market<'d> {
    /// `told_px`: the price so long ago, as the venue told it.
    fn new(
        instrument: &'d Instrument,
        listed_s: u32,
        image: &Image,
        recent: Timeframe,
        told_px: &dyn Fn(InstrumentId, u64) -> Option<Ticks>,
        now: Nanos,
    ) -> Self {
        let known = image.instrument(instrument.id);
        let last = known.flow.last().map(|bar| Known::new(bar.close, Source::Trades, bar.start, now));
        let windowed = |length_ns| window(&known.flow, length_ns, told_px(instrument.id, length_ns), now);
        let told = |told: Option<crate::hub::image::Told>, what: &str| {
            told.map(|told| Known::new(told.px, Source::Stream, told.at_ns, now))
                .ok_or_else(|| Unknown(format!("the venue has told no {what} yet")))
        };
        Self {
            instrument,
            last: last.ok_or_else(|| Unknown::because("no trade was heard yet")),
            bid: side(known, |top| top.bid, now),
            ask: side(known, |top| top.ask, now),
            mark: told(known.mark, "mark price"),
            index: told(known.index, "index price"),
            funding: funding_now(instrument, listed_s, known, now),
            day: windowed(Nanos::DAY),
            recent: windowed(recent.length_ns()),
        }
    }
}

fn side(known: &InstrumentImage, of: fn(crate::hub::image::Top) -> Level, now: Nanos) -> Answer<Level> {
    if known.book.state != BookState::Synced {
        return Err(Unknown::because("the book is not in sync"));
    }
    let top = known.top.map(|top| Known::new(of(top), Source::Book, top.at_ns, now));
    top.filter(|top| top.value.qty.0 > 0).ok_or_else(|| Unknown::because("nobody stands on that side"))
}

fn funding_now(instrument: &Instrument, listed_s: u32, known: &InstrumentImage, now: Nanos) -> Answer<FundingNow> {
    if is_spot(instrument) {
        return Err(Unknown::because("a spot market has no funding"));
    }
    let told = known.funding.ok_or_else(|| Unknown::because("the venue has told no funding rate yet"))?;
    let rate = told.rate_e8 as f64 / 1e8;
    // Told with the rate, else as the venue's list had it when the run began.
    let interval_s = [told.interval_s, listed_s].into_iter().find(|seconds| *seconds > 0);
    let value = FundingNow {
        rate,
        interval_s,
        rate_8h: interval_s.map(|seconds| rate * 28_800.0 / f64::from(seconds)),
        year_percent: interval_s.and_then(|seconds| funding::annualised(rate, i64::from(seconds) * 1_000)),
        next_at: (told.next_at_ns != Nanos(0)).then_some(told.next_at_ns),
    };
    Ok(Known::new(value, Source::Stream, told.at_ns, now))
}

/// In units of the quote, for comparing markets with different ticks.
pub(crate) fn price(grid: &Grid, px: Ticks) -> f64 {
    px.0 as f64 * grid.tick_size()
}

pub(crate) fn is_spot(instrument: &Instrument) -> bool {
    instrument.kind == ContractKind::Spot
}

/// The highest bid and the lowest ask among markets in dollars that count one coin as one.
fn best<'d>(markets: &[Market<'d>], of: impl Fn(&Instrument) -> bool) -> (Answer<Best<'d>>, Answer<Best<'d>>) {
    let fits = |market: &&Market<'d>| {
        let instrument = market.instrument;
        of(instrument) && instrument.is_dollar_quoted() && coin(instrument.base.as_str()).1 == 1
    };
    let one = |market: &Market<'d>, level: &Answer<Level>| {
        let instrument = market.instrument;
        let known = level.as_ref().ok()?;
        Some(known.map(|level| Best { instrument, level, price: price(&instrument.grid, level.px) }))
    };
    let none = || Unknown::because("no such market has a book in sync");
    let bids = markets.iter().filter(fits).filter_map(|market| one(market, &market.bid));
    let asks = markets.iter().filter(fits).filter_map(|market| one(market, &market.ask));
    let bid = bids.max_by(|a, b| a.value.price.total_cmp(&b.value.price));
    let ask = asks.min_by(|a, b| a.value.price.total_cmp(&b.value.price));
    (bid.ok_or_else(none), ask.ok_or_else(none))
}

fn spot_perp(spot: &Market<'_>, perp: &Market<'_>) -> Answer<SpotPerp> {
    let (spot_px, perp_px) = (spot.last.as_ref().map_err(Clone::clone)?, perp.last.as_ref().map_err(Clone::clone)?);
    spot_px.and(perp_px, |spot_px, perp_px| {
        let many = |market: &Market<'_>| coin(market.instrument.base.as_str()).1 as f64;
        let spot = price(&spot.instrument.grid, *spot_px) / many(spot);
        let perp = price(&perp.instrument.grid, *perp_px) / many(perp);
        Some(SpotPerp { basis: premium::basis(perp, spot), basis_bps: premium::basis_bps(perp, spot)? })
    })
}

fn volume_ratio(spot: &Market<'_>, perp: &Market<'_>) -> Answer<f64> {
    let (spot_day, perp_day) = (spot.day.as_ref().map_err(Clone::clone)?, perp.day.as_ref().map_err(Clone::clone)?);
    spot_day.and(perp_day, |spot_day, perp_day| {
        let heard_alike = spot_day.heard_ns.abs_diff(perp_day.heard_ns) < 60 * Nanos::SECOND;
        let spot = dollars(spot.instrument, spot_day)?;
        let ratio = dollars(perp.instrument, perp_day)? / spot;
        (heard_alike && spot > 0.0).then_some(ratio)
    })
}

/// What was traded in a window, in units of the quote.
pub(crate) fn dollars(instrument: &Instrument, window: &Window) -> Option<f64> {
    let grid = &instrument.grid;
    let lots = window.volume().0 as f64 * lot_size(instrument);
    match instrument.kind {
        ContractKind::Inverse => Some(lots),
        ContractKind::Spot | ContractKind::Linear => {
            // A window without a trade has no mean price, and is worth nothing.
            Some(window.vwap_ticks.map_or(0.0, |ticks| lots * ticks * grid.tick_size()))
        }
    }
}

/// What was traded in a window, in coins.
pub(crate) fn coins(instrument: &Instrument, lots: i64, px_ticks: f64) -> Option<f64> {
    let size = lots as f64 * lot_size(instrument);
    let many = coin(instrument.base.as_str()).1 as f64;
    match instrument.kind {
        ContractKind::Inverse => (px_ticks > 0.0).then(|| size / (px_ticks * instrument.grid.tick_size()) * many),
        ContractKind::Spot | ContractKind::Linear => Some(size * many),
    }
}

/// What a lot holds: bases, or quotes of an inverse contract.
fn lot_size(instrument: &Instrument) -> f64 {
    let units = instrument.grid.lot_step as f64 * instrument.contract_size as f64;
    units / 10f64.powi(i32::from(instrument.size_decimals()))
}
