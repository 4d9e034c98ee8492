//! Each question to Gate to the letter, and each thing that it says as it is understood.

mod closeouts;
mod mode;
mod stops;
mod withdrawals;

use super::Gate;
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose};
use crate::gateway::key::{Key, Secret};
use crate::gateway::text::Text;
use crate::gateway::tongue::{Place, Tongue, Unable};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::alloc_guard::AllocGuard;

const BTC: InstrumentId = InstrumentId(0);
const ETH: InstrumentId = InstrumentId(1);
/// Settled in bitcoin: not where the others are.
const INVERSE: InstrumentId = InstrumentId(2);
const NOW: Nanos = Nanos(1_681_984_544_207_000_000);

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn gate(venue: VenueId) -> Gate {
    let rows = if venue == VenueId::GateSpot {
        vec![
            ("BTC_USDT", "BTC", "USDT", ContractKind::Spot, 1, 6),
            ("ETH_USDT", "ETH", "USDT", ContractKind::Spot, 2, 4),
        ]
    } else {
        vec![
            ("BTC_USDT", "BTC", "USDT", ContractKind::Linear, 1, 0),
            ("ETH_USDT", "ETH", "USDT", ContractKind::Linear, 2, 2),
            ("BTC_USD", "BTC", "USD", ContractKind::Inverse, 1, 0),
        ]
    };
    let of = |(place, (symbol, base, quote, kind, price_decimals, qty_decimals)): (usize, (_, _, _, _, u8, u8))| {
        Instrument {
            id: InstrumentId(place as u32),
            venue,
            symbol: name(symbol),
            base: name(base),
            quote: name(quote),
            kind,
            grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
            contract_size: 1,
            contract_decimals: if kind == ContractKind::Linear { 4 } else { 0 },
            min_qty: Lots(1),
            max_qty: Lots(1_000_000_000),
            min_notional: Quote::ZERO,
        }
    };
    let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
    Gate::new(venue, &key, &Instruments::new(rows.into_iter().enumerate().map(of).collect()))
}

fn spot() -> Gate {
    gate(VenueId::GateSpot)
}

fn futures() -> Gate {
    gate(VenueId::GateFutures)
}

fn order(instrument: InstrumentId) -> Order {
    let (px, qty) = (Ticks(280_001), Lots(200));
    Order { client_order_id: ClientOrderId::new(1, 2, 3), instrument, px, qty, ..Order::default() }
}

fn known(instrument: InstrumentId, theirs: &str) -> Known {
    Known { order: order(instrument), venue_order_id: name(theirs) }
}

fn asked(gate: &mut Gate, ask: Ask) -> Call {
    let mut call = Call::default();
    gate.ask(&ask, AskId(7), NOW, &mut call).expect("can be asked");
    call
}

fn refused(gate: &mut Gate, ask: Ask) -> Unable {
    gate.ask(&ask, AskId(7), NOW, &mut Call::default()).expect_err("cannot be asked")
}

fn text(text: &Text) -> &str {
    std::str::from_utf8(text.bytes()).expect("text")
}

