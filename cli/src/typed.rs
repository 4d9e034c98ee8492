//! What is typed as JSON, and files of text that are written whole or not at all: shared by the commands of research.

use crate::exit::Exit;
use anyhow::Context as _;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;
use std::path::Path;

/// A JSON object.
pub(crate) fn object(key: &str, text: &str) -> Result<Map<String, Value>, Exit> {
    let told = |what: String| Exit::Usage(format!("{key}: found {text}, accepted: a JSON object ({what})"));
    match serde_json::from_str(text) {
        Ok(Once(Value::Object(object))) => Ok(object),
        Ok(_) => Err(told("it is something else".to_owned())),
        Err(error) => Err(told(error.to_string())),
    }
}

/// A value in which no object says a key twice: of two the last would count in silence, and nobody knows which was meant.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Keys).map(Once)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Once(value))) = entries.next_entry::<String, Once>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("it has `{key}` twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(value)) = items.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
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
    fn a_key_that_is_said_twice_is_refused_by_name_at_any_depth_and_all_else_is_what_it_was() {
        for (text, key) in [
            (r#"{"fast": 5, "slow": 9, "fast": 7}"#, "fast"),
            (r#"{"fast": {"min": 1, "max": 9, "min": 2}}"#, "min"),
            (r#"{"a": [1, {"b": 1, "b": 1}]}"#, "b"),
        ] {
            let told = object("--space", text).expect_err("refused").message().expect("a message");
            assert!(told.contains(&format!("it has `{key}` twice")), "{told}");
        }
        let text = r#"{"a": [1, -2, 0.5, 1e300, "x", null, true, {"b": {}}], "c": 18446744073709551615}"#;
        let plain: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(Value::Object(object("--params", text).expect("an object")), plain);
    }

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
