//! A person in a browser: the form, the cookie, what another site's page may not do with it, and how a session ends.

use crate::client::{Answer, PATIENCE, ask, connect, exchange, get_with, knock};
use crate::people::{Folder, bearer, claimed, joined, post};
use crate::rig::{NOW, Rig};
use engine_model::units::Nanos;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Instant;

const NAME: &str = "eve";
const PASSWORD: &str = "canary-3f9a77 of eve viewer";
const HTML: &str = "Accept: text/html,application/xhtml+xml\r\n";

fn origin(address: SocketAddr) -> String {
    format!("Origin: http://{address}\r\n")
}

fn form(address: SocketAddr, headers: &str, body: &str) -> Answer {
    let length = body.len();
    exchange(
        address,
        &format!(
            "POST /login HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ),
    )
}

/// A value as a browser writes it into a form.
fn written(password: &str) -> String {
    format!("name={NAME}&password={}", password.replace(' ', "+"))
}

fn line<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The cookie that is set, to be shown.
fn cookie(answer: &Answer) -> String {
    let set = line(answer, "set-cookie").unwrap_or_else(|| panic!("no cookie: {}", answer.head));
    format!("Cookie: {}\r\n", set.split(';').next().expect("a pair"))
}

/// A house with a viewer, who has logged in with a browser.
fn logged_in(folder: &Folder) -> (Rig, String) {
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    joined(&mut rig, &admin, NAME, "viewer", 60);
    let answer = form(rig.address, &origin(rig.address), &written(PASSWORD));
    assert_eq!((answer.status, line(&answer, "location")), (303, Some("/")), "{}", answer.body);
    let cookie = cookie(&answer);
    (rig, cookie)
}

fn code(answer: &Answer) -> String {
    answer.error()["code"].as_str().expect("a code").to_owned()
}

#[test]
fn a_person_logs_in_by_the_form_looks_and_logs_out() {
    let folder = Folder::new("browser");
    let (rig, cookie) = logged_in(&folder);
    let address = rig.address;
    let page = get_with(address, "/login", HTML);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("action=\"/login\"") && page.body.contains("type=\"password\""), "{}", page.body);
    assert!(page.head.contains("default-src 'none'; form-action 'self'; base-uri 'none'"), "{}", page.head);
    // With `no-referrer` a browser sends the form with the origin `null`, which is refused.
    assert_eq!(line(&page, "referrer-policy"), Some("same-origin"));
    for foreign in ["http:", "https:", "<script", "<style", "<link", "src="] {
        assert!(!page.body.contains(foreign), "{foreign}");
    }
    let index = get_with(address, "/", &format!("{HTML}{cookie}"));
    assert!(index.body.contains("You are eve, viewer.") && index.body.contains("action=\"/logout\""), "{}", index.body);
    let me = get_with(address, "/api/v1/me", &cookie);
    assert_eq!((me.status, me.json()["name"].clone()), (200, json!(NAME)));
    let secret = cookie.trim().rsplit('_').next().expect("its last part").to_owned();
    assert!(![&page, &index, &me].iter().any(|answer| answer.body.contains(&secret)), "no page shows it");

    let out = ask(address, "POST", "/logout", &format!("{cookie}{}", origin(address)), None);
    assert_eq!((out.status, line(&out, "location")), (303, Some("/login")), "{}", out.body);
    assert!(line(&out, "set-cookie").is_some_and(|set| set.contains("ringside=;") && set.contains("max-age=0")));
    assert_eq!(get_with(address, "/api/v1/me", &cookie).status, 401, "what was taken away is not good any more");
    let again = get_with(address, "/", &format!("{HTML}{cookie}"));
    assert_eq!((again.status, line(&again, "location")), (303, Some("/login")));
}

