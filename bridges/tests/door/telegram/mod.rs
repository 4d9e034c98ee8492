//! The Telegram door from outside: a Bot API of the test's own, people who write to it, and an engine played by the
//! test.

pub(crate) mod fake;

use crate::client::{PATIENCE, get_until};
use crate::rig::{NOW, Rig, SPOT, USDM, fill, report, sold};
use crate::routes::busy;
use bridges::role::{Role, Telegram as Row};
use bridges::{Person, TelegramSettings, Token};
use engine_core::risk::decision::DecisionKind;
use engine_model::command::{Command, CommandKind};
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::market::{MarketChange, Side};
use engine_model::order::OrderStatus;
use engine_model::units::{Lots, Nanos, Ticks};
use fake::{BOT, Call, Fake, Fault};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const TOKEN: &str = "123456:AAE-canary_of_the_token_in_the_tests_x";
const VIEWER: u64 = 11;
pub(crate) const TRADER: u64 = 12;
pub(crate) const RISK: u64 = 13;
const ADMIN: u64 = 14;

/// A memory that goes away with the test.
pub(crate) struct Memory(PathBuf);

impl Memory {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-telegram-{}-{name}.json", std::process::id()));
        drop(std::fs::remove_file(&path));
        Self(path)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn settings(fake: &Fake, memory: &Memory) -> TelegramSettings {
    let people = [
        (VIEWER, "vera", Role::Viewer),
        (TRADER, "tom", Role::Trader),
        (RISK, "rosa", Role::Risk),
        (ADMIN, "ada", Role::Admin),
        // Telegram takes so many messages a second of one chat.
        (ADMIN + 1, "ada", Role::Admin),
        (ADMIN + 2, "ada", Role::Admin),
    ];
    settings_of(fake, memory, &people)
}

/// With those people.
pub(crate) fn settings_of(fake: &Fake, memory: &Memory, people: &[(u64, &str, Role)]) -> TelegramSettings {
    let person = |(id, name, role): &(u64, &str, Role)| Person { id: *id, name: (*name).to_owned(), role: *role };
    TelegramSettings {
        token: Token::new(TOKEN).expect("a token"),
        api_url: Some(fake.url()),
        people: people.iter().map(person).collect(),
        memory: memory.0.clone(),
        confirm_s: 60,
        webhook: None,
    }
}

pub(crate) fn busy_with(fake: &Fake, memory: &Memory) -> Rig {
    let mut rig = busy(Rig::with_telegram(settings(fake, memory)));
    rig.report(report(1, OrderStatus::Accepted));
    rig.report(sold(2, 9));
    let at = Nanos(NOW.0 - 14 * 60 * Nanos::SECOND);
    let (px, qty) = (Ticks(618_300), Lots(2_000));
    rig.publish_at(at, USDM, MarketChange::Trade { px, qty, aggressor: Side::Buy, trade_id: 7 });
    get_until(rig.address, "/api/v1/trading/orders", |answer| answer.body.contains("R1-7-1"));
    get_until(rig.address, "/api/v1/trading/executions", |answer| answer.body.contains("R1-7-2"));
    get_until(rig.address, "/api/v1/market/trades/BTCUSDT.binance-usdm", |answer| answer.body.contains("61830"));
    for user in VIEWER..=ADMIN + 2 {
        fake.wait(0, |call| call.is_to(user) && call.is_notice());
    }
    rig
}

/// Takes the next command as risk would, and says so.
fn take_command(rig: &mut Rig) -> Command {
    let start = Instant::now();
    loop {
        let mut taken = None;
        rig.commands.take(1, |_, command| taken = Some(*command));
        if let Some(command) = taken {
            let command: Command = command;
            rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what });
            return command;
        }
        assert!(start.elapsed() < PATIENCE, "no command came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn no_command(rig: &mut Rig) {
    std::thread::sleep(Duration::from_millis(100));
    rig.commands.take(1, |_, command| panic!("{:?} came", command.what));
}

/// Holds every answer against the golden texts, one file for all of them.
fn check(found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/door/golden/telegram.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).expect("written");
    }
    let expected = std::fs::read_to_string(&path).expect("golden texts");
    let first = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(found == expected, "telegram.txt: if this is meant, run again with UPDATE_GOLDEN=1; first: {first:?}");
}

