//! The lifecycle match against the list as a trader would write it: one line a status, its events and what they lead to.
//! `former` is the status before something became pending; what is not listed must be refused.

use engine_model::order::{OrderEvent, OrderStatus, Progress, transition};
use engine_model::refusal::Refusal;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Quote, Ticks};
use engine_model::venue::RejectReason;
use std::collections::{BTreeMap, BTreeSet};

const LAW: &str = "
INITIALIZED:      OrderDenied>DENIED OrderEmulated>EMULATED OrderReleased>RELEASED OrderSubmitted>SUBMITTED
INITIALIZED:      OrderAccepted>ACCEPTED OrderTriggered>TRIGGERED OrderRejected>REJECTED OrderCanceled>CANCELED OrderExpired>EXPIRED
EMULATED:         OrderReleased>RELEASED OrderUpdated>EMULATED OrderCanceled>CANCELED OrderExpired>EXPIRED
RELEASED:         OrderSubmitted>SUBMITTED OrderDenied>DENIED OrderCanceled>CANCELED
SUBMITTED:        OrderAccepted>ACCEPTED OrderRejected>REJECTED OrderPendingUpdate>PENDING_UPDATE
SUBMITTED:        OrderPendingCancel>PENDING_CANCEL OrderFilled>fill OrderCanceled>CANCELED
ACCEPTED:         OrderPendingUpdate>PENDING_UPDATE OrderPendingCancel>PENDING_CANCEL OrderUpdated>ACCEPTED
ACCEPTED:         OrderModifyRejected>ACCEPTED OrderCancelRejected>ACCEPTED
ACCEPTED:         OrderTriggered>TRIGGERED OrderFilled>fill OrderCanceled>CANCELED OrderExpired>EXPIRED OrderRejected>REJECTED
TRIGGERED:        OrderPendingUpdate>PENDING_UPDATE OrderPendingCancel>PENDING_CANCEL OrderUpdated>TRIGGERED
TRIGGERED:        OrderModifyRejected>TRIGGERED OrderCancelRejected>TRIGGERED
TRIGGERED:        OrderFilled>fill OrderCanceled>CANCELED OrderExpired>EXPIRED OrderRejected>REJECTED
PENDING_UPDATE:   OrderUpdated>former OrderModifyRejected>former_or_whole OrderAccepted>ACCEPTED OrderTriggered>TRIGGERED
PENDING_UPDATE:   OrderPendingUpdate>PENDING_UPDATE OrderPendingCancel>PENDING_CANCEL OrderFilled>fill
PENDING_UPDATE:   OrderCancelRejected>PENDING_UPDATE OrderCanceled>CANCELED OrderExpired>EXPIRED OrderRejected>REJECTED
PENDING_CANCEL:   OrderCancelRejected>former OrderAccepted>ACCEPTED OrderUpdated>PENDING_CANCEL
PENDING_CANCEL:   OrderModifyRejected>PENDING_CANCEL_or_whole OrderPendingCancel>PENDING_CANCEL OrderFilled>fill
PENDING_CANCEL:   OrderCanceled>CANCELED OrderExpired>EXPIRED OrderRejected>REJECTED
PARTIALLY_FILLED: OrderFilled>fill OrderPendingUpdate>PENDING_UPDATE OrderPendingCancel>PENDING_CANCEL
PARTIALLY_FILLED: OrderModifyRejected>fill OrderCancelRejected>PARTIALLY_FILLED OrderUpdated>PARTIALLY_FILLED OrderCanceled>CANCELED OrderExpired>EXPIRED
EMULATED:         OrderModifyDenied>EMULATED
SUBMITTED:        OrderModifyDenied>SUBMITTED
ACCEPTED:         OrderModifyDenied>ACCEPTED
TRIGGERED:        OrderModifyDenied>TRIGGERED
PENDING_UPDATE:   OrderModifyDenied>PENDING_UPDATE
PENDING_CANCEL:   OrderModifyDenied>PENDING_CANCEL
PARTIALLY_FILLED: OrderModifyDenied>PARTIALLY_FILLED
CANCELED:         OrderFilled>fill
EXPIRED:          OrderFilled>fill
EMULATED:         OrderWorked>EMULATED_or_whole
CANCELED:         OrderWorked>CANCELED_or_whole
EXPIRED:          OrderWorked>EXPIRED_or_whole
";

fn law() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let mut law = BTreeMap::new();
    for line in LAW.lines().filter(|line| !line.is_empty()) {
        let Some((status, steps)) = line.split_once(':') else { panic!("no status: {line}") };
        for step in steps.split_whitespace() {
            let Some((event, next)) = step.split_once('>') else { panic!("no arrow: {step}") };
            assert!(law.insert((status, event), next).is_none(), "listed twice: {status} {event}");
        }
    }
    law
}

