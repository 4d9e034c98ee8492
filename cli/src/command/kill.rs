//! `kill`: throws the kill word of running engines, without asking any of their doors.

use crate::args::Engines;
use crate::exit::Exit;
use crate::page::kind_name;
use crate::time::utc;
use crate::{config, output};
use anyhow::Context as _;
use engine_ring::pulse::{BEATS_MAX, Fact, Life, Pulse};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for what is open to be withdrawn: an answer of a venue takes less.
const WITHDRAWN_WITHIN: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// An engine whose word was thrown.
struct Killed {
    pulse: Arc<Pulse>,
    open_before: u64,
    beats_before: [u64; BEATS_MAX],
}

/// Runs the command.
pub(crate) fn run(args: &Engines) -> Result<(), Exit> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => config::read(None)?.sentinel.folder,
    };
    let Thrown { killed, missed } = throw(&folder, args.pid)?;
    if killed.is_empty() && missed.is_empty() {
        let whom =
            args.pid.map_or_else(|| "no engine runs".to_owned(), |pid| format!("no engine runs as process {pid}"));
        return Err(Exit::Unreachable(format!("{whom}: no page of a living process in {}", folder.display())));
    }
    let until = Instant::now() + WITHDRAWN_WITHIN;
    while killed.iter().any(Killed::has_open) && Instant::now() < until {
        std::thread::sleep(LOOK_EVERY);
    }
    if args.json {
        let killed: Vec<Value> = killed.iter().map(Killed::json).collect();
        output::print_json(&json!({ "killed": killed, "not_killed": missed }))?;
    } else {
        let text = killed.iter().fold(String::new(), |text, one| text + one.text().as_str());
        output::print(&missed.iter().fold(text, |text, why| text + "NOT KILLED: " + why.as_str() + "\n"))?;
    }
    if killed.iter().any(Killed::has_open) || !missed.is_empty() { Err(Exit::NotHeld) } else { Ok(()) }
}

/// What became of the pages of a folder.
struct Thrown {
    killed: Vec<Killed>,
    /// Of engines that live and were not reached: why, for a person.
    missed: Vec<String>,
}

/// Throws the words. First all of them: looking at one must not keep the others waiting.
fn throw(folder: &Path, pid: Option<u32>) -> Result<Thrown, Exit> {
    let pages = Pulse::list(folder).with_context(|| format!("looking for engines in {}", folder.display()))?;
    let mut thrown = Thrown { killed: Vec::new(), missed: Vec::new() };
    for path in pages {
        match Pulse::open(&path) {
            Ok(pulse) => {
                let is_meant = pid.is_none_or(|pid| pulse.get(Fact::Process) == u64::from(pid));
                if is_meant && pulse.is_owned() {
                    let pulse = Arc::new(pulse);
                    let open_before = pulse.get(Fact::Open);
                    pulse.kill().set(true);
                    let beats_before = pulse.beats();
                    thrown.killed.push(Killed { pulse, open_before, beats_before });
                }
            }
            Err(error) => {
                let of = named(&path);
                if pid.is_none_or(|pid| of == Some(pid)) {
                    thrown.missed.extend(missed(&path, of, &error));
                }
            }
        }
    }
    Ok(thrown)
}

/// Why a page was not reached, if an engine lives behind it.
fn missed(path: &Path, pid: Option<u32>, error: &io::Error) -> Option<String> {
    let (lives, advice) = match error.kind() {
        io::ErrorKind::NotFound => (false, ""),
        io::ErrorKind::PermissionDenied => (pid.is_none_or(may_live), "call it as the engine's own user"),
        // What cannot be looked at may live.
        _ => (Pulse::is_owned_at(path).unwrap_or(true), "call the engine's own version of this program"),
    };
    let whom = pid.map_or_else(|| "an engine".to_owned(), |pid| format!("process {pid}"));
    lives.then(|| format!("{whom} lives behind {}, and its page was not read ({error}): {advice}", path.display()))
}

/// The process that a page is called after.
fn named(page: &Path) -> Option<u32> {
    page.file_stem()?.to_str()?.strip_prefix("ringside-")?.parse().ok()
}

/// Whether a process of that number may live: a system that hides the processes of others hides the first one, too.
fn may_live(pid: u32) -> bool {
    let is_seen = |pid: u32| Path::new("/proc").join(pid.to_string()).exists();
    is_seen(pid) || !is_seen(1)
}

impl Killed {
    /// What a process that is gone had open is its sentinel's business.
    fn has_open(&self) -> bool {
        self.pulse.is_owned() && self.open() != Some(0)
    }

