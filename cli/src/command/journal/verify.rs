//! `journal verify`: every checksum, every link of the chain, every sequence number.

use super::Answer;
use super::file::{build, damage_json, damage_text, stored};
use crate::exit::Exit;
use crate::time::utc;
use engine_core::journal::format::{Prologue, RecordKind};
use engine_core::journal::reader::Fault;
use engine_core::journal::stored::Stored;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

const KINDS: [RecordKind; 4] = [RecordKind::Run, RecordKind::Market, RecordKind::Decision, RecordKind::Report];

/// What one file came to.
struct Verified<'a> {
    path: &'a Path,
    bytes: u64,
    segments: usize,
    /// Unknown where the file does not even begin well.
    prologue: Option<Prologue>,
    records: [u64; KINDS.len()],
    /// Earliest and latest event time. Rings are written down one after the other, so neither need stand at an end.
    span_ns: Option<(u64, u64)>,
    fault: Option<Fault>,
}

/// Reads every file from end to end.
pub(super) fn verify(files: &[PathBuf]) -> Result<Answer, Exit> {
    let verified = files.iter().map(|path| Ok(verified(path, &stored(path)?))).collect::<Result<Vec<_>, Exit>>()?;
    let holds = verified.iter().all(|file| file.fault.is_none());
    Ok(Answer {
        text: verified.iter().map(text).collect::<Vec<_>>().join("\n"),
        json: json!({"ok": holds, "files": verified.iter().map(json).collect::<Vec<_>>()}),
        holds,
    })
}

fn verified<'a>(path: &'a Path, stored: &Stored) -> Verified<'a> {
    let (prologue, records, span_ns, fault) = (None, [0; KINDS.len()], None, None);
    let (bytes, segments) = (stored.bytes(), stored.segments());
    let mut file = Verified { path, bytes, segments, prologue, records, span_ns, fault };
    let reader = match stored.reader() {
        Ok(reader) => reader,
        Err(fault) => return Verified { fault: Some(fault), ..file },
    };
    file.prologue = Some(*reader.prologue());
    for entry in reader {
        match entry {
            Ok(entry) => file.count(entry.head.kind, entry.head.at_ns),
            Err(fault) => file.fault = Some(fault),
        }
    }
    file
}

impl Verified<'_> {
    fn count(&mut self, kind: u16, at_ns: u64) {
        if let Some(place) = KINDS.iter().position(|known| *known as u16 == kind) {
            self.records[place] += 1;
        }
        if kind != RecordKind::Run as u16 {
            let (first, last) = self.span_ns.unwrap_or((at_ns, at_ns));
            self.span_ns = Some((first.min(at_ns), last.max(at_ns)));
        }
    }

    fn whole(&self) -> u64 {
        self.records.iter().sum()
    }
}

fn text(file: &Verified<'_>) -> String {
    let mut lines = vec![format!("{:<10} {}", "file", file.path.display())];
    let mut line = |name: &str, value: String| lines.push(format!("{name:<10} {value}"));
    if let Some(prologue) = &file.prologue {
        line("run", format!("{}, written by build {}", prologue.epoch, build(prologue)));
    }
    let kinds = KINDS.iter().zip(file.records).map(|(kind, count)| format!("{} {count}", kind.name()));
    line("records", format!("{}: {}", file.whole(), kinds.collect::<Vec<_>>().join(", ")));
    line("bytes", file.bytes.to_string());
    if file.segments > 1 {
        line("segments", file.segments.to_string());
    }
    if let Some((first, last)) = file.span_ns {
        line("first", utc(first));
        line("last", utc(last));
    }
    let verdict = file.fault.map(|fault| damage_text(file.path, &fault, file.whole()));
    line("verdict", verdict.unwrap_or_else(|| "whole: every checksum, link and sequence number holds".to_owned()));
    lines.join("\n") + "\n"
}

fn json(file: &Verified<'_>) -> Value {
    let kinds = KINDS.iter().zip(file.records);
    let records: Map<String, Value> = kinds.map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
    json!({
        "file": file.path.display().to_string(),
        "epoch": file.prologue.map(|prologue| prologue.epoch),
        "build": file.prologue.as_ref().map(build),
        "records": records,
        "bytes": file.bytes,
        "segments": file.segments,
        "first_at_ns": file.span_ns.map(|(first, _)| first),
        "last_at_ns": file.span_ns.map(|(_, last)| last),
        "damage": file.fault.as_ref().map(|fault| damage_json(fault, file.whole())),
    })
}
