//! What is to be withdrawn against a slow twin: one list of all, looked through from the oldest on.

use super::*;
use crate::risk::Cause;
use crate::risk::test_desk::{Desk, wide};
use crate::test_instruments::{INVERSE, LINEAR, SPOT, instruments};
use crate::test_random::Random;
use engine_model::instrument::InstrumentId;
use engine_model::intent::IntentKind;
use engine_model::limit::TradingState;
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::units::Ticks;
use std::collections::BTreeSet;

const MID: i64 = 600_000;
const ALL: [InstrumentId; 3] = [LINEAR, INVERSE, SPOT];

struct Twin {
    clerk: Execution,
    /// Approves; its own clerk is not looked at.
    desk: Desk,
    waiting: BTreeSet<ClientOrderId>,
}

impl Twin {
    /// Enters an order, or has it held.
    fn enter(&mut self, random: &mut Random, is_held: bool) {
        self.desk.wait(Nanos::SECOND);
        let id = ALL[random.below(3) as usize];
        let mid = if id == SPOT { MID / 2 } else { MID };
        self.desk.top(id, mid - 1, mid + 1);
        let order = self.desk.order(id, Side::Buy, mid - 90, 20);
        let what = match is_held {
            false => IntentKind::Submit(order),
            true => IntentKind::Hold(Order { order_type: OrderType::StopLimit, trigger_px: Ticks(mid), ..order }),
        };
        let decision = self.desk.ask(what);
        assert!(!matches!(decision.what, DecisionKind::Denied(_)), "{decision:?}");
        self.clerk.on_decision(&decision, Nanos(1), None);
    }

    fn reply(&mut self, id: ClientOrderId, what: ReplyKind) {
        let instrument = self.clerk.orders.get(id).expect("open").instrument;
        self.clerk.on_reply(&Reply { client_order_id: id, instrument, what, ..Reply::default() });
        self.forget_over();
    }

    /// The one who approves hears of every end.
    fn forget_over(&mut self) {
        let mut known = Vec::new();
        self.desk.clerk.orders().open_ids(&mut known);
        for id in known.into_iter().filter(|id| self.clerk.orders.get_open(*id).is_none()) {
            match self.desk.clerk.orders().get(id).is_some_and(|row| row.is_held) {
                true => drop(self.desk.cancel(id)),
                false => self.desk.reply(id, ReplyKind::Canceled),
            }
        }
    }

    fn open(&self) -> Vec<ClientOrderId> {
        let mut ids = Vec::new();
        self.clerk.orders.open_ids(&mut ids);
        ids
    }

    /// Drops what is over; who is asked to withdraw it, of each that is left.
    fn left(&mut self) -> Vec<(ClientOrderId, Option<VenueId>)> {
        let Self { clerk, waiting, .. } = self;
        waiting.retain(|id| clerk.orders.get_open(*id).is_some());
        waiting.iter().map(|id| (*id, clerk.cancel_venue(*id))).collect()
    }
}

/// Enters, holds, ends and withdraws at random, venues full at random: the same orders are withdrawn in the same order as by
/// looking through all, and each venue is known to have some or none.
#[test]
fn what_is_withdrawn_next_is_what_looking_through_all_of_them_finds() {
    let (mut went, mut held_up, mut held) = (0, 0, 0);
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let clerk = Execution::new(instruments(), 24);
        let venues = ALL.map(|id| clerk.instruments.get(id).venue);
        let mut twin = Twin { clerk, desk: Desk::new(wide()), waiting: BTreeSet::new() };
        for step in 0..300 {
            let open = twin.open();
            let any = (!open.is_empty()).then(|| open[random.below(open.len() as u64) as usize]);
            match (random.below(8), any) {
                (0..3, _) if open.len() < 24 => {
                    let is_held = random.once_in(4);
                    twin.enter(&mut random, is_held);
                }
                (3, Some(id)) => {
                    let what = if random.once_in(2) { ReplyKind::Accepted } else { ReplyKind::Canceled };
                    twin.reply(id, what);
                }
                (4..6, Some(id)) if twin.clerk.cancel_venue(id).is_some() => {
                    let what = DecisionKind::Cancel(id);
                    twin.clerk.cancel_later(&Decision { what, ..Decision::default() });
                    twin.waiting.insert(id);
                }
                (6, _) if random.once_in(6) => {
                    let venue = venues[random.below(3) as usize];
                    let scope = if random.once_in(2) { Scope::Whole } else { Scope::Venue(venue) };
                    let (state, cause) = (TradingState::Halted, Cause::DailyLoss);
                    let what = DecisionKind::State { scope, state, cause };
                    twin.clerk.on_decision(&Decision { what, ..Decision::default() }, Nanos(1), None);
                    let instruments = twin.clerk.instruments.clone();
                    let is_reached = |id: &&ClientOrderId| {
                        twin.clerk.orders.get(**id).is_some_and(|row| is_within(scope, row, &instruments))
                    };
                    let reached: Vec<_> = open.iter().filter(is_reached).copied().collect();
                    twin.waiting.extend(reached);
                }
                _ => {
                    let room: [bool; 3] = std::array::from_fn(|_| random.once_in(2));
                    let has_room = |venue| room[venues.iter().position(|known| *known == venue).expect("known")];
                    let left = twin.left();
                    let expected = left.iter().find(|(_, venue)| venue.is_none_or(has_room)).copied();
                    let mut asked = 0;
                    let found = twin.clerk.withdraw_next(Nanos(1), |venue| {
                        asked += 1;
                        has_room(venue)
                    });
                    assert!(asked <= venues.len(), "seed {seed} step {step}: asked {asked} times for {}", left.len());
                    let of = |outcome: &Outcome| outcome.reports[0].map(|report| report.client_order_id);
                    let id = expected.map(|(id, _)| id);
                    assert_eq!(found.as_ref().and_then(of), id, "seed {seed} step {step}: {left:?} {room:?}");
                    assert_eq!(found.is_some(), expected.is_some(), "seed {seed} step {step}");
                    twin.waiting.retain(|waits| Some(*waits) != id);
                    twin.forget_over();
                    went += usize::from(id.is_some());
                    held += usize::from(expected.is_some_and(|(_, venue)| venue.is_none()));
                    held_up += usize::from(id.is_none() && !left.is_empty());
                }
            }
            let left = twin.left();
            for venue in venues {
                let some = left.iter().any(|(_, at)| *at == Some(venue));
                assert_eq!(twin.clerk.is_withdrawing_at(venue), some, "seed {seed} step {step}: {venue:?} {left:?}");
            }
            assert_eq!(twin.clerk.is_withdrawing(), !left.is_empty(), "seed {seed} step {step}: {left:?}");
        }
    }
    assert!(went > 5_000 && held_up > 2_000 && held > 100, "{went} went, {held_up} found no room, {held} were held");
}
