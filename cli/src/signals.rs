//! What asks a run to end: Ctrl-C, a service manager, a terminal that is closed.

use crate::exit::Exit;
use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A flag that the first of them raises; a second one ends the process at once, as without us.
pub(crate) fn signals() -> Result<Arc<AtomicBool>, Exit> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Whoever started us with `nohup` means that we outlive the terminal.
        if signal == SIGHUP && is_ignored(signal, &std::fs::read_to_string("/proc/self/status").unwrap_or_default()) {
            continue;
        }
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag)).context("signals")?;
        signal_hook::flag::register(signal, Arc::clone(&flag)).context("signals")?;
    }
    Ok(flag)
}

/// Whether a process ignores a signal, by what its `/proc/<pid>/status` says.
fn is_ignored(signal: i32, status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_signal_is_known_by_its_bit() {
        let status = "SigQ:\t0/1\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000004002\n";
        assert!(is_ignored(SIGHUP, status) && !is_ignored(SIGINT, status) && !is_ignored(SIGTERM, status));
        assert!(!is_ignored(SIGHUP, ""), "who does not know obeys");
    }
}
