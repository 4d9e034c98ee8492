//! Questions about contracts over all venues of the run: open interest, funding, long against short.
//!
//! A value counts while it is fresh: told within three of its intervals by a venue that answers. What does not count is named
//! with the reason, and never stands for 0; its last value is shown with its age.

use super::Desk;
use super::answer::Source;
use super::coin::{coin, coins, contracts};
use crate::hub::image;
use crate::hub::polled::{Crowd, Polled, PolledQuestion, PolledValue};
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::units::{Lots, Nanos};
use std::time::Duration;

/// A value this much older than its interval is not fresh any more.
const INTERVALS_MAX: u32 = 3;
/// Ago: what open interest is held against.
pub(crate) const AGO_NS: [u64; 3] = [900 * Nanos::SECOND, 3_600 * Nanos::SECOND, Nanos::DAY];
/// The shortest time within which a value stays fresh.
const FRESH: Duration = Duration::from_secs(45);
/// Payments of funding that are shown: a day of hours.
const PAID_SHOWN: usize = 24;

/// When a value was told, and by which way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) from: Source,
    pub(crate) venue_at: Nanos,
    pub(crate) received_at: Nanos,
    pub(crate) age_ns: u64,
}

/// Why a market does not count.
#[derive(Clone, Debug)]
pub(crate) struct Missing<'d> {
    pub(crate) instrument: &'d Instrument,
    pub(crate) crowd: Option<Crowd>,
    pub(crate) reason: String,
}

/// Open interest of one market.
#[derive(Clone, Debug)]
pub(crate) struct OpenInterest<'d> {
    pub(crate) instrument: &'d Instrument,
    pub(crate) qty: Lots,
    /// In 1e-8 coins; `None` where that takes a price and there is none.
    pub(crate) coins_e8: Option<i128>,
    /// In 1e-8 dollars.
    pub(crate) usd_e8: Option<i128>,
    pub(crate) told: Told,
    pub(crate) counts: bool,
    /// What it was [`AGO_NS`] ago by our own snapshots, in 1e-8 coins; `None` where there is none of then.
    pub(crate) before_e8: [Option<i128>; 3],
}

/// Funding of one market.
#[derive(Clone, Debug)]
pub(crate) struct Funding<'d> {
    pub(crate) instrument: &'d Instrument,
    /// As streamed, for the running interval.
    pub(crate) now: Option<image::Funding>,
    /// When, and the rate in 1e-8, oldest first.
    pub(crate) paid: Vec<(Nanos, i64)>,
    pub(crate) told: Told,
    pub(crate) fresh: bool,
}

/// Long against short of one market.
#[derive(Clone, Debug)]
pub(crate) struct LongShort<'d> {
    pub(crate) instrument: &'d Instrument,
    pub(crate) crowd: Crowd,
    pub(crate) long_e8: i64,
    pub(crate) period_s: u64,
    /// Coins that are open, where that is known.
    pub(crate) coins_e8: Option<i128>,
    pub(crate) told: Told,
    pub(crate) fresh: bool,
}

/// What is known of a coin, and what is missing.
#[derive(Clone, Debug)]
pub(crate) struct OverVenues<'d, T> {
    pub(crate) coin: &'d str,
    pub(crate) markets: Vec<T>,
    pub(crate) missing: Vec<Missing<'d>>,
}

impl Desk {
    /// The coin that a text means, if the run has contracts on it.
    pub(crate) fn coin(&self, text: &str) -> Option<&str> {
        let named = self.find(text, None).ok().map(|instrument| coin(instrument.base.as_str()).0);
        named.filter(|coin| self.coins().any(|known| known == *coin))
    }

    /// The coins that may be asked for.
    pub(crate) fn coins(&self) -> impl Iterator<Item = &str> {
        coins(&self.instruments).into_iter()
    }

    fn contracts<'d>(&'d self, of: &'d str) -> impl Iterator<Item = &'d Instrument> {
        contracts(&self.instruments).filter(move |instrument| coin(instrument.base.as_str()).0 == of)
    }

