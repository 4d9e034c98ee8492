//! The numbers that risk holds orders against, and the states of trading. Checked form: built once from configuration.
//!
//! One table says all of every limit: its key, unit, default, bounds, and which way is tighter. Configuration, the journal,
//! the lists of people and the tests read that table, so that no limit exists in one place and not in another.

use crate::instrument::{Instrument, InstrumentId};
use crate::intent::StrategyId;
use crate::units::{Nanos, Quote};
use crate::venue::VenueId;

/// What the number of a limit counts. The end of its key says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 1e-8 dollars; `_usd`, in whole dollars with decimals.
    Usd,
    /// 1/10000; `_bps`.
    Bps,
    /// 1/100; `_pct`.
    Percent,
    /// Lots of the instrument; `_lots`.
    Lots,
    /// Nanoseconds; `_ms` or `_s`.
    Time,
    /// Per second; `_per_s`.
    PerSecond,
    /// A plain count.
    Count,
}

impl Unit {
    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usd => "usd",
            Self::Bps => "bps",
            Self::Percent => "percent",
            Self::Lots => "lots",
            Self::Time => "ns",
            Self::PerSecond => "per_second",
            Self::Count => "orders",
        }
    }
}

/// Which way a limit refuses more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tighter {
    /// A smaller number.
    Down,
    /// A larger number.
    Up,
}

/// One limit of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// As in configuration; its end is the unit.
    pub key: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Least that configuration accepts, in the unit of the key.
    pub min: i64,
    /// Most that configuration accepts, in the unit of the key: the ceiling.
    pub max: i64,
    /// Which way it refuses more.
    pub tighter: Tighter,
    /// Units of the stored number in one of the key's: a millisecond is 1,000,000 ns.
    pub scale: i64,
    get: fn(&Limits) -> i64,
    set: fn(&mut Limits, i64),
}

impl Row {
    /// The limit's number, in units as stored.
    #[must_use]
    pub fn get(&self, limits: &Limits) -> i64 {
        (self.get)(limits)
    }

    /// Sets it, in units as stored.
    pub fn set(&self, limits: &mut Limits, value: i64) {
        (self.set)(limits, value);
    }

    /// Whether there is none unless somebody asks for it: its default is larger than any number of it.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.get(&Limits::default()) == i64::MAX
    }

    /// Whether it can be set while a run lasts. Stops of risk's own, and what a history begins with, stand from the start.
    #[must_use]
    pub fn is_settable(&self) -> bool {
        !self.key.starts_with("stop_") && self.key != "var_prior_bps"
    }

    /// Whether `value` refuses more than `than`.
    #[must_use]
    pub fn is_tighter(&self, value: i64, than: i64) -> bool {
        if self.tighter == Tighter::Down { value < than } else { value > than }
    }

    /// Sets it to the tighter of what it is and `value`.
    pub fn tighten(&self, limits: &mut Limits, value: i64) {
        let now = self.get(limits);
        self.set(limits, if self.tighter == Tighter::Down { now.min(value) } else { now.max(value) });
    }
}

/// A type that a limit is stored in.
trait Number: Copy {
    fn of(value: i64) -> Self;
    fn number(self) -> i64;
}

impl Number for i64 {
    fn of(value: i64) -> Self {
        value
    }
    fn number(self) -> i64 {
        self
    }
}

impl Number for u64 {
    fn of(value: i64) -> Self {
        value.max(0) as Self
    }
    fn number(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
}

impl Number for u32 {
    fn of(value: i64) -> Self {
        Self::try_from(value.max(0)).unwrap_or(Self::MAX)
    }
    fn number(self) -> i64 {
        i64::from(self)
    }
}

impl Number for Quote {
    fn of(value: i64) -> Self {
        Self(value)
    }
    fn number(self) -> i64 {
        self.0
    }
}

/// Makes the struct, its defaults and the table out of one list: `field: type = default, key, unit, bounds, way, scale`.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr,
       $key:literal $unit:ident $min:literal..=$max:expr, $way:ident, $scale:expr;)*) => {
        /// One run's limits. All are inclusive: a value equal to the limit passes. Zero means none allowed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $field: $type,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: <$type as Number>::of($default),)* }
            }
        }

        impl Limits {
            /// Every limit, in the order of configuration.
            pub const TABLE: &'static [Row] = &[$(Row {
                key: $key,
                unit: Unit::$unit,
                min: $min,
                max: $max,
                tighter: Tighter::$way,
                scale: $scale,
                get: |limits| limits.$field.number(),
                set: |limits, value| limits.$field = <$type as Number>::of(value),
            },)*];
        }
    };
}

