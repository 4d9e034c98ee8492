//! Jobs over HTTP: the queue, whose a job is, how it is ended, what outlives the engine. A program of the test stands in the
//! place of ours; the real one is in a story.

use crate::client::{Answer, ask, get_with};
use crate::people::{Folder, bearer, claimed, joined, post};
use crate::rig::Rig;
use bridges::dto::JobWork;
use bridges::{DatabasePlace, JobsSettings, Locks};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);
/// Answers at once; with a fee it says how far it is and goes on until its input ends.
const PROGRAM: &str = r#"#!/bin/sh
case "$*" in
*--fee=0.25* | *--strategy=donchian*) echo progress 5 20 >&2; exec cat > /dev/null ;;
*--fee=0.5*) echo "ringside: --fee: found 0.5, accepted: less" >&2; exit 2 ;;
esac
echo "{\"metrics\": {\"sharpe\": 1.5}, \"args\": \"$1 $2 $3\"}"
"#;

/// Settings with what the tests need of a folder: a program, and a store of history with one series.
pub(crate) fn settings(folder: &Path) -> JobsSettings {
    let program = folder.join("program");
    std::fs::write(&program, PROGRAM).expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("ours");
    // What there is, is known by the names of files.
    let series = folder.join("history/binance-usdm/BTCUSDT/candles-1h");
    std::fs::create_dir_all(&series).expect("a folder");
    std::fs::write(series.join("2026.parquet"), "").expect("written");
    JobsSettings {
        place: DatabasePlace::File(folder.join("people.db")),
        folder: folder.join("jobs"),
        history: folder.join("history"),
        program,
        venues: String::new(),
        at_once: 1,
        waiting_max: 4,
        own_waiting_max: 2,
        kept: 100,
        longest: Duration::from_secs(600),
        memory_mib: 64,
        hot_cores: Vec::new(),
        schedules: Vec::new(),
    }
}

fn rig(folder: &Folder, settings: JobsSettings) -> Rig {
    Rig::with_jobs(Locks { people: Some(folder.config()), ..Locks::default() }, settings, None)
}

fn backtest(fee: f64) -> Value {
    json!({ "strategy": "sma_cross", "past": { "data": "binance-usdm:BTCUSDT" }, "terms": { "fee": fee } })
}

/// One that goes on until it is ended.
const LASTING: f64 = 0.25;

fn start(address: SocketAddr, session: &str, fee: f64) -> u64 {
    let answer = post(address, "/api/v1/backtesting/runs", session, &backtest(fee));
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.json()["id"].as_u64().expect("a number")
}

fn job(address: SocketAddr, session: &str, id: u64) -> Answer {
    get_with(address, &format!("/api/v1/jobs/{id}"), &bearer(session))
}

fn cancel(address: SocketAddr, session: &str, id: u64) -> Answer {
    ask(address, "POST", &format!("/api/v1/jobs/{id}/cancel"), &bearer(session), None)
}

