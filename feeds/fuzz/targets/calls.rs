//! A session over one instrument, and a sink that notes every call.

use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::{Lots, Nanos, Quote};
use engine_model::venue::VenueId;
use feeds::session::Session;

/// What was called, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls(pub(crate) Vec<Call>);

/// One call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Snapshot(Stamp, u64, Vec<Level>, Vec<Level>),
    Delta(Stamp, u64, Vec<Level>, Vec<Level>),
    Lost(Stamp),
    Event(MarketEvent),
}

impl MarketSink for Calls {
    fn book_snapshot(&mut self, at: Stamp, id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.0.push(Call::Snapshot(at, id, bids.to_vec(), asks.to_vec()));
        Applied::Valid
    }
    fn book_delta(&mut self, at: Stamp, id: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.0.push(Call::Delta(at, id, bids.to_vec(), asks.to_vec()));
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
    fn book_lost(&mut self, at: Stamp) {
        self.0.push(Call::Lost(at));
    }
    fn event(&mut self, event: MarketEvent) {
        self.0.push(Call::Event(event));
    }
    fn ready(&self) -> bool {
        true
    }
    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}

/// A session over one instrument that has seen nothing.
pub(crate) fn session(venue: VenueId, symbol: &str) -> Session {
    let instrument = Instrument {
        id: InstrumentId(0),
        venue,
        symbol: Name::new(symbol).expect("short"),
        base: Name::default(),
        quote: Name::default(),
        kind: ContractKind::Spot,
        grid: Grid { price_decimals: 2, tick_step: 5, qty_decimals: 3, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(i64::MAX),
        min_notional: Quote::ZERO,
    };
    Session::new(venue, &Instruments::new(vec![instrument]), 1 << 14)
}
