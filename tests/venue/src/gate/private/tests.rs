//! What a client of Gate's private side hears, to the letter, without a socket.

use super::clerk::{self, No};
use super::texts::{self, To};
use super::{is_timely, user_id};
use crate::account::{Fill, Holder, Order, Position, Refusal, Stands, State, TRADER};
use crate::listing::Listing;
use engine_model::instrument::Name;
use engine_model::market::Side;
use engine_model::venue::VenueId;

fn order(instrument: usize) -> Order {
    Order {
        id: 17,
        client_id: "R1-2-3".to_owned(),
        instrument,
        side: Side::Sell,
        px: Some(268_000),
        qty: 300,
        filled: 100,
        filled_value_e8: 5,
        stands: Stands::UntilCanceled,
        post_only: false,
        reduce_only: false,
        trigger: None,
        waits: false,
        state: State::Open,
        entered_at_ns: 1_694_655_225_315_000_000,
        changed_at_ns: 1_694_655_226_001_000_000,
        former_client_id: None,
        locked_e8: 0,
        queue_ahead: 0,
    }
}

#[test]
fn an_order_of_contracts_has_signed_sizes_and_times_as_they_go() {
    let listing = Listing::defaults(VenueId::GateFutures)[1];
    let pushed = texts::order(&order(1), &listing, To::Push(false));
    assert_eq!(
        pushed,
        r#"{"id":17,"contract":"ETH_USDT","size":"-3.00","left":"-2.00","price":"2680.00","tif":"gtc","text":"t-R1-2-3","is_reduce_only":false,"status":"open","finish_as":"_update","create_time_ms":1694655225315,"update_time":1694655226001}"#
    );
    let told = texts::order(&Order { state: State::Canceled, ..order(1) }, &listing, To::Answer);
    assert!(told.contains(r#""status":"finished","finish_as":"cancelled","create_time":1694655225.315,"#), "{told}");
}

#[test]
fn an_order_on_spot_says_what_happened_in_pushes_and_how_it_is_in_answers() {
    let listing = Listing::defaults(VenueId::GateSpot)[1];
    for (state, to, expected) in [
        (State::Open, To::Push(true), r#""event":"put","finish_as":"open","create_time_ms":"1694655225315""#),
        (State::Open, To::Push(false), r#""event":"update","finish_as":"open""#),
        (State::Canceled, To::Push(false), r#""event":"finish","finish_as":"cancelled""#),
        (State::Filled, To::Answer, r#""status":"closed","finish_as":"filled","create_time_ms":1694655225315"#),
        (State::Canceled, To::Answer, r#""status":"cancelled","finish_as":"cancelled""#),
    ] {
        let told = texts::order(&Order { state, ..order(1) }, &listing, to);
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn executions_and_positions_are_written_as_the_market_does() {
    let [spot, futures] = [VenueId::GateSpot, VenueId::GateFutures].map(|venue| Listing::defaults(venue)[1]);
    let fill = Fill {
        trade_id: 9,
        order_id: 17,
        client_id: "R1-2-3".to_owned(),
        instrument: 1,
        side: Side::Sell,
        px: 268_000,
        qty: 100,
        value_e8: 1,
        fee_e8: -500,
        fee_asset: Name::new("USDT").expect("short"),
        realised_e8: 0,
        maker: true,
        at_ns: 1_694_655_226_001_000_000,
    };
    let pushed = texts::fill(&fill, &spot, true, true);
    assert!(pushed.contains(r#""fee":"-0.000005","id":9,"currency_pair":"ETH_USDT""#), "{pushed}");
    assert!(pushed.contains(r#""side":"sell","amount":"0.0100","fee_currency":"USDT""#), "{pushed}");
    let told = texts::fill(&fill, &futures, false, true);
    assert!(
        told.contains(r#""trade_id":"9","create_time":1694655226.001,"contract":"ETH_USDT","size":"-1.00""#),
        "{told}"
    );
    let held = texts::position(&Position { qty: -250, ..Position::default() }, &futures);
    assert!(held.contains(r#""size":"-2.50""#), "{held}");
}

#[test]
fn each_refusal_has_a_label_on_each_market() {
    for (refusal, spot, contracts) in [
        (Refusal::Balance, "BALANCE_NOT_ENOUGH", "INSUFFICIENT_AVAILABLE"),
        (Refusal::WouldTake, "POC_FILL_IMMEDIATELY", "ORDER_POC_IMMEDIATE"),
        (Refusal::CannotFill, "FOK_NOT_FILL", "ORDER_FOK"),
        (Refusal::Done(State::Filled), "ORDER_CLOSED", "ORDER_FINISHED"),
        (Refusal::NoSuchOrder, "ORDER_NOT_FOUND", "ORDER_NOT_FOUND"),
        (Refusal::NoTradeRight, "READ_ONLY", "READ_ONLY"),
    ] {
        assert_eq!([true, false].map(|is_spot| clerk::refused(refusal, is_spot).label), [spot, contracts]);
    }
    let slow = clerk::refused(Refusal::TooMany(5_000_000), true);
    assert_eq!(slow, No { reset_ms: Some(5), ..No::of(429, "TOO_MANY_REQUESTS") });
    assert_eq!(clerk::refused(Refusal::Status(503), false), No::of(503, "SERVER_ERROR"));
}

#[test]
fn a_time_is_good_for_a_minute_and_a_user_has_a_number() {
    let at_ms = 1_700_000_000_500;
    for (time_s, expected) in
        [(1_700_000_000, true), (1_700_000_060, true), (1_699_999_939, false), (1_700_000_061, false)]
    {
        assert_eq!(is_timely(Some(time_s), at_ms), expected, "{time_s}");
    }
    assert!(!is_timely(None, at_ms));
    assert_eq!(user_id(Holder { account: 2, key: TRADER }), 1_000_003);
}
