//! `journal inspect`: one line a record, as a trader reads it.

use super::file::{build, damage_json, damage_text, reader, stored};
use super::words::{Words, words};
use crate::args::JournalInspect;
use crate::exit::Exit;
use crate::output;
use crate::time::utc;
use engine_core::journal::format::RecordKind;
use engine_core::journal::reader::{Entry, Fault};
use engine_core::journal::record::Record;
use engine_model::instrument::Instrument;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Lines gathered before they are printed.
const CHUNK_BYTES: usize = 64 << 10;

/// Prints the records asked for, up to the first that cannot be believed.
pub(super) fn run(files: &[PathBuf], args: &JournalInspect) -> Result<(), Exit> {
    let mut holds = true;
    for path in files {
        let stored = stored(path)?;
        let reader = reader(path, &stored)?;
        let (epoch, build) = (reader.prologue().epoch, build(reader.prologue()));
        let mut out = Out::begin(args.at.json, path, epoch, &build);
        let fault = each(reader, args, |entry, instruments| out.take(entry, instruments))?;
        holds &= fault.is_none();
        let damage =
            fault.as_ref().map(|(fault, whole)| (damage_text(path, fault, *whole), damage_json(fault, *whole)));
        out.end(damage)?;
    }
    if holds { Ok(()) } else { Err(Exit::NotHeld) }
}

/// The first damage, with the number of whole records before it, if it was reached.
pub(super) fn each(
    entries: impl Iterator<Item = Result<Entry, Fault>>,
    args: &JournalInspect,
    mut show: impl FnMut(&Entry, &[Instrument]) -> Result<(), Exit>,
) -> Result<Option<(Fault, u64)>, Exit> {
    let wanted = args.kind.map(|kind| RecordKind::from(kind) as u16);
    let limit = args.limit.unwrap_or(u64::MAX);
    let (mut instruments, mut whole, mut shown) = (Vec::new(), 0, 0);
    for entry in entries {
        if shown == limit {
            break;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(fault) => return Ok(Some((fault, whole))),
        };
        whole += 1;
        if let Record::Run(run) = &entry.record {
            instruments.clone_from(&run.instruments);
        }
        if wanted.is_none_or(|kind| kind == entry.head.kind) {
            show(&entry, &instruments)?;
            shown += 1;
        }
    }
    Ok(None)
}

/// Where records go as they come: a line each, or an element each of the list in the one JSON object. A journal may be far
/// larger than memory as JSON, so no list of them is ever held.
struct Out {
    text: String,
    as_json: bool,
    is_first: bool,
}

impl Out {
    fn begin(as_json: bool, path: &Path, epoch: u32, build: &str) -> Self {
        let text = match as_json {
            true => format!(
                "{{\"file\":{},\"epoch\":{epoch},\"build\":{},\"records\":[",
                json!(path.display().to_string()),
                json!(build)
            ),
            false => String::new(),
        };
        Self { text, as_json, is_first: true }
    }

    fn take(&mut self, entry: &Entry, instruments: &[Instrument]) -> Result<(), Exit> {
        let words = words(&entry.record, instruments);
        if self.as_json {
            self.text += if std::mem::take(&mut self.is_first) { "" } else { "," };
            self.text += &object(entry, words).to_string();
        } else {
            self.text += &line(entry, &words);
        }
        if self.text.len() < CHUNK_BYTES { Ok(()) } else { output::print(&std::mem::take(&mut self.text)) }
    }

    fn end(self, damage: Option<(String, Value)>) -> Result<(), Exit> {
        let end = match (self.as_json, damage) {
            (true, damage) => format!("],\"damage\":{}}}\n", damage.map_or(Value::Null, |(_, json)| json)),
            (false, damage) => damage.map_or_else(String::new, |(text, _)| text + "\n"),
        };
        output::print(&(self.text + end.as_str()))
    }
}

fn kind_name(entry: &Entry) -> &'static str {
    RecordKind::from_number(entry.head.kind).map_or("-", RecordKind::name)
}

pub(super) fn line(entry: &Entry, words: &Words) -> String {
    format!("{:>9}  {:<30}  {:<8}  {words}\n", entry.head.sequence, utc(entry.head.at_ns), kind_name(entry))
}

fn object(entry: &Entry, words: Words) -> Value {
    let mut object = Map::new();
    object.insert("sequence".to_owned(), json!(entry.head.sequence));
    object.insert("at_ns".to_owned(), json!(entry.head.at_ns));
    object.insert("offset".to_owned(), json!(entry.offset));
    object.insert("kind".to_owned(), json!(kind_name(entry)));
    object.extend(words.into_json());
    Value::Object(object)
}
