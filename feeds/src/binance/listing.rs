//! The venue's own list of instruments, `…/exchangeInfo`.

use crate::metadata::{Description, MetadataError, Rules, split_symbol};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    symbols: Vec<Listed<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    base_asset: Cow<'a, str>,
    #[serde(borrow)]
    quote_asset: Cow<'a, str>,
    contract_size: Option<i64>,
    #[serde(borrow, default)]
    filters: Vec<Filter<'a>>,
}

/// All kinds of filter in one: each has a few of these.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter<'a> {
    filter_type: Cow<'a, str>,
    tick_size: Option<String>,
    step_size: Option<String>,
    min_qty: Option<String>,
    max_qty: Option<String>,
    min_notional: Option<String>,
    notional: Option<String>,
}

/// What a list tells of an instrument's money.
#[derive(Clone, Copy, Debug)]
struct Assets {
    base: Name,
    quote: Name,
    contract_size: Option<i64>,
}

/// Assets by symbol; nothing of a list that cannot be read.
fn assets(body: &[u8]) -> BTreeMap<String, Assets> {
    let list: Option<List<'_>> = serde_json::from_slice(body).ok();
    let listed = list.into_iter().flat_map(|list| list.symbols);
    let of = |listed: Listed<'_>| {
        let (base, quote) = (Name::new(&listed.base_asset)?, Name::new(&listed.quote_asset)?);
        Some((listed.symbol.into_owned(), Assets { base, quote, contract_size: listed.contract_size }))
    };
    listed.filter_map(of).collect()
}

/// What each symbol is: by the venue's list where there is one, else by its spelling.
pub(crate) fn describe(venue: VenueId, listed: Option<&[u8]>) -> impl Fn(&str) -> Description + use<> {
    let listed = listed.map(assets).unwrap_or_default();
    move |symbol| {
        let known = listed.get(symbol);
        let (base, quote) = known.map_or_else(|| split_symbol(symbol), |known| (known.base, known.quote));
        let contract_size = known.and_then(|known| known.contract_size);
        let contract_size = contract_size.unwrap_or_else(|| usual_contract_size(venue, base));
        Description { base, quote, kind: contract_kind(venue), contract_size, contract_decimals: 0 }
    }
}

