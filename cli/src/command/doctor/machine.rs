//! Facts about the machine, read from the files in which Linux tells them. The root of those files is a value, so that a
//! test can make up a machine.

use engine_ring::affinity::{self, PinError};
use engine_ring::placement::{self, Distance};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the facts are read.
pub(super) struct Machine {
    root: PathBuf,
}

impl Machine {
    /// The machine this runs on.
    pub(super) fn this() -> Self {
        Self { root: "/".into() }
    }

    /// A machine made of files.
    #[cfg(test)]
    pub(super) fn at(root: &Path) -> Self {
        Self { root: root.into() }
    }

    /// A file of the system, without its last newline.
    pub(super) fn fact(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok().map(|text| text.trim_end().to_owned())
    }

    /// The names in a folder of the system, with their texts, in order.
    pub(super) fn facts(&self, folder: &str) -> Vec<(String, String)> {
        let Ok(entries) = std::fs::read_dir(self.root.join(folder)) else { return Vec::new() };
        let mut facts: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let text = std::fs::read_to_string(entry.path()).ok()?;
                Some((entry.file_name().to_string_lossy().into_owned(), text.trim_end().to_owned()))
            })
            .collect();
        facts.sort();
        facts
    }

    /// The cores this process may run on.
    pub(super) fn cores(&self) -> Vec<usize> {
        self.status("Cpus_allowed_list").map(|list| cpu_list(&list)).unwrap_or_default()
    }

    /// A line of `/proc/self/status`.
    pub(super) fn status(&self, name: &str) -> Option<String> {
        let status = self.fact("proc/self/status")?;
        status.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned()))
    }

    /// The soft limit of that name in `/proc/self/limits`; `u64::MAX` where there is none.
    pub(super) fn limit(&self, name: &str) -> Option<u64> {
        let limits = self.fact("proc/self/limits")?;
        let soft =
            limits.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next().map(str::to_owned))?;
        if soft == "unlimited" { Some(u64::MAX) } else { soft.parse().ok() }
    }

    /// Whether the process has a capability, by its bit.
    pub(super) fn has_capability(&self, bit: u32) -> bool {
        let effective = self.status("CapEff").and_then(|hex| u64::from_str_radix(&hex, 16).ok());
        effective.is_some_and(|bits| bits >> bit & 1 == 1)
    }
}

/// `0-3,8` as numbers.
pub(super) fn cpu_list(text: &str) -> Vec<usize> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

/// Pins a thread of its own to the first core, and measures from it to the second.
pub(super) fn try_threads() -> (Result<(), PinError>, Option<Distance>) {
    let cores = affinity::cores();
    let first = cores.first().copied().unwrap_or(0);
    // A thread that panicked was not pinned.
    let pinned =
        std::thread::spawn(move || affinity::pin(first)).join().unwrap_or(Err(PinError::Refused { core: first }));
    let distance = match cores {
        [first, second, ..] if pinned.is_ok() => placement::probe(*first, *second).ok(),
        _ => None,
    };
    (pinned, distance)
}

/// Bytes free for us in the file system that `folder` is or will be in; `None` when `df` cannot tell.
pub(super) fn free_bytes(folder: &Path) -> Option<u64> {
    let existing = existing_part(folder);
    let output = Command::new("df").args(["-Pk", "--"]).arg(&existing).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kilobytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The nearest folder above that exists.
pub(super) fn existing_part(folder: &Path) -> PathBuf {
    let parts = folder.ancestors().filter(|part| !part.as_os_str().is_empty());
    parts.into_iter().find(|part| part.exists()).unwrap_or(Path::new(".")).to_owned()
}

/// Whether a file can be made in the folder, or in the folder that it would be made in.
pub(super) fn is_writable(folder: &Path) -> io::Result<()> {
    let probe = existing_part(folder).join(format!(".ringside-doctor-{}", std::process::id()));
    std::fs::File::create_new(&probe)?;
    std::fs::remove_file(&probe)
}

/// Whether the address can be listened on now.
pub(super) fn is_free(address: SocketAddr) -> io::Result<()> {
    TcpListener::bind(address).map(drop)
}
