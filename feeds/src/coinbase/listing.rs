//! Coinbase's products, one answer each: what it is stands in its type, how much a contract holds in its details.
//!
//! Owns: which types there are. Never: a guess by a product's name.

use crate::metadata::{MetadataError, Rules};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::venue::VenueId;
use serde::Deserialize;

/// The types that are understood.
const KNOWN: &str = "SPOT, FUTURE";

#[derive(Deserialize)]
struct Product {
    product_id: String,
    product_type: Option<String>,
    #[serde(default)]
    base_currency_id: String,
    quote_currency_id: String,
    price_increment: Option<String>,
    quote_increment: Option<String>,
    /// Of contracts: how many.
    base_increment: Option<String>,
    base_min_size: Option<String>,
    base_max_size: Option<String>,
    quote_min_size: Option<String>,
    future_product_details: Option<Contract>,
}

/// Perpetuals and dated contracts, those of the derivatives exchange in the US (`…-CDE`) and the international ones
/// (`…-INTX`): all linear.
#[derive(Deserialize)]
struct Contract {
    /// Coins in a contract: 0.01 of a nano bitcoin, 1 of an international perpetual.
    contract_size: Option<String>,
    /// Which coin: such a product names no base currency.
    contract_root_unit: Option<String>,
}

/// The wanted instruments, in the order wanted, out of an answer for each.
pub(super) fn read(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let instrument = |(index, (symbol, answer)): (usize, (&&str, &Vec<u8>))| {
        let product: Product = serde_json::from_slice(answer).map_err(MetadataError::List)?;
        if product.product_id != *symbol {
            return Err(MetadataError::Absent { venue, symbol: (*symbol).to_owned() });
        }
        product.instrument(venue, symbol, InstrumentId(index as u32))
    };
    let listed = wanted.iter().zip(answers).enumerate().map(instrument);
    Ok(Instruments::new(listed.collect::<Result<_, _>>()?))
}

impl Product {
    fn instrument(&self, venue: VenueId, symbol: &str, id: InstrumentId) -> Result<Instrument, MetadataError> {
        let broken = |rule| MetadataError::Rule { symbol: symbol.to_owned(), rule };
        let (kind, base, contract) = match self.product_type.as_deref() {
            Some("SPOT") => (ContractKind::Spot, self.base_currency_id.as_str(), "1"),
            Some("FUTURE") => {
                let details = self.future_product_details.as_ref().ok_or_else(|| broken("contract details"))?;
                let size = details.contract_size.as_deref().ok_or_else(|| broken("contract size"))?;
                let root = details.contract_root_unit.as_deref().filter(|unit| !unit.is_empty());
                (ContractKind::Linear, root.unwrap_or(&self.base_currency_id), size)
            }
            Some(other) => {
                let (symbol, found) = (symbol.to_owned(), other.to_owned());
                return Err(MetadataError::Type { symbol, found, known: KNOWN });
            }
            None => return Err(broken("product type")),
        };
        if base.is_empty() {
            return Err(broken("base asset"));
        }
        Rules {
            symbol,
            base,
            quote: &self.quote_currency_id,
            kind,
            contract,
            tick: self.price_increment.as_deref().or(self.quote_increment.as_deref()),
            lot: self.base_increment.as_deref(),
            min_qty: self.base_min_size.as_deref(),
            max_qty: self.base_max_size.as_deref(),
            min_notional: self.quote_min_size.as_deref(),
        }
        .instrument(venue, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::{Lots, Quote, Ticks};

    const SPOT: &str = r#"{"product_id":"BTC-USD","price_increment":"0.01","base_increment":"0.00000001",
        "quote_increment":"0.01","base_min_size":"0.00000001","base_max_size":"3400","quote_min_size":"1",
        "product_type":"SPOT","base_currency_id":"BTC","quote_currency_id":"USD"}"#;

    /// As the venue told it on 2026-04-06, but for what nobody reads.
    const NANO: &str = r#"{"product_id":"BIP-20DEC30-CDE","base_increment":"1","quote_increment":"0.01",
        "quote_min_size":"0","base_min_size":"1","base_max_size":"5000","product_type":"FUTURE","quote_currency_id":"USD",
        "base_currency_id":"","price_increment":"5","product_venue":"FCM","future_product_details":{"venue":"cde",
        "contract_code":"BIP","contract_expiry":"2030-12-20T16:00:00Z","contract_size":"0.01","contract_root_unit":"BTC",
        "contract_expiry_type":"EXPIRING","perpetual_details":{"open_interest":"183283","funding_rate":""}}}"#;

