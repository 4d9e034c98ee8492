//! What a seed expands to: printed with every failure, and all that the seed decides before the story begins.

use crate::dice::Dice;
use std::fmt;

/// The chances of one story. Those of faults are in 10,000 a tick while there is trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) seed: u64,
    /// Simulated time in which things go wrong, and behind it the time in which they heal.
    pub(crate) trouble_s: u64,
    pub(crate) peace_s: u64,
    /// An order leaves when the disk has it; else it leaves at once.
    pub(crate) sync_before_send: bool,
    /// Bytes set aside for a segment of the journal.
    pub(crate) segment_bytes: u64,
    /// What orders of a run before are to the next one: its own, or withdrawn.
    pub(crate) adopts: bool,
    /// Of the market's frames: lost, told twice, told in another order; its line cut, or silent for long.
    pub(crate) drop: u64,
    pub(crate) repeat: u64,
    pub(crate) swap: u64,
    pub(crate) cut: u64,
    pub(crate) silence: u64,
    /// The venue's clock runs off.
    pub(crate) skew: u64,
    /// Of the private side, beside what every message risks.
    pub(crate) private_cut: u64,
    pub(crate) mishear: u64,
    pub(crate) execute: u64,
    /// Of the disk: hangs, becomes full for a while, fails for good.
    pub(crate) hang: u64,
    pub(crate) full: u64,
    pub(crate) error: u64,
    /// Of the process: killed, its power cut, ended in good order, the kill switch thrown.
    pub(crate) killed: u64,
    pub(crate) power: u64,
    pub(crate) ended: u64,
    pub(crate) kill_switch: u64,
    /// Of people.
    pub(crate) command: u64,
    /// Of the strategy.
    pub(crate) wish: u64,
}

impl Options {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5eed);
        // Swarms: each story has some kinds of trouble only, so that none hides another.
        let mut some = |most: u64| if dice.below(3) == 0 { 0 } else { 1 + dice.below(most) };
        Self {
            seed,
            trouble_s: 480,
            peace_s: 120,
            sync_before_send: some(1) == 0,
            segment_bytes: 16_384 << some(4),
            adopts: some(1) == 1,
            drop: some(200),
            repeat: some(200),
            swap: some(200),
            cut: some(60),
            silence: some(40),
            skew: some(40),
            private_cut: some(60),
            mishear: some(60),
            execute: 500 + some(2_500),
            hang: some(60),
            full: some(40),
            error: some(4),
            killed: some(12),
            power: some(12),
            ended: some(12),
            kill_switch: some(12),
            command: some(120),
            wish: 500 + some(3_000),
        }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
