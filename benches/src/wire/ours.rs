//! Our whole live path on one thread, in the inline layout: feed and gateway with their sockets, books, strategy, risk,
//! execution.
//!
//! Owns the wiring, and the time of events: see [`Stepped`]. Never: a stage made for the bench.

use super::{Address, Answerer};
use crate::engine::{self, FRAME_STEP_NS, HEAD_START_NS, Slow, VENUE, instrument};
use crate::error::BenchError;
use engine_core::config::Rings;
use engine_core::market::Market;
use engine_core::wiring::Wiring;
use engine_model::instrument::Instruments;
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::Nanos;
use engine_ring::Crank;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use engine_ring::stage::{Poll, Stage};
use feeds::gateway::desk::GatewaySettings;
use feeds::gateway::key::{Key, Secret};
use feeds::live::feed::VenueFeed;
use feeds::live::plan::{Channel, Urls};
use feeds::live::settings::FeedSettings;
use std::sync::Arc;

/// Logs the line on, so that orders are not signed each: the venue's own way for who is in a hurry. A key that was made up
/// here and opens nothing.
const KEY: (&str, &str) = (
    "ringside-bench",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHJpbmdzaWRlIGJlbmNoOiBhIGtleSBmb3Igbm9ib2R5\n-----END PRIVATE KEY-----\n",
);
/// No account may send so many orders in ten seconds; the question here is how long one takes.
const ORDERS_A_WINDOW: u32 = 1_000_000;
/// From subscribing to the snapshot: frames of a loopback are not under way for long.
const SNAPSHOT_AFTER_NS: u64 = 10_000_000;

/// Our side.
pub(super) struct Ours {
    crank: Crank,
    slow: Slow,
}

impl Answerer for Ours {
    const NAME: &'static str = "ringside";

    fn open(venue: &Address) -> Result<Self, BenchError> {
        let instruments = Arc::new(Instruments::new(vec![instrument()]));
        let clock = Clock::machine();
        let mut wiring = Wiring::new(&[VENUE], &Rings::default(), &[]);
        let stages: Vec<Box<dyn Stage>> = vec![
            Box::new(feed(venue, &instruments, &mut wiring, &clock)?),
            Box::new(engine::strategy(&instruments, &mut wiring, &clock)?),
            Box::new(engine::risk(&instruments, &mut wiring, &clock)?),
            Box::new(engine::execution(&instruments, &mut wiring, &clock)?),
        ];
        let slow = Slow::claim(&mut wiring)?;
        Ok(Self { crank: Crank::new(stages), slow })
    }

    fn answer(mut self, is_over: &StopFlag) -> Result<(), BenchError> {
        self.crank.start();
        while !is_over.is_raised() {
            if self.crank.turn() == Poll::Idle {
                self.slow.drain();
            }
        }
        Ok(())
    }
}

/// The venue's stage as a live run has it.
fn feed(
    venue: &Address,
    instruments: &Arc<Instruments>,
    wiring: &mut Wiring,
    clock: &Clock,
) -> Result<VenueFeed<Stepped>, BenchError> {
    let (market, _images) = Market::new(VENUE, instruments, wiring.market_writer(VENUE)?);
    let settings = FeedSettings {
        urls: Urls::of(VENUE, &venue.rest_url(), &venue.ws_url()),
        channels: vec![Channel::Book],
        snapshot_after_ns: SNAPSHOT_AFTER_NS,
        ..FeedSettings::new(VENUE, 1)
    };
    let mut feed = VenueFeed::new(settings, instruments, Stepped { market, ahead_ns: HEAD_START_NS }, clock.clone())?;
    let key = Key { id: Secret::new(KEY.0), secret: Secret::new(KEY.1), passphrase: None };
    let settings = GatewaySettings {
        rest_url: Some(venue.rest_url()),
        ws_url: Some(venue.ws_url()),
        orders: Some(ORDERS_A_WINDOW),
        ..GatewaySettings::new(VENUE, 1, 1)
    };
    let ends = (wiring.request_reader(VENUE)?, wiring.reply_writer(VENUE)?);
    feed.trade(&settings, &key, instruments, ends)?;
    Ok(feed)
}

/// The books, with event time a millisecond on with every change: the strategy rests so long after each order, and would
/// else answer only every tenth frame.
struct Stepped {
    market: Market,
    ahead_ns: u64,
}

impl Stepped {
    fn ahead(&self, at: Stamp) -> Stamp {
        Stamp { received_at_ns: at.received_at_ns.plus(self.ahead_ns), ..at }
    }
}

impl MarketSink for Stepped {
    fn book_snapshot(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.market.book_snapshot(self.ahead(at), update_id, bids, asks)
    }

    #[inline]
    fn book_delta(&mut self, at: Stamp, update_id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.ahead_ns += FRAME_STEP_NS;
        self.market.book_delta(self.ahead(at), update_id, bids, asks)
    }

    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        holds: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        self.market.book_verified(self.ahead(at), message, holds)
    }

    fn book_lost(&mut self, at: Stamp) {
        self.market.book_lost(self.ahead(at));
    }

    fn event(&mut self, mut event: MarketEvent) {
        event.at = self.ahead(event.at);
        self.market.event(event);
    }

    #[inline]
    fn ready(&self) -> bool {
        self.market.ready()
    }

    #[inline]
    fn turn(&mut self, now: Nanos) -> bool {
        self.market.turn(now.plus(self.ahead_ns))
    }
}
