//! Every row of the table against every kind of caller, made from the table; and what the table may never say.

use crate::client::{ask, knock};
use crate::people::{CANARY, Folder, bearer, claimed, joined, login, post};
use crate::rig::Rig;
use bridges::role::{Deed, Needs, Role, Route, Stream, Telegram, Verb};
use engine_core::risk::decision::DecisionKind;
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn stopping_is_a_traders_letting_run_again_is_risks_and_people_are_an_admins() {
    let of = |path: &'static str| Route::ALL.iter().filter(move |route| route.path().starts_with(path));
    for route in of("/api/v1/users").chain(of("/api/v1/audit")) {
        assert_eq!(route.needs(), Needs::Role(Role::Admin), "{route:?}");
    }
    for deed in Deed::ALL {
        let least = if matches!(deed, Deed::Resume | Deed::SetLimit | Deed::StartStrategy | Deed::SetStrategy) {
            Role::Risk
        } else {
            Role::Trader
        };
        assert_eq!(deed.needs(), Needs::Role(least), "{deed:?}");
    }
    for (command, deed) in [
        (Telegram::EmergencyStop, Deed::Halt),
        (Telegram::Pause, Deed::Reduce),
        (Telegram::Resume, Deed::Resume),
        (Telegram::Rearm, Deed::Resume),
        (Telegram::StrategyStart, Deed::StartStrategy),
        (Telegram::StrategyPause, Deed::PauseStrategy),
        (Telegram::StrategyStop, Deed::StopStrategy),
        (Telegram::StrategySet, Deed::SetStrategy),
        (Telegram::Close, Deed::Flatten),
        (Telegram::Close, Deed::ClosePosition),
        (Telegram::Cancel, Deed::CancelOrder),
        (Telegram::RiskLimitsSet, Deed::SetLimit),
        (Telegram::Cancel, Deed::CancelAll),
    ] {
        assert_eq!(command.needs(), deed.needs(), "{command:?} does what {deed:?} does");
    }
    assert!(Telegram::ALL.iter().all(|command| !command.needs().allow(None)), "nobody unknown is answered");
    assert!(Stream::ALL.iter().all(|stream| !stream.needs().allow(None)));
}

/// A row's path with something in the place of what varies.
fn filled(path: &str) -> String {
    path.replace("{symbol}", "BTCUSDT.binance-spot").replace("{id}", "000000000000").replace("{name}", "nobody")
}

/// Who asks: his role, if he has any, and what he shows.
struct Somebody {
    role: Option<Role>,
    shows: String,
    has_browser: bool,
}

impl Somebody {
    fn new(role: Option<Role>, shows: String) -> Self {
        Self { role, shows, has_browser: false }
    }
}

/// Everybody: of each role, by session, by key and with a browser; and those that have none.
fn everybody(rig: &mut Rig, folder: &Path) -> Vec<Somebody> {
    let admin = claimed(rig, folder);
    let mut all = Vec::new();
    let mut at_s = 0;
    for role in Role::ALL {
        at_s += 30;
        let name = format!("the-{}", role.name());
        let session = joined(rig, &admin, &name, role.name(), at_s);
        let key = post(rig.address, "/api/v1/keys", &session, &json!({ "name": "key", "role": role.name() })).json();
        all.push(Somebody::new(Some(role), bearer(&session)));
        all.push(Somebody::new(Some(role), bearer(key["key"].as_str().expect("a key"))));
        // Another session: logging out ends the one that is shown.
        let session = login(rig.address, &name, &format!("{CANARY} of {name} {}", role.name()));
        let shows = format!("Cookie: ringside={session}\r\nOrigin: http://{}\r\n", rig.address);
        all.push(Somebody { has_browser: true, ..Somebody::new(Some(role), shows) });
    }
    let lesser = post(rig.address, "/api/v1/keys", &admin, &json!({ "name": "lesser", "role": "viewer" })).json();
    all.push(Somebody::new(Some(Role::Viewer), bearer(lesser["key"].as_str().expect("a key"))));
    let revoked = post(rig.address, "/api/v1/keys", &admin, &json!({ "name": "gone", "role": "admin" })).json();
    let gone = format!("/api/v1/keys/{}", revoked["id"].as_str().expect("an id"));
    assert_eq!(ask(rig.address, "DELETE", &gone, &bearer(&admin), None).status, 204);
    all.push(Somebody::new(None, bearer(revoked["key"].as_str().expect("a key"))));
    all.push(Somebody::new(None, String::new()));
    all
}

