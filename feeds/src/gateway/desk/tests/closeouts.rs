//! Executions that the venue placed on our account.

use super::*;
use engine_model::closeout::Cause;

#[test]
fn what_the_venue_closes_is_told_once_and_counts_as_held_but_is_no_order() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.fill(1, 5, 3);
    assert_eq!(play.told(), ["1 filled 3"]);
    let closed = FillNews { whose: Whose::default(), side: Side::Sell, ..fill(1, 5, 2) };
    for _ in 0..2 {
        play.hear(&[Heard::ClosedOut(Cause::Liquidation, closed)], None);
    }
    assert_eq!(
        play.told(),
        ["0 closed out Sell 2x100 LIQUIDATION"],
        "under its own number, although an order's fill has it"
    );
    assert_eq!(play.desk.orders.net[BTC.index()], 1);
    // What a look back finds of before the run is in what the account held then.
    play.desk.troubles.clear();
    let before = FillNews { trade_id: 9, at_ns: Nanos(1), ..closed };
    play.hear(&[Heard::ClosedOut(Cause::Liquidation, before)], None);
    assert_eq!((play.told(), play.desk.orders.net[BTC.index()], play.desk.troubles.len()), (vec![], 1, 0));
    // What is not of the run moves nothing here.
    let elsewhere = FillNews { instrument: None, trade_id: 6, ..closed };
    play.hear(&[Heard::ClosedOut(Cause::Deleveraging, elsewhere)], None);
    assert_eq!((play.told(), play.desk.orders.net[BTC.index()]), (vec![], 1));
}

#[test]
fn an_execution_of_an_order_of_ours_is_that_orders_whatever_the_venue_calls_it() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    // Its list of executions names the venue's id alone.
    let of_ours = FillNews { whose: Whose { ours: None, ..whose(1) }, ..fill(1, 5, 3) };
    play.hear(&[Heard::ClosedOut(Cause::Liquidation, of_ours)], None);
    assert_eq!(play.told(), ["1 filled 3"]);
    assert_eq!(play.desk.orders.net[BTC.index()], 3);
}

#[test]
fn what_a_closing_cost_is_estimated_where_the_venue_does_not_tell_and_moves_what_it_was_paid_in() {
    let mut play = Play::new(&MANNERS);
    play.stand(1);
    play.fill(1, 5, 3);
    play.told();
    play.desk.troubles.clear();
    let usdt = play.desk.orders.asset(instrument().quote).expect("of the run");
    let before_e8 = play.desk.orders.moved_e8[usdt];
    play.desk.orders.fees_ppm = [200, 500];
    let closed = FillNews {
        whose: Whose::default(),
        side: Side::Sell,
        liquidity: Liquidity::Taker,
        fee_e8: 0,
        fee_asset: FillNews::untold_fee(),
        ..fill(1, 6, 2)
    };
    play.hear(&[Heard::ClosedOut(Cause::Takeover, closed)], None);
    // 0.00002 at 1.00, of which 5 in 10,000.
    assert_eq!(play.desk.orders.moved_e8[usdt] - before_e8, -1);
    let said = &play.desk.troubles[..];
    assert!(matches!(said, [Trouble::ClosedOut(..), Trouble::FeeEstimated { fee: Quote(1), .. }]), "{said:?}");
}
