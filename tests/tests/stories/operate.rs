//! A person halts a running engine by command, resumes it by saying so twice, and flattens it; the journal knows, and the
//! profit adds up afterwards.

use crate::client::get_until;
use crate::demo::{Demo, Ended, journal_of};
use crate::process::{Ran, ringside};
use crate::recordings::hash;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// Two busy cores and a whole exchange on them.
const PATIENCE: Duration = Duration::from_secs(120);

impl Demo {
    pub(crate) fn asked(&self, words: &[&str]) -> Ran {
        let call = ringside(words.iter().copied()).arg("--pid").arg(self.pid().to_string()).arg("--json");
        call.within(self.scratch.path()).run()
    }

    /// How trading stands.
    pub(crate) fn status(&self) -> Value {
        self.asked(&["status"]).json()["engines"][0].clone()
    }

    pub(crate) fn until(&self, what: &str, done: impl Fn(&Value) -> bool) {
        let start = Instant::now();
        loop {
            let status = self.status();
            if done(&status) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{what} did not happen: {status}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What the second word needs of the first.
pub(crate) fn token(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(3), "a second word is missing: {ran}");
    let told: Value = serde_json::from_str(&ran.stdout).expect("one object");
    told["again"]["token"].as_str().expect("a token").to_owned()
}

#[test]
fn a_demo_is_halted_resumed_and_flattened_by_command_and_its_profit_adds_up() {
    let demo = Demo::start(&[]);
    demo.until("trading", |status| status["trading_state"] == "ACTIVE" && status["open_orders"] != 0);
    demo.asked(&["halt", "venue:nowhere"]).refused(3, &["no such scope", "venue:nowhere"]);
    let halted = demo.asked(&["halt"]).json();
    let engine = &halted["engines"][0];
    assert_eq!(
        (&engine["trading_state"], &engine["open_orders"]),
        (&Value::from("HALTED"), &Value::from(0)),
        "{halted}"
    );
    demo.asked(&["reduce"]).refused(3, &["HALTED already"]);

    let hasty = token(&demo.asked(&["resume"]));
    demo.asked(&["resume", "whole", "--token", &hasty]).refused(3, &["too soon"]);
    let said_once = token(&demo.asked(&["resume"]));
    std::thread::sleep(Duration::from_millis(5_100));
    assert_eq!(demo.status()["trading_state"], "HALTED", "one word is none");
    let resumed = demo.asked(&["resume", "whole", "--token", &said_once]).json();
    assert_eq!(resumed["engines"][0]["trading_state"], "ACTIVE", "{resumed}");
    demo.until("trading again", |status| status["open_orders"] != 0);

    demo.asked(&["flatten"]).refused(3, &["not confirmed"]);
    let flat = demo.asked(&["flatten", "--yes"]).json();
    assert_eq!(flat["engines"][0]["trading_state"], "HALTED", "{flat}");
    demo.until("flat", |status| status["positions"] == 0 && status["open_orders"] == 0);
    demo.terminate();
    let Ended { ran, scratch } = demo.end();
    let summary = ran.json();
    let journal = journal_of(&summary, &scratch);
    check_decisions(&ringside(["journal", "inspect", "--kind", "decision", "--json"]).arg(&journal).run().json());
    check_why(&journal);
    let pnl = ringside(["pnl", "--json", "--journal"]).arg(&journal).run().json();
    assert_eq!((&pnl["adds_up"], &pnl["complete"]), (&Value::from(true), &Value::from(true)), "{pnl}");
}

#[test]
fn a_strategy_is_paused_given_another_width_and_started_again_by_command() {
    let demo = Demo::start(&[]);
    demo.until("trading", |status| status["open_orders"] != 0);
    let maker = |words: &[&str]| -> Value {
        let told = demo.asked(&[&["strategy"], words].concat()).json();
        let all =
            told["engines"][0]["strategies"].as_array().unwrap_or_else(|| panic!("no strategies: {told}")).clone();
        let mut found = all.into_iter().filter(|one| one["name"] == "imbalance_maker");
        found.next().unwrap_or_else(|| panic!("no maker: {told}"))
    };
    let width = |of: &Value| -> i64 {
        let mut params = of["params"].as_array().expect("parameters").iter();
        params.find(|param| param["name"] == "distance_ticks").expect("a width")["value"].as_i64().expect("a number")
    };
    let first = maker(&["list"]);
    assert_eq!(first["mode"], "RUNNING", "{first}");
    assert_eq!(maker(&["pause", "imbalance_maker"])["mode"], "PAUSED");
    let other = width(&first) + 1;
    let set = format!("distance_ticks={other}");
    demo.asked(&["strategy", "set", "imbalance_maker", &set]).refused(3, &["not confirmed"]);
    demo.asked(&["strategy", "set", "imbalance_maker", "distance_ticks=-1", "--yes"])
        .refused(3, &["distance_ticks", "-1"]);
    let wider = maker(&["set", "imbalance_maker", &set, "--yes"]);
    assert_eq!((width(&wider), &wider["mode"]), (other, &Value::from("PAUSED")), "{wider}");
    demo.asked(&["strategy", "pause", "nobody"]).refused(3, &["nobody"]);
    assert_eq!(maker(&["start", "imbalance_maker", "--yes"])["mode"], "RUNNING");
    assert_eq!(width(&maker(&["list"])), other, "what was set stays in force");
    demo.terminate();
    demo.terminate();
    drop(demo.end());
}

/// `why` leads from what caused an order to what became of it: of the first one that was executed, and the first denied.
fn check_why(journal: &Path) {
    let first = |kind: &str, what: &str| {
        let told = ringside(["journal", "inspect", "--json", "--kind", kind]).arg(journal).run().json();
        let mut records = told["records"].as_array().expect("records").iter();
        let found = records.find(|record| record["what"] == what).unwrap_or_else(|| panic!("no {what}"));
        found["order"].as_str().expect("an order").to_owned()
    };
    let why = |id: &str| ringside(["why", id, "--json", "--journal"]).arg(journal).run().json();
    let executed = why(&first("report", "OrderFilled"));
    let steps = executed["timeline"].as_array().expect("steps");
    let place =
        |what: &str| steps.iter().position(|step| step["what"] == what).unwrap_or_else(|| panic!("{what}: {executed}"));
    let cause = steps.iter().position(|step| step["kind"] == "cause").expect("a cause");
    let way = [cause, place("OrderSubmitted"), place("OrderAccepted"), place("OrderFilled")];
    assert!(way.is_sorted() && steps.is_sorted_by_key(|step| step["at_ns"].as_u64()), "{executed}");
    assert!(executed["fills"][0]["since_cause_ns"].is_u64() && executed["profit_usd"].is_string(), "{executed}");
    let denied = why(&first("decision", "denied"));
    let steps = denied["timeline"].as_array().expect("steps");
    let no = steps.iter().find(|step| step["what"] == "denied").expect("the refusal");
    let breach = &no["breaches"][0];
    assert!(["check", "value", "limit"].iter().all(|field| !breach[field].is_null()), "{denied}");
}

/// Between the halt and the resumption risk let no order pass.
fn check_decisions(journal: &Value) {
    let records = journal["records"].as_array().expect("records");
    let commands = || records.iter().filter(|record| record["what"] == "command").map(|record| &record["asked"]);
    assert_eq!(commands().take(3).collect::<Vec<_>>(), ["HALTED", "ACTIVE", "FLATTEN"], "what was refused is none");
    let is_halted = records.iter().skip_while(|record| record["asked"] != "HALTED");
    let while_halted: Vec<&Value> = is_halted.take_while(|record| record["asked"] != "ACTIVE").collect();
    let passed =
        while_halted.iter().find(|record| ["submit", "hold", "release"].iter().any(|what| record["what"] == *what));
    assert!(passed.is_none(), "{passed:?}");
    assert!(while_halted.iter().any(|record| record["what"] == "denied"), "strategies went on wishing");
}

/// What a call about an order said.
fn outcome(ran: &Ran) -> Value {
    let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("one object: {ran}"));
    told["order"].clone()
}

#[test]
fn a_position_shows_where_a_person_has_moved_the_trigger_of_its_stop() {
    let demo = Demo::start(&[]);
    let place = |words: &[&str]| outcome(&demo.asked(&[&["order", "place"], words].concat()));
    // A machine that is busy brings one venue in sync late.
    let start = Instant::now();
    while place(&["buy", "0.05", "BTCUSDT.binance-spot"])["status"] != "FILLED" {
        assert!(start.elapsed() < PATIENCE, "nothing is bought");
        std::thread::sleep(Duration::from_millis(600));
    }
    let limited = ["--type", "stop_limit", "--trigger-price", "2500", "--price", "2490"];
    let stop = place(&[&["sell", "0.01", "BTCUSDT.binance-spot"][..], &limited].concat());
    assert_eq!(stop["status"], "EMULATED", "held here until its price comes: {stop}");
    let number = stop["order"].as_str().expect("a number").to_owned();
    // Of the one position behind which it stands.
    let is_shown = |told: &Value, trigger: &str| {
        let positions = told["positions"].as_array().expect("a list");
        let stops = positions.iter().flat_map(|position| position["stops"].as_array().expect("a list"));
        let own = stops.into_iter().find(|stop| stop["client_order_id"] == number.as_str());
        own.is_some_and(|own| own["trigger_px"] == trigger && own["px"] == "2490.00")
    };
    get_until(demo.door, "/api/v1/portfolio/positions", |told| is_shown(told, "2500.00"));
    let moved = outcome(&demo.asked(&["order", "modify", &number, "--trigger-price", "2600"]));
    assert_eq!((&moved["status"], &moved["denied"]), (&"EMULATED".into(), &Value::Null), "{moved}");
    get_until(demo.door, "/api/v1/portfolio/positions", |told| is_shown(told, "2600.00"));
    // And among the open orders, with what kind of order it is and since when it stands.
    get_until(demo.door, "/api/v1/trading/orders", |told| {
        let mut open = told["open"].as_array().expect("a list").iter();
        let own = open.find(|order| order["client_order_id"] == number.as_str());
        own.is_some_and(|own| {
            let terms = &own["terms"];
            let is_known = terms["type"] == "STOP_LIMIT" && terms["time_in_force"] == "GTC";
            let since = terms["passed_at_ns"].as_u64().zip(own["changed_at_ns"].as_u64());
            is_known
                && own["px"] == "2490.00"
                && terms["trigger_px"] == "2600.00"
                && since.is_some_and(|(passed, changed)| passed < changed)
        })
    });
    demo.terminate();
    drop(demo.end());
}

#[test]
fn a_person_places_changes_and_withdraws_orders_which_risk_judges_as_any_other() {
    let demo = Demo::start(&[]);
    demo.until("trading", |status| status["open_orders"] != 0);
    let place = |words: &[&str]| demo.asked(&[&["order", "place"], words].concat());
    // A machine that is busy brings one venue in sync late.
    let start = Instant::now();
    loop {
        let tried = outcome(&place(&["buy", "0.05", "BTCUSDT.binance-usdm", "--price", "2500"]));
        if tried["status"] == "ACCEPTED" {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{tried}");
        std::thread::sleep(Duration::from_millis(600));
    }
    let resting = ["buy", "0.05", "BTCUSDT.binance-usdm", "--price", "2501", "--id", "tuesday-1"];
    let first = outcome(&place(&resting));
    assert_eq!((&first["status"], &first["client_order_id"]), (&"ACCEPTED".into(), &"tuesday-1".into()), "{first}");
    let number = first["order"].as_str().expect("a number").to_owned();
    assert_eq!(outcome(&place(&resting)), first, "the same name is the same order");
    place(&["buy", "0.06", "BTCUSDT.binance-usdm", "--price", "2501", "--id", "tuesday-1"])
        .refused(3, &["another order had this client_order_id"]);
    let changed = outcome(&demo.asked(&["order", "modify", &number, "--price", "2502.5", "--qty", "0.06"]));
    assert_eq!(
        (&changed["order"], &changed["status"], &changed["denied"]),
        (&number.as_str().into(), &"ACCEPTED".into(), &Value::Null),
        "{changed}"
    );
    let gone = outcome(&demo.asked(&["order", "cancel", &number]));
    assert!(["CANCELED", "PENDING_CANCEL"].iter().any(|status| gone["status"] == *status), "{gone}");
    demo.asked(&["order", "cancel", &number]).refused(3, &["no order of that number is open"]);

    let stop = outcome(&place(&[
        "sell",
        "0.05",
        "BTCUSDT.binance-usdm",
        "--type",
        "stop_market",
        "--trigger-price",
        "2500",
        "--reduce-only",
    ]));
    assert_eq!(stop["status"], "EMULATED", "held here until its price comes: {stop}");
    let stop = stop["order"].as_str().expect("a number").to_owned();
    let moved = outcome(&demo.asked(&["order", "modify", &stop, "--trigger-price", "2600"]));
    assert_eq!((&moved["status"], &moved["denied"]), (&"EMULATED".into(), &Value::Null), "{moved}");
    let smaller = outcome(&demo.asked(&["order", "modify", &stop, "--qty", "0.04"]));
    assert_eq!((&smaller["status"], &smaller["qty"]), (&"EMULATED".into(), &"0.040".into()), "{smaller}");
    assert_eq!(outcome(&demo.asked(&["order", "cancel", &stop]))["status"], "CANCELED");

    let no = |ran: &Ran, check: &str| {
        assert_eq!(ran.code, Some(3), "{ran}");
        let told = outcome(ran);
        assert_eq!((&told["status"], &told["denied"]["check"]), (&"DENIED".into(), &check.into()), "{told}");
        assert!(told["denied"]["limit"].is_i64() && told["denied"]["value"].is_i64(), "{told}");
    };
    no(&place(&["buy", "1", "SOLUSDT.binance-usdm", "--price", "10"]), "INSTRUMENT_NOT_ALLOWED");
    place(&["buy", "20", "BTCUSDT.binance-usdm", "--price", "1000"]).refused(3, &["not confirmed", "USD"]);
    no(&place(&["buy", "20", "BTCUSDT.binance-usdm", "--price", "1000", "--yes"]), "NOTIONAL_EXCEEDS_MAX_PER_ORDER");
    place(&["buy", "0.05", "BTCUSDT.binance-usdm", "--price", "2500.123"]).refused(3, &["must be a multiple of"]);
    demo.asked(&["strategy", "pause", "manual"]).json();
    no(&place(&["buy", "0.05", "BTCUSDT.binance-usdm", "--price", "2504"]), "STRATEGY_PAUSED");
    demo.asked(&["strategy", "set", "manual", "qty=5", "--yes"]).refused(3, &["people's orders"]);
    demo.asked(&["strategy", "start", "manual", "--yes"]).json();

    let told = demo.asked(&["limits", "set", "order_notional_max_usd", "100"]).json();
    assert_eq!(told["limit"]["value"], "100.00", "{told}");
    no(&place(&["buy", "0.05", "BTCUSDT.binance-usdm", "--price", "2505"]), "NOTIONAL_EXCEEDS_MAX_PER_ORDER");
    let looser = demo.asked(&["limits", "set", "order_notional_max_usd", "200"]);
    assert_eq!(looser.code, Some(3), "a second word is missing: {looser}");
    assert!(looser.stdout.contains("\"token\""), "{looser}");
    demo.asked(&["limits", "set", "order_notional_max_usd", "1000000"]).refused(3, &["only the file"]);
    demo.terminate();
    let Ended { ran, scratch } = demo.end();
    let summary = ran.json();
    let journal = journal_of(&summary, &scratch);
    let replayed = ringside(["journal", "replay", "--json"]).arg(&journal).run().json();
    assert_eq!(hash(&replayed), hash(&summary), "what people asked is in the journal, and leads to the same state");
    let commands = ringside(["journal", "inspect", "--kind", "decision", "--json"]).arg(&journal).run().json();
    let asked = |record: &&Value| record["asked"] == "SET_LIMIT" && record["limit"] == "order_notional_max_usd";
    assert_eq!(commands["records"].as_array().expect("records").iter().filter(asked).count(), 1);
}
