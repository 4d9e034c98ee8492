//! Nanoseconds since the epoch: from the machine, or from a hand.
//!
//! Owns the one clock the engine knows, handed in wherever time is needed, so that a replay can hold it. The machine's
//! clock is the processor's time stamp counter where that is invariant (9 ns a reading), else the system's monotonic clock
//! (25 ns); both are calibrated against the wall clock at first use and, off the hot path, whenever somebody calls
//! [`Clock::recalibrate`] (once a second is plenty).
//!
//! Never jumps: a correction bends the rate by at most [`BEND_MAX_PPM`], except when the wall clock itself was set by more
//! than [`STEP_NS`]. Never waits for the thread that calibrates: readers copy from a ring of calibrations.

use crate::counter::CachePadded;
use crate::slots::{Found, Slots};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Corrections up to this many parts per million; a wall clock disciplined by the network moves by fewer than 500.
pub const BEND_MAX_PPM: i64 = 1_000;
/// A difference from the wall clock beyond this is not drift but a clock that was set: followed at once.
pub const STEP_NS: i64 = 100_000_000;
/// A difference is bent away over this time.
const BEND_OVER_NS: i64 = 2_000_000_000;
/// Parts of a whole, for bends as fine as a nanosecond in a second.
const BILLION: i64 = 1_000_000_000;
/// How long the first calibration watches both clocks: 20 ms with readings good to 50 ns give a rate good to 5 ppm.
const FIRST_LOOK: Duration = Duration::from_millis(20);
/// A calibration closer than this to the one before would measure mostly noise.
const LOOK_APART_NS: u64 = 10_000_000;
/// Fixed point of [`Calibration::rate`].
const RATE_BITS: u32 = 32;
/// Calibrations kept: a reader would have to sleep through this many between two loads to have to read again.
const KEPT: usize = 4;

/// A clock; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    Machine(&'static Machine),
    Manual(Arc<CachePadded<AtomicU64>>),
}

/// What moves a manual clock.
#[derive(Debug)]
pub struct ClockHand(Arc<CachePadded<AtomicU64>>);

impl Clock {
    /// The machine's clock. The first call of the process calibrates it, which takes 20 ms.
    #[must_use]
    pub fn machine() -> Self {
        static MACHINE: OnceLock<Machine> = OnceLock::new();
        Self(Source::Machine(MACHINE.get_or_init(Machine::calibrated)))
    }

    /// A clock that stands at zero until its hand moves it.
    #[must_use]
    pub fn manual() -> (Self, ClockHand) {
        let word = Arc::new(CachePadded::new(AtomicU64::new(0)));
        (Self(Source::Manual(word.clone())), ClockHand(word))
    }

    /// Nanoseconds since the epoch.
    #[inline]
    #[must_use]
    pub fn now(&self) -> u64 {
        match &self.0 {
            Source::Machine(machine) => machine.now(),
            Source::Manual(word) => word.load(Ordering::Acquire),
        }
    }

    /// Looks at the wall clock again and bends towards it; nothing for a manual clock. Off the hot path: it takes a lock
    /// that only calibrating threads take, and reads the system's clock a few times.
    pub fn recalibrate(&self) {
        if let Source::Machine(machine) = &self.0 {
            machine.recalibrate();
        }
    }

    /// What the clock stands on, for the log.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.0 {
            Source::Machine(machine) => machine.describe(),
            Source::Manual(_) => "manual".to_owned(),
        }
    }
}

impl ClockHand {
    /// Moves the clock to `ns`; a time before what it shows is ignored, the clock never goes back.
    #[inline]
    pub fn set(&mut self, ns: u64) {
        if ns > self.0.load(Ordering::Relaxed) {
            // Release: who sees this time sees what was done before it began.
            self.0.store(ns, Ordering::Release);
        }
    }
}

/// How counts become nanoseconds: `base_ns + (count - base_count) * rate / 2^32`.
#[derive(Clone, Copy, Debug)]
struct Calibration {
    base_count: u64,
    base_ns: u64,
    rate: u64,
}

impl Calibration {
    #[inline]
    fn ns_at(&self, count: u64) -> u64 {
        // Signed: another core's counter may be a little behind the base.
        let counts = i128::from(count.wrapping_sub(self.base_count) as i64);
        self.base_ns.wrapping_add_signed(((counts * i128::from(self.rate)) >> RATE_BITS) as i64)
    }
}

