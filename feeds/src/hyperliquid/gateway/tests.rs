//! Each question to Hyperliquid to the letter, and each thing that it says as it is understood.

mod setup;
mod stops;

use super::codes::{NO_SWITCH, STATES, WORDS};
use super::{Hyperliquid, MANNERS};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::{Call, Purse, Way};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose};
use crate::gateway::key::{Key, Secret};
use crate::gateway::tongue::{Place, Tongue, Unable};
use engine_model::closeout::Cause;
use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderType, TimeInForce};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, VenueId};
use engine_ring::alloc_guard::AllocGuard;

const BTC: InstrumentId = InstrumentId(0);
const HYPE: InstrumentId = InstrumentId(1);
const PURR: InstrumentId = InstrumentId(2);
const NOW: Nanos = Nanos(1_711_001_595_207_000_000);
/// Whose the key of the venue's own examples is, and an account that approved it.
const WALLET: &str = "0x14791697260e4c9a71f18484c9f997b308e59325";
const ACCOUNT: &str = "0x1719884eb866cb12b2287399b15f7db5e7d775ea";
const SECRET: &str = "0123456789012345678901234567890123456789012345678901234567890123";
const CLOID: &str = "0x52696e67736964650100000200000003";

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn instruments(kept: &[InstrumentId]) -> Instruments {
    let rows = [
        ("BTC", "BTC", "USDC", ContractKind::Linear, 1, 5),
        ("@107", "HYPE", "USDC", ContractKind::Spot, 6, 2),
        ("PURR/USDC", "PURR", "USDC", ContractKind::Spot, 8, 0),
    ];
    let of = |(place, kept): (usize, &InstrumentId)| {
        let (symbol, base, quote, kind, price_decimals, qty_decimals) = rows[kept.index()];
        Instrument {
            id: InstrumentId(place as u32),
            venue: VenueId::Hyperliquid,
            symbol: name(symbol),
            base: name(base),
            quote: name(quote),
            kind,
            grid: Grid { price_decimals, tick_step: 1, qty_decimals, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000_000),
            min_notional: Quote::whole(10),
        }
    };
    Instruments::new(kept.iter().enumerate().map(of).collect())
}

fn gateway_of(kept: &[InstrumentId], account: &str) -> Hyperliquid {
    let key = Key { id: Secret::new(account), secret: Secret::new(SECRET), passphrase: None };
    Hyperliquid::new(&key, &instruments(kept)).expect("a key")
}

const META: &str = r#"{"universe":[{"szDecimals":4,"name":"ETH","maxLeverage":25},{"szDecimals":5,"name":"BTC","maxLeverage":40}],"marginTables":[]}"#;

fn gateway() -> Hyperliquid {
    let mut gateway = gateway_of(&[BTC, HYPE, PURR], ACCOUNT);
    let (place, mut heard) = (Place::Rest(AskId(1), Ask::Prepare(Prepare::Token), 200), Vec::new());
    gateway.hear(place, META.as_bytes(), &mut heard).expect("a list");
    assert_eq!(heard, [Heard::Answer(AskId(1), Answer::Done)]);
    gateway
}

