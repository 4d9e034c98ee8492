//! The exchange without its sockets: plays the market up to a time and says what each stream tells meanwhile.
//!
//! Owns: the market, the depth streams' chains, candles, mark prices, and the order in which frames of one moment go
//! out. Venue time is nanoseconds since the start; one seed and one speed give one sequence of frames.
//! Never: the wall clock, sockets.

use crate::binance::depth::DepthStream;
use crate::bybit::{self, Sheet};
use crate::candle::Candle;
use crate::listing::Listing;
use crate::market::{Market, Outcome, SUBTICKS};
use crate::moment::{From, Mark};
use crate::protocol::Protocol;
use crate::random::Random;
use crate::stream::{Kind, Stream};
use engine_model::market::{Level, Side};
use engine_model::venue::VenueId;

const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLI;
/// `@depth@0ms` gathers for a moment too: about 25 frames a second and instrument in captures.
const DEPTH_0_NS: u64 = 20 * MILLI;
/// How often a candle that changed is told.
const KLINE_NS: u64 = SECOND;
/// Of a thousand trades, those whose `bookTicker` goes out first. 44 % of prints in captures lie beyond the last seen
/// best price.
const TICKER_FIRST_PER_MILLE: u64 = 440;
/// Funding is paid each eight hours, UTC.
const FUNDING_MS: u64 = 8 * 3_600_000;

/// One text of one stream, without the combined wrapping.
pub(crate) struct Frame {
    pub(crate) stream: Stream,
    pub(crate) text: String,
}

/// One instrument's true book, for whoever checks a client's against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Id of the last frame told of it.
    pub update_id: u64,
    /// From the best level.
    pub bids: Vec<Level>,
    /// From the best level.
    pub asks: Vec<Level>,
}

/// What is due at a time, besides the market's own events.
#[derive(Clone, Copy)]
enum Due {
    Depth(Stream),
    Mark(Kind),
    Kline,
    View(usize),
    Ticker(usize),
}

struct Timer {
    at_ns: u64,
    every_ns: u64,
    due: Due,
}

pub(crate) struct Exchange {
    venue: VenueId,
    protocol: Protocol,
    listings: Vec<Listing>,
    market: Market,
    speed_percent: u64,
    starts_at_ms: u64,
    /// Venue time during which the market stood still.
    skipped_ns: u64,
    /// By instrument, of Binance.
    depths: Vec<[DepthStream; 4]>,
    /// By instrument, of Bybit.
    sheets: Vec<Sheet>,
    candles: Vec<Candle>,
    open_interest_lots: Vec<i64>,
    timers: Vec<Timer>,
    random: Random,
    frames: Vec<Frame>,
}

impl Exchange {
    pub(crate) fn new(
        venue: VenueId,
        listings: Vec<Listing>,
        seed: u64,
        speed_percent: u32,
        starts_at_ms: u64,
    ) -> Self {
        let market = Market::new(seed, &listings, venue == VenueId::BinanceSpot);
        let protocol = Protocol::of(venue);
        let (mut depths, mut sheets) = (Vec::new(), Vec::new());
        for (i, listing) in listings.iter().enumerate() {
            let id = market.update_id(i);
            match protocol {
                Protocol::Binance => depths.push(Kind::DEPTHS.map(|_| DepthStream::after(id))),
                Protocol::Bybit => sheets.push(Sheet::new(listing, market.book(i), id, starts_at_ms)),
            }
        }
        let mut exchange = Self {
            venue,
            protocol,
            speed_percent: u64::from(speed_percent.max(1)),
            starts_at_ms,
            skipped_ns: 0,
            depths,
            sheets,
            candles: listings.iter().map(|l| Candle::starting(starts_at_ms, l.start_px.0)).collect(),
            open_interest_lots: listings.iter().map(|l| l.typical_qty.0 * 50_000).collect(),
            timers: timers(venue, &listings),
            random: Random::branch(seed, "wire"),
            frames: Vec::new(),
            market,
            listings,
        };
        // So that whoever asks before anything was due is told of something.
        (0..exchange.sheets.len()).for_each(|instrument| exchange.tell_ticker(instrument, starts_at_ms, &[]));
        exchange
    }

