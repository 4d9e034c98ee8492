//! What the sentinel sees in the page, and when it is an alarm.
//!
//! Owns: the judgement. Time is handed in. A sentinel that was itself held up does not count that time against the engine:
//! when the machine stood still, both did.

use engine_ring::pulse::{BEATS_MAX, Fact, Life, Pulse};
use std::fmt;
use std::time::{Duration, Instant};

/// Between two looks.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Of the time between two looks no more counts than this, however long it was.
const COUNTED_MAX: Duration = Duration::from_millis(200);
/// An orderly end may take so long: open orders are waited for, a journal is written.
const CLOSES_WITHIN: Duration = Duration::from_secs(60);

/// What a look finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It lives and beats, or its alarm was given.
    Well,
    /// It ended in order.
    Over,
    /// To be withdrawn.
    Alarm(Alarm),
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// Its process is gone, and did not say that it would go.
    Gone,
    /// A thread does not beat any more.
    Still { thread: usize, for_: Duration },
    /// Its end does not come to an end.
    NeverEnds,
    /// Somebody threw the kill word.
    Killed,
}

impl Alarm {
    /// Nothing is left to watch behind it.
    pub(super) const fn is_last(self) -> bool {
        matches!(self, Self::Gone)
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("is gone"),
            Self::Still { thread, for_ } => write!(f, "stands still (thread {thread} for {} ms)", for_.as_millis()),
            Self::NeverEnds => write!(f, "does not end within {} s", CLOSES_WITHIN.as_secs()),
            Self::Killed => f.write_str("was killed"),
        }
    }
}

/// The watch.
pub(super) struct Watch {
    still_after: Duration,
    looked_at: Instant,
    beats: [u64; BEATS_MAX],
    still_for: [Duration; BEATS_MAX],
    closing_for: Duration,
    /// An alarm was given: the next one is that the process is gone.
    has_alarmed: bool,
}

impl Watch {
    pub(super) fn new(still_after: Duration, now: Instant) -> Self {
        let (beats, still_for) = ([0; BEATS_MAX], [Duration::ZERO; BEATS_MAX]);
        Self { still_after, looked_at: now, beats, still_for, closing_for: Duration::ZERO, has_alarmed: false }
    }

    /// A look at the page.
    pub(super) fn look(&mut self, pulse: &Pulse, now: Instant) -> Finding {
        let passed = now.saturating_duration_since(self.looked_at).min(COUNTED_MAX);
        self.looked_at = now;
        let life = pulse.life();
        if life == Life::Ended {
            return Finding::Over;
        }
        if !pulse.is_owned() {
            // It may have ended between the two.
            return if pulse.life() == Life::Ended { Finding::Over } else { Finding::Alarm(Alarm::Gone) };
        }
        let alarm = self.alarm(pulse, life, passed).filter(|_| !self.has_alarmed);
        self.has_alarmed |= alarm.is_some();
        alarm.map_or(Finding::Well, Finding::Alarm)
    }

    fn alarm(&mut self, pulse: &Pulse, life: Life, passed: Duration) -> Option<Alarm> {
        if pulse.is_killed() {
            return Some(Alarm::Killed);
        }
        match life {
            Life::Starting | Life::Ended => None,
            Life::Running => self.still(pulse, passed),
            Life::Closing => self.closing(passed).or_else(|| self.still(pulse, passed)),
            Life::Stopping => self.closing(passed),
        }
    }

    fn closing(&mut self, passed: Duration) -> Option<Alarm> {
        self.closing_for += passed;
        (self.closing_for > CLOSES_WITHIN).then_some(Alarm::NeverEnds)
    }

