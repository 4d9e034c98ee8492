//! `status`, `halt`, `reduce`, `resume`, `flatten`: what a person asks of running engines, over the line of each.
//!
//! Owns: which engines are meant, what is asked back, how the answers read. Never: whether it is allowed; the engine says.

use crate::args::{Engines, Flatten, Resume, Scoped, SetLimit};
use crate::exit::Exit;
use crate::time::utc;
use crate::{config, output};
use anyhow::Context as _;
use bridges::operator::words::{Answer, Ask, LimitTold, Trading};
use engine_ring::pulse::Pulse;
use serde_json::{Value, json};
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The engine gives itself 2 s for a command.
const ANSWERS_WITHIN: Duration = Duration::from_secs(4);
/// For what enters or changes an order: other people's may be before it, and whoever gives up must not ask for a second one.
const ORDER_ANSWERS_WITHIN: Duration = Duration::from_secs(12);
/// Longest wait for what is open to be withdrawn: an answer of a venue takes less.
const WITHDRAWN_WITHIN: Duration = Duration::from_secs(3);
/// Told times have no parts of it: the earliest is rounded up.
const SECOND_NS: u64 = 1_000_000_000;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// `status`.
pub(crate) fn status(args: &Engines) -> Result<(), Exit> {
    tell(args, "", &ask_all(args, &Ask::State)?)
}

/// `halt`. What the halt withdraws is waited for.
pub(crate) fn halt(args: &Scoped) -> Result<(), Exit> {
    let mut answers = ask_all(&args.engines, &Ask::Halt { scope: args.scope.clone() })?;
    if args.scope == "whole" {
        let until = Instant::now() + WITHDRAWN_WITHIN;
        while answers.iter().any(Answered::has_open) && Instant::now() < until {
            std::thread::sleep(LOOK_EVERY);
            answers = ask_all(&args.engines, &Ask::State)?;
        }
    }
    tell(&args.engines, &args.scope, &answers)?;
    if args.scope == "whole" && answers.iter().any(Answered::has_open) { Err(Exit::NotHeld) } else { Ok(()) }
}

/// `reduce`.
pub(crate) fn reduce(args: &Scoped) -> Result<(), Exit> {
    tell(&args.engines, &args.scope, &ask_all(&args.engines, &Ask::Reduce { scope: args.scope.clone() })?)
}

/// `resume`: of one engine, and said twice.
pub(crate) fn resume(args: &Resume) -> Result<(), Exit> {
    let Scoped { scope, engines } = &args.of;
    let engine = one(engines)?;
    let answer = engine.ask(&Ask::Resume { scope: scope.clone(), token: args.token.clone() })?;
    if let Answer::Again { token, not_before_ns, until_ns } = &answer {
        if engines.json {
            let again = json!({ "token": token, "not_before_ns": not_before_ns, "until_ns": until_ns });
            output::print_json(&json!({ "pid": engine.pid, "again": again }))?;
        }
        return Err(Exit::Refused(format!(
            "to let {scope} trade again, say it once more, from {} to {}:\n  ringside resume {scope} --token {token}{}",
            second(not_before_ns + SECOND_NS),
            second(*until_ns),
            as_said(engines),
        )));
    }
    tell(engines, scope, &[engine.answered(answer)?])
}

/// `limits set`: of one engine; a looser one is said twice.
pub(crate) fn set_limit(args: &SetLimit) -> Result<(), Exit> {
    let SetLimit { key, value, token, engines } = args;
    let engine = one(engines)?;
    let pid = engine.pid;
    match engine.ask(&Ask::SetLimit { key: key.clone(), value: value.clone(), token: token.clone() })? {
        Answer::Limit(told) if engines.json => output::print_json(&json!({ "pid": pid, "limit": told })),
        Answer::Limit(LimitTold { limit, value, file }) => {
            output::print(&format!("process {pid}: {limit} {value} (the file says {file})\n"))
        }
        Answer::Again { token, not_before_ns, until_ns } => {
            if engines.json {
                let again = json!({ "token": token, "not_before_ns": not_before_ns, "until_ns": until_ns });
                output::print_json(&json!({ "pid": pid, "again": again }))?;
            }
            Err(Exit::Refused(format!(
                "it lets more pass than now, or what is in force is not known: say it once more, from {} to {}:\n  \
                 ringside limits set {key} {value} --token {token}{}",
                second(not_before_ns + SECOND_NS),
                second(until_ns),
                as_said(engines),
            )))
        }
        answer => engine.answered(answer).map(drop),
    }
}

