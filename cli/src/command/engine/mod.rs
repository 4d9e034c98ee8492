//! Engines that a command is told to: those of this machine by the line of each, or one by its API, wherever it is.
//!
//! Owns: which ones are meant, the way there, and what is said when nobody answers. Never: what is asked of them.

mod door;

use super::ask::{self, Caller};
use crate::args::{Engines, Whom};
use crate::config;
use crate::exit::Exit;
use anyhow::Context as _;
use bridges::operator::words::{Answer, Ask};
use engine_ring::pulse::Pulse;
use serde_json::{Map, Value};
use std::fmt::{self, Display};
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// The engine gives itself 2 s for a command.
const ANSWERS_WITHIN: Duration = Duration::from_secs(4);
/// For what enters or changes an order: other people's may be before it, and whoever gives up must not ask for a second one.
const ORDER_ANSWERS_WITHIN: Duration = Duration::from_secs(12);

/// An engine, and the way to it.
pub(super) enum Engine {
    /// One that lives on this machine, and its line.
    Here { pid: u32, line: PathBuf },
    /// One behind a door.
    Door(Box<Caller>),
}

impl Display for Engine {
    /// As messages name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here { pid, .. } => write!(f, "process {pid}"),
            Self::Door(caller) => write!(f, "{}", caller.place()),
        }
    }
}

/// Whether it enters or changes an order: asked twice, it may be done twice.
fn enters(ask: &Ask) -> bool {
    matches!(ask, Ask::Place { .. } | Ask::Modify { .. } | Ask::Close { .. })
}

/// The engines that are meant: with a URL the one behind it, else those of this machine whose page this user may read.
/// What the call says comes before what the environment says.
pub(super) fn engines(args: &Whom) -> Result<Vec<Engine>, Exit> {
    let Whom { here, door } = args;
    let is_here = here.pid.is_some() || here.folder.is_some();
    if is_here && door.url.is_some() {
        let why = "found with --pid or --folder, accepted: one of both, an engine of this machine or one behind a URL";
        return Err(Exit::Usage(format!("--url: {why}")));
    }
    if !is_here && ask::url(door).is_some() {
        return Ok(vec![Engine::Door(Box::new(Caller::new(door)?))]);
    }
    if door.key_file.is_some() || door.ca.is_some() {
        let why = "found without a URL, where no key is asked for; accepted: with --url, or RINGSIDE_URL";
        return Err(Exit::Usage(format!("--key-file, --ca: {why}")));
    }
    of_this_machine(here)
}

fn of_this_machine(args: &Engines) -> Result<Vec<Engine>, Exit> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => config::read(None)?.sentinel.folder,
    };
    let pages = Pulse::list(&folder).with_context(|| format!("looking for engines in {}", folder.display()))?;
    let lives = |page: &PathBuf| Pulse::is_owned_at(page).unwrap_or(false);
    let engine = |page: PathBuf| {
        let pid: u32 = page.file_stem()?.to_str()?.strip_prefix("ringside-")?.parse().ok()?;
        let is_meant = args.pid.is_none_or(|meant| meant == pid);
        is_meant.then(|| Engine::Here { pid, line: page.with_extension(crate::page::LINE) })
    };
    let all: Vec<Engine> = pages.into_iter().filter(lives).filter_map(engine).collect();
    if all.is_empty() {
        let whom =
            args.pid.map_or_else(|| "no engine runs".to_owned(), |pid| format!("no engine runs as process {pid}"));
        return Err(Exit::Unreachable(format!("{whom}: no page of a living process in {}", folder.display())));
    }
    Ok(all)
}

/// The only engine that is meant.
pub(super) fn one(args: &Whom) -> Result<Engine, Exit> {
    let mut all = engines(args)?;
    let pids: Vec<String> = all.iter().filter_map(Engine::pid).map(|pid| pid.to_string()).collect();
    match all.pop() {
        Some(engine) if all.is_empty() => Ok(engine),
        _ => Err(Exit::Usage(format!("{} engines run, say which: --pid with one of {}", pids.len(), pids.join(", ")))),
    }
}

impl Engine {
    const fn pid(&self) -> Option<u32> {
        match self {
            Self::Here { pid, .. } => Some(*pid),
            Self::Door(_) => None,
        }
    }

