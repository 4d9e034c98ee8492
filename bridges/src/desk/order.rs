//! A person's order as it is written, read against the instrument that it names.
//!
//! Owns: words to numbers on the instrument's grid, what an order is worth, what has to be confirmed. Never: whether it may
//! pass; risk judges it as any strategy's.

use super::Desk;
use super::sight::{Seen, Sight};
use super::symbol::Unfound;
use crate::door::dto::{NewOrder, OrderChange};
use engine_model::instrument::{DecimalError, Grid, Instrument};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, OffsetUnit, Order, OrderType, TimeInForce, TriggerType};
use engine_model::report::Report;
use engine_model::units::{Lots, Quote, Ticks};

/// Why nothing was asked of the engine, and what was found.
pub(crate) type No = (String, String);

/// An order of a person is confirmed from here on (docs/RISK.md, row 40), whatever the account.
const CONFIRM_ABOVE: Quote = Quote::whole(5_000);
/// What is confirmed may have moved so far since it was told.
const CONFIRM_WITHIN_BPS: i64 = 200;

/// An order that can be meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Meant<'d> {
    pub(super) instrument: &'d Instrument,
    pub(super) order: Order,
    /// At its limit, its trigger, or what is there now, whichever is most; `None`: nobody knows, and risk will not pass it.
    pub(super) worth: Option<Quote>,
}

/// A part of a position that is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closing<'d> {
    instrument: &'d Instrument,
    /// Negative is short.
    held: Lots,
    qty: Lots,
}

impl<'d> Closing<'d> {
    pub(super) fn meant(self) -> Meant<'d> {
        let order = Order {
            instrument: self.instrument.id,
            side: if self.held.0 > 0 { Side::Sell } else { Side::Buy },
            order_type: OrderType::Market,
            reduce_only: true,
            qty: self.qty,
            ..Order::default()
        };
        Meant { instrument: self.instrument, order, worth: None }
    }

    /// In a line, for whoever says yes.
    pub(crate) fn says(self) -> String {
        let Self { instrument, held, qty } = self;
        let deed = if held.0 > 0 { "sells" } else { "buys" };
        let (qty, held) = (instrument.grid.qty_text(qty), instrument.grid.qty_text(held));
        format!(
            "{deed} {qty} of {held} {}.{}; strategies that hold it go on",
            instrument.symbol,
            instrument.venue.name()
        )
    }
}

