//! What people write when they mean an instrument: one parser for all doors.
//!
//! `BTCUSDT.binance-usdm` names one. `BTC`, `btc-usdt`, `BTC/USDT`, `BTC-PERP`, `btc perp okx`, `BTC@bybit` mean one: the
//! best of those that the words fit, and of equals the first of the run. Nothing is cut off a word to make it fit.

use super::coin::coin;
use engine_model::instrument::{ContractKind, Instrument, Instruments};
use engine_model::venue::VenueId;

/// What stands between an instrument and its venue.
const BEFORE_VENUE: [char; 4] = ['.', '@', ' ', ','];
/// What people write for a perpetual contract.
const PERPETUAL: [&str; 4] = ["PERP", "PERPETUAL", "SWAP", "FUTURES"];

/// Why a symbol names no instrument of this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfound {
    /// No such venue at all.
    Venue(String),
    /// The symbol names one venue, the question another.
    TwoVenues { in_symbol: String, asked: String },
    /// No such instrument in this run.
    Symbol(String),
}

/// The instrument that a text means, on `venue` if that is given.
pub(crate) fn find<'i>(
    instruments: &'i Instruments,
    text: &str,
    venue: Option<&str>,
) -> Result<&'i Instrument, Unfound> {
    let asked = match venue {
        Some(name) => Some(Venues::named(name).ok_or_else(|| Unfound::Venue(name.to_owned()))?),
        None => None,
    };
    let text = text.trim();
    let (symbol, written) = match text.rsplit_once(BEFORE_VENUE) {
        Some((head, name)) => Venues::named(name).map_or((text, None), |venues| (head.trim(), Some(venues))),
        None => (text, None),
    };
    if let (Some(written), Some(asked)) = (&written, &asked)
        && !written.meets(asked)
    {
        let (in_symbol, asked) = (written.word.clone(), asked.word.clone());
        return Err(Unfound::TwoVenues { in_symbol, asked });
    }
    let is_there =
        |instrument: &&Instrument| [&written, &asked].into_iter().flatten().all(|venues| venues.has(instrument.venue));
    let wanted = letters(symbol);
    let fits = instruments.iter().filter(is_there);
    let ranked = fits.filter_map(|instrument| Some((rank(instrument, symbol, &wanted)?, instrument)));
    // Of equals the first.
    let is_named = |instrument: &Instrument| {
        [&written, &asked].into_iter().flatten().any(|venues| venues.exact == Some(instrument.venue))
    };
    let best = ranked.min_by_key(|(rank, instrument)| (*rank, !is_named(instrument)));
    best.map(|(_, instrument)| instrument).ok_or_else(|| Unfound::Symbol(text.to_owned()))
}

/// Where, as it was written: a venue, or an exchange, which is all its venues. `kraken` is both, and means first the one.
#[derive(Clone, Debug)]
struct Venues {
    word: String,
    exact: Option<VenueId>,
    all: Vec<VenueId>,
}

impl Venues {
    fn named(name: &str) -> Option<Self> {
        let word = name.to_ascii_lowercase();
        let exact = VenueId::from_name(&word);
        let of_exchange = |venue: &VenueId| venue.name().split('-').next() == Some(word.as_str());
        let all: Vec<_> =
            VenueId::ALL.into_iter().filter(|venue| exact == Some(*venue) || of_exchange(venue)).collect();
        (!all.is_empty()).then_some(Self { word, exact, all })
    }

    fn has(&self, venue: VenueId) -> bool {
        self.all.contains(&venue)
    }

    fn meets(&self, other: &Self) -> bool {
        self.all.iter().any(|venue| other.has(*venue))
    }
}

/// How well the words fit: the smaller, the better; `None`: not at all.
fn rank(instrument: &Instrument, written: &str, wanted: &str) -> Option<u8> {
    let symbol = instrument.symbol.as_str();
    if symbol == written {
        return Some(0);
    }
    // A symbol in other letters than ours (Binance lists Chinese names) is only found as it is spelt.
    if wanted.is_empty() {
        return None;
    }
    // `linear:BTCUSDT` is BTCUSDT in a category.
    let plain = symbol.rsplit_once(':').map_or(symbol, |(_, plain)| plain);
    if letters(symbol) == wanted || letters(plain) == wanted {
        return Some(1);
    }
    let base = letters(instrument.base.as_str());
    let one = letters(coin(instrument.base.as_str()).0);
    let ending = [base.as_str(), one.as_str()].into_iter().find_map(|base| wanted.strip_prefix(base))?;
    let quote = letters(instrument.quote.as_str());
    let is_spot = instrument.kind == ContractKind::Spot;
    let behind_quote = ending.strip_prefix(quote.as_str());
    if behind_quote == Some("") {
        return Some(2);
    }
    let kind_fits = |word: &str| if is_spot { word == "SPOT" } else { PERPETUAL.contains(&word) };
    if behind_quote.is_some_and(kind_fits) {
        return Some(3);
    }
    let dollars = instrument.is_dollar_quoted();
    match ending {
        "USD" if dollars => Some(4),
        "" => Some(if dollars { 6 } else { 7 }),
        word if kind_fits(word) || word.strip_prefix("USD").is_some_and(|word| dollars && kind_fits(word)) => {
            Some(if dollars { 4 } else { 5 })
        }
        _ => None,
    }
}

