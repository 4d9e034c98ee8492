//! The rings of a run, made from the table in [`topology`](crate::topology), and handed out end by end.
//!
//! Owns the ends until they are claimed. A stage asks by name; asking for an end that the table does not grant, or twice
//! for the same one, or leaving one unclaimed refuses to start.

use crate::config::Rings;
use crate::risk::Decision;
use crate::topology::{Ring, Stage, row};
use engine_model::command::Command;
use engine_model::intent::Intent;
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::venue::{Reply, Request, VenueId};
use engine_ring::claim::ClaimError;
use engine_ring::ring::{Ends, Event, Reader, Spec, Tap, Writer, ring};
use engine_ring::ring_gauges::RingGauges;
use std::sync::Arc;

/// Every ring of one run.
#[derive(Debug)]
pub struct Wiring {
    market: PerVenue<MarketEvent>,
    intent: Ends<Intent>,
    command: Ends<Command>,
    order: Ends<Decision>,
    request: PerVenue<Request>,
    reply: PerVenue<Reply>,
    report: Ends<Report>,
}

/// One ring for each venue of the run.
#[derive(Debug)]
struct PerVenue<E: Event>(Vec<(VenueId, Ends<E>)>);

impl Wiring {
    /// Makes and touches the rings of these venues. `absent` stages do not take part in this run (a replay that keeps no
    /// journal, say): their readers and taps are left out, for a gating reader that nobody polls would stop its writer.
    #[must_use]
    pub fn new(venues: &[VenueId], depths: &Rings, absent: &[Stage]) -> Self {
        let maker = Maker { depths, absent };
        Self {
            market: maker.per_venue(Ring::Market, venues),
            intent: maker.one(Ring::Intent, None),
            command: maker.one(Ring::Command, None),
            order: maker.one(Ring::Order, None),
            request: maker.per_venue(Ring::Request, venues),
            reply: maker.per_venue(Ring::Reply, venues),
            report: maker.one(Ring::Report, None),
        }
    }

    /// The venue's end of its market ring.
    pub fn market_writer(&mut self, venue: VenueId) -> Result<Writer<MarketEvent>, ClaimError> {
        self.market.of(venue).writer(row(Ring::Market).writer.name())
    }

    /// A stage's ends of all market rings.
    pub fn market_readers(&mut self, stage: Stage) -> Result<Vec<(VenueId, Reader<MarketEvent>)>, ClaimError> {
        self.market.readers(stage)
    }

    /// A stage's taps of all market rings.
    pub fn market_taps(&mut self, stage: Stage) -> Result<Vec<(VenueId, Tap<MarketEvent>)>, ClaimError> {
        self.market.0.iter_mut().map(|(venue, ends)| Ok((*venue, ends.tap(stage.name())?))).collect()
    }

    /// The ends of `intent`.
    pub fn intent(&mut self) -> &mut Ends<Intent> {
        &mut self.intent
    }

    /// The ends of `command`.
    pub fn command(&mut self) -> &mut Ends<Command> {
        &mut self.command
    }

    /// The ends of `order`.
    pub fn order(&mut self) -> &mut Ends<Decision> {
        &mut self.order
    }

    /// The ends of `report`.
    pub fn report(&mut self) -> &mut Ends<Report> {
        &mut self.report
    }

    /// Execution's ends towards all venues.
    pub fn request_writers(&mut self) -> Result<Vec<(VenueId, Writer<Request>)>, ClaimError> {
        let by = row(Ring::Request).writer.name();
        self.request.0.iter_mut().map(|(venue, ends)| Ok((*venue, ends.writer(by)?))).collect()
    }

    /// The venue's end of what is asked of it.
    pub fn request_reader(&mut self, venue: VenueId) -> Result<Reader<Request>, ClaimError> {
        self.request.of(venue).reader(Stage::Venue.name())
    }

    /// The venue's end of its answers.
    pub fn reply_writer(&mut self, venue: VenueId) -> Result<Writer<Reply>, ClaimError> {
        self.reply.of(venue).writer(row(Ring::Reply).writer.name())
    }

