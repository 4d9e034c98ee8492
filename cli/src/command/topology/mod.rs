//! `topology`: what runs, which rings link it, and what happens when one is full.
//!
//! Owns four ways of saying the same: an aligned table, a Mermaid flow chart, the page `docs/TOPOLOGY.md`, and JSON.
//! Never: a fact of its own. Rings and stages are read from `engine/core/src/topology.rs`, the layout and depths from the
//! configuration; the same build and configuration print the same on every machine.

mod mermaid;
mod page;
mod table;
#[cfg(test)]
mod tests;

use crate::args::Topology;
use crate::exit::Exit;
use crate::{config, output};
use engine_core::config::{Config, Idle, Layout, LayoutKind};
use engine_core::risk::Decision;
use engine_core::topology::{RINGS, Ring, Row, SNAPSHOTS, Stage, WhenFull};
use engine_model::command::Command;
use engine_model::intent::Intent;
use engine_model::market::MarketEvent;
use engine_model::report::Report;
use engine_model::venue::{Reply, Request};
use serde_json::{Value, json};
use table::Table;

/// Runs the command.
pub(crate) fn run(args: &Topology) -> Result<(), Exit> {
    let picture = Picture::new(&config::read(args.config.as_deref())?);
    match (args.mermaid, args.markdown, args.json) {
        (true, ..) => output::print(&mermaid::chart(&picture)),
        (_, true, _) => output::print(&page::page(&picture)),
        (_, _, true) => output::print_json(&json(&picture)),
        _ => output::print(&text(&picture)),
    }
}

/// All that is told.
struct Picture {
    rings: Vec<Link>,
    layout: LayoutKind,
    threads: Vec<Thread>,
}

/// A ring, with what only a build and a configuration know.
struct Link {
    row: &'static Row,
    depth: usize,
    event_bytes: usize,
}

/// A thread and what turns on it.
struct Thread {
    name: String,
    core: Option<usize>,
    idle: String,
    stages: Vec<Stage>,
}

impl Picture {
    fn new(config: &Config) -> Self {
        let link =
            |row: &'static Row| Link { row, depth: config.rings.depth(row.ring), event_bytes: event_bytes(row.ring) };
        Self { rings: RINGS.iter().map(link).collect(), layout: config.layout.kind, threads: threads(&config.layout) }
    }
}

const fn event_bytes(ring: Ring) -> usize {
    match ring {
        Ring::Market => size_of::<MarketEvent>(),
        Ring::Intent => size_of::<Intent>(),
        Ring::Command => size_of::<Command>(),
        Ring::Order => size_of::<Decision>(),
        Ring::Request => size_of::<Request>(),
        Ring::Reply => size_of::<Reply>(),
        Ring::Report => size_of::<Report>(),
    }
}

/// The threads of a layout; the bridge's own stands last in each.
fn threads(layout: &Layout) -> Vec<Thread> {
    let mut threads: Vec<Thread> = match layout.kind {
        LayoutKind::Inline => vec![Thread {
            name: LayoutKind::Inline.name().to_owned(),
            core: None,
            idle: "spins 100µs, then blocks in the sockets' poller; in a replay the caller's".to_owned(),
            stages: Stage::PLACED.to_vec(),
        }],
        LayoutKind::Shared => layout.groups.iter().map(shared).collect(),
        LayoutKind::Dedicated => (layout.first_core..).zip(Stage::PLACED).map(dedicated).collect(),
    };
    let (name, idle) = (Stage::Bridge.name().to_owned(), "blocks in its runtime".to_owned());
    threads.push(Thread { name, core: None, idle, stages: vec![Stage::Bridge] });
    threads
}

fn shared(group: &engine_core::config::Group) -> Thread {
    let idle = match group.idle {
        Idle::SpinThenBlock(spin) => format!("spins {spin:?}, then blocks in the sockets' poller"),
        Idle::Sleep(pause) => format!("sleeps {pause:?} between rounds"),
    };
    Thread { name: group.name.clone(), core: group.core, idle, stages: group.stages.clone() }
}

