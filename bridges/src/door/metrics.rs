//! `/metrics`: the same picture as `/api/v1/engine`, in Prometheus text format 0.0.4. Names carry their unit; times are in
//! seconds, shares in ratios, counters end in `_total`.
//!
//! The writer is ours: a family is written whole, with its help and type before its samples, and one whose samples are
//! unknown is left out.

use super::auth::Sees;
use super::rest::engine::picture;
use super::{Door, dto};
use crate::desk::engine::{Counters, OrderCounters, VenueCounters};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use engine_core::journal::disk::JournalGauges;
use engine_model::image::PortfolioImage;
use engine_ring::counter::Reading;
use std::fmt::{Display, Write};
use std::sync::Arc;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn metrics(State(door): State<Arc<Door>>, Sees(sight): Sees) -> impl IntoResponse {
    let mut text = Text::default();
    let engine = picture(&door, &sight);
    write_run(&mut text, &engine);
    write_stages(&mut text, &engine);
    write_rings(&mut text, &engine.rings);
    write_venues(&mut text, &engine);
    write_instruments(&mut text, &dto::Venues::new(&door.desk.venues(), door.desk.instruments(), door.desk.now()));
    write_latency(&mut text, engine.tick_to_order_ns.as_ref());
    write_money(&mut text, door.desk.portfolio(&sight).as_ref());
    write_counters(&mut text, &door.desk.gauges.counters, sight.is_whole());
    write_followers(&mut text, engine.followers.as_deref());
    write_door(&mut text, &engine.door);
    // How much is written and told tells how much others do.
    if sight.is_whole() {
        write_journal(&mut text, door.desk.gauges.journal.as_deref());
        write_outbox(&mut text, door.outbox());
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text.0)
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
}

/// Text under way.
#[derive(Default)]
struct Text(String);

/// Names and values of a sample's labels.
type Labels<'a> = Vec<(&'static str, &'a str)>;

impl Text {
    fn family<'a, V: Display>(
        &mut self,
        name: &str,
        kind: Kind,
        help: &str,
        samples: impl IntoIterator<Item = (Labels<'a>, V)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            self.0.push_str(name);
            self.labels(&labels);
            let _ = writeln!(self.0, " {value}");
        }
    }

    fn single<V: Display>(&mut self, name: &str, kind: Kind, help: &str, value: V) {
        self.family(name, kind, help, [(Vec::new(), value)]);
    }

    fn labels(&mut self, labels: &Labels<'_>) {
        for (index, (name, value)) in labels.iter().enumerate() {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{name}=\"{escaped}\"", if index == 0 { '{' } else { ',' });
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
    }
}

fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

fn write_run(text: &mut Text, engine: &dto::Engine) {
    let labels = vec![("version", engine.version.as_str()), ("mode", engine.mode.as_str())];
    text.family("ringside_build_info", Kind::Gauge, "Version and mode of the run; always 1.", [(labels, 1)]);
    let uptime = seconds(engine.at_ns.saturating_sub(engine.started_at_ns));
    text.single("ringside_uptime_seconds", Kind::Gauge, "Since the run started.", uptime);
}

fn write_stages(text: &mut Text, engine: &dto::Engine) {
    let shares = engine.stages.iter().flat_map(|stage| {
        let share = |share, ratio| (vec![("stage", stage.name.as_str()), ("share", share)], ratio);
        [share("busy", stage.busy_ratio), share("idle", stage.idle_ratio), share("blocked", stage.blocked_ratio)]
    });
    text.family("ringside_stage_time_ratio", Kind::Gauge, "Share of a stage's time since it started.", shares);
    let ages =
        engine.stages.iter().filter_map(|s| Some((vec![("stage", s.name.as_str())], seconds(s.heartbeat_age_ns?))));
    text.family("ringside_stage_heartbeat_age_seconds", Kind::Gauge, "Since a stage was last polled.", ages);
    let allocations = engine.threads.iter().filter_map(|t| Some((vec![("thread", t.name.as_str())], t.allocations?)));
    let help = "Allocations on an engine thread since the run was armed; more than 0 on a hot thread is a bug.";
    text.family("ringside_thread_allocations_total", Kind::Counter, help, allocations);
}

