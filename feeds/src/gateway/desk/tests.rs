//! The desk against what venues and networks do, with a tongue whose words can be read, and a clock by hand.

mod allocation;
mod clerk;
mod closeouts;
mod coins;
mod halves;
mod liquidations;
mod matrix;
mod races;
mod rounds;
mod safety;
mod setups;
mod stops;
mod takeover;
mod told;
mod trouble;
mod truth;

use super::simulated::{English, MANNERS, Pigeon, ROOMY_MANNERS};
use super::*;
use crate::error::FrameError;
use crate::gateway::call::Purse;
use crate::gateway::heard::{Answer, FillNews, OrderNews, OrderState, Unwelcome, Whose};
use crate::gateway::text::Text;
use crate::gateway::tongue::{Allowance, DeadMan, Place};
use engine_model::instrument::{ContractKind, Grid, Instrument};
use engine_model::market::Side;
use engine_model::payment::Payment;
use engine_model::report::Liquidity;
use engine_model::units::Quote;
use engine_model::venue::{Reply, VenueId};
use told::tell;

const EPOCH: u32 = 7;
const BTC: InstrumentId = InstrumentId(0);
const SECOND: u64 = 1_000;

static SLOW_MANNERS: Manners = Manners { answer_is_final: false, dead_man: None, ..MANNERS };
static SET_MANNERS: Manners =
    Manners { dead_man: Some(DeadMan { seconds: 10, by_instrument: true, is_fed: false }), ..MANNERS };
static CROWDED_MANNERS: Manners =
    Manners { allowance: Allowance { questions_a_minute: 480, ..MANNERS.allowance }, ..MANNERS };

struct Play {
    desk: Desk,
    post: Pigeon,
    now_ms: u64,
    /// Messages of this story that were read already.
    read: usize,
}

pub(super) fn instruments() -> Instruments {
    instruments_of(1)
}

fn instruments_of(count: u32) -> Instruments {
    Instruments::new((0..count).map(|number| Instrument { id: InstrumentId(number), ..instrument() }).collect())
}

/// The same at a venue that answers by halves, each with its own symbol.
pub(super) fn usdm_instruments(count: u32) -> Instruments {
    let one = |number: u32| Instrument {
        id: InstrumentId(number),
        venue: VenueId::BinanceUsdm,
        symbol: Name::new(&format!("S{number}USDT")).expect("short"),
        ..instrument()
    };
    Instruments::new((0..count).map(one).collect())
}

fn instrument() -> Instrument {
    let name = |text| Name::new(text).expect("short");
    Instrument {
        id: BTC,
        venue: VenueId::BinanceSpot,
        symbol: name("BTCUSDT"),
        base: name("BTC"),
        quote: name("USDT"),
        kind: ContractKind::Linear,
        grid: Grid { price_decimals: 2, tick_step: 1, qty_decimals: 5, lot_step: 1 },
        contract_size: 1,
        contract_decimals: 0,
        min_qty: Lots(1),
        max_qty: Lots(1_000_000),
        min_notional: Quote::ZERO,
    }
}

fn id(number: u32) -> ClientOrderId {
    ClientOrderId::new(1, EPOCH, number)
}

fn whose(number: u32) -> Whose {
    Whose { ours: Some(id(number)), venue_order_id: Name::new(&format!("v{number}")).expect("short") }
}

/// Orders are of 10 lots at 100.
fn news(number: u32, state: OrderState, filled: i64) -> OrderNews {
    OrderNews {
        whose: whose(number),
        instrument: Some(BTC),
        side: Side::Buy,
        px: Ticks(100),
        qty: Lots(10),
        filled: Lots(filled),
        state,
        waits: false,
        at_ns: Nanos(1),
    }
}

fn fill(number: u32, trade_id: u64, qty: i64) -> FillNews {
    FillNews {
        whose: whose(number),
        instrument: Some(BTC),
        side: Side::Buy,
        trade_id,
        px: Ticks(100),
        qty: Lots(qty),
        fee_e8: 0,
        fee_asset: Name::default(),
        liquidity: Liquidity::Maker,
        at_ns: Nanos(0),
    }
}

