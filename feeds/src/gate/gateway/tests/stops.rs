//! Orders that wait for a price at Gate, to the letter.

use super::*;
use engine_model::order::TriggerType;

const ORDERS: &str = "/api/v4/futures/usdt/price_orders";

fn stop(instrument: InstrumentId, order_type: OrderType, side: Side, by: TriggerType) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(279_000) } else { Ticks(0) };
    let whole = Order { trigger_px: Ticks(280_000), trigger_type: by, reduce_only: true, ..order(instrument) };
    Order { order_type, side, px, ..whole }
}

fn waiting(theirs: &str) -> Known {
    let order = stop(BTC, OrderType::StopMarket, Side::Sell, TriggerType::LastPrice);
    Known { order, venue_order_id: if theirs.is_empty() { Name::default() } else { name(theirs) } }
}

/// The same behind its pull.
fn pulled(id: &str) -> Known {
    let mut known = waiting(id);
    known.pull();
    known
}

fn whose() -> Whose {
    Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("900") }
}

#[test]
fn what_waits_is_entered_and_changed_by_rest_with_a_rule_from_which_side_its_price_comes() {
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit, StopMarket};
    use TriggerType::{IndexPrice, LastPrice, MarkPrice};
    for (order, size, by, px, rule) in [
        (stop(BTC, StopMarket, Side::Sell, LastPrice), "-200", 0, "0", 2),
        (stop(BTC, StopLimit, Side::Buy, MarkPrice), "200", 1, "27900.0", 1),
        (stop(BTC, MarketIfTouched, Side::Sell, IndexPrice), "-200", 2, "0", 1),
        (stop(BTC, LimitIfTouched, Side::Buy, LastPrice), "200", 0, "27900.0", 2),
    ] {
        let call = asked(&mut futures(), Ask::Place(order));
        let tif = if px == "0" { "ioc" } else { "gtc" };
        let expected = format!(
            r#"{{"initial":{{"contract":"BTC_USDT","size":{size},"price":"{px}","tif":"{tif}","reduce_only":true,"text":"t-R1-2-3"}},"trigger":{{"strategy_type":0,"price_type":{by},"price":"28000.0","rule":{rule}}}}}"#
        );
        assert_eq!((text(&call.path), text(&call.body)), (ORDERS, expected.as_str()));
        assert_eq!((call.way, call.purse), (Way::Post, Purse::Orders));
        assert!(text(&call.headers).starts_with("X-Gate-Size-Decimal: 1\r\nContent-Type: application/json\r\n"));
        let known = Known { order, venue_order_id: name("900") };
        let call = asked(&mut futures(), Ask::Modify(known, Ticks(281_000), Lots(300)));
        let size = size.replace("200", "300");
        let prices = if px == "0" { ["0", "28100.0"] } else { ["28100.0", "28000.0"] };
        let expected = format!(
            r#"{{"order_id":900,"size":{size},"price":"{}","trigger_price":"{}","price_type":{by}}}"#,
            prices[0], prices[1]
        );
        assert_eq!((text(&call.path), text(&call.body)), (format!("{ORDERS}/amend").as_str(), expected.as_str()));
        assert_eq!((call.way, call.purse), (Way::Put, Purse::Orders));
    }
    let opens = Order { reduce_only: false, ..waiting("").order };
    assert!(!text(&asked(&mut futures(), Ask::Place(opens)).body).contains("reduce_only"));
    // Contracts in parts have a name of their own; 2.00 of them are a whole number.
    for (lots, size) in [(200, r#""size":-2,"#), (250, r#""amount":"-2.50","#)] {
        let order = Order { qty: Lots(lots), ..stop(ETH, StopMarket, Side::Sell, LastPrice) };
        let body = text(&asked(&mut futures(), Ask::Place(order)).body).to_owned();
        assert!(body.starts_with(&format!(r#"{{"initial":{{"contract":"ETH_USDT",{size}"#)), "{body}");
    }
    let elsewhere = stop(INVERSE, StopMarket, Side::Sell, LastPrice);
    assert_eq!(refused(&mut futures(), Ask::Place(elsewhere)), Unable::NotThere);
}

#[test]
fn what_waits_is_asked_for_and_withdrawn_there_and_what_it_became_by_its_own_id() {
    for ask in [Ask::Cancel(waiting("900")), Ask::CancelByRest(waiting("900"))] {
        let call = asked(&mut futures(), ask);
        assert_eq!(
            (text(&call.path), call.way, call.purse),
            (format!("{ORDERS}/900").as_str(), Way::Delete, Purse::Cancels)
        );
    }
    let call = asked(&mut futures(), Ask::Order(waiting("900")));
    assert_eq!((text(&call.path), call.way), (format!("{ORDERS}/900").as_str(), Way::Get));
    let call = asked(&mut futures(), Ask::Order(pulled("312")));
    assert_eq!(text(&call.path), "/api/v4/futures/usdt/orders/312");
    // Nobody told its id: nothing is said of it before.
    for ask in [Ask::Cancel(waiting("")), Ask::CancelByRest(waiting("")), Ask::Cancel(pulled(""))] {
        assert_eq!(refused(&mut futures(), ask), Unable::NotYet);
    }
    for known in [waiting(""), pulled("")] {
        assert_eq!(refused(&mut futures(), Ask::Modify(known, Ticks(1), Lots(1))), Unable::NotYet);
    }
}

#[test]
fn what_the_venue_calls_it_is_told_by_the_answer_and_remembered_behind_its_pull() {
    let mut gate = futures();
    let told = answered(&mut gate, Ask::Place(waiting("").order), r#"{"id":900,"id_string":"900"}"#);
    assert_eq!(told, [Heard::Answer(AskId(9), Answer::Done)]);
    for known in [waiting(""), pulled("")] {
        assert_eq!(text(&asked(&mut gate, Ask::Order(known)).path), format!("{ORDERS}/900"));
    }
    assert_eq!(text(&asked(&mut gate, Ask::Cancel(waiting(""))).path), format!("{ORDERS}/900"));
    // A text that the venue did not keep.
    let told = heard(&mut gate, &pushed("futures.autoorders", &ROW.replace("t-R1-2-3", "api")));
    assert_eq!(told, [standing(OrderState::Open, 280_000)]);
    let place = Place::Rest(AskId(9), Ask::Place(waiting("").order), 200);
    assert_eq!(heard_at(&mut gate, place, "{}"), Err(FrameError::Missing(Field::Id)));
}

const ROW: &str = r#"{"user":1,"trigger":{"strategy_type":0,"price_type":0,"price":"28000","rule":2,"expiration":0},
    "initial":{"contract":"BTC_USDT","size":"-200","price":"0","tif":"ioc","text":"t-R1-2-3","is_reduce_only":true},
    "id":900,"trade_id":0,"status":"open","reason":"","create_time":1628736847,"name":"price_autoorders"}"#;

/// Over, and how.
fn ended(how: &str, became: u64) -> String {
    let row = ROW.replace(r#""trade_id":0"#, &format!(r#""trade_id":{became}"#));
    let how = if how.is_empty() { String::new() } else { format!(r#","finish_as":"{how}""#) };
    row.replace(r#""status":"open""#, &format!(r#""status":"finished"{how}"#))
}

const AT: Nanos = Nanos(1_628_736_847_000_000_000);

fn standing(state: OrderState, px: i64) -> Heard {
    Heard::Order(OrderNews {
        whose: whose(),
        instrument: Some(BTC),
        side: Side::Sell,
        px: Ticks(px),
        qty: Lots(200),
        filled: Lots(0),
        state,
        waits: state == OrderState::Open,
        at_ns: AT,
    })
}

fn triggered(id: Name) -> Heard {
    Heard::Triggered { whose: Whose { venue_order_id: id, ..whose() }, at_ns: AT }
}

#[test]
fn its_news_are_told_until_it_is_pulled_and_it_names_what_it_became() {
    let mut gate = futures();
    let mut told = |row: &str| heard(&mut gate, &pushed("futures.autoorders", row));
    assert_eq!(told(ROW), [standing(OrderState::Open, 280_000)]);
    assert_eq!(told(&ROW.replace(r#""price":"0""#, r#""price":"27900""#)), [standing(OrderState::Open, 279_000)]);
    let amount = ROW.replace(r#""size":"-200""#, r#""size":0,"amount":"-200""#);
    assert_eq!(told(&amount), [standing(OrderState::Open, 280_000)]);
    assert_eq!(told(&ended("", 312)), [triggered(name("312"))]);
    assert_eq!(told(&ended("succeeded", 312)), [triggered(name("312"))]);
    assert_eq!(told(&ended("succeeded", 0)), [triggered(Name::default())]);
    for how in ["cancelled", "failed"] {
        assert_eq!(told(&ended(how, 0)), [standing(OrderState::Canceled, 280_000)], "{how}");
    }
    assert_eq!(told(&ended("cancelled", 312)), [standing(OrderState::Canceled, 280_000)]);
    assert_eq!(told(&ended("expired", 0)), [standing(OrderState::Expired, 280_000)]);
    // Over, and nobody says how: an answer will.
    assert_eq!(told(&ended("", 0)), []);
    let unknown = pushed("futures.autoorders", &ROW.replace("\"open\"", "\"dreaming\""));
    assert_eq!(heard_at(&mut futures(), Place::Line(0), &unknown), Err(FrameError::Unreadable(Field::State)));
}

#[test]
fn the_answer_to_a_cancel_and_to_a_question_say_how_it_is() {
    let done = Heard::Answer(AskId(9), Answer::Done);
    let told = answered(&mut futures(), Ask::Cancel(waiting("900")), &ended("cancelled", 0));
    assert_eq!(told, [standing(OrderState::Canceled, 280_000), done]);
    let told = answered(&mut futures(), Ask::Order(waiting("900")), ROW);
    assert_eq!(told, [standing(OrderState::Open, 280_000), done]);
    let told = answered(&mut futures(), Ask::Order(pulled("")), &ended("succeeded", 312));
    assert_eq!(told, [triggered(name("312")), Heard::Answer(AskId(9), Answer::Unknown)]);
    let gone = r#"{"label":"AUTO_ORDER_NOT_FOUND","message":"words"}"#;
    for ask in [Ask::Order(waiting("900")), Ask::Cancel(waiting("900"))] {
        let told = heard_at(&mut futures(), Place::Rest(AskId(9), ask, 400), gone);
        assert_eq!(told, Ok(vec![Heard::Answer(AskId(9), Answer::NoSuchOrder)]));
    }
    for label in ["GREATE_LAST", "LESS_LAST", "GREATE_MARK", "LESS_MARK", "GREATE_INDEX", "LESS_INDEX"] {
        let said = format!(r#"{{"label":"AUTO_TRIGGER_PRICE_{label}","message":"words"}}"#);
        let told = heard_at(&mut futures(), Place::Rest(AskId(9), Ask::Place(waiting("").order), 400), &said);
        assert_eq!(told, Ok(vec![Heard::Answer(AskId(9), Answer::Refused(RejectReason::Filter))]), "{label}");
    }
}

#[test]
fn one_without_an_id_is_looked_for_among_those_that_wait_and_then_among_those_of_the_past() {
    let (mut gate, ask) = (futures(), Ask::Order(waiting("")));
    let answer = |answer| vec![Heard::Answer(AskId(9), answer)];
    let open = format!("{ORDERS}?contract=BTC_USDT&status=open&limit=100");
    assert_eq!(text(&asked(&mut gate, ask).path), open);
    let other = ROW.replace("t-R1-2-3", "t-R1-2-4");
    let full = format!("[{}]", vec![other.as_str(); 100].join(","));
    assert_eq!(answered(&mut gate, ask, &full), answer(Answer::More));
    assert_eq!(text(&asked(&mut gate, ask).path), format!("{open}&offset=100"));
    assert_eq!(answered(&mut gate, ask, &format!("[{other}]")), answer(Answer::More));
    assert_eq!(text(&asked(&mut gate, ask).path), format!("{ORDERS}?contract=BTC_USDT&status=finished&limit=100"));
    let past = format!("[{},{}]", ended("succeeded", 313).replace("R1-2-3", "R1-2-4"), ended("succeeded", 312));
    let told = answered(&mut gate, ask, &past);
    assert_eq!(told, [triggered(name("312")), Heard::Answer(AskId(9), Answer::Unknown)]);
    let mut gate = futures();
    assert_eq!(answered(&mut gate, ask, "[]"), answer(Answer::More));
    assert_eq!(answered(&mut gate, ask, "[]"), answer(Answer::NoSuchOrder));
    assert_eq!(text(&asked(&mut gate, ask).path), open, "put again it begins anew");
}

fn ask_of(gate: &mut Gate, ask: Ask, id: u64) -> (String, Way) {
    let mut call = Call::default();
    gate.ask(&ask, AskId(id), NOW, &mut call).expect("can be asked");
    (text(&call.path).to_owned(), call.way)
}

fn answer_of(gate: &mut Gate, ask: Ask, id: u64, (status, said): (u16, &str)) -> Answer {
    match heard_at(gate, Place::Rest(AskId(id), ask, status), said).expect("understood").last() {
        Some(Heard::Answer(_, answer)) => *answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lists_and_withdrawals_of_all_have_two_halves_on_contracts_and_one_on_spot() {
    let (list, all) = (Ask::OpenOrders(BTC), Ask::CancelAll(BTC));
    let mut gate = futures();
    assert!(ask_of(&mut gate, list, 1).0.starts_with("/api/v4/futures/usdt/orders?"));
    assert_eq!(answer_of(&mut gate, list, 1, (200, "[]")), Answer::More);
    assert_eq!(ask_of(&mut gate, list, 2), (format!("{ORDERS}?contract=BTC_USDT&status=open&limit=100"), Way::Get));
    let told = heard_at(&mut gate, Place::Rest(AskId(2), list, 200), &format!("[{ROW}]")).expect("understood");
    assert_eq!(told, [standing(OrderState::Open, 280_000), Heard::Answer(AskId(2), Answer::Done)]);
    // An answer of before says nothing any more.
    assert_eq!(answer_of(&mut gate, list, 1, (200, "[]")), Answer::Unknown);
    // That nothing stands says nothing of what waits.
    for nothing in [(200, "[]"), (404, r#"{"label":"ORDER_NOT_FOUND","message":"words"}"#)] {
        let mut gate = futures();
        assert_eq!(
            ask_of(&mut gate, all, 3),
            ("/api/v4/futures/usdt/orders?contract=BTC_USDT".to_owned(), Way::Delete)
        );
        assert_eq!(answer_of(&mut gate, all, 3, nothing), Answer::More);
        assert_eq!(ask_of(&mut gate, all, 4), (format!("{ORDERS}?contract=BTC_USDT"), Way::Delete));
        assert_eq!(answer_of(&mut gate, all, 4, (200, &format!("[{}]", ended("cancelled", 0)))), Answer::Done);
    }
    let mut gate = spot();
    for ask in [list, all] {
        ask_of(&mut gate, ask, 5);
        assert_eq!(answer_of(&mut gate, ask, 5, (200, "[]")), Answer::Done);
    }
}

#[test]
fn those_that_wait_and_their_news_ask_for_no_memory() {
    let mut gate = futures();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [pushed("futures.autoorders", ROW), pushed("futures.autoorders", &ended("", 312))];
    gate.ask(&Ask::Place(waiting("").order), AskId(1), NOW, &mut call).expect("can be asked");
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in
            [Ask::Place(waiting("").order), Ask::Cancel(waiting("900")), Ask::Modify(waiting("900"), Ticks(1), Lots(1))]
        {
            gate.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        said.iter().for_each(|said| gate.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood"));
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 2));
}
