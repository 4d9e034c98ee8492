//! The checks, one function each: what was found, and what to do when it is not as it should be.

use super::Line;
use super::machine::{self, Machine, cpu_list};
use engine_core::config::{Config, Idle, LayoutKind};
use engine_core::topology::Stage;
use engine_ring::affinity::PinError;
use engine_ring::placement::Distance;

/// What does not depend on a configuration.
pub(super) fn machine(machine: &Machine) -> Vec<Line> {
    vec![
        cores(machine),
        isolation(machine),
        governor(machine),
        clock_source(machine),
        open_files(machine),
        locked_memory(machine),
        real_time(machine),
        mitigations(machine),
    ]
}

/// What only an attempt can tell: whether a thread may be pinned, and how far apart the first two cores are.
pub(super) fn threads(pinned: Result<(), PinError>, distance: Option<Distance>) -> Vec<Line> {
    let pinning = match pinned {
        Ok(()) => Line::ok("pinning", "threads may be pinned to cores"),
        Err(error) => Line::warn(
            "pinning",
            error.to_string(),
            "threads run where the system likes, and latency varies: loosen the cpuset",
        ),
    };
    let placement = distance.map(|distance| match distance.is_near() {
        Some(true) => Line::ok("placement", distance.to_string()),
        // Not ours to change, and in the log of every run; no core is worse for it, only a hop dearer.
        Some(false) => Line::ok("placement", format!("{distance}; the fused layout `shared` has no hop to pay for")),
        None => Line::warn("placement", distance.to_string(), "ask again on a quiet machine"),
    });
    std::iter::once(pinning).chain(placement).collect()
}

/// What a configuration asks of the machine.
pub(super) fn config(machine: &Machine, config: &Config) -> Vec<Line> {
    let mut lines = vec![layout(machine, config)];
    if config.journal.enabled {
        lines.push(journal_disk(config));
    }
    if config.bridge.enabled {
        lines.push(port(config));
    }
    lines
}

fn cores(machine: &Machine) -> Line {
    let cores = machine.cores();
    match cores.len() {
        0 => Line::warn("cores", "the system does not tell", "threads are not pinned; latency will vary"),
        1 => Line::warn("cores", "1 core", "the hot thread shares it with everything else: use two or more"),
        count => Line::ok("cores", format!("{count} cores: {}", listed(&cores))),
    }
}

fn isolation(machine: &Machine) -> Line {
    let isolated = machine.fact("sys/devices/system/cpu/isolated").map(|list| cpu_list(&list)).unwrap_or_default();
    if isolated.is_empty() {
        let advice = "for steady latency boot with isolcpus=, nohz_full= and rcu_nocbs= for the engine's cores";
        return Line::warn("isolation", "no core is isolated from the scheduler", advice);
    }
    Line::ok("isolation", format!("isolated: {}", listed(&isolated)))
}

fn governor(machine: &Machine) -> Line {
    match machine.fact("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") {
        None => Line::ok("governor", "frequency is not ours to set (virtual machine)"),
        Some(governor) if governor == "performance" => Line::ok("governor", governor),
        Some(governor) => Line::warn("governor", governor, "cpupower frequency-set -g performance"),
    }
}

fn clock_source(machine: &Machine) -> Line {
    let flags = machine.fact("proc/cpuinfo").unwrap_or_default();
    let is_steady =
        ["constant_tsc", "nonstop_tsc"].iter().all(|flag| flags.split_whitespace().any(|word| word == *flag));
    let folder = "sys/devices/system/clocksource/clocksource0/current_clocksource";
    let source = machine.fact(folder).unwrap_or_else(|| "unknown".into());
    if is_steady {
        return Line::ok("clock", format!("the time stamp counter runs evenly; the system uses {source}"));
    }
    let advice =
        "stamps fall back on the system clock, about 20 ns dearer; a host that offers an invariant TSC is better";
    Line::warn("clock", format!("no invariant time stamp counter; the system uses {source}"), advice)
}

/// Sockets of three venues, two connections each while one is replaced, the door's clients, files of the journal.
const OPEN_FILES_MIN: u64 = 1_024;

fn open_files(machine: &Machine) -> Line {
    match machine.limit("Max open files") {
        Some(limit) if limit < OPEN_FILES_MIN => {
            Line::warn("open files", format!("at most {limit}"), format!("ulimit -n {OPEN_FILES_MIN}"))
        }
        Some(u64::MAX) => Line::ok("open files", "unlimited"),
        Some(limit) => Line::ok("open files", format!("at most {limit}")),
        None => Line::warn("open files", "the system does not tell", "needed: 1024 (ulimit -n)"),
    }
}

/// The rings at their default depth are below 4 MiB; books and journal buffers make up the rest.
const LOCKED_MEMORY_MIN: u64 = 64 << 20;