/// The machine's clock: a counter and how to read it.
struct Machine {
    counter: Counting,
    calibrations: Slots<Calibration>,
    /// How many calibrations there have been; the newest is one below.
    head: CachePadded<AtomicU64>,
    first: Pair,
    calibrating: Mutex<()>,
}

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
struct Pair {
    count: u64,
    wall_ns: u64,
}

impl Machine {
    fn calibrated() -> Self {
        let counter = Counting::best();
        let first = counter.pair();
        std::thread::sleep(FIRST_LOOK);
        let second = counter.pair();
        let calibrations = Slots::new(KEPT);
        calibrations
            .write(0, &Calibration { base_count: second.count, base_ns: second.wall_ns, rate: rate(first, second) });
        Self { counter, calibrations, head: CachePadded::new(AtomicU64::new(1)), first, calibrating: Mutex::new(()) }
    }

    #[inline]
    fn now(&self) -> u64 {
        let count = self.counter.read();
        self.newest().ns_at(count)
    }

    #[inline]
    fn newest(&self) -> Calibration {
        loop {
            let head = self.head.load(Ordering::Acquire);
            // Repeats only if this thread slept through `KEPT - 1` calibrations between these two lines.
            if let Found::Event(calibration) = self.calibrations.read(head - 1) {
                return calibration;
            }
        }
    }

    fn recalibrate(&self) {
        // The lock guards no data, so a panic while it was held left nothing half done.
        let _one_at_a_time = self.calibrating.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.newest();
        let pair = self.counter.pair();
        let shown_ns = old.ns_at(pair.count);
        if shown_ns.saturating_sub(old.base_ns) < LOOK_APART_NS {
            return;
        }
        let head = self.head.load(Ordering::Relaxed);
        self.calibrations.write(head, &corrected(self.first, pair, shown_ns, old));
        self.head.store(head + 1, Ordering::Release);
    }

    fn describe(&self) -> String {
        let Calibration { rate, .. } = self.newest();
        let mhz = (1_000_u128 << RATE_BITS) / u128::from(rate.max(1));
        match self.counter {
            Counting::TimeStamp => format!("time stamp counter at {mhz} MHz, calibrated against the wall clock"),
            Counting::Monotonic(_) => "monotonic clock of the system (no invariant time stamp counter)".to_owned(),
        }
    }
}

/// Nanoseconds a count, in fixed point.
fn rate(from: Pair, to: Pair) -> u64 {
    let ns = u128::from(to.wall_ns.saturating_sub(from.wall_ns).max(1));
    let counts = u128::from(to.count.saturating_sub(from.count).max(1));
    ((ns << RATE_BITS) / counts) as u64
}

/// The next calibration: goes on from what is shown now, at the rate measured since the first look, bent so that the
/// difference from the wall clock vanishes.
fn corrected(first: Pair, now: Pair, shown_ns: u64, old: Calibration) -> Calibration {
    let ahead_ns = shown_ns.wrapping_sub(now.wall_ns) as i64;
    if ahead_ns.abs() > STEP_NS {
        // The wall clock was set, so the rate since the first look would be nonsense.
        return Calibration { base_count: now.count, base_ns: now.wall_ns, rate: old.rate };
    }
    let measured = rate(first, now);
    let true_rate = if is_near(measured, old.rate) { measured } else { old.rate };
    let bend_ppb = (-ahead_ns * BILLION / BEND_OVER_NS).clamp(-BEND_MAX_PPM * 1_000, BEND_MAX_PPM * 1_000);
    let bent = i128::from(true_rate) * i128::from(BILLION + bend_ppb) / i128::from(BILLION);
    Calibration { base_count: now.count, base_ns: shown_ns, rate: bent as u64 }
}

