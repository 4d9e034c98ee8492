//! A look at open orders in two halves, at USD-M with the venue's own tongue.

use super::*;
use crate::gateway::key::{Key, Secret};
use crate::gateway::tongue;

/// What was asked by REST, without the parameters.
#[derive(Default)]
struct Paths(Vec<String>);

impl Post for Paths {
    fn send(&mut self, _: AskId, call: &Call) -> bool {
        let path = String::from_utf8_lossy(call.path.bytes());
        self.0.push(path.split('?').next().unwrap_or_default().to_owned());
        true
    }

    fn give_up(&mut self, _: usize) {}
}

struct Usdm {
    desk: Desk,
    paths: Paths,
    now_ms: u64,
}

impl Usdm {
    fn new(count: u32) -> Self {
        let all = usdm_instruments(count);
        let key = Key { id: Secret::new("me"), secret: Secret::new("hush"), passphrase: None };
        let tongue = tongue::of(VenueId::BinanceUsdm, &key, &all).expect("spoken");
        let rules = Rules {
            answer_within_ns: 5_000_000_000,
            reconcile_every_ns: 30_000_000_000,
            orders: None,
            epoch: EPOCH,
            adopts: false,
        };
        let own = all.iter().map(|instrument| instrument.id).collect();
        Self { desk: Desk::new(tongue, &all, own, rules), paths: Paths::default(), now_ms: 1_000 }
    }

    fn now(&self) -> Now {
        let clock = Nanos(self.now_ms * 1_000_000);
        Now { timer_ns: clock.0, clock, venue: clock }
    }

    /// Time goes by until that was asked; everything before it is answered, and lists are empty.
    fn until(&mut self, is_there: impl Fn(&Self) -> bool) {
        for _ in 0..100_000 {
            self.now_ms += 5;
            let now = self.now();
            if self.desk.phase == Phase::Opening {
                (0..2).for_each(|line| self.desk.line_up(line, now));
            }
            self.desk.tick(now, &mut self.paths);
            if is_there(self) {
                return;
            }
            self.answer_all();
        }
        panic!("never: {:?}", self.paths.0);
    }

    fn answer_all(&mut self) {
        let now = self.now();
        let open: Vec<_> = self.desk.asked.iter().map(|(id, asked)| (*id, asked.ask)).collect();
        for (id, ask) in open {
            let mut heard = Vec::new();
            if let Ask::OpenOrders(_) = ask {
                self.desk.tongue.hear(Place::Rest(id, ask, 200), b"[]", &mut heard).expect("understood");
            } else {
                heard.push(Heard::Answer(id, Answer::Done));
            }
            self.desk.hear(&heard, Some(id), now, &mut self.paths);
        }
    }

    fn asked(&self) -> Vec<&str> {
        self.paths.0.iter().map(String::as_str).filter(|path| path.contains("/open")).collect()
    }
}

const PLAIN: &str = "/fapi/v1/openOrders";
const WAITING: &str = "/fapi/v1/openAlgoOrders";

#[test]
fn a_look_at_many_symbols_is_done_long_before_a_second_for_each() {
    let mut usdm = Usdm::new(50);
    usdm.until(|usdm| usdm.desk.phase == Phase::Reconciling);
    let began_ms = usdm.now_ms;
    usdm.until(|usdm| usdm.paths.0.iter().any(|path| path.ends_with("/balance")));
    assert_eq!(usdm.asked(), [PLAIN, WAITING].repeat(50));
    assert!(usdm.now_ms - began_ms < 5 * SECOND, "{} ms, no order passes meanwhile", usdm.now_ms - began_ms);
}

#[test]
fn a_half_that_was_answered_before_a_cut_is_asked_for_again() {
    let mut usdm = Usdm::new(1);
    usdm.until(|usdm| usdm.asked().len() == 1);
    usdm.answer_all();
    let now = usdm.now();
    usdm.desk.line_down(1, now.timer_ns, now, &mut usdm.paths);
    usdm.until(|usdm| usdm.desk.phase == Phase::Ready);
    assert_eq!(usdm.asked(), [PLAIN, PLAIN, WAITING]);
}

#[test]
fn the_end_withdraws_both_halves_at_once() {
    let mut usdm = Usdm::new(1);
    usdm.until(|usdm| usdm.desk.phase == Phase::Ready);
    let order = Order { client_order_id: id(1), px: Ticks(100), qty: Lots(10), ..Order::default() };
    let place = RequestKind::Place(order);
    let request = Request { client_order_id: id(1), instrument: BTC, what: place, ..Request::default() };
    let now = usdm.now();
    usdm.desk.request(&request, now, &mut usdm.paths);
    usdm.desk.hear(&[Heard::Order(news(1, OrderState::Open, 0))], None, now, &mut usdm.paths);
    usdm.desk.end(now, &mut usdm.paths);
    let all: Vec<_> = usdm.desk.asked.iter().map(|(id, asked)| (*id, asked.ask)).collect();
    let (id, ask) = *all.iter().find(|(_, ask)| *ask == Ask::CancelAll(BTC)).expect("withdrawn");
    let mut heard = Vec::new();
    usdm.desk.tongue.hear(Place::Rest(id, ask, 200), b"{}", &mut heard).expect("understood");
    usdm.desk.hear(&heard, Some(id), now, &mut usdm.paths);
    let last = &usdm.paths.0[usdm.paths.0.len() - 2..];
    assert_eq!(last, ["/fapi/v1/allOpenOrders", "/fapi/v1/algoOpenOrders"]);
}
