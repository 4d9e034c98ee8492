//! A process beside an engine that takes what is left over: research that may use every core, and no turn of the engine's.
//!
//! Owns the calls that make it yield. Never: what such a process does, or when it ends.

use crate::affinity::cores;
use std::io;

/// The calling thread, and every one that it makes from now on, runs only where and when nobody else wants to
/// (`SCHED_IDLE`): beside a busy thread on the same core it gets about three thousandths of it. There is no way back.
///
/// # Errors
/// What the system says.
pub fn yield_to_all() -> io::Result<()> {
    let param = libc::sched_param { sched_priority: 0 };
    // SAFETY: the parameters are read during the call, and live over it; 0 is the calling thread.
    // Test: `who_yields_is_of_the_idle_class_and_so_is_what_it_starts`.
    let answer = unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const param) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The calling thread, and every one that it makes from now on, stays off these cores: they are of threads that spin. Whether
/// there are others; else it runs where the system likes.
///
/// # Errors
/// What the system says.
pub fn keep_off(hot: &[usize]) -> io::Result<bool> {
    let usable = cores();
    let left = || usable.iter().copied().filter(|core| !hot.contains(core) && *core < libc::CPU_SETSIZE as usize);
    if left().next().is_none() || left().count() == usable.len() {
        return Ok(false);
    }
    // SAFETY: a set of cores is plain bits, and all zeros is the empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for core in left() {
        // SAFETY: the set is ours, and the core is below its size, which is looked at above.
        unsafe { libc::CPU_SET(core, &mut set) };
    }
    // SAFETY: the set is read during the call, lives over it, and its size is told; 0 is the calling thread.
    // Test: `who_keeps_off_a_core_runs_on_the_others`.
    let answer = unsafe { libc::sched_setaffinity(0, std::mem::size_of_val(&set), &raw const set) };
    if answer == 0 { Ok(true) } else { Err(io::Error::last_os_error()) }
}

/// The process gets no more memory than so many bytes of addresses: what asks for more fails in itself, before the system
/// looks for somebody else to end.
///
/// # Errors
/// What the system says.
pub fn limit_memory(bytes: u64) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: the limits are read during the call, and live over it.
    // Test: `research_runs_at_the_lowest_priority_and_within_its_memory` of the stories.
    let answer = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scheduling class of the calling thread: the 41st field of its `stat`.
    fn class() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let behind_name = stat.rsplit_once(')').unwrap().1;
        behind_name.split_whitespace().nth(38).unwrap().parse().unwrap()
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks the system")]
    fn who_yields_is_of_the_idle_class_and_so_is_what_it_starts() {
        let before = class();
        let yielding = std::thread::spawn(|| {
            yield_to_all().unwrap();
            (class(), std::thread::spawn(class).join().unwrap())
        });
        assert_eq!(yielding.join().unwrap(), (libc::SCHED_IDLE, libc::SCHED_IDLE));
        assert_eq!((class(), before), (libc::SCHED_OTHER, libc::SCHED_OTHER), "nobody else is touched");
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks the system")]
    fn who_keeps_off_a_core_runs_on_the_others() {
        let usable = cores();
        let mine = || core_affinity::get_core_ids().unwrap().into_iter().map(|core| core.id).collect::<Vec<_>>();
        let off = |hot: Vec<usize>| std::thread::spawn(move || (keep_off(&hot).unwrap(), mine())).join().unwrap();
        assert_eq!(off(usable.to_vec()), (false, usable.to_vec()), "there is nowhere else");
        assert_eq!(off(vec![9_999]), (false, usable.to_vec()));
        if usable.len() > 1 {
            assert_eq!(off(vec![usable[0]]), (true, usable[1..].to_vec()));
        }
        assert_eq!(mine(), usable, "nobody else is touched");
    }
}
