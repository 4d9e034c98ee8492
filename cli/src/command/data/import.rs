//! `data import`: files of rows and of recorded messages into the store, each whole or not at all.

use super::messages;
use super::name::{self, Form};
use crate::args::Import as Args;
use crate::exit::Exit;
use crate::output::{self, Progress};
use crate::{config, signals, time};
use anyhow::{Context as _, anyhow};
use bridges::store::history::csv::{self, Asked};
use bridges::store::history::gaps::gaps;
use bridges::store::history::kind::Kind;
use bridges::store::history::table::Table;
use bridges::store::history::{Added, History, HistoryError, Series};
use engine_model::venue::VenueId;
use feeds::capture::{self, Recording};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), Exit> {
    let interrupted = signals::signals()?;
    let (files, skipped) = found(&args.files)?;
    let history = History::open_to_write(&args.store).with_context(|| format!("--store {}", args.store.display()))?;
    let progress = Progress::until(files.len() as u64);
    let (mut told, mut failed) = (Vec::new(), Vec::new());
    for (done, file) in (0..).zip(&files) {
        if interrupted.load(Ordering::Relaxed) {
            progress.end();
            return Err(Exit::Interrupted);
        }
        progress.at(done);
        match import(&history, args, file) {
            Ok(rows) => told.extend(rows),
            Err(error) => failed.push((file, format!("{error:#}"))),
        }
    }
    progress.end();
    let report = report(args, told, &failed, &skipped);
    if args.json {
        output::print_json(&report)?
    } else {
        output::print(&text(&report))?
    }
    match failed.as_slice() {
        [] => Ok(()),
        [(file, error), more @ ..] => {
            let more = if more.is_empty() { String::new() } else { format!(" (and {} files more)", more.len()) };
            Err(Exit::Failed(anyhow!(
                "{}: {error}{more}; what of it is not in the store comes by importing it again",
                file.display()
            )))
        }
    }
}