    pub(crate) fn venue(&self) -> VenueId {
        self.venue
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(crate) fn listings(&self) -> &[Listing] {
        &self.listings
    }

    pub(crate) fn market(&self) -> &Market {
        &self.market
    }

    pub(crate) fn open_interest_lots(&self, instrument: usize) -> i64 {
        self.open_interest_lots[instrument]
    }

    /// Venue time, in milliseconds since the epoch.
    pub(crate) fn at_ms(&self, now_ns: u64) -> u64 {
        self.starts_at_ms + now_ns / MILLI
    }

    fn next_event_at_ns(&self) -> u64 {
        let paced_ns = u128::from(self.market.next_at_ns()) * 100 / u128::from(self.speed_percent);
        u64::try_from(paced_ns).unwrap_or(u64::MAX).saturating_add(self.skipped_ns)
    }

    /// Lets the time until `now_ns` pass without events: nothing that was due meanwhile is made up for.
    pub(crate) fn skip_to(&mut self, now_ns: u64) {
        self.skipped_ns = self.skipped_ns.saturating_add(now_ns.saturating_sub(self.next_event_at_ns()));
        for timer in &mut self.timers {
            let missed = now_ns.saturating_sub(timer.at_ns).div_ceil(timer.every_ns);
            timer.at_ns += missed * timer.every_ns;
        }
    }

    /// When anything is due next.
    pub(crate) fn next_at_ns(&self) -> u64 {
        self.timers.iter().map(|t| t.at_ns).min().unwrap_or(u64::MAX).min(self.next_event_at_ns())
    }

    /// Plays everything due up to `now_ns`, at most `steps`, and gives the frames of streams that are `wanted` (by
    /// [`Stream::index`]).
    pub(crate) fn run_until(&mut self, now_ns: u64, steps: usize, wanted: &[bool]) -> &mut Vec<Frame> {
        for _ in 0..steps {
            if self.next_at_ns() > now_ns {
                break;
            }
            self.step(wanted);
        }
        &mut self.frames
    }

    fn step(&mut self, wanted: &[bool]) {
        let event_at_ns = self.next_event_at_ns();
        let timer = self.timers.iter_mut().filter(|t| t.at_ns <= event_at_ns).min_by_key(|t| t.at_ns);
        let Some(timer) = timer else {
            return self.play(event_at_ns, wanted);
        };
        let (at_ns, due) = (timer.at_ns, timer.due);
        timer.at_ns += timer.every_ns;
        let at_ms = self.at_ms(at_ns);
        match due {
            Due::Depth(stream) => self.tell_depth(stream, at_ms, wanted),
            Due::Mark(kind) => self.tell_marks(kind, at_ms, wanted),
            Due::Kline => self.tell_candles(at_ms, wanted),
            Due::View(instrument) => self.tell_view(instrument, at_ms, wanted),
            Due::Ticker(instrument) => self.tell_ticker(instrument, at_ms, wanted),
        }
    }

    /// One event of the market.
    fn play(&mut self, at_ns: u64, wanted: &[bool]) {
        let at_ms = self.at_ms(at_ns);
        let outcome = self.market.step();
        let instrument = outcome.instrument;
        for depth in self.depths.get_mut(instrument).into_iter().flatten() {
            outcome.changes.iter().for_each(|change| depth.add(change));
        }
        for fill in &outcome.fills {
            self.candles[instrument].add(fill);
            // A third of the volume opens or closes positions; liquidations close.
            let opened =
                if fill.liquidation { -fill.level.qty.0 } else { fill.level.qty.0 / 3 * fill.aggressor.sign() };
            self.open_interest_lots[instrument] = (self.open_interest_lots[instrument] + opened).max(1);
        }
        let from = From { listing: &self.listings[instrument], at_ms };
        let ticker_first = self.random.chance(TICKER_FIRST_PER_MILLE);
        let wants = |kind| wanted[Stream { instrument, kind }.index()];
        let mut tell = |kind, text| self.frames.push(Frame { stream: Stream { instrument, kind }, text });
        let mut fills = Vec::new();
        match self.sheets.get_mut(instrument) {
            None => tell_fills(outcome, from, wants, &mut fills),
            Some(sheet) => {
                tell_bybit_fills(outcome, from, sheet, wants, &mut fills);
                sheet.ticker.add(outcome);
            }
        }
        let ticker = (outcome.top_changed && wants(Kind::BookTicker)).then(|| {
            let book = self.market.book(instrument);
            from.book_ticker(self.market.update_id(instrument), book.best(Side::Buy), book.best(Side::Sell))
        });
        if !ticker_first {
            fills.drain(..).for_each(|(kind, text)| tell(kind, text));
        }
        ticker.into_iter().for_each(|text| tell(Kind::BookTicker, text));
        fills.into_iter().for_each(|(kind, text)| tell(kind, text));
    }

    fn tell_depth(&mut self, stream: Stream, at_ms: u64, wanted: &[bool]) {
        let slot = Kind::DEPTHS.iter().position(|&k| k == stream.kind).unwrap_or(0);
        let content = self.depths[stream.instrument][slot].flush(self.venue == VenueId::BinanceSpot);
        if let Some((ids, bids, asks)) = content.filter(|_| wanted[stream.index()]) {
            let from = From { listing: &self.listings[stream.instrument], at_ms };
            self.frames.push(Frame { stream, text: from.depth(ids, &bids, &asks) });
        }
    }

    fn tell_view(&mut self, instrument: usize, at_ms: u64, wanted: &[bool]) {
        let (book, sequence) = (self.market.book(instrument), self.market.update_id(instrument));
        let Some(sheet) = self.sheets.get_mut(instrument) else { return };
        let Some(changes) = sheet.view.turn(book, sequence, at_ms) else { return };
        let stream = Stream { instrument, kind: Kind::Book200 };
        if wanted[stream.index()] {
            let from = From { listing: &self.listings[instrument], at_ms };
            self.frames.push(Frame { stream, text: bybit::wire::book_delta(from, &sheet.view, &changes) });
        }
    }

    fn tell_ticker(&mut self, instrument: usize, at_ms: u64, wanted: &[bool]) {
        if self.sheets.get(instrument).is_some_and(|sheet| sheet.ticker.wants_mark(at_ms)) {
            let mark = self.mark(instrument, at_ms);
            self.sheets[instrument].ticker.set_mark(mark, at_ms);
        }
        let (book, sequence) = (self.market.book(instrument), self.market.update_id(instrument));
        let Some(sheet) = self.sheets.get_mut(instrument) else { return };
        let from = From { listing: &self.listings[instrument], at_ms };
        let text = sheet.ticker.turn(from, book, self.open_interest_lots[instrument], sequence);
        let stream = Stream { instrument, kind: Kind::Ticker };
        if let Some(text) = text.filter(|_| wanted.get(stream.index()) == Some(&true)) {
            self.frames.push(Frame { stream, text });
        }
    }

    /// What a client hears of a stream as soon as it has asked for it; `None` where that is nothing.
    pub(crate) fn whole(&self, stream: Stream, now_ns: u64) -> Option<String> {
        let sheet = self.sheets.get(stream.instrument)?;
        let from = From { listing: &self.listings[stream.instrument], at_ms: self.at_ms(now_ns) };
        match stream.kind {
            Kind::Book200 => Some(bybit::wire::book_snapshot(from, &sheet.view)),
            Kind::Ticker => Some(sheet.ticker.snapshot(from, self.market.update_id(stream.instrument))),
            _ => None,
        }
    }

    /// What a client's book must be like once it has heard everything that was told: the id of the last frame, and the
    /// book then. Binance's is told at several speeds at once: the book as it is now.
    pub(crate) fn truth(&self, instrument: usize) -> Truth {
        match self.sheets.get(instrument) {
            Some(Sheet { view, .. }) => {
                Truth { update_id: view.update_id, bids: view.levels(Side::Buy), asks: view.levels(Side::Sell) }
            }
            None => Truth {
                update_id: self.market.update_id(instrument),
                bids: self.levels(instrument, Side::Buy, usize::MAX).collect(),
                asks: self.levels(instrument, Side::Sell, usize::MAX).collect(),
            },
        }
    }

    fn tell_marks(&mut self, kind: Kind, at_ms: u64, wanted: &[bool]) {
        for instrument in 0..self.listings.len() {
            let mark = self.mark(instrument, at_ms);
            let stream = Stream { instrument, kind };
            if wanted[stream.index()] {
                let from = From { listing: &self.listings[instrument], at_ms };
                self.frames.push(Frame { stream, text: from.mark_price(&mark) });
            }
        }
    }

    fn mark(&mut self, instrument: usize, at_ms: u64) -> Mark {
        let grid = self.listings[instrument].instrument.grid;
        let scale = i128::from(grid.tick_step) * 10i128.pow(8u32.saturating_sub(u32::from(grid.price_decimals)));
        let fair_e8 = i128::from(self.market.fair_subticks(instrument)) * scale / i128::from(SUBTICKS);
        let premium_e8 = fair_e8 / 1_000_000 * i128::from(self.random.around_zero(100));
        Mark {
            mark_e8: fair_e8 + premium_e8,
            index_e8: fair_e8,
            rate_e8: 10_000 + i128::from(self.random.around_zero(500)),
            next_at_ms: (at_ms / FUNDING_MS + 1) * FUNDING_MS,
        }
    }

    fn tell_candles(&mut self, at_ms: u64, wanted: &[bool]) {
        for instrument in 0..self.listings.len() {
            let closed = at_ms > self.candles[instrument].ends_at_ms();
            let candle = self.candles[instrument];
            let stream = Stream { instrument, kind: Kind::Kline1m };
            if wanted[stream.index()] && (closed || candle.fresh) {
                let from = From { listing: &self.listings[instrument], at_ms };
                self.frames.push(Frame { stream, text: from.kline(&candle, closed) });
            }
            self.candles[instrument].fresh = false;
            if closed {
                self.candles[instrument] = Candle::starting(at_ms, candle.close);
            }
        }
    }

    /// A side's best levels, for a snapshot.
    pub(crate) fn levels(&self, instrument: usize, side: Side, limit: usize) -> impl Iterator<Item = Level> + '_ {
        self.market.book(instrument).levels(side).take(limit)
    }
}

