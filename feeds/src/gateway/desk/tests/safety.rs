//! What must not happen to money: orders that stand unguarded, fills that nobody counts, cancels that are forgotten.

use super::*;
use crate::gateway::heard::{FundingNews, PaymentNews};
use engine_model::payment::PaymentKind;

#[test]
fn an_order_that_the_venue_forgot_is_found_among_the_fills() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.wait(11 * SECOND);
    play.answer("order 1", Answer::NoSuchOrder);
    play.wait(5);
    play.answer_with("fills", &[Heard::Fill(fill(1, 5, 10))], Answer::Done);
    assert_eq!((play.told(), play.desk.orders.open()), (vec!["1 filled 10".to_owned()], 0));
}

#[test]
fn funding_that_the_venue_pays_is_told_at_once_and_of_no_order() {
    let mut play = Play::new(&MANNERS);
    let asset = instruments().get(BTC).quote;
    let at_ns = play.now().venue;
    let news = PaymentNews { instrument: Some(BTC), id: 0, kind: PaymentKind::Funding, asset, amount_e8: -7, at_ns };
    play.hear(&[Heard::Paid(news), Heard::Paid(PaymentNews { asset: Name::new("NOSUCH").unwrap(), ..news })], None);
    assert_eq!(play.told(), ["0 paid funding -7"]);
    // One that has a number is told once, by whichever way it comes.
    let numbered = Heard::Paid(PaymentNews { id: 77, amount_e8: -8, ..news });
    play.hear(&[numbered, numbered], None);
    assert_eq!(play.told(), ["0 paid funding -8"]);
    // A look back behind a lost line finds what was paid before the run.
    play.hear(&[Heard::Paid(PaymentNews { id: 78, at_ns: Nanos(1), ..news })], None);
    assert_eq!(play.told(), NONE);
}

#[test]
fn of_a_sum_of_funding_what_it_grew_by_is_told_and_another_position_begins_anew() {
    let mut play = Play::new(&MANNERS);
    let asset = instruments().get(BTC).quote;
    let begun = play.now().venue.0;
    let mut told = |opened, total_e8| {
        let news = FundingNews { instrument: BTC, opened, asset, total_e8, at_ns: Nanos(1) };
        play.hear(&[Heard::FundingSoFar(news)], None);
        play.told().join(", ")
    };
    assert_eq!(told(5, -500), "", "got before the run, and told by a run before");
    assert_eq!(told(5, -507), "0 paid funding -7");
    assert_eq!(told(5, -507), "", "said again, as after each cut of the line");
    assert_eq!(told(5, -504), "0 paid funding 3");
    assert_eq!(told(begun + 6, -2), "0 paid funding -2");
    assert_eq!(told(begun + 6, -9), "0 paid funding -7");
}

#[test]
fn a_fee_that_the_venue_does_not_tell_is_estimated_by_the_rates_and_said_so() {
    let mut play = Play::new(&MANNERS);
    play.desk.orders.fees_ppm = [200, 500];
    play.stand(1);
    // Four lots of 0.00001 at 1.00: 40 of 1e-6, of which five and two parts of ten thousand, rounded against us.
    for (trade_id, liquidity, fee) in [(5, Liquidity::Taker, 2), (6, Liquidity::Maker, 1)] {
        let untold = FillNews { fee_asset: FillNews::untold_fee(), liquidity, ..fill(1, trade_id, 4) };
        for _ in 0..2 {
            play.hear(&[Heard::Fill(untold)], None);
        }
        let told: Vec<_> = play.desk.orders.replies.drain(..).map(|reply| reply.what).collect();
        assert!(matches!(told[..], [ReplyKind::Filled { fee: Quote(told), .. }] if told == fee), "{told:?}");
        let troubles: Vec<_> = play.desk.troubles.drain(..).collect();
        assert!(
            matches!(troubles[..], [Trouble::FeeEstimated { fee: Quote(told), .. }] if told == fee),
            "{troubles:?}"
        );
    }
}

#[test]
fn a_fill_of_an_order_that_was_rejected_raises_an_alarm_that_stays() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.answer("place 1", Answer::Refused(RejectReason::Other));
    play.told();
    play.fill(1, 5, 10);
    assert_eq!((play.told(), play.desk.orders.net[0]), (vec![], 0), "so the venue's position is another");
    assert!(matches!(play.desk.troubles[..], [Trouble::FillOfRejected(_)]), "{:?}", play.desk.troubles);
}