/// `flatten`: of one engine, and only when it is meant.
pub(crate) fn flatten(args: &Flatten) -> Result<(), Exit> {
    let engine = one(&args.engines)?;
    if !args.yes {
        confirm(&format!("Halt process {} and close all its positions at the market?", engine.pid))?;
    }
    let answer = engine.ask(&Ask::Flatten)?;
    tell(&args.engines, "whole", &[engine.answered(answer)?])
}

/// Which engine was meant, as it was said: for a line to be repeated.
fn as_said(engines: &Engines) -> String {
    let pid = engines.pid.map(|pid| format!(" --pid {pid}")).unwrap_or_default();
    let folder = engines.folder.as_ref().map(|folder| format!(" --folder {}", folder.display())).unwrap_or_default();
    pid + folder.as_str()
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

/// An engine that lives and has a line.
pub(super) struct Engine {
    pub(super) pid: u32,
    line: PathBuf,
}

/// Whether it enters or changes an order: asked twice, it may be done twice.
fn enters(ask: &Ask) -> bool {
    matches!(ask, Ask::Place { .. } | Ask::Modify { .. } | Ask::Close { .. })
}

/// An engine, and how trading stands there.
struct Answered {
    pid: u32,
    trading: Trading,
}

/// The engines that are meant: those of this machine whose page this user may read.
pub(super) fn engines(args: &Engines) -> Result<Vec<Engine>, Exit> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => config::read(None)?.sentinel.folder,
    };
    let pages = Pulse::list(&folder).with_context(|| format!("looking for engines in {}", folder.display()))?;
    let lives = |page: &PathBuf| Pulse::is_owned_at(page).unwrap_or(false);
    let engine = |page: PathBuf| {
        let pid = page.file_stem()?.to_str()?.strip_prefix("ringside-")?.parse().ok()?;
        Some(Engine { pid, line: page.with_extension(crate::page::LINE) })
    };
    let is_meant = |engine: &Engine| args.pid.is_none_or(|pid| engine.pid == pid);
    let all: Vec<Engine> = pages.into_iter().filter(lives).filter_map(engine).filter(is_meant).collect();
    if all.is_empty() {
        let whom =
            args.pid.map_or_else(|| "no engine runs".to_owned(), |pid| format!("no engine runs as process {pid}"));
        return Err(Exit::Unreachable(format!("{whom}: no page of a living process in {}", folder.display())));
    }
    Ok(all)
}

/// The only engine that is meant.
pub(super) fn one(args: &Engines) -> Result<Engine, Exit> {
    let mut all = engines(args)?;
    let pids: Vec<String> = all.iter().map(|engine| engine.pid.to_string()).collect();
    match all.pop() {
        Some(engine) if all.is_empty() => Ok(engine),
        _ => Err(Exit::Usage(format!("{} engines run, say which: --pid with one of {}", pids.len(), pids.join(", ")))),
    }
}

/// Asks all that are meant. One that does not answer keeps the others from nothing, and does not hide what they did: what
/// was taken is told before the first refusal ends the call.
fn ask_all(args: &Engines, ask: &Ask) -> Result<Vec<Answered>, Exit> {
    let all = engines(args)?;
    let answers = all.iter().map(|engine| engine.ask(ask).and_then(|answer| engine.answered(answer)));
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

impl Engine {
    pub(super) fn ask(&self, ask: &Ask) -> Result<Answer, Exit> {
        self.ask_within(ask, if enters(ask) { ORDER_ANSWERS_WITHIN } else { ANSWERS_WITHIN })
    }

    fn ask_within(&self, ask: &Ask, within: Duration) -> Result<Answer, Exit> {
        let (pid, line) = (self.pid, self.line.display());
        let unreachable = |error: io::Error| {
            let advice = "`ringside kill` needs no answer of it";
            Exit::Unreachable(format!("process {pid} does not answer on {line} ({error}); {advice}"))
        };
        let text = serde_json::to_vec(ask).context("a question as JSON")?;
        let mut stream = UnixStream::connect(&self.line).map_err(unreachable)?;
        let mut talk = || -> io::Result<Vec<u8>> {
            stream.set_read_timeout(Some(within))?;
            stream.write_all(&text)?;
            stream.shutdown(Shutdown::Write)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer)
        };
        // The engine has heard it, perhaps.
        let unknown = |error: &dyn std::fmt::Display| {
            let advice = "it may have been entered: look at `ringside orders` before you ask again";
            Exit::Unreachable(format!("process {pid} does not answer on {line} ({error}); {advice}"))
        };
        let answer = match talk() {
            Ok(answer) => answer,
            Err(error) if enters(ask) => return Err(unknown(&error)),
            Err(error) => return Err(unreachable(error)),
        };
        let unread = |error: serde_json::Error| match enters(ask) {
            true => unknown(&error),
            false => Exit::Unreachable(format!(
                "process {pid}: its answer is not understood ({error}); is it of another version?"
            )),
        };
        serde_json::from_slice(&answer).map_err(unread)
    }

    fn answered(&self, answer: Answer) -> Result<Answered, Exit> {
        let pid = self.pid;
        match answer {
            Answer::Done(trading) => Ok(Answered { pid, trading }),
            Answer::Refused { why, found } if found.is_empty() => Err(Exit::Refused(format!("process {pid}: {why}"))),
            Answer::Refused { why, found } => Err(Exit::Refused(format!("process {pid}: {why}: {found}"))),
            Answer::Again { .. } => {
                Err(Exit::Refused(format!("process {pid} asks back for what needs no second word")))
            }
            Answer::Order(_) | Answer::Confirm { .. } | Answer::Limit(_) => {
                Err(Exit::Refused(format!("process {pid} answers another question: is it of another version?")))
            }
            Answer::Strategies { .. } => Err(Exit::Refused(format!("process {pid} tells of strategies, unasked"))),
        }
    }
}