fn write_rings(text: &mut Text, rings: &[dto::Ring]) {
    let mut each = |name: &str, kind, help: &str, pick: fn(&dto::Ring) -> u64| {
        text.family(name, kind, help, rings.iter().map(|ring| (vec![("ring", ring.name.as_str())], pick(ring))));
    };
    each("ringside_ring_depth_slots", Kind::Gauge, "Slots of a ring.", |r| r.depth);
    each("ringside_ring_used_slots", Kind::Gauge, "Slots that some reader still needs.", |r| r.used);
    each("ringside_ring_published_events_total", Kind::Counter, "Events published.", |r| r.published);
    each("ringside_ring_refusals_total", Kind::Counter, "Times a writer found its ring full.", |r| r.refusals);
    let lags = rings.iter().flat_map(|ring| {
        ring.readers.iter().map(|r| (vec![("ring", ring.name.as_str()), ("reader", r.name.as_str())], r.lag))
    });
    text.family("ringside_ring_reader_lag_events", Kind::Gauge, "Events that a gating reader has not read.", lags);
    let mut taps = |name: &str, kind, help: &str, pick: fn(&dto::Tap) -> u64| {
        let samples = rings.iter().flat_map(|ring| {
            ring.taps.iter().map(move |t| (vec![("ring", ring.name.as_str()), ("tap", t.name.as_str())], pick(t)))
        });
        text.family(name, kind, help, samples);
    };
    taps("ringside_tap_lag_events", Kind::Gauge, "Events that a tap has not read.", |t| t.lag);
    taps("ringside_tap_laps_total", Kind::Counter, "Times a tap was lapped.", |t| t.laps);
    taps("ringside_tap_missed_events_total", Kind::Counter, "Events lost to a tap by laps.", |t| t.missed);
}

fn write_venues(text: &mut Text, engine: &dto::Engine) {
    let synced = engine.venues.iter().map(|v| (vec![("venue", v.name.as_str())], u8::from(v.state == "synced")));
    text.family("ringside_venue_synced", Kind::Gauge, "1 while every book of a venue is in sync.", synced);
    let mut each = |name: &str, help: &str, pick: fn(&dto::Venue) -> u64| {
        let samples = engine.venues.iter().map(|venue| (vec![("venue", venue.name.as_str())], pick(venue)));
        text.family(name, Kind::Counter, help, samples);
    };
    each("ringside_venue_messages_total", "Messages received.", |v| v.messages);
    each("ringside_venue_gaps_total", "Breaks in a sequence.", |v| v.gaps);
    each("ringside_venue_resyncs_total", "Books lost and found.", |v| v.resyncs);
    each("ringside_venue_errors_total", "Malformed messages.", |v| v.errors);
    let synced = engine.books.iter().map(|b| (book_labels(b), u8::from(b.state == "synced")));
    text.family("ringside_book_synced", Kind::Gauge, "1 while a book is in sync.", synced);
    let ages = engine.books.iter().filter_map(|b| Some((book_labels(b), seconds(b.age_ns?))));
    text.family("ringside_book_age_seconds", Kind::Gauge, "Since a book last changed.", ages);
    let events = engine.books.iter().map(|b| (book_labels(b), b.events));
    text.family("ringside_book_events_total", Kind::Counter, "Events of an instrument seen by the bridge.", events);
}

/// The health of each instrument.
fn write_instruments(text: &mut Text, venues: &dto::Venues) {
    let all: Vec<_> =
        venues.venues.iter().flat_map(|v| v.instruments.iter().map(|i| (v.venue.name.as_str(), i))).collect();
    let labels = |venue, symbol| vec![("venue", venue), ("symbol", symbol)];
    let scores = all.iter().map(|(venue, i)| (labels(*venue, i.symbol.as_str()), i.score));
    let help = "How far a book deserves to be believed, 0 to 100; below feeds.book_score_min a lost one is held back.";
    text.family("ringside_book_score", Kind::Gauge, help, scores);
    let rates = all.iter().filter_map(|(venue, i)| Some((labels(*venue, i.symbol.as_str()), i.message_rate?)));
    text.family("ringside_instrument_messages_per_second", Kind::Gauge, "Over the last seconds.", rates);
    let offset = |us: i64| us as f64 / 1e6;
    let offsets = all.iter().filter_map(|(v, i)| Some((labels(*v, i.symbol.as_str()), offset(i.clock_offset_us?))));
    let help = "Receive time less venue time of the quickest message of the last seconds.";
    text.family("ringside_clock_offset_seconds", Kind::Gauge, help, offsets);
    let streams = all.iter().flat_map(|(venue, i)| {
        let of = |state, names: &'_ [String]| names.iter().map(move |name| (state, name.clone())).collect::<Vec<_>>();
        let told =
            [of("silent", &i.silent_streams), of("quiet", &i.quiet_streams), of("rejected", &i.rejected_streams)];
        told.into_iter().flatten().map(|(state, name)| (*venue, i.symbol.as_str(), state, name))
    });
    let streams: Vec<_> = streams.collect();
    let samples = streams.iter().map(|(venue, symbol, state, name)| {
        (vec![("venue", *venue), ("symbol", *symbol), ("stream", name.as_str()), ("state", *state)], 1)
    });
    text.family(
        "ringside_stream_missing",
        Kind::Gauge,
        "1 for a stream that was asked for and does not come.",
        samples,
    );
}

