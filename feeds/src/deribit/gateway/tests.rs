//! Each question to Deribit to the letter, and each thing that it says as it is understood.

mod stops;

use super::Deribit;
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose};
use crate::gateway::key::{Key, Secret};
use crate::gateway::text::Text;
use crate::gateway::tongue::{Place, Tongue, Unable};
use engine_model::closeout::Cause;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::alloc_guard::AllocGuard;

const INVERSE: InstrumentId = InstrumentId(0);
const LINEAR: InstrumentId = InstrumentId(1);
const NOW: Nanos = Nanos(1_695_806_875_837_000_000);

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn deribit() -> Deribit {
    let grid =
        |price_decimals, tick_step, qty_decimals, lot_step| Grid { price_decimals, tick_step, qty_decimals, lot_step };
    let rows = [
        ("BTC-PERPETUAL", "BTC", "USD", ContractKind::Inverse, grid(1, 5, 0, 10)),
        ("ETH_USDC-PERPETUAL", "ETH", "USDC", ContractKind::Linear, grid(2, 5, 3, 1)),
    ];
    let of = |(place, (symbol, base, quote, kind, grid)): (usize, (&str, &str, &str, ContractKind, Grid))| Instrument {
        id: InstrumentId(place as u32),
        venue: VenueId::Deribit,
        symbol: name(symbol),
        base: name(base),
        quote: name(quote),
        kind,
        grid,
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000_000),
        min_notional: Quote(0),
    };
    let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
    Deribit::new(&key, &Instruments::new(rows.into_iter().enumerate().map(of).collect()))
}

fn order(instrument: InstrumentId) -> Order {
    let (px, qty) = (Ticks(60_001), Lots(30));
    Order { client_order_id: ClientOrderId::new(1, 2, 3), instrument, px, qty, ..Order::default() }
}

fn with(instrument: InstrumentId, set: impl FnOnce(&mut Order)) -> Order {
    let mut order = order(instrument);
    set(&mut order);
    order
}

fn known(theirs: &str) -> Known {
    Known { order: order(LINEAR), venue_order_id: if theirs.is_empty() { Name::default() } else { name(theirs) } }
}

fn asked_of(deribit: &mut Deribit, ask: Ask) -> Result<Call, Unable> {
    let mut call = Call::default();
    deribit.ask(&ask, AskId(7), NOW, &mut call).map(|()| call)
}

fn asked(ask: Ask) -> Call {
    asked_of(&mut deribit(), ask).expect("can be asked")
}

fn text(text: &Text) -> &str {
    std::str::from_utf8(text.bytes()).expect("text")
}

