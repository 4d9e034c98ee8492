//! What the account held before the run, taken over.

use super::*;

/// Speaks English, and has words for balances, and for the next part of the positions: how many have been asked for.
struct Fluent(English, u32);

impl Tongue for Fluent {
    fn manners(&self) -> &'static Manners {
        self.0.manners()
    }

    fn line_path(&self, line: usize, path: &mut Text) {
        self.0.line_path(line, path);
    }

    fn greet(&mut self, line: usize, step: usize, now: Nanos, call: &mut Call) -> bool {
        self.0.greet(line, step, now, call)
    }

    fn ask(&mut self, ask: &Ask, id: AskId, now: Nanos, call: &mut Call) -> Result<(), Unable> {
        if *ask != Ask::Balances {
            self.0.ask(ask, id, now, call)?;
        } else {
            call.begin(Way::Get, Purse::Questions);
            call.body.put("balances");
        }
        if *ask == Ask::Positions {
            if self.1 > 0 {
                call.body.put(&format!(" part {}", self.1 + 1));
            }
            self.1 += 1;
        }
        Ok(())
    }

    fn begin_anew(&mut self, ask: &Ask) {
        if *ask == Ask::Positions {
            self.1 = 0;
        }
    }

    fn hear(&mut self, place: Place, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        self.0.hear(place, said, heard)
    }
}

pub(super) fn asleep(kind: ContractKind) -> Play {
    let list = instruments_of(2).iter().map(|of| Instrument { kind, min_qty: Lots(10), ..*of }).collect();
    let all = Instruments::new(list);
    let own = all.iter().map(|of| of.id).collect();
    let rules = Rules { reconcile_every_ns: 30_000_000_000, ..Play::asleep(&ROOMY_MANNERS).desk.rules };
    let mut desk = Desk::new(Box::new(Fluent(English(&ROOMY_MANNERS), 0)), &all, own, rules);
    desk.takeover = Some(Takeover::new([2, 0].into()));
    Play { desk, post: Pigeon::default(), now_ms: 1_000, read: 0 }
}

/// Answers everything until that is asked, and that with these rows.
pub(super) fn look(play: &mut Play, words: &str, rows: &[Heard]) {
    look_at_part(play, words, rows, Answer::Done);
}

/// The same with an answer of that kind.
pub(super) fn look_at_part(play: &mut Play, words: &str, rows: &[Heard], answer: Answer) {
    for _ in 0..10_000 {
        play.wait(5);
        if play.desk.phase == Phase::Opening {
            let now = play.now();
            play.desk.line_up(0, now);
        }
        let asked = play.post.sent[play.read..].to_vec();
        play.read = play.post.sent.len();
        let mut is_over = false;
        for (id, said) in asked {
            let (rows, answer) = if said == words { (rows, answer) } else { (&[][..], Answer::Done) };
            is_over |= said == words;
            play.hear(&[rows, &[Heard::Answer(id, answer)]].concat(), Some(id));
        }
        if is_over {
            return;
        }
    }
    panic!("nobody asked {words}");
}

fn position(qty: i64) -> [Heard; 2] {
    [Heard::Position { instrument: BTC, qty: Lots(qty) }, Heard::Entered { instrument: BTC, avg_px_milliticks: 99_500 }]
}

#[test]
fn a_position_of_before_is_told_once_before_any_order_passes_and_counts_with_our_fills() {
    let mut play = asleep(ContractKind::Linear);
    look(&mut play, "positions", &position(-15));
    assert_eq!(
        (play.told(), play.desk.phase),
        (vec!["0 opened -15 at 99500 of strategy 2".to_owned()], Phase::Reconciling)
    );
    look(&mut play, "balances", &[]);
    play.wait(10);
    assert_eq!((play.told(), play.desk.phase), (vec![], Phase::Ready));
    play.stand(1);
    play.fill(1, 1, 4);
    play.told();
    for _ in 0..3 {
        look(&mut play, "positions", &position(-11));
        assert_eq!((play.told(), play.desk.positions_off()), (vec![], 0), "neither told again nor off");
    }
    for _ in 0..2 {
        look(&mut play, "positions", &position(-15));
    }
    assert_eq!(play.desk.positions_off(), 1, "what was sold beside us is not ours");
}

#[test]
fn positions_that_are_told_in_parts_are_taken_over_whole() {
    let mut play = asleep(ContractKind::Linear);
    look_at_part(&mut play, "positions", &position(-15), Answer::More);
    assert_eq!(play.told(), NONE);
    // The second one is lost: the first is forgotten with it, and asked for again.
    look_at_part(&mut play, "positions part 2", &[], Answer::Unknown);
    look_at_part(&mut play, "positions", &position(-15), Answer::More);
    look(&mut play, "positions part 2", &[Heard::Position { instrument: InstrumentId(1), qty: Lots(3) }]);
    let told = play.told();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("0 opened -15 ") && told[1].starts_with("0 opened 3 "), "{told:?}");
}

#[test]
fn nothing_is_taken_over_unless_the_run_says_so() {
    let mut play = Play::asleep(&ROOMY_MANNERS);
    look(&mut play, "positions", &position(15));
    look(&mut play, "positions", &position(15));
    assert_eq!((play.told(), play.desk.positions_off()), (vec![], 0));
}

#[test]
fn coins_of_before_are_of_the_first_instrument_of_theirs_and_dust_is_left_out() {
    let coins =
        |asset: &str, free_e8| Heard::Balance { asset: Name::new(asset).expect("short"), free_e8, locked_e8: 500 };
    // A lot is 1,000 of 1e-8; the smallest order is of ten.
    for (free_e8, told) in
        [(12_600, vec!["0 opened 13 at 0 of strategy 2".to_owned()]), (9_000, vec![]), (-600, vec![])]
    {
        let mut play = asleep(ContractKind::Spot);
        look(&mut play, "balances", &[coins("USDT", 99_000_000), coins("BTC", free_e8), coins("ETH", 99_000_000)]);
        play.wait(10);
        assert_eq!((play.told(), play.desk.phase), (told, Phase::Ready));
        look(&mut play, "balances", &[coins("BTC", 99_000_000)]);
        assert_eq!(play.told(), NONE, "once");
    }
}

#[test]
fn beside_adopted_orders_coins_are_believed_when_two_looks_agree() {
    let mut play = asleep(ContractKind::Spot);
    play.desk.rules.adopts = true;
    let whose =
        Whose { ours: Some(ClientOrderId::new(1, EPOCH - 1, 9)), venue_order_id: Name::new("v9").expect("short") };
    let standing = OrderNews { whose, at_ns: Nanos(5), ..news(9, OrderState::Open, 0) };
    let coins =
        |lots: i64| [Heard::Balance { asset: Name::new("BTC").expect("short"), free_e8: lots * 1_000, locked_e8: 0 }];
    let round = |play: &mut Play, lots| {
        look(play, "open", &[Heard::Order(standing)]);
        look(play, "balances", &coins(lots));
        play.told()
    };
    assert_eq!(round(&mut play, 40), ["9 adopted 0 of 10"]);
    // It bought four, which the first look may or may not have had.
    play.hear(&[Heard::Fill(FillNews { whose, at_ns: Nanos(6), ..fill(9, 1, 4) })], None);
    assert_eq!(round(&mut play, 40), ["9 filled 4"]);
    assert_eq!(round(&mut play, 40), ["0 opened 36 at 0 of strategy 2"]);
}
