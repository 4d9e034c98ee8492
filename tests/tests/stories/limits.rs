//! The real binary where the machine has too little: room on the disk, descriptors, memory. It says what it lacks, gives up
//! what it must, and never panics. Files that may not grow are in `record` and `journal`.

use crate::process::{Call, ringside};
use crate::scratch::Scratch;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn demo(scratch: &Scratch) -> Call {
    std::fs::create_dir_all(scratch.path().join("journal")).expect("a folder");
    ringside(["demo", "--port", "0", "--json", "--for", "4s"]).within(scratch.path())
}

/// Whether a small disk can be made here: that takes rights over mounts. Where not, says what is not shown.
fn can_mount(what: &str) -> bool {
    let mut mount = Command::new("unshare");
    mount.args(["--mount", "mount", "-t", "tmpfs", "none", "/tmp"]);
    let is_done = mount.output().is_ok_and(|output| output.status.success());
    if !is_done {
        eprintln!("skipped: no disk of its own can be mounted here (`unshare --mount` as root): {what}");
    }
    is_done
}

#[test]
fn on_a_disk_that_is_nearly_full_a_demo_only_reduces_and_says_so() {
    if !can_mount("a demo on a disk of 66 MiB, of which its first segment takes 64") {
        return;
    }
    let scratch = Scratch::new();
    let ran = demo(&scratch).with_a_disk_of(66, "journal").run();
    assert!(ran.stderr.contains("only what makes a position smaller passes"), "{ran}");
    let summary = ran.json();
    assert!(summary["denied"].as_u64().is_some_and(|denied| denied > 0), "{ran}");
}

#[test]
fn without_room_for_the_first_segment_a_demo_does_not_begin() {
    if !can_mount("a demo on a disk of 16 MiB") {
        return;
    }
    let scratch = Scratch::new();
    demo(&scratch).with_a_disk_of(16, "journal").run().refused(1, &["journal.directory", "No space left on device"]);
}

#[test]
fn without_descriptors_a_demo_does_not_begin_and_with_too_few_it_goes_on_and_names_what_is_not_connected() {
    let scratch = Scratch::new();
    demo(&scratch).with_descriptors_up_to(24).run().refused(1, &["Too many open files"]);
    let scratch = Scratch::new();
    let ran = demo(&scratch).with_descriptors_up_to(60).run();
    ran.json();
    assert!(ran.stderr.contains("not connected: Too many open files"), "{ran}");
}

/// What a demo may have, and the share of it that it may take.
const MEMORY_MIB: u64 = 256;
const TAKEN_PCT: u64 = 80;

/// A group of processes whose memory the kernel bounds (version 1 of its groups), gone when dropped.
struct MemoryGroup(PathBuf);

impl MemoryGroup {
    /// `None` where there can be none; then it says what is not shown.
    fn of(mib: u64, what: &str) -> Option<Self> {
        let group = Self(Path::new("/sys/fs/cgroup/memory").join(format!("ringside-{}", std::process::id())));
        let bounded = std::fs::create_dir(&group.0)
            .and_then(|()| std::fs::write(group.0.join("memory.limit_in_bytes"), (mib << 20).to_string()));
        if let Err(error) = bounded {
            eprintln!("skipped: {}: {error} (groups of version 1, and root): {what}", group.0.display());
            return None;
        }
        Some(group)
    }

    /// How often the kernel ended one of it for want of memory.
    fn ended(&self) -> u64 {
        let told = std::fs::read_to_string(self.0.join("memory.oom_control")).expect("readable");
        let count = told.lines().find_map(|line| line.strip_prefix("oom_kill ")).expect("a count");
        count.parse().expect("a number")
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        // A group that is left over bounds nobody.
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// The memory that a process has for itself now, in KiB, without what it maps of files: of its own file a debug build maps
/// some 50 MiB, which the kernel takes back when it likes. `None` once it is over.
fn own_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let own = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB"))?;
    own.parse().ok()
}

#[test]
fn with_a_quarter_of_a_gibibyte_a_demo_of_all_venues_trades_and_leaves_a_fifth_of_it() {
    let Some(group) = MemoryGroup::of(MEMORY_MIB, "a demo within 256 MiB, its cached files among them") else { return };
    let scratch = Scratch::new();
    let going = demo(&scratch).in_memory_group(&group.0).start();
    let mut most = 0;
    while let Some(kib) = own_kib(going.pid()) {
        most = most.max(kib);
        std::thread::sleep(Duration::from_millis(5));
    }
    let ran = going.end();
    let summary = ran.json();
    assert!(summary["messages"].as_u64() > Some(1_000), "{ran}");
    assert_eq!(group.ended(), 0, "{ran}");
    println!("memory: {} MiB of {MEMORY_MIB} at most", most >> 10);
    let is_within = most > 0 && most << 10 <= (MEMORY_MIB << 20) * TAKEN_PCT / 100;
    assert!(is_within, "{} MiB of {MEMORY_MIB}: {ran}", most >> 10);
}
