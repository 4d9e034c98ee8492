use super::*;

const S: u64 = Nanos::SECOND;
const NOON: u64 = 1_772_366_400 * S;
const ME: i64 = 7;

fn notice(urgency: Urgency, key: &str, at: u64) -> Notice {
    Notice { urgency, key: key.to_owned(), text: format!("{key} moved"), at: Nanos(at) }
}

fn outbox() -> Outbox<&'static str> {
    Outbox::new(Kept::default())
}

fn text(letter: &Letter<&'static str>) -> String {
    match &letter.body {
        Body::Answer(text) => (*text).to_owned(),
        Body::Notices { part, .. } => part.plain.clone(),
    }
}

/// Sends all there is until that time, in steps of 10 ms.
fn run(outbox: &mut Outbox<&'static str>, from: u64, until: u64, mut each: impl FnMut(u64, String)) {
    let mut now = from;
    while now <= until {
        while let Next::Send(letter) = outbox.next(Nanos(now), false) {
            each(now, text(&letter));
            outbox.done(letter, Fate::Sent, Nanos(now));
        }
        now += 10 * Nanos::MILLI;
    }
}

#[test]
fn a_thousand_alerts_are_five_messages_at_most_and_an_emergency_waits_for_none_of_them() {
    let mut all = outbox();
    let (mut sent, mut stopped_at) = (Vec::new(), None);
    for n in 0..1_000_u64 {
        let now = NOON + n * 10 * Nanos::MILLI;
        all.notify(ME, notice(Urgency::Market, &format!("rule {}", n % 40), now));
        if n == 500 {
            all.answer(ME, Urgency::Emergency, "halted", Nanos(now));
            assert!(
                matches!(all.next(Nanos(now), false), Next::Send(letter) if text(&letter) == "halted"),
                "before all else"
            );
            stopped_at = Some(now);
        }
        run(&mut all, now, now, |at, text| sent.push((at, text)));
    }
    run(&mut all, NOON + 10 * S, NOON + 40 * S, |at, text| sent.push((at, text)));
    assert!(stopped_at.is_some());
    assert!(sent.len() <= 5, "{} messages", sent.len());
    let told: u64 = sent.iter().map(|(_, text)| text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(1)).sum();
    assert_eq!(told, 1_000, "each is counted somewhere");
    assert_eq!(all.waiting(ME), 0);
}

#[test]
fn what_waits_is_sent_joined_or_dropped_is_counted_and_how_long_the_oldest_waits() {
    let mut all = outbox();
    assert_eq!((all.queued(), all.counts), ((0, None), Counts::default()));
    all.notify(ME, notice(Urgency::Risk, "limit", NOON));
    all.notify(ME, notice(Urgency::Risk, "limit", NOON + S));
    all.notify(ME, notice(Urgency::Fill, "fill", NOON + 2 * S));
    all.notify(8, notice(Urgency::Market, "rule", NOON + 3 * S));
    all.answer(9, Urgency::Answer, "told", Nanos(NOON - S));
    assert_eq!(all.queued(), (4, Some(Nanos(NOON - S))), "of one key the newest waits");
    assert_eq!(all.counts, Counts { coalesced: 1, ..Counts::default() });
    let Next::Send(letter) = all.next(Nanos(NOON + 4 * S), false) else { panic!("the answer") };
    all.done(letter, Fate::Failed, Nanos(NOON + 4 * S));
    assert_eq!((all.queued(), all.counts.failed), ((4, Some(Nanos(NOON - S))), 1), "it waits again, as old as it is");
    run(&mut all, NOON + 6 * S, NOON + 7 * S, |_, _| {});
    // The answer, both notices of one chat in one message, and the other chat's.
    assert_eq!(
        (all.queued(), all.counts),
        ((0, None), Counts { sent: 3, coalesced: 2, failed: 1, ..Counts::default() })
    );
    all.notify(8, notice(Urgency::Market, "rule", NOON + 8 * S));
    let Next::Send(letter) = all.next(Nanos(NOON + 8 * S), false) else { panic!("the notice") };
    assert_eq!(all.queued(), (1, Some(Nanos(NOON + 8 * S))), "what is under way is not sent yet");
    all.done(letter, Fate::Refused, Nanos(NOON + 8 * S));
    assert_eq!((all.queued(), all.counts.dropped), ((0, None), 1));
}