impl Play {
    /// Ready, with what that took forgotten.
    fn new(manners: &'static Manners) -> Self {
        let mut play = Self::asleep(manners);
        play.come_up();
        play
    }

    /// Before anything was asked.
    fn asleep(manners: &'static Manners) -> Self {
        Self::of_epoch(manners, EPOCH)
    }

    /// The same of another run.
    fn of_epoch(manners: &'static Manners, epoch: u32) -> Self {
        let rules = Rules {
            answer_within_ns: 5_000_000_000,
            reconcile_every_ns: 30_000_000_000,
            orders: None,
            epoch,
            adopts: false,
        };
        let desk = Desk::new(Box::new(English(manners)), &instruments(), vec![BTC], rules);
        Self { desk, post: Pigeon::default(), now_ms: 1_000, read: 0 }
    }

    /// Answers every question until orders pass.
    fn come_up(&mut self) {
        for _ in 0..40 {
            self.wait(5);
            if self.desk.phase == Phase::Opening {
                let now = self.now();
                self.desk.line_up(0, now);
            }
            let open: Vec<AskId> = self.desk.asked.iter().map(|(id, _)| *id).collect();
            open.into_iter().for_each(|id| self.hear(&[Heard::Answer(id, Answer::Done)], Some(id)));
        }
        assert_eq!(self.desk.phase, Phase::Ready);
        self.read = self.post.sent.len();
    }

    fn now(&self) -> Now {
        let clock = Nanos(self.now_ms * 1_000_000);
        Now { timer_ns: clock.0, clock, venue: self.desk.venue_time(clock) }
    }

    /// Time goes by, in the steps of the stage.
    fn wait(&mut self, ms: u64) {
        for _ in 0..ms / 5 {
            self.now_ms += 5;
            let now = self.now();
            self.desk.tick(now, &mut self.post);
        }
    }

    /// Time goes by, and every question is answered.
    fn answering(&mut self, ms: u64) {
        for _ in 0..ms / 5 {
            self.wait(5);
            let open: Vec<AskId> = self.desk.asked.iter().map(|(id, _)| *id).collect();
            open.into_iter().for_each(|id| self.hear(&[Heard::Answer(id, Answer::Done)], Some(id)));
        }
    }

    fn request(&mut self, number: u32, what: RequestKind) {
        let request = Request { client_order_id: id(number), instrument: BTC, what, ..Request::default() };
        let now = self.now();
        self.desk.request(&request, now, &mut self.post);
    }

    fn place(&mut self, number: u32) {
        let order = Order { client_order_id: id(number), px: Ticks(100), qty: Lots(10), ..Order::default() };
        self.request(number, RequestKind::Place(order));
    }

    fn cancel(&mut self, number: u32) {
        self.request(number, RequestKind::Cancel);
    }

    fn hear(&mut self, heard: &[Heard], answers: Option<AskId>) {
        let now = self.now();
        self.desk.hear(heard, answers, now, &mut self.post);
    }

    fn news(&mut self, number: u32, state: OrderState, filled: i64) {
        self.hear(&[Heard::Order(news(number, state, filled))], None);
    }

    fn fill(&mut self, number: u32, trade_id: u64, qty: i64) {
        self.hear(&[Heard::Fill(fill(number, trade_id, qty))], None);
    }

    /// The number of the last message with those words.
    fn asked(&self, words: &str) -> AskId {
        let found = self.post.sent.iter().rev().find(|(_, sent)| sent == words);
        found.unwrap_or_else(|| panic!("nobody said {words:?}: {:?}", self.post.sent)).0
    }

    fn answer(&mut self, words: &str, answer: Answer) {
        self.answer_with(words, &[], answer);
    }

    fn answer_with(&mut self, words: &str, rows: &[Heard], answer: Answer) {
        let id = self.asked(words);
        let mut heard = rows.to_vec();
        heard.push(Heard::Answer(id, answer));
        self.hear(&heard, Some(id));
    }

    /// What was said since the last look.
    fn said(&mut self) -> Vec<String> {
        let said = self.post.sent[self.read..].iter().map(|(_, words)| words.clone()).collect();
        self.read = self.post.sent.len();
        said
    }

    /// What the engine was told since the last look.
    fn told(&mut self) -> Vec<String> {
        self.desk.orders.replies.drain(..).map(|reply| tell(&reply)).collect()
    }

