//! Which instruments there are, and on which grids: from a recording (what its numbers really use) or from a venue's own
//! list. The slow side: runs once, before the engine starts.

pub(crate) mod survey;

pub use survey::infer;

use engine_model::instrument::{ContractKind, Name};
use engine_model::venue::VenueId;
use thiserror::Error;

/// What an instrument is, besides its grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) base: Name,
    pub(crate) quote: Name,
    pub(crate) kind: ContractKind,
    pub(crate) contract_size: i64,
}

impl Description {
    /// Of a contract of one unit, by the names of its assets.
    pub(crate) fn of(base: &str, quote: &str, kind: ContractKind) -> Self {
        let name = |text| Name::new(text).unwrap_or_default();
        Self { base: name(base), quote: name(quote), kind, contract_size: 1 }
    }
}

/// Why the venue's list does not give what a run needs.
#[derive(Debug, Error)]
pub enum MetadataError {
    /// The answer is no list of instruments.
    #[error("the list of instruments cannot be read")]
    List(#[source] serde_json::Error),
    /// An instrument that the run wants is not in the list.
    #[error("{venue} does not list {symbol}", venue = .venue.name())]
    Absent {
        /// Of which venue.
        venue: VenueId,
        /// The symbol asked for.
        symbol: String,
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
