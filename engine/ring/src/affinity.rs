//! Which cores there are, and staying on one.
//!
//! Owns pinning. A refusal is a typed error and the thread goes on unpinned: whether that is good enough is the caller's
//! decision, not ours.

use std::fmt;
use std::sync::OnceLock;

/// Why a thread was not pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinError {
    /// The process may not use that core, or it does not exist.
    NoSuchCore {
        /// The core asked for.
        core: usize,
        /// The cores the process may use.
        usable: Vec<usize>,
    },
    /// The system said no.
    Refused {
        /// The core asked for.
        core: usize,
    },
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchCore { core, usable } => write!(f, "no core {core}: this process may use {usable:?}"),
            Self::Refused { core } => write!(f, "the system refused to pin the thread to core {core}"),
        }
    }
}

impl std::error::Error for PinError {}

/// The cores this process may use, ascending. Asked of the system once, and best before any thread is pinned: a pinned
/// thread sees only its own core.
#[must_use]
pub fn cores() -> &'static [usize] {
    static CORES: OnceLock<Vec<usize>> = OnceLock::new();
    CORES.get_or_init(|| core_affinity::get_core_ids().unwrap_or_default().into_iter().map(|core| core.id).collect())
}

/// Pins the calling thread to `core`.
///
/// # Errors
/// If there is no such core, or the system refuses. The thread then runs where it ran before.
pub fn pin(core: usize) -> Result<(), PinError> {
    let usable = cores();
    if !usable.contains(&core) {
        return Err(PinError::NoSuchCore { core, usable: usable.to_vec() });
    }
    if core_affinity::set_for_current(core_affinity::CoreId { id: core }) {
        Ok(())
    } else {
        Err(PinError::Refused { core })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_that_does_not_exist_is_refused_by_name() {
        let error = pin(9_999).unwrap_err();
        assert!(matches!(&error, PinError::NoSuchCore { core: 9_999, usable } if !usable.is_empty()));
        assert!(error.to_string().starts_with("no core 9999: this process may use ["), "{error}");
    }

    #[test]
    fn a_thread_can_be_pinned_to_a_core_of_the_process() {
        let core = cores()[0];
        std::thread::spawn(move || pin(core).unwrap()).join().unwrap();
        assert!(cores().contains(&core));
    }
}
