//! A limit of 0 allows nothing; it never means that there is none. Asked of every key of the table that may be 0 and is
//! tighter the smaller it is: a key that is new does not pass without its case.

use super::test_desk::{Desk, US, wide};
use super::tests::MID;
use super::*;
use crate::test_instruments::LINEAR;
use engine_model::limit::{Row, Tighter};
use engine_model::market::Side;
use engine_model::order::OrderType;
use engine_model::refusal::Check;

/// What shows that nothing is allowed.
enum Shown {
    /// The smallest order is refused, by this check.
    Order(Check),
    /// The second one within a moment.
    Second(Check),
    /// One a tick beyond the mid.
    Tick(Check),
    /// A market order reaches no further than the mid.
    AtMid,
    /// A tick of the price refuses what follows.
    Move(Check),
    /// A unit lost changes the state of the whole, or of the strategy.
    Loss(Scope),
    /// A tick against a position, or a moment, closes it.
    Stop,
    /// An order is refused while warming up.
    WarmUp,
    /// Only three venues of one coin show it: `gate_tests` have them.
    Elsewhere,
}

fn shown_by(key: &str) -> Shown {
    match key {
        "order_qty_max_lots" => Shown::Order(Check::OrderQtyMax),
        "order_volume_share_max_bps" => Shown::Order(Check::VolumeShare),
        "order_notional_max_usd" => Shown::Order(Check::OrderNotionalMax),
        "batch_notional_max_usd" => Shown::Order(Check::BatchNotional),
        "position_notional_max_usd" => Shown::Order(Check::PositionNotional),
        "position_share_max_bps" => Shown::Order(Check::PositionShare),
        "sector_share_max_bps" => Shown::Order(Check::SectorShare),
        "cluster_share_max_bps" => Shown::Order(Check::ClusterShare),
        "venue_share_max_bps" => Shown::Order(Check::VenueShare),
        "leverage_max_pct" => Shown::Order(Check::Leverage),
        "margin_use_max_bps" => Shown::Order(Check::MarginUse),
        "var_max_bps" => Shown::Order(Check::ValueAtRisk),
        "cvar_max_bps" => Shown::Order(Check::ExpectedShortfall),
        "open_orders_instrument_max" => Shown::Order(Check::OpenOrdersInstrument),
        "open_orders_venue_max" => Shown::Order(Check::OpenOrdersVenue),
        "open_orders_max" => Shown::Order(Check::OpenOrders),
        "message_burst" => Shown::Order(Check::MessageRate),
        "venue_burst" => Shown::Order(Check::VenueRate),
        "orders_per_fill_max" => Shown::Order(Check::OrderToTrade),
        "message_rate_per_s" => Shown::Second(Check::MessageRate),
        "venue_rate_per_s" => Shown::Second(Check::VenueRate),
        "price_collar_bps" => Shown::Tick(Check::PriceCollar),
        "price_collar_hard_bps" => Shown::Tick(Check::PriceCollarHard),
        "market_collar_bps" => Shown::AtMid,
        "volatility_pause_bps" => Shown::Move(Check::VolatilityPause),
        "daily_loss_reduce_bps" | "daily_loss_halt_bps" | "daily_loss_flatten_bps" => Shown::Loss(Scope::Whole),
        "loss_speed_max_bps" | "drawdown_max_bps" => Shown::Loss(Scope::Whole),
        "strategy_loss_reduce_bps" | "strategy_loss_halt_bps" => Shown::Loss(Scope::Strategy(US)),
        "strategy_loss_speed_max_bps" | "strategy_drawdown_max_bps" => Shown::Loss(Scope::Strategy(US)),
        "stop_trailing_bps" | "stop_age_s" => Shown::Stop,
        "warm_up_pct" => Shown::WarmUp,
        // Two coins that correlate at all are one cluster: `clusters_tests`.
        "cluster_correlation_bps" => Shown::Elsewhere,
        // Of instruments that are no majors, of three venues, and of fourteen minutes: `gate_tests` and `pulled_tests`.
        "price_collar_others_bps" | "market_collar_others_bps" | "reference_deviation_max_bps" | "stop_atr_pct" => {
            Shown::Elsewhere
        }
        other => panic!("{other} is new: say here what a limit of 0 refuses"),
    }
}

#[test]
fn a_limit_of_nothing_allows_nothing_whatever_its_key() {
    for row in Limits::TABLE.iter().filter(|row| row.min == 0 && row.tighter == Tighter::Down) {
        hold(row);
    }
}

fn hold(row: &Row) {
    let (pause, warm_up) = (Nanos::SECOND, Nanos::SECOND);
    let mut limits = Limits { volatility_pause_ns: pause, warm_up_ns: warm_up, var_prior_bps: 1_000, ..wide() };
    row.set(&mut limits, 0);
    let shown = shown_by(row.key);
    if let Shown::Second(_) = shown {
        (limits.message_burst, limits.venue_burst) = (1, 1);
    }
    let (key, mut desk) = (row.key, Desk::new(limits));
    desk.is_watched = true;
    desk.risk.review(desk.now, false);
    if !matches!(shown, Shown::WarmUp) {
        desk.wait(2 * Nanos::SECOND);
    }
    let refused = |desk: &mut Desk, px: i64| desk.buy(LINEAR, px, 1).expect_err(key).check;
    match shown {
        Shown::Order(check) => assert_eq!(refused(&mut desk, MID), check, "{key}"),
        Shown::Second(check) => {
            desk.buy(LINEAR, MID, 1).expect(key);
            desk.wait(3_600 * Nanos::SECOND);
            desk.top(LINEAR, MID - 1, MID + 1);
            assert_eq!(refused(&mut desk, MID - 1), check, "{key}");
        }
        Shown::Tick(check) => {
            desk.buy(LINEAR, MID, 1).expect(key);
            assert_eq!(refused(&mut desk, MID + 1), check, "{key}");
        }
        Shown::AtMid => {
            let order = desk.market_order(LINEAR, Side::Buy, 1);
            let decision = desk.ask(engine_model::intent::IntentKind::Submit(order)).what;
            let DecisionKind::Submit(order) = decision else { panic!("{key}: {decision:?}") };
            assert_eq!((order.order_type, order.px.0), (OrderType::Limit, MID), "{key}");
        }
        Shown::Move(check) => {
            desk.top(LINEAR, MID, MID + 2);
            assert_eq!(refused(&mut desk, MID), check, "{key}");
        }
        Shown::Loss(scope) => {
            desk.hold(LINEAR, Side::Buy, MID, 1);
            assert_eq!(desk.risk.state_of(scope), TradingState::Active, "{key}: nothing is lost yet");
            desk.fee = Quote(1);
            desk.hold(LINEAR, Side::Buy, MID, 1);
            assert!(desk.risk.state_of(scope) > TradingState::Active, "{key}");
        }
        Shown::Stop => {
            desk.hold(LINEAR, Side::Buy, MID, 1);
            assert!(!desk.risk.is_closing_any(), "{key}");
            desk.wait(1);
            desk.top(LINEAR, MID - 2, MID);
            assert!(desk.risk.is_closing_any(), "{key}");
        }
        Shown::WarmUp => assert_eq!(refused(&mut desk, MID), Check::OrderNotionalMax, "{key}"),
        Shown::Elsewhere => {}
    }
}
