//! The venue's own list of instruments, `…/exchangeInfo`.

use crate::metadata::{Description, MetadataError, split_symbol};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::units::{Lots, Quote};
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
        Description { base, quote, kind: contract_kind(venue), contract_size }
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

impl Listed<'_> {
    fn instrument(&self, venue: VenueId, id: InstrumentId) -> Result<Instrument, MetadataError> {
        let broken = |rule| MetadataError::Rule { symbol: self.symbol.clone().into_owned(), rule };
        let name = |text: &str, rule| Name::new(text).ok_or_else(|| broken(rule));
        let base = name(&self.base_asset, "base asset")?;
        let price = self.filter(&["PRICE_FILTER"]).and_then(|f| step(f.tick_size.as_deref()?));
        let (price_decimals, tick_step) = price.ok_or_else(|| broken("tick size"))?;
        let lot = self.filter(&["LOT_SIZE"]).ok_or_else(|| broken("lot size"))?;
        let (qty_decimals, lot_step) = lot.step_size.as_deref().and_then(step).ok_or_else(|| broken("step size"))?;
        let grid = Grid { price_decimals, tick_step, qty_decimals, lot_step };
        let lots = |text: &Option<String>, rule| {
            let lots = text.as_ref().and_then(|text| grid.lots(text.as_bytes()).ok());
            lots.filter(|lots| lots.0 >= 0).ok_or_else(|| broken(rule))
        };
        Ok(Instrument {
            id,
            venue,
            symbol: name(&self.symbol, "symbol")?,
            base,
            quote: name(&self.quote_asset, "quote asset")?,
            kind: contract_kind(venue),
            grid,
            contract_size: self.contract_size.unwrap_or_else(|| usual_contract_size(venue, base)),
            min_qty: Lots(lots(&lot.min_qty, "smallest quantity")?.0.max(1)),
            max_qty: lots(&lot.max_qty, "largest quantity")?,
            min_notional: self.min_notional().ok_or_else(|| broken("smallest notional"))?,
        })
    }

    fn filter(&self, kinds: &[&str]) -> Option<&Filter<'_>> {
        self.filters.iter().find(|filter| kinds.contains(&&*filter.filter_type))
    }

    /// Zero where the venue has no such rule (COIN-M has none).
    fn min_notional(&self) -> Option<Quote> {
        let Some(filter) = self.filter(&["NOTIONAL", "MIN_NOTIONAL"]) else { return Some(Quote::ZERO) };
        let text = filter.min_notional.as_ref().or(filter.notional.as_ref())?;
        let e8 = Grid { price_decimals: 8, tick_step: 1, qty_decimals: 0, lot_step: 1 };
        e8.ticks(text.as_bytes()).ok().map(|units| Quote(units.0)).filter(|units| units.0 >= 0)
    }
}

/// `0.10000000` is one decimal in steps of 1, `0.05` two in steps of 5, `10` none in steps of 10. `None` for no step.
fn step(text: &str) -> Option<(u8, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = [whole, fraction].concat();
    let plain = !whole.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let step = digits.parse::<i64>().ok().filter(|step| plain && *step > 0)?;
    let decimals = u8::try_from(fraction.len()).ok().filter(|decimals| *decimals <= 18)?;
    Some((decimals, step))
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
}