/// How price, quantity and money relate on that venue.
const fn contract_kind(venue: VenueId) -> ContractKind {
    match venue {
        VenueId::BinanceUsdm => ContractKind::Linear,
        VenueId::BinanceCoinm => ContractKind::Inverse,
        _ => ContractKind::Spot,
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

/// The wanted instruments in the order wanted, as the venue lists them; ids from 0.
pub fn from_exchange_info(venue: VenueId, body: &[u8], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let list: List<'_> = serde_json::from_slice(body).map_err(MetadataError::List)?;
    let instrument = |(index, symbol): (usize, &&str)| {
        let listed = list.symbols.iter().find(|listed| listed.symbol == *symbol);
        let listed = listed.ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        listed.instrument(venue, InstrumentId(index as u32))
    };
    Ok(Instruments::new(wanted.iter().enumerate().map(instrument).collect::<Result<_, _>>()?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FundingInfo<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    funding_interval_hours: u32,
}

/// From one payment to the next of a perpetual that `…/fundingInfo` does not name.
const FUNDING_HOURS: u32 = 8;

/// The same instruments, with how often funding of each is paid.
pub(super) fn with_funding(listed: Instruments, body: &[u8]) -> Result<Instruments, MetadataError> {
    let named: Vec<FundingInfo<'_>> = serde_json::from_slice(body).map_err(MetadataError::List)?;
    let seconds = |of: &Instrument| {
        let symbol = of.symbol.as_str();
        let known = named.iter().find(|info| info.symbol == symbol).map(|info| info.funding_interval_hours);
        match known {
            Some(hours @ 1..=24) => Ok(hours * 3_600),
            Some(_) => Err(MetadataError::Rule { symbol: symbol.to_owned(), rule: "funding interval" }),
            // A dated contract, `BTCUSDT_260925`, pays none.
            None if symbol.contains('_') && !symbol.ends_with("_PERP") => Ok(0),
            None => Ok(FUNDING_HOURS * 3_600),
        }
    };
    let intervals = listed.iter().map(seconds).collect::<Result<_, _>>()?;
    Ok(listed.with_funding_intervals(intervals))
}

impl Listed<'_> {
    fn instrument(&self, venue: VenueId, id: InstrumentId) -> Result<Instrument, MetadataError> {
        let lot = self.filter(&["LOT_SIZE"]);
        let base = Name::new(&self.base_asset).unwrap_or_default();
        let notional = self.filter(&["NOTIONAL", "MIN_NOTIONAL"]);
        let size = self.contract_size.unwrap_or_else(|| usual_contract_size(venue, base));
        Rules {
            symbol: &self.symbol,
            base: &self.base_asset,
            quote: &self.quote_asset,
            kind: contract_kind(venue),
            contract: &size.to_string(),
            tick: self.filter(&["PRICE_FILTER"]).and_then(|filter| filter.tick_size.as_deref()),
            lot: lot.and_then(|lot| lot.step_size.as_deref()),
            min_qty: lot.and_then(|lot| lot.min_qty.as_deref()),
            max_qty: lot.and_then(|lot| lot.max_qty.as_deref()),
            // COIN-M has no such rule.
            min_notional: match notional {
                Some(filter) => filter.min_notional.as_deref().or(filter.notional.as_deref()),
                None => Some("0"),
            },
        }
        .instrument(venue, id)
    }

    fn filter(&self, kinds: &[&str]) -> Option<&Filter<'_>> {
        self.filters.iter().find(|filter| kinds.contains(&&*filter.filter_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::Grid;
    use engine_model::units::{Lots, Quote};

    const USDM: &str = r#"{"symbols":[{"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT","filters":[
        {"filterType":"PRICE_FILTER","minPrice":"556.80","maxPrice":"4529764","tickSize":"0.10"},
        {"filterType":"LOT_SIZE","stepSize":"0.001","maxQty":"1000","minQty":"0.001"},
        {"filterType":"MARKET_LOT_SIZE","stepSize":"0.001","maxQty":"120","minQty":"0.001"},
        {"filterType":"MIN_NOTIONAL","notional":"100"}]}]}"#;

    #[test]
    fn the_rules_of_an_instrument_are_read_from_its_filters() {
        let list = from_exchange_info(VenueId::BinanceUsdm, USDM.as_bytes(), &["BTCUSDT"]).expect("listed");
        let btc = list.get(InstrumentId(0));
        assert_eq!(btc.grid, Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 });
        assert_eq!((btc.min_qty, btc.max_qty, btc.min_notional), (Lots(1), Lots(1_000_000), Quote::whole(100)));
        assert_eq!((btc.base.as_str(), btc.quote.as_str(), btc.contract_size), ("BTC", "USDT", 1));
    }

    #[test]
    fn what_is_not_listed_or_has_no_rule_is_named() {
        let message = |body: &str, symbol| {
            from_exchange_info(VenueId::BinanceUsdm, body.as_bytes(), &[symbol]).expect_err("refused").to_string()
        };
        assert_eq!(message(USDM, "ETHUSDT"), "binance-usdm does not list ETHUSDT");
        assert_eq!(message(&USDM.replace("0.10", "0"), "BTCUSDT"), "BTCUSDT: tick size is missing or cannot be read");
        assert_eq!(message("{}", "BTCUSDT"), "the list of instruments cannot be read");
    }

    #[test]
    fn how_often_funding_is_paid_is_eight_hours_where_the_venue_names_no_other() {
        let pair = |symbol: &str| USDM[12..USDM.len() - 2].replacen("BTCUSDT", symbol, 1);
        let list = format!(r#"{{"symbols":[{},{},{}]}}"#, pair("BTCUSDT"), pair("SOLUSDT"), pair("BTCUSDT_260925"));
        let wanted = ["SOLUSDT", "BTCUSDT", "BTCUSDT_260925"];
        let listed = || from_exchange_info(VenueId::BinanceUsdm, list.as_bytes(), &wanted).expect("listed");
        let told =
            r#"[{"symbol":"SOLUSDT","adjustedFundingRateCap":"0.02","fundingIntervalHours":4,"disclaimer":false}]"#;
        let with = |told: &str| {
            let listed = with_funding(listed(), told.as_bytes()).map_err(|error| error.to_string())?;
            Ok::<_, String>([0, 1, 2].map(|id| listed.funding_interval_s(InstrumentId(id))))
        };
        assert_eq!(with(told), Ok([14_400, 28_800, 0]));
        assert_eq!(with("[]"), Ok([28_800, 28_800, 0]));
        let never = with(&told.replace(":4", ":0")).expect_err("refused");
        assert_eq!(never, "SOLUSDT: funding interval is missing or cannot be read");
        assert!(with("{}").is_err() && with(&told.replace("fundingInterval", "interval")).is_err());
    }
}
