//! The report as a person reads it: basis points, money and times, a row for each instrument, strategy, venue or order.

use crate::args::CostSliceName;
use crate::command::pnl::table::rows;
use bridges::dto::{Cost, CostFigures, CostOrder, Costs};

/// Stands for a figure that is not known.
const UNKNOWN: &str = "-";
/// Behind a figure that is not of all executions.
const PART: char = '~';

/// One row: whose, and its figures.
type Row<'c> = (String, &'c CostFigures);

/// The whole report.
pub(super) fn text(told: &Costs, by: CostSliceName) -> String {
    let (what, named) = match by {
        CostSliceName::Instrument => ("instrument", slices(&told.by_instrument)),
        CostSliceName::Strategy => ("strategy", slices(&told.by_strategy)),
        CostSliceName::Venue => ("venue", slices(&told.by_venue)),
        CostSliceName::Order => ("order", told.orders.iter().map(|o| (o.order.clone(), &o.figures)).collect()),
    };
    let mut out = String::new();
    if by == CostSliceName::Order {
        out += "Orders with an execution\n";
        out += &rows(&orders(&told.orders));
        out += "\n";
    }
    out += &figures(what, &named);
    if by == CostSliceName::Order && !told.families.is_empty() {
        let families: Vec<Row<'_>> = told.families.iter().map(|f| (f.order.clone(), &f.figures)).collect();
        out += "\nOrders that belong together, by the outermost\n";
        out += &figures("order", &families);
    }
    out + tail(told).as_str()
}

fn slices(of: &[bridges::dto::CostSlice]) -> Vec<Row<'_>> {
    of.iter().map(|slice| (slice.name.clone(), &slice.figures)).collect()
}

fn figures(what: &str, named: &[Row<'_>]) -> String {
    let mut out = String::from("Cost in basis points; markouts in our favour are positive\n");
    out += &rows(&table(what, named, "fills", |figures| figures.fills.to_string(), bps));
    out += "\nThe same in money\n";
    out += &rows(&table(what, named, "fees", |figures| figures.fees.clone(), money));
    out += "\nMean times in microseconds\n";
    let header = [what, "decision", "send", "ack", "first fill"].map(str::to_owned).to_vec();
    let each = named.iter().map(|(name, figures)| {
        let CostFigures { decide_ns, send_ns, ack_ns, first_fill_ns, .. } = figures;
        std::iter::once(name.clone()).chain([decide_ns, send_ns, ack_ns, first_fill_ns].map(|ns| micros(*ns))).collect()
    });
    out += &rows(&[header].into_iter().chain(each).collect::<Vec<_>>());
    out
}

fn table(
    what: &str,
    named: &[Row<'_>],
    first: &str,
    first_of: impl Fn(&CostFigures) -> String,
    tell: impl Fn(&Cost) -> String,
) -> Vec<Vec<String>> {
    let columns = ["shortfall", "arrival", "touch", "spread", "1 s", "10 s", "60 s"];
    let header = [what, "value", "currency", first].into_iter().chain(columns).map(str::to_owned).collect();
    let each = named.iter().map(|(name, figures)| {
        let CostFigures { shortfall, arrival, touch, spread, markout_1s, markout_10s, markout_60s, .. } = figures;
        let cells = [shortfall, arrival, touch, spread, markout_1s, markout_10s, markout_60s].map(|cost| match cost {
            Some(cost) if cost.fills < figures.fills => tell(cost) + PART.to_string().as_str(),
            Some(cost) => tell(cost),
            None => UNKNOWN.to_owned(),
        });
        let head = [name.clone(), figures.value.clone(), figures.currency.clone(), first_of(figures)];
        head.into_iter().chain(cells).collect()
    });
    [header].into_iter().chain(each).collect()
}

fn bps(cost: &Cost) -> String {
    cost.bps.map_or_else(|| UNKNOWN.to_owned(), |bps| format!("{bps:.2}"))
}

fn money(cost: &Cost) -> String {
    cost.amount.clone()
}

fn micros(ns: Option<u64>) -> String {
    ns.map_or_else(|| UNKNOWN.to_owned(), |ns| format!("{}.{:03}", ns / 1_000, ns % 1_000))
}

fn orders(orders: &[CostOrder]) -> Vec<Vec<String>> {
    let header =
        ["order", "part of", "instrument", "side", "filled", "of", "average", "arrival mid", "touch", "status"];
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| UNKNOWN.to_owned());
    let each = orders.iter().map(|order| {
        vec![
            order.order.clone(),
            known(&order.part_of),
            order.instrument.clone(),
            order.side.clone(),
            order.filled_qty.clone(),
            order.qty.clone(),
            known(&order.average_px),
            known(&order.arrival_mid_px),
            known(&order.touch_px),
            known(&order.status),
        ]
    });
    [header.map(str::to_owned).to_vec()].into_iter().chain(each).collect()
}

fn tail(told: &Costs) -> String {
    let mut out =
        format!("\n{UNKNOWN} is not known: no decision, no book, or a market that did not go on long enough.\n");
    out += &format!("{PART} is of a part of the executions: of the others it is not known.\n");
    let all = told.by_instrument.iter().map(|slice| &slice.figures).chain(told.orders.iter().map(|o| &o.figures));
    let mut others: Vec<&str> = all.flat_map(|figures| &figures.other_fees).map(|fee| fee.asset.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        out += &format!("Fees in {} are in none of these figures; --json tells them.\n", others.join(", "));
    }
    if told.orders_left_out > 0 {
        out += &format!("{} orders are in the sums only: too many to be told one by one.\n", told.orders_left_out);
    }
    if !told.complete {
        out += "Something of the run is missing: it was missed, or does not fit.\n";
    }
    out
}
