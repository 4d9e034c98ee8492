//! The operator's line: a real socket, and an engine played by the test that takes what is asked.

use crate::client::PATIENCE;
use crate::rig::{NOW, Rig};
use bridges::operator::words::{Answer, Ask, Trading};
use engine_core::risk::decision::DecisionKind;
use engine_model::command::{Command, CommandKind};
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::units::{Nanos, Quote};
use engine_model::venue::VenueId;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A place for a socket, which goes away with the test.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("ringside-{}-{name}.line", std::process::id())))
    }

    fn say(&self, text: &[u8]) -> Answer {
        let mut stream = UnixStream::connect(&self.0).expect("a line");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream.write_all(text).expect("said");
        stream.shutdown(Shutdown::Write).expect("said whole");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        serde_json::from_slice(&answer).expect("an answer")
    }

    pub(crate) fn ask(&self, ask: &Ask) -> Answer {
        self.say(&serde_json::to_vec(ask).expect("text"))
    }

    /// Asks while the engine takes one command.
    fn ask_taken(&self, rig: &mut Rig, ask: &Ask) -> (Command, Answer) {
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| self.ask(ask));
            let start = Instant::now();
            let mut taken = None;
            while taken.is_none() && start.elapsed() < PATIENCE {
                rig.commands.take(1, |_, command| taken = Some(*command));
                std::thread::sleep(Duration::from_millis(1));
            }
            let command: Command = taken.expect("a command");
            assert!(!asked.is_finished(), "it waits for risk to take it");
            rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what });
            (command, asked.join().expect("an answer"))
        })
    }
}

fn done(state: Option<&str>, scopes: &[(&str, &str)]) -> Answer {
    let scopes = scopes.iter().map(|(scope, state)| ((*scope).to_owned(), (*state).to_owned())).collect();
    Answer::Done(Trading { state: state.map(str::to_owned), scopes, open_orders: 0, positions: None })
}

fn refused(answer: &Answer, with: &str) -> bool {
    matches!(answer, Answer::Refused { why, found } if why.contains(with) || found.contains(with))
}

#[test]
fn a_halt_is_answered_when_risk_has_taken_it_and_with_how_trading_stands_then() {
    let place = Place::new("halt");
    let mut rig = Rig::with_line(&place.0, Vec::new());
    let mode = std::fs::metadata(&place.0).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else may open it");
    assert_eq!(place.ask(&Ask::State), done(None, &[]), "nothing told is not ACTIVE");
    let (command, answer) = place.ask_taken(&mut rig, &Ask::Halt { scope: "venue:binance-spot".to_owned() });
    let scope = Scope::Venue(VenueId::BinanceSpot);
    assert_eq!(command.what, CommandKind::SetTradingState { scope, state: TradingState::Halted });
    assert_eq!(answer, done(None, &[("venue:binance-spot", "HALTED")]));
    let (command, answer) = place.ask_taken(&mut rig, &Ask::Flatten);
    assert_eq!((command.what, command.id), (CommandKind::Flatten, 2));
    assert_eq!(answer, done(Some("HALTED"), &[("venue:binance-spot", "HALTED")]));
    drop(rig);
    assert!(!place.0.exists(), "the socket goes with the run");
}

#[test]
fn a_run_without_a_door_has_a_line_all_the_same() {
    let place = Place::new("alone");
    let mut rig = Rig::line_only(&place.0);
    assert_eq!(rig.bridge.address(), None);
    let (command, answer) = place.ask_taken(&mut rig, &Ask::Halt { scope: "whole".to_owned() });
    assert_eq!(command.what, CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Halted });
    assert_eq!(answer, done(Some("HALTED"), &[]));
    drop(rig);
    assert!(!place.0.exists(), "the socket goes with the run");
}

#[test]
fn what_was_stopped_trades_again_when_that_is_said_twice_and_never_by_one_word() {
    let place = Place::new("resume");
    let begun = vec![(Scope::Whole, TradingState::Halted)];
    let mut rig = Rig::with_line(&place.0, begun);
    assert_eq!(place.ask(&Ask::State), done(Some("HALTED"), &[]), "as the run before left it");
    let whole = || "whole".to_owned();
    assert!(refused(&place.ask(&Ask::Reduce { scope: whole() }), "stricter"), "from a halt that is a loosening");
    let resume = |token: Option<String>| Ask::Resume { scope: whole(), token };
    let Answer::Again { token, not_before_ns, until_ns } = place.ask(&resume(None)) else { panic!("at once") };
    assert_eq!((not_before_ns - NOW.0, until_ns - NOW.0), (5 * Nanos::SECOND, 600 * Nanos::SECOND));
    assert!(refused(&place.ask(&resume(Some(token.clone()))), "too soon"));
    rig.clock.set(NOW.0 + 5 * Nanos::SECOND);
    assert!(refused(&place.ask(&resume(Some(token))), "no token"), "the try used it up");
    let Answer::Again { token, .. } = place.ask(&resume(None)) else { panic!("at once") };
    rig.clock.set(NOW.0 + 11 * Nanos::SECOND);
    let (command, answer) = place.ask_taken(&mut rig, &resume(Some(token)));
    assert_eq!(command.what, CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Active });
    assert_eq!(answer, done(Some("ACTIVE"), &[]));
}

