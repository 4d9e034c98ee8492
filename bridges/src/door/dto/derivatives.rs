//! Open interest, funding, long against short, over all venues of the run. Sums are of what is fresh; what they leave out is
//! named in `missing`.

use super::told_ns;
use crate::desk::coin::margin;
use crate::desk::derivatives as desk;
use crate::hub::polled::Crowd;
use engine_analytics::flow::derivatives::open_interest::Change;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::units::Nanos;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Hours in a year.
const YEAR_HOURS: f64 = 8_760.0;
/// Seconds in eight hours, over which rates are compared.
const EIGHT_HOURS_S: f64 = 28_800.0;

/// `/api/v1/market/open-interest/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpenInterest {
    /// The coin.
    pub coin: String,
    /// Of the markets that count.
    pub total: Sum,
    /// Against 15 min, 1 h and 24 h ago, of the markets that were there at both ends.
    pub changes: Vec<OpenInterestChange>,
    /// The same by what contracts are settled in: `linear-usdt`, `linear-usdc`, `inverse`.
    pub by_margin: Vec<Sum>,
    /// The same by venue.
    pub by_venue: Vec<Sum>,
    /// Every market that has ever told.
    pub markets: Vec<OpenInterestMarket>,
    /// Markets that no sum has in it, and why.
    pub missing: Vec<MissingMarket>,
}

/// A sum over markets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sum {
    /// Of what: `all`, a margin or a venue.
    pub of: String,
    /// In coins, eight decimals.
    pub coins: String,
    /// In dollars, eight decimals.
    pub usd: String,
    /// Part of the dollars of all; `None` of nothing.
    pub share: Option<f64>,
    /// Markets in it.
    pub markets: usize,
}

/// What open interest was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenInterestPoint {
    /// When.
    pub at_ns: u64,
    /// In coins, eight decimals.
    pub coins: String,
}

/// How open interest changed, by our own snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpenInterestChange {
    /// How long ago it is held against.
    pub ago_s: u64,
    /// By how many coins, eight decimals; `null` where no market has a snapshot of then.
    pub coins: Option<String>,
    /// In percent of what it was.
    pub percent: Option<f64>,
    /// Markets that were there at both ends.
    pub markets: usize,
}

/// One market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpenInterestMarket {
    /// Where.
    pub venue: String,
    /// The venue's spelling.
    pub symbol: String,
    /// What it is settled in.
    pub margin: String,
    /// Whether it is in the sums.
    pub counts: bool,
    /// As the venue counts it, in `unit`.
    pub open_interest: String,
    /// `coins` or `contracts`.
    pub unit: String,
    /// What a contract holds, in `contract_of`.
    pub contract_size: String,
    /// The base, or the quote of an inverse contract.
    pub contract_of: String,
    /// In coins, eight decimals.
    pub coins: Option<String>,
    /// In dollars, eight decimals.
    pub usd: Option<String>,
    /// Against 15 min, 1 h and 24 h ago.
    pub changes: Vec<OpenInterestChange>,
    /// Our own snapshots, one a minute, oldest first.
    pub history: Vec<OpenInterestPoint>,
    /// How and when it was told.
    #[serde(flatten)]
    pub told: Told,
}

/// How and when a value was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Told {
    /// `rest` or `stream`.
    pub source: String,
    /// The venue's time.
    pub venue_at_ns: Option<u64>,
    /// When it reached us.
    pub received_at_ns: u64,
    /// How long ago that was.
    pub age_ns: u64,
}

/// A market without a value that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MissingMarket {
    /// Where.
    pub venue: String,
    /// The venue's spelling.
    pub symbol: String,
    /// Of a ratio: whose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<String>,
    /// Why.
    pub reason: String,
}

/// `/api/v1/market/funding/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FundingOverVenues {
    /// The coin.
    pub coin: String,
    /// Every market that has ever told.
    pub markets: Vec<FundingMarket>,
    /// Markets that do not tell, and why.
    pub missing: Vec<MissingMarket>,
}

/// Funding of one market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FundingMarket {
    /// Where.
    pub venue: String,
    /// The venue's spelling.
    pub symbol: String,
    /// What it is settled in.
    pub margin: String,
    /// Whether `paid` is up to date.
    pub fresh: bool,
    /// For the running interval, as streamed.
    pub now: Option<super::Funding>,
    /// What was paid, oldest first: the last 24.
    pub paid: Vec<Paid>,
    /// Seconds between the last two payments: intervals change.
    pub interval_s: Option<u64>,
    /// The last rate for eight hours.
    pub rate_8h: Option<f64>,
    /// The last rate for a year, without compounding.
    pub rate_year: Option<f64>,
    /// How and when it was told.
    #[serde(flatten)]
    pub told: Told,
}

/// A payment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Paid {
    /// When.
    pub at_ns: u64,
    /// Part of the position; longs pay where it is positive. 0.0001 is 0.01 %.
    pub rate: f64,
}