const FILLED: OrderEvent = OrderEvent::Filled {
    trade_id: 1,
    last_px: Ticks(1),
    last_qty: Lots(1),
    fee: Quote(0),
    liquidity: Liquidity::Maker,
};

fn events() -> [OrderEvent; 18] {
    let reason = RejectReason::Filter;
    [
        OrderEvent::Initialized,
        OrderEvent::Denied(Refusal::default()),
        OrderEvent::Emulated,
        OrderEvent::Released,
        OrderEvent::Submitted,
        OrderEvent::Accepted,
        OrderEvent::Rejected(reason),
        OrderEvent::Triggered,
        OrderEvent::PendingUpdate,
        OrderEvent::PendingCancel,
        OrderEvent::Updated,
        OrderEvent::ModifyRejected(reason),
        OrderEvent::ModifyDenied { refusal: Refusal::default(), was_granted: true },
        OrderEvent::CancelRejected(reason),
        OrderEvent::Canceled,
        OrderEvent::Expired,
        OrderEvent::Worked(Progress::default()),
        FILLED,
    ]
}

#[test]
fn every_pair_of_status_and_event_does_what_the_list_says_and_nothing_else() {
    let law = law();
    let mut met = BTreeSet::new();
    for status in OrderStatus::ALL {
        for former in OrderStatus::ALL {
            for event in events() {
                for leaves in [0, 1] {
                    let found = transition(status, former, &event, Lots(leaves));
                    let key = (status.name(), event.name());
                    let want = law.get(&key).map(|next| match (*next, leaves) {
                        ("fill", 0) => "FILLED",
                        (next, 0) if next.ends_with("_or_whole") => "FILLED",
                        ("fill", _) => "PARTIALLY_FILLED",
                        ("former" | "former_or_whole", _) => former.name(),
                        (next, _) => next.trim_end_matches("_or_whole"),
                    });
                    met.insert(key);
                    assert_eq!(
                        found.ok().map(|(next, _)| next.name()),
                        want,
                        "{key:?} former {former:?} leaves {leaves}"
                    );
                }
            }
        }
    }
    assert_eq!(met.len(), 14 * 18);
    assert!(law.keys().all(|key| met.contains(key)), "the list names a status or an event that does not exist");
}

#[test]
fn a_refused_cancel_gives_back_the_status_before_the_first_question() {
    let refused = OrderEvent::CancelRejected(RejectReason::UnknownOrder);
    for former in [OrderStatus::Submitted, OrderStatus::Accepted, OrderStatus::Triggered, OrderStatus::PartiallyFilled]
    {
        let mut at = (former, former);
        for event in [OrderEvent::PendingUpdate, OrderEvent::PendingCancel, OrderEvent::PendingCancel] {
            at = transition(at.0, at.1, &event, Lots(1)).expect("in the law");
            assert_eq!(at.1, former);
        }
        assert_eq!(transition(at.0, at.1, &refused, Lots(1)), Ok((former, former)));
    }
}

#[test]
fn nothing_happens_after_the_end_but_a_late_fill() {
    for status in OrderStatus::ALL.into_iter().filter(|s| s.is_terminal()) {
        for event in events() {
            let is_fill = matches!(event, OrderEvent::Filled { .. } | OrderEvent::Worked(_));
            let late_fill = matches!(status, OrderStatus::Canceled | OrderStatus::Expired) && is_fill;
            assert_eq!(transition(status, status, &event, Lots(0)).is_ok(), late_fill, "{status:?} {event:?}");
        }
    }
}

#[test]
fn the_groups_are_those_of_the_vocabulary() {
    let group = |is: fn(OrderStatus) -> bool| -> Vec<&str> {
        OrderStatus::ALL.into_iter().filter(|s| is(*s)).map(OrderStatus::name).collect()
    };
    assert_eq!(group(OrderStatus::is_active_local), ["INITIALIZED", "EMULATED", "RELEASED"]);
    assert_eq!(group(OrderStatus::is_in_flight), ["SUBMITTED", "PENDING_UPDATE", "PENDING_CANCEL"]);
    assert_eq!(
        group(OrderStatus::is_open),
        ["ACCEPTED", "TRIGGERED", "PENDING_UPDATE", "PENDING_CANCEL", "PARTIALLY_FILLED"]
    );
    assert_eq!(group(OrderStatus::is_terminal), ["DENIED", "REJECTED", "FILLED", "CANCELED", "EXPIRED"]);
}
