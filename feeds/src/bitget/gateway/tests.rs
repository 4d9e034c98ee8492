//! Each question to Bitget to the letter, and each thing that it says as it is understood.

mod stops;

use super::Bitget;
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
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::alloc_guard::AllocGuard;

const SPOT: InstrumentId = InstrumentId(0);
const LINEAR: InstrumentId = InstrumentId(1);
const COIN: InstrumentId = InstrumentId(2);
const NOW: Nanos = Nanos(1_695_806_875_837_000_000);

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn bitget_of(kept: &[InstrumentId]) -> Bitget {
    let rows = [
        ("SPOT:BTCUSDT", "BTC", "USDT", ContractKind::Spot, 2, 6),
        ("USDT-FUTURES:BTCUSDT", "BTC", "USDT", ContractKind::Linear, 1, 3),
        ("COIN-FUTURES:BTCUSD", "BTC", "USD", ContractKind::Linear, 1, 3),
    ];
    let of = |(place, kept): (usize, &InstrumentId)| {
        let (symbol, base, quote, kind, price_decimals, qty_decimals) = rows[kept.index()];
        Instrument {
            id: InstrumentId(place as u32),
            venue: VenueId::Bitget,
            symbol: name(symbol),
            base: name(base),
            quote: name(quote),
            kind,
            grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000_000),
            min_notional: Quote::whole(5),
        }
    };
    let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: Some(Secret::new("word")) };
    Bitget::new(&key, &Instruments::new(kept.iter().enumerate().map(of).collect())).expect("a pass phrase")
}

fn bitget() -> Bitget {
    bitget_of(&[SPOT, LINEAR, COIN])
}

fn order(instrument: InstrumentId) -> Order {
    let (px, qty) = (Ticks(280_001), Lots(200));
    Order { client_order_id: ClientOrderId::new(1, 2, 3), instrument, px, qty, ..Order::default() }
}

fn with(instrument: InstrumentId, set: impl FnOnce(&mut Order)) -> Order {
    let mut order = order(instrument);
    set(&mut order);
    order
}

fn known(instrument: InstrumentId) -> Known {
    Known { order: order(instrument), venue_order_id: Name::default() }
}

fn asked_of(bitget: &mut Bitget, ask: Ask) -> Result<Call, Unable> {
    let mut call = Call::default();
    bitget.ask(&ask, AskId(7), NOW, &mut call).map(|()| call)
}

fn asked(ask: Ask) -> Call {
    asked_of(&mut bitget(), ask).expect("can be asked")
}

fn text(text: &Text) -> &str {
    std::str::from_utf8(text.bytes()).expect("text")
}

