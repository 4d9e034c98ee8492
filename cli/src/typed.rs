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

/// Writes a file beside its place, then puts it there: a reader never sees a part of it. What is no file is written to at
/// once.
pub(crate) fn write(key: &str, path: &Path, text: &str) -> Result<(), Exit> {
    write_bytes(key, path, text.as_bytes())
}

/// The same of what need not be a text.
pub(crate) fn write_bytes(key: &str, path: &Path, bytes: &[u8]) -> Result<(), Exit> {
    if matches!(path.extension().and_then(|ending| ending.to_str()), Some("gz" | "zst")) {
        let told = format!("{key}: found {}, accepted: a name that does not end in .gz or .zst", path.display());
        return Err(Exit::Usage(told + ", for it is plain text"));
    }
    let written = match path.metadata() {
        // A device or a pipe is not to be replaced by a file.
        Ok(there) if !there.is_file() => std::fs::write(path, bytes),
        _ => replace(path, bytes),
    };
    Ok(written.with_context(|| format!("{key} {}", path.display()))?)
}

/// What a link leads to is replaced, not the link. Nothing of a failed write stays.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, &path));
    if written.is_err() {
        // What was never made cannot be removed, and the first error is the one to tell.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_stays_one_a_link_stays_one_and_a_failure_leaves_nothing() {
        write("--output", Path::new("/dev/null"), "gone").expect("written");
        assert!(!Path::new("/dev/null").metadata().expect("there").is_file());
        let folder = std::env::temp_dir().join(format!("ringside-typed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        let (file, link) = (folder.join("file"), folder.join("link"));
        std::fs::write(&file, "before").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("made");
        write("--output", &link, "after").expect("written");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).expect("there"), "after");
        write("--output", &folder, "a folder is no file").expect_err("refused");
        let left = std::fs::read_dir(&folder).expect("there").count();
        assert_eq!(left, 2, "the file and the link");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
