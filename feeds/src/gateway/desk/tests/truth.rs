//! What the engine believes of its orders against what the venue holds, by seed: replies that are lost, late, or say nothing,
//! requests that never arrive, fills that race cancels, news told twice, dropped or in another order, lines that break,
//! processes that die and know nothing behind it but their number. Everything that is told is held against the truth when it
//! is told, and all of it when the trouble is over.
//!
//! No socket and no clock: an hour of trouble takes a second.

use super::exchange::{Clerk, Exchange, Held, Row};
use super::*;
use engine_model::order::OrderStatus;
use std::collections::{BTreeMap, BTreeSet};

/// A tick, in milliseconds.
const TICK: u64 = 50;
/// How long everything goes wrong, then how long nothing does: an order that cannot be asked for is believed lost after 10 s,
/// rounds are 30 s apart.
const TROUBLE: u64 = 60 * SECOND;
const PEACE: u64 = 100 * SECOND;
/// An answer says only that the order was taken in.
static SLOW_ROOMY_MANNERS: Manners = Manners { answer_is_final: false, ..ROOMY_MANNERS };
/// Orders and cancels go by REST.
static REST_MANNERS: Manners = Manners { orders_on: None, answer_is_final: false, ..ROOMY_MANNERS };

/// SplitMix64: one seed, one story.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % bound
    }

    fn in_hundred(&mut self, chances: u64) -> bool {
        self.below(100) < chances
    }
}

/// Something under way.
#[derive(Debug)]
enum Item {
    ToVenue { id: AskId, ask: Ask, is_answered: bool },
    ToUs { heard: Vec<Heard>, answers: Option<AskId> },
}

