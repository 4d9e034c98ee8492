//! A venue of the simulation: its markets and its account, which outlive every run of the engine, and the engine's end of it,
//! which is the real session, the real books and the real gateway's desk.

use crate::dice::Dice;
use crate::options::Options;
use crate::scribe::Scribe;
use engine_core::market::Market;
use engine_core::wiring::Wiring;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::{BookState, MarketSink as _};
use engine_model::order::ClientOrderId;
use engine_model::units::Nanos;
use engine_model::venue::{Reply, Request, VenueId};
use engine_ring::ring::{Reader, Writer};
use feeds::gateway::desk::simulated::SimulatedVenue;
use feeds::session::Session;

/// Chances in 10,000 that a market moves in a tick.
const MOVES: u64 = 1_000;
/// The connection of every market.
const CHANNEL: u32 = 0;
/// Bytes of deltas that wait for a snapshot.
const KEPT_BYTES: usize = 1 << 16;

/// One instrument at its venue.
struct Place {
    id: InstrumentId,
    scribe: Scribe,
    /// A frame that comes behind the next one.
    held: Option<String>,
    /// When the whole book comes that was asked for.
    whole_at: Option<Nanos>,
}

/// What is there whether the engine runs or not.
pub(crate) struct Site {
    pub(crate) venue: VenueId,
    pub(crate) gateway: SimulatedVenue,
    places: Vec<Place>,
    /// The market's line is down, or says nothing, until then.
    down_until: Nanos,
    silent_until: Nanos,
    /// The venue's clock is ahead until then.
    ahead_until: Nanos,
    pub(crate) faults: u64,
}

/// The engine's end of it, of one run.
pub(crate) struct End {
    market: Market,
    session: Session,
    requests: Reader<Request>,
    replies: Writer<Reply>,
    is_open: bool,
}

impl Site {
    pub(crate) fn new(venue: VenueId, all: &Instruments, px: impl Fn(&Instrument) -> i64, dice: &mut Dice) -> Self {
        let own: Vec<&Instrument> = all.iter().filter(|of| of.venue == venue).collect();
        let place = |of: &&Instrument| Place {
            id: of.id,
            scribe: Scribe::new(of, px(of), &mut Dice::new(u64::from(of.id.0))),
            held: None,
            whole_at: None,
        };
        let places = own.iter().map(place).collect();
        let gateway = SimulatedVenue::new(dice.next(), all, own.iter().map(|of| of.id).collect(), 1);
        let (down_until, silent_until, ahead_until) = (Nanos(0), Nanos(0), Nanos(0));
        Self { venue, gateway, places, down_until, silent_until, ahead_until, faults: 0 }
    }

    /// Best bid and ask of an instrument, in ticks.
    pub(crate) fn touches(&self) -> impl Iterator<Item = (InstrumentId, (i64, i64))> + '_ {
        self.places.iter().map(|place| (place.id, place.scribe.touch()))
    }

    /// Orders that arrived since `from` of them had.
    pub(crate) fn arrived_since(&self, from: usize) -> impl Iterator<Item = ClientOrderId> + '_ {
        self.gateway.arrived().skip(from).map(|order| order.client_order_id)
    }

    /// What goes wrong in this tick.
    pub(crate) fn trouble(&mut self, options: &Options, now: Nanos, end: &mut End, dice: &mut Dice) {
        let mut some =
            |chances, most_s: u64| dice.once(chances).then(|| now.plus((1 + dice.below(most_s)) * Nanos::SECOND));
        if let Some(until) = some(options.cut, 5) {
            self.faults += 1;
            self.down_until = until;
            end.is_open = false;
            end.session.lose_all(now, &mut end.market);
            self.places.iter_mut().for_each(|place| (place.held, place.whole_at) = (None, None));
        }
        if let Some(until) = some(options.silence, 60) {
            self.faults += 1;
            self.silent_until = until;
        }
        if let Some(until) = some(options.skew, 30) {
            self.faults += 1;
            self.ahead_until = until;
        }
        if some(options.private_cut, 1).is_some() {
            self.gateway.break_line();
        }
        if some(options.mishear, 1).is_some() {
            self.gateway.mishear();
        }
        if some(options.execute, 1).is_some() {
            self.gateway.execute_something();
        }
    }

    /// Time passes: the market moves and is told, or not. `options`: what may become of what it tells.
    pub(crate) fn tell(&mut self, options: Option<&Options>, now: Nanos, end: &mut End, dice: &mut Dice) {
        if now < self.down_until {
            return;
        }
        if !end.is_open {
            end.is_open = true;
            // Bybit's says which of its markets a line is for; the others do not look.
            end.session.on_open(CHANNEL, "wss://stream.bybit.com/v5/public/linear");
        }
        let at = if now < self.ahead_until { now.plus(3 * Nanos::SECOND) } else { now };
        for place in &mut self.places {
            if now >= self.silent_until && dice.once(MOVES) {
                let frame = place.scribe.move_on(at, dice);
                let mut goes_wrong = |chances: fn(&Options) -> u64| options.is_some_and(|of| dice.once(chances(of)));
                let (is_lost, is_doubled, waits) =
                    (goes_wrong(|of| of.drop), goes_wrong(|of| of.repeat), goes_wrong(|of| of.swap));
                self.faults += u64::from(is_lost) + u64::from(is_doubled) + u64::from(waits);
                if waits && place.held.is_none() {
                    place.held = Some(frame);
                    continue;
                }
                for _ in 0..u8::from(!is_lost) + u8::from(is_doubled) {
                    end.hear(&frame, now);
                }
                if let Some(held) = place.held.take() {
                    end.hear(&held, now);
                }
            }
            let is_synced = end.session.book(place.id).state == BookState::Synced;
            match place.whole_at {
                _ if is_synced => place.whole_at = None,
                None => place.whole_at = Some(now.plus((1 + dice.below(10)) * 200 * Nanos::MILLI)),
                Some(when) if when <= now => {
                    place.whole_at = None;
                    let whole = place.scribe.whole(at);
                    match place.scribe.url() {
                        Some(url) => end.session.on_rest(Some(&url), whole.as_bytes(), now, &mut end.market),
                        None => end.hear(&whole, now),
                    }
                }
                Some(_) => {}
            }
        }
    }
}

impl End {
    pub(crate) fn new(venue: VenueId, instruments: &Instruments, wiring: &mut Wiring) -> Self {
        Self {
            market: Market::new(venue, instruments, wiring.market_writer(venue).expect("free")).0,
            session: Session::new(venue, instruments, KEPT_BYTES),
            requests: wiring.request_reader(venue).expect("free"),
            replies: wiring.reply_writer(venue).expect("free"),
            is_open: false,
        }
    }

    fn hear(&mut self, frame: &str, now: Nanos) {
        self.session.on_frame(CHANNEL, frame.as_bytes(), now, &mut self.market);
    }

    /// Hands requests over and replies back; whether there were any.
    pub(crate) fn turn(&mut self, site: &mut Site, now: Nanos) -> bool {
        let mut done = self.requests.take(usize::MAX, |_, request| site.gateway.request(request));
        while self.replies.room() > 0
            && let Some(reply) = site.gateway.take_reply()
        {
            self.replies.try_publish(reply).expect("there was room");
            done += 1;
        }
        self.market.turn(now) | (done > 0)
    }

    /// Whether the book is in sync, and nothing of it was refused.
    pub(crate) fn is_synced(&self, of: InstrumentId) -> bool {
        self.session.book(of).state == BookState::Synced && self.session.counts().errors == 0
    }
}
