//! Each question to OKX to the letter, and each thing that it says as it is understood.

mod closeouts;
mod stops;

use super::{MANNERS, Okx};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, FillNews, FundingNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose};
use crate::gateway::key::{Key, Secret};
use crate::gateway::tongue::{Place, Tongue, Unable};
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::alloc_guard::AllocGuard;

const SPOT: InstrumentId = InstrumentId(0);
const SWAP: InstrumentId = InstrumentId(1);
const NOW: Nanos = Nanos(1_607_418_537_715_000_000);

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn gateway() -> Okx {
    let of = |place: u32, symbol, kind, price_decimals, qty_decimals, contract_decimals| Instrument {
        id: InstrumentId(place),
        venue: VenueId::Okx,
        symbol: name(symbol),
        base: name("BTC"),
        quote: name("USDT"),
        kind,
        grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
        contract_size: 1,
        contract_decimals,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000_000),
        min_notional: Quote::ZERO,
    };
    let instruments = Instruments::new(vec![
        of(0, "BTC-USDT", ContractKind::Spot, 1, 8, 0),
        // Contracts of a hundredth of a coin, in hundredths of a contract.
        of(1, "BTC-USDT-SWAP", ContractKind::Linear, 1, 2, 2),
    ]);
    let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: Some(Secret::new("word")) };
    Okx::new(&key, &instruments).expect("a key with a pass phrase")
}

/// One to which the venue has told its numbers of instruments.
fn numbered() -> Okx {
    let mut gateway = gateway();
    let said =
        br#"{"code":"0","msg":"","data":[{"instId":"BTC-USDT","instIdCode":10459},{"instId":"OKB-USDT","instIdCode":7},
        {"instId":"BTC-USDT-SWAP","instIdCode":10461}]}"#;
    let mut heard = Vec::new();
    gateway.hear(Place::Rest(AskId(1), Ask::Prepare(Prepare::Token), 200), said, &mut heard).expect("understood");
    assert_eq!(heard, [Heard::Answer(AskId(1), Answer::Done)]);
    gateway
}

fn order(instrument: InstrumentId) -> Order {
    Order {
        client_order_id: ClientOrderId::new(1, 2, 3),
        instrument,
        px: Ticks(280_001),
        qty: Lots(250),
        ..Order::default()
    }
}

fn known(instrument: InstrumentId) -> Known {
    Known { order: order(instrument), venue_order_id: Name::default() }
}

fn asked(mut gateway: Okx, ask: Ask) -> Call {
    let mut call = Call::default();
    gateway.ask(&ask, AskId(7), NOW, &mut call).expect("can be asked");
    call
}

fn body(call: &Call) -> &str {
    std::str::from_utf8(call.body.bytes()).expect("text")
}

fn path(call: &Call) -> &str {
    std::str::from_utf8(call.path.bytes()).expect("text")
}