/// What enters an order or changes one is good for five seconds.
fn message(channel: &str, parameters: &str) -> String {
    let is_good_until = channel.ends_with("order_place") || channel.ends_with("order_amend");
    let end = if is_good_until { r#","req_header":{"x-gate-exptime":"1681984549207"}"# } else { "" };
    format!(
        r#"{{"time":1681984544,"channel":"{channel}","event":"api","payload":{{"req_id":"7","req_param":{{{parameters}}}{end}}}}}"#
    )
}

fn with(instrument: InstrumentId, set: impl FnOnce(&mut Order)) -> Order {
    let mut order = order(instrument);
    set(&mut order);
    order
}

#[test]
fn an_order_on_spot_is_entered_to_the_letter() {
    let limit = |tif: &str| {
        format!(
            r#""text":"t-R1-2-3","currency_pair":"BTC_USDT","type":"limit","side":"buy","amount":"0.000200","time_in_force":"{tif}","price":"28000.1""#
        )
    };
    let market = r#""text":"t-R1-2-3","currency_pair":"ETH_USDT","type":"market","side":"sell","amount":"0.0200","time_in_force":"ioc""#;
    let sell = |order: &mut Order| (order.side, order.order_type) = (Side::Sell, OrderType::Market);
    for (order, parameters) in [
        (order(BTC), limit("gtc")),
        (with(BTC, |order| order.time_in_force = TimeInForce::Ioc), limit("ioc")),
        (with(BTC, |order| order.time_in_force = TimeInForce::Fok), limit("fok")),
        (with(BTC, |order| order.post_only = true), limit("poc")),
        (with(BTC, |order| order.reduce_only = true), limit("gtc")),
        (with(ETH, sell), market.to_owned()),
    ] {
        let call = asked(&mut spot(), Ask::Place(order));
        assert_eq!(text(&call.body), message("spot.order_place", &parameters));
        assert_eq!((call.way, call.purse, call.weight), (Way::Line(0), Purse::Orders, 1));
    }
    // It would be counted in quote.
    let buy = with(BTC, |order| order.order_type = OrderType::Market);
    assert_eq!(refused(&mut spot(), Ask::Place(buy)), Unable::NotThere);
}

#[test]
fn an_order_of_contracts_has_a_signed_size_and_a_market_order_no_price() {
    let body = |size: &str, tif: &str, price: &str| {
        format!(r#""text":"t-R1-2-3","contract":"ETH_USDT","size":"{size}","tif":"{tif}","price":"{price}""#)
    };
    let sell = |order: &mut Order| order.side = Side::Sell;
    let market = |order: &mut Order| order.order_type = OrderType::Market;
    for (order, parameters) in [
        (order(ETH), body("2.00", "gtc", "2800.01")),
        (with(ETH, sell), body("-2.00", "gtc", "2800.01")),
        (with(ETH, |order| order.post_only = true), body("2.00", "poc", "2800.01")),
        (with(ETH, market), body("2.00", "ioc", "0")),
        (
            with(ETH, |order| order.reduce_only = true),
            body("2.00", "gtc", "2800.01").replace(r#""gtc""#, r#""gtc","reduce_only":true"#),
        ),
    ] {
        let call = asked(&mut futures(), Ask::Place(order));
        assert_eq!(text(&call.body), message("futures.order_place", &parameters));
    }
    for ask in [Ask::Place(order(INVERSE)), Ask::OpenOrders(INVERSE), Ask::Fills(INVERSE, NOW)] {
        assert_eq!(refused(&mut futures(), ask), Unable::NotThere, "another line's");
    }
}

#[test]
fn an_order_is_changed_and_withdrawn_by_the_venues_id_once_it_is_known() {
    for (theirs, id) in [("", "t-R1-2-3"), ("74046543", "74046543")] {
        let call = asked(&mut spot(), Ask::Cancel(known(BTC, theirs)));
        let about = format!(r#""order_id":"{id}","currency_pair":"BTC_USDT""#);
        assert_eq!((text(&call.body), call.purse), (message("spot.order_cancel", &about).as_str(), Purse::Cancels));
        let call = asked(&mut spot(), Ask::Modify(known(BTC, theirs), Ticks(290_000), Lots(300)));
        let change = format!(r#"{about},"amount":"0.000300","price":"29000.0""#);
        assert_eq!((text(&call.body), call.purse), (message("spot.order_amend", &change).as_str(), Purse::Orders));
        let mut sold = known(BTC, theirs);
        sold.order.side = Side::Sell;
        let call = asked(&mut futures(), Ask::Modify(sold, Ticks(290_000), Lots(300)));
        let change = format!(r#""order_id":"{id}","contract":"BTC_USDT","size":"-300","price":"29000.0""#);
        assert_eq!(text(&call.body), message("futures.order_amend", &change));
    }
}

#[test]
fn questions_go_by_rest_and_are_signed_as_they_are_sent() {
    let since = Nanos(1_700_000_000_123_456_789);
    for (ask, on_spot, on_futures) in [
        (Ask::Order(known(BTC, "")), "/spot/orders/t-R1-2-3?currency_pair=BTC_USDT", "/futures/usdt/orders/t-R1-2-3"),
        (Ask::Order(known(BTC, "12")), "/spot/orders/12?currency_pair=BTC_USDT", "/futures/usdt/orders/12"),
        (
            Ask::OpenOrders(BTC),
            "/spot/orders?currency_pair=BTC_USDT&status=open&limit=100",
            "/futures/usdt/orders?contract=BTC_USDT&status=open&limit=100",
        ),
        (
            Ask::Fills(BTC, since),
            "/spot/my_trades?currency_pair=BTC_USDT&from=1700000000&limit=1000",
            "/futures/usdt/my_trades_timerange?contract=BTC_USDT&from=1700000000&limit=1000",
        ),
        (
            Ask::FillsOf(known(BTC, "12"), since),
            "/spot/my_trades?currency_pair=BTC_USDT&order_id=12&limit=1000",
            "/futures/usdt/my_trades?contract=BTC_USDT&order=12&limit=1000",
        ),
        (Ask::Balances, "/spot/accounts", "/futures/usdt/accounts"),
        (Ask::Prepare(Prepare::Rights), "/account/main_keys", "/account/main_keys"),
        (Ask::Prepare(Prepare::Time), "/spot/time", "/spot/time"),
    ] {
        for (gate, expected) in [(&mut spot(), on_spot), (&mut futures(), on_futures)] {
            let call = asked(gate, ask);
            assert_eq!(text(&call.path), format!("/api/v4{expected}"));
            assert_eq!((call.way, call.purse, text(&call.body)), (Way::Get, Purse::Questions, ""));
            assert!(text(&call.headers).contains("KEY: me\r\nTimestamp: 1681984544\r\nSIGN: "), "{:?}", call.headers);
        }
    }
    let positions = asked(&mut futures(), Ask::Positions);
    assert_eq!(text(&positions.path), "/api/v4/futures/usdt/positions?holding=true");
    assert!(text(&positions.headers).starts_with("X-Gate-Size-Decimal: 1\r\nKEY: "));
    assert_eq!(refused(&mut spot(), Ask::Positions), Unable::NotThere);
    // By openssl: sha512 of nothing, then `openssl dgst -sha512 -hmac hush` over the five lines.
    let headers = asked(&mut spot(), Ask::Balances).headers;
    assert!(text(&headers).ends_with("SIGN: 87f9d25a5f87c67cfd94e93ba8c06897b74272b481d8dfdb2c7934a794801a6f43bf1bc7b7c6ad8695ed925d421b778b1f9187c63e91018b427668b8a20d4ab5\r\n"), "{headers:?}");
}

#[test]
fn a_line_is_greeted_with_a_login_and_then_a_subscription_at_a_time() {
    let steps = |gate: &mut Gate| {
        let mut call = Call::default();
        let mut said = Vec::new();
        while gate.greet(0, said.len(), NOW, &mut call) {
            said.push(text(&call.body).to_owned());
        }
        let mut path = Text::default();
        gate.line_path(0, &mut path);
        (said, text(&path).to_owned())
    };
    let begins = |said: &[String], begins: &[&str]| {
        assert_eq!(said.len(), begins.len());
        said.iter().zip(begins).for_each(|(said, begin)| assert!(said.starts_with(begin), "{said}"));
    };
    let (said, path) = steps(&mut spot());
    assert_eq!(path, "/ws/v4/");
    begins(
        &said,
        &[
            r#"{"time":1681984544,"channel":"spot.login","event":"api","payload":{"req_id":"login","timestamp":"1681984544","api_key":"me","signature":""#,
            r#"{"time":1681984544,"channel":"spot.orders","event":"subscribe","payload":["!all"],"auth":{"method":"api_key","KEY":"me","SIGN":""#,
            r#"{"time":1681984544,"channel":"spot.usertrades","event":"subscribe","payload":["!all"],"auth":"#,
            r#"{"time":1681984544,"channel":"spot.balances","event":"subscribe","payload":["!all"],"auth":"#,
        ],
    );
    // Of contracts the user id that the login told stands first.
    let mut futures = futures();
    let login = r#"{"request_id":"login","header":{"response_time":"1681985856666","status":"200","channel":"futures.login",
        "event":"api"},"data":{"result":{"api_key":"me","uid":"110284739"}}}"#;
    assert_eq!(heard_at(&mut futures, Place::Line(0), login), Ok(vec![Heard::Welcome]));
    let (said, path) = steps(&mut futures);
    assert_eq!(path, "/v4/ws/usdt");
    begins(
        &said[1..],
        &[
            r#"{"time":1681984544,"channel":"futures.orders","event":"subscribe","payload":["110284739","!all"],"auth":"#,
            r#"{"time":1681984544,"channel":"futures.usertrades","event":"subscribe","payload":["110284739","!all"],"auth":"#,
            r#"{"time":1681984544,"channel":"futures.positions","event":"subscribe","payload":["110284739","!all"],"auth":"#,
            r#"{"time":1681984544,"channel":"futures.autoorders","event":"subscribe","payload":["110284739","!all"],"auth":"#,
        ],
    );
    let without = login.replace("uid", "id");
    assert_eq!(heard_at(&mut futures, Place::Line(0), &without), Err(FrameError::Missing(Field::Token)));
}

fn heard_at(gate: &mut Gate, place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = vec![Heard::Leave];
    let understood = gate.hear(place, said.as_bytes(), &mut heard);
    assert_eq!(heard.remove(0), Heard::Leave, "what was heard before stays");
    assert!(understood.is_ok() || heard.is_empty(), "of an error nothing is heard");
    understood.map(|()| heard)
}

fn heard(gate: &mut Gate, said: &str) -> Vec<Heard> {
    heard_at(gate, Place::Line(0), said).expect("understood")
}

fn answered(gate: &mut Gate, ask: Ask, said: &str) -> Vec<Heard> {
    heard_at(gate, Place::Rest(AskId(9), ask, 200), said).expect("understood")
}

#[test]
fn a_greeting_is_taken_or_refused_for_a_reason() {
    let login = |label: &str| {
        format!(
            r#"{{"request_id":"login","header":{{"status":"401","channel":"spot.login","event":"api"}},"data":{{"errs":{{"label":"{label}","message":"words"}}}}}}"#
        )
    };
    let subscribed = |error: &str| {
        format!(r#"{{"time":1,"channel":"spot.orders","event":"subscribe","error":{error},"result":{{"status":"x"}}}}"#)
    };
    for (said, expected) in [
        (login("INVALID_KEY"), Heard::Unwelcome(Unwelcome::Key)),
        (login("REQUEST_EXPIRED"), Heard::Unwelcome(Unwelcome::Clock)),
        (login("INTERNAL"), Heard::Unwelcome(Unwelcome::Other)),
        (subscribed("null"), Heard::Welcome),
        (subscribed(r#"{"code":4,"message":"auth failed"}"#), Heard::Unwelcome(Unwelcome::Key)),
        (subscribed(r#"{"code":2,"message":"timestamp expired"}"#), Heard::Unwelcome(Unwelcome::Clock)),
        (subscribed(r#"{"code":3,"message":"server"}"#), Heard::Unwelcome(Unwelcome::Other)),
        (
            r#"{"channel":"spot.system","event":"update","result":{"type":"upgrade","msg":"soon"}}"#.to_owned(),
            Heard::Leave,
        ),
    ] {
        assert_eq!(heard(&mut spot(), &said), [expected], "{said}");
    }
    for nothing in [
        r#"{"time":1,"channel":"spot.pong","event":"","result":null}"#,
        r#"{"time":1,"channel":"spot.tickers","event":"update","result":{}}"#,
        r#"{"anything":1}"#,
    ] {
        assert_eq!(heard(&mut spot(), nothing), [], "{nothing}");
    }
}

fn entered(rest: &str, data: &str) -> String {
    format!(
        r#"{{"request_id":"7",{rest},"response_time":"1681195121500","channel":"spot.order_place","event":"api","x_gate_ratelimit_limit":10}},"data":{{{data}}}}}"#
    )
}

#[test]
fn the_first_answer_to_an_order_is_not_its_outcome_and_the_second_is() {
    let result = r#""result":{"id":"1","status":"open"}"#;
    let first = entered(r#""ack":true,"header":{"status":"200""#, result);
    assert_eq!(heard(&mut spot(), &first), []);
    let second = entered(r#""ack":false,"header":{"status":"200","x_gate_ratelimit_requests_remain":8"#, result);
    assert_eq!(heard(&mut spot(), &second), [Heard::Used(2, 10), Heard::Answer(AskId(7), Answer::Done)]);
    assert_eq!(heard(&mut spot(), &second.replace("\"7\"", "\"theirs\"")), []);
    let errors = r#""errs":{"label":"TOO_MANY_REQUESTS","message":"Request Rate limit Exceeded (211)"}"#;
    let slow = r#""header":{"status":"429","x_gate_ratelimit_reset_timestamp":1681195121750"#;
    let later = Heard::Answer(AskId(7), Answer::Later { wait_ms: 250 });
    assert_eq!(heard(&mut spot(), &entered(slow, errors)), [Heard::Used(10, 10), later]);
    let failed = entered(r#""header":{"status":"500""#, errors);
    assert_eq!(heard(&mut spot(), &failed)[1], Heard::Answer(AskId(7), Answer::Unknown));
}

#[test]
fn each_label_of_refusal_is_known() {
    use Answer::{Done, Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    for (labels, expected) in [
        ("INTERNAL SERVER_ERROR CANCEL_FAIL", Unknown),
        ("TOO_BUSY REQUEST_EXPIRED", Later { wait_ms: 1_000 }),
        ("TOO_MANY_REQUESTS", Later { wait_ms: 0 }),
        ("INVALID_CREDENTIALS INVALID_KEY IP_FORBIDDEN READ_ONLY INVALID_SIGNATURE FORBIDDEN", Refused(R::NotAllowed)),
        ("MISSING_REQUIRED_HEADER ACCOUNT_LOCKED SUB_ACCOUNT_LOCKED ACCOUNT_EXCEPTION", Refused(R::NotAllowed)),
        ("USER_NOT_FOUND TRADE_RESTRICTED POSITION_DUAL_MODE", Refused(R::NotAllowed)),
        ("AUTHENTICATION_FAILED NOT_LOGIN", Refused(R::Unavailable)),
        ("INVALID_PARAM_VALUE INVALID_PROTOCOL INVALID_ARGUMENT INVALID_REQUEST_BODY BAD_REQUEST", Refused(R::Filter)),
        ("MISSING_REQUIRED_PARAM INVALID_PRECISION AMOUNT_TOO_LITTLE AMOUNT_TOO_MUCH", Refused(R::Filter)),
        ("QUANTITY_NOT_ENOUGH ERR_QUOTA_LOWER_LIMIT SIZE_TOO_LARGE SIZE_TOO_SMALL", Refused(R::Filter)),
        ("PRICE_TOO_DEVIATED INVALID_CLIENT_ORDER_ID PRICE_OVER_LIQUIDATION", Refused(R::Filter)),
        ("PRICE_OVER_BANKRUPT RISK_LIMIT_EXCEEDED", Refused(R::Filter)),
        ("INVALID_CURRENCY INVALID_CURRENCY_PAIR CONTRACT_NOT_FOUND", Refused(R::NoMarket)),
        ("CONTRACT_IN_DELISTING CONTRACT_NO_COUNTER ORDER_BOOK_NOT_FOUND", Refused(R::NoMarket)),
        ("BALANCE_NOT_ENOUGH MARGIN_BALANCE_NOT_ENOUGH INSUFFICIENT_AVAILABLE", Refused(R::InsufficientFunds)),
        ("FUTURES_BALANCE_NOT_ENOUGH LIQUIDATE_IMMEDIATELY INITIAL_MARGIN_TOO_LOW", Refused(R::InsufficientFunds)),
        ("TOO_MANY_ORDERS", Refused(R::TooManyOrders)),
        ("INCREASE_POSITION REDUCE_EXCEEDED POSITION_EMPTY POSITION_NOT_FOUND", Refused(R::ReduceOnly)),
        ("POC_FILL_IMMEDIATELY ORDER_POC_IMMEDIATE", Refused(R::PostOnlyWouldTake)),
        ("FOK_NOT_FILL ORDER_FOK", Refused(R::CannotFillWhole)),
        ("DUPLICATE_REQUEST REPEATED_CREATION ORDER_EXISTS", Refused(R::DuplicateId)),
        ("ORDER_NOT_FOUND", NoSuchOrder),
        ("NO_CHANGE", Done),
        ("ORDER_CLOSED ORDER_CANCELLED ORDER_FINISHED ORDER_NOT_OWNED", Refused(R::UnknownOrder)),
        ("SOMETHING_NEW", Refused(R::Other)),
    ] {
        for label in labels.split(' ') {
            let errors = format!(r#""errs":{{"label":"{label}","message":"words"}}"#);
            let told = heard(&mut spot(), &entered(r#""header":{"status":"400""#, &errors));
            assert_eq!(told.last(), Some(&Heard::Answer(AskId(7), expected)), "{label} on the line");
            let place = Place::Rest(AskId(9), Ask::CancelAll(BTC), 400);
            let told = heard_at(&mut spot(), place, &format!(r#"{{"label":"{label}","message":"words"}}"#));
            assert_eq!(told.expect("understood").last(), Some(&Heard::Answer(AskId(9), expected)), "{label} by REST");
        }
    }
    let place = Place::Rest(AskId(9), Ask::Balances, 401);
    let told = heard_at(&mut spot(), place, r#"{"label":"REQUEST_EXPIRED","message":"words"}"#).expect("understood");
    assert_eq!(told[0], Heard::Unwelcome(Unwelcome::Clock));
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    for (status, expected) in
        [(500, Answer::Unknown), (503, Answer::Unknown), (504, Answer::Unknown), (429, Answer::Later { wait_ms: 0 })]
    {
        let place = Place::Rest(AskId(9), Ask::CancelAll(BTC), status);
        let told = heard_at(&mut spot(), place, "<html>");
        assert_eq!(told, Ok(vec![Heard::Answer(AskId(9), expected)]), "{status}");
    }
    let place = Place::Rest(AskId(9), Ask::CancelAll(BTC), 400);
    assert_eq!(heard_at(&mut spot(), place, "{}"), Err(FrameError::Missing(Field::Code)));
}

const SPOT_ORDER: &str = r#"{"id":"399123456","text":"t-R1-2-3","create_time":"1694655225","update_time":"1694655225",
    "currency_pair":"BTC_USDT","type":"limit","account":"spot","side":"sell","amount":"0.0003","price":"26253.3",
    "time_in_force":"gtc","left":"0.0001","filled_total":"5.2","avg_deal_price":"26253.3","fee":"0","fee_currency":"USDT",
    "create_time_ms":"1694655225315","update_time_ms":"1694655225915","user":3497082,"event":"put","finish_as":"open",
    "newField":{"a":[1]}}"#;

const FUTURES_ORDER: &str = r#"{"contract":"BTC_USDT","create_time":1628736847,"create_time_ms":1628736847325,
    "fill_price":"40000.4","finish_as":"_new","finish_time":0,"finish_time_ms":0,"iceberg":0,"id":4872460,"left":"-1",
    "price":"40000.4","size":"-3","status":"open","text":"t-R1-2-3","tif":"gtc","user":"110xxxxx","update_id":1,
    "update_time":1628736848321}"#;

fn news(theirs: &str, px: i64, qty: i64, filled: i64, at_ns: u64) -> OrderNews {
    OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name(theirs) },
        instrument: Some(BTC),
        side: Side::Sell,
        px: Ticks(px),
        qty: Lots(qty),
        filled: Lots(filled),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(at_ns),
    }
}

fn spot_news() -> OrderNews {
    news("399123456", 262_533, 300, 200, 1_694_655_225_915_000_000)
}

fn futures_news() -> OrderNews {
    news("4872460", 400_004, 3, 2, 1_628_736_848_321_000_000)
}

fn pushed(channel: &str, row: &str) -> String {
    format!(r#"{{"time":1,"time_ms":1001,"channel":"{channel}","event":"update","result":[{row}]}}"#)
}

fn order_heard(gate: &mut Gate, channel: &str, row: &str) -> OrderNews {
    match heard(gate, &pushed(channel, row))[..] {
        [Heard::Order(news)] => news,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn the_news_of_an_order_are_on_its_grid() {
    assert_eq!(order_heard(&mut spot(), "spot.orders", SPOT_ORDER), spot_news());
    assert_eq!(order_heard(&mut futures(), "futures.orders", FUTURES_ORDER), futures_news());
    let market = SPOT_ORDER.replace("limit", "market");
    assert_eq!(order_heard(&mut spot(), "spot.orders", &market).px, Ticks(0));
    let bought = FUTURES_ORDER.replace("\"-", "\"");
    assert_eq!(order_heard(&mut futures(), "futures.orders", &bought), OrderNews { side: Side::Buy, ..futures_news() });
    let stray = SPOT_ORDER.replace("t-R1-2-3", "apiv4").replace("0.0003", "0.00030017");
    let told = order_heard(&mut spot(), "spot.orders", &stray);
    assert_eq!((told.whose.ours, told.qty), (None, Lots(300)));
    let foreign = FUTURES_ORDER.replace("BTC_USDT", "DOGE_USDT");
    let told = order_heard(&mut futures(), "futures.orders", &foreign);
    assert_eq!((told.instrument, told.side, told.whose), (None, Side::Sell, futures_news().whose));
    let off = SPOT_ORDER.replace("0.0003", "0.00030017");
    let place = Place::Line(0);
    let told = heard_at(&mut spot(), place, &pushed("spot.orders", &off));
    assert_eq!(told, Err(FrameError::OffGrid(Field::Quantity)));
}

#[test]
fn the_states_of_an_order_are_told_apart() {
    use OrderState::{Canceled, Filled, Open, Rejected};
    for (event, how, left, expected) in [
        ("put", "open", "0.0003", Open),
        ("update", "open", "0.0001", Open),
        ("finish", "filled", "0", Filled),
        ("finish", "cancelled", "0.0001", Canceled),
        ("finish", "ioc", "0.0001", Canceled),
        ("finish", "fok", "0.0003", Canceled),
        ("finish", "stp", "0.0003", Canceled),
        ("finish", "poc", "0.0003", Rejected(RejectReason::PostOnlyWouldTake)),
        ("finish", "-", "0", Canceled),
    ] {
        let row = SPOT_ORDER.replace("\"put\"", &format!("\"{event}\"")).replace("\"open\"", &format!("\"{how}\""));
        let told = order_heard(&mut spot(), "spot.orders", &row.replace("0.0001", left));
        assert_eq!(told.state, expected, "{event} {how}");
    }
    for (how, left, expected) in [
        (r#""finish_as":"filled""#, "0", Filled),
        (r#""finish_as":"cancelled""#, "-1", Canceled),
        (r#""finish_as":"liquidated""#, "-1", Canceled),
        (r#""other":"filled""#, "0", Filled),
        (r#""other":"filled""#, "-1", Canceled),
    ] {
        let row = FUTURES_ORDER.replace(r#""finish_as":"_new""#, how).replace("\"open\"", "\"finished\"");
        let told = order_heard(&mut futures(), "futures.orders", &row.replace("\"-1\"", &format!("\"{left}\"")));
        assert_eq!(told.state, expected, "{how}");
    }
    let row = SPOT_ORDER.replace("\"put\"", "\"dream\"");
    let told = heard_at(&mut spot(), Place::Line(0), &pushed("spot.orders", &row));
    assert_eq!(told, Err(FrameError::Unreadable(Field::State)));
}

const SPOT_FILL: &str = r#"{"id":5736713,"user_id":1000001,"order_id":"30784428","currency_pair":"BTC_USDT",
    "create_time":1605176741,"create_time_ms":"1605176741123.456","side":"sell","amount":"0.00030000","role":"taker",
    "price":"10000.00000000","fee":"0.00200000000000","point_fee":"0","gt_fee":"0","text":"t-R1-2-3","id_market":57}"#;

const FUTURES_FILL: &str = r#"{"id":"3335259","create_time":1628736848,"create_time_ms":1628736848321,"contract":"ETH_USDT",
    "order_id":"4872460","size":"-0.25","price":"4000.4","role":"maker","text":"t-R1-2-3","fee":"-0.0009290592","point_fee":0}"#;

fn spot_fill() -> FillNews {
    FillNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("30784428") },
        instrument: Some(BTC),
        side: Side::Sell,
        trade_id: 5_736_713,
        px: Ticks(100_000),
        qty: Lots(300),
        fee_e8: 200_000,
        fee_asset: name("USDT"),
        liquidity: Liquidity::Taker,
        at_ns: Nanos(1_605_176_741_123_456_000),
    }
}

fn futures_fill() -> FillNews {
    FillNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("4872460") },
        instrument: Some(ETH),
        trade_id: 3_335_259,
        px: Ticks(400_040),
        qty: Lots(25),
        fee_e8: -92_906,
        liquidity: Liquidity::Maker,
        at_ns: Nanos(1_628_736_848_321_000_000),
        ..spot_fill()
    }
}

fn fill_heard(gate: &mut Gate, channel: &str, row: &str) -> FillNews {
    match heard(gate, &pushed(channel, row))[..] {
        [Heard::Fill(news)] => news,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn an_execution_is_told_with_its_fee() {
    assert_eq!(fill_heard(&mut spot(), "spot.usertrades", SPOT_FILL), spot_fill());
    assert_eq!(fill_heard(&mut futures(), "futures.usertrades", FUTURES_FILL), futures_fill());
    let fee = |row: String| {
        let told = fill_heard(&mut spot(), "spot.usertrades", &row);
        (told.fee_e8, told.fee_asset)
    };
    assert_eq!(fee(SPOT_FILL.replace("sell", "buy")), (200_000, name("BTC")));
    assert_eq!(
        fee(SPOT_FILL.replace("\"point_fee\"", "\"fee_currency\":\"ETH\",\"point_fee\"")),
        (200_000, name("ETH"))
    );
    let in_gt = SPOT_FILL.replace("0.00200000000000", "0").replace(r#""gt_fee":"0""#, r#""gt_fee":"0.5""#);
    assert_eq!(fee(in_gt), (50_000_000, name("GT")));
    for (from, to, expected) in [
        ("\"id\"", "\"it\"", FrameError::Missing(Field::Id)),
        ("\"price\"", "\"at\"", FrameError::Missing(Field::Price)),
        ("\"role\"", "\"was\"", FrameError::Missing(Field::Liquidity)),
        ("0.00030000", "0.00000003", FrameError::OffGrid(Field::Quantity)),
        ("\"sell\"", "\"swap\"", FrameError::Unreadable(Field::Side)),
    ] {
        let rows = format!("{SPOT_FILL},{}", SPOT_FILL.replace(from, to));
        let told = heard_at(&mut spot(), Place::Line(0), &pushed("spot.usertrades", &rows));
        assert_eq!(told, Err(expected), "{from}");
    }
    assert_eq!(heard_at(&mut spot(), Place::Line(0), "pong"), Err(FrameError::NotJson));
}

#[test]
fn positions_and_money_are_told() {
    let row = r#"{"contract":"BTC_USDT","mode":"single","size":"-3","time_ms":1628736848321,"user":"110xxxxx"}"#;
    let rows = format!("{row},{}", row.replace("BTC", "DOGE"));
    let held = Heard::Position { instrument: BTC, qty: Lots(-3) };
    let done = Heard::Answer(AskId(9), Answer::Done);
    assert_eq!(heard(&mut futures(), &pushed("futures.positions", &rows)), [held]);
    assert_eq!(answered(&mut futures(), Ask::Positions, &format!("[{row}]")), [held, done]);
    let row = r#"{"timestamp_ms":"1667556323730","currency":"USDT","change":"0","total":"105","available":"100.25","freeze":"4.75"}"#;
    let told = Heard::Balance { asset: name("USDT"), free_e8: 10_025_000_000, locked_e8: 475_000_000 };
    assert_eq!(heard(&mut spot(), &pushed("spot.balances", row)), [told]);
    let rest = format!("[{}]", row.replace("freeze", "locked"));
    assert_eq!(answered(&mut spot(), Ask::Balances, &rest), [told, done]);
    let account =
        r#"{"user":1666,"currency":"USDT","total":"105","order_margin":"4.75","available":"100.25","point":"0"}"#;
    assert_eq!(answered(&mut futures(), Ask::Balances, account), [told, done]);
}

#[test]
fn answers_by_rest_name_times_in_seconds_and_executions_of_contracts_otherwise() {
    let done = Heard::Answer(AskId(9), Answer::Done);
    let row =
        SPOT_ORDER.replace(r#""event":"put""#, r#""status":"open""#).replace("\"1694655225915\"", "1694655225915");
    assert_eq!(answered(&mut spot(), Ask::Order(known(BTC, "")), &row), [Heard::Order(spot_news()), done]);
    assert_eq!(answered(&mut spot(), Ask::OpenOrders(BTC), &format!("[{row}]")), [Heard::Order(spot_news()), done]);
    assert_eq!(answered(&mut spot(), Ask::OpenOrders(BTC), "[]"), [done]);
    let row = FUTURES_ORDER.replace("1628736848321", "1628736848.321").replace("finish_time_ms", "none");
    assert_eq!(answered(&mut futures(), Ask::Order(known(BTC, "")), &row), [Heard::Order(futures_news()), done]);
    let row = FUTURES_FILL.replace("\"id\"", "\"trade_id\"").replace("1628736848321", "0");
    let row = row.replace("1628736848,", "1628736848.321,");
    let told = answered(&mut futures(), Ask::Fills(ETH, NOW), &format!("[{row}]"));
    assert_eq!(told, [Heard::Fill(futures_fill()), done]);
    let time = r#"{"server_time":1597026383085}"#;
    assert_eq!(
        answered(&mut spot(), Ask::Prepare(Prepare::Time), time)[0],
        Heard::Time(Nanos(1_597_026_383_085_000_000))
    );
}

#[test]
fn a_full_page_goes_on_where_it_ended() {
    let rows = |count: usize| format!("[{}]", vec![SPOT_FILL; count].join(","));
    let ask = Ask::Fills(BTC, NOW);
    let mut gate = spot();
    for page in ["", "&page=2", "&page=3"] {
        let call = asked(&mut gate, ask);
        assert!(text(&call.path).ends_with(&format!("&limit=1000{page}")), "{}", text(&call.path));
        let told = answered(&mut gate, ask, &rows(1_000));
        assert_eq!(told.last(), Some(&Heard::Answer(AskId(9), Answer::More)));
    }
    assert_eq!(answered(&mut gate, ask, &rows(999)).last(), Some(&Heard::Answer(AskId(9), Answer::Done)));
    assert!(text(&asked(&mut gate, ask).path).ends_with("&limit=1000"), "the next time begins anew");
    let (mut gate, ask) = (futures(), Ask::OpenOrders(BTC));
    let full = format!("[{}]", vec![FUTURES_ORDER; 100].join(","));
    for offset in ["", "&offset=100", "&offset=200"] {
        assert!(text(&asked(&mut gate, ask).path).ends_with(&format!("&limit=100{offset}")));
        answered(&mut gate, ask, &full);
    }
}

#[test]
fn an_order_known_by_our_id_alone_is_looked_for_among_the_finished_before_it_is_believed_gone() {
    let ask = Ask::Order(known(BTC, ""));
    let gone = r#"{"label":"ORDER_NOT_FOUND","message":"words"}"#;
    let place = Place::Rest(AskId(9), ask, 404);
    let filled = SPOT_ORDER.replace(r#""event":"put""#, r#""status":"closed""#).replace("\"open\"", "\"filled\"");
    let list = format!("[{},{filled}]", filled.replace("t-R1-2-3", "t-R1-2-4"));
    for (list, count, expected) in [(list.as_str(), 2, Answer::Done), ("[]", 1, Answer::NoSuchOrder)] {
        let mut gate = spot();
        assert_eq!(heard_at(&mut gate, place, gone), Ok(vec![Heard::Answer(AskId(9), Answer::Unknown)]));
        // Another order in doubt does not take its place.
        let other =
            Known { order: with(BTC, |order| order.client_order_id = ClientOrderId::new(1, 2, 9)), ..known(BTC, "") };
        let path = "/api/v4/spot/orders/t-R1-2-9?currency_pair=BTC_USDT";
        assert_eq!(text(&asked(&mut gate, Ask::Order(other)).path), path);
        heard_at(&mut gate, Place::Rest(AskId(8), Ask::Order(other), 404), gone).expect("understood");
        let path = "/api/v4/spot/orders?currency_pair=BTC_USDT&status=finished&limit=100";
        assert_eq!(text(&asked(&mut gate, ask).path), path);
        let told = answered(&mut gate, ask, list);
        assert_eq!((told.len(), told.last()), (count, Some(&Heard::Answer(AskId(9), expected))));
        let path = "/api/v4/spot/orders/t-R1-2-3?currency_pair=BTC_USDT";
        assert_eq!(text(&asked(&mut gate, ask).path), path, "the next time begins anew");
    }
    let told = heard_at(&mut spot(), Place::Rest(AskId(9), Ask::Order(known(BTC, "12")), 404), gone);
    assert_eq!(told, Ok(vec![Heard::Answer(AskId(9), Answer::NoSuchOrder)]));
}

#[test]
fn a_key_that_may_withdraw_is_seen() {
    let row = r#"{"state":1,"mode":1,"name":"bot","user_id":1,"ip_whitelist":["127.0.0.1"],"key":"me",
        "perms":[{"name":"spot","read_only":false},{"name":"futures","read_only":true}]}"#;
    let rights = |gate: &mut Gate, said: &str| match answered(gate, Ask::Prepare(Prepare::Rights), said)[0] {
        Heard::Rights(rights) => rights,
        other => panic!("{other:?}"),
    };
    let good = Rights { trade: true, withdraw: None, bound_to_addresses: Some(true) };
    let other = row.replace("\"me\"", "\"other\"").replace("futures", "withdraw").replace("true", "false");
    assert_eq!(rights(&mut spot(), &format!("[{other},{row}]")), good);
    assert_eq!(rights(&mut spot(), row), good);
    assert_eq!(rights(&mut spot(), &format!("[{other}]")).withdraw, Some(true));
    assert!(!rights(&mut futures(), row).trade, "it may only read");
    assert_eq!(rights(&mut spot(), &row.replace("\"127.0.0.1\"", "")).bound_to_addresses, Some(false));
    let place = Place::Rest(AskId(9), Ask::Prepare(Prepare::Rights), 200);
    let foreign = format!("[{other},{other}]");
    assert_eq!(heard_at(&mut spot(), place, &foreign), Err(FrameError::Missing(Field::Right)));
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut gate = futures();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [
        pushed("futures.orders", FUTURES_ORDER),
        pushed("futures.usertrades", FUTURES_FILL),
        entered(r#""header":{"status":"400""#, r#""errs":{"label":"ORDER_CLOSED"}"#).replace("spot.", "futures."),
    ];
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(order(ETH)), Ask::Modify(known(BTC, ""), Ticks(1), Lots(2)), Ask::Cancel(known(BTC, ""))]
        {
            gate.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        gate.ask(&Ask::Order(known(BTC, "")), AskId(number), NOW, &mut call).expect("can be asked");
        heard.clear();
        for said in &said {
            gate.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
        }
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 4));
}