    /// Execution's ends of all answers.
    pub fn reply_readers(&mut self) -> Result<Vec<(VenueId, Reader<Reply>)>, ClaimError> {
        self.reply.readers(Stage::Execution)
    }

    /// The positions of every ring, in the order of the table.
    #[must_use]
    pub fn gauges(&self) -> Vec<Arc<RingGauges>> {
        let mut all: Vec<_> = self.market.gauges().collect();
        all.extend([self.intent.gauges(), self.command.gauges(), self.order.gauges()]);
        all.extend(self.request.gauges());
        all.extend(self.reply.gauges());
        all.push(self.report.gauges());
        all
    }

    /// The ends that nobody claimed; a run whose list is not empty must not start.
    #[must_use]
    pub fn unclaimed(&self) -> Vec<String> {
        let mut all: Vec<String> = self.market.unclaimed().collect();
        all.extend(self.intent.unclaimed());
        all.extend(self.command.unclaimed());
        all.extend(self.order.unclaimed());
        all.extend(self.request.unclaimed());
        all.extend(self.reply.unclaimed());
        all.extend(self.report.unclaimed());
        all
    }
}

impl<E: Event> PerVenue<E> {
    fn of(&mut self, venue: VenueId) -> &mut Ends<E> {
        let found = self.0.iter_mut().find(|(v, _)| *v == venue);
        let Some((_, ends)) = found else { panic!("{} takes no part in this run", venue.name()) };
        ends
    }

    fn readers(&mut self, stage: Stage) -> Result<Vec<(VenueId, Reader<E>)>, ClaimError> {
        self.0.iter_mut().map(|(venue, ends)| Ok((*venue, ends.reader(stage.name())?))).collect()
    }

    fn gauges(&self) -> impl Iterator<Item = Arc<RingGauges>> + '_ {
        self.0.iter().map(|(_, ends)| ends.gauges())
    }

    fn unclaimed(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().flat_map(|(_, ends)| ends.unclaimed())
    }
}

/// What all rings of a run have in common.
struct Maker<'a> {
    depths: &'a Rings,
    absent: &'a [Stage],
}

impl Maker<'_> {
    fn per_venue<E: Event>(&self, name: Ring, venues: &[VenueId]) -> PerVenue<E> {
        PerVenue(venues.iter().map(|venue| (*venue, self.one(name, Some(*venue)))).collect())
    }

    fn one<E: Event>(&self, name: Ring, venue: Option<VenueId>) -> Ends<E> {
        let row = row(name);
        let full_name = match venue {
            Some(venue) => format!("{name}.{}", venue.name()),
            None => name.name().to_owned(),
        };
        ring(&Spec {
            name: &full_name,
            depth: self.depths.depth(name),
            readers: &self.present(row.gating),
            taps: &self.present(row.lossy),
        })
    }

    fn present(&self, stages: &[Stage]) -> Vec<&'static str> {
        stages.iter().filter(|stage| !self.absent.contains(stage)).map(|stage| stage.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_a_forgotten_end_says_which() {
        let mut wiring = Wiring::new(&[VenueId::BinanceSpot], &Rings::default(), &[Stage::Journal, Stage::Bridge]);
        let _intents = wiring.intent().writer("strategy");
        let left = wiring.unclaimed();
        assert!(left.contains(&"reader `risk` of ring `market.binance-spot`".to_owned()), "{left:?}");
        assert!(!left.iter().any(|end| end.contains("journal") || end.contains("tap")), "{left:?}");
        assert!(!left.contains(&"writer of ring `intent`".to_owned()), "{left:?}");
    }

    #[test]
    fn an_end_is_granted_once_and_only_to_whom_the_table_names() {
        let mut wiring = Wiring::new(&[VenueId::BinanceSpot], &Rings::default(), &[]);
        assert!(wiring.order().reader(Stage::Execution.name()).is_ok());
        assert!(wiring.order().reader(Stage::Execution.name()).is_err());
        assert!(wiring.order().reader(Stage::Strategy.name()).is_err());
    }
}
