//! What an order meets at any venue, told once: what the engine asked for is what the venue has, whatever goes wrong in
//! between. With what a story begins, and what is a venue's own, stands in the venue's file.

use crate::trader::{Trader, exchange, key, settings};
use engine_model::instrument::{ContractKind, Name};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::payment::{Payment, PaymentKind};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, Reply, ReplyKind, RequestKind, VenueId};
use engine_ring::clock::Clock;
use feeds::gateway::desk::{Holding, inspect, survey, withdraw_standing};
use std::time::Duration;
use tests_venue::Fault;
use tests_venue::account::{ApiKey, Fill, OrderFault};

/// What may become of the answer to an order that the venue has taken.
const ANSWERS_GONE: [OrderFault; 4] = [
    OrderFault::ReplyLost,
    OrderFault::Status { status: 503, acted: true },
    OrderFault::FillBeforeAck,
    OrderFault::Cut,
];

impl Trader {
    /// Enters, changes and withdraws an order on each instrument: the venue has it so each time.
    pub(crate) fn changes_its_mind(mut self, instruments: &[usize]) {
        for &instrument in instruments {
            let order = self.resting(instrument);
            self.stand(&order);
            let (px, qty) = (Ticks(order.px.0 - 10), Lots(order.qty.0 * 2));
            self.ask(&order, RequestKind::Modify { px, qty });
            self.until_told(&order, ReplyKind::Updated { px, qty });
            self.check_stands(px, qty);
            self.withdraw(&order);
        }
    }

    /// The only open order stands so.
    pub(crate) fn check_stands(&self, px: Ticks, qty: Lots) {
        let there = self.truth().open().next().cloned().expect("it stands");
        assert_eq!((there.px, there.qty), (Some(px.0), qty.0));
    }

    pub(crate) fn withdraw(&mut self, order: &Order) {
        self.cancel(order);
        self.until_told(order, ReplyKind::Canceled);
        self.check(&[*order]);
    }

    /// An order that executes at once, whole: a limit one a hundredth above the best.
    pub(crate) fn taker(&mut self, (instrument, side, order_type): (usize, Side, OrderType)) -> Order {
        let ask = self.best(instrument, Side::Sell);
        let px = Ticks(ask.0 + ask.0 / 100);
        Order { side, order_type, time_in_force: TimeInForce::Ioc, px, ..self.resting(instrument) }
    }

    /// Takes so: each execution is told once and with its fee, and what the account holds is what is told of it.
    pub(crate) fn takes(mut self, what: &[(usize, Side, OrderType)]) -> Self {
        let mut orders = Vec::new();
        for &what in what {
            let order = self.taker(what);
            self.place(&order);
            self.until("all of it", |trader| trader.filled(&order) == order.qty.0);
            orders.push(order);
        }
        // Positions are held against each other twice before a difference is believed.
        self.run_for(Duration::from_millis(3_500));
        self.check(&orders);
        let told = orders.iter().flat_map(|order| self.told(order));
        let fills = told.filter(|what| matches!(what, ReplyKind::Filled { .. })).count();
        assert_eq!(fills, self.truth().fills.len(), "each once");
        assert_eq!(self.gauges.positions_off.get(), 0);
        self.check_fees();
        self.check_balances();
        self
    }

    /// The fees that were told, with their executions or beside them, are those that the venue took, each in its asset; one
    /// in the coin that was bought at the price of its execution.
    fn check_fees(&self) {
        let fee = |reply: &Reply| {
            let of = self.instruments[reply.instrument.index()];
            match reply.what {
                ReplyKind::Filled { fee, .. } => Some((of.settlement(), i128::from(fee.0))),
                ReplyKind::Paid(Payment { kind: PaymentKind::Fee, asset, amount }) => {
                    Some((self.instruments().asset_name(asset).expect("of the run"), -i128::from(amount.0)))
                }
                _ => None,
            }
        };
        let mut told: Vec<(Name, i128)> = self.replies().filter_map(fee).filter(|(_, fee)| *fee != 0).collect();
        let taken = |fill: &Fill| {
            let of = self.instruments[fill.instrument];
            if of.kind != ContractKind::Spot || fill.fee_asset != of.base {
                return (fill.fee_asset, fill.fee_e8);
            }
            let ticks = i128::from(fill.px) * i128::from(of.grid.tick_step);
            let one = 10_i128.pow(of.grid.price_decimals.into());
            (of.quote, (fill.fee_e8 * ticks + one - 1).div_euclid(one))
        };
        let mut there: Vec<_> = self.truth().fills.iter().map(taken).filter(|(_, fee)| *fee != 0).collect();
        told.sort_unstable();
        there.sort_unstable();
        assert_eq!(told, there, "each once");
    }