const USD: i64 = Quote::ONE;
const MS: i64 = Nanos::MILLI as i64;
const S: i64 = Nanos::SECOND as i64;
/// A billion dollars fits [`Quote`] a hundred times over.
const USD_MAX: i64 = 1_000_000_000;

limits! {
    /// Largest order in lots of the instrument, next to the venue's own maximum.
    order_qty_max_lots: i64 = i64::MAX, "order_qty_max_lots" Lots 0..=i64::MAX, Down, 1;
    /// Largest order as a share of what its market trades in a day, once an hour of its trades was heard.
    order_volume_share_max_bps: i64 = 10, "order_volume_share_max_bps" Bps 0..=10_000, Down, 1;
    /// Largest order in dollars.
    order_notional_max: Quote = 10_000 * USD, "order_notional_max_usd" Usd 0..=USD_MAX, Down, USD;
    /// Orders of one strategy within a second, in dollars.
    batch_notional_max: Quote = 25_000 * USD, "batch_notional_max_usd" Usd 0..=USD_MAX, Down, USD;
    /// Furthest a limit price of a major may lie on the aggressive side of the mid.
    price_collar_bps: i64 = 200, "price_collar_bps" Bps 0..=1_000, Down, 1;
    /// The same of every other instrument.
    price_collar_others_bps: i64 = 500, "price_collar_others_bps" Bps 0..=1_000, Down, 1;
    /// Furthest any limit price may lie on the aggressive side of the venue's mark (of the mid, where none is told).
    price_collar_hard_bps: i64 = 1_000, "price_collar_hard_bps" Bps 0..=1_000, Down, 1;
    /// Where a market order of a major is limited: so far beyond the mid.
    market_collar_bps: i64 = 50, "market_collar_bps" Bps 0..=1_000, Down, 1;
    /// The same of every other instrument.
    market_collar_others_bps: i64 = 100, "market_collar_others_bps" Bps 0..=1_000, Down, 1;
    /// Furthest a venue's mid may lie from the median of venues, where at least three have a young one.
    reference_deviation_max_bps: i64 = 100, "reference_deviation_max_bps" Bps 0..=10_000, Down, 1;
    /// Oldest top of book that may price an order.
    price_age_max_ns: u64 = 1_000 * MS, "price_age_max_ms" Time 1..=600_000, Down, MS;
    /// Largest difference between the venue's clock and ours.
    clock_skew_max_ns: u64 = 1_000 * MS, "clock_skew_max_ms" Time 1..=60_000, Down, MS;
    /// A move of the mid within a minute that pauses the instrument.
    volatility_pause_bps: i64 = 500, "volatility_pause_bps" Bps 0..=10_000, Down, 1;
    /// How long it is paused.
    volatility_pause_ns: u64 = 60 * S, "volatility_pause_s" Time 1..=86_400, Up, S;
    /// Largest position, working orders of the same side included, in dollars.
    position_notional_max: Quote = 50_000 * USD, "position_notional_max_usd" Usd 0..=USD_MAX, Down, USD;
    /// The same as a share of equity.
    position_share_max_bps: i64 = 500, "position_share_max_bps" Bps 0..=10_000, Down, 1;
    /// All instruments of one sector at their worst, as a share of equity.
    sector_share_max_bps: i64 = 2_000, "sector_share_max_bps" Bps 0..=1_000_000, Down, 1;
    /// All instruments of one cluster of correlated coins at their worst, as a share of equity.
    cluster_share_max_bps: i64 = 3_000, "cluster_share_max_bps" Bps 0..=1_000_000, Down, 1;
    /// Coins whose minutes correlate by more than this are one cluster, once four hours of them were heard.
    cluster_correlation_bps: i64 = 8_000, "cluster_correlation_bps" Bps 0..=10_000, Down, 1;
    /// All instruments of one venue at their worst, as a share of equity.
    venue_share_max_bps: i64 = 5_000, "venue_share_max_bps" Bps 0..=1_000_000, Down, 1;
    /// Gross notional, working orders included, over equity.
    leverage_max_pct: i64 = 300, "leverage_max_pct" Percent 0..=10_000, Down, 1;
    /// Initial margin of everything at its worst, over equity.
    margin_use_max_bps: i64 = 6_000, "margin_use_max_bps" Bps 0..=10_000, Down, 1;
    /// Nearest that a liquidation may be: the move of one price that would bring it. Nearer, only reducing orders pass.
    liquidation_distance_min_bps: i64 = 1_500, "liquidation_distance_min_bps" Bps 0..=10_000, Up, 1;
    /// Nearer than this, positions are closed.
    liquidation_flatten_bps: i64 = 800, "liquidation_flatten_bps" Bps 0..=10_000, Up, 1;
    /// Loss of a day that one day in a hundred exceeds, over equity.
    var_max_bps: i64 = 500, "var_max_bps" Bps 0..=10_000, Down, 1;
    /// Mean loss of such days, over equity.
    cvar_max_bps: i64 = 750, "cvar_max_bps" Bps 0..=10_000, Down, 1;
    /// What a day's loss of an instrument is taken for, at least, until its own history is long enough.
    var_prior_bps: i64 = 1_000, "var_prior_bps" Bps 0..=10_000, Up, 1;
    /// Oldest history that may judge: a model older than this is a breach.
    model_age_max_ns: u64 = 600 * S, "model_age_max_s" Time 1..=86_400, Down, S;
    /// Open orders of one instrument.
    open_orders_instrument_max: u32 = 20, "open_orders_instrument_max" Count 0..=1_024, Down, 1;
    /// Open orders at one venue.
    open_orders_venue_max: u32 = 80, "open_orders_venue_max" Count 0..=1_024, Down, 1;
    /// Open orders in all.
    open_orders_max: u32 = 100, "open_orders_max" Count 0..=1_024, Down, 1;
    /// Orders a second of one strategy, a token bucket.
    message_rate_per_s: u32 = 10, "message_rate_per_s" PerSecond 0..=1_000, Down, 1;
    /// Depth of that bucket. Cancels take from it but are never refused.
    message_burst: u32 = 20, "message_burst" Count 0..=10_000, Down, 1;
    /// Messages a second to one venue, a token bucket.
    venue_rate_per_s: u32 = 25, "venue_rate_per_s" PerSecond 0..=1_000, Down, 1;
    /// Depth of that bucket.
    venue_burst: u32 = 50, "venue_burst" Count 0..=10_000, Down, 1;
    /// Part of a venue's bucket that only cancels may use.
    cancel_reserve_pct: u32 = 20, "cancel_reserve_pct" Percent 0..=100, Up, 1;
    /// The same order again within this time is a duplicate.
    duplicate_window_ns: u64 = 500 * MS, "duplicate_window_ms" Time 0..=60_000, Up, MS;
    /// So many duplicates in ten seconds halt the strategy.
    duplicates_halt: u32 = 5, "duplicates_halt" Count 1..=32, Down, 1;
    /// So many fills of one side of one instrument in ten seconds halt the strategy.
    same_side_fills_halt: u32 = 20, "same_side_fills_halt" Count 1..=32, Down, 1;
    /// So many rejects of a venue in a row, within ten seconds, halt the strategy.
    rejects_halt: u32 = 10, "rejects_halt" Count 1..=32, Down, 1;
    /// Orders of a strategy for each of its fills within a minute.
    orders_per_fill_max: u32 = 100, "orders_per_fill_max" Count 0..=1_000_000, Down, 1;
    /// Loss since the day's start over equity at the day's start, at which only reducing orders pass.
    daily_loss_reduce_bps: i64 = 200, "daily_loss_reduce_bps" Bps 0..=10_000, Down, 1;
    /// The same, at which nothing passes: the circuit breaker.
    daily_loss_halt_bps: i64 = 500, "daily_loss_halt_bps" Bps 0..=10_000, Down, 1;
    /// The same, at which risk closes every position.
    daily_loss_flatten_bps: i64 = 800, "daily_loss_flatten_bps" Bps 0..=10_000, Down, 1;
    /// Loss within five minutes over equity at the day's start, at which only reducing orders pass.
    loss_speed_max_bps: i64 = 100, "loss_speed_max_bps" Bps 0..=10_000, Down, 1;
    /// Fall of equity from its peak, at which nothing passes.
    drawdown_max_bps: i64 = 1_000, "drawdown_max_bps" Bps 0..=10_000, Down, 1;
    /// A strategy's own loss since the day's start over equity at the day's start, as if the account were its alone, at
    /// which only its reducing orders pass.
    strategy_loss_reduce_bps: i64 = 200, "strategy_loss_reduce_bps" Bps 0..=10_000, Down, 1;
    /// The same, at which it is halted.
    strategy_loss_halt_bps: i64 = 500, "strategy_loss_halt_bps" Bps 0..=10_000, Down, 1;
    /// Its own loss within five minutes, at which only its reducing orders pass.
    strategy_loss_speed_max_bps: i64 = 100, "strategy_loss_speed_max_bps" Bps 0..=10_000, Down, 1;
    /// Fall of what it has made from its peak, at which it is halted.
    strategy_drawdown_max_bps: i64 = 1_000, "strategy_drawdown_max_bps" Bps 0..=10_000, Down, 1;
    /// How far the price may fall behind the best since a strategy entered a position, in parts of that best: then risk
    /// closes it and halts the strategy. None by default.
    stop_trailing_bps: i64 = i64::MAX, "stop_trailing_bps" Bps 0..=10_000, Down, 1;
    /// The same in average true ranges of fourteen minutes, in 1/100 of one; from the fourteenth minute on.
    stop_atr_pct: i64 = i64::MAX, "stop_atr_pct" Percent 0..=100_000, Down, 1;
    /// How long a strategy may hold a position: then, too.
    stop_age_ns: u64 = i64::MAX, "stop_age_s" Time 0..=31_536_000, Down, S;
    /// Part of the limits on amounts that holds while warming up.
    warm_up_pct: i64 = 25, "warm_up_pct" Percent 0..=100, Down, 1;
    /// How long, after the start and after trading is resumed.
    warm_up_ns: u64 = 600 * S, "warm_up_s" Time 0..=86_400, Up, S;
}

