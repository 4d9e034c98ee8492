//! Memory and threads: the floor everything else stands on.
//!
//! **Owns** every atomic that an engine's thread sees, every `unsafe` block, every pinned thread of the project:
//!
//! | enter at | for |
//! |---|---|
//! | [`ring`](mod@ring) | one writer, up to four readers that hold it back, and taps that do not |
//! | [`snapshot`](mod@snapshot) | the latest value only, from one thread to another, neither ever waits |
//! | [`byte_ring`](mod@byte_ring) | records of any length from one thread to another, none lost in silence |
//! | [`stage`] | what runs: a value with a poll |
//! | [`driver`] | who turns the crank: the caller, shared threads, or a thread for each stage |
//! | [`layout`] | which stage runs on which thread and core, checked before anything starts |
//! | [`clock`] | nanoseconds since the epoch, from the machine or from a hand |
//! | [`counter`] | single-writer numbers that anybody may read |
//! | [`alloc_guard`] | the allocator that counts |
//! | [`affinity`], [`placement`] | which core, and how far apart two of them are |
//! | [`background`] | a process that takes what is left over |
//! | [`flag`] | stop, and switches such as the kill word |
//! | [`pulse`] | the kill word and heartbeats, where other processes see them |
//! | [`pattern`](mod@pattern) | two decimals at once, in vector registers |
//! | [`plain`] | what ends a text, in vector registers |
//! | [`volume`] | room on a disk: set aside, and told |
//!
//! **Never** contains a word of the domain (no price, no order), a lock or allocation on a hot path, a log line, or a
//! decision about what to do when a ring is full: it says [`ring::Full`] and the stage decides.

pub mod affinity;
pub mod alloc_guard;
pub mod background;
pub mod byte_ring;
pub mod claim;
pub mod clock;
pub mod counter;
mod crank;
pub mod descriptors;
pub mod driver;
pub mod flag;
mod idle;
pub mod layout;
pub mod lossy;
pub mod pattern;
pub mod placement;
pub mod plain;
pub mod pulse;
mod quiescence;
pub mod ring;
pub mod ring_gauges;
mod slots;
pub mod snapshot;
mod sources;
pub mod stage;
pub mod stage_gauges;
#[doc(hidden)]
pub mod sync;
pub mod volume;
mod worker;

pub use crank::Crank;
