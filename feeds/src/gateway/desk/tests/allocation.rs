//! What an order asks of the allocator, from the engine's request through Binance's words and back: nothing, once warm.

use super::*;

fn binance() -> Box<dyn Tongue> {
    use crate::gateway::key::{Key, Secret};
    let key = Key { id: Secret::new("public"), secret: Secret::new("private"), passphrase: None };
    crate::gateway::tongue::of(VenueId::BinanceSpot, &key, &instruments()).expect("spoken")
}

/// Takes everything, remembers nothing.
struct Void;

impl Post for Void {
    fn send(&mut self, _: AskId, _: &Call) -> bool {
        true
    }

    fn give_up(&mut self, _: usize) {}
}

/// What the venue says of the `number`-th order, whose two questions have these ids.
fn frames(number: u32, ask: u64) -> [String; 5] {
    let client_id = id(number);
    let event = |kind: &str, ids: &str| {
        format!(
            r#"{{"subscriptionId":0,"event":{{"e":"executionReport","E":1,"s":"BTCUSDT",{ids},"S":"BUY","q":"0.00010","p":"1.00","x":"{kind}","X":"{kind}","i":{number},"z":"0.00004","T":{number}000,"l":"0.00004","L":"1.00","n":"0.00000001","N":"BTC","t":{number},"m":true}}}}"#
        )
    };
    let ours = format!(r#""c":"{client_id}","C":"""#);
    let canceled = format!(r#""c":"xyz","C":"{client_id}""#);
    [
        format!(r#"{{"id":"{ask}","status":200,"result":{{"symbol":"BTCUSDT","orderId":{number}}}}}"#),
        event("NEW", &ours).replace("0.00004", "0"),
        event("TRADE", &ours).replace(r#""X":"TRADE""#, r#""X":"PARTIALLY_FILLED""#),
        format!(r#"{{"id":"{}","status":200,"result":{{"symbol":"BTCUSDT","orderId":{number}}}}}"#, ask + 1),
        event("CANCELED", &canceled),
    ]
}

#[test]
fn the_way_of_an_order_asks_for_no_memory_once_warm() {
    let rules =
        Rules { answer_within_ns: 5_000_000_000, reconcile_every_ns: NEVER, orders: None, epoch: EPOCH, adopts: false };
    let mut desk = Desk::new(binance(), &instruments(), vec![BTC], rules);
    (desk.phase, desk.lines_up) = (Phase::Ready, 1);
    let said: Vec<_> = (1..=3_000).map(|number| frames(number, u64::from(2 * number - 1))).collect();
    let (mut heard, mut told) = (Vec::with_capacity(16), 0);
    let mut live = |number: u32| {
        let at = u64::from(number) * 1_000_000_000;
        let now = Now { timer_ns: at, clock: Nanos(at), venue: Nanos(at) };
        let order = Order { client_order_id: id(number), px: Ticks(100), qty: Lots(10), ..Order::default() };
        let request = Request { client_order_id: id(number), instrument: BTC, ..Request::default() };
        desk.request(&Request { what: RequestKind::Place(order), ..request }, now, &mut Void);
        for (place, frame) in said[number as usize - 1].iter().enumerate() {
            if place == 3 {
                desk.request(&Request { what: RequestKind::Cancel, ..request }, now, &mut Void);
            }
            heard.clear();
            desk.tongue.hear(Place::Line(0), frame.as_bytes(), &mut heard).expect("understood");
            desk.hear(&heard, None, now, &mut Void);
        }
        desk.find_late(now, &mut Void);
        desk.look(now, &mut Void);
        desk.orders.answered_in_ns.clear();
        told += desk.orders.replies.drain(..).count();
    };
    (1..=2_000).for_each(&mut live);
    let guard = engine_ring::alloc_guard::AllocGuard::arm().expect("this binary counts");
    (2_001..=3_000).for_each(&mut live);
    assert_eq!(guard.disarm(), 0);
    assert_eq!(told, 3 * 3_000, "accepted, filled in part, withdrawn");
}
