//! Nanoseconds since the epoch: from the machine, or from a hand.
//!
//! Owns the one clock the engine knows, handed in wherever time is needed, so that a replay can hold it. The machine's
//! clock is the processor's time stamp counter where that is invariant (9 ns a reading), else the system's monotonic clock
//! (25 ns); both are calibrated against the wall clock at first use and, off the hot path, whenever somebody calls
//! [`Clock::recalibrate`] (once a second is plenty).
//!
//! Never jumps after the start: a correction bends the rate by at most [`BEND_MAX_PPM`], also when the wall clock itself
//! was set by more than [`STEP_NS`]. Whoever reckons with spans of time (timers, rates, ages) would stand still for as long
//! as the clock went back. Never waits for the thread that calibrates: readers copy from a ring of calibrations.

use crate::counter::CachePadded;
use crate::slots::{Found, Slots};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Corrections up to this many parts per million; a wall clock disciplined by the network moves by fewer than 500.
pub const BEND_MAX_PPM: i64 = 1_000;
/// What the wall clock went further (or less far) than we between two looks, beyond this, is not drift: it was set.
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
    ///
    /// Says by how many nanoseconds the wall clock was set since the last look, if it was: a person should know, because
    /// the clock follows at [`BEND_MAX_PPM`] only, 1 s in 17 minutes.
    pub fn recalibrate(&self) -> Option<i64> {
        match &self.0 {
            Source::Machine(machine) => machine.recalibrate(),
            Source::Manual(_) => None,
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
    looks: Mutex<Looks>,
}

/// What is known of the counter and the wall clock, for whoever calibrates.
#[derive(Clone, Copy, Debug)]
struct Looks {
    /// The first look, moved along with the wall clock when that was set.
    first: Pair,
    last: Pair,
    /// As measured, without any bend.
    rate: u64,
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
        let looks = Mutex::new(Looks { first, last: second, rate: rate(first, second) });
        Self { counter, calibrations, head: CachePadded::new(AtomicU64::new(1)), looks }
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

    fn recalibrate(&self) -> Option<i64> {
        // Every look leaves it whole, so a panic while it was held left nothing half done.
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.newest();
        let now = self.counter.pair();
        let shown_ns = old.ns_at(now.count);
        if shown_ns.saturating_sub(old.base_ns) < LOOK_APART_NS {
            return None;
        }
        let set_by_ns = looks.look(now);
        let head = self.head.load(Ordering::Relaxed);
        self.calibrations.write(head, &bent(now, shown_ns, looks.rate));
        self.head.store(head + 1, Ordering::Release);
        set_by_ns
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

impl Looks {
    /// Takes in one more look. By how much the wall clock was set since the last one, if it was.
    fn look(&mut self, now: Pair) -> Option<i64> {
        let counts = now.count.saturating_sub(self.last.count);
        let went_ns = ((u128::from(counts) * u128::from(self.rate)) >> RATE_BITS) as u64;
        let set_by_ns = now.wall_ns.wrapping_sub(self.last.wall_ns.wrapping_add(went_ns)) as i64;
        let was_set = set_by_ns.unsigned_abs() > STEP_NS.unsigned_abs();
        if was_set {
            // A rate measured across a clock that was set would be nonsense.
            self.first.wall_ns = self.first.wall_ns.wrapping_add_signed(set_by_ns);
        }
        self.last = now;
        let measured = rate(self.first, now);
        if is_near(measured, self.rate) {
            self.rate = measured;
        }
        was_set.then_some(set_by_ns)
    }
}

/// The next calibration: goes on from what is shown now, at the rate measured, bent so that the difference from the wall
/// clock vanishes; slowly, if it is large.
fn bent(now: Pair, shown_ns: u64, true_rate: u64) -> Calibration {
    // Beyond a step the bend is at its most anyhow.
    let ahead_ns = (shown_ns.wrapping_sub(now.wall_ns) as i64).clamp(-STEP_NS, STEP_NS);
    let bend_ppb = (-ahead_ns * BILLION / BEND_OVER_NS).clamp(-BEND_MAX_PPM * 1_000, BEND_MAX_PPM * 1_000);
    let rate = i128::from(true_rate) * i128::from(BILLION + bend_ppb) / i128::from(BILLION);
    Calibration { base_count: now.count, base_ns: shown_ns, rate: rate as u64 }
}

/// Whether two rates differ by less than the first look's error and a wall clock that is slewed can explain.
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
            let mut looks = Looks { first, last: first, rate: RATE_ONE };
            assert_eq!(looks.look(now), None, "nobody set anything");
            let new = bent(now, shown_ns, looks.rate);
            assert_eq!(new.ns_at(now.count), shown_ns, "no jump");
            assert_eq!(new.rate < RATE_ONE, ahead_ns > 0, "slower when ahead, faster when behind");
            assert!(new.rate.abs_diff(RATE_ONE) <= RATE_ONE / 1_000_000 * BEND_MAX_PPM as u64 + 1_000, "{}", new.rate);
        }
    }

    /// A clock over a counter of nanoseconds that is looked at once a second, and a wall clock that a test may set.
    struct Bench {
        looks: Looks,
        now: Pair,
        calibration: Calibration,
    }

    impl Bench {
        fn new() -> Self {
            let now = Pair { count: 1_000, wall_ns: 1_700_000_000 * BILLION as u64 };
            let calibration = Calibration { base_count: now.count, base_ns: now.wall_ns, rate: RATE_ONE };
            Self { looks: Looks { first: now, last: now, rate: RATE_ONE }, now, calibration }
        }

        /// Lets a second pass, the wall clock moved by `set_by_ns` within it, and looks. How far the clock went, and what
        /// the look said.
        fn second(&mut self, set_by_ns: i64) -> (u64, Option<i64>) {
            let then_ns = self.calibration.ns_at(self.now.count);
            self.now.count += BILLION as u64;
            self.now.wall_ns = self.now.wall_ns.wrapping_add_signed(BILLION + set_by_ns);
            let said = self.looks.look(self.now);
            self.calibration = bent(self.now, self.calibration.ns_at(self.now.count), self.looks.rate);
            (self.calibration.ns_at(self.now.count).wrapping_sub(then_ns), said)
        }

        fn ahead_ns(&self) -> i64 {
            self.calibration.ns_at(self.now.count).wrapping_sub(self.now.wall_ns) as i64
        }
    }

    #[test]
    fn a_wall_clock_that_was_set_makes_the_clock_neither_jump_nor_stand() {
        for set_by_ns in [-3_600 * BILLION, -BILLION, -200_000_000, 200_000_000, BILLION, 3_600 * BILLION] {
            let mut bench = Bench::new();
            for second in 0..600 {
                let set_by_ns = if second == 10 || second == 300 { set_by_ns } else { 0 };
                let (went_ns, said) = bench.second(set_by_ns);
                assert_eq!(said, (set_by_ns != 0).then_some(set_by_ns), "second {second}");
                assert!(
                    went_ns.abs_diff(BILLION as u64) <= 1_001_000,
                    "set by {set_by_ns}: went {went_ns} in second {second}"
                );
            }
        }
    }

    #[test]
    fn a_wall_clock_that_was_set_is_followed_slowly_and_then_exactly() {
        for set_by_ns in [-BILLION, -150_000_000, 150_000_000, BILLION] {
            let mut bench = Bench::new();
            bench.second(set_by_ns);
            let seconds = set_by_ns.unsigned_abs() / (BEND_MAX_PPM as u64 * 1_000) + 30;
            for _ in 0..seconds {
                bench.second(0);
            }
            assert!(bench.ahead_ns().abs() < 1_000, "set by {set_by_ns}: {} ns ahead", bench.ahead_ns());
            assert!(bench.calibration.rate.abs_diff(RATE_ONE) < RATE_ONE / 1_000_000, "and the rate is the true one");
        }
    }
}
