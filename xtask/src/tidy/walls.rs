//! Who may use whom. The table is the house's; a new arrow is a deliberate edit of it, never a side effect.

use super::Complaint;
use anyhow::{Context as _, Result};
use std::path::Path;
use toml::{Table, Value};

/// One room.
struct Room {
    /// Name of the package.
    package: &'static str,
    /// Its folder.
    folder: &'static str,
    /// The packages of the house that it may use, in any kind of dependency.
    may_use: &'static [&'static str],
    /// The only outside packages it may use in ordinary builds; `None`: any that no fence keeps away.
    outside: Option<&'static [&'static str]>,
}

const ENGINE: &[&str] = &["engine-ring", "engine-model", "engine-analytics", "engine-core", "engine-backtest"];
const ENGINE_AND_FEEDS: &[&str] =
    &["engine-ring", "engine-model", "engine-analytics", "engine-core", "engine-backtest", "feeds"];
const ENGINE_FEEDS_AND_BENCHES: &[&str] =
    &["engine-ring", "engine-model", "engine-analytics", "engine-core", "engine-backtest", "feeds", "benches"];
const ALL: &[&str] = &[
    "engine-ring",
    "engine-model",
    "engine-analytics",
    "engine-core",
    "engine-backtest",
    "feeds",
    "scripts",
    "bridges",
    "tests-venue",
    "benches",
];

/// The wall table, lowest floor first.
const ROOMS: [Room; 14] = [
    Room {
        package: "engine-ring",
        folder: "engine/ring",
        may_use: &[],
        outside: Some(&["core_affinity", "crossbeam", "disruptor", "libc", "memmap2", "loom"]),
    },
    Room { package: "engine-model", folder: "engine/model", may_use: &[], outside: Some(&[]) },
    Room {
        package: "engine-analytics",
        folder: "engine/analytics",
        may_use: &["engine-model"],
        outside: Some(&["libm"]),
    },
    Room { package: "feeds", folder: "feeds", may_use: &["engine-ring", "engine-model"], outside: None },
    Room { package: "tests-venue", folder: "tests/venue", may_use: &["engine-model"], outside: None },
    Room {
        package: "engine-core",
        folder: "engine/core",
        may_use: &["engine-ring", "engine-model", "engine-analytics"],
        outside: Some(&["blake3", "crc32c", "crossbeam", "hdrhistogram", "rkyv"]),
    },
    Room {
        package: "engine-backtest",
        folder: "engine/backtest",
        may_use: &["engine-ring", "engine-model", "engine-analytics", "engine-core"],
        outside: Some(&[]),
    },
    // Strategies as text: what runs them stays here, and the engine knows them as strategies like any other.
    Room {
        package: "scripts",
        folder: "scripts",
        may_use: &["engine-ring", "engine-model", "engine-analytics", "engine-core"],
        outside: Some(&["rhai", "thiserror"]),
    },
    Room { package: "bridges", folder: "bridges", may_use: ENGINE, outside: None },
    // Below the command line, for one arrow: `ringside bench` measures our own side with it. It has no rival in it; those
    // are handed in by the last room, which nobody uses. Tests take their recorded streams from it.
    Room { package: "benches", folder: "benches", may_use: ENGINE_AND_FEEDS, outside: None },
    Room { package: "ringside", folder: "cli", may_use: ALL, outside: None },
    Room { package: "tests", folder: "tests", may_use: ALL, outside: None },
    Room { package: "rival", folder: "benches/rival", may_use: ENGINE_FEEDS_AND_BENCHES, outside: None },
    Room { package: "xtask", folder: "xtask", may_use: &[], outside: None },
];

/// Outside packages that stay in their rooms: what they bring along is what the wall is for.
const FENCES: [(&str, &[&str], &str); 10] = [
    ("rhai", &["scripts"], "an interpreter takes memory and has no bound of its own; the room gives it one"),
    ("tokio", &["bridges", "ringside", "tests", "rival"], "the engine and the feeds are not async"),
    ("axum", &["bridges", "ringside", "tests"], "HTTP is a door's business"),
    ("mio", &["feeds", "tests-venue", "ringside", "tests", "rival"], "sockets stay outside the engine"),
    ("tungstenite", &["feeds", "tests-venue", "tests", "rival"], "WebSockets stay in the feeds"),
    (
        "rustls",
        &["feeds", "bridges", "ringside", "tests"],
        "TLS stays in feeds and door; its provider is installed in main",
    ),
    ("libc", &["engine-ring"], "calls into the system are unsafe, and unsafe lives in one room"),
    ("disruptor", &["engine-ring", "rival"], "everyone else uses engine_ring::ring"),
    ("anyhow", &["ringside", "xtask"], "a room says which errors it has, with thiserror"),
    ("toml", &["ringside", "xtask"], "raw settings stop at the command line"),
];

/// Reads every manifest.
pub(crate) fn check(root: &Path) -> Result<Vec<Complaint>> {
    let mut complaints = members(root)?;
    for room in &ROOMS {
        let path = format!("{}/Cargo.toml", room.folder);
        if let Ok(text) = std::fs::read_to_string(root.join(&path)) {
            complaints.extend(check_manifest(room, &path, &text)?);
        }
    }
    Ok(complaints)
}