/// Files to be read, and those of folders that are left out, by name.
fn found(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Exit> {
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    for path in paths {
        let about = fs::metadata(path).map_err(|error| Exit::Usage(format!("{}: {error}", path.display())))?;
        if !about.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut folders = vec![path.clone()];
        while let Some(folder) = folders.pop() {
            let read = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
            let mut inside = read.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
            inside.iter_mut().for_each(|inside| inside.sort());
            for path in inside.with_context(|| folder.display().to_string())? {
                match (path.is_dir(), name::form(&path)) {
                    (true, _) => folders.push(path),
                    (false, Form::Other) => skipped.push(path),
                    (false, _) => files.push(path),
                }
            }
        }
    }
    if files.is_empty() {
        return Err(Exit::Usage(
            "found no file whose name ends in .csv or .ndjson, with or without .gz or .zst".to_owned(),
        ));
    }
    Ok((files, skipped))
}

/// What one file came to, a line a series.
pub(super) fn import(history: &History, args: &Args, file: &Path) -> anyhow::Result<Vec<Value>> {
    match name::form(file) {
        Form::Messages => of_messages(history, args, file),
        Form::Rows | Form::Other => Ok(vec![of_rows(history, args, file)?]),
    }
}

/// What a file of rows has: what was typed, else what its name says.
pub(super) fn read(args: &Args, file: &Path) -> anyhow::Result<(Series, csv::Rows)> {
    let said = name::of_rows(file);
    let venue = args.venue.clone().or(said.venue).context("--venue: the name of the file does not say it")?;
    let symbol = args.symbol.clone().or(said.symbol).context("--symbol: the name of the file does not say it")?;
    let period = args.tf.or(said.period);
    let kind = match args.kind {
        Some(kind) => Some(kind.kind(period).context("--tf: the name of the file does not say it")?),
        None => said.kind,
    };
    let candles = period.filter(|_| kind.is_none()).map(|period| (said.price, period));
    let asked = Asked { kind, candles, ahead_ns: args.utc_offset };
    let rows = csv::read(capture::open(file)?, asked).map_err(offer)?;
    Ok((Series { venue: venue.to_lowercase(), symbol, kind: rows.table.kind() }, rows))
}

/// A column that is missing, with the one that may have been meant.
fn offer(error: HistoryError) -> anyhow::Error {
    let HistoryError::Columns { found, missing } = &error else { return error.into() };
    let found = found.iter().map(String::as_str);
    let meant = missing.iter().find_map(|missing| Some((missing, config::nearest(missing, found.clone())?)));
    match meant {
        Some((missing, meant)) => anyhow!("{error}; is `{meant}` the {missing}? Name it so"),
        None => error.into(),
    }
}

fn of_rows(history: &History, args: &Args, file: &Path) -> anyhow::Result<Value> {
    let (series, rows) = read(args, file)?;
    let added = history.add(&series, &rows.table)?;
    let mut line = line(file, &series, &rows.table, added);
    line["ignored"] = rows.ignored.into();
    Ok(line)
}

fn of_messages(history: &History, args: &Args, file: &Path) -> anyhow::Result<Vec<Value>> {
    let venue = match &args.venue {
        Some(name) => VenueId::from_name(name).ok_or_else(|| {
            let known = VenueId::ALL.map(VenueId::name);
            let meant =
                config::nearest(name, known).map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            anyhow!("--venue: found `{name}`, messages are read of {}{meant}", known.join(", "))
        })?,
        None => name::venue_of_messages(file).context("--venue: neither the file's name nor its folder's says it")?,
    };
    let recording = Recording::read(&[file])?;
    let gathered = messages::gather(&recording, venue).map_err(HistoryError::from)?;
    if gathered.tables.is_empty() {
        anyhow::bail!("found no trade, quote or open interest in {} messages of {}", recording.len(), venue.name());
    }
    let mut lines = Vec::new();
    for (series, table) in &gathered.tables {
        let mut line = line(file, series, table, history.add(series, table)?);
        line["errors"] = gathered.errors.into();
        lines.push(line);
    }
    Ok(lines)
}

fn line(file: &Path, series: &Series, table: &Table, added: Added) -> Value {
    let gaps = gaps(series.kind, table.times_ns());
    let missing: Option<u64> = gaps.iter().map(|gap| gap.rows).sum();
    json!({
        "file": file,
        "venue": series.venue,
        "symbol": series.symbol,
        "kind": series.kind.to_string(),
        "rows": table.len(),
        "new": added.rows,
        "known": added.known,
        "from_ns": table.times_ns().first(),
        "to_ns": table.times_ns().last(),
        "gaps": gaps.len(),
        "missing": missing.filter(|_| !matches!(series.kind, Kind::Trades | Kind::Quotes)),
    })
}

fn report(args: &Args, files: Vec<Value>, failed: &[(&PathBuf, String)], skipped: &[PathBuf]) -> Value {
    let sum = |field: &str| files.iter().filter_map(|file| file[field].as_u64()).sum::<u64>();
    let failed: Vec<Value> = failed.iter().map(|(file, error)| json!({ "file": file, "error": error })).collect();
    json!({
        "store": args.store,
        "rows": sum("rows"),
        "new": sum("new"),
        "files": files,
        "failed": failed,
        "skipped": skipped,
    })
}

fn text(report: &Value) -> String {
    let mut out = String::new();
    let word = |line: &Value, field: &str| line[field].as_str().unwrap_or("-").to_owned();
    let at = |line: &Value, field: &str| time::utc(line[field].as_u64().unwrap_or(0));
    for line in report["files"].as_array().into_iter().flatten() {
        let what = format!("{}:{} {}", word(line, "venue"), word(line, "symbol"), word(line, "kind"));
        out += &format!("{what}: {} rows, {} of them new, {} gaps", line["rows"], line["new"], line["gaps"]);
        out += &format!(", {} to {} ({})", at(line, "from_ns"), at(line, "to_ns"), word(line, "file"));
        if line["errors"].as_u64().is_some_and(|errors| errors > 0) {
            out += &format!(", {} messages that nobody can read", line["errors"]);
        }
        out.push('\n');
    }
    for line in report["failed"].as_array().into_iter().flatten() {
        out += &format!("failed: {}: {}\n", word(line, "file"), word(line, "error"));
    }
    let skipped = report["skipped"].as_array().map_or(0, Vec::len);
    if skipped > 0 {
        out += &format!("left out: {skipped} files that are neither .csv nor .ndjson\n");
    }
    out + format!("{}: {} rows, {} of them new\n", word(report, "store"), report["rows"], report["new"]).as_str()
}
