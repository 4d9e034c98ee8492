//! What the standard library does not ask of a file system: to set room aside for a file, and how much there is.
//!
//! Owns two calls into the system. Never on a hot path: both may wait for the disk.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

/// Room in a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes free for a process without privileges.
    pub free: u64,
    /// Bytes that such processes have or may have: without what the system keeps back.
    pub total: u64,
}

/// Sets `bytes` aside for a file, so that a later write within them cannot find the disk full. They read as zeros, and the
/// file is so long at once.
///
/// # Errors
/// What the system says: no space left, above all.
pub fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    let length = libc::off_t::try_from(bytes).map_err(|_| io::ErrorKind::InvalidInput)?;
    loop {
        // SAFETY: the descriptor is open for the whole call, which borrows its file; no memory of ours is touched.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) } {
            0 => return Ok(()),
            libc::EINTR => {}
            number => return Err(io::Error::from_raw_os_error(number)),
        }
    }
}

/// The room of the file system that a file or folder is in.
///
/// # Errors
/// What the system says.
pub fn room(file: &File) -> io::Result<Room> {
    let mut told = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the descriptor is open for the whole call, and the answer is written into memory of the right type.
    let answer = unsafe { libc::fstatvfs(file.as_raw_fd(), told.as_mut_ptr()) };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has written all of it. Test: `room_is_set_aside_and_told`.
    let told = unsafe { told.assume_init() };
    let bytes = |blocks: libc::fsblkcnt_t| blocks.saturating_mul(told.f_frsize);
    let (free, used) = (bytes(told.f_bavail), bytes(told.f_blocks.saturating_sub(told.f_bfree)));
    Ok(Room { free, total: used.saturating_add(free) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_set_aside_and_told() {
        let path = std::env::temp_dir().join(format!("ringside-volume-{}", std::process::id()));
        let file = File::create(&path).expect("made");
        reserve(&file, 100_000).expect("a tenth of a megabyte");
        assert_eq!(std::fs::read(&path).expect("there"), vec![0; 100_000]);
        let Room { free, total } = room(&file).expect("told");
        assert!(0 < free && free <= total, "{free} of {total}");
        std::fs::remove_file(&path).expect("there");
        // More than any disk has: refused, not written later.
        let full = File::create(&path).expect("made");
        assert!(reserve(&full, 1 << 60).is_err());
        std::fs::remove_file(&path).expect("there");
    }
}
