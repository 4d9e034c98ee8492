//! What Binance calls things, wherever they stand.

use crate::account::{Order, Stands, State};
use engine_model::market::Side;
use engine_model::venue::VenueId;

pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

pub(super) fn status(order: &Order) -> &'static str {
    match order.state {
        State::Open if order.filled == 0 => "NEW",
        State::Open => "PARTIALLY_FILLED",
        State::Filled => "FILLED",
        State::Canceled => "CANCELED",
        State::Expired => "EXPIRED",
    }
}

pub(super) fn order_type(order: &Order, venue: VenueId) -> &'static str {
    match order.px {
        None => "MARKET",
        Some(_) if order.post_only && venue == VenueId::BinanceSpot => "LIMIT_MAKER",
        Some(_) => "LIMIT",
    }
}

pub(super) fn time_in_force(order: &Order, venue: VenueId) -> &'static str {
    match order.stands {
        _ if order.px.is_none() => "GTC",
        _ if order.post_only && venue != VenueId::BinanceSpot => "GTX",
        Stands::UntilCanceled => "GTC",
        Stands::Until(_) => "GTD",
        Stands::Immediate => "IOC",
        Stands::AllOrNothing => "FOK",
    }
}

/// A time as it goes over the wire.
pub(super) fn ms(at_ns: u64) -> u64 {
    at_ns / 1_000_000
}

/// The client id of a withdrawal that named none: the venue makes one for the request itself.
pub(super) fn cancel_id(order: &Order) -> String {
    format!("cancel{}", order.id)
}