/// Without what is of the machine's own time.
fn steady(text: &str) -> String {
    let is_machine =
        |line: &str| ["stage strategy", "fullest ring", "well", "http://"].iter().any(|w| line.contains(w));
    text.lines().filter(|line| !is_machine(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_command_answers_what_its_golden_text_says() {
    let (fake, memory) = (Fake::new(), Memory::new("golden"));
    let rig = busy_with(&fake, &memory);
    let mut all = String::new();
    let askers = [ADMIN, ADMIN + 1, ADMIN + 2];
    for (place, row) in Row::ALL.iter().enumerate() {
        let word = row.word();
        // Those change something, and have stories of their own.
        if ["/risk_limits set", "/pause", "/resume", "/close", "/cancel", "/emergency_stop", "/rearm", "/strategy "]
            .iter()
            .any(|w| word.starts_with(w))
        {
            continue;
        }
        let asked = match row {
            Row::Settings => "/settings zone +8".to_owned(),
            Row::Alerts => "/alerts levels".to_owned(),
            Row::TopTen => "/top10 perps".to_owned(),
            Row::Position | Row::Signals => format!("{word} BTC"),
            Row::PositionSize => "/position_size BTC 5% 60000".to_owned(),
            Row::Backtest => "/backtest sma_cross BTC 30d".to_owned(),
            Row::Optimize => "/optimize sma_cross BTC".to_owned(),
            Row::Price | Row::Analysis | Row::Volume | Row::Cvd => format!("{word} btc-usdt 15m"),
            _ => word.to_owned(),
        };
        let (asker, behind) = (askers[place % askers.len()], fake.said());
        let call = fake.ask(asker, &asked);
        let is_beside = fake.calls().iter().skip(behind).any(|call| call.is_to(asker) && call.is_beside());
        let picture = if call.file > 0 { " [picture]" } else { "" };
        let picture = if is_beside { " [picture before it]" } else { picture };
        let text = steady(&call.text());
        assert!(text.chars().count() <= 4_096 && !text.contains("NaN") && !text.contains("inf "), "{asked}: {text}");
        let wide = text.lines().filter(|line| line.starts_with(' ') && line.chars().count() > 120).count();
        assert_eq!(wide, 0, "{asked}");
        all += &format!("### {asked}{picture}\n{text}\n\n");
    }
    drop(rig);
    check(&all);
    assert!(!fake.heard().contains("canary"), "the token is in no body");
}

#[test]
fn each_person_may_what_the_table_says_and_nobody_else_anything() {
    let (fake, memory) = (Fake::new(), Memory::new("roles"));
    let _rig = busy_with(&fake, &memory);
    let people = [(VIEWER, Role::Viewer), (TRADER, Role::Trader), (RISK, Role::Risk), (ADMIN, Role::Admin)];
    for row in Row::ALL.iter().filter(|row| **row != Row::EmergencyStop) {
        for (user, role) in people {
            if row.needs().allow(Some(role)) {
                continue;
            }
            let word = row.word();
            let asked = match row {
                Row::RiskLimitsSet => "/risk_limits set x 1".to_owned(),
                Row::Rearm => "/rearm because".to_owned(),
                Row::Close | Row::Cancel => format!("{word} all"),
                Row::Backtest => "/backtest sma_cross BTC".to_owned(),
                Row::Optimize => "/optimize sma_cross BTC".to_owned(),
                Row::StrategySet => "/strategy set sma_cross fast=10".to_owned(),
                _ if word.starts_with("/strategy ") => format!("{word} sma_cross"),
                _ => word.to_owned(),
            };
            let text = fake.ask(user, &asked).text();
            assert!(text.contains(&format!("you are {}", role.name())), "{asked} by {role:?}: {text}");
        }
    }
    let behind = fake.said();
    for (user, text) in [(99, "/positions"), (99, "/emergency_stop"), (0, "/help"), (VIEWER, "/emergency_stop")] {
        fake.say(user, text);
    }
    let call = fake.wait(behind, |call| !call.is_notice());
    assert!(call.text().starts_with("/emergency_stop needs trader; you are viewer"), "{}", call.text());
    assert_eq!(fake.answered(behind), 1, "strangers are told nothing");
}

#[test]
fn the_first_tap_halts_before_and_beside_everything_that_waits() {
    let (fake, memory) = (Fake::new(), Memory::new("stop"));
    let mut rig = busy_with(&fake, &memory);
    // A thousand fills and refusals want to be told, a person has asked a lot, and Telegram takes nothing.
    fake.fail("sendmessage", Fault::TooFast(2));
    for counter in 10..510 {
        rig.report(fill(counter, u64::from(counter)));
        rig.decide(crate::rig::denial(counter));
    }
    for _ in 0..12 {
        fake.say(TRADER, "/analysis BTC");
    }
    std::thread::sleep(Duration::from_millis(50));
    let behind = fake.said();
    fake.say(TRADER, "/Emergency-Stop please");
    let halted = take_command(&mut rig);
    assert_eq!(fake.answered(behind), 0, "it is halted before a word is said");
    let whole = CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Halted };
    assert_eq!(halted.what, whole);
    assert_eq!(take_command(&mut rig).what, whole, "once more by the way that the audit sees");
    let told = fake.wait(behind, |call| call.text().contains("HALTED") && call.button("Close").is_some());
    assert!(told.text().contains("it stays halted over restarts"), "{}", told.text());
    // Its message says what else may be done; that takes a yes.
    let yes = told.button("Close every position").expect("a button");
    fake.tap(TRADER, 1, &yes);
    assert_eq!(take_command(&mut rig).what, CommandKind::Flatten);
    fake.tap(TRADER, 1, &yes);
    no_command(&mut rig);
}

#[test]
fn a_thousand_people_who_have_to_be_told_much_hold_up_nobodys_emergency() {
    let (fake, memory) = (Fake::new(), Memory::new("thousand"));
    // Their keyboards are told one behind the other, and Telegram does not answer the first.
    fake.fail("setmycommands", Fault::Held);
    let mut settings = settings(&fake, &memory);
    let many = (1_000..2_000).map(|id| Person { id, name: "many".to_owned(), role: Role::Viewer });
    settings.people.extend(many);
    let mut rig = busy(Rig::with_telegram(settings));
    for counter in 10..110 {
        rig.report(fill(counter, u64::from(counter)));
        rig.decide(crate::rig::denial(counter));
    }
    fake.wait(0, Call::is_notice);
    let behind = fake.said();
    fake.say(TRADER, "/emergency_stop");
    let whole = CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Halted };
    assert_eq!(take_command(&mut rig).what, whole);
    let told = fake.calls().iter().filter(|call| call.is_notice()).count();
    assert!(told < 1_000, "{told} were told before it halted");
    take_command(&mut rig);
    fake.wait(behind, |call| call.is_to(TRADER) && call.button("Close").is_some());
}

#[test]
fn what_changes_something_is_asked_twice_and_done_once() {
    let (fake, memory) = (Fake::new(), Memory::new("twice"));
    let mut rig = busy_with(&fake, &memory);
    let asked = fake.ask(TRADER, "/cancel all");
    assert!(asked.text().contains("Sure? withdraw every working order"), "{}", asked.text());
    let yes = asked.button("Yes").expect("a button");
    fake.tap(ADMIN, 1, &yes);
    no_command(&mut rig);
    let behind = fake.said();
    let tapped = fake.tap(TRADER, 1, &yes);
    assert_eq!(take_command(&mut rig).what, CommandKind::CancelAll);
    let done = fake.wait(behind, |call| call.method == "editmessagetext" && call.text().contains("done: withdraw"));
    assert_eq!(done.button("Yes"), None, "the buttons are gone");
    fake.tap(TRADER, 1, &yes);
    fake.replay(tapped);
    no_command(&mut rig);
    let no = fake.ask(TRADER, "/close all").button("No").expect("a button");
    let behind = fake.said();
    fake.tap(TRADER, 1, &no);
    fake.wait(behind, |call| call.text().contains("said no: halt everything"));
    no_command(&mut rig);
    let old = Fake::say_at(&fake, TRADER, "/cancel all", 1_772_366_400);
    let late = fake.wait(behind + 1, |call| call.text().starts_with("not done: that was said"));
    assert!(old > 0 && late.button("Yes").is_none());
}

#[test]
fn one_order_one_position_and_one_limit_are_changed_for_real_or_it_is_said_why_not() {
    let (fake, memory) = (Fake::new(), Memory::new("one"));
    let mut rig = busy_with(&fake, &memory);
    for (asked, why) in [
        ("/cancel R9-9-9", "no order of that number is open (R9-9-9)"),
        ("/cancel soon", "an order's number is like R2-1-7 (soon)"),
        ("/close BTC-SPOT 50%", "nothing is held there"),
        ("/close DOGE", "this run trades no such symbol (DOGE)"),
        ("/close all 50%", "all positions are closed whole"),
    ] {
        let text = fake.ask(TRADER, asked).text();
        assert!(text.contains(why), "{asked}: {text}");
    }
    for (asked, why) in [
        ("/risk_limits set leverage_max_pct 400", "only the file and a restart let more pass"),
        ("/risk_limits set weather 1", "there is no such limit"),
        ("/risk_limits set leverage_max_pct many", "must be a whole number from"),
    ] {
        let text = fake.ask(RISK, asked).text();
        assert!(text.contains(why), "{asked}: {text}");
    }
    let asked = fake.ask(TRADER, "/close BTC-PERP 50%");
    // It holds 0.050 short.
    assert!(asked.text().contains("buys 0.025 of -0.050 BTCUSDT.binance-usdm"), "{}", asked.text());
    let behind = fake.said();
    fake.tap(TRADER, 1, &asked.button("Yes").expect("a button"));
    // No strategy of this run is the desk of people.
    fake.wait(behind, |call| call.text().contains("this run has no desk for people"));
    no_command(&mut rig);
    let asked = fake.ask(RISK, "/risk_limits set leverage_max_pct 200");
    assert!(asked.text().contains("Sure? set the limit leverage_max_pct to 200"), "{}", asked.text());
    fake.tap(RISK, 1, &asked.button("Yes").expect("a button"));
    let limit = Limits::TABLE.iter().position(|row| row.key == "leverage_max_pct").expect("known") as u8;
    assert_eq!(take_command(&mut rig).what, CommandKind::SetLimit { limit, value: 200 });
}

#[test]
fn what_is_let_go_again_takes_two_people() {
    let (fake, memory) = (Fake::new(), Memory::new("resume"));
    let mut rig = busy_with(&fake, &memory);
    let asked = fake.ask(RISK, "/resume");
    assert!(asked.text().contains("somebody else must say yes"), "{}", asked.text());
    let other = fake.wait(0, |call| call.is_to(ADMIN) && call.button("Yes").is_some());
    let yes = other.button("Yes").expect("a button");
    fake.tap(RISK, 1, &yes);
    no_command(&mut rig);
    // Five seconds by the person's clock and by the engine's, which the test holds.
    std::thread::sleep(Duration::from_millis(5_100));
    rig.clock.set(NOW.0 + 6 * Nanos::SECOND);
    fake.tap(ADMIN, 1, &yes);
    let active = CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Active };
    assert_eq!(take_command(&mut rig).what, active);
}

