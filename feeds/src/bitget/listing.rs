//! Bitget's own lists: `/spot/public/symbols`, `/mix/market/contracts`.

use crate::metadata::{MetadataError, Rules};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments};
use engine_model::venue::VenueId;
use serde::Deserialize;

/// Types of instrument, spot first. Each has a list of its own.
pub(super) const TYPES: [&str; 4] = ["SPOT", "USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES"];

/// Type and the venue's own symbol of ours: `USDT-FUTURES:BTCUSDT`. Without a type a symbol says nothing.
pub(super) fn parts(symbol: &str) -> (&str, &str) {
    symbol.split_once(':').unwrap_or(("", symbol))
}

/// The types of these symbols, each once.
pub(super) fn types(wanted: &[&str]) -> impl Iterator<Item = &'static str> {
    TYPES.into_iter().filter(|kind| wanted.iter().any(|symbol| parts(symbol).0 == *kind))
}

/// The wanted instruments in the order wanted, out of the whole lists of their types.
pub(super) fn read(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let lists: Vec<Vec<Listed>> = answers.iter().map(|answer| list(venue, answer)).collect::<Result<_, _>>()?;
    let lists: Vec<(&str, Vec<Listed>)> = types(wanted).zip(lists).collect();
    let instrument = |(index, symbol): (usize, &&str)| {
        let (kind, of) = parts(symbol);
        let list = lists.iter().find(|(listed, _)| *listed == kind).map(|(_, list)| list);
        let listed = list.into_iter().flatten().find(|listed| listed.symbol == of);
        let listed = listed.ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        let instrument = listed.instrument(venue, symbol, kind == TYPES[0], InstrumentId(index as u32))?;
        Ok((instrument, listed.funding_s(symbol)?))
    };
    let all: Vec<(Instrument, u32)> = wanted.iter().enumerate().map(instrument).collect::<Result<_, _>>()?;
    let (instruments, funding_s) = all.into_iter().unzip();
    Ok(Instruments::new(instruments).with_funding_intervals(funding_s))
}

fn list(venue: VenueId, answer: &[u8]) -> Result<Vec<Listed>, MetadataError> {
    let answer: Answer = serde_json::from_slice(answer).map_err(MetadataError::List)?;
    match answer.code.as_str() {
        "00000" => Ok(answer.data.unwrap_or_default()),
        _ => Err(MetadataError::Refused { venue, said: answer.msg }),
    }
}

#[derive(Deserialize)]
struct Answer {
    /// `00000` where all is well; errors may come with status 200.
    code: String,
    #[serde(default)]
    msg: String,
    #[serde(default)]
    data: Option<Vec<Listed>>,
}

/// Spot has the first of each two names, contracts the second. Numbers are texts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    symbol: String,
    base_coin: String,
    quote_coin: String,
    /// Decimals of a price, and units of the last one in a step of contracts.
    price_precision: Option<String>,
    price_place: Option<String>,
    price_end_step: Option<String>,
    /// Decimals of a quantity, and the step of contracts.
    quantity_precision: Option<String>,
    volume_place: Option<String>,
    size_multiplier: Option<String>,
    min_trade_amount: Option<String>,
    min_trade_num: Option<String>,
    /// Of contracts, in newer answers. What spot has in its place is a number beyond any order.
    #[serde(default)]
    max_order_qty: String,
    #[serde(rename = "minTradeUSDT")]
    min_trade_usdt: Option<String>,
    /// Hours from one payment of funding to the next, of perpetuals.
    fund_interval: Option<String>,
}

impl Listed {
    /// 0 of what pays no funding: the stream tells the rate and the time of the next payment, but not how often.
    fn funding_s(&self, symbol: &str) -> Result<u32, MetadataError> {
        let hours = self.fund_interval.as_deref().filter(|hours| !hours.is_empty());
        let seconds = |hours: &str| hours.parse::<u32>().ok().filter(|hours| *hours <= 24).map(|hours| hours * 3_600);
        let broken = || MetadataError::Rule { symbol: symbol.to_owned(), rule: "funding interval" };
        hours.map_or(Ok(0), |hours| seconds(hours).ok_or_else(broken))
    }

    fn instrument(
        &self,
        venue: VenueId,
        symbol: &str,
        is_spot: bool,
        id: InstrumentId,
    ) -> Result<Instrument, MetadataError> {
        let broken = |rule| MetadataError::Rule { symbol: symbol.to_owned(), rule };
        let of = |spot, contract| own(is_spot, spot, contract);
        let price_decimals = of(&self.price_precision, &self.price_place).and_then(decimals);
        let price_decimals = price_decimals.ok_or_else(|| broken("price precision"))?;
        let qty_decimals = of(&self.quantity_precision, &self.volume_place).and_then(decimals);
        let qty_decimals = qty_decimals.ok_or_else(|| broken("quantity precision"))?;
        let end_step = if is_spot { Some("1") } else { self.price_end_step.as_deref() };
        let tick = end_step.and_then(|step| shifted(step, price_decimals));
        let one = shifted("1", qty_decimals);
        let lot = if is_spot { one.as_deref() } else { self.size_multiplier.as_deref() };
        let instrument = Rules {
            symbol,
            base: &self.base_coin,
            quote: &self.quote_coin,
            // Quantities are coins everywhere, those of contracts that are settled in coins too.
            kind: if is_spot { ContractKind::Spot } else { ContractKind::Linear },
            contract: "1",
            tick: tick.as_deref(),
            lot,
            min_qty: of(&self.min_trade_amount, &self.min_trade_num),
            max_qty: Some(&self.max_order_qty),
            min_notional: self.min_trade_usdt.as_deref(),
        }
        .instrument(venue, id)?;
        let grid = with_decimals(instrument.grid, price_decimals, qty_decimals);
        Ok(Instrument { grid: grid.ok_or_else(|| broken("precision"))?, ..instrument })
    }
}

