//! What a client asks of its orders on the line: read, done, and refused in Kraken's words.
//!
//! Owns: the fields of a message, the words. Never: who asks.

use crate::account::{Amount, Entry, Holder, Order, Refusal, Stands, Teller, Which};
use crate::listing::Listing;
use engine_model::market::Side;
use serde_json::Value;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Add,
    Amend,
    Cancel,
}

impl Deed {
    pub(super) fn of(method: &str) -> Option<Self> {
        match method {
            "add_order" => Some(Self::Add),
            "amend_order" => Some(Self::Amend),
            "cancel_order" => Some(Self::Cancel),
            _ => None,
        }
    }
}

/// Does it: the order as it is after it.
pub(super) fn act(
    teller: &mut Teller<'_>,
    holder: Holder,
    listings: &[Listing],
    deed: Deed,
    params: &Value,
) -> Result<Order, String> {
    match deed {
        Deed::Add => teller.place(holder, entry(params, listings)?).map_err(refused),
        Deed::Cancel => {
            let id = params.get("cl_ord_id").and_then(|ids| ids.get(0)).and_then(Value::as_str);
            let id = id.ok_or("EGeneral:Invalid arguments:cl_ord_id")?;
            teller.cancel(holder, Which::Client(id)).map_err(refused)
        }
        Deed::Amend => {
            let id = params.get("cl_ord_id").and_then(Value::as_str).ok_or("EGeneral:Invalid arguments:cl_ord_id")?;
            let which = Which::Client(id);
            let order = teller.order(holder, which).ok_or("EOrder:Unknown order")?;
            let grid = &listings[order.instrument].instrument.grid;
            let qty = match number(params, "order_qty")? {
                Some(text) => grid.lots(text.as_bytes()).map_err(|_| "EGeneral:Invalid arguments:volume")?.0,
                None => order.qty,
            };
            let px = match number(params, "limit_price")? {
                Some(text) => Some(grid.ticks(text.as_bytes()).map_err(|_| "EOrder:Tick size check failed")?.0),
                None => order.px,
            };
            let px = px.ok_or("EGeneral:Invalid arguments:price")?;
            teller.modify(holder, which, px, qty).map_err(refused)
        }
    }
}

/// Numbers have a point: `1` is none here, `1.0` is.
fn number(params: &Value, name: &str) -> Result<Option<String>, String> {
    match params.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) if number.is_f64() => {
            // As short as it can be, which is what was sent but for zeros at its end.
            Ok(number.as_f64().map(|number| number.to_string()))
        }
        Some(_) => Err(format!("{name} must be a number_float")),
    }
}

fn entry(params: &Value, listings: &[Listing]) -> Result<Entry, String> {
    let word = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default();
    let symbol = word("symbol");
    let instrument = listings.iter().position(|listing| listing.name() == symbol);
    let instrument = instrument.ok_or_else(|| format!("Currency pair not supported {symbol}"))?;
    let grid = &listings[instrument].instrument.grid;
    let side = match word("side") {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        _ => return Err("EGeneral:Invalid arguments:side".to_owned()),
    };
    let (is_market, limit) = (word("order_type") == "market", number(params, "limit_price")?);
    if !is_market && word("order_type") != "limit" {
        return Err("EGeneral:Invalid arguments:ordertype".to_owned());
    }
    let px = match (is_market, limit) {
        (true, _) => None,
        (false, Some(text)) => Some(grid.ticks(text.as_bytes()).map_err(|_| "EOrder:Tick size check failed")?.0),
        (false, None) => return Err("EGeneral:Invalid arguments:price".to_owned()),
    };
    let qty = number(params, "order_qty")?.ok_or("EGeneral:Invalid arguments:volume")?;
    let stands = match word("time_in_force") {
        _ if is_market => Stands::Immediate,
        "" | "gtc" => Stands::UntilCanceled,
        "ioc" => Stands::Immediate,
        "fok" => Stands::AllOrNothing,
        _ => return Err("EGeneral:Invalid arguments:timeinforce".to_owned()),
    };
    let client_id = word("cl_ord_id");
    if client_id.len() > 18 {
        return Err("EGeneral:Invalid arguments:cl_ord_id".to_owned());
    }
    Ok(Entry {
        client_id: client_id.to_owned(),
        instrument,
        side,
        px,
        amount: Amount::Lots(grid.lots(qty.as_bytes()).map_err(|_| "EGeneral:Invalid arguments:volume")?.0),
        stands,
        post_only: params.get("post_only") == Some(&Value::Bool(true)),
        reduce_only: false,
    })
}

/// A status of HTTP has another word where there is no HTTP.
pub(super) fn refused(refusal: Refusal) -> String {
    match refusal {
        Refusal::Status(429 | 418) | Refusal::TooMany(_) => "EOrder:Rate limit exceeded",
        Refusal::Status(_) => "EService:Unavailable",
        Refusal::NoTradeRight => "EGeneral:Permission denied",
        Refusal::TooManyOpen => "EOrder:Orders limit exceeded",
        Refusal::DuplicateClientId => "EOrder:cl_ord_id already in use",
        Refusal::Price => "EOrder:Invalid price",
        Refusal::TooSmall => "EOrder:Order minimum not met",
        Refusal::NotionalTooSmall => "EOrder:Cost minimum not met",
        Refusal::TooLarge => "EGeneral:Invalid arguments:volume",
        Refusal::Balance => "EOrder:Insufficient funds",
        Refusal::WouldTake => "EOrder:Post only order",
        Refusal::CannotFill => "EOrder:Order cannot be filled",
        Refusal::NothingToReduce => "EOrder:Reduce only:No position exists",
        Refusal::NoSuchOrder | Refusal::Done(_) => "EOrder:Unknown order",
        Refusal::NoChange | Refusal::Unchangeable | Refusal::WouldTrigger => "EGeneral:Invalid arguments",
    }
    .to_owned()
}
