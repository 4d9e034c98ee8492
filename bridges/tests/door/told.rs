//! What people tell the engine over HTTP: done once, said by two where it lets trade again, and written down.

use crate::client::{Answer, PATIENCE, ask, get_with};
use crate::people::{CANARY, Folder, bearer, claimed, joined, post};
use crate::rig::{NOW, Rig};
use bridges::By;
use bridges::office::{Chain, Office};
use engine_core::risk::decision::DecisionKind;
use engine_model::command::{Command, CommandKind};
use engine_model::limit::{Scope, TradingState};
use engine_model::units::Nanos;
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Tells, while the engine takes what comes. What it took.
fn told(rig: &mut Rig, path: &str, headers: &str, body: &Value) -> (Answer, Vec<Command>) {
    let (address, body) = (rig.address, body.to_string());
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| ask(address, "POST", path, headers, Some(&body)));
        let start = Instant::now();
        let mut all = Vec::new();
        while !asked.is_finished() && start.elapsed() < PATIENCE {
            let mut taken = Vec::new();
            rig.commands.take(16, |_, command| taken.push(*command));
            taken
                .iter()
                .for_each(|command| rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what }));
            all.extend(taken);
            std::thread::sleep(Duration::from_millis(1));
        }
        (asked.join().expect("answered"), all)
    })
}

fn audit(address: SocketAddr, admin: &str) -> Vec<Value> {
    let answer = get_with(address, "/api/v1/audit?limit=1000", &bearer(admin));
    answer.json()["rows"].as_array().expect("rows").clone()
}

#[test]
fn a_halt_is_done_once_for_its_key_and_written_down_before_and_after() {
    let folder = Folder::new("halt");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "trader", 30);
    let headers = format!("{}Idempotency-Key: 8f14e45f\r\n", bearer(&tom));
    let venue = json!({ "scope": "venue:binance-spot" });
    let (answer, taken) = told(&mut rig, "/api/v1/trading/halt", &headers, &venue);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(taken.len(), 1);
    let CommandKind::SetTradingState { state: TradingState::Halted, .. } = taken[0].what else { panic!("{taken:?}") };
    assert_eq!(answer.json()["scopes"], json!([{ "scope": "venue:binance-spot", "state": "HALTED" }]));
    let (again, taken) = told(&mut rig, "/api/v1/trading/halt", &headers, &venue);
    assert_eq!((again.status, again.body, taken), (200, answer.body, Vec::new()), "it is answered, and not done");
    let (other, taken) = told(&mut rig, "/api/v1/trading/halt", &headers, &json!({ "scope": "whole" }));
    assert_eq!((other.status, taken), (409, Vec::new()), "the key is of another request");
    let rows = audit(rig.address, &admin);
    let [asked, came] = &rows[rows.len() - 2..] else { panic!("{rows:?}") };
    let tells = |row: &Value, names: [&str; 3]| names.map(|name| row[name].as_str().expect("text").to_owned());
    assert_eq!(tells(asked, ["actor", "action", "what"]), ["user:tom", "halt", "venue:binance-spot"]);
    assert_eq!(tells(asked, ["outcome", "before", "after"]), ["asked", "ACTIVE", ""]);
    assert_eq!(tells(came, ["outcome", "after", "actor"]), ["done", "HALTED", "user:tom"]);
    assert_eq!(came["answers"], asked["seq"]);
    assert!(asked["source"].as_str().expect("text").starts_with("session:"), "{asked}");
    assert!(asked["source"].as_str().expect("text").ends_with("@127.0.0.1"), "{asked}");
}

#[test]
fn what_was_stopped_trades_again_when_two_have_said_so_and_not_sooner() {
    let folder = Folder::new("resume");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let (rita, ruth) = (joined(&mut rig, &admin, "rita", "risk", 30), joined(&mut rig, &admin, "ruth", "risk", 60));
    let resume = |rig: &mut Rig, who: &str, token: Option<&str>| {
        told(rig, "/api/v1/trading/resume", &bearer(who), &json!({ "scope": "whole", "token": token }))
    };
    let first = |rig: &mut Rig| {
        let (answer, taken) = resume(rig, &rita, None);
        assert_eq!((answer.status, taken), (202, Vec::new()), "{}", answer.body);
        answer.json()["token"].as_str().expect("a token").to_owned()
    };
    let token = first(&mut rig);
    rig.clock.set(NOW.0 + 70 * Nanos::SECOND);
    let (alone, taken) = resume(&mut rig, &rita, Some(&token));
    assert_eq!((alone.status, taken), (409, Vec::new()));
    assert!(alone.body.contains("another person"), "{}", alone.body);
    let token = first(&mut rig);
    let (soon, taken) = resume(&mut rig, &ruth, Some(&token));
    assert_eq!((soon.status, taken), (409, Vec::new()), "five seconds lie between");
    let token = first(&mut rig);
    rig.clock.set(NOW.0 + 80 * Nanos::SECOND);
    let (both, taken) = resume(&mut rig, &ruth, Some(&token));
    assert_eq!(both.status, 200, "{}", both.body);
    let whole = CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Active };
    assert_eq!(taken.iter().map(|command| command.what).collect::<Vec<_>>(), [whole]);
    let rows = audit(rig.address, &admin);
    let outcomes: Vec<&str> =
        rows.iter().filter(|row| row["action"] == "resume").filter_map(|row| row["outcome"].as_str()).collect();
    assert_eq!(outcomes.len(), 12, "{outcomes:?}");
    assert_eq!(outcomes.last(), Some(&"done"));
    assert!(!rows.iter().any(|row| row.to_string().contains(&token)), "no token in the audit");
}

#[test]
fn the_audit_is_one_chain_and_no_secret_is_kept_or_told_anywhere() {
    let log = Log::default();
    let told_at = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    // The only test of this binary that listens: it hears what all of them say.
    subscriber.with_writer(move || told_at.clone()).init();
    let folder = Folder::new("canary");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "trader", 30);
    let made = post(rig.address, "/api/v1/keys", &tom, &json!({ "name": "bot", "role": "trader" }));
    let key = made.json()["key"].as_str().expect("a key").to_owned();
    // A password in the place of a name, and in the place of everything else.
    crate::people::try_login(rig.address, CANARY, CANARY);
    for path in ["/api/v1/trading/halt", "/api/v1/trading/reduce"] {
        told(&mut rig, path, &bearer(&key), &json!({ "scope": "whole" }));
    }
    let config = folder.config();
    rig.bridge.join().expect("ended");
    let secret = |token: &str| token.split('_').next_back().expect("a secret").to_owned();
    let secrets = [CANARY.to_owned(), secret(&admin), secret(&tom), secret(&key)];
    let mut files = 0;
    for entry in std::fs::read_dir(&folder.0).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        for secret in &secrets {
            let is_in = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_in, "{} holds a secret", path.display());
        }
        files += 1;
    }
    assert!(files >= 2, "a database and the audit's heads");
    let said = log.0.lock().expect("whole").clone();
    let is_said = |text: &str| said.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(is_said("INSERT INTO users") && is_said("the door is open"), "it listens");
    for secret in &secrets {
        assert!(!is_said(secret), "the log holds a secret");
    }
    let by = By { actor: "uid:0".to_owned(), source: "test".to_owned() };
    let office = Office::open(&config, by).expect("the same database");
    let Chain::Whole { rows, .. } = office.verify().expect("read") else { panic!("broken") };
    assert!(rows > 10, "{rows}");
}
