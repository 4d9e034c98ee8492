//! `status`, `halt`, `reduce`, `resume`, `flatten`: what a person asks of running engines, over the line of
//! each, or of one behind a URL over its API.
//!
//! Owns: which engines are meant, what is asked back, how the answers read. Never: whether it is allowed; the engine says.

use super::engine::{Engine, engines, one};
use crate::args::{Flatten, Resume, Scoped, SetLimit, Whom};
use crate::exit::Exit;
use crate::output;
use crate::time::utc;
use anyhow::Context as _;
use bridges::operator::words::{Answer, Ask, LimitTold, Trading};
use serde_json::{Value, json};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Longest wait for what is open to be withdrawn: an answer of a venue takes less.
const WITHDRAWN_WITHIN: Duration = Duration::from_secs(3);
/// Told times have no parts of it: the earliest is rounded up.
const SECOND_NS: u64 = 1_000_000_000;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// `status`.
pub(crate) fn status(args: &Whom) -> Result<(), Exit> {
    tell(args, "", &ask_all(args, &Ask::State)?)
}

/// `halt`. What the halt withdraws is waited for.
pub(crate) fn halt(args: &Scoped) -> Result<(), Exit> {
    let mut answers = ask_all(&args.whom, &Ask::Halt { scope: args.scope.clone() })?;
    if args.scope == "whole" {
        let until = Instant::now() + WITHDRAWN_WITHIN;
        while answers.iter().any(Answered::has_open) && Instant::now() < until {
            std::thread::sleep(LOOK_EVERY);
            answers = ask_all(&args.whom, &Ask::State)?;
        }
    }
    tell(&args.whom, &args.scope, &answers)?;
    if args.scope == "whole" && answers.iter().any(Answered::has_open) { Err(Exit::NotHeld) } else { Ok(()) }
}

/// `reduce`.
pub(crate) fn reduce(args: &Scoped) -> Result<(), Exit> {
    tell(&args.whom, &args.scope, &ask_all(&args.whom, &Ask::Reduce { scope: args.scope.clone() })?)
}

/// `resume`: of one engine, and said twice.
pub(crate) fn resume(args: &Resume) -> Result<(), Exit> {
    let Scoped { scope, whom } = &args.of;
    let engine = one(whom)?;
    let answer = engine.ask(&Ask::Resume { scope: scope.clone(), token: args.token.clone() })?;
    let Answer::Again { token, not_before_ns, until_ns } = answer else {
        let answered = Answered::new(engine, answer)?;
        return tell(whom, scope, &[answered]);
    };
    let again = Again { token, not_before_ns, until_ns };
    again.tell(whom, &engine, &format!("to let {scope} trade again"), &format!("resume {scope}"))
}

/// `limits set`: of one engine; a looser one is said twice.
pub(crate) fn set_limit(args: &SetLimit) -> Result<(), Exit> {
    let SetLimit { key, value, token, whom } = args;
    let engine = one(whom)?;
    match engine.ask(&Ask::SetLimit { key: key.clone(), value: value.clone(), token: token.clone() })? {
        Answer::Limit(told) if whom.here.json => output::print_json(&engine.json(json!({ "limit": told }))),
        Answer::Limit(LimitTold { limit, value, file }) => {
            output::print(&format!("{engine}: {limit} {value} (the file says {file})\n"))
        }
        Answer::Again { token, not_before_ns, until_ns } => {
            let why = "it lets more pass than now, or what is in force is not known";
            let again = Again { token, not_before_ns, until_ns };
            again.tell(whom, &engine, why, &format!("limits set {key} {value}"))
        }
        _ => Err(engine.misunderstood()),
    }
}

/// What is to be said twice.
struct Again {
    token: String,
    not_before_ns: u64,
    until_ns: u64,
}

impl Again {
    /// Nothing was done yet; how it is said once more.
    fn tell(&self, whom: &Whom, engine: &Engine, why: &str, words: &str) -> Result<(), Exit> {
        let Self { token, not_before_ns, until_ns } = self;
        if whom.here.json {
            let again = json!({ "token": token, "not_before_ns": not_before_ns, "until_ns": until_ns });
            output::print_json(&engine.json(json!({ "again": again })))?;
        }
        let who = if engine.wants_two() { "let another person say it once more" } else { "say it once more" };
        Err(Exit::Refused(format!(
            "{why}: {who}, from {} to {}:\n  ringside {words} --token {token}{}",
            second(not_before_ns + SECOND_NS),
            second(*until_ns),
            as_said(whom),
        )))
    }
}

/// `flatten`: of one engine, and only when it is meant.
pub(crate) fn flatten(args: &Flatten) -> Result<(), Exit> {
    let engine = one(&args.whom)?;
    if !args.yes {
        confirm(&format!("Halt {engine} and close all its positions at the market?"))?;
    }
    let answer = engine.ask(&Ask::Flatten)?;
    tell(&args.whom, "whole", &[Answered::new(engine, answer)?])
}

