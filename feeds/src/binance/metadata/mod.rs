//! Which instruments there are, and on which grids: from a recording (what its numbers really use) or from the venue's
//! own list. The slow side: runs once, before the engine starts.

mod infer;
mod listing;

pub use infer::infer;
pub use listing::{MetadataError, from_exchange_info};

use engine_model::instrument::{ContractKind, Name};
use engine_model::venue::VenueId;

/// Assets that prices are in, longest first where one ends in another.
const QUOTES: [&str; 34] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "USDS", "BIDR", "BKRW", "IDRT", "BVND", "DOGE", "USD", "EUR",
    "GBP", "AUD", "TRY", "RUB", "UAH", "NGN", "ZAR", "BRL", "JPY", "ARS", "MXN", "PLN", "RON", "DAI", "PAX", "BTC",
    "ETH", "BNB", "XRP", "TRX",
];

/// Base and quote of a symbol by its spelling: `BTCUSDT`, `BTCUSD_PERP`, `ETHUSDT_240628`. An unknown ending leaves the
/// quote empty: nothing in it is taken for dollars.
fn split_symbol(symbol: &str) -> (Name, Name) {
    let pair = symbol.split('_').next().unwrap_or_default();
    let split =
        QUOTES.iter().find_map(|quote| pair.strip_suffix(quote).filter(|base| !base.is_empty()).zip(Some(*quote)));
    let (base, quote) = split.unwrap_or((pair, ""));
    (Name::new(base).unwrap_or_default(), Name::new(quote).unwrap_or_default())
}

/// How price, quantity and money relate on that venue.
const fn contract_kind(venue: VenueId) -> ContractKind {
    match venue {
        VenueId::BinanceSpot => ContractKind::Spot,
        VenueId::BinanceUsdm => ContractKind::Linear,
        VenueId::BinanceCoinm => ContractKind::Inverse,
    }
}

/// Size of a contract where no list tells it: COIN-M contracts are 100 dollars of bitcoin or 10 of anything else.
fn usual_contract_size(venue: VenueId, base: Name) -> i64 {
    match (venue, base.as_str()) {
        (VenueId::BinanceCoinm, "BTC") => 100,
        (VenueId::BinanceCoinm, _) => 10,
        _ => 1,
    }
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