    /// What it says, as an object that names it first: by `pid`, or by `url`.
    pub(super) fn json(&self, parts: Value) -> Value {
        let mut told = match self {
            Self::Here { pid, .. } => Map::from_iter([("pid".to_owned(), Value::from(*pid))]),
            Self::Door(caller) => Map::from_iter([("url".to_owned(), Value::from(caller.place().to_string()))]),
        };
        if let Value::Object(parts) = parts {
            told.extend(parts);
        }
        Value::Object(told)
    }

    /// Whether letting trade again takes a second person there.
    pub(super) const fn wants_two(&self) -> bool {
        matches!(self, Self::Door(_))
    }

    pub(super) fn ask(&self, ask: &Ask) -> Result<Answer, Exit> {
        let answer = match self {
            Self::Here { .. } => self.ask_within(ask, if enters(ask) { ORDER_ANSWERS_WITHIN } else { ANSWERS_WITHIN }),
            Self::Door(caller) => door::ask(caller, ask),
        };
        match answer? {
            Answer::Refused { why, found } if found.is_empty() => Err(Exit::Refused(format!("{self}: {why}"))),
            Answer::Refused { why, found } => Err(Exit::Refused(format!("{self}: {why}: {found}"))),
            answer => Ok(answer),
        }
    }

    /// An answer to another question.
    pub(super) fn misunderstood(&self) -> Exit {
        Exit::Refused(format!("{self} answers another question: is it of another version?"))
    }

    fn ask_within(&self, ask: &Ask, within: Duration) -> Result<Answer, Exit> {
        let Self::Here { line, .. } = self else { return Err(self.misunderstood()) };
        let name = line.display();
        let unreachable = |error: io::Error| {
            let advice = "`ringside kill` needs no answer of it";
            Exit::Unreachable(format!("{self} does not answer on {name} ({error}); {advice}"))
        };
        let text = serde_json::to_vec(ask).context("a question as JSON")?;
        let mut stream = UnixStream::connect(line).map_err(unreachable)?;
        let mut talk = || -> io::Result<Vec<u8>> {
            stream.set_read_timeout(Some(within))?;
            stream.write_all(&text)?;
            stream.shutdown(Shutdown::Write)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer)
        };
        // The engine has heard it, perhaps.
        let unknown = |error: &dyn Display| {
            let advice = "it may have been entered: look at `ringside orders` before you ask again";
            Exit::Unreachable(format!("{self} does not answer on {name} ({error}); {advice}"))
        };
        let answer = match talk() {
            Ok(answer) => answer,
            Err(error) if enters(ask) => return Err(unknown(&error)),
            Err(error) => return Err(unreachable(error)),
        };
        let unread = |error: serde_json::Error| match enters(ask) {
            true => unknown(&error),
            false => {
                Exit::Unreachable(format!("{self}: its answer is not understood ({error}); is it of another version?"))
            }
        };
        serde_json::from_slice(&answer).map_err(unread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Door;
    use bridges::dto::NewOrder;
    use std::os::unix::net::UnixListener;

    #[test]
    fn whoever_waits_for_an_order_in_vain_is_told_to_look_before_he_asks_again() {
        let line = std::env::temp_dir().join(format!("ringside-silent-{}.line", std::process::id()));
        drop(std::fs::remove_file(&line));
        let engine = Engine::Here { pid: 7, line: line.clone() };
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
    fn an_engine_is_named_once_and_a_key_is_for_a_door() {
        let here = Engines { pid: Some(7), folder: None, json: false };
        let behind = Door { url: Some("https://desk.example".to_owned()), ..Door::default() };
        let both = engines(&Whom { here, door: behind.clone() }).err().expect("which?");
        assert!(matches!(&both, Exit::Usage(why) if why.contains("--pid")), "{both:?}");
        let nowhere = Engines { pid: None, folder: None, json: false };
        let [Engine::Door(caller)] = &engines(&Whom { here: nowhere, door: behind }).expect("a door")[..] else {
            panic!("another engine")
        };
        assert_eq!(caller.place().to_string(), "https://desk.example");
        let here = Engines { pid: Some(7), folder: None, json: false };
        let door = Door { ca: Some(PathBuf::from("ca.pem")), ..Door::default() };
        let key = engines(&Whom { here, door }).err().expect("no key is asked for");
        assert!(matches!(&key, Exit::Usage(why) if why.contains("--url")), "{key:?}");
    }
}
