//! The demo with a Bot API of the tests in Telegram's place, over real HTTP: every command answered with its figures, nothing
//! done twice, nobody unknown heard, silence a no, an outage that trading does not notice, the stop at the first tap, and all
//! of that known to the next run.

use crate::client::{PATIENCE, get, get_until};
use crate::demo::{Demo, Ended, with_candles};
use crate::scratch::Scratch;
use bridges::role::Telegram as Row;
use fake::{Call, Fake, Fault};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

#[path = "../../../bridges/tests/door/telegram/fake.rs"]
#[expect(dead_code, reason = "the bridge's own tests use what these do not")]
pub(crate) mod fake;

const TOKEN: &str = "123456:AAE-canary_of_the_token_in_the_story_x";
const VIEWER: u64 = 11;
const TRADER: u64 = 12;
const RISK: u64 = 13;
/// One person, in several chats: Telegram takes so many messages a second of each.
const ADMINS: std::ops::Range<u64> = 21..33;
const STRANGER: u64 = 99;
/// How long a yes counts here.
const CONFIRM: Duration = Duration::from_secs(10);

/// A folder with settings in it, the people, and candles for research.
fn house() -> Scratch {
    let scratch = Scratch::new();
    let people = [(VIEWER, "vera", "viewer"), (TRADER, "tom", "trader"), (RISK, "rosa", "risk")];
    let all = people.into_iter().chain(ADMINS.map(|id| (id, "ada", "admin")));
    let user = |(id, name, role): (u64, &str, &str)| {
        format!("[[telegram.user]]\nname = \"{name}\"\nid = {id}\nrole = \"{role}\"\n")
    };
    let text = format!("[telegram]\nconfirm_s = {}\n{}", CONFIRM.as_secs(), all.map(user).collect::<String>());
    scratch.file("people.toml", text);
    with_candles(scratch)
}

/// A demo of that house, which asks that server for news.
fn living(scratch: Scratch, fake: &Fake) -> Demo {
    let url = fake.url();
    let variables = [("TELEGRAM_BOT_TOKEN", TOKEN), ("TELEGRAM_API_URL", url.as_str())];
    Demo::start_in(scratch, &["--config", "people.toml"], &variables)
}

fn state(door: SocketAddr) -> Value {
    get(door, "/api/v1/risk/limits").json()["trading_state"].clone()
}

fn orders(door: SocketAddr) -> u64 {
    get(door, "/api/v1/portfolio/performance").json()["orders"].as_u64().expect("a number")
}

