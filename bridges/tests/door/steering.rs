//! One strategy, asked the same by every door: the engine's risk and the strategy itself are played by the test.

use crate::client::{Answer, PATIENCE, ask, get, get_until, get_with};
use crate::operator::Place;
use crate::people::{Folder, bearer, claimed, joined};
use crate::rig::Rig;
use crate::telegram::fake::Fake;
use crate::telegram::{Memory, RISK, TRADER, busy_with};
use bridges::operator::words::{Answer as Said, Ask, Steering};
use engine_core::risk::decision::DecisionKind;
use engine_model::command::CommandKind;
use engine_model::intent::StrategyId;
use engine_model::steer::Steer;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Takes what is asked until `is_over`, as risk and the strategies would.
fn play(rig: &mut Rig, mut is_over: impl FnMut(&[CommandKind]) -> bool) -> Vec<CommandKind> {
    let (start, mut all, mut set) = (Instant::now(), Vec::new(), Vec::new());
    while !is_over(&all) {
        assert!(start.elapsed() < PATIENCE, "only {all:?} came");
        let mut taken = Vec::new();
        rig.commands.take(16, |_, command| taken.push(*command));
        for command in taken {
            all.push(command.what);
            if let CommandKind::Steer { strategy, what } = command.what {
                let row = &rig.counters.strategies.rows[usize::from(strategy.0) - 1];
                if let Steer::Set { param, value, is_last } = what {
                    set.push((usize::from(param), value));
                    if is_last {
                        let mut values = row.values();
                        set.drain(..).for_each(|(param, value)| values[param] = value);
                        row.set_values(&values);
                    }
                }
                what.mode().iter().for_each(|mode| row.set_mode(*mode));
            }
            rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what });
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    all
}

/// What the engine took while somebody asked, and what he was told.
fn during<T: Send>(rig: &mut Rig, asks: impl FnOnce() -> T + Send) -> (Vec<CommandKind>, T) {
    std::thread::scope(|scope| {
        let asked = scope.spawn(asks);
        let taken = play(rig, |_| asked.is_finished());
        (taken, asked.join().expect("asked"))
    })
}

fn of_second(what: Steer) -> CommandKind {
    CommandKind::Steer { strategy: StrategyId(2), what }
}

/// The four deeds, in this order, with what they come to at the strategy `imbalance_maker`.
fn deeds(rig: &Rig) -> Vec<(Steering, Vec<CommandKind>)> {
    let params = rig.counters.strategies.rows[1].entry.params;
    let place = |name| params.iter().position(|param| param.name == name).expect("a parameter") as u8;
    let set = |name, value, is_last| of_second(Steer::Set { param: place(name), value, is_last });
    let both = vec![("distance_ticks".to_owned(), 3), ("requote_ms".to_owned(), 500)];
    vec![
        (Steering::Pause, vec![of_second(Steer::Pause)]),
        (Steering::Stop, vec![of_second(Steer::Stop)]),
        (Steering::Set(both), vec![set("distance_ticks", 3, false), set("requote_ms", 500, true)]),
        (Steering::Start, vec![of_second(Steer::Start)]),
    ]
}

fn words(what: &Steering) -> &'static str {
    match what {
        Steering::Start => "start",
        Steering::Pause => "pause",
        Steering::Stop => "stop",
        Steering::Set(_) => "set",
    }
}

#[test]
fn by_the_line_by_rest_and_by_telegram_a_strategy_is_asked_the_same() {
    let place = Place::new("steering");
    let mut rig = Rig::with_line(&place.0, Vec::new());
    for (what, commands) in deeds(&rig) {
        let ask = Ask::Steer { strategy: "imbalance_maker".to_owned(), what };
        let (taken, answer) = during(&mut rig, || place.ask(&ask));
        assert_eq!(taken, commands);
        assert!(matches!(answer, Said::Strategies { .. }), "{answer:?}");
    }

    let folder = Folder::new("steering");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    for (what, commands) in deeds(&rig) {
        let (taken, answer) = during_rest(&mut rig, &admin, &what, "");
        assert_eq!((taken, answer.status), (commands, 200), "{}", answer.body);
    }

    let (fake, memory) = (Fake::new(), Memory::new("steering"));
    let mut rig = busy_with(&fake, &memory);
    let modes = ["PAUSED", "STOPPED", "STOPPED", "RUNNING"];
    for ((what, commands), mode) in deeds(&rig).into_iter().zip(modes) {
        let more = if matches!(what, Steering::Set(_)) { " distance_ticks=3 requote_ms=500" } else { "" };
        let behind = fake.said();
        fake.say(RISK, &format!("/strategy {} imbalance_maker{more}", words(&what)));
        let asked = fake.wait(behind, |call| call.is_to(RISK) && call.text().starts_with("Sure? "));
        let yes = asked.button("Yes").unwrap_or_else(|| panic!("{}", asked.text()));
        let behind = fake.said();
        fake.tap(RISK, 1, &yes);
        let taken = play(&mut rig, |taken| taken.len() == commands.len());
        assert_eq!(taken, commands);
        let done = fake.wait(behind, |call| call.is_to(RISK) && call.text().starts_with("done: "));
        assert!(done.text().contains(&format!("imbalance_maker {mode}")), "{}", done.text());
    }
    // Two messages asked: the one that was sent, and the one that the test taps.
    std::thread::sleep(Duration::from_millis(200));
    let refused = fake.ask(TRADER, "/strategy stop grit").text();
    assert!(refused.contains("it has sma_cross, imbalance_maker (grit)"), "{refused}");
    let refused = fake.ask(RISK, "/strategy set sma_cross fast=50").text();
    assert!(refused.contains("`fast` must be below `slow`"), "{refused}");
}

