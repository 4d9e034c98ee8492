mod stops;

use super::*;
use crate::gateway::heard::{Answer, FillNews, OrderNews, OrderState, PaymentNews, Rights, Unwelcome, Whose};
use crate::gateway::key::Secret;
use engine_model::closeout::Cause;
use engine_model::instrument::{ContractKind, Grid, Name};
use engine_model::order::ClientOrderId;
use engine_model::payment::PaymentKind;
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::Quote;
use engine_model::venue::RejectReason;

/// Key and secret of the examples in the venue's documentation.
const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
/// An Ed25519 key of RFC 8032.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----";

const NOW: Nanos = Nanos(1_645_423_376_532 * 1_000_000);
const BTC: InstrumentId = InstrumentId(0);

fn name(text: &str) -> Name {
    Name::new(text).expect("short")
}

fn tongue_with(venue: VenueId, secret: &str) -> Binance {
    let instrument = Instrument {
        id: BTC,
        venue,
        symbol: name("BTCUSDT"),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 5, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::ZERO,
    };
    let key = Key { id: Secret::new(KEY), secret: Secret::new(secret), passphrase: None };
    Binance::new(venue, &key, &Instruments::new(vec![instrument])).expect("a key")
}

fn spot() -> Binance {
    tongue_with(VenueId::BinanceSpot, SECRET)
}

fn usdm() -> Binance {
    tongue_with(VenueId::BinanceUsdm, SECRET)
}

fn order() -> Order {
    Order {
        client_order_id: ClientOrderId::new(1, 2, 3),
        side: Side::Sell,
        px: Ticks(5_200_000),
        qty: Lots(1_000),
        ..Order::default()
    }
}

fn known() -> Known {
    Known { order: order(), venue_order_id: Name::default() }
}

fn text(text: &Text) -> String {
    String::from_utf8(text.bytes().to_vec()).expect("text")
}

/// What a question becomes: method or line, path or message without its signature, and that it is signed rightly.
fn said(tongue: &mut Binance, ask: &Ask) -> String {
    let mut call = Call::default();
    tongue.ask(ask, AskId(7), NOW, &mut call).expect("there is such a question");
    match call.way {
        Way::Line(line) => format!("{line} {}", without_signature(&text(&call.body), "\",\"signature\":\"", "\"}}")),
        way => {
            assert_eq!(text(&call.headers), format!("X-MBX-APIKEY: {KEY}\r\n"));
            assert!(call.body.bytes().is_empty(), "parameters stand in the query");
            format!("{way:?} {}", without_signature(&text(&call.path), "&signature=", ""))
        }
    }
}

fn without_signature(text: &str, before: &str, behind: &str) -> String {
    let Some((front, rest)) = text.split_once(before) else { return text.to_owned() };
    let signature = rest.strip_suffix(behind).expect("the signature is the last");
    assert_eq!((signature.len(), signature.bytes().all(|byte| byte.is_ascii_hexdigit())), (64, true), "{signature}");
    format!("{front}{before}…{behind}")
}

