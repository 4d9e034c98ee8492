//! Each question to Kraken to the letter, and each thing that it says as it is understood.

use super::{Kraken, MANNERS};
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
/// Its prices and quantities are whole numbers.
const WHOLE: InstrumentId = InstrumentId(1);
const NOW: Nanos = Nanos(1_711_001_595_207_000_000);

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn instruments() -> Instruments {
    let of = |id, symbol, base, quote, price_decimals, qty_decimals| Instrument {
        id,
        venue: VenueId::Kraken,
        symbol: name(symbol),
        base: name(base),
        quote: name(quote),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    };
    Instruments::new(vec![of(BTC, "BTC/USD", "BTC", "USD", 1, 8), of(WHOLE, "DOGE/JPY", "DOGE", "JPY", 0, 0)])
}

/// With a token.
fn gateway() -> Kraken {
    let key = Key { id: Secret::new("me"), secret: Secret::new("aHVzaA=="), passphrase: None };
    let mut gateway = Kraken::new(&key, &instruments()).expect("fits");
    let place = Place::Rest(AskId(1), Ask::Prepare(Prepare::Token), 200);
    let said = br#"{"error":[],"result":{"token":"T0k/n","expires":900}}"#;
    let mut heard = Vec::new();
    gateway.hear(place, said, &mut heard).expect("understood");
    assert_eq!(heard, [Heard::Answer(AskId(1), Answer::Done)]);
    gateway
}

fn order(instrument: InstrumentId) -> Order {
    Order {
        client_order_id: ClientOrderId::new(1, 2, 3),
        instrument,
        px: Ticks(280_001),
        qty: Lots(20_000),
        ..Order::default()
    }
}

fn known(venue_order_id: &str) -> Known {
    Known { order: order(BTC), venue_order_id: name(venue_order_id) }
}

fn asked_of(gateway: &mut Kraken, ask: Ask) -> Call {
    let mut call = Call::default();
    gateway.ask(&ask, AskId(7), NOW, &mut call).expect("can be asked");
    call
}

fn asked(ask: Ask) -> Call {
    asked_of(&mut gateway(), ask)
}

fn body(call: &Call) -> &str {
    std::str::from_utf8(call.body.bytes()).expect("text")
}

fn path(call: &Call) -> &str {
    std::str::from_utf8(call.path.bytes()).expect("text")
}

