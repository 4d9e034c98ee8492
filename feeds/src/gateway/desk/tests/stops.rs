//! Orders that wait for a price at the venue: what is told when it comes, and what it may cross on its way.

use super::*;
use engine_model::order::OrderType;

/// One that waits at 90 for ten lots, entered and not answered.
fn placed(manners: &'static Manners) -> Play {
    let mut play = Play::new(manners);
    let order = Order {
        client_order_id: id(1),
        order_type: OrderType::StopMarket,
        trigger_px: Ticks(90),
        qty: Lots(10),
        ..Order::default()
    };
    play.request(1, RequestKind::Place(order));
    play
}

fn standing(px: i64, qty: i64) -> Heard {
    Heard::Order(OrderNews { px: Ticks(px), qty: Lots(qty), ..news(1, OrderState::Open, 0) })
}

fn waiting(manners: &'static Manners) -> Play {
    let mut play = placed(manners);
    play.answer("place 1", Answer::Done);
    play.hear(&[standing(90, 10)], None);
    assert_eq!(play.told(), ["1 accepted"]);
    play.said();
    play
}

fn pulled(theirs: &str) -> Heard {
    let whose = Whose { venue_order_id: Name::new(theirs).expect("short"), ..whose(1) };
    Heard::Triggered { whose, at_ns: Nanos(1) }
}

#[test]
fn a_pulled_order_says_so_once_and_then_what_it_fills() {
    let mut play = waiting(&MANNERS);
    play.hear(&[standing(90, 10), pulled("v1"), standing(0, 10), pulled("v1")], None);
    assert_eq!(play.told(), ["1 triggered"]);
    play.fill(1, 5, 10);
    assert_eq!(play.told(), ["1 filled 10"]);
    assert_eq!(play.desk.orders.open(), 0);
}

#[test]
fn a_pulled_order_may_bear_another_id_and_its_news_may_come_first() {
    let mut play = waiting(&MANNERS);
    let other = Whose { venue_order_id: Name::new("w9").expect("short"), ..whose(1) };
    play.hear(&[Heard::Fill(FillNews { whose: other, ..fill(1, 5, 4) })], None);
    play.hear(&[pulled("w9")], None);
    assert_eq!(play.told(), ["1 triggered", "1 filled 4"], "once, and not behind the fill");
    play.hear(&[Heard::Order(OrderNews { whose: other, ..news(1, OrderState::Canceled, 4) })], None);
    assert_eq!(play.told(), ["1 canceled"]);
    let mut play = waiting(&MANNERS);
    play.hear(&[pulled("w9")], None);
    play.hear(&[Heard::Order(OrderNews { px: Ticks(0), ..news(1, OrderState::Canceled, 0) })], None);
    assert_eq!(play.told(), ["1 triggered"], "the end of the one that waited is not the end of what it became");
}

/// A run's table of the venue's ids has 2,048 places.
#[test]
fn what_was_pulled_leaves_no_row_of_the_id_that_it_bore_before() {
    let mut play = waiting(&MANNERS);
    let rows = play.desk.orders.ids_known();
    play.hear(&[pulled("w9")], None);
    assert_eq!(play.desk.orders.ids_known(), rows, "the other id took the first one's place");
}

/// A list that was asked for before the pull may come behind it: the id that it names is not of what is there now.
#[test]
fn what_a_list_says_of_one_that_waited_names_nothing_of_what_it_became() {
    let mut play = waiting(&MANNERS);
    play.hear(
        &[Heard::Triggered { whose: Whose { venue_order_id: Name::default(), ..whose(1) }, at_ns: Nanos(1) }],
        None,
    );
    assert_eq!(play.told(), ["1 triggered"]);
    play.wait(10);
    assert_eq!(play.said(), ["order 1"], "what the venue calls it is asked for");
    let waits = OrderNews { px: Ticks(90), qty: Lots(10), waits: true, ..news(1, OrderState::Open, 0) };
    play.hear(&[Heard::Order(waits)], None);
    let theirs = |play: &mut Play| play.desk.orders.living(id(1)).expect("stands").known.venue_order_id;
    assert_eq!(theirs(&mut play), Name::default());
    play.answer_with("order 1", &[pulled("w9")], Answer::Unknown);
    assert_eq!(theirs(&mut play), Name::new("w9").expect("short"));
    // An execution bears that id alone.
    let other = Whose { ours: None, venue_order_id: Name::new("w9").expect("short") };
    play.hear(&[Heard::Fill(FillNews { whose: other, ..fill(1, 5, 10) })], None);
    assert_eq!(play.told(), ["1 filled 10"]);
}

