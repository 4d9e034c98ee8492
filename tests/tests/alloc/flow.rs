//! No measure of order flow asks for memory after it is made, nor when more comes than it has room for.

use engine_analytics::flow::Trade;
use engine_analytics::flow::bar::FlowBars;
use engine_analytics::flow::book::{Ofi, Quote};
use engine_analytics::flow::cost::Costs;
use engine_analytics::flow::delta::RollingDelta;
use engine_analytics::flow::footprint::Footprints;
use engine_analytics::flow::informed::{Kyle, Vpin};
use engine_analytics::flow::profile::{BarProfile, DayProfile};
use engine_analytics::flow::tape::TradeFlow;
use engine_model::market::Side;
use engine_ring::alloc_guard::AllocGuard;

const TRADES: i64 = 200_000;

#[test]
fn no_measure_of_order_flow_allocates_after_it_is_made() {
    let (mut bars, mut kyle, mut vpin) = (FlowBars::new(60_000), Kyle::new(30), Vpin::new(500.0, 20));
    let (mut rolling, mut flow, mut ofi) = (RollingDelta::new(900_000, 100), TradeFlow::new(50), Ofi::new(20));
    // Room for fewer levels, and for fewer trades under way, than there are.
    let (mut footprints, mut days) = (Footprints::new(60_000, 0.1, 8), DayProfile::new(0.1, 64));
    let (mut profile, mut costs) = (BarProfile::new(0.1, 64), Costs::new(10, 16));
    let (mut closed, mut settled, mut overfull) = (0, 0, 0);
    let guard = AllocGuard::arm().expect("this process counts");
    for number in 0..TRADES {
        let price = 100.0 + 10.0 * (number as f64 / 300.0).sin();
        let aggressor = if number % 3 == 0 { Side::Sell } else { Side::Buy };
        let trade = Trade { time_ms: number * 1_000, aggressor, price, amount: 1.0 + (number % 7) as f64 };
        if let Some(bar) = bars.update(&trade) {
            kyle.update(&bar);
            profile.update(bar.high, bar.low, bar.delta.volume());
            closed += 1;
        }
        vpin.update(&trade, |_, _| ());
        rolling.update(&trade);
        flow.update(&trade);
        days.update(&trade);
        overfull += usize::from(footprints.update(&trade).is_some_and(|footprint| footprint.levels.missed() > 0.0));
        costs.trade(&trade);
        if number % 2 == 0 {
            let quote = Quote { bid: price - 0.1, bid_size: 1.0, ask: price + 0.1, ask_size: 2.0 };
            ofi.update(&quote);
            costs.quote(&quote, |_| settled += 1);
        }
    }
    assert_eq!(guard.disarm(), 0);
    assert!(closed > 0 && settled > 0 && overfull > 0, "{closed} bars, {settled} settled, {overfull} overfull");
    assert_eq!(rolling.at(TRADES * 1_000), None, "more trades than it has room for");
}
