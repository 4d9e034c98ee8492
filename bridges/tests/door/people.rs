//! Users over HTTP: the first admin, logging in, keys, what one sees of another, and that no secret is anywhere.

use crate::client::{Answer, Stream, ask, get_with};
use crate::rig::{NOW, Rig};
use bridges::{DatabasePlace, Locks, PasswordCost, PeopleConfig};
use engine_core::risk::decision::DecisionKind;
use engine_model::command::CommandKind;
use engine_model::limit::{Scope, TradingState};
use engine_model::units::Nanos;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// In every password: what must be found nowhere.
pub(crate) const CANARY: &str = "canary-3f9a77";
const FIRST: &str = "canary-3f9a77 of the first admin";

/// A folder that goes away with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn config(&self) -> PeopleConfig {
        PeopleConfig {
            place: DatabasePlace::File(self.0.join("people.db")),
            folder: self.0.clone(),
            // What a guess costs is of no matter here.
            password: PasswordCost { memory_kib: 64, passes: 1 },
            session: Duration::from_secs(3_600),
            rate_per_s: 1_000,
            burst: 10_000,
        }
    }

    pub(crate) fn rig(&self) -> Rig {
        Rig::behind(Locks { people: Some(self.config()), ..Locks::default() })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

pub(crate) fn post(address: SocketAddr, path: &str, token: &str, body: &Value) -> Answer {
    ask(address, "POST", path, &bearer(token), Some(&body.to_string()))
}

/// A house with a first admin: his session.
pub(crate) fn claimed(rig: &Rig, folder: &Path) -> String {
    let secret = std::fs::read_to_string(folder.join("claim")).expect("the one-time secret");
    let body = json!({ "secret": secret.trim(), "name": "ada", "password": FIRST });
    let answer = ask(rig.address, "POST", "/api/v1/session/claim", "", Some(&body.to_string()));
    assert_eq!(answer.status, 201, "{}", answer.body);
    login(rig.address, "ada", FIRST)
}

pub(crate) fn try_login(address: SocketAddr, name: &str, password: &str) -> Answer {
    let body = json!({ "name": name, "password": password });
    ask(address, "POST", "/api/v1/session", "", Some(&body.to_string()))
}

pub(crate) fn login(address: SocketAddr, name: &str, password: &str) -> String {
    let answer = try_login(address, name, password);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().expect("a token").to_owned()
}

/// A user of that role, and his session. The clock goes on, so that logins are not too many.
pub(crate) fn joined(rig: &mut Rig, admin: &str, name: &str, role: &str, at_s: u64) -> String {
    let password = format!("{CANARY} of {name} {role}");
    let added = post(rig.address, "/api/v1/users", admin, &json!({ "name": name, "role": role, "password": password }));
    assert_eq!(added.status, 201, "{}", added.body);
    rig.clock.set(NOW.0 + at_s * Nanos::SECOND);
    login(rig.address, name, &password)
}

fn code(answer: &Answer) -> String {
    answer.error()["code"].as_str().expect("a code").to_owned()
}

#[test]
fn the_first_start_makes_an_admin_by_a_secret_that_holds_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("claim");
    let rig = folder.rig();
    for file in ["claim", "people.db"] {
        let mode = std::fs::metadata(folder.0.join(file)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let secret = std::fs::read_to_string(folder.0.join("claim")).expect("the secret");
    let mut wrong = secret.trim().to_owned();
    wrong.pop();
    wrong.push(if secret.trim().ends_with('0') { '1' } else { '0' });
    let claim = |secret: &str, name: &str| {
        let body = json!({ "secret": secret, "name": name, "password": FIRST });
        ask(rig.address, "POST", "/api/v1/session/claim", "", Some(&body.to_string()))
    };
    assert_eq!((claim(&wrong, "eve").status, claim("", "eve").status), (401, 401));
    assert_eq!(claim(secret.trim(), "Ada!").status, 400, "a bad name does not use it up");
    assert_eq!(claim(secret.trim(), "ada").status, 201);
    assert!(!folder.0.join("claim").exists(), "it is gone");
    assert_eq!(claim(secret.trim(), "eve").status, 401, "it holds once");
    drop(rig);
    let rig = folder.rig();
    assert!(!folder.0.join("claim").exists(), "there is somebody: no new one");
    let me = get_with(rig.address, "/api/v1/me", &bearer(&login(rig.address, "ada", FIRST)));
    assert_eq!((me.json()["name"].clone(), me.json()["role"].clone()), (json!("ada"), json!("admin")));
}

#[test]
fn a_secret_that_is_an_hour_old_makes_nobody() {
    let folder = Folder::new("late");
    let mut rig = folder.rig();
    let secret = std::fs::read_to_string(folder.0.join("claim")).expect("the secret");
    rig.clock.set(NOW.0 + 3_600 * Nanos::SECOND);
    let body = json!({ "secret": secret.trim(), "name": "ada", "password": FIRST }).to_string();
    assert_eq!(ask(rig.address, "POST", "/api/v1/session/claim", "", Some(&body)).status, 401);
}

#[test]
fn a_login_holds_until_it_ends_and_guessing_is_slow() {
    let folder = Folder::new("login");
    let mut rig = folder.rig();
    let first = claimed(&rig, &folder.0);
    let me = |token: &str| get_with(rig.address, "/api/v1/me", &bearer(token));
    assert_eq!(me(&first).status, 200);
    let nobody = get_with(rig.address, "/api/v1/me", "");
    assert_eq!((nobody.status, code(&nobody)), (401, "not_known".to_owned()));
    assert!(nobody.head.contains("www-authenticate: bearer"), "{}", nobody.head);
    let basic = get_with(rig.address, "/api/v1/me", "Authorization: Basic YWRhOmFkYQ==\r\n");
    assert_eq!((basic.status, code(&basic)), (401, "bad_authorization".to_owned()));
    for (name, password) in [("ada", "wrong password"), ("bob", FIRST), ("ada", "")] {
        let refused = try_login(rig.address, name, password);
        assert_eq!((refused.status, code(&refused)), (401, "not_known".to_owned()));
    }
    // One login and three tries so far; a fifth, and then it is too often for the name and for the address.
    assert_eq!(try_login(rig.address, "ada", FIRST).status, 200);
    for name in ["ada", "bob"] {
        let refused = try_login(rig.address, name, FIRST);
        assert_eq!((refused.status, code(&refused)), (429, "too_often".to_owned()), "{name}");
    }
    let ended = ask(rig.address, "DELETE", "/api/v1/session", &bearer(&first), None);
    assert_eq!(ended.status, 204);
    assert_eq!((me(&first).status, code(&me(&first))), (401, "no_such_token".to_owned()));
    rig.clock.set(NOW.0 + 60 * Nanos::SECOND);
    let second = login(rig.address, "ada", FIRST);
    let me = |token: &str| get_with(rig.address, "/api/v1/me", &bearer(token)).status;
    assert_eq!(me(&second), 200);
    rig.clock.set(NOW.0 + 3_661 * Nanos::SECOND);
    assert_eq!(get_with(rig.address, "/api/v1/me", &bearer(&second)).status, 401, "an hour is over");
}

#[test]
fn a_key_is_shown_once_and_never_above_its_user() {
    let folder = Folder::new("keys");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "trader", 30);
    let address = rig.address;
    let wish = |role: &str| json!({ "name": "bot", "role": role, "expires_in_s": 60, "addresses": ["127.0.0.0/8"] });
    let refused = post(address, "/api/v1/keys", &tom, &wish("risk"));
    assert_eq!((refused.status, code(&refused)), (403, "role_too_high".to_owned()));
    let made = post(address, "/api/v1/keys", &tom, &wish("trader"));
    assert_eq!(made.status, 201, "{}", made.body);
    let (key, id) = (made.json()["key"].as_str().expect("a key").to_owned(), made.json()["id"].clone());
    let listed = get_with(address, "/api/v1/keys", &bearer(&tom));
    assert_eq!(listed.json()["keys"][0]["id"], id);
    assert!(!listed.body.contains(key.split('_').next_back().expect("a secret")), "shown once");
    assert_eq!(get_with(address, "/api/v1/me", &bearer(&key)).json()["role"], "trader");
    let elsewhere = json!({ "name": "far", "role": "viewer", "addresses": ["10.0.0.0/8"] });
    let far = post(address, "/api/v1/keys", &tom, &elsewhere).json()["key"].as_str().expect("a key").to_owned();
    assert_eq!(get_with(address, "/api/v1/me", &bearer(&far)).status, 403, "not from here");
    // His role sinks, and his key's with it; he is shut out, and so is his key.
    let change =
        |body: Value| ask(address, "PUT", "/api/v1/users/tom", &bearer(&admin), Some(&body.to_string())).status;
    assert_eq!(change(json!({ "role": "viewer" })), 204);
    assert_eq!(get_with(address, "/api/v1/me", &bearer(&key)).json()["role"], "viewer");
    assert_eq!(change(json!({ "enabled": false })), 204);
    assert_eq!(get_with(address, "/api/v1/me", &bearer(&key)).status, 401);
    assert_eq!(change(json!({ "enabled": true })), 204);
    assert_eq!(get_with(address, "/api/v1/me", &bearer(&key)).status, 200);
    rig.clock.set(NOW.0 + 91 * Nanos::SECOND);
    assert_eq!(get_with(address, "/api/v1/me", &bearer(&key)).status, 401, "it has expired");
    let last = ask(address, "PUT", "/api/v1/users/ada", &bearer(&admin), Some(r#"{"role":"risk"}"#));
    assert_eq!((last.status, code(&last)), (409, "last_admin".to_owned()));
}

#[test]
fn what_is_made_under_an_idempotency_key_is_made_once_and_a_key_is_not_shown_again() {
    let folder = Folder::new("once");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "trader", 30);
    let address = rig.address;
    let made = |session: &str, path: &str, once: &str, body: &Value| {
        let headers = format!("{}Idempotency-Key: {once}\r\n", bearer(session));
        ask(address, "POST", path, &headers, Some(&body.to_string()))
    };
    let count = |session: &str, path: &str, list: &str| {
        get_with(address, path, &bearer(session)).json()[list].as_array().expect("a list").len()
    };
    let wish = json!({ "name": "bot", "role": "viewer", "expires_in_s": 600 });
    let first = made(&tom, "/api/v1/keys", "monday", &wish);
    assert_eq!(first.status, 201, "{}", first.body);
    let (key, id) = (first.json()["key"].as_str().expect("a key").to_owned(), first.json()["id"].clone());
    let again = made(&tom, "/api/v1/keys", "monday", &wish);
    assert_eq!((again.status, again.json()["id"].clone()), (200, id), "{}", again.body);
    let secret = key.split('_').next_back().expect("a secret");
    assert!(again.json().get("key").is_none() && !again.body.contains(secret), "shown once: {}", again.body);
    let other = made(&tom, "/api/v1/keys", "monday", &json!({ "name": "bot", "role": "trader" }));
    assert_eq!((other.status, code(&other)), (409, "key_of_another".to_owned()));
    assert_eq!(count(&tom, "/api/v1/keys", "keys"), 1);
    let bytes = std::fs::read(folder.0.join("people.db")).expect("the database");
    let log = std::fs::read(folder.0.join("people.db-wal")).unwrap_or_default();
    let has = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(!has(&bytes) && !has(&log), "the key is kept nowhere");
    // What is refused is not made, and may be asked for again under the same key.
    let refused = made(&tom, "/api/v1/keys", "tuesday", &json!({ "name": "bot", "role": "admin" }));
    assert_eq!((refused.status, code(&refused)), (403, "role_too_high".to_owned()));
    assert_eq!(made(&tom, "/api/v1/keys", "tuesday", &wish).status, 201);

    let rule = json!({ "measure": "price", "of": "btc-usdt", "below": 61_000.0 });
    let first = made(&tom, "/api/v1/alerts", "wednesday", &rule);
    assert_eq!(first.status, 201, "{}", first.body);
    let again = made(&tom, "/api/v1/alerts", "wednesday", &rule);
    assert_eq!((again.status, again.body), (201, first.body));
    let other = made(&tom, "/api/v1/alerts", "wednesday", &json!({ "measure": "profit", "above": 5.0 }));
    assert_eq!((other.status, code(&other)), (409, "key_of_another".to_owned()));
    assert_eq!(count(&tom, "/api/v1/alerts", "alerts"), 1);
    // The key is one's own: another's of the same name is another.
    assert_eq!(made(&admin, "/api/v1/alerts", "wednesday", &rule).status, 201);
    assert_eq!((count(&admin, "/api/v1/alerts", "alerts"), count(&tom, "/api/v1/alerts", "alerts")), (1, 1));
}

#[test]
fn an_admins_key_makes_no_keys_and_no_users_and_none_holds_for_ever_by_a_number() {
    let folder = Folder::new("key-of-admin");
    let rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let wish = |more: Value| {
        let mut wish = json!({ "name": "bot", "role": "admin" });
        wish.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        wish
    };
    let key = post(rig.address, "/api/v1/keys", &admin, &wish(json!({ "expires_in_s": 3_600 })));
    let key = key.json()["key"].as_str().expect("a key").to_owned();
    let user = json!({ "name": "eve", "role": "admin", "password": format!("{CANARY} of eve") });
    let other = json!({ "password": format!("{CANARY} of nobody") }).to_string();
    for answer in [
        post(rig.address, "/api/v1/users", &key, &user),
        ask(rig.address, "PUT", "/api/v1/users/ada", &bearer(&key), Some(&other)),
        post(rig.address, "/api/v1/keys", &key, &wish(json!({}))),
    ] {
        assert_eq!((answer.status, code(&answer).as_str()), (403, "needs_session"), "{}", answer.body);
    }
    for s in [315_360_001_u64, 9_300_000_000, 18_446_744_074, u64::MAX] {
        let answer = post(rig.address, "/api/v1/keys", &admin, &wish(json!({ "expires_in_s": s })));
        assert_eq!((answer.status, code(&answer).as_str()), (400, "bad_expires_in_s"), "{}", answer.body);
    }
}

#[test]
fn what_another_process_revokes_is_dead_within_a_second() {
    let folder = Folder::new("office");
    let rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let key = post(rig.address, "/api/v1/keys", &admin, &json!({ "name": "bot", "role": "viewer" })).json();
    let by = bridges::By { actor: "uid:0".to_owned(), source: "cli".to_owned() };
    let office = bridges::office::Office::open(&folder.config(), by).expect("the same database");
    office.revoke_key(key["id"].as_str().expect("an id")).expect("revoked");
    office.close().expect("closed");
    let start = std::time::Instant::now();
    while get_with(rig.address, "/api/v1/me", &bearer(key["key"].as_str().expect("a key"))).status != 401 {
        assert!(start.elapsed() < Duration::from_secs(5), "it still holds");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_is_misspelt_or_too_much_is_named_and_no_answer_repeats_a_password() {
    let folder = Folder::new("bad");
    let rig = folder.rig();
    let address = rig.address;
    let login = |body: &str, headers: &str| ask(address, "POST", "/api/v1/session", headers, Some(body));
    for body in [
        format!(r#"{{"name":"ada","pasword":"{CANARY}"}}"#),
        format!(r#"{{"name":"ada","password":["{CANARY}"]}}"#),
        format!(r#"{{"name":"ada","password":"{CANARY}""#),
        format!(r#""{CANARY}""#),
        "{}".to_owned(),
    ] {
        let answer = login(&body, "");
        assert_eq!((answer.status, code(&answer)), (400, "bad_body".to_owned()), "{body}");
        assert!(!answer.body.contains(CANARY), "{}", answer.body);
        assert_eq!(answer.error()["expected"], json!(["name", "password"]));
    }
    let long = format!(r#"{{"name":"{}","password":""}}"#, "a".repeat(70_000));
    assert_eq!(login(&long, "").status, 413);
    let raw = "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(crate::client::exchange(address, raw).status, 415, "a form of another site cannot say JSON");
}

/// How long it takes until a stream is closed for good, and by which code.
fn closed(stream: &mut Stream) -> (Option<u16>, Duration) {
    let start = Instant::now();
    (stream.close_code(), start.elapsed())
}

#[test]
fn a_stream_ends_within_a_second_when_its_key_its_session_or_its_user_does() {
    let folder = Folder::new("streams");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "trader", 60);
    let key = post(rig.address, "/api/v1/keys", &tom, &json!({ "name": "bot", "role": "viewer" })).json();
    let token = key["key"].as_str().expect("a key").to_owned();
    let id = key["id"].as_str().expect("an id").to_owned();
    let (mut by_key, mut by_session) =
        (Stream::open_as(rig.address, "/ws/orders", &token), Stream::open_as(rig.address, "/ws/portfolio", &tom));
    let mut of_admin = Stream::open_as(rig.address, "/ws/alerts", &admin);
    for stream in [&mut by_key, &mut by_session, &mut of_admin] {
        assert_eq!(stream.next().expect("a picture")["type"], "snapshot");
    }
    let revoked = ask(rig.address, "DELETE", &format!("/api/v1/keys/{id}"), &bearer(&tom), None);
    assert_eq!(revoked.status, 204, "{}", revoked.body);
    let (code, took) = closed(&mut by_key);
    assert!(code == Some(1008) && took < Duration::from_secs(1), "{code:?} after {took:?}");
    let out = ask(rig.address, "PUT", "/api/v1/users/tom", &bearer(&admin), Some("{\"enabled\": false}"));
    assert_eq!(out.status, 204, "{}", out.body);
    let (code, took) = closed(&mut by_session);
    assert!(code == Some(1008) && took < Duration::from_secs(1), "{code:?} after {took:?}");
    // A session that runs out by itself, too; until then its stream has gone on.
    rig.clock.set(NOW.0 + 3_700 * Nanos::SECOND);
    let (code, took) = closed(&mut of_admin);
    assert!(code == Some(1008) && took < Duration::from_secs(1), "{code:?} after {took:?}");
}

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let folder = Folder::new("later");
    let rig = Rig::behind(Locks {
        people: Some(PeopleConfig { rate_per_s: 1, burst: 3, ..folder.config() }),
        ..Locks::default()
    });
    let refused = (0..10).map(|_| get_with(rig.address, "/api/v1/me", "")).find(|answer| answer.status == 429);
    let refused = refused.expect("too often");
    let line = refused.head.lines().find_map(|line| line.strip_prefix("retry-after: ").map(str::to_owned));
    assert_eq!(line.as_deref(), Some("1"), "{}", refused.head);
}

#[test]
fn a_halt_is_done_though_who_said_it_left_before_it_was_written_down() {
    let folder = Folder::new("leaves");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let body = "{\"scope\": \"whole\"}";
    let request = format!(
        "POST /api/v1/trading/halt HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        rig.address,
        bearer(&admin),
        body.len()
    );
    for _ in 0..20 {
        let mut stream = crate::client::connect(rig.address);
        std::io::Write::write_all(&mut stream, request.as_bytes()).expect("sent");
        drop(stream);
        let start = Instant::now();
        let mut halted = None;
        while halted.is_none() && start.elapsed() < Duration::from_secs(5) {
            rig.commands.take(1, |_, command| halted = Some(*command));
            std::thread::sleep(Duration::from_millis(1));
        }
        let command = halted.expect("the halt came");
        let what = CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Halted };
        assert_eq!(command.what, what);
        rig.decide(DecisionKind::CommandTaken { id: command.id, what });
    }
}