#[test]
fn a_person_begins_jobs_in_a_chat_ends_one_by_its_button_and_is_told_what_the_other_came_to() {
    let (fake, memory) = (Fake::new(), Memory::new("jobs"));
    let folder = crate::people::Folder::new("telegram-jobs");
    let place = bridges::DatabasePlace::File(folder.0.join("jobs.db"));
    let jobs = bridges::JobsSettings { place, ..crate::jobs::settings(&folder.0) };
    let _rig = busy(Rig::with_jobs(bridges::Locks::default(), jobs, Some(settings(&fake, &memory))));
    let begun = fake.ask(TRADER, "/backtest sma_cross BTC 30d").text();
    assert!(begun.contains("Job 1: backtest") && begun.contains("1h of binance-usdm:BTCUSDT from"), "{begun}");
    fake.wait(0, |call| {
        call.is_to(TRADER) && call.text().contains("job 1 is done") && call.text().contains("sharpe 1.5")
    });
    let shown = fake.ask(TRADER, "/jobs 1");
    assert!(shown.text().contains("backtest - done") && shown.button("Cancel").is_none(), "{}", shown.text());
    let wrong = fake.ask(TRADER, "/backtest maker BTC").text();
    assert!(
        wrong.contains("strategy: found maker, accepted: a strategy of the engine; nearest: ")
            && wrong.contains("for example"),
        "{wrong}"
    );
    let unknown = fake.ask(TRADER, "/optimize donchian PEPE").text();
    assert!(unknown.contains("the store's candles: found PEPE, accepted: binance-usdm:BTCUSDT"), "{unknown}");
    // One that lasts: its button shows it again, and never begins it again; the other ends it.
    let lasts = fake.ask(TRADER, "/optimize donchian BTC");
    assert_eq!(lasts.button("Refresh").as_deref(), Some("1:r:0:/jobs 2"), "{}", lasts.text());
    let end = lasts.button("Cancel").expect("a button");
    let other = fake.ask(RISK, "/jobs 2").text();
    assert!(other.contains("you have no job 2"), "{other}");
    let behind = fake.said();
    fake.tap(TRADER, 1, &end);
    fake.wait(behind, |call| call.is_to(TRADER) && call.text().contains("Job 2: optimize"));
    fake.wait(behind, |call| call.is_to(TRADER) && call.text().contains("job 2 is canceled"));
    let all = fake.ask(ADMIN, "/jobs").text();
    assert!(all.contains("Jobs: 2") && all.contains("optimize - canceled") && all.contains("backtest - done"), "{all}");
    let again = fake.ask(TRADER, "/jobs cancel 2").text();
    assert!(again.contains("job 2 is canceled already"), "{again}");
    let behind = fake.said();
    fake.say_at(TRADER, "/backtest sma_cross BTC", 1_772_366_400);
    fake.wait(behind, |call| call.text().starts_with("not done: that was said"));
}

