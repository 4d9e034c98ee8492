//! What each venue can be asked of an order by itself, as our gateways speak to it and the paper venue plays it. All else is
//! emulated on our side by the strategy's desk, and told as such.

use crate::instrument::ContractKind;
use crate::order::{Order, OrderType, TimeInForce, TriggerType};
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
    /// Orders that wait for a price there.
    pub stops: Option<Stops>,
}

/// Orders that wait for a price at the venue, on contracts: a stop that is told to reduce only can open nothing there,
/// whatever became of the position meanwhile. On spot nothing holds it back, and the coins that it would sell are bound: ours
/// to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stops {
    /// Order types.
    pub order_types: &'static [OrderType],
    /// Prices that pull them.
    pub triggers: &'static [TriggerType],
    /// Only those that may only reduce.
    pub only_reducing: bool,
    /// Changes of one that waits: its quantity, and the price that stands for it, see [`Order::price`].
    pub can_modify: bool,
}

/// Types that every venue knows.
const PLAIN: &[OrderType] = &[OrderType::Limit, OrderType::Market];
/// Stops and their mirror images.
const WAITING: &[OrderType] =
    &[OrderType::StopMarket, OrderType::StopLimit, OrderType::MarketIfTouched, OrderType::LimitIfTouched];

impl Native {
    const WHOLE: Self = Self {
        order_types: PLAIN,
        times_in_force: &[TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok],
        can_modify: true,
        stops: None,
    };
    const ALL_STOPS: Self = Self {
        stops: Some(Stops {
            order_types: WAITING,
            triggers: &[TriggerType::LastPrice, TriggerType::MarkPrice, TriggerType::IndexPrice],
            only_reducing: false,
            can_modify: true,
        }),
        ..Self::WHOLE
    };
    const BINANCE_FUTURES: Self = Self {
        stops: Some(Stops {
            order_types: WAITING,
            triggers: &[TriggerType::LastPrice, TriggerType::MarkPrice],
            only_reducing: false,
            can_modify: false,
        }),
        ..Self::WHOLE
    };
    const NO_CHANGES: Self = Self { can_modify: false, ..Self::WHOLE };
    const HYPERLIQUID: Self = Self {
        times_in_force: &[TimeInForce::Gtc, TimeInForce::Ioc],
        stops: Some(Stops {
            order_types: WAITING,
            triggers: &[TriggerType::MarkPrice],
            only_reducing: false,
            can_modify: false,
        }),
        ..Self::NO_CHANGES
    };
    /// What may do more than close a position does not say there from which side the price is to come.
    const BITGET: Self = Self {
        stops: Some(Stops {
            order_types: WAITING,
            triggers: &[TriggerType::LastPrice, TriggerType::MarkPrice],
            only_reducing: true,
            can_modify: true,
        }),
        ..Self::NO_CHANGES
    };

    /// Whether the order, on a contract of that kind, can be sent as it is. One that ends at a time is sent as one that does
    /// not: the desk ends it.
    #[must_use]
    pub fn takes(&self, order: &Order, kind: ContractKind) -> bool {
        let ends = matches!(order.time_in_force, TimeInForce::Gtd | TimeInForce::Day);
        if order.order_type.has_trigger() {
            let rests = (ends || order.time_in_force == TimeInForce::Gtc) && !order.post_only;
            return rests && kind != ContractKind::Spot && self.stops.is_some_and(|stops| stops.take(order));
        }
        self.order_types.contains(&order.order_type) && (ends || self.times_in_force.contains(&order.time_in_force))
    }

    /// Whether an order of that type can be changed while it stands.
    #[must_use]
    pub fn changes(&self, order_type: OrderType) -> bool {
        match self.stops {
            Some(stops) if order_type.has_trigger() => stops.can_modify,
            _ => self.can_modify,
        }
    }
}

impl Stops {
    fn take(&self, order: &Order) -> bool {
        let may = order.reduce_only || !self.only_reducing;
        may && self.order_types.contains(&order.order_type) && self.triggers.contains(&order.trigger_type)
    }
}

impl VenueId {
    /// What it knows.
    #[must_use]
    pub const fn native(self) -> Native {
        match self {
            Self::Hyperliquid => Native::HYPERLIQUID,
            Self::Bitget => Native::BITGET,
            Self::Bybit | Self::Okx | Self::Deribit | Self::KrakenFutures | Self::GateFutures => Native::ALL_STOPS,
            Self::BinanceUsdm | Self::BinanceCoinm => Native::BINANCE_FUTURES,
            _ => Native::WHOLE,
        }
    }
}

/// Who holds an order that waits for a price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopsAt {
    /// Our side, always.
    #[default]
    Ours,
    /// The venue where it knows how, else our side.
    Venue,
}

