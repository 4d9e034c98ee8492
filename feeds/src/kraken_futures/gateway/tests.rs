//! Each question to Kraken Futures to the letter, and each thing that it says as it is understood.

mod stops;

use super::KrakenFutures;
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose, trade_id};
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

const LINEAR: InstrumentId = InstrumentId(0);
const INVERSE: InstrumentId = InstrumentId(1);
const NOW: Nanos = Nanos(1_695_806_875_837_000_000);
/// Of the venue's own examples.
const SECRET: &str = "7zxMEF5p/Z8l2p2U7Ghv6x14Af+Fx+92tPgUdVQ748FOIrEoT9bgT+bTRfXc5pz8na+hL/QdrCVG7bh9KpT0eMTm";

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn kraken() -> KrakenFutures {
    let rows = [
        ("PF_XBTUSD", ContractKind::Linear, Grid { price_decimals: 0, tick_step: 1, qty_decimals: 4, lot_step: 1 }),
        ("PI_XBTUSD", ContractKind::Inverse, Grid { price_decimals: 1, tick_step: 5, qty_decimals: 0, lot_step: 1 }),
    ];
    let of = |(place, (symbol, kind, grid)): (usize, (&str, ContractKind, Grid))| Instrument {
        id: InstrumentId(place as u32),
        venue: VenueId::KrakenFutures,
        symbol: name(symbol),
        base: name("BTC"),
        quote: name("USD"),
        kind,
        grid,
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000_000),
        min_notional: Quote(0),
    };
    let key = Key { id: Secret::new("me"), secret: Secret::new(SECRET), passphrase: None };
    KrakenFutures::new(&key, &Instruments::new(rows.into_iter().enumerate().map(of).collect())).expect("base64")
}

fn order(instrument: InstrumentId) -> Order {
    Order {
        client_order_id: ClientOrderId::new(1, 2, 3),
        instrument,
        px: Ticks(60_000),
        qty: Lots(200),
        ..Order::default()
    }
}

fn with(instrument: InstrumentId, set: impl FnOnce(&mut Order)) -> Order {
    let mut order = order(instrument);
    set(&mut order);
    order
}

fn known() -> Known {
    Known { order: order(LINEAR), venue_order_id: Name::default() }
}

fn asked_of(kraken: &mut KrakenFutures, ask: Ask) -> Result<Call, Unable> {
    let mut call = Call::default();
    kraken.ask(&ask, AskId(7), NOW, &mut call).map(|()| call)
}

fn asked(ask: Ask) -> Call {
    asked_of(&mut kraken(), ask).expect("can be asked")
}

fn text(text: &Text) -> &str {
    std::str::from_utf8(text.bytes()).expect("text")
}

/// Five seconds after [`NOW`].
const DEADLINE: &str = "&processBefore=2023-09-27T09%3A28%3A00.837Z";

#[test]
fn an_order_is_entered_to_the_letter() {
    let limit =
        |kind: &str| format!("orderType={kind}&symbol=PF_XBTUSD&side=buy&size=0.0200&limitPrice=60000&cliOrdId=R1-2-3");
    for (order, body) in [
        (order(LINEAR), limit("lmt")),
        (with(LINEAR, |order| order.time_in_force = TimeInForce::Ioc), limit("ioc")),
        (with(LINEAR, |order| order.time_in_force = TimeInForce::Fok), limit("fok")),
        (with(LINEAR, |order| order.post_only = true), limit("post")),
        (with(LINEAR, |order| order.reduce_only = true), format!("{}&reduceOnly=true", limit("lmt"))),
        (
            with(INVERSE, |order| (order.side, order.order_type) = (Side::Sell, OrderType::Market)),
            "orderType=mkt&symbol=PI_XBTUSD&side=sell&size=200&cliOrdId=R1-2-3".to_owned(),
        ),
        (
            order(INVERSE),
            "orderType=lmt&symbol=PI_XBTUSD&side=buy&size=200&limitPrice=30000.0&cliOrdId=R1-2-3".to_owned(),
        ),
    ] {
        let call = asked(Ask::Place(order));
        let body = format!("{body}{DEADLINE}");
        assert_eq!((text(&call.path), text(&call.body)), ("/derivatives/api/v3/sendorder", body.as_str()));
        assert_eq!((call.way, call.purse, call.weight), (Way::Post, Purse::Orders, 10));
    }
    let headers = asked(Ask::Place(order(LINEAR))).headers;
    // By Python's hmac and hashlib over the body, 1695806875837 and /api/v3/sendorder.
    let expected = "Content-Type: application/x-www-form-urlencoded\r\nAPIKey: me\r\nNonce: 1695806875837\r\nAuthent: ";
    assert!(text(&headers).starts_with(expected), "{headers:?}");
    assert!(
        text(&headers)
            .ends_with("q+ZtUvrnjkc+zlR8OIuFamixRa0goeWpuU65n37PF6053LKimF4K7bpFAfenNKvuqD8Q3dw1prkKhvjWyqCkOw==\r\n"),
        "{}",
        text(&headers)
    );
}

