//! What a journal says, entry by entry.

use super::format::{Damage, RecordKind};
use super::row::decision::DecisionRow;
use super::row::market::MarketRow;
use super::row::run::RunRow;
use super::row::{ROW_VERSION, ReportRow};
use crate::risk::{Breaches, Cause, Decision, DecisionKind, Denial, Outside, Question, Rules, Wish};
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::{Grid, Instrument, InstrumentId, Instruments};
use engine_model::intent::{Change, Intent, IntentKind, Seen, StrategyId};
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::margin::MarginTiers;
use engine_model::market::MarketEvent;
use engine_model::order::{ClientOrderId, Order};
use engine_model::refusal::Refusal;
use engine_model::report::Report;
use engine_model::units::{Nanos, Quote, Ticks};
use engine_model::venue::{VENUES_MAX, VenueId};
use rkyv::rancor::Error as RowError;

/// What a run began with.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Every instrument, by index.
    pub instruments: Vec<Instrument>,
    /// What their venues want to see behind a position, as far as it was told.
    pub margin_tiers: Vec<Option<MarginTiers>>,
    /// What risk judged by.
    pub rules: Box<Rules>,
    /// Equity at the start.
    pub equity_start: Quote,
    /// Rows of the order table.
    pub open_orders_max: u32,
    /// Whether real orders left.
    pub is_live: bool,
    /// Names of the strategies, by number from 1.
    pub strategies: Vec<String>,
}

/// Most rows of an order table that a file is believed: sixteen times what a venue lets one account keep.
const OPEN_ORDERS_MAX: u32 = 1 << 16;

impl Run {
    /// Its instruments, with all that was known of them.
    ///
    /// # Panics
    /// On a run with a [`Run::fault`].
    #[must_use]
    pub fn listed(&self) -> Instruments {
        Instruments::new(self.instruments.clone()).with_margin_tiers(self.margin_tiers.clone())
    }

    /// What no run ever began with, if anything: a file may be whole and still be nobody's.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let limits = self.rules.mandates.iter().map(|mandate| &mandate.limits).chain([&self.rules.limits]);
        let numbers = limits.flat_map(|limits| Limits::TABLE.iter().map(|row| row.get(limits)));
        let mut numbers = numbers.chain([self.equity_start.0]);
        let of_run = |id: &InstrumentId| id.index() < self.instruments.len();
        let venues = VenueId::ALL.into_iter().filter(|venue| self.instruments.iter().any(|i| i.venue == *venue));
        let is_on_grid = |instrument: &Instrument| {
            let Grid { price_decimals, tick_step, lot_step, .. } = instrument.grid;
            price_decimals <= 18
                && instrument.size_decimals() <= 18
                && tick_step >= 1
                && lot_step >= 1
                && instrument.contract_size >= 1
        };
        let has_place = |(index, instrument): (usize, &Instrument)| instrument.id.index() == index;
        [
            (venues.count() <= VENUES_MAX, "more venues than a run has"),
            (self.instruments.iter().all(is_on_grid), "an instrument without a grid"),
            (self.instruments.iter().enumerate().all(has_place), "an instrument out of its place"),
            (self.margin_tiers.len() == self.instruments.len(), "margin tables of other instruments"),
            ((1..=OPEN_ORDERS_MAX).contains(&self.open_orders_max), "an order table of no possible size"),
            (numbers.all(|number| number >= 0), "a limit below zero"),
            (
                self.rules.mandates.iter().all(|mandate| mandate.instruments.iter().all(of_run)),
                "a mandate for an instrument that it has not",
            ),
        ]
        .into_iter()
        .find_map(|(holds, fault)| (!holds).then_some(fault))
        .or_else(|| self.rules.legacy.as_ref()?.fault(self))
    }
}

/// A decision as it was written down. Not a [`Decision`]: reading a file must not be a way to an approved order. A replay
/// judges [`Judgement::intent`] again and compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How far risk had read.
    pub seen: Seen,
    /// When it decided.
    pub at_ns: Nanos,
    /// Receive time of the event that led to it.
    pub caused_at_ns: Nanos,
    /// Whose wish.
    pub strategy: StrategyId,
    /// What was decided.
    pub verdict: Verdict,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The order left, as it stands here.
    Submit(Order),
    /// The order was held on our side.
    Hold(Order),
    /// The held order left, as it stands here.
    Release(Order),
    /// The order was to be changed.
    Modify(Change),
    /// The order did not leave.
    Denied {
        /// As it was wished.
        order: Order,
        /// What was wished of it.
        wish: Wish,
        /// Every check that it broke.
        breaches: Breaches,
        /// The worst one.
        refusal: Refusal,
    },
    /// The order was to be withdrawn.
    Cancel(ClientOrderId),
    /// The same, because its time ran out.
    Expire(ClientOrderId),
    /// There was no such open order.
    CancelDenied(ClientOrderId),
    /// A command was obeyed; it was asked at `caused_at_ns`.
    Command {
        /// Matches the answer to the question.
        id: u64,
        /// What was asked.
        what: CommandKind,
    },
    /// Risk itself changed the trading state.
    State {
        /// Of what.
        scope: Scope,
        /// To what.
        state: TradingState,
        /// Why.
        cause: Cause,
    },
    /// A day began between two judgements.
    DayOpened {
        /// Equity then.
        equity: Quote,
    },
    /// A stop behind a position followed, or was pulled.
    Stop {
        /// Of what.
        instrument: InstrumentId,
        /// Why it was pulled.
        cause: Option<Cause>,
        /// Best price since the position was entered.
        best: Ticks,
        /// The price then.
        px: Ticks,
    },
    /// Ten seconds passed between two judgements.
    Marked {
        /// Equity then.
        equity: Quote,
        /// What the day had lost by then.
        loss: Quote,
        /// How far equity was below its peak.
        fall: Quote,
    },
}

