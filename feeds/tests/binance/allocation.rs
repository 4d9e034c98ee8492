//! Steady state costs no allocation: counted by the allocator of this test binary.

use crate::shared::shared;
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::alloc_guard::AllocGuard;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use engine_ring::stage::{Poll, Stage};
use feeds::capture::Recording;
use feeds::capture::feed::{CaptureFeed, Pace, Warm};
use feeds::metadata;
use feeds::session::Session;
use std::sync::Arc;

/// Counts what comes.
#[derive(Default)]
struct Tally(u64);

impl MarketSink for Tally {
    fn book_snapshot(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
        self.0 += 1;
        Applied::Valid
    }
    fn book_delta(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
        self.0 += 1;
        Applied::Valid
    }
    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        match message.is_snapshot {
            true => self.book_snapshot(at, message.update_id, message.bids, message.asks),
            false => self.book_delta(at, message.update_id, message.bids, message.asks),
        }
    }
    fn book_lost(&mut self, _: Stamp) {}
    fn event(&mut self, _: MarketEvent) {
        self.0 += 1;
    }
    fn ready(&self) -> bool {
        true
    }
    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}

/// Every way a message can go: in sync, kept while waiting (the file has no snapshot of its own, so the keep overflows),
/// the general way, refused.
#[test]
fn a_replay_allocates_nothing_once_it_runs() {
    let Some(root) = shared() else { return };
    for file in ["binance_usdm/hft_btcusdt_20230404.ndjson.zst", "binance_usdm/cf_20210722.ndjson.zst"] {
        let mut recording = Recording::read(&[root.join("data").join(file)]).expect("readable");
        let broken = r#"{"ts":1,"ch":"a","dir":"in","raw":"{\"e\":\"depthUpdate\",\"s\":7}"}"#;
        recording.append("broken".as_ref(), broken.as_bytes()).expect("a record");
        let instruments = metadata::infer(&recording, VenueId::BinanceUsdm);
        let session = Session::new(VenueId::BinanceUsdm, &instruments, 1 << 14);
        let (_, hand) = Clock::manual();
        let (done, recording, warm) = (StopFlag::new(), Arc::new(recording), Warm::default());
        let (name, sink, settled) = ("venue".to_owned(), Tally::default(), || true);
        let mut feed =
            CaptureFeed::new(name, recording, session, sink, Pace::Settled, settled, hand, done.clone(), warm);
        // A snapshot that names nothing is held in a buffer of its own until the first delta: before the steady state.
        while feed.position() < 400 {
            assert_eq!(feed.poll(), Poll::Worked);
        }
        let guard = AllocGuard::arm().expect("the counting allocator is this binary's");
        while feed.poll() != Poll::Idle {}
        assert_eq!(guard.disarm(), 0, "{file}");
        assert!(done.is_raised() && feed.session().counts().errors == 1);
        assert!(feed.sink().0 > 1_000, "{file}");
    }
}