/// How many limits there are.
pub const LIMITS: usize = Limits::TABLE.len();

const _: () = assert!(LIMITS <= u8::MAX as usize, "a command names a limit by eight bits");

impl Limits {
    /// The limit of that key.
    #[must_use]
    pub fn row(key: &str) -> Option<&'static Row> {
        Self::TABLE.iter().find(|row| row.key == key)
    }

    /// No limit at all, for tests and measurements that tighten the one they are about.
    #[must_use]
    pub fn wide() -> Self {
        let mut wide = Self::default();
        for row in Self::TABLE {
            row.set(&mut wide, if row.tighter == Tighter::Down { i64::MAX } else { 0 });
        }
        // Twice the price, or nothing: what is further away is no price.
        let collar = 10_000;
        Self {
            price_collar_bps: collar,
            price_collar_others_bps: collar,
            price_collar_hard_bps: collar,
            market_collar_bps: collar,
            market_collar_others_bps: collar,
            warm_up_pct: 100,
            ..wide
        }
    }

    /// The same while warming up: amounts and shares at their part of what they are.
    #[must_use]
    pub fn warming_up(&self) -> Self {
        let part = |value: i64| (i128::from(value) * i128::from(self.warm_up_pct) / 100) as i64;
        Self {
            order_notional_max: Quote(part(self.order_notional_max.0)),
            batch_notional_max: Quote(part(self.batch_notional_max.0)),
            position_notional_max: Quote(part(self.position_notional_max.0)),
            position_share_max_bps: part(self.position_share_max_bps),
            sector_share_max_bps: part(self.sector_share_max_bps),
            cluster_share_max_bps: part(self.cluster_share_max_bps),
            venue_share_max_bps: part(self.venue_share_max_bps),
            leverage_max_pct: part(self.leverage_max_pct),
            margin_use_max_bps: part(self.margin_use_max_bps),
            var_max_bps: part(self.var_max_bps),
            cvar_max_bps: part(self.cvar_max_bps),
            ..*self
        }
    }
}

