//! Words for the room on the journal's disk.
//!
//! Owns: what was told last. Never: acts; risk by itself lets only what reduces pass while room is scarce, and nothing new
//! while the next segment cannot be made.

use engine_core::journal::disk::{JournalGauges, SCARCE_PCT};

/// So much of the disk is free, in percent, or less, when it is told for the first time.
const LOW_PCT: u64 = 20;

/// How much there is, from much to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Room {
    /// More than a fifth is free.
    #[default]
    Plenty,
    /// A fifth of the disk is free, or less.
    Low,
    /// A twentieth, or less.
    Scarce,
    /// None for the next segment.
    Full,
}

impl Room {
    fn of(free_pct: u64, is_full: bool) -> Self {
        match free_pct {
            _ if is_full => Self::Full,
            free if free <= SCARCE_PCT => Self::Scarce,
            free if free <= LOW_PCT => Self::Low,
            _ => Self::Plenty,
        }
    }

    /// Says it where it became less, and where there is room again for orders that were refused.
    pub(crate) fn tell(&mut self, journal: &JournalGauges) {
        let (free_pct, is_full) = (journal.free_pct.get(), journal.is_full.get() > 0);
        let before = std::mem::replace(self, Self::of(free_pct, is_full));
        match *self {
            Self::Low if before < Self::Low => tracing::warn!(free_pct, "the journal's disk fills up"),
            Self::Scarce if before < Self::Scarce => {
                tracing::error!(
                    free_pct,
                    "the journal's disk is nearly full: only what makes a position smaller passes"
                );
            }
            Self::Full if before < Self::Full => {
                tracing::error!(
                    free_pct,
                    "the journal's disk is full: no new order passes, half a segment is left for cancels and what is under way"
                );
            }
            now if before >= Self::Scarce && now < Self::Scarce => {
                tracing::warn!(free_pct, "the journal has room again: orders pass");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_has_four_names() {
        let of = |pct| Room::of(pct, false);
        assert_eq!(
            [100, 21, 20, 6, 5, 0].map(of),
            [Room::Plenty, Room::Plenty, Room::Low, Room::Low, Room::Scarce, Room::Scarce]
        );
        assert_eq!(Room::of(50, true), Room::Full, "whoever sets a quota sees no full disk");
    }
}
