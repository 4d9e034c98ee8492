//! From the configuration to a paper venue's own settings, and measured times of orders from their file.
//!
//! Owns: the file's form. Never: a setting that does not stand in the configuration.

use anyhow::Context as _;
use engine_backtest::venue::{
    Collateral, FeeSchedule, FeeTier, Fees, Footprint, Latency, OrderTimes, PaperConfig, Spread,
};
use engine_core::config::{Config, LatencyShape, Liquidation, Paper};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::units::{Nanos, Quote};
use engine_model::venue::VenueId;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A venue's settings; one that the configuration does not name (many a recording's) has its usual fees.
pub(crate) fn config(config: &Config, venue: VenueId, instruments: &Instruments) -> anyhow::Result<PaperConfig> {
    let paper = &config.paper;
    let [feed, order, reply] = [paper.feed_latency, paper.order_latency, paper.reply_latency];
    Ok(PaperConfig {
        fees: fees(config, venue, instruments),
        latency: latency([feed, order, reply]),
        spread: spread(paper)?,
        seed: config.run.seed ^ venue as u64,
        queue: paper.queue,
        footprint: Footprint::Remembered,
        impact: paper.impact,
        collateral: paper.liquidation.map(|of| collateral(of, paper.equity, instruments)),
    })
}

/// The account's money lies in equal parts at the venues of the run.
fn collateral(of: Liquidation, equity: Quote, instruments: &Instruments) -> Collateral {
    let venues = instruments.venues().count().max(1) as i64;
    Collateral { amount: Quote(equity.0 / venues), fee_ppm: of.fee_e6, fund: of.fund }
}

/// A venue's fees, in live runs as in paper ones what routes are compared by.
pub(crate) fn fees(config: &Config, venue: VenueId, instruments: &Instruments) -> FeeSchedule {
    let Some(listed) = config.venues.iter().find(|listed| listed.id == venue) else { return Fees::of(venue).into() };
    let pair = |maker_ppm, taker_ppm| Fees { maker_ppm, taker_ppm };
    let id = |symbol: &str| -> Option<InstrumentId> {
        instruments.iter().find(|i| i.venue == venue && i.symbol.as_str() == symbol).map(|i| i.id)
    };
    let tier = |tier: &engine_core::config::FeeTier| FeeTier {
        from: tier.from,
        fees: pair(tier.maker_fee_e6, tier.taker_fee_e6),
    };
    let own = |of: &engine_core::config::FeesOf| Some((id(&of.symbol)?, pair(of.maker_fee_e6, of.taker_fee_e6)));
    FeeSchedule {
        entry: pair(listed.maker_fee_e6, listed.taker_fee_e6),
        tiers: listed.fee_tiers.iter().map(tier).collect(),
        of: listed.fees_of.iter().filter_map(own).collect(),
        volume: listed.volume_30d,
    }
}

fn latency(legs: [Duration; 3]) -> Latency {
    let [feed_ns, order_ns, reply_ns] = legs.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    Latency { feed_ns, order_ns, reply_ns }
}

fn spread(paper: &Paper) -> anyhow::Result<Spread> {
    let times = || match &paper.latency_file {
        Some(file) => read(file),
        None => anyhow::bail!("paper.latency_file names no file, and paper.latency_shape needs one"),
    };
    Ok(match paper.latency_shape {
        LatencyShape::Constant => Spread::None,
        LatencyShape::Uniform => Spread::Uniform(latency(paper.latency_high)),
        LatencyShape::LogNormal => Spread::LogNormal(latency(paper.latency_high)),
        LatencyShape::Empirical => Spread::Empirical(times()?),
        LatencyShape::Recorded => Spread::Recorded(times()?),
    })
}

fn read(file: &Path) -> anyhow::Result<Arc<[OrderTimes]>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&text).with_context(|| file.display().to_string())
}

/// `sent_ns,matched_ns,replied_ns`, a header and then one order a line, in the order sent.
fn parse(text: &str) -> anyhow::Result<Arc<[OrderTimes]>> {
    let mut times: Vec<OrderTimes> = Vec::new();
    for (number, line) in (1..).zip(text.lines()).skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Option<Vec<u64>> = line.split(',').map(|field| field.trim().parse().ok()).collect();
        let fields: Option<[u64; 3]> = fields.and_then(|fields| fields.try_into().ok());
        let Some([sent, matched, replied]) = fields else {
            anyhow::bail!("line {number}: found `{line}`, accepted: sent_ns,matched_ns,replied_ns");
        };
        let row = OrderTimes { sent_at_ns: Nanos(sent), matched_at_ns: Nanos(matched), replied_at_ns: Nanos(replied) };
        let rises =
            times.last().is_none_or(|last| last.sent_at_ns < row.sent_at_ns && last.matched_at_ns < row.matched_at_ns);
        if !rises || matched < sent || replied < matched {
            anyhow::bail!(
                "line {number}: found `{line}`, accepted: sent before matched before replied, and later than the line before"
            );
        }
        times.push(row);
    }
    anyhow::ensure!(!times.is_empty(), "found no line of times, accepted: sent_ns,matched_ns,replied_ns");
    Ok(times.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_times_are_read_and_what_cannot_be_is_named_by_its_line() {
        let times = parse("sent_ns,matched_ns,replied_ns\n100,110,140\n200, 230, 240\n").expect("times");
        assert_eq!(times.len(), 2);
        assert_eq!(times[1].matched_at_ns, Nanos(230));
        let refused = |text: &str| parse(text).expect_err("refused").to_string();
        assert!(refused("h\n1,2\n").starts_with("line 2: found `1,2`"));
        assert!(refused("h\n5,4,6\n").contains("sent before matched"));
        assert!(refused("h\n1,2,3\n1,3,4\n").starts_with("line 3"));
        assert!(refused("h\n").contains("no line"));
    }
}