    pub(crate) fn open_interest<'d>(&'d self, of: &'d str) -> OverVenues<'d, OpenInterest<'d>> {
        let (polled, now) = ((self.polled)(), self.now());
        let mut all = OverVenues { coin: of, markets: Vec::new(), missing: Vec::new() };
        for instrument in self.contracts(of) {
            let (market, reason) = self.one_open_interest(instrument, &polled, now);
            all.markets.extend(market);
            all.missing.extend(reason.map(|reason| Missing { instrument, crowd: None, reason }));
        }
        all
    }

    /// The newest word of stream and answer, and why it does not count.
    pub(super) fn one_open_interest<'d>(
        &self,
        instrument: &'d Instrument,
        polled: &[Polled],
        now: Nanos,
    ) -> (Option<OpenInterest<'d>>, Option<String>) {
        let asked = find(polled, instrument, PolledQuestion::OpenInterest);
        let (streamed, price, before_e8) = {
            let image = self.hub.image();
            let image = image.instrument(instrument.id);
            let before_e8 = AGO_NS.map(|ago| image.flow.open_interest_at(Nanos(now.0.saturating_sub(ago))));
            (image.open_interest, price(image), before_e8)
        };
        let streamed = streamed.map(|told| (told.qty, Told::stream(told.at_ns, now)));
        let answered = asked.and_then(|asked| match asked.answer.as_ref() {
            Some(answer) => match answer.value {
                PolledValue::OpenInterest { at, qty } => Some((qty, Told::rest(at, answer.received_at, now))),
                _ => None,
            },
            None => None,
        });
        let stale = asked.and_then(|asked| stale(asked, answered.map(|(_, told)| told)));
        let candidates = [streamed, answered.filter(|_| stale.is_none())];
        let fresh =
            candidates.into_iter().flatten().filter(|(_, told)| told.is_within(FRESH)).min_by_key(|c| c.1.age_ns);
        let known = fresh.or_else(|| [streamed, answered].into_iter().flatten().min_by_key(|c| c.1.age_ns));
        let Some((qty, told)) = known else {
            return (None, Some(stale.unwrap_or_else(|| "this run does not ask for it".to_owned())));
        };
        let coins_e8 = coins_e8(instrument, qty, price);
        let usd_e8 = usd_e8(instrument, qty, price);
        let counts = fresh.is_some() && coins_e8.is_some() && usd_e8.is_some();
        let reason = match (counts, fresh) {
            (true, _) => None,
            (false, Some(_)) => Some("there is no price in dollars to turn it into coins and dollars".to_owned()),
            (false, None) => Some(stale.unwrap_or_else(|| too_old(told))),
        };
        (Some(OpenInterest { instrument, qty, coins_e8, usd_e8, told, counts, before_e8 }), reason)
    }

    /// The last `limit` snapshots of open interest, oldest first: when, and coins in 1e-8.
    pub(crate) fn open_interest_history(&self, instrument: &Instrument, limit: usize) -> Vec<(Nanos, i128)> {
        let image = self.hub.image();
        let all = image.instrument(instrument.id).flow.open_interest_snapshots();
        all.range(all.len().saturating_sub(limit)..).copied().collect()
    }

    pub(crate) fn funding<'d>(&'d self, of: &'d str) -> OverVenues<'d, Funding<'d>> {
        let (polled, now) = ((self.polled)(), self.now());
        let mut all = OverVenues { coin: of, markets: Vec::new(), missing: Vec::new() };
        for instrument in self.contracts(of) {
            let Some(asked) = find(&polled, instrument, PolledQuestion::Funding) else { continue };
            let answer = asked.answer.as_ref().and_then(|answer| match &answer.value {
                PolledValue::Funding(paid) => Some((paid, Told::rest(last(paid), answer.received_at, now))),
                _ => None,
            });
            let reason = stale(asked, answer.map(|(_, told)| told));
            all.markets.extend(answer.map(|(paid, told)| Funding {
                instrument,
                now: self.hub.image().instrument(instrument.id).funding,
                paid: paid[paid.len().saturating_sub(PAID_SHOWN)..].to_vec(),
                told,
                fresh: reason.is_none(),
            }));
            all.missing.extend(reason.map(|reason| Missing { instrument, crowd: None, reason }));
        }
        all
    }

    pub(crate) fn long_short<'d>(&'d self, of: &'d str) -> OverVenues<'d, LongShort<'d>> {
        let (polled, now) = ((self.polled)(), self.now());
        let mut all = OverVenues { coin: of, markets: Vec::new(), missing: Vec::new() };
        for instrument in self.contracts(of) {
            let (open, _) = self.one_open_interest(instrument, &polled, now);
            let coins_e8 = open.filter(|open| open.counts).and_then(|open| open.coins_e8);
            for crowd in Crowd::ALL {
                // A venue that has no such ratio is not missing: there is nothing to be had.
                let Some(asked) = find(&polled, instrument, PolledQuestion::LongShort(crowd)) else { continue };
                let answer = asked.answer.as_ref().and_then(|answer| match answer.value {
                    PolledValue::LongShort { at, long_e8, period_s } => {
                        Some((long_e8, period_s, Told::rest(at, answer.received_at, now)))
                    }
                    _ => None,
                });
                let reason = stale(asked, answer.map(|(_, _, told)| told));
                let fresh = reason.is_none();
                all.markets.extend(answer.map(|(long_e8, period_s, told)| LongShort {
                    instrument,
                    crowd,
                    long_e8,
                    period_s,
                    coins_e8,
                    told,
                    fresh,
                }));
                all.missing.extend(reason.map(|reason| Missing { instrument, crowd: Some(crowd), reason }));
            }
        }
        all
    }
}