#[test]
fn what_is_urgent_goes_first_and_each_chat_and_the_whole_have_their_pace() {
    let mut all = outbox();
    all.notify(ME, notice(Urgency::Market, "a", NOON));
    all.notify(ME, notice(Urgency::Fill, "b", NOON));
    for text in ["1"; 20].into_iter().chain(["21"]) {
        all.answer(ME, Urgency::Answer, text, Nanos(NOON));
    }
    assert_eq!(all.counts.dropped, 1, "of answers that wait the oldest is lost");
    all.answer(ME + 1, Urgency::Answer, "other", Nanos(NOON));
    let mut order = Vec::new();
    run(&mut all, NOON, NOON + 3 * S, |at, text| order.push((at - NOON, text.lines().next().unwrap_or("").to_owned())));
    assert_eq!(order.len(), 22);
    assert!(order[..21].iter().all(|(at, text)| *at == 0 && !text.contains("notices")), "{order:?}");
    assert_eq!(order[21], (S, "2 notices".to_owned()), "a conversation's burst, then one a second");

    let mut all = outbox();
    (0..100).for_each(|chat| all.answer(chat, Urgency::Answer, "x", Nanos(NOON)));
    let mut sent = 0;
    run(&mut all, NOON, NOON + S, |_, _| sent += 1);
    assert!((25..=51).contains(&sent), "{sent} in the first second");
}

#[test]
fn a_chat_has_one_letter_under_way_and_an_emergency_does_not_wait_for_it() {
    let mut all = outbox();
    all.answer(ME, Urgency::Answer, "slow", Nanos(NOON));
    all.answer(ME, Urgency::Answer, "next", Nanos(NOON));
    let Next::Send(slow) = all.next(Nanos(NOON), false) else { panic!("one may go") };
    assert_eq!(all.next(Nanos(NOON), false), Next::Wait(None));
    all.answer(ME, Urgency::Emergency, "halted", Nanos(NOON));
    let Next::Send(halted) = all.next(Nanos(NOON), false) else { panic!("an emergency may go") };
    assert_eq!(text(&halted), "halted");
    all.done(halted, Fate::Sent, Nanos(NOON));
    assert_eq!(all.next(Nanos(NOON), false), Next::Wait(None), "the slow one is still under way");
    all.done(slow, Fate::Sent, Nanos(NOON));
    assert!(matches!(all.next(Nanos(NOON), false), Next::Send(letter) if text(&letter) == "next"));
}

#[test]
fn telegram_is_obeyed_when_it_says_wait_and_left_alone_when_it_is_down() {
    let mut all = outbox();
    all.answer(ME, Urgency::Answer, "x", Nanos(NOON));
    let Next::Send(letter) = all.next(Nanos(NOON), false) else { panic!("one may go") };
    all.done(letter, Fate::TooFast(7 * S), Nanos(NOON));
    assert_eq!(all.next(Nanos(NOON + 1), false), Next::Wait(Some(Nanos(NOON + 7 * S))));
    let mut now = NOON + 7 * S;
    for pause in [1, 2, 4, 8, 16] {
        let Next::Send(letter) = all.next(Nanos(now), false) else { panic!("it is tried again") };
        all.done(letter, Fate::Failed, Nanos(now));
        assert_eq!(all.next(Nanos(now), false), Next::Wait(Some(Nanos(now + pause * S))));
        now += pause * S;
    }
    let Next::Send(letter) = all.next(Nanos(now), false) else { panic!("it is tried again") };
    all.done(letter, Fate::Sent, Nanos(now));
    assert_eq!((all.counts.failed, all.counts.too_fast, all.counts.sent), (5, 1, 1));
    all.answer(ME, Urgency::Answer, "old", Nanos(now));
    assert_eq!(all.next(Nanos(now + 61 * S), false), Next::Wait(None), "an answer that nobody waits for any more");
}

#[test]
fn a_chat_that_is_gone_is_left_alone_until_it_writes() {
    let mut all = outbox();
    all.answer(ME, Urgency::Answer, "x", Nanos(NOON));
    let Next::Send(letter) = all.next(Nanos(NOON), false) else { panic!("one may go") };
    all.done(letter, Fate::Gone, Nanos(NOON));
    all.notify(ME, notice(Urgency::Risk, "a", NOON));
    assert_eq!(all.next(Nanos(NOON), false), Next::Wait(None));
    let mut all: Outbox<&'static str> = Outbox::new(all.kept());
    all.notify(ME, notice(Urgency::Risk, "a", NOON));
    assert_eq!(all.next(Nanos(NOON), false), Next::Wait(None), "a restart does not forget it");
    all.heard(ME);
    all.notify(ME, notice(Urgency::Risk, "a", NOON));
    assert!(matches!(all.next(Nanos(NOON), false), Next::Send(_)));
}

#[test]
fn in_silent_hours_the_market_waits_and_the_rest_makes_no_sound() {
    // 23:00 to 07:00 in Singapore; noon UTC is 20:00 there.
    let night = Habits { offset_min: 480, silent: Some((23 * 60, 7 * 60)), ..Habits::default() };
    let (evening, midnight) = (NOON, NOON + 4 * 3_600 * S);
    let mut all = outbox();
    all.set_habits(ME, night);
    all.notify(ME, notice(Urgency::Market, "a", evening));
    assert!(matches!(all.next(Nanos(evening), false), Next::Send(letter) if !letter.is_silent));
    let mut all = outbox();
    all.set_habits(ME, night);
    all.notify(ME, notice(Urgency::Market, "a", midnight));
    let wake = Nanos(NOON + 11 * 3_600 * S);
    assert_eq!(all.next(Nanos(midnight), false), Next::Wait(Some(wake)));
    all.notify(ME, notice(Urgency::Risk, "limit", midnight));
    let Next::Send(letter) = all.next(Nanos(midnight), false) else { panic!("risk does not wait") };
    assert!(letter.is_silent && !text(&letter).contains("a moved"), "{}", text(&letter));
    all.notify(ME, notice(Urgency::Emergency, "halted", midnight));
    all.done(letter, Fate::Sent, Nanos(midnight));
    assert!(matches!(all.next(Nanos(midnight), false), Next::Send(letter) if !letter.is_silent));
}

