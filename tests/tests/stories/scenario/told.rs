//! Decisions and reports in the words of a scenario.

use engine_core::risk::{Decision, DecisionKind, Wish};
use engine_model::closeout::Closeout;
use engine_model::instrument::Instruments;
use engine_model::intent::StrategyId;
use engine_model::limit::Scope;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent, Progress};
use engine_model::payment::Payment;
use engine_model::refusal::Check;
use engine_model::report::{Liquidity, Report};
use engine_model::units::Ticks;

/// The names that the scenario gave to orders.
#[derive(Default)]
pub(super) struct Names {
    given: Vec<(ClientOrderId, String)>,
    /// Those that are worked in parts: what leaves of them are slices from the first on.
    worked: Vec<ClientOrderId>,
}

impl Names {
    pub(super) fn give(&mut self, id: ClientOrderId, name: &str) {
        assert!(self.given.iter().all(|(_, known)| known != name), "{name} is taken");
        self.given.push((id, name.to_owned()));
    }

    pub(super) fn is_worked(&mut self, id: ClientOrderId) {
        self.worked.push(id);
    }

    pub(super) fn id(&self, name: &str) -> ClientOrderId {
        let found = self.given.iter().find(|(_, known)| known == name);
        found.unwrap_or_else(|| panic!("no order {name}")).0
    }

    /// Names a slice after the order that it was spawned from: `A.2` is the second slice of `A`. The first one is `A` itself
    /// where that left.
    pub(super) fn give_to_slice(&mut self, order: &Order) {
        let id = order.client_order_id;
        if order.contingency != Contingency::Spawned || self.given.iter().any(|(known, _)| *known == id) {
            return;
        }
        let parent = ClientOrderId::new(id.strategy(), id.epoch(), order.parent);
        let primary = self.of(parent).to_owned();
        let first = if self.worked.contains(&parent) { 1 } else { 2 };
        let slices = self.given.iter().filter(|(_, name)| name.starts_with(&format!("{primary}."))).count();
        self.give(id, &format!("{primary}.{}", slices + first));
    }

    /// Who lives under that number: the first that had it.
    fn of(&self, id: ClientOrderId) -> &str {
        self.given.iter().find(|(known, _)| *known == id).map_or("an unnamed order", |(_, name)| name)
    }

    /// Who asked for that number last.
    fn last_of(&self, id: ClientOrderId) -> &str {
        self.given.iter().rfind(|(known, _)| *known == id).map_or("an unnamed order", |(_, name)| name)
    }
}

/// What a decision tells that no report will: a denial tells every check that it broke.
pub(super) fn decision(names: &Names, instruments: &Instruments, decision: &Decision) -> Option<String> {
    match decision.what {
        DecisionKind::Denied(denial) => {
            let codes: Vec<&str> = denial.breaches.iter().map(Check::code).collect();
            let of = match denial.wish {
                Wish::Submit | Wish::Hold => "",
                Wish::Release => "release of ",
                Wish::Modify => "change of ",
            };
            let name = names.last_of(denial.order.client_order_id);
            Some(format!("{of}{name} denied {}", codes.join(" and ")))
        }
        DecisionKind::CancelDenied(id) => {
            Some(format!("cancel of {} denied {}", names.of(id), Check::UnknownOrder.code()))
        }
        DecisionKind::CommandTaken { .. } => Some("operator obeyed".to_owned()),
        DecisionKind::Stop { instrument, cause: Some(cause), best, px } => {
            let of = instruments.get(instrument);
            let [best, px] = [best, px].map(|px| of.grid.price_text(px));
            let (who, why) = (decision.strategy.0, cause.name().to_lowercase().replace('_', " "));
            Some(format!("strategy:{who} HALTED by {why} of {} at {px} behind {best}", of.symbol))
        }
        DecisionKind::DayOpened { equity } => Some(format!("day opened with {equity}")),
        DecisionKind::State { scope, state, cause } => {
            let whose = match scope {
                Scope::Whole => "state".to_owned(),
                scope => scope.name(instruments.iter().as_slice()),
            };
            Some(format!("{whose} {} by {}", state.name(), cause.name().to_lowercase().replace('_', " ")))
        }
        DecisionKind::Submit(order) if decision.strategy == StrategyId(0) => {
            let instrument = instruments.get(order.instrument);
            let side = if order.side == Side::Buy { "buys" } else { "sells" };
            let (qty, px) = (instrument.grid.qty_text(order.qty), instrument.grid.price_text(order.px));
            Some(format!("risk {side} {qty} {} @ {px}", instrument.symbol))
        }
        DecisionKind::Marked { .. }
        | DecisionKind::Stop { cause: None, .. }
        | DecisionKind::Submit(_)
        | DecisionKind::Hold(_)
        | DecisionKind::Release(_)
        | DecisionKind::Modify(_)
        | DecisionKind::Cancel(_)
        | DecisionKind::Expire(_) => None,
    }
}

