//! Work in the background with the real binary: begun over the API, watched, ended, cut off by `kill -9`, gone on with; and
//! that it takes nothing that trading wants.

use crate::process::{Call, Going, Ran, ringside};
use crate::run::Ground;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Work in the background gets three thousandths of a core that is busy.
const PATIENCE: Duration = Duration::from_secs(800);
/// A quarter of a million combinations would take minutes; each is refused but for the cap of ten thousand.
const SPACE: &str = r#"{"fast": {"min": 2, "max": 101, "step": 1}, "slow": {"min": 102, "max": 201, "step": 1}}"#;

const SETTINGS: &str =
    "[users]\nmode = \"database\"\n[bridge]\naddress = \"127.0.0.1:0\"\n[sentinel]\nenabled = false\n";

/// A run that has users, a first admin, and his key in a file.
struct House {
    ground: Ground,
    going: Option<Going>,
    door: SocketAddr,
}

impl House {
    fn new() -> Self {
        let ground = Ground::new();
        let mut house = Self { ground, going: None, door: SocketAddr::from(([127, 0, 0, 1], 0)) };
        house.fill();
        house.begin();
        house
    }

    fn folder(&self) -> &Path {
        self.ground.scratch.path()
    }

    /// Candles of two months that swing, into the store of history.
    fn fill(&self) {
        let price = |n: f64| 100.0 + 10.0 * (n / 9.0).sin() + 3.0 * (n / 2.3).cos();
        let row = |n: u32| {
            let (open, close) = (price(f64::from(n)), price(f64::from(n) + 1.0));
            let (high, low, at) = (open.max(close), open.min(close), u64::from(n) * 60_000);
            format!("{at},{open:.4},{high:.4},{low:.4},{close:.4},1\n")
        };
        let text = "time_ms,open,high,low,close,volume\n".to_owned() + &(0..60_000).map(row).collect::<String>();
        let file = self.ground.scratch.file("btc.csv", text);
        let call =
            ringside(["data", "import", "--venue", "binance-usdm", "--symbol", "BTCUSDT", "--tf", "1m", "--json"]);
        let imported = call.arg(file).within(self.folder()).run().json();
        assert!(imported.is_object(), "{imported}");
    }

    fn begin(&mut self) {
        let mut going = self.ground.call(SETTINGS, &[]).start();
        let said = going.until_said("the door is http://").to_owned();
        let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        self.door = address.parse().expect("an address");
        self.going = Some(going);
    }

    fn settings(&self) -> PathBuf {
        self.folder().join("settings.toml")
    }

    /// At the machine: a user, and a key of his in a file that only he may open.
    fn join(&self, name: &str, role: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let at =
            |call: Call| call.arg("--config").arg(self.settings()).arg("--json").within(self.folder()).run().json();
        at(ringside(["user", "add", name, "--role", role]));
        let made = at(ringside(["key", "create", "--user", name, "--role", role, "--name", "story"]));
        let key = made["key"].as_str().expect("a key");
        let file = self.ground.scratch.file(&format!("{name}.key"), key);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("ours");
        file
    }

    fn jobs(&self, key: &Path, words: &[&str]) -> Ran {
        let call = words.iter().fold(ringside(["jobs"]), |call, word| call.arg(*word));
        let call = call.arg("--url").arg(self.door.to_string()).arg("--key-file").arg(key).arg("--json");
        call.within(self.folder()).run()
    }

    fn until(&self, key: &Path, id: &str, right: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let job = self.jobs(key, &["show", id]).json();
            if right(&job) {
                return job;
            }
            assert!(began.elapsed() < PATIENCE, "{job}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn search(&self, key: &Path) -> String {
        let words = ["start", "optimize", "--strategy", "sma_cross", "--method", "grid", "--space", SPACE];
        let past = ["--data", "binance-usdm:BTCUSDT", "--tf", "1m", "--fee", "0.001"];
        id(&self.jobs(key, &[&words[..], &past].concat()).json())
    }

    fn pid(&self) -> u32 {
        self.going.as_ref().expect("it runs").pid()
    }

    /// The processes that it has called.
    fn children(&self) -> Vec<u32> {
        let of = |entry: std::fs::DirEntry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            (parent == self.pid()).then_some(pid)
        };
        std::fs::read_dir("/proc").expect("processes").flatten().filter_map(of).collect()
    }
}

