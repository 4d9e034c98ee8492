//! What machine a number was measured on, and how busy it was: without that a number means nothing.
//!
//! Owns the reading of those facts before and after a measurement. Never changes the machine.

use engine_ring::affinity;
use engine_ring::placement::{self, Distance};
use serde_json::{Value, json};
use std::fs::{read_link, read_to_string};
use std::path::{Path, PathBuf};

/// The machine before a measurement.
#[derive(Debug)]
pub struct Before {
    ticks: Ticks,
    distance: Option<Distance>,
}

/// Processor time of all cores since boot: all of it, and what the hypervisor gave to others.
#[derive(Clone, Copy, Debug, Default)]
struct Ticks {
    all: u64,
    steal: u64,
}

/// The machine during a measurement.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// The frequency governor; `None` where the frequency is not the system's to set.
    pub governor: Option<String>,
    /// Cores that the scheduler leaves alone, as the system lists them.
    pub isolated: Option<String>,
    /// `near`, `far`, or `unknown` when it could not be measured or changed meanwhile.
    pub placement: &'static str,
    /// Round trips of a word between the first two cores, before and after.
    pub round_trip_ns: [Option<u64>; 2],
    /// Share of processor time that the hypervisor gave to others.
    pub steal: Option<f64>,
    /// Runnable threads, averaged over a minute.
    pub load: Option<f64>,
}

/// Reads what will be compared after the measurement. Probes the placement: two threads spin for some milliseconds.
#[must_use]
pub fn before() -> Before {
    Before { ticks: ticks(), distance: distance() }
}

impl Before {
    /// What the machine was like meanwhile.
    #[must_use]
    pub fn after(self) -> Machine {
        let (first, second) = (self.distance, distance());
        let label = |distance: &Option<Distance>| distance.and_then(|distance| distance.is_near());
        let placement = match (label(&first), label(&second)) {
            (Some(true), Some(true)) => "near",
            (Some(false), Some(false)) => "far",
            _ => "unknown",
        };
        let now = ticks();
        let all = now.all.saturating_sub(self.ticks.all);
        let stolen = now.steal.saturating_sub(self.ticks.steal);
        Machine {
            cores: affinity::cores().len(),
            governor: fact("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            isolated: fact("/sys/devices/system/cpu/isolated"),
            placement,
            round_trip_ns: [first, second].map(|distance| distance.and_then(|distance| distance.round_trip_ns)),
            steal: (all > 0).then(|| stolen as f64 / all as f64),
            load: fact("/proc/loadavg").and_then(|text| text.split(' ').next()?.parse().ok()),
        }
    }
}

impl Machine {
    /// As it stands in a report.
    #[must_use]
    pub fn json(&self) -> Value {
        let Self { cores, governor, isolated, placement, round_trip_ns, steal, load } = self;
        json!({
            "cores": cores, "governor": governor, "isolated": isolated, "placement": placement,
            "round_trip_ns": round_trip_ns, "steal": steal, "load": load,
        })
    }
}

/// The first two cores, if there are two and threads may be pinned to them.
#[must_use]
pub fn two_cores() -> Option<(usize, usize)> {
    match affinity::cores() {
        [first, second, ..] => Some((*first, *second)),
        _ => None,
    }
}

fn distance() -> Option<Distance> {
    let (first, second) = two_cores()?;
    placement::probe(first, second).ok()
}

fn fact(path: &str) -> Option<String> {
    let text = read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal, and what is counted twice.
fn ticks() -> Ticks {
    let line = fact("/proc/stat").unwrap_or_default();
    let numbers = line.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8);
    let numbers: Vec<u64> = numbers.filter_map(|number| number.parse().ok()).collect();
    Ticks { all: numbers.iter().sum(), steal: numbers.get(7).copied().unwrap_or(0) }
}

/// A thread that others may ask how often it lost its core.
#[derive(Debug)]
pub struct ThreadWatch(PathBuf);

impl ThreadWatch {
    /// Of the calling thread; `None` where the system does not tell.
    #[must_use]
    pub fn here() -> Option<Self> {
        Some(Self(Path::new("/proc").join(read_link("/proc/thread-self").ok()?).join("status")))
    }

    /// How often it lost its core against its will so far.
    #[must_use]
    pub fn switches(&self) -> Option<u64> {
        let status = read_to_string(&self.0).ok()?;
        status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:")?.trim().parse().ok())
    }
}

/// How often the calling thread lost its core against its will so far; `None` where the system does not tell.
#[must_use]
pub fn switches_of_this_thread() -> Option<u64> {
    ThreadWatch(PathBuf::from("/proc/thread-self/status")).switches()
}
