//! What each venue can be asked of an order by itself, as our gateways speak to it and the paper venue plays it. All else is
//! emulated on our side by the strategy's desk, and told as such.

use crate::order::{Order, OrderType, TimeInForce};
use crate::venue::VenueId;

/// What one venue knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Native {
    /// Order types.
    pub order_types: &'static [OrderType],
    /// Times in force.
    pub times_in_force: &'static [TimeInForce],
    /// Changes of an order that stands.
    pub can_modify: bool,
}

/// Types that every venue knows. None is asked for a stop yet: the dialects differ in what pulls it, and a stop at the venue
/// cannot be tried against recordings.
const PLAIN: &[OrderType] = &[OrderType::Limit, OrderType::Market];

impl Native {
    const WHOLE: Self = Self {
        order_types: PLAIN,
        times_in_force: &[TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok],
        can_modify: true,
    };
    const NO_CHANGES: Self = Self { can_modify: false, ..Self::WHOLE };
    const NO_FOK: Self = Self { times_in_force: &[TimeInForce::Gtc, TimeInForce::Ioc], ..Self::NO_CHANGES };

    /// Whether the order can be sent as it is. One that ends at a time is sent as one that does not: the desk ends it.
    #[must_use]
    pub fn takes(&self, order: &Order) -> bool {
        let ends = matches!(order.time_in_force, TimeInForce::Gtd | TimeInForce::Day);
        self.order_types.contains(&order.order_type) && (ends || self.times_in_force.contains(&order.time_in_force))
    }
}

impl VenueId {
    /// What it knows.
    #[must_use]
    pub const fn native(self) -> Native {
        match self {
            Self::Hyperliquid => Native::NO_FOK,
            Self::Bitget => Native::NO_CHANGES,
            _ => Native::WHOLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_venues_change_no_order() {
        let none = VenueId::ALL.into_iter().filter(|venue| !venue.native().can_modify);
        assert_eq!(none.collect::<Vec<_>>(), [VenueId::Bitget, VenueId::Hyperliquid]);
    }

    /// As `docs/OPERATING.md` tells it.
    #[test]
    fn every_venue_takes_plain_orders_and_one_of_them_none_to_fill_or_kill() {
        for venue in VenueId::ALL {
            for (order_type, time_in_force) in
                OrderType::ALL.into_iter().flat_map(|kind| TimeInForce::ALL.map(|time| (kind, time)))
            {
                let plain = matches!(order_type, OrderType::Limit | OrderType::Market);
                let lacks = venue == VenueId::Hyperliquid && time_in_force == TimeInForce::Fok;
                let order = Order { order_type, time_in_force, ..Order::default() };
                assert_eq!(venue.native().takes(&order), plain && !lacks, "{} {order:?}", venue.name());
            }
        }
    }
}
