//! What a tape says alone.

use super::{equal, sets, tape};
use crate::flow::bar::{FlowBar, FlowBars};
use crate::flow::informed::{Kyle, Vpin};
use crate::flow::tape::{SignCorrelation, TradeFlow};
use crate::oracle::{columns, json_of};

const BAR_MS: i64 = 300_000;

#[test]
fn bars_of_order_flow_are_as_elsewhere() {
    let Some(sets) = sets() else { return };
    for (folder, trades, _) in sets {
        let mut bars = FlowBars::new(BAR_MS);
        let mut closed: Vec<FlowBar> = tape(&trades).iter().filter_map(|(_, trade)| bars.update(trade)).collect();
        closed.extend(bars.running());
        let mut kyle = Kyle::new(30);
        let kyle: Vec<_> = closed.iter().map(|bar| kyle.update(bar)).collect();
        let wanted = columns(&folder.join("orderflow_bars.csv.gz"));
        for (name, wanted) in &wanted {
            let got = |bar: &FlowBar| match name.as_str() {
                "bar_ms" => Some(bar.start_ms as f64),
                "open" => Some(bar.open),
                "high" => Some(bar.high),
                "low" => Some(bar.low),
                "close" => Some(bar.close),
                "volume" => Some(bar.delta.volume()),
                "buy" => Some(bar.delta.buy),
                "sell" => Some(bar.delta.sell),
                "delta" => Some(bar.delta.value()),
                "cvd" => Some(bar.cvd),
                "max_delta" => Some(bar.delta.max),
                "min_delta" => Some(bar.delta.min),
                "trades" => Some(f64::from(bar.trades)),
                "vwap" => bar.vwap.value(),
                "imbalance" => bar.delta.imbalance(),
                "avg_size" => bar.average_size(),
                _ => panic!("a column of that name: {name}"),
            };
            let got = if name == "kyle" { kyle.clone() } else { closed.iter().map(got).collect() };
            equal(&format!("{} {name}", folder.display()), &got, wanted);
        }
        assert_eq!(wanted.len(), 17);
    }
}

#[test]
fn buckets_flow_and_signs_are_as_elsewhere() {
    let Some(sets) = sets() else { return };
    for (folder, trades, _) in sets {
        let wanted = json_of(&folder.join("flow.json.gz"));
        let series = |name: &str| -> Vec<f64> {
            wanted[name].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
        };
        let mut vpin = Vpin::new(wanted["bucket_volume"].as_f64().unwrap(), 20);
        let (mut flow, mut signs) = (TradeFlow::new(50), SignCorrelation::default());
        let (mut buckets, mut vpins, mut flows) = (Vec::new(), Vec::new(), Vec::new());
        for (_, trade) in tape(&trades) {
            vpin.update(&trade, |imbalance, vpin| {
                buckets.push(Some(imbalance));
                vpins.push(vpin);
            });
            flows.push(flow.update(&trade));
            signs.update(&trade);
        }
        let known = |values: &[Option<f64>], warm_up: usize| {
            assert!(values[..warm_up].iter().all(Option::is_none), "known too early");
            values[warm_up..].to_vec()
        };
        equal("bucket_imbalance", &buckets, &series("bucket_imbalance"));
        equal("vpin", &known(&vpins, 19), &series("vpin"));
        equal("trade_flow_50", &known(&flows, 49), &series("trade_flow_50"));
        equal("sign_autocorr", &[signs.value()], &[wanted["sign_autocorr"].as_f64().unwrap()]);
    }
}