/// What enters an order or changes one is good for five seconds.
fn message(method: &str, params: &str) -> String {
    let is_good_until = method == "add_order" || method == "amend_order";
    let deadline = if is_good_until { r#","deadline":"2024-03-21T06:13:20.207Z""# } else { "" };
    format!(r#"{{"method":"{method}","params":{{{params}{deadline},"token":"T0k/n"}},"req_id":7}}"#)
}

const OURS: &str = r#""cl_ord_id":"R0100000200000003""#;

#[test]
fn an_order_is_entered_to_the_letter() {
    let flag = |set: fn(&mut Order)| {
        let mut order = order(BTC);
        set(&mut order);
        order
    };
    let limit = r#""order_type":"limit","side":"buy","order_qty":0.00020000,"symbol":"BTC/USD","limit_price":28000.1,"time_in_force":"#;
    let cases = [
        (order(BTC), format!(r#"{limit}"gtc""#)),
        (flag(|order| order.time_in_force = TimeInForce::Ioc), format!(r#"{limit}"ioc""#)),
        (flag(|order| order.time_in_force = TimeInForce::Fok), format!(r#"{limit}"fok""#)),
        (flag(|order| order.post_only = true), format!(r#"{limit}"gtc","post_only":true"#)),
        (
            Order { order_type: OrderType::Market, side: Side::Sell, ..order(BTC) },
            r#""order_type":"market","side":"sell","order_qty":0.00020000,"symbol":"BTC/USD""#.into(),
        ),
        (
            Order { side: Side::Sell, ..order(WHOLE) },
            r#""order_type":"limit","side":"sell","order_qty":20000.0,"symbol":"DOGE/JPY","limit_price":280001.0,"time_in_force":"gtc""#.into(),
        ),
    ];
    for (order, params) in cases {
        let call = asked(Ask::Place(order));
        let params = format!(r#"{params},"fee_preference":"quote",{OURS}"#);
        assert_eq!(body(&call), message("add_order", &params));
        assert_eq!((call.way, call.purse, call.weight), (Way::Line(0), Purse::Orders, 1));
    }
}

#[test]
fn an_order_is_changed_and_withdrawn_by_our_id() {
    let call = asked(Ask::Modify(known(""), Ticks(290_000), Lots(30_000)));
    let params = format!(r#"{OURS},"order_qty":0.00030000,"limit_price":29000.0"#);
    assert_eq!((body(&call), call.purse), (message("amend_order", &params).as_str(), Purse::Orders));
    let resting = Known { order: Order { post_only: true, ..order(BTC) }, venue_order_id: name("") };
    let call = asked(Ask::Modify(resting, Ticks(290_000), Lots(30_000)));
    assert_eq!(body(&call), message("amend_order", &format!(r#"{params},"post_only":true"#)));
    let call = asked(Ask::Cancel(known("")));
    let params = r#""cl_ord_id":["R0100000200000003"]"#;
    assert_eq!((body(&call), call.purse), (message("cancel_order", params).as_str(), Purse::Cancels));
    let theirs = known("OHYO67");
    let theirs = Known { order: Order { client_order_id: ClientOrderId(0), ..theirs.order }, ..theirs };
    let call = asked(Ask::Cancel(theirs));
    assert_eq!(body(&call), message("cancel_order", r#""order_id":["OHYO67"]"#));
    let call = asked(Ask::CancelByRest(theirs));
    assert!(body(&call).contains("&txid=OHYO67") && !body(&call).contains("cl_ord_id"), "{}", body(&call));
}

#[test]
fn the_switch_of_the_venue_costs_no_question() {
    for (seconds, params) in [(60, r#""timeout":60"#), (0, r#""timeout":0"#)] {
        let call = asked(Ask::DeadMan(BTC, seconds));
        assert_eq!(body(&call), message("cancel_all_orders_after", params));
        assert_eq!((call.way, call.purse, call.weight), (Way::Line(0), Purse::Switch, 0));
    }
}

#[test]
fn questions_go_by_rest_and_are_signed_as_they_are_sent() {
    let since = Nanos(1_700_000_000_999_000_000);
    let cases = [
        (Ask::Order(known("OABC-1")), "QueryOrders", "&txid=OABC-1", 1),
        (Ask::Order(known("")), "OpenOrders", "&cl_ord_id=R0100000200000003", 1),
        (Ask::OpenOrders(BTC), "OpenOrders", "", 1),
        (Ask::Fills(BTC, since), "TradesHistory", "&start=1700000000&consolidate_taker=false&ofs=0", 2),
        (Ask::Balances, "BalanceEx", "", 1),
        (Ask::Prepare(Prepare::Rights), "GetApiKeyInfo", "", 1),
        (Ask::Prepare(Prepare::Token), "GetWebSocketsToken", "", 1),
    ];
    for (ask, method, rest, weight) in cases {
        let call = asked(ask);
        assert_eq!(path(&call), format!("/0/private/{method}"));
        assert_eq!(body(&call), format!("nonce=1711001595207000000{rest}"));
        assert_eq!((call.way, call.purse, call.weight), (Way::Post, Purse::Questions, weight), "{method}");
        let headers = String::from_utf8_lossy(call.headers.bytes()).into_owned();
        let expected = "Content-Type: application/x-www-form-urlencoded\r\nAPI-Key: me\r\nAPI-Sign: ";
        assert!(headers.starts_with(expected) && headers.ends_with("==\r\n"), "{headers}");
    }
    let call = asked(Ask::CancelByRest(known("")));
    assert_eq!((path(&call), call.way, call.purse), ("/0/private/CancelOrder", Way::Post, Purse::Cancels));
    assert_eq!(body(&call), "nonce=1711001595207000000&cl_ord_id=R0100000200000003");
    let call = asked(Ask::CancelAll(BTC));
    assert_eq!((path(&call), call.way, call.purse), ("/0/private/CancelAll", Way::Post, Purse::Cancels));
    let call = asked(Ask::Prepare(Prepare::Time));
    assert_eq!((path(&call), call.way, call.headers.bytes()), ("/0/public/Time", Way::Get, &b""[..]));
    for nothing in [Ask::Positions, Ask::Prepare(Prepare::KeepToken)] {
        assert_eq!(gateway().ask(&nothing, AskId(7), NOW, &mut Call::default()), Err(Unable::NotThere));
    }
}

#[test]
fn the_line_is_greeted_with_subscriptions_that_carry_the_token() {
    let mut gateway = gateway();
    let mut call = Call::default();
    let mut said = |step| gateway.greet(0, step, NOW, &mut call).then(|| body(&call).to_owned());
    assert_eq!(
        [said(0), said(1), said(2)],
        [
            Some(r#"{"method":"subscribe","params":{"channel":"executions","snap_orders":true,"snap_trades":false,"order_status":true,"token":"T0k/n"}}"#.to_owned()),
            Some(r#"{"method":"subscribe","params":{"channel":"balances","snapshot":true,"token":"T0k/n"}}"#.to_owned()),
            None
        ]
    );
    let mut path = crate::gateway::text::Text::default();
    gateway.line_path(0, &mut path);
    assert_eq!((path.bytes(), MANNERS.lines.len()), (&b"/v2"[..], 1));
}

fn heard_by(gateway: &mut Kraken, place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = vec![Heard::Leave];
    let understood = gateway.hear(place, said.as_bytes(), &mut heard);
    assert_eq!(heard.remove(0), Heard::Leave, "what was heard before stays");
    assert!(understood.is_ok() || heard.is_empty(), "of an error nothing is heard");
    understood.map(|()| heard)
}

fn heard(said: &str) -> Vec<Heard> {
    heard_by(&mut gateway(), Place::Line(0), said).expect("understood")
}

fn answered_by(gateway: &mut Kraken, ask: Ask, said: &str) -> Vec<Heard> {
    heard_by(gateway, Place::Rest(AskId(9), ask, 200), said).expect("understood")
}

fn answered(ask: Ask, said: &str) -> Vec<Heard> {
    answered_by(&mut gateway(), ask, said)
}

const DONE: Heard = Heard::Answer(AskId(9), Answer::Done);

#[test]
fn a_subscription_is_taken_or_refused_for_a_reason() {
    let refused = |error: &str| format!(r#"{{"error":"{error}","method":"subscribe","success":false}}"#);
    for (said, expected) in [
        (
            r#"{"method":"subscribe","result":{"channel":"executions","maxratecount":180},"success":true}"#.into(),
            Heard::Welcome,
        ),
        (refused("EAPI:Invalid key"), Heard::Unwelcome(Unwelcome::Key)),
        (refused("EGeneral:Permission denied"), Heard::Unwelcome(Unwelcome::Key)),
        (refused("ESession:Invalid session"), Heard::Unwelcome(Unwelcome::Other)),
        (refused("EService:Unavailable"), Heard::Unwelcome(Unwelcome::Other)),
    ] {
        assert_eq!(heard(&said), [expected], "{said}");
    }
    for nothing in [
        r#"{"method":"pong","time_in":"2023-09-25T09:05:00.123456Z"}"#,
        r#"{"channel":"heartbeat"}"#,
        r#"{"channel":"status","type":"update","data":[{"system":"online"}]}"#,
        r#"{"method":"add_order","success":true}"#,
    ] {
        assert_eq!(heard(nothing), [], "{nothing}");
    }
}

#[test]
fn an_answer_carries_the_number_of_what_was_asked() {
    let said = r#"{"method":"add_order","req_id":7,"result":{"order_id":"AA5JGQ-SBMRC-SCJ7J7","cl_ord_id":"R0100000200000003"},
        "success":true,"time_in":"2023-09-21T14:15:07.197274Z","time_out":"2023-09-21T14:15:07.205301Z"}"#;
    assert_eq!(heard(said), [Heard::Answer(AskId(7), Answer::Done)]);
    let error = heard_by(&mut gateway(), Place::Line(0), r#"{"method":"add_order","req_id":7}"#);
    assert_eq!(error, Err(FrameError::Missing(Field::Code)));
}

#[test]
fn each_text_of_refusal_is_known() {
    use Answer::{Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    for (text, expected) in [
        ("EService:Unavailable", Unknown),
        ("EService:Busy", Unknown),
        ("EService:Timeout", Unknown),
        ("EGeneral:Internal error", Unknown),
        ("EService:Deadline elapsed", Later { wait_ms: 0 }),
        ("EService:Throttled:1700000000", Later { wait_ms: 0 }),
        ("EAPI:Rate limit exceeded", Later { wait_ms: 0 }),
        ("EOrder:Rate limit exceeded", Later { wait_ms: 0 }),
        ("EOrder:Domain rate limit exceeded", Later { wait_ms: 0 }),
        ("EGeneral:Temporary lockout", Later { wait_ms: 0 }),
        ("EGeneral:Too many requests", Later { wait_ms: 0 }),
        ("EAPI:Invalid nonce", Refused(R::Unavailable)),
        ("EService:Market in cancel_only mode", Refused(R::Unavailable)),
        ("EService:Market in post_only mode", Refused(R::Unavailable)),
        ("EAPI:Invalid key", Refused(R::NotAllowed)),
        ("EAPI:Invalid signature", Refused(R::NotAllowed)),
        ("EAPI:Bad request", Refused(R::NotAllowed)),
        ("EAPI:Feature disabled", Refused(R::NotAllowed)),
        ("EGeneral:Permission denied", Refused(R::NotAllowed)),
        ("EGeneral:Unknown Method", Refused(R::NotAllowed)),
        ("EAccount:Invalid permissions:BTC trading restricted", Refused(R::NotAllowed)),
        ("EAuth:Account temporary disabled", Refused(R::NotAllowed)),
        ("EOrder:Trading agreement required", Refused(R::NotAllowed)),
        ("EOrder:cl_ord_id already in use", Refused(R::DuplicateId)),
        ("EOrder:Unknown order", NoSuchOrder),
        ("EOrder:Invalid order", NoSuchOrder),
        ("EOrder:Post only order", Refused(R::PostOnlyWouldTake)),
        ("EOrder:Reduce only:No position exists", Refused(R::ReduceOnly)),
        ("EOrder:Insufficient funds", Refused(R::InsufficientFunds)),
        ("EOrder:Insufficient initial margin", Refused(R::InsufficientFunds)),
        ("EOrder:Margin allowance exceeded", Refused(R::InsufficientFunds)),
        ("EOrder:Margin level too low", Refused(R::InsufficientFunds)),
        ("EOrder:Not enough leverage", Refused(R::InsufficientFunds)),
        ("EOrder:Orders limit exceeded", Refused(R::TooManyOrders)),
        ("EOrder:Positions limit exceeded", Refused(R::TooManyOrders)),
        ("EOrder:Open orders limit exceeded", Refused(R::TooManyOrders)),
        ("EQuery:Unknown asset pair", Refused(R::NoMarket)),
        ("Currency pair not supported XXX/USD", Refused(R::NoMarket)),
        ("EGeneral:Market suspended", Refused(R::NoMarket)),
        ("EOrder:Order minimum not met", Refused(R::Filter)),
        ("EOrder:Cost minimum not met", Refused(R::Filter)),
        ("EOrder:Tick size check failed", Refused(R::Filter)),
        ("EOrder:Invalid price", Refused(R::Filter)),
        ("EGeneral:Invalid arguments:volume", Refused(R::Filter)),
        ("Field 'order_qty' must be a number_float", Refused(R::Filter)),
        ("Unsupported field: 'foo' for the given msg type: add order", Refused(R::Filter)),
        ("Malformed request", Refused(R::Filter)),
        ("EOrder:Not enough liquidity", Refused(R::CannotFillWhole)),
        ("EOrder:Order cannot be filled", Refused(R::CannotFillWhole)),
        ("EOrder:Something new", Refused(R::Other)),
    ] {
        let said = format!(r#"{{"method":"add_order","req_id":7,"error":"{text}","success":false}}"#);
        assert_eq!(heard(&said), [Heard::Answer(AskId(7), expected)], "{text} on the line");
        let said = format!(r#"{{"error":["WGeneral:Danger","{text}"]}}"#);
        let ask = Ask::Order(known("OABC-1"));
        // What is not named by a letter is said on the line only.
        assert_eq!(answered(ask, &said), [Heard::Answer(AskId(9), expected)], "{text} by REST");
    }
    let session = r#"{"method":"add_order","req_id":7,"error":"ESession:Invalid session","success":false}"#;
    assert_eq!(heard(session), [Heard::Leave, Heard::Answer(AskId(7), Refused(R::Unavailable))]);
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    for (status, expected) in
        [(500, Answer::Unknown), (520, Answer::Unknown), (504, Answer::Unknown), (429, Answer::Later { wait_ms: 0 })]
    {
        let place = Place::Rest(AskId(9), Ask::CancelAll(BTC), status);
        assert_eq!(heard_by(&mut gateway(), place, "<html>"), Ok(vec![Heard::Answer(AskId(9), expected)]), "{status}");
    }
}

/// As captured, but for symbol and ids.
const ENTERED: &str = r#"{"order_id":"OVN7VD-7VYHS-APBKHA","symbol":"BTC/USD","order_qty":0.00010000,"cum_cost":0.00000,
    "time_in_force":"GTC","exec_type":"pending_new","side":"sell","order_type":"limit","cl_ord_id":"R0100000200000003",
    "limit_price_type":"static","limit_price":80000.0,"stop_price":0.0,"order_status":"pending_new","fee_usd_equiv":0.0000,
    "fee_ccy_pref":"fciq","timestamp":"2026-01-22T06:06:19.833306Z"}"#;
const AMENDED: &str = r#"{"timestamp":"2026-01-22T06:06:27.552281Z","exec_type":"amended","order_status":"new",
    "cum_qty":0.00000000,"reason":"User requested","amended":true,"order_qty":5e-05,"limit_price":81818.0,
    "limit_price_type":"static","cl_ord_id":"R0100000200000003","order_id":"OVN7VD-7VYHS-APBKHA"}"#;
const TRADED: &str = r#"{"order_id":"OVN7VD-7VYHS-APBKHA","exec_id":"TJE7HC-DKBTI-5BFVKE","exec_type":"trade","trade_id":365573,
    "symbol":"BTC/USD","side":"sell","last_qty":0.00002000,"last_price":81818.0,"liquidity_ind":"m","cost":1.63636,
    "order_status":"partially_filled","order_type":"limit","timestamp":"2026-01-22T06:06:30.709993Z",
    "fees":[{"asset":"USD","qty":0.00425}],"fee_usd_equiv":0.00425}"#;
const CANCELED: &str = r#"{"timestamp":"2026-01-22T06:06:36.039852Z","order_status":"canceled","exec_type":"canceled",
    "cum_qty":0.00002000,"cum_cost":1.63636,"fee_usd_equiv":0.00425,"avg_price":81818.0,"reason":"User requested",
    "order_id":"OVN7VD-7VYHS-APBKHA"}"#;

fn pushed(number: u64, row: &str) -> String {
    format!(r#"{{"channel":"executions","type":"update","data":[{row}],"sequence":{number}}}"#)
}

fn news() -> OrderNews {
    OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("OVN7VD-7VYHS-APBKHA") },
        instrument: Some(BTC),
        side: Side::Sell,
        px: Ticks(800_000),
        qty: Lots(10_000),
        filled: Lots(0),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_769_061_979_833_306_000),
    }
}

fn fill() -> FillNews {
    FillNews {
        whose: news().whose,
        instrument: Some(BTC),
        side: Side::Sell,
        trade_id: trade_id(b"TJE7HC-DKBTI-5BFVKE"),
        px: Ticks(818_180),
        qty: Lots(2_000),
        fee_e8: 425_000,
        fee_asset: name("USD"),
        liquidity: Liquidity::Maker,
        at_ns: Nanos(1_769_061_990_709_993_000),
    }
}

#[test]
fn later_rows_of_an_order_are_completed_by_its_first() {
    let mut gateway = gateway();
    let mut said =
        |number, row: &str| heard_by(&mut gateway, Place::Line(0), &pushed(number, row)).expect("understood");
    assert_eq!(said(1, ENTERED), [Heard::Order(news())]);
    let amended = OrderNews { px: Ticks(818_180), qty: Lots(5_000), at_ns: Nanos(1_769_061_987_552_281_000), ..news() };
    assert_eq!(said(2, AMENDED), [Heard::Order(amended)]);
    assert_eq!(said(3, TRADED), [Heard::Fill(fill())]);
    let canceled = OrderNews {
        filled: Lots(2_000),
        state: OrderState::Canceled,
        at_ns: Nanos(1_769_061_996_039_852_000),
        ..amended
    };
    assert_eq!(said(4, CANCELED), [Heard::Order(canceled)]);
    let forgotten = heard_by(&mut gateway, Place::Line(0), &pushed(5, CANCELED));
    assert_eq!(forgotten, Err(FrameError::Missing(Field::Symbol)));
}

#[test]
fn the_states_of_an_order_are_told_apart() {
    use OrderState::{Canceled, Expired, Filled, Open};
    for (status, expected) in [
        ("pending_new", Open),
        ("new", Open),
        ("partially_filled", Open),
        ("filled", Filled),
        ("canceled", Canceled),
        ("expired", Expired),
    ] {
        let row = ENTERED.replace(r#""order_status":"pending_new""#, &format!(r#""order_status":"{status}""#));
        assert_eq!(heard(&pushed(1, &row)), [Heard::Order(OrderNews { state: expected, ..news() })], "{status}");
    }
    let row = ENTERED.replace(r#""order_status":"pending_new""#, r#""order_status":"dreaming""#);
    let error = heard_by(&mut gateway(), Place::Line(0), &pushed(1, &row));
    assert_eq!(error, Err(FrameError::Unreadable(Field::State)));
}

#[test]
fn a_stray_order_is_told_as_one_wherever_it_lies() {
    let row = ENTERED.replace("R0100000200000003", "by-hand").replace("80000.0", "80000.07");
    let Heard::Order(told) = heard(&pushed(1, &row))[0] else { panic!("an order") };
    assert_eq!((told.whose.ours, told.px), (None, Ticks(800_001)));
    let Heard::Order(told) = heard(&pushed(1, &ENTERED.replace("BTC/USD", "XRP/USD")))[0] else { panic!("an order") };
    assert_eq!((told.instrument, told.whose), (None, news().whose));
}

#[test]
fn a_message_that_is_missing_costs_the_line() {
    let mut gateway = gateway();
    let mut leaves = |said: &str| {
        let heard = heard_by(&mut gateway, Place::Line(0), said).expect("understood");
        heard.contains(&Heard::Leave)
    };
    let balances = |number: u64| format!(r#"{{"channel":"balances","type":"update","data":[],"sequence":{number}}}"#);
    assert_eq!([1, 2, 2, 1, 3].map(|number| leaves(&pushed(number, ENTERED))), [false; 5], "twice or late is no loss");
    assert_eq!([1, 2].map(|number| leaves(&balances(number))), [false; 2], "each channel counts by itself");
    assert!(leaves(&pushed(5, ENTERED)));
    assert!(leaves(&balances(4)));
    gateway.greet(0, 0, NOW, &mut Call::default());
    let heard = heard_by(&mut gateway, Place::Line(0), &pushed(1, ENTERED)).expect("understood");
    assert_eq!(heard, [Heard::Order(news())], "a line of its own counts anew");
    let unnumbered = pushed(2, ENTERED).replace("sequence", "seq");
    let error = heard_by(&mut gateway, Place::Line(0), &unnumbered);
    assert_eq!(error, Err(FrameError::Missing(Field::Sequence)));
}

#[test]
fn what_is_missing_is_an_error_and_the_rest_of_the_message_is_not_told() {
    for (from, to, expected) in [
        (r#""exec_id""#, r#""id""#, FrameError::Missing(Field::Id)),
        (r#""last_price""#, r#""at""#, FrameError::Missing(Field::Price)),
        (r#""liquidity_ind""#, r#""was""#, FrameError::Missing(Field::Liquidity)),
        (r#""fees""#, r#""costs""#, FrameError::Missing(Field::Fee)),
        ("\"sell\"", "\"swap\"", FrameError::Unreadable(Field::Side)),
    ] {
        let rows = format!("{ENTERED},{}", TRADED.replace(from, to));
        let error = heard_by(&mut gateway(), Place::Line(0), &pushed(1, &rows));
        assert_eq!(error, Err(expected), "{from}");
    }
}

const LISTED: &str = r#"{"refid":null,"userref":0,"cl_ord_id":"R0100000200000003","status":"open","opentm":1688665496.7808,"starttm":0,
    "expiretm":0,"descr":{"pair":"XBTUSD","type":"buy","ordertype":"limit","price":"37500.0","price2":"0","leverage":"none",
    "order":"buy 1.25000000 XBTUSD @ limit 37500.0","close":""},"vol":"1.25000000","vol_exec":"0.25000000","cost":"0"}"#;

fn listed() -> OrderNews {
    OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("OBCMZD-JIEE7-77TH3F") },
        side: Side::Buy,
        px: Ticks(375_000),
        qty: Lots(125_000_000),
        filled: Lots(25_000_000),
        at_ns: Nanos(1_688_665_496_780_800_000),
        ..news()
    }
}

fn by_rest(list: &str, row: &str) -> String {
    let orders = if row.is_empty() { String::new() } else { format!(r#""OBCMZD-JIEE7-77TH3F":{row}"#) };
    match list {
        "" => format!(r#"{{"error":[],"result":{{{orders}}}}}"#),
        list => format!(r#"{{"error":[],"result":{{"{list}":{{{orders}}}}}}}"#),
    }
}

#[test]
fn an_order_is_looked_for_among_the_open_and_then_among_the_closed() {
    let mut gateway = gateway();
    let ask = Ask::Order(known(""));
    assert_eq!(answered_by(&mut gateway, ask, &by_rest("open", LISTED)), [Heard::Order(listed()), DONE]);
    for (rows, expected) in [("", Answer::NoSuchOrder), (LISTED, Answer::Done)] {
        assert_eq!(path(&asked_of(&mut gateway, ask)), "/0/private/OpenOrders");
        let unknown = Heard::Answer(AskId(9), Answer::Unknown);
        assert_eq!(answered_by(&mut gateway, ask, &by_rest("open", "")), [unknown], "it may be over");
        assert_eq!(path(&asked_of(&mut gateway, ask)), "/0/private/ClosedOrders");
        let closed = by_rest("closed", &rows.replace("\"open\"", "\"canceled\""));
        assert_eq!(answered_by(&mut gateway, ask, &closed).last(), Some(&Heard::Answer(AskId(9), expected)));
    }
    let ask = Ask::Order(known("OBCMZD-JIEE7-77TH3F"));
    assert_eq!(answered_by(&mut gateway, ask, &by_rest("", LISTED)), [Heard::Order(listed()), DONE]);
    assert_eq!(answered_by(&mut gateway, ask, &by_rest("", "")), [Heard::Answer(AskId(9), Answer::NoSuchOrder)]);
}

#[test]
fn orders_by_rest_tell_how_they_stand() {
    use OrderState::{Canceled, Expired, Filled, Open};
    for (status, filled, expected) in [
        ("pending", "0.00000000", Open),
        ("open", "0.25000000", Open),
        ("closed", "1.25000000", Filled),
        ("closed", "0.25000000", Canceled),
        ("canceled", "0.25000000", Canceled),
        ("expired", "0.25000000", Expired),
    ] {
        let row = LISTED.replace("\"open\"", &format!("\"{status}\"")).replace("0.25000000", filled);
        let Heard::Order(told) = answered(Ask::OpenOrders(BTC), &by_rest("open", &row))[0] else { panic!("an order") };
        assert_eq!(told.state, expected, "{status}");
    }
    let market = LISTED.replace("\"limit\"", "\"market\"").replace("XBTUSD\"", "XXBTZUSD\"");
    let Heard::Order(told) = answered(Ask::OpenOrders(BTC), &by_rest("open", &market))[0] else { panic!("an order") };
    assert_eq!((told.px, told.instrument), (Ticks(0), Some(BTC)));
}

const HISTORY: &str = r#"{"ordertxid":"OVN7VD-7VYHS-APBKHA","postxid":"TKH2SE-M7IF5-CFI7LT","pair":"XXBTZUSD","time":1688667796.8802,
    "type":"sell","ordertype":"limit","price":"81818.00000","cost":"1.63636","fee":"0.00425","vol":"0.00002000",
    "margin":"0.00000","misc":"","trade_id":365573,"maker":true}"#;

#[test]
fn executions_by_rest_have_the_ids_of_the_stream_and_come_page_by_page() {
    let mut gateway = gateway();
    let ask = Ask::Fills(BTC, Nanos(0));
    let mut page = |count: usize, of: usize| {
        let row = |at| format!(r#""TJE7HC-{at}":{HISTORY}"#);
        let rows: Vec<String> = (0..count).map(row).collect();
        let said = format!(r#"{{"error":[],"result":{{"count":{of},"trades":{{{}}}}}}}"#, rows.join(","));
        let heard = answered_by(&mut gateway, ask, &said.replace("TJE7HC-0", "TJE7HC-DKBTI-5BFVKE"));
        let next = body(&asked_of(&mut gateway, ask)).rsplit_once("ofs=").expect("an offset").1.to_owned();
        (heard[0], heard.len(), heard.last().copied(), next)
    };
    let whose = Whose { ours: None, venue_order_id: name("OVN7VD-7VYHS-APBKHA") };
    let told = Heard::Fill(FillNews { whose, at_ns: Nanos(1_688_667_796_880_200_000), ..fill() });
    let more = Some(Heard::Answer(AskId(9), Answer::More));
    assert_eq!(page(50, 120), (told, 51, more, "50".to_owned()));
    assert_eq!(page(50, 120), (told, 51, more, "100".to_owned()));
    assert_eq!(page(20, 120), (told, 21, Some(DONE), "0".to_owned()));
    assert_eq!(page(50, 50), (told, 51, Some(DONE), "0".to_owned()), "just one page");
}

#[test]
fn money_is_told_by_rest_and_its_whole_by_the_stream() {
    let mut gateway = gateway();
    let said = r#"{"error":[],"result":{"ZUSD":{"balance":"25435.21","hold_trade":"249.76"},"XXBT":{"balance":"1.5","hold_trade":"0"},
        "USDT":{"balance":"7","hold_trade":"0"}}}"#;
    let balance = |asset, free_e8, locked_e8| Heard::Balance { asset: name(asset), free_e8, locked_e8 };
    let usd = balance("USD", 2_518_545_000_000, 24_976_000_000);
    let told = answered_by(&mut gateway, Ask::Balances, said);
    assert_eq!(told, [usd, balance("BTC", 150_000_000, 0), balance("USDT", 700_000_000, 0), DONE]);
    let snapshot = r#"{"channel":"balances","type":"snapshot","data":[{"asset":"USD","asset_class":"currency","balance":30000.0,
        "wallets":[{"type":"earn","id":"flexible","balance":4564.79},{"type":"spot","id":"main","balance":25435.21}]}],"sequence":1}"#;
    assert_eq!(heard_by(&mut gateway, Place::Line(0), snapshot), Ok(vec![usd]));
    let change = r#"{"channel":"balances","type":"update","data":[{"asset":"USD","amount":1.0,"balance":25435.21,"type":"trade",
        "wallet_type":"spot","wallet_id":"main"},{"asset":"USD","balance":1.0,"wallet_type":"earn"}],"sequence":2}"#;
    assert_eq!(heard_by(&mut gateway, Place::Line(0), change), Ok(vec![usd]));
}

#[test]
fn a_key_that_may_withdraw_is_seen() {
    let key = r#"{"error":[],"result":{"apiKeyName":"mine","permissions":["query-funds","query-open-trades","query-closed-trades",
        "modify-trades","close-trades","create-ws-token"],"ipAllowlist":["10.0.0.1"]}}"#;
    let rights = |said: &str| match answered(Ask::Prepare(Prepare::Rights), said)[0] {
        Heard::Rights(rights) => rights,
        other => panic!("{other:?}"),
    };
    let good = Rights { trade: true, withdraw: Some(false), bound_to_addresses: Some(true) };
    assert_eq!(rights(key), good);
    for right in ["withdraw-funds", "add-withdraw-address", "update-withdraw-address"] {
        assert_eq!(rights(&key.replace("query-funds", right)).withdraw, Some(true), "{right}");
    }
    for right in ["modify-trades", "close-trades", "create-ws-token"] {
        assert!(!rights(&key.replace(right, "query-ledger")).trade, "{right}");
    }
    assert_eq!(rights(&key.replace("\"10.0.0.1\"", "")).bound_to_addresses, Some(false));
    let unsaid = key.replace("permissions", "may");
    let place = Place::Rest(AskId(9), Ask::Prepare(Prepare::Rights), 200);
    assert_eq!(heard_by(&mut gateway(), place, &unsaid), Err(FrameError::Missing(Field::Right)));
}

#[test]
fn the_time_of_the_venue_comes_in_whole_seconds() {
    let said = r#"{"error":[],"result":{"unixtime":1688669448,"rfc1123":"Thu, 06 Jul 23 18:50:48 +0000"}}"#;
    let told = answered(Ask::Prepare(Prepare::Time), said);
    assert_eq!(told, [Heard::Time(Nanos(1_688_669_448_500_000_000)), DONE]);
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut gateway = gateway();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [ENTERED, AMENDED, TRADED, CANCELED].map(|row| pushed(1, row));
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(order(BTC)), Ask::Modify(known(""), Ticks(1), Lots(2)), Ask::Cancel(known(""))] {
            gateway.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        for said in &said {
            gateway.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
        }
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 4));
}

/// Each message cut anywhere, and with any of its bytes exchanged for one that changes the grammar.
#[test]
fn a_spoilt_message_is_understood_whole_or_not_at_all() {
    let rest = |ask| Place::Rest(AskId(9), ask, 200);
    let messages = [
        (Place::Line(0), pushed(1, &format!("{ENTERED},{TRADED}"))),
        (
            Place::Line(0),
            r#"{"method":"add_order","req_id":7,"error":"EOrder:Unknown order","success":false}"#.to_owned(),
        ),
        (rest(Ask::OpenOrders(BTC)), by_rest("open", LISTED)),
        (
            rest(Ask::Fills(BTC, Nanos(0))),
            format!(r#"{{"error":[],"result":{{"count":1,"trades":{{"T1":{HISTORY}}}}}}}"#),
        ),
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
