//! From what was typed to the bytes of journals.

use crate::exit::Exit;
use anyhow::{Context as _, anyhow};
use engine_core::journal::format::{Damage, Prologue};
use engine_core::journal::reader::Fault;
use engine_core::journal::stored::{Stored, runs, segment_path};
use engine_core::journal::stream::Stream;
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