/// The one of two names that the type has.
fn own<'a>(is_spot: bool, spot: &'a Option<String>, contract: &'a Option<String>) -> Option<&'a str> {
    if is_spot { spot.as_deref() } else { contract.as_deref() }
}

fn decimals(text: &str) -> Option<u8> {
    text.parse().ok().filter(|decimals| *decimals <= 18)
}

/// A whole number of units of the last of so many decimals, as a decimal.
fn shifted(units: &str, decimals: u8) -> Option<String> {
    let units: i64 = units.parse().ok()?;
    let one = 10i64.checked_pow(u32::from(decimals))?;
    let width = usize::from(decimals);
    Some(if width == 0 { units.to_string() } else { format!("{}.{:0width$}", units / one, units % one) })
}

/// The same steps written with all decimals that the venue sends: its checksums are over those texts.
fn with_decimals(grid: Grid, price_decimals: u8, qty_decimals: u8) -> Option<Grid> {
    let more = |step: i64, from: u8, to: u8| {
        let decimals = from.max(to);
        let step = step.checked_mul(10i64.checked_pow(u32::from(decimals - from))?)?;
        Some((decimals, step))
    };
    let (price_decimals, tick_step) = more(grid.tick_step, grid.price_decimals, price_decimals)?;
    let (qty_decimals, lot_step) = more(grid.lot_step, grid.qty_decimals, qty_decimals)?;
    Some(Grid { price_decimals, tick_step, qty_decimals, lot_step })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::{Lots, Quote};

    const SPOT: &str = r#"{"code":"00000","msg":"success","requestTime":1,"data":[
        {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeAmount":"0","maxTradeAmount":"900000000000000000000",
         "takerFeeRate":"0.002","pricePrecision":"2","quantityPrecision":"6","quotePrecision":"8","minTradeUSDT":"1"},
        {"symbol":"SOLUSDT","baseCoin":"SOL","quoteCoin":"USDT","minTradeAmount":"0.01","pricePrecision":"2",
         "quantityPrecision":"4","minTradeUSDT":"1"},
        {"symbol":"SHIBUSDT","baseCoin":"SHIB","quoteCoin":"USDT","minTradeAmount":"0","pricePrecision":"9",
         "quantityPrecision":"0","minTradeUSDT":"1"}]}"#;

    const LINEAR: &str = r#"{"code":"00000","data":[
        {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeNum":"0.0001","priceEndStep":"1","volumePlace":"4",
         "pricePlace":"1","sizeMultiplier":"0.0001","minTradeUSDT":"5","maxOrderQty":"1200","fundInterval":"8"},
        {"symbol":"ETHUSDT","baseCoin":"ETH","quoteCoin":"USDT","minTradeNum":"0.01","priceEndStep":"5","volumePlace":"2",
         "pricePlace":"2","sizeMultiplier":"0.01","minTradeUSDT":"5"},
        {"symbol":"SOLUSDT","baseCoin":"SOL","quoteCoin":"USDT","minTradeNum":"0.1","priceEndStep":"10","volumePlace":"2",
         "pricePlace":"3","sizeMultiplier":"0.1","minTradeUSDT":"5"},
        {"symbol":"1000BONKUSDT","baseCoin":"1000BONK","quoteCoin":"USDT","minTradeNum":"100","priceEndStep":"1",
         "volumePlace":"0","pricePlace":"5","sizeMultiplier":"100","minTradeUSDT":"5"},
        {"symbol":"XUSDT","baseCoin":"X","quoteCoin":"USDT","pricePlace":"1","volumePlace":"0","sizeMultiplier":"1",
         "minTradeNum":"1","minTradeUSDT":"5"}]}"#;

    const INVERSE: &str = r#"{"code":"00000","data":[{"symbol":"BTCUSD","baseCoin":"BTC","quoteCoin":"USD",
        "minTradeNum":"0.0001","priceEndStep":"1","volumePlace":"4","pricePlace":"1","sizeMultiplier":"0.0001",
        "minTradeUSDT":"5"}]}"#;

    fn listed(wanted: &[&str]) -> Result<Instruments, MetadataError> {
        let answer = |kind| match kind {
            "SPOT" => SPOT,
            "COIN-FUTURES" => INVERSE,
            _ => LINEAR,
        };
        let answers: Vec<_> = types(wanted).map(|kind| answer(kind).as_bytes().to_vec()).collect();
        read(VenueId::Bitget, &answers, wanted)
    }

    /// What so many lots cost at that price.
    fn worth(instrument: &Instrument, px: &str, lots: i64) -> Quote {
        instrument.notional(instrument.grid.ticks(px.as_bytes()).expect("on the grid"), Lots(lots)).expect("fits")
    }

    #[test]
    fn how_often_funding_is_paid_is_read_and_never_assumed() {
        let wanted = ["USDT-FUTURES:BTCUSDT", "USDT-FUTURES:ETHUSDT", "SPOT:BTCUSDT"];
        let list = listed(&wanted).expect("listed");
        assert_eq!([0, 1, 2].map(|id| list.funding_interval_s(InstrumentId(id))), [28_800, 0, 0]);
        for (found, seconds) in [("4", Some(14_400)), ("", Some(0)), ("x", None), ("-8", None), ("480", None)] {
            let answer = LINEAR.replace(r#""fundInterval":"8""#, &format!(r#""fundInterval":"{found}""#));
            let list = read(VenueId::Bitget, &[answer.into_bytes()], &wanted[..1]);
            assert_eq!(list.ok().map(|list| list.funding_interval_s(InstrumentId(0))), seconds, "{found}");
        }
    }

    #[test]
    fn quantities_are_coins_on_spot_and_on_contracts_of_either_settlement() {
        let wanted = ["COIN-FUTURES:BTCUSD", "USDT-FUTURES:BTCUSDT", "SPOT:BTCUSDT", "SPOT:SOLUSDT", "SPOT:SHIBUSDT"];
        let list = listed(&wanted).expect("listed");
        let [inverse, linear, spot, sol, shib] = [0, 1, 2, 3, 4].map(|id| *list.get(InstrumentId(id)));
        for (instrument, px, lots, kind) in [
            (inverse, "60000.0", 1, ContractKind::Linear),
            (linear, "60000.0", 1, ContractKind::Linear),
            (spot, "60000.00", 100, ContractKind::Spot),
            (sol, "150.00", 400, ContractKind::Spot),
            (shib, "0.000010000", 600_000, ContractKind::Spot),
        ] {
            assert_eq!(
                (worth(&instrument, px, lots), instrument.kind),
                (Quote::whole(6), kind),
                "{}",
                instrument.symbol
            );
        }
        assert_eq!((linear.min_qty, linear.max_qty, linear.min_notional), (Lots(1), Lots(12_000_000), Quote::whole(5)));
        assert_eq!((spot.min_qty, spot.max_qty, spot.min_notional), (Lots(1), Lots(i64::MAX), Quote::whole(1)));
        assert_eq!((inverse.base.as_str(), inverse.quote.as_str()), ("BTC", "USD"));
        assert_eq!(inverse.symbol.as_str(), "COIN-FUTURES:BTCUSD");
    }

    #[test]
    fn a_grid_has_all_decimals_that_the_venue_sends() {
        let wanted = ["USDT-FUTURES:ETHUSDT", "USDT-FUTURES:SOLUSDT", "USDT-FUTURES:1000BONKUSDT"];
        let list = listed(&wanted).expect("listed");
        let [eth, sol, bonk] = [0, 1, 2].map(|id| list.get(InstrumentId(id)));
        assert_eq!(eth.grid, Grid { price_decimals: 2, tick_step: 5, qty_decimals: 2, lot_step: 1 });
        assert_eq!(sol.grid, Grid { price_decimals: 3, tick_step: 10, qty_decimals: 2, lot_step: 10 });
        assert_eq!(bonk.grid, Grid { price_decimals: 5, tick_step: 1, qty_decimals: 0, lot_step: 100 });
        assert_eq!((bonk.min_qty, bonk.max_qty), (Lots(1), Lots(i64::MAX)));
        assert_eq!(worth(bonk, "0.01500", 4), Quote::whole(6));
    }

    #[test]
    fn what_is_not_listed_or_has_no_rule_is_named() {
        let message = |symbol| listed(&[symbol]).expect_err("refused").to_string();
        assert_eq!(message("SPOT:XYZUSDT"), "bitget does not list SPOT:XYZUSDT");
        assert_eq!(message("BTCUSDT"), "bitget does not list BTCUSDT");
        assert_eq!(message("USDT-FUTURES:XUSDT"), "USDT-FUTURES:XUSDT: tick size is missing or cannot be read");
        let no = br#"{"code":"40034","msg":"Parameter productType does not exist","data":null}"#;
        let no = read(VenueId::Bitget, &[no.to_vec()], &["SPOT:BTCUSDT"]).expect_err("refused").to_string();
        assert!(no.contains("Parameter productType does not exist"), "{no}");
        let garbage = read(VenueId::Bitget, &[b"{}".to_vec()], &["SPOT:BTCUSDT"]).expect_err("refused");
        assert_eq!(garbage.to_string(), "the list of instruments cannot be read");
    }
}
