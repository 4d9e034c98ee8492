//! Jobs that are done here, for they take little: a report or a snapshot out of the image, a copy of the database.

use crate::desk::Desk;
use crate::desk::flow::Timeframe;
use crate::desk::jobs::Jobs;
use crate::desk::sight::Sight;
use crate::door::dto::{self, JobWork};
use crate::store::operational::{Place, Store};
use crate::time;
use serde_json::json;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Copies that stay.
const COPIES_KEPT: usize = 14;
/// In the folder of jobs.
const COPIES: &str = "backups";
/// Of a copy.
const ENDING: &str = ".db";
/// Of one that is being made.
const PART: &str = ".part";

/// The answer, one JSON object; or why there is none.
pub(super) async fn work(desk: &Desk, jobs: &Jobs, what: &JobWork, id: i64, sight: &Sight) -> Result<String, String> {
    match what {
        JobWork::Report => Ok(report(desk, sight)),
        JobWork::Snapshot => Ok(snapshot(desk)),
        JobWork::Backup => copy(jobs, id).await,
        JobWork::Backtest(_) | JobWork::Optimize(_) | JobWork::Backfill(_) => {
            Err("it is done by a process of its own".to_owned())
        }
    }
}

/// As the routes of the same names tell it whoever asked for it, all of one moment.
fn report(desk: &Desk, sight: &Sight) -> String {
    json!({
        "at_ns": desk.now().0,
        "mode": desk.run.mode,
        "performance": dto::Performance::new(desk, sight),
        "positions": dto::Positions::new(desk, sight),
        "balance": dto::Balance::new(desk, sight),
        "risk": dto::PortfolioRisk::new(desk, sight),
        "attribution": dto::Attribution::told(desk, sight).ok(),
        "costs": dto::Costs::told(desk, sight).ok(),
    })
    .to_string()
}

/// Every venue, and coin by coin its markets over the last hour: what they cost, funding, open interest, volume.
fn snapshot(desk: &Desk) -> String {
    let coin = |coin: &str| Some(dto::Overview::new(&desk.overview(coin, Timeframe::from_name("1h")?)?));
    json!({
        "at_ns": desk.now().0,
        "mode": desk.run.mode,
        "venues": dto::Venues::new(&desk.venues(), desk.instruments(), desk.now()),
        "coins": desk.coins().filter_map(coin).collect::<Vec<_>>(),
    })
    .to_string()
}

/// A copy, or nothing of one: each night's half of a copy would fill the disk that the journal wants.
async fn copy(jobs: &Jobs, id: i64) -> Result<String, String> {
    let folder = jobs.settings.folder.join(COPIES);
    let part = folder.join(format!("{id}{PART}"));
    let copied = whole_copy(jobs, id, &folder, &part).await;
    if copied.is_err() {
        // It may not be there at all.
        let _ = std::fs::remove_file(&part);
    }
    copied
}

/// A copy that has been opened and walked through: one that was never read is a hope.
async fn whole_copy(jobs: &Jobs, id: i64, folder: &Path, part: &Path) -> Result<String, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed(&folder.display().to_string(), &error))?;
    let stamp: String = time::utc(jobs.now().0).chars().take(19).filter(|c| *c != ':').collect();
    let path = folder.join(format!("{stamp}Z-{id}{ENDING}"));
    // It has its name when it is whole: who is ended in the middle leaves nothing that looks like a copy.
    let text = part.to_str().ok_or("the folder's name is no text")?;
    let copied = jobs.store.copy_to(text).await;
    match copied {
        Ok(true) => {}
        Ok(false) => return Err("the database is PostgreSQL: copy it with pg_dump".to_owned()),
        Err(error) => return Err(failed("the copy", &error)),
    }
    let ours = std::fs::set_permissions(part, std::fs::Permissions::from_mode(0o600));
    ours.map_err(|error| failed(text, &error))?;
    let read =
        Store::open(&Place::File(part.to_owned()), jobs.now_ns()).await.map_err(|error| failed("the copy", &error))?;
    let walked = read.verify_audit(&[]).await;
    read.close().await;
    let rows = match walked {
        Ok(Ok(head)) => head.seq,
        Ok(Err(broken)) => return Err(format!("the copy's audit is broken at row {}: {}", broken.seq, broken.why)),
        Err(error) => return Err(failed("the copy's audit", &error)),
    };
    let bytes = std::fs::metadata(part).map_err(|error| failed(text, &error))?.len();
    std::fs::rename(part, &path).map_err(|error| failed(text, &error))?;
    let text = path.to_str().ok_or("the folder's name is no text")?;
    let gone = forget(folder).map_err(|error| failed("old copies", &error))?;
    Ok(json!({ "file": text, "bytes": bytes, "audit_rows": rows, "copies_removed": gone }).to_string())
}

/// What was being made when an engine ended: for its successor, before it makes any. What cannot be removed is in nobody's
/// way.
pub(super) fn clear(jobs: &Path) {
    let Ok(entries) = std::fs::read_dir(jobs.join(COPIES)) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(PART)) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The oldest go, so that a disk does not fill up. How many went.
fn forget(folder: &Path) -> std::io::Result<usize> {
    let mut copies: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(ENDING)) {
            copies.push(path);
        }
    }
    // Their names begin with their time.
    copies.sort();
    let old = copies.len().saturating_sub(COPIES_KEPT);
    copies.iter().take(old).try_for_each(std::fs::remove_file)?;
    Ok(old)
}
