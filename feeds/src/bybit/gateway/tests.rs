//! Each question to Bybit to the letter, and each thing that it says as it is understood.

mod setup;
mod stops;

use super::{Bybit, MANNERS};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{
    Answer, FillNews, Heard, OrderNews, OrderState, PaymentNews, Rights, Unwelcome, Whose, trade_id,
};
use crate::gateway::key::{Key, Secret};
use crate::gateway::tongue::{Place, Tongue, Unable};
use engine_model::closeout::Cause;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::payment::PaymentKind;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::alloc_guard::AllocGuard;

const LINEAR: InstrumentId = InstrumentId(0);
const SPOT: InstrumentId = InstrumentId(1);
const INVERSE: InstrumentId = InstrumentId(2);
const NOW: Nanos = Nanos(1_711_001_595_207_000_000);

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn instruments(kept: &[InstrumentId]) -> Instruments {
    let rows = [
        ("linear:BTCUSDT", "BTC", "USDT", ContractKind::Linear, 2, 10, 3),
        ("spot:BTCUSDT", "BTC", "USDT", ContractKind::Spot, 1, 1, 6),
        ("inverse:BTCUSD", "BTC", "USD", ContractKind::Inverse, 1, 5, 0),
    ];
    let of = |(place, kept): (usize, &InstrumentId)| {
        let (symbol, base, quote, kind, price_decimals, tick_step, qty_decimals) = rows[kept.index()];
        Instrument {
            id: InstrumentId(place as u32),
            venue: VenueId::Bybit,
            symbol: name(symbol),
            base: name(base),
            quote: name(quote),
            kind,
            grid: Grid { price_decimals, tick_step, qty_decimals, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000_000),
            min_notional: Quote::whole(5),
        }
    };
    Instruments::new(kept.iter().enumerate().map(of).collect())
}

fn gateway_of(kept: &[InstrumentId]) -> Bybit {
    let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
    Bybit::new(&key, &instruments(kept))
}

fn gateway() -> Bybit {
    gateway_of(&[LINEAR, SPOT, INVERSE])
}

fn order(instrument: InstrumentId) -> Order {
    Order {
        client_order_id: ClientOrderId::new(1, 2, 3),
        instrument,
        px: Ticks(280_001),
        qty: Lots(200),
        ..Order::default()
    }
}

fn known(instrument: InstrumentId) -> Known {
    Known { order: order(instrument), venue_order_id: Name::default() }
}

fn asked(ask: Ask) -> Call {
    let mut call = Call::default();
    gateway().ask(&ask, AskId(7), NOW, &mut call).expect("can be asked");
    call
}

fn body(call: &Call) -> &str {
    std::str::from_utf8(call.body.bytes()).expect("text")
}

fn path(call: &Call) -> &str {
    std::str::from_utf8(call.path.bytes()).expect("text")
}

fn message(op: &str, argument: &str) -> String {
    format!(
        r#"{{"reqId":"7","header":{{"X-BAPI-TIMESTAMP":"1711001595207","X-BAPI-RECV-WINDOW":"5000"}},"op":"order.{op}","args":[{{{argument},"orderLinkId":"R1-2-3"}}]}}"#
    )
}

