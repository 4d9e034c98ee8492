//! The one declaration of what runs: stages, rings, and the two safety questions of every ring. Does a reader hold the
//! writer back (*gating*) or may it be overtaken (*lossy*)? What does the writer do when the ring is full?
//!
//! Pure data, checked while compiling. Code claims its ends from here ([`Wiring`](crate::wiring::Wiring)); the command
//! line prints it, the docs are generated from it, the monitor shows it.

use std::fmt;

/// Who runs. A stage is a value with a poll; which thread turns its crank is the layout's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Stage {
    /// One per venue: socket, decoder, session and books; in paper mode also the venue's matching.
    Venue,
    /// Strategies: market events and reports in, intents out.
    Strategy,
    /// Judges every intent; keeps portfolio and limits.
    Risk,
    /// Keeps the order table; speaks to the venues.
    Execution,
    /// Writes down what the core acted on.
    Journal,
    /// The slow side: people, programs, screens.
    Bridge,
}

impl Stage {
    /// In the order in which an inline crank turns them.
    pub const ALL: [Self; 6] = [Self::Venue, Self::Strategy, Self::Risk, Self::Execution, Self::Journal, Self::Bridge];
    /// Those that a layout places on threads. Not the bridge: it brings a thread and a runtime of its own.
    pub const PLACED: [Self; 5] = [Self::Venue, Self::Strategy, Self::Risk, Self::Execution, Self::Journal];

    /// The name in configuration, gauges and claims.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Venue => "venue",
            Self::Strategy => "strategy",
            Self::Risk => "risk",
            Self::Execution => "execution",
            Self::Journal => "journal",
            Self::Bridge => "bridge",
        }
    }
}

/// Which ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Ring {
    /// What venues tell.
    Market,
    /// What strategies wish.
    Intent,
    /// What people ask.
    Command,
    /// What risk decided.
    Order,
    /// What execution asks of a venue.
    Request,
    /// What a venue answers.
    Reply,
    /// What became of orders.
    Report,
}

impl Ring {
    /// The name in gauges and claims.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Intent => "intent",
            Self::Command => "command",
            Self::Order => "order",
            Self::Request => "request",
            Self::Reply => "reply",
            Self::Report => "report",
        }
    }
}

/// What a writer does when its slowest gating reader is a whole ring behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Keeps the event and takes no further input: the pressure reaches the socket.
    Wait,
    /// Refuses by name and counts it.
    Refuse,
}

/// One ring.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which.
    pub ring: Ring,
    /// One for each venue, or one in all.
    pub per_venue: bool,
    /// Slots; a power of two.
    pub depth: usize,
    /// Slots that only cancels and halts may use.
    pub reserve: usize,
    /// The one writer.
    pub writer: Stage,
    /// Readers that hold the writer back.
    pub gating: &'static [Stage],
    /// Readers that may be overtaken, and know it.
    pub lossy: &'static [Stage],
    /// What full means.
    pub when_full: WhenFull,
    /// Why it is so.
    pub why: &'static str,
}

use Stage::{Bridge, Execution, Journal, Risk, Strategy, Venue};

/// Every ring of the engine.
///
/// Depths: a hot hop gets 1,024 slots (a stall of 10 ms at the worst burst recorded, 648 messages); `market` gets 4,096
/// (256 KiB, still within a core's second-level cache, and more than the worst second recorded, 2,527 messages), because
/// the journal reads it from a thread that sleeps for a millisecond at a time.
pub const RINGS: [Row; 7] = [
    Row {
        ring: Ring::Market,
        per_venue: true,
        depth: 4_096,
        reserve: 0,
        writer: Venue,
        gating: &[Strategy, Risk, Journal],
        lossy: &[Bridge],
        when_full: WhenFull::Wait,
        why: "nothing is acted on that cannot be replayed; the socket backs up before an event is lost",
    },
    Row {
        ring: Ring::Intent,
        per_venue: false,
        depth: 1_024,
        reserve: 0,
        writer: Strategy,
        gating: &[Risk],
        lossy: &[],
        when_full: WhenFull::Refuse,
        why: "a wish that cannot be judged now is stale; the strategy is told and may wish again",
    },
    Row {
        ring: Ring::Command,
        per_venue: false,
        depth: 64,
        reserve: 0,
        writer: Bridge,
        gating: &[Risk],
        lossy: &[],
        when_full: WhenFull::Refuse,
        why: "people get an answer, never a queue; the kill switch does not pass here",
    },
    Row {
        ring: Ring::Order,
        per_venue: false,
        depth: 1_024,
        reserve: 64,
        writer: Risk,
        gating: &[Execution, Journal],
        lossy: &[Bridge],
        when_full: WhenFull::Refuse,
        why: "refusing here is what breaks the circle risk, execution, risk; the reserve lets cancels through",
    },
    Row {
        ring: Ring::Request,
        per_venue: true,
        depth: 256,
        reserve: 32,
        writer: Execution,
        gating: &[Venue],
        lossy: &[],
        when_full: WhenFull::Refuse,
        why: "an order that cannot leave now must not leave later; the reserve lets cancels through",
    },
    Row {
        ring: Ring::Reply,
        per_venue: true,
        depth: 1_024,
        reserve: 0,
        writer: Venue,
        gating: &[Execution],
        lossy: &[],
        when_full: WhenFull::Wait,
        why: "a fill is never lost",
    },
    Row {
        ring: Ring::Report,
        per_venue: false,
        depth: 1_024,
        reserve: 0,
        writer: Execution,
        gating: &[Strategy, Risk, Journal],
        lossy: &[Bridge],
        when_full: WhenFull::Wait,
        why: "whoever folds the reports has the truth; none may miss one",
    },
];

