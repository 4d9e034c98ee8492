//! The clerk at real rings, cranked by hand.

use super::*;
use crate::config::Rings;
use crate::risk::test_desk::{Desk, wide};
use crate::test_instruments::{LINEAR, SPOT, instruments};
use crate::wiring::Wiring;
use engine_model::instrument::InstrumentId;
use engine_model::intent::IntentKind;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, OrderEvent, OrderStatus};
use engine_model::units::{Lots, Ticks};
use engine_model::venue::{RejectReason, ReplyKind};
use engine_ring::clock::ClockHand;
use engine_ring::snapshot::{SnapshotReader, snapshot};

const VENUE: VenueId = VenueId::BinanceUsdm;

struct Rig {
    stage: ExecutionStage,
    orders: Writer<Decision>,
    requests: Reader<Request>,
    /// Of another venue, where the run has one.
    elsewhere: Option<Reader<Request>>,
    replies: Writer<Reply>,
    reports: Reader<Report>,
    images: SnapshotReader<LatencyImage>,
    kill: Switch,
    hand: ClockHand,
    /// Makes decisions; its own clerk is not looked at.
    desk: Desk,
}

impl Rig {
    fn new() -> Self {
        Self::of(&[VENUE])
    }

    fn of(venues: &[VenueId]) -> Self {
        let depths = Rings::default().with(Ring::Request, 8).with(Ring::Report, 16);
        let mut wiring = Wiring::new(venues, &depths, &[Place::Journal, Place::Bridge, Place::Strategy]);
        let (clock, mut hand) = Clock::manual();
        let desk = Desk::new(wide());
        hand.set(desk.now.0);
        let (image_writer, images) = snapshot();
        let kill = Switch::new();
        let ends = ExecutionEnds {
            orders: wiring.order().reader("execution").unwrap(),
            replies: wiring.reply_readers().unwrap(),
            requests: wiring.request_writers().unwrap(),
            reports: wiring.report().writer("execution").unwrap(),
            images: image_writer,
            kill: kill.clone(),
            clock,
        };
        Self {
            stage: ExecutionStage::new(Execution::new(instruments(), 64), ends),
            orders: wiring.order().writer("risk").unwrap(),
            requests: wiring.request_reader(VENUE).unwrap(),
            elsewhere: venues.get(1).map(|venue| wiring.request_reader(*venue).unwrap()),
            replies: wiring.reply_writer(VENUE).unwrap(),
            reports: wiring.report().reader("risk").unwrap(),
            images,
            kill,
            hand,
            desk,
        }
    }

    fn buy(&mut self) -> ClientOrderId {
        self.buy_of(LINEAR, 600_000, 5)
    }

    fn buy_of(&mut self, instrument: InstrumentId, px: i64, qty: i64) -> ClientOrderId {
        let order = self.desk.order(instrument, Side::Buy, px, qty);
        let decision = self.desk.ask(IntentKind::Submit(order));
        self.orders.try_publish(decision).unwrap();
        order.client_order_id
    }

    fn cancel(&mut self, id: ClientOrderId) {
        let decision = self.desk.cancel(id);
        self.orders.try_publish(decision).unwrap();
    }

    fn reply(&mut self, id: ClientOrderId, what: ReplyKind) {
        let received_at_ns = self.desk.now;
        let reply = Reply { client_order_id: id, instrument: LINEAR, what, received_at_ns, ..Reply::default() };
        self.replies.try_publish(reply).unwrap();
    }

    fn requests(&mut self) -> Vec<(ClientOrderId, bool)> {
        taken(&mut self.requests)
    }

    fn reports(&mut self) -> Vec<OrderStatus> {
        let mut all = Vec::new();
        self.reports.take(1_000, |_, report| all.push(report.status));
        all
    }
}

/// Of which order, and whether it is placed.
fn taken(requests: &mut Reader<Request>) -> Vec<(ClientOrderId, bool)> {
    let mut all = Vec::new();
    requests.take(1_000, |_, r| all.push((r.client_order_id, matches!(r.what, RequestKind::Place(_)))));
    all
}

