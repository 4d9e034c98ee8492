//! What the name of a file says of its rows: `VENUE_SYMBOL_TF.csv`, `VENUE_SYMBOL_trades.csv`, with dates behind it. Any
//! other word goes with the symbol, `SYMBOL.word`: two archives of one market need not agree, so each is kept for itself.
//!
//! Never: a guess. What is not said stays open, and whoever imports has to type it.

use bridges::store::history::kind::{Kind, Period, PriceOf};
use engine_model::venue::VenueId;
use std::path::Path;

/// Beginnings of names that are not a venue's own name, with the venue, and what stands before its symbols.
const BEGINNINGS: [(&str, &str, &str); 8] = [
    ("binance_vision_usdm", "binance-usdm", ""),
    ("tardis_binance-futures", "binance-usdm", ""),
    ("binance_spot", "binance-spot", ""),
    ("bybit_linear", "bybit", "linear:"),
    ("bybit_inverse", "bybit", "inverse:"),
    ("bybit_spot", "bybit", "spot:"),
    ("gateio_futures", "gate-futures", ""),
    ("gateio", "gate-spot", ""),
];
/// Folders of recordings that are not a venue's own name.
const FOLDERS: [(&str, &str); 3] =
    [("binance", "binance-spot"), ("gateio", "gate-spot"), ("gateio_futures", "gate-futures")];

/// What is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) venue: Option<String>,
    pub(super) symbol: Option<String>,
    /// What the rows are; candles have their length in [`Self::period`].
    pub(super) kind: Option<Kind>,
    pub(super) price: PriceOf,
    pub(super) period: Option<Period>,
}

/// Whether it is a file of recorded messages, of rows, or of neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Rows,
    Messages,
    Other,
}

/// By its ending.
pub(super) fn form(path: &Path) -> Form {
    let name = file_name(path).to_ascii_lowercase();
    let plain = name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz")).unwrap_or(&name);
    match plain.rsplit_once('.') {
        Some((_, "csv")) => Form::Rows,
        Some((_, "ndjson")) => Form::Messages,
        _ => Form::Other,
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// What a file of rows is called.
pub(super) fn of_rows(path: &Path) -> Said {
    let name = file_name(path);
    let name = name.find(".csv").map_or(name.as_str(), |end| &name[..end]);
    let known = VenueId::ALL.iter().map(|venue| (venue.name().replace('-', "_"), venue.name(), ""));
    let beginnings =
        BEGINNINGS.iter().map(|(start, venue, before)| ((*start).to_owned(), *venue, *before)).chain(known);
    let starts = |start: &str| name.strip_prefix(start)?.strip_prefix('_').map(str::to_owned);
    let begun = beginnings.filter_map(|(start, venue, before)| Some((start.len(), starts(&start)?, venue, before)));
    let longest = begun.max_by_key(|(length, ..)| *length);
    let (venue, rest, before) = match longest {
        Some((_, rest, venue, before)) => (Some(venue.to_owned()), rest, before),
        None => match name.split_once('_') {
            Some((venue, rest)) => (Some(venue.to_ascii_lowercase()), rest.to_owned(), ""),
            None => (None, name.to_owned(), ""),
        },
    };
    // An archive's own names stand in one piece: SYMBOL-1m-2026-07.
    let archive = rest
        .split_once('-')
        .filter(|(_, behind)| behind.split_once('-').is_some_and(|(length, _)| Period::parse(length).is_some()));
    let (symbol, behind) = archive.unwrap_or_else(|| rest.split_once('_').unwrap_or((&rest, "")));
    let mut said = Said {
        venue,
        symbol: Some(symbol).filter(|symbol| !symbol.is_empty()).map(|symbol| before.to_owned() + symbol),
        ..Said::default()
    };
    for word in behind.split(['_', '-']).filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit())) {
        match (word, Period::parse(word)) {
            ("trades", _) => said.kind = Some(Kind::Trades),
            ("quotes" | "bbo", _) => said.kind = Some(Kind::Quotes),
            ("funding", _) => said.kind = Some(Kind::Funding),
            ("oi", _) => said.kind = Some(Kind::OpenInterest),
            ("mark", _) => said.price = PriceOf::Mark,
            ("index", _) => said.price = PriceOf::Index,
            (_, Some(period)) => said.period = said.period.or(Some(period)),
            (other, None) => said.symbol = said.symbol.map(|symbol| format!("{symbol}.{other}")),
        }
    }
    said
}

