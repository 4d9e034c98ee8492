//! How many files and sockets the process may have open at once.
//!
//! Owns two calls into the system. A process begins with a small number (often 1,024) and may have as many as its hard limit
//! says; what is between the two it has to ask for. Never: more than that, which is the administrator's to allow.

use std::io;

/// Sees to it that so many descriptors may be open, as far as the hard limit goes. How many may be, then.
///
/// # Errors
/// What the system says; nothing is changed then.
pub fn raise(wanted: u64) -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the answer is written into memory of the right type, which lives for the call. Test:
    // `what_may_be_open_is_raised_and_never_lowered`.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let raised = wanted.min(limit.rlim_max);
    if raised <= limit.rlim_cur {
        return Ok(limit.rlim_cur);
    }
    limit.rlim_cur = raised;
    // SAFETY: the limit is read from memory of the right type, which lives for the call. Test:
    // `what_may_be_open_is_raised_and_never_lowered`.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_open_is_raised_and_never_lowered() {
        let before = raise(0).expect("told");
        let hard = raise(u64::MAX).expect("raised");
        assert!(hard >= before);
        assert_eq!(raise(before).expect("told"), hard, "never lowered");
        let line = std::fs::read_to_string("/proc/self/limits").expect("limits");
        let files = line.lines().find(|line| line.starts_with("Max open files")).expect("a line");
        let numbers: Vec<&str> = files.split_whitespace().collect();
        assert_eq!(numbers[3], hard.to_string(), "{files}");
        assert_eq!(numbers[3], numbers[4], "as far as the hard limit goes: {files}");
    }
}