impl Desk {
    /// What is meant by it.
    pub(super) fn order_meant(&self, asked: &NewOrder) -> Result<Meant<'_>, No> {
        let instrument = self.find(&asked.symbol, asked.venue.as_deref()).map_err(unfound)?;
        let order = read(instrument, asked)?;
        if let Some(fault) = order.fault() {
            return Err((fault.to_string(), asked.kind.clone().unwrap_or_else(|| order.order_type.name().to_owned())));
        }
        Ok(Meant { instrument, order, worth: self.worth(instrument, &order) })
    }

    /// A part of the account's position in that, to be closed at the market: by whoever sees the whole of it. What a closing
    /// leaves of one person's part would be told by another's.
    pub(crate) fn closing(&self, sight: &Sight, symbol: &str, share_pct: u32) -> Result<Closing<'_>, No> {
        let instrument = self.find(symbol, None).map_err(unfound)?;
        let why = match sight.is_whole() {
            true => "the engine has told no positions yet",
            false => {
                "positions here are of several people, and are closed by whoever sees the whole account: enter an order \
                 that may only reduce, or stop your strategy"
            }
        };
        let portfolio = self.portfolio(sight).ok_or_else(|| (why.to_owned(), symbol.to_owned()))?;
        let count = (portfolio.positions_count as usize).min(portfolio.positions.len());
        let held = portfolio.positions[..count].iter().find(|position| position.instrument == instrument.id);
        let held = held.map_or(0, |position| position.qty.0);
        let part = (u128::from(held.unsigned_abs()) * u128::from(share_pct.min(100))).div_ceil(100);
        let qty = Lots(i64::try_from(part).unwrap_or(i64::MAX));
        if qty.0 == 0 {
            return Err((
                "nothing is held there".to_owned(),
                format!("{}.{}", instrument.symbol, instrument.venue.name()),
            ));
        }
        Ok(Closing { instrument, held: Lots(held), qty })
    }

    /// The order of that number that has not ended, and is seen.
    pub(crate) fn open_order(&self, sight: &Sight, text: &str) -> Result<Report, No> {
        let id = order_id(text).ok_or_else(|| ("an order's number is like R2-1-7".to_owned(), text.to_owned()))?;
        let image = self.hub.image();
        let seen = Seen::of(sight, &image);
        let open = image.orders.open.get(&id).filter(|report| seen.report(report)).copied();
        open.ok_or_else(|| ("no order of that number is open".to_owned(), text.to_owned()))
    }

    /// A change of that order, as it would be then.
    pub(super) fn change_meant(&self, of: &Report, asked: &OrderChange) -> Result<(Meant<'_>, bool), No> {
        let instrument = self.instruments.get(of.instrument);
        let grid = &instrument.grid;
        let moves = asked.trigger_price.is_some();
        if moves == (asked.price.is_some() || asked.qty.is_some()) {
            let why = "say another price or quantity, or another trigger price alone";
            return Err((why.to_owned(), of.client_order_id.to_string()));
        }
        let px = price(grid, "price", asked.price.as_deref())?.unwrap_or(of.px);
        let trigger_px = price(grid, "trigger_price", asked.trigger_price.as_deref())?.unwrap_or_default();
        let qty = quantity(grid, "qty", asked.qty.as_deref())?.unwrap_or(of.qty);
        let Report { client_order_id, instrument: id, side, .. } = *of;
        let order = Order { client_order_id, instrument: id, side, px, qty, trigger_px, ..Order::default() };
        Ok((Meant { instrument, order, worth: self.worth(instrument, &order) }, moves))
    }

    /// What it is worth, in dollars.
    fn worth(&self, instrument: &Instrument, order: &Order) -> Option<Quote> {
        if !instrument.is_dollar_quoted() {
            return None;
        }
        let top = self.hub.image().instrument(instrument.id).top;
        let there = top.map(|top| if order.side == Side::Buy { top.ask.px } else { top.bid.px });
        let own = [order.px, order.trigger_px].into_iter().find(|px| px.0 > 0);
        // As risk counts it: at its own price or what is there, whichever is more.
        let px = own.max(there)?;
        instrument.notional(px, order.qty)
    }

    /// What has to be said of it before it is entered, if that was not said.
    ///
    /// # Errors
    /// Where it has to be said, and nobody knows what it is worth.
    pub(super) fn unconfirmed(&self, meant: &Meant<'_>, confirmed: Option<&str>) -> Result<Option<Quote>, No> {
        unconfirmed(meant, confirmed, self.run.mode == "live")
    }
}

fn unconfirmed(meant: &Meant<'_>, confirmed: Option<&str>, is_live: bool) -> Result<Option<Quote>, No> {
    let Meant { instrument, order, worth } = meant;
    let worth = match worth {
        _ if order.reduce_only => return Ok(None),
        None if is_live => {
            let why = match instrument.is_dollar_quoted() {
                true => "no price is known there now",
                false => "its worth in dollars is known to nobody",
            };
            return Err((why.to_owned(), format!("{}.{}", instrument.symbol, instrument.venue.name())));
        }
        None => return Ok(None),
        Some(worth) if !is_live && *worth <= CONFIRM_ABOVE => return Ok(None),
        Some(worth) => *worth,
    };
    let said = confirmed.and_then(|text| Grid { price_decimals: 8, ..CENTS }.ticks(text.as_bytes()).ok());
    let slack = worth.0 / 10_000 * CONFIRM_WITHIN_BPS;
    let is_said = said.is_some_and(|said| said.0.saturating_sub(worth.0).saturating_abs() <= slack.max(Quote::ONE));
    Ok((!is_said).then_some(worth))
}