fn path(what: &Steering) -> (&'static str, String, Option<String>) {
    let of = "/api/v1/trading/strategies/imbalance_maker";
    let Steering::Set(params) = what else { return ("POST", format!("{of}/{}", words(what)), None) };
    let params: serde_json::Map<String, Value> =
        params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    ("PATCH", format!("{of}/params"), Some(json!({ "params": params }).to_string()))
}

fn during_rest(rig: &mut Rig, session: &str, what: &Steering, headers: &str) -> (Vec<CommandKind>, Answer) {
    let (verb, path, body) = path(what);
    let (address, headers) = (rig.address, format!("{}{headers}", bearer(session)));
    during(rig, || ask(address, verb, &path, &headers, body.as_deref()))
}

#[test]
fn over_rest_each_role_may_what_the_table_says_once_for_a_key_and_the_audit_has_before_and_after() {
    let folder = Folder::new("steering-rest");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "trader", 30);
    let set = Steering::Set(vec![("distance_ticks".to_owned(), 3)]);
    for (what, status) in [(&Steering::Start, 403), (&set, 403)] {
        let (taken, answer) = during_rest(&mut rig, &tom, what, "");
        assert_eq!((taken, answer.status), (Vec::new(), status), "{}", answer.body);
    }
    let (taken, answer) = during_rest(&mut rig, &tom, &Steering::Pause, "Idempotency-Key: one\r\n");
    assert_eq!(taken, [of_second(Steer::Pause)]);
    let told = answer.json();
    assert_eq!(
        (&told["strategy"], &told["name"], &told["mode"]),
        (&json!(2), &json!("imbalance_maker"), &json!("PAUSED"))
    );
    let (taken, again) = during_rest(&mut rig, &tom, &Steering::Pause, "Idempotency-Key: one\r\n");
    assert_eq!(
        (taken, again.status, again.body),
        (Vec::new(), 200, answer.body),
        "the same answer, and nothing is done"
    );
    let (_, other) = during_rest(&mut rig, &tom, &Steering::Stop, "Idempotency-Key: one\r\n");
    assert_eq!((other.status, other.error()["code"].clone()), (409, json!("key_of_another")));

    let (_, answer) = during_rest(&mut rig, &admin, &set, "");
    let params = answer.json()["params"].as_array().expect("a list").clone();
    let distance = params.iter().find(|param| param["name"] == "distance_ticks").expect("told");
    assert_eq!(distance["value"], 3, "{distance}");
    let listed = get_with(rig.address, "/api/v1/trading/strategies", &bearer(&tom)).json();
    assert_eq!(listed["strategies"][1]["params"], json!(params));

    for (asked, body, with) in [
        ("POST /api/v1/trading/strategies/grit/stop", None, "no such strategy, it has sma_cross"),
        ("PATCH /api/v1/trading/strategies/sma_cross/params", Some(r#"{"params": {"fats": 3}}"#), "no such parameter"),
        ("PATCH /api/v1/trading/strategies/sma_cross/params", Some(r#"{"params": {"fast": 0}}"#), "must be 1 to 999"),
        ("PATCH /api/v1/trading/strategies/sma_cross/params", Some(r#"{"params": {}}"#), "nothing to set"),
    ] {
        let (verb, path) = asked.split_once(' ').expect("both");
        let (address, head) = (rig.address, bearer(&admin));
        let (taken, answer) = during(&mut rig, || ask(address, verb, path, &head, body));
        assert!(taken.is_empty() && answer.status == 409, "{asked}: {}", answer.body);
        assert!(answer.error()["found"].as_str().expect("found").contains(with), "{asked}: {}", answer.body);
    }
    let head = bearer(&admin);
    let bad = ask(rig.address, "PATCH", "/api/v1/trading/strategies/sma_cross/params", &head, Some(r#"{"fast": 3}"#));
    assert_eq!((bad.status, bad.error()["code"].clone()), (400, json!("bad_body")));

    let audit = get_with(rig.address, "/api/v1/audit?limit=1000", &head).json();
    let rows = audit["rows"].as_array().unwrap_or_else(|| panic!("{audit}"));
    let row = |action: &str, outcome: &str| {
        let found = rows.iter().find(|row| row["action"] == action && row["outcome"] == outcome);
        found.unwrap_or_else(|| panic!("{action} {outcome}: {audit}"))
    };
    let (asked, came) = (row("strategy pause", "asked"), row("strategy pause", "done"));
    assert_eq!((&asked["what"], &asked["before"]), (&json!("imbalance_maker"), &json!("RUNNING")));
    assert_eq!(came["after"], "PAUSED");
    let (asked, came) = (row("strategy set", "asked"), row("strategy set", "done"));
    assert_eq!((&asked["before"], &came["after"]), (&json!("distance_ticks=0"), &json!("distance_ticks=3")));
}

#[test]
fn how_each_strategy_stands_is_told_beside_what_risk_lets_it_do() {
    let rig = Rig::new();
    rig.counters.strategies.rows[0].set_mode(engine_model::steer::Mode::Stopped);
    let told = get_until(rig.address, "/api/v1/trading/strategies", |answer| answer.status == 200).json();
    let first = &told["strategies"][0];
    assert_eq!(
        (&first["name"], &first["mode"], &first["state"]),
        (&json!("sma_cross"), &json!("STOPPED"), &json!("ACTIVE"))
    );
    assert_eq!(get(rig.address, "/api/v1/trading/strategies").json()["strategies"][1]["mode"], "RUNNING");
}
