//! The measures that have a row in the catalogue, by their names: bar by bar and as a batch, to the same bits.

use super::{equal, sets, tape};
use crate::indicator::catalogue::{Entry, Group, entries};
use crate::oracle::{columns, json_of};
use std::collections::BTreeMap;

type Columns = BTreeMap<String, Vec<f64>>;

#[test]
fn rows_of_the_catalogue_are_as_elsewhere() {
    let Some(sets) = sets() else { return };
    for (folder, trades, quotes) in sets {
        let of = |name: &str| columns(&folder.join(name));
        let bars = of("orderflow_bars.csv.gz");
        let venue = (of("derivatives_input.csv.gz"), of("derivatives_expected.csv.gz"));
        let book = (columns(&quotes), of("book_metrics.csv.gz"));
        let signed: Vec<f64> = tape(&trades).iter().map(|(_, trade)| trade.sign() * trade.amount).collect();
        let trades = Columns::from([("signed".to_owned(), signed)]);
        let flow = json_of(&folder.join("flow.json.gz"));
        let mut looked_at = 0;
        for entry in entries() {
            let (input, wanted) = match (entry.group, entry.name) {
                (Group::OrderFlow, "SIGN_AC" | "TRADE_FLOW") => {
                    let got = run(entry, &trades).remove(0);
                    let (name, from) =
                        if entry.name == "SIGN_AC" { ("sign_autocorr", got.len() - 1) } else { ("trade_flow_50", 49) };
                    let wanted = flow[name].as_array().cloned().unwrap_or_else(|| vec![flow[name].clone()]);
                    let wanted: Vec<_> = wanted.iter().map(|value| value.as_f64().expect("a number")).collect();
                    equal(entry.name, &got[from..], &wanted);
                    looked_at += 1;
                    continue;
                }
                // Row by row of the tape: held against its slow definition, the types behind it against the oracle.
                (Group::OrderFlow, "DELTA_MINMAX" | "VPIN" | "EFF_SPREAD" | "FOOTPRINT" | "FP_IMBALANCE") => continue,
                (Group::OrderBook, "BOOK_IMB_N" | "BOOK_SLOPE" | "DEPTH_BPS" | "WALLS") => continue,
                (Group::OrderFlow, _) => (&bars, &bars),
                (Group::OrderBook, _) => (&book.0, &book.1),
                (Group::CryptoDerivatives, _) => (&venue.0, &venue.1),
                _ => continue,
            };
            for (output, got) in entry.outputs.iter().zip(run(entry, input)) {
                equal(&format!("{} {} {output}", folder.display(), entry.name), &got, &wanted[*output]);
            }
            looked_at += 1;
        }
        assert_eq!(looked_at, 24);
    }
}

/// Both ways, NaN as `None`.
fn run(entry: &Entry, columns: &Columns) -> Vec<Vec<Option<f64>>> {
    let inputs: Vec<&[f64]> = entry.columns().map(|column| &columns[column][..]).collect();
    let mut batch = vec![vec![0.0; inputs[0].len()]; entry.outputs.len()];
    let made = || entry.make(&[]).expect("defaults");
    made().run(&inputs, &mut batch.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    let (mut stream, mut row_of) = (made(), vec![0.0; entry.outputs.len()]);
    for row in 0..inputs[0].len() {
        stream.update(&inputs.iter().map(|column| column[row]).collect::<Vec<_>>(), &mut row_of);
        for (output, value) in row_of.iter().enumerate() {
            assert_eq!(value.to_bits(), batch[output][row].to_bits(), "{} row {row}", entry.name);
        }
    }
    batch.iter().map(|column| column.iter().map(|value| (!value.is_nan()).then_some(*value)).collect()).collect()
}
