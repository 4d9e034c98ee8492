//! What kinds of history there are, and what a row of each has.

use std::fmt;
use std::num::NonZeroU64;

/// Length of a candle, in ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(NonZeroU64);

/// Letters of lengths, longest first.
const UNITS: [(&str, u64); 5] = [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

impl Period {
    /// `None` of 0 ms.
    #[must_use]
    pub fn new(ms: u64) -> Option<Self> {
        NonZeroU64::new(ms).map(Self)
    }

    /// Length, in ms.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0.get()
    }

    /// Length, in ns; a length is at most [`Period::parse`]'s.
    #[must_use]
    pub const fn ns(self) -> i64 {
        self.0.get().saturating_mul(1_000_000) as i64
    }

    /// Reads `1m`, `15m`, `4h`, `1d`, `1w`; at most a thousand weeks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (unit, ms) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
        let count = text.strip_suffix(unit).filter(|count| count.bytes().all(|byte| byte.is_ascii_digit()))?;
        let ms = count.parse::<u64>().ok()?.checked_mul(ms)?;
        Self::new(ms).filter(|_| ms <= 1_000 * UNITS[0].1)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.ms();
        match UNITS.into_iter().find(|(_, length)| ms.is_multiple_of(*length)) {
            Some((unit, length)) => write!(f, "{}{unit}", ms / length),
            None => write!(f, "{ms}ms"),
        }
    }
}

/// Whose price a candle is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceOf {
    /// Of trades.
    #[default]
    Trades,
    /// Of the mark price.
    Mark,
    /// Of the index.
    Index,
}

/// A kind of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Open, high, low, close, volume of periods.
    Candles(PriceOf, Period),
    /// Each trade.
    Trades,
    /// Best bid and ask.
    Quotes,
    /// Rates of funding.
    Funding,
    /// Contracts that are open.
    OpenInterest,
}

/// A column behind the time.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in files of the store and in exports.
    pub name: &'static str,
    /// Other names that files have for it, in small letters.
    pub aliases: &'static [&'static str],
    /// Whether it is a number; else it is a text.
    pub is_number: bool,
    /// Whether each row has it.
    pub is_needed: bool,
}

const fn number(name: &'static str, aliases: &'static [&'static str]) -> Field {
    Field { name, aliases, is_number: true, is_needed: true }
}

const fn perhaps(name: &'static str, aliases: &'static [&'static str]) -> Field {
    Field { name, aliases, is_number: true, is_needed: false }
}

const fn text(name: &'static str, aliases: &'static [&'static str]) -> Field {
    Field { name, aliases, is_number: false, is_needed: false }
}

const CANDLE: [Field; 9] = [
    number("open", &[]),
    number("high", &[]),
    number("low", &[]),
    number("close", &[]),
    number("volume", &[]),
    perhaps("quote_volume", &["quote_asset_volume"]),
    perhaps("trades", &["count", "number_of_trades"]),
    perhaps("taker_buy_volume", &["taker_buy_base_asset_volume"]),
    perhaps("taker_buy_quote_volume", &["taker_buy_quote_asset_volume"]),
];
const TRADE: [Field; 4] = [
    text("id", &["trade_id", "agg_trade_id"]),
    text("side", &[]),
    number("price", &["px"]),
    number("qty", &["size", "amount", "quantity"]),
];
const QUOTE: [Field; 4] = [
    number("bid_px", &["bid_price"]),
    number("bid_qty", &["bid_amount", "bid_size"]),
    number("ask_px", &["ask_price"]),
    number("ask_qty", &["ask_amount", "ask_size"]),
];
const FUNDING: [Field; 1] = [number("rate", &["funding_rate", "funding rate"])];
const OPEN_INTEREST: [Field; 2] = [
    number("open_interest", &["sum_open_interest"]),
    perhaps("value", &["open_interest_usd", "sum_open_interest_value"]),
];

/// Kinds without a length, with their names.
const PLAIN: [(Kind, &str); 4] = [
    (Kind::Trades, "trades"),
    (Kind::Quotes, "quotes"),
    (Kind::Funding, "funding"),
    (Kind::OpenInterest, "open-interest"),
];
const CANDLES: [(PriceOf, &str); 3] =
    [(PriceOf::Mark, "mark-candles-"), (PriceOf::Index, "index-candles-"), (PriceOf::Trades, "candles-")];

impl Kind {
    /// Columns behind the time, in order.
    #[must_use]
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Candles(..) => &CANDLE,
            Self::Trades => &TRADE,
            Self::Quotes => &QUOTE,
            Self::Funding => &FUNDING,
            Self::OpenInterest => &OPEN_INTEREST,
        }
    }

    /// Whether there is one row of a time. Of trades and quotes there may be many.
    #[must_use]
    pub const fn is_unique(self) -> bool {
        !matches!(self, Self::Trades | Self::Quotes)
    }

    /// Reads what [`Kind`] displays: `trades`, `candles-1h`, `mark-candles-1h`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let plain = PLAIN.into_iter().find(|(_, known)| *known == name).map(|(kind, _)| kind);
        plain.or_else(|| {
            CANDLES.into_iter().find_map(|(of, start)| {
                Period::parse(name.strip_prefix(start)?).map(|period| Self::Candles(of, period))
            })
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Candles(of, period) = self {
            let start = CANDLES.into_iter().find(|(known, _)| known == of).map_or("", |(_, start)| start);
            return write!(f, "{start}{period}");
        }
        f.write_str(PLAIN.into_iter().find(|(kind, _)| kind == self).map_or("", |(_, name)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_as_it_is_shown() {
        for name in
            ["trades", "quotes", "funding", "open-interest", "candles-1m", "mark-candles-4h", "index-candles-1w"]
        {
            assert_eq!(Kind::parse(name).map(|kind| kind.to_string()).as_deref(), Some(name));
        }
        let period = |text: &str| Period::parse(text).map(|period| period.to_string());
        assert_eq!(period("60m").as_deref(), Some("1h"), "one length, one name");
        for bad in ["", "m", "0m", "-1m", "+1m", "1", "1M", "1.5h", "99999w", "18446744073709551615w"] {
            assert_eq!(period(bad), None, "{bad}");
        }
        assert_eq!(Kind::parse("candles"), None, "of what length?");
    }
}
