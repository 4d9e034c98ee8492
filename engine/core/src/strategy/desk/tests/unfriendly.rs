//! Brackets at a venue, and behind a risk, that say no for a while: to what is let go, to changes, to withdrawals; that tell
//! of payments in between, keep coins as a fee, and close what is held.

use super::*;
use engine_model::venue::RejectReason;

const ENTRY_PX: i64 = 600_000;
const STOP_PX: i64 = 590_000;

/// What became of a bracket of ten.
struct End {
    entry: Twin,
    /// Of all exits, also of those that were entered anew.
    exits: Vec<Twin>,
    followed: usize,
    /// What is held at the end.
    position: i64,
    /// What fees and the venue took of it.
    taken: i64,
    /// Answers that were a no.
    refused: usize,
}

struct Venue {
    bench: Bench,
    family: BTreeMap<ClientOrderId, Twin>,
    random: Random,
    seconds: u64,
    refused: usize,
    taken: i64,
}

impl Venue {
    fn new(seed: u64) -> (Self, ClientOrderId) {
        let mut bench = Bench::new();
        bench.at(1);
        let children = [limit(Side::Sell, 610_000, 10), stop(Side::Sell, STOP_PX, 10)];
        let entry = bench.list(Some(limit(Side::Buy, ENTRY_PX, 10)), Contingency::Ouo, &children).expect("room");
        (Self { bench, family: BTreeMap::new(), random: Random::new(seed), seconds: 1, refused: 0, taken: 0 }, entry)
    }

    fn state(&self, id: ClientOrderId) -> (OrderStatus, i64, i64) {
        let Twin { total, filled, .. } = self.family[&id];
        (if filled > 0 { OrderStatus::PartiallyFilled } else { OrderStatus::Accepted }, total, filled)
    }

    /// Answers a wish with a no that may pass, if there is one to it.
    fn refuse(&mut self, wish: IntentKind, entry: ClientOrderId) -> bool {
        let refusal = Refusal::new(Check::StalePrice, 2, 1);
        let is_live = |this: &Self, id| this.family.get(&id).is_some_and(|twin| twin.is_live);
        match wish {
            IntentKind::Submit(order) | IntentKind::Release(order) if order.client_order_id != entry => {
                let (event, status) = match self.random.below(2) {
                    0 => (OrderEvent::Denied(refusal), OrderStatus::Denied),
                    _ => (OrderEvent::Rejected(RejectReason::Unavailable), OrderStatus::Rejected),
                };
                let id = order.client_order_id;
                self.family.insert(id, Twin { total: order.qty.0, is_over: true, ..Twin::default() });
                self.bench.report(id, event, status, order.qty.0, 0);
            }
            IntentKind::Modify(Change { client_order_id: id, .. }) if is_live(self, id) => {
                let event = match self.random.below(2) {
                    0 => OrderEvent::ModifyDenied { refusal, was_granted: false },
                    _ => OrderEvent::ModifyRejected(RejectReason::Other),
                };
                let (status, total, filled) = self.state(id);
                self.bench.report(id, event, status, total, filled);
            }
            IntentKind::Cancel(id) if is_live(self, id) => {
                let (status, total, filled) = self.state(id);
                self.bench.report(id, OrderEvent::CancelRejected(RejectReason::Other), status, total, filled);
            }
            _ => return false,
        }
        self.refused += 1;
        true
    }

