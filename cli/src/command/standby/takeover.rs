//! To go on in the place of a run: whether that is lawful, and the order in which it is done.
//!
//! Fence, catch up, prove, begin. Nothing is begun before the old run can send no order any more, as far as this host can
//! make sure of that, and before a replay of the whole journal has come to the state that was followed.

use super::follow::{Current, Shadow, Source};
use super::serve;
use crate::exit::Exit;
use crate::number::number_behind;
use crate::page::page_of;
use crate::recover::{Takes, claim};
use crate::serve::STATES;
use anyhow::{Context as _, anyhow};
use bridges::standby::{Line, LineState};
use engine_core::config::Config;
use engine_core::journal::disk::latest_epoch;
use engine_core::journal::fence::Taker;
use engine_core::journal::format::Damage;
use engine_core::journal::reader::Fault;
use engine_core::journal::recovery::keep_states;
use engine_core::journal::replay::replay;
use engine_core::journal::stored::{Stored, sync};
use engine_core::state::hex;
use engine_ring::clock::Clock;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// An engine without a page ends behind its fence within that time, or not at all.
const ENDS_WITHIN: Duration = Duration::from_secs(4);
/// The other host answers a fence within that time.
const ANSWERS_WITHIN: Duration = Duration::from_secs(6);
/// What is still on its way comes within that time.
const COMES_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Who was out of reach is not.
const CAME_BACK: &str = "the line to the other host came back just now: ask again";

/// What a standby is asked.
pub(super) enum Wish {
    Status,
    Takeover { fence: bool, unfenced: bool },
}

impl Wish {
    pub(super) fn read(wish: &Value) -> Option<Self> {
        match wish["ask"].as_str()? {
            "status" => Some(Self::Status),
            "takeover" => {
                Some(Self::Takeover { fence: wish["fence"].as_bool()?, unfenced: wish["unfenced"].as_bool()? })
            }
            _ => None,
        }
    }
}

/// A run whose place is taken.
pub(super) struct Taken {
    pub(super) takes: Takes,
    pub(super) old: u32,
    pub(super) records: u64,
}

impl Taken {
    pub(super) fn json(&self) -> Value {
        let Self { takes: Takes { fence, state_hash }, old, records } = self;
        json!({
            "pid": std::process::id(),
            "taken_over": old,
            "run": fence,
            "records": records,
            "state_hash": state_hash,
        })
    }
}

/// Takes the place of the run that is followed. [`Exit::Refused`]: it is followed on, and this may be asked again; the fence,
/// if it was raised, is this standby's.
pub(super) fn take(shadow: &mut Shadow, config: &Config, fence: bool, unfenced: bool) -> Result<Taken, Exit> {
    shadow.step(config)?;
    let Some(Current { first, epoch: old, .. }) = &shadow.current else {
        return Err(Exit::Refused("no run has been followed yet: there is nothing to go on from".to_owned()));
    };
    let (first, old) = (first.clone(), *old);
    let taker = taker(shadow, config, old)?;
    let is_copy = match &shadow.source {
        Source::Folder => {
            fence_here(&first, old, taker, fence)?;
            false
        }
        Source::Line(line) => {
            let line = line.clone();
            let is_fenced = fence_there(shadow, &line, (old, taker), fence, unfenced)?;
            catch_up(shadow, config, is_fenced, unfenced)?;
            true
        }
    };
    if is_copy {
        let is_it = |current: &Current| current.first == first;
        if !shadow.current.as_ref().is_some_and(is_it) {
            return Err(Exit::Refused(format!(
                "run {old} is followed no more, a newer one has begun: ask again for that"
            )));
        }
        end_line(shadow, config)?;
    }
    let told = || first.display().to_string();
    let wrong = |error: &dyn std::fmt::Display| Exit::Failed(anyhow!("{}: {error}", told()));
    if !is_copy {
        // What no mark stands behind may be in memory alone: what is gone on from is on the disk.
        sync(&first, 0).with_context(told)?;
    }
    let Some(Current { mut follower, .. }) = shadow.current.take() else { unreachable!("it was there above") };
    let _tail = follower.advance().with_context(told)?.map_err(|error| wrong(&error))?;
    let (begun_with, records) = (follower.run().clone(), follower.at().sequence);
    let replayed = follower.finish().map_err(|error| wrong(&error))?;
    let state_hash = hex(&replayed.state_hash());
    let whole = whole(&first, old)?;
    if whole != state_hash {
        return Err(wrong(&format!(
            "STATE_DIFFERS: what was followed comes to {state_hash}, a whole replay to {whole}"
        )));
    }
    if is_copy {
        let path = config.journal.directory.join(STATES);
        keep_states(&path, &begun_with, &replayed).with_context(|| path.display().to_string())?;
    }
    Ok(Taken { takes: Takes { fence: taker.run, state_hash }, old, records })
}