/// What a report tells that no decision did.
pub(super) fn report(names: &Names, instruments: &Instruments, report: &Report) -> Option<String> {
    let instrument = instruments.get(report.instrument);
    let grid = &instrument.grid;
    if let OrderEvent::ClosedOut(Closeout { cause, px, qty, fee, .. }) = report.event {
        let does = if report.side == Side::Buy { "buys" } else { "sells" };
        let (qty, px) = (grid.qty_text(qty), grid.price_text(px));
        let cause = cause.name().to_lowercase();
        return Some(format!("venue {does} {qty} {} @ {px} by {cause} fee {fee}", instrument.symbol));
    }
    if let OrderEvent::Paid(Payment { kind, amount, .. }) = report.event {
        return Some(format!("{} {} {amount}", instrument.symbol, kind.name()));
    }
    let what = match report.event {
        OrderEvent::Filled { last_px, last_qty, liquidity, .. } => {
            let how = if liquidity == Liquidity::Maker { "maker" } else { "taker" };
            format!("filled {} @ {} {how}", grid.qty_text(last_qty), grid.price_text(last_px))
        }
        OrderEvent::Denied(_) | OrderEvent::ModifyDenied { was_granted: false, .. } => return None,
        OrderEvent::ModifyDenied { refusal, .. } => format!("change denied {}", refusal.check.code()),
        OrderEvent::Rejected(reason) => format!("rejected {reason:?}"),
        OrderEvent::CancelRejected(reason) => format!("cancel rejected {reason:?}"),
        OrderEvent::Submitted => "submitted".to_owned(),
        OrderEvent::Emulated => "emulated".to_owned(),
        OrderEvent::Released => "released".to_owned(),
        OrderEvent::PendingUpdate => "pending update".to_owned(),
        OrderEvent::Updated => format!("updated to {} @ {}", grid.qty_text(report.qty), grid.price_text(report.px)),
        OrderEvent::ModifyRejected(reason) => format!("change rejected {reason:?}"),
        OrderEvent::Expired => "expired".to_owned(),
        OrderEvent::Worked(Progress { slices, average_milliticks, .. }) => {
            let (done, whole) = (grid.qty_text(report.filled_qty), grid.qty_text(report.qty));
            let px = grid.price_text(Ticks(average_milliticks / 1_000));
            let rest = match average_milliticks % 1_000 {
                0 => String::new(),
                rest => format!("+{rest:03}"),
            };
            format!("worked {done} of {whole} at {px}{rest} in {slices}")
        }
        OrderEvent::Accepted => "accepted".to_owned(),
        OrderEvent::PendingCancel => "pending cancel".to_owned(),
        OrderEvent::Canceled => "canceled".to_owned(),
        other => other.name().to_owned(),
    };
    Some(format!("{} {what}", names.of(report.client_order_id)))
}