    fn fill_some(&mut self) {
        let live: Vec<ClientOrderId> = self.family.iter().filter(|(_, twin)| twin.is_live).map(|(id, _)| *id).collect();
        if live.is_empty() {
            return;
        }
        let id = live[self.random.below(live.len() as u64) as usize];
        let twin = self.family.get_mut(&id).expect("live");
        let qty = 1 + self.random.below((twin.total - twin.filled).min(4) as u64) as i64;
        twin.filled += qty;
        let is_filled = twin.filled == twin.total;
        (twin.is_live, twin.is_over) = (!is_filled, is_filled);
        let status = if is_filled { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
        let Twin { total, filled, .. } = *twin;
        self.bench.report(id, fill(qty), status, total, filled);
        let held = self.bench.position();
        if self.bench.sides[&id] == Side::Buy && held > 0 && self.random.once_in(8) {
            self.take(Cause::CoinFee, id, held.min(qty));
        }
        if self.random.once_in(3) {
            self.bench.report(id, OrderEvent::Paid(Payment::default()), OrderStatus::Initialized, 0, 0);
        }
    }

    /// A part of what is held is gone, at most so much; not while an order is under way that cannot be made smaller.
    fn take(&mut self, cause: Cause, of: ClientOrderId, most: i64) {
        let is_taking = |id: &ClientOrderId| self.family.get(id).is_some_and(|twin| twin.is_live);
        if self.bench.taking.iter().any(is_taking) {
            return;
        }
        let qty = 1 + self.random.below(most as u64) as i64;
        self.taken += qty;
        self.bench.close_out(cause, of, qty);
    }

    /// Everything is carried out from now on, and time passes.
    fn calm_down(&mut self) {
        for _ in 0..60 {
            self.seconds += 1;
            self.bench.at(self.seconds);
            self.bench.obey(&mut self.family);
        }
    }
}

fn bracket(seed: u64) -> End {
    let (mut venue, entry) = Venue::new(seed);
    let mut waiting: Vec<IntentKind> = Vec::new();
    for _ in 0..60 {
        waiting.extend(venue.bench.wishes());
        match venue.random.below(10) {
            0..5 if !waiting.is_empty() => {
                let wish = waiting.remove(0);
                let says_no = venue.random.once_in(3);
                if !(says_no && venue.refuse(wish, entry)) {
                    carry_out(&mut venue.bench, &mut venue.family, wish);
                }
            }
            5..8 => venue.fill_some(),
            8 if venue.random.once_in(8) => venue.bench.trade(STOP_PX),
            8 if venue.random.once_in(16) && venue.bench.position() > 0 => {
                venue.take(Cause::Liquidation, ClientOrderId(0), venue.bench.position());
            }
            _ => {
                venue.seconds += 1;
                venue.bench.at(venue.seconds);
            }
        }
    }
    waiting.into_iter().for_each(|wish| carry_out(&mut venue.bench, &mut venue.family, wish));
    venue.calm_down();
    let Venue { bench, mut family, refused, taken, .. } = venue;
    let entry = family.remove(&entry).unwrap_or_default();
    let (followed, position) = (bench.seat.desk().followed(), bench.position());
    End { entry, exits: family.into_values().collect(), followed, position, taken, refused }
}

/// Whatever was refused on the way: when all is calm, what the entry filled has an exit, and none stands for more.
#[test]
fn what_an_entry_filled_has_an_exit_whatever_was_refused_for_a_while() {
    let (mut open, mut bare, mut flat, mut refused, mut less) = (0, 0, 0, 0, 0);
    for seed in 0..3_000 {
        let End { entry, exits, followed, position, taken, refused: noes } = bracket(seed);
        let held = entry.filled - exits.iter().map(|exit| exit.filled).sum::<i64>() - taken;
        assert_eq!(held, position, "seed {seed}");
        less += usize::from(taken > 0 && held > 0);
        let standing = |exit: &Twin| exit.total - exit.filled;
        let live = || exits.iter().filter(|exit| exit.is_live).map(standing);
        refused += noes;
        if held > 0 {
            // A stop that still waits for its price is one for all of it, whatever the target has done.
            let waits = exits.iter().any(|exit| !exit.is_live && !exit.is_over);
            let told = || format!("seed {seed}: {held} held, entry {entry:?}, exits {exits:?}, {followed} followed");
            assert!(waits || live().max() == Some(held), "{}", told());
            assert!(live().all(|standing| standing <= held), "{}", told());
            open += 1;
            bare += usize::from(!waits);
        } else if entry.is_over {
            assert_eq!((live().count(), followed), (0, 0), "seed {seed}: entry {entry:?}, exits {exits:?}");
            flat += 1;
        }
    }
    assert!(
        open > 100 && bare > 40 && flat > 300 && refused > 3_000 && less > 50,
        "{open} open, {bare} of them by what left, {less} with less than was bought, {flat} flat, {refused} refused"
    );
}

/// The desk asks for the same change again after the next news, with what is right then; and believes none that was denied.
#[test]
fn a_change_that_was_denied_is_not_believed_and_asked_for_again_with_the_next_news() {
    let mut bench = Bench::new();
    let pair = [limit(Side::Sell, 610_000, 10), limit(Side::Sell, 620_000, 10)];
    let first = bench.list(None, Contingency::Ouo, &pair).expect("room");
    let second = ClientOrderId::new(first.strategy(), first.epoch(), first.counter() + 1);
    let mut family = BTreeMap::new();
    bench.obey(&mut family);
    bench.report(first, fill(4), OrderStatus::PartiallyFilled, 10, 4);
    let asked = |wishes: Vec<IntentKind>| match wishes[..] {
        [IntentKind::Modify(change)] => Some((change.client_order_id, change.qty.0)),
        _ => None,
    };
    assert_eq!(asked(bench.wishes()), Some((second, 6)));
    let refusal = Refusal::new(Check::PriceCollar, 2, 1);
    for was_granted in [false, true] {
        let denied = OrderEvent::ModifyDenied { refusal, was_granted };
        bench.report(second, denied, OrderStatus::Accepted, 10, 0);
        assert_eq!(bench.wishes(), [], "not at once: that would be a circle");
        bench.report(first, fill(1), OrderStatus::PartiallyFilled, 10, 5 + i64::from(was_granted));
        assert_eq!(asked(bench.wishes()), Some((second, 5 - i64::from(was_granted))), "{was_granted}");
    }
}