/// What is asked of each row, and what its answer must name. `None`: it changes something, and is asked below.
fn asked(row: Row) -> Option<(&'static str, &'static str)> {
    Some(match row {
        Row::Pause | Row::Resume | Row::Close | Row::Cancel | Row::EmergencyStop | Row::Rearm => return None,
        Row::StrategyStart | Row::StrategyPause | Row::StrategyStop | Row::StrategySet | Row::RiskLimitsSet => {
            return None;
        }
        Row::Price => (
            "/price btc-usdt 15m",
            "SPOT|PERP|price |24h |15m |volume |delta |takers |ATR |mark |OI |funding |a year|next at |READING|momentum |activity \
             |ACROSS VENUES|spot bid |spot ask |perp bid |perp ask |perp less spot |perp/spot volume |venues ",
        ),
        Row::Analysis => (
            "/analysis BTC/USDT 15m",
            "price |24h |15m |volume |delta |CVD |SESSION SNAPSHOT|DAILY CONTEXT|TECHNICAL|RSI |ATR |volatility |VWAP |Bollinger |WHO HAS THE MARKET|momentum \
             |activity |absorption |score |venues ",
        ),
        Row::Volume => {
            ("/volume BTCUSDT 1h", "volume · 1h|last closed bar |(running), by venue|binance-usdm|okx|venues ")
        }
        Row::Cvd => {
            ("/cvd BTC-PERP 15m", "CVD · 15m|trend |Delta of 15m, by venue|Delta of 24h, by venue|takers|venues ")
        }
        Row::OpenInterest => ("/oi BTC", "BTC open interest|15m |1h |24h |binance-usdm|bybit|okx|hyperliquid|venues "),
        Row::Funding => ("/funding", "BTC funding|per 8h|a year|next at |binance-usdm|bybit|okx|venues "),
        Row::LongShort => ("/ls BTC", "BTC long / short|accounts"),
        Row::Profile => ("/profile BTC", "profile|session|VAH|POC|VAL|VWAP|look-backs|venues "),
        Row::Liquidations => ("/liquidations BTC 1h", "Liquidations BTC · 1h|longs closed|shorts closed|venues "),
        Row::VolumeScan => ("/volscan 200 15m", "above 200%|15m| of |markets|venues "),
        Row::TopTen => ("/top10 perps", "Top 10 · perps|1. |$|funding|OI "),
        Row::Signals => ("/signals BTC", "Signals: the last order that each strategy wished for|strength"),
        Row::Portfolio => ("/portfolio 7d", "equity $|today|exposure $|gross|net|leverage |By venue|By asset|peak"),
        Row::Positions => ("/positions", "Positions: |entry |mark |worth $|open |realised "),
        Row::Position => ("/position BTC", "BTC |entry |mark |worth $|fees |liquidation price"),
        Row::Orders => ("/orders", "Open orders: "),
        Row::Trades => ("/trades 10", "Last executions: | at |fee |strategy "),
        Row::Balance => ("/balance full", "Balance|equity $|by venue and asset|USDT"),
        Row::Performance => {
            ("/performance 30d", "Performance, 30d|result |realised |fees |deepest fall|By strategy|By market")
        }
        Row::Daily => ("/daily", "The day|result |orders |executions |By strategy"),
        Row::Weekly => ("/weekly", "The week|result |By market"),
        Row::Monthly => ("/monthly", "The month|result |Sharpe"),
        Row::Risk => ("/risk", "trading: |VaR|leverage_max_pct|daily_loss_reduce_bps|largest: "),
        Row::RiskLimits => ("/risk_limits", "order_notional_max_usd|position_notional_max_usd|left "),
        Row::RiskAlerts => ("/risk_alerts 10", "Refused by risk: "),
        Row::PositionSize => (
            "/position_size BTC 5% 60000",
            "equity $|price |quantity |worth $|loss at 60000|would break order_notional_max_usd",
        ),
        Row::Alerts => ("/alerts add BTC price above 7000000", "alert 1: |price above 7000000"),
        Row::AllAlerts => ("/alerts all", "Everybody's alerts: 1 of 256|price above 7000000|(telegram "),
        Row::Backtest => ("/backtest sma_cross BTC 10d", "Job 1: backtest|sma_cross over 1h of binance-usdm:BTCUSDT"),
        Row::Optimize => ("/optimize sma_cross BTC 10d", "Job 2: optimize|sma_cross"),
        Row::Jobs => ("/jobs", "Jobs: |/jobs 12|/jobs cancel 12"),
        Row::StrategyStatus => {
            ("/strategy_status", "Strategies: |imbalance_maker|rsi_macd|realised|open orders |executions")
        }
        Row::Health => ("/health", "feeds in sync: |tick to order: p50 |journal: "),
        Row::Feeds => ("/feeds", "Feeds: |binance-usdm |last |rate |gaps |resyncs |errors "),
        Row::Logs => ("/logs 5", "Log: "),
        Row::Version => ("/version", "Ringside |mode paper|up for "),
        Row::ShowConfig => ("/show_config", "In force|mode paper|strategies: |order_notional_max_usd"),
        // Without users nothing is audited, and it says so.
        Row::Audit => ("/audit 10", "no audit (users.mode is local)"),
        Row::WhoAmI => ("/whoami", "ada, admin|Telegram number |zone "),
        Row::Web => ("/web", "http://127.0.0.1:"),
        Row::Start => ("/start", "Hello ada|admin|/emergency_stop"),
        Row::Help => ("/help", "/price BTC 15m|/positions|/emergency_stop|/rearm"),
        Row::Settings => ("/settings zone +8", "zone: UTC+8|silent hours|daily summary"),
    })
}

