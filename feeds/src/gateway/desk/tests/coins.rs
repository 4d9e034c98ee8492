//! Coins of the account against what was done with them.

use super::takeover::{asleep, look};
use super::*;

/// In 1e-8: a lot of this instrument is 1,000.
fn btc(amount_e8: i64) -> [Heard; 2] {
    let told = |asset, free_e8| Heard::Balance { asset: Name::new(asset).expect("short"), free_e8, locked_e8: 0 };
    [told("BTC", amount_e8), told("USDT", 1)]
}

/// On an account that has 20 lots, ten are bought, of which the venue keeps so much as a fee.
fn bought(fee_e8: i64) -> Play {
    let mut play = asleep(ContractKind::Spot);
    play.desk.takeover = None;
    look(&mut play, "balances", &btc(20_000));
    play.wait(10);
    assert_eq!((play.told(), play.desk.phase), (vec![], Phase::Ready));
    play.stand(1);
    let fill = FillNews { fee_e8, fee_asset: Name::new("BTC").expect("short"), ..fill(1, 1, 10) };
    play.hear(&[Heard::Fill(fill)], None);
    play.told();
    play
}

#[test]
fn what_executions_and_fees_explain_is_no_difference_and_a_lot_is_none_either() {
    let mut play = bought(2_500);
    for amount_e8 in [27_500, 28_499, 26_500, 27_500] {
        for _ in 0..2 {
            look(&mut play, "balances", &btc(amount_e8));
        }
        assert_eq!(play.desk.positions_off(), 0, "{amount_e8}");
    }
}

#[test]
fn a_fee_in_the_coin_takes_whole_lots_off_and_what_that_is_too_much_counts_for_the_next() {
    let btc = |fee_e8| FillNews { fee_e8, fee_asset: Name::new("BTC").expect("short"), ..fill(1, 0, 2) };
    let mut play = bought(0);
    play.stand(2);
    // A lot is 1,000: of 500 one is taken off, and half of it is left for the next; a rebate is kept, too.
    for (trade_id, fee_e8, taken) in [(1, 500, 1), (2, 500, 0), (3, 1, 1), (4, -2, 0), (5, 1_001, 0), (6, 2_000, 2)] {
        let news = FillNews { whose: whose(2), trade_id, qty: Lots(1), ..btc(fee_e8) };
        for _ in 0..2 {
            play.hear(&[Heard::Fill(news)], None);
        }
        let mut told = vec!["2 filled 1".to_owned()];
        told.extend((taken > 0).then(|| format!("2 closed out Sell {taken}x100 COIN_FEE")));
        assert_eq!(play.told(), told, "{trade_id}");
    }
    assert_eq!(play.desk.orders.net[BTC.index()], 10 + 6 - 4);
}

#[test]
fn what_was_bought_less_its_fee_can_be_sold() {
    let mut play = bought(2_500);
    look(&mut play, "balances", &btc(27_500));
    // Ten were bought, seven and a half came: seven lots are ours, and the fee is told in both its parts.
    assert_eq!(play.desk.orders.net[BTC.index()], 7);
    assert_eq!(play.desk.positions_off(), 0);
}

#[test]
fn coins_that_came_or_went_close_the_instrument_but_for_what_makes_them_fewer_until_they_agree() {
    for amount_e8 in [10_000, 90_000] {
        let mut play = bought(0);
        look(&mut play, "balances", &btc(amount_e8));
        assert_eq!(play.desk.positions_off(), 0, "a fill may be under way");
        look(&mut play, "balances", &btc(amount_e8));
        let told = play.desk.troubles.iter().map(ToString::to_string).find(|told| told.contains("coins of"));
        let lots = format!("coins of {} lots, what we did comes to 30", amount_e8 / 1_000);
        assert!(told.as_ref().is_some_and(|told| told.contains(&lots)), "{told:?}");
        assert_eq!(play.desk.positions_off(), 1);
        play.place(2);
        assert_eq!(play.told(), ["2 rejected NotReconciled"]);
        // What was told may be old by now, and what we know less than there is: the larger of the two, and no more.
        let most = (amount_e8 / 1_000).max(30);
        for (number, qty, told) in [(3, most, vec![]), (5, most + 1, vec!["5 rejected NotReconciled"])] {
            let order = Order { client_order_id: id(number), side: Side::Sell, px: Ticks(100), ..Order::default() };
            play.request(number, RequestKind::Place(Order { qty: Lots(qty), reduce_only: true, ..order }));
            assert_eq!(play.told(), told);
        }
        look(&mut play, "balances", &btc(30_000));
        play.told();
        play.place(4);
        assert_eq!((play.told(), play.desk.positions_off()), (vec![], 0));
    }
}

#[test]
fn a_look_that_an_execution_fell_into_says_nothing() {
    let mut play = bought(0);
    for number in 2..6 {
        // Executed behind the answer, told before it.
        while !play.post.sent[play.read..].iter().any(|(_, said)| said == "balances") {
            let asked = play.post.sent[play.read..].to_vec();
            play.read = play.post.sent.len();
            asked.iter().for_each(|(id, _)| play.hear(&[Heard::Answer(*id, Answer::Done)], Some(*id)));
            play.wait(5);
        }
        let held = 20_000 + 10_000 * i64::from(number - 1);
        play.stand(10 + number);
        play.fill(10 + number, 1, 10);
        play.answer_with("balances", &btc(held), Answer::Done);
        play.told();
        play.wait(10);
        assert_eq!(play.desk.positions_off(), 0, "{number}");
    }
}
