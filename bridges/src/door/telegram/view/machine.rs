//! The machine: is it well, what do feeds do, what build is it, who asks.

use super::super::figure::{age, zone};
use super::super::markup::Markup;
use super::{Asker, View};
use crate::desk::Desk;
use crate::desk::risk::OF_ACCOUNT;
use crate::desk::sight::Sight;
use crate::hub::venues::VenueHealth;

pub(super) fn health(desk: &Desk, sight: &Sight) -> View {
    let mut text = Markup::default();
    let reasons = desk.health().reasons;
    if reasons.is_empty() {
        text.head("All is well");
    } else {
        text.head(format!("Not well: {}", reasons.len()));
        reasons.iter().for_each(|reason| text.say(format!("• {reason}")));
    }
    let venues = desk.venues();
    let synced = venues.iter().filter(|venue| venue.state.name() == "synced").count();
    text.say(format!("feeds in sync: {synced}/{} [feeds, now]", venues.len()));
    let deepest = desk.gauges.rings.iter().max_by_key(|ring| ring.depth_used());
    if let Some(ring) = deepest {
        text.say(format!("fullest ring: {} {}/{} [engine, now]", ring.name, ring.depth_used(), ring.depth));
    }
    match desk.latency(sight) {
        Some(latency) => text.say(format!(
            "tick to order: p50 {} ns, p99 {} ns, max {} ns, of {} [engine, since the start]",
            latency.p50_ns, latency.p99_ns, latency.max_ns, latency.samples
        )),
        None if sight.is_whole() => text.say("tick to order: n/a (no order was measured yet)"),
        None => text.say(format!("tick to order: n/a ({OF_ACCOUNT})")),
    }
    match &desk.gauges.journal {
        Some(_) => text.say("journal: kept [engine, now]"),
        None => text.say("journal: n/a (this run keeps none)"),
    }
    View::text(text)
}

pub(super) fn feeds(desk: &Desk) -> View {
    let mut text = Markup::default();
    let (venues, now) = (desk.venues(), desk.now());
    let synced = venues.iter().filter(|venue| venue.state.name() == "synced").count();
    text.head(format!("Feeds: {synced}/{} in sync", venues.len()));
    for venue in &venues {
        one_feed(&mut text, venue, now);
    }
    text.say("counted by the feeds since the start");
    View::text(text)
}

fn one_feed(text: &mut Markup, venue: &VenueHealth, now: engine_model::units::Nanos) {
    let last = venue.last_message_at_ns.map(|at| format!("{} ago", age(now.since(at))));
    text.line().bold(venue.venue.name()).text(format!(" {}", venue.state.name()));
    text.row(format!("last    {}", last.unwrap_or_else(|| "n/a (none came yet)".to_owned())));
    let rate = venue.message_rate.map_or_else(|| "n/a (too early)".to_owned(), |rate| format!("{rate}/s"));
    text.row(format!("rate    {rate}"));
    text.row(format!("gaps    {}   resyncs {}", venue.gaps, venue.resyncs));
    text.row(format!("errors  {}", venue.errors));
}

pub(super) fn version(desk: &Desk) -> View {
    let mut text = Markup::default();
    text.line().bold("Ringside ").text(&desk.run.version);
    text.say(format!("mode {}, layout {}", desk.run.mode, desk.run.layout));
    text.say(format!("up for {}", age(desk.now().since(desk.run.started_at_ns))));
    View::text(text)
}

pub(super) fn who(asker: &Asker<'_>) -> View {
    let mut text = Markup::default();
    text.line().bold(&asker.person.name).text(format!(", {}", asker.person.role.name()));
    text.line().text("Telegram number ").code(asker.person.id.to_string());
    text.say(format!("zone {}", zone(asker.habits.offset_min)));
    View::text(text)
}

pub(super) fn web(asker: &Asker<'_>) -> View {
    match asker.address {
        Some(address) => {
            let mut text = Markup::default();
            text.line().code(format!("http://{address}/"));
            text.say("on the engine's machine alone: the door listens there and nowhere else");
            View::text(text)
        }
        None => View::line("n/a: this run has no door (bridge.enabled is false)"),
    }
}

/// What is in force, as the engine has it. Secrets are not in it: the engine knows places, not words.
pub(super) fn settings(desk: &Desk, sight: &Sight) -> View {
    let mut text = Markup::default();
    text.head("In force");
    text.say(format!("mode {}, layout {}", desk.run.mode, desk.run.layout));
    let names: Vec<&str> = desk.run.strategies.iter().map(|strategy| strategy.name.as_str()).collect();
    text.say(format!("strategies: {}", names.join(", ")));
    text.say(format!("instruments: {}", desk.instruments().len()));
    for limit in desk.limits(sight) {
        let value = limit.limit.map_or_else(|| "none".to_owned(), |value| super::risk::amount(value, limit.unit));
        text.line().code(limit.name).text(format!(" {value}"));
    }
    text.say("[engine, since the start]");
    View::text(text)
}

/// The last lines of the log, as they were written.
pub(super) fn log(count: usize) -> View {
    let lines = crate::ops::log::last(count);
    let mut text = Markup::default();
    text.head(format!("Log: the last {} lines", lines.len()));
    lines.iter().for_each(|line| text.say(line.as_str()));
    if lines.is_empty() {
        text.say("nothing was written yet");
    }
    View::text(text)
}
