//! Which instruments there are, and on which grids: from a recording (what its numbers really use) or from a venue's own
//! list. The slow side: runs once, before the engine starts.

mod margin;
pub(crate) mod survey;

pub use margin::{margin_requests, read_margin};
pub use survey::infer;

use crate::decimal::without_exponent;
use crate::json::{TextBuffer, Value};
use crate::venue;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Name};
use engine_model::units::{Lots, Quote};
use engine_model::venue::VenueId;
use thiserror::Error;

/// A string, or a number written out: a list may say `1e-05` where its grid has five decimals.
pub(crate) fn written_out(value: Value<'_>) -> Option<String> {
    let (mut buffer, mut room) = (TextBuffer::default(), [0; 64]);
    let text = without_exponent(value.number_text(&mut buffer)?, &mut room);
    Some(std::str::from_utf8(text).ok()?.to_owned())
}

/// What an instrument is, besides its grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) base: Name,
    pub(crate) quote: Name,
    pub(crate) kind: ContractKind,
    pub(crate) contract_size: i64,
    pub(crate) contract_decimals: u8,
}

impl Description {
    /// Of a contract of one unit, by the names of its assets.
    pub(crate) fn of(base: &str, quote: &str, kind: ContractKind) -> Self {
        let name = |text| Name::new(text).unwrap_or_default();
        Self { base: name(base), quote: name(quote), kind, contract_size: 1, contract_decimals: 0 }
    }
}

/// Why the venue's list does not give what a run needs.
#[derive(Debug, Error)]
pub enum MetadataError {
    /// The answer is no list of instruments.
    #[error("the list of instruments cannot be read")]
    List(#[source] serde_json::Error),
    /// The venue says no in place of a list.
    #[error("{venue} gives no list of instruments: {said}", venue = .venue.name())]
    Refused {
        /// Which venue.
        venue: VenueId,
        /// Its own words.
        said: String,
    },
    /// An instrument that the run wants is not in the list.
    #[error("{venue} does not list {symbol}", venue = .venue.name())]
    Absent {
        /// Of which venue.
        venue: VenueId,
        /// The symbol asked for.
        symbol: String,
    },
    /// An instrument is listed as something that is not understood.
    #[error("{symbol}: found product type {found}, accepted: {known}")]
    Type {
        /// Of which instrument.
        symbol: String,
        /// What it is.
        found: String,
        /// What it may be.
        known: &'static str,
    },
    /// An instrument is listed without a rule that trading needs, or with one that cannot be read.
    #[error("{symbol}: {rule} is missing or cannot be read")]
    Rule {
        /// Of which instrument.
        symbol: String,
        /// Which rule.
        rule: &'static str,
    },
}

/// An instrument's rules as a venue lists them, still texts; `None` where the list does not have one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// In our spelling.
    pub(crate) symbol: &'a str,
    pub(crate) base: &'a str,
    pub(crate) quote: &'a str,
    pub(crate) kind: ContractKind,
    /// What one contract is: coins, or quote of an inverse one.
    pub(crate) contract: &'a str,
    pub(crate) tick: Option<&'a str>,
    pub(crate) lot: Option<&'a str>,
    pub(crate) min_qty: Option<&'a str>,
    /// `Some("")`: the venue has no such limit.
    pub(crate) max_qty: Option<&'a str>,
    pub(crate) min_notional: Option<&'a str>,
}

impl Rules<'_> {
    /// The instrument, or which rule is missing or cannot be read.
    pub(crate) fn instrument(&self, venue: VenueId, id: InstrumentId) -> Result<Instrument, MetadataError> {
        let broken = |rule| MetadataError::Rule { symbol: self.symbol.to_owned(), rule };
        let name = |text: &str, rule| Name::new(text).ok_or_else(|| broken(rule));
        let step = |text: Option<&str>, rule| text.and_then(step).ok_or_else(|| broken(rule));
        let (price_decimals, tick_step) = step(self.tick, "tick size")?;
        let (qty_decimals, lot_step) = step(self.lot, "step size")?;
        let (contract_decimals, contract_size) = step(Some(self.contract), "contract size")?;
        let grid = Grid { price_decimals, tick_step, qty_decimals, lot_step };
        let lots = |text: Option<&str>, rule| {
            let lots = text.and_then(|text| grid.lots(text.as_bytes()).ok());
            lots.filter(|lots| lots.0 >= 0).ok_or_else(|| broken(rule))
        };
        let e8 = Grid { price_decimals: 8, tick_step: 1, qty_decimals: 0, lot_step: 1 };
        let money =
            |text: &str| e8.ticks(text.as_bytes()).ok().map(|units| Quote(units.0)).filter(|units| units.0 >= 0);
        Ok(Instrument {
            id,
            venue,
            symbol: name(self.symbol, "symbol")?,
            base: name(self.base, "base asset")?,
            quote: name(self.quote, "quote asset")?,
            kind: self.kind,
            grid,
            contract_size,
            contract_decimals,
            min_qty: Lots(lots(self.min_qty, "smallest quantity")?.0.max(1)),
            max_qty: match self.max_qty {
                Some("") => Lots(i64::MAX),
                text => text.and_then(|text| most_lots(text, &grid)).ok_or_else(|| broken("largest quantity"))?,
            },
            min_notional: self.min_notional.and_then(money).ok_or_else(|| broken("smallest notional"))?,
        })
    }
}