#[test]
fn an_order_is_changed_and_withdrawn_by_our_id() {
    let theirs = Known {
        order: Order { client_order_id: ClientOrderId(0), ..known().order },
        venue_order_id: Name::new("ab-4711").expect("short"),
    };
    for (ask, path, body, purse, weight) in [
        (Ask::Cancel(known()), "cancelorder", "cliOrdId=R1-2-3", Purse::Cancels, 10),
        (Ask::Cancel(theirs), "cancelorder", "order_id=ab-4711", Purse::Cancels, 10),
        (
            Ask::Modify(known(), Ticks(61_000), Lots(300)),
            "editorder",
            &format!("cliOrdId=R1-2-3&size=0.0300&limitPrice=61000{DEADLINE}"),
            Purse::Orders,
            10,
        ),
        (Ask::CancelAll(INVERSE), "cancelallorders", "symbol=PI_XBTUSD", Purse::Cancels, 25),
        (Ask::DeadMan(LINEAR, 60), "cancelallordersafter", "timeout=60", Purse::Switch, 25),
        (Ask::DeadMan(LINEAR, 0), "cancelallordersafter", "timeout=0", Purse::Switch, 25),
        (Ask::Order(known()), "orders/status", "cliOrdIds=R1-2-3", Purse::Questions, 1),
    ] {
        let call = asked(ask);
        assert_eq!((text(&call.path), text(&call.body)), (format!("/derivatives/api/v3/{path}").as_str(), body));
        assert_eq!((call.way, call.purse, call.weight), (Way::Post, purse, weight), "{path}");
    }
    for prepare in [Prepare::Token, Prepare::KeepToken] {
        assert_eq!(asked_of(&mut kraken(), Ask::Prepare(prepare)).err(), Some(Unable::NotThere));
    }
}

#[test]
fn questions_go_by_rest() {
    for (ask, path, weight) in [
        (Ask::OpenOrders(LINEAR), "/derivatives/api/v3/openorders", 2),
        (Ask::Fills(LINEAR, NOW), "/derivatives/api/v3/fills", 2),
        (Ask::Balances, "/derivatives/api/v3/accounts", 2),
        (Ask::Positions, "/derivatives/api/v3/openpositions", 2),
        (Ask::Prepare(Prepare::Time), "/derivatives/api/v3/openpositions", 2),
        (Ask::Prepare(Prepare::Rights), "/api/auth/v1/api-keys/v3/check", 0),
    ] {
        let call = asked(ask);
        assert_eq!((text(&call.path), text(&call.body), call.way, call.weight), (path, "", Way::Get, weight));
        assert!(text(&call.headers).starts_with("APIKey: me\r\nNonce: 1695806875837\r\nAuthent: "));
    }
}

fn heard_at(kraken: &mut KrakenFutures, place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = vec![Heard::Leave];
    let understood = kraken.hear(place, said.as_bytes(), &mut heard);
    assert_eq!(heard.remove(0), Heard::Leave, "what was heard before stays");
    assert!(understood.is_ok() || heard.is_empty(), "of an error nothing is heard");
    understood.map(|()| heard)
}

fn heard(said: &str) -> Vec<Heard> {
    heard_at(&mut kraken(), Place::Line(0), said).expect("understood")
}

fn answered(ask: Ask, said: &str) -> Vec<Heard> {
    heard_at(&mut kraken(), Place::Rest(AskId(9), ask, 200), said).expect("understood")
}

const DONE: Heard = Heard::Answer(AskId(9), Answer::Done);