/// Whether two rates differ by less than the bend and the first look's error can explain; after the wall clock was set
/// once, the rate measured since the first look never does.
fn is_near(measured: u64, old: u64) -> bool {
    measured.abs_diff(old) < old / 1_000_000 * (2 * BEND_MAX_PPM as u64)
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum Counting {
    /// The processor's time stamp counter.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only this processor has one we read"))]
    TimeStamp,
    /// Nanoseconds of the system's monotonic clock since then.
    Monotonic(Instant),
}

impl Counting {
    fn best() -> Self {
        if has_invariant_time_stamps() { Self::TimeStamp } else { Self::Monotonic(Instant::now()) }
    }

    #[inline]
    fn read(self) -> u64 {
        match self {
            Self::TimeStamp => time_stamp(),
            Self::Monotonic(since) => since.elapsed().as_nanos() as u64,
        }
    }

    /// Both clocks at one moment: the tightest of several bracketed readings.
    fn pair(self) -> Pair {
        let bracketed = || {
            let before = self.read();
            let wall_ns = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
            let width = self.read() - before;
            (width, Pair { count: before + width / 2, wall_ns })
        };
        let mut best = bracketed();
        for _ in 0..8 {
            let next = bracketed();
            if next.0 < best.0 {
                best = next;
            }
        }
        best.1
    }
}

#[cfg(target_arch = "x86_64")]
fn has_invariant_time_stamps() -> bool {
    use std::arch::x86_64::__cpuid;
    const ADVANCED_POWER: u32 = 0x8000_0007;
    const INVARIANT: u32 = 1 << 8;
    __cpuid(0x8000_0000).eax >= ADVANCED_POWER && __cpuid(ADVANCED_POWER).edx & INVARIANT != 0
}

#[cfg(not(target_arch = "x86_64"))]
fn has_invariant_time_stamps() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn time_stamp() -> u64 {
    // SAFETY: every x86-64 has the instruction, and we are not in an environment that forbids it (the kernel's own clock
    // uses it from the same mode). Test: `machine_clock_follows_the_wall_clock`.
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
fn time_stamp() -> u64 {
    0
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Machine(_) => f.write_str("Machine"),
            Self::Manual(word) => f.debug_tuple("Manual").field(word).finish(),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const RATE_ONE: u64 = 1 << RATE_BITS;

    #[test]
    fn manual_clock_moves_only_forward() {
        let (clock, mut hand) = Clock::manual();
        assert_eq!(clock.now(), 0);
        hand.set(50);
        let same = clock.clone();
        hand.set(40);
        assert_eq!((clock.now(), same.now()), (50, 50));
    }

    #[test]
    fn machine_clock_follows_the_wall_clock() {
        let clock = Clock::machine();
        let wall_ns = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        assert!(clock.now().abs_diff(wall_ns) < 50_000_000, "{} against {wall_ns}", clock.now());
    }

    #[test]
    fn machine_clock_never_goes_back_while_others_recalibrate() {
        let clock = Clock::machine();
        let other = clock.clone();
        let calibrating = std::thread::spawn(move || {
            for _ in 0..10 {
                std::thread::sleep(Duration::from_millis(11));
                other.recalibrate();
            }
        });
        let mut last_ns = clock.now();
        while !calibrating.is_finished() {
            let now_ns = clock.now();
            // A bend changes what is shown at its own base by rounding only: one nanosecond.
            assert!(now_ns + 1 >= last_ns, "went back {} ns", last_ns - now_ns);
            last_ns = now_ns;
        }
        calibrating.join().unwrap();
    }

    #[test]
    fn a_small_error_is_bent_away_without_a_jump() {
        let first = Pair { count: 0, wall_ns: 1_100_000_000 };
        let now = Pair { count: 1_000_000_000, wall_ns: 2_100_000_000 };
        for ahead_ns in [-90_000_000, -500, 500, 90_000_000_i64] {
            let old =
                Calibration { base_count: 0, base_ns: 1_100_000_000_u64.wrapping_add_signed(ahead_ns), rate: RATE_ONE };
            let shown_ns = old.ns_at(now.count);
            let new = corrected(first, now, shown_ns, old);
            assert_eq!(new.ns_at(now.count), shown_ns, "no jump");
            assert_eq!(new.rate < RATE_ONE, ahead_ns > 0, "slower when ahead, faster when behind");
            assert!(new.rate.abs_diff(RATE_ONE) <= RATE_ONE / 1_000_000 * BEND_MAX_PPM as u64 + 1_000, "{}", new.rate);
        }
    }

    #[test]
    fn a_wall_clock_that_was_set_is_followed_at_once() {
        let old = Calibration { base_count: 0, base_ns: 0, rate: RATE_ONE };
        let now = Pair { count: 1_000_000_000, wall_ns: 9_000_000_000 };
        let new = corrected(Pair { count: 0, wall_ns: 0 }, now, old.ns_at(now.count), old);
        assert_eq!(new.ns_at(now.count), 9_000_000_000);
        assert_eq!(new.rate, RATE_ONE, "the rate across a jump means nothing");
    }
}