#[test]
fn spot_orders_go_out_on_the_line_signed_in_the_order_of_their_names() {
    let mut tongue = spot();
    let head = format!("0 {{\"id\":\"7\",\"method\":\"order.place\",\"params\":{{\"apiKey\":\"{KEY}\"");
    assert_eq!(
        said(&mut tongue, &Ask::Place(order())),
        format!(
            "{head},\"newClientOrderId\":\"R1-2-3\",\"newOrderRespType\":\"ACK\",\"price\":\"52000.00\",\
             \"quantity\":\"0.01000\",\"recvWindow\":5000,\"side\":\"SELL\",\"symbol\":\"BTCUSDT\",\"timeInForce\":\"GTC\",\
             \"timestamp\":1645423376532,\"type\":\"LIMIT\",\"signature\":\"…\"}}}}"
        )
    );
    let maker = said(&mut tongue, &Ask::Place(Order { post_only: true, ..order() }));
    assert!(maker.contains("\"type\":\"LIMIT_MAKER\"") && !maker.contains("timeInForce"), "{maker}");
    let market = said(&mut tongue, &Ask::Place(Order { order_type: OrderType::Market, ..order() }));
    assert!(market.contains("\"type\":\"MARKET\"") && !market.contains("price"), "{market}");
    for (time_in_force, word) in [(TimeInForce::Ioc, "IOC"), (TimeInForce::Fok, "FOK")] {
        let said = said(&mut tongue, &Ask::Place(Order { time_in_force, ..order() }));
        assert!(said.contains(&format!("\"timeInForce\":\"{word}\"")), "{said}");
    }
    let theirs =
        Known { order: Order { client_order_id: ClientOrderId(0), ..known().order }, venue_order_id: name("4711") };
    let cancel = said(&mut tongue, &Ask::Cancel(theirs));
    assert!(cancel.contains("\"orderId\":\"4711\"") && !cancel.contains("origClientOrderId"), "{cancel}");
    let cancel = said(&mut tongue, &Ask::Cancel(known()));
    assert!(
        cancel.contains("\"method\":\"order.cancel\"")
            && cancel
                .contains("\"origClientOrderId\":\"R1-2-3\",\"recvWindow\":5000,\"symbol\":\"BTCUSDT\",\"timestamp\""),
        "{cancel}"
    );
    let smaller = said(&mut tongue, &Ask::Modify(known(), Ticks(5_200_000), Lots(999)));
    assert!(
        smaller.contains("order.amend.keepPriority")
            && smaller
                .contains("\"newClientOrderId\":\"R1-2-3\",\"newQty\":\"0.00999\",\"origClientOrderId\":\"R1-2-3\""),
        "{smaller}"
    );
    let mut call = Call::default();
    for (px, qty) in [(Ticks(1), Lots(999)), (Ticks(5_200_000), Lots(1_000))] {
        assert_eq!(tongue.ask(&Ask::Modify(known(), px, qty), AskId(7), NOW, &mut call), Err(Unable::NotThere));
    }
}

#[test]
fn what_is_signed_on_a_line_is_the_venues_own_example() {
    let mut tongue = spot();
    let (mut call, mut expected) = (Call::default(), Text::default());
    tongue.ask(&Ask::Cancel(known()), AskId(7), NOW, &mut call).expect("said");
    let signed =
        format!("apiKey={KEY}&origClientOrderId=R1-2-3&recvWindow=5000&symbol=BTCUSDT&timestamp=1645423376532");
    Signer::new(&Secret::new(SECRET)).expect("a secret").sign(signed.as_bytes()).write(&mut expected);
    assert!(text(&call.body).ends_with(&format!("\"signature\":\"{}\"}}}}", text(&expected))));
}

#[test]
fn futures_take_other_words_for_the_same() {
    let mut tongue = usdm();
    let maker = said(&mut tongue, &Ask::Place(Order { post_only: true, reduce_only: true, ..order() }));
    for part in ["\"type\":\"LIMIT\"", "\"timeInForce\":\"GTX\"", "\"reduceOnly\":\"true\""] {
        assert!(maker.contains(part), "{maker}");
    }
    let changed = said(&mut tongue, &Ask::Modify(known(), Ticks(5_200_001), Lots(1_001)));
    assert!(
        changed.contains("order.modify")
            && changed
                .contains("\"price\":\"52000.01\",\"quantity\":\"0.01001\",\"recvWindow\":5000,\"side\":\"SELL\""),
        "{changed}"
    );
}

