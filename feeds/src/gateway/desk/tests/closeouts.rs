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
