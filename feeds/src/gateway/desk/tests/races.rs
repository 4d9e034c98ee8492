//! Changes under way while the order moves, and fills that are told late, twice or of another.

use super::*;

fn changed(px: i64, qty: i64, state: OrderState, filled: i64) -> OrderNews {
    OrderNews { px: Ticks(px), qty: Lots(qty), ..news(1, state, filled) }
}

/// An order that stands, and a change of it to 8 at 101 that is not answered.
fn changing(manners: &'static Manners) -> Play {
    let mut play = Play::new(manners);
    play.stand(1);
    play.request(1, RequestKind::Modify { px: Ticks(101), qty: Lots(8) });
    play
}

#[test]
fn a_change_that_was_taken_in_is_not_refused_by_a_look_from_before_it() {
    let mut play = changing(&SLOW_MANNERS);
    play.answer("modify 1 8x101", Answer::Done);
    assert_eq!(play.said(), ["modify 1 8x101"], "the news will tell");
    play.fill(1, 5, 3);
    play.news(1, OrderState::Open, 3);
    assert_eq!(play.told(), ["1 filled 3"]);
    play.wait(4 * SECOND);
    assert_eq!((play.said(), play.told()), (vec![], vec![]));
    play.hear(&[Heard::Order(changed(101, 8, OrderState::Open, 3))], None);
    assert_eq!(play.told(), ["1 updated 8x101"]);
    // And one whose news never comes.
    let mut play = changing(&SLOW_MANNERS);
    play.answer("modify 1 8x101", Answer::Done);
    play.said();
    play.wait(5_010);
    assert_eq!(play.said(), ["order 1"], "by now it cannot be on its way any more");
    play.answer_with("order 1", &[Heard::Order(news(1, OrderState::Open, 0))], Answer::Done);
    assert_eq!(play.told(), ["1 modify rejected Unavailable"]);
}

#[test]
fn a_change_to_what_it_is_already_is_answered() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.request(1, RequestKind::Modify { px: Ticks(100), qty: Lots(10) });
    play.answer("modify 1 10x100", Answer::Done);
    play.news(1, OrderState::Open, 0);
    assert_eq!(play.told(), ["1 updated 10x100"], "once");
}

#[test]
fn an_order_that_was_made_smaller_and_executed_whole_ends_although_the_answer_is_lost() {
    let mut play = changing(&MANNERS);
    play.hear(&[Heard::Order(changed(101, 8, OrderState::Filled, 8))], None);
    play.fill(1, 5, 8);
    assert_eq!(play.told(), ["1 updated 8x101", "1 filled 8"]);
    assert_eq!((play.desk.orders.open(), play.desk.unknown()), (0, 0));
    // The fill was faster than the news.
    let mut play = changing(&MANNERS);
    play.fill(1, 5, 8);
    play.hear(&[Heard::Order(changed(101, 8, OrderState::Filled, 8))], None);
    assert_eq!(play.told(), ["1 filled 8", "1 canceled"], "the engine knows of ten");
    assert_eq!((play.desk.orders.open(), play.desk.unknown()), (0, 0));
}

#[test]
fn an_order_that_ends_whole_while_a_larger_one_is_asked_for_ends_the_question() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.request(1, RequestKind::Modify { px: Ticks(100), qty: Lots(15) });
    play.fill(1, 5, 10);
    play.news(1, OrderState::Filled, 10);
    assert_eq!(play.told(), ["1 filled 10", "1 modify rejected UnknownOrder"]);
    assert_eq!(play.desk.orders.open(), 0);
}

#[test]
fn an_order_that_is_being_made_larger_is_not_whole_at_its_old_size() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.request(1, RequestKind::Modify { px: Ticks(100), qty: Lots(15) });
    play.fill(1, 5, 10);
    assert_eq!((play.told(), play.desk.orders.open()), (vec!["1 filled 10".to_owned()], 1));
    play.answer("modify 1 15x100", Answer::Done);
    play.fill(1, 6, 5);
    play.hear(&[Heard::Order(changed(100, 15, OrderState::Filled, 15))], None);
    assert_eq!((play.told(), play.desk.orders.open()), (vec!["1 updated 15x100".into(), "1 filled 5".into()], 0));
    // And a change that came too late.
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.request(1, RequestKind::Modify { px: Ticks(100), qty: Lots(15) });
    play.fill(1, 5, 10);
    play.answer("modify 1 15x100", Answer::Refused(RejectReason::UnknownOrder));
    let told = ["1 filled 10", "1 modify rejected UnknownOrder"];
    assert_eq!((play.told(), play.desk.orders.open()), (told.map(str::to_owned).to_vec(), 0));
}

