//! Orders that wait for a price at Bybit, to the letter.

use super::*;
use engine_model::order::TriggerType;

fn stop(order_type: OrderType, side: Side, by: TriggerType) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(279_000) } else { Ticks(0) };
    let whole = Order { trigger_px: Ticks(280_000), trigger_type: by, reduce_only: true, ..order(LINEAR) };
    Order { order_type, side, px, ..whole }
}

#[test]
fn what_waits_is_entered_with_its_price_its_way_and_what_pulls_it() {
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit, StopMarket};
    use TriggerType::{IndexPrice, LastPrice, MarkPrice};
    let cases = [
        (stop(StopMarket, Side::Sell, LastPrice), "Sell", "Market", "", 2, "LastPrice"),
        (stop(StopMarket, Side::Buy, MarkPrice), "Buy", "Market", "", 1, "MarkPrice"),
        (stop(MarketIfTouched, Side::Sell, IndexPrice), "Sell", "Market", "", 1, "IndexPrice"),
        (
            stop(StopLimit, Side::Sell, LastPrice),
            "Sell",
            "Limit",
            r#","price":"27900.00","timeInForce":"GTC""#,
            2,
            "LastPrice",
        ),
        (
            stop(LimitIfTouched, Side::Buy, LastPrice),
            "Buy",
            "Limit",
            r#","price":"27900.00","timeInForce":"GTC""#,
            2,
            "LastPrice",
        ),
    ];
    for (order, side, kind, px, way, by) in cases {
        let argument = format!(
            r#""category":"linear","symbol":"BTCUSDT","side":"{side}","orderType":"{kind}","qty":"0.200"{px},"triggerPrice":"28000.00","triggerDirection":{way},"triggerBy":"{by}","reduceOnly":true"#
        );
        assert_eq!(body(&asked(Ask::Place(order))), message("create", &argument));
    }
}

#[test]
fn a_change_of_a_market_order_that_waits_puts_its_trigger_elsewhere_until_it_is_pulled() {
    let of = |order| {
        let known = Known { order, venue_order_id: Name::default() };
        body(&asked(Ask::Modify(known, Ticks(281_000), Lots(300)))).to_owned()
    };
    let argument = |px: &str| format!(r#""category":"linear","symbol":"BTCUSDT","qty":"0.300","{px}":"28100.00""#);
    let market = stop(OrderType::StopMarket, Side::Sell, TriggerType::LastPrice);
    assert_eq!(of(market), message("amend", &argument("triggerPrice")));
    let limited = stop(OrderType::StopLimit, Side::Sell, TriggerType::LastPrice);
    assert_eq!(of(limited), message("amend", &argument("price")));
}

#[test]
fn what_waits_stands_at_its_trigger_and_what_was_pulled_says_so() {
    let row = |kind: &str, status: &str| {
        let row = ORDER.replace("Limit", kind).replace("PartiallyFilled", status).replace("0.100", "0.000");
        let row = row.replace(r#""side""#, r#""stopOrderType":"Stop","triggerPrice":"28050.00","side""#);
        heard(&pushed("order", &row))
    };
    let standing = |px, waits| Heard::Order(OrderNews { px: Ticks(px), filled: Lots(0), waits, ..news() });
    let pulled = Heard::Triggered { whose: news().whose, at_ns: news().at_ns };
    assert_eq!(row("Market", "Untriggered"), [standing(280_500, true)]);
    assert_eq!(row("Limit", "Untriggered"), [standing(280_001, true)]);
    assert_eq!(row("Market", "Triggered"), [standing(280_500, false), pulled]);
    assert_eq!(row("Limit", "New"), [standing(280_001, false), pulled]);
    let Heard::Order(over) = row("Market", "Deactivated")[0] else { panic!("an order") };
    assert_eq!(over.state, OrderState::Canceled);
    assert_eq!(row("Market", "Deactivated").len(), 1, "what is over was not pulled");
}
