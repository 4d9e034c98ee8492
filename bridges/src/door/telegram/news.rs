//! What people are told without asking: fills, refusals of risk, how trading stands. Looked at each second, in the
//! image; a look that comes late tells the same. That feeds or engine stand still is told by the alerts' dead-man.

use super::deed::chat_of;
use super::figure::side;
use super::outbox::{Notice, Urgency};
use super::people::Person;
use super::{State, Telegram};
use crate::desk::Desk;
use crate::desk::portfolio::PortfolioCursor;
use crate::desk::sight::Sight;
use engine_model::closeout::{Cause, Closeout};
use engine_model::limit::TradingState;
use engine_model::order::OrderEvent;
use engine_model::report::Report;

/// How far those have been told who see the same.
#[derive(Debug, Default)]
pub(super) struct News {
    cursor: PortfolioCursor,
    denied: u64,
    state: Option<TradingState>,
}

/// Something to tell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) urgency: Urgency,
    pub(super) key: String,
    pub(super) text: String,
}

impl News {
    /// From now on.
    pub(super) fn new(desk: &Desk, sight: &Sight) -> Self {
        let (cursor, _) = desk.portfolio_start(sight, 0);
        let denied = desk.verdicts(sight).denied.all.pushed();
        Self { cursor, denied, state: None }
    }

    /// What is new since the last look.
    pub(super) fn look(&mut self, desk: &Desk, sight: &Sight) -> Vec<Told> {
        let mut told = Vec::new();
        self.trading(desk, &mut told);
        let fills = desk.portfolio_news(sight, &mut self.cursor).fills;
        told.extend(fills.values.iter().map(|fill| executed(desk, fill)));
        if fills.missed > 0 {
            let text = format!("{} more executions: they came faster than they are kept", fills.missed);
            told.push(Told { urgency: Urgency::Fill, key: "missed".to_owned(), text });
        }
        self.denials(desk, sight, &mut told);
        told
    }

    fn trading(&mut self, desk: &Desk, told: &mut Vec<Told>) {
        let state = desk.state_of(engine_model::limit::Scope::Whole);
        if let (Some(before), Some(now)) = (self.state, state)
            && before != now
        {
            let urgency = if now == TradingState::Halted { Urgency::Emergency } else { Urgency::Risk };
            let text = format!("trading is {} now, it was {}", now.name(), before.name());
            told.push(Told { urgency, key: "trading state".to_owned(), text });
        }
        self.state = state.or(self.state);
    }

    fn denials(&mut self, desk: &Desk, sight: &Sight, told: &mut Vec<Told>) {
        let denied = desk.verdicts(sight).denied.all.since(self.denied);
        self.denied = denied.next;
        for denied in denied.values {
            let order = denied.denial.order;
            let instrument = desk.instruments().get(order.instrument);
            let checks: Vec<&str> = denied.denial.breaches.iter().map(|check| check.code()).collect();
            let text = format!(
                "denied: {} {} {} at {} - {}",
                side(order.side),
                instrument.grid.qty_text(order.qty),
                instrument.symbol,
                instrument.grid.price_text(order.px),
                checks.join(", ")
            );
            let key = format!("denied {} {}", denied.strategy.0, checks.join(" "));
            told.push(Told { urgency: Urgency::Risk, key, text });
        }
    }
}

fn executed(desk: &Desk, fill: &Report) -> Told {
    let instrument = desk.instruments().get(fill.instrument);
    let (qty, px, how) = match fill.event {
        OrderEvent::Filled { last_qty, last_px, .. } => (last_qty, last_px, "filled"),
        OrderEvent::ClosedOut(Closeout { cause: Cause::CoinFee, qty, px, .. }) => {
            (qty, px, "kept by the venue as its fee")
        }
        OrderEvent::ClosedOut(closeout) => (closeout.qty, closeout.px, "closed out by the venue"),
        _ => (fill.qty, fill.px, "filled"),
    };
    let text = format!(
        "{how}: {} {} {} at {} on {}, strategy {}",
        side(fill.side),
        instrument.grid.qty_text(qty),
        instrument.symbol,
        instrument.grid.price_text(px),
        instrument.venue.name(),
        fill.strategy.0
    );
    let key = format!("fill {} {} {}", fill.instrument.0, fill.strategy.0, side(fill.side));
    Told { urgency: Urgency::Fill, key, text }
}

/// People who see the same, by their chats, and how far they have been told.
pub(super) type Audience = (Sight, News, Vec<i64>);

/// All of them, from now on.
pub(super) fn audiences<'p>(desk: &Desk, people: impl Iterator<Item = &'p Person>) -> Vec<Audience> {
    let mut all: Vec<Audience> = Vec::new();
    for person in people {
        let sight = desk.sight(person.caller());
        let sight = if sight.is_whole() { Sight::WHOLE } else { sight };
        match all.iter_mut().find(|(known, ..)| *known == sight) {
            Some((.., chats)) => chats.push(chat_of(person)),
            None => {
                let news = News::new(desk, &sight);
                all.push((sight, news, vec![chat_of(person)]));
            }
        }
    }
    all
}

impl Telegram {
    pub(super) fn tell_news(&self) {
        let now = self.now();
        let mut state = self.state();
        let State { news, outbox, .. } = &mut *state;
        for (sight, of, people) in news {
            for Told { urgency, key, text } in of.look(&self.door.desk, sight) {
                for chat in people.iter() {
                    let (key, text) = (key.clone(), text.clone());
                    outbox.notify(*chat, Notice { urgency, key, text, at: now });
                }
            }
        }
        drop(state);
        self.to_send.notify_one();
    }
}