#[track_caller]
fn until(address: SocketAddr, session: &str, id: u64, right: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let found = job(address, session, id).json();
        if right(&found) {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |job| job["state"] == state
}

fn code(answer: &Answer) -> String {
    answer.error()["code"].as_str().expect("a code").to_owned()
}

#[test]
fn a_job_waits_runs_says_how_far_it_is_and_comes_to_something() {
    let folder = Folder::new("jobs");
    let rig = rig(&folder, settings(&folder.0));
    let (address, ada) = (rig.address, claimed(&rig, &folder.0));
    let quick = start(address, &ada, 0.001);
    let done = until(address, &ada, quick, is("done"));
    assert_eq!(done["figures"][1], json!({ "name": "sharpe", "value": 1.5 }), "{done}");
    assert!(done["started_at_ns"].as_u64() <= done["ended_at_ns"].as_u64() && done["asked_by"] == "user:ada", "{done}");
    let result = get_with(address, &format!("/api/v1/backtesting/results/{quick}"), &bearer(&ada)).json();
    assert_eq!(result["result"]["args"], "--job=64 backtest --strategy=sma_cross", "{result}");
    assert_eq!(result["job"]["id"], quick);
    // One at a time; the second waits, and either can be ended.
    let (runs, waits) = (start(address, &ada, LASTING), start(address, &ada, LASTING));
    let running = until(address, &ada, runs, |job| job["done"] == 5);
    assert_eq!((&running["state"], &running["total"]), (&json!("running"), &json!(20)), "{running}");
    assert!(running["over_at_ns"].as_u64() > running["started_at_ns"].as_u64(), "{running}");
    assert_eq!(job(address, &ada, waits).json()["state"], "queued");
    let answer = get_with(address, &format!("/api/v1/backtesting/results/{runs}"), &bearer(&ada));
    assert_eq!((answer.status, code(&answer).as_str()), (409, "no_result"));
    assert_eq!(cancel(address, &ada, waits).json()["state"], "canceled", "it has not begun");
    cancel(address, &ada, runs);
    until(address, &ada, runs, is("canceled"));
    let answer = cancel(address, &ada, runs);
    assert_eq!((answer.status, code(&answer).as_str()), (409, "job_is_over"));
    let failed = start(address, &ada, 0.5);
    let failed = until(address, &ada, failed, is("failed"));
    assert_eq!(failed["told"], "--fee: found 0.5, accepted: less");
    // Pages, newest first.
    let page = |query: &str| get_with(address, &format!("/api/v1/backtesting/runs{query}"), &bearer(&ada)).json();
    let ids =
        |page: &Value| page["jobs"].as_array().expect("jobs").iter().map(|job| job["id"].as_u64()).collect::<Vec<_>>();
    let first = page("?limit=3");
    assert_eq!((ids(&first), &first["next_before"]), (vec![Some(4), Some(3), Some(2)], &json!(2)));
    let last = page("?limit=3&before=2");
    assert_eq!((ids(&last), &last["next_before"]), (vec![Some(1)], &Value::Null));
    // All as the document says it.
    let document = get_with(address, "/api/openapi.json", &bearer(&ada)).json();
    let shape = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    for (name, found) in [("Jobs", first), ("Job", done), ("Job", failed)] {
        crate::schema::check(&document, &shape(name), &found).unwrap_or_else(|fault| panic!("{fault}: {found}"));
    }
    assert!(ids(&get_with(address, "/api/v1/jobs?kind=optimize", &bearer(&ada)).json()).is_empty());
    let audit = get_with(address, "/api/v1/audit", &bearer(&ada)).body;
    assert!(audit.contains("job start") && audit.contains("job cancel") && audit.contains("\"job 1\""), "{audit}");
}

#[test]
fn what_is_wrong_is_refused_before_it_waits_and_a_queue_has_an_end() {
    let folder = Folder::new("jobs-refused");
    let mut rig = rig(&folder, settings(&folder.0));
    let (address, ada) = (rig.address, claimed(&rig, &folder.0));
    let runs = "/api/v1/backtesting/runs";
    let wrong = post(address, runs, &ada, &json!({ "strategy": "sma_cross", "past": { "data": "okx:BTC" } }));
    assert_eq!((wrong.status, code(&wrong).as_str()), (400, "bad_job"));
    assert_eq!(wrong.error()["expected"], json!(["binance-usdm:BTCUSDT"]));
    let unknown =
        post(address, runs, &ada, &json!({ "strategy": "sma_cross", "past": { "data": "x" }, "input": "/etc" }));
    assert_eq!((unknown.status, code(&unknown).as_str()), (400, "bad_body"));
    for path in ["/api/v1/jobs/0", "/api/v1/jobs/99", "/api/v1/backtesting/results/99"] {
        let none = get_with(address, path, &bearer(&ada));
        assert_eq!((none.status, code(&none).as_str()), (404, "no_such_job"), "{path}");
    }
    assert_eq!(get_with(address, "/api/v1/jobs/x", &bearer(&ada)).status, 400);
    // One runs, two of one wait, and one more does not; another may.
    let tom = joined(&mut rig, &ada, "tom", "trader", 30);
    let first = start(address, &ada, LASTING);
    until(address, &ada, first, is("running"));
    let (second, third) = (start(address, &ada, LASTING), start(address, &ada, LASTING));
    let full = post(address, runs, &ada, &backtest(LASTING));
    assert_eq!((full.status, code(&full).as_str()), (409, "too_many_jobs"), "{}", full.body);
    let toms = start(address, &tom, LASTING);
    // Whoever had none yet is before whoever had one.
    cancel(address, &ada, first);
    until(address, &tom, toms, is("running"));
    assert_eq!(job(address, &ada, second).json()["state"], "queued");
    // Twice under one key is once.
    let key = format!("{}Idempotency-Key: a\r\n", bearer(&tom));
    let again = |fee: f64| ask(address, "POST", runs, &key, Some(&backtest(fee).to_string()));
    let (one, two, other) = (again(0.001), again(0.001), again(0.002));
    assert_eq!((one.status, &one.body), (202, &two.body), "the same answer");
    assert_eq!((other.status, code(&other).as_str()), (409, "key_of_another"));
    // What is one's is nobody else's, but for an admin's eyes.
    let list =
        |session: &str| get_with(address, "/api/v1/jobs", &bearer(session)).json()["jobs"].as_array().map(Vec::len);
    assert_eq!((list(&tom), list(&ada)), (Some(2), Some(5)));
    for (path, verb) in [("/api/v1/jobs/", "GET"), ("/api/v1/backtesting/results/", "GET"), ("", "POST")] {
        let path = if path.is_empty() { format!("/api/v1/jobs/{third}/cancel") } else { format!("{path}{third}") };
        let answer = ask(address, verb, &path, &bearer(&tom), None);
        assert_eq!((answer.status, code(&answer).as_str()), (404, "no_such_job"), "{path}");
    }
    assert_eq!(cancel(address, &ada, toms).status, 200, "an admin ends anybody's");
    for id in [second, third] {
        cancel(address, &ada, id);
    }
}

#[test]
fn an_engine_that_ends_says_so_and_the_next_one_goes_on() {
    let folder = Folder::new("jobs-again");
    let rig = rig(&folder, settings(&folder.0));
    let (address, ada) = (rig.address, claimed(&rig, &folder.0));
    let runs = start(address, &ada, LASTING);
    until(address, &ada, runs, |job| job["done"] == 5);
    let waits = start(address, &ada, 0.001);
    let (began, Rig { bridge, .. }) = (Instant::now(), rig);
    bridge.join().expect("it ends");
    assert!(began.elapsed() < Duration::from_secs(5), "what runs ends when its input does");
    let rig = self::rig(&folder, settings(&folder.0));
    let cut_off = until(rig.address, &ada, runs, is("interrupted"));
    assert!(cut_off["told"].as_str().is_some_and(|told| told.contains("ask for it again")), "{cut_off}");
    until(rig.address, &ada, waits, is("done"));
}

#[test]
fn a_backup_is_a_copy_that_opens_and_a_report_is_all_of_one_moment() {
    let folder = Folder::new("jobs-own");
    let every_minute = ("often".to_owned(), "* * * * *".to_owned(), JobWork::Report);
    let settings = JobsSettings { schedules: vec![every_minute], ..settings(&folder.0) };
    let mut rig = rig(&folder, settings);
    rig.portfolio(100_500);
    let (address, ada) = (rig.address, claimed(&rig, &folder.0));
    let begin = |path: &str| {
        let answer = ask(address, "POST", path, &bearer(&ada), None);
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.json()["id"].as_u64().expect("a number")
    };
    let (report, snapshot) = (begin("/api/v1/jobs/report"), begin("/api/v1/jobs/snapshot"));
    until(address, &ada, report, is("done"));
    until(address, &ada, snapshot, is("done"));
    let backup = begin("/api/v1/jobs/backup");
    until(address, &ada, backup, is("done"));
    let result = |id: u64| {
        get_with(address, &format!("/api/v1/backtesting/results/{id}"), &bearer(&ada)).json()["result"].clone()
    };
    let told = result(report);
    assert!(told["performance"].is_object() && told["positions"].is_object() && told["balance"].is_object(), "{told}");
    let told = result(snapshot);
    let coins = told["coins"].as_array().expect("coins");
    assert!(coins.iter().any(|coin| coin["coin"] == "BTC") && told["venues"]["venues"].is_array(), "{told}");
    let told = result(backup);
    let file = Path::new(told["file"].as_str().expect("a file"));
    let mode = std::fs::metadata(file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
    assert!(told["audit_rows"].as_u64() > Some(0) && told["bytes"].as_u64() > Some(0), "{told}");
    let schedules = get_with(address, "/api/v1/jobs/schedules", &bearer(&ada)).json();
    let often = &schedules["schedules"][0];
    assert_eq!((&often["name"], &often["missed"]), (&json!("often"), &json!(0)), "{schedules}");
    assert!(often["next_at_ns"].as_u64() > Some(0), "{schedules}");
}
