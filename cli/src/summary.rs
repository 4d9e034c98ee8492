//! What is said at the end of `demo` and `run`, to people and to programs.

use crate::recover::Recovered;
use crate::serve::Served;
use engine_model::image::LatencyImage;
use engine_ring::clock::Clock;
use feeds::live::gauges::{FeedGauges, InstrumentGauges};
use feeds::live::plan::ChannelSet;
use serde_json::{Map, Value, json};

/// The JSON of the contract.
pub(crate) fn json(served: &Served) -> Value {
    let ended = &served.ended;
    let now_ns = Clock::machine().now();
    let mut venues = Map::new();
    for feed in &served.feeds {
        let last = feed.last_message_at_ns.get();
        venues.insert(
            feed.venue.name().to_owned(),
            json!({
                "state": feed.state.get().name(),
                "messages": feed.messages.get(),
                "gaps": feed.gaps.get(),
                "resyncs": feed.resyncs.get(),
                "errors": feed.errors.get(),
                "age_ns": (last > 0).then(|| now_ns.saturating_sub(last)),
                "silent_streams": streams(served, feed, InstrumentGauges::silent),
                "rejected_streams": streams(served, feed, InstrumentGauges::rejected),
            }),
        );
    }
    let mut rings = Map::new();
    for (ring, depth_used_max) in &served.rings {
        rings.insert(
            ring.name.clone(),
            json!({
                "published": ring.published(),
                "laps": ring.taps().map(|(_, tap)| tap.laps.get()).sum::<u64>(),
                "refusals": ring.refusals(),
                "max_depth": depth_used_max,
            }),
        );
    }
    let journal = served.journal.as_ref().map(|(gauges, path)| {
        json!({
            "events": gauges.durable.get(),
            "bytes": gauges.bytes.get(),
            "lag_max_ns": gauges.lag_max_ns.get(),
            "path": path,
        })
    });
    json!({
        "messages": served.feeds.iter().map(|feed| feed.messages.get()).sum::<u64>(),
        "recovered": served.recovered.as_ref().map(Recovered::json),
        "orders": ended.orders,
        "fills": ended.fills,
        "denied": ended.denied,
        "open_orders": ended.open_orders,
        "pnl_usd": pnl(served).to_string(),
        "hot_allocations": ended.hot_allocations,
        "tick_to_order_ns": latency(&ended.latency),
        "venues": venues,
        "rings": rings,
        "journal": journal,
        "state_hash": ended.state_hash,
        "elapsed_ns": u64::try_from(served.elapsed.as_nanos()).unwrap_or(u64::MAX),
    })
}

/// `SYMBOL channel` of each stream of a venue that `pick` picks.
fn streams(served: &Served, feed: &FeedGauges, pick: fn(&InstrumentGauges) -> ChannelSet) -> Vec<String> {
    let of = |gauges: &InstrumentGauges| {
        let symbol = served.instruments.get(gauges.instrument).symbol;
        pick(gauges).iter().map(|channel| format!("{symbol} {}", channel.name())).collect::<Vec<_>>()
    };
    feed.instruments().iter().flat_map(of).collect()
}

fn pnl(served: &Served) -> engine_model::units::Quote {
    let portfolio = &served.ended.portfolio;
    engine_model::units::Quote(portfolio.equity.0 - portfolio.equity_start.0)
}

fn latency(image: &LatencyImage) -> Value {
    let known = |ns: u64| (image.samples > 0).then_some(ns);
    json!({
        "p50": known(image.p50_ns),
        "p90": known(image.p90_ns),
        "p99": known(image.p99_ns),
        "p999": known(image.p999_ns),
        "max": known(image.max_ns),
        "samples": image.samples,
    })
}

/// The same for eyes.
pub(crate) fn text(served: &Served) -> String {
    let (ended, report) = (&served.ended, json(served));
    let mut out = String::new();
    let mut line = |name: &str, value: String| out += &format!("{name:<16} {value}\n");
    let seconds = served.elapsed.as_secs_f64();
    let messages = report["messages"].as_u64().unwrap_or_default();
    line("messages", format!("{messages} in {seconds:.1} s, {:.0} a second", messages as f64 / seconds.max(0.001)));
    for feed in &served.feeds {
        line(
            &format!("  {}", feed.venue.name()),
            format!(
                "{}, {} messages, gaps {}, resyncs {}, errors {}",
                feed.state.get().name(),
                feed.messages.get(),
                feed.gaps.get(),
                feed.resyncs.get(),
                feed.errors.get()
            ),
        );
    }
    for feed in &served.feeds {
        let mut told = |what: &str, streams: Vec<String>| {
            if !streams.is_empty() {
                line(&format!("  {what}"), format!("{}: {}", feed.venue.name(), streams.join(", ")));
            }
        };
        told("silent", streams(served, feed, InstrumentGauges::silent));
        told("rejected", streams(served, feed, InstrumentGauges::rejected));
    }
    line("orders", format!("{} sent, {} denied, {} fills", ended.orders, ended.denied, ended.fills));
    if ended.open_orders > 0 {
        line("left open", format!("{} orders whose venues have not said that they are over", ended.open_orders));
    }
    line("profit and loss", format!("{} USD after {} of fees", pnl(served), ended.portfolio.fees));
    let l = &ended.latency;
    let text = match l.samples {
        0 => "no order was sent".to_owned(),
        n => format!(
            "p50 {} p90 {} p99 {} p99.9 {} max {} ({n} orders)",
            time(l.p50_ns),
            time(l.p90_ns),
            time(l.p99_ns),
            time(l.p999_ns),
            time(l.max_ns)
        ),
    };
    line("tick to order", text);
    let allocations =
        ended.hot_allocations.map_or("not counted: the run ended before it was warm".to_owned(), |n| n.to_string());
    line("hot allocations", allocations);
    if let Some((gauges, path)) = &served.journal {
        let lag = time(gauges.lag_max_ns.get());
        line("journal", format!("{} events, {} bytes, lag at most {lag}", gauges.durable.get(), gauges.bytes.get()));
        line("", path.display().to_string());
    }
    line("state hash", ended.state_hash.clone());
    out
}

/// A span of time in the unit that suits it.
fn time(ns: u64) -> String {
    match ns {
        0..10_000 => format!("{ns} ns"),
        10_000..10_000_000 => format!("{:.1} µs", ns as f64 / 1e3),
        _ => format!("{:.1} ms", ns as f64 / 1e6),
    }
}
