//! How often: a bucket for each key, address or name, kept as the one time at which it will be full again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Names that are remembered. One that has been quiet long enough is like one that was never here.
const NAMES_MAX: usize = 4_096;

/// So many in a row, and then one each interval.
#[derive(Debug)]
pub(super) struct Pace {
    interval_ns: u64,
    burst: u64,
    full_again_ns: Mutex<HashMap<String, u64>>,
}

impl Pace {
    pub(super) fn new(interval_ns: u64, burst: u64) -> Self {
        Self { interval_ns, burst, full_again_ns: Mutex::default() }
    }

    /// Takes one, or says in how many ns there will be one.
    pub(super) fn take(&self, name: &str, now_ns: u64) -> Result<(), u64> {
        let mut names = self.full_again_ns.lock().unwrap_or_else(PoisonError::into_inner);
        let full_again = names.get(name).copied().unwrap_or(0).max(now_ns);
        let latest = now_ns + self.interval_ns * (self.burst - 1);
        if full_again > latest {
            return Err(full_again - latest);
        }
        if names.len() >= NAMES_MAX && !names.contains_key(name) {
            names.retain(|_, full_again| *full_again > now_ns);
            if names.len() >= NAMES_MAX {
                return Err(self.interval_ns);
            }
        }
        let next = full_again + self.interval_ns;
        match names.get_mut(name) {
            Some(known) => *known = next,
            None => drop(names.insert(name.to_owned(), next)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_each_interval_and_names_do_not_share() {
        let pace = Pace::new(100, 3);
        let now = 1_000;
        assert!((0..3).all(|_| pace.take("a", now).is_ok()));
        assert_eq!(pace.take("a", now), Err(100));
        assert_eq!(pace.take("b", now), Ok(()));
        assert_eq!(pace.take("a", now + 99), Err(1));
        assert_eq!(pace.take("a", now + 100), Ok(()));
        assert_eq!(pace.take("a", now + 100), Err(100));
        assert!((0..3).all(|_| pace.take("a", now + 10_000).is_ok()), "full again");
    }

    #[test]
    fn names_that_nobody_has_heard_of_do_not_grow_without_end() {
        let pace = Pace::new(100, 1);
        for n in 0..NAMES_MAX {
            assert_eq!(pace.take(&n.to_string(), 1_000), Ok(()));
        }
        assert_eq!(pace.take("one more", 1_000), Err(100), "all are busy");
        assert_eq!(pace.take("one more", 1_101), Ok(()), "all are quiet");
        assert_eq!(pace.full_again_ns.lock().expect("whole").len(), 1);
    }
}