    /// An order that stands.
    fn stand(&mut self, number: u32) {
        self.place(number);
        self.answer(&format!("place {number}"), Answer::Done);
        self.news(number, OrderState::Open, 0);
        assert_eq!(self.told(), [format!("{number} accepted")]);
        self.said();
    }
}

const NONE: [&str; 0] = [];

#[test]
fn tokens_come_first_then_lines_then_open_orders_and_only_then_orders_pass() {
    let mut play = Play::asleep(&MANNERS);
    play.wait(5);
    play.place(1);
    assert_eq!(play.told(), ["1 rejected Unavailable"]);
    play.wait(5);
    assert_eq!(play.said(), ["Time"], "one after another");
    play.answer_with("Time", &[Heard::Time(Nanos(61_000_000_000))], Answer::Done);
    assert_eq!(play.desk.venue_time(Nanos(1_000_000_000)).0 / 1_000_000_000, 60, "the venue is a minute ahead");
    play.wait(5);
    play.answer("Token", Answer::Done);
    play.wait(5);
    assert_eq!(play.desk.phase, Phase::Opening);
    let now = play.now();
    play.desk.line_up(0, now);
    play.wait(20);
    assert_eq!(play.said(), ["Token", "dead man 60", "open"]);
    play.answer("dead man 60", Answer::Refused(RejectReason::NotAllowed));
    play.place(2);
    assert_eq!(play.told(), ["2 rejected Unavailable"], "what stands there is not known yet");
    play.answer("open", Answer::Done);
    play.wait(10);
    play.answer("positions", Answer::Done);
    play.wait(10);
    play.place(3);
    assert_eq!(play.told(), ["3 rejected Unavailable"], "nothing at the venue would withdraw it");
    assert!(matches!(play.desk.troubles[..], [Trouble::DeadMan]), "{:?}", play.desk.troubles);
    play.wait(SECOND);
    play.answer("dead man 60", Answer::Done);
    play.wait(10);
    play.place(4);
    assert_eq!(play.said(), ["positions", "dead man 60", "place 4"]);
}

#[test]
fn a_greeting_that_is_refused_is_tried_again_with_another_token() {
    let mut play = Play::asleep(&MANNERS);
    play.answering(40);
    assert_eq!((play.desk.phase, play.said().len()), (Phase::Opening, 2));
    play.hear(&[Heard::Unwelcome(Unwelcome::Other)], None);
    play.wait(500);
    assert_eq!((play.desk.phase, play.said().len()), (Phase::Preparing, 0), "not at once");
    play.answering(540);
    assert_eq!(play.said(), ["Time", "Token"]);
}

#[test]
fn an_ordinary_life() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    assert_eq!((play.said(), play.told()), (vec!["place 1".to_owned()], vec![]));
    play.answer("place 1", Answer::Done);
    play.news(1, OrderState::Open, 0);
    play.fill(1, 5, 4);
    play.news(1, OrderState::Open, 4);
    play.cancel(1);
    play.answer("cancel 1", Answer::Done);
    play.news(1, OrderState::Canceled, 4);
    assert_eq!(play.told(), ["1 accepted", "1 filled 4", "1 canceled"]);
    assert_eq!((play.desk.orders.open(), play.desk.unknown()), (0, 0));
    play.wait(20 * SECOND);
    assert_eq!(play.said(), ["cancel 1", "dead man 60"], "nothing is left to ask");
}

#[test]
fn a_fill_before_the_acknowledgement_is_told_and_the_acknowledgement_is_not() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.fill(1, 5, 4);
    play.answer("place 1", Answer::Done);
    play.news(1, OrderState::Open, 4);
    play.fill(1, 6, 6);
    play.news(1, OrderState::Filled, 10);
    assert_eq!(play.told(), ["1 filled 4", "1 filled 6"]);
    assert_eq!(play.desk.orders.open(), 0);
}

#[test]
fn a_fill_that_wins_the_race_against_the_cancel_ends_the_order() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.cancel(1);
    play.fill(1, 5, 10);
    play.news(1, OrderState::Filled, 10);
    play.answer("cancel 1", Answer::Refused(RejectReason::UnknownOrder));
    assert_eq!(play.told(), ["1 filled 10"], "no refusal of a cancel that nobody waits for");
    play.wait(SECOND);
    assert_eq!(play.said(), ["cancel 1"]);
}