#[test]
fn missing_fills_are_looked_for_behind_what_was_told_and_then_from_the_beginning() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let sent_at = play.now().venue.0;
    // Hours in which rounds say that nothing is missing.
    for _ in 0..4 {
        play.answering(30 * SECOND);
        play.news(1, OrderState::Open, 0);
        play.hear(&[Heard::Order(OrderNews { at_ns: play.now().venue, ..news(1, OrderState::Open, 0) })], None);
    }
    let whole_at = play.now().venue.0;
    play.hear(&[Heard::Order(OrderNews { at_ns: play.now().venue, ..news(1, OrderState::Open, 4) })], None);
    play.said();
    let mut since = Vec::new();
    for _ in 0..5 {
        while !play.said().contains(&"fills of 1".to_owned()) {
            play.wait(5);
        }
        let Some(Ask::FillsOf(_, from)) = play.desk.ask_of(play.asked("fills of 1")) else { panic!("asked") };
        since.push(from.0);
        play.answer("fills of 1", Answer::Done);
    }
    assert!(since[0] <= whole_at && since[0] + 6_000_000_000 > whole_at, "{since:?} near {whole_at}");
    assert!(since[4] < sent_at, "{since:?} before {sent_at}");
}

#[test]
fn an_old_fill_that_was_forgotten_is_not_counted_twice() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let first = FillNews { at_ns: play.now().venue, ..fill(1, 5, 1) };
    play.hear(&[Heard::Fill(first)], None);
    play.wait(20 * SECOND);
    // More executions of another order than are remembered.
    play.place(2);
    for number in 0..=4_096 {
        play.fill(2, 100 + number, 1);
    }
    play.hear(&[Heard::Order(OrderNews { at_ns: play.now().venue, ..news(1, OrderState::Open, 1) })], None);
    play.told();
    play.wait(15 * SECOND);
    let asked = play.asked("open");
    play.hear(&[Heard::Fill(first)], Some(asked));
    assert_eq!(play.told(), NONE, "told hours ago, and found again by a look at what was before");
}

#[test]
fn an_order_that_is_named_by_its_ids_alone_is_over_by_that() {
    let bare = |whose| Heard::State { whose, state: OrderState::Canceled, at_ns: Nanos(0) };
    for ours in [whose(1).ours, None] {
        let mut play = Play::new(&MANNERS);
        play.stand(1);
        play.hear(&[bare(Whose { ours, ..whose(1) })], None);
        assert_eq!(play.told(), ["1 canceled"], "by {ours:?}");
        assert_eq!(play.desk.troubles.len(), 0);
    }
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let other = Name::new("v99").expect("short");
    play.hear(&[bare(Whose { ours: None, venue_order_id: other })], None);
    assert_eq!((play.told(), play.desk.troubles.len()), (vec![], 0), "nobody's here");
    play.hear(&[bare(Whose { venue_order_id: other, ..whose(1) })], None);
    assert_eq!((play.told(), play.desk.troubles.len()), (vec![], 1), "it bears our id, and is another");
}

#[test]
fn what_bears_our_id_and_cannot_be_ours_is_a_strangers() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let other = Whose { venue_order_id: Name::new("v99").expect("short"), ..whose(1) };
    let all = [
        FillNews { whose: other, ..fill(1, 5, 4) },
        FillNews { side: Side::Sell, ..fill(1, 6, 4) },
        FillNews { instrument: None, ..fill(1, 7, 4) },
        FillNews { qty: Lots(-4), ..fill(1, 8, 4) },
        FillNews { qty: Lots(i64::MIN), ..fill(1, 9, 4) },
    ];
    all.iter().for_each(|fill| play.hear(&[Heard::Fill(*fill)], None));
    play.hear(&[Heard::Order(OrderNews { whose: other, ..news(1, OrderState::Canceled, 0) })], None);
    play.hear(&[Heard::Order(OrderNews { whose: other, ..news(1, OrderState::Open, 0) })], None);
    assert_eq!((play.told(), play.said(), play.desk.strays.fills), (vec![], vec![], 5), "nor is it withdrawn");
    let contradictions = play.desk.troubles.iter().filter(|trouble| matches!(trouble, Trouble::Contradiction(_)));
    assert_eq!(contradictions.count(), 7);
}