#[test]
fn a_line_is_greeted_with_the_answer_to_its_challenge() {
    let (mut kraken, mut call) = (kraken(), Call::default());
    assert!(kraken.greet(0, 0, NOW, &mut call));
    assert_eq!(text(&call.body), r#"{"event":"challenge","api_key":"me"}"#);
    let challenge = r#"{"event":"challenge","message":"c100b894-1729-464d-ace1-52dbce11db42"}"#;
    assert_eq!(heard_at(&mut kraken, Place::Line(0), challenge), Ok(vec![Heard::Welcome]));
    for (step, feed) in ["open_orders", "fills", "open_positions", "balances"].into_iter().enumerate() {
        assert!(kraken.greet(0, step + 1, NOW, &mut call));
        let expected = format!(
            "{{\"event\":\"subscribe\",\"feed\":\"{feed}\",\"api_key\":\"me\",\"original_challenge\":\
             \"c100b894-1729-464d-ace1-52dbce11db42\",\"signed_challenge\":\
             \"4JEpF3ix66GA2B+ooK128Ift4XQVtc137N9yeg4Kqsn9PI0Kpzbysl9M1IeCEdjg0zl00wkVqcsnG4bmnlMb3A==\"}}"
        );
        assert_eq!(text(&call.body), expected);
        let taken = format!(r#"{{"event":"subscribed","feed":"{feed}"}}"#);
        assert_eq!(heard_at(&mut kraken, Place::Line(0), &taken), Ok(vec![Heard::Welcome]));
    }
    assert!(!kraken.greet(0, 5, NOW, &mut call));
    let mut path = Text::default();
    kraken.line_path(0, &mut path);
    assert_eq!(text(&path), "/ws/v1");
    for (said, why) in [
        (r#"{"event":"subscribed_failed","feed":"fills"}"#, Unwelcome::Key),
        (r#"{"event":"error","message":"Invalid feed"}"#, Unwelcome::Other),
        (r#"{"event":"alert","message":"Bad request"}"#, Unwelcome::Other),
    ] {
        assert_eq!(heard(said), [Heard::Unwelcome(why)], "{said}");
    }
    for nothing in [
        r#"{"event":"info","version":1}"#,
        r#"{"event":"subscribed","feed":"ticker"}"#,
        r#"{"feed":"heartbeat","time":1}"#,
        r#"{"feed":"fills_snapshot","account":"1","fills":[{"anything":1}]}"#,
        r#"{"anything":1}"#,
    ] {
        assert_eq!(heard(nothing), [], "{nothing}");
    }
    let empty = r#"{"event":"challenge","message":""}"#;
    assert_eq!(heard_at(&mut kraken, Place::Line(0), empty), Err(FrameError::Unreadable(Field::Token)));
}

#[test]
fn each_word_of_refusal_is_known() {
    use Answer::{Done, Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    let rows: [(&[&str], Answer); 15] = [
        (&["placed", "edited", "cancelled", "noOrdersToCancel", "partiallyFilled"], Done),
        (&["Server Error", "unknownError", "Unavailable"], Unknown),
        (&["apiLimitExceeded"], Later { wait_ms: 0 }),
        (&["nonceBelowThreshold", "nonceDuplicate", "wouldProcessAfterSpecifiedTime"], Refused(R::Unavailable)),
        (&["marketSuspended", "marketInactive", "marketUnavailable", "marketIsPostOnly"], Refused(R::Unavailable)),
        (&["authenticationError", "accountInactive", "invalidAccount"], Refused(R::NotAllowed)),
        (&["clientOrderIdAlreadyExist"], Refused(R::DuplicateId)),
        (&["notFound", "orderForEditNotFound"], NoSuchOrder),
        (&["postWouldExecute"], Refused(R::PostOnlyWouldTake)),
        (&["wouldNotReducePosition"], Refused(R::ReduceOnly)),
        (&["iocWouldNotExecute"], Refused(R::CannotFillWhole)),
        (
            &[
                "insufficientAvailableFunds",
                "insufficientFunds",
                "wouldCauseLiquidation",
                "maxPositionViolation",
                "fixedLeverageTooHigh",
            ],
            Refused(R::InsufficientFunds),
        ),
        (&["tooManyOrders", "tooManySmallOrders"], Refused(R::TooManyOrders)),
        (
            &[
                "invalidPrice",
                "invalidSize",
                "invalidAmount",
                "invalidArgument",
                "invalidUnit",
                "invalidSide",
                "invalidOrderType",
                "requiredArgumentMissing",
                "outsidePriceCollar",
                "wouldIncreasePriceDislocation",
                "clientOrderIdTooBig",
                "clientOrderIdTooLong",
                "clientOrderIdInvalid",
                "orderForEditNotAStop",
                "Json Parse Error",
            ],
            Refused(R::Filter),
        ),
        (&["selfFill", "somethingNew"], Refused(R::Other)),
    ];
    for (word, expected) in rows.into_iter().flat_map(|(words, answer)| words.iter().map(move |word| (*word, answer))) {
        let expected = Heard::Answer(AskId(9), expected);
        let status = format!(r#"{{"result":"success","editStatus":{{"status":"{word}"}}}}"#);
        assert_eq!(answered(Ask::Modify(known(), Ticks(1), Lots(1)), &status), [expected], "{word}");
        for error in [format!(r#""error":"{word}""#), format!(r#""errors":["{word}"]"#)] {
            let said = format!(r#"{{"result":"error",{error},"serverTime":"2026-01-01T00:00:00.000Z"}}"#);
            assert_eq!(answered(Ask::Balances, &said), [expected], "{word}");
        }
    }
    let filled = r#"{"result":"success","cancelStatus":{"status":"filled"}}"#;
    let gone = Heard::Answer(AskId(9), Refused(R::UnknownOrder));
    assert_eq!(answered(Ask::Cancel(known()), filled), [gone]);
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    let refused = Answer::Refused(RejectReason::NotAllowed);
    for (status, expected) in
        [(500, Answer::Unknown), (503, Answer::Unknown), (429, Answer::Later { wait_ms: 0 }), (401, refused)]
    {
        let place = Place::Rest(AskId(9), Ask::Place(order(LINEAR)), status);
        assert_eq!(heard_at(&mut kraken(), place, "<html>"), Ok(vec![Heard::Answer(AskId(9), expected)]), "{status}");
    }
    let place = Place::Rest(AskId(9), Ask::Place(order(LINEAR)), 400);
    assert_eq!(heard_at(&mut kraken(), place, "{}"), Err(FrameError::Missing(Field::Code)));
}

fn whose() -> Whose {
    Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("723ba95f-13b7-418b-8fcf-ab7ba6620555") }
}

fn news() -> OrderNews {
    OrderNews {
        whose: whose(),
        instrument: Some(LINEAR),
        side: Side::Sell,
        px: Ticks(64_900),
        qty: Lots(300),
        filled: Lots(100),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_775_831_973_330_000_000),
    }
}

const ORDER: &str = r#"{"instrument":"PF_XBTUSD","time":1775831958755,"last_update_time":1775831973330,"qty":0.02,
    "filled":0.01,"limit_price":64900.0,"stop_price":0.0,"type":"limit","order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555",
    "cli_ord_id":"R1-2-3","direction":1,"reduce_only":false,"new_field":{"a":[1]}}"#;

fn changed(row: &str, is_over: bool, reason: &str) -> String {
    format!(r#"{{"feed":"open_orders","order":{row},"is_cancel":{is_over},"reason":"{reason}"}}"#)
}

#[test]
fn the_news_of_an_order_are_on_its_grid() {
    let snapshot = format!(r#"{{"feed":"open_orders_snapshot","account":"1","orders":[{ORDER}]}}"#);
    assert_eq!(heard(&snapshot), [Heard::Order(news())]);
    let expected = |state| [Heard::Order(OrderNews { state, ..news() })];
    use RejectReason as R;
    for (is_over, reason, state) in [
        (false, "new_placed_order_by_user", OrderState::Open),
        (false, "partial_fill", OrderState::Open),
        (true, "partial_fill", OrderState::Canceled),
        (true, "full_fill", OrderState::Filled),
        (true, "cancelled_by_user", OrderState::Canceled),
        (true, "dead_man_switch", OrderState::Canceled),
        (true, "contract_expired", OrderState::Expired),
        (true, "post_order_failed_because_it_would_filled", OrderState::Rejected(R::PostOnlyWouldTake)),
        (true, "would_not_reduce_position", OrderState::Rejected(R::ReduceOnly)),
        (true, "would_execute_self", OrderState::Rejected(R::Other)),
    ] {
        assert_eq!(heard(&changed(ORDER, is_over, reason)), expected(state), "{reason}");
    }
    // One that names itself alone.
    let short = |ours: &str| {
        format!(
            r#"{{"feed":"open_orders","order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555",{ours}"is_cancel":true,"reason":"cancelled_by_user"}}"#
        )
    };
    match heard(&short(r#""cli_ord_id":"R1-2-3","#))[..] {
        [Heard::State { whose: of, state, .. }] => assert_eq!((of, state), (whose(), OrderState::Canceled)),
        ref other => panic!("{other:?}"),
    }
    assert!(matches!(heard(&short(""))[..], [Heard::State { whose: Whose { ours: None, .. }, .. }]));
    // A stranger's may be between our steps, or of an instrument that we do not have; one of ours may not.
    let stray = ORDER.replace("R1-2-3", "me-too").replace("0.02,", "0.02004,");
    match heard(&changed(&stray, false, "partial_fill"))[..] {
        [Heard::Order(told)] => assert_eq!((told.whose.ours, told.qty), (None, Lots(300))),
        ref other => panic!("{other:?}"),
    }
    let off = changed(&ORDER.replace("0.02,", "0.02004,"), false, "partial_fill");
    assert_eq!(heard_at(&mut kraken(), Place::Line(0), &off), Err(FrameError::OffGrid(Field::Quantity)));
    let foreign = changed(&ORDER.replace("PF_XBT", "PF_DOGE"), false, "partial_fill");
    assert!(matches!(heard(&foreign)[..], [Heard::Order(OrderNews { instrument: None, .. })]));
    for (from, to, why) in [
        ("\"direction\":1", "\"direction\":2", FrameError::Unreadable(Field::Side)),
        ("\"direction\"", "\"way\"", FrameError::Missing(Field::Side)),
        ("\"qty\"", "\"quantity\"", FrameError::Missing(Field::Quantity)),
        ("\"instrument\"", "\"symbol\"", FrameError::Missing(Field::Symbol)),
    ] {
        let said = changed(&ORDER.replace(from, to), false, "partial_fill");
        assert_eq!(heard_at(&mut kraken(), Place::Line(0), &said), Err(why), "{from}");
    }
}

const FILL: &str = r#"{"instrument":"PF_XBTUSD","time":1765185437003,"price":61500.0,"seq":1,"buy":true,"qty":5.0E-4,
    "remaining_order_qty":0.0,"order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","cli_ord_id":"R1-2-3",
    "fill_id":"6a22a3fb-e18e-4e76-b841-8689735c9158","fill_type":"taker","fee_paid":0.001581,"fee_currency":"USD",
    "taker_order_type":"ioc","order_type":"limit"}"#;

fn fill() -> FillNews {
    FillNews {
        whose: whose(),
        instrument: Some(LINEAR),
        side: Side::Buy,
        trade_id: trade_id(b"6a22a3fb-e18e-4e76-b841-8689735c9158"),
        px: Ticks(61_500),
        qty: Lots(5),
        fee_e8: 158_100,
        fee_asset: name("USD"),
        liquidity: Liquidity::Taker,
        at_ns: Nanos(1_765_185_437_003_000_000),
    }
}

fn fills(rows: &str) -> String {
    format!(r#"{{"feed":"fills","username":"1","fills":[{rows}]}}"#)
}

#[test]
fn an_execution_is_told_with_its_fee() {
    assert_eq!(heard(&fills(FILL)), [Heard::Fill(fill())]);
    let maker = FILL.replace("taker\",\"fee", "maker\",\"fee").replace("USD\",\n", "XBT\",\n").replace("true", "false");
    let expected = FillNews { liquidity: Liquidity::Maker, fee_asset: name("BTC"), side: Side::Sell, ..fill() };
    assert_eq!(heard(&fills(&maker)), [Heard::Fill(expected)]);
    for (from, to, why) in [
        ("\"fill_id\"", "\"it\"", FrameError::Missing(Field::Id)),
        ("\"price\"", "\"at\"", FrameError::Missing(Field::Price)),
        ("\"fill_type\"", "\"was\"", FrameError::Missing(Field::Liquidity)),
        ("5.0E-4", "5.5E-4", FrameError::OffGrid(Field::Quantity)),
        ("true", "1", FrameError::Unreadable(Field::Side)),
    ] {
        let said = fills(&format!("{FILL},{}", FILL.replace(from, to)));
        assert_eq!(heard_at(&mut kraken(), Place::Line(0), &said), Err(why), "{from}");
    }
    assert_eq!(heard_at(&mut kraken(), Place::Line(0), "ping"), Err(FrameError::NotJson));
}

#[test]
fn what_the_venue_closes_is_told_with_its_cause_on_the_line_and_when_it_is_asked_for_again() {
    let whose = Whose { ours: None, ..whose() };
    let closed = FillNews { whose, px: Ticks(61_321), side: Side::Sell, ..fill() };
    let row = FILL.replace("\"cli_ord_id\":\"R1-2-3\",", "").replace("61500.0", "61320.7").replace("true", "false");
    let asked = r#"{"fill_id":"6a22a3fb-e18e-4e76-b841-8689735c9158","symbol":"PF_XBTUSD","side":"sell","size":0.0005,
        "order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","price":61320.7,"fillTime":"2025-12-08T09:17:17.003Z",
        "fillType":"taker"}"#;
    // Under the same number; what it cost, the list does not tell.
    let again = FillNews { fee_e8: 0, fee_asset: FillNews::untold_fee(), ..closed };
    for (kind, cause) in [
        ("liquidation", Cause::Liquidation),
        ("partialLiquidation", Cause::Liquidation),
        ("assignor", Cause::Takeover),
        ("assignee", Cause::Takeover),
        ("unwindBankrupt", Cause::Takeover),
        ("unwindCounterparty", Cause::Deleveraging),
    ] {
        let of_kind = |row: &str| row.replacen("\"taker\"", &format!("\"{kind}\""), 1);
        assert_eq!(heard(&fills(&of_kind(&row))), [Heard::ClosedOut(cause, closed)], "{kind}");
        let list = success(&format!(r#""fills":[{}]"#, of_kind(asked)));
        assert_eq!(answered(Ask::Fills(LINEAR, NOW), &list), [Heard::ClosedOut(cause, again), DONE], "{kind}");
    }
    assert_eq!(heard(&fills(&row)), [Heard::Fill(closed)], "of a person");
    let off = row.replacen("\"taker\"", "\"assignor\"", 1).replace("5.0E-4", "5.5E-4");
    let nearest = FillNews { qty: Lots(6), ..closed };
    assert_eq!(heard(&fills(&off)), [Heard::ClosedOut(Cause::Takeover, nearest)], "one row must not hide the others");
}

fn success(members: &str) -> String {
    format!(r#"{{"result":"success",{members},"serverTime":"2026-09-12T04:05:06.789Z"}}"#)
}

#[test]
fn the_answer_to_an_order_says_what_became_of_it() {
    let placed = |status: &str, events: &str| {
        success(&format!(r#""sendStatus":{{"order_id":"7","status":"{status}","orderEvents":[{events}]}}"#))
    };
    let executed = r#"{"type":"EXECUTION","executionId":"1","price":60000.0,"amount":0.005}"#;
    let both = format!("{executed},{executed}");
    for rests in [TimeInForce::Gtc, TimeInForce::Gtd, TimeInForce::Day] {
        let order = with(LINEAR, |order| order.time_in_force = rests);
        assert_eq!(answered(Ask::Place(order), &placed("placed", executed)), [DONE], "{rests:?} may rest");
    }
    let ioc = with(LINEAR, |order| order.time_in_force = TimeInForce::Ioc);
    let told = |filled: i64, state| {
        let whose = Whose { ours: Some(ioc.client_order_id), venue_order_id: name("7") };
        let news = OrderNews {
            whose,
            instrument: Some(LINEAR),
            side: ioc.side,
            px: ioc.px,
            qty: ioc.qty,
            filled: Lots(filled),
            state,
            waits: false,
            at_ns: Nanos(0),
        };
        [Heard::Order(news), DONE]
    };
    assert_eq!(answered(Ask::Place(ioc), &placed("placed", &both)), told(100, OrderState::Canceled));
    let all = [&both[..], &both].join(",");
    assert_eq!(answered(Ask::Place(ioc), &placed("filled", &all)), told(200, OrderState::Filled));
    assert_eq!(answered(Ask::Place(ioc), &placed("iocWouldNotExecute", "")), told(0, OrderState::Canceled));
    let fok = with(LINEAR, |order| order.time_in_force = TimeInForce::Fok);
    let refused = Answer::Refused(RejectReason::CannotFillWhole);
    assert_eq!(answered(Ask::Place(fok), &placed("iocWouldNotExecute", "")), [Heard::Answer(AskId(9), refused)]);
    let silent = success(r#""sendStatus":{"order_id":"7","status":"placed"}"#);
    assert_eq!(answered(Ask::Place(ioc), &silent), [DONE]);

    let canceled = success(
        r#""cancelStatus":{"status":"cancelled","orderEvents":[{"type":"CANCEL","uid":"7","order":{"filled":0.005}}]}"#,
    );
    match answered(Ask::Cancel(known()), &canceled)[..] {
        [Heard::Order(news), DONE] => assert_eq!((news.filled, news.state), (Lots(50), OrderState::Canceled)),
        ref other => panic!("{other:?}"),
    }
    for (ask, said) in [
        (Ask::Cancel(known()), r#""cancelStatus":{"status":"cancelled"}"#),
        (Ask::CancelAll(LINEAR), r#""cancelStatus":{"status":"noOrdersToCancel","cancelledOrders":[]}"#),
        (Ask::Modify(known(), Ticks(1), Lots(1)), r#""editStatus":{"status":"edited","orderEvents":[]}"#),
        (Ask::DeadMan(LINEAR, 60), r#""status":{"currentTime":"x","triggerTime":"y"}"#),
    ] {
        assert_eq!(answered(ask, &success(said)), [DONE], "{said}");
    }
}

#[test]
fn lists_are_read() {
    let asked_for = |status: &str| {
        success(&format!(
            r#""orders":[{{"order":{{"type":"ORDER","orderId":"723ba95f-13b7-418b-8fcf-ab7ba6620555","cliOrdId":"R1-2-3",
            "symbol":"pf_xbtusd","side":"sell","quantity":0.03,"filled":0.01,"limitPrice":64900.0,"reduceOnly":false,
            "timestamp":"2026-04-10T14:39:18.755Z","lastUpdateTimestamp":"2026-04-10T14:39:33.330Z"}},
            "status":"{status}","updateReason":null,"error":null}}]"#
        ))
    };
    let told = |state| [Heard::Order(OrderNews { state, ..news() }), DONE];
    for (status, state) in [
        ("ENTERED_BOOK", OrderState::Open),
        ("FULLY_EXECUTED", OrderState::Filled),
        ("CANCELLED", OrderState::Canceled),
        ("REJECTED", OrderState::Rejected(RejectReason::Other)),
    ] {
        assert_eq!(answered(Ask::Order(known()), &asked_for(status)), told(state), "{status}");
    }
    let dreaming = heard_at(&mut kraken(), Place::Rest(AskId(9), Ask::Order(known()), 200), &asked_for("DREAMING"));
    assert_eq!(dreaming, Err(FrameError::Unreadable(Field::State)));
    let absent = answered(Ask::Order(known()), &success(r#""orders":[]"#));
    assert_eq!(absent, [Heard::Answer(AskId(9), Answer::NoSuchOrder)]);

    let open = |id: &str| {
        success(&format!(
            r#""openOrders":[{{"order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","{id}":"R1-2-3","symbol":"PF_XBTUSD",
            "side":"sell","orderType":"lmt","limitPrice":64900,"unfilledSize":0.02,"status":"partiallyFilled",
            "filledSize":0.01,"reduceOnly":false,"lastUpdateTime":"2026-04-10T14:39:33.330Z"}}]"#
        ))
    };
    for id in ["cliOrdId", "cli_ord_id"] {
        assert_eq!(answered(Ask::OpenOrders(LINEAR), &open(id)), told(OrderState::Open), "{id}");
    }
    let row = r#"{"fill_id":"6a22a3fb-e18e-4e76-b841-8689735c9158","symbol":"PF_XBTUSD","side":"buy","size":0.0005,
        "order_id":"723ba95f-13b7-418b-8fcf-ab7ba6620555","cliOrdId":"R1-2-3","price":61500,
        "fillTime":"2025-12-08T09:17:17.003Z","fillType":"taker"}"#;
    let expected = Heard::Fill(FillNews { fee_e8: 0, fee_asset: FillNews::untold_fee(), ..fill() });
    let list = success(&format!(r#""fills":[{row}]"#));
    assert_eq!(answered(Ask::Fills(LINEAR, NOW), &list), [expected, DONE]);

    let held = success(
        r#""openPositions":[{"side":"short","symbol":"PF_XBTUSD","price":1.5,"size":0.25},
        {"side":"long","symbol":"pi_xbtusd","price":1.5,"size":8000.0},{"side":"long","symbol":"PF_DOGEUSD","size":1}]"#,
    );
    let position = |instrument, lots| Heard::Position { instrument, qty: Lots(lots) };
    let entered = |instrument, avg_px_milliticks| Heard::Entered { instrument, avg_px_milliticks };
    let both =
        [position(LINEAR, -2_500), entered(LINEAR, 1_500), position(INVERSE, 8_000), entered(INVERSE, 3_000), DONE];
    assert_eq!(answered(Ask::Positions, &held), both);
    let pushed = r#"{"feed":"open_positions","account":"1","positions":[{"instrument":"PF_XBTUSD","balance":-0.25}]}"#;
    assert_eq!(heard(pushed), [position(LINEAR, -2_500)]);
    let time = Heard::Time(Nanos(1_789_185_906_789_000_000));
    assert_eq!(answered(Ask::Prepare(Prepare::Time), &held), [time, DONE]);
}

#[test]
fn a_full_page_goes_on_before_its_oldest_row_until_the_time_that_was_asked_for() {
    let (mut kraken, since) = (kraken(), Nanos(1_765_185_000_000_000_000));
    let ask = Ask::Fills(LINEAR, since);
    let page = |count: usize, at: &str| {
        let row = format!(
            r#"{{"fill_id":"1","symbol":"PF_XBTUSD","side":"buy","size":0.0005,"order_id":"7","price":61500,"fillTime":"{at}","fillType":"taker"}}"#
        );
        success(&format!(r#""fills":[{}]"#, vec![row; count].join(",")))
    };
    // The same page again leads nowhere.
    for (path, weight, answer) in
        [("", 2, Answer::More), ("?lastFillTime=2025-12-08T09:17:17.003Z", 25, Answer::Unknown)]
    {
        let call = asked_of(&mut kraken, ask).expect("can be asked");
        assert_eq!((text(&call.path), call.weight), (format!("/derivatives/api/v3/fills{path}").as_str(), weight));
        let said = page(100, "2025-12-08T09:17:17.003Z");
        let told = heard_at(&mut kraken, Place::Rest(AskId(9), ask, 200), &said).expect("understood");
        assert_eq!((told.len(), told[100]), (101, Heard::Answer(AskId(9), answer)));
    }
    for (count, at) in [(100, "2025-12-08T09:00:00.000Z"), (99, "2025-12-08T09:17:17.003Z")] {
        let told = heard_at(&mut kraken, Place::Rest(AskId(9), ask, 200), &page(count, at)).expect("understood");
        assert_eq!(told.last(), Some(&DONE), "{count}");
        assert_eq!(text(&asked_of(&mut kraken, ask).expect("can be asked").path), "/derivatives/api/v3/fills");
    }
}

#[test]
fn money_counts_where_the_run_trades_what_it_pays_for() {
    let pushed = r#"{"feed":"balances_snapshot","account":"1","holding":{"ETH":1.0},"timestamp":1,"seq":1,
        "futures":{"F-XBT:USD":{"name":"F-XBT:USD","unit":"XBT","balance":2.5,"available":2.0},
            "F-ETH:USD":{"unit":"ETH","balance":9.0,"available":9.0}},
        "flex_futures":{"currencies":{"USD":{"quantity":100.5,"available":100.25},"XBT":{"quantity":7,"available":7}}}}"#;
    let held = |asset, free_e8, locked_e8| Heard::Balance { asset: name(asset), free_e8, locked_e8 };
    let expected = [held("USD", 10_025_000_000, 25_000_000), held("BTC", 200_000_000, 50_000_000)];
    assert_eq!(heard(pushed), expected);
    let said = success(
        r#""accounts":{"cash":{"type":"cashAccount","balances":{"xbt":1.0}},
        "flex":{"type":"multiCollateralMarginAccount","currencies":{"USD":{"quantity":100.5,"available":100.25}}},
        "fi_xbtusd":{"type":"marginAccount","currency":"xbt","balances":{"fi_xbtusd_171215":5,"xbt":2.5},
            "auxiliary":{"usd":0,"pv":2.5,"pnl":0.0,"af":2.0,"funding":0}}}"#,
    );
    assert_eq!(answered(Ask::Balances, &said), [expected[0], expected[1], DONE]);
}

#[test]
fn a_key_that_may_withdraw_is_seen() {
    let rights = |general: &str, transfer: &str, addresses: &str| {
        let said = format!(
            r#"{{"apiKey":"me","permissions":{{"general":"{general}","transfer":"{transfer}"}},"allowedCidrBlocks":[{addresses}]}}"#
        );
        match answered(Ask::Prepare(Prepare::Rights), &said)[..] {
            [Heard::Rights(rights), DONE] => rights,
            ref other => panic!("{other:?}"),
        }
    };
    let good = Rights { trade: true, withdraw: Some(false), bound_to_addresses: Some(true) };
    assert_eq!(rights("FULL_ACCESS", "NO_ACCESS", r#""127.0.0.1/32""#), good);
    assert_eq!(rights("FULL_ACCESS", "FULL_ACCESS", "").withdraw, Some(true));
    assert_eq!(rights("FULL_ACCESS", "READ_ONLY", "").bound_to_addresses, Some(false));
    assert!(!rights("READ_ONLY", "NO_ACCESS", "").trade);
}

#[test]
fn frames_that_are_cut_or_changed_are_never_taken_for_something_else() {
    for said in [changed(ORDER, false, "partial_fill"), fills(FILL)] {
        let whole = heard(&said);
        for cut in 0..said.len() {
            let told = heard_at(&mut kraken(), Place::Line(0), &said[..cut]);
            assert_eq!(told, Err(FrameError::NotJson), "{cut}");
        }
        for at in 0..said.len() {
            let mut changed = said.clone().into_bytes();
            changed[at] = b'#';
            let mut told = Vec::new();
            let text = String::from_utf8(changed).expect("ascii");
            if kraken().hear(Place::Line(0), text.as_bytes(), &mut told).is_ok() {
                assert!(told.len() <= whole.len(), "{text}");
            }
        }
    }
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut kraken = kraken();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [changed(ORDER, false, "partial_fill"), fills(FILL)];
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(order(LINEAR)), Ask::Cancel(known()), Ask::Order(known())] {
            kraken.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        for said in &said {
            kraken.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
        }
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 2));
}
