//! What a client asks of its orders: read, done, and refused in Kraken Futures' words.
//!
//! Owns: the parameters of a request, the words. Never: who asks.

use crate::account::{Amount, By, Entry, Holder, Order, Refusal, Stands, State, Teller, Trigger, Which};
use crate::http::{Request, percent_decoded};
use crate::listing::Listing;
use engine_model::market::Side;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum No {
    /// The request is an error.
    Error(&'static str),
    /// It is answered, and its status says no.
    Status(&'static str),
    /// A status of HTTP.
    Http(u16),
}

/// A parameter of the body, or of the query.
pub(super) fn parameter(request: &Request, name: &str) -> Option<String> {
    let given = if request.method == "POST" { request.body_text() } else { request.query.clone() };
    let found = given.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    found.map(|(_, value)| percent_decoded(value)).filter(|value| !value.is_empty())
}

pub(super) fn needed(request: &Request, name: &str) -> Result<String, No> {
    parameter(request, name).ok_or(No::Error("requiredArgumentMissing"))
}

/// The instrument of a request; `None` where it names none.
pub(super) fn instrument(request: &Request, listings: &[Listing]) -> Result<Option<usize>, No> {
    let Some(symbol) = parameter(request, "symbol") else { return Ok(None) };
    let found = listings.iter().position(|listing| listing.name().eq_ignore_ascii_case(&symbol));
    found.map(Some).ok_or(No::Error("invalidArgument"))
}

/// Enters an order, or one that waits for a price.
pub(super) fn place(
    request: &Request,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<Order, No> {
    let entry = entry(request, listings)?;
    let entered = match trigger(request, &entry, listings)? {
        Some(trigger) => teller.wait(holder, entry, trigger),
        None => teller.place(holder, entry),
    };
    entered.map_err(|refusal| refused(refusal, "notFound"))
}

/// Changes one, to a whole quantity.
pub(super) fn edit(
    request: &Request,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<Order, No> {
    let id = needed(request, "cliOrdId")?;
    let order = teller.order(holder, Which::Client(&id)).ok_or(No::Status(NO_EDIT))?;
    let grid = &listings[order.instrument].instrument.grid;
    let qty = grid.lots(needed(request, "size")?.as_bytes()).map_err(|_| No::Status("invalidSize"))?;
    let ticks = |name: &str| grid.ticks(needed(request, name)?.as_bytes()).map_err(|_| No::Status("invalidPrice"));
    // Of one that waits its trigger must be told, too; only that of a market order can become another one here.
    let px = match (order.waiting(), order.px) {
        (Some(_), None) => ticks("stopPrice")?,
        (Some(trigger), Some(_)) if ticks("stopPrice")?.0 != trigger.px => return Err(No::Status("invalidArgument")),
        _ => ticks("limitPrice")?,
    };
    teller.modify(holder, Which::Client(&id), px.0, qty.0).map_err(|refusal| refused(refusal, NO_EDIT))
}

/// Withdraws one.
pub(super) fn cancel(request: &Request, holder: Holder, teller: &mut Teller<'_>) -> Result<Order, No> {
    let id = needed(request, "cliOrdId")?;
    teller.cancel(holder, Which::Client(&id)).map_err(|refusal| match refusal {
        Refusal::Done(State::Filled) => No::Status("filled"),
        refusal => refused(refusal, "notFound"),
    })
}

const NO_EDIT: &str = "orderForEditNotFound";

/// The price that an order waits for; `None` of another. A stop waits where the market would go against its owner.
fn trigger(request: &Request, entry: &Entry, listings: &[Listing]) -> Result<Option<Trigger>, No> {
    let is_stop = match needed(request, "orderType")?.as_str() {
        "stp" => true,
        "take_profit" => false,
        _ => return Ok(None),
    };
    let grid = &listings[entry.instrument].instrument.grid;
    let px = grid.ticks(needed(request, "stopPrice")?.as_bytes()).map_err(|_| No::Status("invalidPrice"))?.0;
    let by = match parameter(request, "triggerSignal").as_deref() {
        None | Some("last") => By::Last,
        Some("mark") => By::Mark,
        Some("index") => By::Index,
        Some(_) => return Err(No::Error("invalidArgument")),
    };
    Ok(Some(Trigger { px, rises: is_stop == (entry.side == Side::Buy), by }))
}

fn entry(request: &Request, listings: &[Listing]) -> Result<Entry, No> {
    let instrument = instrument(request, listings)?.ok_or(No::Error("requiredArgumentMissing"))?;
    let grid = &listings[instrument].instrument.grid;
    let side = match needed(request, "side")?.as_str() {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        _ => return Err(No::Error("invalidArgument")),
    };
    let (is_market, stands, post_only) = match needed(request, "orderType")?.as_str() {
        "lmt" => (false, Stands::UntilCanceled, false),
        "post" => (false, Stands::UntilCanceled, true),
        "ioc" => (false, Stands::Immediate, false),
        "fok" => (false, Stands::AllOrNothing, false),
        "mkt" => (true, Stands::Immediate, false),
        // Without a limit it becomes a market order.
        "stp" | "take_profit" => match parameter(request, "limitPrice") {
            Some(_) => (false, Stands::UntilCanceled, false),
            None => (true, Stands::Immediate, false),
        },
        _ => return Err(No::Error("invalidArgument")),
    };
    let px = if is_market {
        None
    } else {
        let text = needed(request, "limitPrice")?;
        Some(grid.ticks(text.as_bytes()).map_err(|_| No::Status("invalidPrice"))?.0)
    };
    let qty = grid.lots(needed(request, "size")?.as_bytes()).map_err(|_| No::Status("invalidSize"))?;
    Ok(Entry {
        client_id: parameter(request, "cliOrdId").unwrap_or_default(),
        instrument,
        side,
        px,
        amount: Amount::Lots(qty.0),
        stands,
        post_only,
        reduce_only: parameter(request, "reduceOnly").as_deref() == Some("true"),
    })
}

/// `gone`: the word for an order that is not there any more.
pub(super) fn refused(refusal: Refusal, gone: &'static str) -> No {
    No::Status(match refusal {
        Refusal::Status(status) => return No::Http(status),
        Refusal::TooMany(_) => return No::Error("apiLimitExceeded"),
        Refusal::NoTradeRight => return No::Error("authenticationError"),
        Refusal::TooManyOpen => "tooManyOrders",
        Refusal::DuplicateClientId => "clientOrderIdAlreadyExist",
        Refusal::Price => "invalidPrice",
        Refusal::TooSmall | Refusal::TooLarge | Refusal::NotionalTooSmall => "invalidSize",
        Refusal::NoChange | Refusal::Unchangeable => "invalidSize",
        Refusal::WouldTrigger => "invalidPrice",
        Refusal::Balance => "insufficientAvailableFunds",
        Refusal::WouldTake => "postWouldExecute",
        Refusal::CannotFill => "iocWouldNotExecute",
        Refusal::NothingToReduce => "wouldNotReducePosition",
        Refusal::NoSuchOrder | Refusal::Done(_) => gone,
    })
}