/// `/api/v1/market/long-short/{symbol}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LongShortOverVenues {
    /// The coin.
    pub coin: String,
    /// Every ratio that has ever been told.
    pub markets: Vec<LongShortMarket>,
    /// Ratios that are not told, and why.
    pub missing: Vec<MissingMarket>,
}

/// One ratio of one market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LongShortMarket {
    /// Where.
    pub venue: String,
    /// The venue's spelling.
    pub symbol: String,
    /// Whose: `top-positions`, `top-accounts` or `all-accounts`.
    pub of: String,
    /// `size` of positions, or `heads`.
    pub counted_by: String,
    /// Whether it is up to date.
    pub fresh: bool,
    /// From 0 to 1.
    pub long_share: f64,
    /// What is left of 1.
    pub short_share: f64,
    /// Long over short; `None` where nobody is short.
    pub ratio: Option<f64>,
    /// Seconds over which it was summed up.
    pub period_s: u64,
    /// Open interest times the share, where ratios are by size. Coins, eight decimals.
    pub long_coins: Option<String>,
    /// The rest of open interest.
    pub short_coins: Option<String>,
    /// How and when it was told.
    #[serde(flatten)]
    pub told: Told,
}

impl OpenInterest {
    /// `history` gives the snapshots of an instrument.
    pub(crate) fn new(
        all: &desk::OverVenues<'_, desk::OpenInterest<'_>>,
        history: impl Fn(&Instrument) -> Vec<(Nanos, i128)>,
    ) -> Self {
        let counted: Vec<Counted<'_>> = all.markets.iter().filter_map(Counted::of).collect();
        let usd_e8 = counted.iter().map(|market| market.usd_e8).sum();
        Self {
            coin: all.coin.to_owned(),
            total: Sum::new("all".to_owned(), &counted, usd_e8),
            changes: OpenInterestChange::list(all.markets.iter().filter(|market| market.counts)),
            by_margin: sums(&counted, usd_e8, |market| margin(market.instrument)),
            by_venue: sums(&counted, usd_e8, |market| market.instrument.venue.name().to_owned()),
            markets: all
                .markets
                .iter()
                .map(|market| OpenInterestMarket::new(market, &history(market.instrument)))
                .collect(),
            missing: missing(&all.missing),
        }
    }
}

/// A market that counts.
#[derive(Clone, Copy)]
struct Counted<'d> {
    instrument: &'d Instrument,
    coins_e8: i128,
    usd_e8: i128,
}

impl<'d> Counted<'d> {
    fn of(market: &desk::OpenInterest<'d>) -> Option<Self> {
        let (coins_e8, usd_e8) = (market.coins_e8?, market.usd_e8?);
        market.counts.then_some(Self { instrument: market.instrument, coins_e8, usd_e8 })
    }
}

/// The largest first.
fn sums<'d>(counted: &[Counted<'d>], all_usd_e8: i128, of: impl Fn(&Counted<'d>) -> String) -> Vec<Sum> {
    let mut groups: BTreeMap<String, Vec<Counted<'d>>> = BTreeMap::new();
    for market in counted {
        groups.entry(of(market)).or_default().push(*market);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, markets)| std::cmp::Reverse(markets.iter().map(|market| market.usd_e8).sum::<i128>()));
    groups.into_iter().map(|(of, markets)| Sum::new(of, &markets, all_usd_e8)).collect()
}

impl Sum {
    fn new(of: String, markets: &[Counted<'_>], all_usd_e8: i128) -> Self {
        let usd_e8: i128 = markets.iter().map(|market| market.usd_e8).sum();
        Self {
            of,
            coins: e8_text(markets.iter().map(|market| market.coins_e8).sum()),
            usd: e8_text(usd_e8),
            share: (all_usd_e8 > 0).then(|| usd_e8 as f64 / all_usd_e8 as f64),
            markets: markets.len(),
        }
    }
}

impl OpenInterestChange {
    fn list<'m, 'd: 'm>(markets: impl Iterator<Item = &'m desk::OpenInterest<'d>> + Clone) -> Vec<Self> {
        let ago = |(place, ago_ns): (usize, &u64)| {
            let ends = markets.clone().filter_map(|market| Some((market.before_e8[place]?, market.coins_e8?)));
            let both: Vec<(i128, i128)> = ends.collect();
            let coins_e8: i128 = both.iter().map(|(before, now)| now - before).sum();
            let change = Change::of_markets(both.iter().map(|(before, now)| (Some(*before as f64), Some(*now as f64))));
            Self {
                ago_s: ago_ns / Nanos::SECOND,
                coins: change.map(|_| e8_text(coins_e8)),
                percent: change.and_then(|(change, _)| change.percent),
                markets: both.len(),
            }
        };
        desk::AGO_NS.iter().enumerate().map(ago).collect()
    }
}