#[test]
fn nothing_trades_again_while_a_gateway_does_not_know_how_its_venue_stands() {
    let place = Place::new("unreconciled");
    let is_ready = Arc::new(AtomicBool::new(false));
    let mut rig = Rig::with_gateways(&place.0, &is_ready);
    let resume = |scope: &str, token: Option<String>| Ask::Resume { scope: scope.to_owned(), token };
    for scope in ["whole", "strategy:1", "venue:binance-spot", "instrument:BTCUSDT.binance-spot"] {
        let answer = place.ask(&resume(scope, None));
        let found = matches!(&answer, Answer::Refused { found, .. } if found == "binance-spot");
        assert!(found && refused(&answer, "gateway is ready"), "{scope}: {answer:?}");
    }
    is_ready.store(true, Ordering::Relaxed);
    let Answer::Again { token, .. } = place.ask(&resume("whole", None)) else { panic!("at once") };
    is_ready.store(false, Ordering::Relaxed);
    rig.clock.set(NOW.0 + 6 * Nanos::SECOND);
    assert!(refused(&place.ask(&resume("whole", Some(token))), "gateway is ready"), "nor behind a token");
}

#[test]
fn what_is_not_understood_does_nothing_and_says_what_was_found() {
    let place = Place::new("bad");
    let mut rig = Rig::with_line(&place.0, Vec::new());
    for scope in ["venue:bybit", "instrument:ETHUSDT.binance-spot", "strategy:3", "strategy:0", "all", ""] {
        let answer = place.ask(&Ask::Halt { scope: scope.to_owned() });
        assert!(matches!(&answer, Answer::Refused { found, .. } if found == scope), "{scope}: {answer:?}");
    }
    for text in [&b"halt"[..], b"", br#"{"ask":"fly"}"#, br#"{"ask":"halt"}"#, &[b'x'; 1_000]] {
        assert!(refused(&place.say(text), "not understood"), "{:?}", String::from_utf8_lossy(text));
    }
    let mut taken = 0;
    rig.commands.take(16, |_, _| taken += 1);
    assert_eq!(taken, 0);
}

#[test]
fn a_limit_is_tightened_by_one_word_and_loosened_by_two_and_never_beyond_the_file() {
    let place = Place::new("limits");
    let mut rig = Rig::with_line(&place.0, Vec::new());
    let set = |value: &str, token: Option<String>| Ask::SetLimit {
        key: "order_notional_max_usd".to_owned(),
        value: value.to_owned(),
        token,
    };
    let told = |answer: &Answer| match answer {
        Answer::Limit(told) => (told.value.clone(), told.file.clone()),
        other => panic!("{other:?}"),
    };
    let (command, answer) = place.ask_taken(&mut rig, &set("500", None));
    let limit = Limits::TABLE.iter().position(|row| row.key == "order_notional_max_usd").expect("known") as u8;
    assert_eq!(command.what, CommandKind::SetLimit { limit, value: Quote::whole(500).0 });
    assert_eq!(told(&answer), ("500.00".to_owned(), "10000.00".to_owned()));
    assert!(refused(&place.ask(&set("20000", None)), "only the file"));
    assert!(refused(&place.ask(&set("many", None)), "must be a decimal from 0"));
    let stands = Ask::SetLimit { key: "stop_age_s".to_owned(), value: "5".to_owned(), token: None };
    assert!(refused(&place.ask(&stands), "stands while a run lasts"));
    let Answer::Again { token, .. } = place.ask(&set("600", None)) else { panic!("at once") };
    rig.clock.set(NOW.0 + 6 * Nanos::SECOND);
    assert!(refused(&place.ask(&set("700", Some(token))), "another scope"), "a token is of one value");
    let Answer::Again { token, .. } = place.ask(&set("600", None)) else { panic!("at once") };
    rig.clock.set(NOW.0 + 12 * Nanos::SECOND);
    let (command, answer) = place.ask_taken(&mut rig, &set("600", Some(token)));
    assert_eq!(command.what, CommandKind::SetLimit { limit, value: Quote::whole(600).0 });
    assert_eq!(told(&answer).0, "600.00");
}

#[test]
fn a_limit_that_is_set_right_behind_another_is_held_against_that_one() {
    let place = Place::new("limits-race");
    let mut rig = Rig::with_line(&place.0, Vec::new());
    let set =
        |value: &str| Ask::SetLimit { key: "order_notional_max_usd".to_owned(), value: value.to_owned(), token: None };
    let next = |rig: &mut Rig| {
        let start = Instant::now();
        let mut taken: Option<Command> = None;
        while taken.is_none() && start.elapsed() < PATIENCE {
            rig.commands.take(1, |_, command| taken = Some(*command));
            std::thread::sleep(Duration::from_millis(1));
        }
        taken.expect("a command")
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.ask(&set("500")));
        let command = next(&mut rig);
        // Risk has not said yet that it has taken it: what is in force is not seen.
        let second = scope.spawn(|| place.ask(&set("600")));
        std::thread::sleep(Duration::from_millis(100));
        rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what });
        assert!(matches!(first.join().expect("an answer"), Answer::Limit(told) if told.value == "500.00"));
        let second = second.join().expect("an answer");
        assert!(matches!(second, Answer::Again { .. }), "600 is looser than 500: {second:?}");
    });
    // Risk never says of that one that it has taken it: until it is seen, what is in force is not known.
    assert!(refused(&place.ask(&set("400")), "within 2 s"));
    let command = next(&mut rig);
    let again = place.ask(&set("300"));
    assert!(matches!(again, Answer::Again { .. }), "{again:?}");
    rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what });
    // Decisions that the bridge was too late for may have set one.
    for _ in 0..10_000 {
        rig.decide(DecisionKind::CommandTaken { id: 0, what: CommandKind::CancelAll });
    }
    std::thread::sleep(Duration::from_millis(100));
    let again = place.ask(&set("200"));
    assert!(matches!(again, Answer::Again { .. }), "tighter than what is known, and what is is not: {again:?}");
}
