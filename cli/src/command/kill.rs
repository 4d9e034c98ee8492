//! `kill`: throws the kill word of running engines, without asking any of their doors.

use crate::args::Kill;
use crate::exit::Exit;
use crate::page::kind_name;
use crate::time::utc;
use crate::{config, output};
use anyhow::Context as _;
use engine_ring::pulse::{Fact, Pulse};
use serde_json::{Value, json};
use std::fmt::Write as _;
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
}

/// Runs the command.
pub(crate) fn run(args: &Kill) -> Result<(), Exit> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => config::read(None)?.sentinel.folder,
    };
    let killed = throw(&folder, args.pid)?;
    if killed.is_empty() {
        let whom =
            args.pid.map_or_else(|| "no engine runs".to_owned(), |pid| format!("no engine runs as process {pid}"));
        return Err(Exit::Unreachable(format!("{whom}: no page of a living process in {}", folder.display())));
    }
    let until = Instant::now() + WITHDRAWN_WITHIN;
    while killed.iter().any(Killed::has_open) && Instant::now() < until {
        std::thread::sleep(LOOK_EVERY);
    }
    if args.json {
        output::print_json(&json!({ "killed": killed.iter().map(Killed::json).collect::<Vec<_>>() }))?;
    } else {
        output::print(&killed.iter().fold(String::new(), |text, one| text + &one.text()))?;
    }
    if killed.iter().any(Killed::has_open) { Err(Exit::NotHeld) } else { Ok(()) }
}

/// Throws the words. First all of them: looking at one must not keep the others waiting.
fn throw(folder: &Path, pid: Option<u32>) -> Result<Vec<Killed>, Exit> {
    let pages = Pulse::list(folder).with_context(|| format!("looking for engines in {}", folder.display()))?;
    let mut killed = Vec::new();
    for path in pages {
        // Gone meanwhile, or no page.
        let Ok(pulse) = Pulse::open(&path) else { continue };
        let is_meant = pid.is_none_or(|pid| pulse.get(Fact::Process) == u64::from(pid));
        if is_meant && pulse.is_owned() {
            let pulse = Arc::new(pulse);
            let open_before = pulse.get(Fact::Open);
            pulse.kill().set(true);
            killed.push(Killed { pulse, open_before });
        }
    }
    Ok(killed)
}

impl Killed {
    /// What a process that is gone had open is its sentinel's business.
    fn has_open(&self) -> bool {
        self.pulse.is_owned() && self.pulse.get(Fact::Open) > 0
    }

    fn text(&self) -> String {
        let (pulse, before) = (&self.pulse, self.open_before);
        let (pid, open) = (pulse.get(Fact::Process), pulse.get(Fact::Open));
        let (kind, since) = (kind_name(pulse.get(Fact::Kind)), utc(pulse.get(Fact::StartedAt)));
        let mut text = format!("killed process {pid} ({kind}, since {since}): no order leaves it any more");
        // Writing to a String cannot fail.
        let _ = match (before, open) {
            (0, 0) => writeln!(text, "; none was open"),
            (_, 0) => writeln!(text, "; open orders {before} -> 0"),
            _ => writeln!(text, "; {open} ORDERS ARE STILL OPEN (it may hang): look at the venue"),
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
            "open_orders": fact(Fact::Open),
        })
    }
}
