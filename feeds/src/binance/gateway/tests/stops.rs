//! Orders that wait for a price at both futures, to the letter.

use super::*;
use engine_model::order::TriggerType;

fn stop(order_type: OrderType, side: Side, trigger_type: TriggerType) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(5_100_000) } else { Ticks(0) };
    Order { order_type, side, px, trigger_px: Ticks(5_150_000), trigger_type, reduce_only: true, ..order() }
}

fn waiting() -> Known {
    Known { order: stop(OrderType::StopMarket, Side::Sell, TriggerType::LastPrice), venue_order_id: name("900") }
}

/// The same behind its pull.
fn pulled() -> Known {
    let mut known = Known { venue_order_id: name("28"), ..waiting() };
    known.pull();
    known
}

#[test]
fn what_waits_is_entered_at_the_service_for_it() {
    let mut tongue = usdm();
    let told = said(&mut tongue, &Ask::Place(waiting().order));
    assert_eq!(
        told,
        format!(
            "0 {{\"id\":\"7\",\"method\":\"algoOrder.place\",\"params\":{{\"algoType\":\"CONDITIONAL\",\"apiKey\":\"{KEY}\",\
             \"clientAlgoId\":\"R1-2-3\",\"quantity\":\"0.01000\",\"recvWindow\":5000,\"reduceOnly\":\"true\",\"side\":\"SELL\",\
             \"symbol\":\"BTCUSDT\",\"timeInForce\":\"GTC\",\"timestamp\":1645423376532,\"triggerPrice\":\"51500.00\",\
             \"type\":\"STOP_MARKET\",\"workingType\":\"CONTRACT_PRICE\",\"signature\":\"…\"}}}}"
        )
    );
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit};
    for (order_type, by, words) in [
        (StopLimit, TriggerType::LastPrice, ["\"type\":\"STOP\"", "\"price\":\"51000.00\",", "CONTRACT_PRICE"]),
        (MarketIfTouched, TriggerType::MarkPrice, ["\"type\":\"TAKE_PROFIT_MARKET\"", "", "MARK_PRICE"]),
        (LimitIfTouched, TriggerType::MarkPrice, ["\"type\":\"TAKE_PROFIT\"", "\"price\":\"51000.00\",", "MARK_PRICE"]),
    ] {
        let told = said(&mut tongue, &Ask::Place(stop(order_type, Side::Buy, by)));
        assert!(words.iter().all(|word| told.contains(word)), "{order_type:?}: {told}");
    }
}

#[test]
fn what_waits_is_asked_for_and_withdrawn_there_and_what_was_pulled_by_the_venues_id_of_it() {
    let mut tongue = usdm();
    let cancel = said(&mut tongue, &Ask::Cancel(waiting()));
    let words = ["\"method\":\"algoOrder.cancel\"", "\"clientAlgoId\":\"R1-2-3\",\"recvWindow\":5000,\"timestamp\""];
    assert!(words.iter().all(|word| cancel.contains(word)), "{cancel}");
    let cancel = said(&mut tongue, &Ask::Cancel(pulled()));
    let words =
        ["\"method\":\"order.cancel\"", "\"orderId\":\"28\",\"recvWindow\":5000,\"symbol\":\"BTCUSDT\",\"timestamp\""];
    assert!(words.iter().all(|word| cancel.contains(word)), "{cancel}");
    let mut rest = |ask: Ask| said(&mut tongue, &ask).split("&recvWindow").next().expect("a path").to_owned();
    assert_eq!(rest(Ask::Order(waiting())), "Get /fapi/v1/algoOrder?clientAlgoId=R1-2-3");
    assert_eq!(rest(Ask::CancelByRest(waiting())), "Delete /fapi/v1/algoOrder?clientAlgoId=R1-2-3");
    assert_eq!(rest(Ask::Order(pulled())), "Get /fapi/v1/order?symbol=BTCUSDT&orderId=28");
    let mut call = Call::default();
    let change = Ask::Modify(waiting(), Ticks(1), Lots(1));
    assert_eq!(tongue.ask(&change, AskId(7), NOW, &mut call), Err(Unable::NotThere));
}

