//! `manual`: the desk of people. It has no opinion; what it does is what a person asks of it, one deed at a time.
//!
//! So a person's order is a strategy's wish like any other: it has a number, a mandate and limits of its own, is judged by
//! the same risk, held by the same desk until its price comes, and earns or loses under its own name. There is no other way.
//!
//! A deed travels as the values of its parameters: the command ring, the journal and a replay know those already. Its ticket
//! tells whoever asked which answer is his.
//!
//! Never: a wish that nobody asked for; a parameter out of a file; another strategy's order changed. (Withdrawing one is
//! everybody's who may withdraw, and is wished in the operator's name.)

use super::params::{Given, Param, ParamFault};
use super::play::{ANY, Call, Entry, Play, Retuned};
use engine_model::instrument::InstrumentId;
use engine_model::intent::Change;
use engine_model::market::Side;
use engine_model::order::{
    ClientOrderId, OffsetUnit, Order, OrderStatus, OrderType, TermsFault, TimeInForce, TriggerType,
};
use engine_model::refusal::{Check, Refusal};
use engine_model::units::{Lots, Ticks};

/// Its name, in configuration and in answers.
pub const NAME: &str = "manual";

/// Its row. Not in the catalogue: nobody backtests a person.
pub static ENTRY: Entry = Entry {
    name: NAME,
    idea: "a person sees what no strategy of the run does",
    risks: "a person's: haste, hope, a slip of the finger; risk judges it as it judges every other",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| Ok(Box::new(Manual { asked: Asked::of(given)?, answer: None }) as Box<dyn Play>),
};

/// Values of a deed.
pub const VALUES: usize = 18;

const LARGEST: i64 = i64::MAX;
const COUNTER: i64 = u32::MAX as i64;

/// Order of the values: as [`Deed::values`] puts them together and [`Asked::of`] takes them apart.
static PARAMS: [Param; VALUES] = [
    Param::new("ticket", 0, (0, LARGEST), "tells whose answer it is; 0: nobody's, nothing is asked"),
    Param::new("deed", 0, (0, 2), "0 enters an order, 1 withdraws one, 2 changes one"),
    Param::new("order", 0, (i64::MIN, LARGEST), "the bits of the number of the order that is withdrawn or changed"),
    Param::new("instrument", 0, (0, COUNTER), "place of the instrument in the run"),
    Param::new("sell_flag", 0, (0, 1), "0 buys, 1 sells"),
    Param::new("type", 0, (0, OrderType::ALL.len() as i64 - 1), "number of the order type"),
    Param::new("time_in_force", 0, (0, TimeInForce::ALL.len() as i64 - 1), "number of the time in force"),
    Param::new("post_only_flag", 0, (0, 1), "must rest"),
    Param::new("reduce_only_flag", 0, (0, 1), "may only make the position smaller"),
    Param::new("px_ticks", 0, (0, LARGEST), "limit price"),
    Param::new("qty", 0, (0, LARGEST), "quantity in lots"),
    Param::new("trigger_px_ticks", 0, (0, LARGEST), "trigger price"),
    Param::new("display", 0, (0, LARGEST), "most that is shown at once, in lots"),
    Param::new("trigger_type", 0, (0, TriggerType::ALL.len() as i64 - 1), "number of the price that pulls the trigger"),
    Param::new("trailing_offset", 0, (0, COUNTER), "how far a trigger trails"),
    Param::new("limit_offset", 0, (0, COUNTER), "how far a trailing limit lies beyond its trigger"),
    Param::new("offset_bps_flag", 0, (0, 1), "1: offsets in bps, else in ticks"),
    Param::new("expire_at_s", 0, (0, COUNTER), "when an order until a time ends, seconds of Unix time"),
];

/// What a person asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Enter this order. Its id is given here; ties to other orders are none of a person's.
    Place(Order),
    /// Withdraw this order, whosever it is.
    Cancel(ClientOrderId),
    /// Change an order of this desk: another limit and quantity (0: the one that it has), or (with `trigger_px` above 0)
    /// another trigger alone.
    Change {
        /// Limit and quantity, as they are to be; 0 is as they are.
        to: Change,
        /// The trigger, if that is what moves.
        trigger_px: Ticks,
    },
}

/// What came of a deed on this side of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Whose.
    pub ticket: i64,
    /// The order that was wished for, withdrawn or changed: what risk and the venue say of it comes as reports. Or why
    /// nothing was wished.
    pub outcome: Result<ClientOrderId, Refusal>,
}

/// Whether that row is the desk of people.
#[must_use]
pub fn is_manual(entry: &Entry) -> bool {
    std::ptr::eq(entry.params, &PARAMS[..])
}

