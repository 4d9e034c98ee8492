//! Orders that stand: at which price, on what terms, since when.

use super::super::figure::{age, side};
use super::super::markup::Markup;
use super::{View, named};
use crate::desk::Desk;
use crate::desk::portfolio::OpenOrder;
use crate::desk::sight::Sight;
use crate::door::dto::{offset, tied};
use crate::hub::terms::Terms;
use engine_model::instrument::Grid;
use engine_model::units::Nanos;

pub(super) fn orders(desk: &Desk, sight: &Sight) -> View {
    let (_, start) = desk.portfolio_start(sight, 0);
    let (orders, now) = (start.orders, desk.now());
    let mut text = Markup::default();
    text.head(format!("Open orders: {} [reports, now]", orders.open.len()));
    for order in &orders.open {
        let report = &order.report;
        let instrument = desk.instruments().get(report.instrument);
        let grid = &instrument.grid;
        text.line().code(report.client_order_id.to_string()).text(format!(" {}", report.status.name()));
        text.say(format!("  {} {} {}", side(report.side), named(instrument), price(grid, order)));
        if let Some(terms) = order.terms.as_ref().and_then(|terms| terms_of(grid, terms)) {
            text.say(format!("  {terms}"));
        }
        let (filled, all) = (grid.qty_text(report.filled_qty), grid.qty_text(report.qty));
        let since = ages(order, now);
        text.say(format!("  filled {filled} of {all}, {since}, strategy {}", report.strategy.0));
    }
    if !orders.complete {
        text.say("some reports were missed: there may be more");
    }
    View::text(text)
}

/// What it waits for, and its limit.
fn price(grid: &Grid, order: &OpenOrder) -> String {
    let limit = order.limit().map(|px| format!("at {}", grid.price_text(px)));
    let Some(terms) = &order.terms else { return limit.unwrap_or_else(|| "at market".to_owned()) };
    let kind = terms.order.order_type;
    if !kind.has_trigger() || terms.is_pulled {
        return limit.unwrap_or_else(|| "at market".to_owned());
    }
    let trigger = match terms.order.trigger_px.0 {
        0 if kind.trails() => "trails".to_owned(),
        0 => "trigger n/a (it may have been moved, and nobody told where to)".to_owned(),
        _ if kind.trails() => format!("trails from {}", grid.price_text(terms.order.trigger_px)),
        _ => format!("trigger {}", grid.price_text(terms.order.trigger_px)),
    };
    let by = words(terms.order.trigger_type.name());
    [Some(format!("{} {trigger} ({by})", words(kind.name()))), limit]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What there is to say but for the price; `None`: it stands until canceled, whole and free.
fn terms_of(grid: &Grid, terms: &Terms) -> Option<String> {
    let order = &terms.order;
    let time = words(order.time_in_force.name());
    let said = [
        (time != "gtc").then_some(time),
        order.post_only.then(|| "post only".to_owned()),
        order.reduce_only.then(|| "reduce only".to_owned()),
        (order.display_qty.0 > 0).then(|| format!("shows {}", grid.qty_text(order.display_qty))),
        offset(grid, order, order.trailing_offset).map(|distance| format!("trails by {distance}")),
        offset(grid, order, order.limit_offset).map(|distance| format!("limit {distance} beyond")),
        tied(order.contingency).map(words),
        terms.is_pulled.then(|| "triggered".to_owned()),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn ages(order: &OpenOrder, now: Nanos) -> String {
    let changed = format!("changed {} ago", age(now.since(order.report.received_at_ns)));
    match order.terms {
        Some(terms) => format!("open for {}, {changed}", age(now.since(terms.passed_at))),
        None => changed,
    }
}

fn words(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::market::Side;
    use engine_model::order::{Contingency, OffsetUnit, Order, OrderType, TimeInForce, TriggerType};
    use engine_model::report::Report;
    use engine_model::units::{Lots, Ticks};

    const GRID: Grid = Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 };

    fn line(px: i64, is_pulled: bool, order: Order) -> (String, Option<String>) {
        let order = Order { side: Side::Sell, qty: Lots(50), ..order };
        let terms = Terms { order, passed_at: Nanos(5), is_pulled };
        let report = Report { px: Ticks(px), qty: Lots(50), ..Report::default() };
        (price(&GRID, &OpenOrder { report, terms: Some(terms) }), terms_of(&GRID, &terms))
    }

    #[test]
    fn an_order_that_waits_says_for_which_price_and_one_that_does_not_its_limit() {
        let stop = Order { order_type: OrderType::StopMarket, trigger_px: Ticks(600), ..Order::default() };
        let (said, terms) = line(600, false, Order { trigger_type: TriggerType::MarkPrice, reduce_only: true, ..stop });
        assert_eq!((said.as_str(), terms.as_deref()), ("stop market trigger 60.0 (mark price)", Some("reduce only")));
        let (said, terms) = line(595, true, stop);
        assert_eq!((said.as_str(), terms.as_deref()), ("at 59.5", Some("triggered")), "its price came");
        let limited = Order { order_type: OrderType::StopLimit, px: Ticks(590), ..stop };
        assert_eq!(line(590, false, limited).0, "stop limit trigger 60.0 (last price) at 59.0");
        let moved = line(590, false, Order { trigger_px: Ticks(0), ..limited }).0;
        assert!(moved.starts_with("stop limit trigger n/a (it may have been moved"), "{moved}");
        let trailing = Order { order_type: OrderType::TrailingStopLimit, trigger_px: Ticks(0), ..stop };
        let trailing = Order { offset_unit: OffsetUnit::Bps, trailing_offset: 30, limit_offset: 5, ..trailing };
        let (said, terms) = line(0, false, trailing);
        assert_eq!(said, "trailing stop limit trails (last price)");
        assert_eq!(terms.as_deref(), Some("trails by 30bps, limit 5bps beyond"));
        let maker = Order { post_only: true, time_in_force: TimeInForce::Day, ..Order::default() };
        let maker = Order { display_qty: Lots(10), contingency: Contingency::Oco, px: Ticks(590), ..maker };
        assert_eq!(
            line(590, false, maker),
            ("at 59.0".to_owned(), Some("day, post only, shows 0.010, oco".to_owned()))
        );
        assert_eq!(line(590, false, Order { px: Ticks(590), ..Order::default() }), ("at 59.0".to_owned(), None));
    }

    #[test]
    fn of_an_order_from_before_the_run_only_what_is_known_is_said() {
        let report = Report { received_at_ns: Nanos(Nanos::SECOND), ..Report::default() };
        let order = OpenOrder { report, terms: None };
        assert_eq!(price(&GRID, &order), "at market");
        assert_eq!(ages(&order, Nanos(3 * Nanos::SECOND)), "changed 2 s ago");
    }
}