#[test]
fn an_order_is_entered_to_the_letter() {
    let spot = |rest: &str| format!(r#"{{"symbol":"BTCUSDT",{rest},"clientOid":"R1-2-3"}}"#);
    let linear = |rest: &str| {
        let head = r#""symbol":"BTCUSDT","productType":"USDT-FUTURES","marginCoin":"USDT","marginMode":"crossed""#;
        format!(r#"{{{head},{rest},"clientOid":"R1-2-3"}}"#)
    };
    let limit =
        |force: &str| format!(r#""side":"buy","orderType":"limit","force":"{force}","size":"0.200","price":"28000.1""#);
    let sell = |order: &mut Order| (order.side, order.order_type) = (Side::Sell, OrderType::Market);
    for (order, body) in [
        (order(SPOT), spot(r#""side":"buy","orderType":"limit","force":"gtc","size":"0.000200","price":"2800.01""#)),
        (with(SPOT, sell), spot(r#""side":"sell","orderType":"market","force":"gtc","size":"0.000200""#)),
        (order(LINEAR), linear(&limit("gtc"))),
        (with(LINEAR, |order| order.time_in_force = TimeInForce::Ioc), linear(&limit("ioc"))),
        (with(LINEAR, |order| order.time_in_force = TimeInForce::Fok), linear(&limit("fok"))),
        (with(LINEAR, |order| order.post_only = true), linear(&limit("post_only"))),
        (with(LINEAR, |order| order.reduce_only = true), linear(&format!(r#"{},"reduceOnly":"YES""#, limit("gtc")))),
        (with(LINEAR, sell), linear(r#""side":"sell","orderType":"market","force":"gtc","size":"0.200""#)),
        (
            order(COIN),
            linear(&limit("gtc"))
                .replace("BTCUSDT", "BTCUSD")
                .replace("USDT-F", "COIN-F")
                .replace("\"USDT\"", "\"BTC\""),
        ),
    ] {
        let is_spot = order.instrument == SPOT;
        let call = asked(Ask::Place(order));
        let path = if is_spot { "/api/v2/spot/trade/place-order" } else { "/api/v2/mix/order/place-order" };
        assert_eq!((text(&call.path), text(&call.body)), (path, body.as_str()));
        assert_eq!((call.way, call.purse, call.weight), (Way::Post, Purse::Orders, 1));
        assert!(text(&call.headers).starts_with("Content-Type: application/json\r\nACCESS-KEY: me\r\nACCESS-SIGN: "));
        assert!(text(&call.headers).ends_with("ACCESS-TIMESTAMP: 1695806875837\r\nACCESS-PASSPHRASE: word\r\n"));
    }
    // It would be counted in quote.
    let buy = with(SPOT, |order| order.order_type = OrderType::Market);
    assert_eq!(asked_of(&mut bitget(), Ask::Place(buy)).err(), Some(Unable::NotThere));
}

#[test]
fn an_order_is_withdrawn_by_our_id_and_never_changed() {
    let head = r#"{"symbol":"BTCUSDT","productType":"USDT-FUTURES","marginCoin":"USDT""#;
    let theirs = Known {
        order: Order { client_order_id: ClientOrderId(0), ..known(LINEAR).order },
        venue_order_id: Name::new("4711").expect("short"),
    };
    for (ask, path, body) in [
        (
            Ask::Cancel(known(SPOT)),
            "/api/v2/spot/trade/cancel-order",
            r#"{"symbol":"BTCUSDT","clientOid":"R1-2-3"}"#.to_owned(),
        ),
        (Ask::Cancel(theirs), "/api/v2/mix/order/cancel-order", format!(r#"{head},"orderId":"4711"}}"#)),
        (Ask::Cancel(known(LINEAR)), "/api/v2/mix/order/cancel-order", format!(r#"{head},"clientOid":"R1-2-3"}}"#)),
        (Ask::CancelAll(SPOT), "/api/v2/spot/trade/cancel-symbol-order", r#"{"symbol":"BTCUSDT"}"#.to_owned()),
        (Ask::CancelAll(LINEAR), "/api/v2/mix/order/batch-cancel-orders", format!("{head}}}")),
    ] {
        let call = asked(ask);
        assert_eq!((text(&call.path), text(&call.body)), (path, body.as_str()));
        assert_eq!((call.way, call.purse), (Way::Post, Purse::Cancels));
    }
    for ask in [Ask::Modify(known(SPOT), Ticks(1), Lots(1)), Ask::DeadMan(SPOT, 10), Ask::Prepare(Prepare::Token)] {
        assert_eq!(asked_of(&mut bitget(), ask).err(), Some(Unable::NotThere));
    }
}

#[test]
fn questions_go_by_rest_and_are_signed_as_they_are_sent() {
    let since = Nanos(1_700_000_000_123_456_789);
    let of = "productType=USDT-FUTURES&symbol=BTCUSDT";
    for (ask, expected) in [
        (Ask::Order(known(SPOT)), "/api/v2/spot/trade/orderInfo?symbol=BTCUSDT&clientOid=R1-2-3".to_owned()),
        (Ask::Order(known(LINEAR)), format!("/api/v2/mix/order/detail?{of}&clientOid=R1-2-3")),
        (Ask::OpenOrders(SPOT), "/api/v2/spot/trade/unfilled-orders?symbol=BTCUSDT&limit=100".to_owned()),
        (Ask::OpenOrders(LINEAR), format!("/api/v2/mix/order/orders-pending?{of}&limit=100")),
        (
            Ask::Fills(SPOT, since),
            "/api/v2/spot/trade/fills?symbol=BTCUSDT&startTime=1700000000123&limit=100".to_owned(),
        ),
        (Ask::Fills(LINEAR, since), format!("/api/v2/mix/order/fills?{of}&startTime=1700000000123&limit=100")),
        (
            Ask::FillsOf(Known { venue_order_id: name("12"), ..known(LINEAR) }, since),
            format!("/api/v2/mix/order/fills?{of}&orderId=12&startTime=1700000000123&limit=100"),
        ),
        (Ask::Prepare(Prepare::Rights), "/api/v2/spot/account/info".to_owned()),
        (Ask::Prepare(Prepare::Time), "/api/v2/public/time".to_owned()),
    ] {
        let call = asked(ask);
        assert_eq!((text(&call.path), call.way), (expected.as_str(), Way::Get));
        assert_eq!((call.purse, text(&call.body)), (Purse::Questions, ""));
    }
    // By `openssl dgst -sha256 -hmac hush -binary | base64` over 1695806875837GET/api/v2/spot/account/info
    let headers = asked(Ask::Prepare(Prepare::Rights)).headers;
    assert!(
        text(&headers).starts_with("ACCESS-KEY: me\r\nACCESS-SIGN: artQMc7Y3rP1efxDXatQ9l9xZwpeSPSS4dcRPfLBKb4=\r\n"),
        "{headers:?}"
    );
}

#[test]
fn money_and_positions_are_asked_for_where_one_account_has_them() {
    let positions = "/api/v2/mix/position/all-position?productType=";
    for (kept, balances, held) in [
        (&[SPOT][..], Some("/api/v2/spot/account/assets".to_owned()), None),
        (
            &[LINEAR],
            Some("/api/v2/mix/account/accounts?productType=USDT-FUTURES".to_owned()),
            Some(format!("{positions}USDT-FUTURES")),
        ),
        (&[SPOT, COIN], Some("/api/v2/spot/account/assets".to_owned()), Some(format!("{positions}COIN-FUTURES"))),
    ] {
        let mut bitget = bitget_of(kept);
        let mut path = |ask| asked_of(&mut bitget, ask).ok().map(|call| text(&call.path).to_owned());
        assert_eq!((path(Ask::Balances), path(Ask::Positions)), (balances, held), "{kept:?}");
    }
}

#[test]
fn accounts_of_two_types_of_contract_are_asked_about_one_after_another_each_time() {
    let [linear, coin] = [InstrumentId(0), InstrumentId(1)];
    let mut bitget = bitget_of(&[LINEAR, COIN]);
    let row = |symbol: &str, side: &str| {
        format!(r#"{{"code":"00000","data":[{{"symbol":"{symbol}","holdSide":"{side}","total":"0.25"}}]}}"#)
    };
    let position = |instrument, lots| Heard::Position { instrument, qty: Lots(lots) };
    for _ in 0..2 {
        for (kind, said, held, answer) in [
            ("USDT-FUTURES", row("BTCUSDT", "short"), position(linear, -250), Answer::More),
            ("COIN-FUTURES", row("BTCUSD", "long"), position(coin, 250), Answer::Done),
        ] {
            for (ask, path) in [
                (Ask::Balances, "/api/v2/mix/account/accounts?productType="),
                (Ask::Positions, "/api/v2/mix/position/all-position?productType="),
            ] {
                let call = asked_of(&mut bitget, ask).expect("asked");
                assert_eq!(text(&call.path), format!("{path}{kind}"));
                let said = if ask == Ask::Positions { said.as_str() } else { r#"{"code":"00000","data":[]}"# };
                let told = heard_at(&mut bitget, Place::Rest(AskId(9), ask, 200), said).expect("understood");
                assert_eq!(told.last(), Some(&Heard::Answer(AskId(9), answer)), "{ask:?} of {kind}");
                assert_eq!(told[..told.len() - 1], if ask == Ask::Positions { vec![held] } else { vec![] });
            }
        }
    }
    // Broken off in the middle, it begins with the first.
    heard_at(&mut bitget, Place::Rest(AskId(9), Ask::Positions, 200), &row("BTCUSDT", "long")).expect("understood");
    bitget.begin_anew(&Ask::Positions);
    let call = asked_of(&mut bitget, Ask::Positions).expect("asked");
    assert!(text(&call.path).ends_with("USDT-FUTURES"));
}

#[test]
fn a_line_is_greeted_with_a_login_and_then_a_subscription_at_a_time() {
    let mut bitget = bitget_of(&[SPOT, LINEAR]);
    let mut call = Call::default();
    let mut said = Vec::new();
    while bitget.greet(0, said.len(), NOW, &mut call) {
        said.push(text(&call.body).to_owned());
    }
    assert!(
        said[0].starts_with(r#"{"op":"login","args":[{"apiKey":"me","passphrase":"word","timestamp":"1695806875","#)
    );
    let of = |kind: &str, channel: &str, what: &str| {
        format!(r#"{{"op":"subscribe","args":[{{"instType":"{kind}","channel":"{channel}","{what}":"default"}}]}}"#)
    };
    let all = |kind: &str| [of(kind, "orders", "instId"), of(kind, "fill", "instId"), of(kind, "account", "coin")];
    let mut expected: Vec<String> = all("SPOT").into_iter().chain(all("USDT-FUTURES")).collect();
    expected.extend(["positions", "orders-algo"].map(|channel| of("USDT-FUTURES", channel, "instId")));
    assert_eq!(said[1..], expected);
    let mut path = Text::default();
    bitget.line_path(0, &mut path);
    assert_eq!(text(&path), "/v2/ws/private");
}

fn heard_at(bitget: &mut Bitget, place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = vec![Heard::Leave];
    let understood = bitget.hear(place, said.as_bytes(), &mut heard);
    assert_eq!(heard.remove(0), Heard::Leave, "what was heard before stays");
    assert!(understood.is_ok() || heard.is_empty(), "of an error nothing is heard");
    understood.map(|()| heard)
}

fn heard(said: &str) -> Vec<Heard> {
    heard_at(&mut bitget(), Place::Line(0), said).expect("understood")
}

fn answered(ask: Ask, said: &str) -> Vec<Heard> {
    heard_at(&mut bitget(), Place::Rest(AskId(9), ask, 200), said).expect("understood")
}

#[test]
fn a_greeting_is_taken_or_refused_for_a_reason() {
    let error = |code: u64| format!(r#"{{"event":"error","code":"{code}","msg":"words"}}"#);
    for (said, expected) in [
        (r#"{"event":"login","code":"0","msg":""}"#.to_owned(), Heard::Welcome),
        (r#"{"event":"login","code":0}"#.to_owned(), Heard::Welcome),
        (
            r#"{"event":"subscribe","arg":{"instType":"SPOT","channel":"orders","instId":"default"}}"#.to_owned(),
            Heard::Welcome,
        ),
        (error(30005), Heard::Unwelcome(Unwelcome::Key)),
        (error(30011), Heard::Unwelcome(Unwelcome::Key)),
        (error(30012), Heard::Unwelcome(Unwelcome::Key)),
        (error(30015), Heard::Unwelcome(Unwelcome::Key)),
        (error(30013), Heard::Unwelcome(Unwelcome::Clock)),
        (error(30014), Heard::Unwelcome(Unwelcome::Clock)),
        (error(30001), Heard::Unwelcome(Unwelcome::Other)),
    ] {
        assert_eq!(heard(&said), [expected], "{said}");
    }
    for nothing in [
        "pong",
        r#"{"event":"unsubscribe","arg":{}}"#,
        r#"{"action":"snapshot","arg":{"instType":"SPOT","channel":"ticker"},"data":[{}]}"#,
        r#"{"anything":1}"#,
    ] {
        assert_eq!(heard(nothing), [], "{nothing}");
    }
}

#[test]
fn each_code_of_refusal_is_known() {
    use Answer::{Done, Later, NoSuchOrder, Refused, Unknown};
    use RejectReason as R;
    let rows: [(&[u64], Answer); 14] = [
        (&[22_001, 43_004], Done),
        (&[25_000, 25_001, 40_010, 40_015, 40_725, 40_910, 45_001, 45_023, 45_024], Unknown),
        (&[40_005, 40_008, 40_078, 40_902, 30_013, 30_014], Later { wait_ms: 1_000 }),
        (&[429, 25_003, 25_004, 30_006, 30_007], Later { wait_ms: 0 }),
        (
            &[
                25_005, 25_006, 25_007, 25_008, 25_012, 30_004, 30_005, 30_011, 30_012, 30_015, 40_001, 40_002, 40_003,
                40_006, 40_009, 40_012, 40_014, 40_025, 40_037, 40_038, 40_040, 40_041, 40_301, 40_774, 40_775, 40_828,
                45_019,
            ],
            Refused(R::NotAllowed),
        ),
        (
            &[
                22_006, 22_007, 22_008, 22_009, 22_034, 25_200, 25_205, 25_206, 25_207, 25_208, 40_017, 40_019, 40_020,
                40_057, 40_058, 40_059, 40_064, 40_304, 40_305, 40_402, 40_706, 40_718, 40_719, 40_722, 40_748, 40_808,
                40_811, 40_813, 40_815, 40_816, 40_820, 40_821, 40_826, 40_915, 40_917, 40_921, 41_002, 43_006, 43_008,
                43_009, 43_027, 43_028, 43_037, 43_039, 43_040, 43_042, 43_051, 45_035, 45_110, 45_111, 45_115, 45_122,
                400_172,
            ],
            Refused(R::Filter),
        ),
        (
            &[
                22_004, 22_043, 22_067, 25_013, 25_100, 25_101, 25_102, 25_103, 25_104, 25_105, 25_106, 25_108, 25_209,
                40_034, 40_102, 40_720, 40_721, 40_824,
            ],
            Refused(R::NoMarket),
        ),
        (&[25_202, 25_203, 40_754, 40_756, 40_762, 40_800, 43_012], Refused(R::InsufficientFunds)),
        (&[40_723, 40_761, 43_128], Refused(R::TooManyOrders)),
        (&[40_786, 43_118, 45_034], Refused(R::DuplicateId)),
        (&[22_002, 40_717, 40_755, 40_757, 40_804, 40_939], Refused(R::ReduceOnly)),
        (&[25_204, 40_109, 43_001, 43_025], NoSuchOrder),
        (&[40_764, 40_859], Refused(R::UnknownOrder)),
        (&[999_999], Refused(R::Other)),
    ];
    for (codes, expected) in rows {
        for code in codes {
            let place = Place::Rest(AskId(9), Ask::Cancel(known(SPOT)), 400);
            let said = format!(r#"{{"code":"{code}","msg":"words","requestTime":1,"data":null}}"#);
            let told = heard_at(&mut bitget(), place, &said).expect("understood");
            assert_eq!(told.last(), Some(&Heard::Answer(AskId(9), expected)), "{code}");
            let is_clock = told[0] == Heard::Unwelcome(Unwelcome::Clock);
            assert_eq!(is_clock, expected == Later { wait_ms: 1_000 }, "{code}");
        }
    }
}

#[test]
fn a_status_of_http_says_whether_it_may_have_happened() {
    let later = Answer::Later { wait_ms: 1_000 };
    for (status, expected) in
        [(500, Answer::Unknown), (502, Answer::Unknown), (504, Answer::Unknown), (429, later), (403, later)]
    {
        let place = Place::Rest(AskId(9), Ask::Place(order(SPOT)), status);
        assert_eq!(heard_at(&mut bitget(), place, "<html>"), Ok(vec![Heard::Answer(AskId(9), expected)]), "{status}");
    }
    let place = Place::Rest(AskId(9), Ask::Place(order(SPOT)), 400);
    assert_eq!(heard_at(&mut bitget(), place, "{}"), Err(FrameError::Missing(Field::Code)));
    let placed = r#"{"code":"00000","msg":"success","requestTime":1,"data":{"clientOid":"R1-2-3","orderId":"1"}}"#;
    assert_eq!(answered(Ask::Place(order(SPOT)), placed), [Heard::Answer(AskId(9), Answer::Done)]);
}

const SPOT_ORDER: &str = r#"{"instId":"BTCUSDT","orderId":"11","clientOid":"R1-2-3","size":"8.0000","newSize":"0.000300",
    "price":"26253.30","orderType":"limit","force":"gtc","side":"buy","fillPrice":"26256.0","tradeId":"1",
    "baseVolume":"0.000100","fillTime":"1695797773286","fillFee":"-0.00000018","fillFeeCoin":"BTC","tradeScope":"T",
    "accBaseVolume":"0.000200","priceAvg":"26256.0","status":"partially_filled","cTime":"1695797773257",
    "uTime":"1695797773326","feeDetail":[{"feeCoin":"BTC","fee":"-0.00000018"}],"newField":{"a":[1]}}"#;

const LINEAR_ORDER: &str = r#"{"orderType":"limit","tradeSide":"open","orderId":"13","cTime":"1760461517274",
    "posMode":"one_way_mode","marginMode":"crossed","price":"30000.5","accBaseVolume":"0","side":"sell","marginCoin":"USDT",
    "instId":"BTCUSDT","size":"0.4","reduceOnly":"no","force":"gtc","uTime":"1760461517274","clientOid":"R1-2-3","status":"live"}"#;

fn spot_news() -> OrderNews {
    OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("11") },
        instrument: Some(SPOT),
        side: Side::Buy,
        px: Ticks(2_625_330),
        qty: Lots(300),
        filled: Lots(200),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_695_797_773_326_000_000),
    }
}

fn linear_news() -> OrderNews {
    OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("13") },
        instrument: Some(LINEAR),
        side: Side::Sell,
        px: Ticks(300_005),
        qty: Lots(400),
        filled: Lots(0),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_760_461_517_274_000_000),
    }
}

fn pushed(kind: &str, channel: &str, row: &str) -> String {
    format!(
        r#"{{"action":"snapshot","arg":{{"instType":"{kind}","channel":"{channel}","instId":"default"}},"data":[{row}],"ts":1}}"#
    )
}

fn order_heard(kind: &str, row: &str) -> OrderNews {
    match heard(&pushed(kind, "orders", row))[..] {
        [Heard::Order(news)] => news,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn the_news_of_an_order_are_on_its_grid() {
    assert_eq!(order_heard("SPOT", SPOT_ORDER), spot_news());
    assert_eq!(order_heard("USDT-FUTURES", LINEAR_ORDER), linear_news());
    assert_eq!(order_heard("SPOT", &SPOT_ORDER.replace("limit", "market")).px, Ticks(0));
    let stray = SPOT_ORDER.replace("R1-2-3", "121211212122").replace("0.000300", "0.00030017");
    let told = order_heard("SPOT", &stray);
    assert_eq!((told.whose.ours, told.qty), (None, Lots(300)));
    let foreign = order_heard("USDT-FUTURES", &LINEAR_ORDER.replace("BTCUSDT", "DOGEUSDT"));
    assert_eq!((foreign.instrument, foreign.whose), (None, linear_news().whose));
    let off = pushed("SPOT", "orders", &SPOT_ORDER.replace("0.000300", "0.00030017"));
    assert_eq!(heard_at(&mut bitget(), Place::Line(0), &off), Err(FrameError::OffGrid(Field::Quantity)));
}

#[test]
fn the_states_of_an_order_are_told_apart() {
    for (status, expected) in [
        ("live", OrderState::Open),
        ("new", OrderState::Open),
        ("init", OrderState::Open),
        ("partially_filled", OrderState::Open),
        ("filled", OrderState::Filled),
        ("canceled", OrderState::Canceled),
        ("cancelled", OrderState::Canceled),
    ] {
        let row = LINEAR_ORDER.replace("\"live\"", &format!("\"{status}\""));
        assert_eq!(order_heard("USDT-FUTURES", &row).state, expected, "{status}");
    }
    let row = pushed("USDT-FUTURES", "orders", &LINEAR_ORDER.replace("\"live\"", "\"dreaming\""));
    assert_eq!(heard_at(&mut bitget(), Place::Line(0), &row), Err(FrameError::Unreadable(Field::State)));
}

const SPOT_FILL: &str = r#"{"orderId":"11","tradeId":"222","symbol":"BTCUSDT","orderType":"limit","side":"buy",
    "priceAvg":"42740.41","size":"0.0006","amount":"25.644246","tradeScope":"marker","feeDetail":[{"feeCoin":"BTC",
    "deduction":"no","totalDeductionFee":"0","totalFee":"-0.0000006"}],"cTime":"1703580202094","uTime":"1703580202095"}"#;

const LINEAR_FILL: &str = r#"{"orderId":"13","clientOid":"R1-2-3","tradeId":"333","symbol":"BTCUSDT","side":"sell",
    "orderType":"market","posMode":"one_way_mode","price":"51000.5","baseVolume":"0.01","quoteVolume":"510.005","profit":"0",
    "tradeScope":"taker","feeDetail":[{"feeCoin":"USDT","deduction":"no","totalDeductionFee":"0","totalFee":"-0.183717"}],
    "cTime":"1703577336606","uTime":"1703577336606"}"#;

fn spot_fill() -> FillNews {
    FillNews {
        whose: Whose { ours: None, venue_order_id: name("11") },
        instrument: Some(SPOT),
        side: Side::Buy,
        trade_id: 222,
        px: Ticks(4_274_041),
        qty: Lots(600),
        fee_e8: 60,
        fee_asset: name("BTC"),
        liquidity: Liquidity::Maker,
        at_ns: Nanos(1_703_580_202_095_000_000),
    }
}

fn linear_fill() -> FillNews {
    FillNews {
        whose: linear_news().whose,
        instrument: Some(LINEAR),
        side: Side::Sell,
        trade_id: 333,
        px: Ticks(510_005),
        qty: Lots(10),
        fee_e8: 18_371_700,
        fee_asset: name("USDT"),
        liquidity: Liquidity::Taker,
        at_ns: Nanos(1_703_577_336_606_000_000),
    }
}

#[test]
fn an_execution_is_told_with_its_fee() {
    assert_eq!(heard(&pushed("SPOT", "fill", SPOT_FILL)), [Heard::Fill(spot_fill())]);
    assert_eq!(heard(&pushed("USDT-FUTURES", "fill", LINEAR_FILL)), [Heard::Fill(linear_fill())]);
    for (from, to, expected) in [
        ("\"tradeId\"", "\"it\"", FrameError::Missing(Field::Id)),
        ("\"price\"", "\"at\"", FrameError::Missing(Field::Price)),
        ("\"feeDetail\"", "\"free\"", FrameError::Missing(Field::Fee)),
        ("\"tradeScope\"", "\"was\"", FrameError::Missing(Field::Liquidity)),
        ("\"taker\"", "\"talker\"", FrameError::Unreadable(Field::Liquidity)),
        ("\"0.01\"", "\"0.0105\"", FrameError::OffGrid(Field::Quantity)),
        ("\"sell\"", "\"swap\"", FrameError::Unreadable(Field::Side)),
    ] {
        let rows = format!("{LINEAR_FILL},{}", LINEAR_FILL.replace(from, to));
        let told = heard_at(&mut bitget(), Place::Line(0), &pushed("USDT-FUTURES", "fill", &rows));
        assert_eq!(told, Err(expected), "{from}");
    }
    assert_eq!(heard_at(&mut bitget(), Place::Line(0), "ping"), Err(FrameError::NotJson));
}

#[test]
fn what_the_venue_closes_is_told_with_its_cause_on_the_line_and_when_it_is_asked_for_again() {
    // It names its own orders by numbers, and the list of executions by none.
    let row = |kind: &str| {
        let row = LINEAR_FILL.replace("R1-2-3", "1131").replace("51000.5", "50321.27");
        row.replace("\"tradeScope\"", &format!("\"tradeSide\":\"{kind}\",\"tradeScope\""))
    };
    let whose = Whose { ours: None, ..linear_fill().whose };
    let closed = FillNews { whose, px: Ticks(503_213), ..linear_fill() };
    let told = |row: &str| heard(&pushed("USDT-FUTURES", "fill", row));
    for (kind, cause) in [
        ("burst_sell_single", Cause::Liquidation),
        ("reduce_sell_single", Cause::Liquidation),
        ("burst_close_long", Cause::Liquidation),
        ("offset_close_long", Cause::Liquidation),
        ("dte_sys_adl_sell_in_single_side_mode", Cause::Deleveraging),
    ] {
        let heard = [Heard::ClosedOut(cause, closed), Heard::Answer(AskId(9), Answer::Done)];
        assert_eq!(told(&row(kind)), heard[..1], "{kind}");
        let list_of = format!(r#"{{"fillList":[{}],"endId":"333"}}"#, row(kind).replace("clientOid", "none"));
        assert_eq!(answered(Ask::Fills(LINEAR, NOW), &list(&list_of)), heard, "{kind}");
    }
    for kind in ["sell_single", "close", "delivery_sell_single"] {
        assert_eq!(told(&row(kind)), [Heard::Fill(closed)], "{kind}");
    }
    let ours = row("reduce_sell_single").replace("1131", "R1-2-3").replace("50321.27", "50321.3");
    assert!(matches!(told(&ours)[..], [Heard::Fill(_)]), "what bears our id is ours");
}

#[test]
fn positions_and_money_are_told() {
    let row = r#"{"posId":"1","instId":"BTCUSDT","holdSide":"short","posMode":"one_way_mode","total":"0.25"}"#;
    let rows = format!("{row},{},{}", row.replace("BTC", "DOGE"), row.replace("short", "long"));
    let held = |lots| Heard::Position { instrument: LINEAR, qty: Lots(lots) };
    assert_eq!(heard(&pushed("USDT-FUTURES", "positions", &rows)), [held(-250), held(250)]);
    let done = Heard::Answer(AskId(9), Answer::Done);
    let said = format!(r#"{{"code":"00000","data":[{}]}}"#, row.replace("instId", "symbol"));
    let place = Place::Rest(AskId(9), Ask::Positions, 200);
    let expected = Heard::Position { instrument: InstrumentId(0), qty: Lots(-250) };
    assert_eq!(heard_at(&mut bitget_of(&[LINEAR]), place, &said), Ok(vec![expected, done]));
    let told = Heard::Balance { asset: name("USDT"), free_e8: 10_025_000_000, locked_e8: 475_000_000 };
    let spot = r#"{"coin":"USDT","available":"100.25","frozen":"4.50","locked":"0.25","uTime":"1697092295506"}"#;
    assert_eq!(heard(&pushed("SPOT", "account", spot)), [told]);
    let linear = r#"{"marginCoin":"USDT","frozen":"4.75","available":"100.25","equity":"105"}"#;
    assert_eq!(heard(&pushed("USDT-FUTURES", "account", linear)), [told]);
    for row in [spot.to_owned(), linear.replace("frozen", "locked")] {
        assert_eq!(answered(Ask::Balances, &format!(r#"{{"code":"00000","data":[{row}]}}"#)), [told, done]);
    }
}

fn list(inner: &str) -> String {
    format!(r#"{{"code":"00000","msg":"success","requestTime":1,"data":{inner}}}"#)
}

#[test]
fn answers_by_rest_are_of_the_instrument_that_was_asked_about() {
    let done = Heard::Answer(AskId(9), Answer::Done);
    // Spot as an array, its sum in `baseVolume`, and of open orders the limit in the place of the average.
    let row = SPOT_ORDER.replace("0.000100", "0.000200").replace(r#""accBaseVolume""#, r#""other""#);
    let row = row.replace("8.0000", "0.000300").replace(r#""newSize""#, r#""newest""#).replace("BTCUSDT", "btcusdt");
    assert_eq!(answered(Ask::Order(known(SPOT)), &list(&format!("[{row}]"))), [Heard::Order(spot_news()), done]);
    let row = row.replace(r#""priceAvg":"26256.0""#, r#""priceAvg":"26253.30""#).replace(r#""price":"#, r#""none":"#);
    assert_eq!(answered(Ask::OpenOrders(SPOT), &list(&format!("[{row}]"))), [Heard::Order(spot_news()), done]);
    // Contracts as an object, its state under another name.
    let row = LINEAR_ORDER.replace("accBaseVolume", "baseVolume").replace(r#""status""#, r#""state""#);
    assert_eq!(answered(Ask::Order(known(LINEAR)), &list(&row)), [Heard::Order(linear_news()), done]);
    let open = list(&format!(r#"{{"entrustedList":[{row}],"endId":"13"}}"#));
    // Behind them come those that wait for a price.
    let plain = |said: &str| {
        let (mut bitget, ask) = (bitget(), Ask::OpenOrders(LINEAR));
        asked_of(&mut bitget, ask).expect("can be asked");
        heard_at(&mut bitget, Place::Rest(AskId(9), ask, 200), said).expect("understood")
    };
    let more = Heard::Answer(AskId(9), Answer::More);
    assert_eq!(plain(&open), [Heard::Order(linear_news()), more]);
    assert_eq!(plain(&list(r#"{"entrustedList":null,"endId":null}"#)), [more]);
    assert_eq!(answered(Ask::OpenOrders(SPOT), &list("[]")), [done]);
    let absent = Heard::Answer(AskId(9), Answer::NoSuchOrder);
    assert_eq!(answered(Ask::Order(known(SPOT)), &list("[]")), [absent]);
    let fills = list(&format!(r#"{{"fillList":[{LINEAR_FILL}],"endId":"333"}}"#));
    assert_eq!(answered(Ask::Fills(LINEAR, NOW), &fills), [Heard::Fill(linear_fill()), done]);
    let row = SPOT_FILL.replace("[{\"feeCoin", "{\"feeCoin").replace("}]", "}");
    assert_eq!(answered(Ask::Fills(SPOT, NOW), &list(&format!("[{row}]"))), [Heard::Fill(spot_fill()), done]);
    let time = answered(Ask::Prepare(Prepare::Time), &list(r#"{"serverTime":"1688008631614"}"#));
    assert_eq!(time, [Heard::Time(Nanos(1_688_008_631_614_000_000)), done]);
}

#[test]
fn a_full_page_goes_on_behind_its_last_row() {
    let mut bitget = bitget();
    let ask = Ask::Fills(LINEAR, NOW);
    let page =
        |count: usize| list(&format!(r#"{{"fillList":[{}],"endId":"333"}}"#, vec![LINEAR_FILL; count].join(",")));
    // The same page again leads nowhere.
    for (cursor, answer) in [("&limit=100", Answer::More), ("&limit=100&idLessThan=333", Answer::Unknown)] {
        let call = asked_of(&mut bitget, ask).expect("can be asked");
        assert!(text(&call.path).ends_with(cursor), "{}", text(&call.path));
        let told = heard_at(&mut bitget, Place::Rest(AskId(9), ask, 200), &page(100)).expect("understood");
        assert_eq!((told.len(), told[100]), (101, Heard::Answer(AskId(9), answer)));
    }
    let told = heard_at(&mut bitget, Place::Rest(AskId(9), ask, 200), &page(99)).expect("understood");
    assert_eq!(told[99], Heard::Answer(AskId(9), Answer::Done));
    assert!(text(&asked_of(&mut bitget, ask).expect("can be asked").path).ends_with("&limit=100"));
}

#[test]
fn a_key_that_may_withdraw_is_seen() {
    let key = list(r#"{"userId":"1","ips":"127.0.0.1","authorities":["stow","coow","stor","wtow"],"parentId":1}"#);
    let rights = |said: &str| match answered(Ask::Prepare(Prepare::Rights), said)[0] {
        Heard::Rights(rights) => rights,
        other => panic!("{other:?}"),
    };
    let good = Rights { trade: true, withdraw: Some(false), bound_to_addresses: Some(true) };
    assert_eq!(rights(&key), good);
    assert_eq!(rights(&key.replace("wtow", "wwow")).withdraw, Some(true));
    assert_eq!(rights(&key.replace("127.0.0.1", "")).bound_to_addresses, Some(false));
    assert!(!rights(&key.replace("stow", "smow")).trade);
    assert!(!rights(&key.replace("coow", "coor")).trade);
    assert!(rights(&key.replace(r#""stow","coow""#, r#""trade","readonly""#)).trade);
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut bitget = bitget();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [pushed("SPOT", "orders", SPOT_ORDER), pushed("USDT-FUTURES", "fill", LINEAR_FILL)];
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=100 {
        for ask in [Ask::Place(order(LINEAR)), Ask::Cancel(known(SPOT)), Ask::Order(known(SPOT))] {
            bitget.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        for said in &said {
            bitget.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
        }
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 2));
}

#[test]
fn whether_sides_are_kept_apart_stands_in_the_account_of_a_contract() {
    let call = asked(Ask::Mode(LINEAR));
    let path = "/api/v2/mix/account/account?productType=USDT-FUTURES&symbol=BTCUSDT&marginCoin=USDT";
    assert_eq!(std::str::from_utf8(call.path.bytes()), Ok(path));
    assert_eq!(asked_of(&mut bitget(), Ask::Mode(SPOT)).err(), Some(Unable::NotThere));
    for (mode, is_so) in [("one_way_mode", false), ("hedge_mode", true)] {
        let said = format!(r#"{{"code":"00000","msg":"success","data":{{"marginCoin":"USDT","posMode":"{mode}"}}}}"#);
        let expected = [Heard::TwoWay(is_so), Heard::Answer(AskId(9), Answer::Done)];
        assert_eq!(answered(Ask::Mode(LINEAR), &said), expected, "{mode}");
    }
}

#[test]
fn leverage_and_margin_stand_in_the_account_of_a_contract() {
    // What the account has chosen for a contract is not what our orders say.
    for mode in ["crossed", "isolated"] {
        let expected = [Heard::Leverage(2_000), Heard::Margin(MarginMode::Cross)];
        let said = format!(
            r#"{{"code":"00000","data":{{"posMode":"one_way_mode","marginMode":"{mode}","crossedMarginLeverage":20,"isolatedLongLever":5,"isolatedShortLever":5}}}}"#
        );
        let whole = [&[Heard::TwoWay(false)], &expected[..], &[Heard::Answer(AskId(9), Answer::Done)]].concat();
        assert_eq!(answered(Ask::Setup(LINEAR), &said), whole);
    }
}
