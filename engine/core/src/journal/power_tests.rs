//! The power goes under a process that trades and writes its journal on a real file system; again and again.
//!
//! The file system is an ext4 of the test's own on an image behind a loop device, in a mount space that ends with it. The
//! power goes by the system's own order to shut a file system down as it stands: what was not written through is gone,
//! names and lengths that wait in its journal, too. Simulated disks ([`fault_tests`](super::fault_tests)) lose any part of
//! what was written; here what a write, a sync, a name and room set aside come to is the kernel's word and not our belief.
//!
//! It takes root, `mkfs.ext4`, loop devices and `perl` for the one call; where they are not, it says what was not shown.

#![expect(clippy::disallowed_methods, reason = "it is no stage: it starts processes, waits, and cuts their power")]

use super::kill_tests::{Lives, Moment, Scratch, asked, chunk, ended, kept};
use crate::test_random::Random;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// In a usual run: so many cuts, as far as they fit into that time; and so many of a build that never syncs.
const CUTS: usize = 100;
const WITHIN: Duration = Duration::from_secs(40);
const CONTROLS: usize = 20;

/// A disk of its own.
struct Disk {
    image: PathBuf,
    at: PathBuf,
}

impl Disk {
    /// An empty one, not yet mounted.
    fn made(folder: &Path) -> Result<Self, String> {
        let disk = Self { image: folder.join("image"), at: folder.join("disk") };
        std::fs::create_dir_all(&disk.at).map_err(|error| error.to_string())?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&disk.image).arg("32M"))?;
        Ok(disk)
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.at))
    }

    /// The file system goes down as it stands, its own journal unwritten (`EXT4_IOC_SHUTDOWN`, no flush of the log).
    fn cut(&self) -> Result<(), String> {
        let call =
            r#"open(my $at, "<", $ARGV[0]) or die $!; my $how = pack("L", 2); ioctl($at, 0x8004587d, $how) or die $!"#;
        run(Command::new("perl").args(["-e", call]).arg(&self.at))
    }

    /// As after a power cut: with whatever is on the disk, which the file system puts in order.
    fn mount_again(&self) -> Result<(), String> {
        run(Command::new("umount").arg(&self.at))?;
        self.mount()
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", said.trim())) }
}

/// Takes the process off the machine between two of its instructions: a cut while it asks for one thing after the other is a
/// cut at several times.
fn stop(child: &Child) {
    let pid = child.id();
    run(Command::new("kill").args(["-STOP", &pid.to_string()])).expect("ours");
    let is_stopped = |task: std::io::Result<std::fs::DirEntry>| {
        let status = task.and_then(|task| std::fs::read_to_string(task.path().join("status"))).unwrap_or_default();
        status.lines().any(|line| line.starts_with("State:\tT") || line.starts_with("State:\tZ"))
    };
    let began = Instant::now();
    while !std::fs::read_dir(format!("/proc/{pid}/task")).expect("ours").all(is_stopped) {
        assert!(began.elapsed() < Duration::from_secs(60), "a thread of {pid} does not stop");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Cuts a disk's power under a process: stopped, cut, and gone.
fn cut(disk: &Disk, child: &mut Child) {
    stop(child);
    disk.cut().expect("as before");
    child.kill().expect("ours");
}

/// Whether power can be cut here; if not, why.
fn can_cut(folder: &Path) -> Result<(), String> {
    let disk = Disk::made(folder)?;
    disk.mount()?;
    disk.cut()?;
    disk.mount_again()?;
    run(Command::new("umount").arg(&disk.at))
}

/// Where the test that has its own mounts finds its folder.
const FOLDER: &str = "RINGSIDE_POWER_IN";

/// Runs one of the tests below where nobody else sees what it mounts, and where its mounts end with it.
fn alone(name: &str, what: &str) {
    let scratch = Scratch::new(name);
    std::fs::create_dir_all(&scratch.0).expect("a folder of our own");
    let mut alone = Command::new("unshare");
    alone.args(["--mount", "--propagation", "private"]).arg(std::env::current_exe().expect("a path"));
    alone.args(["--exact", &format!("journal::power_tests::{name}"), "--ignored", "--nocapture"]);
    let output = alone.env(FOLDER, &scratch.0).output();
    let told = output.as_ref().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // Of another name it would find no test, run none, and seem to say that power cannot be cut here.
    let is_there = told.contains("running 1 test\n") || !told.contains("running ");
    assert!(is_there, "{name} is no test of journal::power_tests: {told}");
    let errors = output.as_ref().map_or_else(ToString::to_string, |o| String::from_utf8_lossy(&o.stderr).into_owned());
    if !told.contains(BEGUN) {
        let why = errors.trim();
        eprintln!(
            "skipped: power cannot be cut here ({why}), which takes root, mkfs.ext4, loop devices and perl: {what}"
        );
        return;
    }
    told.lines().filter(|line| line.starts_with("power")).for_each(|line| println!("{line}"));
    assert!(output.is_ok_and(|output| output.status.success()), "{told}\n{errors}");
}

/// What it says once a first cut was made.
const BEGUN: &str = "power can be cut here";

/// The folder of a test that runs alone, if it does and power can be cut.
fn begun() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os(FOLDER)?);
    match can_cut(&folder) {
        Ok(()) => println!("{BEGUN}"),
        Err(why) => {
            eprintln!("{why}");
            return None;
        }
    }
    Some(folder)
}