#[test]
fn a_cancel_that_was_refused_for_now_goes_out_again() {
    for answer in [RejectReason::Unavailable, RejectReason::RateLimited] {
        let mut play = Play::new(&MANNERS);
        play.stand(1);
        play.cancel(1);
        play.answer("cancel 1", Answer::Refused(answer));
        play.wait(100);
        assert_eq!((play.said(), play.told()), (vec!["cancel 1".to_owned(); 2], vec![]), "{answer:?}");
        play.answer("cancel 1", Answer::Refused(answer));
        play.wait(400);
        assert_eq!(play.said(), NONE, "each waits longer");
        play.wait(5 * SECOND);
        assert_eq!(play.said(), ["cancel 1"]);
    }
}

#[test]
fn a_clock_that_is_refused_is_looked_at_again_in_every_phase() {
    let mut play = Play::new(&MANNERS);
    let now = play.now();
    play.desk.line_down(0, now.timer_ns, now, &mut play.post);
    while play.desk.phase != Phase::Opening {
        play.answering(5);
    }
    play.said();
    play.hear(&[Heard::Unwelcome(Unwelcome::Clock)], None);
    play.wait(1_010);
    assert_eq!(play.said(), ["Time"], "the greeting of a line");
    play.come_up();
    play.desk.round.start_full(0);
    play.desk.phase = Phase::Reconciling;
    play.hear(&[Heard::Unwelcome(Unwelcome::Clock)], None);
    play.wait(5);
    assert!(play.said().contains(&"Time".to_owned()), "a question of the round");
}

#[test]
fn an_id_of_the_venue_is_ours_only_on_our_instrument_and_side() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let unnamed = FillNews { whose: Whose { ours: None, ..whose(1) }, ..fill(1, 5, 4) };
    let elsewhere = FillNews { instrument: None, ..unnamed };
    let other_side = FillNews { side: Side::Sell, ..unnamed };
    play.hear(&[Heard::Fill(elsewhere), Heard::Fill(other_side)], None);
    assert_eq!((play.told(), play.desk.strays.fills), (vec![], 2));
    play.hear(&[Heard::Fill(unnamed)], None);
    assert_eq!(play.told(), ["1 filled 4"]);
}

#[test]
fn the_switch_is_not_fed_while_the_engine_cannot_be_told() {
    let mut play = Play::new(&MANNERS);
    for number in 0..=orders::OPEN_MAX as u32 {
        let now = play.now();
        play.desk.orders.tell(id(number), BTC, ReplyKind::Accepted, Nanos(0), now);
    }
    play.wait(30 * SECOND);
    assert!(!play.said().contains(&"dead man 60".to_owned()));
}

#[test]
fn an_order_that_still_stands_at_the_end_keeps_the_switch_and_is_withdrawn_by_rest() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let now = play.now();
    play.desk.end(now, &mut play.post);
    assert_eq!(play.said(), ["cancel all 0"]);
    play.wait(SECOND);
    assert_eq!(play.said(), ["cancel all 0"], "and again while nobody answers");
    play.answer("cancel all 0", Answer::Done);
    play.wait(5);
    play.answer_with("order 1", &[Heard::Order(news(1, OrderState::Canceled, 0))], Answer::Done);
    play.wait(5);
    assert_eq!((play.said(), play.told()), (vec!["order 1".into(), "dead man 0".into()], vec!["1 canceled".into()]));
    play.answer("dead man 0", Answer::Done);
    play.wait(5);
    assert_eq!(play.desk.phase, Phase::Ended);
    // And a venue that is mute.
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let now = play.now();
    play.desk.end(now, &mut play.post);
    play.wait(5 * SECOND);
    assert!(!play.said().contains(&"dead man 0".to_owned()), "the switch is all that is left");
    assert_eq!(play.desk.phase, Phase::Ended);
    assert!(play.desk.troubles.iter().any(|trouble| matches!(trouble, Trouble::LeftOpen { orders: 1 })));
}

#[test]
fn a_switch_that_is_not_fed_any_more_lets_no_order_pass() {
    let mut play = Play::new(&MANNERS);
    play.wait(20 * SECOND);
    play.answer("dead man 60", Answer::Done);
    for _ in 0..30 {
        play.wait(SECOND);
        if play.desk.asked.iter().any(|(_, asked)| matches!(asked.ask, Ask::OpenOrders(_))) {
            play.answer("open", Answer::Done);
        }
    }
    play.wait(29 * SECOND);
    assert_eq!(play.desk.phase, Phase::Ready, "it waits for 60 s");
    play.wait(2 * SECOND);
    play.place(1);
    assert_eq!(play.told(), ["1 rejected Unavailable"]);
    play.answering(2 * SECOND);
    assert_eq!(play.desk.phase, Phase::Ready);
}

