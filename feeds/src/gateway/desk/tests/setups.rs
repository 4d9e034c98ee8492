//! How the account is set up at the venue, against what is expected of it.

use super::takeover::look;
use super::*;
use engine_model::setup::{MarginMode, Setup};

/// English with words for how an account is set up.
struct Frank(English);

impl Tongue for Frank {
    fn manners(&self) -> &'static Manners {
        self.0.manners()
    }

    fn line_path(&self, _: usize, _: &mut Text) {}

    fn greet(&mut self, _: usize, _: usize, _: Nanos, _: &mut Call) -> bool {
        false
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        let words = match ask {
            Ask::Mode(_) => "mode".to_owned(),
            Ask::Setup(of) => format!("setup {}", of.0),
            _ => return self.0.ask(ask, id, now, call),
        };
        call.begin(Way::Get, Purse::Questions);
        call.body.put(&words);
        Ok(())
    }

    fn hear(&mut self, _: Place, _: &[u8], _: &mut Vec<Heard>) -> Result<(), FrameError> {
        Ok(())
    }
}

const TEN_TIMES_CROSS: Setup =
    Setup { leverage_e2: Some(1_000), margin: Some(MarginMode::Cross), is_two_way: Some(false) };
const AS_EXPECTED: [Heard; 2] = [Heard::Leverage(1_000), Heard::Margin(MarginMode::Cross)];

/// A desk of two contracts that expects that.
fn asleep(expected: Setup) -> Play {
    let all = instruments_of(2);
    let own = all.iter().map(|of| of.id).collect();
    let rules = Rules { reconcile_every_ns: 3_000_000_000, ..Play::asleep(&ROOMY_MANNERS).desk.rules };
    let mut desk = Desk::new(Box::new(Frank(English(&ROOMY_MANNERS))), &all, own, rules);
    desk.setups.expect(expected);
    Play { desk, post: Pigeon::default(), now_ms: 1_000, read: 0 }
}

/// One look: what is told of sides, and of each contract. How the desk is doing behind it.
fn found(play: &mut Play, is_two_way: bool, each: [&[Heard]; 2]) -> Phase {
    look(play, "mode", &[Heard::TwoWay(is_two_way)]);
    look(play, "setup 0", each[0]);
    look(play, "setup 1", each[1]);
    play.wait(10);
    play.desk.phase
}

fn told(play: &mut Play) -> Vec<String> {
    play.desk.troubles.drain(..).map(|trouble| trouble.to_string()).collect()
}

#[test]
fn what_differs_keeps_orders_back_until_it_agrees() {
    let mut play = asleep(TEN_TIMES_CROSS);
    let twenty = [Heard::Leverage(2_000), Heard::Margin(MarginMode::Cross)];
    assert_eq!(found(&mut play, false, [&AS_EXPECTED, &twenty]), Phase::Reconciling);
    play.place(1);
    assert_eq!((play.told(), play.desk.setups.off()), (vec!["1 rejected Unavailable".to_owned()], 1));
    let told_once = told(&mut play);
    assert_eq!(told_once.len(), 1, "{told_once:?}");
    for part in ["found leverage 20, cross margin", "expected leverage 10, cross margin, one-way", "margin_mode"] {
        assert!(told_once[0].contains(part), "{told_once:?}");
    }
    assert_eq!(found(&mut play, false, [&AS_EXPECTED, &twenty]), Phase::Reconciling);
    assert_eq!(told(&mut play), NONE, "not in each round");
    assert_eq!(found(&mut play, false, [&AS_EXPECTED, &AS_EXPECTED]), Phase::Ready);
    assert!(told(&mut play)[0].contains("as expected by now"));
    play.stand(2);
}

#[test]
fn what_is_changed_while_orders_pass_is_found_by_a_later_round_and_holds_them_back() {
    let mut play = asleep(TEN_TIMES_CROSS);
    assert_eq!(found(&mut play, false, [&AS_EXPECTED, &AS_EXPECTED]), Phase::Ready);
    let isolated = [Heard::Leverage(1_000), Heard::Margin(MarginMode::Isolated)];
    assert_eq!(found(&mut play, false, [&isolated, &AS_EXPECTED]), Phase::Reconciling);
    assert_eq!(found(&mut play, false, [&AS_EXPECTED, &AS_EXPECTED]), Phase::Ready);
    assert_eq!(found(&mut play, true, [&AS_EXPECTED, &AS_EXPECTED]), Phase::Reconciling, "hedge mode");
}

#[test]
fn what_is_expected_and_not_told_is_not_there_and_what_is_not_expected_may_be_anything() {
    let mut play = asleep(TEN_TIMES_CROSS);
    assert_eq!(found(&mut play, false, [&AS_EXPECTED, &AS_EXPECTED[..1]]), Phase::Reconciling);
    let mut easy = asleep(Setup::ONE_WAY);
    assert_eq!(found(&mut easy, false, [&[Heard::Leverage(5)], &[]]), Phase::Ready);
    // A venue that refuses the question holds nobody up who expects nothing.
    let mut refused = asleep(Setup::ONE_WAY);
    look(&mut refused, "mode", &[]);
    refused.wait(10);
    refused.answer("setup 0", Answer::Refused(RejectReason::NotAllowed));
    look(&mut refused, "setup 1", &[]);
    refused.wait(10);
    assert_eq!(refused.desk.phase, Phase::Ready);
}