#[test]
fn an_order_is_entered_to_the_letter() {
    let market = |instrument| Order { order_type: OrderType::Market, side: Side::Sell, ..order(instrument) };
    let flag = |set: fn(&mut Order)| {
        let mut order = order(LINEAR);
        set(&mut order);
        order
    };
    let limit = r#""category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.200","price":"28000.10","timeInForce":"#;
    let cases = [
        (order(LINEAR), format!(r#"{limit}"GTC""#)),
        (flag(|order| order.time_in_force = TimeInForce::Ioc), format!(r#"{limit}"IOC""#)),
        (flag(|order| order.time_in_force = TimeInForce::Fok), format!(r#"{limit}"FOK""#)),
        (flag(|order| order.post_only = true), format!(r#"{limit}"PostOnly""#)),
        (flag(|order| order.reduce_only = true), format!(r#"{limit}"GTC","reduceOnly":true"#)),
        (
            order(SPOT),
            r#""category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.000200","price":"28000.1","timeInForce":"GTC""#.into(),
        ),
        (
            market(SPOT),
            r#""category":"spot","symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"0.000200","marketUnit":"baseCoin""#.into(),
        ),
        (
            market(INVERSE),
            r#""category":"inverse","symbol":"BTCUSD","side":"Sell","orderType":"Market","qty":"200""#.into(),
        ),
    ];
    for (order, argument) in cases {
        let call = asked(Ask::Place(order));
        assert_eq!(body(&call), message("create", &argument));
        assert_eq!((call.way, call.purse, call.weight), (Way::Line(1), Purse::Orders, 1));
    }
}

#[test]
fn an_order_is_changed_and_withdrawn_by_our_id() {
    let call = asked(Ask::Modify(known(LINEAR), Ticks(290_000), Lots(300)));
    let argument = r#""category":"linear","symbol":"BTCUSDT","qty":"0.300","price":"29000.00""#;
    assert_eq!((body(&call), call.purse), (message("amend", argument).as_str(), Purse::Orders));
    let call = asked(Ask::Cancel(known(SPOT)));
    let argument = r#""category":"spot","symbol":"BTCUSDT""#;
    assert_eq!((body(&call), call.purse), (message("cancel", argument).as_str(), Purse::Cancels));
    let theirs = Known {
        order: Order { client_order_id: ClientOrderId(0), ..known(SPOT).order },
        venue_order_id: Name::new("4711").expect("short"),
    };
    for ask in [Ask::Cancel(theirs), Ask::CancelByRest(theirs)] {
        let call = asked(ask);
        assert!(
            body(&call).contains(r#","orderId":"4711"}"#) && !body(&call).contains("orderLinkId"),
            "{}",
            body(&call)
        );
    }
}

#[test]
fn questions_go_by_rest_and_are_signed_as_they_are_sent() {
    let since = Nanos(1_700_000_000_123_456_789);
    let cases = [
        (Ask::Order(known(LINEAR)), "/v5/order/realtime?category=linear&symbol=BTCUSDT&orderLinkId=R1-2-3"),
        (Ask::OpenOrders(SPOT), "/v5/order/realtime?category=spot&symbol=BTCUSDT&openOnly=0&limit=50"),
        (
            Ask::Fills(INVERSE, since),
            "/v5/execution/list?category=inverse&symbol=BTCUSD&startTime=1700000000123&limit=100",
        ),
        (
            Ask::FillsOf(Known { venue_order_id: name("9aac161b"), ..known(LINEAR) }, since),
            "/v5/execution/list?category=linear&symbol=BTCUSDT&orderId=9aac161b&startTime=1700000000123&limit=100",
        ),
        (Ask::Balances, "/v5/account/wallet-balance?accountType=UNIFIED"),
        (Ask::Prepare(Prepare::Rights), "/v5/user/query-api"),
        (Ask::Prepare(Prepare::Time), "/v5/market/time"),
    ];
    for (ask, expected) in cases {
        let call = asked(ask);
        assert_eq!((path(&call), call.way, call.purse, body(&call)), (expected, Way::Get, Purse::Questions, ""));
        let headers = String::from_utf8_lossy(call.headers.bytes()).into_owned();
        assert!(headers.starts_with("X-BAPI-API-KEY: me\r\nX-BAPI-TIMESTAMP: 1711001595207\r\n"), "{headers}");
    }
    // By `openssl dgst -sha256 -hmac hush` over 1711001595207me5000accountType=UNIFIED
    let headers = asked(Ask::Balances).headers;
    let signed = "X-BAPI-SIGN: df8e5777889b276df0b1212f56e7ec839448ffc5ad63b6070385c247c5931986\r\n";
    assert!(String::from_utf8_lossy(headers.bytes()).ends_with(signed), "{headers:?}");
}

#[test]
fn withdrawing_all_and_the_switch_of_the_venue_are_posted() {
    let mut call = Call::default();
    assert!(gateway().leave(0, &mut call), "so that the loss of the line withdraws nobody's orders");
    assert_eq!(body(&call), r#"{"op":"unsubscribe","args":["dcp.spot","dcp.future"]}"#);
    assert!(!gateway().leave(1, &mut call));
    let call = asked(Ask::CancelByRest(known(LINEAR)));
    let expected = r#"{"category":"linear","symbol":"BTCUSDT","orderLinkId":"R1-2-3"}"#;
    assert_eq!((path(&call), body(&call)), ("/v5/order/cancel", expected));
    assert_eq!((call.way, call.purse), (Way::Post, Purse::Cancels));
    let call = asked(Ask::CancelAll(LINEAR));
    assert_eq!((path(&call), body(&call)), ("/v5/order/cancel-all", r#"{"category":"linear","symbol":"BTCUSDT"}"#));
    assert_eq!((call.way, call.purse), (Way::Post, Purse::Cancels));
    assert!(call.headers.bytes().starts_with(b"Content-Type: application/json\r\nX-BAPI-API-KEY: me\r\n"));
    for (instrument, seconds, expected) in [
        (LINEAR, 10, r#"{"product":"DERIVATIVES","timeWindow":10}"#),
        (SPOT, 1, r#"{"product":"SPOT","timeWindow":3}"#),
    ] {
        let call = asked(Ask::DeadMan(instrument, seconds));
        assert_eq!((path(&call), body(&call)), ("/v5/order/disconnected-cancel-all", expected));
    }
    let mut call = Call::default();
    assert_eq!(gateway().ask(&Ask::DeadMan(LINEAR, 0), AskId(7), NOW, &mut call), Err(Unable::NotThere));
}

#[test]
fn positions_are_asked_for_list_by_list_and_each_page_by_page() {
    let linear = "/v5/position/list?category=linear&settleCoin=USDT&limit=200";
    let inverse = "/v5/position/list?category=inverse&limit=200";
    for (kept, lists) in [
        (&[LINEAR][..], &[linear][..]),
        (&[LINEAR, SPOT], &[linear]),
        (&[INVERSE], &[inverse]),
        (&[LINEAR, INVERSE], &[linear, inverse]),
        (&[INVERSE, SPOT, LINEAR], &[inverse, linear]),
    ] {
        let mut gateway = gateway_of(kept);
        let mut next = |rows: usize, cursor: &str| {
            let mut call = Call::default();
            gateway.ask(&Ask::Positions, AskId(7), NOW, &mut call).expect("can be asked");
            let rows = vec![r#"{"symbol":"ANOTHER","side":"Buy","size":"1"}"#; rows].join(",");
            let result = format!(r#"{{"category":"linear","nextPageCursor":"{cursor}","list":[{rows}]}}"#);
            let (said, mut heard) = (format!(r#"{{"retCode":0,"result":{result}}}"#), Vec::new());
            let place = Place::Rest(AskId(7), Ask::Positions, 200);
            gateway.hear(place, said.as_bytes(), &mut heard).expect("understood");
            (path(&call).to_owned(), heard.last().copied())
        };
        let answer = |answer| Some(Heard::Answer(AskId(7), answer));
        for _ in 0..2 {
            assert_eq!(next(200, "a%3A1"), (lists[0].to_owned(), answer(Answer::More)), "{kept:?}");
            let end = if lists.len() > 1 { Answer::More } else { Answer::Done };
            assert_eq!(next(3, "b%3A2"), (format!("{}&cursor=a%3A1", lists[0]), answer(end)));
            if let Some(second) = lists.get(1) {
                assert_eq!(next(0, ""), ((*second).to_owned(), answer(Answer::Done)));
            }
        }
    }
    let mut call = Call::default();
    assert_eq!(gateway_of(&[SPOT]).ask(&Ask::Positions, AskId(7), NOW, &mut call), Err(Unable::NotThere));
}

#[test]
fn a_line_is_greeted_with_a_login_and_the_private_one_with_subscriptions() {
    let mut gateway = gateway();
    let mut call = Call::default();
    let mut said = |line, step| gateway.greet(line, step, NOW, &mut call).then(|| body(&call).to_owned());
    let login = said(0, 0).expect("a login");
    assert!(login.starts_with(r#"{"op":"auth","args":["me",1711001605207,""#), "{login}");
    assert_eq!(said(1, 0), Some(login));
    let topics = r#"{"op":"subscribe","args":["order","execution","position","wallet","dcp.spot","dcp.future"]}"#;
    assert_eq!((said(0, 1).as_deref(), said(0, 2), said(1, 1)), (Some(topics), None, None));
    let mut paths = [(); 2].map(|()| crate::gateway::text::Text::default());
    paths.iter_mut().enumerate().for_each(|(line, path)| gateway.line_path(line, path));
    assert_eq!(paths.each_ref().map(|path| path.bytes()), [&b"/v5/private"[..], b"/v5/trade"]);
    assert_eq!(MANNERS.lines.len(), 2);
}

fn heard_at(place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = vec![Heard::Leave];
    let understood = gateway().hear(place, said.as_bytes(), &mut heard);
    assert_eq!(heard.remove(0), Heard::Leave, "what was heard before stays");
    assert!(understood.is_ok() || heard.is_empty(), "of an error nothing is heard");
    understood.map(|()| heard)
}

fn heard(said: &str) -> Vec<Heard> {
    heard_at(Place::Line(0), said).expect("understood")
}

fn answered(ask: Ask, said: &str) -> Vec<Heard> {
    heard_at(Place::Rest(AskId(9), ask, 200), said).expect("understood")
}

#[test]
fn a_login_is_taken_or_refused_for_a_reason() {
    for (said, expected) in [
        (r#"{"success":true,"ret_msg":"","op":"auth","conn_id":"x"}"#, Heard::Welcome),
        (r#"{"success":true,"ret_msg":"","conn_id":"x","req_id":"","op":"subscribe"}"#, Heard::Welcome),
        (r#"{"retCode":0,"retMsg":"OK","op":"auth","connId":"x"}"#, Heard::Welcome),
        (r#"{"retCode":10004,"retMsg":"Invalid sign","op":"auth","connId":"x"}"#, Heard::Unwelcome(Unwelcome::Key)),
        (
            r#"{"success":false,"ret_msg":"error:Your api key has expired","op":"auth"}"#,
            Heard::Unwelcome(Unwelcome::Key),
        ),
        (
            r#"{"success":false,"ret_msg":"Request not authorized, expires is in the past","op":"auth"}"#,
            Heard::Unwelcome(Unwelcome::Clock),
        ),
        (r#"{"success":false,"ret_msg":"Params Error","op":"auth"}"#, Heard::Unwelcome(Unwelcome::Other)),
    ] {
        assert_eq!(heard(said), [expected], "{said}");
    }
    for nothing in [
        r#"{"op":"pong","args":["1675418560633"],"conn_id":"x"}"#,
        r#"{"retCode":0,"retMsg":"OK","op":"pong","data":["1711002002529"],"connId":"x"}"#,
        r#"{"topic":"greeks","data":[{}]}"#,
        r#"{"anything":1}"#,
    ] {
        assert_eq!(heard(nothing), [], "{nothing}");
    }
}

fn entered(code: u64) -> String {
    format!(r#"{{"reqId":"7","retCode":{code},"retMsg":"words","op":"order.create","data":{{}},"connId":"x"}}"#)
}

#[test]
fn an_answer_to_an_order_carries_its_number_and_how_much_is_used() {
    let said = r#"{"reqId":"7","retCode":0,"retMsg":"OK","op":"order.amend","data":{"orderId":"a","orderLinkId":"R1-2-3"},
        "retExtInfo":{},"header":{"X-Bapi-Limit":"10","X-Bapi-Limit-Status":"8","X-Bapi-Limit-Reset-Timestamp":
        "1711001595207","Traceid":"x","Timenow":"1711001595209"},"connId":"x"}"#;
    assert_eq!(heard(said), [Heard::Used(2, 10), Heard::Answer(AskId(7), Answer::Done)]);
    let said = said.replace(r#""retCode":0"#, r#""retCode":10006"#).replace("595207", "595459");
    assert_eq!(heard(&said)[1], Heard::Answer(AskId(7), Answer::Later { wait_ms: 250 }));
    assert_eq!(heard(&entered(0).replace("\"7\"", "\"theirs\"")), []);
    let without = r#"{"reqId":"7","op":"order.cancel"}"#;
    assert_eq!(heard_at(Place::Line(1), without), Err(FrameError::Missing(Field::Code)));
}

#[test]
fn each_code_of_refusal_is_known() {
    use Answer::{Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    for (code, expected) in [
        (10001, Refused(R::Filter)),
        (10003, Refused(R::NotAllowed)),
        (10004, Refused(R::NotAllowed)),
        (10005, Refused(R::NotAllowed)),
        (10006, Later { wait_ms: 0 }),
        (10010, Refused(R::NotAllowed)),
        (10016, Unknown),
        (10018, Later { wait_ms: 60_000 }),
        (10429, Later { wait_ms: 1_000 }),
        (110001, NoSuchOrder),
        (110003, Refused(R::Filter)),
        (110004, Refused(R::InsufficientFunds)),
        (110007, Refused(R::InsufficientFunds)),
        (110012, Refused(R::InsufficientFunds)),
        (110017, Refused(R::ReduceOnly)),
        (110043, Refused(R::Other)),
        (110094, Refused(R::Filter)),
        (170131, Refused(R::InsufficientFunds)),
        (170140, Refused(R::Filter)),
        (170213, NoSuchOrder),
        (170218, Refused(R::PostOnlyWouldTake)),
        // Not in the list of what matters most, but known.
        (10000, Unknown),
        (110008, Refused(R::UnknownOrder)),
        (110020, Refused(R::TooManyOrders)),
        (110072, Refused(R::DuplicateId)),
        (170121, Refused(R::NoMarket)),
        (999_999, Refused(R::Other)),
    ] {
        assert_eq!(heard(&entered(code)), [Heard::Answer(AskId(7), expected)], "{code} on a line");
        let said = format!(r#"{{"retCode":{code},"retMsg":"words","result":{{}},"time":1}}"#);
        assert_eq!(answered(Ask::CancelAll(LINEAR), &said), [Heard::Answer(AskId(9), expected)], "{code} by REST");
    }
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    for (status, expected) in [
        (500, Answer::Unknown),
        (502, Answer::Unknown),
        (504, Answer::Unknown),
        (403, Answer::Later { wait_ms: 60_000 }),
        (429, Answer::Later { wait_ms: 60_000 }),
    ] {
        let place = Place::Rest(AskId(9), Ask::CancelAll(LINEAR), status);
        assert_eq!(heard_at(place, "<html>"), Ok(vec![Heard::Answer(AskId(9), expected)]), "{status}");
    }
}

const ORDER: &str = r#"{"category":"linear","symbol":"BTCUSDT","orderId":"5cf98598-39a7-459e-97bf-76ca765ee020",
    "orderLinkId":"R1-2-3","side":"Sell","orderType":"Limit","price":"28000.10","qty":"0.300","cumExecQty":"0.100",
    "leavesQty":"0.200","avgPrice":"28000.1","orderStatus":"PartiallyFilled","rejectReason":"EC_NoError",
    "timeInForce":"GTC","updatedTime":"1672364262457","createdTime":"1672364262444","newField":{"a":[1]}}"#;

fn news() -> OrderNews {
    OrderNews {
        whose: Whose {
            ours: Some(ClientOrderId::new(1, 2, 3)),
            venue_order_id: name("5cf98598-39a7-459e-97bf-76ca765ee020"),
        },
        instrument: Some(LINEAR),
        side: Side::Sell,
        px: Ticks(280_001),
        qty: Lots(300),
        filled: Lots(100),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_672_364_262_457_000_000),
    }
}

fn pushed(topic: &str, row: &str) -> String {
    format!(r#"{{"id":"x","topic":"{topic}","creationTime":1672364262474,"data":[{row}]}}"#)
}

#[test]
fn the_news_of_an_order_are_on_its_grid() {
    assert_eq!(heard(&pushed("order", ORDER)), [Heard::Order(news())]);
    let spot = ORDER.replace("linear", "spot").replace("0.100", "0.000001").replace("0.300", "0.000003");
    let Heard::Order(told) = heard(&pushed("order", &spot))[0] else { panic!("an order") };
    assert_eq!((told.instrument, told.filled, told.qty, told.px), (Some(SPOT), Lots(1), Lots(3), Ticks(280_001)));
    let market = ORDER.replace("Limit", "Market").replace("28000.10", "29393.00");
    assert!(matches!(heard(&pushed("order", &market))[0], Heard::Order(OrderNews { px: Ticks(0), .. })));
    let stray = ORDER.replace("R1-2-3", "by-hand").replace("0.300", "0.30017");
    let Heard::Order(told) = heard(&pushed("order", &stray))[0] else { panic!("an order") };
    assert_eq!((told.whose.ours, told.qty), (None, Lots(300)));
    let foreign = ORDER.replace("BTCUSDT", "DOGEUSDT");
    let Heard::Order(told) = heard(&pushed("order", &foreign))[0] else { panic!("an order") };
    assert_eq!((told.instrument, told.whose), (None, news().whose));
}

#[test]
fn the_states_of_an_order_are_told_apart() {
    use OrderState::{Canceled, Filled, Open, Rejected};
    let none = "0.000";
    for (status, reason, filled, expected) in [
        ("New", "EC_NoError", none, Open),
        ("Untriggered", "EC_NoError", none, Open),
        ("Filled", "EC_NoError", "0.300", Filled),
        ("Cancelled", "EC_PerCancelRequest", "0.100", Canceled),
        ("PartiallyFilledCanceled", "EC_CancelForNoFullFill", "0.100", Canceled),
        ("Deactivated", "EC_NoError", none, Canceled),
        ("Cancelled", "EC_NoEnoughQtyToFill", none, Canceled),
        ("Cancelled", "EC_PostOnlyWillTakeLiquidity", none, Rejected(RejectReason::PostOnlyWouldTake)),
        ("Rejected", "EC_NoEnoughQtyToFill", none, Rejected(RejectReason::CannotFillWhole)),
        ("Rejected", "EC_InvalidSymbolStatus", none, Rejected(RejectReason::NoMarket)),
        ("Rejected", "EC_SomethingNew", none, Rejected(RejectReason::Other)),
    ] {
        let row = ORDER.replace("PartiallyFilled", status).replace("EC_NoError", reason).replace("0.100", filled);
        let Heard::Order(told) = heard(&pushed("order", &row))[0] else { panic!("an order") };
        assert_eq!(told.state, expected, "{status} {reason}");
    }
    let row = ORDER.replace("PartiallyFilled", "Dreaming");
    assert_eq!(heard_at(Place::Line(0), &pushed("order", &row)), Err(FrameError::Unreadable(Field::State)));
}

const FILL: &str = r#"{"category":"linear","symbol":"BTCUSDT","execFee":"-0.00500001","execId":"7e2ae69c-4edf-5800-a352-893d52b446aa",
    "execPrice":"28000.10","execQty":"0.100","execType":"Trade","execValue":"2800.01","isMaker":true,"feeRate":"0.0001",
    "leavesQty":"0.2","orderId":"5cf98598-39a7-459e-97bf-76ca765ee020","orderLinkId":"R1-2-3","side":"Sell",
    "execTime":"1672364174443","feeCurrency":"","seq":4688002127}"#;

fn fill() -> FillNews {
    FillNews {
        whose: news().whose,
        instrument: Some(LINEAR),
        side: Side::Sell,
        trade_id: trade_id(b"7e2ae69c-4edf-5800-a352-893d52b446aa"),
        px: Ticks(280_001),
        qty: Lots(100),
        fee_e8: -500_001,
        fee_asset: name("USDT"),
        liquidity: Liquidity::Maker,
        at_ns: Nanos(1_672_364_174_443_000_000),
    }
}

#[test]
fn an_execution_is_told_with_its_fee_and_funding_as_a_payment() {
    assert_eq!(heard(&pushed("execution", FILL)), [Heard::Fill(fill())]);
    let both = format!("{FILL},{}", FILL.replace("\"Trade\"", "\"Funding\""));
    let paid = PaymentNews {
        instrument: Some(LINEAR),
        id: fill().trade_id,
        kind: PaymentKind::Funding,
        asset: name("USDT"),
        amount_e8: 500_001,
        at_ns: fill().at_ns,
    };
    assert_eq!(heard(&pushed("execution", &both)), [Heard::Fill(fill()), Heard::Paid(paid)]);
    let named = FILL.replace(r#""feeCurrency":"""#, r#""feeCurrency":"BIT""#).replace("true", "false");
    let Heard::Fill(told) = heard(&pushed("execution", &named))[0] else { panic!("a fill") };
    assert_eq!((told.fee_asset, told.liquidity), (name("BIT"), Liquidity::Taker));
    let bought = FILL.replace("linear", "spot").replace("Sell", "Buy");
    let Heard::Fill(told) = heard(&pushed("execution", &bought))[0] else { panic!("a fill") };
    assert_eq!((told.fee_asset, told.instrument), (name("BTC"), Some(SPOT)));
}

#[test]
fn what_is_missing_is_an_error_and_the_rest_of_the_message_is_not_told() {
    for (from, to, expected) in [
        (r#""execId""#, r#""id""#, FrameError::Missing(Field::Id)),
        (r#""execPrice""#, r#""at""#, FrameError::Missing(Field::Price)),
        (r#""isMaker""#, r#""was""#, FrameError::Missing(Field::Liquidity)),
        (r#""0.100""#, r#""0.1005""#, FrameError::OffGrid(Field::Quantity)),
        ("\"Sell\"", "\"Swap\"", FrameError::Unreadable(Field::Side)),
    ] {
        let rows = format!("{FILL},{}", FILL.replace(from, to));
        assert_eq!(heard_at(Place::Line(0), &pushed("execution", &rows)), Err(expected), "{from}");
    }
    assert_eq!(heard_at(Place::Line(0), "ping"), Err(FrameError::NotJson));
}

#[test]
fn positions_and_money_are_told() {
    let row = r#"{"positionIdx":0,"category":"linear","symbol":"BTCUSDT","side":"Sell","size":"0.250"}"#;
    let rows = format!(
        "{row},{},{}",
        row.replace("Sell", "").replace("0.250", "0").replace("linear", "inverse").replace("USDT", "USD"),
        row.replace("BTC", "XRP")
    );
    let expected = [
        Heard::Position { instrument: LINEAR, qty: Lots(-250) },
        Heard::Position { instrument: INVERSE, qty: Lots(0) },
    ];
    assert_eq!(heard(&pushed("position", &rows)), expected);
    let row = r#"{"accountType":"UNIFIED","coin":[{"coin":"USDT","walletBalance":"100.5","locked":"10","totalOrderIM":"0.25"},
        {"coin":"BTC","walletBalance":"0.00102964","locked":"","totalOrderIM":""}]}"#;
    let expected = [
        Heard::Balance { asset: name("USDT"), free_e8: 9_025_000_000, locked_e8: 1_025_000_000 },
        Heard::Balance { asset: name("BTC"), free_e8: 102_964, locked_e8: 0 },
    ];
    assert_eq!(heard(&pushed("wallet", row)), expected);
    let told = answered(Ask::Balances, &format!(r#"{{"retCode":0,"result":{{"list":[{row}]}}}}"#));
    assert_eq!(told, [expected[0], expected[1], Heard::Answer(AskId(9), Answer::Done)]);
}

#[test]
fn answers_by_rest_name_the_category_once() {
    let list = |rows: &str| {
        let rows = rows.replace(r#""category":"linear","#, "");
        format!(
            r#"{{"retCode":0,"retMsg":"OK","result":{{"category":"linear","nextPageCursor":"x","list":[{rows}]}}}}"#
        )
    };
    let done = Heard::Answer(AskId(9), Answer::Done);
    assert_eq!(answered(Ask::Order(known(LINEAR)), &list(ORDER)), [Heard::Order(news()), done]);
    let absent = Heard::Answer(AskId(9), Answer::NoSuchOrder);
    assert_eq!(answered(Ask::Order(known(LINEAR)), &list("")), [absent]);
    assert_eq!(answered(Ask::OpenOrders(LINEAR), &list(ORDER)), [Heard::Order(news()), done]);
    assert_eq!(answered(Ask::OpenOrders(LINEAR), &list("")), [done]);
    assert_eq!(answered(Ask::Fills(LINEAR, Nanos(0)), &list(FILL)), [Heard::Fill(fill()), done]);
    let held = r#"{"symbol":"BTCUSDT","side":"Buy","size":"0.1"}"#;
    let position = Heard::Position { instrument: LINEAR, qty: Lots(100) };
    let goes_on = Heard::Answer(AskId(9), Answer::More);
    assert_eq!(answered(Ask::Positions, &list(held)), [position, goes_on], "to those of inverse contracts");
    let time =
        r#"{"retCode":0,"result":{"timeSecond":"1688639403","timeNano":"1688639403423213947"},"time":1688639403423}"#;
    assert_eq!(answered(Ask::Prepare(Prepare::Time), time), [Heard::Time(Nanos(1_688_639_403_423_213_947)), done]);
}

#[test]
fn a_list_longer_than_a_page_is_asked_for_page_by_page() {
    let mut gateway = gateway();
    let mut next = |ask: Ask, rows: usize, cursor: &str| {
        let mut call = Call::default();
        gateway.ask(&ask, AskId(9), NOW, &mut call).expect("can be asked");
        let rows = vec![ORDER; rows].join(",");
        let said = format!(r#"{{"retCode":0,"result":{{"nextPageCursor":"{cursor}","list":[{rows}]}}}}"#);
        let mut heard = Vec::new();
        gateway.hear(Place::Rest(AskId(9), ask, 200), said.as_bytes(), &mut heard).expect("understood");
        let went_on = path(&call).split_once("&cursor=").map(|(_, cursor)| cursor.to_owned());
        (went_on, heard.len() - 1, heard.last().copied())
    };
    let answer = |answer| Some(Heard::Answer(AskId(9), answer));
    let ask = Ask::OpenOrders(LINEAR);
    assert_eq!(next(ask, 50, "a%3A1"), (None, 50, answer(Answer::More)));
    assert_eq!(next(Ask::OpenOrders(SPOT), 1, "z"), (None, 1, answer(Answer::Done)), "another question");
    assert_eq!(next(ask, 50, "b%3A2"), (Some("a%3A1".into()), 50, answer(Answer::More)));
    assert_eq!(next(ask, 3, "c%3A3"), (Some("b%3A2".into()), 3, answer(Answer::Done)));
    assert_eq!(next(ask, 50, ""), (None, 50, answer(Answer::Done)), "anew, and just one page");
}

#[test]
fn a_refusal_of_our_time_is_told_as_one() {
    let clock = Heard::Unwelcome(Unwelcome::Clock);
    let refused = Answer::Refused(RejectReason::Unavailable);
    assert_eq!(heard(&entered(10_002)), [clock, Heard::Answer(AskId(7), refused)]);
    let said = r#"{"retCode":10002,"retMsg":"words","result":{}}"#;
    assert_eq!(answered(Ask::Balances, said), [clock, Heard::Answer(AskId(9), refused)]);
}

#[test]
fn a_key_that_may_withdraw_is_seen() {
    let key = r#"{"retCode":0,"result":{"readOnly":0,"permissions":{"ContractTrade":["Order","Position"],
        "Spot":["SpotTrade"],"Wallet":["Earn"],"Options":[]},"ips":["*"]}}"#;
    let rights = |said: &str| match answered(Ask::Prepare(Prepare::Rights), said)[0] {
        Heard::Rights(rights) => rights,
        other => panic!("{other:?}"),
    };
    let good = Rights { trade: true, withdraw: Some(false), bound_to_addresses: Some(false) };
    assert_eq!(rights(key), good);
    for away in ["Withdraw", "AccountTransfer", "SubMemberTransfer"] {
        assert_eq!(rights(&key.replace("Earn", away)).withdraw, Some(true), "{away}");
    }
    assert_eq!(rights(&key.replace("\"*\"", "\"10.0.0.1\"")).bound_to_addresses, Some(true));
    for poor in [("\"readOnly\":0", "\"readOnly\":1"), ("\"SpotTrade\"", ""), ("\"Order\",", "")] {
        assert!(!rights(&key.replace(poor.0, poor.1)).trade, "{poor:?}");
    }
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut gateway = gateway();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [pushed("order", ORDER), pushed("execution", FILL), entered(10_006)];
    let place = Order { post_only: true, ..order(LINEAR) };
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(place), Ask::Modify(known(LINEAR), Ticks(1), Lots(2)), Ask::Cancel(known(SPOT))] {
            gateway.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        gateway.ask(&Ask::Order(known(SPOT)), AskId(number), NOW, &mut call).expect("can be asked");
        heard.clear();
        for said in &said {
            gateway.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
        }
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 3));
}

/// One of each kind.
fn every_message() -> Vec<(Place, String)> {
    let rest = |ask| Place::Rest(AskId(9), ask, 200);
    let list = |rows: &str| format!(r#"{{"retCode":0,"result":{{"category":"linear","list":[{rows}]}}}}"#);
    let held = r#"{"category":"linear","symbol":"BTCUSDT","side":"Sell","size":"0.250"}"#;
    let money = r#"{"coin":[{"coin":"USDT","walletBalance":"100.5","locked":"10","totalOrderIM":"0.25"}]}"#;
    let rights = r#"{"retCode":0,"result":{"readOnly":0,"permissions":{"Spot":["SpotTrade"]},"ips":["*"]}}"#;
    vec![
        (Place::Line(0), pushed("order", ORDER)),
        (Place::Line(0), pushed("execution", FILL)),
        (Place::Line(0), pushed("position", held)),
        (Place::Line(0), pushed("wallet", money)),
        (Place::Line(1), entered(10_006)),
        (Place::Line(0), r#"{"success":false,"ret_msg":"Params Error","op":"auth"}"#.to_owned()),
        (rest(Ask::Order(known(LINEAR))), list(ORDER)),
        (rest(Ask::Prepare(Prepare::Rights)), rights.to_owned()),
    ]
}

/// Each message cut anywhere, and with any of its bytes exchanged for one that changes the grammar.
#[test]
fn a_spoilt_message_is_understood_whole_or_not_at_all() {
    let mut gateway = gateway();
    let mut heard = Vec::new();
    for (place, said) in every_message() {
        let mut hear = |said: &[u8]| {
            heard.clear();
            heard.push(Heard::Leave);
            let understood = gateway.hear(place, said, &mut heard);
            assert!(understood.is_ok() || heard == [Heard::Leave], "{}", String::from_utf8_lossy(said));
        };
        let bytes = said.as_bytes();
        (0..bytes.len()).for_each(|end| hear(&bytes[..end]));
        for at in 0..bytes.len() {
            for byte in *b"\"\\{[,:-.09x\xff" {
                let mut spoilt = bytes.to_vec();
                spoilt[at] = byte;
                hear(&spoilt);
            }
        }
    }
}

#[test]
fn what_the_venue_executed_itself_is_told_apart_from_a_strangers() {
    // Off the grid of prices, where the venue may close.
    let of_nobody = FILL.replace("R1-2-3", "").replace("28000.10", "28000.1004");
    let told = |row: &str| heard(&pushed("execution", row))[0];
    let fill = FillNews { whose: Whose { ours: None, ..fill().whose }, ..fill() };
    for (from, to, cause) in [
        ("\"Trade\"", "\"AdlTrade\"", Cause::Deleveraging),
        ("\"Trade\"", "\"BustTrade\"", Cause::Takeover),
        ("\"Trade\"", "\"Trade\",\"createType\":\"CreateByLiq\"", Cause::Liquidation),
        ("\"Trade\"", "\"Trade\",\"createType\":\"CreateByTakeOver_PassThrough\"", Cause::Takeover),
        ("\"Trade\"", "\"Trade\",\"createType\":\"CreateByAdl_PassThrough\"", Cause::Deleveraging),
    ] {
        assert_eq!(told(&of_nobody.replace(from, to)), Heard::ClosedOut(cause, fill), "{to}");
    }
    assert_eq!(told(&of_nobody.replace("\"Trade\"", "\"Trade\",\"createType\":\"CreateByUser\"")), Heard::Fill(fill));
}

#[test]
fn whether_sides_are_kept_apart_is_what_a_contracts_own_rows_say() {
    assert_eq!(path(&asked(Ask::Mode(LINEAR))), "/v5/position/list?category=linear&symbol=BTCUSDT");
    let row = |index: u8| format!(r#"{{"positionIdx":{index},"symbol":"BTCUSDT","side":"","size":"0"}}"#);
    let said = |rows: String| {
        format!(r#"{{"retCode":0,"retMsg":"OK","result":{{"category":"linear","list":[{rows}]}},"time":1}}"#)
    };
    let done = Heard::Answer(AskId(9), Answer::Done);
    assert_eq!(answered(Ask::Mode(LINEAR), &said(row(0))), [Heard::TwoWay(false), done]);
    let both = said([row(1), row(2)].join(","));
    assert_eq!(answered(Ask::Mode(LINEAR), &both), [Heard::TwoWay(true), Heard::TwoWay(true), done]);
}