fn locked_memory(machine: &Machine) -> Line {
    const IPC_LOCK: u32 = 14;
    match machine.limit("Max locked memory") {
        Some(u64::MAX) => Line::ok("locked memory", "unlimited"),
        _ if machine.has_capability(IPC_LOCK) => Line::ok("locked memory", "permitted by CAP_IPC_LOCK"),
        Some(limit) if limit >= LOCKED_MEMORY_MIN => Line::ok("locked memory", format!("{} MiB", limit >> 20)),
        limit => {
            let found = limit.map_or("the system does not tell".into(), |limit| format!("{} KiB", limit >> 10));
            Line::warn("locked memory", found, "pages may be swapped out under pressure: ulimit -l unlimited")
        }
    }
}

fn real_time(machine: &Machine) -> Line {
    const SYS_NICE: u32 = 23;
    let is_permitted =
        machine.has_capability(SYS_NICE) || machine.limit("Max realtime priority").is_some_and(|limit| limit > 0);
    if is_permitted {
        return Line::ok("real time", "SCHED_FIFO is permitted");
    }
    let advice = "the hot thread may be preempted: grant CAP_SYS_NICE or set rtprio in limits.conf";
    Line::warn("real time", "SCHED_FIFO is not permitted", advice)
}

/// For information: whether they are on is the owner's decision, and they cost each system call.
fn mitigations(machine: &Machine) -> Line {
    let facts = machine.facts("sys/devices/system/cpu/vulnerabilities");
    let active: Vec<&str> =
        facts.iter().filter(|(_, text)| text.starts_with("Mitigation")).map(|(name, _)| name.as_str()).collect();
    let found = match (facts.len(), active.len()) {
        (0, _) => "the system does not tell".to_owned(),
        (_, 0) => "none active".to_owned(),
        (_, count) => format!("{count} active: {}", active.join(", ")),
    };
    Line::ok("mitigations", found)
}

fn layout(machine: &Machine, config: &Config) -> Line {
    let cores = machine.cores();
    let wanted: Vec<usize> = match config.layout.kind {
        LayoutKind::Inline => Vec::new(),
        LayoutKind::Shared => config.layout.groups.iter().filter_map(|group| group.core).collect(),
        LayoutKind::Dedicated => {
            let threads = config.venues.len() + Stage::PLACED.len() - 1;
            (config.layout.first_core..config.layout.first_core + threads).collect()
        }
    };
    let missing: Vec<usize> = wanted.iter().filter(|core| !cores.contains(core)).copied().collect();
    if !missing.is_empty() {
        let found =
            format!("layout {} wants core(s) {} that are not here", config.layout.kind.name(), listed(&missing));
        return Line::warn("layout", found, "those threads are not pinned; set [layout] for this machine");
    }
    let spinning = config.layout.groups.iter().filter(|group| matches!(group.idle, Idle::SpinThenBlock(_))).count();
    if config.layout.kind == LayoutKind::Shared && spinning >= cores.len().max(2) {
        let found = format!("{spinning} spinning threads on {} core(s)", cores.len());
        return Line::warn("layout", found, "leave a core to the system: idle = \"sleep\" for one group");
    }
    Line::ok("layout", config.layout.kind.name())
}

/// An hour at the worst recorded second (2,527 events) is about 1.2 GB of 128-byte records.
const JOURNAL_FREE_MIN: u64 = 2 << 30;
/// Three minutes of such an hour: whoever starts with less is about to be stopped by a full disk.
const JOURNAL_FREE_LEAST: u64 = 64 << 20;

fn journal_disk(config: &Config) -> Line {
    let folder = &config.journal.directory;
    let shown = folder.display();
    if let Err(error) = machine::is_writable(folder) {
        let advice = "set journal.directory to a folder you may write in";
        return Line::fail("journal disk", format!("{shown} cannot be written: {error}"), advice);
    }
    match machine::free_bytes(folder) {
        None => Line::warn("journal disk", format!("{shown}: free space unknown"), "see that 2 GiB are free"),
        Some(free) if free < JOURNAL_FREE_LEAST => {
            let found = format!("{shown}: {} MiB free, three minutes of a busy hour", free >> 20);
            Line::fail("journal disk", found, "free some space or set journal.directory elsewhere")
        }
        Some(free) if free < JOURNAL_FREE_MIN => {
            Line::warn("journal disk", format!("{shown}: {} MiB free", free >> 20), "a busy hour takes about 1.2 GB")
        }
        Some(free) => Line::ok("journal disk", format!("{shown}: {} GiB free", free >> 30)),
    }
}

fn port(config: &Config) -> Line {
    let address = config.bridge.address;
    match machine::is_free(address) {
        Ok(()) => Line::ok("port", format!("{address} is free")),
        Err(error) => {
            let advice = "end the other engine, or set bridge.address (port 0 takes a free one)";
            Line::fail("port", format!("{address}: {error}"), advice)
        }
    }
}

fn listed(cores: &[usize]) -> String {
    cores.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