/// With one venue; each further one moves the others a core on.
fn dedicated((core, stage): (usize, Stage)) -> Thread {
    let idle = "spins where each thread has a core, else yields or sleeps".to_owned();
    Thread { name: stage.name().to_owned(), core: Some(core), idle, stages: vec![stage] }
}

const fn when_full(row: &Row) -> &'static str {
    match row.when_full {
        WhenFull::Wait => "wait",
        WhenFull::Refuse => "refuse",
    }
}

fn names(stages: &[Stage]) -> Vec<&'static str> {
    stages.iter().map(|stage| stage.name()).collect()
}

impl Link {
    /// How people write it.
    fn title(&self) -> String {
        let name = self.row.ring.name();
        if self.row.per_venue { format!("{name}, per venue") } else { name.to_owned() }
    }
}

impl Thread {
    fn place(&self) -> String {
        self.core.map_or_else(|| "any core".to_owned(), |core| format!("core {core}"))
    }
}

fn rings_table(picture: &Picture) -> Table {
    const HEAD: [&str; 9] =
        ["ring", "event bytes", "depth", "reserve", "writer", "gating readers", "lossy readers", "when full", "why"];
    let line = |link: &Link| {
        let Row { reserve, writer, gating, lossy, why, .. } = link.row;
        vec![
            link.title(),
            link.event_bytes.to_string(),
            link.depth.to_string(),
            reserve.to_string(),
            writer.name().to_owned(),
            names(gating).join(", "),
            if lossy.is_empty() { "-".to_owned() } else { names(lossy).join(", ") },
            when_full(link.row).to_owned(),
            (*why).to_owned(),
        ]
    };
    Table::new(&HEAD, &[1, 2, 3], picture.rings.iter().map(line))
}

fn snapshots_table() -> Table {
    let line = |snapshot: &engine_core::topology::Snapshot| {
        [snapshot.name, snapshot.writer.name(), snapshot.reader.name(), snapshot.each].map(str::to_owned).to_vec()
    };
    Table::new(&["snapshot", "writer", "reader", "one for each"], &[], SNAPSHOTS.iter().map(line))
}

fn threads_table(picture: &Picture) -> Table {
    let line = |thread: &Thread| {
        vec![thread.name.clone(), thread.place(), names(&thread.stages).join(", "), thread.idle.clone()]
    };
    Table::new(
        &["thread", "core", "stages, in the order of their turns", "when idle"],
        &[],
        picture.threads.iter().map(line),
    )
}

fn text(picture: &Picture) -> String {
    let (rings, snapshots, threads) = (rings_table(picture), snapshots_table(), threads_table(picture));
    format!("{}\n{}\nlayout {}\n{}", rings.aligned(), snapshots.aligned(), picture.layout.name(), threads.aligned())
}

fn json(picture: &Picture) -> Value {
    let ring = |link: &Link| {
        let Row { ring, per_venue, reserve, writer, gating, lossy, why, .. } = link.row;
        json!({
            "name": ring.name(), "per_venue": per_venue, "depth": link.depth, "reserve": reserve,
            "writer": writer.name(), "gating": names(gating), "lossy": names(lossy),
            "when_full": when_full(link.row), "why": why, "event_bytes": link.event_bytes,
        })
    };
    let snapshot = |snapshot: &engine_core::topology::Snapshot| {
        json!({
            "name": snapshot.name, "writer": snapshot.writer.name(), "reader": snapshot.reader.name(),
            "each": snapshot.each,
        })
    };
    let thread = |thread: &Thread| {
        json!({
            "name": thread.name, "core": thread.core, "idle": thread.idle, "stages": names(&thread.stages),
        })
    };
    json!({
        "rings": picture.rings.iter().map(ring).collect::<Vec<_>>(),
        "snapshots": SNAPSHOTS.iter().map(snapshot).collect::<Vec<_>>(),
        "layout": {
            "kind": picture.layout.name(),
            "threads": picture.threads.iter().map(thread).collect::<Vec<_>>(),
        },
    })
}
