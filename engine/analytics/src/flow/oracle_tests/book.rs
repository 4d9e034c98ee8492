//! What quotes say, alone and with the trades between them.

use super::{equal, sets, tape};
use crate::flow::book::{Ofi, OfiEvent, Quote};
use crate::flow::cost::{Cost, Costs};
use crate::oracle::columns;
use std::path::Path;

fn quotes(path: &Path) -> Vec<(i64, Quote)> {
    let columns = columns(path);
    let at = |name: &str, row: usize| columns[name][row];
    let row = |row| {
        let (bid, ask) = (at("bid", row), at("ask", row));
        (at("time_ms", row) as i64, Quote { bid, bid_size: at("bid_size", row), ask, ask_size: at("ask_size", row) })
    };
    (0..columns["bid"].len()).map(row).collect()
}

#[test]
fn the_best_prices_measure_as_elsewhere() {
    let Some(sets) = sets() else { return };
    for (folder, _, file) in sets {
        let mut ofi = Ofi::new(20);
        let rows: Vec<(Quote, OfiEvent)> =
            quotes(&file).into_iter().map(|(_, quote)| (quote, ofi.update(&quote))).collect();
        let wanted = columns(&folder.join("book_metrics.csv.gz"));
        for (name, wanted) in &wanted {
            let of = |(quote, ofi): &(Quote, OfiEvent)| match name.as_str() {
                "mid" => Some(quote.mid()),
                "spread" => Some(quote.spread()),
                "spread_bps" => quote.spread_bps(),
                "imbalance" => quote.imbalance(),
                "microprice" => quote.microprice(),
                "ofi" => Some(ofi.flow),
                "ofi_sum" => ofi.sum,
                _ => panic!("a column of that name: {name}"),
            };
            let got: Vec<_> = rows.iter().map(of).collect();
            equal(&format!("{} {name}", folder.display()), &got, wanted);
        }
        assert_eq!(wanted.len(), 7);
    }
}

#[test]
fn a_book_of_nothing_has_no_microprice() {
    let quote = Quote { bid: 1.0, bid_size: 0.0, ask: 2.0, ask_size: 0.0 };
    assert_eq!((quote.microprice(), quote.imbalance()), (None, None));
}

#[test]
fn trades_cost_as_elsewhere() {
    let Some([_, (folder, trades, file)]) = sets() else { return };
    let (trades, mut quotes) = (tape(&trades), quotes(&file).into_iter().peekable());
    let mut costs = Costs::new(10, 1_000);
    let mut effective = Vec::new();
    let mut settled: Vec<Option<Cost>> = vec![None; trades.len()];
    let mut settle = |cost: Cost| settled[cost.trade as usize] = Some(cost);
    for (id, trade) in &trades {
        while let Some((_, quote)) = quotes.next_if(|(time_ms, _)| *time_ms <= trade.time_ms) {
            costs.quote(&quote, &mut settle);
        }
        effective.push((*id, costs.trade(trade)));
    }
    quotes.for_each(|(_, quote)| costs.quote(&quote, &mut settle));
    // The oracle has the first trades that have a quote.
    let wanted = columns(&folder.join("trade_costs.csv.gz"));
    let first = effective.iter().position(|(_, cost)| cost.is_some()).unwrap();
    let rows = first..first + wanted["trade_id"].len();
    let ids: Vec<_> = effective[rows.clone()].iter().map(|(id, _)| Some(*id as f64)).collect();
    let at_once: Vec<_> = effective[rows.clone()].iter().map(|(_, cost)| *cost).collect();
    let later =
        |of: fn(&Cost) -> f64| settled[rows.clone()].iter().map(|cost| cost.as_ref().map(of)).collect::<Vec<_>>();
    equal("trade_id", &ids, &wanted["trade_id"]);
    equal("effective", &at_once, &wanted["effective"]);
    equal("effective", &later(|cost| cost.effective), &wanted["effective"]);
    equal("realised", &later(|cost| cost.realised), &wanted["realised"]);
    equal("impact", &later(Cost::impact), &wanted["impact"]);
    assert_eq!(wanted.len(), 4);
}
