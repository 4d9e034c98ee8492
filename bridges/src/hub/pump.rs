//! The pump: takes what the engine lets fall into its taps and snapshots, folds it into the image, wakes who waits.
//!
//! Inputs: a tap of each venue's `market` ring, of `order` and of `report`, a snapshot of each book, of the portfolio
//! and of latency.
//! All of them are lossy or conflated: if the pump stands still for an hour, the engine does not notice, and the pump
//! learns from the tap how much it missed.
//! Never: a gating reader; spinning. It sleeps 1 ms after a turn with work and 5 ms after one without, so it looks
//! at most 1,000 times a second.

use super::Hub;
use engine_core::risk::decision::Decision;
use engine_model::image::{BookImage, LatencyImage, PortfolioImage};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::venue::VenueId;
use engine_ring::ring::{Tap, Tapped};
use engine_ring::snapshot::SnapshotReader;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Pause after a turn with work.
const BUSY_PAUSE: Duration = Duration::from_millis(1);
/// Pause after a turn without.
const IDLE_PAUSE: Duration = Duration::from_millis(5);
/// Events taken from one tap in one turn. At ~30 ns an event a full turn holds the bridge thread for about 0.1 ms; a tap
/// that gets more than 4 M/s laps the pump, and the pump says so.
const EVENTS_PER_TURN: usize = 4_096;

/// The lossy ends of the engine's rings.
pub struct Taps {
    /// One of each venue's `market` ring.
    pub market: Vec<(VenueId, Tap<MarketEvent>)>,
    /// Of `order`.
    pub order: Tap<Decision>,
    /// Of `report`.
    pub report: Tap<Report>,
}

/// The reading ends of the engine's snapshots.
pub struct Snapshots {
    /// One for each instrument.
    pub books: Vec<(InstrumentId, SnapshotReader<BookImage>)>,
    /// Positions and money, from risk.
    pub portfolio: SnapshotReader<PortfolioImage>,
    /// Tick-to-order latency, from execution.
    pub latency: SnapshotReader<LatencyImage>,
}

/// What one turn found on the ring of decisions.
enum Decided {
    /// All that were there.
    All { any: bool },
    /// More than it takes.
    NotAll,
}

/// See the module.
pub(crate) struct Pump {
    taps: Taps,
    snapshots: Snapshots,
    instruments: Arc<Instruments>,
    hub: Arc<Hub>,
    /// Reports that are off their ring and not folded yet.
    heard: Vec<Tapped<Report>>,
    /// By instrument: changed in this turn.
    touched: Vec<bool>,
}

impl Pump {
    pub(crate) fn new(taps: Taps, snapshots: Snapshots, instruments: Arc<Instruments>, hub: Arc<Hub>) -> Self {
        let touched = vec![false; instruments.len()];
        Self { taps, snapshots, instruments, hub, heard: Vec::new(), touched }
    }

    /// Turns until told to stop.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let pause = if self.turn() { BUSY_PAUSE } else { IDLE_PAUSE };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Takes what is there. Taps before snapshots: a snapshot is never older than the events folded before it was read,
    /// so after a lap it repairs the book.
    pub(crate) fn turn(&mut self) -> bool {
        let portfolio = self.take_orders() | self.take_portfolio();
        self.take_market();
        self.take_books();
        let mut worked = portfolio;
        for (index, touched) in self.touched.iter_mut().enumerate() {
            if std::mem::take(touched) {
                self.hub.wake_market(index);
                worked = true;
            }
        }
        if portfolio {
            self.hub.wake_portfolio();
        }
        worked
    }

    fn take_market(&mut self) {
        let mut image = self.hub.image();
        for (venue, tap) in &mut self.taps.market {
            for _ in 0..EVENTS_PER_TURN {
                match tap.next() {
                    Tapped::Event(_, event) => {
                        image.take_market(&event);
                        self.touched[event.at.instrument.index()] = true;
                    }
                    Tapped::Lapped { missed } => {
                        tracing::warn!(venue = venue.name(), missed, "the pump was lapped on a market ring");
                        image.market_lapped(&self.instruments, *venue, missed);
                        for instrument in self.instruments.iter().filter(|i| i.venue == *venue) {
                            self.touched[instrument.id.index()] = true;
                        }
                    }
                    Tapped::Empty => break,
                }
            }
        }
    }

    /// Every report is folded behind the decision that led to it, as it was published behind it: reports are taken off
    /// their ring before decisions are, and wait while there are more of those than one turn takes. Else an order that is
    /// granted and over between two looks would be heard of as over first, and stand for ever.
    fn take_orders(&mut self) -> bool {
        self.hear_reports();
        match self.take_decisions() {
            Decided::All { any } => any | self.fold_reports(),
            Decided::NotAll => true,
        }
    }

    fn hear_reports(&mut self) {
        while self.heard.len() < EVENTS_PER_TURN {
            match self.taps.report.next() {
                Tapped::Empty => return,
                told => self.heard.push(told),
            }
        }
    }

