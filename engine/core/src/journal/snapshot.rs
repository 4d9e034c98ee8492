//! Snapshots: the state that a replay came to and the place in the journal where it did, so that the next one begins there.
//!
//! A file of its own beside the journal, `ringside-RUN-SEQUENCE.snapshot`: checksum, then an rkyv row that is checked before
//! it is believed. It holds nothing that the journal does not, only what was on the disk by then, and only what a replay by
//! this build comes to: one of another build is left alone. The state that is read must have the hash that was written.
//!
//! Never: in the way of the journal; the last word. What cannot be believed is skipped by name, and the one before it, or the
//! journal from its beginning, is taken.

use super::reader::Cursor;
use super::record::Run;
use super::replay::{Replay, ReplayError};
use super::row::ReportRow;
use super::row::market::MarketRow;
use crate::state::state_hash;
use crate::tape;
use engine_model::venue::VENUES_MAX;
use rkyv::rancor::Error as RowError;
use rkyv::{Archive, Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// First bytes of the file.
const MAGIC: [u8; 8] = *b"RSNAP  1";
/// With the checksum.
const HEAD: usize = MAGIC.len() + 4;
/// So many are kept of a run.
pub const KEPT: usize = 2;
const END: &str = ".snapshot";

#[derive(Archive, Serialize, Deserialize)]
struct SnapshotRow {
    build_id: [u8; 16],
    epoch: u32,
    segment: u32,
    offset: u64,
    sequence: u64,
    previous: u32,
    counts: [u64; 3],
    /// Events that were read and that no decision needed yet, by slot of their venue.
    market: Vec<Vec<MarketRow>>,
    reports: Vec<ReportRow>,
    risk: Vec<u8>,
    orders: Vec<u8>,
    state_hash: [u8; 32],
}

/// A replay that is settled, and where it stands.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) replay: Replay,
    pub(super) at: Cursor,
}

/// Writes a snapshot in the folder of its journal: whole, or not at all. Where it lies.
///
/// # Errors
/// What the disk says; the snapshots of before are still there.
pub(super) fn write(first: &Path, build_id: [u8; 16], epoch: u32, snapshot: &mut Snapshot) -> io::Result<PathBuf> {
    let Snapshot { replay, at } = snapshot;
    let row = SnapshotRow {
        build_id,
        epoch,
        segment: at.segment,
        offset: at.offset,
        sequence: at.sequence,
        previous: at.previous,
        counts: replay.counts,
        market: replay.market.iter().map(|waiting| waiting.iter().map(MarketRow::from).collect()).collect(),
        reports: replay.reports.iter().map(ReportRow::from).collect(),
        state_hash: state_hash(&replay.risk, &replay.orders),
        risk: tape::written(&mut replay.risk),
        orders: tape::written(&mut replay.orders),
    };
    let payload = rkyv::to_bytes::<RowError>(&row).map_err(io::Error::other)?;
    let path = path_of(first, epoch, at.sequence);
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(&MAGIC)?;
    file.write_all(&crc32c::crc32c(&payload).to_le_bytes())?;
    file.write_all(&payload)?;
    file.sync_all()?;
    std::fs::rename(&fresh, &path)?;
    // The name is on the disk when its folder is.
    File::open(folder_of(first))?.sync_all()?;
    Ok(path)
}

/// Reads a snapshot of that run; else what is wrong with it.
pub(super) fn read(path: &Path, build_id: [u8; 16], epoch: u32, run: &Run) -> Result<Snapshot, &'static str> {
    let bytes = std::fs::read(path).map_err(|_| "cannot be read")?;
    let (head, payload) = bytes.split_at_checked(HEAD).ok_or("ends within its head")?;
    let (magic, crc) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err("is not a snapshot of this format");
    }
    if crc != crc32c::crc32c(payload).to_le_bytes() {
        return Err("does not have the checksum that it carries");
    }
    let row = rkyv::from_bytes::<SnapshotRow, RowError>(payload).map_err(|_| "does not hold what a snapshot does")?;
    if row.build_id != build_id {
        return Err("is of another build");
    }
    if row.epoch != epoch {
        return Err("is of another run");
    }
    let impossible = "holds what no state of this run is";
    let mut replay = Replay::new(run, epoch).map_err(|_: ReplayError| impossible)?;
    tape::read(&mut replay.risk, &row.risk).ok_or(impossible)?;
    tape::read(&mut replay.orders, &row.orders).ok_or(impossible)?;
    if row.market.len() != VENUES_MAX {
        return Err(impossible);
    }
    for (waiting, rows) in replay.market.iter_mut().zip(row.market) {
        *waiting = rows.into_iter().map(MarketRow::into_event).collect::<Option<_>>().ok_or(impossible)?;
    }
    replay.reports = row.reports.into_iter().map(ReportRow::into_report).collect::<Option<_>>().ok_or(impossible)?;
    replay.counts = row.counts;
    if state_hash(&replay.risk, &replay.orders) != row.state_hash {
        return Err("holds another state than the one whose hash it carries");
    }
    let at = Cursor { segment: row.segment, offset: row.offset, sequence: row.sequence, previous: row.previous };
    Ok(Snapshot { replay, at })
}

/// The snapshots of the run whose journal begins in that file, newest first.
///
/// # Errors
/// What the system says of the folder.
pub fn all(first: &Path, epoch: u32) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder_of(first))? {
        let name = entry?.file_name();
        let sequence =
            name.to_str().and_then(|name| name.strip_prefix(&prefix(epoch))?.strip_suffix(END)?.parse().ok());
        if let Some(sequence) = sequence {
            found.push((sequence, first.with_file_name(name)));
        }
    }
    found.sort_unstable_by_key(|(sequence, _): &(u64, PathBuf)| std::cmp::Reverse(*sequence));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Takes away what is older than the newest two that can be believed.
///
/// # Errors
/// What the system says.
pub(super) fn prune(first: &Path, build_id: [u8; 16], epoch: u32, run: &Run) -> io::Result<()> {
    let mut good = 0;
    for path in all(first, epoch)? {
        if good >= KEPT {
            std::fs::remove_file(path)?;
        } else {
            good += usize::from(read(&path, build_id, epoch, run).is_ok());
        }
    }
    Ok(())
}

fn prefix(epoch: u32) -> String {
    format!("ringside-{epoch:08}-")
}

fn path_of(first: &Path, epoch: u32, sequence: u64) -> PathBuf {
    first.with_file_name(format!("{}{sequence:012}{END}", prefix(epoch)))
}

fn folder_of(first: &Path) -> &Path {
    first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
