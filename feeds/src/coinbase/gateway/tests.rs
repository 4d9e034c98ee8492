//! Each question to Coinbase to the letter, and each thing that it says as it is understood.

use super::{Coinbase, MANNERS};
use crate::coinbase::sign::tests::PEM;
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose, trade_id};
use crate::gateway::key::{Key, Secret};
use crate::gateway::tongue::{Place, Tongue, Unable};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::alloc_guard::AllocGuard;

const BTC: InstrumentId = InstrumentId(0);
const NOW: Nanos = Nanos(1_711_001_595_207_000_000);
const THEIRS: &str = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn gateway() -> Coinbase {
    let instruments = Instruments::new(vec![Instrument {
        id: BTC,
        venue: VenueId::Coinbase,
        symbol: name("BTC-USD"),
        base: name("BTC"),
        quote: name("USD"),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 8, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    }]);
    let key = Key { id: Secret::new("organizations/o/apiKeys/k"), secret: Secret::new(PEM), passphrase: None };
    Coinbase::new(&key, &instruments).expect("fits")
}

fn order() -> Order {
    Order {
        client_order_id: ClientOrderId::new(1, 2, 3),
        instrument: BTC,
        px: Ticks(2_800_010),
        qty: Lots(20_000),
        ..Order::default()
    }
}

fn known(venue_order_id: &str) -> Known {
    Known { order: order(), venue_order_id: name(venue_order_id) }
}

fn ask_of(gateway: &mut Coinbase, ask: Ask) -> Result<Call, Unable> {
    let mut call = Call::default();
    gateway.ask(&ask, AskId(7), NOW, &mut call).map(|()| call)
}

fn asked(ask: Ask) -> Call {
    ask_of(&mut gateway(), ask).expect("can be asked")
}

fn body(call: &Call) -> &str {
    std::str::from_utf8(call.body.bytes()).expect("text")
}

fn path(call: &Call) -> &str {
    std::str::from_utf8(call.path.bytes()).expect("text").strip_prefix("/api/v3/brokerage").expect("the root")
}

/// What the token of a question says of it.
fn claims(token: &str) -> String {
    let claims = token.split('.').nth(1).expect("claims").replace('-', "+").replace('_', "/");
    let claims = crate::gateway::sign::from_base64(&Secret::new(&claims)).expect("base64").to_vec();
    String::from_utf8(claims).expect("text")
}