impl Answered {
    fn has_open(&self) -> bool {
        self.trading.open_orders > 0
    }

    fn text(&self, asked: &str) -> String {
        let Trading { state, scopes, open_orders, positions } = &self.trading;
        let or_unknown = |told: Option<String>| told.unwrap_or_else(|| "unknown".to_owned());
        let head = if asked.is_empty() { String::new() } else { format!("{asked}: taken. ") };
        let state = or_unknown(state.clone());
        let positions = or_unknown(positions.map(|count| count.to_string()));
        let mut text =
            format!("process {}: {head}{state}, open orders {open_orders}, positions {positions}\n", self.pid);
        scopes.iter().for_each(|(scope, state)| text.push_str(&format!("  {scope} {state}\n")));
        text
    }

    fn json(&self) -> Value {
        let Trading { state, scopes, open_orders, positions } = &self.trading;
        let scopes: Vec<Value> =
            scopes.iter().map(|(scope, state)| json!({ "scope": scope, "state": state })).collect();
        json!({
            "pid": self.pid,
            "trading_state": state,
            "scopes": scopes,
            "open_orders": open_orders,
            "positions": positions,
        })
    }
}

fn tell(args: &Engines, asked: &str, answers: &[Answered]) -> Result<(), Exit> {
    if args.json {
        let engines: Vec<Value> = answers.iter().map(Answered::json).collect();
        return output::print_json(&json!({ "engines": engines }));
    }
    output::print(&answers.iter().map(|answered| answered.text(asked)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridges::dto::NewOrder;
    use std::os::unix::net::UnixListener;

    #[test]
    fn whoever_waits_for_an_order_in_vain_is_told_to_look_before_he_asks_again() {
        let line = std::env::temp_dir().join(format!("ringside-silent-{}.line", std::process::id()));
        drop(std::fs::remove_file(&line));
        let engine = Engine { pid: 7, line: line.clone() };
        let place = Ask::Place { order: Box::new(NewOrder::default()) };
        let said = |ask: &Ask| match engine.ask_within(ask, Duration::from_millis(20)) {
            Err(Exit::Unreachable(text)) => text,
            other => panic!("{other:?}"),
        };
        let look = "it may have been entered: look at `ringside orders` before you ask again";
        assert!(!said(&place).contains(look), "nobody was there to hear it");
        let silent = UnixListener::bind(&line).expect("a socket");
        assert!(said(&place).ends_with(look), "{}", said(&place));
        assert!(!said(&Ask::Flatten).contains(look));
        drop(silent);
        std::fs::remove_file(&line).expect("ours");
    }

    #[test]
    fn a_line_to_be_repeated_says_which_engine_was_meant() {
        let engines = Engines { pid: Some(41), folder: Some(PathBuf::from("/dev/shm/two")), json: false };
        assert_eq!(as_said(&engines), " --pid 41 --folder /dev/shm/two");
        assert_eq!(as_said(&Engines { pid: None, folder: None, json: false }), "");
    }
}
