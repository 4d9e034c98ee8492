//! Executions that the venue placed on our account: a liquidation, what its fund took over, a deleveraging.

use super::*;
use engine_model::closeout::Cause;

#[test]
fn what_the_venue_executed_itself_is_told_apart_from_a_strangers() {
    let of_nobody = ORDER.replace("R1x2x3", "");
    let told = |category: &str| {
        let row = of_nobody.replace("\"ordType\"", &format!("\"category\":\"{category}\",\"ordType\""));
        heard_at(Place::Line(0), &pushed("orders", &row)).expect("understood")[0]
    };
    let Heard::Fill(fill) = told("normal") else { panic!("an execution") };
    assert_eq!((fill.whose.ours, fill.px, fill.qty), (None, Ticks(280_001), Lots(75)));
    for (category, cause) in [
        ("full_liquidation", Cause::Liquidation),
        ("partial_liquidation", Cause::Liquidation),
        ("adl", Cause::Deleveraging),
    ] {
        assert_eq!(told(category), Heard::ClosedOut(cause, fill), "{category}");
    }
    let listed = |kind: u32| {
        let row =
            of_nobody.replace("\"fillFee", "\"fee").replace("\"ordType", &format!("\"subType\":\"{kind}\",\"ordType"));
        // Off the grid of prices, where the venue may close.
        let row = row.replace("\"fillPx\":\"28000.1", "\"fillPx\":\"28000.1004");
        answered(Ask::Fills(SWAP, Nanos(0)), &format!(r#"{{"code":"0","data":[{row}]}}"#))[0]
    };
    for (kinds, cause) in
        [(100..=107, Cause::Liquidation), (110..=111, Cause::Takeover), (125..=128, Cause::Deleveraging)]
    {
        kinds.for_each(|kind| assert_eq!(listed(kind), Heard::ClosedOut(cause, fill), "{kind}"));
    }
    for kind in [2, 6, 108, 112] {
        assert_eq!(listed(kind), Heard::Fill(fill), "{kind}");
    }
    // Of its own orders the venue tells no side of liquidity, and may give all of them one number.
    let liquidated = of_nobody.replace("\"fillFee", "\"fee").replace("\"ordType", "\"subType\":\"107\",\"ordType");
    let left_out =
        |row: &str| match answered(Ask::Fills(SWAP, Nanos(0)), &format!(r#"{{"code":"0","data":[{row}]}}"#))[0] {
            Heard::ClosedOut(Cause::Liquidation, fill) => fill,
            ref other => panic!("{other:?}"),
        };
    for role in [r#""execType":"""#, r#""none":1"#] {
        assert_eq!(left_out(&liquidated.replace(r#""execType":"T""#, role)), fill, "{role}");
    }
    let first = liquidated.replace("242720720", "0");
    let second = first.replace("1672364262450", "1672364262451");
    let numbers = [&first, &second, &first].map(|row| left_out(row).trade_id);
    assert!(numbers[0] == numbers[2] && numbers[0] != numbers[1] && numbers[0] != 0, "{numbers:?}");
}