/// Whether the status is the one of that caller at that row. What he may, may still be refused for other reasons.
fn is_right(status: u16, needs: Needs, who: &Somebody) -> bool {
    match who.role {
        // What is shown and is not good is refused wherever it is shown.
        None if !who.shows.is_empty() => status == 401,
        None => (status == 401) != needs.allow(None),
        Some(_) if needs.allow(who.role) => !matches!(status, 401 | 403),
        Some(_) => status == 403,
    }
}

#[test]
fn every_caller_gets_at_every_row_what_the_table_says() {
    let folder = Folder::new("matrix");
    let mut rig = folder.rig();
    let all = everybody(&mut rig, &folder.0);
    let address = rig.address;
    let is_over = AtomicBool::new(false);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            let mut wrong = Vec::new();
            for who in &all {
                let mut look = |row: String, status: u16, needs: Needs| {
                    if !is_right(status, needs, who) {
                        wrong.push(format!("{row} by {:?} {}: {status}", who.role, who.shows.len()));
                    }
                };
                // Logging out last, by the one way or the other: it ends what is shown.
                let out = [Route::Logout, Route::LogoutForm];
                let last = if who.has_browser { Route::LogoutForm } else { Route::Logout };
                for route in Route::ALL.iter().filter(|route| !out.contains(route)).chain([&last]) {
                    let body = matches!(route.verb(), Verb::Post | Verb::Put | Verb::Patch).then_some("{}");
                    let answer = ask(address, route.verb().name(), &filled(route.path()), &who.shows, body);
                    // Whoever may by his role may here by a session alone, and is told so.
                    let is_by_session = matches!(route, Route::AddKey | Route::AddUser | Route::ChangeUser);
                    if is_by_session && route.needs().allow(who.role) && answer.body.contains("needs_session") {
                        continue;
                    }
                    look(format!("{route:?}"), answer.status, route.needs());
                    if *route == Route::Me {
                        for stream in Stream::ALL {
                            look(
                                format!("{stream:?}"),
                                knock(address, &filled(stream.path()), &who.shows),
                                stream.needs(),
                            );
                        }
                    }
                }
            }
            is_over.store(true, Ordering::Release);
            wrong
        });
        // The engine: it takes what it is told.
        while !is_over.load(Ordering::Acquire) && !asked.is_finished() {
            let mut taken = Vec::new();
            rig.commands.take(16, |_, command| taken.push(*command));
            taken
                .iter()
                .for_each(|command| rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what }));
            std::thread::sleep(Duration::from_millis(1));
        }
        asked.join().expect("asked")
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn without_users_whoever_is_at_this_machine_looks_and_does_nothing() {
    let rig = Rig::new();
    for route in Route::ALL {
        let body = matches!(route.verb(), Verb::Post | Verb::Put | Verb::Patch).then_some("{}");
        let answer = ask(rig.address, route.verb().name(), &filled(route.path()), "", body);
        let is_for_users = ["/api/v1/session", "/api/v1/me", "/api/v1/keys", "/login", "/logout"]
            .iter()
            .any(|own| route.path().starts_with(own));
        match route.needs() {
            _ if is_for_users => assert!(matches!(answer.status, 404 | 400 | 415), "{route:?}: {}", answer.status),
            Needs::Role(least) if least > Role::Viewer => assert_eq!(answer.status, 403, "{route:?}"),
            _ => assert!(!matches!(answer.status, 401 | 403), "{route:?}: {}", answer.status),
        }
    }
}

#[test]
fn a_route_of_a_command_is_asked_what_the_command_is_asked() {
    let routes = [Route::Halt, Route::Reduce, Route::Resume, Route::Flatten, Route::CancelAll];
    let deeds = [Deed::Halt, Deed::Reduce, Deed::Resume, Deed::Flatten, Deed::CancelAll];
    for (route, deed) in routes.into_iter().zip(deeds) {
        assert_eq!((route.needs(), route.path()), (deed.needs(), format!("/api/v1/trading/{}", deed.word()).as_str()));
    }
    let others = [
        (Route::PlaceOrder, Deed::PlaceOrder),
        (Route::CancelOrder, Deed::CancelOrder),
        (Route::ModifyOrder, Deed::ModifyOrder),
        (Route::SetLimit, Deed::SetLimit),
        (Route::StartStrategy, Deed::StartStrategy),
        (Route::PauseStrategy, Deed::PauseStrategy),
        (Route::StopStrategy, Deed::StopStrategy),
        (Route::SetStrategy, Deed::SetStrategy),
    ];
    others.iter().for_each(|(route, deed)| assert_eq!(route.needs(), deed.needs(), "{route:?}"));
    // Closing a position is a word of Telegram alone; at the door it is an order.
    assert_eq!(deeds.len() + others.len() + 1, Deed::ALL.len());
}