impl Deed {
    /// As the values of the parameters, all of them: nothing is left of a deed before.
    #[must_use]
    pub fn values(&self, ticket: i64) -> [i64; VALUES] {
        let none = Order { side: Side::Buy, ..Order::default() };
        let (number, id, order) = match *self {
            Self::Place(order) => (0, ClientOrderId(0), order),
            Self::Cancel(id) => (1, id, none),
            Self::Change { to: Change { client_order_id, px, qty }, trigger_px } => {
                (2, client_order_id, Order { px, qty, trigger_px, ..none })
            }
        };
        [
            ticket,
            number,
            id.0 as i64,
            i64::from(order.instrument.0),
            i64::from(order.side == Side::Sell),
            order.order_type as i64,
            order.time_in_force as i64,
            i64::from(order.post_only),
            i64::from(order.reduce_only),
            order.px.0,
            order.qty.0,
            order.trigger_px.0,
            order.display_qty.0,
            order.trigger_type as i64,
            i64::from(order.trailing_offset),
            i64::from(order.limit_offset),
            i64::from(order.offset_unit == OffsetUnit::Bps),
            i64::from(order.expire_at_s),
        ]
    }
}

/// A deed with its ticket; `None`: nobody asked for anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    ticket: i64,
    deed: Deed,
}

impl Asked {
    fn of(given: &Given<'_>) -> Result<Option<Self>, ParamFault> {
        let [
            ticket,
            deed,
            id,
            instrument,
            sell,
            kind,
            time,
            post,
            reduce,
            px,
            qty,
            trigger,
            display,
            by,
            trails,
            limit,
            bps,
            expires,
        ] = given.values();
        if ticket == 0 {
            return Ok(None);
        }
        let number = |what: &'static str| move |_| ParamFault::Relation(what);
        let (px, qty, trigger_px) = (Ticks(px), Lots(qty), Ticks(trigger));
        let client_order_id = ClientOrderId(id as u64);
        let deed = match deed {
            1 => Deed::Cancel(client_order_id),
            2 => Deed::Change { to: Change { client_order_id, px, qty }, trigger_px },
            _ => Deed::Place(Order {
                instrument: InstrumentId(u32::try_from(instrument).map_err(number("no instrument"))?),
                side: if sell == 1 { Side::Sell } else { Side::Buy },
                order_type: of_number(&OrderType::ALL, kind)?,
                time_in_force: of_number(&TimeInForce::ALL, time)?,
                post_only: post == 1,
                reduce_only: reduce == 1,
                px,
                qty,
                trigger_px,
                display_qty: Lots(display),
                trigger_type: of_number(&TriggerType::ALL, by)?,
                trailing_offset: u32::try_from(trails).map_err(number("no trailing offset"))?,
                limit_offset: u32::try_from(limit).map_err(number("no limit offset"))?,
                offset_unit: if bps == 1 { OffsetUnit::Bps } else { OffsetUnit::Ticks },
                expire_at_s: u32::try_from(expires).map_err(number("no time"))?,
                ..Order::default()
            }),
        };
        Ok(Some(Self { ticket, deed }))
    }
}

fn of_number<T: Copy>(all: &[T], number: i64) -> Result<T, ParamFault> {
    let found = usize::try_from(number).ok().and_then(|number| all.get(number)).copied();
    found.ok_or(ParamFault::Relation("a number that names nothing"))
}

/// The desk of people, as a strategy.
#[derive(Debug)]
struct Manual {
    asked: Option<Asked>,
    answer: Option<Answered>,
}

impl Play for Manual {
    fn retune(&mut self, given: &Given<'_>) -> Result<Retuned, ParamFault> {
        self.asked = Asked::of(given)?;
        Ok(Retuned::InPlace)
    }

    fn on_retuned(&mut self, call: &mut Call<'_, '_>) {
        if let Some(Asked { ticket, deed }) = self.asked.take() {
            self.answer = Some(Answered { ticket, outcome: done(call, &deed) });
        }
    }

    fn answer(&self) -> Option<Answered> {
        self.answer
    }
}

fn done(call: &mut Call<'_, '_>, deed: &Deed) -> Result<ClientOrderId, Refusal> {
    match *deed {
        Deed::Place(order) => call.submit(order),
        Deed::Cancel(id) => {
            let is_own = call.working().iter().any(|working| working.order.client_order_id == id);
            if is_own { call.cancel(id) } else { call.cancel_as_operator(id) }.map(|()| id)
        }
        Deed::Change { to: Change { client_order_id: id, px, qty }, trigger_px } => {
            let own = call.working().iter().find(|working| working.order.client_order_id == id).copied();
            let own = own.ok_or(Refusal::new(Check::UnknownOrder, id.0 as i64, 0))?;
            if trigger_px.0 > 0 {
                return call.move_trigger(id, trigger_px).map(|()| id);
            }
            // One that is held and has no limit is told with its trigger in the limit's place: that is another deed.
            let has_limit = own.order.px.0 > 0 || own.status != OrderStatus::Emulated;
            if px.0 > 0 && !has_limit {
                return Err(Refusal::new(Check::OrderTerms, TermsFault::Px as i64, 0));
            }
            call.modify(Change { client_order_id: id, px, qty }).map(|()| id)
        }
    }
}

#[cfg(test)]
mod tests;
