//! From what was typed to the bytes of journals.

use crate::exit::Exit;
use crate::time::utc;
use anyhow::{Context as _, anyhow};
use engine_core::journal::format::{Damage, Prologue};
use engine_core::journal::reader::Fault;
use engine_core::journal::stored::{Stored, runs, segment_path};
use engine_core::journal::stream::Stream;
use engine_model::units::Nanos;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Which journals of a folder are meant.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    /// The one with the highest number.
    Newest,
    /// All, in the order of their numbers.
    All,
}

/// The journals at `path`: the file itself, or those of the folder. Never none.
pub(crate) fn files(path: &Path, which: Which) -> Result<Vec<PathBuf>, Exit> {
    let usage = |found: &str| Exit::Usage(format!("PATH: found {found} at {}, {ACCEPTED}", path.display()));
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(usage("nothing")),
        other => other.with_context(|| path.display().to_string())?,
    };
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = runs(path).with_context(|| path.display().to_string())?;
    if let Which::Newest = which {
        files.drain(..files.len().saturating_sub(1));
    }
    if files.is_empty() { Err(usage("no journal")) } else { Ok(files) }
}

/// The journal at `path` that tells of a time: the file itself, or that of the last run of the folder that had begun by then.
/// It tells of the time between its end and the next one's begin, too: nothing moved meanwhile.
pub(crate) fn of_time(path: &Path, at: Nanos) -> Result<Vec<PathBuf>, Exit> {
    let all = files(path, Which::All)?;
    if !path.is_dir() {
        return Ok(all);
    }
    let mut oldest = None;
    for file in all.into_iter().rev() {
        match begun_at(&file)? {
            Some(begun) if begun <= at => return Ok(vec![file]),
            begun => oldest = begun.or(oldest),
        }
    }
    let since = oldest.map_or_else(|| "never".to_owned(), |begun| utc(begun.0));
    Err(Exit::Usage(format!(
        "TIME: found {}, accepted: when a run of {} had begun, the first at {since}",
        utc(at.0),
        path.display()
    )))
}

/// When the first event of a run came; `None`: of one that ended before that.
fn begun_at(file: &Path) -> Result<Option<Nanos>, Exit> {
    let stored = stored(file)?;
    if stored.begun().with_context(|| file.display().to_string())?.is_some() {
        return Ok(None);
    }
    for entry in reader(file, &stored)? {
        match entry {
            // What a run begins with has no time of its own.
            Ok(entry) if entry.head.at_ns > 0 => return Ok(Some(Nanos(entry.head.at_ns))),
            Ok(_) => {}
            Err(Fault { damage: Damage::Torn, .. }) => return Ok(None),
            Err(fault) => return Err(Exit::Failed(anyhow!("{}", damage_text(file, &fault, 0)))),
        }
    }
    Ok(None)
}

const ACCEPTED: &str = "accepted: a file of a journal, or a folder with ringside-<number>.journal in it";

/// The journal that begins in that file.
pub(crate) fn stored(path: &Path) -> Result<Stored, Exit> {
    Ok(Stored::read(path).with_context(|| path.display().to_string())?)
}

/// A reader over a file whose prologue holds, or the failure that names the file and the place.
pub(crate) fn reader(path: &Path, stored: &Stored) -> Result<Stream, Exit> {
    stored.reader().map_err(|fault| Exit::Failed(anyhow!("{}", damage_text(path, &fault, 0))))
}

/// The build that wrote it, as far as it is text.
pub(super) fn build(prologue: &Prologue) -> String {
    String::from_utf8_lossy(&prologue.build_id).trim_end_matches('\0').to_owned()
}

/// Where and what, in one line. A torn tail is the usual end of a run that was killed, and is said as such.
pub(crate) fn damage_text(path: &Path, fault: &Fault, whole: u64) -> String {
    let Fault { segment, offset, damage } = fault;
    let file = segment_path(path, *segment);
    let file = file.display();
    match damage {
        Damage::Torn => format!("{file}: torn tail at byte {offset}: {damage}; {whole} whole records stand before it"),
        _ => format!("{file}: damaged at byte {offset}: {damage}; {whole} whole records stand before it"),
    }
}

/// The same for programs.
pub(crate) fn damage_json(fault: &Fault, whole: u64) -> Value {
    json!({
        "segment": fault.segment,
        "offset": fault.offset,
        "what": fault.damage.to_string(),
        "is_torn_tail": fault.damage == Damage::Torn,
        "records_before": whole,
    })
}
