//! Orders that wait for a price at Deribit, to the letter.

use super::*;
use engine_model::order::TriggerType;

fn stop(order_type: OrderType, side: Side, trigger_type: TriggerType) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(59_000) } else { Ticks(0) };
    Order { order_type, side, px, trigger_px: Ticks(60_000), trigger_type, reduce_only: true, ..order(INVERSE) }
}

#[test]
fn what_waits_is_entered_with_its_price_and_what_pulls_it_and_changed_by_either() {
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit, StopMarket};
    let limit = r#","price":29500.0,"time_in_force":"good_til_cancelled""#;
    for (order, method, kind, by, px) in [
        (stop(StopMarket, Side::Sell, TriggerType::LastPrice), "sell", "stop_market", "last_price", ""),
        (stop(StopLimit, Side::Sell, TriggerType::MarkPrice), "sell", "stop_limit", "mark_price", limit),
        (stop(MarketIfTouched, Side::Buy, TriggerType::IndexPrice), "buy", "take_market", "index_price", ""),
        (stop(LimitIfTouched, Side::Buy, TriggerType::LastPrice), "buy", "take_limit", "last_price", limit),
    ] {
        let params = format!(
            r#""instrument_name":"BTC-PERPETUAL","amount":300,"type":"{kind}","trigger":"{by}","trigger_price":30000.0{px},"reduce_only":true,"label":"R1-2-3""#
        );
        assert_eq!(text(&asked(Ask::Place(order)).body), message(method, &params));
        let change = Ask::Modify(Known { order, venue_order_id: name("SLTS-55") }, Ticks(60_002), Lots(40));
        let named = if px.is_empty() { "trigger_price" } else { "price" };
        let params = format!(r#""order_id":"SLTS-55","amount":400,"{named}":30001.0,"reduce_only":true"#);
        assert_eq!(text(&asked(change).body), message("edit", &params));
    }
}

#[test]
fn one_that_was_pulled_is_told_and_what_it_became_is_asked_for_by_its_label() {
    let row = |state: &str| {
        let row = ORDER.replace("\"limit\"", "\"stop_market\"").replace("3000.15", "\"market_price\"");
        let row = row.replace("\"open\"", &format!("\"{state}\"")).replace("ETH-55", "SLTS-55");
        row.replace("\"label\"", "\"trigger_price\":3000.10,\"label\"")
    };
    let waiting = Whose { venue_order_id: name("SLTS-55"), ..whose() };
    let stands = Heard::Order(OrderNews { whose: waiting, px: Ticks(60_002), waits: true, ..news() });
    assert_eq!(heard(&pushed(ORDERS, &row("untriggered"))), [stands]);
    let nameless = Whose { venue_order_id: Name::default(), ..whose() };
    let pulled = Heard::Triggered { whose: nameless, at_ns: news().at_ns };
    assert_eq!(heard(&pushed(ORDERS, &row("triggered"))), [pulled]);
    let asked_again = Heard::Answer(AskId(9), Answer::Unknown);
    assert_eq!(answered(Ask::Order(known("SLTS-55")), &row("triggered")), [pulled, asked_again]);
}