/// Which engine was meant, as it was said: for a line to be repeated.
fn as_said(whom: &Whom) -> String {
    let pid = whom.here.pid.map(|pid| format!(" --pid {pid}"));
    let path = |name: &str, path: &Option<PathBuf>| path.as_ref().map(|path| format!(" {name} {}", path.display()));
    let url = whom.door.url.as_ref().map(|url| format!(" --url {url}"));
    // The other person has another key.
    let parts = [pid, path("--folder", &whom.here.folder), url, path("--ca", &whom.door.ca)];
    parts.into_iter().flatten().collect()
}

/// A time as people repeat it: no part of a second.
fn second(at_ns: u64) -> String {
    utc(at_ns).split('.').next().unwrap_or_default().replace('T', " ") + " UTC"
}

/// Asks whether it is meant, where somebody can answer.
pub(super) fn confirm(question: &str) -> Result<(), Exit> {
    if io::stdin().is_terminal() && confirmed(question, "Type yes: ", "yes")? {
        return Ok(());
    }
    Err(Exit::Refused("not confirmed: nothing was done; in a script say --yes".to_owned()))
}

/// Whether that word is typed.
pub(super) fn confirmed(question: &str, how: &str, word: &str) -> Result<bool, Exit> {
    let mut err = io::stderr();
    write!(err, "{question} {how}").context("asking")?;
    err.flush().context("asking")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("reading the answer")?;
    Ok(line.trim() == word)
}

/// An engine, and how trading stands there.
struct Answered {
    engine: Engine,
    trading: Trading,
}

/// Asks all that are meant. One that does not answer keeps the others from nothing, and does not hide what they did: what
/// was taken is told before the first refusal ends the call.
fn ask_all(args: &Whom, ask: &Ask) -> Result<Vec<Answered>, Exit> {
    let all = engines(args)?.into_iter();
    let answers = all.map(|engine| engine.ask(ask).and_then(|answer| Answered::new(engine, answer)));
    let (mut taken, mut refused) = (Vec::new(), None);
    for answer in answers {
        match answer {
            Ok(answered) => taken.push(answered),
            Err(exit) => refused = refused.or(Some(exit)),
        }
    }
    match refused {
        None => Ok(taken),
        Some(exit) if taken.is_empty() => Err(exit),
        Some(exit) => {
            tell(args, "", &taken)?;
            Err(exit)
        }
    }
}

impl Answered {
    fn new(engine: Engine, answer: Answer) -> Result<Self, Exit> {
        match answer {
            Answer::Done(trading) => Ok(Self { engine, trading }),
            _ => Err(engine.misunderstood()),
        }
    }

    fn has_open(&self) -> bool {
        self.trading.open_orders > 0
    }

    fn text(&self, asked: &str) -> String {
        let Trading { state, scopes, open_orders, positions } = &self.trading;
        let or_unknown = |told: Option<String>| told.unwrap_or_else(|| "unknown".to_owned());
        let head = if asked.is_empty() { String::new() } else { format!("{asked}: taken. ") };
        let state = or_unknown(state.clone());
        let positions = or_unknown(positions.map(|count| count.to_string()));
        let mut text = format!("{}: {head}{state}, open orders {open_orders}, positions {positions}\n", self.engine);
        scopes.iter().for_each(|(scope, state)| text.push_str(&format!("  {scope} {state}\n")));
        text
    }

    fn json(&self) -> Value {
        let Trading { state, scopes, open_orders, positions } = &self.trading;
        let scopes: Vec<Value> =
            scopes.iter().map(|(scope, state)| json!({ "scope": scope, "state": state })).collect();
        self.engine.json(json!({
            "trading_state": state,
            "scopes": scopes,
            "open_orders": open_orders,
            "positions": positions,
        }))
    }
}

fn tell(args: &Whom, asked: &str, answers: &[Answered]) -> Result<(), Exit> {
    if args.here.json {
        let engines: Vec<Value> = answers.iter().map(Answered::json).collect();
        return output::print_json(&json!({ "engines": engines }));
    }
    output::print(&answers.iter().map(|answered| answered.text(asked)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Door, Engines};

    #[test]
    fn a_line_to_be_repeated_says_which_engine_was_meant_and_shows_no_key() {
        let here = Engines { pid: Some(41), folder: Some(PathBuf::from("/dev/shm/two")), json: false };
        assert_eq!(as_said(&Whom { here, door: Door::default() }), " --pid 41 --folder /dev/shm/two");
        let nowhere = || Engines { pid: None, folder: None, json: false };
        assert_eq!(as_said(&Whom { here: nowhere(), door: Door::default() }), "");
        let (url, ca) = (Some("https://desk.example".to_owned()), Some(PathBuf::from("ca.pem")));
        let door = Door { url, key_file: Some(PathBuf::from("tom.key")), ca };
        assert_eq!(as_said(&Whom { here: nowhere(), door }), " --url https://desk.example --ca ca.pem");
    }
}