/// Whether orders pass at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TradingState {
    /// Orders pass the checks.
    #[default]
    Active = 0,
    /// Only orders that make a position smaller pass.
    Reducing = 1,
    /// No order passes; cancels do.
    Halted = 2,
}

impl TradingState {
    /// Every state, least strict first.
    pub const ALL: [Self; 3] = [Self::Active, Self::Reducing, Self::Halted];

    /// The name used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Reducing => "REDUCING",
            Self::Halted => "HALTED",
        }
    }
}

/// What a trading state is of. Of those that an order is in, the strictest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    #[default]
    Whole,
    /// One strategy's orders.
    Strategy(StrategyId),
    /// Orders at one venue.
    Venue(VenueId),
    /// Orders of one instrument.
    Instrument(InstrumentId),
}

impl Scope {
    /// As people and programs name it: `whole`, `strategy:1`, `venue:bybit`, `instrument:BTCUSDT.binance-spot`.
    #[must_use]
    pub fn name(&self, instruments: &[Instrument]) -> String {
        match self {
            Self::Whole => "whole".to_owned(),
            Self::Strategy(strategy) => format!("strategy:{}", strategy.0),
            Self::Venue(venue) => format!("venue:{}", venue.name()),
            Self::Instrument(id) => match instruments.get(id.index()) {
                Some(instrument) => format!("instrument:{}.{}", instrument.symbol, instrument.venue.name()),
                None => format!("instrument:{}", id.0),
            },
        }
    }