const CENTS: Grid = Grid { price_decimals: 2, tick_step: 1, qty_decimals: 0, lot_step: 1 };

/// As it is told and repeated: whole dollars.
pub(super) fn to_confirm(worth: Quote) -> String {
    (worth.0 / Quote::ONE).max(1).to_string()
}

/// `R2-1-7`.
fn order_id(text: &str) -> Option<ClientOrderId> {
    let mut parts = text.trim().strip_prefix(['R', 'r'])?.split('-');
    let (strategy, epoch, counter) = (parts.next()?, parts.next()?, parts.next()?);
    let epoch = epoch.parse().ok().filter(|epoch| *epoch < 1 << 24)?;
    let id = ClientOrderId::new(strategy.parse().ok()?, epoch, counter.parse().ok()?);
    parts.next().is_none().then_some(id)
}

fn read(instrument: &Instrument, asked: &NewOrder) -> Result<Order, No> {
    let grid = &instrument.grid;
    let is_priced = asked.price.is_some();
    let order_type = match asked.kind.as_deref() {
        None if is_priced => OrderType::Limit,
        None => OrderType::Market,
        Some(text) => named("type", text, &OrderType::ALL.map(|kind| (kind.name(), kind)))?,
    };
    let bps = |text: &Option<String>| text.as_deref().is_some_and(|text| text.ends_with("bps"));
    let is_bps = bps(&asked.trailing_offset);
    if asked.limit_offset.is_some() && bps(&asked.limit_offset) != is_bps {
        let found = asked.limit_offset.clone().unwrap_or_default();
        return Err(("limit_offset and trailing_offset must have one unit".to_owned(), found));
    }
    Ok(Order {
        instrument: instrument.id,
        side: named("side", &asked.side, &[("BUY", Side::Buy), ("SELL", Side::Sell)])?,
        order_type,
        time_in_force: match asked.time_in_force.as_deref() {
            None => TimeInForce::Gtc,
            Some(text) => named("time_in_force", text, &TimeInForce::ALL.map(|time| (time.name(), time)))?,
        },
        post_only: asked.post_only,
        reduce_only: asked.reduce_only,
        px: price(grid, "price", asked.price.as_deref())?.unwrap_or_default(),
        qty: quantity(grid, "qty", Some(&asked.qty))?.unwrap_or_default(),
        trigger_px: price(grid, "trigger_price", asked.trigger_price.as_deref())?.unwrap_or_default(),
        display_qty: quantity(grid, "display_qty", asked.display_qty.as_deref())?.unwrap_or_default(),
        trigger_type: match asked.trigger_by.as_deref() {
            None => TriggerType::LastPrice,
            Some(text) => named("trigger_by", text, &TriggerType::ALL.map(|by| (by.name(), by)))?,
        },
        offset_unit: if is_bps { OffsetUnit::Bps } else { OffsetUnit::Ticks },
        trailing_offset: offset(grid, "trailing_offset", asked.trailing_offset.as_deref())?,
        limit_offset: offset(grid, "limit_offset", asked.limit_offset.as_deref())?,
        expire_at_s: asked.expire_at_s.unwrap_or_default(),
        ..Order::default()
    })
}

fn named<T: Copy>(field: &str, text: &str, known: &[(&str, T)]) -> Result<T, No> {
    let wanted = text.trim().replace(['-', ' '], "_");
    let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(&wanted)).map(|(_, value)| *value);
    let names = || known.iter().map(|(name, _)| name.to_ascii_lowercase()).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| (format!("{field} must be one of {}", names()), text.to_owned()))
}

