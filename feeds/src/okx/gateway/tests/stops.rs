//! Orders that wait for a price at OKX, to the letter.

use super::*;
use engine_model::order::TriggerType;

fn stop(order_type: OrderType, side: Side, by: TriggerType) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(279_000) } else { Ticks(0) };
    let whole = Order { trigger_px: Ticks(280_000), trigger_type: by, reduce_only: true, ..order(SWAP) };
    Order { order_type, side, px, ..whole }
}

fn waiting() -> Known {
    Known { order: stop(OrderType::StopMarket, Side::Sell, TriggerType::LastPrice), venue_order_id: name("900") }
}

/// The same behind its pull.
fn pulled(id: &str) -> Known {
    let venue_order_id = if id.is_empty() { Name::default() } else { name(id) };
    let mut known = Known { venue_order_id, ..waiting() };
    known.pull();
    known
}

fn whose() -> Whose {
    Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("900") }
}

#[test]
fn what_waits_is_entered_and_changed_by_rest_with_one_price_to_wait_for() {
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit, StopMarket};
    use TriggerType::{IndexPrice, LastPrice, MarkPrice};
    for (order, side, head, by, px) in [
        (stop(StopMarket, Side::Sell, LastPrice), "sell", "sl", "last", "-1"),
        (stop(StopLimit, Side::Sell, MarkPrice), "sell", "sl", "mark", "27900.0"),
        (stop(MarketIfTouched, Side::Buy, IndexPrice), "buy", "tp", "index", "-1"),
        (stop(LimitIfTouched, Side::Buy, LastPrice), "buy", "tp", "last", "27900.0"),
    ] {
        let call = asked(gateway(), Ask::Place(order));
        let expected = format!(
            r#"{{"instId":"BTC-USDT-SWAP","tdMode":"cross","side":"{side}","ordType":"conditional","sz":"2.50","{head}TriggerPx":"28000.0","{head}TriggerPxType":"{by}","{head}OrdPx":"{px}","reduceOnly":true,"algoClOrdId":"R1x2x3"}}"#
        );
        assert_eq!((path(&call), body(&call)), ("/api/v5/trade/order-algo", expected.as_str()));
        assert_eq!((call.way, call.purse), (Way::Post, Purse::Orders));
        let change = Ask::Modify(Known { order, venue_order_id: Name::default() }, Ticks(281_000), Lots(300));
        let call = asked(gateway(), change);
        let head = if head == "sl" { "newSl" } else { "newTp" };
        let price = if px == "-1" { "TriggerPx" } else { "OrdPx" };
        let expected =
            format!(r#"{{"instId":"BTC-USDT-SWAP","algoClOrdId":"R1x2x3","newSz":"3.00","{head}{price}":"28100.0"}}"#);
        assert_eq!((path(&call), body(&call)), ("/api/v5/trade/amend-algos", expected.as_str()));
    }
    let opens = Order { reduce_only: false, ..waiting().order };
    assert!(!body(&asked(gateway(), Ask::Place(opens))).contains("reduceOnly"));
}

