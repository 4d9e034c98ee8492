//! Cancels that find their way when the usual one is closed, and what follows when we are deaf, refused, or wrong.

use super::*;

#[test]
fn a_cancel_goes_by_rest_when_the_line_of_orders_stays_down() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let now = play.now();
    play.desk.line_down(0, now.timer_ns, now, &mut play.post);
    play.cancel(1);
    play.wait(900);
    assert_eq!(play.said(), ["Time"], "it may be back at once");
    play.wait(200);
    assert_eq!(play.said(), ["rest cancel 1"]);
    play.wait(SECOND);
    assert_eq!(play.said(), NONE, "once, while it is not answered");
    play.answer("rest cancel 1", Answer::Done);
    play.news(1, OrderState::Canceled, 0);
    assert_eq!(play.told(), ["1 canceled"]);
}

#[test]
fn more_cancels_than_are_looked_at_in_one_go_leave_the_others_their_turn() {
    let mut play = Play::new(&ROOMY_MANNERS);
    (1..=60).for_each(|number| play.stand(number));
    let now = play.now();
    play.desk.line_down(0, now.timer_ns, now, &mut play.post);
    (1..=50).for_each(|number| play.cancel(number));
    play.desk.orders.doubt(id(60), now);
    play.wait(200);
    assert!(play.said().contains(&"order 60".to_owned()), "its question does not stand behind cancels without a line");
}

#[test]
fn silence_that_is_asked_for_by_rest_holds_up_no_cancel_on_a_line() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let now = play.now();
    play.desk.limited(AskId(0), 429, 3 * 24 * 3_600_000, now);
    play.cancel(1);
    assert_eq!(play.said(), ["cancel 1"]);
    play.answer("cancel 1", Answer::Refused(RejectReason::UnknownOrder));
    play.wait(59 * SECOND);
    assert!(!play.said().contains(&"order 1".to_owned()));
    play.wait(2 * SECOND);
    assert!(play.said().contains(&"order 1".to_owned()), "a minute at most, unless the address is banned");
    let now = play.now();
    play.desk.limited(AskId(0), 418, 120_000, now);
    play.wait(110 * SECOND);
    assert_eq!(play.said(), NONE);
}

#[test]
fn a_refused_key_withdraws_by_rest_what_it_can_and_is_tried_again_each_minute() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.hear(&[Heard::Unwelcome(Unwelcome::Key)], None);
    let now = play.now();
    play.desk.line_down(0, now.timer_ns, now, &mut play.post);
    play.wait(10);
    assert_eq!((play.desk.phase, play.said()), (Phase::Refused, vec!["cancel all 0".to_owned()]));
    play.wait(50 * SECOND);
    assert!(play.said().iter().all(|words| words.starts_with("cancel all") || words.starts_with("order")));
    play.wait(10 * SECOND);
    assert_eq!(play.desk.phase, Phase::Preparing);
    play.come_up();
}

#[test]
fn what_nobody_understood_may_have_been_a_fill() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let now = play.now();
    play.desk.misheard(now);
    play.place(2);
    assert_eq!(play.told(), ["2 rejected Unavailable"]);
    play.wait(5);
    play.answer_with("open", &[Heard::Order(news(1, OrderState::Open, 4))], Answer::Done);
    play.wait(10);
    play.answer_with("fills", &[Heard::Fill(fill(1, 5, 4))], Answer::Done);
    assert_eq!(play.told(), ["1 filled 4"]);
    play.come_up();
    // Once more while the round is under way: another one behind it, and not without a pause.
    let now = play.now();
    play.desk.misheard(now);
    play.desk.misheard(now);
    play.answering(900);
    assert_eq!(play.desk.phase, Phase::Reconciling);
    play.answering(2 * SECOND);
    assert_eq!(play.desk.phase, Phase::Ready);
}

#[test]
fn a_token_that_is_not_kept_ends_the_lines_and_one_that_may_not_be_is_asked_for_again() {
    let mut play = Play::new(&MANNERS);
    play.desk.again_at_ns = play.now().timer_ns;
    play.wait(5);
    assert!(play.said().contains(&"KeepToken".to_owned()), "its half hour is over");
    play.answer("KeepToken", Answer::Unknown);
    play.answering(59 * SECOND);
    assert!(!play.said().contains(&"KeepToken".to_owned()));
    while !play.said().contains(&"KeepToken".to_owned()) {
        play.wait(5);
    }
    assert!(play.post.given_up.is_empty());
    play.answer("KeepToken", Answer::Refused(RejectReason::Other));
    assert_eq!(play.post.given_up, [0]);
}

