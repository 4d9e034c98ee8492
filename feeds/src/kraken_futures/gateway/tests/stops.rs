//! Orders that wait for a price at Kraken Futures, to the letter.

use super::*;
use engine_model::order::TriggerType;

fn stop(order_type: OrderType, side: Side, trigger_type: TriggerType) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(59_000) } else { Ticks(0) };
    Order { order_type, side, px, trigger_px: Ticks(60_000), trigger_type, reduce_only: true, ..order(LINEAR) }
}

fn waiting(order_type: OrderType) -> Known {
    let order = stop(order_type, Side::Sell, TriggerType::LastPrice);
    Known { order, venue_order_id: whose().venue_order_id }
}

#[test]
fn what_waits_is_entered_with_its_price_and_what_pulls_it_and_changed_by_both() {
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit, StopMarket};
    let limit = "&limitPrice=59000";
    for (order, side, kind, by, px) in [
        (stop(StopMarket, Side::Sell, TriggerType::LastPrice), "sell", "stp", "last", ""),
        (stop(StopLimit, Side::Sell, TriggerType::MarkPrice), "sell", "stp", "mark", limit),
        (stop(MarketIfTouched, Side::Buy, TriggerType::IndexPrice), "buy", "take_profit", "index", ""),
        (stop(LimitIfTouched, Side::Buy, TriggerType::LastPrice), "buy", "take_profit", "last", limit),
    ] {
        let body = format!(
            "orderType={kind}&symbol=PF_XBTUSD&side={side}&size=0.0200{px}&stopPrice=60000&triggerSignal={by}&cliOrdId=R1-2-3&reduceOnly=true"
        );
        assert_eq!(text(&asked(Ask::Place(order)).body), format!("{body}{DEADLINE}"));
        let change = Ask::Modify(Known { order, venue_order_id: Name::default() }, Ticks(61_000), Lots(300));
        let prices = if px.is_empty() { "&stopPrice=61000" } else { "&limitPrice=61000&stopPrice=60000" };
        assert_eq!(text(&asked(change).body), format!("cliOrdId=R1-2-3&size=0.0300{prices}{DEADLINE}"));
    }
}

#[test]
fn that_it_waits_is_no_word_of_what_it_will_take() {
    let placed = r#""sendStatus":{"order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","status":"placed","orderEvents":[
        {"type":"PLACE","orderTrigger":{"uid":"723ba95f-13b7-418b-8fcf-ab7ba6620555","type":"ioc","triggerPrice":60000}}]}"#;
    let order = stop(OrderType::StopMarket, Side::Sell, TriggerType::LastPrice);
    assert_eq!(answered(Ask::Place(order), &success(placed)), [DONE]);
    let canceled = r#""cancelStatus":{"status":"cancelled","orderEvents":[{"type":"CANCEL",
        "orderTrigger":{"uid":"723ba95f-13b7-418b-8fcf-ab7ba6620555","quantity":0.02}}]}"#;
    let heard = answered(Ask::Cancel(waiting(OrderType::StopMarket)), &success(canceled));
    let [Heard::Order(news), DONE] = heard[..] else { panic!("{heard:?}") };
    assert_eq!((news.state, news.filled, news.whose), (OrderState::Canceled, Lots(0), whose()));
    // A plain order's says how much of it was executed.
    let plain = Place::Rest(AskId(9), Ask::Cancel(known()), 200);
    assert_eq!(heard_at(&mut kraken(), plain, &success(canceled)), Err(FrameError::Missing(Field::Quantity)));
}

const STOP: &str = r#"{"instrument":"PF_XBTUSD","time":1775831958755,"last_update_time":1775831973330,"qty":0.03,"filled":0.0,
    "stop_price":60000.0,"type":"stop","order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","cli_ord_id":"R1-2-3","direction":1,
    "reduce_only":true,"triggerSignal":"last"}"#;