#[test]
fn a_phone_is_answered_everything_changes_nothing_twice_and_stops_at_the_first_tap() {
    // Minutes of a machine with two cores.
    if std::env::var_os("RINGSIDE_THOROUGH").is_none() {
        eprintln!("skipped: the phone in whole; RINGSIDE_THOROUGH=1 has it");
        return;
    }
    let fake = Fake::new();
    let demo = living(house(), &fake);
    let door = demo.door;
    get_until(door, "/health", |health| health["status"] == "ok");
    let is_bitcoin = |held: &Value| held["symbol"].as_str().is_some_and(|symbol| symbol.contains("BTC"));
    let is_held = |told: &Value| told["positions"].as_array().is_some_and(|all| all.iter().any(is_bitcoin));
    get_until(door, "/api/v1/portfolio/positions", is_held);
    // Asked now, and looked at when its time is over.
    let asker = ADMINS.start;
    let (asked_at, silent) = (Instant::now(), fake.ask(asker, "/close all"));
    assert!(silent.text().contains("a yes counts within 10 s"), "{}", silent.text());
    every_command(&fake);
    pages_and_refresh(&fake);
    an_outage(&fake, door);
    what_changes_something(&fake, door);
    let left = CONFIRM.saturating_sub(asked_at.elapsed());
    std::thread::sleep(left);
    let expired = fake.wait(0, |call| call.is_to(asker) && call.text().starts_with("nobody said yes in time"));
    assert!(expired.over().is_some() && expired.button("Yes").is_none(), "the question itself says so: {expired:?}");
    fake.tap(asker, 1, &silent.button("Yes").expect("a button"));
    let stopped = the_stop(&fake, door);
    demo.terminate();
    let Ended { ran, scratch } = demo.end();
    ran.json();
    assert!(!ran.stderr.contains("canary") && !fake.heard().contains("canary"), "the token is told nowhere");

    let demo = living(scratch, &fake);
    the_next_run(&fake, &demo, stopped);
    demo.terminate();
    demo.end().ran.json();
}

/// The answers to all of them, each with what it must name, and none of which somebody would have to guess at.
fn every_command(fake: &Fake) {
    let mut slowest = (Duration::ZERO, "");
    let mut pictures = BTreeMap::new();
    for (place, (text, names)) in Row::ALL.iter().filter_map(|row| asked(*row)).enumerate() {
        let start = Instant::now();
        let call = fake.ask(ADMINS.start + place as u64 % (ADMINS.end - ADMINS.start), text);
        if start.elapsed() > slowest.0 {
            slowest = (start.elapsed(), text);
        }
        let told = whole(fake, &call);
        for name in names.split('|') {
            assert!(told.contains(name), "{text} does not name `{name}`: {told}");
        }
        let nonsense = ["NaN", "inf ", "there is no command", "for example", "not begun"];
        assert!(!nonsense.iter().any(|word| told.contains(word)) || text == "/help", "{text}: {told}");
        assert!(
            told.contains(" UTC") || told.contains("alert 1: ") || told.contains("no audit"),
            "{text} has no time: {told}"
        );
        if call.file > 0 {
            pictures.insert(text, call.file);
        }
    }
    eprintln!("pictures: {pictures:?}; the slowest answer, with what waits for its chat's turn: {slowest:?}");
    let done = fake.wait(0, |call| call.text().contains("job 1 is done"));
    assert!(done.text().contains("sharpe"), "{}", done.text());
}

/// An answer with the pages behind it.
fn whole(fake: &Fake, call: &Call) -> String {
    let (mut told, mut last) = (call.text(), call.clone());
    assert!(last.text().chars().count() <= 4_096, "{told}");
    let user = last.body["chat_id"].as_u64().or_else(|| last.body["chat_id"].as_str()?.parse().ok()).expect("a chat");
    while let Some(more) = last.button("More") {
        let behind = fake.said();
        fake.tap(user, 3, &more);
        last = fake.wait(behind, |call| call.is_to(user) && !call.is_notice());
        told += &last.text();
    }
    told
}