    const INTX: &str = r#"{"product_id":"ETH-PERP-INTX","base_increment":"0.0001","quote_increment":"0.01",
        "quote_min_size":"10","base_min_size":"0.0001","base_max_size":"20000","product_type":"FUTURE",
        "quote_currency_id":"USDC","base_currency_id":"","price_increment":"0.01","product_venue":"INTX",
        "future_product_details":{"venue":"","contract_size":"1","contract_root_unit":"ETH",
        "contract_expiry_type":"PERPETUAL","perpetual_details":{"open_interest":"1","funding_rate":"0.000012"}}}"#;

    fn of(answer: &str, symbol: &str) -> Result<Instrument, MetadataError> {
        let list = read(VenueId::Coinbase, &[answer.as_bytes().to_vec()], &[symbol])?;
        Ok(*list.get(InstrumentId(0)))
    }

    #[test]
    fn the_rules_of_a_product_are_read() {
        let btc = of(SPOT, "BTC-USD").expect("listed");
        assert_eq!((btc.grid.price_decimals, btc.grid.qty_decimals, btc.quote.as_str()), (2, 8, "USD"));
        assert_eq!((btc.kind, btc.contract_size, btc.contract_decimals), (ContractKind::Spot, 1, 0));
        let quotient = of(&SPOT.replace(r#":"3400""#, r#":"3400.0000000049""#), "BTC-USD").expect("within the grid");
        assert_eq!(quotient.max_qty, Lots(340_000_000_000));
        assert_eq!(of(SPOT, "ETH-USD").expect_err("absent").to_string(), "coinbase does not list ETH-USD");
    }

    #[test]
    fn a_contract_holds_what_its_details_say() {
        let nano = of(NANO, "BIP-20DEC30-CDE").expect("listed");
        assert_eq!((nano.base.as_str(), nano.quote.as_str(), nano.kind), ("BTC", "USD", ContractKind::Linear));
        assert_eq!((nano.contract_size, nano.contract_decimals, nano.max_qty), (1, 2, Lots(5_000)));
        assert_eq!((nano.grid.tick_step, nano.grid.price_decimals, nano.grid.qty_decimals), (5, 0, 0));
        // Three of them at 68,930 dollars are 0.03 bitcoin.
        assert_eq!(nano.notional(Ticks(68_930 / 5), Lots(3)), Some(Quote(206_790_000_000)));
        let intx = of(INTX, "ETH-PERP-INTX").expect("listed");
        assert_eq!((intx.base.as_str(), intx.quote.as_str(), intx.kind), ("ETH", "USDC", ContractKind::Linear));
        assert_eq!((intx.contract_size, intx.contract_decimals), (1, 0));
        assert_eq!(intx.notional(Ticks(300_000), Lots(15_000)), Some(Quote(450_000_000_000)), "1.5 coins at 3,000");
    }

    #[test]
    fn what_it_cannot_be_sized_by_is_refused_by_name() {
        for (answer, said) in [
            (NANO.replace(r#""FUTURE""#, r#""PREDICTION""#), "product type PREDICTION, accepted: SPOT, FUTURE"),
            (NANO.replace("product_type", "kind"), "product type is missing"),
            (NANO.replace("future_product_details", "details"), "contract details is missing"),
            (NANO.replace("contract_size", "size"), "contract size is missing"),
            (NANO.replace(r#""0.01","contract_root"#, r#""0","contract_root"#), "contract size is missing or cannot"),
            (NANO.replace("contract_root_unit", "unit"), "base asset is missing"),
        ] {
            let error = of(&answer, "BIP-20DEC30-CDE").expect_err(said).to_string();
            assert!(error.starts_with("BIP-20DEC30-CDE") && error.contains(said), "{said}: {error}");
        }
    }
}