#[test]
fn a_switch_of_sixteen_instruments_is_fed_by_a_budget_that_is_half_spent_on_questions() {
    let all = instruments_of(16);
    let rules = Rules {
        answer_within_ns: 5_000_000_000,
        reconcile_every_ns: 5_000_000_000,
        orders: None,
        epoch: EPOCH,
        adopts: false,
    };
    let own = all.iter().map(|instrument| instrument.id).collect();
    let desk = Desk::new(Box::new(English(&CROWDED_MANNERS)), &all, own, rules);
    let mut play = Play { desk, post: Pigeon::default(), now_ms: 1_000, read: 0 };
    play.answering(20);
    let now = play.now();
    play.desk.line_up(0, now);
    play.answering(10 * SECOND);
    assert_eq!(play.desk.phase, Phase::Ready);
    for second in 0..300 {
        play.answering(SECOND);
        assert_eq!(play.desk.phase, Phase::Ready, "after {second} s");
    }
}

#[test]
fn the_switch_at_the_venue_is_fed_while_we_hear_it_and_turned_off_at_the_end() {
    let mut play = Play::new(&MANNERS);
    let fed = |said: Vec<String>| said.iter().filter(|words| *words == "dead man 60").count();
    play.answering(60 * SECOND);
    assert_eq!(fed(play.said()), 3, "at a third of its time");
    let now = play.now();
    play.desk.line_down(0, now.timer_ns, now, &mut play.post);
    play.answering(60 * SECOND);
    assert_eq!(fed(play.said()), 0, "whoever hears nothing lets the venue withdraw");
    let mut play = Play::new(&MANNERS);
    let now = play.now();
    play.desk.end(now, &mut play.post);
    assert_eq!(play.said(), ["dead man 0"]);
    play.wait(5);
    assert_eq!(play.desk.phase, Phase::Ending);
    play.answer("dead man 0", Answer::Done);
    play.wait(5);
    assert_eq!(play.desk.phase, Phase::Ended);
}

#[test]
fn a_line_that_answers_nothing_is_given_up() {
    let mut play = Play::new(&MANNERS);
    play.place(1);
    play.place(2);
    play.wait(5_010);
    assert_eq!(play.post.given_up, [0]);
}

#[test]
fn a_fee_in_a_token_of_the_venues_is_a_payment_behind_its_fill_and_one_in_nothing_known_is_counted() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    let paid_in =
        |trade_id, token| FillNews { fee_e8: 7, fee_asset: Name::new(token).unwrap(), ..fill(1, trade_id, 1) };
    play.hear(&[Heard::Fill(paid_in(5, "BNB")), Heard::Fill(paid_in(5, "BNB"))], None);
    assert_eq!(play.told(), ["1 filled 1", "1 paid fee -7"], "once, as its fill");
    assert_eq!(play.desk.orders.foreign_fees, 0);
    play.hear(&[Heard::Fill(paid_in(6, "NOSUCH"))], None);
    assert_eq!(play.told(), ["1 filled 1"]);
    assert_eq!(play.desk.orders.foreign_fees, 1);
}