#[test]
fn a_line_that_died_in_silence_is_asked_after_from_when_it_was_last_heard() {
    let mut play = Play::new(&MANNERS);
    play.wait(60 * SECOND);
    let now = play.now();
    play.desk.line_down(0, now.timer_ns - 25_000_000_000, now, &mut play.post);
    play.said();
    play.answering(30);
    let now = play.now();
    play.desk.line_up(0, now);
    while !play.said().contains(&"fills".to_owned()) {
        play.answering(5);
        play.wait(5);
    }
    let fills = play
        .desk
        .asked
        .iter()
        .find_map(|(_, asked)| if let Ask::Fills(_, since) = asked.ask { Some(since) } else { None });
    let ago = now.venue.0 - fills.expect("under way").0;
    assert!((35_000_000_000..36_000_000_000).contains(&ago), "{ago}");
}

/// A round in which the venue says what it holds.
fn look(play: &mut Play, held: i64) {
    play.wait(40 * SECOND);
    for words in ["dead man 60", "open"] {
        play.answer(words, Answer::Done);
    }
    play.wait(10);
    play.answer_with("positions", &[Heard::Position { instrument: BTC, qty: Lots(held) }], Answer::Done);
    play.wait(10);
}

#[test]
fn a_position_that_is_another_lets_only_orders_pass_that_make_it_smaller() {
    let mut play = Play::new(&MANNERS);
    look(&mut play, 15);
    play.place(1);
    look(&mut play, 15);
    let sell = |number, qty| {
        RequestKind::Place(Order {
            client_order_id: id(number),
            side: Side::Sell,
            px: Ticks(100),
            qty: Lots(qty),
            ..Order::default()
        })
    };
    play.told();
    play.place(2);
    play.request(3, sell(3, 16));
    assert_eq!(play.told(), ["2 rejected NotReconciled", "3 rejected NotReconciled"]);
    play.request(4, sell(4, 15));
    assert_eq!(play.told(), NONE);
    look(&mut play, 0);
    play.place(5);
    assert_eq!(play.told(), NONE, "it is as our fills say again");
}

#[test]
fn an_exit_that_may_only_reduce_passes_whatever_the_venue_said_that_it_holds() {
    let mut play = Play::new(&MANNERS);
    for _ in 0..2 {
        look(&mut play, 15);
    }
    assert_eq!(play.desk.positions_off(), 1);
    for (number, side) in [(1, Side::Sell), (2, Side::Buy)] {
        let order = Order { client_order_id: id(number), side, px: Ticks(100), qty: Lots(16), ..Order::default() };
        play.request(number, RequestKind::Place(Order { reduce_only: true, ..order }));
        assert_eq!(play.told(), NONE, "what it holds by now the venue knows better, and lets no more pass");
    }
}

#[test]
fn a_look_at_positions_that_a_fill_fell_into_says_nothing() {
    let mut play = Play::new(&MANNERS);
    for number in 1..4 {
        play.wait(40 * SECOND);
        for words in ["dead man 60", "open"] {
            play.answer(words, Answer::Done);
        }
        play.wait(10);
        // Executed behind the answer, told before it.
        play.stand(number);
        play.fill(number, 1, 10);
        let held = 10 * i64::from(number - 1);
        play.answer_with("positions", &[Heard::Position { instrument: BTC, qty: Lots(held) }], Answer::Done);
        play.told();
        assert_eq!(play.desk.positions_off(), 0, "{number}");
    }
}

#[test]
fn orders_that_stand_on_the_first_of_two_pages_are_not_missed() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.wait(30 * SECOND);
    play.answer_with("open", &[Heard::Order(news(1, OrderState::Open, 0))], Answer::More);
    play.said();
    play.wait(10);
    assert!(play.said().contains(&"open".to_owned()), "the next page");
    play.answer("open", Answer::Done);
    play.wait(10);
    assert!(!play.said().contains(&"order 1".to_owned()));
}

#[test]
fn a_switch_that_is_set_once_is_not_fed() {
    let mut play = Play::asleep(&SET_MANNERS);
    play.come_up();
    let set = |play: &Play| play.post.sent.iter().filter(|(_, words)| words == "dead man 10").count();
    assert_eq!(set(&play), 1);
    play.answering(120 * SECOND);
    assert_eq!((set(&play), play.desk.phase), (1, Phase::Ready));
}

#[test]
fn positions_that_our_fills_do_not_explain_are_told() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.fill(1, 5, 4);
    let mut look = |held| {
        play.wait(40 * SECOND);
        play.answer("open", Answer::Done);
        play.wait(10);
        play.answer_with("positions", &[Heard::Position { instrument: BTC, qty: Lots(held) }], Answer::Done);
        play.desk.positions_off()
    };
    assert_eq!(look(4), 0);
    assert_eq!(look(9), 0, "a fill may be under way");
    assert_eq!(look(9), 1);
    assert_eq!(look(4), 0);
}