/// Trades, aggregates and liquidations of an event, in the order in which they go out.
fn tell_fills(outcome: &Outcome, from: From<'_>, wants: impl Fn(Kind) -> bool, out: &mut Vec<(Kind, String)>) {
    for fill in &outcome.fills {
        if wants(Kind::Trade) {
            for (id, qty) in fill.trades() {
                out.push((Kind::Trade, from.trade(fill, id, Level { px: fill.level.px, qty })));
            }
        }
        if wants(Kind::AggTrade) {
            out.push((Kind::AggTrade, from.agg_trade(fill)));
        }
    }
    // Only the largest of a second is told at the venue; here the first fill of the order stands for it.
    if let Some(fill) = outcome.fills.first().filter(|f| f.liquidation && wants(Kind::ForceOrder)) {
        out.push((Kind::ForceOrder, from.force_order(fill)));
    }
}

/// Trades and liquidations of an event, as Bybit tells them: all trades in one frame.
fn tell_bybit_fills(
    outcome: &Outcome,
    from: From<'_>,
    sheet: &Sheet,
    wants: impl Fn(Kind) -> bool,
    out: &mut Vec<(Kind, String)>,
) {
    if !outcome.fills.is_empty() && wants(Kind::Trade) {
        let sequence = outcome.changes.last().map_or(0, |change| change.update_id);
        out.push((Kind::Trade, bybit::wire::trades(from, outcome, sequence, sheet.ticker.walk())));
    }
    let liquidated = outcome.fills.iter().filter(|fill| fill.liquidation && wants(Kind::ForceOrder));
    out.extend(liquidated.map(|fill| (Kind::ForceOrder, bybit::wire::liquidation(from, fill))));
}