/// Both sides of one story, and what is under way between them.
struct World {
    drawn: Drawn,
    seed: u64,
    manners: &'static Manners,
    play: Play,
    venue: Exchange,
    clerk: Clerk,
    epoch: u32,
    placed: u32,
    /// By when it arrives, then by its turn: what it is, and the line and the process that it lives with.
    under_way: BTreeMap<(u64, u64), (Item, Option<u32>, u32)>,
    turns: u64,
    /// Numbers of the line's session and of the process.
    line: u32,
    process: u32,
    /// What was said last on each of the two channels of the line, and by us, arrives then.
    channels: [u64; 3],
    is_troubled: bool,
    /// Ids that left for the venue, and those of which the venue said that they are not there.
    left: BTreeSet<ClientOrderId>,
    denied: BTreeSet<ClientOrderId>,
    served: usize,
    faults: u64,
    /// When the process began.
    began_at: Nanos,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut drawn = Drawn(seed);
        let manners = [&ROOMY_MANNERS, &SLOW_ROOMY_MANNERS, &REST_MANNERS][drawn.below(3) as usize];
        Self {
            drawn,
            seed,
            manners,
            play: Play::asleep(manners),
            venue: Exchange::default(),
            clerk: Clerk::default(),
            epoch: EPOCH,
            placed: 0,
            under_way: BTreeMap::new(),
            turns: 0,
            line: 0,
            process: 0,
            channels: [0; 3],
            is_troubled: false,
            left: BTreeSet::new(),
            denied: BTreeSet::new(),
            served: 0,
            faults: 0,
            began_at: Nanos(0),
        }
    }

    /// Whether something goes wrong now, with so many chances in a hundred.
    fn goes_wrong(&mut self, chances: u64) -> bool {
        let is_wrong = self.is_troubled && self.drawn.in_hundred(chances);
        self.faults += u64::from(is_wrong);
        is_wrong
    }

    fn delay(&mut self) -> u64 {
        match self.is_troubled && self.drawn.in_hundred(3) {
            true => self.drawn.below(13_000),
            false => self.drawn.below(300),
        }
    }

    /// Sends something on its way. `channel`: things on it keep their order.
    fn send(&mut self, item: Item, delay: u64, line: Option<u32>, channel: Option<usize>) {
        let mut at = self.play.now_ms + delay;
        if let Some(channel) = channel {
            at = at.max(self.channels[channel]);
            self.channels[channel] = at;
        }
        self.turns += 1;
        self.under_way.insert((at, self.turns), (item, line, self.process));
    }

    /// One tick of everything.
    fn step(&mut self) {
        self.play.now_ms += TICK;
        let now = self.play.now();
        self.venue.now = now.venue;
        self.venue.fire();
        while let Some((at, _)) = self.under_way.first_key_value().map(|(key, _)| *key)
            && at <= self.play.now_ms
        {
            let (_, (item, line, process)) = self.under_way.pop_first().expect("there");
            self.arrive(item, line, process);
        }
        let now = self.play.now();
        self.play.desk.tick(now, &mut self.play.post);
        if self.play.desk.phase == Phase::Opening {
            self.play.desk.line_up(0, now);
        }
        self.carry();
        self.listen();
    }

    fn arrive(&mut self, item: Item, line: Option<u32>, process: u32) {
        let is_alive = process == self.process && line.is_none_or(|line| line == self.line);
        match item {
            // What left before a line broke may arrive all the same.
            Item::ToVenue { .. } if !is_alive && self.drawn.in_hundred(50) => {}
            Item::ToVenue { id, ask, is_answered } => {
                let said = self.venue.answer(id, &ask);
                self.state(&ask, &said);
                if is_alive && is_answered {
                    let delay = self.delay();
                    let channel = line.map(|_| 2);
                    self.send(Item::ToUs { heard: said, answers: line.is_none().then_some(id) }, delay, line, channel);
                }
                self.speak();
            }
            Item::ToUs { heard, answers } if is_alive => self.play.hear(&heard, answers),
            Item::ToUs { .. } => {}
        }
        self.carry();
        self.listen();
    }

    /// What the venue stated of orders that it does not have.
    fn state(&mut self, ask: &Ask, said: &[Heard]) {
        let answer =
            said.iter().find_map(|said| if let Heard::Answer(_, answer) = said { Some(*answer) } else { None });
        match (ask, answer) {
            (Ask::Place(order), Some(Answer::Refused(_))) => drop(self.denied.insert(order.client_order_id)),
            (Ask::Order(known), Some(Answer::NoSuchOrder)) => drop(self.denied.insert(known.id())),
            _ => {}
        }
    }

    /// What the venue says unasked goes on its way.
    fn speak(&mut self) {
        for said in std::mem::take(&mut self.venue.said) {
            if self.goes_wrong(2) {
                continue;
            }
            let times = if self.goes_wrong(3) { 2 } else { 1 };
            for _ in 0..times {
                let channel = usize::from(matches!(said, Heard::Fill(_)));
                let (delay, line) = (self.drawn.below(200), Some(self.line));
                self.send(Item::ToUs { heard: vec![said], answers: None }, delay, line, Some(channel));
            }
        }
    }

    /// What the desk said goes on its way.
    fn carry(&mut self) {
        while self.served < self.play.post.sent.len() {
            let id = self.play.post.sent[self.served].0;
            self.served += 1;
            let Some(asked) = self.play.desk.asked.get(id).copied() else { continue };
            let line = matches!(asked.way, Way::Line(_)).then_some(self.line);
            if let Ask::Place(order) = asked.ask {
                let is_first = self.left.insert(order.client_order_id);
                assert!(is_first, "seed {}: {} left twice", self.seed, order.client_order_id);
            }
            if self.goes_wrong(3) {
                continue;
            }
            if self.goes_wrong(3) {
                let answer = match self.drawn.below(3) {
                    0 => Answer::Unknown,
                    1 => Answer::Later { wait_ms: self.drawn.below(500) as u32 },
                    _ => Answer::Refused(RejectReason::Unavailable),
                };
                if let (Ask::Place(order), Answer::Later { .. } | Answer::Refused(_)) = (asked.ask, answer) {
                    self.denied.insert(order.client_order_id);
                }
                let heard = vec![Heard::Answer(id, answer)];
                self.send(Item::ToUs { heard, answers: line.is_none().then_some(id) }, 100, line, line.map(|_| 2));
                continue;
            }
            let is_answered = !self.goes_wrong(5);
            let delay = self.delay();
            let channel = line.map(|_| 2);
            self.send(Item::ToVenue { id, ask: asked.ask, is_answered }, delay, line, channel);
        }
    }

    /// What the engine is told is held against the truth at once.
    fn listen(&mut self) {
        while let Some(reply) = self.play.desk.orders.replies.pop_front() {
            let id = reply.client_order_id;
            let story = format!("seed {}, {} ms: {} told {}", self.seed, self.play.now_ms, id, tell(&reply));
            if let Err(why) = self.clerk.hears(&reply) {
                panic!("{story}: {why}");
            }
            let held = self.venue.of(id);
            let stands = held.is_some_and(Held::is_open);
            match reply.what {
                ReplyKind::Accepted => assert!(held.is_some(), "{story}: the venue does not have it"),
                ReplyKind::Filled { trade_id, last_qty, .. } => {
                    let is_true =
                        |fill: &FillNews| (fill.whose.ours, fill.trade_id, fill.qty) == (Some(id), trade_id, last_qty);
                    assert!(self.venue.fills.iter().any(is_true), "{story}: it was not executed");
                }
                ReplyKind::Canceled | ReplyKind::Expired | ReplyKind::Rejected(_) => {
                    let never_left = !self.left.contains(&id);
                    let is_stated = never_left || self.denied.contains(&id) || held.is_some() && !stands;
                    assert!(is_stated, "{story}: the venue did not state it ({held:?})");
                }
                _ => {}
            }
        }
    }

    /// What strategies, the market, the network and fate do.
    fn happen(&mut self) {
        match self.drawn.below(100) {
            0..12 => self.place(),
            12..20 => self.ask_of_one(RequestKind::Cancel),
            20..24 => {
                let (px, qty) = (Ticks(100 + self.drawn.below(3) as i64), Lots(4 + self.drawn.below(12) as i64));
                self.ask_of_one(RequestKind::Modify { px, qty });
            }
            24..40 => self.market(),
            40 if self.drawn.in_hundred(40) => self.break_line(),
            41 if self.drawn.in_hundred(12) => self.die(),
            42 if self.drawn.in_hundred(20) => {
                let now = self.play.now();
                self.play.desk.misheard(now);
            }
            _ => {}
        }
        self.speak();
        self.carry();
        self.listen();
    }

    fn place(&mut self) {
        self.placed += 1;
        let id = ClientOrderId::new(1, self.epoch, self.placed);
        let side = if self.drawn.in_hundred(50) { Side::Buy } else { Side::Sell };
        let order = Order { client_order_id: id, side, px: Ticks(100), qty: Lots(10), ..Order::default() };
        self.request(id, RequestKind::Place(order));
    }

    fn request(&mut self, id: ClientOrderId, what: RequestKind) {
        self.clerk.asks(id, &what);
        let request = Request { client_order_id: id, instrument: BTC, what, ..Request::default() };
        let now = self.play.now();
        self.play.desk.request(&request, now, &mut self.play.post);
    }

    /// A cancel or a change of an order that the engine believes to stand.
    fn ask_of_one(&mut self, what: RequestKind) {
        let is_change = matches!(what, RequestKind::Modify { .. });
        let may = |row: &Row| {
            use OrderStatus as S;
            matches!(row.status, S::Submitted | S::Accepted | S::PartiallyFilled | S::PendingUpdate)
                && !(is_change && row.is_changing())
        };
        let open: Vec<_> = self.clerk.rows.iter().filter(|(_, row)| may(row)).map(|(id, _)| *id).collect();
        if !open.is_empty() {
            let id = open[self.drawn.below(open.len() as u64) as usize];
            let filled = self.clerk.rows[&id].filled;
            let what = match what {
                RequestKind::Modify { px, qty } => RequestKind::Modify { px, qty: Lots(qty.0 + filled) },
                what => what,
            };
            self.request(id, what);
        }
    }

    /// The venue does something with an order that stands.
    fn market(&mut self) {
        let open: Vec<usize> = (0..self.venue.orders.len()).filter(|at| self.venue.orders[*at].is_open()).collect();
        if open.is_empty() {
            return;
        }
        let at = open[self.drawn.below(open.len() as u64) as usize];
        match self.drawn.below(20) {
            0 => self.venue.end(at, OrderState::Canceled),
            1 => self.venue.end(at, OrderState::Expired),
            2 if self.venue.orders[at].filled == 0 => self.venue.end(at, OrderState::Rejected(RejectReason::Other)),
            2..12 => self.venue.execute(at, 1 + self.drawn.below(6) as i64),
            _ => self.venue.execute(at, i64::MAX),
        }
    }

    fn break_line(&mut self) {
        self.faults += 1;
        self.line += 1;
        self.channels = [0; 3];
        let now = self.play.now();
        let heard_ns = now.timer_ns - self.drawn.below(500) * 1_000_000;
        self.play.desk.line_down(0, heard_ns, now, &mut self.play.post);
    }

    /// The process dies. The next one has another number, and knows of nothing else: it withdraws what stands, or adopts what
    /// is of a run before.
    fn die(&mut self) {
        let adopts = self.drawn.in_hundred(50);
        self.faults += 1;
        self.line += 1;
        self.process += 1;
        self.epoch += 1;
        self.channels = [0; 3];
        self.placed = 0;
        self.served = 0;
        self.clerk = Clerk::default();
        for at in 0..self.venue.orders.len() {
            if !adopts {
                self.venue.end(at, OrderState::Canceled);
            }
        }
        self.venue.said.clear();
        self.began_at = self.venue.now;
        let now_ms = self.play.now_ms;
        self.play = Play { now_ms, ..Play::of_epoch(self.manners, self.epoch) };
        self.play.desk.rules.adopts = adopts;
        self.play.desk.takeover = Some(Takeover::new([1].into()));
    }

    /// Everything agrees, and nothing is left to ask.
    fn judge(&self) {
        let seed = self.seed;
        assert_eq!(self.play.desk.phase, Phase::Ready, "seed {seed}: orders pass again");
        let unknown = self.play.desk.orders.entries.iter().find(|(_, entry)| entry.is_unknown());
        assert!(unknown.is_none(), "seed {seed}: what became of it is not known: {unknown:?}");
        for (id, row) in &self.clerk.rows {
            let held = self.venue.of(*id);
            let story = format!("seed {seed}: {id} is {row:?}, at the venue {held:?}");
            let filled = held.map_or(0, |held| held.filled);
            assert_eq!(row.filled, filled, "{story}");
            match held {
                Some(held) if held.is_open() => {
                    let agrees = matches!(row.status, OrderStatus::Accepted | OrderStatus::PartiallyFilled);
                    assert!(agrees && row.qty == held.order.qty.0, "{story}");
                }
                _ => assert!(row.status.is_terminal(), "{story}: a phantom"),
            }
        }
        for held in self.venue.orders.iter().filter(|held| held.is_open()) {
            let row = self.clerk.rows.get(&held.order.client_order_id);
            assert!(row.is_some_and(|row| row.status.is_open()), "seed {seed}: {held:?} is an orphan: {row:?}");
        }
        assert_eq!(self.venue.duplicates, 0, "seed {seed}");
        // Only what a run before had under way when it died explains a difference.
        let is_late = |id: ClientOrderId| {
            id.epoch() < self.epoch && self.venue.of(id).is_some_and(|held| held.entered_at >= self.began_at)
        };
        let is_other =
            |fill: &FillNews| fill.whose.ours.is_some_and(|id| !self.clerk.rows.contains_key(&id) || is_late(id));
        let is_explained = self.venue.fills.iter().any(|fill| fill.at_ns >= self.began_at && is_other(fill));
        assert!(self.play.desk.positions_off() == 0 || is_explained, "seed {seed}: a position that nothing explains");
        let (ours, theirs) = (self.clerk.position, self.venue.position());
        assert!(ours == theirs || is_explained, "seed {seed}: the engine holds {ours}, the account {theirs}");
    }

    fn run(mut self) -> (u64, usize) {
        while self.play.now_ms < 10 * SECOND {
            self.step();
        }
        self.is_troubled = true;
        for _ in 0..TROUBLE / TICK {
            self.happen();
            self.step();
        }
        self.is_troubled = false;
        for _ in 0..PEACE / TICK {
            self.step();
        }
        self.judge();
        (self.faults, self.venue.orders.len())
    }
}

#[test]
fn what_is_believed_of_orders_is_what_the_venue_holds() {
    let seeds = if std::env::var_os("RINGSIDE_THOROUGH").is_some() { 10_000 } else { 500 };
    let only = std::env::var("RINGSIDE_SEED").ok().and_then(|seed| seed.parse().ok());
    let (mut faults, mut orders) = (0, 0);
    for seed in only.map_or(0..seeds, |seed| seed..seed + 1) {
        let (met, sent) = World::new(seed).run();
        faults += met;
        orders += sent;
    }
    println!(
        "order truth: {seeds} seeds, {orders} orders, {faults} faults: 0 duplicates, 0 orphans, 0 phantoms, 0 ends unstated"
    );
}
