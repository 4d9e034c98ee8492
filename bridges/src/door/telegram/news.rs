//! What people are told without asking: fills, refusals of risk, how trading stands, and when feeds or engine stand
//! still. Looked at each second, in the image; a look that comes late tells the same.

use super::Telegram;
use super::deed::chat_of;
use super::figure::side;
use super::outbox::{Notice, Urgency};
use crate::desk::Desk;
use crate::desk::portfolio::PortfolioCursor;
use engine_model::limit::TradingState;
use engine_model::order::OrderEvent;
use engine_model::report::Report;
use engine_model::units::Nanos;
use std::collections::BTreeSet;

/// A trouble that lasts that long is told: a reconnection takes less.
const TROUBLE_LASTS_NS: u64 = 10 * Nanos::SECOND;

/// How far people have been told.
#[derive(Debug)]
pub(super) struct News {
    cursor: PortfolioCursor,
    denied: u64,
    state: Option<TradingState>,
    /// Troubles, since when, and whether they were told.
    troubles: Vec<(String, Nanos, bool)>,
}

/// Something to tell everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) urgency: Urgency,
    pub(super) key: String,
    pub(super) text: String,
}

impl News {
    /// From now on.
    pub(super) fn new(desk: &Desk) -> Self {
        let (cursor, _) = desk.portfolio_start(0);
        let denied = desk.verdicts().denied.pushed();
        Self { cursor, denied, state: None, troubles: Vec::new() }
    }

    /// What is new since the last look.
    pub(super) fn look(&mut self, desk: &Desk, now: Nanos) -> Vec<Told> {
        let mut told = Vec::new();
        self.trading(desk, &mut told);
        let fills = desk.portfolio_news(&mut self.cursor).fills;
        told.extend(fills.values.iter().map(|fill| executed(desk, fill)));
        if fills.missed > 0 {
            let text = format!("{} more executions: they came faster than they are kept", fills.missed);
            told.push(Told { urgency: Urgency::Fill, key: "missed".to_owned(), text });
        }
        self.denials(desk, &mut told);
        self.health(desk, now, &mut told);
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

    fn denials(&mut self, desk: &Desk, told: &mut Vec<Told>) {
        let denied = desk.verdicts().denied.since(self.denied);
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

    /// A feed that is away for a moment is no news; an engine that stands still for ten seconds is.
    fn health(&mut self, desk: &Desk, now: Nanos, told: &mut Vec<Told>) {
        let reasons: BTreeSet<String> = desk.health().reasons.iter().map(|reason| steady(reason)).collect();
        for (trouble, _, was_told) in self.troubles.extract_if(.., |(trouble, ..)| !reasons.contains(trouble)) {
            if was_told {
                let text = format!("over: {trouble}");
                told.push(Told { urgency: Urgency::Risk, key: format!("health {trouble}"), text });
            }
        }
        for reason in reasons {
            if !self.troubles.iter().any(|(known, ..)| *known == reason) {
                self.troubles.push((reason, now, false));
            }
        }
        for (trouble, since, was_told) in &mut self.troubles {
            if !*was_told && now.since(*since) >= TROUBLE_LASTS_NS {
                *was_told = true;
                let text = format!("{trouble}, for 10 s now");
                told.push(Told { urgency: Urgency::Emergency, key: format!("health {trouble}"), text });
            }
        }
    }
}

/// Without the numbers that change while a trouble lasts.
fn steady(reason: &str) -> String {
    match reason.split_once(" was last alive") {
        Some((stage, _)) => format!("{stage} stands still"),
        None => reason.to_owned(),
    }
}

fn executed(desk: &Desk, fill: &Report) -> Told {
    let instrument = desk.instruments().get(fill.instrument);
    let (qty, px, how) = match fill.event {
        OrderEvent::Filled { last_qty, last_px, .. } => (last_qty, last_px, "filled"),
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

impl Telegram {
    pub(super) fn tell_news(&self) {
        let now = self.now();
        let mut state = self.state();
        let told = state.news.look(&self.door.desk, now);
        if told.is_empty() {
            return;
        }
        for person in self.people.iter() {
            for Told { urgency, key, text } in told.clone() {
                state.outbox.notify(chat_of(person), Notice { urgency, key, text, at: now });
            }
        }
        drop(state);
        self.to_send.notify_one();
    }
}