/// Who takes over from that run: the same whenever this standby is asked. Its number is above every one of the run that it
/// follows, and of its own folder.
fn taker(shadow: &mut Shadow, config: &Config, old: u32) -> Result<Taker, Exit> {
    if let Some((_, taker)) = shadow.takes.filter(|(of, _)| *of == old) {
        return Ok(taker);
    }
    let (folder, now_ns) = (&config.journal.directory, Clock::machine().now());
    let latest = latest_epoch(folder).with_context(|| folder.display().to_string())?.unwrap_or(old);
    // Two processes of one number on two hosts do not begin within one nanosecond.
    let by = now_ns.rotate_left(24) ^ u64::from(std::process::id());
    let taker = Taker { run: number_behind(old.max(latest), now_ns), by };
    shadow.takes = Some((old, taker));
    Ok(taker)
}

/// Behind this nothing is written into the copy any more. A line that came up by now knows more than what was asked for.
fn end_line(shadow: &mut Shadow, config: &Config) -> Result<(), Exit> {
    let Source::Line(line) = &shadow.source else { return Ok(()) };
    let LineState { is_up, .. } = line.end();
    if is_up && !shadow.line.is_over {
        shadow.reconnect(config)?;
        return Err(Exit::Refused(CAME_BACK.to_owned()));
    }
    Ok(())
}

/// The state that a replay from the first record comes to.
fn whole(first: &Path, epoch: u32) -> Result<String, Exit> {
    let told = || first.display().to_string();
    let wrong = |error: &dyn std::fmt::Display| Exit::Failed(anyhow!("{}: {error}", told()));
    let stream = Stored::read(first).with_context(told)?.reader().map_err(|fault| wrong(&fault))?;
    // A torn tail was never promised to anybody.
    let entries = stream.take_while(|entry| !matches!(entry, Err(Fault { damage: Damage::Torn, .. })));
    Ok(hex(&replay(entries, epoch).map_err(|error| wrong(&error))?.state_hash()))
}

/// On this host: the lock of the journal says whether its process lives, and its page reaches it even where it hangs.
fn fence_here(first: &Path, old: u32, taker: Taker, is_meant: bool) -> Result<(), Exit> {
    let folder = serve::folder_of(first);
    let lives = || Ok::<bool, Exit>(claim(first)?.is_none());
    if lives()? && !is_meant {
        return Err(Exit::Refused(format!(
            "run {old} lives: its process holds {}; end it in order, or throw it off first: --fence",
            first.display()
        )));
    }
    match page_of(first) {
        Some(pulse) => serve::fence(&pulse, &folder, old, taker).map_err(Exit::Refused),
        None => {
            serve::raise(&folder, old, taker).map_err(Exit::Refused)?;
            let until = Instant::now() + ENDS_WITHIN;
            while lives()? {
                if Instant::now() > until {
                    return Err(Exit::Refused(format!(
                        "run {old} is fenced and will not write again, but its process hangs and has no page that reaches it: \
                         an order of its last moment could leave when it wakes; kill -9 it, and ask again"
                    )));
                }
                std::thread::sleep(LOOK_EVERY);
            }
            Ok(())
        }
    }
}

/// On another host: the process beside the run does it, and says that it did. Whether it is fenced: it is not where the host
/// is out of reach and a person knows that it is off.
fn fence_there(
    shadow: &Shadow,
    line: &Line,
    (old, taker): (u32, Taker),
    is_meant: bool,
    unfenced: bool,
) -> Result<bool, Exit> {
    let state = &shadow.line;
    if !state.is_up {
        let why = state.trouble.as_deref().unwrap_or("no line");
        return match unfenced {
            true => Ok(false),
            false => Err(Exit::Refused(format!(
                "the host of run {old} is out of reach ({why}): whether it trades nobody here can tell. Where you KNOW that it is \
                 off: --unfenced; its venues' own switches (cancel on disconnect) end what it may have left"
            ))),
        };
    }
    if state.is_alive && !is_meant {
        return Err(Exit::Refused(format!("run {old} lives: end it in order, or throw it off first: --fence")));
    }
    if !line.fence(taker) {
        return Err(Exit::Refused(format!("the line to run {old} broke just now: ask again")));
    }
    let until = Instant::now() + ANSWERS_WITHIN;
    loop {
        match line.state().fenced {
            Some((of, None)) if of == taker.run => return Ok(true),
            Some((_, Some(why))) => return Err(Exit::Refused(format!("run {old} was not fenced: {why}"))),
            _ if Instant::now() > until => {
                return Err(Exit::Refused(format!("run {old}: its host does not say that it is fenced: ask again")));
            }
            _ => std::thread::sleep(LOOK_EVERY),
        }
    }
}

/// Until all has come that the other side's disk has.
fn catch_up(shadow: &mut Shadow, config: &Config, is_fenced: bool, unfenced: bool) -> Result<(), Exit> {
    let until = Instant::now() + COMES_WITHIN;
    loop {
        shadow.step(config)?;
        if shadow.line.is_up && !is_fenced {
            return Err(Exit::Refused(CAME_BACK.to_owned()));
        }
        let has_all = shadow.line.is_over || (!shadow.line.is_up && unfenced);
        if has_all {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(Exit::Refused(format!(
                "the old run is fenced, but what it wrote last does not come ({}): ask again when its host is in reach, or --unfenced \
                 without that",
                shadow.line.trouble.as_deref().unwrap_or("the line is up")
            )));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