fn price(grid: &Grid, field: &str, text: Option<&str>) -> Result<Option<Ticks>, No> {
    let Some(text) = text else { return Ok(None) };
    let step = grid.price_text(Ticks(1));
    let read = grid.ticks(text.trim().as_bytes()).map_err(|error| off(field, text, error, &step))?;
    if read.0 <= 0 { Err((format!("{field} must be above 0"), text.to_owned())) } else { Ok(Some(read)) }
}

fn quantity(grid: &Grid, field: &str, text: Option<&str>) -> Result<Option<Lots>, No> {
    let Some(text) = text else { return Ok(None) };
    let step = grid.qty_text(Lots(1));
    let read = grid.lots(text.trim().as_bytes()).map_err(|error| off(field, text, error, &step))?;
    if read.0 <= 0 { Err((format!("{field} must be above 0"), text.to_owned())) } else { Ok(Some(read)) }
}

fn offset(grid: &Grid, field: &str, text: Option<&str>) -> Result<u32, No> {
    let Some(text) = text else { return Ok(0) };
    let wrong = || (format!("{field} must be a distance in price, or bps like 30bps"), text.to_owned());
    match text.trim().strip_suffix("bps") {
        Some(bps) => bps.trim().parse().map_err(|_| wrong()),
        None => price(grid, field, Some(text))?.and_then(|ticks| u32::try_from(ticks.0).ok()).ok_or_else(wrong),
    }
}

fn off(field: &str, text: &str, error: DecimalError, step: &str) -> No {
    let why = match error {
        DecimalError::Malformed => format!("{field} must be a plain decimal"),
        DecimalError::OutOfRange => format!("{field} is too large"),
        DecimalError::OffGrid => format!("{field} must be a multiple of {step}"),
    };
    (why, text.to_owned())
}

