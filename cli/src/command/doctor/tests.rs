//! Machines made of files.

use super::*;
use engine_ring::affinity::PinError;
use engine_ring::placement::Distance;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// A folder that goes away with the test.
struct Made(PathBuf);

impl Made {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("ringside-doctor-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        Self(root)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // Left behind in the temporary folder when it cannot be removed; harmless.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn config_in(folder: &Path) -> Result<Config, ConfigError> {
    config::read(None).map(|mut config| {
        config.journal.directory = folder.join("journal");
        config.bridge.address = "127.0.0.1:0".parse().expect("an address");
        config
    })
}

fn line<'a>(diagnosis: &'a Diagnosis, name: &str) -> &'a Line {
    diagnosis.checks.iter().find(|line| line.name == name).expect("a line of that name")
}

const GOOD: &[(&str, &str)] = &[
    ("proc/self/status", "Name:\tringside\nCpus_allowed_list:\t0-3,8\nCapEff:\t0000000000804000\n"),
    (
        "proc/self/limits",
        "Limit  Soft Limit  Hard Limit  Units\nMax open files  1048576  1048576  files\n\
        Max locked memory  unlimited  unlimited  bytes\nMax realtime priority  0  0\n",
    ),
    ("proc/cpuinfo", "flags\t: fpu tsc constant_tsc nonstop_tsc\n"),
    ("sys/devices/system/cpu/isolated", "2-3\n"),
    ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
    ("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"),
    ("sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n"),
    ("sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: Retpolines\n"),
];

#[test]
fn a_machine_that_has_everything_is_all_ok() {
    let made = Made::new("good", GOOD);
    let diagnosis = diagnose(&Machine::at(&made.0), Vec::new(), &config_in(&made.0));
    let not_ok: Vec<_> = diagnosis.checks.iter().filter(|line| line.state != State::Ok).collect();
    // How much of the disk is free is this machine's business.
    assert!(not_ok.iter().all(|line| line.name == "journal disk" && line.state == State::Warn), "{not_ok:?}");
    assert_eq!(line(&diagnosis, "cores").found, "5 cores: 0, 1, 2, 3, 8");
    assert_eq!(line(&diagnosis, "isolation").found, "isolated: 2, 3");
    assert_eq!(line(&diagnosis, "mitigations").found, "1 active: spectre_v2");
    assert_eq!(line(&diagnosis, "real time").found, "SCHED_FIFO is permitted");
}

#[test]
fn a_machine_that_tells_nothing_is_warned_about_and_never_a_failure() {
    let made = Made::new("bare", &[("proc/version", "Linux")]);
    let diagnosis = diagnose(&Machine::at(&made.0), Vec::new(), &config_in(&made.0));
    assert_eq!(diagnosis.fail, 0, "{:?}", diagnosis.checks);
    assert_eq!(line(&diagnosis, "mitigations").found, "the system does not tell");
    for name in ["cores", "isolation", "clock", "open files", "locked memory", "real time", "layout"] {
        let line = line(&diagnosis, name);
        assert_eq!(line.state, State::Warn, "{name}");
        assert!(line.advice.is_some(), "{name} says what to do");
    }
}

#[test]
fn a_taken_port_and_an_unwritable_folder_are_failures() {
    let made = Made::new("taken", GOOD);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let read = config_in(&made.0).map(|mut config| {
        config.bridge.address = listener.local_addr().expect("an address");
        config.journal.directory = made.0.join("proc/version/journal");
        config
    });
    std::fs::write(made.0.join("proc/version"), "a file, not a folder").expect("written");
    let diagnosis = diagnose(&Machine::at(&made.0), Vec::new(), &read);
    assert_eq!(line(&diagnosis, "port").state, State::Fail);
    assert_eq!(line(&diagnosis, "journal disk").state, State::Fail);
    assert_eq!(diagnosis.fail, 2);
}

#[test]
fn a_wrong_configuration_is_a_line_of_its_own() {
    let made = Made::new("wrong", GOOD);
    let read = config::read(Some(Path::new("nowhere.toml")));
    let diagnosis = diagnose(&Machine::at(&made.0), Vec::new(), &read);
    assert!(line(&diagnosis, "configuration").found.contains("nowhere.toml: found no file"));
    assert!(read.is_err_and(|error| Exit::from(error).code() == 2));
}

#[test]
fn dedicated_on_too_few_cores_is_told_before_it_starts() {
    let made = Made::new("dedicated", GOOD);
    let read = config_in(&made.0).map(|mut config| {
        config.layout.kind = engine_core::config::LayoutKind::Dedicated;
        config
    });
    let diagnosis = diagnose(&Machine::at(&made.0), Vec::new(), &read);
    assert_eq!(
        line(&diagnosis, "layout").found,
        "layout dedicated wants core(s) 4, 5, 6, 7, 9, 10, 11 that are not here"
    );
}

#[test]
fn pinning_and_placement_are_told_as_they_were_found() {
    let distance = |round_trip_ns| Some(Distance { from: 0, to: 1, round_trip_ns });
    let near = checks::threads(Ok(()), distance(Some(95)));
    assert!(near.iter().all(|line| line.state == State::Ok), "{near:?}");
    assert_eq!(near[1].found, "cores 0 and 1: near, 95 ns round trip");
    assert!(checks::threads(Ok(()), distance(Some(480)))[1].found.contains("far, 480 ns"));
    assert_eq!(checks::threads(Ok(()), distance(None))[1].state, State::Warn);
    let refused = checks::threads(Err(PinError::Refused { core: 0 }), None);
    assert_eq!((refused.len(), refused[0].state), (1, State::Warn));
}

#[test]
fn the_text_has_a_line_for_each_check_and_no_colour_in_a_pipe() {
    let lines = vec![Line::ok("cores", "2 cores: 0, 1"), Line::fail("port", "taken", "end the other engine")];
    let plain = text(&Diagnosis::new(lines), false);
    assert_eq!(
        plain,
        "ok    cores  2 cores: 0, 1\nFAIL  port   taken\n             -> end the other engine\n\n\
         1 ok, 0 to improve, 1 missing\n"
    );
    assert!(text(&Diagnosis::new(vec![Line::ok("cores", "2")]), true).contains("\x1b[32m"));
}