/// Whose messages a recording has, by what `record` calls its files, or by the folder that it is in.
pub(super) fn venue_of_messages(path: &Path) -> Option<VenueId> {
    let name = file_name(path);
    let starts = |venue: &VenueId| name.strip_prefix(venue.name()).is_some_and(|rest| rest.starts_with('-'));
    let by_name = VenueId::ALL.into_iter().filter(starts).max_by_key(|venue| venue.name().len());
    by_name.or_else(|| {
        let folder = path.canonicalize().ok()?.parent()?.file_name()?.to_string_lossy().into_owned();
        let known = FOLDERS.into_iter().find(|(name, _)| *name == folder);
        VenueId::from_name(known.map_or(folder.replace('_', "-").as_str(), |(_, venue)| venue))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_say() {
        let said = |name: &str| {
            let said = of_rows(Path::new(name));
            let of = |price: PriceOf| if price == PriceOf::Trades { String::new() } else { format!(" {price:?}") };
            let kind =
                said.kind.map_or_else(|| said.period.map(|period| period.to_string()), |kind| Some(kind.to_string()));
            let word = |word: Option<String>| word.unwrap_or_else(|| "?".to_owned());
            format!("{} {} {}{}", word(said.venue), word(said.symbol), word(kind), of(said.price))
        };
        for (name, wanted) in [
            ("binance_spot_BTCUSDT_1h.csv.zst", "binance-spot BTCUSDT 1h"),
            ("binance_usdm_BTCUSDT_1m_2024.csv", "binance-usdm BTCUSDT 1m"),
            ("binance_usdm_BTCUSDT_mark_1h.csv", "binance-usdm BTCUSDT 1h Mark"),
            ("binance_vision_usdm_AVAXUSDT-1m-2026-07.csv.gz", "binance-usdm AVAXUSDT 1m"),
            ("AVAXUSDT-1m-2026-07.csv", "? AVAXUSDT 1m"),
            ("bybit_linear_BTCUSDT_1m_gappy.csv", "bybit linear:BTCUSDT.gappy 1m"),
            ("binance_usdm_ETHUSDT_1h_taker.csv", "binance-usdm ETHUSDT.taker 1h"),
            ("coinbase_BTC-USD_4h.csv", "coinbase BTC-USD 4h"),
            ("ftx_BTC-PERP_1m_2022-01.csv", "ftx BTC-PERP 1m"),
            ("index_BTCUSD_1d.csv", "index BTCUSD 1d"),
            ("kraken_futures_BTCUSD_1h.csv", "kraken-futures BTCUSD 1h"),
            ("bybit_BTC-USDT_funding_2020_2024.csv", "bybit BTC-USDT funding"),
            ("binance_usdm_BTC_oi_1h_7d.csv", "binance-usdm BTC open-interest"),
            ("hyperliquid_BTCUSDC_bbo_1s_20260101.csv", "hyperliquid BTCUSDC quotes"),
            ("tardis_binance-futures_BTCUSDT_trades_20200222.csv", "binance-usdm BTCUSDT trades"),
            ("candles.csv", "? candles ?"),
        ] {
            assert_eq!(said(name), wanted, "{name}");
        }
        assert_eq!(form(Path::new("a/b.csv.zst")), Form::Rows);
        assert_eq!(form(Path::new("b.ndjson")), Form::Messages);
        assert_eq!(form(Path::new("samples.jsonl.zst")), Form::Other);
        let venue = |name: &str| venue_of_messages(Path::new(name)).map(VenueId::name);
        assert_eq!(venue("kraken-futures-20260809T101112Z-0000.ndjson.zst"), Some("kraken-futures"));
        assert_eq!(venue("cf.ndjson"), None);
    }
}
