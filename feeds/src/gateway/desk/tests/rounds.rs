//! How often a round asks, and what it leaves to others.

use super::*;
use crate::gateway::desk::answers::unreadable;

static WHOLE_MANNERS: Manners = Manners { is_whole: true, ..MANNERS };
static SCARCE_MANNERS: Manners =
    Manners { allowance: Allowance { questions_a_minute: 60, ..MANNERS.allowance }, dead_man: None, ..MANNERS };
static REST_MANNERS: Manners = Manners { orders_on: None, ..MANNERS };

fn play(manners: &'static Manners, count: u32) -> Play {
    let all = instruments_of(count);
    let own = all.iter().map(|of| of.id).collect();
    let rules = Play::asleep(manners).desk.rules;
    let desk = Desk::new(Box::new(English(manners)), &all, own, rules);
    Play { desk, post: Pigeon::default(), now_ms: 1_000, read: 0 }
}

fn count(said: &[String], words: &str) -> usize {
    said.iter().filter(|said| *said == words).count()
}

/// The line is lost, and comes back.
fn lose(play: &mut Play) {
    let now = play.now();
    play.desk.line_down(0, now.timer_ns, now, &mut play.post);
}

#[test]
fn an_account_that_answers_whole_is_asked_once_and_the_answer_is_of_all() {
    for (manners, asked) in [(&WHOLE_MANNERS, 1), (&MANNERS, 3)] {
        let mut play = play(manners, 3);
        play.come_up();
        let last = InstrumentId(2);
        let order =
            Order { client_order_id: id(1), instrument: last, px: Ticks(100), qty: Lots(10), ..Order::default() };
        play.request(1, RequestKind::Place(order));
        play.answer("place 1", Answer::Done);
        lose(&mut play);
        play.said();
        let before = play.post.sent.len();
        play.come_up();
        let said: Vec<String> = play.post.sent[before..].iter().map(|(_, words)| words.clone()).collect();
        let counts = [count(&said, "open"), count(&said, "fills"), count(&said, "order 1")];
        assert_eq!(counts, [asked, asked, 1], "the one order is missed in the answer: {said:?}");
    }
}

#[test]
fn a_round_of_many_questions_starves_no_question_about_an_order() {
    let mut play = play(&SCARCE_MANNERS, 40);
    play.answering(100);
    let now = play.now();
    play.desk.line_up(0, now);
    play.answering(200 * SECOND);
    assert_eq!(play.desk.phase, Phase::Ready);
    play.place(1);
    lose(&mut play);
    assert!(look_ups(&mut play, 100) > 0, "at once");
    let now = play.now();
    play.desk.line_up(0, now);
    // What became of the order is not known, and forty instruments are asked about.
    let asked = look_ups(&mut play, 10 * SECOND);
    assert!(asked >= 4, "asked for {asked} times in ten seconds");
}

/// Time goes by, and every question is answered, but that about the order: how often that was asked.
fn look_ups(play: &mut Play, ms: u64) -> usize {
    let mut asked = 0;
    for _ in 0..ms / 5 {
        play.wait(5);
        let open: Vec<AskId> = play.desk.asked.iter().map(|(id, _)| *id).collect();
        for id in open {
            let is_look_up = play.post.sent.iter().any(|(sent, words)| *sent == id && words == "order 1");
            asked += usize::from(is_look_up);
            let answer = if is_look_up { Answer::Unknown } else { Answer::Done };
            play.hear(&[Heard::Answer(id, answer)], Some(id));
        }
    }
    asked
}

#[test]
fn a_no_in_nobodys_words_to_an_order_says_nothing_of_it() {
    for status in [404, 408, 409, 425, 502] {
        let mut play = Play::new(&REST_MANNERS);
        play.place(1);
        let ask = play.desk.ask_of(play.asked("place 1")).expect("under way");
        play.answer("place 1", unreadable(&ask, status));
        assert_eq!((play.said().last().map(String::as_str), play.told()), (Some("order 1"), vec![]), "{status}");
    }
    assert_eq!(unreadable(&Ask::Balances, 404), Answer::Refused(RejectReason::Other), "nothing came of a question");
    assert_eq!(unreadable(&Ask::Balances, 502), Answer::Unknown);
}