fn halt() -> Decision {
    let (scope, state) = (engine_model::limit::Scope::Whole, engine_model::limit::TradingState::Halted);
    let what = crate::risk::DecisionKind::State { scope, state, cause: crate::risk::Cause::DailyLoss };
    Decision { what, ..Decision::default() }
}

#[test]
fn a_decision_becomes_a_request_and_a_report_and_its_latency_is_known() {
    let mut rig = Rig::new();
    let id = rig.buy();
    rig.hand.set(rig.desk.now.0 + 250);
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!((rig.requests(), rig.reports()), (vec![(id, true)], vec![OrderStatus::Submitted]));
    rig.cancel(id);
    rig.reply(id, ReplyKind::Accepted);
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!(rig.requests(), [(id, false)]);
    assert_eq!(rig.reports(), [OrderStatus::Accepted, OrderStatus::PendingCancel], "replies come first");
    assert_eq!(rig.stage.poll(), Poll::Idle);
    let image = *rig.images.read();
    assert_eq!((image.samples, image.p50_ns, image.max_ns), (1, 250, 250), "a cancel is no sample");
    assert_eq!(rig.stage.latency().samples(), 1);
    let counters = rig.stage.counters();
    assert_eq!((counters.placed.get(), counters.cancels.get(), counters.reports.get()), (1, 1, 3));
    assert_eq!((counters.decisions.get(), counters.replies.get(), counters.open.get()), (2, 1, 1));
}

#[test]
fn an_order_waits_for_the_disk_where_it_is_told_to_and_a_slow_disk_stops_orders_and_no_cancel() {
    let mut rig = Rig::new();
    let journal = Arc::new(JournalGauges::default());
    rig.stage = rig.stage.waiting_for(Some(journal.clone()));
    let first = rig.buy();
    assert_eq!((rig.stage.poll(), rig.requests()), (Poll::Blocked, vec![]), "its decision is not on the disk");
    journal.durable_decisions.set_release(1);
    assert_eq!((rig.stage.poll(), rig.requests()), (Poll::Worked, vec![(first, true)]));
    rig.reply(first, ReplyKind::Accepted);
    rig.stage.poll();
    rig.reports();
    let late = rig.buy();
    rig.cancel(first);
    let now = rig.desk.now.0;
    for (after_ns, poll) in [(1, Poll::Blocked), (1 + LAG_MAX_NS, Poll::Blocked), (2 + LAG_MAX_NS, Poll::Worked)] {
        rig.hand.set(now + after_ns);
        assert_eq!(rig.stage.poll(), poll, "after {after_ns} ns");
    }
    // The cancel has waited as long as the disk has not moved, and does not wait anew.
    assert_eq!(rig.reports(), vec![OrderStatus::Denied, OrderStatus::PendingCancel], "{late:?} does not leave");
    assert_eq!(rig.requests(), vec![(first, false)]);
    assert_eq!(rig.stage.counters().blocked.get(), 0, "a wait for the disk is no lack of room");
    // Once the kill switch is on, nothing is waited for.
    rig.cancel(first);
    rig.kill.set(true);
    assert_eq!(rig.stage.poll(), Poll::Worked);
}