#[test]
fn a_cancel_that_the_venue_does_not_understand_is_settled_by_the_order_itself() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.cancel(1);
    play.answer("cancel 1", Answer::Refused(RejectReason::UnknownOrder));
    assert_eq!((play.said(), play.told()), (vec!["cancel 1".to_owned(), "order 1".to_owned()], vec![]));
    play.answer_with("order 1", &[Heard::Order(news(1, OrderState::Open, 0))], Answer::Done);
    play.wait(100);
    assert_eq!(play.said(), ["cancel 1"], "it stands, and is withdrawn again");
    play.answer("cancel 1", Answer::Done);
    play.news(1, OrderState::Canceled, 0);
    assert_eq!(play.told(), ["1 canceled"]);
}

#[test]
fn a_reply_that_is_lost_after_the_acceptance_is_asked_for_by_our_id_and_never_sent_again() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.wait(4_990);
    assert_eq!(play.said(), ["place 1"], "it may still be answered");
    play.wait(20);
    assert_eq!((play.said(), play.desk.unknown()), (vec!["order 1".to_owned()], 1));
    play.answer_with("order 1", &[Heard::Order(news(1, OrderState::Open, 0))], Answer::Done);
    assert_eq!((play.told(), play.desk.unknown()), (vec!["1 accepted".to_owned()], 0));
    play.wait(10 * SECOND);
    assert!(play.said().iter().all(|words| !words.starts_with("place")));
}

#[test]
fn an_order_that_never_arrived_is_over_only_when_it_can_no_longer_arrive() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.wait(5_010);
    for _ in 0..6 {
        if play.said().contains(&"order 1".to_owned()) {
            play.answer("order 1", Answer::NoSuchOrder);
        }
        assert_eq!(play.told(), NONE, "at {} ms", play.now_ms);
        play.wait(750);
    }
    play.wait(SECOND);
    play.answer("order 1", Answer::NoSuchOrder);
    play.said();
    play.wait(6 * SECOND);
    play.answer("order 1", Answer::NoSuchOrder);
    play.wait(5);
    assert_eq!(play.said().last().map(String::as_str), Some("fills"), "it may have been executed, and be forgotten");
    play.answer("fills", Answer::Done);
    play.wait(6 * SECOND);
    play.answer("order 1", Answer::NoSuchOrder);
    assert_eq!(play.told(), ["1 canceled"], "a late fill must find it");
    // And then it does: nobody counts with it any more.
    play.said();
    play.news(1, OrderState::Open, 0);
    assert_eq!((play.said(), play.told()), (vec!["cancel 1".to_owned()], vec![]));
}

#[test]
fn five_hundred_is_not_a_no() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.answer("place 1", Answer::Unknown);
    assert_eq!(play.said(), ["place 1", "order 1"], "asked for at once");
    play.answer("order 1", Answer::Unknown);
    play.wait(300);
    assert_eq!(play.said(), ["order 1"], "and again");
    play.fill(1, 5, 10);
    assert_eq!(play.told(), ["1 filled 10"], "the stream was faster");
}

#[test]
fn a_refusal_is_told_with_its_reason_and_one_that_contradicts_the_stream_is_looked_into() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.answer("place 1", Answer::Refused(RejectReason::InsufficientFunds));
    assert_eq!(play.told(), ["1 rejected InsufficientFunds"]);
    play.place(2);
    play.news(2, OrderState::Open, 0);
    play.answer("place 2", Answer::Refused(RejectReason::Filter));
    assert_eq!(play.told(), ["2 accepted"]);
    assert!(play.said().contains(&"order 2".to_owned()));
    play.place(3);
    play.answer("place 3", Answer::Refused(RejectReason::DuplicateId));
    assert_eq!((play.told(), play.said()), (vec![], vec!["place 3".to_owned(), "order 3".to_owned()]));
}