/// Books tick with a phase by instrument, so that frames do not all come at once.
fn timers(venue: VenueId, listings: &[Listing]) -> Vec<Timer> {
    match Protocol::of(venue) {
        Protocol::Binance => binance_timers(venue, listings.len()),
        Protocol::Bybit => listings.iter().enumerate().flat_map(bybit_timers).collect(),
    }
}

/// As in captures: books of contracts each 100 ms, of spot each 200; tickers each 100.
fn bybit_timers((instrument, listing): (usize, &Listing)) -> [Timer; 2] {
    let every_ns = if listing.category() == "spot" { 200 * MILLI } else { 100 * MILLI };
    let phase_ns = 7 * MILLI * (instrument as u64 + 1);
    [
        Timer { at_ns: phase_ns, every_ns, due: Due::View(instrument) },
        Timer { at_ns: 50 * MILLI + phase_ns, every_ns: 100 * MILLI, due: Due::Ticker(instrument) },
    ]
}

fn binance_timers(venue: VenueId, instruments: usize) -> Vec<Timer> {
    let plain_ns = if venue == VenueId::BinanceSpot { SECOND } else { 250 * MILLI };
    let every = [DEPTH_0_NS, 100 * MILLI, 500 * MILLI, plain_ns];
    let mut timers = Vec::new();
    for instrument in 0..instruments {
        for (kind, every_ns) in Kind::DEPTHS.into_iter().zip(every) {
            let phase_ns = 7 * MILLI * (instrument as u64 + 1);
            timers.push(Timer { at_ns: phase_ns, every_ns, due: Due::Depth(Stream { instrument, kind }) });
        }
    }
    for (kind, every_ns) in [(Kind::MarkPrice1s, SECOND), (Kind::MarkPrice3s, 3 * SECOND)] {
        timers.push(Timer { at_ns: 0, every_ns, due: Due::Mark(kind) });
    }
    timers.push(Timer { at_ns: KLINE_NS, every_ns: KLINE_NS, due: Due::Kline });
    timers
}
