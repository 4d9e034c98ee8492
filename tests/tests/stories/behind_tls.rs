//! Commands that reach an engine by URL and key: over TLS with the house's own certificate, and each way in which that is
//! refused, in a line that says what to do and shows no key.

use crate::process::{Call, Going, Ran, ringside};
use crate::run::Ground;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

const SETTINGS: &str = "[users]\nmode = \"database\"\npassword_memory_kib = 64\npassword_passes = 1\n[sentinel]\n\
    enabled = false\n[bridge]\naddress = \"127.0.0.1:0\"\ntls_certificates = \"desk.pem\"\ntls_key = \"desk.key\"\n\
    [[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"binance-usdm:BTCUSDT\"]\n\
    [[strategy]]\nname = \"manual\"\ninstruments = [\"binance-usdm:ETHUSDT\"]\n";

/// A run whose door speaks TLS, by a certificate for `localhost` that signs itself.
struct House {
    ground: Ground,
    _going: Going,
    port: u16,
}

impl House {
    fn new() -> Self {
        let ground = Ground::new();
        certify(&ground, "desk");
        let mut going = ground.call(SETTINGS, &[]).start();
        let said = going.until_said("the door is https://");
        let port =
            said.split("https://").nth(1).and_then(|rest| rest.split('/').next()?.split(':').nth(1)?.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port: {said}"));
        Self { ground, _going: going, port }
    }

    fn folder(&self) -> &Path {
        self.ground.scratch.path()
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// At the machine: a user of that role, and a key of his in a file; what stands in it.
    fn join(&self, name: &str, role: &str, holds: &[&str]) -> (PathBuf, String) {
        let at =
            |call: Call| call.arg("--config").arg("settings.toml").arg("--json").within(self.folder()).run().json();
        at(ringside(["user", "add", name, "--role", role]));
        let made = at(ringside([&["key", "create", "--user", name, "--role", role], holds].concat()));
        let key = made["key"].as_str().expect("a key").to_owned();
        (secret(&self.ground, &format!("{name}.key"), &key), key)
    }

    /// The run looks for new keys now and then.
    fn until_known(&self, key: &Path) {
        let began = Instant::now();
        while self.told(&["status"], key).code != Some(0) {
            assert!(began.elapsed() < PATIENCE, "the run never looks for new keys");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn asked(&self, words: &[&str], url: &str, key: &Path, ca: &str) -> Ran {
        let call = ringside(words).arg("--url").arg(url).arg("--key-file").arg(key).arg("--ca").arg(ca);
        call.within(self.folder()).run()
    }

    /// By the right way.
    fn told(&self, words: &[&str], key: &Path) -> Ran {
        self.asked(&[words, &["--json"]].concat(), &self.url(), key, "desk.pem")
    }
}

fn secret(ground: &Ground, name: &str, text: &str) -> PathBuf {
    let file = ground.scratch.file(name, text);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("ours");
    file
}

/// `NAME.pem` and `NAME.key`.
fn certify(ground: &Ground, name: &str) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    ground.scratch.file(&format!("{name}.pem"), made.cert.pem());
    secret(ground, &format!("{name}.key"), &made.signing_key.serialize_pem());
}

/// One line, of these words, without the key.
#[track_caller]
fn refused(ran: &Ran, code: i32, word: &str, key: &str) {
    ran.refused(code, &[word]);
    assert_eq!(ran.stderr.trim_end().lines().count(), 1, "{ran}");
    let secret = key.rsplit('_').next().expect("its last part");
    assert!(!ran.stderr.contains(secret), "{ran}");
}

fn outcome(ran: &Ran) -> Value {
    let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("one object: {ran}"));
    told["order"].clone()
}

#[test]
fn from_elsewhere_a_person_looks_and_trades_by_https_and_whoever_cannot_is_told_why() {
    let house = House::new();
    let (ada, key) = house.join("ada", "risk", &[]);
    let (eve, expired) = house.join("eve", "viewer", &["--for", "1s"]);
    let made_at = Instant::now();
    house.until_known(&ada);

    let positions = house.told(&["positions"], &ada).json();
    assert!(positions["positions"].is_array(), "{positions}");
    let variables =
        [("RINGSIDE_URL", house.url()), ("RINGSIDE_KEY", key.clone()), ("RINGSIDE_CA", "desk.pem".to_owned())];
    let call = variables.iter().fold(ringside(["status", "--json"]), |call, (name, value)| call.knowing(name, value));
    let status = call.within(house.folder()).run().json();
    let engine = &status["engines"][0];
    assert_eq!((&engine["url"], &engine["trading_state"]), (&house.url().into(), &"ACTIVE".into()), "{status}");

    let place = |words: &[&str]| {
        house.told(&[&["order", "place", "buy", "0.05", "ETHUSDT.binance-usdm"], words].concat(), &ada)
    };
    let began = Instant::now();
    let first = loop {
        let first = outcome(&place(&["--price", "2501", "--id", "tuesday-1"]));
        // A book that is not in sync yet denies it.
        if first["status"] == "ACCEPTED" {
            break first;
        }
        assert!(began.elapsed() < PATIENCE, "{first}");
        std::thread::sleep(Duration::from_millis(600));
    };
    let number = first["order"].as_str().expect("a number");
    let changed = outcome(&house.told(&["order", "modify", number, "--price", "2502.5"], &ada));
    assert_eq!(changed["denied"], Value::Null, "{changed}");
    let gone = outcome(&house.told(&["order", "cancel", number], &ada));
    assert!(["CANCELED", "PENDING_CANCEL"].iter().any(|status| gone["status"] == *status), "{gone}");
    refused(&house.told(&["order", "cancel", number], &ada), 3, "no order of that number", &key);
    let large = ["order", "place", "buy", "20", "ETHUSDT.binance-usdm", "--price", "1000"];
    refused(&house.told(&large, &ada), 3, "not confirmed: worth about", &key);

    let paused = house.told(&["strategy", "pause", "imbalance_maker"], &ada).json();
    assert_eq!(paused["engines"][0]["strategies"][0]["mode"], "PAUSED", "{paused}");
    let halted = house.told(&["halt"], &ada).json();
    assert_eq!(halted["engines"][0]["trading_state"], "HALTED", "{halted}");
    let again = house.asked(&["resume"], &house.url(), &ada, "desk.pem");
    again.refused(3, &["let another person say it once more"]);
    assert!(again.stderr.contains(&format!("--url {} --ca desk.pem", house.url())), "{again}");

    certify(&house.ground, "stranger");
    let url = house.url();
    refused(&house.asked(&["status"], &url, &ada, "stranger.pem"), 4, "is not of stranger.pem (--ca)", &key);
    let nobodys = ringside(["positions", "--url", &url, "--key-file"]).arg(&ada).within(house.folder()).run();
    refused(&nobodys, 4, "--ca FILE", &key);
    let other_name = format!("https://127.0.0.1:{}", house.port);
    refused(&house.asked(&["orders"], &other_name, &ada, "desk.pem"), 4, "not for the name 127.0.0.1", &key);
    let plain = format!("http://127.0.0.1:{}", house.port);
    refused(&house.asked(&["halt"], &plain, &ada, "desk.pem"), 4, "is it https:// there?", &key);
    refused(&house.asked(&["alerts"], "http://192.0.2.1:8420", &ada, "desk.pem"), 3, "in the clear", &key);
    let no_tls = format!("https://localhost:{}", port_of(&house.ground.exchange.rest_url()));
    refused(&house.asked(&["limits"], &no_tls, &ada, "desk.pem"), 4, "speaks no TLS", &key);
    refused(&house.asked(&["status"], &url, &ada, "desk.key"), 2, "found no certificate", &key);
    refused(&house.asked(&["status"], "https://tom:rsk_1_2@localhost", &ada, "desk.pem"), 2, "user name", &key);
    std::thread::sleep(Duration::from_millis(1_100).saturating_sub(made_at.elapsed()));
    refused(&house.asked(&["positions"], &url, &eve, "desk.pem"), 3, "401", &expired);
    // A viewer may look, and halts nothing.
    let (tom, key) = house.join("tom", "viewer", &[]);
    house.until_known(&tom);
    refused(&house.told(&["halt"], &tom), 3, "higher role", &key);
}

fn port_of(url: &str) -> &str {
    url.rsplit(':').next().and_then(|rest| rest.split('/').next()).expect("a port")
}