#[test]
fn an_outage_is_waited_out_and_nothing_is_done_twice_behind_a_restart() {
    let (fake, memory) = (Fake::new(), Memory::new("outage"));
    let mut rig = busy_with(&fake, &memory);
    fake.ask(TRADER, "/version");
    fake.fail("sendmessage", Fault::Cut);
    assert!(fake.ask(TRADER, "/whoami").text().contains("tom, trader"), "tried again");
    fake.fail("sendmessage", Fault::NoHtml);
    assert!(fake.ask(TRADER, "/whoami").body.get("parse_mode").is_none(), "as it is, where tags are not read");
    fake.ask(TRADER, "/settings silent 23:00-07:00");
    let asked = fake.ask(TRADER, "/cancel all");
    let yes = asked.button("Yes").expect("a button");
    let told = fake.say(TRADER, "/whoami");
    std::thread::sleep(Duration::from_millis(300));
    fake.set_down(true);
    rig.report(fill(77, 77));
    std::thread::sleep(Duration::from_millis(1_500));
    rig.report(fill(78, 78));
    let (published, refused) = rig.published(SPOT);
    assert!(published > 0 && refused == 0, "the engine waits for nobody");
    drop(rig);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&memory.0).expect("kept").permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(!std::fs::read_to_string(&memory.0).expect("text").contains("canary"), "no token in it");

    fake.set_down(false);
    let behind = fake.said();
    let mut rig = Rig::with_telegram(settings(&fake, &memory));
    fake.wait(behind, |call| call.text().contains("filled: BUY"));
    fake.replay(told);
    fake.tap(TRADER, 1, &yes);
    no_command(&mut rig);
    assert!(fake.ask(TRADER, "/settings").text().contains("silent hours: 23:00 to 07:00"));
    let answers = fake.calls().iter().skip(behind).filter(|call| call.text().contains("tom, trader")).count();
    assert_eq!(answers, 0, "what was heard before is not heard again");
}