    /// The scope of that name.
    #[must_use]
    pub fn of_name(name: &str, instruments: &[Instrument]) -> Option<Self> {
        let (kind, of) = name.split_once(':').unwrap_or((name, ""));
        match kind {
            "whole" if of.is_empty() => Some(Self::Whole),
            "strategy" => of.parse().ok().map(|number| Self::Strategy(StrategyId(number))),
            "venue" => VenueId::ALL.into_iter().find(|venue| venue.name() == of).map(Self::Venue),
            "instrument" => {
                let (symbol, venue) = of.rsplit_once('.')?;
                let is_it = |i: &&Instrument| i.symbol.as_str() == symbol && i.venue.name() == venue;
                instruments.iter().find(is_it).map(|instrument| Self::Instrument(instrument.id))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_unit_and_its_default_is_within_its_bounds() {
        let ends = |key: &str, ends: &[&str]| ends.iter().any(|end| key.ends_with(end));
        for row in Limits::TABLE {
            let fits = match row.unit {
                Unit::Usd => ends(row.key, &["_usd"]) && row.scale == Quote::ONE,
                Unit::Bps => ends(row.key, &["_bps"]) && row.scale == 1,
                Unit::Percent => ends(row.key, &["_pct"]) && row.scale == 1,
                Unit::Lots => ends(row.key, &["_lots"]) && row.scale == 1,
                Unit::Time => ends(row.key, &["_ms"]) && row.scale == MS || ends(row.key, &["_s"]) && row.scale == S,
                Unit::PerSecond => ends(row.key, &["_per_s"]) && row.scale == 1,
                Unit::Count => ends(row.key, &["_max", "_burst", "_halt"]) && row.scale == 1,
            };
            assert!(fits, "{}", row.key);
            let default = row.get(&Limits::default());
            if row.is_optional() {
                continue; // there is none
            }
            assert!(default % row.scale == 0 || row.scale == 1, "{}", row.key);
            assert!((row.min..=row.max).contains(&(default / row.scale)), "{}: {default}", row.key);
        }
    }

    #[test]
    fn a_limit_is_only_ever_tightened() {
        let mut limits = Limits::default();
        for row in Limits::TABLE {
            let now = row.get(&limits);
            let (tight, loose) = if row.tighter == Tighter::Down { (now - 1, now) } else { (now + 1, now) };
            row.tighten(&mut limits, tight);
            row.tighten(&mut limits, loose);
            assert_eq!(row.get(&limits), tight, "{}", row.key);
        }
    }
}