    fn still(&mut self, pulse: &Pulse, passed: Duration) -> Option<Alarm> {
        let beats = pulse.beats();
        let threads = usize::try_from(pulse.get(Fact::Threads)).map_or(BEATS_MAX, |threads| threads.min(BEATS_MAX));
        for (still_for, (now, before)) in self.still_for.iter_mut().zip(beats.iter().zip(&self.beats)) {
            *still_for = if now == before { *still_for + passed } else { Duration::ZERO };
        }
        self.beats = beats;
        let thread = (0..threads).find(|thread| self.still_for[*thread] >= self.still_after)?;
        Some(Alarm::Still { thread, for_: self.still_for[thread] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sentinel::watch::Finding::{Alarm as Alarmed, Over, Well};
    use engine_ring::pulse::Beat;
    use std::path::PathBuf;
    use std::sync::Arc;

    const STILL_AFTER: Duration = Duration::from_millis(1_000);

    /// An engine of two threads on a page of its own, and who watches it.
    struct Scene {
        own: Arc<Pulse>,
        seen: Pulse,
        beats: Vec<Beat>,
        watch: Watch,
        now: Instant,
        folder: PathBuf,
    }

    impl Scene {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("sentinel-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder");
            let own = Arc::new(Pulse::create(&folder, 1, 0).expect("a page"));
            let seen = Pulse::open(own.path()).expect("the page");
            own.set(Fact::Threads, 2);
            own.set_life(Life::Running);
            let beats = (0..2).filter_map(|index| own.beat(index)).collect();
            let now = Instant::now();
            Self { own, seen, beats, watch: Watch::new(STILL_AFTER, now), now, folder }
        }

        /// Looks each 20 ms for so long, while these threads beat. The first finding that is not [`Well`], and when.
        fn pass(&mut self, ms: u64, beating: &[usize]) -> (Finding, u64) {
            for at in (20..=ms).step_by(20) {
                beating.iter().for_each(|index| self.beats[*index].beat());
                self.now += LOOK_EVERY;
                match self.watch.look(&self.seen, self.now) {
                    Well => {}
                    finding => return (finding, at),
                }
            }
            (Well, ms)
        }
    }

    impl Drop for Scene {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn a_thread_that_stands_still_is_an_alarm_once_whichever_it_is() {
        for (thread, beating) in [(0, 1), (1, 0)] {
            let mut scene = Scene::new(&format!("still-{thread}"));
            assert_eq!(scene.pass(5_000, &[0, 1]), (Well, 5_000));
            let (finding, at) = scene.pass(5_000, &[beating]);
            assert_eq!((finding, at), (Alarmed(Alarm::Still { thread, for_: STILL_AFTER }), 1_000));
            assert_eq!(scene.pass(5_000, &[beating]).0, Well, "told once");
        }
    }

    #[test]
    fn a_machine_that_stood_still_is_not_held_against_the_engine() {
        let mut scene = Scene::new("machine");
        scene.pass(100, &[0, 1]);
        scene.now += Duration::from_secs(3_600);
        assert_eq!(scene.watch.look(&scene.seen, scene.now), Well);
        assert_eq!(scene.pass(5_000, &[0, 1]), (Well, 5_000));
    }

    #[test]
    fn killed_is_an_alarm_and_so_is_an_end_that_does_not_come() {
        let mut scene = Scene::new("killed");
        scene.own.kill().set(true);
        assert_eq!(scene.pass(100, &[0, 1]), (Alarmed(Alarm::Killed), 20));
        let mut scene = Scene::new("closing");
        scene.own.set_life(Life::Closing);
        assert_eq!(scene.pass(30_000, &[0, 1]), (Well, 30_000), "open orders are waited for");
        scene.own.set_life(Life::Stopping);
        assert_eq!(scene.pass(29_000, &[]), (Well, 29_000), "threads stop one by one");
        assert_eq!(scene.pass(5_000, &[]).0, Alarmed(Alarm::NeverEnds));
        scene.own.set_life(Life::Ended);
        assert_eq!(scene.pass(20, &[]), (Over, 20));
    }

    #[test]
    fn an_engine_that_freezes_while_it_ends_is_still() {
        let mut scene = Scene::new("frozen-end");
        scene.pass(100, &[0, 1]);
        scene.own.set_life(Life::Closing);
        scene.pass(100, &[0, 1]);
        assert_eq!(scene.pass(5_000, &[1]), (Alarmed(Alarm::Still { thread: 0, for_: STILL_AFTER }), 1_000));
    }

    #[test]
    fn who_starts_is_not_still_and_who_goes_without_a_word_is_gone() {
        let mut scene = Scene::new("gone");
        scene.own.set_life(Life::Starting);
        assert_eq!(scene.pass(30_000, &[]), (Well, 30_000));
        scene.own.set_life(Life::Running);
        scene.beats.clear();
        // The lock goes with its last handle, as with a process.
        let elsewhere = scene.folder.join("elsewhere");
        std::fs::create_dir_all(&elsewhere).expect("a folder");
        scene.own = Arc::new(Pulse::create(&elsewhere, 1, 0).expect("a page"));
        assert_eq!(scene.pass(20, &[]), (Alarmed(Alarm::Gone), 20));
    }
}