#[test]
fn how_what_is_to_be_sent_stands_is_told_beside_the_health_and_in_the_metrics() {
    assert_eq!(crate::client::get(Rig::new().address, "/health").json()["telegram"], serde_json::Value::Null);
    let (fake, memory) = (Fake::new(), Memory::new("outbox"));
    let mut rig = busy_with(&fake, &memory);
    fake.ask(TRADER, "/whoami");
    get_until(rig.address, "/health", |answer| answer.json()["telegram"]["sent"].as_u64() >= Some(7));
    fake.set_down(true);
    rig.report(fill(77, 77));
    rig.report(fill(78, 78));
    let waits = |told: &serde_json::Value| told["queued"].as_u64() >= Some(6) && told["failed"].as_u64() > Some(0);
    let told = get_until(rig.address, "/health", |answer| waits(&answer.json()["telegram"])).json()["telegram"].clone();
    assert!(told["oldest_age_ns"].is_u64(), "{told}");
    let metrics = crate::client::get(rig.address, "/metrics").body;
    let value = |name: &str| -> f64 {
        let line = metrics.lines().find(|line| line.starts_with(&format!("ringside_telegram_{name} ")));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{name}: {metrics}"))
    };
    assert!(value("queued") >= 6.0 && value("oldest_age_seconds") > 0.0 && value("failed_total") > 0.0);
    assert!(value("sent_total") >= 7.0 && value("dropped_total") == 0.0 && value("coalesced_total") >= 0.0);
}

