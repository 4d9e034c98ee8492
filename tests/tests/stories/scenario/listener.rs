//! The strategy of a scenario: reads as the strategy stage would, lets the desk have its turns, and keeps what it was told.

use super::told::{self, Names};
use engine_core::risk::{Decision, DecisionKind};
use engine_core::strategy::context::Context;
use engine_core::strategy::seat::{Floor, Seat};
use engine_core::topology::Stage as Place;
use engine_model::closeout::{Closeout, shares};
use engine_model::instrument::Instruments;
use engine_model::market::MarketEvent;
use engine_model::order::{ClientOrderId, OrderEvent};
use engine_model::report::Report;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::lossy::{Tap, Tapped};
use engine_ring::ring::Reader;
use engine_ring::stage::{Poll, Stage};
use std::sync::Arc;

/// What was told, as it was heard.
#[derive(Clone, Copy, Debug)]
pub(super) enum Heard {
    Decision(Decision),
    Report(Report),
}

pub(super) struct Listener {
    pub(super) seat: Seat,
    pub(super) floor: Floor,
    pub(super) names: Names,
    pub(super) heard: Vec<Heard>,
    pub(super) markets: Vec<(VenueId, Reader<MarketEvent>)>,
    pub(super) reports: Reader<Report>,
    pub(super) decisions: Tap<Decision>,
    pub(super) instruments: Arc<Instruments>,
    pub(super) clock: Clock,
}

impl Stage for Listener {
    fn name(&self) -> &str {
        Place::Strategy.name()
    }

    fn poll(&mut self) -> Poll {
        let worked = self.on_time() | self.hear_decisions() | self.hear_reports() | self.see_markets();
        if worked { Poll::Worked } else { Poll::Idle }
    }
}

impl Listener {
    /// What the strategy may do now.
    pub(super) fn context(&mut self, now: Nanos) -> Context<'_> {
        self.floor.now = now;
        self.seat.context(&mut self.floor, now)
    }

    fn on_time(&mut self) -> bool {
        let Self { seat, floor, clock, .. } = self;
        let due = seat.desk().due_at_ns();
        floor.now = Nanos(clock.now());
        seat.on_time(floor);
        seat.desk().due_at_ns() != due
    }

    /// Nothing of the strategy follows from these: they are for the file's `expect` alone.
    fn hear_decisions(&mut self) -> bool {
        let before = self.heard.len();
        loop {
            match self.decisions.next() {
                Tapped::Event(_, decision) => self.heard.push(Heard::Decision(decision)),
                Tapped::Lapped { missed } => panic!("{missed} decisions unheard"),
                Tapped::Empty => return self.heard.len() > before,
            }
        }
    }

    fn hear_reports(&mut self) -> bool {
        let Self { reports, seat, floor, heard, .. } = self;
        let taken = reports.take(usize::MAX, |sequence, report| {
            floor.seen.report = (sequence + 1) as u32;
            if let OrderEvent::Steered(_) = report.event {
                return; // a word to desks, of no order: the command itself was told
            }
            heard.push(Heard::Report(*report));
            match report.event {
                OrderEvent::ClosedOut(closeout) => close_out(seat, floor, report, &closeout),
                _ => seat.on_report(floor, report),
            }
        });
        taken > 0
    }

    fn see_markets(&mut self) -> bool {
        let Self { markets, instruments, seat, floor, .. } = self;
        let mut taken = 0;
        for (venue, market) in markets {
            let slot = instruments.slot(*venue);
            taken += market.take(usize::MAX, |sequence, event| {
                floor.seen.market[slot] = (sequence + 1) as u32;
                floor.fold(event);
                let prices = floor.prices(event);
                seat.on_market(floor, &prices, event);
            });
        }
        taken > 0
    }

    /// What was heard since it was asked last, in words; by a report stands whose it is.
    pub(super) fn tell(&mut self) -> Vec<(Option<ClientOrderId>, String)> {
        let Self { heard, names, instruments, .. } = self;
        // Whoever hears a report before the decision that it follows from learns a slice's name late.
        for heard in heard.iter() {
            match heard {
                Heard::Decision(Decision { what: DecisionKind::Submit(order), .. }) => names.give_to_slice(order),
                Heard::Decision(Decision { what: DecisionKind::Denied(denial), .. }) => {
                    names.give_to_slice(&denial.order);
                }
                Heard::Decision(_) | Heard::Report(_) => {}
            }
        }
        let told = heard.drain(..).filter_map(|heard| match heard {
            Heard::Decision(decision) => Some((None, told::decision(names, instruments, &decision)?)),
            Heard::Report(report) => Some((Some(report.client_order_id), told::report(names, instruments, &report)?)),
        });
        told.collect()
    }
}

/// There is one strategy: what the venue closed was its, as far as it held it.
fn close_out(seat: &mut Seat, floor: &mut Floor, report: &Report, closeout: &Closeout) {
    let held = std::iter::once(seat.account().position(report.instrument).0);
    let mut own = 0;
    shares(report.side.sign() * closeout.qty.0, held, |_, part| own = part);
    if own != 0 {
        seat.closed_out(floor, report, closeout, own);
    }
}