#[test]
fn what_waits_is_asked_for_and_withdrawn_there_and_what_it_became_by_the_venues_id() {
    for ask in [Ask::Cancel(waiting()), Ask::CancelByRest(waiting())] {
        let call = asked(gateway(), ask);
        assert_eq!((path(&call), call.way, call.purse), ("/api/v5/trade/cancel-algos", Way::Post, Purse::Cancels));
        assert_eq!(body(&call), r#"[{"instId":"BTC-USDT-SWAP","algoClOrdId":"R1x2x3"}]"#);
    }
    let theirs = Known { order: Order { client_order_id: ClientOrderId(0), ..waiting().order }, ..waiting() };
    assert_eq!(body(&asked(gateway(), Ask::Cancel(theirs))), r#"[{"instId":"BTC-USDT-SWAP","algoId":"900"}]"#);
    assert_eq!(path(&asked(gateway(), Ask::Order(waiting()))), "/api/v5/trade/order-algo?algoClOrdId=R1x2x3");
    let call = asked(gateway(), Ask::Order(pulled("312")));
    assert_eq!(path(&call), "/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=312");
    for ask in [Ask::Cancel(pulled("312")), Ask::Modify(pulled("312"), Ticks(1), Lots(1))] {
        let call = asked(numbered(), ask);
        assert!(body(&call).ends_with(r#","ordId":"312"}]}"#), "{}", body(&call));
    }
    // Its id was not told: it is asked for where it waited, and nothing is said of it before.
    assert_eq!(path(&asked(gateway(), Ask::Order(pulled("")))), "/api/v5/trade/order-algo?algoClOrdId=R1x2x3");
    for ask in [Ask::Cancel(pulled("")), Ask::CancelByRest(pulled("")), Ask::Modify(pulled(""), Ticks(1), Lots(1))] {
        let unable = gateway().ask(&ask, AskId(7), NOW, &mut Call::default());
        assert_eq!(unable, Err(Unable::NotYet), "{ask:?}");
    }
}

/// Of a run before nobody knows whether it was pulled: what the list of open ones tells of it is all that is known.
#[test]
fn one_that_a_run_before_left_is_named_by_the_venues_id_whether_it_was_pulled_or_not() {
    for theirs in [r#""clOrdId":"","algoId":"900","algoClOrdId":"R1x2x3""#, r#""clOrdId":"R1x2x3""#] {
        let row = ORDER.replace(r#""clOrdId":"R1x2x3""#, theirs);
        let told = answered(Ask::OpenOrders(SPOT), &of_row(&row));
        let Heard::Order(news) = told[0] else { panic!("{told:?}") };
        let adopted = Known::of(&news).expect("ours");
        assert_eq!((adopted.id(), adopted.order.trigger_px), (ClientOrderId::new(1, 2, 3), Ticks(0)));
        let expected = r#""ordId":"312269865356374016""#;
        for ask in [Ask::Cancel(adopted), Ask::CancelByRest(adopted), Ask::Modify(adopted, Ticks(1), Lots(1))] {
            let call = asked(numbered(), ask);
            assert!(body(&call).contains(expected) && !body(&call).contains("clOrdId"), "{}", body(&call));
        }
        let call = asked(gateway(), Ask::Order(adopted));
        assert_eq!(path(&call), "/api/v5/trade/order?instId=BTC-USDT-SWAP&ordId=312269865356374016");
    }
}

const ROW: &str = r#"{"instType":"SWAP","instId":"BTC-USDT-SWAP","ordId":"","ordIdList":[],"algoId":"900","clOrdId":"",
    "algoClOrdId":"R1x2x3","sz":"2.50","ordType":"conditional","side":"sell","posSide":"net","tdMode":"cross","state":"live",
    "slTriggerPx":"28000","slTriggerPxType":"last","slOrdPx":"-1","tpTriggerPx":"","tpTriggerPxType":"","tpOrdPx":"",
    "actualSz":"","actualPx":"","cTime":"4","uTime":"5"}"#;

fn pushed(row: &str) -> String {
    format!(r#"{{"arg":{{"channel":"orders-algo","instType":"ANY","uid":"1"}},"data":[{row}]}}"#)
}

fn standing(state: OrderState, px: i64) -> Heard {
    Heard::Order(OrderNews {
        whose: whose(),
        instrument: Some(SWAP),
        side: Side::Sell,
        px: Ticks(px),
        qty: Lots(250),
        filled: Lots(0),
        state,
        waits: state == OrderState::Open,
        at_ns: Nanos(5_000_000),
    })
}

fn of_row(row: &str) -> String {
    format!(r#"{{"code":"0","msg":"","data":[{row}]}}"#)
}

#[test]
fn its_news_are_told_until_it_is_pulled_and_what_it_became_names_it() {
    assert_eq!(heard(&pushed(ROW)), [standing(OrderState::Open, 280_000)]);
    let limited = ROW.replace(r#""slOrdPx":"-1""#, r#""slOrdPx":"27900""#);
    assert_eq!(heard(&pushed(&limited)), [standing(OrderState::Open, 279_000)]);
    let touched = ROW.replace("sl", "xx").replace("tp", "sl").replace("xx", "tp");
    assert_eq!(heard(&pushed(&touched)), [standing(OrderState::Open, 280_000)], "{touched}");
    for state in ["canceled", "order_failed", "partially_failed"] {
        assert_eq!(heard(&pushed(&ROW.replace("live", state))), [standing(OrderState::Canceled, 280_000)], "{state}");
    }
    let effective = ROW.replace("live", "effective");
    let became = effective.replace(r#""ordId":"""#, r#""ordId":"312""#);
    let triggered =
        |id: Name| Heard::Triggered { whose: Whose { venue_order_id: id, ..whose() }, at_ns: Nanos(5_000_000) };
    assert_eq!(heard(&pushed(&became)), [triggered(name("312"))]);
    let listed = effective.replace(r#""ordIdList":[]"#, r#""ordIdList":["312"]"#);
    assert_eq!(heard(&pushed(&listed)), [triggered(name("312"))]);
    assert_eq!(heard(&pushed(&effective)), [triggered(Name::default())]);
    // What it became bears no id of ours, but that of the one that it came from.
    let plain = ORDER.replace(r#""clOrdId":"R1x2x3""#, r#""clOrdId":"","algoId":"900","algoClOrdId":"R1x2x3""#);
    let push = format!(r#"{{"arg":{{"channel":"orders","instType":"ANY"}},"data":[{plain}]}}"#);
    let told = heard(&push);
    let ours = |heard: &Heard| matches!(heard, Heard::Order(news) if news.whose.ours == whose().ours && !news.waits);
    assert!(told.iter().any(ours), "{told:?}");
    assert_eq!(
        heard_at(Place::Line(1), &pushed(&ROW.replace("live", "dreaming"))),
        Err(FrameError::Unreadable(Field::State))
    );
}

#[test]
fn an_answer_says_whether_it_waits_still_or_what_it_became() {
    let of = Ask::Order(waiting());
    let done = Heard::Answer(AskId(9), Answer::Done);
    assert_eq!(answered(of, &of_row(ROW)), [standing(OrderState::Open, 280_000), done]);
    let became = ROW.replace("live", "effective").replace(r#""ordId":"""#, r#""ordId":"312""#);
    let pulled = Heard::Triggered { whose: Whose { venue_order_id: name("312"), ..whose() }, at_ns: Nanos(5_000_000) };
    assert_eq!(answered(of, &of_row(&became)), [pulled, Heard::Answer(AskId(9), Answer::Unknown)]);
    let absent = r#"{"code":"51603","msg":"Order does not exist","data":[]}"#;
    assert_eq!(answered(of, absent), [Heard::Answer(AskId(9), Answer::NoSuchOrder)]);
}

fn ask_of(gateway: &mut Okx, ask: Ask, id: u64) -> Result<Call, Unable> {
    let mut call = Call::default();
    gateway.ask(&ask, AskId(id), NOW, &mut call).map(|()| call)
}

fn answer_of(gateway: &mut Okx, ask: Ask, id: u64, said: &str) -> Answer {
    let mut heard = Vec::new();
    gateway.hear(Place::Rest(AskId(id), ask, 200), said.as_bytes(), &mut heard).expect("understood");
    match heard.last() {
        Some(Heard::Answer(_, answer)) => *answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lists_and_withdrawals_of_all_have_two_halves_on_contracts_and_one_on_spot() {
    let mut gateway = gateway();
    let (list, all) = (Ask::OpenOrders(SWAP), Ask::CancelAll(SWAP));
    let plain = path(&ask_of(&mut gateway, list, 1).expect("a list")).to_owned();
    assert_eq!(plain, "/api/v5/trade/orders-pending?instId=BTC-USDT-SWAP&limit=100");
    assert_eq!(answer_of(&mut gateway, list, 1, &of_row(ORDER)), Answer::More);
    let second = path(&ask_of(&mut gateway, list, 2).expect("a list")).to_owned();
    assert_eq!(second, "/api/v5/trade/orders-algo-pending?ordType=conditional&instId=BTC-USDT-SWAP&limit=100");
    assert_eq!(answer_of(&mut gateway, list, 2, &of_row(ROW)), Answer::Done);
    let first = ask_of(&mut gateway, all, 3).expect("both");
    assert_eq!(path(&first), "/api/v5/trade/cancel-batch-orders");
    assert_eq!(answer_of(&mut gateway, all, 3, &of_row(r#"{"ordId":"1","sCode":"0"}"#)), Answer::More);
    let second = ask_of(&mut gateway, all, 4).expect("both");
    assert_eq!(
        (path(&second), body(&second)),
        ("/api/v5/trade/cancel-algos", r#"[{"instId":"BTC-USDT-SWAP","algoId":"900"}]"#)
    );
    assert_eq!(answer_of(&mut gateway, all, 4, &of_row(r#"{"algoId":"900","sCode":"0"}"#)), Answer::Done);
    // Where one of the lists is empty the other is all there is.
    ask_of(&mut gateway, list, 5).expect("a list");
    assert_eq!(answer_of(&mut gateway, list, 5, &of_row("")), Answer::More);
    ask_of(&mut gateway, list, 6).expect("a list");
    assert_eq!(answer_of(&mut gateway, list, 6, &of_row(ROW)), Answer::Done);
    assert_eq!(path(&ask_of(&mut gateway, all, 7).expect("one")), "/api/v5/trade/cancel-algos");
    assert_eq!(answer_of(&mut gateway, all, 7, &of_row(r#"{"algoId":"900","sCode":"0"}"#)), Answer::Done);
    let spot = Ask::OpenOrders(SPOT);
    ask_of(&mut gateway, spot, 8).expect("a list");
    assert_eq!(answer_of(&mut gateway, spot, 8, &of_row("")), Answer::Done);
}

#[test]
fn a_full_page_of_those_that_wait_goes_on_in_its_own_half() {
    let mut gateway = gateway();
    let list = Ask::OpenOrders(SWAP);
    ask_of(&mut gateway, list, 1).expect("a list");
    assert_eq!(answer_of(&mut gateway, list, 1, &of_row("")), Answer::More);
    ask_of(&mut gateway, list, 2).expect("a list");
    let rows: Vec<String> = (0..100).map(|place| ROW.replace("900", &(1_100 - place).to_string())).collect();
    assert_eq!(answer_of(&mut gateway, list, 2, &of_row(&rows.join(","))), Answer::More);
    let next = ask_of(&mut gateway, list, 3).expect("a list");
    assert!(path(&next).ends_with("orders-algo-pending?ordType=conditional&instId=BTC-USDT-SWAP&limit=100&after=1001"));
    assert_eq!(answer_of(&mut gateway, list, 3, &of_row("")), Answer::Done);
}