#[test]
fn an_order_of_a_run_before_is_adopted_under_its_own_number() {
    let mut play = Play::asleep(&ROOMY_MANNERS);
    play.desk.rules.adopts = true;
    let of_before = ClientOrderId::new(1, EPOCH - 1, 9);
    let whose = Whose { ours: Some(of_before), venue_order_id: Name::new("v9").expect("short") };
    let standing = OrderNews { whose, at_ns: Nanos(5), ..news(9, OrderState::Open, 4) };
    let look = |play: &mut Play, held| {
        while !play.said().contains(&"open".to_owned()) {
            play.answering(5);
            play.wait(5);
            if play.desk.phase == Phase::Opening {
                let now = play.now();
                play.desk.line_up(0, now);
            }
        }
        play.answer_with("open", &[Heard::Order(standing)], Answer::Done);
        play.wait(10);
        play.answer_with("positions", &[Heard::Position { instrument: BTC, qty: Lots(held) }], Answer::Done);
        play.wait(10);
    };
    look(&mut play, 6);
    assert_eq!((play.told(), play.desk.phase), (vec!["9 adopted 4 of 10".to_owned()], Phase::Reconciling));
    // Two more were executed behind the list; those of before are not told again.
    let fill = |trade_id, qty, at| FillNews { whose, at_ns: Nanos(at), ..fill(9, trade_id, qty) };
    play.hear(&[Heard::Fill(fill(1, 4, 4)), Heard::Fill(fill(2, 2, 6))], None);
    assert_eq!(play.told(), ["9 filled 2"]);
    look(&mut play, 6);
    assert_eq!(play.desk.phase, Phase::Reconciling, "the two looks differ");
    look(&mut play, 6);
    play.wait(10);
    assert_eq!((play.desk.phase, play.desk.positions_off(), play.desk.strays.standing()), (Phase::Ready, 0, 0));
    let request =
        Request { client_order_id: of_before, instrument: BTC, what: RequestKind::Cancel, ..Request::default() };
    let now = play.now();
    play.desk.request(&request, now, &mut play.post);
    assert!(play.said().contains(&"cancel 9".to_owned()));
    play.hear(&[Heard::Order(OrderNews { state: OrderState::Canceled, filled: Lots(6), ..standing })], None);
    assert_eq!((play.told(), play.desk.orders.open()), (vec!["9 canceled".to_owned()], 0));
}

#[test]
fn orders_of_somebody_else_are_withdrawn_where_a_rule_says_so_and_those_of_another_process_never() {
    let mut play = Play::new(&MANNERS);
    play.desk.withdraws_foreign = true;
    let of = |ours| OrderNews {
        whose: Whose { ours, venue_order_id: Name::new("v7").expect("short") },
        ..news(1, OrderState::Open, 0)
    };
    let in_our_form = of(Some(ClientOrderId::new(1, EPOCH + 1, 9)));
    play.hear(&[Heard::Order(in_our_form)], None);
    assert_eq!(play.said(), NONE, "two processes would withdraw each other's");
    let theirs = of(None);
    play.hear(&[Heard::Order(theirs)], None);
    assert_eq!((play.said(), play.told()), (vec!["cancel 0".to_owned()], vec![]));
    let asked = play.desk.asked.iter().find_map(|(_, asked)| match asked.ask {
        Ask::Cancel(known) => Some((known.is_theirs(), known.venue_order_id)),
        _ => None,
    });
    assert_eq!(asked, Some((true, theirs.whose.venue_order_id)), "by the venue's id");
    play.answer("cancel 0", Answer::Refused(RejectReason::UnknownOrder));
    // What is over, or of an instrument that is not ours, is let be.
    play.hear(&[Heard::Order(OrderNews { state: OrderState::Canceled, ..theirs })], None);
    play.hear(&[Heard::Order(OrderNews { instrument: None, ..theirs })], None);
    assert_eq!((play.said(), play.told()), (vec![], vec![]));
}

#[test]
fn orders_of_others_are_counted_and_left_alone() {
    let mut play = Play::new(&MANNERS);
    let mut foreign = news(1, OrderState::Open, 0);
    foreign.whose.ours = None;
    let of_run = |epoch| OrderNews {
        whose: Whose { ours: Some(ClientOrderId::new(1, epoch, 9)), venue_order_id: Name::default() },
        ..foreign
    };
    play.hear(&[Heard::Order(foreign), Heard::Order(of_run(EPOCH + 1)), Heard::Order(foreign)], None);
    assert_eq!((play.desk.strays.standing(), play.desk.strays.orders), (2, 2));
    assert_eq!((play.told(), play.said()), (vec![], vec![]));
    play.hear(&[Heard::Order(OrderNews { state: OrderState::Canceled, ..foreign })], None);
    assert_eq!(play.desk.strays.standing(), 1);
    play.wait(30 * SECOND);
    play.answer("open", Answer::Done);
    assert_eq!(play.desk.strays.standing(), 0, "the venue did not name it any more");
    // One of this run that nobody here knows was sent and forgotten: it must not stand.
    play.said();
    play.news(77, OrderState::Open, 0);
    assert_eq!(play.said(), ["cancel 77"]);
    // Nor one that was under way when its run ended.
    play.hear(&[Heard::Order(of_run(EPOCH - 1))], None);
    assert_eq!(play.said(), ["cancel 9"]);
}