#[test]
fn questions_go_by_rest_with_the_key_in_the_header() {
    let tail = "recvWindow=5000&timestamp=1645423376532&signature=…";
    let since = Nanos(1_645_423_000_000 * 1_000_000);
    let cases = [
        (Ask::Order(known()), format!("Get /api/v3/order?symbol=BTCUSDT&origClientOrderId=R1-2-3&{tail}")),
        (Ask::OpenOrders(BTC), format!("Get /api/v3/openOrders?symbol=BTCUSDT&{tail}")),
        (Ask::CancelAll(BTC), format!("Delete /api/v3/openOrders?symbol=BTCUSDT&{tail}")),
        (
            Ask::Fills(BTC, since),
            format!("Get /api/v3/myTrades?symbol=BTCUSDT&limit=1000&startTime=1645423000000&{tail}"),
        ),
        (
            Ask::FillsOf(Known { venue_order_id: name("4293153"), ..known() }, since),
            format!("Get /api/v3/myTrades?symbol=BTCUSDT&orderId=4293153&limit=1000&{tail}"),
        ),
        (Ask::CancelByRest(known()), format!("Delete /api/v3/order?symbol=BTCUSDT&origClientOrderId=R1-2-3&{tail}")),
        (Ask::Balances, format!("Get /api/v3/account?{tail}")),
        (Ask::Prepare(Prepare::Rights), format!("Get /sapi/v1/account/apiRestrictions?{tail}")),
        (Ask::Prepare(Prepare::Time), "Get /api/v3/time".to_owned()),
    ];
    for (ask, expected) in cases {
        assert_eq!(said(&mut spot(), &ask), expected);
    }
    let cases = [
        (Ask::Positions, format!("Get /fapi/v3/positionRisk?{tail}")),
        (Ask::CancelAll(BTC), format!("Delete /fapi/v1/allOpenOrders?symbol=BTCUSDT&{tail}")),
        (Ask::DeadMan(BTC, 60), format!("Post /fapi/v1/countdownCancelAll?countdownTime=60000&symbol=BTCUSDT&{tail}")),
        (Ask::DeadMan(BTC, 0), format!("Post /fapi/v1/countdownCancelAll?countdownTime=0&symbol=BTCUSDT&{tail}")),
        (Ask::Prepare(Prepare::Token), "Post /fapi/v1/listenKey".to_owned()),
        (Ask::Prepare(Prepare::KeepToken), "Put /fapi/v1/listenKey".to_owned()),
    ];
    for (ask, expected) in cases {
        assert_eq!(said(&mut usdm(), &ask), expected);
    }
    let mut call = Call::default();
    for ask in [Ask::Positions, Ask::DeadMan(BTC, 60), Ask::Prepare(Prepare::Token)] {
        assert_eq!(spot().ask(&ask, AskId(7), NOW, &mut call), Err(Unable::NotThere));
    }
}