fn book_labels(book: &dto::Book) -> Labels<'_> {
    vec![("venue", &book.venue), ("symbol", &book.symbol)]
}

fn write_latency(text: &mut Text, latency: Option<&dto::Latency>) {
    let Some(latency) = latency else { return };
    let quantile = |quantile, ns| (vec![("quantile", quantile)], seconds(ns));
    let quantiles = [
        quantile("0.5", latency.p50),
        quantile("0.9", latency.p90),
        quantile("0.99", latency.p99),
        quantile("0.999", latency.p999),
        quantile("1", latency.max),
    ];
    let help = "From the event that caused an order to the order, over the whole run.";
    text.family("ringside_tick_to_order_seconds", Kind::Gauge, help, quantiles);
    text.single("ringside_tick_to_order_samples_total", Kind::Counter, "Orders measured.", latency.samples);
}

fn write_money(text: &mut Text, portfolio: Option<&PortfolioImage>) {
    let Some(portfolio) = portfolio else { return };
    let mut dollars = |name: &str, help: &str, value| text.single(name, Kind::Gauge, help, value);
    dollars("ringside_equity_dollars", "Equity.", portfolio.equity);
    dollars("ringside_realised_profit_dollars", "Profit of what was closed, before fees.", portfolio.realised);
    dollars("ringside_unrealised_profit_dollars", "Profit of what is open, before fees.", portfolio.unrealised);
    dollars("ringside_fees_dollars", "Fees paid, less rebates.", portfolio.fees);
    dollars("ringside_gross_notional_dollars", "Value of all positions, unsigned.", portfolio.gross);
    dollars("ringside_drawdown_max_dollars", "Largest loss from a peak so far.", portfolio.drawdown);
    let mut count = |name: &str, help: &str, value| text.single(name, Kind::Counter, help, value);
    count("ringside_orders_total", "Orders that passed risk.", portfolio.orders);
    count("ringside_orders_denied_total", "Wishes refused by risk.", portfolio.denied);
    count("ringside_fills_total", "Executions.", portfolio.fills);
    let halted = portfolio.trading_state as u8;
    text.single("ringside_trading_state", Kind::Gauge, "0 active, 1 reducing, 2 halted.", halted);
}

/// What the stages declare that they count. Of orders it is everybody's, and told to whoever sees the whole.
fn write_counters(text: &mut Text, counters: &Counters, is_whole: bool) {
    let Counters { strategy, risk, execution, venues, .. } = counters;
    let of_venue = |venue: &VenueCounters| vec![("venue", venue.venue.name())];
    let markets: Vec<_> = venues.iter().map(|v| (of_venue(v), v.market.readings().to_vec())).collect();
    if !is_whole {
        return write_readings(text, "market", &markets);
    }
    write_readings(text, "strategy", &[(Vec::new(), strategy.readings().to_vec())]);
    write_readings(text, "risk", &[(Vec::new(), risk.readings().to_vec())]);
    let broken = risk.broken().map(|(check, orders)| (vec![("check", check.code())], orders));
    let help = "Orders that broke a risk check; one order can break several.";
    text.family("ringside_risk_check_broken_total", Kind::Counter, help, broken);
    write_readings(text, "execution", &[(Vec::new(), execution.readings().to_vec())]);
    let anomalies = execution.anomalies().map(|(anomaly, count)| (vec![("anomaly", anomaly.name())], count));
    let help = "What did not fit the order table; late_fill and crossed_cancel are races, the others somebody's fault.";
    text.family("ringside_execution_anomalies_total", Kind::Counter, help, anomalies);
    write_readings(text, "market", &markets);
    let some = |readings: fn(&OrderCounters) -> Vec<Reading>| -> Vec<_> {
        let all = venues.iter().map(|v| (of_venue(v), readings(&v.orders)));
        all.filter(|(_, readings)| !readings.is_empty()).collect()
    };
    write_readings(text, "paper", &some(OrderCounters::paper));
    write_readings(text, "gateway", &some(OrderCounters::gateway));
}