/// Whole copies, conflated: only the latest matters. One writer, one reader, a triple buffer.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// Its name.
    pub name: &'static str,
    /// The one writer.
    pub writer: Stage,
    /// The one reader.
    pub reader: Stage,
    /// How many.
    pub each: &'static str,
}

/// Every snapshot of the engine.
pub const SNAPSHOTS: [Snapshot; 3] = [
    Snapshot { name: "book", writer: Venue, reader: Bridge, each: "instrument" },
    Snapshot { name: "portfolio", writer: Risk, reader: Bridge, each: "engine" },
    Snapshot { name: "latency", writer: Execution, reader: Bridge, each: "engine" },
];

/// The row of a ring.
#[must_use]
pub const fn row(ring: Ring) -> &'static Row {
    let row = &RINGS[ring as usize];
    assert!(row.ring as u8 == ring as u8, "the table is in the order of the enum");
    row
}

const _: () = check(&RINGS);

/// Refuses to compile a table that could lose, deadlock or starve. Public so that tests can hold bad tables against it.
///
/// # Panics
/// With the reason, while compiling.
pub const fn check(rows: &[Row]) {
    let mut i = 0;
    while i < rows.len() {
        let row = &rows[i];
        assert!(row.ring as usize == i, "each ring stands once, in the order of the enum");
        assert!(row.depth.is_power_of_two(), "a depth is a power of two");
        assert!(row.reserve < row.depth, "the reserve is a part of the ring");
        assert!(!row.gating.is_empty(), "a ring without a gating reader keeps nothing");
        assert!(!contains(row.gating, row.writer), "nobody reads its own writing");
        assert!(!contains(row.lossy, row.writer), "nobody taps its own writing");
        assert!(!contains(row.gating, Stage::Bridge), "the slow side never holds the engine back");
        let mut k = 0;
        while k < row.lossy.len() {
            assert!(!contains(row.gating, row.lossy[k]), "a reader is gating or lossy, not both");
            k += 1;
        }
        i += 1;
    }
    assert!(!has_waiting_cycle(rows), "stages wait for each other in a circle: let one of the rings refuse");
}

const fn contains(stages: &[Stage], stage: Stage) -> bool {
    let mut i = 0;
    while i < stages.len() {
        if stages[i] as u8 == stage as u8 {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether some stage, through rings whose writers wait, waits for itself.
const fn has_waiting_cycle(rows: &[Row]) -> bool {
    const STAGES: usize = Stage::ALL.len();
    // reach[a] has bit b when a may wait for b.
    let mut reach = [0u8; STAGES];
    let mut i = 0;
    while i < rows.len() {
        if matches!(rows[i].when_full, WhenFull::Wait) {
            let mut k = 0;
            while k < rows[i].gating.len() {
                reach[rows[i].writer as usize] |= 1 << rows[i].gating[k] as u8;
                k += 1;
            }
        }
        i += 1;
    }
    // Warshall's closure: after round `via`, paths through stages up to `via` are known.
    let mut via = 0;
    while via < STAGES {
        let mut from = 0;
        while from < STAGES {
            if reach[from] & (1 << via) != 0 {
                reach[from] |= reach[via];
            }
            from += 1;
        }
        via += 1;
    }
    let mut stage = 0;
    while stage < STAGES {
        if reach[stage] & (1 << stage) != 0 {
            return true;
        }
        stage += 1;
    }
    false
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut [Row; 7])) -> String {
        let mut rows = RINGS;
        change(&mut rows);
        let panic = std::panic::catch_unwind(|| check(&rows)).expect_err("this table must be refused");
        (*panic.downcast_ref::<&str>().expect("a message")).to_string()
    }

    #[test]
    fn an_order_ring_that_waits_closes_a_circle_and_is_refused() {
        assert!(refused(|rows| rows[Ring::Order as usize].when_full = WhenFull::Wait).contains("circle"));
    }

    #[test]
    fn a_bridge_never_holds_the_engine_back() {
        assert!(refused(|rows| rows[Ring::Market as usize].gating = &[Stage::Bridge]).contains("slow side"));
    }

    #[test]
    fn odd_depths_own_readers_and_rings_without_readers_are_refused() {
        assert!(refused(|rows| rows[0].depth = 1_000).contains("power of two"));
        assert!(refused(|rows| rows[0].gating = &[Stage::Venue]).contains("own writing"));
        assert!(refused(|rows| rows[1].gating = &[]).contains("keeps nothing"));
        assert!(refused(|rows| rows.swap(0, 1)).contains("order of the enum"));
        assert!(refused(|rows| rows[3].reserve = 1_024).contains("reserve"));
    }
}
