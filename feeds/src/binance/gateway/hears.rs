//! What Binance says, understood: answers on a line and by REST, and the user's events.

use super::codes::{CLOCK, Refusal};
use super::{BETWEEN, Binance, FILLS_MAX, GREETING};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::halves::Half;
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, PaymentNews, Rights, Unwelcome, Whose};
use crate::gateway::read::{amount_e8, entry_price, leverage};
use crate::gateway::text::order_id;
use crate::grid::{needed, not_empty, text, time_ms};
use crate::json::{Text, TextBuffer, Value};
use engine_model::closeout::Cause;
use engine_model::instrument::{InstrumentId, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order};
use engine_model::payment::PaymentKind;
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// What an order's or an execution's fields are called, in one of the venue's three ways to tell of them.
struct Names {
    symbol: &'static str,
    ours: [&'static str; 2],
    id: &'static str,
    side: &'static str,
    px: &'static str,
    qty: &'static str,
    filled: &'static str,
    state: &'static str,
    at: &'static str,
}

/// In events. A cancel of spot has a client id of its own, and names the order's behind `C`.
const EVENT: Names =
    Names { symbol: "s", ours: ["C", "c"], id: "i", side: "S", px: "p", qty: "q", filled: "z", state: "X", at: "T" };

/// In answers; that to a cancel of spot likewise.
const ANSWER: Names = Names {
    symbol: "symbol",
    ours: ["origClientOrderId", "clientOrderId"],
    id: "orderId",
    side: "side",
    px: "price",
    qty: "origQty",
    filled: "executedQty",
    state: "status",
    at: "updateTime",
};

type Heards = Vec<Heard>;

impl Binance {
    pub(super) fn hear_line(&mut self, said: Value<'_>, heard: &mut Heards) -> Result<(), FrameError> {
        let [id, status, event, kind] = said.pick(["id", "status", "event", "e"]);
        if let Some(status) = status {
            return self.hear_answer(said, id, status, heard);
        }
        // Spot wraps what the user hears; futures send it bare.
        let event = event.filter(|event| event.is_object()).unwrap_or(said);
        let Some(kind) = kind.or_else(|| event.member("e")).and_then(Value::string) else { return Ok(()) };
        match kind {
            kind if kind.is("executionReport") => self.hear_execution(event, heard),
            kind if kind.is("ORDER_TRADE_UPDATE") => {
                self.hear_execution(needed(event.member("o"), Field::Action)?, heard)
            }
            kind if kind.is("ALGO_UPDATE") => self.hear_algo_update(event, heard),
            kind if kind.is("outboundAccountPosition") => {
                let list = needed(event.member("B"), Field::Balance)?;
                list.elements().try_for_each(|row| push_balance(row, ["a", "f", "l"], heard))
            }
            kind if kind.is("ACCOUNT_UPDATE") => {
                let account = needed(event.member("a"), Field::Balance)?;
                if account.member("m").and_then(Value::string).is_some_and(|why| why.is("FUNDING_FEE")) {
                    self.hear_funding(account, time_ms(event.member("T")), heard)?;
                }
                self.hear_account(account, heard)
            }
            kind if kind.is("listenKeyExpired") || kind.is("eventStreamTerminated") || kind.is("serverShutdown") => {
                heard.push(Heard::Leave);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `{"id":"7","status":200,"result":{…},"rateLimits":[…]}`, or with an `error`.
    fn hear_answer(
        &mut self,
        said: Value<'_>,
        id: Option<Value<'_>>,
        status: Value<'_>,
        heard: &mut Heards,
    ) -> Result<(), FrameError> {
        let status = status.unsigned().and_then(|status| u16::try_from(status).ok());
        let status = status.ok_or(FrameError::Unreadable(Field::Action))?;
        let [result, error, limits] = said.pick(["result", "error", "rateLimits"]);
        limits.into_iter().flat_map(Value::elements).filter_map(used).for_each(|used| heard.push(used));
        // The answer to a heartbeat has a name that is no number.
        let Some(id) = id.and_then(Value::unsigned).map(AskId) else { return Ok(()) };
        let refusal = (status != 200).then(|| refusal(status, error.unwrap_or(said)));
        if id == GREETING {
            heard.push(refusal.map_or(Heard::Welcome, |refusal| Heard::Unwelcome(refusal.unwelcome())));
            return Ok(());
        }
        match (refusal, result) {
            (Some(refusal), _) => push_refusal(&refusal, id, heard),
            (None, Some(result)) => {
                // The answer to a cancel or a change tells how the order is, under one name or another.
                let amended = result.member("amendedOrder").unwrap_or(result);
                if amended.member(ANSWER.state).is_some() {
                    self.push_order(amended, &ANSWER, None, heard)?;
                }
                heard.push(Heard::Answer(id, Answer::Done));
            }
            (None, None) => heard.push(Heard::Answer(id, Answer::Done)),
        }
        Ok(())
    }

    pub(super) fn hear_rest(
        &mut self,
        said: Value<'_>,
        id: AskId,
        ask: &Ask,
        status: u16,
        heard: &mut Heards,
    ) -> Result<(), FrameError> {
        if !(200..300).contains(&status) {
            push_refusal(&refusal(status, said), id, heard);
            return Ok(());
        }
        match ask {
            Ask::Prepare(Prepare::Rights) => heard.push(self.rights(said)?),
            Ask::Prepare(Prepare::Time) => {
                heard.push(Heard::Time(time_ms(Some(needed(said.member("serverTime"), Field::Time)?))));
            }
            Ask::Prepare(Prepare::Token) => {
                let mut buffer = TextBuffer::default();
                let key = text(said.member("listenKey"), Field::Token)?;
                let key = key.plain(&mut buffer).filter(|key| key.iter().all(u8::is_ascii_alphanumeric));
                self.listen_key.clear();
                self.listen_key.put_bytes(key.ok_or(FrameError::Unreadable(Field::Token))?);
            }
            Ask::Order(known) if known.waits() => {
                let answer = self.push_waiting_row(said, heard)?;
                heard.push(Heard::Answer(id, answer));
                return Ok(());
            }
            Ask::Order(_) => self.push_order(said, &ANSWER, None, heard)?,
            Ask::OpenOrders(_) | Ask::CancelAll(_) if self.words.algo.is_some() => {
                let answer = self.hear_half(said, (ask, id), heard)?;
                heard.push(Heard::Answer(id, answer));
                return Ok(());
            }
            Ask::OpenOrders(_) => self.push_orders(said, heard)?,
            Ask::Fills(of, _) | Ask::FillsOf(Known { order: Order { instrument: of, .. }, .. }, _) => {
                let answer = self.push_past_fills(said, *of, ask, heard)?;
                heard.push(Heard::Answer(id, answer));
                return Ok(());
            }
            Ask::Balances => match said.member("balances") {
                Some(list) => {
                    list.elements().try_for_each(|row| push_balance(row, ["asset", "free", "locked"], heard))?
                }
                None => said.elements().try_for_each(|row| push_balance(row, ["asset", "balance", ""], heard))?,
            },
            Ask::Positions => {
                said.elements()
                    .try_for_each(|row| self.push_position(row, ["symbol", "positionAmt", "entryPrice"], heard))?;
            }
            Ask::Mode(_) => {
                let is_so = needed(said.member("dualSidePosition"), Field::State)?.boolean();
                heard.push(Heard::TwoWay(is_so.ok_or(FrameError::Unreadable(Field::State))?));
            }
            Ask::Setup(_) => said.elements().try_for_each(|row| {
                let [margin, told] = row.pick(["marginType", "leverage"]);
                let margin = text(margin, Field::State)?;
                heard.extend(leverage(Some(needed(told, Field::Leverage)?))?);
                let known = [("CROSSED", MarginMode::Cross), ("ISOLATED", MarginMode::Isolated)];
                heard.extend(
                    known.into_iter().find(|(word, _)| margin.is(word)).map(|(_, margin)| Heard::Margin(margin)),
                );
                Ok::<_, FrameError>(())
            })?,
            Ask::Prepare(Prepare::KeepToken)
            | Ask::Place(_)
            | Ask::Cancel(_)
            | Ask::CancelAll(_)
            | Ask::CancelByRest(_)
            | Ask::Modify(..)
            | Ask::DeadMan(..) => {}
        }
        heard.push(Heard::Answer(id, Answer::Done));
        Ok(())
    }

    /// Of a list the rows of that half; of a withdrawal that it was done.
    fn hear_half(
        &mut self,
        said: Value<'_>,
        (ask, id): (&Ask, AskId),
        heard: &mut Heards,
    ) -> Result<Answer, FrameError> {
        let Some(half) = self.halves.answered(ask, id) else { return Ok(Answer::Unknown) };
        match (ask, half) {
            (Ask::OpenOrders(_), Half::Plain) => self.push_orders(said, heard)?,
            (Ask::OpenOrders(_), Half::Waiting) => {
                said.elements().try_for_each(|row| self.push_waiting_row(row, heard).map(|_| ()))?;
            }
            _ => {}
        }
        Ok(self.halves.done(ask, half))
    }

    fn push_orders(&self, said: Value<'_>, heard: &mut Heards) -> Result<(), FrameError> {
        said.elements().try_for_each(|row| self.push_order(row, &ANSWER, Some("time"), heard))
    }

    /// `executionReport`, or the `o` of `ORDER_TRADE_UPDATE`: the same letters. The execution comes before what it made of
    /// the order.
    fn hear_execution(&mut self, event: Value<'_>, heard: &mut Heards) -> Result<(), FrameError> {
        let [trade, last_qty, last_px, fee, fee_asset, is_maker, kind] =
            event.pick(["t", "l", "L", "n", "N", "m", "x"]);
        let kind = text(kind, Field::Action)?;
        let cause = event.member("c").and_then(Value::string).and_then(cause);
        // What the venue liquidates is calculated; what of it trades in the market is a trade.
        if kind.is("TRADE") || (kind.is("CALCULATED") && cause.is_some()) {
            let instrument = self.instrument(event.member(EVENT.symbol))?;
            let heading = self.heading(event, &EVENT)?;
            let (fee_e8, fee_asset) = (fee_of(not_empty(fee))?, name_of(not_empty(fee_asset))?);
            let fill = FillNews {
                whose: heading.0,
                instrument,
                side: heading.1,
                trade_id: needed(trade, Field::Sequence)?.unsigned().ok_or(FrameError::Unreadable(Field::Sequence))?,
                px: match (cause, needed(last_px, Field::Price)?) {
                    (Some(_), px) => self.nearest(instrument, px)?,
                    (None, px) => Ticks(self.steps(instrument, Field::Price, px)?),
                },
                qty: Lots(self.steps(instrument, Field::Quantity, needed(last_qty, Field::Quantity)?)?),
                fee_e8,
                fee_asset,
                liquidity: liquidity(is_maker),
                at_ns: time_ms(event.member(EVENT.at)),
            };
            heard.push(cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
        }
        self.push_order(event, &EVENT, None, heard)
    }

    /// Of an isolated position the message names it; of one that stands together with others it names the asset alone.
    fn hear_funding(&self, account: Value<'_>, at_ns: Nanos, heard: &mut Heards) -> Result<(), FrameError> {
        let [balances, positions] = account.pick(["B", "P"]);
        let named = positions.into_iter().flat_map(Value::elements).next();
        let named = named.map(|row| self.instrument(row.member("s"))).transpose()?.flatten();
        for row in balances.into_iter().flat_map(Value::elements) {
            let [asset, amount] = row.pick(["a", "bc"]);
            let asset = name_of(Some(needed(asset, Field::Symbol)?))?;
            let amount_e8 = amount_e8(Some(needed(amount, Field::Balance)?), Field::Balance)?;
            let (kind, id) = (PaymentKind::Funding, 0);
            heard.push(Heard::Paid(PaymentNews { instrument: named, id, kind, asset, amount_e8, at_ns }));
        }
        Ok(())
    }

    fn hear_account(&mut self, account: Value<'_>, heard: &mut Heards) -> Result<(), FrameError> {
        let [balances, positions] = account.pick(["B", "P"]);
        let mut rows = balances.into_iter().flat_map(Value::elements);
        rows.try_for_each(|row| push_balance(row, ["a", "wb", ""], heard))?;
        let mut rows = positions.into_iter().flat_map(Value::elements);
        rows.try_for_each(|row| self.push_position(row, ["s", "pa", "ep"], heard))
    }

    fn push_order(
        &self,
        order: Value<'_>,
        names: &Names,
        or_at: Option<&str>,
        heard: &mut Heards,
    ) -> Result<(), FrameError> {
        let [symbol, px, qty, filled, state, at] =
            order.pick([names.symbol, names.px, names.qty, names.filled, names.state, names.at]);
        let (whose, side) = self.heading(order, names)?;
        let instrument = self.instrument(symbol)?;
        let at = at.or_else(|| order.member("transactTime")).or_else(|| order.member(or_at?));
        let px = needed(px, Field::Price)?;
        let px = match self.steps(instrument, Field::Price, px) {
            // Where it closes a position itself the venue names the price of bankruptcy, which is on no grid.
            Err(_) if whose.ours.is_none() => self.nearest(instrument, px)?,
            ticks => Ticks(ticks?),
        };
        heard.push(Heard::Order(OrderNews {
            whose,
            instrument,
            side,
            px,
            qty: Lots(self.steps(
                instrument,
                Field::Quantity,
                needed(qty.or_else(|| order.member("qty")), Field::Quantity)?,
            )?),
            filled: Lots(self.steps(instrument, Field::Quantity, needed(filled, Field::Quantity)?)?),
            state: state_of(text(state, Field::Action)?)?,
            waits: false,
            at_ns: time_ms(at),
        }));
        Ok(())
    }

    /// A page of executions, oldest first: a full one goes on behind the number of its last.
    fn push_past_fills(
        &mut self,
        said: Value<'_>,
        of: InstrumentId,
        ask: &Ask,
        heard: &mut Heards,
    ) -> Result<Answer, FrameError> {
        let before = heard.len();
        said.elements().try_for_each(|row| self.push_past_fill(row, of, heard))?;
        let number = |said: &Heard| if let Heard::Fill(fill) = said { Some(fill.trade_id) } else { None };
        let last = heard[before..].iter().filter_map(number).max();
        match last.filter(|_| heard.len() - before >= FILLS_MAX) {
            Some(last) => Ok(self.page.goes_on(ask, &last.saturating_add(1).to_string())),
            None => {
                self.page.ends(ask);
                Ok(Answer::Done)
            }
        }
    }

    /// A row of `myTrades` or `userTrades`: it names the order by the venue's id alone.
    fn push_past_fill(&self, row: Value<'_>, asked: InstrumentId, heard: &mut Heards) -> Result<(), FrameError> {
        let [id, order, px, qty, fee, fee_asset] =
            row.pick(["id", "orderId", "price", "qty", "commission", "commissionAsset"]);
        let [at, is_buyer, is_buyer_too, is_maker, is_maker_too] =
            row.pick(["time", "isBuyer", "buyer", "isMaker", "maker"]);
        let is_buyer = needed(is_buyer.or(is_buyer_too), Field::Side)?.boolean();
        let instrument = Some(asked);
        heard.push(Heard::Fill(FillNews {
            whose: Whose { ours: None, venue_order_id: name_of(order)? },
            instrument,
            side: if is_buyer.ok_or(FrameError::Unreadable(Field::Side))? { Side::Buy } else { Side::Sell },
            trade_id: needed(id, Field::Sequence)?.unsigned().ok_or(FrameError::Unreadable(Field::Sequence))?,
            px: Ticks(self.steps(instrument, Field::Price, needed(px, Field::Price)?)?),
            qty: Lots(self.steps(instrument, Field::Quantity, needed(qty, Field::Quantity)?)?),
            fee_e8: fee_of(not_empty(fee))?,
            fee_asset: name_of(not_empty(fee_asset))?,
            liquidity: liquidity(is_maker.or(is_maker_too)),
            at_ns: time_ms(at),
        }));
        Ok(())
    }

    fn push_position(&self, row: Value<'_>, names: [&str; 3], heard: &mut Heards) -> Result<(), FrameError> {
        let [symbol, amount, px] = row.pick(names);
        if let Some(instrument) = self.instrument(symbol)? {
            let qty = Lots(self.steps(Some(instrument), Field::Quantity, needed(amount, Field::Quantity)?)?);
            heard.push(Heard::Position { instrument, qty });
            entry_price(self.instruments.get(instrument), px, heard)?;
        }
        Ok(())
    }

    fn rights(&self, said: Value<'_>) -> Result<Heard, FrameError> {
        let flag =
            |name| needed(said.member(name), Field::Right)?.boolean().ok_or(FrameError::Unreadable(Field::Right));
        // A transfer to another account of the venue is a way out, too.
        let transfers = said.pick(["enableInternalTransfer", "permitsUniversalTransfer"]);
        let moves = transfers.into_iter().flatten().any(|flag| flag.boolean() == Some(true));
        Ok(Heard::Rights(Rights {
            trade: flag(self.words.right)?,
            withdraw: Some(flag("enableWithdrawals")? || moves),
            bound_to_addresses: Some(flag("ipRestrict")?),
        }))
    }

    /// Whose order it is, and its side.
    fn heading(&self, order: Value<'_>, names: &Names) -> Result<(Whose, Side), FrameError> {
        self.heading_of(order.pick([names.ours[0], names.ours[1], names.id, names.side]))
    }

    pub(super) fn heading_of(&self, fields: [Option<Value<'_>>; 4]) -> Result<(Whose, Side), FrameError> {
        let [first, second, id, side] = fields;
        let side = match text(side, Field::Side)? {
            side if side.is("BUY") => Side::Buy,
            side if side.is("SELL") => Side::Sell,
            _ => return Err(FrameError::Unreadable(Field::Side)),
        };
        let ours = [first, second].into_iter().find_map(|id| ours(id?.string()?));
        Ok((Whose { ours, venue_order_id: name_of(id)? }, side))
    }

    pub(super) fn instrument(&self, symbol: Option<Value<'_>>) -> Result<Option<InstrumentId>, FrameError> {
        let mut buffer = TextBuffer::default();
        let symbol = text(symbol, Field::Symbol)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        Ok(self.symbols.find(symbol))
    }

    /// A price in ticks or a quantity in lots; 0 of an instrument that is not ours.
    pub(super) fn steps(
        &self,
        instrument: Option<InstrumentId>,
        what: Field,
        value: Value<'_>,
    ) -> Result<i64, FrameError> {
        let Some(instrument) = instrument else { return Ok(0) };
        let (px, qty) = self.scales[instrument.index()];
        let mut buffer = TextBuffer::default();
        let digits = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(what))?;
        let scale = if what == Field::Price { px } else { qty };
        scale.parse(digits).map_err(|error| FrameError::of_number(what, error))
    }

    /// The tick nearest to a price that the venue made up: what it closes has one wherever it likes.
    fn nearest(&self, instrument: Option<InstrumentId>, px: Value<'_>) -> Result<Ticks, FrameError> {
        let Some(instrument) = instrument else { return Ok(Ticks(0)) };
        let mut buffer = TextBuffer::default();
        let digits = px.number_text(&mut buffer).ok_or(FrameError::Unreadable(Field::Price))?;
        let ticks = self.scales[instrument.index()].0.nearest(digits);
        ticks.map(Ticks).map_err(|error| FrameError::of_number(Field::Price, error))
    }
}

fn ours(text: Text<'_>) -> Option<ClientOrderId> {
    let mut buffer = TextBuffer::default();
    order_id(text.plain(&mut buffer)?, BETWEEN.as_bytes()[0])
}

/// The state that the venue names. One that is on its way out (`PENDING_CANCEL`) still stands.
fn state_of(word: Text<'_>) -> Result<OrderState, FrameError> {
    let states = [
        ("NEW", OrderState::Open),
        ("PARTIALLY_FILLED", OrderState::Open),
        ("PENDING_NEW", OrderState::Open),
        ("PENDING_CANCEL", OrderState::Open),
        ("FILLED", OrderState::Filled),
        ("CANCELED", OrderState::Canceled),
        ("EXPIRED", OrderState::Expired),
        ("EXPIRED_IN_MATCH", OrderState::Canceled),
        ("REJECTED", OrderState::Rejected(RejectReason::Other)),
    ];
    let found = states.into_iter().find(|(name, _)| word.is(name));
    found.map(|(_, state)| state).ok_or(FrameError::Unreadable(Field::Action))
}

fn liquidity(is_maker: Option<Value<'_>>) -> Liquidity {
    if is_maker.and_then(Value::boolean) == Some(true) { Liquidity::Maker } else { Liquidity::Taker }
}

/// Why the venue placed an order itself, if it did: by the name that it gives to its own.
fn cause(client_order_id: Text<'_>) -> Option<Cause> {
    match client_order_id {
        id if id.contains("adl_autoclose") => Some(Cause::Deleveraging),
        id if id.contains("autoclose-") && !id.contains("settlement") => Some(Cause::Liquidation),
        _ => None,
    }
}

fn fee_of(value: Option<Value<'_>>) -> Result<i64, FrameError> {
    amount_e8(value, Field::Fee)
}

/// The name of an asset, or an id of the venue's, sent as a number or as a text; empty where there is none.
pub(super) fn name_of(value: Option<Value<'_>>) -> Result<Name, FrameError> {
    let Some(value) = value else { return Ok(Name::default()) };
    let mut buffer = TextBuffer::default();
    let plain = match value.string() {
        Some(text) => text.plain(&mut buffer),
        None => Some(value.bytes()),
    };
    let name = plain.and_then(|plain| Name::new(std::str::from_utf8(plain).ok()?));
    name.ok_or(FrameError::Unreadable(Field::Symbol))
}

fn push_balance(row: Value<'_>, names: [&str; 3], heard: &mut Heards) -> Result<(), FrameError> {
    let [asset, free, locked] = row.pick(names);
    heard.push(Heard::Balance {
        asset: name_of(Some(needed(asset, Field::Symbol)?))?,
        free_e8: amount_e8(Some(needed(free, Field::Balance)?), Field::Balance)?,
        locked_e8: amount_e8(locked, Field::Balance)?,
    });
    Ok(())
}

/// `{"code":-2011,"msg":"…"}`, and on a line when to ask again.
fn refusal(status: u16, error: Value<'_>) -> Refusal<'_> {
    let [code, message, data] = error.pick(["code", "msg", "data"]);
    let mut buffer = TextBuffer::default();
    let code = code.and_then(|code| std::str::from_utf8(code.number_text(&mut buffer)?).ok()?.parse().ok());
    let [until, now] = data.map_or([None; 2], |data| data.pick(["retryAfter", "serverTime"]));
    // A moment without the venue's own time tells no wait: read as one it would silence us for the age of the epoch.
    let [until, now] = [until, now].map(|value| value.and_then(Value::unsigned));
    let wait_ms = until.zip(now).map_or(0, |(until, now)| u32::try_from(until.saturating_sub(now)).unwrap_or(u32::MAX));
    Refusal { status, code: code.unwrap_or(0), message: message.and_then(Value::string), wait_ms }
}

fn push_refusal(refusal: &Refusal<'_>, id: AskId, heard: &mut Heards) {
    if CLOCK.contains(&refusal.code) {
        heard.push(Heard::Unwelcome(Unwelcome::Clock));
    }
    heard.push(Heard::Answer(id, refusal.answer()));
}

/// How much of the orders' limit of ten seconds is used.
fn used(limit: Value<'_>) -> Option<Heard> {
    let [kind, interval, number, limit, count] =
        limit.pick(["rateLimitType", "interval", "intervalNum", "limit", "count"]);
    let is_ours = kind?.string()?.is("ORDERS") && interval?.string()?.is("SECOND") && number?.unsigned()? == 10;
    let number = |value: Option<Value<'_>>| u32::try_from(value?.unsigned()?).ok();
    is_ours.then_some(Heard::Used(number(count)?, number(limit)?))
}
