//! Nothing of one user is visible to another: every row and stream of the table, asked by users of every role for what is
//! another's. One user has everything that a user can have, each with a word in it that stands nowhere else; whoever reads
//! that word anywhere but in his name has found a leak. A row that comes into the table is asked, too, without a line here.

use crate::client::{Answer, Stream, ask, get_with};
use crate::jobs::settings;
use crate::people::{Folder, bearer, claimed, joined, post};
use crate::rig::{NOW, Rig, SPOT};
use bridges::Locks;
use bridges::role::{Role, Route, Stream as Row, Verb};
use engine_core::risk::decision::DecisionKind;
use engine_model::market::{MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// Of his key.
const KEY: &str = "canary-key-4711";
/// The bound of his alert, which is in the text of its hits, too.
const BOUND: f64 = 61_000.062_51;
/// Of his backtest.
const FEE: f64 = 0.001_234_5;

/// Rows that are an admin's to see everybody's by, as the table says of each.
const OF_ADMINS: [Route; 7] =
    [Route::Audit, Route::Users, Route::Jobs, Route::Job, Route::JobResult, Route::Backtests, Route::AllAlerts];

/// What there is of a user.
struct Owner {
    session: String,
    key: String,
    alert: String,
    job: String,
}

impl Owner {
    /// What is his and nobody else's, as it is written in an answer.
    fn words(&self) -> [String; 4] {
        [KEY.to_owned(), self.key.clone(), BOUND.to_string(), FEE.to_string()]
    }

    /// A row's path, with what is his in the place of what varies.
    fn path(&self, path: &str) -> String {
        let id = match path {
            path if path.starts_with("/api/v1/keys") => &self.key,
            path if path.starts_with("/api/v1/alerts") => &self.alert,
            _ => &self.job,
        };
        path.replace("{id}", id).replace("{symbol}", "BTCUSDT.binance-spot").replace("{name}", "tom")
    }
}

fn number(answer: &Answer) -> String {
    assert!(matches!(answer.status, 201 | 202), "{}", answer.body);
    answer.json()["id"].to_string().trim_matches('"').to_owned()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn own(address: SocketAddr, session: &str) -> Owner {
    let alert = json!({ "measure": "price", "of": "btc-usdt", "below": BOUND, "cooldown_s": 1 });
    let job = json!({ "strategy": "sma_cross", "past": { "data": "binance-usdm:BTCUSDT" }, "terms": { "fee": FEE } });
    let key = post(address, "/api/v1/keys", session, &json!({ "name": KEY, "role": "viewer" }));
    Owner {
        key: number(&key),
        alert: number(&post(address, "/api/v1/alerts", session, &alert)),
        job: number(&post(address, "/api/v1/backtesting/runs", session, &job)),
        session: session.to_owned(),
    }
}

fn sold(rig: &mut Rig, px: i64, trade_id: u64) {
    let change = MarketChange::Trade { px: Ticks(px), qty: Lots(1_000), aggressor: Side::Sell, trade_id };
    rig.publish_at(Nanos(NOW.0 - Nanos::SECOND), SPOT, change);
}

/// Rows and streams that show somebody what is that user's.
fn seen(address: SocketAddr, session: &str, owner: &Owner) -> Vec<String> {
    let words = owner.words();
    let has_word = |text: &str| words.iter().any(|word| text.contains(word));
    let rows = Route::ALL.iter().filter(|route| route.verb() == Verb::Get).filter(|route| {
        let answer = get_with(address, &owner.path(route.path()), &bearer(session));
        has_word(&answer.body)
    });
    let rows: Vec<String> = rows.map(|route| format!("{route:?}")).collect();
    let streams = Row::ALL.iter().filter(|row| {
        let mut stream = Stream::open_as(address, &owner.path(row.path()), session);
        has_word(&stream.next().expect("a picture").to_string())
    });
    rows.into_iter().chain(streams.map(|row| row.path().to_owned())).collect()
}

/// The texts of hits, but for what concerns everybody: on a slow machine something stands still for long enough.
fn of_rules(answer: &Value) -> Vec<String> {
    let hits = answer["hits"].as_array().expect("hits").iter().filter(|hit| !hit["alert"].is_null());
    hits.map(|hit| hit["text"].as_str().expect("a text").to_owned()).collect()
}

/// Everything that somebody can do to what is that user's.
fn tried(address: SocketAddr, session: &str, owner: &Owner) -> Vec<(Route, u16)> {
    // Taking another's alert away is an admin's, and has a story of its own.
    let rows = Route::ALL.iter().filter(|route| route.verb() != Verb::Get && route.path().contains("{id}"));
    let rows = rows.filter(|route| **route != Route::RemoveAnyAlert);
    rows.map(|route| {
        let body = matches!(route.verb(), Verb::Post | Verb::Put | Verb::Patch).then_some("{\"seconds\": 60}");
        (*route, ask(address, route.verb().name(), &owner.path(route.path()), &bearer(session), body).status)
    })
    .collect()
}

#[test]
fn nothing_of_one_user_is_visible_to_another_by_any_row_or_stream_and_nobody_can_do_anything_to_it() {
    let folder = Folder::new("leaks");
    let locks = Locks { people: Some(folder.config()), ..Locks::default() };
    let mut rig = Rig::with_jobs(locks, settings(&folder.0), None);
    let address = rig.address;
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "trader", 30);
    let others = Role::ALL.map(|role| {
        let at_s = 60 + 30 * role as u64;
        (role, joined(&mut rig, &admin, &format!("eve-{}", role.name()), role.name(), at_s))
    });
    // Each listens before anything happens, and has an alert of his own that hits behind the other's.
    let mut streams = others.each_ref().map(|(_, session)| Stream::open_as(address, "/ws/alerts", session));
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().expect("a picture")["type"], "snapshot"));
    let owner = own(address, &tom);
    let theirs = json!({ "measure": "price", "of": "btc-usdt", "below": 60_000, "cooldown_s": 1 });
    others.iter().for_each(|(_, session)| drop(number(&post(address, "/api/v1/alerts", session, &theirs))));
    let alert = |session: &str, what: &str| {
        get_with(address, "/api/v1/alerts", &bearer(session)).json()["alerts"][0][what].clone()
    };
    let hits = |session: &str, count: usize| {
        let hits = || of_rules(&get_with(address, "/api/v1/alerts/hits", &bearer(session)).json()).len();
        until("no hit", || hits() == count);
    };
    sold(&mut rig, 6_200_000, 1);
    until("it is never looked at", || alert(&tom, "blind").is_null());
    sold(&mut rig, 6_100_000, 2);
    hits(&tom, 1);
    let job = format!("/api/v1/jobs/{}", owner.job);
    until("the job never ends", || get_with(address, &job, &bearer(&tom)).json()["state"] == "done");

    // He sees it himself: what is looked for below can be found.
    let own = seen(address, &tom, &owner);
    for row in ["Alerts", "AlertHits", "Keys", "Jobs", "Job", "JobResult", "Backtests", "/ws/alerts"] {
        assert!(own.contains(&row.to_owned()), "{row} does not show its own user {:?}: {own:?}", owner.words());
    }
    // Who else does, and what they can do to it, while an engine takes what it is told.
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            for (role, session) in &others {
                let may = |route: &Route| *role == Role::Admin && OF_ADMINS.contains(route);
                let may: Vec<String> = OF_ADMINS.iter().filter(|route| may(route)).map(|r| format!("{r:?}")).collect();
                let seen = seen(address, session, &owner);
                assert!(seen.iter().all(|row| may.contains(row)), "{role:?} sees what is another's: {seen:?}");
                for (route, status) in tried(address, session, &owner) {
                    let is_ended = *role == Role::Admin && route == Route::CancelJob;
                    let right = if is_ended { 409 } else { 404 };
                    // Who may not ask at all is told that, and nothing of what there is.
                    let is_barred = status == 403 && !route.needs().allow(Some(*role));
                    assert!(status == right || is_barred, "{route:?} by {role:?}: {status}");
                }
            }
            is_over.store(true, Ordering::Release);
        });
        while !is_over.load(Ordering::Acquire) && !asked.is_finished() {
            let mut taken = Vec::new();
            rig.commands.take(16, |_, command| taken.push(*command));
            let decided = taken.iter().map(|command| DecisionKind::CommandTaken { id: command.id, what: command.what });
            decided.for_each(|decided| rig.decide(decided));
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!((alert(&tom, "hits"), alert(&tom, "snoozed_until_ns")), (json!(1), Value::Null), "untouched");
    assert_eq!(get_with(address, "/api/v1/keys", &bearer(&owner.session)).json()["keys"][0]["id"], owner.key);

    // What the others hear next is their own, and numbered as if nothing had been before.
    sold(&mut rig, 5_900_000, 3);
    for ((role, session), stream) in others.iter().zip(&mut streams) {
        hits(session, 1);
        let mut own: Vec<String> = Vec::new();
        for seq in 2.. {
            let told = stream.next().expect("his own");
            assert_eq!((&told["type"], &told["seq"]), (&json!("hits"), &json!(seq)), "{role:?}: {told}");
            assert!(told["hits"].as_array().is_some_and(|hits| !hits.is_empty()), "{role:?}: {told}");
            own.extend(of_rules(&told));
            if !own.is_empty() {
                break;
            }
        }
        assert!(own.len() == 1 && own[0].ends_with("at or below 60000"), "{role:?}: {own:?}");
    }
}
