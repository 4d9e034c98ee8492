//! Users, keys and the audit, by command, before and without a running engine: the first admin, roles, what is refused,
//! and a record whose edit is found.

use crate::process::{Ran, ringside};
use crate::scratch::Scratch;
use serde_json::Value;

/// A folder whose settings name a database of users. Cheap passwords: what they cost is tried elsewhere.
struct House(Scratch);

impl House {
    fn new() -> Self {
        let scratch = Scratch::new();
        scratch.file("house.toml", "[users]\nmode = \"database\"\n");
        Self(scratch)
    }

    fn asked(&self, words: &[&str]) -> Ran {
        self.reading(words, "")
    }

    fn reading(&self, words: &[&str], input: &str) -> Ran {
        let call = ringside(words.iter().copied()).arg("--config").arg("house.toml").arg("--json");
        call.within(self.0.path()).reading(input.as_bytes().to_vec()).run()
    }
}

fn names(told: &Value) -> Vec<&str> {
    let users = told["users"].as_array().unwrap_or_else(|| panic!("no users: {told}"));
    users.iter().map(|user| user["name"].as_str().expect("a name")).collect()
}

#[test]
fn people_are_let_in_given_keys_and_shut_out_and_every_step_is_in_the_audit() {
    let house = House::new();
    let ada = house.asked(&["user", "add", "ada", "--role", "admin"]).json();
    assert!(ada["password"].as_str().is_some_and(|drawn| drawn.len() >= 20), "drawn, and shown once: {ada}");
    let tom = house.reading(&["user", "add", "tom", "--role", "trader", "--password-stdin"], "correct horse battery\n");
    assert!(tom.json()["password"].is_null(), "a password that was read is not told again: {tom}");
    house.asked(&["user", "add", "tom", "--role", "viewer"]).refused(1, &["taken", "tom"]);
    house.asked(&["user", "add", "Tom!", "--role", "viewer"]).refused(2, &["Tom!"]);
    house.asked(&["user", "add", "eve", "--role", "king"]).refused(2, &["king", "viewer, trader, risk, admin"]);
    house.reading(&["user", "add", "eve", "--role", "viewer", "--password-stdin"], "short\n").refused(2, &["password"]);
    assert_eq!(names(&house.asked(&["user", "list"]).json()), ["ada", "tom"], "who was refused is not there");

    house.asked(&["user", "disable", "ada"]).refused(3, &["last admin"]);
    house.asked(&["key", "create", "--user", "tom", "--role", "admin"]).refused(3, &["admin", "trader"]);
    house.asked(&["key", "create", "--user", "tom", "--role", "viewer", "--address", "here"]).refused(2, &["here"]);
    let words = ["key", "create", "--user", "tom", "--role", "viewer", "--name", "grafana", "--for", "24h"];
    let made = house.asked(&words).json();
    let key = made["key"].as_str().expect("a key").to_owned();
    let keys = house.asked(&["key", "list", "--user", "tom"]).json();
    let id = keys["keys"][0]["id"].as_str().expect("an id").to_owned();
    assert!(key.contains(&id) && !keys.to_string().contains(&key), "the secret is shown once: {keys}");
    house.asked(&["key", "revoke", &id]).json();
    house.asked(&["key", "revoke", &id]).refused(1, &["no key", &id]);
    assert_eq!(house.asked(&["key", "list", "--user", "tom"]).json()["keys"], Value::Array(Vec::new()));
    let risk = house.asked(&["user", "role", "tom", "risk"]).json();
    assert_eq!(risk["users"][0]["role"], "risk");
    let shut = house.asked(&["user", "disable", "tom"]).json();
    assert_eq!(shut["users"][0]["enabled"], false);

    let whole = house.asked(&["audit", "verify"]).json();
    assert_eq!(whole["is_whole"], true, "{whole}");
    let told = house.asked(&["audit", "list"]).json();
    let rows = told["rows"].as_array().expect("rows");
    let told = told.to_string();
    assert!(rows.len() >= 7, "each deed has a row: {told}");
    assert!(rows.iter().all(|row| row["actor"].as_str().is_some_and(|actor| actor.starts_with("uid:"))), "{told}");
    let secrets = [ada["password"].as_str().expect("drawn"), "correct horse battery", key.as_str()];
    assert!(secrets.iter().all(|secret| !told.contains(secret)), "the audit keeps no secret");
    let page = house.asked(&["audit", "list", "--after", "2", "--limit", "1"]).json();
    assert_eq!((page["rows"].as_array().map(Vec::len), &page["rows"][0]["seq"]), (Some(1), &Value::from(3)), "{page}");
}

#[test]
fn without_users_in_the_settings_it_says_how_to_have_some() {
    let scratch = Scratch::new();
    let ran = ringside(["user", "list", "--json"]).within(scratch.path()).run();
    ran.refused(2, &["[users]", "mode = \"database\""]);
}