#[test]
fn who_blocked_the_bot_is_left_alone_and_a_refresh_changes_the_same_message() {
    let (fake, memory) = (Fake::new(), Memory::new("refresh"));
    let _rig = busy_with(&fake, &memory);
    let first: Call = fake.ask(VIEWER, "/positions");
    let again = first.button("Refresh").expect("a button");
    assert_eq!(again, "1:r:0:/positions");
    let behind = fake.said();
    fake.tap(VIEWER, 5, &again);
    let over = fake.wait(behind, |call| call.method == "editmessagetext");
    assert_eq!((over.over(), over.text()), (Some(5), first.text()));
    let chart = fake.ask(VIEWER, "/cvd BTC 15m");
    assert!(chart.file > 5_000 && chart.text().contains("CVD"), "{} bytes", chart.file);
    // An answer that is longer than a caption has its picture before it; behind a button the text alone is new.
    let behind = fake.said();
    let long = fake.ask(VIEWER, "/analysis BTC 15m");
    let beside = fake.wait(behind, |call| call.is_to(VIEWER) && call.is_beside());
    assert!(beside.file > 5_000 && long.text().chars().count() > 1_024, "{} bytes", beside.file);
    assert_eq!(Some(beside.text().as_str()), long.text().lines().next(), "the picture says what it is of");
    let behind = fake.said();
    fake.tap(VIEWER, 6, &long.button("Refresh").expect("a button"));
    let over = fake.wait(behind, |call| call.is_to(VIEWER));
    assert_eq!((over.method.as_str(), over.text()), ("editmessagetext", long.text()));
    fake.fail("sendmessage", Fault::Blocked);
    fake.say(VIEWER, "/whoami");
    std::thread::sleep(Duration::from_millis(200));
    assert!(
        fake.ask(VIEWER, &format!("/whoami@{BOT}")).text().contains("vera"),
        "it writes again, so it is there again"
    );
}