fn id(job: &Value) -> String {
    job["id"].as_u64().unwrap_or_else(|| panic!("no number: {job}")).to_string()
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn research_is_begun_watched_ended_and_outlives_a_kill_while_trading_goes_on() {
    let mut house = House::new();
    let (ada, eve) = (house.join("ada", "trader"), house.join("eve", "trader"));
    // A backtest, to its result; nothing of it is anybody else's.
    let words = ["start", "backtest", "--strategy", "sma_cross", "--data", "binance-usdm:BTCUSDT", "--tf", "1h"];
    let run = id(&house.jobs(&ada, &words).json());
    let done = house.until(&ada, &run, |job| job["ended_at_ns"].is_u64());
    assert_eq!(done["state"], "done", "{done}");
    let result = house.jobs(&ada, &["result", &run]).json();
    let alone = ringside(["backtest", "--strategy", "sma_cross", "--data", "binance-usdm:BTCUSDT", "--tf", "1h"]);
    let alone = alone.arg("--sizing").arg("[\"allin\"]").arg("--json").within(house.folder()).run().json();
    assert_eq!(result["result"]["metrics"], alone["metrics"], "the same command, the same numbers");
    house.jobs(&eve, &["show", &run]).refused(1, &["you have no job"]);
    // What only the engine has goes through every stage, as a job as by itself.
    let staged = ["backtest", "--strategy", "streak", "--data", "binance-usdm:BTCUSDT", "--tf", "1h", "--fee", "0.001"];
    let run = id(&house.jobs(&ada, &[&["start"], &staged[..]].concat()).json());
    assert_eq!(house.until(&ada, &run, |job| job["ended_at_ns"].is_u64())["state"], "done");
    let result = house.jobs(&ada, &["result", &run]).json()["result"].clone();
    let alone = ringside(staged).arg("--json").within(house.folder()).run().json();
    assert_eq!((&result["by"], &result["metrics"]), (&Value::from("stages"), &alone["metrics"]));
    assert_eq!(result["state_hash"], alone["state_hash"]);
    house
        .jobs(&ada, &["start", "backtest", "--strategy", "pairs", "--data", "okx:BTC"])
        .refused(2, &["strategy=pairs", "several instruments"]);
    house
        .jobs(&ada, &["start", "backtest", "--strategy", "sma_cross", "--data", "okx:BTC"])
        .refused(2, &["past.data=okx:BTC"]);

    // A search that would take long: how it runs, how far it is, and that the engine is halted beside it at once.
    let search = house.search(&ada);
    let running = house.until(&ada, &search, |job| job["done"].as_u64().is_some_and(|done| done > 0));
    assert_eq!((&running["state"], &running["total"]), (&Value::from("running"), &Value::from(10_000)), "{running}");
    let [child] = house.children()[..] else { panic!("one process: {:?}", house.children()) };
    let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).expect("it runs");
    let class = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(38)).expect("a class");
    assert_eq!(class, "5", "SCHED_IDLE: {stat}");
    let limits = std::fs::read_to_string(format!("/proc/{child}/limits")).expect("it runs");
    let memory = limits.lines().find(|line| line.starts_with("Max address space")).expect("a limit");
    assert!(memory.contains("4294967296"), "{memory}");
    let environment = std::fs::read_to_string(format!("/proc/{child}/environ")).expect("it runs");
    assert!(!environment.contains("CARGO"), "what we are started with is not handed on");
    let halted =
        ringside(["halt", "--pid"]).arg(house.pid().to_string()).arg("--json").within(house.folder()).run().json();
    assert_eq!(halted["engines"][0]["trading_state"], "HALTED", "{halted}");
    house.jobs(&ada, &["cancel", &search]);
    house.until(&ada, &search, |job| job["state"] == "canceled");
    assert!(!is_alive(child), "it is gone with its job");

    // Killed without a word: its process goes with it; what ran is told as cut off, what waited is worked at.
    let (cut_off, waiting) = (house.search(&ada), id(&house.jobs(&ada, &words).json()));
    house.until(&ada, &cut_off, |job| job["done"].as_u64().is_some_and(|done| done > 0));
    let [child] = house.children()[..] else { panic!("one process: {:?}", house.children()) };
    let going = house.going.take().expect("it runs");
    going.signal("-KILL");
    drop(going.end());
    let began = Instant::now();
    while is_alive(child) {
        assert!(began.elapsed() < PATIENCE, "a job has outlived its engine");
        std::thread::sleep(Duration::from_millis(50));
    }
    house.begin();
    let told = house.until(&ada, &cut_off, |job| job["ended_at_ns"].is_u64());
    assert_eq!(told["state"], "interrupted", "{told}");
    assert!(told["told"].as_str().is_some_and(|told| told.contains("ask for it again")), "{told}");
    let done = house.until(&ada, &waiting, |job| job["ended_at_ns"].is_u64());
    assert_eq!(done["state"], "done", "{done}");
    let going = house.going.take().expect("it runs");
    going.terminate();
    assert!(going.end().code.is_some());
}
