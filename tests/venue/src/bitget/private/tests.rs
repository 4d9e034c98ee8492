//! What a client of Bitget's private side hears, to the letter, without a socket.

use super::clerk::{self, No};
use super::is_timely;
use super::texts::{self, To};
use crate::account::{Balance, Order, Position, Refusal, Stands, State, Which};
use crate::bitget::type_of;
use crate::listing::Listing;
use engine_model::instrument::Name;
use engine_model::market::Side;
use engine_model::venue::VenueId;

fn listing(kind: &str) -> Listing {
    *Listing::defaults(VenueId::Bitget).iter().find(|listing| type_of(listing) == kind).expect("listed")
}

fn order() -> Order {
    Order {
        id: 17,
        client_id: "R1-2-3".to_owned(),
        instrument: 0,
        side: Side::Buy,
        px: Some(268_000),
        qty: 300,
        filled: 100,
        filled_value_e8: 5,
        stands: Stands::UntilCanceled,
        post_only: true,
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
fn an_order_is_named_otherwise_by_pushes_and_answers_of_spot_and_of_contracts() {
    let [spot, contract] = ["SPOT", "USDT-FUTURES"].map(listing);
    let canceled = Order { state: State::Canceled, ..order() };
    for (order, listing, to, parts) in [
        (&order(), &spot, To::Push, [r#""instId":"BTCUSDT""#, r#""size":"8.0000","newSize":"#, r#""accBaseVolume""#]),
        (&order(), &spot, To::Open, [r#""symbol":"BTCUSDT""#, r#""priceAvg":"2680.00""#, r#""baseVolume""#]),
        (&order(), &contract, To::Detail, [r#""state":"partially_filled""#, r#""price":"#, r#""baseVolume""#]),
        (&canceled, &contract, To::Push, [r#""status":"canceled""#, r#""force":"post_only""#, r#""accBaseVolume""#]),
        (&canceled, &spot, To::Detail, [r#""status":"cancelled""#, r#""price":"2680.00""#, r#""baseVolume""#]),
    ] {
        let told = texts::order(order, listing, to);
        parts.iter().for_each(|part| assert!(told.contains(part), "{part}: {told}"));
    }
}

#[test]
fn what_is_bound_and_held_stands_where_the_venue_has_it() {
    let held = (Name::new("USDT").expect("short"), Balance { total_e8: 500_000_000, locked_e8: 125_000_000 });
    let told = [(true, true), (false, true), (false, false)].map(|(spot, push)| texts::account(held, spot, push));
    assert_eq!(told[0], r#"{"coin":"USDT","available":"3.75","frozen":"1.25","locked":"0"}"#);
    assert_eq!(told[1], r#"{"marginCoin":"USDT","available":"3.75","frozen":"1.25"}"#);
    assert_eq!(told[2], r#"{"marginCoin":"USDT","available":"3.75","locked":"1.25"}"#);
    let short = texts::position(&Position { qty: -1, ..Position::default() }, &listing("USDT-FUTURES"), true);
    assert!(short.contains(r#""holdSide":"short""#), "{short}");
}

#[test]
fn refusals_have_codes_and_orders_are_named_by_either_id() {
    for (refusal, status, code) in [
        (Refusal::Balance, 400, 43_012),
        (Refusal::NoTradeRight, 400, 40_014),
        (Refusal::DuplicateClientId, 400, 40_786),
        (Refusal::Done(State::Filled), 400, 43_001),
        (Refusal::TooMany(1), 429, 429),
        (Refusal::Status(503), 503, 40_015),
    ] {
        let No { status: said, code: told, .. } = clerk::refused(refusal);
        assert_eq!((said, told), (status, code), "{refusal:?}");
    }
    assert_eq!(clerk::which(Some("17"), Some("R1-2-3")), Ok(Which::Venue(17)));
    assert_eq!(clerk::which(None, Some("R1-2-3")), Ok(Which::Client("R1-2-3")));
    assert!(clerk::which(None, None).is_err() && clerk::which(Some("x"), None).is_err());
    assert!(is_timely(Some(1_000), 31_000) && !is_timely(Some(999), 31_000) && !is_timely(None, 0));
}