#[test]
fn numbers_as_large_as_they_can_be_break_nothing() {
    let mut play = Play::new(&MANNERS);
    for number in 1..=2 {
        play.stand(number);
        play.fill(number, u64::from(number), i64::MAX);
        play.told();
    }
    play.fill(1, 9, i64::MAX);
    play.news(2, OrderState::Open, i64::MAX);
    play.news(2, OrderState::Open, i64::MIN);
    let fee = FillNews { fee_e8: i64::MIN, px: Ticks(i64::MAX), fee_asset: instrument().base, ..fill(2, 10, 1) };
    play.hear(&[Heard::Fill(fee), Heard::Position { instrument: BTC, qty: Lots(i64::MIN) }], None);
    play.answering(120 * SECOND);
}

#[test]
fn what_the_venue_counts_of_an_order_that_was_told_canceled_is_asked_for() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.news(1, OrderState::Canceled, 0);
    play.wait(60 * SECOND);
    play.said();
    play.told();
    play.news(1, OrderState::Canceled, 4);
    assert_eq!(play.said(), NONE, "the fill may be right behind");
    play.wait(SECOND);
    assert_eq!(play.said(), ["fills of 1"]);
    play.answer_with("fills of 1", &[Heard::Fill(fill(1, 5, 4))], Answer::Done);
    assert_eq!(play.told(), ["1 filled 4"]);
    play.wait(20 * SECOND);
    assert!(!play.said().contains(&"fills of 1".to_owned()), "once it was told");
    play.news(1, OrderState::Open, 4);
    assert!(play.said().contains(&"cancel 1".to_owned()), "no order that is over may stand");
}

#[test]
fn a_change_that_was_given_up_and_came_about_all_the_same_is_told_before_what_it_led_to() {
    // It was made smaller and executed whole.
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.hear(&[Heard::Order(changed(100, 8, OrderState::Filled, 8))], None);
    play.fill(1, 5, 8);
    assert_eq!(play.told(), ["1 updated 8x100", "1 filled 8"]);
    assert_eq!((play.desk.orders.open(), play.desk.unknown()), (0, 0));
    // It was made larger, and more was executed than it had: before the fill counts, the order is asked for.
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.fill(1, 5, 13);
    assert_eq!(play.told(), NONE);
    play.wait(5);
    assert_eq!(play.said(), ["order 1"]);
    play.answer_with("order 1", &[Heard::Order(changed(101, 15, OrderState::Open, 13))], Answer::Done);
    assert_eq!(play.told(), ["1 updated 15x101"]);
    play.wait(SECOND);
    play.answer_with("fills of 1", &[Heard::Fill(fill(1, 5, 13))], Answer::Done);
    assert_eq!(play.told(), ["1 filled 13"]);
    // The same of one that was withdrawn behind that.
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.hear(&[Heard::Order(changed(100, 15, OrderState::Canceled, 13))], None);
    play.fill(1, 5, 13);
    assert_eq!(play.told(), ["1 updated 15x100", "1 filled 13", "1 canceled"]);
    // And a venue that executes more than the order had is told as it is: the engine names it.
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.fill(1, 5, 13);
    play.wait(5);
    play.answer_with("order 1", &[Heard::Order(news(1, OrderState::Open, 13))], Answer::Done);
    play.wait(SECOND);
    play.answer_with("fills of 1", &[Heard::Fill(fill(1, 5, 13))], Answer::Done);
    assert_eq!(play.told(), ["1 filled 13"]);
}

#[test]
fn an_answer_that_the_news_overtook_does_not_answer_the_change_behind_it() {
    let mut play = changing(&MANNERS);
    play.hear(&[Heard::Order(changed(101, 8, OrderState::Open, 0))], None);
    assert_eq!(play.told(), ["1 updated 8x101"]);
    play.wait(5);
    play.request(1, RequestKind::Modify { px: Ticks(101), qty: Lots(12) });
    play.answer("modify 1 8x101", Answer::Done);
    assert_eq!(play.told(), NONE);
    play.answer("modify 1 12x101", Answer::Refused(RejectReason::Filter));
    assert_eq!(play.told(), ["1 modify rejected Filter"], "somebody waits for it");
}
