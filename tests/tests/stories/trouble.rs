//! Troubles that all venues have alike, told once. With what a story begins, and what is a venue's own, stands in the venue's
//! file.

use crate::simulated::{MS, Story};
use feeds::live::gauges::FeedState;
use feeds::live::settings::{FeedSettings, LinePolicy};
use std::time::Duration;
use tests_venue::Fault;

/// A line that says nothing for so many milliseconds is given up.
pub(crate) fn silent_after(ms: u64) -> impl FnOnce(&mut FeedSettings) {
    move |settings| settings.line = LinePolicy { silent_after_ns: ms * MS, ..settings.line }
}

impl Story {
    /// Every book has come.
    pub(crate) fn synced(mut self) -> Self {
        self.until_state(FeedState::Synced);
        self
    }

    /// So many of each instrument.
    pub(crate) fn each(&self, count: u64) -> Vec<u64> {
        vec![count; self.symbols.len()]
    }

    /// Nothing goes wrong for so many milliseconds: each of so many books came once, and is true.
    pub(crate) fn goes_untroubled(self, instruments: usize, ms: u64) -> Self {
        let mut story = self.synced();
        story.run_for(Duration::from_millis(ms));
        story.check_books();
        assert_eq!(
            (story.counts(), story.lost(), story.snapshots()),
            ([0; 4], vec![0; instruments], vec![1; instruments])
        );
        story
    }

    /// A fault hits one book, which comes back at once while the others are not touched.
    pub(crate) fn one_book_is_hit(self, fault: fn(String) -> Fault, hit: usize) -> Self {
        let mut story = self.synced();
        story.run_for(Duration::from_millis(300));
        story.exchange().inject(fault(story.symbols[hit].clone()));
        story.until("the loss", |story| story.kept()[hit].lost == 1);
        story.until("the resync", |story| story.kept()[hit].snapshots == 2);
        story.until_state(FeedState::Synced);
        story.run_for(Duration::from_millis(700));
        story.check_books();
        assert_eq!((story.lost(), story.snapshots()), (story.all_but(0, hit, 1), story.all_but(1, hit, 2)));
        story
    }

    /// The same by a hole that the numbers of the messages tell of.
    pub(crate) fn one_book_has_a_gap(self, fault: fn(String) -> Fault, hit: usize) {
        let story = self.one_book_is_hit(fault, hit);
        assert_eq!(story.counts(), [1, 1, 0, 0]);
        let gaps: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.gaps.get()).collect();
        assert_eq!(gaps, story.all_but(0, hit, 1));
    }

    /// The same by a checksum that does not hold.
    pub(crate) fn one_book_is_refuted(self, fault: fn(String) -> Fault, hit: usize) {
        let story = self.one_book_is_hit(fault, hit);
        assert_eq!((story.counts(), story.feed.session().counts().checksum_failed), ([0, 1, 0, 0], 1));
        let refuted: Vec<u64> = story.gauges.instruments().iter().map(|gauges| gauges.checksum_failed.get()).collect();
        assert_eq!(refuted, story.all_but(0, hit, 1));
    }

    /// A change of each book comes twice, and then something that is no frame at all: nothing is lost.
    pub(crate) fn hears_doubles_and_garbage(self, sockets: u64) {
        let mut story = self.synced();
        for symbol in story.symbols.clone() {
            story.exchange().inject(Fault::RepeatNextDelta(symbol));
        }
        story.run_for(Duration::from_millis(700));
        assert_eq!(story.counts(), [0; 4]);
        story.exchange().inject(Fault::Garbage("<html>502 Bad Gateway</html>".into()));
        story.until("the error", |story| story.counts()[2] >= 1);
        story.run_for(Duration::from_millis(500));
        story.check_books();
        let [gaps, resyncs, errors, broken] = story.counts();
        assert_eq!((gaps, resyncs, broken, story.lost()), (0, 0, 0, story.each(0)));
        // It goes before the next frame, and a frame may be for one socket only.
        assert!((1..=sockets).contains(&errors), "{errors} errors");
        assert_eq!(story.feed.session().counts().checksum_failed, 0);
    }

    /// Every connection is cut, twice: each is dialled again, and every book comes back.
    pub(crate) fn bears_two_cuts(self, sockets: u64) -> Self {
        let mut story = self.synced();
        for round in 1..=2 {
            story.run_for(Duration::from_millis(200));
            story.exchange().inject(Fault::Disconnect);
            story.until("the loss", |story| story.lost() == story.each(round));
            story.until_state(FeedState::Synced);
        }
        story.check_books();
        // Quiet markets take their time: a trade before a cut and one behind it are what is looked at.
        story.until("a second trade of each", |story| story.kept().iter().all(|kept| kept.trades.len() > 1));
        let [gaps, _, errors, broken] = story.counts();
        assert_eq!((gaps, errors, broken, story.gauges.reconnects.get()), (0, 0, 2 * sockets, 2 * sockets));
        story
    }

    /// The venue says nothing any more, though its connections stand. Begun with [`silent_after`] as long.
    pub(crate) fn falls_silent(self, silent_after_ms: u64) {
        let mut story = self.synced();
        story.exchange().inject(Fault::Stall(Duration::from_millis(silent_after_ms * 9 / 4)));
        story.until("the loss", |story| story.lost().iter().all(|lost| *lost >= 1));
        assert!(story.gauges.state.get() > FeedState::Synced);
        story.until_state(FeedState::Synced);
        story.check_books();
        let (gaps, refuted) = (story.counts()[0], story.feed.session().counts().checksum_failed);
        assert_eq!((gaps, refuted), (0, 0), "silence is neither a gap nor a wrong checksum");
    }

    /// Nothing happens at the venue for so long: its books are as good as before. Begun by [`Story::begin_quiet`].
    pub(crate) fn stays_quiet(self, time: Duration) {
        let mut story = self.synced();
        story.run_for(time);
        story.check_books();
        let expected = ([0; 4], story.each(0), story.each(1));
        assert_eq!((story.counts(), story.lost(), story.snapshots()), expected);
    }

    /// The venue is gone for good. It is as bad as its worst line; the others have waits of their own.
    pub(crate) fn goes_away(self) {
        let mut story = self.synced();
        story.exchange.take().expect("running").stop();
        story.until("the loss", |story| story.lost() == story.each(1));
        story.until("connecting or worse", |story| story.gauges.state.get() >= FeedState::Connecting);
        story.until_state(FeedState::Dead);
        let is_dead =
            |story: &Self| story.gauges.instruments().iter().all(|gauges| gauges.state.get() == FeedState::Dead);
        story.until("every instrument dead", is_dead);
    }
}