#[test]
fn lists_and_withdrawals_of_all_have_two_halves_and_begin_anew_when_the_first_is_old() {
    for (ask, first, second) in [
        (Ask::OpenOrders(BTC), "Get /fapi/v1/openOrders?", "Get /fapi/v1/openAlgoOrders?"),
        (Ask::CancelAll(BTC), "Delete /fapi/v1/allOpenOrders?", "Delete /fapi/v1/algoOpenOrders?"),
    ] {
        let mut tongue = usdm();
        let answer = |tongue: &mut Binance| hear_rest(tongue, ask, 200, "[]");
        assert!(said(&mut tongue, &ask).starts_with(first));
        assert_eq!(answer(&mut tongue), [Heard::Answer(AskId(7), Answer::More)], "half of it");
        assert!(said(&mut tongue, &ask).starts_with(second));
        assert_eq!(answer(&mut tongue), [Heard::Answer(AskId(7), Answer::Done)]);
        assert!(said(&mut tongue, &ask).starts_with(first));
        answer(&mut tongue);
        let mut call = Call::default();
        tongue.ask(&ask, AskId(7), NOW.plus(11 * Nanos::SECOND), &mut call).expect("can be asked");
        assert!(
            first.ends_with(text(&call.path).split_inclusive('?').next().expect("a path")),
            "what stands may be new"
        );
    }
}

#[test]
fn one_that_a_list_names_is_withdrawn_where_it_waits() {
    let mut tongue = usdm();
    let list = Ask::OpenOrders(BTC);
    said(&mut tongue, &list);
    hear_rest(&mut tongue, list, 200, "[]");
    said(&mut tongue, &list);
    let heard = hear_rest(&mut tongue, list, 200, &format!("[{ROW}]"));
    let [Heard::Order(news), Heard::Answer(_, Answer::Done)] = heard[..] else { panic!("one order: {heard:?}") };
    let known = Known::of(&news).expect("it bears our id");
    let cancel = said(&mut tongue, &Ask::Cancel(known));
    let words = ["\"method\":\"algoOrder.cancel\"", "\"clientAlgoId\":\"R1-2-3\",\"recvWindow\""];
    assert!(words.iter().all(|word| cancel.contains(word)), "{cancel}");
    let rest = said(&mut tongue, &Ask::CancelByRest(known));
    assert!(rest.starts_with("Delete /fapi/v1/algoOrder?clientAlgoId=R1-2-3&"), "{rest}");
}

#[test]
fn an_answer_is_of_the_half_that_its_message_asked_for_whatever_was_asked_since() {
    let ask = Ask::CancelAll(BTC);
    let mut tongue = usdm();
    let put = |tongue: &mut Binance, id| {
        tongue.ask(&ask, AskId(id), NOW, &mut Call::default()).expect("can be asked");
    };
    let answer = |tongue: &mut Binance, id| match hear(tongue, Place::Rest(AskId(id), ask, 200), "{}").as_deref() {
        Ok([Heard::Answer(_, answer)]) => *answer,
        other => panic!("{other:?}"),
    };
    (1..3).for_each(|id| put(&mut tongue, id));
    assert_eq!([1, 2].map(|id| answer(&mut tongue, id)), [Answer::More; 2], "both of the first half");
    put(&mut tongue, 3);
    tongue.begin_anew(&ask);
    put(&mut tongue, 4);
    assert_eq!([3, 4].map(|id| answer(&mut tongue, id)), [Answer::Unknown, Answer::More], "of another time");
    put(&mut tongue, 5);
    assert_eq!([5, 5].map(|id| answer(&mut tongue, id)), [Answer::Done, Answer::Unknown]);
}

const ROW: &str = r#"{"algoId":900,"clientAlgoId":"R1-2-3","algoType":"CONDITIONAL","orderType":"STOP_MARKET","symbol":"BTCUSDT",
    "side":"SELL","timeInForce":"GTC","quantity":"0.01000","algoStatus":"NEW","actualOrderId":"","actualPrice":"0.00000",
    "triggerPrice":"51500.00","price":"0.00","reduceOnly":true,"createTime":1,"updateTime":5}"#;

fn standing(state: OrderState) -> Heard {
    let whose = Whose { venue_order_id: name("900"), ..whose() };
    let (px, qty, at_ns) = (Ticks(5_150_000), Lots(1_000), Nanos(5_000_000));
    let waits = state == OrderState::Open;
    Heard::Order(OrderNews { whose, side: Side::Sell, px, qty, waits, at_ns, ..news(state, 0) })
}