#[test]
fn after_power_cuts_all_that_was_said_to_be_safe_is_there_and_the_next_goes_on_from_it() {
    alone("power_is_cut_again_and_again", "a process loses its power a hundred times, and the next goes on");
}

#[test]
#[ignore = "the test above runs it alone"]
fn power_is_cut_again_and_again() {
    let Some(folder) = begun() else { return };
    let disk = Disk::made(&folder).expect("as before");
    disk.mount().expect("as before");
    let (asked, started) = (asked("RINGSIDE_CUTS"), Instant::now());
    let is_bounded = asked.is_none() && std::env::var_os("RINGSIDE_THOROUGH").is_none();
    let (mut random, mut lives, at) = (Random::new(9 + chunk()), Lives::default(), disk.at.join("journal"));
    while lives.ended < asked.unwrap_or(CUTS) && !(is_bounded && started.elapsed() > WITHIN) {
        let when = Moment { after: Duration::from_millis(random.below(60)), is_safe: !random.once_in(4) };
        let said = ended(&at, false, when, |child| cut(&disk, child));
        disk.mount_again().expect("whatever is on it");
        lives.judge(&at, &said);
    }
    let Lives { ended, records, compared, went_on, snapshots, .. } = lives;
    let per_s = ended as f64 / started.elapsed().as_secs_f64();
    println!(
        "power: {ended} cuts ({per_s:.1} a second), {records} records, {compared} hashes, {snapshots} snapshots: 0 lost"
    );
    // On a machine that is so busy that few fit into the time, none may come as far as a snapshot.
    let is_tried = compared * 4 > ended && went_on > 0 && (snapshots > 0 || ended < CUTS);
    assert!(is_tried, "{ended} cuts, {compared} compared, {went_on} went on, {snapshots} snapshots: nothing was tried");
}

#[test]
fn a_journal_that_is_never_synced_is_lost_with_the_power_and_that_is_noticed() {
    alone("power_is_cut_under_one_that_never_syncs", "a process that never syncs loses what it said was safe");
}

#[test]
#[ignore = "the test above runs it alone"]
fn power_is_cut_under_one_that_never_syncs() {
    let Some(folder) = begun() else { return };
    let disk = Disk::made(&folder).expect("as before");
    disk.mount().expect("as before");
    let (mut random, at, mut lost) = (Random::new(7 + chunk()), disk.at.join("journal"), 0);
    for _ in 0..CONTROLS {
        let when = Moment { after: Duration::from_millis(random.below(60)), is_safe: true };
        let said = ended(&at, true, when, |child| cut(&disk, child));
        disk.mount_again().expect("whatever is on it");
        assert!(said.durable > 0, "it said that something is safe");
        lost += usize::from(kept(&at) < said.durable);
        // A run's number may be given again here: nothing of it was ever there.
        std::fs::remove_dir_all(&at).unwrap_or_default();
    }
    println!("power: {lost} of {CONTROLS} cuts under a process that never syncs were noticed");
    assert!(lost * 100 >= CONTROLS * 95, "only {lost} of {CONTROLS}: this test would miss a sync that is left out");
}
