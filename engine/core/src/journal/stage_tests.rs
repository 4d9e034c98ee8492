//! How long records wait for a disk that is turned by hand.

use super::*;
use crate::config::Rings;
use crate::journal::disk::{DiskHand, LAG_MAX_NS, NewFile};
use crate::journal::kill_tests::run_of;
use crate::journal::simulated::{Faults, SimulatedDisk};
use crate::risk::test_world::World;
use crate::wiring::Wiring;
use engine_model::market::{BookState, MarketChange, Stamp};
use engine_ring::clock::ClockHand;
use engine_ring::flag::Switch;
use engine_ring::ring::Writer;

const BEGINS: u64 = 1_000_000_000;

/// A journal on a disk by hand, and a clock by hand.
struct Rig {
    stage: JournalStage,
    hand: DiskHand,
    market: Writer<MarketEvent>,
    time: ClockHand,
    now: u64,
}

impl Rig {
    /// What a run begins with is on the disk.
    fn new() -> Self {
        let (clock, mut time) = Clock::manual();
        time.set(BEGINS);
        let venue = VenueId::BinanceUsdm;
        // Others' ends are left alone: their rings are deeper than what is told here.
        let mut wiring = Wiring::new(&[venue], &Rings::default(), &[Name::Bridge]);
        let inputs = JournalInputs {
            market: wiring.market_readers(Name::Journal).expect("granted"),
            order: wiring.order().reader(Name::Journal.name()).expect("granted"),
            report: wiring.report().reader(Name::Journal.name()).expect("granted"),
        };
        let market = wiring.market_writer(venue).expect("granted");
        let prologue = Prologue { epoch: 1, ..Prologue::default() };
        let file = NewFile::on(Box::new(SimulatedDisk::new(Faults::default())), 1).expect("room");
        let (disk, hand) = Disk::by_hand(file, &prologue, clock, Switch::new()).expect("room");
        let stage = JournalStage::new(inputs, disk, &prologue, &run_of(&World::new(1)));
        let mut rig = Self { stage, hand, market, time, now: BEGINS };
        rig.poll();
        assert!(rig.hand.turn());
        rig.poll();
        assert_eq!(rig.waits_ns(), 0);
        rig
    }

    fn after(&mut self, ns: u64) {
        self.now += ns;
        self.time.set(self.now);
    }

    /// An event comes, and is written down.
    fn hear(&mut self) {
        let at = Stamp { received_at_ns: Nanos(self.now), venue: VenueId::BinanceUsdm, ..Stamp::default() };
        let event = MarketEvent { at, change: MarketChange::Book(BookState::Synced) };
        assert!(self.market.try_publish(event).is_ok());
        self.poll();
    }

    /// Until it has nothing to do, and has told how long it waits.
    fn poll(&mut self) {
        while self.stage.poll() != Poll::Idle {}
        assert_eq!(self.stage.poll(), Poll::Idle);
    }

    fn waits_ns(&self) -> u64 {
        self.stage.gauges.waits_ns(Nanos(self.now))
    }
}

#[test]
fn what_gathers_while_the_disk_is_late_is_late_from_the_moment_it_came_and_between_two_groups_too() {
    let mut rig = Rig::new();
    rig.hear();
    rig.hand.hang();
    // Two more come while it is at the first; they are not handed on before it is through.
    for _ in 0..2 {
        rig.after(LAG_MAX_NS);
        rig.hear();
    }
    assert_eq!(rig.waits_ns(), 2 * LAG_MAX_NS, "since the first");
    assert!(rig.hand.turn(), "late, but all the same");
    rig.after(1);
    assert_eq!(rig.waits_ns(), LAG_MAX_NS + 1, "since the second, though the disk is at nothing now");
    rig.poll();
    rig.after(1);
    assert_eq!(rig.waits_ns(), LAG_MAX_NS + 2, "handed on, and not begun");
    rig.hand.hang();
    rig.after(1);
    assert_eq!(rig.waits_ns(), LAG_MAX_NS + 3);
    assert!(rig.hand.turn());
    rig.poll();
    assert_eq!(rig.waits_ns(), 0, "the disk has all");
    assert_eq!(rig.stage.gauges.durable.get(), 4);
}

#[test]
fn quiet_moments_within_one_slow_sync_use_up_one_page() {
    let mut rig = Rig::new();
    rig.hear();
    rig.hand.hang();
    for _ in 0..10 * crate::journal::disk::PAGES {
        rig.after(1);
        rig.hear();
    }
    assert_eq!(rig.stage.disk.as_ref().map(|disk| disk.free.len()), Some(crate::journal::disk::PAGES - 2));
    assert!(rig.hand.turn());
    rig.poll();
    assert!(rig.hand.turn());
    assert_eq!(rig.stage.gauges.durable.get(), 2 + 10 * crate::journal::disk::PAGES as u64);
}