fn unfound(unfound: Unfound) -> No {
    match unfound {
        Unfound::Venue(name) => ("there is no such venue".to_owned(), name),
        Unfound::TwoVenues { in_symbol, asked } => (format!("the symbol names {in_symbol}, venue another"), asked),
        Unfound::Symbol(text) => ("this run trades no such symbol".to_owned(), text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{ContractKind, InstrumentId, Name};
    use engine_model::venue::VenueId;

    fn instrument() -> Instrument {
        let name = |text| Name::new(text).expect("short");
        Instrument {
            id: InstrumentId(3),
            venue: VenueId::BinanceUsdm,
            symbol: name("BTCUSDT"),
            base: name("BTC"),
            quote: name("USDT"),
            kind: ContractKind::Linear,
            grid: Grid { price_decimals: 1, tick_step: 5, qty_decimals: 3, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000),
            min_notional: Quote::whole(5),
        }
    }

    fn asked(change: impl FnOnce(&mut NewOrder)) -> Result<Order, No> {
        let mut asked = NewOrder {
            symbol: "BTC".to_owned(),
            side: "buy".to_owned(),
            qty: "0.25".to_owned(),
            ..NewOrder::default()
        };
        change(&mut asked);
        read(&instrument(), &asked)
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn words_become_ticks_and_lots_of_the_instrument() {
        let market = asked(|_| {}).expect("whole");
        assert_eq!((market.order_type, market.qty, market.side), (OrderType::Market, Lots(250), Side::Buy));
        let limit = asked(|order| order.price = text("61000.5")).expect("whole");
        assert_eq!(
            (limit.order_type, limit.px, limit.time_in_force),
            (OrderType::Limit, Ticks(122_001), TimeInForce::Gtc)
        );
        let trailing = asked(|order| {
            (order.kind, order.side) = (text("Trailing-Stop-Limit"), "SELL".to_owned());
            (order.trailing_offset, order.limit_offset) = (text("30bps"), text("5 bps"));
            (order.time_in_force, order.trigger_by) = (text("day"), text("mark_price"));
        });
        let trailing = trailing.expect("whole");
        assert_eq!((trailing.trailing_offset, trailing.limit_offset, trailing.offset_unit), (30, 5, OffsetUnit::Bps));
        assert_eq!(
            (trailing.order_type, trailing.trigger_type),
            (OrderType::TrailingStopLimit, TriggerType::MarkPrice)
        );
        assert_eq!(trailing.fault(), None);
        let distance = asked(|order| order.trailing_offset = text("12.5")).expect("whole");
        assert_eq!((distance.trailing_offset, distance.offset_unit), (25, OffsetUnit::Ticks));
    }

    #[test]
    fn what_cannot_be_meant_says_what_was_found_and_what_could() {
        let no = |change: fn(&mut NewOrder)| {
            let (why, found) = asked(change).expect_err("no order");
            format!("{why}: {found}")
        };
        assert_eq!(no(|order| order.side = "bye".to_owned()), "side must be one of buy, sell: bye");
        assert_eq!(no(|order| order.qty = "0.2505".to_owned()), "qty must be a multiple of 0.001: 0.2505");
        assert_eq!(no(|order| order.qty = "0".to_owned()), "qty must be above 0: 0");
        assert_eq!(no(|order| order.qty = "-1".to_owned()), "qty must be above 0: -1");
        assert_eq!(no(|order| order.qty = "1e3".to_owned()), "qty must be a plain decimal: 1e3");
        assert_eq!(no(|order| order.price = text("61000.3")), "price must be a multiple of 0.5: 61000.3");
        assert_eq!(no(|order| order.price = text("99999999999999999999")), "price is too large: 99999999999999999999");
        assert!(no(|order| order.kind = text("stop")).starts_with("type must be one of limit, market, stop_market,"));
        assert!(no(|order| order.trailing_offset = text("bps")).contains("like 30bps: bps"));
        assert!(
            no(|order| {
                (order.trailing_offset, order.limit_offset) = (text("30bps"), text("2"));
            })
            .contains("one unit")
        );
    }

    #[test]
    fn on_a_live_account_what_an_order_is_worth_is_confirmed_and_an_order_of_no_known_worth_refused() {
        let of = instrument();
        let order = asked(|_| {}).expect("whole");
        let says = |worth: Option<i64>, reduce_only, confirmed, is_live| {
            let order = Order { reduce_only, ..order };
            let meant = Meant { instrument: &of, order, worth: worth.map(Quote::whole) };
            unconfirmed(&meant, confirmed, is_live).map(|worth| worth.map(|worth| worth.0 / Quote::ONE))
        };
        let unknown = || Err(("no price is known there now".to_owned(), "BTCUSDT.binance-usdm".to_owned()));
        assert_eq!(says(None, false, Some("100"), true), unknown(), "nor by an amount that cannot be held against it");
        assert_eq!((says(None, true, None, true), says(None, false, None, false)), (Ok(None), Ok(None)));
        assert_eq!((says(Some(100), false, None, true), says(Some(100), true, None, true)), (Ok(Some(100)), Ok(None)));
        assert_eq!(
            (says(Some(100), false, Some("101"), true), says(Some(100), false, None, false)),
            (Ok(None), Ok(None))
        );
        assert_eq!(says(Some(5_001), false, None, false), Ok(Some(5_001)));
        assert_eq!(says(Some(5_001), false, Some("5200"), false), Ok(Some(5_001)), "it has moved too far since");
    }

    #[test]
    fn a_number_of_an_order_is_read_whole_or_not_at_all() {
        assert_eq!(order_id("R6-1-3"), Some(ClientOrderId::new(6, 1, 3)));
        assert_eq!(order_id(" r255-16777215-4294967295 "), Some(ClientOrderId::new(255, 16_777_215, u32::MAX)));
        for bad in ["", "R6-1", "R6-1-3-4", "6-1-3", "R256-1-3", "R1-16777216-1", "R1-1-x"] {
            assert_eq!(order_id(bad), None, "{bad}");
        }
    }
}