fn order(instrument: InstrumentId) -> Order {
    Order {
        client_order_id: ClientOrderId::new(1, 2, 3),
        instrument,
        px: Ticks(618_370),
        qty: Lots(20_100),
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

fn unable(gateway: &mut Hyperliquid, ask: Ask) -> Unable {
    gateway.ask(&ask, AskId(7), NOW, &mut Call::default()).expect_err("cannot be asked")
}

fn body(call: &Call) -> &str {
    std::str::from_utf8(call.body.bytes()).expect("text")
}

/// The action in a message on the line, and what must stand around it.
fn action(call: &Call) -> &str {
    let head = r#"{"method":"post","id":7,"request":{"type":"action","payload":{"action":"#;
    let (action, signature) =
        body(call).strip_prefix(head).expect("a post").split_once(r#","nonce":1711001595207,"#).expect("a number");
    assert!(signature.starts_with(r#""signature":{"r":"0x"#), "{signature}");
    // An order is good for five seconds; a cancel never comes too late.
    let end = if call.purse == Purse::Orders { r#","expiresAfter":1711001600207"# } else { "" };
    assert!(signature.ends_with(&format!(r#"}},"vaultAddress":null{end}}}}}}}"#)), "{signature}");
    action
}

#[test]
fn an_order_is_entered_to_the_letter() {
    let with = |instrument, set: fn(&mut Order)| {
        let mut order = order(instrument);
        set(&mut order);
        order
    };
    for (order, expected) in [
        (order(BTC), r#""a":1,"b":true,"p":"61837","s":"0.201","r":false,"t":{"limit":{"tif":"Gtc"}}"#),
        (
            with(BTC, |order| (order.side, order.time_in_force) = (Side::Sell, TimeInForce::Ioc)),
            r#""a":1,"b":false,"p":"61837","s":"0.201","r":false,"t":{"limit":{"tif":"Ioc"}}"#,
        ),
        (
            with(BTC, |order| (order.post_only, order.reduce_only) = (true, true)),
            r#""a":1,"b":true,"p":"61837","s":"0.201","r":true,"t":{"limit":{"tif":"Alo"}}"#,
        ),
        (order(HYPE), r#""a":10107,"b":true,"p":"0.61837","s":"201","r":false,"t":{"limit":{"tif":"Gtc"}}"#),
        (order(PURR), r#""a":10000,"b":true,"p":"0.0061837","s":"20100","r":false,"t":{"limit":{"tif":"Gtc"}}"#),
    ] {
        let call = asked(Ask::Place(order));
        let expected = format!(r#"{{"type":"order","orders":[{{{expected},"c":"{CLOID}"}}],"grouping":"na"}}"#);
        assert_eq!(action(&call), expected);
        assert_eq!((call.way, call.purse, call.weight), (Way::Line(0), Purse::Orders, 1));
    }
}

#[test]
fn a_price_has_five_figures_and_is_never_worse_than_wanted() {
    for (side, px, expected) in [
        (Side::Buy, 618_376, "61837"),
        (Side::Sell, 618_371, "61838"),
        // Whole numbers may be as long as they like.
        (Side::Sell, 1_234_560, "123456"),
        (Side::Buy, 1_234_567, "123456"),
        (Side::Sell, 999_999, "100000"),
        (Side::Buy, 12_345, "1234.5"),
        (Side::Buy, 7, "0.7"),
    ] {
        let call = asked(Ask::Place(Order { side, px: Ticks(px), ..order(BTC) }));
        assert!(action(&call).contains(&format!(r#""p":"{expected}""#)), "{side:?} {px}: {}", body(&call));
    }
    let call = asked(Ask::Place(Order { side: Side::Sell, px: Ticks(1_234_561), ..order(HYPE) }));
    assert!(action(&call).contains(r#""p":"1.2346""#), "{}", body(&call));
}

#[test]
fn an_order_is_withdrawn_by_our_id() {
    let call = asked(Ask::Cancel(known(BTC)));
    let expected = format!(r#"{{"type":"cancelByCloid","cancels":[{{"asset":1,"cloid":"{CLOID}"}}]}}"#);
    assert_eq!((action(&call), call.purse), (expected.as_str(), Purse::Cancels));
    let call = asked(Ask::CancelByRest(known(BTC)));
    assert!(body(&call).starts_with(&format!(r#"{{"action":{expected},"nonce":"#)), "{}", body(&call));
    assert_eq!((call.path.bytes(), call.way, call.purse), (&b"/exchange"[..], Way::Post, Purse::Cancels));
    let theirs = Known {
        order: Order { client_order_id: ClientOrderId(0), ..known(BTC).order },
        venue_order_id: Name::new("77738308").expect("short"),
    };
    let call = asked(Ask::Cancel(theirs));
    assert_eq!(action(&call), r#"{"type":"cancel","cancels":[{"a":1,"o":77738308}]}"#);
    let gone = r#"{"status":"ok","response":{"type":"cancel","data":{"statuses":[{"error":"Order was never placed, already canceled, or filled. asset=1"}]}}}"#;
    let refused = Heard::Answer(AskId(9), Answer::Refused(RejectReason::UnknownOrder));
    assert_eq!(answered(Ask::CancelByRest(known(BTC)), gone), [refused]);
}

#[test]
fn what_the_venue_does_not_have_is_not_asked() {
    let mut gateway = gateway();
    for ask in [
        Ask::Place(Order { order_type: OrderType::Market, ..order(BTC) }),
        Ask::Place(Order { time_in_force: TimeInForce::Fok, ..order(BTC) }),
        Ask::Modify(known(BTC), Ticks(1), Lots(1)),
        Ask::CancelAll(BTC),
        Ask::Prepare(Prepare::KeepToken),
    ] {
        assert_eq!(unable(&mut gateway, ask), Unable::NotThere, "{ask:?}");
    }
    assert!(!MANNERS.can_modify);
    let mut spot = gateway_of(&[HYPE], ACCOUNT);
    assert_eq!(unable(&mut spot, Ask::Positions), Unable::NotThere);
    let mut early = gateway_of(&[BTC], ACCOUNT);
    assert_eq!(unable(&mut early, Ask::Place(order(BTC))), Unable::NotYet);
    let mut heard = Vec::new();
    let place = Place::Rest(AskId(1), Ask::Prepare(Prepare::Token), 200);
    early.hear(place, META.replace("BTC", "SOL").as_bytes(), &mut heard).expect("a list");
    assert_eq!(unable(&mut early, Ask::Cancel(known(BTC))), Unable::NotThere);
}

#[test]
fn questions_name_the_account_and_are_not_signed() {
    let since = Nanos(1_700_000_000_123_456_789);
    let of = |kind: &str, more: &str| format!(r#"{{"type":"{kind}","user":"{ACCOUNT}"{more}}}"#);
    for (ask, weight, expected) in [
        (Ask::Order(known(BTC)), 2, of("orderStatus", &format!(r#","oid":"{CLOID}""#))),
        (Ask::OpenOrders(BTC), 20, of("frontendOpenOrders", "")),
        (Ask::Fills(BTC, since), 20, of("userFillsByTime", r#","startTime":1700000000123"#)),
        (Ask::Positions, 2, of("clearinghouseState", "")),
        (Ask::Balances, 2, of("spotClearinghouseState", "")),
        (Ask::Prepare(Prepare::Time), 2, of("clearinghouseState", "")),
        (Ask::Prepare(Prepare::Token), 20, r#"{"type":"meta"}"#.to_owned()),
        (Ask::Prepare(Prepare::Rights), 60, format!(r#"{{"type":"userRole","user":"{WALLET}"}}"#)),
    ] {
        let call = asked(ask);
        assert_eq!((body(&call), call.path.bytes(), call.weight), (expected.as_str(), &b"/info"[..], weight));
        assert_eq!(call.headers.bytes(), b"Content-Type: application/json\r\n");
        assert_eq!((call.way, call.purse), (Way::Post, Purse::Questions));
    }
    let mut call = Call::default();
    gateway_of(&[BTC], ACCOUNT).ask(&Ask::Balances, AskId(7), NOW, &mut call).expect("can be asked");
    assert_eq!(body(&call), of("clearinghouseState", ""));
}

/// One message for up to 39 orders, whose ever they are and whatever they are of.
#[test]
fn what_a_list_told_is_withdrawn_by_the_handful() {
    let standing: Vec<Known> =
        (0..45).map(|number| Known { venue_order_id: name(&(9_000 + number).to_string()), ..known(BTC) }).collect();
    let mut call = Call::default();
    let taken = gateway().ask_to_withdraw(&standing, AskId(7), NOW, &mut call);
    assert_eq!(
        (taken, call.way, call.path.bytes(), call.purse),
        (Ok(39), Way::Post, &b"/exchange"[..], Purse::Cancels)
    );
    let first = r#"{"action":{"type":"cancel","cancels":[{"a":1,"o":9000},{"a":1,"o":9001},"#;
    let said = body(&call);
    assert!(said.starts_with(first) && said.contains(r#"{"a":1,"o":9038}]},"nonce":"#), "{said}");
    assert_eq!(said.matches(r#""o":"#).count(), 39);
}

#[test]
fn the_switch_of_the_venue_is_set_until_the_venue_refuses_it_to_the_account() {
    let mut gateway = gateway();
    let mut call = Call::default();
    for (seconds, expected) in [
        (30, r#"{"action":{"type":"scheduleCancel","time":1711001625207},"nonce":1711001595207,"signature":{"#),
        (0, r#"{"action":{"type":"scheduleCancel"},"nonce":1711001595208,"signature":{"#),
    ] {
        gateway.ask(&Ask::DeadMan(BTC, seconds), AskId(7), NOW, &mut call).expect("can be asked");
        assert!(body(&call).starts_with(expected), "{}", body(&call));
        assert!(body(&call).ends_with(r#"},"vaultAddress":null}"#), "{}", body(&call));
        assert_eq!((call.path.bytes(), call.way, call.purse), (&b"/exchange"[..], Way::Post, Purse::Switch));
    }
    let mut heard = Vec::new();
    let place = Place::Rest(AskId(7), Ask::DeadMan(BTC, 30), 200);
    for (said, expected) in [
        (r#"{"status":"ok","response":{"type":"default"}}"#.to_owned(), Answer::Done),
        (r#"{"status":"err","response":"Invalid nonce"}"#.to_owned(), Answer::Later { wait_ms: 1_000 }),
        (
            format!(r#"{{"status":"err","response":"{NO_SWITCH}. Required: $1000000. Traded: $373.47205."}}"#),
            Answer::Refused(RejectReason::NotAllowed),
        ),
    ] {
        gateway.ask(&Ask::DeadMan(BTC, 30), AskId(7), NOW, &mut call).expect("can be asked");
        heard.clear();
        gateway.hear(place, said.as_bytes(), &mut heard).expect("understood");
        assert_eq!(heard, [Heard::Answer(AskId(7), expected)], "{said}");
    }
    assert_eq!(unable(&mut gateway, Ask::DeadMan(BTC, 30)), Unable::NotThere);
}

#[test]
fn a_line_is_greeted_with_two_subscriptions() {
    let mut gateway = gateway();
    let mut call = Call::default();
    let mut said = |step| gateway.greet(0, step, NOW, &mut call).then(|| body(&call).to_owned());
    let subscribed =
        |kind: &str| format!(r#"{{"method":"subscribe","subscription":{{"type":"{kind}","user":"{ACCOUNT}"}}}}"#);
    assert_eq!([said(0), said(1), said(2)], [Some(subscribed("orderUpdates")), Some(subscribed("userFills")), None]);
    let mut path = crate::gateway::text::Text::default();
    gateway.line_path(0, &mut path);
    assert_eq!((path.bytes(), MANNERS.lines.len()), (&b"/ws"[..], 1));
    let welcome = format!(r#"{{"channel":"subscriptionResponse","data":{}}}"#, subscribed("userFills"));
    assert_eq!(heard(&welcome), [Heard::Welcome]);
    let refused = r#"{"channel":"error","data":"Invalid subscription {\"type\":\"orderUpdates\",\"user\":\"0x\"}"}"#;
    assert_eq!(heard(refused), [Heard::Unwelcome(Unwelcome::Other)]);
    assert_eq!(heard(r#"{"channel":"pong"}"#), []);
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

fn posted(kind: &str, payload: &str) -> String {
    format!(r#"{{"channel":"post","data":{{"id":9,"response":{{"type":"{kind}","payload":{payload}}}}}}}"#)
}

fn acted(status: &str) -> String {
    let data = format!(r#""response":{{"type":"order","data":{{"statuses":[{status}]}}}}"#);
    posted("action", &format!(r#"{{"status":"ok",{data}}}"#))
}

#[test]
fn the_answer_to_an_action_is_understood() {
    let refused = |reason| Answer::Refused(reason);
    for (said, expected) in [
        (acted(r#"{"resting":{"oid":77738308}}"#), Answer::Done),
        (acted(r#"{"filled":{"totalSz":"0.02","avgPx":"1891.4","oid":77747314}}"#), Answer::Done),
        (acted(r#""success""#), Answer::Done),
        (acted(r#"{"error":"Order must have minimum value of $10."}"#), refused(RejectReason::Filter)),
        (acted(r#"{"error":"Something new."}"#), refused(RejectReason::Other)),
        (
            posted("action", r#"{"status":"err","response":"User or API Wallet 0x12 does not exist."}"#),
            refused(RejectReason::NotAllowed),
        ),
        (posted("error", r#""429 Too Many Requests""#), Answer::Later { wait_ms: 0 }),
        (posted("error", r#""503 Service Unavailable""#), Answer::Unknown),
        (posted("error", r#""422 Failed to deserialize""#), refused(RejectReason::Other)),
    ] {
        assert_eq!(heard(&said), [Heard::Answer(AskId(9), expected)], "{said}");
    }
    for (said, error) in [
        (posted("action", r#"{"status":"perhaps","response":{}}"#), FrameError::Unreadable(Field::Code)),
        (posted("action", "{}"), FrameError::Missing(Field::Code)),
        (posted("action", "{}").replace("\"id\"", "\"number\""), FrameError::Missing(Field::Id)),
        ("ping".to_owned(), FrameError::NotJson),
        (r#"{"data":[]}"#.to_owned(), FrameError::Missing(Field::Action)),
    ] {
        assert_eq!(heard_at(Place::Line(0), &said), Err(error), "{said}");
    }
}

/// As the venue says them, the parts that change included.
#[test]
fn every_text_of_refusal_has_its_meaning() {
    use RejectReason::*;
    let refused = [
        ("Price must be divisible by tick size. asset=1", Filter),
        ("Order must have minimum value of $10. asset=1", Filter),
        ("Order must have minimum value of 10 USDC. asset=10107", Filter),
        ("Order has invalid price.", Filter),
        ("Order has invalid size.", Filter),
        ("Order has zero size.", Filter),
        ("Invalid TP/SL price. asset=1", Filter),
        ("Order price too far from oracle", Filter),
        ("Order price cannot be more than 80% away from the reference price", Filter),
        ("Insufficient margin to place order. asset=1", InsufficientFunds),
        ("Order has insufficient spot balance to trade", InsufficientFunds),
        ("Order would cause position to exceed margin tier limit at current leverage", InsufficientFunds),
        ("Reduce only order would increase position. asset=1", ReduceOnly),
        ("Post only order would have immediately matched, bbo was 61837@61838. asset=1", PostOnlyWouldTake),
        ("Order could not immediately match against any resting orders. asset=1", CannotFillWhole),
        ("Action expired: it was good until 1700000000000", Unavailable),
        ("No liquidity available for market order.", NoMarket),
        ("Trading is halted.", NoMarket),
        ("Only post-only orders allowed immediately after a network upgrade", Unavailable),
        ("Order was never placed, already canceled, or filled. asset=1", UnknownOrder),
        ("User or API Wallet 0x14791697260e4c9a71f18484c9f997b308e59325 does not exist.", NotAllowed),
        ("Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $0.", NotAllowed),
        ("Order would increase open interest too quickly", Other),
    ];
    let later = [
        ("Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $0.", 10_000),
        ("429 Too Many Requests", 0),
        ("Invalid nonce: duplicate nonce 1711001595207", 1_000),
    ];
    let refused = refused.map(|(said, reason)| (said, Answer::Refused(reason)));
    let later = later.map(|(said, wait_ms)| (said, Answer::Later { wait_ms }));
    for (said, expected) in refused.into_iter().chain(later) {
        let told = heard(&acted(&format!(r#"{{"error":"{said}"}}"#)));
        assert_eq!(told, [Heard::Answer(AskId(9), expected)], "{said}");
    }
    let unheard = WORDS.iter().filter(|(words, _)| !refused.iter().chain(&later).any(|(said, _)| said.contains(words)));
    assert_eq!(unheard.count(), 0);
}

#[test]
fn the_status_of_http_says_whether_it_may_have_happened() {
    for (status, expected) in [
        (500, Answer::Unknown),
        (502, Answer::Unknown),
        (429, Answer::Later { wait_ms: 60_000 }),
        (422, Answer::Refused(RejectReason::Other)),
    ] {
        for ask in [Ask::DeadMan(BTC, 30), Ask::OpenOrders(BTC), Ask::Prepare(Prepare::Token)] {
            let told = heard_at(Place::Rest(AskId(9), ask, status), "<html>");
            assert_eq!(told, Ok(vec![Heard::Answer(AskId(9), expected)]), "{status}");
        }
    }
}

const ORDER: &str = r#"{"coin":"BTC","side":"A","limitPx":"61837.0","sz":"0.2","oid":91490942,"timestamp":1681247412573,"origSz":"0.3","cloid":"0x52696e67736964650100000200000003","newField":{"a":[1]}}"#;

fn updated(order: &str, status: &str) -> String {
    format!(
        r#"{{"channel":"orderUpdates","data":[{{"order":{order},"status":"{status}","statusTimestamp":1724361546645}}]}}"#
    )
}

fn news() -> OrderNews {
    OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("91490942") },
        instrument: Some(BTC),
        side: Side::Sell,
        px: Ticks(618_370),
        qty: Lots(30_000),
        filled: Lots(10_000),
        state: OrderState::Open,
        waits: false,
        at_ns: Nanos(1_724_361_546_645_000_000),
    }
}

fn one(said: &str) -> OrderNews {
    match heard(said)[..] {
        [Heard::Order(news)] => news,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn the_news_of_an_order_are_on_its_grid() {
    assert_eq!(one(&updated(ORDER, "open")), news());
    let stray = ORDER.replace(CLOID, "0x00000000000000000000000000000001").replace("\"0.3\"", "\"0.300004\"");
    let told = one(&updated(&stray, "open"));
    assert_eq!((told.whose.ours, told.whose.venue_order_id, told.qty), (None, name("91490942"), Lots(30_000)));
    let by_hand = ORDER.replace(r#","cloid":"0x52696e67736964650100000200000003""#, "");
    assert_eq!(one(&updated(&by_hand, "open")).whose.ours, None);
    assert_eq!(one(&updated(&ORDER.replace("\"BTC\"", "\"DOGE\""), "open")).instrument, None);
    let spot = ORDER.replace("\"BTC\"", "\"@107\"").replace("61837.0", "0.61837");
    assert_eq!(one(&updated(&spot, "open")).instrument, Some(HYPE));
}

#[test]
fn the_states_of_an_order_are_told_apart() {
    use OrderState::{Canceled, Expired, Filled, Open, Rejected};
    use RejectReason::*;
    let over = ORDER.replace("\"0.2\"", "\"0.0\"");
    for (status, expected) in [
        ("open", Open),
        ("filled", Filled),
        ("scheduledCancel", Expired),
        ("canceled", Canceled),
        ("marginCanceled", Canceled),
        ("selfTradeCanceled", Canceled),
        ("rejected", Rejected(Other)),
        ("tickRejected", Rejected(Filter)),
        ("minTradeNtlRejected", Rejected(Filter)),
        ("oracleRejected", Rejected(Filter)),
        ("perpMarginRejected", Rejected(InsufficientFunds)),
        ("insufficientSpotBalanceRejected", Rejected(InsufficientFunds)),
        ("reduceOnlyRejected", Rejected(ReduceOnly)),
        ("badAloPxRejected", Rejected(PostOnlyWouldTake)),
        ("iocCancelRejected", Rejected(CannotFillWhole)),
        ("marketOrderNoLiquidityRejected", Rejected(NoMarket)),
    ] {
        let told = one(&updated(&over, status));
        let filled = if matches!(expected, Rejected(_)) { 0 } else { 30_000 };
        assert_eq!((told.state, told.filled), (expected, Lots(filled)), "{status}");
    }
    // The others are called what they are.
    for (status, state) in STATES {
        assert_eq!(status.ends_with("Canceled"), state == Canceled && status != "canceled", "{status}");
        assert_eq!(status.ends_with("Rejected"), matches!(state, Rejected(_)) && status != "rejected", "{status}");
    }
    assert_eq!(one(&updated(ORDER, "filled")).state, Expired, "0.2 are left of it");
    let unknown = heard_at(Place::Line(0), &updated(ORDER, "dreaming"));
    assert_eq!(unknown, Err(FrameError::Unreadable(Field::State)));
}

const FILL: &str = r#"{"coin":"BTC","px":"61837.0","sz":"0.1","side":"A","time":1681222254710,"startPosition":"26.86","dir":"Open Short","closedPnl":"0.0","hash":"0xa166","oid":91490942,"crossed":false,"fee":"-0.05","tid":118906512037719,"feeToken":"USDC","cloid":"0x52696e67736964650100000200000003"}"#;

#[test]
fn executions_of_more_than_a_page_are_asked_for_since_the_last_that_was_told() {
    let mut gateway = gateway();
    let ask = Ask::Fills(BTC, Nanos(1_700_000_000_123_456_789));
    let mut next = |rows: usize, last_ms: u64| {
        let mut call = Call::default();
        gateway.ask(&ask, AskId(9), NOW, &mut call).expect("can be asked");
        let last = FILL.replace("1681222254710", &last_ms.to_string());
        let mut all = vec![FILL; rows - 1];
        all.push(&last);
        let mut heard = Vec::new();
        let said = format!("[{}]", all.join(","));
        gateway.hear(Place::Rest(AskId(9), ask, 200), said.as_bytes(), &mut heard).expect("understood");
        let since = body(&call).split_once(r#""startTime":"#).map(|(_, since)| since.trim_end_matches('}').to_owned());
        (since.expect("a time"), heard.last().copied())
    };
    let answer = |answer| Some(Heard::Answer(AskId(9), answer));
    assert_eq!(next(500, 1_700_000_000_500), ("1700000000123".to_owned(), answer(Answer::More)));
    assert_eq!(next(2_000, 1_700_000_000_900), ("1700000000500".to_owned(), answer(Answer::More)));
    assert_eq!(next(1, 1_700_000_000_900), ("1700000000900".to_owned(), answer(Answer::Done)));
    assert_eq!(next(1, 1_700_000_000_900), ("1700000000123".to_owned(), answer(Answer::Done)), "anew");
}

fn fills(rows: &str) -> String {
    format!(r#"{{"channel":"userFills","data":{{"user":"{ACCOUNT}","fills":[{rows}]}}}}"#)
}

fn fill() -> FillNews {
    FillNews {
        whose: news().whose,
        instrument: Some(BTC),
        side: Side::Sell,
        trade_id: 118_906_512_037_719,
        px: Ticks(618_370),
        qty: Lots(10_000),
        fee_e8: -5_000_000,
        fee_asset: name("USDC"),
        liquidity: Liquidity::Maker,
        at_ns: Nanos(1_681_222_254_710_000_000),
    }
}

#[test]
fn an_execution_is_told_with_its_fee_and_those_of_long_ago_are_not() {
    assert_eq!(heard(&fills(FILL)), [Heard::Fill(fill())]);
    let snapshot = fills(FILL).replace(r#""data":{"#, r#""data":{"isSnapshot":true,"#);
    assert_eq!(heard(&snapshot), []);
    let took = FILL.replace("false", "true").replace(r#","cloid":"0x52696e67736964650100000200000003""#, "");
    let whose = Whose { ours: None, ..fill().whose };
    assert_eq!(heard(&fills(&took)), [Heard::Fill(FillNews { whose, liquidity: Liquidity::Taker, ..fill() })]);
}

#[test]
fn what_the_venue_closes_is_told_with_its_cause_on_the_line_and_when_it_is_asked_for_again() {
    let row = |dir: &str, whose: &str, method: &str| {
        let row = FILL.replace("61837.0", "60999.97").replace(&format!(r#","cloid":"{CLOID}""#), "");
        let told =
            format!(r#""liquidation":{{"liquidatedUser":"{whose}","markPx":"61000.1","method":"{method}"}},"fee""#);
        row.replace("Open Short", dir).replace("\"fee\"", &told)
    };
    let closed = FillNews { whose: Whose { ours: None, ..fill().whose }, px: Ticks(610_000), ..fill() };
    let (large, other) = (ACCOUNT.to_uppercase().replace("0X", "0x"), WALLET);
    for (row, cause) in [
        (row("Close Long", ACCOUNT, "market"), Cause::Liquidation),
        (row("Liquidated Cross Long", &large, "market"), Cause::Liquidation),
        (row("Liquidated Isolated Long", ACCOUNT, "backstop"), Cause::Takeover),
        (row("Auto-Deleveraging", other, "backstop"), Cause::Deleveraging),
        // Told in words alone.
        (row("Liquidated Cross Long", ACCOUNT, "market").replace("\"liquidation\"", "\"none\""), Cause::Liquidation),
    ] {
        let both = [Heard::ClosedOut(cause, closed), Heard::Answer(AskId(9), Answer::Done)];
        assert_eq!(heard(&fills(&row)), both[..1], "{row}");
        assert_eq!(answered(Ask::Fills(BTC, Nanos(0)), &format!("[{row}]")), both, "{row}");
    }
    // Of the other side of a liquidation: an order like any.
    for row in [row("Open Short", other, "market"), row("Open Short", &ACCOUNT[..40], "market")] {
        assert_eq!(heard(&fills(&row)), [Heard::Fill(closed)], "{row}");
    }
    let off = row("Close Long", ACCOUNT, "market").replace(r#""0.1""#, r#""0.1000001""#);
    assert_eq!(heard(&fills(&off)), [Heard::ClosedOut(Cause::Liquidation, closed)], "one row must not hide the others");
}

#[test]
fn what_is_missing_is_an_error_and_the_rest_of_the_message_is_not_told() {
    for (from, to, expected) in [
        (r#""tid""#, r#""id""#, FrameError::Missing(Field::Id)),
        (r#""px""#, r#""at""#, FrameError::Missing(Field::Price)),
        (r#""crossed""#, r#""was""#, FrameError::Missing(Field::Liquidity)),
        (r#""0.1""#, r#""0.1000001""#, FrameError::OffGrid(Field::Quantity)),
        (r#""A""#, r#""S""#, FrameError::Unreadable(Field::Side)),
    ] {
        let rows = format!("{FILL},{}", FILL.replace(from, to));
        assert_eq!(heard_at(Place::Line(0), &fills(&rows)), Err(expected), "{from}");
    }
}

#[test]
fn answers_by_rest_are_lists_without_an_envelope() {
    let done = Heard::Answer(AskId(9), Answer::Done);
    let found =
        format!(r#"{{"status":"order","order":{{"order":{ORDER},"status":"open","statusTimestamp":1724361546645}}}}"#);
    assert_eq!(answered(Ask::Order(known(BTC)), &found), [Heard::Order(news()), done]);
    let absent = Heard::Answer(AskId(9), Answer::NoSuchOrder);
    assert_eq!(answered(Ask::Order(known(BTC)), r#"{"status":"unknownOid"}"#), [absent]);
    let listed = OrderNews { at_ns: Nanos(1_681_247_412_573_000_000), ..news() };
    assert_eq!(answered(Ask::OpenOrders(BTC), &format!("[{ORDER}]")), [Heard::Order(listed), done]);
    assert_eq!(answered(Ask::OpenOrders(BTC), "[]"), [done]);
    assert_eq!(answered(Ask::Fills(BTC, Nanos(0)), &format!("[{FILL}]")), [Heard::Fill(fill()), done]);
    let broken = heard_at(Place::Rest(AskId(9), Ask::OpenOrders(BTC), 200), "null");
    assert_eq!(broken, Err(FrameError::Missing(Field::Rows)));
}

/// The answer is about the whole account: a row of another program's must not hide ours, and ours must not be passed over.
#[test]
fn an_unreadable_row_of_another_is_skipped_and_one_that_may_be_ours_is_asked_for_again() {
    let answer =
        |row: &str| heard_at(Place::Rest(AskId(9), Ask::Fills(BTC, Nanos(0)), 200), &format!("[{row},{FILL}]"));
    let broken = FILL.replace(r#""tid""#, r#""id""#);
    let missing = FrameError::Missing(Field::Id);
    let cloid = r#""cloid":"0x52696e67736964650100000200000003""#;
    let others = broken.replace(cloid, r#""cloid":"0x00000000000000000000000000000001""#);
    let elsewhere = broken.replace(r#""BTC""#, r#""XRP""#);
    for row in [&others, &elsewhere] {
        let told = [Heard::Skipped(missing), Heard::Fill(fill()), Heard::Answer(AskId(9), Answer::Done)];
        assert_eq!(answer(row).as_deref(), Ok(&told[..]), "{row}");
    }
    // Ours; without an id of anybody; what the venue itself closed, whatever id it has.
    let nameless = broken.replace(&format!(",{cloid}"), "");
    let closed = others.replace("Open Short", "Liquidated Isolated Long");
    for row in [&broken, &nameless, &closed] {
        assert_eq!(answer(row), Err(missing), "{row}");
    }
}

#[test]
fn positions_money_and_time_are_told() {
    let state = r#"{"assetPositions":[{"position":{"coin":"BTC","szi":"-0.25"},"type":"oneWay"},{"position":{"coin":"XRP","szi":"7"},"type":"oneWay"}],
        "marginSummary":{"accountValue":"100.5","totalMarginUsed":"10.25"},"time":1708622398623,"withdrawable":"90.25"}"#;
    let done = Heard::Answer(AskId(9), Answer::Done);
    let position = Heard::Position { instrument: BTC, qty: Lots(-25_000) };
    assert_eq!(answered(Ask::Positions, state), [position, done]);
    let balance = |asset, free_e8, locked_e8| Heard::Balance { asset: name(asset), free_e8, locked_e8 };
    assert_eq!(answered(Ask::Balances, state), [balance("USDC", 9_025_000_000, 1_025_000_000), done]);
    let spot = r#"{"balances":[{"coin":"USDC","token":0,"hold":"4.5","total":"14.625485"},{"coin":"HYPE","token":150,"hold":"0","total":"2000"}]}"#;
    let told = [balance("USDC", 1_012_548_500, 450_000_000), balance("HYPE", 200_000_000_000, 0), done];
    assert_eq!(answered(Ask::Balances, spot), told);
    let time = Heard::Time(Nanos(1_708_622_398_623_000_000));
    assert_eq!(answered(Ask::Prepare(Prepare::Time), state), [time, done]);
}

#[test]
fn a_wallet_that_was_approved_trades_and_the_accounts_own_key_may_withdraw() {
    let rights = |account: &str, said: &str| {
        let (place, mut heard) = (Place::Rest(AskId(9), Ask::Prepare(Prepare::Rights), 200), Vec::new());
        gateway_of(&[BTC], account).hear(place, said.as_bytes(), &mut heard).expect("understood");
        match heard[0] {
            Heard::Rights(Rights { trade, withdraw, bound_to_addresses: None }) => (trade, withdraw),
            other => panic!("{other:?}"),
        }
    };
    let agent = format!(r#"{{"role":"agent","data":{{"user":"{}"}}}}"#, ACCOUNT.to_uppercase().replace("0X", "0x"));
    assert_eq!(rights(ACCOUNT, &agent), (true, Some(false)));
    assert_eq!(
        rights("0x00000000000000000000000000000000000000ff", &agent),
        (false, Some(false)),
        "of another account"
    );
    assert_eq!(rights(ACCOUNT, r#"{"role":"missing"}"#), (false, Some(false)));
    assert_eq!(rights(WALLET, r#"{"role":"user"}"#), (true, Some(true)));
}

#[test]
fn orders_and_their_news_ask_for_no_memory() {
    let mut gateway = gateway();
    let (mut call, mut heard) = (Call::default(), Vec::with_capacity(16));
    let said = [updated(ORDER, "open"), fills(FILL), acted(r#"{"resting":{"oid":77738308}}"#)];
    let guard = AllocGuard::arm().expect("this binary counts");
    for number in 1..=3 {
        for ask in [Ask::Place(order(BTC)), Ask::Cancel(known(HYPE)), Ask::Order(known(BTC))] {
            gateway.ask(&ask, AskId(number), NOW, &mut call).expect("can be asked");
        }
        heard.clear();
        for said in &said {
            gateway.hear(Place::Line(0), said.as_bytes(), &mut heard).expect("understood");
        }
    }
    assert_eq!((guard.disarm(), heard.len()), (0, 3));
}
