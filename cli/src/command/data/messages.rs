//! Rows out of recorded messages: through the decoders and sessions of the feeds, without a book.
//!
//! Kept are trades, the venue's own quotes and open interest, by the venue's time, where it tells one, else by the time of
//! receipt. A stream's funding rate is a forecast until it is paid, and no row of history.

use bridges::store::history::Series;
use bridges::store::history::decimal::Decimal;
use bridges::store::history::kind::Kind;
use bridges::store::history::table::{Cell, Table, TooLong};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::market::{Applied, Level, MarketChange, MarketEvent, MarketSink, Side, Stamp, VerifiedMessage};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Recording};
use feeds::metadata;
use feeds::session::Session;
use std::collections::BTreeMap;

/// Bytes for changes of a book that wait for a snapshot: nobody keeps books here.
const KEEP_BYTES: usize = 1 << 20;

/// What came of a recording.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Rows, each table in order.
    pub(super) tables: Vec<(Series, Table)>,
    /// Messages that no decoder could read.
    pub(super) errors: u64,
}

/// Reads a recording of one venue.
pub(super) fn gather(recording: &Recording, venue: VenueId) -> Result<Gathered, TooLong> {
    let instruments = metadata::infer(recording, venue);
    let mut session = Session::new(venue, &instruments, KEEP_BYTES);
    let mut sink = Sink { instruments: &instruments, tables: BTreeMap::new(), fault: None };
    let mut now = Nanos(0);
    for record in recording.iter() {
        now = now.max(Nanos(record.received_at_ns));
        match record.direction {
            Direction::Other => {}
            Direction::Open => session.on_open(record.channel, record.url.unwrap_or_default()),
            Direction::Rest => session.on_rest(record.url, record.payload, now, &mut sink),
            Direction::In => session.on_frame(record.channel, record.payload, now, &mut sink),
        }
    }
    let tables = sink.tables.into_iter().map(|((slot, kind), mut table)| {
        table.sort();
        let symbol = instruments.iter().find(|of| of.id.index() == slot).map(|of| of.symbol.as_str().to_owned());
        (Series { venue: venue.name().to_owned(), symbol: symbol.unwrap_or_default(), kind }, latest(table))
    });
    let (tables, errors) = (tables.collect(), session.counts().errors);
    sink.fault.map_or(Ok(Gathered { tables, errors }), Err)
}

/// Where there is one row of a time, the last one told.
fn latest(table: Table) -> Table {
    if table.disorder().is_none() {
        return table;
    }
    let mut out = Table::new(table.kind());
    for row in 0..table.len() {
        let is_last = table.times_ns().get(row + 1) != Some(&table.times_ns()[row]);
        // The rows have stood in a table of this kind already.
        if is_last && out.append(&table, row..row + 1).is_err() {
            return table;
        }
    }
    out
}

struct Sink<'a> {
    instruments: &'a Instruments,
    tables: BTreeMap<(usize, Kind), Table>,
    fault: Option<TooLong>,
}

impl Sink<'_> {
    fn row(&mut self, at: Stamp, kind: Kind, cells: impl IntoIterator<Item = Option<Cell>>) {
        let time = if at.venue_at_ns.0 == 0 { at.received_at_ns } else { at.venue_at_ns };
        let table = self.tables.entry((at.instrument.index(), kind)).or_insert_with(|| Table::new(kind));
        let at_ns = i64::try_from(time.0).unwrap_or(i64::MAX);
        self.fault = self.fault.or(table.push(at_ns, cells).err());
    }
}

fn price(of: &Instrument, px: Ticks) -> Option<Cell> {
    let units = i128::from(px.0) * i128::from(of.grid.tick_step);
    Some(Cell::Number(Decimal::new(units, of.grid.price_decimals)))
}

fn amount(of: &Instrument, qty: Lots) -> Option<Cell> {
    let units = i128::from(qty.0) * i128::from(of.grid.lot_step);
    Some(Cell::Number(Decimal::new(units, of.grid.qty_decimals)))
}

impl MarketSink for Sink<'_> {
    fn book_snapshot(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
        Applied::Valid
    }

    fn book_delta(&mut self, _: Stamp, _: u64, _: &[Level], _: &[Level]) -> Applied {
        Applied::Valid
    }

    fn book_verified(
        &mut self,
        _: Stamp,
        _: &VerifiedMessage<'_>,
        _: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        Applied::Valid
    }

    fn book_lost(&mut self, _: Stamp) {}

    fn event(&mut self, event: MarketEvent) {
        let of = self.instruments.get(event.at.instrument);
        match event.change {
            MarketChange::Trade { px, qty, aggressor, trade_id } => {
                let id = (trade_id != 0).then(|| Cell::Text(trade_id.to_string().into()));
                let side = if aggressor == Side::Buy { "buy" } else { "sell" };
                let side = Some(Cell::Text(side.into()));
                self.row(event.at, Kind::Trades, [id, side, price(of, px), amount(of, qty)]);
            }
            MarketChange::Quote { bid, ask } => {
                let cells = [price(of, bid.px), amount(of, bid.qty), price(of, ask.px), amount(of, ask.qty)];
                self.row(event.at, Kind::Quotes, cells);
            }
            MarketChange::OpenInterest { qty } => self.row(event.at, Kind::OpenInterest, [amount(of, qty), None]),
            _ => {}
        }
    }

    fn ready(&self) -> bool {
        true
    }

    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}
