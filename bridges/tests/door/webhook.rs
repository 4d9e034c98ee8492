//! What alerts find, at a small server of our own: signed, tried again, never past a redirect.

use crate::client::{PATIENCE, ask, get_until};
use crate::rig::{NOW, Rig, SPOT};
use bridges::WebhookSettings;
use engine_model::market::{MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const KEY: &str = "a key of thirty-two bytes at least";

/// A request as it came: its head in lower case, and its body.
struct Heard {
    head: String,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> String {
        let start = format!("{name}: ");
        let line = self.head.lines().find(|line| line.starts_with(&start));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))[start.len()..].trim().to_owned()
    }
}

/// Answers each request with the next of these lines, the last one for ever.
fn serve(answers: &'static [&'static str]) -> (SocketAddr, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for turn in 0.. {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut bytes = Vec::new();
            let (head, length) = loop {
                let mut part = [0; 1_024];
                let read = stream.read(&mut part).expect("a request");
                assert!(read > 0, "it broke off");
                bytes.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if let Some((head, _)) = text.split_once("\r\n\r\n") {
                    let head = head.to_lowercase();
                    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    break (head.clone(), line.and_then(|n| n.trim().parse::<usize>().ok()).expect("a length"));
                }
            };
            let from = head.len() + 4;
            while bytes.len() < from + length {
                let mut part = [0; 1_024];
                let read = stream.read(&mut part).expect("a body");
                assert!(read > 0, "it broke off");
                bytes.extend_from_slice(&part[..read]);
            }
            let body = String::from_utf8_lossy(&bytes[from..]).into_owned();
            let answer = answers[turn.min(answers.len() - 1)];
            let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(text.as_bytes()).expect("answered");
            if sender.send(Heard { head, body }).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

fn rig(allow_private: bool) -> Rig {
    let settings = WebhookSettings::new(KEY, allow_private).expect("long enough");
    Rig::with_webhooks(settings.again_after(Duration::from_millis(50)))
}

fn add(rig: &Rig, url: &str) -> (u16, Value) {
    let body = json!({ "measure": "price", "of": "btc-usdt", "below": 61_000.0, "cooldown_s": 1, "webhook": url });
    let answer = ask(rig.address, "POST", "/api/v1/alerts", "", Some(&body.to_string()));
    (answer.status, answer.json())
}

/// A price at which the alert of [`add`] hits.
fn falls(rig: &mut Rig) {
    let change =
        |px, trade_id| MarketChange::Trade { px: Ticks(px), qty: Lots(1_000), aggressor: Side::Sell, trade_id };
    let at = Nanos(NOW.0 - Nanos::SECOND);
    rig.publish_at(at, SPOT, change(6_100_001, 1));
    get_until(rig.address, "/api/v1/alerts", |answer| answer.json()["alerts"][0]["blind"].is_null());
    rig.publish_at(at, SPOT, change(6_090_000, 2));
}

#[test]
fn a_hit_is_sent_signed_and_again_until_it_is_taken_and_a_redirect_is_not_followed() {
    let (elsewhere, nobody) = serve(&["200 OK"]);
    let redirect = format!("302 Found\r\nlocation: http://{elsewhere}/");
    let answers: &'static [&'static str] =
        Box::leak(Box::new([Box::leak(redirect.into_boxed_str()), "500 Internal Server Error", "204 No Content"]));
    let (address, heard) = serve(answers);
    let mut rig = rig(true);
    let (status, rule) = add(&rig, &format!("http://{address}/hook?for=me"));
    assert_eq!((status, &rule["webhook"]), (201, &json!(format!("http://{address}/hook?for=me"))), "{rule}");
    falls(&mut rig);
    let tries: Vec<Heard> = (0..3).map(|_| heard.recv_timeout(PATIENCE).expect("a try")).collect();
    assert!(heard.recv_timeout(Duration::from_millis(500)).is_err(), "it was taken: no fourth");
    assert!(nobody.recv_timeout(Duration::from_millis(10)).is_err(), "the redirect was followed");
    for one in &tries {
        assert!(one.head.starts_with("post /hook?for=me http/1.1\r\n"), "{}", one.head);
        assert_eq!(one.header("content-type"), "application/json");
        assert_eq!(
            one.header("x-ringside-delivery"),
            tries[0].header("x-ringside-delivery"),
            "whoever hears it twice knows"
        );
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, KEY.as_bytes());
        let (at, delivery) = (one.header("x-ringside-timestamp"), one.header("x-ringside-delivery"));
        let signed = format!("{at}.{delivery}.http://{address}/hook?for=me.{}", one.body);
        let signature = one.header("x-ringside-signature");
        let hex = signature.strip_prefix("v1=").expect("a version");
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect();
        assert!(ring::hmac::verify(&key, signed.as_bytes(), &bytes).is_ok(), "{signature}");
    }
    let body: Value = serde_json::from_str(&tries[0].body).expect("JSON");
    assert_eq!((&body["type"], &body["alert"], &body["mode"]), (&json!("alert"), &json!(1), &json!("paper")), "{body}");
    assert!(body["text"].as_str().is_some_and(|text| text.contains("60900.0000")), "{body}");
}

#[test]
fn a_url_into_the_own_house_is_refused_and_without_a_key_every_url_is() {
    let open = rig(false);
    for url in
        ["http://127.0.0.1:9/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/", "ftp://x/"]
    {
        let (status, answer) = add(&open, url);
        assert_eq!((status, &answer["error"]["found"]), (400, &json!(url)), "{answer}");
    }
    let (status, answer) = add(&open, "https://hooks.example.com/a");
    assert_eq!(status, 201, "a name is looked up when something is sent: {answer}");
    let (status, answer) = add(&Rig::new(), "https://hooks.example.com/a");
    assert_eq!(status, 400, "this house signs nothing: {answer}");
}

#[test]
fn the_day_is_summed_up_when_it_turns_and_the_week_on_mondays() {
    let (address, heard) = serve(&["200 OK"]);
    let mut rig = rig(true);
    assert_eq!(add(&rig, &format!("http://{address}/")).0, 201);
    rig.portfolio(100_000);
    std::thread::sleep(Duration::from_millis(1_200));
    // What was earned in them, whatever the day that begins has.
    rig.portfolio(100_250);
    std::thread::sleep(Duration::from_millis(200));
    let to_monday = (4 + 7 - (NOW.0 / Nanos::DAY) % 7) % 7;
    let monday = NOW.0 / Nanos::DAY + if to_monday == 0 { 7 } else { to_monday };
    rig.clock.set(monday * Nanos::DAY + Nanos::SECOND);
    let mut periods: Vec<String> = (0..2)
        .map(|_| {
            let body: Value =
                serde_json::from_str(&heard.recv_timeout(PATIENCE).expect("a summary").body).expect("JSON");
            assert_eq!(body["type"], "summary", "{body}");
            assert!(body["performance"].is_object(), "{body}");
            assert_eq!((&body["equity_change_usd"], &body["from_ns"]), (&json!("250.00"), &json!(NOW.0)), "{body}");
            body["period"].as_str().expect("a period").to_owned()
        })
        .collect();
    periods.sort();
    assert_eq!(periods, ["day", "week"]);
}