/// A message is changed in its place, back and forth, and its button stops turning.
fn pages_and_refresh(fake: &Fake) {
    let tapped = |on: &Call, button: &str, message: i64| {
        let behind = fake.said();
        fake.tap(VIEWER, message, &on.button(button).unwrap_or_else(|| panic!("no {button} below {}", on.text())));
        fake.wait(behind, |call| call.is_to(VIEWER) && call.method == "editmessagetext" && call.over() == Some(message))
    };
    let first = fake.ask(VIEWER, "/risk_limits");
    let second = tapped(&first, "More", 5);
    assert!(second.button("Back").is_some() && second.text() != first.text(), "{}", second.text());
    let again = tapped(&second, "Back", 5);
    assert!(again.button("Back").is_none() && again.text().starts_with("Limits"), "{}", again.text());
    tapped(&fake.ask(VIEWER, "/positions"), "Refresh", 6);
    assert!(fake.heard().contains("answercallbackquery"));
}

/// Says yes to what is asked behind these words, and waits until it is done. The update, and what was said before it.
fn says_yes(fake: &Fake, user: u64, words: &str) -> (u64, usize) {
    let asked = fake.ask(user, words);
    let yes = asked.button("Yes").unwrap_or_else(|| panic!("{words}: {}", asked.text()));
    let behind = fake.said();
    let tapped = fake.tap(user, 1, &yes);
    // A finger that slips: the second tap finds nothing to do.
    fake.tap(user, 1, &yes);
    fake.wait(behind, |call| call.is_to(user) && call.method == "editmessagetext" && call.text().contains("done"));
    (tapped, behind)
}

/// Each deed is asked twice and done once, whatever comes a second time; strangers do nothing.
fn what_changes_something(fake: &Fake, door: SocketAddr) {
    says_yes(fake, TRADER, "/cancel all");
    let none = fake.ask(TRADER, "/cancel R9-9-9").text();
    assert!(none.contains("no order of that number is open"), "{none}");
    let asked = fake.ask(TRADER, "/close all");
    let behind = fake.said();
    fake.tap(TRADER, 1, &asked.button("No").expect("a button"));
    fake.wait(behind, |call| call.is_to(TRADER) && call.text().contains("said no: "));
    says_yes(fake, RISK, "/risk_limits set leverage_max_pct 250");
    let leverage = get(door, "/api/v1/risk/limits").json();
    let all = leverage["limits"].as_array().expect("limits");
    let limit = all.iter().find(|one| one["name"] == "leverage_max_pct").expect("a limit");
    assert_eq!(limit["limit"], 250, "{limit}");
    says_yes(fake, TRADER, "/strategy pause twap");
    says_yes(fake, TRADER, "/strategy stop twap");
    let (tapped, behind) = says_yes(fake, TRADER, "/pause");
    get_until(door, "/api/v1/risk/limits", |limits| limits["trading_state"] == "REDUCING");
    let said = fake.say(TRADER, "/whoami");
    fake.wait(behind, |call| call.text().contains("tom, trader"));
    let behind = fake.said();
    // A server that forgot: the same updates once more. A stranger with everything he could try; words of yesterday.
    fake.replay(tapped);
    fake.replay(said);
    for words in ["/emergency_stop", "/positions", "/resume", "/help"] {
        fake.say(STRANGER, words);
    }
    fake.say(VIEWER, "/emergency_stop");
    let refused = fake.wait(behind, |call| call.is_to(VIEWER) && !call.is_notice());
    assert!(refused.text().starts_with("/emergency_stop needs trader; you are viewer"), "{}", refused.text());
    let since: Vec<_> = fake.calls().into_iter().skip(behind).collect();
    let again = since.iter().find(|call| call.is_to(STRANGER) || (call.is_to(TRADER) && !call.is_notice()));
    assert!(again.is_none(), "done or told once more: {again:?}");
    fake.say_at(RISK, "/resume", 1_772_366_400);
    fake.wait(behind, |call| call.is_to(RISK) && call.text().starts_with("not done: that was said"));
    assert_eq!(state(door), "REDUCING", "a stranger stops nothing, and yesterday's word starts nothing");
}