#[test]
fn whoever_is_not_known_is_shown_the_page_and_a_program_the_refusal() {
    let folder = Folder::new("browser-nobody");
    let (rig, cookie) = logged_in(&folder);
    let shown = get_with(rig.address, "/", HTML);
    assert_eq!((shown.status, line(&shown, "location")), (303, Some("/login")));
    assert_eq!(get_with(rig.address, "/", "").status, 401);
    assert_eq!(get_with(rig.address, "/api/v1/me", HTML).status, 401, "that is no page");
    // A key is shown in a header, never in a cookie; neither is one of two, or a changed one.
    let admin = claimed_again(&rig);
    let key = post(rig.address, "/api/v1/keys", &admin, &json!({ "name": "k", "role": "viewer" })).json();
    let key = key["key"].as_str().expect("a key");
    assert_eq!(get_with(rig.address, "/api/v1/me", &bearer(key)).status, 200);
    let one = cookie.trim();
    for bad in [
        format!("Cookie: ringside={key}"),
        format!("{one}; ringside=x"),
        format!("{one}0"),
        one.replace("rss_", "rss_0"),
    ] {
        assert_eq!(get_with(rig.address, "/api/v1/me", &format!("{bad}\r\n")).status, 401, "{}", bad.len());
    }
    let without = Rig::new();
    assert_eq!(get_with(without.address, "/login", HTML).status, 404, "a run without users has nobody to log in");
}

/// The first admin's session, once more.
fn claimed_again(rig: &Rig) -> String {
    crate::people::login(rig.address, "ada", "canary-3f9a77 of the first admin")
}

#[test]
fn a_wrong_password_sets_no_cookie_and_guessing_is_slow() {
    let folder = Folder::new("browser-wrong");
    let (mut rig, _) = logged_in(&folder);
    rig.clock.set(NOW.0 + 600 * Nanos::SECOND);
    let headers = origin(rig.address);
    let tries: Vec<Answer> = (0..6).map(|_| form(rig.address, &headers, &written("not hers"))).collect();
    for (n, answer) in tries.iter().enumerate() {
        let wanted = if n < 5 { "/login?no=wrong" } else { "/login?no=often" };
        assert_eq!((answer.status, line(answer, "location")), (303, Some(wanted)), "{n}");
        assert_eq!(line(answer, "set-cookie"), None);
    }
    let right = form(rig.address, &headers, &written(PASSWORD));
    assert_eq!(line(&right, "location"), Some("/login?no=often"), "the right one does not pass the bound either");
    assert!(get_with(rig.address, "/login?no=wrong", HTML).body.contains("role=\"alert\""));
    assert_eq!(get_with(rig.address, "/login?no=<b>", HTML).status, 400);
}

#[test]
fn a_form_that_is_not_the_pages_own_is_refused() {
    let folder = Folder::new("browser-form");
    let (mut rig, _) = logged_in(&folder);
    rig.clock.set(NOW.0 + 600 * Nanos::SECOND);
    let (address, own, right) = (rig.address, origin(rig.address), written(PASSWORD));
    let nowhere = form(address, "", &right);
    assert_eq!((nowhere.status, code(&nowhere)), (403, "origin_missing".to_owned()));
    for foreign in ["null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1"] {
        let answer = form(address, &format!("Origin: {foreign}\r\n"), &right);
        assert_eq!((answer.status, code(&answer)), (403, "origin_not_allowed".to_owned()), "{foreign}");
    }
    assert_eq!(form(address, "Sec-Fetch-Site: cross-site\r\n", &right).status, 403);
    let json = ask(address, "POST", "/login", &own, Some(&json!({ "name": NAME, "password": PASSWORD }).to_string()));
    assert_eq!((json.status, code(&json)), (415, "not_a_form".to_owned()));
    for body in ["", "name=eve", "password=x", "name=eve&name=eve&password=x", "name=eve&password=x&role=admin"] {
        let answer = form(address, &own, body);
        assert_eq!((answer.status, code(&answer)), (400, "bad_body".to_owned()), "{body}");
        assert!(!answer.head.contains("set-cookie"));
    }
    assert_eq!(form(address, &own, &"x".repeat(300_000)).status, 413);
    assert_eq!(form(address, "Sec-Fetch-Site: same-origin\r\n", &right).status, 303);
}