impl Told {
    fn stream(received_at: Nanos, now: Nanos) -> Self {
        // The image keeps when it reached us.
        Self { from: Source::Stream, venue_at: Nanos(0), received_at, age_ns: now.since(received_at) }
    }

    fn rest(venue_at: Nanos, received_at: Nanos, now: Nanos) -> Self {
        Self { from: Source::Rest, venue_at, received_at, age_ns: now.since(received_at) }
    }

    fn is_within(&self, limit: Duration) -> bool {
        u128::from(self.age_ns) <= limit.as_nanos()
    }
}

fn find<'p>(polled: &'p [Polled], instrument: &Instrument, question: PolledQuestion) -> Option<&'p Polled> {
    polled.iter().find(|polled| polled.instrument == instrument.id && polled.question == question)
}

fn last(paid: &[(Nanos, i64)]) -> Nanos {
    paid.last().map_or(Nanos(0), |(at, _)| *at)
}

/// Why an answer does not count; `None` where it does.
fn stale(asked: &Polled, told: Option<Told>) -> Option<String> {
    let trouble = asked.trouble.as_deref();
    let Some(told) = told else {
        return Some(trouble.unwrap_or("it has not answered yet").to_owned());
    };
    if asked.silent {
        return Some(trouble.unwrap_or("the venue does not answer").to_owned());
    }
    let limit = (asked.every * INTERVALS_MAX).max(FRESH);
    (!told.is_within(limit)).then(|| trouble.map_or_else(|| too_old(told), str::to_owned))
}

fn too_old(told: Told) -> String {
    format!("last told {} s ago", told.age_ns / Nanos::SECOND)
}

/// A price of the contract: mark, else the middle of the book. In halves of a tick.
fn price(image: &image::InstrumentImage) -> Option<i64> {
    let middle = || {
        let top = image.top.filter(|top| top.bid.qty.0 != 0 && top.ask.qty.0 != 0)?;
        top.bid.px.0.checked_add(top.ask.px.0)
    };
    let halves = image.mark.and_then(|mark| mark.px.0.checked_mul(2)).or_else(middle);
    halves.filter(|halves| *halves > 0)
}

/// Lots times contract size in 1e-8: coins of a linear contract's base, quote of an inverse one.
fn size_e8(instrument: &Instrument, qty: Lots) -> Option<i128> {
    let units = i128::from(qty.0)
        .checked_mul(i128::from(instrument.grid.lot_step))?
        .checked_mul(i128::from(instrument.contract_size))?;
    let divisor = 10i128.pow(u32::from(instrument.size_decimals()));
    Some(units.checked_mul(100_000_000)? / divisor)
}

fn coins_e8(instrument: &Instrument, qty: Lots, halves: Option<i64>) -> Option<i128> {
    let size = size_e8(instrument, qty)?;
    let (_, multiplier) = coin(instrument.base.as_str());
    let bases = match instrument.kind {
        ContractKind::Spot | ContractKind::Linear => size,
        ContractKind::Inverse => {
            let price = i128::from(halves?).checked_mul(i128::from(instrument.grid.tick_step))?;
            size.checked_mul(2 * 10i128.pow(u32::from(instrument.grid.price_decimals)))? / price
        }
    };
    bases.checked_mul(i128::from(multiplier))
}

fn usd_e8(instrument: &Instrument, qty: Lots, halves: Option<i64>) -> Option<i128> {
    if !instrument.is_dollar_quoted() {
        return None;
    }
    let size = size_e8(instrument, qty)?;
    match instrument.kind {
        ContractKind::Inverse => Some(size),
        ContractKind::Spot | ContractKind::Linear => {
            let price = i128::from(halves?).checked_mul(i128::from(instrument.grid.tick_step))?;
            Some(size.checked_mul(price)? / (2 * 10i128.pow(u32::from(instrument.grid.price_decimals))))
        }
    }
}