#[test]
fn an_order_whose_answer_was_lost_is_asked_for_and_was_pulled_meanwhile() {
    let mut play = placed(&MANNERS);
    play.said();
    play.wait(5_010);
    assert_eq!(play.said(), ["order 1"]);
    play.answer_with("order 1", &[standing(90, 10), pulled("v1")], Answer::Done);
    assert_eq!(play.told(), ["1 accepted", "1 triggered"]);
}

#[test]
fn a_trigger_that_crosses_a_cancel_is_told_by_what_comes_of_it() {
    let mut play = waiting(&MANNERS);
    play.cancel(1);
    play.hear(&[pulled("v1")], None);
    assert_eq!(play.told(), NONE);
    play.fill(1, 5, 10);
    assert_eq!(play.told(), ["1 filled 10"]);
}

#[test]
fn a_change_puts_the_trigger_elsewhere() {
    let mut play = waiting(&SLOW_MANNERS);
    play.request(1, RequestKind::Modify { px: Ticks(91), qty: Lots(6) });
    play.answer("modify 1 6x91", Answer::Done);
    play.hear(&[standing(91, 6)], None);
    assert_eq!(play.told(), ["1 updated 6x91"]);
    let order = play.desk.orders.living(id(1)).expect("stands").known.order;
    assert_eq!((order.px, order.trigger_px, order.qty), (Ticks(0), Ticks(91), Lots(6)));
}

#[test]
fn one_that_a_run_before_left_is_withdrawn_where_it_waits_and_not_adopted() {
    let left = |epoch| {
        let ours = Some(ClientOrderId::new(1, epoch, 9));
        Heard::Order(OrderNews {
            whose: Whose { ours, ..whose(9) },
            px: Ticks(90),
            qty: Lots(10),
            waits: true,
            at_ns: Nanos(5),
            ..news(9, OrderState::Open, 0)
        })
    };
    for adopts in [true, false] {
        let mut play = Play::new(&MANNERS);
        play.desk.rules.adopts = adopts;
        play.said();
        play.hear(&[left(EPOCH - 1)], None);
        assert_eq!((play.told(), play.desk.orders.open()), (vec![], 0), "nothing is adopted");
        assert_eq!(play.said(), ["cancel waiting 9"]);
        let is_told = play.desk.troubles.iter().any(|trouble| matches!(trouble, Trouble::Waits { .. }));
        assert_eq!(is_told, adopts, "{:?}", play.desk.troubles);
    }
    // One of this run that is forgotten here goes the same way.
    let mut play = Play::new(&MANNERS);
    play.said();
    play.hear(&[left(EPOCH)], None);
    assert_eq!(play.said(), ["cancel waiting 9"]);
}

#[test]
fn what_waited_on_our_side_leaves_without_its_trigger() {
    let mut play = Play::new(&MANNERS);
    let (px, trigger_px, qty) = (Ticks(89), Ticks(90), Lots(10));
    let order = Order { client_order_id: id(1), order_type: OrderType::Limit, px, trigger_px, qty, ..Order::default() };
    play.request(1, RequestKind::Place(order));
    let known = play.desk.orders.living(id(1)).expect("sent").known;
    assert_eq!((known.order.px, known.order.trigger_px), (px, Ticks(0)), "it was not pulled at the venue");
}
