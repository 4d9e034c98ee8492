//! The number of a run, which every client order id carries, and the journal that bears it.
//!
//! Owns: that no two runs have one number, as far as one machine can know. Never: an existing journal.

use crate::exit::Exit;
use crate::outcome;
use crate::recover::claim;
use anyhow::{Context as _, anyhow};
use engine_core::config::{Config, EPOCHS};
use engine_core::journal::disk::{self, Disk, Epoch};
use engine_core::journal::fence::{FENCED, Fence, number_after};
use engine_core::journal::format::{Damage, Prologue};
use engine_core::journal::reader::Fault;
use engine_core::journal::stored;
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use std::fs::File;
use std::path::{Path, PathBuf};

const JANUARY_2026_S: u64 = 1_767_225_600;

/// The run's number and, if one is kept, its journal.
pub(crate) struct Numbered {
    pub(crate) epoch: u32,
    pub(crate) journal: Option<(Disk, Prologue)>,
    pub(crate) file: Unbegun,
    /// Held while this process lives: nobody goes on from a run that is written.
    pub(crate) claim: Option<File>,
}

/// A journal's file until its run has begun: a start that fails takes it away again. It would hold no run, and be the newest.
#[must_use]
pub(crate) struct Unbegun(Option<PathBuf>);

impl Unbegun {
    /// The run has begun: the file stays.
    pub(crate) fn begun(mut self) -> Option<PathBuf> {
        self.0.take()
    }
}

