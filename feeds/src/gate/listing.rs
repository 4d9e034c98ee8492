//! Gate's own lists: `/spot/currency_pairs`, `/futures/{settle}/contracts`.

use super::session::{SETTLES, settle};
use crate::metadata::{MetadataError, Rules, step_of};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::units::Lots;
use engine_model::venue::VenueId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The lot of a contract that takes decimals: its step stands nowhere, and two decimals are the most that were seen.
const DECIMAL_LOT: &str = "0.01";

/// The wanted instruments in the order wanted, out of whole lists.
pub(super) fn read(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    if venue == VenueId::GateSpot { of::<Pair>(venue, answers, wanted) } else { of::<Contract>(venue, answers, wanted) }
}

/// What is listed.
trait Listed: DeserializeOwned {
    fn name(&self) -> &str;
    fn instrument(&self, venue: VenueId, id: InstrumentId) -> Result<Instrument, MetadataError>;
}

fn of<T: Listed>(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let list = |answer: &Vec<u8>| serde_json::from_slice::<Vec<T>>(answer).map_err(MetadataError::List);
    let lists = answers.iter().map(list).collect::<Result<Vec<_>, _>>()?;
    let instrument = |(index, symbol): (usize, &&str)| {
        let listed = lists.iter().flatten().find(|listed| listed.name() == *symbol);
        let listed = listed.ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        listed.instrument(venue, InstrumentId(index as u32))
    };
    Ok(Instruments::new(wanted.iter().enumerate().map(instrument).collect::<Result<_, _>>()?))
}

/// A pair of spot.
#[derive(Deserialize)]
struct Pair {
    id: String,
    base: String,
    quote: String,
    /// Decimals of a price.
    precision: Option<i32>,
    /// Decimals of an order's quantity.
    amount_precision: Option<i32>,
    /// Each pair has this, or the next, or both.
    min_base_amount: Option<String>,
    min_quote_amount: Option<String>,
}

impl Listed for Pair {
    fn name(&self) -> &str {
        &self.id
    }

    fn instrument(&self, venue: VenueId, id: InstrumentId) -> Result<Instrument, MetadataError> {
        let least = self.min_base_amount.as_deref().unwrap_or("0");
        let min_qty = lots_of_at_least(least, self.amount_precision.unwrap_or(0).unsigned_abs() as usize);
        let min_qty =
            min_qty.ok_or_else(|| MetadataError::Rule { symbol: self.id.clone(), rule: "smallest quantity" })?;
        let instrument = Rules {
            symbol: &self.id,
            base: &self.base,
            quote: &self.quote,
            kind: ContractKind::Spot,
            contract: "1",
            tick: self.precision.map(step_of).as_deref(),
            lot: self.amount_precision.map(step_of).as_deref(),
            min_qty: Some("0"),
            max_qty: Some(""),
            min_notional: self.min_quote_amount.as_deref().or(Some("0")),
        }
        .instrument(venue, id)?;
        Ok(Instrument { min_qty, ..instrument })
    }
}

/// The smallest order that is at least so much: some least amounts lie between two steps.
fn lots_of_at_least(amount: &str, decimals: usize) -> Option<Lots> {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let kept: String = fraction.chars().chain(std::iter::repeat('0')).take(decimals).collect();
    let lots: i64 = [whole, &kept].concat().parse().ok().filter(|lots| *lots >= 0)?;
    let is_between = fraction.bytes().skip(decimals).any(|digit| digit != b'0');
    Some(Lots((lots + i64::from(is_between)).max(1)))
}

/// A perpetual.
#[derive(Deserialize)]
struct Contract {
    name: String,
    /// `direct` or `inverse`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Coins in a contract; 0 of an inverse one, which is a dollar.
    #[serde(default)]
    quanto_multiplier: String,
    order_price_round: Option<String>,
    order_size_min: Option<Size>,
    order_size_max: Option<Size>,
    #[serde(default)]
    enable_decimal: bool,
}

/// A number, or a text where decimals are asked for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Size {
    Whole(u64),
    Text(String),
}

impl Size {
    fn text(&self) -> String {
        match self {
            Self::Whole(size) => size.to_string(),
            Self::Text(size) => size.clone(),
        }
    }
}

impl Listed for Contract {
    fn name(&self) -> &str {
        &self.name
    }