fn message(op: &str, argument: &str) -> String {
    // Five seconds behind NOW. A cancel is welcome at any time.
    let until = if op == "cancel-order" { "" } else { r#","expTime":"1607418542715""# };
    format!(r#"{{"id":"7","op":"{op}"{until},"args":[{{{argument},"clOrdId":"R1x2x3"}}]}}"#)
}

#[test]
fn an_order_is_entered_to_the_letter() {
    let market = |instrument| Order { order_type: OrderType::Market, side: Side::Sell, ..order(instrument) };
    let swap = |set: fn(&mut Order)| {
        let mut order = order(SWAP);
        set(&mut order);
        order
    };
    let limit = |kind: &str| {
        format!(
            r#""instId":"BTC-USDT-SWAP","tdMode":"cross","side":"buy","ordType":"{kind}","sz":"2.50","px":"28000.1""#
        )
    };
    let cases = [
        (order(SWAP), limit("limit")),
        (swap(|order| order.time_in_force = TimeInForce::Ioc), limit("ioc")),
        (swap(|order| order.time_in_force = TimeInForce::Fok), limit("fok")),
        (swap(|order| order.post_only = true), limit("post_only")),
        (swap(|order| order.reduce_only = true), limit("limit") + r#","reduceOnly":true"#),
        (
            order(SPOT),
            r#""instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"0.00000250","px":"28000.1""#.into(),
        ),
        (
            market(SPOT),
            r#""instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"market","sz":"0.00000250","tgtCcy":"base_ccy""#
                .into(),
        ),
        (
            market(SWAP),
            r#""instId":"BTC-USDT-SWAP","tdMode":"cross","side":"sell","ordType":"market","sz":"2.50""#.into(),
        ),
    ];
    for (order, argument) in cases {
        let call = asked(gateway(), Ask::Place(order));
        assert_eq!(body(&call), message("order", &argument));
        assert_eq!((call.way, call.purse, call.weight), (Way::Line(0), Purse::Orders, 1));
        // By number once the numbers are known.
        let call = asked(numbered(), Ask::Place(order));
        let by_number = argument
            .replace(r#""instId":"BTC-USDT-SWAP""#, r#""instIdCode":10461"#)
            .replace(r#""instId":"BTC-USDT""#, r#""instIdCode":10459"#);
        assert_eq!(body(&call), message("order", &by_number));
    }
}

#[test]
fn an_order_is_changed_and_withdrawn_by_our_id() {
    let call = asked(numbered(), Ask::Modify(known(SWAP), Ticks(290_000), Lots(300)));
    let expected = message("amend-order", r#""instIdCode":10461,"newSz":"3.00","newPx":"29000.0""#);
    assert_eq!((body(&call), call.purse), (expected.as_str(), Purse::Orders));
    let call = asked(gateway(), Ask::Cancel(known(SPOT)));
    let expected = message("cancel-order", r#""instId":"BTC-USDT""#);
    assert_eq!((body(&call), call.purse), (expected.as_str(), Purse::Cancels));
    let call = asked(gateway(), Ask::CancelByRest(known(SPOT)));
    assert_eq!((path(&call), call.way, call.purse), ("/api/v5/trade/cancel-order", Way::Post, Purse::Cancels));
    assert_eq!(body(&call), r#"{"instId":"BTC-USDT","clOrdId":"R1x2x3"}"#);
    let theirs = Known {
        order: Order { client_order_id: ClientOrderId(0), ..known(SPOT).order },
        venue_order_id: Name::new("4711").expect("short"),
    };
    for ask in [Ask::Cancel(theirs), Ask::CancelByRest(theirs)] {
        let call = asked(gateway(), ask);
        assert!(body(&call).contains(r#","ordId":"4711"}"#) && !body(&call).contains("clOrdId"), "{}", body(&call));
    }
}

#[test]
fn all_are_withdrawn_that_the_last_list_named_at_most_twenty() {
    let mut gateway = gateway();
    let mut call = Call::default();
    let mut ask =
        |gateway: &mut Okx| gateway.ask(&Ask::CancelAll(SWAP), AskId(7), NOW, &mut call).map(|()| call.clone());
    assert_eq!(ask(&mut gateway).expect_err("none is known"), Unable::NotYet);
    let rows: Vec<String> = (100..121).map(|id| ORDER.replace("312269865356374016", &id.to_string())).collect();
    let said = format!(r#"{{"code":"0","msg":"","data":[{}]}}"#, rows.join(","));
    let place = Place::Rest(AskId(6), Ask::OpenOrders(SWAP), 200);
    let list = |gateway: &mut Okx| {
        gateway.begin_anew(&Ask::OpenOrders(SWAP));
        gateway.ask(&Ask::OpenOrders(SWAP), AskId(6), NOW, &mut Call::default()).expect("can be asked");
    };
    list(&mut gateway);
    gateway.hear(place, said.as_bytes(), &mut Vec::new()).expect("understood");
    let first = ask(&mut gateway).expect("20");
    assert_eq!(
        (path(&first), first.way, first.purse),
        ("/api/v5/trade/cancel-batch-orders", Way::Post, Purse::Cancels)
    );
    assert!(body(&first).starts_with(r#"[{"instId":"BTC-USDT-SWAP","ordId":"100"},{"instId":"#), "{}", body(&first));
    assert_eq!(body(&first).matches("ordId").count(), 20);
    assert_eq!(body(&ask(&mut gateway).expect("again")), body(&first), "what could not be sent is not forgotten");
    list(&mut gateway);
    gateway.hear(place, br#"{"code":"0","data":[]}"#, &mut Vec::new()).expect("understood");
    assert_eq!(ask(&mut gateway).expect_err("none is left"), Unable::NotYet);
    list(&mut gateway);
    // A list in two pages.
    let rows: Vec<String> = (100..200).map(|id| ORDER.replace("312269865356374016", &id.to_string())).collect();
    for rows in [rows.join(","), ORDER.to_owned()] {
        let said = format!(r#"{{"code":"0","msg":"","data":[{rows}]}}"#);
        gateway.hear(place, said.as_bytes(), &mut Vec::new()).expect("understood");
    }
    assert!(body(&ask(&mut gateway).expect("20")).starts_with(r#"[{"instId":"BTC-USDT-SWAP","ordId":"100"}"#));
    // Some were gone already: their news tell, or told.
    let partly = r#"{"code":"2","msg":"Bulk operation partially succeeded.","data":[{"ordId":"100","sCode":"51400","sMsg":""}]}"#;
    assert_eq!(answered(Ask::CancelAll(SPOT), partly), [Heard::Answer(AskId(9), Answer::Done)]);
    let busy = r#"{"code":"50011","msg":"Too Many Requests","data":[]}"#;
    let later = Answer::Later { wait_ms: 2_000 };
    assert_eq!(answered(Ask::CancelAll(SPOT), busy), [Heard::Answer(AskId(9), later)]);
}

#[test]
fn questions_go_by_rest_and_are_signed_as_they_are_sent() {
    let since = Nanos(1_700_000_000_123_456_789);
    let cases = [
        (Ask::Order(known(SWAP)), "/api/v5/trade/order?instId=BTC-USDT-SWAP&clOrdId=R1x2x3"),
        (Ask::OpenOrders(SPOT), "/api/v5/trade/orders-pending?instId=BTC-USDT&limit=100"),
        (Ask::Fills(SPOT, since), "/api/v5/trade/fills?instId=BTC-USDT&begin=1700000000123&limit=100"),
        (
            Ask::FillsOf(Known { venue_order_id: name("312"), ..known(SWAP) }, since),
            "/api/v5/trade/fills?instId=BTC-USDT-SWAP&ordId=312&begin=1700000000123&limit=100",
        ),
        (Ask::Balances, "/api/v5/account/balance"),
        (Ask::Positions, "/api/v5/account/positions"),
        (Ask::Prepare(Prepare::Rights), "/api/v5/account/config"),
        (Ask::Prepare(Prepare::Time), "/api/v5/public/time"),
    ];
    for (ask, expected) in cases {
        let call = asked(gateway(), ask);
        assert_eq!((path(&call), call.way, call.purse, body(&call)), (expected, Way::Get, Purse::Questions, ""));
    }
    // By `openssl dgst -sha256 -hmac hush -binary | base64` over 2020-12-08T09:08:57.715ZGET/api/v5/account/balance
    let headers = asked(gateway(), Ask::Balances).headers;
    assert_eq!(
        std::str::from_utf8(headers.bytes()),
        Ok(
            "OK-ACCESS-KEY: me\r\nOK-ACCESS-SIGN: weqLiXYq9VBxcaF3wvdzDRY/ol5H7zTpNVFGrit3ku8=\r\nOK-ACCESS-TIMESTAMP: 2020-12-08T09:08:57.715Z\r\n\
            OK-ACCESS-PASSPHRASE: word\r\n"
        )
    );
}

#[test]
fn the_numbers_of_instruments_are_asked_for_by_kind_until_all_are_known() {
    let mut gateway = gateway();
    let mut next = |code: &str| {
        let mut call = Call::default();
        gateway.ask(&Ask::Prepare(Prepare::Token), AskId(7), NOW, &mut call).expect("can be asked");
        let said = format!(r#"{{"code":"0","data":[{code}]}}"#);
        let place = Place::Rest(AskId(7), Ask::Prepare(Prepare::Token), 200);
        gateway.hear(place, said.as_bytes(), &mut Vec::new()).expect("understood");
        path(&call).to_owned()
    };
    assert_eq!(next(r#"{"instId":"BTC-USDT","instIdCode":1}"#), "/api/v5/public/instruments?instType=SPOT");
    assert_eq!(next(r#"{"instId":"BTC-USDT-SWAP","instIdCode":2}"#), "/api/v5/public/instruments?instType=SWAP");
    assert_eq!(next(""), "/api/v5/public/instruments?instType=SPOT&instId=BTC-USDT");
    let kinds = MANNERS.before.iter().filter(|prepare| **prepare == Prepare::Token).count();
    assert_eq!(kinds, 3, "spot, swaps and futures");
}

#[test]
fn the_switch_of_the_venue_is_posted() {
    for (seconds, expected) in [(0, "0"), (5, "10"), (30, "30"), (500, "120")] {
        let call = asked(gateway(), Ask::DeadMan(SPOT, seconds));
        let expected = format!(r#"{{"timeOut":"{expected}"}}"#);
        assert_eq!((path(&call), body(&call)), ("/api/v5/trade/cancel-all-after", expected.as_str()));
        assert!(call.headers.bytes().starts_with(b"Content-Type: application/json\r\nOK-ACCESS-KEY: me\r\n"));
    }
}

#[test]
fn the_line_is_greeted_with_a_login_and_a_subscription_a_message() {
    let mut gateway = gateway();
    let mut call = Call::default();
    let mut said = |step| gateway.greet(0, step, NOW, &mut call).then(|| body(&call).to_owned());
    assert!(
        said(0)
            .expect("a login")
            .starts_with(r#"{"op":"login","args":[{"apiKey":"me","passphrase":"word","timestamp":"1607418537","#)
    );
    let subscription = |what: &str| Some(format!(r#"{{"op":"subscribe","args":[{{"channel":{what}}}]}}"#));
    assert_eq!(said(1), subscription(r#""orders","instType":"ANY""#));
    assert_eq!(said(2), subscription(r#""account""#));
    assert_eq!(said(3), subscription(r#""positions","instType":"ANY""#));
    assert_eq!(said(4), None);
    let mut path = crate::gateway::text::Text::default();
    gateway.line_path(0, &mut path);
    assert_eq!(path.bytes(), b"/ws/v5/private");
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
fn what_is_said_of_the_line_is_understood() {
    let unwelcome = |why| vec![Heard::Unwelcome(why)];
    let error = |code: u32| format!(r#"{{"event":"error","code":"{code}","msg":"words","connId":"a4d3ae55"}}"#);
    for (said, expected) in [
        (r#"{"event":"login","code":"0","msg":"","connId":"a4d3ae55"}"#.to_owned(), vec![Heard::Welcome]),
        (r#"{"event":"subscribe","arg":{"channel":"account"},"connId":"a"}"#.to_owned(), vec![Heard::Welcome]),
        (error(60009), unwelcome(Unwelcome::Key)),
        (error(60024), unwelcome(Unwelcome::Key)),
        (error(60006), unwelcome(Unwelcome::Clock)),
        (error(60018), unwelcome(Unwelcome::Other)),
        (error(60012), unwelcome(Unwelcome::Other)),
        (error(60014), unwelcome(Unwelcome::Other)),
        (error(64008).replace("\"error\"", "\"notice\""), vec![Heard::Leave]),
        ("pong".to_owned(), vec![]),
        (r#"{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"a"}"#.to_owned(), vec![]),
        (r#"{"arg":{"channel":"balance_and_position"},"data":[{}]}"#.to_owned(), vec![]),
        (r#"{"anything":1}"#.to_owned(), vec![]),
    ] {
        assert_eq!(heard(&said), expected, "{said}");
    }
}

/// The answer to an order on the line, refused in its row.
fn refused(code: u64, words: &str) -> String {
    let outer = if code == 0 { 0 } else { 1 };
    format!(
        r#"{{"id":"7","op":"order","code":"{outer}","msg":"","data":[{{"clOrdId":"R1x2x3","ordId":"","tag":"","ts":"1695190491421",
        "sCode":"{code}","sMsg":"{words}"}}],"inTime":"1695190491421339","outTime":"1695190491423240"}}"#
    )
}

#[test]
fn each_code_of_refusal_is_known() {
    use Answer::{Done, Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    for (code, expected) in [
        (0, Done),
        (50001, Later { wait_ms: 1_000 }),
        (50004, Unknown),
        (50011, Later { wait_ms: 2_000 }),
        (50013, Later { wait_ms: 1_000 }),
        (50026, Unknown),
        (50061, Later { wait_ms: 2_000 }),
        (50111, Refused(R::NotAllowed)),
        (50113, Refused(R::NotAllowed)),
        (51000, Refused(R::Filter)),
        (51006, Refused(R::Filter)),
        (51008, Refused(R::InsufficientFunds)),
        (51019, Refused(R::Other)),
        (51020, Refused(R::Filter)),
        (51121, Refused(R::Filter)),
        (51400, NoSuchOrder),
        (51603, NoSuchOrder),
        (51503, Refused(R::UnknownOrder)),
        (51509, Refused(R::UnknownOrder)),
        (60012, Refused(R::Filter)),
        (60014, Later { wait_ms: 2_000 }),
        // Not in the list of what matters most, but known.
        (51001, Refused(R::NoMarket)),
        (51016, Refused(R::DuplicateId)),
        (51169, Refused(R::ReduceOnly)),
        (51149, Unknown),
        (51410, Done),
        (60011, Refused(R::Unavailable)),
        (99_999, Refused(R::Other)),
    ] {
        assert_eq!(heard(&refused(code, "words")), [Heard::Answer(AskId(7), expected)], "{code} in a row");
        let whole = format!(r#"{{"id":"7","op":"order","code":"{code}","msg":"words","data":[]}}"#);
        assert_eq!(heard(&whole), [Heard::Answer(AskId(7), expected)], "{code} of the message");
        let said = format!(r#"{{"code":"{code}","msg":"words","data":[]}}"#);
        assert_eq!(answered(Ask::DeadMan(SPOT, 0), &said), [Heard::Answer(AskId(9), expected)], "{code} by REST");
    }
    let would_take = Heard::Answer(AskId(7), Refused(R::PostOnlyWouldTake));
    assert_eq!(heard(&refused(51019, "The post-only order would take")), [would_take]);
    assert_eq!(heard(&refused(0, "").replace("\"7\"", "\"theirs\"")), []);
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    let place = |status| Place::Rest(AskId(9), Ask::Balances, status);
    let unknown = vec![Heard::Answer(AskId(9), Answer::Unknown)];
    for status in [500, 503, 504] {
        let busy = r#"{"code":"50001","msg":"Service temporarily unavailable","data":[]}"#;
        assert_eq!(heard_at(place(status), busy), Ok(unknown.clone()), "{status}");
    }
    let later = Heard::Answer(AskId(9), Answer::Later { wait_ms: 2_000 });
    assert_eq!(heard_at(place(429), "<html>"), Ok(vec![later]));
    assert_eq!(heard_at(place(429), r#"{"code":"50011","msg":"Too Many Requests","data":[]}"#), Ok(vec![later]));
    let refused = Heard::Answer(AskId(9), Answer::Refused(RejectReason::NotAllowed));
    assert_eq!(heard_at(place(401), r#"{"code":"50113","msg":"Invalid Sign"}"#), Ok(vec![refused]));
}

const ORDER: &str = r#"{"instType":"SWAP","instId":"BTC-USDT-SWAP","ordId":"312269865356374016","clOrdId":"R1x2x3","px":"28000.1",
    "sz":"2.5","ordType":"limit","side":"sell","posSide":"net","tdMode":"cross","accFillSz":"1","fillPx":"28000.1","fillSz":"0.75",
    "tradeId":"242720720","fillTime":"1672364262450","fillFee":"-0.0105","fillFeeCcy":"USDT","execType":"T","state":"partially_filled",
    "cancelSource":"","uTime":"1672364262457","cTime":"1672364262444","code":"0","msg":"","newField":{"a":[1]}}"#;

fn whose() -> Whose {
    Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("312269865356374016") }
}

fn news() -> OrderNews {
    OrderNews {
        whose: whose(),
        instrument: Some(SWAP),
        side: Side::Sell,
        px: Ticks(280_001),
        qty: Lots(250),
        filled: Lots(100),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_672_364_262_457_000_000),
    }
}

fn fill() -> FillNews {
    FillNews {
        whose: whose(),
        instrument: Some(SWAP),
        side: Side::Sell,
        trade_id: 242_720_720,
        px: Ticks(280_001),
        qty: Lots(75),
        fee_e8: 1_050_000,
        fee_asset: name("USDT"),
        liquidity: Liquidity::Taker,
        at_ns: Nanos(1_672_364_262_450_000_000),
    }
}

fn pushed(channel: &str, row: &str) -> String {
    format!(r#"{{"arg":{{"channel":"{channel}","instType":"ANY","uid":"77"}},"data":[{row}]}}"#)
}

fn news_of(row: &str) -> OrderNews {
    match heard(&pushed("orders", row)).last() {
        Some(Heard::Order(news)) => *news,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_news_of_an_order_carry_its_execution_in_contracts() {
    assert_eq!(heard(&pushed("orders", ORDER)), [Heard::Fill(fill()), Heard::Order(news())]);
    let without = ORDER.replace("242720720", "").replace("\"0.75\"", "\"0\"");
    assert_eq!(heard(&pushed("orders", &without)), [Heard::Order(news())]);
    let rebate = ORDER.replace("-0.0105", "0.002").replace(r#""execType":"T""#, r#""execType":"M""#);
    let Heard::Fill(told) = heard(&pushed("orders", &rebate))[0] else { panic!("a fill") };
    assert_eq!((told.fee_e8, told.liquidity), (-200_000, Liquidity::Maker));
    let market = ORDER.replace("\"limit\"", "\"market\"").replace(r#""px":"28000.1""#, r#""px":"""#);
    assert_eq!(news_of(&market), OrderNews { px: Ticks(0), ..news() });
    let stray = news_of(&ORDER.replace("R1x2x3", "byhand").replace(r#""sz":"2.5""#, r#""sz":"2.512""#));
    assert_eq!((stray.whose.ours, stray.qty), (None, Lots(251)));
    assert_eq!(news_of(&ORDER.replace("BTC-USDT-SWAP", "OKB-USDT")).instrument, None);
}

#[test]
fn the_states_of_an_order_are_told_apart() {
    use OrderState::{Canceled, Filled, Open, Rejected};
    for (state, source, filled, expected) in [
        ("live", "", "0", Open),
        ("filled", "", "2.5", Filled),
        ("canceled", "1", "1", Canceled),
        ("canceled", "13", "0", Canceled),
        ("canceled", "20", "0", Canceled),
        ("mmp_canceled", "", "0", Canceled),
        ("canceled", "31", "0", Rejected(RejectReason::PostOnlyWouldTake)),
    ] {
        let row = ORDER
            .replace("partially_filled", state)
            .replace(r#""cancelSource":"""#, &format!(r#""cancelSource":"{source}""#))
            .replace(r#""accFillSz":"1""#, &format!(r#""accFillSz":"{filled}""#));
        assert_eq!(news_of(&row).state, expected, "{state} {source}");
    }
    let row = ORDER.replace("partially_filled", "dreaming");
    assert_eq!(heard_at(Place::Line(0), &pushed("orders", &row)), Err(FrameError::Unreadable(Field::State)));
}

#[test]
fn what_is_missing_is_an_error_and_the_rest_of_the_message_is_not_told() {
    for (from, to, expected) in [
        (r#""fillPx""#, r#""at""#, FrameError::Missing(Field::Price)),
        (r#""execType""#, r#""was""#, FrameError::Missing(Field::Liquidity)),
        (r#""0.75""#, r#""0.755""#, FrameError::OffGrid(Field::Quantity)),
        (r#""sell""#, r#""swap""#, FrameError::Unreadable(Field::Side)),
        (r#""accFillSz""#, r#""filled""#, FrameError::Missing(Field::Quantity)),
    ] {
        let rows = format!("{ORDER},{}", ORDER.replace(from, to));
        assert_eq!(heard_at(Place::Line(0), &pushed("orders", &rows)), Err(expected), "{from}");
    }
    assert_eq!(heard_at(Place::Line(0), "ping"), Err(FrameError::NotJson));
    let without = r#"{"id":"7","op":"order","data":[]}"#;
    assert_eq!(heard_at(Place::Line(0), without), Err(FrameError::Missing(Field::Code)));
}

#[test]
fn positions_and_money_are_told() {
    let row = r#"{"instId":"BTC-USDT-SWAP","posSide":"net","pos":"-2.5","mgnMode":"cross"}"#;
    let rows = format!("{row},{}", row.replace("BTC", "XRP"));
    let short = Heard::Position { instrument: SWAP, qty: Lots(-250) };
    assert_eq!(heard(&pushed("positions", &rows)), [short]);
    assert_eq!(heard(&pushed("positions", &row.replace("net", "short").replace("-2.5", "2.5"))), [short]);
    let paid =
        row.replace("\"mgnMode\"", r#""fundingFee":"-0.25","cTime":"1700000000000","uTime":"1700000000123","mgnMode""#);
    let news = FundingNews {
        instrument: SWAP,
        opened: 1_700_000_000_000 * Nanos::MILLI,
        asset: name("USDT"),
        total_e8: -25_000_000,
        at_ns: Nanos(1_700_000_000_123 * Nanos::MILLI),
    };
    assert_eq!(heard(&pushed("positions", &paid)), [Heard::FundingSoFar(news), short]);
    let row = r#"{"uTime":"1","totalEq":"1","details":[{"ccy":"USDT","availBal":"90.25","cashBal":"100.5","ordFrozen":"10.25"},
        {"ccy":"BTC","availBal":"","cashBal":"0.00102964","ordFrozen":""}]}"#;
    let expected = [
        Heard::Balance { asset: name("USDT"), free_e8: 9_025_000_000, locked_e8: 1_025_000_000 },
        Heard::Balance { asset: name("BTC"), free_e8: 102_964, locked_e8: 0 },
    ];
    assert_eq!(heard(&pushed("account", row)), expected);
    let told = answered(Ask::Balances, &format!(r#"{{"code":"0","msg":"","data":[{row}]}}"#));
    assert_eq!(told, [expected[0], expected[1], Heard::Answer(AskId(9), Answer::Done)]);
}

#[test]
fn answers_by_rest_tell_orders_executions_and_the_time() {
    let list = |rows: &str| format!(r#"{{"code":"0","msg":"","data":[{rows}]}}"#);
    let done = Heard::Answer(AskId(9), Answer::Done);
    // The last execution of an order stands in its row too, but without what it cost.
    assert_eq!(answered(Ask::Order(known(SWAP)), &list(ORDER)), [Heard::Order(news()), done]);
    assert_eq!(answered(Ask::OpenOrders(SPOT), &list(ORDER)), [Heard::Order(news()), done]);
    assert_eq!(answered(Ask::OpenOrders(SPOT), &list("")), [done]);
    let unknown = Heard::Answer(AskId(9), Answer::Unknown);
    assert_eq!(answered(Ask::OpenOrders(SWAP), &list(ORDER)), [unknown], "of a question that nobody asks any more");
    let row = r#"{"instType":"SWAP","instId":"BTC-USDT-SWAP","tradeId":"242720720","ordId":"312269865356374016","clOrdId":"R1x2x3",
        "billId":"1111","tag":"","fillPx":"28000.1","fillSz":"0.75","side":"sell","posSide":"net","execType":"T","feeCcy":"USDT",
        "fee":"-0.0105","ts":"1672364262451","fillTime":"1672364262450"}"#;
    assert_eq!(answered(Ask::Fills(SWAP, Nanos(0)), &list(row)), [Heard::Fill(fill()), done]);
    let time = list(r#"{"ts":"1597026383085"}"#);
    assert_eq!(answered(Ask::Prepare(Prepare::Time), &time), [Heard::Time(Nanos(1_597_026_383_085_000_000)), done]);
    let position = list(r#"{"instId":"BTC-USDT-SWAP","posSide":"net","pos":"1"}"#);
    assert_eq!(answered(Ask::Positions, &position), [Heard::Position { instrument: SWAP, qty: Lots(100) }, done]);
}

#[test]
fn a_list_longer_than_a_page_is_asked_for_page_by_page() {
    let mut gateway = gateway();
    let mut next = |ask: Ask, ids: std::ops::Range<u64>| {
        let mut call = Call::default();
        gateway.ask(&ask, AskId(9), NOW, &mut call).expect("can be asked");
        let rows: Vec<String> = ids.map(|id| ORDER.replace("312269865356374016", &id.to_string())).collect();
        let said = format!(r#"{{"code":"0","data":[{}]}}"#, rows.join(","));
        let mut heard = Vec::new();
        gateway.hear(Place::Rest(AskId(9), ask, 200), said.as_bytes(), &mut heard).expect("understood");
        let went_on = path(&call).split_once("&after=").map(|(_, id)| id.to_owned());
        (went_on, heard.len() - 1, heard.last().copied())
    };
    let answer = |answer| Some(Heard::Answer(AskId(9), answer));
    let ask = Ask::OpenOrders(SPOT);
    assert_eq!(next(ask, 1..101), (None, 100, answer(Answer::More)));
    assert_eq!(next(Ask::OpenOrders(SWAP), 1..2), (None, 1, answer(Answer::More)), "another question, of two halves");
    assert_eq!(next(ask, 101..201), (Some("100".into()), 100, answer(Answer::More)));
    assert_eq!(next(ask, 201..201), (Some("200".into()), 0, answer(Answer::Done)));
    assert_eq!(next(ask, 1..3), (None, 2, answer(Answer::Done)), "anew");
}

#[test]
fn a_refusal_of_our_time_is_told_as_one() {
    let clock = Heard::Unwelcome(Unwelcome::Clock);
    let unavailable = Answer::Refused(RejectReason::Unavailable);
    assert_eq!(heard(&refused(50_102, "words")), [clock, Heard::Answer(AskId(7), unavailable)]);
    let said = r#"{"code":"50112","msg":"words","data":[]}"#;
    assert_eq!(answered(Ask::Balances, said), [clock, Heard::Answer(AskId(9), unavailable)]);
}

#[test]
fn a_key_that_may_withdraw_is_seen() {
    let rights = |perm: &str, ip: &str| {
        let said =
            format!(r#"{{"code":"0","data":[{{"perm":"{perm}","ip":"{ip}","posMode":"net_mode","acctLv":"2"}}]}}"#);
        match answered(Ask::Prepare(Prepare::Rights), &said)[0] {
            Heard::Rights(rights) => rights,
            other => panic!("{other:?}"),
        }
    };
    let good = Rights { trade: true, withdraw: Some(false), bound_to_addresses: Some(false) };
    assert_eq!(rights("read_only,trade", ""), good);
    assert_eq!(rights("read_only", ""), Rights { trade: false, ..good });
    assert_eq!(rights("read_only,withdraw,trade", ""), Rights { withdraw: Some(true), ..good });
    assert_eq!(rights("read_only,trade", "10.0.0.1,10.0.0.2"), Rights { bound_to_addresses: Some(true), ..good });
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut gateway = numbered();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [pushed("orders", ORDER), refused(51008, "words")];
    let place = Order { post_only: true, ..order(SWAP) };
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(place), Ask::Modify(known(SWAP), Ticks(1), Lots(2)), Ask::Cancel(known(SPOT))] {
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
    let list = |rows: &str| format!(r#"{{"code":"0","msg":"","data":[{rows}]}}"#);
    let held = r#"{"instId":"BTC-USDT-SWAP","posSide":"short","pos":"2.5"}"#;
    let money = r#"{"details":[{"ccy":"USDT","availBal":"90.25","cashBal":"100.5","ordFrozen":"10.25"}]}"#;
    let number = r#"{"instId":"BTC-USDT","instIdCode":10459}"#;
    vec![
        (Place::Line(0), pushed("orders", ORDER)),
        (Place::Line(0), pushed("positions", held)),
        (Place::Line(0), pushed("account", money)),
        (Place::Line(0), refused(51_019, "post-only")),
        (Place::Line(0), r#"{"event":"error","code":"60009","msg":"Login failed."}"#.to_owned()),
        (rest(Ask::OpenOrders(SPOT)), list(ORDER)),
        (rest(Ask::Prepare(Prepare::Token)), list(number)),
        (rest(Ask::Prepare(Prepare::Rights)), list(r#"{"perm":"read_only,trade","ip":""}"#)),
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
fn whether_sides_are_kept_apart_stands_in_the_account() {
    assert_eq!(path(&asked(gateway(), Ask::Mode(SWAP))), "/api/v5/account/config");
    for (mode, is_so) in [("net_mode", false), ("long_short_mode", true)] {
        let said = format!(r#"{{"code":"0","data":[{{"perm":"trade","ip":"","posMode":"{mode}","acctLv":"2"}}]}}"#);
        let expected = [Heard::TwoWay(is_so), Heard::Answer(AskId(9), Answer::Done)];
        assert_eq!(answered(Ask::Mode(SWAP), &said), expected, "{mode}");
    }
}

#[test]
fn the_leverage_of_a_contract_is_that_of_cross_margin_which_our_orders_say() {
    let wanted = "/api/v5/account/leverage-info?mgnMode=cross&instId=BTC-USDT-SWAP";
    assert_eq!(path(&asked(gateway(), Ask::Setup(SWAP))), wanted);
    let row = r#"{"ccy":"","instId":"BTC-USDT-SWAP","mgnMode":"cross","posSide":"net","lever":"12.5"}"#;
    let said = format!(r#"{{"code":"0","msg":"","data":[{row}]}}"#);
    let done = Heard::Answer(AskId(9), Answer::Done);
    let expected = [Heard::Leverage(1_250), Heard::Margin(MarginMode::Cross), done];
    assert_eq!(answered(Ask::Setup(SWAP), &said), expected);
}