    fn fold_reports(&mut self) -> bool {
        let mut image = self.hub.image();
        let any = !self.heard.is_empty();
        for told in self.heard.drain(..) {
            match told {
                Tapped::Event(sequence, report) => {
                    image.take_report(&report);
                    image.orders.heard = sequence + 1;
                }
                Tapped::Lapped { missed } => {
                    tracing::warn!(missed, "the pump was lapped on the report ring");
                    image.reports_lapped(missed);
                }
                Tapped::Empty => {}
            }
        }
        any
    }

    fn take_decisions(&mut self) -> Decided {
        let mut image = self.hub.image();
        for taken in 0..EVENTS_PER_TURN {
            match self.taps.order.next() {
                Tapped::Event(_, decision) => image.take_decision(&decision),
                Tapped::Lapped { missed } => {
                    tracing::warn!(missed, "the pump was lapped on the order ring");
                    image.decisions_lapped(missed);
                }
                Tapped::Empty => return Decided::All { any: taken > 0 },
            }
        }
        Decided::NotAll
    }

    fn take_books(&mut self) {
        let mut image = self.hub.image();
        for (id, reader) in &mut self.snapshots.books {
            if reader.fresh() {
                image.take_book(*id, reader.read());
                self.touched[id.index()] = true;
            }
        }
    }

    fn take_portfolio(&mut self) -> bool {
        let mut image = self.hub.image();
        if self.snapshots.latency.fresh() {
            image.take_latency(self.snapshots.latency.read());
        }
        let fresh = self.snapshots.portfolio.fresh();
        if fresh {
            image.take_portfolio(self.snapshots.portfolio.read());
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_core::risk::decision::DecisionKind;
    use engine_model::command::CommandKind;
    use engine_model::order::ClientOrderId;
    use engine_ring::ring::{Event, Spec, Writer, ring};
    use engine_ring::snapshot::snapshot;

    /// The far ends of a pump's rings of orders.
    struct Engine {
        order: Writer<Decision>,
        report: Writer<Report>,
    }

    /// A ring's writer, and its tap; its gating reader is not waited for while there is room.
    fn ends<E: Event>(depth: usize) -> (Writer<E>, Tap<E>) {
        let mut ends = ring(&Spec { name: "ring", depth, readers: &["reader"], taps: &["bridge"] });
        (ends.writer("engine").expect("free"), ends.tap("bridge").expect("free"))
    }

    fn pump(depth: usize) -> (Pump, Engine) {
        let ((order, order_tap), (report, report_tap)) = (ends(depth), ends(depth));
        let instruments = Arc::new(Instruments::new(Vec::new()));
        let taps = Taps { market: Vec::new(), order: order_tap, report: report_tap };
        let snapshots = Snapshots { books: Vec::new(), portfolio: snapshot().1, latency: snapshot().1 };
        let hub = Arc::new(Hub::new(&instruments, &[]));
        (Pump::new(taps, snapshots, instruments, hub), Engine { order, report })
    }

    impl Engine {
        /// A decision that can be told from others by its number.
        fn decides(&mut self, id: u64) {
            let what = DecisionKind::CommandTaken { id, what: CommandKind::CancelAll };
            self.order.try_publish(Decision { what, ..Decision::default() }).expect("room");
        }

        fn reports(&mut self, id: u64) {
            let report = Report { client_order_id: ClientOrderId(id), ..Report::default() };
            self.report.try_publish(report).expect("room");
        }
    }

    /// The newest decision that was folded, and the newest report.
    fn folded(pump: &Pump) -> (u64, u64) {
        let image = pump.hub.image();
        (image.verdicts.command_taken, image.orders.said.newest().map_or(0, |report| report.client_order_id.0))
    }

    #[test]
    fn no_report_is_folded_before_the_decision_that_led_to_it() {
        const PAIRS: u64 = 1 << 14;
        for _ in 0..16 {
            let (mut pump, mut engine) = pump(PAIRS as usize);
            let published = std::thread::spawn(move || {
                for id in 1..=PAIRS {
                    engine.decides(id);
                    engine.reports(id);
                }
            });
            while folded(&pump) != (PAIRS, PAIRS) {
                pump.turn();
                let (decided, reported) = folded(&pump);
                assert!(decided >= reported, "{reported} was reported, and decided as far as {decided}");
            }
            published.join().expect("published");
        }
    }

    #[test]
    fn reports_wait_for_decisions_that_are_more_than_one_turn_takes() {
        let (mut pump, mut engine) = pump(4 * EVENTS_PER_TURN);
        let last = EVENTS_PER_TURN as u64 + 1;
        (1..=last).for_each(|id| engine.decides(id));
        engine.reports(last);
        assert!(pump.turn());
        assert_eq!(folded(&pump), (EVENTS_PER_TURN as u64, 0));
        assert!(pump.turn());
        assert_eq!(folded(&pump), (last, last));
    }
}