    fn instrument(&self, venue: VenueId, id: InstrumentId) -> Result<Instrument, MetadataError> {
        let (base, quote) = self.name.split_once('_').unwrap_or((&self.name, ""));
        let (kind, contract) = match (self.kind.as_deref(), settle(&self.name) == SETTLES[1]) {
            (Some("direct"), false) => (ContractKind::Linear, self.quanto_multiplier.as_str()),
            (Some("inverse"), true) => (ContractKind::Inverse, "1"),
            // Priced in dollars, settled in bitcoin, of another coin: its worth follows neither rule.
            _ => return Err(MetadataError::Rule { symbol: self.name.clone(), rule: "contract type" }),
        };
        Rules {
            symbol: &self.name,
            base,
            quote,
            kind,
            contract,
            tick: self.order_price_round.as_deref(),
            lot: Some(if self.enable_decimal { DECIMAL_LOT } else { "1" }),
            min_qty: self.order_size_min.as_ref().map(Size::text).as_deref(),
            max_qty: self.order_size_max.as_ref().map(Size::text).as_deref(),
            // The venue has no such rule.
            min_notional: Some("0"),
        }
        .instrument(venue, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Record;
    use crate::twin;
    use engine_model::instrument::Grid;
    use engine_model::units::Quote;

    /// Fields as the venue sends them; a made-up choice of pairs.
    const PAIRS: &str = r#"[
        {"id":"BTC_USDT","base":"BTC","quote":"USDT","fee":"0.2","min_base_amount":"0.00001","min_quote_amount":"3",
         "amount_precision":6,"precision":1,"trade_status":"tradable","sell_start":0,"buy_start":0},
        {"id":"SOL_USDT","base":"SOL","quote":"USDT","min_quote_amount":"3","amount_precision":3,"precision":2},
        {"id":"ETH_USDT","base":"ETH","quote":"USDT","min_base_amount":"0.001","amount_precision":4,"precision":2},
        {"id":"PEPE_USDT","base":"PEPE","quote":"USDT","min_quote_amount":"3","amount_precision":0,"precision":10},
        {"id":"BTC_SGD","base":"BTC","quote":"SGD","min_base_amount":"0.0012","amount_precision":3,"precision":2},
        {"id":"OLD_USDT","base":"OLD","quote":"USDT","precision":4}]"#;

    const LINEAR: &str = r#"[
        {"name":"BTC_USDT","type":"direct","quanto_multiplier":"0.0001","order_price_round":"0.1","order_size_min":1,
         "order_size_max":1000000,"enable_decimal":false,"funding_interval":28800},
        {"name":"ETH_USDT","type":"direct","quanto_multiplier":"0.01","order_price_round":"0.01","order_size_min":"0",
         "order_size_max":"1000000","enable_decimal":true},
        {"name":"SOL_USDT","type":"direct","quanto_multiplier":"1","order_price_round":"0.01","order_size_min":"1",
         "order_size_max":"1000000"},
        {"name":"PEPE_USDT","type":"direct","quanto_multiplier":"10000000","order_price_round":"0.0000000001",
         "order_size_min":1,"order_size_max":1000000},
        {"name":"X_USDT","quanto_multiplier":"1"}]"#;