impl Verdict {
    /// The order that it tells of whole.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Submit(order) | Self::Hold(order) | Self::Release(order) | Self::Denied { order, .. } => Some(order),
            _ => None,
        }
    }

    /// The order that it decides on, if it is about one.
    #[must_use]
    pub fn order_id(&self) -> Option<ClientOrderId> {
        match self {
            Self::Modify(change) => Some(change.client_order_id),
            Self::Cancel(id) | Self::Expire(id) | Self::CancelDenied(id) => Some(*id),
            other => other.order().map(|order| order.client_order_id),
        }
    }
}

impl From<&Decision> for Judgement {
    fn from(decision: &Decision) -> Self {
        let verdict = match decision.what {
            DecisionKind::Submit(order) => Verdict::Submit(*order),
            DecisionKind::Hold(order) => Verdict::Hold(*order),
            DecisionKind::Release(order) => Verdict::Release(*order),
            DecisionKind::Modify(change) => Verdict::Modify(*change),
            DecisionKind::Expire(id) => Verdict::Expire(id),
            DecisionKind::Denied(denial) => {
                let Denial { order, wish, breaches, refusal } = denial;
                Verdict::Denied { order, wish, breaches, refusal }
            }
            DecisionKind::Cancel(id) => Verdict::Cancel(id),
            DecisionKind::CancelDenied(id) => Verdict::CancelDenied(id),
            DecisionKind::CommandTaken { id, what } => Verdict::Command { id, what },
            DecisionKind::State { scope, state, cause } => Verdict::State { scope, state, cause },
            DecisionKind::Stop { instrument, cause, best, px } => Verdict::Stop { instrument, cause, best, px },
            DecisionKind::DayOpened { equity } => Verdict::DayOpened { equity },
            DecisionKind::Marked { equity, loss, fall } => Verdict::Marked { equity, loss, fall },
        };
        let Decision { seen, at_ns, caused_at_ns, strategy, .. } = *decision;
        Self { seen, at_ns, caused_at_ns, strategy, verdict }
    }
}

impl Judgement {
    /// What risk was asked.
    #[must_use]
    pub fn question(&self) -> Question {
        let wish = |what| {
            let Self { strategy, seen, caused_at_ns, .. } = *self;
            Question::Wish(Intent { strategy, seen, caused_at_ns, what })
        };
        match self.verdict {
            Verdict::Submit(order) => wish(IntentKind::Submit(order)),
            Verdict::Hold(order) => wish(IntentKind::Hold(order)),
            Verdict::Release(order) => wish(IntentKind::Release(order)),
            Verdict::Modify(change) => wish(IntentKind::Modify(change)),
            Verdict::Denied { order, wish: denied, .. } => wish(denied_wish(denied, order)),
            Verdict::Expire(id) => wish(IntentKind::Expire(id)),
            Verdict::Cancel(id) | Verdict::CancelDenied(id) => wish(IntentKind::Cancel(id)),
            Verdict::Command { id, what } => Question::Command(Command { id, asked_at_ns: self.caused_at_ns, what }),
            Verdict::State { cause, .. } => Question::Own(cause),
            Verdict::DayOpened { .. } | Verdict::Stop { .. } | Verdict::Marked { .. } => Question::Mark,
        }
    }

    /// What no event tells, as far as the verdict gives it away.
    #[must_use]
    pub fn outside(&self) -> Outside {
        match self.verdict {
            Verdict::Denied { breaches, refusal, .. } => Outside::of_denial(breaches, refusal),
            Verdict::State { cause, .. } => Outside { killed: cause == Cause::Killed, ..Outside::default() },
            _ => Outside::default(),
        }
    }
}

fn denied_wish(wish: Wish, order: Order) -> IntentKind {
    match wish {
        Wish::Submit => IntentKind::Submit(order),
        Wish::Hold => IntentKind::Hold(order),
        Wish::Release => IntentKind::Release(order),
        Wish::Modify => {
            let Order { client_order_id, px, qty, .. } = order;
            IntentKind::Modify(Change { client_order_id, px, qty })
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The first one.
    Run(Run),
    /// Of a `market` ring.
    Market(MarketEvent),
    /// Of the `order` ring.
    Decision(Judgement),
    /// Of the `report` ring.
    Report(Report),
}

impl Record {
    /// Believes `payload` only as far as it can be proved.
    pub fn decode(kind: RecordKind, version: u16, payload: &[u8]) -> Result<Self, Damage> {
        if version != ROW_VERSION {
            return Err(Damage::Kind { kind: kind as u16, version });
        }
        match kind {
            RecordKind::Run => {
                rkyv::from_bytes::<RunRow, RowError>(payload).ok().and_then(RunRow::into_run).map(Self::Run)
            }
            RecordKind::Market => {
                rkyv::from_bytes::<MarketRow, RowError>(payload).ok().and_then(MarketRow::into_event).map(Self::Market)
            }
            RecordKind::Decision => rkyv::from_bytes::<DecisionRow, RowError>(payload)
                .ok()
                .and_then(DecisionRow::into_judgement)
                .map(Self::Decision),
            RecordKind::Report => {
                rkyv::from_bytes::<ReportRow, RowError>(payload).ok().and_then(ReportRow::into_report).map(Self::Report)
            }
        }
        .ok_or(Damage::Payload)
    }
}
