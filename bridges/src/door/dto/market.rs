//! Books, trades, prices.

use super::{Lapped, side_name, told_ns};
use crate::desk::market as desk;
use crate::hub::image;
use crate::hub::venues::{InstrumentHealth, VenueHealth, VenueState};
use engine_model::instrument::{Grid, Instrument, Instruments};
use engine_model::market::{BookState, Level};
use engine_model::units::Nanos;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The upper part of a book: `/api/v1/market/orderbook/{symbol}`, and the `book` messages of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderBook {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// `waiting`, `synced` or `lost`; levels and prices exist only while `synced`.
    pub state: String,
    /// The venue's id of the last message applied.
    pub update_id: Option<u64>,
    /// When that message reached us.
    pub received_at_ns: Option<u64>,
    /// How long ago that was.
    pub age_ns: Option<u64>,
    /// The best prices; can be newer than the levels.
    pub top: Option<Top>,
    /// Price and quantity, best first.
    pub bids: Vec<[String; 2]>,
    /// Price and quantity, best first.
    pub asks: Vec<[String; 2]>,
}

/// The best bid and ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Top {
    /// `None`: nobody buys.
    pub bid_px: Option<String>,
    /// Quantity there.
    pub bid_qty: Option<String>,
    /// `None`: nobody sells.
    pub ask_px: Option<String>,
    /// Quantity there.
    pub ask_qty: Option<String>,
    /// (bid - ask) / (bid + ask) quantity over the best five levels, in 1/10000.
    pub imbalance_bps: Option<i16>,
    /// When the message that made it reached us.
    pub received_at_ns: u64,
}

/// `/api/v1/market/trades/{symbol}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trades {
    /// The venue's spelling.
    pub symbol: String,
    /// Where.
    pub venue: String,
    /// Oldest first.
    pub trades: Vec<Trade>,
    /// Events of the venue, of any kind, that the bridge came too late for since the start.
    pub missed: u64,
}

/// One trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trade {
    /// The venue's id.
    pub trade_id: u64,
    /// Price.
    pub px: String,
    /// Quantity.
    pub qty: String,
    /// Who crossed the spread: `BUY` or `SELL`.
    pub side: String,
    /// The venue's time.
    pub venue_at_ns: Option<u64>,
    /// When it reached us.
    pub received_at_ns: u64,
}

/// Prices beside the book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Prices {
    /// Mark price.
    pub mark_px: Option<String>,
    /// When it was told.
    pub mark_at_ns: Option<u64>,
    /// Index price.
    pub index_px: Option<String>,
    /// When it was told.
    pub index_at_ns: Option<u64>,
    /// Funding.
    pub funding: Option<Funding>,
    /// Open interest, in the instrument's own unit (coins, or contracts where the venue counts contracts).
    pub open_interest: Option<String>,
    /// When it was told.
    pub open_interest_at_ns: Option<u64>,
}

/// The funding of a perpetual contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Funding {
    /// For the running interval; 0.0001 is 0.01 %.
    pub rate: f64,
    /// When it is paid.
    pub next_at_ns: Option<u64>,
    /// Seconds from one payment to the next, as the venue says.
    pub interval_s: Option<u32>,
}

/// The answer of `/api/v1/market/venues`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Venues {
    /// Every venue of the run.
    pub venues: Vec<VenueStatus>,
    /// Those that are not in sync: what sums over venues leave out.
    pub missing: Vec<String>,
}

/// A venue and its instruments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VenueStatus {
    /// The venue as a whole.
    #[serde(flatten)]
    pub venue: super::Venue,
    /// Each of its instruments.
    pub instruments: Vec<InstrumentStatus>,
}

/// How an instrument is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstrumentStatus {
    /// The venue's spelling.
    pub symbol: String,
    /// `connecting`, `syncing`, `synced`, `gapped`, `stale` or `dead`.
    pub state: String,
    /// Since its book last changed.
    pub age_ns: Option<u64>,
    /// Times that its book was lost to a missing message.
    pub gaps: u64,
    /// Times that it came back.
    pub resyncs: u64,
    /// Times that it was lost because bid met ask.
    pub crossed: u64,
    /// Times that it was lost because a checksum did not hold.
    pub checksum_failed: u64,
    /// How far its book deserves to be believed, 0 to 100: what went wrong with it lately is taken off.
    pub score: u64,
    /// Messages a second, over the last seconds.
    pub message_rate: Option<u64>,
    /// Receive time less venue time of the quickest message of the last seconds, in µs; `null` where messages carry no time.
    pub clock_offset_us: Option<i64>,
    /// Streams that must speak and said nothing for 5 s after they were asked for.
    pub silent_streams: Vec<String>,
    /// Streams that said nothing yet, as they may while nobody trades.
    pub quiet_streams: Vec<String>,
    /// Streams that the venue said no to.
    pub rejected_streams: Vec<String>,
}

impl Venues {
    pub(crate) fn new(venues: &[VenueHealth], instruments: &Instruments, now: Nanos) -> Self {
        let is_missing = |venue: &&VenueHealth| venue.state != VenueState::Synced;
        Self {
            venues: venues.iter().map(|venue| VenueStatus::new(venue, instruments, now)).collect(),
            missing: venues.iter().filter(is_missing).map(|venue| venue.venue.name().to_owned()).collect(),
        }
    }
}

