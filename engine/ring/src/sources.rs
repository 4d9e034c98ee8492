//! Waiting for several stages' sources at once.
//!
//! Owns the list of what a thread's stages wait on, and the one call that waits for all of it. Several venues share a hot
//! thread: were it to sleep on one venue's sockets, the others' messages would lie in the kernel until the sleep's limit.
//! Never allocates after it was made.

use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// What the stages of one thread wait on.
pub(crate) struct Sources {
    /// By place in the crank; a stage without a source stands here with a number that the system passes over.
    polled: Vec<libc::pollfd>,
    count: usize,
}

/// The system passes over entries with a negative number.
const NONE: RawFd = -1;

impl Sources {
    /// One entry for each stage, in order.
    pub(crate) fn new(sources: impl Iterator<Item = Option<RawFd>>) -> Self {
        let entry =
            |source: Option<RawFd>| libc::pollfd { fd: source.unwrap_or(NONE), events: libc::POLLIN, revents: 0 };
        let polled: Vec<libc::pollfd> = sources.map(entry).collect();
        Self { count: polled.iter().filter(|entry| entry.fd != NONE).count(), polled }
    }

    /// How many stages have one.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Whether the stage at that place has one.
    pub(crate) fn has(&self, place: usize) -> bool {
        self.polled[place].fd != NONE
    }

    /// Waits at most `limit` until at least one has something. An interruption by a signal ends the wait early.
    pub(crate) fn wait(&mut self, limit: Duration) {
        let timeout = libc::timespec {
            tv_sec: libc::time_t::try_from(limit.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: libc::c_long::from(limit.subsec_nanos().cast_signed()),
        };
        // SAFETY: the list is ours for the whole call and as long as we say; the time is read only; no signal mask is given.
        // Descriptors that were closed meanwhile are told as such, not touched. Test: `a_wait_ends_with_whichever_source`.
        let ready = unsafe {
            libc::ppoll(
                self.polled.as_mut_ptr(),
                self.polled.len() as libc::nfds_t,
                &raw const timeout,
                std::ptr::null(),
            )
        };
        if ready < 0 {
            debug_assert_eq!(io::Error::last_os_error().kind(), io::ErrorKind::Interrupted);
            self.polled.iter_mut().for_each(|entry| entry.revents = 0);
        }
    }

    /// Whether the stage at that place had something when the wait ended.
    pub(crate) fn is_ready(&self, place: usize) -> bool {
        self.polled[place].revents != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;
    use std::time::Instant;

    #[test]
    fn a_wait_ends_with_whichever_source() {
        let ((first, _keep), (second, mut bell)) = (io::pipe().unwrap(), io::pipe().unwrap());
        let fds = [Some(first.as_raw_fd()), None, Some(second.as_raw_fd())];
        let mut sources = Sources::new(fds.into_iter());
        assert_eq!(sources.count(), 2);
        bell.write_all(b"x").unwrap();
        let since = Instant::now();
        sources.wait(Duration::from_secs(10));
        assert!(since.elapsed() < Duration::from_secs(5), "it waited for the first one only");
        assert_eq!([0, 1, 2].map(|place| sources.is_ready(place)), [false, false, true]);
    }

    #[test]
    fn a_wait_without_news_ends_at_its_limit() {
        let (quiet, _keep) = io::pipe().unwrap();
        let mut sources = Sources::new([Some(quiet.as_raw_fd())].into_iter());
        let since = Instant::now();
        sources.wait(Duration::from_millis(5));
        assert!(since.elapsed() >= Duration::from_millis(5));
        assert!(!sources.is_ready(0));
    }
}
