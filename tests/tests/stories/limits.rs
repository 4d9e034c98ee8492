//! The real binary where the machine has too little: room on the disk, descriptors. It says what it lacks, gives up what it
//! must, and never panics. Files that may not grow are in `record` and `journal`.

use crate::process::{Call, ringside};
use crate::scratch::Scratch;
use std::process::Command;

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
