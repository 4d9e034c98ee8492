//! What outlives a restart: which updates were heard, what still waits to be sent, how people want to be told. One
//! small file, readable by us alone, replaced whole.
//!
//! Never: a question that waits for a yes (a restart is a no), the token.

use super::outbox::Kept;
use engine_model::units::Nanos;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, rename};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The file is smaller than that, or it is none of ours: a thousand people with all that may wait for each are 30 MiB.
const BYTES_MAX: u64 = 256 << 20;
/// Telegram begins anew with its numbers when there was none for a week.
const NUMBERS_LAST_NS: u64 = 6 * 86_400 * Nanos::SECOND;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    pub(super) seen: Seen,
    pub(super) outbox: Kept,
}

/// The updates that were heard: their numbers rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    last: u32,
    #[serde(with = "nanos")]
    at: Nanos,
}

/// Times as numbers: the vocabulary itself knows nothing of files.
pub(super) mod nanos {
    use engine_model::units::Nanos;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(at: &Nanos, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(at.0)
    }

    pub(in super::super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Nanos, D::Error> {
        u64::deserialize(from).map(Nanos)
    }
}

impl Seen {
    /// Whether that update is a new one; from now on it is not.
    pub(super) fn is_new(&mut self, update: u32, now: Nanos) -> bool {
        let is_stale = now.since(self.at) > NUMBERS_LAST_NS;
        if update <= self.last && !is_stale {
            return false;
        }
        *self = Self { last: update, at: now };
        true
    }

    /// The next one to ask Telegram for; 0: whatever there is.
    pub(super) fn next(&self) -> u32 {
        if self.last == 0 { 0 } else { self.last.saturating_add(1) }
    }
}

/// What the run before left. Nothing, if there was none; an error if it cannot be believed.
pub(super) fn load(path: &Path) -> io::Result<Memory> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Memory::default()),
        opened => opened?,
    };
    let mut text = String::new();
    file.take(BYTES_MAX).read_to_string(&mut text)?;
    serde_json::from_str(&text).map_err(io::Error::from)
}

/// Writes it beside the old one, then over it: at every moment the one or the other is whole.
pub(super) fn save(path: &Path, memory: &Memory) -> io::Result<()> {
    let text = serde_json::to_vec(memory)?;
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(&text)?;
    file.sync_data()?;
    rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn an_update_is_new_once_also_behind_a_restart() {
        let path = std::env::temp_dir().join(format!("ringside-telegram-{}", std::process::id()));
        let noon = Nanos(1_772_366_400 * Nanos::SECOND);
        let mut memory = load(&path).expect("there is none");
        assert_eq!(memory, Memory::default());
        assert!(memory.seen.is_new(41, noon) && !memory.seen.is_new(41, noon) && !memory.seen.is_new(7, noon));
        save(&path, &memory).expect("room");
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
        let mut memory = load(&path).expect("as it was written");
        assert_eq!((mode, memory.seen.next()), (0o600, 42));
        assert!(!memory.seen.is_new(41, noon) && memory.seen.is_new(42, noon));
        assert!(memory.seen.is_new(3, noon.plus(7 * 86_400 * Nanos::SECOND)), "numbers begin anew after a week");
        std::fs::write(&path, "{").expect("room");
        assert!(load(&path).is_err(), "what cannot be believed is not taken for nothing");
        std::fs::remove_file(&path).expect("ours");
    }
}