    /// Orders that are open; `None`: not known. What the page says counts once every thread has turned behind the word:
    /// two beats, as the first may end a turn that began before it. A run that does not trade yet or any more is believed.
    fn open(&self) -> Option<u64> {
        let pulse = &self.pulse;
        let threads = match pulse.life() {
            Life::Starting | Life::Ended => 0,
            Life::Running | Life::Closing | Life::Stopping => {
                usize::try_from(pulse.get(Fact::Threads)).unwrap_or(BEATS_MAX)
            }
        };
        let beats = pulse.beats().into_iter().zip(self.beats_before).take(threads);
        let has_turned = beats.map(|(now, before)| now.wrapping_sub(before)).all(|turns| turns > 1);
        has_turned.then(|| pulse.get(Fact::Open))
    }

    fn text(&self) -> String {
        let (pulse, before) = (&self.pulse, self.open_before);
        let (pid, open) = (pulse.get(Fact::Process), self.open());
        let (kind, since) = (kind_name(pulse.get(Fact::Kind)), utc(pulse.get(Fact::StartedAt)));
        let mut text = format!("killed process {pid} ({kind}, since {since}): no order leaves it any more");
        // Writing to a String cannot fail.
        let _ = match (before, open) {
            (_, None) => writeln!(text, "; IT DOES NOT TURN, and what is open is not known: look at the venue"),
            (0, Some(0)) => writeln!(text, "; none was open"),
            (_, Some(0)) => writeln!(text, "; open orders {before} -> 0"),
            (_, Some(open)) => writeln!(text, "; {open} ORDERS ARE STILL OPEN (it may hang): look at the venue"),
        };
        text
    }

    fn json(&self) -> Value {
        let fact = |fact| self.pulse.get(fact);
        json!({
            "pid": fact(Fact::Process),
            "mode": kind_name(fact(Fact::Kind)),
            "started_at_ns": fact(Fact::StartedAt),
            "open_orders_before": self.open_before,
            "open_orders": self.open(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt as _;

    #[test]
    fn what_is_open_is_not_known_of_an_engine_that_does_not_turn() {
        let folder = std::env::temp_dir().join(format!("ringside-kill-still-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let own = Arc::new(Pulse::create(&folder, 1, 0).expect("a page"));
        let beats: Vec<_> = (0..2).filter_map(|index| own.beat(index)).collect();
        own.set(Fact::Threads, 2);
        own.set_life(Life::Running);
        let Thrown { killed, .. } = throw(&folder, None).expect("a folder");
        let [killed] = &killed[..] else { panic!("one engine") };
        assert!(killed.has_open() && killed.text().contains("is not known"), "{}", killed.text());
        assert_eq!(killed.json()["open_orders"], Value::Null);
        beats[0].beat();
        beats.iter().for_each(engine_ring::pulse::Beat::beat);
        assert_eq!(killed.open(), None, "the turn of the second may be one from before");
        beats[1].beat();
        assert_eq!((killed.open(), killed.has_open()), (Some(0), false));
        own.set(Fact::Open, 3);
        assert!(killed.has_open() && killed.text().contains("3 ORDERS"), "{}", killed.text());
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_page_that_cannot_be_read_is_named_while_its_engine_lives() {
        let folder = std::env::temp_dir().join(format!("ringside-kill-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let own = Pulse::create(&folder, 1, 0).expect("a page");
        let page = std::fs::OpenOptions::new().write(true).open(own.path()).expect("the page");
        page.write_all_at(b"RSPULSE\x7f", 0).expect("of another version");
        let pid = std::process::id();
        let thrown = throw(&folder, None).expect("a folder");
        assert!(thrown.killed.is_empty());
        let [told] = &thrown.missed[..] else { panic!("{:?}", thrown.missed) };
        assert!(told.contains(&format!("process {pid} lives")) && told.contains("version"), "{told}");
        assert!(throw(&folder, Some(pid + 1)).expect("a folder").missed.is_empty(), "not the one that is meant");
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let told = missed(own.path(), Some(pid), &denied).expect("it lives");
        assert!(told.contains("own user"), "{told}");
        assert_eq!(missed(own.path(), Some(u32::MAX), &denied), None, "no such process");
        let path = own.path().to_owned();
        drop(own);
        std::fs::write(&path, "left behind").expect("a file");
        assert!(throw(&folder, None).expect("a folder").missed.is_empty(), "nobody lives behind it");
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