impl OpenInterestMarket {
    fn new(market: &desk::OpenInterest<'_>, history: &[(Nanos, i128)]) -> Self {
        let instrument = market.instrument;
        let is_inverse = instrument.kind == ContractKind::Inverse;
        let size = (instrument.contract_size, instrument.contract_decimals);
        let contract_of = if is_inverse { instrument.quote } else { instrument.base };
        Self {
            venue: instrument.venue.name().to_owned(),
            symbol: instrument.symbol.to_string(),
            margin: margin(instrument),
            counts: market.counts,
            open_interest: instrument.grid.qty_text(market.qty),
            unit: if !is_inverse && size == (1, 0) { "coins" } else { "contracts" }.to_owned(),
            contract_size: decimal_text(i128::from(size.0), usize::from(size.1)),
            contract_of: contract_of.to_string(),
            coins: market.coins_e8.map(e8_text),
            usd: market.usd_e8.map(e8_text),
            history: history
                .iter()
                .map(|(at, coins_e8)| OpenInterestPoint { at_ns: at.0, coins: e8_text(*coins_e8) })
                .collect(),
            changes: OpenInterestChange::list(std::iter::once(market).filter(|market| market.counts)),
            told: Told::new(&market.told),
        }
    }
}

impl FundingOverVenues {
    pub(crate) fn new(all: &desk::OverVenues<'_, desk::Funding<'_>>) -> Self {
        Self {
            coin: all.coin.to_owned(),
            markets: all.markets.iter().map(FundingMarket::new).collect(),
            missing: missing(&all.missing),
        }
    }
}

impl FundingMarket {
    fn new(market: &desk::Funding<'_>) -> Self {
        let instrument = market.instrument;
        let rate = |rate_e8: i64| rate_e8 as f64 / 1e8;
        let interval_s = match market.paid.as_slice() {
            // Payments are stamped some milliseconds late.
            [.., (before, _), (last, _)] => Some((last.since(*before) + Nanos::SECOND / 2) / Nanos::SECOND),
            _ => None,
        };
        let interval_s = interval_s.filter(|seconds| *seconds > 0);
        let last = market.paid.last().map(|(_, rate_e8)| rate(*rate_e8)).zip(interval_s);
        Self {
            venue: instrument.venue.name().to_owned(),
            symbol: instrument.symbol.to_string(),
            margin: margin(instrument),
            fresh: market.fresh,
            now: market.now.map(|now| super::Funding::new(&now)),
            paid: market.paid.iter().map(|(at, rate_e8)| Paid { at_ns: at.0, rate: rate(*rate_e8) }).collect(),
            interval_s,
            rate_8h: last.map(|(rate, seconds)| rate * EIGHT_HOURS_S / seconds as f64),
            rate_year: last.map(|(rate, seconds)| rate * YEAR_HOURS * 3_600.0 / seconds as f64),
            told: Told::new(&market.told),
        }
    }
}

impl LongShortOverVenues {
    pub(crate) fn new(all: &desk::OverVenues<'_, desk::LongShort<'_>>) -> Self {
        Self {
            coin: all.coin.to_owned(),
            markets: all.markets.iter().map(LongShortMarket::new).collect(),
            missing: missing(&all.missing),
        }
    }
}

impl LongShortMarket {
    fn new(market: &desk::LongShort<'_>) -> Self {
        let (one, long_e8) = (100_000_000, market.long_e8);
        let short_e8 = one - long_e8;
        let is_by_size = market.crowd == Crowd::TopPositions;
        let coins_e8 = market.coins_e8.filter(|_| is_by_size);
        let long_coins = coins_e8.map(|coins| coins * i128::from(long_e8) / i128::from(one));
        Self {
            venue: market.instrument.venue.name().to_owned(),
            symbol: market.instrument.symbol.to_string(),
            of: market.crowd.name().to_owned(),
            counted_by: if is_by_size { "size" } else { "heads" }.to_owned(),
            fresh: market.fresh,
            long_share: long_e8 as f64 / one as f64,
            short_share: short_e8 as f64 / one as f64,
            ratio: (short_e8 > 0).then(|| long_e8 as f64 / short_e8 as f64),
            period_s: market.period_s,
            long_coins: long_coins.map(e8_text),
            short_coins: coins_e8.zip(long_coins).map(|(all, long)| e8_text(all - long)),
            told: Told::new(&market.told),
        }
    }
}

impl Told {
    fn new(told: &desk::Told) -> Self {
        Self {
            source: told.from.name().to_owned(),
            venue_at_ns: told_ns(told.venue_at),
            received_at_ns: told.received_at.0,
            age_ns: told.age_ns,
        }
    }
}

fn missing(missing: &[desk::Missing<'_>]) -> Vec<MissingMarket> {
    let named = |missing: &desk::Missing<'_>| MissingMarket {
        venue: missing.instrument.venue.name().to_owned(),
        symbol: missing.instrument.symbol.to_string(),
        of: missing.crowd.map(|crowd| crowd.name().to_owned()),
        reason: missing.reason.clone(),
    };
    missing.iter().map(named).collect()
}

fn e8_text(units: i128) -> String {
    decimal_text(units, 8)
}

/// A sum of amounts may pass 64 bits: coins of which there are trillions.
fn decimal_text(units: i128, decimals: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    if decimals == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