/// What enters an order or changes one is good for five seconds.
fn message(method: &str, params: &str) -> String {
    let is_good_until = ["buy", "sell", "edit", "edit_by_label"].contains(&method);
    let end = if is_good_until { r#","valid_until":1695806880837"# } else { "" };
    format!(r#"{{"jsonrpc":"2.0","id":7,"method":"private/{method}","params":{{{params}{end}}}}}"#)
}

#[test]
fn an_order_is_entered_to_the_letter() {
    let limit = |more: &str| {
        format!(
            r#""instrument_name":"BTC-PERPETUAL","amount":300,"type":"limit","price":30000.5,"time_in_force":{more},"label":"R1-2-3""#
        )
    };
    let market = |order: &mut Order| (order.side, order.order_type) = (Side::Sell, OrderType::Market);
    for (order, method, params) in [
        (order(INVERSE), "buy", limit(r#""good_til_cancelled""#)),
        (with(INVERSE, |order| order.side = Side::Sell), "sell", limit(r#""good_til_cancelled""#)),
        (with(INVERSE, |order| order.time_in_force = TimeInForce::Ioc), "buy", limit(r#""immediate_or_cancel""#)),
        (with(INVERSE, |order| order.time_in_force = TimeInForce::Fok), "buy", limit(r#""fill_or_kill""#)),
        (
            with(INVERSE, |order| order.post_only = true),
            "buy",
            limit(r#""good_til_cancelled","post_only":true,"reject_post_only":true"#),
        ),
        (with(INVERSE, |order| order.reduce_only = true), "buy", limit(r#""good_til_cancelled","reduce_only":true"#)),
        (
            with(LINEAR, market),
            "sell",
            r#""instrument_name":"ETH_USDC-PERPETUAL","amount":0.030,"type":"market","label":"R1-2-3""#.to_owned(),
        ),
    ] {
        let call = asked(Ask::Place(order));
        assert_eq!(text(&call.body), message(method, &params));
        assert_eq!((call.way, call.purse, call.weight), (Way::Line(0), Purse::Orders, 1));
    }
}

#[test]
fn an_order_is_changed_and_withdrawn_by_the_venues_id_or_by_its_label() {
    let change = |theirs| Ask::Modify(known(theirs), Ticks(60_003), Lots(40));
    let exit = Known { order: Order { reduce_only: true, ..order(LINEAR) }, ..known("ETH-55") };
    for (ask, said, purse) in [
        (change("ETH-55"), message("edit", r#""order_id":"ETH-55","amount":0.040,"price":3000.15"#), Purse::Orders),
        (
            Ask::Modify(exit, Ticks(60_003), Lots(40)),
            message("edit", r#""order_id":"ETH-55","amount":0.040,"price":3000.15,"reduce_only":true"#),
            Purse::Orders,
        ),
        (
            change(""),
            message(
                "edit_by_label",
                r#""label":"R1-2-3","instrument_name":"ETH_USDC-PERPETUAL","amount":0.040,"price":3000.15"#,
            ),
            Purse::Orders,
        ),
        (Ask::Cancel(known("ETH-55")), message("cancel", r#""order_id":"ETH-55""#), Purse::Cancels),
        (Ask::Cancel(known("")), message("cancel_by_label", r#""label":"R1-2-3","currency":"USDC""#), Purse::Cancels),
    ] {
        let call = asked(ask);
        assert_eq!((text(&call.body), call.way, call.purse), (said.as_str(), Way::Line(0), purse));
    }
    for ask in [Ask::DeadMan(INVERSE, 10), Ask::Prepare(Prepare::Token)] {
        assert_eq!(asked_of(&mut deribit(), ask).err(), Some(Unable::NotThere));
    }
}

#[test]
fn questions_go_by_rest_and_are_signed_as_they_are_sent() {
    let of = "instrument_name=BTC-PERPETUAL";
    let span = "start_timestamp=1695806000000&end_timestamp=1695806935837&count=1000&sorting=asc";
    for (ask, path, purse) in [
        (Ask::CancelAll(INVERSE), format!("private/cancel_all_by_instrument?{of}"), Purse::Cancels),
        (Ask::CancelByRest(known("ETH-55")), "private/cancel?order_id=ETH-55".to_owned(), Purse::Cancels),
        (Ask::CancelByRest(known("")), "private/cancel_by_label?label=R1-2-3&currency=USDC".to_owned(), Purse::Cancels),
        (
            Ask::FillsOf(known("ETH-55"), NOW),
            "private/get_user_trades_by_order?order_id=ETH-55&sorting=asc".to_owned(),
            Purse::Questions,
        ),
        (Ask::OpenOrders(INVERSE), format!("private/get_open_orders_by_instrument?{of}"), Purse::Questions),
        (Ask::Order(known("ETH-55")), "private/get_order_state?order_id=ETH-55".to_owned(), Purse::Questions),
        (
            Ask::Order(known("")),
            "private/get_order_state_by_label?currency=USDC&label=R1-2-3".to_owned(),
            Purse::Questions,
        ),
        (
            Ask::Fills(INVERSE, Nanos(1_695_806_000_000_000_000)),
            format!("private/get_user_trades_by_instrument_and_time?{of}&{span}"),
            Purse::Questions,
        ),
        (Ask::Balances, "private/get_account_summaries?extended=false".to_owned(), Purse::Questions),
        (Ask::Positions, "private/get_positions?currency=any".to_owned(), Purse::Questions),
    ] {
        let call = asked(ask);
        assert_eq!((text(&call.path), call.way, call.purse), (format!("/api/v2/{path}").as_str(), Way::Get, purse));
        let header = "Authorization: deri-hmac-sha256 id=me,ts=1695806875837,nonce=1695806875837,sig=";
        assert!(text(&call.headers).starts_with(header), "{}", text(&call.headers));
    }
    let time = asked(Ask::Prepare(Prepare::Time));
    assert_eq!((text(&time.path), text(&time.headers)), ("/api/v2/public/get_time", ""));
    let rights = asked(Ask::Prepare(Prepare::Rights));
    let login = "/api/v2/public/auth?grant_type=client_signature&client_id=me&timestamp=1695806875837&";
    assert!(text(&rights.path).starts_with(login), "{}", text(&rights.path));
    let kept = asked(Ask::Prepare(Prepare::KeepToken));
    let again = r#"{"jsonrpc":"2.0","id":7,"method":"public/auth","params":{"grant_type":"client_signature","#;
    assert!(text(&kept.body).starts_with(again) && kept.way == Way::Line(0), "{}", text(&kept.body));
}

#[test]
fn a_line_is_greeted_with_a_login_a_heartbeat_the_switch_and_the_channels() {
    let (mut deribit, mut call) = (deribit(), Call::default());
    let mut said = Vec::new();
    while deribit.greet(0, said.len(), NOW, &mut call) {
        said.push(text(&call.body).to_owned());
    }
    let head = |method: &str| format!(r#"{{"jsonrpc":"2.0","id":"greeting","method":"{method}","params":"#);
    assert!(
        said[0].starts_with(&format!(r#"{}{{"grant_type":"client_signature","client_id":"me","#, head("public/auth")))
    );
    assert_eq!(
        said[1..],
        [
            format!(r#"{}{{"interval":10}}}}"#, head("public/set_heartbeat")),
            format!(r#"{}{{"scope":"connection"}}}}"#, head("private/enable_cancel_on_disconnect")),
            format!(
                r#"{}{{"channels":["user.orders.any.any.raw","user.trades.any.any.raw","user.portfolio.any"]}}}}"#,
                head("private/subscribe")
            ),
        ]
    );
    let mut path = Text::default();
    deribit.line_path(0, &mut path);
    assert_eq!(text(&path), "/ws/api/v2");
}

fn heard_at(deribit: &mut Deribit, place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = vec![Heard::Leave];
    let understood = deribit.hear(place, said.as_bytes(), &mut heard);
    assert_eq!(heard.remove(0), Heard::Leave, "what was heard before stays");
    assert!(understood.is_ok() || heard.is_empty(), "of an error nothing is heard");
    understood.map(|()| heard)
}

fn heard(said: &str) -> Vec<Heard> {
    heard_at(&mut deribit(), Place::Line(0), said).expect("understood")
}

fn result(id: &str, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result},"usIn":1,"usOut":2}}"#)
}

fn error(id: &str, code: i64) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"message":"words","code":{code}}}}}"#)
}

fn answered(ask: Ask, said: &str) -> Vec<Heard> {
    heard_at(&mut deribit(), Place::Rest(AskId(9), ask, 200), &result("null", said)).expect("understood")
}

const DONE: Heard = Heard::Answer(AskId(9), Answer::Done);

#[test]
fn answers_have_numbers_and_what_keeps_the_line_has_names() {
    for (said, expected) in [
        (result(r#""greeting""#, r#"{"scope":"x"}"#), vec![Heard::Welcome]),
        (error(r#""greeting""#, 13_004), vec![Heard::Unwelcome(Unwelcome::Key)]),
        (error(r#""greeting""#, 11_051), vec![Heard::Unwelcome(Unwelcome::Other)]),
        (result(r#""test""#, r#"{"version":"1"}"#), vec![]),
        (r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}"#.to_owned(), vec![]),
        (result("9", r#"{"access_token":"t"}"#), vec![DONE]),
        (result("9", "1"), vec![DONE]),
        (result("9", "0"), vec![Heard::Answer(AskId(9), Answer::NoSuchOrder)]),
        (error("9", 13_009), vec![Heard::Leave, Heard::Answer(AskId(9), Answer::Refused(RejectReason::Unavailable))]),
        (r#"{"anything":1}"#.to_owned(), vec![]),
    ] {
        assert_eq!(heard(&said), expected, "{said}");
    }
    let nothing = r#"{"jsonrpc":"2.0","id":9}"#;
    assert_eq!(heard_at(&mut deribit(), Place::Line(0), nothing), Err(FrameError::Missing(Field::Code)));
}

#[test]
fn each_code_of_refusal_is_known() {
    use Answer::{Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    let rows: [(&[i64], Answer); 12] = [
        (&[10_001, 11_094, 13_008, 13_028, 13_888, -32_603], Unknown),
        (&[10_028, 10_040, 10_047, 10_066], Later { wait_ms: 0 }),
        (&[10_041, 10_048, 10_049, 11_051, 13_025, 13_503, 13_666, 13_777, 13_009], Refused(R::Unavailable)),
        (
            &[10_000, 10_019, 10_029, 10_072, 11_042, 11_098, 13_004, 13_012, 13_021, 13_031, 13_403, 13_778],
            Refused(R::NotAllowed),
        ),
        (&[10_004], NoSuchOrder),
        (&[10_010, 11_008, 11_044], Refused(R::UnknownOrder)),
        (&[11_021, 11_054], Refused(R::PostOnlyWouldTake)),
        (&[10_009, 10_039], Refused(R::InsufficientFunds)),
        (
            &[10_013, 10_014, 10_015, 10_016, 10_017, 10_018, 10_037, 10_038, 11_013, 11_022, 11_035],
            Refused(R::TooManyOrders),
        ),
        (&[10_012, 10_020, 13_019, 13_020], Refused(R::NoMarket)),
        (
            &[
                10_002, 10_005, 10_006, 10_007, 10_011, 10_021, 10_022, 10_023, 10_024, 10_025, 10_026, 10_027, 10_031,
                10_032, 10_036, 10_043, 11_029, 11_043, 11_047, 11_049, 11_050, 11_055, -32_600, -32_602, -32_700,
                -32_000,
            ],
            Refused(R::Filter),
        ),
        (&[10_003, 11_030, 99_999], Refused(R::Other)),
    ];
    for (code, expected) in rows.into_iter().flat_map(|(codes, answer)| codes.iter().map(move |code| (*code, answer))) {
        let expected = Heard::Answer(AskId(9), expected);
        assert_eq!(heard(&error("9", code)).last(), Some(&expected), "{code}");
        let place = Place::Rest(AskId(9), Ask::Balances, 400);
        assert_eq!(heard_at(&mut deribit(), place, &error("null", code)), Ok(vec![expected]), "{code}");
    }
    let said = error("9", 11_030).replace("words", "other_reject reduce_only_order");
    assert_eq!(heard(&said), [Heard::Answer(AskId(9), Refused(R::ReduceOnly))]);
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    for (status, expected) in [(500, Answer::Unknown), (503, Answer::Unknown), (429, Answer::Later { wait_ms: 0 })] {
        let place = Place::Rest(AskId(9), Ask::CancelAll(INVERSE), status);
        assert_eq!(heard_at(&mut deribit(), place, "<html>"), Ok(vec![Heard::Answer(AskId(9), expected)]), "{status}");
    }
    let place = Place::Rest(AskId(9), Ask::CancelAll(INVERSE), 400);
    assert_eq!(heard_at(&mut deribit(), place, "{}"), Err(FrameError::Missing(Field::Code)));
}

const ORDER: &str = r#"{"time_in_force":"good_til_cancelled","reduce_only":false,"price":3000.15,"post_only":false,
    "order_type":"limit","order_state":"open","order_id":"ETH-55","max_show":0.04,"last_update_timestamp":1550219749176,
    "label":"R1-2-3","is_liquidation":false,"instrument_name":"ETH_USDC-PERPETUAL","filled_amount":0.01,"direction":"sell",
    "creation_timestamp":1550219749170,"commission":0.0,"average_price":0.0,"api":true,"amount":0.04}"#;

fn whose() -> Whose {
    Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("ETH-55") }
}

fn news() -> OrderNews {
    OrderNews {
        whose: whose(),
        instrument: Some(LINEAR),
        side: Side::Sell,
        px: Ticks(60_003),
        qty: Lots(40),
        filled: Lots(10),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_550_219_749_176_000_000),
    }
}

const FILL: &str = r#"{"trade_seq":1966056,"trade_id":"ETH-2696083","timestamp":1590483938456,"tick_direction":0,
    "state":"filled","self_trade":false,"reduce_only":false,"price":3000.15,"post_only":false,"order_type":"limit",
    "order_id":"ETH-55","matching_id":null,"mark_price":203.28,"liquidity":"T","label":"R1-2-3","index_price":203.33,
    "instrument_name":"ETH_USDC-PERPETUAL","fee_currency":"USDC","fee":0.01500075,"direction":"sell","amount":0.01}"#;

fn fill() -> FillNews {
    FillNews {
        whose: whose(),
        instrument: Some(LINEAR),
        side: Side::Sell,
        trade_id: crate::gateway::heard::trade_id(b"ETH-2696083"),
        px: Ticks(60_003),
        qty: Lots(10),
        fee_e8: 1_500_075,
        fee_asset: name("USDC"),
        liquidity: Liquidity::Taker,
        at_ns: Nanos(1_590_483_938_456_000_000),
    }
}

fn pushed(channel: &str, data: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{channel}","data":{data}}}}}"#)
}

const ORDERS: &str = "user.orders.any.any.raw";
const TRADES: &str = "user.trades.any.any.raw";

#[test]
fn the_news_of_an_order_are_on_its_grid() {
    assert_eq!(heard(&pushed(ORDERS, ORDER)), [Heard::Order(news())]);
    assert_eq!(heard(&pushed(ORDERS, &format!("[{ORDER}]"))), [Heard::Order(news())]);
    for (word, state) in [
        ("open", OrderState::Open),
        ("untriggered", OrderState::Open),
        ("filled", OrderState::Filled),
        ("cancelled", OrderState::Canceled),
        ("rejected", OrderState::Rejected(RejectReason::Other)),
    ] {
        let row = ORDER.replace("\"open\"", &format!("\"{word}\""));
        let waits = word == "untriggered";
        assert_eq!(heard(&pushed(ORDERS, &row)), [Heard::Order(OrderNews { state, waits, ..news() })], "{word}");
    }
    let market = ORDER.replace("\"limit\"", "\"market\"").replace("3000.15", "\"market_price\"");
    assert_eq!(heard(&pushed(ORDERS, &market)), [Heard::Order(OrderNews { px: Ticks(0), ..news() })]);
    let stray = ORDER.replace("R1-2-3", "").replace("0.04}", "0.0404}");
    match heard(&pushed(ORDERS, &stray))[..] {
        [Heard::Order(told)] => assert_eq!((told.whose.ours, told.qty), (None, Lots(40))),
        ref other => panic!("{other:?}"),
    }
    let foreign = ORDER.replace("ETH_USDC-PERPETUAL", "SOL_USDC-PERPETUAL");
    assert!(matches!(heard(&pushed(ORDERS, &foreign))[..], [Heard::Order(OrderNews { instrument: None, .. })]));
    for (from, to, why) in [
        ("0.04}", "0.0404}", FrameError::OffGrid(Field::Quantity)),
        ("\"open\"", "\"dreaming\"", FrameError::Unreadable(Field::State)),
        ("\"direction\"", "\"way\"", FrameError::Missing(Field::Side)),
        ("\"amount\"", "\"sum\"", FrameError::Missing(Field::Quantity)),
        ("\"instrument_name\"", "\"of\"", FrameError::Missing(Field::Symbol)),
    ] {
        let said = pushed(ORDERS, &ORDER.replace(from, to));
        assert_eq!(heard_at(&mut deribit(), Place::Line(0), &said), Err(why), "{from}");
    }
}

#[test]
fn an_execution_is_told_with_its_fee_and_money_as_it_is() {
    assert_eq!(heard(&pushed(TRADES, &format!("[{FILL}]"))), [Heard::Fill(fill())]);
    let maker = FILL.replace("\"T\"", "\"M\"").replace("0.01500075", "-1.5e-6");
    let expected = FillNews { liquidity: Liquidity::Maker, fee_e8: -150, ..fill() };
    assert_eq!(heard(&pushed(TRADES, &format!("[{maker}]"))), [Heard::Fill(expected)]);
    for (from, to, why) in [
        ("\"trade_id\"", "\"it\"", FrameError::Missing(Field::Id)),
        ("\"liquidity\"", "\"was\"", FrameError::Missing(Field::Liquidity)),
        ("\"T\"", "\"X\"", FrameError::Unreadable(Field::Liquidity)),
        ("\"amount\":0.01", "\"amount\":0.0105", FrameError::OffGrid(Field::Quantity)),
    ] {
        let said = pushed(TRADES, &format!("[{FILL},{}]", FILL.replace(from, to)));
        assert_eq!(heard_at(&mut deribit(), Place::Line(0), &said), Err(why), "{from}");
    }
    let row = r#"{"currency":"BTC","balance":2.5,"equity":2.6,"available_funds":2.0,"initial_margin":0.5}"#;
    let held = Heard::Balance { asset: name("BTC"), free_e8: 200_000_000, locked_e8: 50_000_000 };
    assert_eq!(heard(&pushed("user.portfolio.any", row)), [held]);
    assert_eq!(answered(Ask::Balances, &format!(r#"{{"id":1,"summaries":[{row}]}}"#)), [held, DONE]);
    assert_eq!(heard(&pushed("user.lock", "{}")), []);
    assert_eq!(heard_at(&mut deribit(), Place::Line(0), "ping"), Err(FrameError::NotJson));
}

#[test]
fn what_the_venue_liquidates_is_told_on_the_line_and_when_it_is_asked_for_again() {
    let closed = FillNews { whose: Whose { ours: None, ..whose() }, ..fill() };
    let made = FillNews { liquidity: Liquidity::Maker, ..closed };
    let row = |role: &str, liquidated: &str| {
        let row = FILL
            .replace("\"label\":\"R1-2-3\",", "")
            .replace("\"order_type\":\"limit\"", "\"order_type\":\"liquidation\"");
        let told = format!("\"liquidity\":\"{role}\",\"liquidation\":\"{liquidated}\"");
        row.replace("\"liquidity\":\"T\"", &told)
    };
    for (role, liquidated, expected) in [
        ("T", "T", Heard::ClosedOut(Cause::Liquidation, closed)),
        ("T", "MT", Heard::ClosedOut(Cause::Liquidation, closed)),
        ("M", "M", Heard::ClosedOut(Cause::Liquidation, made)),
        ("M", "MT", Heard::ClosedOut(Cause::Liquidation, made)),
        // The other side of it was.
        ("T", "M", Heard::Fill(closed)),
        ("M", "T", Heard::Fill(made)),
    ] {
        let row = row(role, liquidated);
        assert_eq!(heard(&pushed(TRADES, &format!("[{row}]"))), [expected], "{role} {liquidated}");
        let page = format!(r#"{{"trades":[{row}],"has_more":false}}"#);
        assert_eq!(answered(Ask::Fills(LINEAR, NOW), &page), [expected, DONE], "{role} {liquidated}");
    }
    let off = pushed(TRADES, &format!("[{}]", row("T", "T").replace("\"amount\":0.01", "\"amount\":0.0105")));
    let nearest = FillNews { qty: Lots(11), ..closed };
    assert_eq!(heard(&off), [Heard::ClosedOut(Cause::Liquidation, nearest)], "one row must not hide the others");
}

#[test]
fn an_answer_brings_the_order_and_its_executions() {
    let both = format!(r#"{{"trades":[{FILL}],"order":{ORDER}}}"#);
    assert_eq!(heard(&result("9", &both)), [Heard::Fill(fill()), Heard::Order(news()), DONE]);
    assert_eq!(heard(&result("9", ORDER)), [Heard::Order(news()), DONE]);
    assert_eq!(answered(Ask::Order(known("ETH-55")), ORDER), [Heard::Order(news()), DONE]);
    assert_eq!(answered(Ask::Order(known("")), &format!("[{ORDER}]")), [Heard::Order(news()), DONE]);
    assert_eq!(answered(Ask::Order(known("")), "[]"), [Heard::Answer(AskId(9), Answer::NoSuchOrder)]);
    assert_eq!(answered(Ask::OpenOrders(LINEAR), &format!("[{ORDER}]")), [Heard::Order(news()), DONE]);
    assert_eq!(answered(Ask::CancelAll(LINEAR), "3"), [DONE]);
    assert_eq!(answered(Ask::CancelByRest(known("ETH-55")), ORDER), [Heard::Order(news()), DONE]);
    assert_eq!(answered(Ask::CancelByRest(known("")), "1"), [DONE]);
    let nobody = [Heard::Answer(AskId(9), Answer::NoSuchOrder)];
    assert_eq!(answered(Ask::CancelByRest(known("")), "0"), nobody);
    assert_eq!(answered(Ask::FillsOf(known("ETH-55"), NOW), &format!("[{FILL}]")), [Heard::Fill(fill()), DONE]);
    assert_eq!(asked_of(&mut deribit(), Ask::FillsOf(known(""), NOW)).err(), Some(Unable::NotYet));
    let held = r#"[{"instrument_name":"BTC-PERPETUAL","size":-40.0,"direction":"sell"},
        {"instrument_name":"ETH_USDC-PERPETUAL","size":0.25,"direction":"buy"},{"instrument_name":"SOL","size":1}]"#;
    let position = |instrument, lots| Heard::Position { instrument, qty: Lots(lots) };
    assert_eq!(answered(Ask::Positions, held), [position(INVERSE, -4), position(LINEAR, 250), DONE]);
    let time = Heard::Time(Nanos(1_590_483_938_456_000_000));
    assert_eq!(answered(Ask::Prepare(Prepare::Time), "1590483938456"), [time, DONE]);
}

#[test]
fn a_full_page_goes_on_from_its_newest_row() {
    let mut deribit = deribit();
    let ask = Ask::Fills(LINEAR, Nanos(1_590_483_000_000_000_000));
    let page = |more: bool| result("null", &format!(r#"{{"trades":[{FILL}],"has_more":{more}}}"#));
    for (from, more, answer) in [
        ("1590483000000", true, Answer::More),
        // The same page again leads nowhere.
        ("1590483938456", true, Answer::Unknown),
        ("1590483938456", false, Answer::Done),
        ("1590483000000", false, Answer::Done),
    ] {
        let call = asked_of(&mut deribit, ask).expect("can be asked");
        assert!(text(&call.path).contains(&format!("start_timestamp={from}&")), "{}", text(&call.path));
        let told = heard_at(&mut deribit, Place::Rest(AskId(9), ask, 200), &page(more));
        assert_eq!(told, Ok(vec![Heard::Fill(fill()), Heard::Answer(AskId(9), answer)]));
    }
}

#[test]
fn a_key_that_may_withdraw_is_seen() {
    let rights = |scope: &str| match answered(
        Ask::Prepare(Prepare::Rights),
        &format!(r#"{{"token_type":"bearer","scope":"{scope}","expires_in":900}}"#),
    )[..]
    {
        [Heard::Rights(rights), DONE] => rights,
        ref other => panic!("{other:?}"),
    };
    let good = Rights { trade: true, withdraw: Some(false), bound_to_addresses: None };
    assert_eq!(rights("account:read connection trade:read_write wallet:read"), good);
    assert_eq!(rights("trade:read_write wallet:read_write").withdraw, Some(true));
    assert!(!rights("trade:read wallet:none block_trade:read_write").trade);
}

#[test]
fn frames_that_are_cut_or_changed_are_never_taken_for_something_else() {
    for said in [pushed(ORDERS, ORDER), pushed(TRADES, &format!("[{FILL}]"))] {
        let whole = heard(&said);
        for cut in 0..said.len() {
            assert_eq!(heard_at(&mut deribit(), Place::Line(0), &said[..cut]), Err(FrameError::NotJson), "{cut}");
        }
        for at in 0..said.len() {
            let mut changed = said.clone().into_bytes();
            changed[at] = b'#';
            let mut told = Vec::new();
            if deribit().hear(Place::Line(0), &changed, &mut told).is_ok() {
                assert!(told.len() <= whole.len(), "{at}");
            }
        }
    }
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut deribit = deribit();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [pushed(ORDERS, ORDER), pushed(TRADES, &format!("[{FILL}]"))];
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(order(LINEAR)), Ask::Cancel(known("")), Ask::Order(known("ETH-55"))] {
            deribit.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        for said in &said {
            deribit.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
        }
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 2));
}

/// A row of another program's must not hide ours, and ours must not be passed over.
#[test]
fn an_unreadable_row_of_another_is_skipped_and_one_that_may_be_ours_is_asked_for_again() {
    let ask = Ask::Fills(InstrumentId(0), Nanos(0));
    let answer = |row: &str| {
        let trades = format!(r#"{{"trades":[{row},{FILL}],"has_more":false}}"#);
        heard_at(&mut deribit(), Place::Rest(AskId(9), ask, 200), &result("null", &trades))
    };
    let broken = FILL.replace(r#""liquidity":"T""#, r#""liquidity":"?""#);
    let unreadable = FrameError::Unreadable(Field::Liquidity);
    let others = broken.replace("R1-2-3", "bot-1");
    let elsewhere = broken.replace("ETH_USDC-PERPETUAL", "XRP_USDC-PERPETUAL");
    for row in [&others, &elsewhere] {
        assert_eq!(answer(row).as_deref(), Ok(&[Heard::Skipped(unreadable), Heard::Fill(fill()), DONE][..]), "{row}");
    }
    let nameless = broken.replace("R1-2-3", "");
    let closed = others.replace(r#""state""#, r#""liquidation":"T","state""#);
    for row in [&broken, &nameless, &closed] {
        assert_eq!(answer(row), Err(unreadable), "{row}");
    }
}