/// The first instrument of a run whose symbol and grid alone are known, as candles tell it: what it is by how the venue
/// spells its symbols, and none of the venue's bounds. `None`: that is no symbol.
#[must_use]
pub fn assumed(venue: VenueId, symbol: &str, grid: Grid) -> Option<Instrument> {
    let Description { base, quote, kind, contract_size, contract_decimals } = venue::describe(venue, None)(symbol);
    Some(Instrument {
        id: InstrumentId(0),
        venue,
        symbol: Name::new(symbol).filter(|name| !name.as_bytes().is_empty())?,
        base,
        quote,
        kind,
        grid,
        contract_size,
        contract_decimals,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    })
}

/// The most lots within a limit that need not lie on the grid: half of Coinbase's are quotients with 16 decimals.
fn most_lots(text: &str, grid: &Grid) -> Option<Lots> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = !whole.is_empty() && [whole, fraction].concat().bytes().all(|byte| byte.is_ascii_digit());
    let fraction = fraction.get(..fraction.len().min(usize::from(grid.qty_decimals)))?;
    let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    let units = Grid { lot_step: 1, ..*grid }.lots(text.as_bytes()).ok().filter(|_| is_number)?;
    Some(Lots(units.0 / grid.lot_step))
}

/// `0.10000000` is one decimal in steps of 1, `0.05` two in steps of 5, `10` none in steps of 10. `None` for no step.
pub(crate) fn step(text: &str) -> Option<(u8, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = [whole, fraction].concat();
    let plain = !whole.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let step = digits.parse::<i64>().ok().filter(|step| plain && *step > 0)?;
    let decimals = u8::try_from(fraction.len()).ok().filter(|decimals| *decimals <= 18)?;
    Some((decimals, step))
}

/// The step of so many decimals, for lists that tell only those: `0.001`; of -3 `1000`.
pub(crate) fn step_of(decimals: i32) -> String {
    let places = decimals.unsigned_abs() as usize;
    if decimals > 0 { format!("0.{:0>places$}", 1) } else { format!("1{}", "0".repeat(places)) }
}

/// Assets that prices are in, longest first where one ends in another.
const QUOTES: [&str; 34] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "USDS", "BIDR", "BKRW", "IDRT", "BVND", "DOGE", "USD", "EUR",
    "GBP", "AUD", "TRY", "RUB", "UAH", "NGN", "ZAR", "BRL", "JPY", "ARS", "MXN", "PLN", "RON", "DAI", "PAX", "BTC",
    "ETH", "BNB", "XRP", "TRX",
];

/// Base and quote of a symbol by its spelling: `BTCUSDT`, `BTCUSD_PERP`, `ETHUSDT_240628`. An unknown ending leaves the
/// quote empty: nothing in it is taken for dollars.
pub(crate) fn split_symbol(symbol: &str) -> (Name, Name) {
    let pair = symbol.split('_').next().unwrap_or_default();
    let split =
        QUOTES.iter().find_map(|quote| pair.strip_suffix(quote).filter(|base| !base.is_empty()).zip(Some(*quote)));
    let (base, quote) = split.unwrap_or((pair, ""));
    (Name::new(base).unwrap_or_default(), Name::new(quote).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_the_fewest_decimals_that_hold_them() {
        for (text, expected) in [
            ("0.10000000", Some((1, 1))),
            ("0.05", Some((2, 5))),
            ("10", Some((0, 10))),
            ("1.00", Some((0, 1))),
            ("0.00000001", Some((8, 1))),
            ("2.50", Some((1, 25))),
            ("0.000", None),
            ("", None),
            (".1", None),
            ("-1", None),
            ("1e-5", None),
            ("0.0000000000000000001", None),
        ] {
            assert_eq!(step(text), expected, "{text}");
        }
    }

    #[test]
    fn a_step_is_written_as_it_is_read() {
        for (decimals, text, read) in
            [(3, "0.001", (3, 1)), (1, "0.1", (1, 1)), (0, "1", (0, 1)), (-3, "1000", (0, 1_000))]
        {
            assert_eq!((step_of(decimals).as_str(), step(text)), (text, Some(read)));
        }
    }

    #[test]
    fn a_limit_off_the_grid_is_the_most_lots_within_it() {
        let grid = |qty_decimals, lot_step| Grid { price_decimals: 2, tick_step: 1, qty_decimals, lot_step };
        for (text, grid, expected) in [
            ("11996772.8407292192545075", grid(6, 1), Some(11_996_772_840_729)),
            ("1700733946.3987435192885086", grid(0, 1), Some(1_700_733_946)),
            ("17", grid(0, 5), Some(3)),
            ("0.98", grid(1, 5), Some(1)),
            ("3400", grid(8, 1), Some(340_000_000_000)),
            ("", grid(2, 1), None),
            ("-1", grid(2, 1), None),
            ("1.x", grid(0, 1), None),
            ("99999999999999999999", grid(0, 1), None),
        ] {
            assert_eq!(most_lots(text, &grid), expected.map(Lots), "{text}");
        }
    }

    #[test]
    fn symbols_split_at_a_known_quote() {
        let split = |symbol| {
            let (base, quote) = split_symbol(symbol);
            format!("{base}/{quote}")
        };
        for (symbol, expected) in [
            ("BTCUSDT", "BTC/USDT"),
            ("BTCUSD_PERP", "BTC/USD"),
            ("ETHUSDT_240628", "ETH/USDT"),
            ("BNBFDUSD", "BNB/FDUSD"),
            ("BUSDTRY", "BUSD/TRY"),
            ("USDT", "USDT/"),
            ("XYZ", "XYZ/"),
            ("", "/"),
        ] {
            assert_eq!(split(symbol), expected, "{symbol}");
        }
    }
}