#[test]
fn a_line_is_greeted_once_with_a_signature_and_an_ed25519_key_logs_on() {
    let mut call = Call::default();
    let mut tongue = spot();
    assert!(tongue.greet(0, 0, NOW, &mut call));
    let greeting = without_signature(&text(&call.body), "\",\"signature\":\"", "\"}}");
    assert!(greeting.starts_with("{\"id\":\"0\",\"method\":\"userDataStream.subscribe.signature\""), "{greeting}");
    assert!(!tongue.greet(0, 1, NOW, &mut call));

    let mut tongue = tongue_with(VenueId::BinanceSpot, PEM);
    assert!(tongue.greet(0, 0, NOW, &mut call));
    let logon = text(&call.body);
    assert!(logon.contains("session.logon") && logon.contains("==\"}}"), "{logon}");
    assert!(tongue.greet(0, 1, NOW, &mut call));
    assert_eq!(text(&call.body), "{\"id\":\"0\",\"method\":\"userDataStream.subscribe\",\"params\":{}}");
    assert!(!tongue.greet(0, 2, NOW, &mut call));
    let placed = said(&mut tongue, &Ask::Place(order()));
    assert!(!placed.contains("apiKey") && !placed.contains("signature") && placed.contains("timestamp"), "{placed}");

    let mut tongue = usdm();
    assert!(!tongue.greet(0, 0, NOW, &mut call) && !tongue.greet(1, 0, NOW, &mut call));
    let token = hear_rest(&mut tongue, Ask::Prepare(Prepare::Token), 200, r#"{"listenKey":"pqia91"}"#);
    assert_eq!(token, [Heard::Answer(AskId(7), Answer::Done)]);
    let mut path = Text::default();
    tongue.line_path(1, &mut path);
    assert_eq!(text(&path), "/private/ws/pqia91");
    assert!(
        hear(&mut tongue, Place::Rest(AskId(7), Ask::Prepare(Prepare::Token), 200), r#"{"listenKey":"a/b"}"#).is_err()
    );
}

fn hear(tongue: &mut Binance, place: Place, said: &str) -> Result<Vec<Heard>, FrameError> {
    let mut heard = Vec::new();
    tongue.hear(place, said.as_bytes(), &mut heard).map(|()| heard)
}

fn hear_line(tongue: &mut Binance, said: &str) -> Vec<Heard> {
    hear(tongue, Place::Line(0), said).expect("understood")
}

fn hear_rest(tongue: &mut Binance, ask: Ask, status: u16, said: &str) -> Vec<Heard> {
    hear(tongue, Place::Rest(AskId(7), ask, status), said).expect("understood")
}

fn whose() -> Whose {
    Whose { ours: Some(ClientOrderId::new(1, 2, 3)), venue_order_id: name("4293153") }
}

fn news(state: OrderState, filled: i64) -> OrderNews {
    OrderNews {
        whose: whose(),
        instrument: Some(BTC),
        side: Side::Sell,
        px: Ticks(5_200_000),
        qty: Lots(1_000),
        filled: Lots(filled),
        state,
        waits: false,
        at_ns: Nanos(1_499_405_658_657 * 1_000_000),
    }
}

/// `executionReport` as the documentation has it, with what matters exchanged.
fn report(kind: &str, state: &str, ids: (&str, &str), filled: &str, rest: &str) -> String {
    format!(
        r#"{{"subscriptionId":0,"event":{{"e":"executionReport","E":1499405658658,"s":"BTCUSDT","c":"{}","S":"SELL","o":"LIMIT","f":"GTC","q":"0.01000000","p":"52000.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"{}","x":"{kind}","X":"{state}","r":"NONE","i":4293153,"z":"{filled}","T":1499405658657,"I":3,"w":true,"M":false,"O":1499405658657,"Z":"0.0","Y":"0.0","Q":"0.0",{rest}}}}}"#,
        ids.0, ids.1
    )
}

const NO_TRADE: &str = r#""l":"0.00000000","L":"0.00000000","n":"0","N":null,"t":-1,"m":false"#;

#[test]
fn what_becomes_of_an_order_is_understood() {
    let mut tongue = spot();
    let stands = report("NEW", "NEW", ("R1-2-3", ""), "0.00000000", NO_TRADE);
    assert_eq!(hear_line(&mut tongue, &stands), [Heard::Order(news(OrderState::Open, 0))]);
    // A cancel has an id of its own; the order's stands behind `C`.
    let gone = report("CANCELED", "CANCELED", ("xyz", "R1-2-3"), "0.00400000", NO_TRADE);
    assert_eq!(hear_line(&mut tongue, &gone), [Heard::Order(news(OrderState::Canceled, 400))]);
    let late = report("EXPIRED", "EXPIRED", ("R1-2-3", ""), "0.00000000", NO_TRADE);
    assert_eq!(hear_line(&mut tongue, &late), [Heard::Order(news(OrderState::Expired, 0))]);
    let trade = r#""l":"0.00400000","L":"52000.10000000","n":"0.00000400","N":"BTC","t":77,"m":true"#;
    let part = report("TRADE", "PARTIALLY_FILLED", ("R1-2-3", ""), "0.00400000", trade);
    let fill = FillNews {
        whose: whose(),
        instrument: Some(BTC),
        side: Side::Sell,
        trade_id: 77,
        px: Ticks(5_200_010),
        qty: Lots(400),
        fee_e8: 400,
        fee_asset: name("BTC"),
        liquidity: Liquidity::Maker,
        at_ns: Nanos(1_499_405_658_657 * 1_000_000),
    };
    assert_eq!(hear_line(&mut tongue, &part), [Heard::Fill(fill), Heard::Order(news(OrderState::Open, 400))]);
}

#[test]
fn an_order_that_is_not_ours_or_not_of_our_instruments_is_told_too() {
    let mut tongue = spot();
    let foreign = report("NEW", "NEW", ("web_123", ""), "0.00000000", NO_TRADE).replace("BTCUSDT", "ETHUSDT");
    let [Heard::Order(news)] = hear_line(&mut tongue, &foreign)[..] else { panic!("one order") };
    assert_eq!((news.whose.ours, news.instrument, news.px), (None, None, Ticks(0)));
}

#[test]
fn futures_tell_the_same_without_a_wrapping() {
    let mut tongue = usdm();
    let said = r#"{"e":"ORDER_TRADE_UPDATE","E":1,"T":2,"o":{"s":"BTCUSDT","c":"R1-2-3","S":"SELL","o":"LIMIT","f":"GTC","q":"0.01","p":"52000","ap":"0","sp":"0","x":"TRADE","X":"FILLED","i":4293153,"l":"0.01","z":"0.01","L":"52000.1","n":"0.26","N":"USDT","T":1499405658657,"t":9,"b":"0","a":"0","m":false,"R":false}}"#;
    let heard = hear_line(&mut tongue, said);
    let [Heard::Fill(fill), order] = heard[..] else { panic!("{heard:?}") };
    assert_eq!((fill.trade_id, fill.fee_e8), (9, 26_000_000));
    assert_eq!(order, Heard::Order(news(OrderState::Filled, 1_000)));
    let account = r#"{"e":"ACCOUNT_UPDATE","E":1,"T":2,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"122624.12345678","cw":"100.1","bc":"50"}],"P":[{"s":"BTCUSDT","pa":"-0.00300","ep":"1","ps":"BOTH"},{"s":"XYZ","pa":"7"}]}}"#;
    let held = Heard::Balance { asset: name("USDT"), free_e8: 12_262_412_345_678, locked_e8: 0 };
    let position = Heard::Position { instrument: BTC, qty: Lots(-300) };
    let entered = Heard::Entered { instrument: BTC, avg_px_milliticks: 100_000 };
    assert_eq!(hear_line(&mut tongue, account), [held, position, entered]);
    assert_eq!(hear_line(&mut tongue, r#"{"e":"listenKeyExpired","E":1}"#), [Heard::Leave]);
    assert_eq!(hear_line(&mut tongue, r#"{"e":"TRADE_LITE","s":"BTCUSDT"}"#), []);
}

#[test]
fn funding_is_a_payment_whether_the_position_is_named_or_stands_with_others() {
    let mut tongue = usdm();
    let held = Heard::Balance { asset: name("USDT"), free_e8: 10_000_000_000, locked_e8: 0 };
    let paid = PaymentNews {
        instrument: None,
        id: 0,
        kind: PaymentKind::Funding,
        asset: name("USDT"),
        amount_e8: -12_500_000,
        at_ns: Nanos(2_000_000),
    };
    let cross = r#"{"e":"ACCOUNT_UPDATE","E":1,"T":2,"a":{"m":"FUNDING_FEE","B":[{"a":"USDT","wb":"100","cw":"100","bc":"-0.125"}]}}"#;
    assert_eq!(hear_line(&mut tongue, cross), [Heard::Paid(paid), held]);
    let isolated = r#"{"e":"ACCOUNT_UPDATE","E":1,"T":2,"a":{"m":"FUNDING_FEE","B":[{"a":"USDT","wb":"100","cw":"100","bc":"-0.125"}],"P":[{"s":"BTCUSDT","pa":"0.01"}]}}"#;
    let position = Heard::Position { instrument: BTC, qty: Lots(1_000) };
    assert_eq!(
        hear_line(&mut tongue, isolated),
        [Heard::Paid(PaymentNews { instrument: Some(BTC), ..paid }), held, position]
    );
    let without = r#"{"e":"ACCOUNT_UPDATE","E":1,"T":2,"a":{"m":"FUNDING_FEE","B":[{"a":"USDT","wb":"100"}]}}"#;
    assert!(hear(&mut tongue, Place::Line(0), without).is_err(), "an amount that is missing is an error");
}

#[test]
fn answers_on_a_line_are_known_by_their_number() {
    let mut tongue = spot();
    let placed = r#"{"id":"9","status":200,"result":{"symbol":"BTCUSDT","orderId":4293153,"clientOrderId":"R1-2-3","transactTime":1},"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":50,"count":12},{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":321}]}"#;
    assert_eq!(hear_line(&mut tongue, placed), [Heard::Used(12, 50), Heard::Answer(AskId(9), Answer::Done)]);
    let canceled = r#"{"id":"9","status":200,"result":{"symbol":"BTCUSDT","origClientOrderId":"R1-2-3","orderId":4293153,"clientOrderId":"abc","transactTime":1499405658657,"price":"52000.00","origQty":"0.01000000","executedQty":"0.00400000","status":"CANCELED","side":"SELL"}}"#;
    assert_eq!(
        hear_line(&mut tongue, canceled),
        [Heard::Order(news(OrderState::Canceled, 400)), Heard::Answer(AskId(9), Answer::Done)]
    );
    let refused = r#"{"id":"9","status":400,"error":{"code":-2010,"msg":"Account has insufficient balance for requested action."}}"#;
    let reason = Answer::Refused(RejectReason::InsufficientFunds);
    assert_eq!(hear_line(&mut tongue, refused), [Heard::Answer(AskId(9), reason)]);
    let banned = r#"{"id":"9","status":418,"error":{"code":-1003,"msg":"Way too much","data":{"serverTime":1000,"retryAfter":61000}}}"#;
    assert_eq!(hear_line(&mut tongue, banned), [Heard::Answer(AskId(9), Answer::Later { wait_ms: 60_000 })]);
    assert_eq!(hear_line(&mut tongue, r#"{"id":"0","status":200,"result":{"subscriptionId":0}}"#), [Heard::Welcome]);
    for (code, why) in [(-2015, Unwelcome::Key), (-1021, Unwelcome::Clock), (-1000, Unwelcome::Other)] {
        let said = format!(r#"{{"id":"0","status":400,"error":{{"code":{code},"msg":"no"}}}}"#);
        assert_eq!(hear_line(&mut tongue, &said), [Heard::Unwelcome(why)]);
    }
    assert_eq!(hear_line(&mut tongue, r#"{"id":"ping","status":200,"result":{}}"#), []);
}

#[test]
fn answers_by_rest_are_understood_by_their_question() {
    let mut tongue = spot();
    let done = Heard::Answer(AskId(7), Answer::Done);
    let row = r#"{"symbol":"BTCUSDT","orderId":4293153,"clientOrderId":"R1-2-3","price":"52000.00","origQty":"0.01000","executedQty":"0.00400","status":"PARTIALLY_FILLED","side":"SELL","time":1,"updateTime":1499405658657}"#;
    let found = Heard::Order(news(OrderState::Open, 400));
    assert_eq!(hear_rest(&mut tongue, Ask::Order(known()), 200, row), [found, done]);
    assert_eq!(hear_rest(&mut tongue, Ask::OpenOrders(BTC), 200, &format!("[{row},{row}]")), [found, found, done]);
    let none = r#"{"code":-2013,"msg":"Order does not exist."}"#;
    assert_eq!(hear_rest(&mut tongue, Ask::Order(known()), 400, none), [Heard::Answer(AskId(7), Answer::NoSuchOrder)]);
    let trades = r#"[{"symbol":"BTCUSDT","id":77,"orderId":4293153,"price":"52000.10","qty":"0.00400","commission":"0.00000400","commissionAsset":"BTC","time":1499405658657,"isBuyer":false,"isMaker":true}]"#;
    let [Heard::Fill(fill), _] = hear_rest(&mut tongue, Ask::Fills(BTC, Nanos(0)), 200, trades)[..] else {
        panic!("one fill")
    };
    assert_eq!((fill.whose, fill.trade_id, fill.qty), (Whose { ours: None, ..whose() }, 77, Lots(400)));
    // A full page is no whole answer, and goes on behind its last number, without the time.
    let ask = Ask::Fills(BTC, Nanos(0));
    let row = |id: usize| trades[1..trades.len() - 1].replace(":77,", &format!(":{id},"));
    let page = format!("[{}]", (1..=1_000).map(row).collect::<Vec<_>>().join(","));
    let heard = hear_rest(&mut tongue, ask, 200, &page);
    assert_eq!((heard.len(), heard[1_000]), (1_001, Heard::Answer(AskId(7), Answer::More)));
    assert!(said(&mut tongue, &ask).contains("&limit=1000&fromId=1001&recv"), "{}", said(&mut tongue, &ask));
    assert_eq!(hear_rest(&mut tongue, ask, 200, "[]"), [done]);
    assert!(said(&mut tongue, &ask).contains("&startTime=0&"));
    let account = r#"{"canTrade":true,"balances":[{"asset":"BTC","free":"1.5","locked":"0.25"}]}"#;
    let held = Heard::Balance { asset: name("BTC"), free_e8: 150_000_000, locked_e8: 25_000_000 };
    assert_eq!(hear_rest(&mut tongue, Ask::Balances, 200, account), [held, done]);
    let positions = r#"[{"symbol":"BTCUSDT","positionAmt":"0.00200"}]"#;
    let position = Heard::Position { instrument: BTC, qty: Lots(200) };
    assert_eq!(hear_rest(&mut usdm(), Ask::Positions, 200, positions), [position, done]);
    let time = hear_rest(&mut tongue, Ask::Prepare(Prepare::Time), 200, r#"{"serverTime":1499827319559}"#);
    assert_eq!(time, [Heard::Time(Nanos(1_499_827_319_559 * 1_000_000)), done]);
    let clock = hear_rest(&mut tongue, Ask::Order(known()), 400, r#"{"code":-1021,"msg":"Timestamp"}"#);
    assert!(matches!(clock[..], [Heard::Unwelcome(Unwelcome::Clock), Heard::Answer(..)]), "{clock:?}");
}

#[test]
fn a_key_that_may_move_money_is_seen() {
    let said = |withdraw, transfer| {
        let text = format!(
            r#"{{"ipRestrict":true,"enableReading":true,"enableWithdrawals":{withdraw},"permitsUniversalTransfer":{transfer},"enableFutures":false,"enableSpotAndMarginTrading":true}}"#
        );
        hear_rest(&mut spot(), Ask::Prepare(Prepare::Rights), 200, &text)[0]
    };
    let rights =
        |withdraw| Heard::Rights(Rights { trade: true, withdraw: Some(withdraw), bound_to_addresses: Some(true) });
    assert_eq!(said(false, false), rights(false));
    assert_eq!(said(true, false), rights(true));
    assert_eq!(said(false, true), rights(true));
}

#[test]
fn what_is_half_understood_has_no_effect() {
    let mut tongue = spot();
    let cut =
        report("TRADE", "FILLED", ("R1-2-3", ""), "0.01", r#""l":"0.01","L":"52000.10","n":"0","N":null,"m":true"#);
    for bad in [&cut[..], "<html>502</html>", r#"{"id":"9","status":"much"}"#] {
        assert!(hear(&mut tongue, Place::Line(0), bad).is_err(), "{bad}");
    }
    let unknown = report("NEW", "SOMETHING_NEW", ("R1-2-3", ""), "0", NO_TRADE);
    assert!(hear(&mut tongue, Place::Line(0), &unknown).is_err());
}

#[test]
fn what_the_venue_executed_itself_is_told_apart_from_a_strangers() {
    let mut tongue = usdm();
    let mut told = |id: &str, px: &str, kind: &str| {
        let said = r#"{"e":"ORDER_TRADE_UPDATE","E":1,"T":2,"o":{"s":"BTCUSDT","c":"ID","S":"SELL","o":"LIQUIDATION","f":"IOC","q":"0.01","p":"51886.54321","ap":"0","sp":"0","x":"KIND","X":"FILLED","i":4293153,"l":"0.01","z":"0.01","L":"52000.1","n":"0.26","N":"USDT","T":1499405658657,"t":9,"b":"0","a":"0","m":false,"R":false}}"#;
        let said = said.replace("ID\",\"S", &format!("{id}\",\"S")).replace("KIND", kind);
        hear_line(&mut tongue, &said.replace("52000.1", px))
    };
    let Heard::Fill(fill) = told("web_1", "52000.1", "TRADE")[0] else { panic!("an execution") };
    for (id, kind, cause) in [
        ("autoclose-1758", "TRADE", Cause::Liquidation),
        ("autoclose-1758", "CALCULATED", Cause::Liquidation),
        ("adl_autoclose", "TRADE", Cause::Deleveraging),
    ] {
        assert_eq!(told(id, "52000.1", kind)[0], Heard::ClosedOut(cause, fill), "{id} {kind}");
        // Off the grid of prices, where the venue may close; so may the price of bankruptcy be that its order names.
        assert_eq!(told(id, "52000.10004", kind)[0], Heard::ClosedOut(cause, fill), "{id} {kind}");
    }
    assert!(
        matches!(told("settlement_autoclose-1", "52000.1", "TRADE")[0], Heard::Fill(_)),
        "a delivery is nobody's loss"
    );
}

#[test]
fn whether_sides_are_kept_apart_is_asked_of_futures() {
    for (venue, path) in [(VenueId::BinanceUsdm, "fapi"), (VenueId::BinanceCoinm, "dapi")] {
        let mut tongue = tongue_with(venue, SECRET);
        let asked = said(&mut tongue, &Ask::Mode(BTC));
        assert!(asked.starts_with(&format!("Get /{path}/v1/positionSide/dual?recvWindow=5000&timestamp=")), "{asked}");
        for (is_so, told) in [(true, "true"), (false, "false")] {
            let answer = hear_rest(&mut tongue, Ask::Mode(BTC), 200, &format!(r#"{{"dualSidePosition":{told}}}"#));
            assert_eq!(answer, [Heard::TwoWay(is_so), Heard::Answer(AskId(7), Answer::Done)]);
        }
    }
    let none = spot().ask(&Ask::Mode(BTC), AskId(7), NOW, &mut Call::default());
    assert_eq!(none, Err(Unable::NotThere));
}

#[test]
fn how_a_contract_is_set_up_is_asked_of_usd_futures_by_its_symbol() {
    let mut tongue = tongue_with(VenueId::BinanceUsdm, SECRET);
    let asked = said(&mut tongue, &Ask::Setup(BTC));
    assert!(asked.starts_with("Get /fapi/v1/symbolConfig?symbol=BTCUSDT&recvWindow=5000&timestamp="), "{asked}");
    for (word, margin) in [("CROSSED", MarginMode::Cross), ("ISOLATED", MarginMode::Isolated)] {
        let row = format!(
            r#"[{{"symbol":"BTCUSDT","marginType":"{word}","isAutoAddMargin":false,"leverage":21,"maxNotionalValue":"1000000"}}]"#
        );
        let answer = hear_rest(&mut tongue, Ask::Setup(BTC), 200, &row);
        let done = Heard::Answer(AskId(7), Answer::Done);
        assert_eq!(answer, [Heard::Leverage(2_100), Heard::Margin(margin), done]);
    }
    let none = spot().ask(&Ask::Setup(BTC), AskId(7), NOW, &mut Call::default());
    assert_eq!(none, Err(Unable::NotThere));
}