#[test]
fn a_webhook_hears_whoever_bears_its_secret() {
    let (fake, memory) = (Fake::new(), Memory::new("webhook"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let secret = "0123456789abcdef0123456789abcdef";
    let webhook = bridges::Webhook {
        address: free,
        url: "https://desk.example/telegram".to_owned(),
        secret: bridges::Secret::new(secret).expect("long enough"),
    };
    let rig = busy(Rig::with_telegram(TelegramSettings { webhook: Some(webhook), ..settings(&fake, &memory) }));
    let start = Instant::now();
    while !fake.heard().contains("https://desk.example/telegram") {
        assert!(start.elapsed() < PATIENCE, "Telegram is told where to call");
        std::thread::sleep(Duration::from_millis(10));
    }
    let update = json!({"update_id": 5, "message": {"message_id": 1, "date": 1_772_366_400, "text": "/whoami",
        "from": {"id": VIEWER, "is_bot": false, "first_name": "V"}, "chat": {"id": VIEWER, "type": "private"}}});
    let call = |headers: &str, body: &str| crate::client::ask(free, "POST", "/telegram", headers, Some(body)).status;
    let borne = format!("X-Telegram-Bot-Api-Secret-Token: {secret}\r\n");
    assert_eq!(call("", &update.to_string()), 401);
    assert_eq!(call("X-Telegram-Bot-Api-Secret-Token: wrong\r\n", &update.to_string()), 401);
    assert_eq!(call(&borne, "no update"), 200, "or Telegram would send it for ever");
    let behind = fake.said();
    assert_eq!(call(&borne, &update.to_string()), 200);
    assert_eq!(call(&borne, &update.to_string()), 200);
    fake.wait(behind, |call| call.text().contains("vera, viewer"));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(fake.answered(behind), 1, "an update that comes twice is answered once");
    drop(rig);
    assert!(!fake.heard().contains("deletewebhook"), "the next run has set its own by then");
}

#[test]
fn an_alert_is_ones_own_and_is_told_when_it_hits() {
    let (fake, memory) = (Fake::new(), Memory::new("alerts"));
    let _rig = busy_with(&fake, &memory);
    for (typed, wrong) in [
        ("/alerts add BTC price", "an alert is above or below something"),
        ("/alerts add BTC shoes and price above x", "is nothing to measure price of"),
        ("/alerts add BTC price above soon", "\"soon\" is no number"),
        ("/alerts del 77", "you have no alert \"77\""),
    ] {
        let text = fake.ask(TRADER, typed).text();
        assert!(text.contains(wrong), "{typed}: {text}");
    }
    let behind = fake.said();
    let added = fake.ask(TRADER, "/alerts add btc above 60,000").text();
    assert!(added.starts_with("alert 1: BTCUSDT.binance-spot price above 60000"), "{added}");
    fake.wait(behind, |call| call.is_to(TRADER) && call.text().contains("📈"));
    let listed = fake.ask(TRADER, "/alerts").text();
    assert!(listed.starts_with("Your alerts: 1") && listed.contains("1 hits"), "{listed}");
    assert!(fake.ask(VIEWER, "/alerts").text().starts_with("Your alerts: 0"), "one's own");
    assert!(fake.ask(VIEWER, "/alerts del 1").text().contains("you have no alert"));
    assert_eq!(fake.ask(TRADER, "/alerts del 1").text().lines().next(), Some("alert 1 is gone"));
    // An admin makes room.
    fake.ask(TRADER, "/alerts add btc above 90000");
    let all = fake.ask(ADMIN, "/alerts all").text();
    assert!(all.starts_with("Everybody's alerts: 1 of 256\n2. BTCUSDT.binance-spot price above 90000"), "{all}");
    assert!(all.contains(&format!("(telegram {TRADER})")), "{all}");
    assert!(fake.ask(ADMIN, "/alerts del 2").text().contains("you have no alert"), "it is not the admin's own");
    assert!(fake.ask(TRADER, "/alerts all del 2").text().contains("needs admin"));
    assert_eq!(fake.ask(ADMIN, "/alerts all del 2").text().lines().next(), Some("alert 2 is gone"));
    assert!(fake.ask(ADMIN, "/alerts all del 2").text().contains("there is no alert \"2\""));
    let others = fake.calls().iter().filter(|call| !call.is_to(TRADER) && call.text().contains("📈")).count();
    assert_eq!(others, 0);
}