impl VenueStatus {
    fn new(venue: &VenueHealth, instruments: &Instruments, now: Nanos) -> Self {
        let status = |health: &InstrumentHealth| InstrumentStatus {
            symbol: instruments.get(health.instrument).symbol.to_string(),
            state: health.state.name().to_owned(),
            age_ns: health.last_message_at_ns.map(|at| now.since(at)),
            gaps: health.gaps,
            resyncs: health.resyncs,
            crossed: health.crossed,
            checksum_failed: health.checksum_failed,
            score: health.score,
            message_rate: health.message_rate,
            clock_offset_us: health.clock_offset_us,
            silent_streams: names(&health.streams.silent),
            quiet_streams: names(&health.streams.quiet),
            rejected_streams: names(&health.streams.rejected),
        };
        Self { venue: super::Venue::new(venue, now), instruments: venue.instruments.iter().map(status).collect() }
    }
}

fn names(channels: &[&str]) -> Vec<String> {
    channels.iter().map(|channel| (*channel).to_owned()).collect()
}

/// What `/ws/market-data/{symbol}` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MarketMessage {
    /// The first: everything.
    Snapshot {
        /// The book.
        book: OrderBook,
        /// Prices beside it.
        prices: Prices,
        /// The last trades, oldest first.
        trades: Vec<Trade>,
    },
    /// The book is now this.
    Book(OrderBook),
    /// The prices are now these.
    Prices(Prices),
    /// These happened.
    Trades {
        /// Oldest first.
        trades: Vec<Trade>,
    },
    /// Something is lost; book and prices follow afresh.
    Lapped(Lapped),
}

impl OrderBook {
    pub(crate) fn new(instrument: &Instrument, book: &desk::Book, depth: usize, now: Nanos) -> Self {
        let levels = &book.levels;
        let grid = &instrument.grid;
        let synced = levels.state == BookState::Synced;
        let received_at_ns = told_ns(levels.received_at_ns).filter(|_| synced);
        let side = |side: &[Level]| {
            let shown = side.iter().take(if synced { depth } else { 0 });
            shown.take_while(|l| l.qty.0 != 0).map(|l| [grid.price_text(l.px), grid.qty_text(l.qty)]).collect()
        };
        Self {
            symbol: instrument.symbol.to_string(),
            venue: instrument.venue.name().to_owned(),
            state: state_name(levels.state).to_owned(),
            update_id: synced.then_some(levels.update_id),
            received_at_ns,
            age_ns: received_at_ns.map(|at| now.since(Nanos(at))),
            top: book.top.filter(|_| synced).map(|top| Top::new(grid, &top)),
            bids: side(&levels.bids),
            asks: side(&levels.asks),
        }
    }
}

impl Top {
    fn new(grid: &Grid, top: &image::Top) -> Self {
        let price = |level: Level| (level.qty.0 != 0).then(|| grid.price_text(level.px));
        let quantity = |level: Level| (level.qty.0 != 0).then(|| grid.qty_text(level.qty));
        Self {
            bid_px: price(top.bid),
            bid_qty: quantity(top.bid),
            ask_px: price(top.ask),
            ask_qty: quantity(top.ask),
            imbalance_bps: top.imbalance_bps,
            received_at_ns: top.at_ns.0,
        }
    }
}

impl Trade {
    pub(crate) fn list(grid: &Grid, trades: &[image::Trade]) -> Vec<Self> {
        trades.iter().map(|trade| Self::new(grid, trade)).collect()
    }

    fn new(grid: &Grid, trade: &image::Trade) -> Self {
        Self {
            trade_id: trade.trade_id,
            px: grid.price_text(trade.px),
            qty: grid.qty_text(trade.qty),
            side: side_name(trade.aggressor),
            venue_at_ns: told_ns(trade.at.venue_at_ns),
            received_at_ns: trade.at.received_at_ns.0,
        }
    }
}

impl Funding {
    pub(crate) fn new(funding: &image::Funding) -> Self {
        Self {
            rate: funding.rate_e8 as f64 / 1e8,
            next_at_ns: told_ns(funding.next_at_ns),
            interval_s: (funding.interval_s > 0).then_some(funding.interval_s),
        }
    }
}

impl Prices {
    pub(crate) fn new(grid: &Grid, prices: &desk::Prices) -> Self {
        Self {
            mark_px: prices.mark.map(|told| grid.price_text(told.px)),
            mark_at_ns: prices.mark.map(|told| told.at_ns.0),
            index_px: prices.index.map(|told| grid.price_text(told.px)),
            index_at_ns: prices.index.map(|told| told.at_ns.0),
            funding: prices.funding.as_ref().map(Funding::new),
            open_interest: prices.open_interest.map(|told| grid.qty_text(told.qty)),
            open_interest_at_ns: prices.open_interest.map(|told| told.at_ns.0),
        }
    }
}

pub(crate) fn state_name(state: BookState) -> &'static str {
    match state {
        BookState::Waiting => "waiting",
        BookState::Synced => "synced",
        BookState::Lost => "lost",
    }
}