#[test]
fn an_acknowledgement_is_not_the_truth_where_the_venue_says_so() {
    let mut play = Play::new(&SLOW_MANNERS);
    play.place(1);
    play.answer("place 1", Answer::Done);
    assert_eq!(play.told(), NONE);
    play.news(1, OrderState::Rejected(RejectReason::PostOnlyWouldTake), 0);
    assert_eq!(play.told(), ["1 rejected PostOnlyWouldTake"]);
    play.place(2);
    play.answer("place 2", Answer::Done);
    play.said();
    play.wait(5_010);
    assert_eq!(play.said(), ["order 2"], "the news did not come");
}

#[test]
fn an_end_waits_for_the_fills_that_the_venue_counts() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.news(1, OrderState::Canceled, 7);
    play.fill(1, 5, 4);
    assert_eq!(play.told(), ["1 filled 4"], "seven were executed");
    play.wait(310);
    assert_eq!(play.said(), ["fills of 1"]);
    let by_venue_id = |trade_id, qty| {
        let fill = fill(1, trade_id, qty);
        Heard::Fill(FillNews { whose: Whose { ours: None, ..fill.whose }, ..fill })
    };
    play.answer_with("fills of 1", &[by_venue_id(5, 4), by_venue_id(6, 3)], Answer::Done);
    assert_eq!(play.told(), ["1 filled 3", "1 canceled"], "the one that was known is not told twice");
}

#[test]
fn what_is_told_twice_counts_once() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    for _ in 0..2 {
        play.fill(1, 5, 4);
        play.news(1, OrderState::Open, 4);
    }
    for _ in 0..2 {
        play.news(1, OrderState::Canceled, 4);
    }
    play.fill(1, 5, 4);
    assert_eq!(play.told(), ["1 filled 4", "1 canceled"]);
    play.fill(1, 6, 1);
    assert_eq!(play.told(), ["1 filled 1"], "a late one is money");
}

#[test]
fn an_expiry_is_told_behind_an_acceptance() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.news(1, OrderState::Expired, 0);
    assert_eq!(play.told(), ["1 accepted", "1 expired"], "the law has no other way");
}

#[test]
fn a_line_that_breaks_makes_what_was_on_it_unknown_and_comes_back_with_a_round() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.stand(2);
    play.place(3);
    let now = play.now();
    play.desk.line_down(0, now.timer_ns, now, &mut play.post);
    play.place(4);
    assert_eq!(play.told(), ["4 rejected Unavailable"]);
    play.cancel(2);
    play.wait(20);
    assert_eq!(play.said(), ["place 3", "order 3", "Time"], "asked for by REST, while there is no line");
    play.answer("order 3", Answer::NoSuchOrder);
    play.answer("Time", Answer::Done);
    play.wait(5);
    play.answer("Token", Answer::Done);
    play.wait(5);
    let now = play.now();
    play.desk.line_up(0, now);
    play.wait(60);
    let said = play.said();
    assert!(said.contains(&"cancel 2".to_owned()), "the cancel waited for its turn: {said:?}");
    // Meanwhile the first was filled, and the venue forgot to say so.
    play.answer_with("open", &[Heard::Order(news(2, OrderState::Open, 0))], Answer::Done);
    play.wait(10);
    let said = play.said();
    assert!(said.contains(&"order 1".to_owned()) && said.contains(&"fills".to_owned()), "{said:?}");
    play.answer_with("fills", &[Heard::Fill(fill(1, 5, 10))], Answer::Done);
    assert_eq!(play.told(), ["1 filled 10"]);
    assert_ne!(play.desk.phase, Phase::Ready);
    play.come_up();
}

#[test]
fn a_snapshot_that_is_older_than_the_stream_changes_nothing() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.wait(30 * SECOND);
    let said = play.said();
    assert!(said.contains(&"open".to_owned()), "{said:?}");
    play.fill(1, 5, 10);
    play.news(1, OrderState::Filled, 10);
    // Answered from before the fill.
    play.answer_with("open", &[Heard::Order(news(1, OrderState::Open, 0))], Answer::Done);
    assert_eq!((play.told(), play.said()), (vec!["1 filled 10".to_owned()], vec![]), "it has not risen");
}

