//! How the account is set up at the venue, against what is expected of it.

use super::takeover::{look, look_at_part};
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

/// One look: what is told of sides, and of each contract.
fn found(play: &mut Play, is_two_way: bool, each: [&[Heard]; 2]) {
    look(play, "mode", &[Heard::TwoWay(is_two_way)]);
    look(play, "setup 0", each[0]);
    look(play, "setup 1", each[1]);
    play.wait(10);
    assert_eq!(play.desk.phase, Phase::Ready, "the gate is not closed: what reduces passes");
}

fn told(play: &mut Play) -> Vec<String> {
    play.desk.troubles.drain(..).map(|trouble| trouble.to_string()).collect()
}

/// Whether orders of each contract are admitted: one that grows a position, and one that says that it only reduces.
fn admitted(play: &Play) -> [(bool, bool); 2] {
    [0, 1].map(|of| {
        let order = Order { instrument: InstrumentId(of), qty: Lots(1), ..Order::default() };
        let reducing = Order { reduce_only: true, ..order };
        (play.desk.setups.admits(&order, false), play.desk.setups.admits(&reducing, true))
    })
}

const ALL: [(bool, bool); 2] = [(true, true); 2];
const SECOND_ONLY_REDUCES: [(bool, bool); 2] = [(true, true), (false, true)];
const ONLY_REDUCES: [(bool, bool); 2] = [(false, true); 2];

#[test]
fn of_a_contract_that_differs_only_what_reduces_passes_until_it_agrees() {
    let mut play = asleep(TEN_TIMES_CROSS);
    let twenty = [Heard::Leverage(2_000), Heard::Margin(MarginMode::Cross)];
    assert_eq!(admitted(&play), ONLY_REDUCES, "nothing is known");
    found(&mut play, false, [&AS_EXPECTED, &twenty]);
    assert_eq!((admitted(&play), play.desk.setups.off()), (SECOND_ONLY_REDUCES, 1));
    let told_once = told(&mut play);
    assert_eq!(told_once.len(), 1, "{told_once:?}");
    for part in ["found leverage 20, cross margin", "expected leverage 10, cross margin, one-way", "margin_mode"] {
        assert!(told_once[0].contains(part), "{told_once:?}");
    }
    look(&mut play, "setup 1", &twenty);
    assert_eq!(told(&mut play), NONE, "not in each round");
    look(&mut play, "setup 1", &AS_EXPECTED);
    assert_eq!(admitted(&play), ALL);
    assert!(told(&mut play)[0].contains("as expected by now"));
    play.stand(2);
}

#[test]
fn an_order_that_is_not_admitted_is_rejected_and_one_that_closes_passes() {
    let mut play = asleep(TEN_TIMES_CROSS);
    let isolated = [Heard::Leverage(1_000), Heard::Margin(MarginMode::Isolated)];
    found(&mut play, false, [&isolated, &AS_EXPECTED]);
    play.place(1);
    assert_eq!(play.told(), ["1 rejected NotReconciled"]);
    let closing =
        Order { client_order_id: id(2), side: Side::Sell, qty: Lots(1), reduce_only: true, ..Order::default() };
    play.request(2, RequestKind::Place(closing));
    assert_eq!(play.told(), NONE, "it is on its way");
}

#[test]
fn what_is_changed_while_orders_pass_is_found_by_a_later_look() {
    let mut play = asleep(TEN_TIMES_CROSS);
    found(&mut play, false, [&AS_EXPECTED, &AS_EXPECTED]);
    assert_eq!(admitted(&play), ALL);
    found(&mut play, true, [&AS_EXPECTED, &AS_EXPECTED]);
    assert_eq!(admitted(&play), ONLY_REDUCES, "hedge mode is the account's");
    let closing = Order { qty: Lots(1), ..Order::default() };
    assert!(!play.desk.setups.admits(&closing, true), "a plain sell beside a long would be a short of its own");
}

#[test]
fn an_answer_that_states_nothing_changes_nothing() {
    let mut play = asleep(Setup::ONE_WAY);
    found(&mut play, true, [&AS_EXPECTED, &AS_EXPECTED]);
    assert_eq!(admitted(&play), ONLY_REDUCES);
    for answer in [Answer::Refused(RejectReason::Unavailable), Answer::Unknown] {
        look_at_part(&mut play, "mode", &[], answer);
        play.wait(10);
        assert_eq!(admitted(&play), ONLY_REDUCES, "hedge mode is not gone because a question failed");
    }
    found(&mut play, false, [&AS_EXPECTED, &AS_EXPECTED]);
    assert_eq!(admitted(&play), ALL);
    let mut set_up = asleep(TEN_TIMES_CROSS);
    found(&mut set_up, false, [&AS_EXPECTED, &AS_EXPECTED]);
    look_at_part(&mut set_up, "setup 0", &[], Answer::Refused(RejectReason::Unavailable));
    set_up.wait(10);
    assert_eq!(admitted(&set_up), ALL, "nor is what was as expected");
}

#[test]
fn what_is_expected_and_was_never_told_is_not_there_and_what_is_not_expected_may_be_anything() {
    let mut play = asleep(TEN_TIMES_CROSS);
    found(&mut play, false, [&AS_EXPECTED, &AS_EXPECTED[..1]]);
    assert_eq!(admitted(&play), SECOND_ONLY_REDUCES);
    let mut easy = asleep(Setup::ONE_WAY);
    found(&mut easy, false, [&[Heard::Leverage(5)], &[]]);
    assert_eq!(admitted(&easy), ALL);
    // A venue that refuses the question holds nobody up who expects nothing, and the others are asked.
    let mut refused = asleep(Setup::ONE_WAY);
    look(&mut refused, "mode", &[]);
    look_at_part(&mut refused, "setup 0", &[], Answer::Refused(RejectReason::NotAllowed));
    look(&mut refused, "setup 1", &[]);
    assert_eq!((admitted(&refused), told(&mut refused)), (ALL, Vec::new()));
}
