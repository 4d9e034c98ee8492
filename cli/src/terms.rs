//! What two processes on one account must have in common: the build, and what risk judges by.
//!
//! Owns: the short name of both, and the refusal of who differs. Never: settings that leave a judgement as it is (layout,
//! log, ports, folders).

use crate::exit::Exit;
use crate::outcome::build_id;
use engine_core::config::Config;
use std::fmt;

/// Of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The first letters of the build's name.
    build: [u8; 8],
    /// A digest of limits, coins, margin tables, and who trades what by which limits.
    risk: u64,
}

impl Terms {
    /// Of this process with these settings.
    pub(crate) fn of(config: &Config) -> Self {
        let Config { limits, coins, margin, strategies, venues, .. } = config;
        let mandates: Vec<_> = strategies.iter().map(|s| (&s.name, &s.instruments, &s.limits)).collect();
        let listed: Vec<_> = venues.iter().map(|venue| (venue.id, &venue.symbols)).collect();
        let text = format!("{limits:?}{coins:?}{margin:?}{mandates:?}{listed:?}");
        let risk = engine_core::state::text_hash(text.as_bytes());
        Self { build: first(&build_id()), risk: u64::from_be_bytes(first(&risk)) }
    }

    /// As two numbers, for a page.
    pub(crate) fn words(self) -> [u64; 2] {
        [u64::from_be_bytes(self.build), self.risk]
    }

    /// Out of them.
    pub(crate) fn of_words([build, risk]: [u64; 2]) -> Self {
        Self { build: build.to_be_bytes(), risk }
    }

    /// Refuses to go on beside a process of other terms. `what` it is and `whose` the other ones are.
    pub(crate) fn agree_with(self, theirs: Self, what: &str, whose: &str) -> Result<(), Exit> {
        if self == theirs {
            return Ok(());
        }
        Err(Exit::Refused(format!(
            "{what} has {self}, {whose} has {theirs}: what disagrees does not trade on one account; start it with that build \
             and those [risk], [[strategy]] and [[venue]]"
        )))
    }
}

/// `build 58b06891, risk 0123456789abcdef`.
impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = String::from_utf8_lossy(&self.build);
        write!(f, "build {}, risk {:016x}", name.trim_end_matches('\0'), self.risk)
    }
}

fn first<const N: usize>(bytes: &[u8; N]) -> [u8; 8] {
    std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::limit::Limits;

    #[test]
    fn whoever_judges_by_other_limits_or_is_another_build_is_refused_with_both_values() {
        let config = crate::config::read(None).expect("the defaults");
        let ours = Terms::of(&config);
        assert_eq!(Terms::of_words(ours.words()), ours);
        let mut other = config.clone();
        other.log.level = engine_core::config::LogLevel::Error;
        assert_eq!(Terms::of(&other), ours, "what is told is no judgement");
        assert!(ours.agree_with(ours, "the sentinel", "the engine").is_ok());
        for row in Limits::TABLE {
            let mut tighter = config.clone();
            row.set(&mut tighter.limits, row.get(&config.limits) - 1);
            assert_ne!(Terms::of(&tighter), ours, "{}", row.key);
        }
        let theirs = Terms { build: *b"00000000", risk: 7 };
        let Err(Exit::Refused(told)) = ours.agree_with(theirs, "the sentinel", "the engine") else { panic!("refused") };
        let both = format!("the sentinel has {ours}, the engine has build 00000000, risk 0000000000000007");
        assert!(told.starts_with(&both), "{told}");
    }
}
