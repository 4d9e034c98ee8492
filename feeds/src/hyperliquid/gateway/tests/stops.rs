//! Orders that wait for a price at Hyperliquid, to the letter.

use super::*;
use engine_model::order::TriggerType;

/// `RingStop`, and the number.
const WAITING: &str = "0x52696e6753746f700100000200000003";

fn stop(order_type: OrderType, side: Side) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(590_000) } else { Ticks(0) };
    let (trigger_px, trigger_type) = (Ticks(600_000), TriggerType::MarkPrice);
    Order { order_type, side, px, trigger_px, trigger_type, reduce_only: true, ..order(BTC) }
}

fn waiting() -> Known {
    Known { order: stop(OrderType::StopMarket, Side::Sell), venue_order_id: name("91490942") }
}

#[test]
fn what_waits_is_entered_with_its_trigger_and_a_market_order_with_a_worst_price() {
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit, StopMarket};
    for (order, buys, px, is_market, kind) in [
        (stop(StopMarket, Side::Sell), false, "54000", true, "sl"),
        (stop(StopMarket, Side::Buy), true, "66000", true, "sl"),
        (stop(StopLimit, Side::Sell), false, "59000", false, "sl"),
        (stop(MarketIfTouched, Side::Sell), false, "54000", true, "tp"),
        (stop(LimitIfTouched, Side::Buy), true, "59000", false, "tp"),
    ] {
        let expected = format!(
            r#"{{"type":"order","orders":[{{"a":1,"b":{buys},"p":"{px}","s":"0.201","r":true,"t":{{"trigger":{{"isMarket":{is_market},"triggerPx":"60000","tpsl":"{kind}"}}}},"c":"{WAITING}"}}],"grouping":"na"}}"#
        );
        assert_eq!(action(&asked(Ask::Place(order))), expected);
    }
}

#[test]
fn a_trigger_with_too_many_figures_is_put_where_it_is_pulled_sooner() {
    use OrderType::{MarketIfTouched, StopMarket};
    for (order_type, side, expected) in [
        // Falls to it: from above.
        (StopMarket, Side::Sell, "60001"),
        (MarketIfTouched, Side::Buy, "60001"),
        // Rises to it: from below.
        (StopMarket, Side::Buy, "60000"),
        (MarketIfTouched, Side::Sell, "60000"),
    ] {
        let call = asked(Ask::Place(Order { trigger_px: Ticks(600_005), ..stop(order_type, side) }));
        assert!(action(&call).contains(&format!(r#""triggerPx":"{expected}""#)), "{side:?}: {}", body(&call));
    }
}

#[test]
fn it_is_asked_for_and_withdrawn_by_the_id_that_it_waits_under_before_its_pull_and_after() {
    let mut pulled = waiting();
    pulled.pull();
    for known in [waiting(), pulled] {
        let call = asked(Ask::Cancel(known));
        let expected = format!(r#"{{"type":"cancelByCloid","cancels":[{{"asset":1,"cloid":"{WAITING}"}}]}}"#);
        assert_eq!(action(&call), expected);
        let question = asked(Ask::Order(known));
        assert!(body(&question).ends_with(&format!(r#","oid":"{WAITING}"}}"#)), "{}", body(&question));
    }
    // One that a list names, of nobody here.
    let told = heard(&updated(&ORDER.replace(CLOID, WAITING), "open"));
    let [Heard::Order(news)] = told[..] else { panic!("{told:?}") };
    let known = Known::of(&news).expect("it bears our id");
    assert!(action(&asked(Ask::Cancel(known))).contains(WAITING));
}

#[test]
fn the_line_does_not_tell_what_it_waits_for_and_a_list_does() {
    let row = ORDER.replace(CLOID, WAITING);
    let waits = OrderNews { waits: true, ..news() };
    let unpriced = Heard::Order(OrderNews { px: Ticks(0), ..waits });
    assert_eq!(heard(&updated(&row, "open")), [unpriced]);
    let listed = |kind: &str| {
        let more = format!(r#""orderType":"{kind}","isTrigger":true,"triggerPx":"60000.0","newField""#);
        row.replace(r#""newField""#, &more)
    };
    let of = Ask::Order(waiting());
    let answer = |kind: &str| {
        let order = listed(kind);
        answered(
            of,
            &format!(
                r#"{{"status":"order","order":{{"order":{order},"status":"open","statusTimestamp":1724361546645}}}}"#
            ),
        )
    };
    let done = Heard::Answer(AskId(9), Answer::Done);
    for (kind, px) in [("Stop Market", 600_000), ("Take Profit Market", 600_000), ("Stop Limit", 618_370)] {
        assert_eq!(answer(kind), [Heard::Order(OrderNews { px: Ticks(px), ..waits }), done], "{kind}");
    }
}

#[test]
fn one_that_is_pulled_says_so_and_keeps_its_ids() {
    let row = ORDER.replace(CLOID, WAITING);
    let (whose, at_ns) = (news().whose, news().at_ns);
    let told = heard(&updated(&row, "triggered"));
    let stands = Heard::Order(OrderNews { px: Ticks(0), waits: true, ..news() });
    assert_eq!(told, [stands, Heard::Triggered { whose, at_ns }]);
    let over = heard(&updated(&row.replace(r#""sz":"0.2""#, r#""sz":"0.0""#), "filled"));
    let filled = OrderNews { px: Ticks(0), filled: Lots(30_000), state: OrderState::Filled, ..news() };
    assert_eq!(over, [Heard::Order(filled)]);
}