#[test]
fn who_wants_to_hear_nothing_of_the_market_hears_of_the_stop() {
    let mut quiet = Habits::default();
    assert!(quiet.set_level(Urgency::Market, Level::Off) && !quiet.set_level(Urgency::Emergency, Level::Off));
    let mut all = outbox();
    all.set_habits(ME, quiet);
    all.notify(ME, notice(Urgency::Market, "a", NOON));
    assert_eq!(all.waiting(ME), 0);
    all.notify(ME, notice(Urgency::Emergency, "halted", NOON));
    assert!(matches!(all.next(Nanos(NOON), false), Next::Send(_)));
}

#[test]
fn what_was_not_sent_is_sent_by_the_next_run() {
    let mut all = outbox();
    all.notify(ME, notice(Urgency::Fill, "a", NOON));
    all.notify(ME, notice(Urgency::Risk, "b", NOON));
    let Next::Send(letter) = all.next(Nanos(NOON), false) else { panic!("one may go") };
    all.done(letter, Fate::Failed, Nanos(NOON));
    let text_of = |kept: &Kept| serde_json::to_string(kept).expect("plain values");
    let kept: Kept = serde_json::from_str(&text_of(&all.kept())).expect("as it was written");
    let mut again: Outbox<&'static str> = Outbox::new(kept);
    assert_eq!(again.waiting(ME), 2);
    let Next::Send(letter) = again.next(Nanos(NOON + S), false) else { panic!("the next run sends it") };
    assert!(text(&letter).starts_with("2 notices\n✅ a moved\n⚠️ b moved"), "{}", text(&letter));
}

#[test]
fn notices_without_end_are_bounded_and_counted() {
    let mut all = outbox();
    for n in 0..5_000 {
        all.notify(ME, notice(Urgency::Market, &format!("{n}"), NOON));
    }
    all.notify(ME, notice(Urgency::Fill, "mine", NOON));
    assert_eq!(all.waiting(ME), 100);
    let Next::Send(letter) = all.next(Nanos(NOON), false) else { panic!("one may go") };
    let text = text(&letter);
    assert!(text.starts_with("5001 notices\n✅ mine moved\n"), "{text}");
    assert!(text.contains("and 4976 more"), "{text}");
}

#[test]
fn a_summary_comes_in_its_minute_of_the_persons_day() {
    let singapore = Habits { offset_min: 480, summary_at: Some(20 * 60), ..Habits::default() };
    let day = NOON / S / 86_400;
    assert_eq!(singapore.summary_due(Nanos(NOON)), Some(day), "noon UTC is 20:00 there");
    assert_eq!(singapore.summary_due(Nanos(NOON + 59 * S)), Some(day));
    assert_eq!(singapore.summary_due(Nanos(NOON - S)), None);
    assert_eq!(singapore.summary_due(Nanos(NOON + 599 * S)), Some(day), "late is better than never");
    assert_eq!(singapore.summary_due(Nanos(NOON + 600 * S)), None);
    let told = Habits { summed_up: Some(day), ..singapore };
    assert_eq!(told.summary_due(Nanos(NOON + 5 * S)), None, "once, also behind a restart");
    assert_eq!(told.summary_due(Nanos(NOON + 86_400 * S)), Some(day + 1));
    assert_eq!(Habits { summary_at: None, ..singapore }.summary_due(Nanos(NOON)), None);
}

#[test]
fn a_letter_that_is_under_way_is_not_forgotten_by_a_restart() {
    let mut all = outbox();
    all.notify(ME, notice(Urgency::Fill, "a", NOON));
    let Next::Send(letter) = all.next(Nanos(NOON), false) else { panic!("it may go") };
    all.notify(ME, notice(Urgency::Fill, "b", NOON));
    assert_eq!(Outbox::<&'static str>::new(all.kept()).waiting(ME), 2, "the one under way, and the one behind it");
    all.done(letter, Fate::Failed, Nanos(NOON));
    assert_eq!(Outbox::<&'static str>::new(all.kept()).waiting(ME), 2, "it came back, once");
    let Next::Send(letter) = all.next(Nanos(NOON + 60 * S), false) else { panic!("both may go") };
    all.done(letter, Fate::Sent, Nanos(NOON + 60 * S));
    assert_eq!(Outbox::<&'static str>::new(all.kept()).waiting(ME), 0);
}