/// Letters and digits, in upper case.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use engine_model::instrument::{Grid, InstrumentId, Name};
    use engine_model::units::{Lots, Quote};

    pub(crate) fn instruments() -> Instruments {
        use ContractKind::{Inverse, Linear, Spot};
        let rows = [
            (VenueId::BinanceSpot, "BTCUSDT", "BTC", "USDT", Spot),
            (VenueId::BinanceSpot, "ETHBTC", "ETH", "BTC", Spot),
            (VenueId::BinanceUsdm, "BTCUSDT", "BTC", "USDT", Linear),
            (VenueId::BinanceUsdm, "1000PEPEUSDT", "1000PEPE", "USDT", Linear),
            (VenueId::BinanceCoinm, "BTCUSD_PERP", "BTC", "USD", Inverse),
            (VenueId::Okx, "SOL-USDT-SWAP", "SOL", "USDT", Linear),
            (VenueId::Okx, "SOL-USDC-SWAP", "SOL", "USDC", Linear),
            (VenueId::Bybit, "linear:BTCUSDT", "BTC", "USDT", Linear),
            (VenueId::Kraken, "BTC/USD", "BTC", "USD", Spot),
            (VenueId::Hyperliquid, "kPEPE", "kPEPE", "USDC", Linear),
        ];
        let list = rows.iter().enumerate().map(|(index, (venue, symbol, base, quote, kind))| Instrument {
            id: InstrumentId(index as u32),
            venue: *venue,
            symbol: Name::new(symbol).expect("short"),
            base: Name::new(base).expect("short"),
            quote: Name::new(quote).expect("short"),
            kind: *kind,
            grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 3, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000),
            min_notional: Quote::ZERO,
        });
        Instruments::new(list.collect())
    }

    fn found(text: &str, venue: Option<&str>) -> Result<u32, Unfound> {
        find(&instruments(), text, venue).map(|instrument| instrument.id.0)
    }

    #[test]
    fn what_people_write_is_what_they_mean() {
        for (text, expected) in [
            ("BTC", 0),
            ("btc", 0),
            (" btc-usdt ", 0),
            ("BTC/USDT", 0),
            ("BTCUSDT", 0),
            ("BTC-PERP", 2),
            ("btc perp", 2),
            ("BTCUSD_PERP", 4),
            ("btcusd", 8),
            ("btcusd perp", 4),
            ("BTC spot", 0),
            ("BTCUSDT.binance-usdm", 2),
            ("btcusdt.binance-usdm", 2),
            ("BTC@bybit", 7),
            ("btc bybit", 7),
            ("BTC binance", 0),
            ("btc/usd.kraken", 8),
            ("BTC-USDT-SWAP", 2),
            ("SOL-USDT", 5),
            ("SOL", 5),
            ("sol-usdc", 6),
            ("SOL-USDC-SWAP", 6),
            ("PEPE", 3),
            ("1000pepe", 3),
            ("pepe.hyperliquid", 9),
            ("kPEPE", 9),
            ("eth", 1),
            ("ETHBTC", 1),
            ("linear:BTCUSDT", 7),
        ] {
            assert_eq!(found(text, None), Ok(expected), "{text}");
        }
        assert_eq!(found("BTC", Some("binance-coinm")), Ok(4));
        assert_eq!(found("BTC", Some("BINANCE")), Ok(0));
        assert_eq!(found("BTCUSDT.binance", Some("binance-usdm")), Ok(2), "both words hold");
    }

    #[test]
    fn nothing_is_cut_off_to_make_it_fit() {
        for text in ["", " ", "-", "DOGE", "SOL-", "BTCUSDTX", "BT", "USDT", "BTC-EUR", "ETHUSDT", "SOL spot", "比特币"]
        {
            let is_sol = letters(text) == "SOL";
            let expected = if is_sol { Ok(5) } else { Err(Unfound::Symbol(text.trim().to_owned())) };
            assert_eq!(found(text, None), expected, "{text}");
        }
        assert_eq!(found("BTC", Some("mtgox")), Err(Unfound::Venue("mtgox".to_owned())));
        assert!(matches!(found("BTC.okx", Some("bybit")), Err(Unfound::TwoVenues { .. })));
        assert_eq!(found("BTC", Some("okx")), Err(Unfound::Symbol("BTC".to_owned())));
    }
}