#[test]
fn the_page_says_what_is_open_before_the_event_counts_as_read() {
    let folder = std::env::temp_dir().join(format!("execution-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let page = Arc::new(Pulse::create(&folder, 1, 0).unwrap());
    let mut rig = Rig::new();
    rig.stage = rig.stage.on_page(Some(page.clone()));
    let id = rig.buy();
    rig.stage.poll();
    assert_eq!(page.get(Fact::Open), 1);
    rig.reply(id, ReplyKind::Rejected(RejectReason::Other));
    rig.stage.poll();
    assert_eq!(page.get(Fact::Open), 0);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn behind_the_kill_word_what_was_approved_does_not_leave_and_cancels_do() {
    let mut rig = Rig::new();
    let standing = rig.buy();
    rig.stage.poll();
    rig.buy();
    rig.cancel(standing);
    rig.kill.set(true);
    rig.stage.poll();
    assert_eq!(rig.requests(), [(standing, true), (standing, false)]);
    assert_eq!(rig.reports(), [OrderStatus::Submitted, OrderStatus::Denied, OrderStatus::PendingCancel]);
}

#[test]
fn the_reserve_of_a_request_ring_is_for_cancels() {
    let mut rig = Rig::new();
    let ids: Vec<_> = (0..7).map(|_| rig.buy()).collect();
    rig.stage.poll();
    // 8 slots, 2 reserved.
    let statuses = rig.reports();
    assert_eq!(statuses[..6], [OrderStatus::Submitted; 6]);
    assert_eq!(statuses[6..], [OrderStatus::Denied]);
    for id in &ids[..3] {
        rig.cancel(*id);
    }
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!(rig.stage.poll(), Poll::Blocked, "the third cancel waits, it is not dropped");
    let sent: Vec<bool> = rig.requests().into_iter().map(|(_, place)| place).collect();
    assert_eq!(sent, [true, true, true, true, true, true, false, false]);
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!(rig.requests(), [(ids[2], false)]);
}

#[test]
fn without_room_for_its_reports_nothing_is_taken_and_nothing_is_lost() {
    let mut rig = Rig::new();
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.extend((0..4).map(|_| rig.buy()));
        rig.stage.poll();
        rig.requests();
    }
    let late = rig.buy();
    let fill = |trade_id| {
        let (last_px, last_qty) = (Ticks(600_000), Lots(1));
        ReplyKind::Filled { trade_id, last_px, last_qty, fee: Default::default(), liquidity: Default::default() }
    };
    rig.reply(ids[0], fill(1));
    assert_eq!(rig.stage.poll(), Poll::Blocked, "14 reports wait, and an event may lead to three");
    assert_eq!(rig.stage.counters().blocked.get(), 1);
    assert_eq!(rig.reports().len(), 14);
    assert_eq!(rig.stage.poll(), Poll::Worked);
    let told = [OrderStatus::PartiallyFilled, OrderStatus::Submitted, OrderStatus::Submitted, OrderStatus::Submitted];
    assert_eq!(rig.reports(), told);
    assert_eq!(rig.requests(), [(ids[14], true), (ids[15], true), (late, true)]);
}

#[test]
fn a_withdrawal_of_all_goes_on_as_room_comes_and_nothing_overtakes_it() {
    let mut rig = Rig::new();
    let mut ids: Vec<_> = (0..6).map(|_| rig.buy()).collect();
    rig.stage.poll();
    rig.requests();
    ids.extend((0..6).map(|_| rig.buy()));
    rig.stage.poll();
    rig.requests();
    rig.reports();
    rig.orders.try_publish(halt()).unwrap();
    rig.buy();
    rig.stage.poll();
    let first = rig.requests();
    assert_eq!(first, ids[..8].iter().map(|id| (*id, false)).collect::<Vec<_>>(), "as many as had room");
    rig.stage.poll();
    assert_eq!(rig.requests(), ids[8..].iter().map(|id| (*id, false)).collect::<Vec<_>>());
    assert!(rig.reports().contains(&OrderStatus::Denied), "an order behind it found the ring full");
}

#[test]
fn a_venue_whose_ring_is_full_holds_up_its_own_orders_alone() {
    let mut rig = Rig::of(&[VENUE, VenueId::BinanceSpot]);
    let here: Vec<_> = (0..6).map(|_| rig.buy()).collect();
    let mut there = vec![rig.buy_of(SPOT, 300_000, 100)];
    rig.stage.poll();
    rig.reports();
    // Two cancels fill the ring, the third waits, and what stands behind it does not.
    here[..3].iter().for_each(|id| rig.cancel(*id));
    rig.cancel(here[2]);
    rig.buy();
    there.push(rig.buy_of(SPOT, 300_000, 100));
    assert_eq!(rig.stage.poll(), Poll::Worked);
    let [canceled, denied, placed] = [OrderStatus::PendingCancel, OrderStatus::Denied, OrderStatus::Submitted];
    assert_eq!(rig.reports(), [canceled, canceled, denied, placed], "an order is refused by name");
    rig.orders.try_publish(halt()).unwrap();
    assert_eq!(rig.stage.poll(), Poll::Worked);
    let elsewhere = taken(rig.elsewhere.as_mut().unwrap());
    let all = |place| there.iter().map(move |id| (*id, place));
    assert_eq!(elsewhere, all(true).chain(all(false)).collect::<Vec<_>>(), "the halt has reached the other venue");
    assert_eq!(rig.reports(), [canceled; 2]);
    // A narrower one behind it forgets nobody.
    let narrow = engine_model::limit::Scope::Instrument(SPOT);
    let state = engine_model::limit::TradingState::Halted;
    let what = crate::risk::DecisionKind::State { scope: narrow, state, cause: crate::risk::Cause::DailyLoss };
    rig.orders.try_publish(Decision { what, ..Decision::default() }).unwrap();
    assert_eq!(rig.stage.poll(), Poll::Worked);
    let first: Vec<_> = here.iter().map(|id| (*id, true)).chain(here[..2].iter().map(|id| (*id, false))).collect();
    assert_eq!(rig.requests(), first);
    rig.reports();
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!(rig.requests(), here.iter().map(|id| (*id, false)).collect::<Vec<_>>(), "each once, in order");
    assert_eq!((rig.stage.poll(), rig.stage.execution().is_withdrawing()), (Poll::Idle, false));
}

#[test]
fn what_a_venue_did_not_withdraw_is_asked_for_again_by_the_clock_alone() {
    let mut rig = Rig::new();
    let id = rig.buy();
    rig.orders.try_publish(halt()).unwrap();
    rig.stage.poll();
    assert_eq!(rig.requests(), [(id, true), (id, false)]);
    rig.reply(id, ReplyKind::Accepted);
    rig.reply(id, ReplyKind::CancelRejected(RejectReason::RateLimited));
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!((rig.stage.poll(), rig.requests()), (Poll::Idle, Vec::new()), "not at once");
    rig.hand.set(rig.desk.now.0 + 250 * Nanos::MILLI);
    assert_eq!(rig.stage.poll(), Poll::Worked);
    assert_eq!(rig.requests(), [(id, false)]);
    assert_eq!((rig.stage.poll(), rig.requests()), (Poll::Idle, Vec::new()));
}

#[test]
fn an_order_for_a_venue_that_takes_no_part_is_denied() {
    let mut rig = Rig::new();
    let order = rig.desk.order(SPOT, Side::Buy, 300_000, 100);
    let decision = rig.desk.ask(IntentKind::Submit(order));
    rig.orders.try_publish(decision).unwrap();
    rig.stage.poll();
    let mut events = Vec::new();
    rig.reports.take(10, |_, report| events.push(report.event));
    assert!(matches!(events[..], [OrderEvent::Denied(_)]), "{events:?}");
}

#[test]
fn replies_that_do_not_fit_are_shown_by_name() {
    let mut rig = Rig::new();
    rig.reply(ClientOrderId::new(1, 1, 1), ReplyKind::Accepted);
    rig.stage.poll();
    assert_eq!(rig.stage.counters().anomalies[Anomaly::UnknownOrder as usize].get(), 1);
    assert_eq!(rig.stage.execution().anomalies().count(Anomaly::UnknownOrder), 1);
}

#[test]
fn the_last_latency_image_is_not_forgotten() {
    let mut rig = Rig::new();
    rig.buy();
    rig.stage.poll();
    rig.stage.finish();
    assert_eq!(rig.images.read().samples, 1);
}

#[test]
fn what_does_not_fit_is_counted_with_the_order_that_it_was_last_met_with() {
    let mut rig = Rig::new();
    let place = crate::execution::Anomaly::UnknownOrder as usize;
    for (number, count) in [(7, 1), (9, 2)] {
        let id = ClientOrderId::new(1, 5, number);
        rig.reply(id, ReplyKind::Accepted);
        rig.stage.poll();
        let counters = rig.stage.counters();
        assert_eq!((counters.anomalies[place].get(), counters.anomaly_orders[place].get()), (count, id.0));
    }
}
