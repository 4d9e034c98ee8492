//! What the engine believes of its orders against what the venue holds, by seed: replies that are lost, late, or say nothing,
//! requests that never arrive, fills that race cancels, news told twice, dropped or in another order, lines that break,
//! processes that die and know nothing behind it but their number. Everything that is told is held against the truth when it
//! is told, and all of it when the trouble is over.
//!
//! No socket and no clock: an hour of trouble takes a second.

use super::clerk::{Clerk, Row};
use super::*;
use crate::gateway::desk::simulated::passage::Passage;
use engine_model::order::OrderStatus;

/// A tick, in milliseconds.
const TICK: u64 = 50;
/// How long everything goes wrong, then how long nothing does: an order that cannot be asked for is believed lost after 10 s,
/// rounds are 30 s apart.
const TROUBLE: u64 = 60 * SECOND;
const PEACE: u64 = 100 * SECOND;
/// Both sides of one story.
struct World {
    seed: u64,
    way: Passage,
    clerk: Clerk,
    epoch: u32,
    placed: u32,
    /// When the process began.
    began_at: Nanos,
}

impl World {
    fn new(seed: u64) -> Self {
        let way = Passage::new(seed, &instruments(), vec![BTC], EPOCH);
        Self { seed, way, clerk: Clerk::default(), epoch: EPOCH, placed: 0, began_at: Nanos(0) }
    }

    /// One tick of everything.
    fn step(&mut self) {
        self.way.pass_to(self.way.now_ms + TICK);
        while self.way.arrive() {
            self.listen();
        }
        self.way.tick();
        self.listen();
    }

    /// What the engine is told is held against the truth at once.
    fn listen(&mut self) {
        while let Some((reply, is_true)) = self.way.told() {
            let id = reply.client_order_id;
            let heard = is_true.and_then(|()| self.clerk.hears(&reply));
            assert!(heard.is_ok(), "seed {}, {} ms: {id} told {}: {heard:?}", self.seed, self.way.now_ms, tell(&reply));
        }
    }

    /// What strategies, the market, the network and fate do.
    fn happen(&mut self) {
        match self.way.drawn.below(100) {
            0..12 => self.place(),
            12..20 => self.ask_of_one(RequestKind::Cancel),
            20..24 => {
                let (px, qty) =
                    (Ticks(100 + self.way.drawn.below(3) as i64), Lots(4 + self.way.drawn.below(12) as i64));
                self.ask_of_one(RequestKind::Modify { px, qty });
            }
            24..40 => self.way.market(),
            40 if self.way.drawn.in_hundred(40) => self.way.break_line(),
            41 if self.way.drawn.in_hundred(12) => self.die(),
            42 if self.way.drawn.in_hundred(20) => self.way.mishear(),
            _ => {}
        }
        self.way.speak();
        self.way.carry();
        self.listen();
    }

    fn place(&mut self) {
        self.placed += 1;
        let id = ClientOrderId::new(1, self.epoch, self.placed);
        let side = if self.way.drawn.in_hundred(50) { Side::Buy } else { Side::Sell };
        let order = Order { client_order_id: id, side, px: Ticks(100), qty: Lots(10), ..Order::default() };
        self.request(id, RequestKind::Place(order));
    }

    fn request(&mut self, id: ClientOrderId, what: RequestKind) {
        self.clerk.asks(id, &what);
        let request = Request { client_order_id: id, instrument: BTC, what, ..Request::default() };
        self.way.request(&request);
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
            let id = open[self.way.drawn.below(open.len() as u64) as usize];
            let filled = self.clerk.rows[&id].filled;
            let what = match what {
                RequestKind::Modify { px, qty } => RequestKind::Modify { px, qty: Lots(qty.0 + filled) },
                what => what,
            };
            self.request(id, what);
        }
    }

    /// The process dies. The next one has another number, and knows of nothing else: it withdraws what stands, or adopts what
    /// is of a run before.
    fn die(&mut self) {
        let adopts = self.way.drawn.in_hundred(50);
        self.epoch += 1;
        self.placed = 0;
        self.clerk = Clerk::default();
        self.way.die(self.epoch, adopts);
        self.began_at = self.way.venue.now;
    }

    /// Everything agrees, and nothing is left to ask.
    fn judge(&self) {
        let seed = self.seed;
        assert_eq!(self.way.desk.phase, Phase::Ready, "seed {seed}: orders pass again");
        let unknown = self.way.desk.orders.entries.iter().find(|(_, entry)| entry.is_unknown());
        assert!(unknown.is_none(), "seed {seed}: what became of it is not known: {unknown:?}");
        for (id, row) in &self.clerk.rows {
            let held = self.way.venue.of(*id);
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
        for held in self.way.venue.orders.iter().filter(|held| held.is_open()) {
            let row = self.clerk.rows.get(&held.order.client_order_id);
            assert!(row.is_some_and(|row| row.status.is_open()), "seed {seed}: {held:?} is an orphan: {row:?}");
        }
        assert_eq!(self.way.venue.duplicates, 0, "seed {seed}");
        // Only what a run before had under way when it died explains a difference.
        let is_late = |id: ClientOrderId| {
            id.epoch() < self.epoch && self.way.venue.of(id).is_some_and(|held| held.entered_at >= self.began_at)
        };
        let is_other =
            |fill: &FillNews| fill.whose.ours.is_some_and(|id| !self.clerk.rows.contains_key(&id) || is_late(id));
        let is_explained = self.way.venue.fills.iter().any(|fill| fill.at_ns >= self.began_at && is_other(fill));
        assert!(self.way.desk.positions_off() == 0 || is_explained, "seed {seed}: a position that nothing explains");
        let (ours, theirs) = (self.clerk.position, self.way.venue.position(BTC));
        assert!(ours == theirs || is_explained, "seed {seed}: the engine holds {ours}, the account {theirs}");
    }

    fn run(mut self) -> (u64, usize) {
        while self.way.now_ms < 10 * SECOND {
            self.step();
        }
        self.way.is_troubled = true;
        for _ in 0..TROUBLE / TICK {
            self.happen();
            self.step();
        }
        self.way.is_troubled = false;
        for _ in 0..PEACE / TICK {
            self.step();
        }
        self.judge();
        (self.way.faults, self.way.venue.orders.len())
    }
}

#[test]
fn what_is_believed_of_orders_is_what_the_venue_holds() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let only = number("RINGSIDE_SEED");
    let (from, seeds) = (number("RINGSIDE_SEEDS_FROM").unwrap_or(0), number("RINGSIDE_SEEDS").unwrap_or(500));
    let (mut faults, mut orders) = (0, 0);
    for seed in only.map_or(from..from + seeds, |seed| seed..seed + 1) {
        let (met, sent) = World::new(seed).run();
        faults += met;
        orders += sent;
    }
    println!(
        "order truth: {seeds} seeds, {orders} orders, {faults} faults: 0 duplicates, 0 orphans, 0 phantoms, 0 ends unstated"
    );
}