    /// The last that was told of each asset that was traded is what the venue has: with what is bound, to the last unit.
    fn check_balances(&self) {
        let truth = self.truth();
        let told = self.balances();
        let moved = truth.balances.iter().filter(|(asset, held)| truth.opening.get(*asset) != Some(&held.total_e8));
        for (asset, held) in moved {
            assert_eq!(told.get(asset), Some(&held.total_e8), "{asset}: {told:?}");
        }
    }

    /// Places it; it is refused for that reason.
    pub(crate) fn is_refused(&mut self, order: Order, reason: RejectReason) {
        self.place(&order);
        self.until_told(&order, ReplyKind::Rejected(reason));
    }

    /// An order that must rest and would not.
    pub(crate) fn would_take(&mut self, instrument: usize) -> Order {
        let bid = self.best(instrument, Side::Buy);
        Order { post_only: true, px: Ticks(bid.0 + bid.0 / 50), ..self.resting(instrument) }
    }

    /// So many times a usual order.
    pub(crate) fn times(&mut self, instrument: usize, times: i64) -> Order {
        let usual = self.resting(instrument);
        Order { qty: Lots(usual.qty.0 * times), ..usual }
    }

    /// An order that may only reduce where there is nothing to reduce.
    pub(crate) fn reduces_nothing(&mut self, instrument: usize) -> Order {
        Order { reduce_only: true, ..self.resting(instrument) }
    }

    /// Answers are lost, are errors, come behind the execution, or their line is cut: the orders are asked for and found.
    pub(crate) fn loses_answers(mut self, instrument: usize) {
        let orders: Vec<Order> =
            ANSWERS_GONE.into_iter().map(|fault| self.loses_an_answer(instrument, fault)).collect();
        self.run_for(Duration::from_secs(2));
        self.check(&orders);
    }

    /// The same, with a trader for each.
    pub(crate) fn each_loses_an_answer(begin: impl Fn() -> Self, instrument: usize) {
        for fault in ANSWERS_GONE {
            let mut trader = begin();
            let order = trader.loses_an_answer(instrument, fault);
            trader.run_for(Duration::from_secs(1));
            trader.check(&[order]);
        }
    }

    fn loses_an_answer(&mut self, instrument: usize, fault: OrderFault) -> Order {
        let order = self.resting(instrument);
        self.venue.inject(Fault::Order(fault));
        self.place(&order);
        self.until(&format!("news in spite of {fault:?}"), |trader| !trader.told(&order).is_empty());
        self.until_ready();
        order
    }

    /// The venue says nothing of an order and never had it: in the end it is told as withdrawn, which a late execution could
    /// still correct, and never as rejected, which nobody has said.
    pub(crate) fn hears_nothing_of_an_order(mut self, instrument: usize) {
        let order = self.resting(instrument);
        self.venue.inject(Fault::Order(OrderFault::Status { status: 503, acted: false }));
        self.place(&order);
        self.until("an end", |trader| trader.told(&order) == [ReplyKind::Canceled]);
        assert_eq!(self.truth().orders.len(), 0);
    }

    /// Every line is cut: what stands is known again, and what was to be withdrawn meanwhile is.
    pub(crate) fn loses_its_line(mut self, instruments: [usize; 2]) {
        let [kept, withdrawn] = instruments.map(|instrument| self.resting(instrument));
        self.stand(&kept);
        self.stand(&withdrawn);
        self.venue.inject(Fault::Disconnect);
        self.until("the loss", |trader| trader.gauges.net_errors.get() > 0);
        self.cancel(&withdrawn);
        self.until_told(&withdrawn, ReplyKind::Canceled);
        self.until_ready();
        self.check(&[kept, withdrawn]);
    }

    /// A cancel loses to an execution.
    pub(crate) fn cancels_too_late(mut self, instrument: usize) {
        let order = self.resting(instrument);
        self.stand(&order);
        self.venue.inject(Fault::Order(OrderFault::CancelFillRace));
        self.cancel(&order);
        self.until("the execution", |trader| trader.filled(&order) == order.qty.0);
        self.run_for(Duration::from_millis(700));
        self.check(&[order]);
    }