#[test]
fn what_waits_stands_at_its_limit_or_at_its_trigger() {
    let stands = |px| Heard::Order(OrderNews { px: Ticks(px), filled: Lots(0), waits: true, ..news() });
    let limited = STOP.replace("\"stop_price\"", "\"limit_price\":59000.0,\"stop_price\"");
    for (row, px) in [(STOP, 60_000), (&limited, 59_000), (&STOP.replace("\"stop\"", "\"take_profit\""), 60_000)] {
        assert_eq!(heard(&changed(row, false, "new_placed_order_by_user")), [stands(px)], "{row}");
    }
    let open = |prices: &str| {
        success(&format!(
            r#""openOrders":[{{"order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","cliOrdId":"R1-2-3","symbol":"PF_XBTUSD",
            "side":"sell","orderType":"stp",{prices},"unfilledSize":0.03,"status":"untouched","filledSize":0,
            "reduceOnly":true,"triggerSignal":"last","lastUpdateTime":"2026-04-10T14:39:33.330Z"}}]"#
        ))
    };
    assert_eq!(answered(Ask::OpenOrders(LINEAR), &open(r#""stopPrice":60000"#)), [stands(60_000), DONE]);
    let both = open(r#""stopPrice":60000,"limitPrice":59000"#);
    assert_eq!(answered(Ask::OpenOrders(LINEAR), &both), [stands(59_000), DONE]);
}

#[test]
fn what_was_pulled_says_so_and_what_it_became_bears_another_id() {
    let gone = r#"{"feed":"open_orders","order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","cli_ord_id":"R1-2-3",
        "is_cancel":true,"reason":"stop_order_triggered"}"#;
    let nameless = Whose { venue_order_id: Name::default(), ..whose() };
    let heard_gone = heard(gone);
    let [Heard::Triggered { whose: told, .. }] = heard_gone[..] else { panic!("{heard_gone:?}") };
    assert_eq!(told, nameless);
    // One that names the venue's id alone is known by that.
    let short = heard(&gone.replace(r#""cli_ord_id":"R1-2-3","#, ""));
    let [Heard::Triggered { whose: told, .. }] = short[..] else { panic!("{short:?}") };
    assert_eq!(told, Whose { ours: None, ..whose() });
    let other = ORDER.replace("723ba95f", "aaaaaaaa");
    let renamed = Whose { venue_order_id: name("aaaaaaaa-13b7-418b-8fcf-ab7ba6620555"), ..whose() };
    let at_ns = news().at_ns;
    assert_eq!(
        heard(&changed(&other, false, "limit_order_from_stop")),
        [Heard::Triggered { whose: renamed, at_ns }, Heard::Order(OrderNews { whose: renamed, ..news() })]
    );
}

#[test]
fn one_that_is_asked_for_waits_still_or_was_pulled() {
    let row = |status: &str, prices: &str| {
        success(&format!(
            r#""orders":[{{"order":{{"type":"TRIGGER_ORDER","orderId":"723ba95f-13b7-418b-8fcf-ab7ba6620555",
            "cliOrdId":"R1-2-3","symbol":"PF_XBTUSD","side":"sell","quantity":0.03,"filled":0.01,{prices},
            "reduceOnly":true,"lastUpdateTimestamp":"2026-04-10T14:39:33.330Z"}},"status":"{status}"}}]"#
        ))
    };
    let of = Ask::Order(waiting(OrderType::StopMarket));
    let trigger = r#""limitPrice":0,"priceTriggerOptions":{"triggerPrice":60000,"triggerSignal":"LAST_PRICE"}"#;
    let stands = Heard::Order(OrderNews { px: Ticks(60_000), waits: true, ..news() });
    assert_eq!(answered(of, &row("TRIGGER_PLACED", trigger)), [stands, DONE]);
    let plain = r#""limitPrice":64900,"priceTriggerOptions":null"#;
    let pulled = Heard::Triggered { whose: whose(), at_ns: news().at_ns };
    assert_eq!(answered(of, &row("ENTERED_BOOK", plain)), [pulled, Heard::Order(news()), DONE]);
    assert_eq!(answered(Ask::Order(known()), &row("ENTERED_BOOK", plain)), [Heard::Order(news()), DONE]);
}