    const INVERSE: &str = r#"[{"name":"BTC_USD","type":"inverse","quanto_multiplier":"0","order_price_round":"0.1",
        "order_size_min":1,"order_size_max":1000000},
        {"name":"ETH_USD","type":"direct","quanto_multiplier":"0.000001","order_price_round":"0.05","order_size_min":1,
         "order_size_max":1000000}]"#;

    fn listed(venue: VenueId, wanted: &[&str]) -> Result<Instruments, MetadataError> {
        let lists: &[&str] = if venue == VenueId::GateSpot { &[PAIRS] } else { &[LINEAR, INVERSE] };
        let answers: Vec<_> = lists.iter().map(|list| list.as_bytes().to_vec()).collect();
        read(venue, &answers, wanted)
    }

    /// What so many lots cost at that price.
    fn worth(instrument: &Instrument, px: &str, lots: i64) -> Quote {
        instrument.notional(instrument.grid.ticks(px.as_bytes()).expect("on the grid"), Lots(lots)).expect("fits")
    }

    #[test]
    fn pairs_have_the_decimals_of_the_list_and_the_minimums_that_they_have() {
        let list = listed(VenueId::GateSpot, &["SOL_USDT", "BTC_USDT", "PEPE_USDT", "ETH_USDT"]).expect("listed");
        let [sol, btc, pepe, eth] = [0, 1, 2, 3].map(|id| *list.get(InstrumentId(id)));
        assert_eq!(btc.grid, Grid { price_decimals: 1, tick_step: 1, qty_decimals: 6, lot_step: 1 });
        assert_eq!((btc.min_qty, btc.max_qty, btc.min_notional), (Lots(10), Lots(i64::MAX), Quote::whole(3)));
        assert_eq!((sol.symbol.as_str(), sol.min_qty, sol.min_notional), ("SOL_USDT", Lots(1), Quote::whole(3)));
        assert_eq!((eth.min_qty, eth.min_notional), (Lots(10), Quote::ZERO));
        assert_eq!((pepe.base.as_str(), pepe.quote.as_str(), pepe.kind), ("PEPE", "USDT", ContractKind::Spot));
        let between = listed(VenueId::GateSpot, &["BTC_SGD"]).expect("listed");
        assert_eq!(between.get(InstrumentId(0)).min_qty, Lots(2));
        assert_eq!(worth(&btc, "60000.0", 100), Quote::whole(6));
        assert_eq!(worth(&eth, "3000.00", 20), Quote::whole(6));
        assert_eq!(worth(&sol, "150.00", 40), Quote::whole(6));
        assert_eq!(worth(&pepe, "0.0000100000", 600_000), Quote::whole(6));
    }

    #[test]
    fn a_contract_is_so_many_coins_or_one_dollar() {
        let wanted = ["BTC_USDT", "ETH_USDT", "SOL_USDT", "PEPE_USDT", "BTC_USD"];
        let list = listed(VenueId::GateFutures, &wanted).expect("listed");
        let [btc, eth, sol, pepe, inverse] = [0, 1, 2, 3, 4].map(|id| *list.get(InstrumentId(id)));
        assert_eq!((btc.kind, btc.contract_size, btc.contract_decimals), (ContractKind::Linear, 1, 4));
        assert_eq!((btc.min_qty, btc.max_qty, btc.min_notional), (Lots(1), Lots(1_000_000), Quote::ZERO));
        assert_eq!(worth(&btc, "60000.0", 1), Quote::whole(6));
        // A hundredth of a contract of a hundredth of a coin.
        assert_eq!((eth.grid.qty_decimals, eth.min_qty, eth.max_qty), (2, Lots(1), Lots(100_000_000)));
        assert_eq!(worth(&eth, "3000.00", 20), Quote::whole(6));
        assert_eq!(worth(&sol, "150.00", 2), Quote::whole(300));
        assert_eq!(worth(&pepe, "0.0000100000", 3), Quote::whole(300));
        assert_eq!((inverse.kind, inverse.quote.as_str()), (ContractKind::Inverse, "USD"));
        assert_eq!(worth(&inverse, "60000.0", 6), Quote::whole(6));
    }

    /// All that the venue listed on a day.
    #[test]
    fn every_line_of_a_captured_list_is_an_instrument() {
        for (venue, file, end, count) in [
            (VenueId::GateSpot, "gateio/cf_20210422_a.ndjson.zst", "/currency_pairs", 1_458),
            (VenueId::GateFutures, "gateio_futures/cf_20230524_a.ndjson.zst", "/contracts", 302),
        ] {
            let Some(recording) = twin::captures(&[file]) else { continue };
            let is_list = |record: &Record<'_>| record.url.is_some_and(|url| url.ends_with(end));
            let list = recording.iter().find(is_list).expect("a list").payload;
            let rows: Vec<serde_json::Value> = serde_json::from_slice(list).expect("an array");
            let name = |row| serde_json::Value::get(row, "id").or(row.get("name")).and_then(|name| name.as_str());
            let names: Vec<&str> = rows.iter().filter_map(name).collect();
            assert_eq!(read(venue, &[list.to_vec()], &names).expect("listed").len(), count);
        }
    }

    #[test]
    fn what_is_not_listed_or_has_no_rule_is_named() {
        let message = |venue, symbol| listed(venue, &[symbol]).expect_err("refused").to_string();
        assert_eq!(message(VenueId::GateSpot, "XYZ_USDT"), "gate-spot does not list XYZ_USDT");
        assert_eq!(message(VenueId::GateFutures, "XYZ_USDT"), "gate-futures does not list XYZ_USDT");
        assert_eq!(message(VenueId::GateSpot, "OLD_USDT"), "OLD_USDT: step size is missing or cannot be read");
        assert_eq!(message(VenueId::GateFutures, "X_USDT"), "X_USDT: contract type is missing or cannot be read");
        assert_eq!(message(VenueId::GateFutures, "ETH_USD"), "ETH_USD: contract type is missing or cannot be read");
        let garbage = read(VenueId::GateSpot, &[b"{}".to_vec()], &["BTC_USDT"]).expect_err("refused");
        assert_eq!(garbage.to_string(), "the list of instruments cannot be read");
    }
}
