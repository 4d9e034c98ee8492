//! What is typed as JSON, and files of text that are written whole or not at all: shared by the commands of research.

use crate::exit::Exit;
use anyhow::Context as _;
use serde_json::{Map, Value};
use std::path::Path;

/// A JSON object.
pub(crate) fn object(key: &str, text: &str) -> Result<Map<String, Value>, Exit> {
    let told = |what: String| Exit::Usage(format!("{key}: found {text}, accepted: a JSON object ({what})"));
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(told("it is something else".to_owned())),
        Err(error) => Err(told(error.to_string())),
    }
}

/// A JSON object of numbers.
pub(crate) fn numbers(key: &str, text: &str) -> Result<Vec<(String, f64)>, Exit> {
    let number = |(name, value): (String, Value)| match value.as_f64() {
        Some(number) => Ok((name, number)),
        None => Err(Exit::Usage(format!("{key} {name}: found {value}, accepted: a number"))),
    };
    object(key, text)?.into_iter().map(number).collect()
}

/// Writes a file beside its place, then puts it there: a reader never sees a part of it.
pub(crate) fn write(key: &str, path: &Path, text: &str) -> Result<(), Exit> {
    if matches!(path.extension().and_then(|ending| ending.to_str()), Some("gz" | "zst")) {
        let told = format!("{key}: found {}, accepted: a name that does not end in .gz or .zst", path.display());
        return Err(Exit::Usage(told + ", for it is plain text"));
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    Ok(written.with_context(|| format!("{key} {}", path.display()))?)
}
