//! Executions that the venue placed on our account: a liquidation, what its fund took over, a deleveraging.

use super::*;
use engine_model::closeout::Cause;

/// As pushed when a long was liquidated: no order of ours, off our grid of prices.
const CLOSED: &str = r#"{"id":"3335260","create_time":1628736849,"create_time_ms":1628736849123,"contract":"ETH_USDT",
    "order_id":"4872461","size":"-0.25","price":"3904.417","role":"taker","text":"liq-4872461","fee":"0.48805","point_fee":0}"#;

fn closed() -> FillNews {
    FillNews {
        whose: Whose { ours: None, venue_order_id: name("4872461") },
        trade_id: 3_335_260,
        px: Ticks(390_442),
        fee_e8: 48_805_000,
        liquidity: Liquidity::Taker,
        at_ns: Nanos(1_628_736_849_123_000_000),
        ..futures_fill()
    }
}

#[test]
fn what_the_venue_closes_is_told_with_its_cause_on_the_line_and_when_it_is_asked_for_again() {
    let told = |row: &str| heard(&mut futures(), &pushed("futures.usertrades", row));
    for (text, cause) in [
        ("liq-4872461", Cause::Liquidation),
        ("hedge-liq-4872461", Cause::Liquidation),
        ("liquidation", Cause::Liquidation),
        ("pm_liquidate", Cause::Liquidation),
        ("comb_margin_liquidate", Cause::Liquidation),
        ("scm_liquidate", Cause::Liquidation),
        ("insurance", Cause::Takeover),
        ("auto_deleveraging", Cause::Deleveraging),
    ] {
        let row = CLOSED.replace("liq-4872461", text);
        assert_eq!(told(&row), [Heard::ClosedOut(cause, closed())], "{text}");
        // The same number, so it is booked once.
        let row = row.replace("\"id\"", "\"trade_id\"").replace("\"create_time_ms\"", "\"none\"");
        let row = row.replace("1628736849,", "1628736849.123,");
        let asked = answered(&mut futures(), Ask::Fills(ETH, NOW), &format!("[{row}]"));
        assert_eq!(asked, [Heard::ClosedOut(cause, closed()), Heard::Answer(AskId(9), Answer::Done)], "{text}");
    }
    let short = FillNews { side: Side::Buy, ..closed() };
    assert_eq!(told(&CLOSED.replace("-0.25", "0.25")), [Heard::ClosedOut(Cause::Liquidation, short)]);
    // Of a person, and of a contract that ends.
    for text in ["web", "api", "clear", "-", "t-liquidation"] {
        assert_eq!(told(&CLOSED.replace("liq-4872461", text)), [Heard::Fill(closed())], "{text}");
    }
    let nearest = FillNews { qty: Lots(26), ..closed() };
    let off = told(&CLOSED.replace("-0.25", "-0.255"));
    assert_eq!(off, [Heard::ClosedOut(Cause::Liquidation, nearest)], "one row must not hide the others");
}

#[test]
fn a_loan_that_is_called_sells_coins_of_spot() {
    let row = SPOT_FILL.replace("t-R1-2-3", "scm_liquidate");
    let sold = FillNews { whose: Whose { ours: None, ..spot_fill().whose }, ..spot_fill() };
    let told = heard(&mut spot(), &pushed("spot.usertrades", &row));
    assert_eq!(told, [Heard::ClosedOut(Cause::Liquidation, sold)]);
}