#[test]
fn cancels_have_a_share_of_the_budget_that_orders_never_take() {
    let mut play = Play::new(&MANNERS);
    for number in 1..=7 {
        play.place(number);
    }
    assert_eq!(play.told(), ["7 rejected RateLimited"], "four of ten are kept");
    for number in 1..=6 {
        play.cancel(number);
    }
    let said = play.said();
    assert_eq!(said.iter().filter(|words| words.starts_with("cancel")).count(), 6, "none waits for orders");
}

#[test]
fn a_limit_that_an_order_met_holds_up_orders_alone_on_a_line_and_by_rest() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    for (number, wait_ms) in [(2, 0), (3, 3_000)] {
        play.place(number);
        play.answer(&format!("place {number}"), Answer::Later { wait_ms });
        assert_eq!(play.told(), [format!("{number} rejected RateLimited")]);
        play.wait(2 * SECOND);
    }
    play.request(1, RequestKind::Modify { px: Ticks(101), qty: Lots(8) });
    assert_eq!(play.told(), ["1 modify rejected RateLimited"], "a second is left of the three");
    play.said();
    play.cancel(1);
    assert_eq!(play.said(), ["cancel 1"], "a cancel never waits for the window of orders");
    // The same by the status of an answer by REST.
    play.wait(2 * SECOND);
    play.place(4);
    let (placed, now) = (play.asked("place 4"), play.now());
    play.desk.limited(placed, 429, 9_000, now);
    play.answer("place 4", Answer::Later { wait_ms: 0 });
    play.said();
    play.place(5);
    assert_eq!(play.told(), ["4 rejected RateLimited", "5 rejected RateLimited"]);
    play.answer("cancel 1", Answer::Unknown);
    play.wait(5);
    assert_eq!(play.said(), ["order 1"], "nor does a question");
    let (asked, now) = (play.asked("order 1"), play.now());
    play.desk.limited(asked, 418, 3_000, now);
    play.answer("order 1", Answer::Later { wait_ms: 0 });
    play.wait(2_990);
    assert_eq!(play.said(), NONE, "who is banned asks nothing");
    play.wait(SECOND);
    assert!(play.said().contains(&"order 1".to_owned()));
}

#[test]
fn silence_that_the_venue_asks_for_is_kept() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.cancel(1);
    play.answer("cancel 1", Answer::Later { wait_ms: 3_000 });
    play.said();
    play.place(3);
    assert_eq!(play.told(), ["3 rejected RateLimited"]);
    play.wait(2_990);
    assert_eq!(play.said(), NONE);
    play.wait(100);
    assert_eq!(play.said(), ["cancel 1"]);
}

#[test]
fn a_change_is_what_the_venue_says_it_is() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.request(1, RequestKind::Modify { px: Ticks(101), qty: Lots(8) });
    assert_eq!(play.said(), ["modify 1 8x101"]);
    play.answer("modify 1 8x101", Answer::Done);
    play.hear(&[Heard::Order(OrderNews { px: Ticks(101), qty: Lots(8), ..news(1, OrderState::Open, 0) })], None);
    assert_eq!(play.told(), ["1 updated 8x101"], "once");
    play.request(1, RequestKind::Modify { px: Ticks(102), qty: Lots(8) });
    play.answer("modify 1 8x102", Answer::Refused(RejectReason::Filter));
    assert_eq!(play.told(), ["1 modify rejected Filter"]);
    play.request(1, RequestKind::Modify { px: Ticks(103), qty: Lots(8) });
    play.answer("modify 1 8x103", Answer::Unknown);
    let as_it_was = OrderNews { px: Ticks(101), qty: Lots(8), ..news(1, OrderState::Open, 0) };
    play.answer_with("order 1", &[Heard::Order(as_it_was)], Answer::Done);
    assert_eq!(play.told(), NONE, "it may still be on its way");
    play.said();
    play.wait(5 * SECOND);
    assert_eq!(play.said(), ["order 1"]);
    play.answer_with("order 1", &[Heard::Order(as_it_was)], Answer::Done);
    assert_eq!(play.told(), ["1 modify rejected Unavailable"], "it did not happen");
}

#[test]
fn a_message_that_never_left_was_never_sent() {
    let mut play = Play::new(&MANNERS);
    play.post.is_shut = true;
    play.place(1);
    assert_eq!(play.told(), ["1 rejected Unavailable"]);
    assert_eq!(play.desk.orders.open(), 0);
}