/// A family for each name on the lists, with a sample from each list; all lists have the same names.
fn write_readings(text: &mut Text, stage: &str, lists: &[(Labels<'_>, Vec<Reading>)]) {
    let Some((_, first)) = lists.first() else { return };
    for (place, Reading { name, meaning, is_level, .. }) in first.iter().enumerate() {
        let (kind, end) = if *is_level { (Kind::Gauge, "") } else { (Kind::Counter, "_total") };
        let samples = lists.iter().map(|(labels, readings)| (labels.clone(), readings[place].value));
        text.family(&format!("ringside_{stage}_{name}{end}"), kind, meaning, samples);
    }
}

fn write_journal(text: &mut Text, journal: Option<&JournalGauges>) {
    let Some(journal) = journal else { return };
    let mut count = |name: &str, help: &str, value| text.single(name, Kind::Counter, help, value);
    count("ringside_journal_encoded_records_total", "Records encoded, durable or not.", journal.encoded.get());
    count("ringside_journal_durable_records_total", "Records that the disk has.", journal.durable.get());
    count("ringside_journal_durable_bytes_total", "Bytes that the disk has.", journal.bytes.get());
    let help = "Free on the journal's disk, in percent of its size.";
    text.single("ringside_journal_disk_free_percent", Kind::Gauge, help, journal.free_pct.get());
    let help = "1 while the next segment cannot be made: no new order passes.";
    text.single("ringside_journal_disk_full", Kind::Gauge, help, journal.is_full.get());
    let lag = seconds(journal.lag_max_ns.get());
    let help = "Longest time so far from an event's arrival to its being durable.";
    text.single("ringside_journal_lag_max_seconds", Kind::Gauge, help, lag);
    let failed = u8::from(journal.fault().is_some());
    text.single(
        "ringside_journal_failed",
        Kind::Gauge,
        "1 once the journal cannot be written: no order passes.",
        failed,
    );
}

/// By seat: an address changes with each new line, and a label that changes is one series more.
fn write_followers(text: &mut Text, followers: Option<&[dto::Follower]>) {
    let Some(followers) = followers else { return };
    let help = "Standbys that follow the journal by TCP now.";
    text.single("ringside_standby_followers", Kind::Gauge, help, followers.len());
    let seats: Vec<String> = followers.iter().map(|follower| follower.seat.to_string()).collect();
    let of_seat = |at: usize| vec![("seat", seats[at].as_str())];
    let each = || followers.iter().enumerate();
    let help = "Records that this disk has and the standby's has not.";
    let records = each().map(|(at, follower)| (of_seat(at), follower.lag_records));
    text.family("ringside_standby_lag_records", Kind::Gauge, help, records);
    let help = "Bytes of the journal that this disk has and the standby's has not.";
    text.family("ringside_standby_lag_bytes", Kind::Gauge, help, each().map(|(at, of)| (of_seat(at), of.lag_bytes)));
    let help = "For how long the oldest record that the standby lacks has been on this disk.";
    let late = each().map(|(at, follower)| (of_seat(at), seconds(follower.lag_ms * 1_000_000)));
    text.family("ringside_standby_lag_seconds", Kind::Gauge, help, late);
}

fn write_door(text: &mut Text, door: &dto::Door) {
    text.single("ringside_http_requests_total", Kind::Counter, "Requests read, whatever the answer.", door.requests);
    let help = "Connections, requests and clients turned away.";
    text.single("ringside_http_refused_total", Kind::Counter, help, door.refused);
    text.single("ringside_websocket_clients", Kind::Gauge, "WebSocket clients now.", door.clients);
    let help = "Clients cut because they did not take what they were told.";
    text.single("ringside_http_stuck_total", Kind::Counter, help, door.stuck);
}

fn write_outbox(text: &mut Text, outbox: Option<dto::Outbox>) {
    let Some(dto::Outbox { queued, oldest_age_ns, sent, coalesced, dropped, failed, too_fast }) = outbox else {
        return;
    };
    let help = "Answers and notices that wait for Telegram, or are under way.";
    text.single("ringside_telegram_queued", Kind::Gauge, help, queued);
    let help = "Since the oldest of them was put in, or happened; 0: none waits.";
    text.single("ringside_telegram_oldest_age_seconds", Kind::Gauge, help, seconds(oldest_age_ns.unwrap_or(0)));
    text.single("ringside_telegram_sent_total", Kind::Counter, "Messages that Telegram took.", sent);
    let help = "Notices that went into another's message.";
    text.single("ringside_telegram_coalesced_total", Kind::Counter, help, coalesced);
    let help = "Messages and notices that expired, were refused, or had no place.";
    text.single("ringside_telegram_dropped_total", Kind::Counter, help, dropped);
    let help = "Tries without an answer of Telegram's, or with trouble of its own.";
    text.single("ringside_telegram_failed_total", Kind::Counter, help, failed);
    text.single("ringside_telegram_too_fast_total", Kind::Counter, "Tries that Telegram called too fast.", too_fast);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_written_whole_and_labels_are_escaped() {
        let mut text = Text::default();
        let none: [(Labels<'_>, u64); 0] = [];
        text.family("empty", Kind::Gauge, "Nothing.", none);
        text.family("a_total", Kind::Counter, "Of a.", [(vec![("x", "q\"\\\n"), ("y", "z")], 1), (vec![], 2)]);
        assert_eq!(
            text.0,
            "# HELP a_total Of a.\n# TYPE a_total counter\na_total{x=\"q\\\"\\\\\\n\",y=\"z\"} 1\na_total 2\n"
        );
    }
}