/// What lets trade again takes somebody else's word, some seconds later.
fn trades_again(fake: &Fake, door: SocketAddr) {
    let behind = fake.said();
    let asked = fake.ask(RISK, "/rearm the feed is back");
    assert!(asked.text().contains("somebody else must say yes"), "{}", asked.text());
    let other = fake.wait(behind, |call| call.is_to(ADMINS.start + 1) && call.button("Yes").is_some());
    let yes = other.button("Yes").expect("a button");
    fake.tap(RISK, 1, &yes);
    std::thread::sleep(Duration::from_millis(5_100));
    assert_ne!(state(door), "ACTIVE", "one person's two words are one");
    fake.tap(ADMINS.start + 1, 1, &yes);
    get_until(door, "/api/v1/risk/limits", |limits| limits["trading_state"] == "ACTIVE");
}

/// Telegram does not answer for a while: orders go on, and so does the conversation afterwards.
fn an_outage(fake: &Fake, door: SocketAddr) {
    fake.set_down(true);
    for second in 0..3 {
        let (before, start) = (orders(door), Instant::now());
        while orders(door) == before {
            assert!(start.elapsed() < PATIENCE, "no order in second {second} of the outage");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    fake.set_down(false);
    // One more cut in the middle of the first answer: it is sent again.
    fake.fail("sendmessage", Fault::Cut);
    assert!(fake.ask(ADMINS.start + 2, "/whoami").text().contains("ada, admin"));
}

/// The button below the first word halts, with no question before it. The update of that tap.
fn the_stop(fake: &Fake, door: SocketAddr) -> u64 {
    let button = fake.ask(TRADER, "/start").button("Emergency stop").expect("a button");
    assert_eq!(fake.ask(VIEWER, "/start").button("Emergency stop"), None, "not for viewers");
    let (behind, start) = (fake.said(), Instant::now());
    let tapped = fake.tap(TRADER, 1, &button);
    while state(door) != "HALTED" {
        assert!(start.elapsed() < PATIENCE, "it is not halted");
    }
    eprintln!("halted within {:?} of the tap, the look included", start.elapsed());
    let told = fake.wait(behind, |call| call.is_to(TRADER) && call.button("Close every position").is_some());
    assert!(told.text().contains("HALTED") && told.text().contains("it stays halted over restarts"), "{}", told.text());
    let before = orders(door);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(orders(door), before, "nothing passes");
    let no = fake.ask(RISK, "/resume").text();
    assert!(no.contains("/rearm"), "{no}");
    tapped
}

/// The run after that one: halted still, knows what it heard and how each wants to be told, and is let trade by two people.
fn the_next_run(fake: &Fake, demo: &Demo, stopped: u64) {
    let door = demo.door;
    get_until(door, "/api/v1/risk/limits", |limits| limits["trading_state"] == "HALTED");
    let behind = fake.said();
    fake.replay(stopped);
    let asker = settings_asker();
    let kept = fake.ask(asker, "/settings").text();
    assert!(kept.contains("zone: UTC+8"), "{kept}");
    let since: Vec<Call> = fake.calls().into_iter().skip(behind).collect();
    assert!(!since.iter().any(|call| call.text().contains("stopped everything")), "a tap of the run before: {since:?}");
    assert_eq!((orders(door), state(door)), (0, Value::from("HALTED")), "no order of the next run");
    trades_again(fake, door);
    let start = Instant::now();
    while orders(door) == 0 {
        assert!(start.elapsed() < PATIENCE, "it does not trade again");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Who asked for another zone above.
fn settings_asker() -> u64 {
    let all = Row::ALL.iter().filter(|row| asked(**row).is_some());
    let place = all.clone().position(|row| *row == Row::Settings).expect("a row");
    ADMINS.start + place as u64 % (ADMINS.end - ADMINS.start)
}