fn uri(call: &Call) -> String {
    let headers = std::str::from_utf8(call.headers.bytes()).expect("text");
    let (_, token) = headers.split_once("Authorization: Bearer ").expect("a token");
    let claims = claims(token.strip_suffix("\r\n").expect("a line"));
    claims.split_once(r#""uri":"#).expect("an address").1.trim_end_matches('}').to_owned()
}

#[test]
fn an_order_is_entered_to_the_letter() {
    let flag = |set: fn(&mut Order)| {
        let mut order = order();
        set(&mut order);
        order
    };
    let limit = r#"{"base_size":"0.00020000","limit_price":"28000.10""#;
    let cases = [
        (order(), format!(r#""limit_limit_gtc":{limit},"post_only":false}}"#)),
        (flag(|order| order.post_only = true), format!(r#""limit_limit_gtc":{limit},"post_only":true}}"#)),
        (flag(|order| order.time_in_force = TimeInForce::Ioc), format!(r#""sor_limit_ioc":{limit}}}"#)),
        (flag(|order| order.time_in_force = TimeInForce::Fok), format!(r#""limit_limit_fok":{limit}}}"#)),
        (
            flag(|order| order.order_type = OrderType::Market),
            r#""market_market_ioc":{"base_size":"0.00020000"}"#.into(),
        ),
    ];
    for (order, configuration) in cases {
        let call = asked(Ask::Place(order));
        let expected = format!(
            r#"{{"client_order_id":"R1-2-3","product_id":"BTC-USD","side":"BUY","order_configuration":{{{configuration}}}}}"#
        );
        assert_eq!((path(&call), body(&call)), ("/orders", expected.as_str()));
        assert_eq!((call.way, call.purse), (Way::Post, Purse::Orders));
        assert_eq!(uri(&call), r#""POST api.coinbase.com/api/v3/brokerage/orders""#);
        assert!(call.headers.bytes().starts_with(b"Content-Type: application/json\r\n"));
    }
    assert!(body(&asked(Ask::Place(Order { side: Side::Sell, ..order() }))).contains(r#""side":"SELL""#));
}

#[test]
fn an_order_is_changed_and_withdrawn_by_the_id_of_the_venue() {
    let call = asked(Ask::Modify(known(THEIRS), Ticks(2_900_000), Lots(30_000)));
    let expected = format!(r#"{{"order_id":"{THEIRS}","price":"29000.00","size":"0.00030000"}}"#);
    assert_eq!((path(&call), body(&call), call.purse), ("/orders/edit", expected.as_str(), Purse::Orders));
    let call = asked(Ask::Cancel(known(THEIRS)));
    let expected = format!(r#"{{"order_ids":["{THEIRS}"]}}"#);
    assert_eq!((path(&call), body(&call), call.purse), ("/orders/batch_cancel", expected.as_str(), Purse::Cancels));
    for unnamed in [Ask::Modify(known(""), Ticks(1), Lots(1)), Ask::Cancel(known("")), Ask::CancelAll(BTC)] {
        assert_eq!(ask_of(&mut gateway(), unnamed).map(drop), Err(Unable::NotYet));
    }
}

#[test]
fn questions_are_signed_without_their_query() {
    let since = Nanos(1_700_000_000_999_000_000);
    let cases = [
        (Ask::Order(known(THEIRS)), format!("/orders/historical/{THEIRS}")),
        (
            Ask::Order(known("")),
            "/orders/historical/batch?product_ids=BTC-USD&start_date=2024-03-21T05:13:15.207Z&limit=100".into(),
        ),
        (Ask::OpenOrders(BTC), "/orders/historical/batch?order_status=OPEN&product_ids=BTC-USD&limit=100".into()),
        (
            Ask::Fills(BTC, since),
            "/orders/historical/fills?product_ids=BTC-USD&start_sequence_timestamp=2023-11-14T22:13:20.999Z&limit=100"
                .into(),
        ),
        (
            Ask::FillsOf(known(THEIRS), since),
            format!(
                "/orders/historical/fills?order_ids={THEIRS}&start_sequence_timestamp=2023-11-14T22:13:20.999Z&limit=100"
            ),
        ),
        (Ask::Balances, "/accounts?&limit=100".into()),
        (Ask::Prepare(Prepare::Rights), "/key_permissions".into()),
    ];
    for (ask, expected) in cases {
        let call = asked(ask);
        assert_eq!(
            (path(&call), call.way, call.purse, body(&call)),
            (expected.as_str(), Way::Get, Purse::Questions, "")
        );
        let bare = expected.split('?').next().expect("a path");
        assert_eq!(uri(&call), format!(r#""GET api.coinbase.com/api/v3/brokerage{bare}""#));
    }
    let call = asked(Ask::Prepare(Prepare::Time));
    assert_eq!((path(&call), call.headers.bytes()), ("/time", &b""[..]));
    for nothing in [Ask::Positions, Ask::DeadMan(BTC, 10), Ask::Prepare(Prepare::Token)] {
        assert_eq!(ask_of(&mut gateway(), nothing).map(drop), Err(Unable::NotThere));
    }
}

#[test]
fn the_line_is_greeted_with_beats_and_orders_each_with_a_token_of_its_own() {
    let mut gateway = gateway();
    let mut call = Call::default();
    let mut said = |step| gateway.greet(0, step, NOW, &mut call).then(|| body(&call).to_owned());
    for (step, channel) in ["heartbeats", "user"].iter().enumerate() {
        let message = said(step).expect("a subscription");
        let before = format!(r#"{{"type":"subscribe","channel":"{channel}","jwt":""#);
        let token = message.strip_prefix(&before).and_then(|rest| rest.strip_suffix("\"}")).expect("a token");
        let expected = r#"{"iss":"cdp","sub":"organizations/o/apiKeys/k","nbf":1711001595,"exp":1711001715}"#;
        assert_eq!(claims(token), expected);
    }
    assert_eq!((said(2), MANNERS.lines.len()), (None, 1));
}

fn heard_by(gateway: &mut Coinbase, place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = vec![Heard::Leave];
    let understood = gateway.hear(place, said.as_bytes(), &mut heard);
    assert_eq!(heard.remove(0), Heard::Leave, "what was heard before stays");
    assert!(understood.is_ok() || heard.is_empty(), "of an error nothing is heard");
    understood.map(|()| heard)
}

fn heard(said: &str) -> Vec<Heard> {
    heard_by(&mut gateway(), Place::Line(0), said).expect("understood")
}

fn answered_by(gateway: &mut Coinbase, ask: Ask, said: &str) -> Vec<Heard> {
    heard_by(gateway, Place::Rest(AskId(9), ask, 200), said).expect("understood")
}

fn answered(ask: Ask, said: &str) -> Vec<Heard> {
    answered_by(&mut gateway(), ask, said)
}

fn answer(answer: Answer) -> Heard {
    Heard::Answer(AskId(9), answer)
}

const DONE: Heard = Heard::Answer(AskId(9), Answer::Done);

#[test]
fn a_subscription_is_taken_or_refused_for_a_reason() {
    let taken = r#"{"channel":"subscriptions","client_id":"","timestamp":"2026-04-07T14:30:00.000000Z","sequence_num":0,
        "events":[{"subscriptions":{"user":["BTC-USD"]}}]}"#;
    for (said, expected) in [
        (taken, Heard::Welcome),
        (r#"{"type":"error","message":"authentication failure"}"#, Heard::Unwelcome(Unwelcome::Key)),
        (r#"{"type":"error","message":"invalid jwt"}"#, Heard::Unwelcome(Unwelcome::Key)),
        (r#"{"type":"error","message":"too many subscriptions"}"#, Heard::Unwelcome(Unwelcome::Other)),
    ] {
        assert_eq!(heard(said), [expected], "{said}");
    }
    for nothing in [
        r#"{"channel":"heartbeats","sequence_num":0,"events":[{"heartbeat_counter":42}]}"#,
        r#"{"channel":"futures_balance_summary","sequence_num":3,"events":[{}]}"#,
        r#"{"anything":1}"#,
    ] {
        assert_eq!(heard(nothing), [], "{nothing}");
    }
}

/// As captured, but for ids and how much is executed.
const ORDER: &str = r#"{"order_id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","client_order_id":"R1-2-3","cumulative_quantity":"0.0004",
    "leaves_quantity":"0.0006","avg_price":"0","total_fees":"0","status":"OPEN","product_id":"BTC-USD","creation_time":
    "2026-04-07T14:29:55.123456Z","order_side":"BUY","order_type":"Limit","limit_price":"68900.50","cancel_reason":"",
    "reject_reason":"","time_in_force":"GOOD_UNTIL_CANCELLED"}"#;

fn pushed(number: u64, row: &str) -> String {
    format!(
        r#"{{"channel":"user","client_id":"","timestamp":"2026-04-07T14:30:06.000000Z","sequence_num":{number},
        "events":[{{"type":"update","orders":[{row}],"positions":{{}}}}]}}"#
    )
}

fn news() -> OrderNews {
    OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name(THEIRS) },
        instrument: Some(BTC),
        side: Side::Buy,
        px: Ticks(6_890_050),
        qty: Lots(100_000),
        filled: Lots(40_000),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_775_572_206_000_000_000),
    }
}

#[test]
fn the_news_of_an_order_are_on_its_grid() {
    assert_eq!(heard(&pushed(0, ORDER)), [Heard::Order(news())]);
    let unpriced = ORDER.replace(r#""limit_price":"68900.50","#, "");
    assert_eq!(heard(&pushed(0, &unpriced)), [Heard::Order(OrderNews { px: Ticks(0), ..news() })]);
    let stray = ORDER.replace("R1-2-3", "by-hand").replace("68900.50", "68900.501");
    let Heard::Order(told) = heard(&pushed(0, &stray))[0] else { panic!("an order") };
    assert_eq!((told.whose.ours, told.px), (None, Ticks(6_890_050)));
    let Heard::Order(told) = heard(&pushed(0, &ORDER.replace("BTC-USD", "XRP-USD")))[0] else { panic!("an order") };
    assert_eq!((told.instrument, told.whose), (None, news().whose));
}

#[test]
fn the_states_of_an_order_are_told_apart() {
    use OrderState::{Canceled, Expired, Filled, Open, Rejected};
    for (status, reason, expected) in [
        ("OPEN", "", Open),
        ("CANCEL_QUEUED", "", Open),
        ("EDIT_QUEUED", "", Open),
        ("FILLED", "", Filled),
        ("CANCELLED", "", Canceled),
        ("EXPIRED", "", Expired),
        ("FAILED", "", Rejected(RejectReason::Other)),
        ("FAILED", "INVALID_LIMIT_PRICE_POST_ONLY", Rejected(RejectReason::PostOnlyWouldTake)),
    ] {
        let row = ORDER.replace("\"OPEN\"", &format!("\"{status}\""));
        let row = row.replace(r#""reject_reason":"""#, &format!(r#""reject_reason":"{reason}""#));
        let Heard::Order(told) = heard(&pushed(0, &row))[0] else { panic!("an order") };
        let qty = if expected == Open { Lots(100_000) } else { Lots(0) };
        assert_eq!((told.state, told.qty), (expected, qty), "{status} {reason}");
    }
    for early in ["PENDING", "QUEUED"] {
        assert_eq!(heard(&pushed(0, &ORDER.replace("\"OPEN\"", &format!("\"{early}\"")))), [], "{early}");
    }
    let row = ORDER.replace("\"OPEN\"", "\"DREAMING\"");
    let error = heard_by(&mut gateway(), Place::Line(0), &pushed(0, &row));
    assert_eq!(error, Err(FrameError::Unreadable(Field::State)));
}

#[test]
fn a_message_that_is_missing_costs_the_line() {
    let mut gateway = gateway();
    let beat = |number: u64| format!(r#"{{"channel":"heartbeats","sequence_num":{number},"events":[]}}"#);
    let mut leaves =
        |said: &str| heard_by(&mut gateway, Place::Line(0), said).expect("understood").contains(&Heard::Leave);
    assert_eq!([beat(0), pushed(1, ORDER), pushed(1, ORDER), beat(2)].map(|said| leaves(&said)), [false; 4]);
    assert!(leaves(&beat(4)));
    gateway.greet(0, 0, NOW, &mut Call::default());
    let heard = heard_by(&mut gateway, Place::Line(0), &beat(0));
    assert_eq!(heard, Ok(vec![]), "a line of its own counts anew");
}

#[test]
fn an_order_is_taken_in_or_refused_with_status_200() {
    use Answer::{Done, Refused};
    let place = Ask::Place(order());
    let taken = r#"{"success":true,"success_response":{"order_id":"x","product_id":"BTC-USD","side":"BUY","client_order_id":"R1-2-3"}}"#;
    assert_eq!(answered(place, taken), [answer(Done)]);
    let refused = |error: &str| format!(r#"{{"success":false,"error_response":{{{error},"message":"words"}}}}"#);
    for (error, expected) in [
        (
            r#""error":"INSUFFICIENT_FUND","preview_failure_reason":"PREVIEW_INSUFFICIENT_FUND""#,
            RejectReason::InsufficientFunds,
        ),
        (
            r#""error":"UNKNOWN_FAILURE_REASON","new_order_failure_reason":"INVALID_LIMIT_PRICE_POST_ONLY""#,
            RejectReason::PostOnlyWouldTake,
        ),
        (
            r#""error":"UNKNOWN_FAILURE_REASON","preview_failure_reason":"PREVIEW_INVALID_SIZE_PRECISION""#,
            RejectReason::Filter,
        ),
        (r#""error":"UNKNOWN_FAILURE_REASON""#, RejectReason::Other),
    ] {
        assert_eq!(answered(place, &refused(error)), [answer(Refused(expected))], "{error}");
    }
    let error = heard_by(&mut gateway(), Place::Rest(AskId(9), place, 200), "{}");
    assert_eq!(error, Err(FrameError::Missing(Field::Code)));
}

#[test]
fn each_word_of_refusal_is_known() {
    use Answer::{Done, Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    for (word, expected) in [
        ("UNKNOWN_CANCEL_FAILURE_REASON", Unknown),
        ("UNKNOWN_CANCEL_ORDER", NoSuchOrder),
        ("ORDER_NOT_FOUND", NoSuchOrder),
        ("NOT_FOUND", NoSuchOrder),
        ("DUPLICATE_CANCEL_REQUEST", Done),
        ("ORDER_IS_BEING_REPLACED", Later { wait_ms: 0 }),
        ("RATE_LIMIT_EXCEEDED", Later { wait_ms: 0 }),
        ("RESOURCE_EXHAUSTED", Later { wait_ms: 0 }),
        ("ORDER_IS_FULLY_FILLED", Refused(R::UnknownOrder)),
        ("COMMANDER_REJECTED_CANCEL_ORDER", Refused(R::UnknownOrder)),
        ("ONLY_OPEN_ORDERS_CAN_BE_EDITED", Refused(R::UnknownOrder)),
        ("DUPLICATE_CLIENT_ORDER_ID", Refused(R::DuplicateId)),
        ("INSUFFICIENT_FUND", Refused(R::InsufficientFunds)),
        ("PREVIEW_INSUFFICIENT_FUNDS", Refused(R::InsufficientFunds)),
        ("INVALID_LEDGER_BALANCE", Refused(R::InsufficientFunds)),
        ("POST_ONLY_NOT_ALLOWED_WITH_FOK", Refused(R::Filter)),
        ("INVALID_LIMIT_PRICE_POST_ONLY", Refused(R::PostOnlyWouldTake)),
        ("REDUCE_ONLY_NOT_ALLOWED", Refused(R::ReduceOnly)),
        ("INVALID_PRODUCT_ID", Refused(R::NoMarket)),
        ("INELIGIBLE_PAIR", Refused(R::NoMarket)),
        ("UNTRADABLE_PRODUCT", Refused(R::NoMarket)),
        ("INVALID_NO_LIQUIDITY", Refused(R::NoMarket)),
        ("PREVIEW_MISSING_PRODUCT_PRICE_BOOK", Refused(R::NoMarket)),
        ("MISSING_MARKET_TRADE_DATA", Refused(R::NoMarket)),
        ("ORDER_ENTRY_DISABLED", Refused(R::Unavailable)),
        ("INVALID_FCM_TRADING_SESSION", Refused(R::Unavailable)),
        ("GEOFENCING_RESTRICTION", Refused(R::NotAllowed)),
        ("NOT_ALLOWED_TO_CANCEL", Refused(R::NotAllowed)),
        ("ONLY_LIMIT_ORDER_EDITS_SUPPORTED", Refused(R::NotAllowed)),
        ("PERMISSION_DENIED", Refused(R::NotAllowed)),
        ("UNAUTHENTICATED", Refused(R::NotAllowed)),
        ("INVALID_PRICE_PRECISION", Refused(R::Filter)),
        ("LIMIT_PRICE_TOO_FAR_FROM_MARKET", Refused(R::Filter)),
        ("INVALID_PRICE", Refused(R::Filter)),
        ("INVALID_SIZE", Refused(R::Filter)),
        ("INVALID_EDITED_PRICE", Refused(R::Filter)),
        ("PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", Refused(R::Filter)),
        ("PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE", Refused(R::Filter)),
        ("CANNOT_EDIT_TO_BELOW_FILLED_SIZE", Refused(R::Filter)),
        ("UNSUPPORTED_ORDER_CONFIGURATION", Refused(R::Filter)),
        ("INVALID_SIDE", Refused(R::Filter)),
        ("PREVIEW_INVALID_ORDER_CONFIG", Refused(R::Filter)),
        ("FOK_DISABLED", Refused(R::Filter)),
        ("INVALID_REQUEST", Refused(R::Filter)),
        ("INVALID_CANCEL_REQUEST", Refused(R::Filter)),
        ("INVALID_ARGUMENT", Refused(R::Filter)),
        ("COMMANDER_REJECTED_NEW_ORDER", Refused(R::Other)),
        ("SOMETHING_NEW", Refused(R::Other)),
    ] {
        let said = format!(r#"{{"results":[{{"success":false,"failure_reason":"{word}","order_id":"x"}}]}}"#);
        assert_eq!(answered(Ask::Cancel(known(THEIRS)), &said), [answer(expected)], "{word} of a cancel");
        let said = format!(r#"{{"success":false,"errors":[{{"edit_failure_reason":"{word}"}}]}}"#);
        let modify = Ask::Modify(known(THEIRS), Ticks(1), Lots(1));
        assert_eq!(answered(modify, &said), [answer(expected)], "{word} of a change");
        let place = Place::Rest(AskId(9), Ask::Balances, 400);
        let said = format!(r#"{{"error":"{word}","message":"words"}}"#);
        assert_eq!(heard_by(&mut gateway(), place, &said), Ok(vec![answer(expected)]), "{word} of a question");
    }
    let yes = r#"{"results":[{"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON","order_id":"x"}]}"#;
    assert_eq!(answered(Ask::Cancel(known(THEIRS)), yes), [DONE]);
    assert_eq!(answered(Ask::CancelAll(BTC), yes), [DONE]);
    assert_eq!(answered(Ask::Modify(known(THEIRS), Ticks(1), Lots(1)), r#"{"success":true,"errors":[]}"#), [DONE]);
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    let place = Ask::Place(order());
    let cases = [
        (place, 500, Answer::Unknown),
        (place, 503, Answer::Unknown),
        (place, 429, Answer::Later { wait_ms: 0 }),
        (place, 401, Answer::Refused(RejectReason::NotAllowed)),
        (place, 403, Answer::Refused(RejectReason::NotAllowed)),
        (Ask::Order(known(THEIRS)), 404, Answer::NoSuchOrder),
    ];
    for (ask, status, expected) in cases {
        let place = Place::Rest(AskId(9), ask, status);
        assert_eq!(heard_by(&mut gateway(), place, "Unauthorized"), Ok(vec![answer(expected)]), "{status}");
    }
}

/// As captured, but for ids and how much is executed.
const LISTED: &str = r#"{"order_id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","product_id":"BTC-USD","user_id":"u","order_configuration":
    {"limit_limit_gtc":{"base_size":"0.001","limit_price":"68900.50","post_only":false}},"side":"BUY","client_order_id":"R1-2-3",
    "status":"OPEN","time_in_force":"GOOD_UNTIL_CANCELLED","created_time":"2026-04-07T14:30:06Z","filled_size":"0.0004",
    "average_filled_price":"50","last_fill_time":null,"reject_reason":"REJECT_REASON_UNSPECIFIED"}"#;

fn list(rows: &[&str], cursor: &str) -> String {
    let has_next = !cursor.is_empty();
    format!(r#"{{"orders":[{}],"sequence":"0","has_next":{has_next},"cursor":"{cursor}"}}"#, rows.join(","))
}

#[test]
fn an_order_is_looked_for_by_our_id_page_by_page_and_then_by_theirs() {
    let mut gateway = gateway();
    let ask = Ask::Order(known(""));
    let other = LISTED.replace("R1-2-3", "R1-2-4");
    assert_eq!(answered_by(&mut gateway, ask, &list(&[&other], "b/2")), [answer(Answer::More)]);
    assert!(path(&ask_of(&mut gateway, ask).expect("asked")).ends_with("&limit=100&cursor=b%2F2"));
    assert_eq!(answered_by(&mut gateway, ask, &list(&[&other, LISTED], "c")), [Heard::Order(news()), DONE]);
    assert!(path(&ask_of(&mut gateway, ask).expect("asked")).ends_with("&limit=100"));
    assert_eq!(answered_by(&mut gateway, ask, &list(&[&other], "")), [answer(Answer::NoSuchOrder)]);
    let early = LISTED.replace("\"OPEN\"", "\"PENDING\"");
    assert_eq!(
        answered_by(&mut gateway, ask, &list(&[&early], "")),
        [answer(Answer::Unknown)],
        "it stands nowhere yet"
    );
    let one = format!(r#"{{"order":{LISTED}}}"#);
    assert_eq!(answered_by(&mut gateway, Ask::Order(known(THEIRS)), &one), [Heard::Order(news()), DONE]);
}

#[test]
fn all_on_an_instrument_are_withdrawn_by_the_ids_that_were_listed() {
    let mut gateway = gateway();
    let ask = Ask::OpenOrders(BTC);
    let second = LISTED.replace("a1b2c3d4", "second");
    let told = answered_by(&mut gateway, ask, &list(&[LISTED], "b"));
    assert_eq!(told, [Heard::Order(news()), answer(Answer::More)]);
    answered_by(&mut gateway, ask, &list(&[&second], ""));
    let call = ask_of(&mut gateway, Ask::CancelAll(BTC)).expect("asked");
    let theirs = THEIRS.replace("a1b2c3d4", "second");
    assert_eq!(body(&call), format!(r#"{{"order_ids":["{THEIRS}","{theirs}"]}}"#));
    assert_eq!((path(&call), call.purse), ("/orders/batch_cancel", Purse::Cancels));
    answered_by(&mut gateway, ask, &list(&[], ""));
    assert_eq!(ask_of(&mut gateway, Ask::CancelAll(BTC)).map(drop), Err(Unable::NotYet));
}

const FILL: &str = r#"{"entry_id":"e","trade_id":"1111-11111-111111","order_id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","trade_time":
    "2024-01-15T10:30:00Z","trade_type":"FILL","price":"45123.45","size":"0.005","commission":"1.14","product_id":"BTC-USD",
    "sequence_timestamp":"2024-01-15T10:30:00.123456Z","liquidity_indicator":"MAKER","size_in_quote":false,"side":"BUY"}"#;

#[test]
fn executions_are_told_by_the_id_of_the_order() {
    let mut gateway = gateway();
    let ask = Ask::Fills(BTC, Nanos(0));
    let mut told = |row: &str, cursor: &str| {
        answered_by(&mut gateway, ask, &format!(r#"{{"fills":[{row}],"cursor":"{cursor}"}}"#))
    };
    let fill = FillNews {
        whose: Whose { ours: None, venue_order_id: name(THEIRS) },
        instrument: Some(BTC),
        side: Side::Buy,
        trade_id: trade_id(b"1111-11111-111111"),
        px: Ticks(4_512_345),
        qty: Lots(500_000),
        fee_e8: 114_000_000,
        fee_asset: name("USD"),
        liquidity: Liquidity::Maker,
        at_ns: Nanos(1_705_314_600_000_000_000),
    };
    assert_eq!(told(FILL, ""), [Heard::Fill(fill), DONE]);
    let taken = FILL.replace("MAKER", "TAKER").replace(r#""size_in_quote":false"#, r#""size_in_quote":true"#);
    let expected = FillNews { liquidity: Liquidity::Taker, qty: Lots(0), ..fill };
    assert_eq!(told(&taken, "b"), [Heard::Fill(expected), answer(Answer::More)], "there is more");
    assert_eq!(told(&FILL.replace("\"FILL\"", "\"CORRECTION\""), ""), [DONE]);
}

#[test]
fn what_is_missing_is_an_error_and_the_rest_of_the_answer_is_not_told() {
    for (from, to, expected) in [
        (r#""trade_id""#, r#""id""#, FrameError::Missing(Field::Id)),
        (r#""price""#, r#""at""#, FrameError::Missing(Field::Price)),
        (r#""liquidity_indicator""#, r#""was""#, FrameError::Missing(Field::Liquidity)),
        ("\"BUY\"", "\"SWAP\"", FrameError::Unreadable(Field::Side)),
    ] {
        let said = format!(r#"{{"fills":[{FILL},{}],"cursor":""}}"#, FILL.replace(from, to));
        let place = Place::Rest(AskId(9), Ask::Fills(BTC, Nanos(0)), 200);
        assert_eq!(heard_by(&mut gateway(), place, &said), Err(expected), "{from}");
    }
}

#[test]
fn money_time_and_rights_are_told() {
    let said = r#"{"accounts":[{"uuid":"u","currency":"BTC","available_balance":{"value":"1.23456789","currency":"BTC"},
        "hold":{"value":"0.00500000","currency":"BTC"}},{"currency":"USD","available_balance":{"value":"7"}}],"has_next":false,"cursor":""}"#;
    let balance = |asset, free_e8, locked_e8| Heard::Balance { asset: name(asset), free_e8, locked_e8 };
    let expected = [balance("BTC", 123_456_789, 500_000), balance("USD", 700_000_000, 0), DONE];
    assert_eq!(answered(Ask::Balances, said), expected);
    let said = r#"{"iso":"2023-07-06T18:50:48Z","epochSeconds":"1688669448","epochMillis":"1688669448123"}"#;
    let time = Heard::Time(Nanos(1_688_669_448_123_000_000));
    assert_eq!(answered(Ask::Prepare(Prepare::Time), said), [time, DONE]);
    for (trade, transfer) in [(true, false), (true, true), (false, false)] {
        let said = format!(r#"{{"can_view":true,"can_trade":{trade},"can_transfer":{transfer},"portfolio_uuid":"u"}}"#);
        let rights = Heard::Rights(Rights { trade, withdraw: Some(transfer), bound_to_addresses: None });
        assert_eq!(answered(Ask::Prepare(Prepare::Rights), &said), [rights, DONE]);
    }
    let place = Place::Rest(AskId(9), Ask::Prepare(Prepare::Rights), 200);
    let error = heard_by(&mut gateway(), place, r#"{"can_trade":true}"#);
    assert_eq!(error, Err(FrameError::Missing(Field::Right)));
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut gateway = gateway();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = pushed(0, ORDER);
    gateway.ask(&Ask::Place(order()), AskId(1), NOW, &mut call).expect("can be asked");
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=20 {
        for ask in [Ask::Place(order()), Ask::Modify(known(THEIRS), Ticks(1), Lots(2)), Ask::Cancel(known(THEIRS))] {
            gateway.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        gateway.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 1));
}

/// Each message cut anywhere, and with any of its bytes exchanged for one that changes the grammar.
#[test]
fn a_spoilt_message_is_understood_whole_or_not_at_all() {
    let rest = |ask| Place::Rest(AskId(9), ask, 200);
    let messages = [
        (Place::Line(0), pushed(0, ORDER)),
        (rest(Ask::OpenOrders(BTC)), list(&[LISTED], "b")),
        (rest(Ask::Fills(BTC, Nanos(0))), format!(r#"{{"fills":[{FILL}],"cursor":""}}"#)),
        (rest(Ask::Place(order())), r#"{"success":false,"error_response":{"error":"INVALID_SIDE"}}"#.to_owned()),
    ];
    let mut gateway = gateway();
    let mut heard = Vec::new();
    for (place, said) in messages {
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