impl Drop for Unbegun {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be removed is as whole as a journal without a run can be. There is no second segment yet.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Takes a number and begins the journal. `least`: of a live run, the first that no earlier run had on its accounts.
/// `takes`: of a run that takes over, the number that the fence was raised to.
pub(crate) fn number(
    config: &Config,
    clock: &Clock,
    kill: &Switch,
    least: Option<u32>,
    takes: Option<u32>,
) -> Result<Numbered, Exit> {
    let epoch = match (wanted(config, clock.now(), least)?, takes) {
        (Epoch::AtLeast(epoch), Some(fence)) => Epoch::AtLeast(epoch.max(fence)),
        (Epoch::Exactly(_), Some(_)) => {
            let told =
                "run.epoch: a run that takes over has a number of its own, above the old one's: leave run.epoch out";
            return Err(Exit::Usage(told.to_owned()));
        }
        (epoch, None) => epoch,
    };
    if !config.journal.enabled {
        let (Epoch::Exactly(epoch) | Epoch::AtLeast(epoch)) = epoch;
        return Ok(Numbered { epoch, journal: None, file: Unbegun(None), claim: None });
    }
    let folder = &config.journal.directory;
    let told = || told(config, folder);
    // Nobody takes over from the runs of this folder between the look at its fence and the new run's file. One that is not
    // there holds none.
    let held = folder.exists().then(|| Fence::of(folder).hold()).transpose().with_context(told)?;
    if takes.is_none() {
        is_not_fenced(folder)?;
    }
    // What this run leaves would be older than what is there: the next would go on from the other.
    if let (Epoch::Exactly(asked), Some(latest)) = (epoch, disk::latest_epoch(folder).with_context(told)?)
        && asked < latest
    {
        let accepted = format!("{} or more, or none: the folder {} holds run {latest}", latest + 1, folder.display());
        return Err(Exit::Usage(format!("run.epoch: found {asked}, accepted: {accepted}")));
    }
    let made = disk::create(folder, epoch).with_context(told)?.with_segments_of(config.journal.segment_bytes);
    drop(held);
    let (epoch, file) = (made.epoch, Unbegun(Some(made.path().to_owned())));
    let claim = claim(made.path())?;
    let prologue = Prologue { epoch, build_id: outcome::build_id(), config_hash: outcome::config_hash(config) };
    let disk = Disk::start(made, &prologue, clock.clone(), kill.clone()).with_context(told)?;
    Ok(Numbered { epoch, journal: Some((disk, prologue)), file, claim })
}

/// Another host took over from the newest run of this folder: two would trade on one account.
fn is_not_fenced(folder: &Path) -> Result<(), Exit> {
    let fence = Fence::of(folder);
    let told = || format!("{}: whether another run took over from those of this folder", fence.path().display());
    let latest = disk::latest_epoch(folder).with_context(told)?;
    match fence.is_of_elsewhere(latest).with_context(told)? {
        None => Ok(()),
        Some(run) => Err(Exit::Refused(format!(
            "{FENCED}: run {run} took over from the runs of {}, and it is not here: it trades on another host, or did not begin. \
             If it is over, take its journal over from there; to begin here again for all that, remove {}",
            folder.display(),
            fence.path().display()
        ))),
    }
}

/// The number that a run which takes over from `old` has at least.
pub(crate) fn number_behind(old: u32, now_ns: u64) -> u32 {
    number_after(old, minutes(now_ns))
}

/// A folder whose newest journal is damaged is no place to go on in: a person has to look first. A tail that was torn off is
/// how a run ends whose machine lost its power, and what another build wrote is not for this one to judge.
pub(crate) fn look_at_newest(folder: &Path) -> Result<(), Exit> {
    let told = || format!("journal.directory {}", folder.display());
    let Some(newest) = stored::newest(folder).with_context(told)? else { return Ok(()) };
    let Some(fault) = stored::fault_at_end(&newest).with_context(told)? else { return Ok(()) };
    let file = stored::segment_path(&newest, fault.segment);
    let (file, Fault { offset, damage, .. }) = (file.display(), fault);
    match damage {
        Damage::Torn => {
            tracing::warn!("{file}: torn tail at byte {offset}: the run before ended without a word, that much is cut")
        }
        _ if fault.is_of_another_build() => tracing::warn!("{file}: written by another build: {damage}"),
        _ => {
            return Err(Exit::Failed(anyhow!(
                "{file}: damaged at byte {offset}: {damage}; what stands behind it had been on the disk, so the disk or somebody \
                 changed it: see `ringside journal verify`, then move this journal away, or restore it"
            )));
        }
    }
    Ok(())
}

/// The number that a run asks for. Real accounts remember theirs, so a live run counts on from them with a journal or
/// without one, and no hand may set it back: a number of an earlier run takes that run's orders for its own.
fn wanted(config: &Config, now_ns: u64, least: Option<u32>) -> Result<Epoch, Exit> {
    match (config.run.epoch, least) {
        (Some(epoch), Some(least)) => Err(Exit::Refused(format!(
            "mode live: run.epoch {epoch} would be the number of each start of this file, and no order id is used again \
             (free on its accounts: {least} and more); leave run.epoch out"
        ))),
        (Some(epoch), None) => Ok(Epoch::Exactly(epoch)),
        (None, Some(least)) => Ok(Epoch::AtLeast(minutes(now_ns).max(least))),
        (None, None) if config.journal.enabled => Ok(Epoch::AtLeast(minutes(now_ns))),
        (None, None) => Ok(Epoch::Exactly(unwritten(now_ns))),
    }
}

fn told(config: &Config, folder: &Path) -> String {
    let key = config.run.epoch.map_or_else(String::new, |epoch| format!("run.epoch {epoch}, "));
    format!("{key}journal.directory {}: the journal cannot be begun", folder.display())
}

/// Of a run with a journal, and of a live one: a number that grows from run to run, in whatever folder; in one folder the
/// files see to it that it does even within a minute. 24 bits last until 2057.
fn minutes(now_ns: u64) -> u32 {
    let seconds = (now_ns / Nanos::SECOND).saturating_sub(JANUARY_2026_S);
    u32::try_from(seconds / 60).unwrap_or(u32::MAX) % EPOCHS
}

/// Of a paper run that leaves no file to count by: the upper half of the numbers, which minutes reach in 2041. Seconds alone
/// would be one number for two runs of a second, so the microsecond moves them by an odd stride: runs of one second never
/// share a number, any other two of them one time in 8 million.
fn unwritten(now_ns: u64) -> u32 {
    const HALF: u64 = EPOCHS as u64 / 2;
    const STRIDE: u64 = 4_099;
    let (seconds, micros) = (now_ns / Nanos::SECOND, now_ns % Nanos::SECOND / 1_000);
    (HALF + (seconds + micros * STRIDE) % HALF) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use std::collections::BTreeSet;

    #[test]
    fn a_live_run_counts_on_from_its_accounts_and_takes_no_number_by_hand() {
        let mut config = config::read(None).expect("the defaults");
        let now_ns = (JANUARY_2026_S + 600) * Nanos::SECOND;
        for enabled in [true, false] {
            config.journal.enabled = enabled;
            let of = |least| wanted(&config, now_ns, Some(least)).expect("a number");
            assert_eq!((of(8), of(700)), (Epoch::AtLeast(10), Epoch::AtLeast(700)));
            let mut by_hand = config.clone();
            by_hand.run.epoch = Some(5);
            let refused = wanted(&by_hand, now_ns, Some(0)).expect_err("live");
            assert_eq!(refused.code(), 3);
            assert!(refused.message().is_some_and(|told| told.contains("run.epoch 5")));
            assert_eq!(wanted(&by_hand, now_ns, None).expect("paper"), Epoch::Exactly(5));
        }
    }

    #[test]
    fn runs_without_a_journal_differ_within_a_second_and_from_those_with_one() {
        let second_ns = (JANUARY_2026_S + 20_000_000) * Nanos::SECOND;
        let numbers: BTreeSet<u32> = (0..1_000_000).map(|micro| unwritten(second_ns + micro * 1_000)).collect();
        assert_eq!(numbers.len(), 1_000_000);
        assert!(numbers.iter().all(|number| (EPOCHS / 2..EPOCHS).contains(number)));
        assert!(minutes(second_ns) < EPOCHS / 2);
        let starts: BTreeSet<u32> = (0..10_000).map(|run| unwritten(second_ns + run * 17_000_000_003)).collect();
        assert!(starts.len() > 9_980, "{}", starts.len());
    }
}
