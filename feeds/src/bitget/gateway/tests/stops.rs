//! Orders that wait for a price at Bitget, to the letter.

use super::*;
use engine_model::order::TriggerType;

const HEAD: &str = r#"{"symbol":"BTCUSDT","productType":"USDT-FUTURES","marginCoin":"USDT""#;
const CANCEL: &str = "/api/v2/mix/order/cancel-plan-order";
const OF: &str = "productType=USDT-FUTURES&symbol=BTCUSDT";

fn stop(order_type: OrderType, side: Side, by: TriggerType) -> Order {
    let px = if order_type.plain() == OrderType::Limit { Ticks(279_000) } else { Ticks(0) };
    let whole = Order { trigger_px: Ticks(280_000), trigger_type: by, reduce_only: true, ..order(LINEAR) };
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
fn what_waits_is_entered_and_changed_with_the_side_of_the_position_that_it_closes() {
    use OrderType::{LimitIfTouched, MarketIfTouched, StopLimit, StopMarket};
    use TriggerType::{LastPrice, MarkPrice};
    for (order, plan, by, px, holds) in [
        (stop(StopMarket, Side::Sell, LastPrice), "loss_plan", "fill_price", "0", "buy"),
        (stop(StopLimit, Side::Sell, MarkPrice), "loss_plan", "mark_price", "27900.0", "buy"),
        (stop(MarketIfTouched, Side::Buy, MarkPrice), "profit_plan", "mark_price", "0", "sell"),
        (stop(LimitIfTouched, Side::Buy, LastPrice), "profit_plan", "fill_price", "27900.0", "sell"),
    ] {
        let call = asked(Ask::Place(order));
        let trigger = format!(r#""triggerType":"{by}""#);
        let expected = format!(
            r#"{HEAD},"planType":"{plan}","triggerPrice":"28000.0",{trigger},"executePrice":"{px}","holdSide":"{holds}","size":"0.200","clientOid":"R1-2-3"}}"#
        );
        assert_eq!((text(&call.path), text(&call.body)), ("/api/v2/mix/order/place-tpsl-order", expected.as_str()));
        assert_eq!((call.way, call.purse), (Way::Post, Purse::Orders));
        let call = asked(Ask::Modify(Known { order, venue_order_id: Name::default() }, Ticks(281_000), Lots(300)));
        let prices = if px == "0" { ["28100.0", "0"] } else { ["28000.0", "28100.0"] };
        let expected = format!(
            r#"{HEAD},"triggerPrice":"{}",{trigger},"executePrice":"{}","size":"0.300","clientOid":"R1-2-3"}}"#,
            prices[0], prices[1]
        );
        assert_eq!((text(&call.path), text(&call.body)), ("/api/v2/mix/order/modify-tpsl-order", expected.as_str()));
        assert_eq!((call.way, call.purse), (Way::Post, Purse::Orders));
    }
    // The venue would not know from which side its price is to come.
    let opens = Order { reduce_only: false, ..waiting().order };
    assert_eq!(asked_of(&mut bitget(), Ask::Place(opens)).err(), Some(Unable::NotThere));
}

#[test]
fn what_waits_is_asked_for_and_withdrawn_there_and_what_it_became_by_the_venues_id() {
    let call = asked(Ask::Cancel(waiting()));
    let expected = format!(r#"{HEAD},"planType":"loss_plan","orderIdList":[{{"orderId":"900"}}]}}"#);
    assert_eq!((text(&call.path), text(&call.body), call.purse), (CANCEL, expected.as_str(), Purse::Cancels));
    let touched = stop(OrderType::MarketIfTouched, Side::Sell, TriggerType::LastPrice);
    let call = asked(Ask::Cancel(Known { order: touched, venue_order_id: Name::default() }));
    let expected = format!(r#"{HEAD},"planType":"profit_plan","orderIdList":[{{"clientOid":"R1-2-3"}}]}}"#);
    assert_eq!(text(&call.body), expected);
    let call = asked(Ask::Order(waiting()));
    let asked_for = format!("{OF}&planType=profit_loss&clientOid=R1-2-3");
    assert_eq!(text(&call.path), format!("/api/v2/mix/order/orders-plan-pending?{asked_for}"));
    let call = asked(Ask::Order(pulled("312")));
    assert_eq!(text(&call.path), format!("/api/v2/mix/order/detail?{OF}&orderId=312"));
    let call = asked(Ask::Cancel(pulled("312")));
    assert_eq!(
        (text(&call.path), text(&call.body)),
        ("/api/v2/mix/order/cancel-order", format!(r#"{HEAD},"orderId":"312"}}"#).as_str())
    );
    // Its id was not told: its past is asked for it, and nothing is said of it before.
    let call = asked(Ask::Order(pulled("")));
    assert_eq!(text(&call.path), format!("/api/v2/mix/order/orders-plan-history?{asked_for}"));
    assert_eq!(asked_of(&mut bitget(), Ask::Cancel(pulled(""))).err(), Some(Unable::NotYet));
    assert_eq!(asked_of(&mut bitget(), Ask::Modify(pulled("312"), Ticks(1), Lots(1))).err(), Some(Unable::NotThere));
}

const ROW: &str = r#"{"instId":"BTCUSDT","symbol":"BTCUSDT","orderId":"900","clientOid":"R1-2-3","triggerPrice":"28000",
    "triggerType":"fill_price","planType":"loss_plan","price":"","executePrice":"0","size":"0.2","actualSize":"",
    "orderType":"market","side":"sell","posSide":"net","marginCoin":"USDT","status":"live","posMode":"one_way_mode",
    "executeOrderId":"","cTime":"4","uTime":"5"}"#;

/// The same as a list has it.
fn listed() -> String {
    ROW.replace(r#""status""#, r#""planStatus""#)
}

fn standing(state: OrderState, px: i64) -> Heard {
    Heard::Order(OrderNews {
        whose: whose(),
        instrument: Some(LINEAR),
        side: Side::Sell,
        px: Ticks(px),
        qty: Lots(200),
        filled: Lots(0),
        state,
        waits: state == OrderState::Open,
        at_ns: Nanos(5_000_000),
    })
}

fn triggered(id: Name) -> Heard {
    Heard::Triggered { whose: Whose { venue_order_id: id, ..whose() }, at_ns: Nanos(5_000_000) }
}

fn plans(rows: &str) -> String {
    list(&format!(r#"{{"entrustedList":[{rows}],"endId":"900"}}"#))
}

const NONE: &str = r#"{"entrustedList":null,"endId":null}"#;

#[test]
fn its_news_are_told_until_it_is_pulled() {
    let told = |row: &str| heard(&pushed("USDT-FUTURES", "orders-algo", row));
    assert_eq!(told(ROW), [standing(OrderState::Open, 280_000)]);
    let limited = ROW.replace(r#""executePrice":"0""#, r#""executePrice":"27900""#).replace("market", "limit");
    assert_eq!(told(&limited), [standing(OrderState::Open, 279_000)]);
    for state in ["cancelled", "fail_trigger", "fail_execute"] {
        assert_eq!(told(&ROW.replace("live", state)), [standing(OrderState::Canceled, 280_000)], "{state}");
    }
    // As a push may have it.
    let short = limited.replace("loss_plan", "sl").replace("triggerPrice", "stopLossTriggerPrice");
    let short = short.replace("executePrice", "stopLossPrice").replace(r#""price":"","#, r#""price":"28000","#);
    assert_eq!(told(&short), [standing(OrderState::Open, 279_000)]);
    for state in ["executing", "executed", "triggered"] {
        assert_eq!(told(&ROW.replace("live", state)), [triggered(Name::default())], "{state}");
    }
    let unknown = pushed("USDT-FUTURES", "orders-algo", &ROW.replace("live", "dreaming"));
    assert_eq!(heard_at(&mut bitget(), Place::Line(0), &unknown), Err(FrameError::Unreadable(Field::State)));
}

fn ask_of(bitget: &mut Bitget, ask: Ask, id: u64) -> String {
    let mut call = Call::default();
    bitget.ask(&ask, AskId(id), NOW, &mut call).expect("can be asked");
    format!("{} {}", text(&call.path), text(&call.body))
}

fn answer_of(bitget: &mut Bitget, ask: Ask, id: u64, said: &str) -> Vec<Heard> {
    heard_at(bitget, Place::Rest(AskId(id), ask, 200), said).expect("understood")
}

#[test]
fn one_that_waits_no_more_is_looked_for_in_the_past_which_names_what_it_became() {
    let (mut bitget, ask) = (bitget(), Ask::Order(waiting()));
    let answer = |answer| Heard::Answer(AskId(1), answer);
    assert_eq!(
        answer_of(&mut bitget, ask, 1, &plans(&listed())),
        [standing(OrderState::Open, 280_000), answer(Answer::Done)]
    );
    assert_eq!(answer_of(&mut bitget, ask, 1, &list(NONE)), [answer(Answer::More)]);
    assert!(ask_of(&mut bitget, ask, 2).contains("orders-plan-history"));
    let past = listed().replace("live", "executed").replace(r#""executeOrderId":"""#, r#""executeOrderId":"312""#);
    // Of another one nothing is heard.
    let past = format!("{},{past}", past.replace("R1-2-3", "R1-2-4").replace("312", "313"));
    assert_eq!(answer_of(&mut bitget, ask, 1, &plans(&past)), [triggered(name("312")), answer(Answer::Unknown)]);
    assert!(ask_of(&mut bitget, ask, 3).contains("orders-plan-pending"), "put again it begins anew");
    // In neither: it never was there. One that was pulled was; its past comes late.
    answer_of(&mut bitget, ask, 1, &list(NONE));
    assert_eq!(answer_of(&mut bitget, ask, 1, &list(NONE)), [answer(Answer::NoSuchOrder)]);
    assert_eq!(answer_of(&mut bitget, Ask::Order(pulled("")), 1, &list(NONE)), [answer(Answer::Unknown)]);
}

#[test]
fn lists_have_two_halves_on_contracts_and_one_on_spot() {
    let mut bitget = bitget();
    let ask = Ask::OpenOrders(LINEAR);
    assert!(ask_of(&mut bitget, ask, 1).starts_with("/api/v2/mix/order/orders-pending?"));
    assert_eq!(answer_of(&mut bitget, ask, 1, &list(NONE)), [Heard::Answer(AskId(1), Answer::More)]);
    let second = format!("/api/v2/mix/order/orders-plan-pending?{OF}&planType=profit_loss&limit=100 ");
    assert_eq!(ask_of(&mut bitget, ask, 2), second);
    let told = answer_of(&mut bitget, ask, 2, &plans(&listed()));
    assert_eq!(told, [standing(OrderState::Open, 280_000), Heard::Answer(AskId(2), Answer::Done)]);
    // An answer of before says nothing any more.
    assert_eq!(answer_of(&mut bitget, ask, 1, &list(NONE)), [Heard::Answer(AskId(1), Answer::Unknown)]);
    let spot = Ask::OpenOrders(SPOT);
    ask_of(&mut bitget, spot, 3);
    assert_eq!(answer_of(&mut bitget, spot, 3, &list("[]")), [Heard::Answer(AskId(3), Answer::Done)]);
}

#[test]
fn withdrawing_all_withdraws_what_waits_by_its_kinds_whether_or_not_there_is_anything_before() {
    let (mut bitget, ask) = (bitget(), Ask::CancelAll(LINEAR));
    let answer = |id, answer| [Heard::Answer(AskId(id), answer)];
    assert_eq!(ask_of(&mut bitget, ask, 1), format!("/api/v2/mix/order/batch-cancel-orders {HEAD}}}"));
    let nothing = r#"{"code":"43001","msg":"The order does not exist","data":null}"#;
    assert_eq!(answer_of(&mut bitget, ask, 1, nothing), answer(1, Answer::More));
    for (id, kind, expected) in [(2, "loss_plan", Answer::More), (3, "profit_plan", Answer::Done)] {
        assert_eq!(ask_of(&mut bitget, ask, id), format!(r#"{CANCEL} {HEAD},"planType":"{kind}"}}"#));
        let done = list(r#"{"successList":[{"orderId":"900","clientOid":"R1-2-3"}],"failureList":[]}"#);
        assert_eq!(answer_of(&mut bitget, ask, id, &done), answer(id, expected), "{kind}");
    }
    assert!(ask_of(&mut bitget, ask, 4).contains("batch-cancel-orders"), "put again it begins anew");
}

/// Of one that a run before left nobody knows the type but the venue.
#[test]
fn one_that_a_run_before_left_is_withdrawn_by_the_kind_that_the_venue_told() {
    for (kind, pushed_as) in [
        ("loss_plan", "loss_plan"),
        ("loss_plan", "sl"),
        ("profit_plan", "profit_plan"),
        ("profit_plan", "tp"),
        ("pos_loss", "psl"),
        ("pos_profit", "ptp"),
        ("normal_plan", "pl"),
    ] {
        let mut bitget = bitget();
        let row = ROW.replace("loss_plan", pushed_as);
        let told =
            heard_at(&mut bitget, Place::Line(0), &pushed("USDT-FUTURES", "orders-algo", &row)).expect("understood");
        let Heard::Order(news) = told[0] else { panic!("{told:?}") };
        let adopted = Known::of(&news).expect("ours");
        assert!(adopted.order.order_type.has_trigger(), "it waits there");
        let withdrawn = ask_of(&mut bitget, Ask::Cancel(adopted), 1);
        assert!(
            withdrawn.ends_with(&format!(r#""planType":"{kind}","orderIdList":[{{"orderId":"900"}}]}}"#)),
            "{withdrawn}"
        );
    }
}

#[test]
fn what_could_not_be_withdrawn_is_asked_for() {
    let failed = r#"{"successList":[],"failureList":[{"orderId":"900","clientOid":"","errorMsg":"does not exist"}]}"#;
    assert_eq!(answered(Ask::Cancel(waiting()), &list(failed)), [Heard::Answer(AskId(9), Answer::NoSuchOrder)]);
    let done = r#"{"successList":[{"orderId":"900","clientOid":""}],"failureList":[]}"#;
    assert_eq!(answered(Ask::Cancel(waiting()), &list(done)), [Heard::Answer(AskId(9), Answer::Done)]);
}

#[test]
fn a_price_that_has_come_already_is_refused_as_a_price() {
    for code in [40_915, 40_917, 45_122] {
        let said = format!(r#"{{"code":"{code}","msg":"words","requestTime":1,"data":null}}"#);
        let place = Place::Rest(AskId(9), Ask::Place(waiting().order), 400);
        let expected = vec![Heard::Answer(AskId(9), Answer::Refused(RejectReason::Filter))];
        assert_eq!(heard_at(&mut bitget(), place, &said), Ok(expected), "{code}");
    }
}

#[test]
fn those_that_wait_and_their_news_ask_for_no_memory() {
    let mut bitget = bitget();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let touched = ROW.replace("loss_plan", "profit_plan");
    let said = [&touched, &touched.replace("live", "cancelled")].map(|row| pushed("USDT-FUTURES", "orders-algo", row));
    bitget.ask(&Ask::Place(waiting().order), AskId(1), NOW, &mut call).expect("can be asked");
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(waiting().order), Ask::Cancel(waiting()), Ask::Modify(waiting(), Ticks(1), Lots(1))] {
            bitget.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        said.iter().for_each(|said| bitget.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood"));
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 2));
}