/// The members of the workspace are the rooms of the table, no more and no fewer.
fn members(root: &Path) -> Result<Vec<Complaint>> {
    let text = std::fs::read_to_string(root.join("Cargo.toml")).context("Cargo.toml")?;
    let manifest: Table = text.parse().context("Cargo.toml")?;
    let listed = manifest.get("workspace").and_then(|workspace| workspace.get("members")).and_then(Value::as_array);
    let listed: Vec<&str> = listed.into_iter().flatten().filter_map(Value::as_str).collect();
    let strangers = listed.iter().filter(|member| !ROOMS.iter().any(|room| room.folder == **member));
    let absent = ROOMS.iter().filter(|room| !listed.contains(&room.folder));
    let complaint = |message| Complaint::new("Cargo.toml", line_of(&text, "members"), "walls", message);
    Ok(strangers
        .map(|member| complaint(format!("{member} is not in the wall table (xtask/src/tidy/walls.rs)")))
        .chain(absent.map(|room| complaint(format!("{} is in the wall table and not a member", room.folder))))
        .collect())
}

fn check_manifest(room: &Room, path: &str, text: &str) -> Result<Vec<Complaint>> {
    let manifest: Table = text.parse().with_context(|| path.to_owned())?;
    let mut complaints = Vec::new();
    for (kind, name, value) in dependencies(&manifest) {
        let complaint = |message| Complaint::new(path, line_of(text, &name), "walls", message);
        if ROOMS.iter().any(|known| known.package == name) {
            // Itself: how tests ask for a feature of their own room.
            let is_itself = name == room.package && kind == Kind::Test;
            if !is_itself && !room.may_use.contains(&name.as_str()) {
                let allowed = if room.may_use.is_empty() { "nothing of the house" } else { &room.may_use.join(", ") };
                complaints.push(complaint(format!("{} may not use {name}; it may use {allowed}", room.package)));
            }
            continue;
        }
        if value.get("workspace").and_then(Value::as_bool) != Some(true) {
            complaints.push(complaint(format!("{name}: versions stand in the root manifest: {name}.workspace = true")));
        }
        if kind == Kind::Test {
            continue;
        }
        if room.outside.is_some_and(|allowed| !allowed.contains(&name.as_str())) {
            complaints
                .push(complaint(format!("{} may not use {name}: not in its row of the wall table", room.package)));
        }
        let fence = FENCES.iter().find(|(fenced, rooms, _)| *fenced == name && !rooms.contains(&room.package));
        if let Some((_, rooms, why)) = fence {
            complaints.push(complaint(format!("{name} stays in {}: {why}", rooms.join(", "))));
        }
    }
    Ok(complaints)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Build,
    Test,
}

/// All dependencies of a manifest, those for one platform included.
fn dependencies(manifest: &Table) -> Vec<(Kind, String, Value)> {
    let kinds = [("dependencies", Kind::Build), ("build-dependencies", Kind::Build), ("dev-dependencies", Kind::Test)];
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(targets.filter_map(Value::as_table));
    let mut found = Vec::new();
    for table in tables {
        for (section, kind) in kinds {
            let entries = table.get(section).and_then(Value::as_table).into_iter().flatten();
            found.extend(entries.map(|(name, value)| {
                let package = value.get("package").and_then(Value::as_str).unwrap_or(name);
                (kind, package.to_owned(), value.clone())
            }));
        }
    }
    found
}

fn line_of(text: &str, word: &str) -> usize {
    text.lines().position(|line| line.trim_start().starts_with(word)).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(package: &str, manifest: &str) -> Vec<String> {
        let room = ROOMS.iter().find(|room| room.package == package).expect("a room");
        let found = check_manifest(room, "Cargo.toml", manifest).expect("a manifest");
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_that_is_not_in_the_table_is_refused_with_its_line() {
        let manifest = "[dependencies]\nengine-model.workspace = true\nengine-core.workspace = true\n";
        let message = "Cargo.toml:3: walls: feeds may not use engine-core; it may use engine-ring, engine-model";
        assert_eq!(complaints("feeds", manifest), [message]);
        assert!(complaints("engine-backtest", manifest).is_empty());
    }

    #[test]
    fn arrows_for_tests_and_for_one_platform_count_as_well() {
        let for_tests = "[dev-dependencies]\nfeeds.workspace = true\n";
        assert_eq!(complaints("bridges", for_tests).len(), 1);
        let for_unix = "[target.'cfg(unix)'.dependencies]\nbridges.workspace = true\n";
        assert_eq!(complaints("engine-core", for_unix).len(), 1);
        let renamed = "[dependencies]\nhub = { package = \"bridges\", workspace = true }\n";
        assert_eq!(complaints("feeds", renamed).len(), 1);
    }

    #[test]
    fn what_is_fenced_stays_in_its_room() {
        let manifest = "[dependencies]\ntokio.workspace = true\n";
        assert!(complaints("feeds", manifest)[0].contains("tokio stays in bridges"));
        assert!(complaints("bridges", manifest).is_empty());
        assert!(
            complaints("engine-model", "[dependencies]\nserde.workspace = true\n")[0].contains("may not use serde")
        );
    }

    #[test]
    fn versions_stand_in_one_place() {
        assert!(complaints("feeds", "[dependencies]\nmio = \"1\"\n")[0].contains("mio.workspace = true"));
    }

    #[test]
    fn no_room_may_use_one_of_a_higher_floor() {
        // The table is written lowest floor first, so an arrow may only point upwards in it.
        for (at, room) in ROOMS.iter().enumerate() {
            for used in room.may_use {
                let position = ROOMS.iter().position(|other| other.package == *used).expect("a room of the table");
                assert!(position < at, "{} uses {used}, which stands higher", room.package);
            }
        }
    }
}