    /// Every kind of fault of orders and of private texts, drawn by the seed: when it is over, what we believe is the truth.
    pub(crate) fn has_a_bad_hour(mut self) {
        self.venue.inject(Fault::Draw { per_mille: 200 });
        let mut orders = Vec::new();
        for round in 0..24 {
            let order = self.resting(round % self.instruments.len());
            self.place(&order);
            self.run_for(Duration::from_millis(250));
            if round % 3 == 0 {
                self.cancel(&order);
            }
            orders.push(order);
        }
        self.venue.inject(Fault::Draw { per_mille: 0 });
        self.until_ready();
        self.until("certainty", |trader| trader.gauges.unknown.get() == 0 && trader.gauges.in_flight.get() == 0);
        self.run_for(Duration::from_secs(3));
        self.check(&orders);
    }

    /// What is looked for before a run begins is found: an order that stands, and of a contract a position. Then what stands
    /// is withdrawn, where the venue lets us.
    pub(crate) fn shows_what_it_holds(mut self, venue: VenueId, of: ApiKey, resting: usize, contract: Option<usize>) {
        let order = self.resting(resting);
        self.stand(&order);
        let mut expected = Vec::new();
        if let Some(contract) = contract {
            let taker = self.taker((contract, Side::Buy, OrderType::Limit));
            self.place(&taker);
            self.until("a position", |trader| trader.filled(&taker) == taker.qty.0);
            expected.push((taker.instrument, Holding::Position(taker.qty)));
        }
        let stands = Holding::Orders { all: 1, in_our_form: 1, one: Some(order.client_order_id) };
        let (settings, key, clock) = (settings(venue, &self.venue), key(of), Clock::machine());
        let look = || survey(&settings, &key, &self.instruments(), &clock).expect("told");
        let held = look();
        assert!(held.contains(&(order.instrument, stands)), "{held:?}");
        assert!(expected.iter().all(|holding| held.contains(holding)), "{held:?} {expected:?}");
        assert_eq!(held.len(), 1 + expected.len(), "{held:?}");
        // At one venue only one by one, by the ids of a run's own table.
        if venue != VenueId::Hyperliquid {
            assert_eq!(withdraw_standing(&settings, &key, &self.instruments(), &clock).expect("asked"), 0);
            assert_eq!(look(), expected);
        }
    }

    /// The venue's stage panics: on the way down everything is withdrawn by REST, without the venue's own switch.
    pub(crate) fn panics_with_an_order_standing(mut self, instruments: [usize; 2]) {
        for instrument in instruments {
            let order = self.resting(instrument);
            self.stand(&order);
        }
        let (stage, venue) = self.taken_apart();
        let panicked = std::thread::spawn(move || {
            let _stage = stage;
            panic!("what a bug does");
        });
        panicked.join().expect_err("it panicked");
        assert_eq!(venue.account_truth().expect("an answer").open().count(), 0);
    }

    /// Our process dies: the venue's own switch, which waits ten seconds, withdraws what it left standing.
    pub(crate) fn dies_with_an_order_standing(mut self, instrument: usize) {
        let order = self.resting(instrument);
        self.stand(&order);
        let venue = self.die();
        let open = || venue.account_truth().expect("an answer").open().count();
        assert_eq!(open(), 1);
        std::thread::sleep(Duration::from_secs(11));
        assert_eq!(open(), 0);
    }
}

/// A good key passes with these words, if any; one that may withdraw and one that may not trade are refused.
pub(crate) fn judges_keys(
    venue: VenueId,
    symbols: &[&str],
    [good, withdrawer, reader]: [ApiKey; 3],
    warned: Option<&str>,
) {
    let (exchange, instruments) = exchange(venue, symbols);
    let judge = |of| inspect(&settings(venue, &exchange), &key(of), &instruments, &Clock::machine());
    let told = judge(good).expect("a good key");
    match warned {
        Some(words) => assert!(told.is_some_and(|told| told.contains(words)), "{told:?}"),
        None => assert_eq!(told, None),
    }
    for (of, why) in [(withdrawer, "may withdraw"), (reader, "may not trade")] {
        let refused = judge(of).expect_err("refused").to_string();
        assert!(refused.contains(why), "{refused}");
    }
}