impl StopsAt {
    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Venue => "venue",
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
            for (order_type, time_in_force) in PLAIN.iter().flat_map(|kind| TimeInForce::ALL.map(|time| (*kind, time)))
            {
                let lacks = venue == VenueId::Hyperliquid && time_in_force == TimeInForce::Fok;
                let order = Order { order_type, time_in_force, ..Order::default() };
                assert_eq!(venue.native().takes(&order, ContractKind::Spot), !lacks, "{} {order:?}", venue.name());
            }
        }
    }

    /// As `docs/OPERATING.md` tells it.
    #[test]
    fn one_venue_holds_only_what_may_only_reduce() {
        let stop =
            Order { order_type: OrderType::StopMarket, trigger_type: TriggerType::MarkPrice, ..Order::default() };
        let takes = |venue: &VenueId, order| venue.native().takes(order, ContractKind::Linear);
        let exit = Order { reduce_only: true, ..stop };
        let only = VenueId::ALL.into_iter().filter(|venue| takes(venue, &exit) && !takes(venue, &stop));
        assert_eq!(only.collect::<Vec<_>>(), [VenueId::Bitget]);
    }

    /// As `docs/OPERATING.md` tells it.
    #[test]
    fn a_stop_waits_at_the_venues_that_hold_it_and_only_on_contracts() {
        let told = |kind| {
            let of = |venue: VenueId, order_type| {
                TriggerType::ALL.into_iter().filter(move |by| {
                    let exit = Order { order_type, trigger_type: *by, reduce_only: true, ..Order::default() };
                    venue.native().takes(&Order { trailing_offset: 10, ..exit }, kind)
                })
            };
            let waiting = OrderType::ALL.into_iter().filter(|kind| kind.has_trigger());
            let all = VenueId::ALL.into_iter().flat_map(move |venue| waiting.clone().map(move |kind| (venue, kind)));
            all.filter_map(|(venue, kind)| {
                let by: Vec<String> = of(venue, kind).map(|by| format!("{by:?}")).collect();
                (!by.is_empty()).then(|| format!("{} {} {}\n", venue.name(), kind.name(), by.join(" ")))
            })
            .collect::<String>()
        };
        assert_eq!(told(ContractKind::Spot), "");
        assert_eq!(
            told(ContractKind::Linear),
            "\
binance-usdm STOP_MARKET LastPrice MarkPrice
binance-usdm STOP_LIMIT LastPrice MarkPrice
binance-usdm MARKET_IF_TOUCHED LastPrice MarkPrice
binance-usdm LIMIT_IF_TOUCHED LastPrice MarkPrice
binance-coinm STOP_MARKET LastPrice MarkPrice
binance-coinm STOP_LIMIT LastPrice MarkPrice
binance-coinm MARKET_IF_TOUCHED LastPrice MarkPrice
binance-coinm LIMIT_IF_TOUCHED LastPrice MarkPrice
bybit STOP_MARKET LastPrice MarkPrice IndexPrice
bybit STOP_LIMIT LastPrice MarkPrice IndexPrice
bybit MARKET_IF_TOUCHED LastPrice MarkPrice IndexPrice
bybit LIMIT_IF_TOUCHED LastPrice MarkPrice IndexPrice
okx STOP_MARKET LastPrice MarkPrice IndexPrice
okx STOP_LIMIT LastPrice MarkPrice IndexPrice
okx MARKET_IF_TOUCHED LastPrice MarkPrice IndexPrice
okx LIMIT_IF_TOUCHED LastPrice MarkPrice IndexPrice
gate-futures STOP_MARKET LastPrice MarkPrice IndexPrice
gate-futures STOP_LIMIT LastPrice MarkPrice IndexPrice
gate-futures MARKET_IF_TOUCHED LastPrice MarkPrice IndexPrice
gate-futures LIMIT_IF_TOUCHED LastPrice MarkPrice IndexPrice
bitget STOP_MARKET LastPrice MarkPrice
bitget STOP_LIMIT LastPrice MarkPrice
bitget MARKET_IF_TOUCHED LastPrice MarkPrice
bitget LIMIT_IF_TOUCHED LastPrice MarkPrice
hyperliquid STOP_MARKET MarkPrice
hyperliquid STOP_LIMIT MarkPrice
hyperliquid MARKET_IF_TOUCHED MarkPrice
hyperliquid LIMIT_IF_TOUCHED MarkPrice
kraken-futures STOP_MARKET LastPrice MarkPrice IndexPrice
kraken-futures STOP_LIMIT LastPrice MarkPrice IndexPrice
kraken-futures MARKET_IF_TOUCHED LastPrice MarkPrice IndexPrice
kraken-futures LIMIT_IF_TOUCHED LastPrice MarkPrice IndexPrice
deribit STOP_MARKET LastPrice MarkPrice IndexPrice
deribit STOP_LIMIT LastPrice MarkPrice IndexPrice
deribit MARKET_IF_TOUCHED LastPrice MarkPrice IndexPrice
deribit LIMIT_IF_TOUCHED LastPrice MarkPrice IndexPrice
"
        );
    }
}