#[test]
fn an_answer_says_whether_it_waits_still_or_what_it_became() {
    let answer = |row: &str| hear_rest(&mut usdm(), Ask::Order(waiting()), 200, row);
    let done = Heard::Answer(AskId(7), Answer::Done);
    assert_eq!(answer(ROW), [standing(OrderState::Open), done]);
    assert_eq!(answer(&ROW.replace("\"NEW\"", "\"CANCELED\"")), [standing(OrderState::Canceled), done]);
    assert_eq!(answer(&ROW.replace("\"NEW\"", "\"EXPIRED\"")), [standing(OrderState::Expired), done]);
    let became = ROW.replace("\"NEW\"", "\"FINISHED\"").replace("\"actualOrderId\":\"\"", "\"actualOrderId\":\"28\"");
    let whose = Whose { venue_order_id: name("28"), ..whose() };
    let asked_again = Heard::Answer(AskId(7), Answer::Unknown);
    assert_eq!(answer(&became), [Heard::Triggered { whose, at_ns: Nanos(5_000_000) }, asked_again]);
}

#[test]
fn its_news_are_told_until_it_is_pulled_and_what_it_became_tells_the_rest() {
    let told = |state: &str, became: &str| {
        let row = r#"{"e":"ALGO_UPDATE","T":5,"E":6,"o":{"caid":"R1-2-3","aid":900,"at":"CONDITIONAL","o":"STOP_MARKET",
            "s":"BTCUSDT","S":"SELL","ps":"BOTH","f":"GTC","q":"0.01000","X":"STATE","ai":"BECAME","tp":"51500.00","p":"0.00",
            "wt":"CONTRACT_PRICE","R":true,"tt":0,"gtd":0,"rm":""}}"#;
        hear_line(&mut usdm(), &row.replace("STATE", state).replace("BECAME", became))
    };
    assert_eq!(told("NEW", ""), [standing(OrderState::Open)]);
    assert_eq!(told("TRIGGERING", ""), []);
    assert_eq!(told("CANCELED", ""), [standing(OrderState::Canceled)]);
    assert_eq!(told("REJECTED", ""), [standing(OrderState::Rejected(RejectReason::Other))]);
    let pulled = Heard::Triggered { whose: Whose { venue_order_id: name("28"), ..whose() }, at_ns: Nanos(5_000_000) };
    assert_eq!(told("TRIGGERED", "28"), [pulled]);
    assert_eq!(told("FINISHED", "28"), [pulled], "nothing of its end");
}

#[test]
fn at_coin_m_the_same_service_is_asked_by_rest() {
    let mut tongue = tongue_with(VenueId::BinanceCoinm, SECRET);
    let mut order = waiting().order;
    (order.trigger_px, order.qty) = (Ticks(515_000), Lots(7));
    let known = Known { order, venue_order_id: name("900") };
    let place = said(&mut tongue, &Ask::Place(order));
    let symbol = place.split("&symbol=").nth(1).and_then(|rest| rest.split('&').next()).expect("a symbol").to_owned();
    let head = "Post /dapi/v1/algoOrder?algoType=CONDITIONAL&clientAlgoId=R1-2-3&quantity=";
    let tail = "&triggerPrice=";
    assert!(place.starts_with(head) && place.contains("&reduceOnly=true&side=SELL&symbol="), "{place}");
    assert!(
        place.contains(tail) && place.contains("&type=STOP_MARKET&workingType=CONTRACT_PRICE&recvWindow=5000&"),
        "{place}"
    );
    let mut call = Call::default();
    tongue.ask(&Ask::Place(order), AskId(7), NOW, &mut call).expect("can be asked");
    assert_eq!((call.purse, call.weight), (Purse::Orders, 1));
    let mut rest = |ask: Ask| said(&mut tongue, &ask).split("&recvWindow").next().expect("a path").to_owned();
    assert_eq!(rest(Ask::Cancel(known)), "Delete /dapi/v1/algoOrder?clientAlgoId=R1-2-3");
    assert_eq!(rest(Ask::Order(known)), "Get /dapi/v1/algoOrder?clientAlgoId=R1-2-3");
    let theirs = Known { order: Order { client_order_id: ClientOrderId(0), ..order }, venue_order_id: name("900") };
    assert_eq!(rest(Ask::Cancel(theirs)), "Delete /dapi/v1/algoOrder?algoId=900");
    assert_eq!(rest(Ask::OpenOrders(BTC)), format!("Get /dapi/v1/openOrders?symbol={symbol}"));
    hear_rest(&mut tongue, Ask::OpenOrders(BTC), 200, "[]");
    let second = said(&mut tongue, &Ask::OpenOrders(BTC));
    assert!(second.starts_with(&format!("Get /dapi/v1/openAlgoOrders?symbol={symbol}&")), "{second}");
}