#[test]
fn another_sites_page_does_nothing_with_the_cookie() {
    let folder = Folder::new("browser-csrf");
    let (rig, cookie) = logged_in(&folder);
    let address = rig.address;
    let alert = json!({ "measure": "price", "of": "BTC-PERP", "below": 60_000 }).to_string();
    let add = |headers: &str| ask(address, "POST", "/api/v1/alerts", &format!("{cookie}{headers}"), Some(&alert));
    let made = add(&origin(address));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(add("Sec-Fetch-Site: same-origin\r\n").status, 201);
    for foreign in ["", "Sec-Fetch-Site: same-site\r\n", "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: none\r\n"] {
        let answer = add(foreign);
        assert_eq!((answer.status, code(&answer)), (403, "origin_missing".to_owned()), "{foreign}");
    }
    // Another port of this machine is the same site, so a browser sends the cookie.
    assert_eq!(add("Origin: http://127.0.0.1:3000\r\n").status, 403);
    let gone = |headers: &str| ask(address, "DELETE", "/api/v1/alerts/1", &format!("{cookie}{headers}"), None).status;
    assert_eq!((gone(""), gone(&origin(address))), (403, 204));
    assert_eq!(ask(address, "POST", "/logout", &cookie, None).status, 403, "nobody is logged out by another site");
    let left = get_with(address, "/api/v1/alerts", &cookie);
    assert_eq!(left.json()["alerts"].as_array().map(Vec::len), Some(1), "{}", left.body);
    let program = ask(address, "POST", "/logout", &bearer(&claimed_again(&rig)), None);
    assert_eq!((program.status, code(&program)), (400, "no_cookie".to_owned()));
}

#[test]
fn a_stream_by_cookie_is_opened_by_our_page_alone_and_ends_with_the_session() {
    let folder = Folder::new("browser-stream");
    let (mut rig, cookie) = logged_in(&folder);
    let address = rig.address;
    assert_eq!(knock(address, "/ws/portfolio", &cookie), 403);
    assert_eq!(knock(address, "/ws/portfolio", &format!("{cookie}Origin: http://evil.example\r\n")), 403);
    assert_eq!(knock(address, "/ws/portfolio", &format!("{cookie}{}", origin(address))), 101);

    ends_when(address, &cookie, || {
        let out = ask(address, "POST", "/logout", &format!("{cookie}{}", origin(address)), None);
        assert_eq!(out.status, 303, "{}", out.body);
    });
    // And with another password, wherever that was said.
    rig.clock.set(NOW.0 + 600 * Nanos::SECOND);
    let cookie = self::cookie(&form(address, &origin(address), &written(PASSWORD)));
    ends_when(address, &cookie, || {
        let body = json!({ "old": PASSWORD, "new": "canary-3f9a77 of eve, a new one" }).to_string();
        let changed = ask(address, "PUT", "/api/v1/me/password", &format!("{cookie}{}", origin(address)), Some(&body));
        assert_eq!(changed.status, 204, "{}", changed.body);
    });
    assert_eq!(get_with(address, "/api/v1/me", &cookie).status, 401);
}

/// A stream that was open before that and is closed by 1008 behind it.
fn ends_when(address: SocketAddr, cookie: &str, deed: impl FnOnce()) {
    let mut stream = connect(address);
    let request = format!(
        "GET /ws/portfolio HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{cookie}{}\r\n",
        origin(address)
    );
    stream.write_all(request.as_bytes()).expect("sent");
    deed();
    let (began, mut heard) = (Instant::now(), Vec::new());
    stream.read_to_end(&mut heard).expect("it ends");
    assert!(began.elapsed() < PATIENCE);
    // A close frame: its code, 1008, and why.
    let end = heard.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..] == 1_008_u16.to_be_bytes());
    assert!(heard.starts_with(b"HTTP/1.1 101") && end, "{:?}", String::from_utf8_lossy(&heard));
}
