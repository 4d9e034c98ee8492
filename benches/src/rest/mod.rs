//! `rest`: a read at the door of a running engine, and what it does to the engine's orders.
//!
//! Owns: 64 connections that each have a question under way, asked in turn by one thread; the door they ask at, which is
//! this very program's `demo` with users (each read shows a key); and an answer of the same bytes by a thread that does
//! nothing else, which is what the sockets and the asking itself cost. Wall time of a busy machine says little, so beside
//! it stands what each side's thread had of a processor.
//! Never: links the door; it is asked over loopback like anybody's.

mod bare;
mod door;
mod load;

use crate::call::Call;
use crate::error::BenchError;
use crate::machine;
use crate::report::Report;
use crate::rounds::{Contender, Round, interleave};
use bare::Bare;
use door::Running;
use engine_ring::clock::Clock;
use load::{Load, Took};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Connections, each with a question under way.
const CONNECTIONS: usize = 64;
/// Reads of a round of one contender: between half a second and two.
const READS: u64 = 30_000;
const ROUNDS: usize = 5;
/// Reads a second beside which orders are measured.
const PACED_PER_S: u64 = 30_000;
/// How long orders are measured, with reads and without; each twice.
const ORDERS_FOR: Duration = Duration::from_secs(6);

const BOOK: &str = "/api/v1/market/orderbook/BTCUSDT.binance-usdm";
const POSITIONS: &str = "/api/v1/portfolio/positions";

/// Ours, beside a bare answer.
pub fn run(call: &Call) -> Result<Report, BenchError> {
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let mut more = Map::new();
    more.insert("orders".into(), beside_orders()?);
    let door = Running::start()?;
    let mut book = Load::open(door.address, &door.request(BOOK), CONNECTIONS)?;
    let mut positions = Load::open(door.address, &door.request(POSITIONS), CONNECTIONS)?;
    let answer = book.answer()?;
    let bytes = json!({ "book": answer.len(), "positions": positions.answer()?.len() });
    let bare = Bare::start(answer, CONNECTIONS)?;
    let mut asked = Load::open(bare.address, &door.request(BOOK), CONNECTIONS)?;
    let mut contenders = [
        Contender::new("ringside", || round(&mut book, || door.processor_ns())),
        Contender::new("positions", || round(&mut positions, || door.processor_ns())),
        Contender::new("bare", || round(&mut asked, || bare.processor_ns())),
    ];
    let series = interleave(&mut contenders, rounds)?;
    let config = json!({
        "connections": CONNECTIONS, "reads": READS, "rounds": rounds, "book": BOOK, "positions": POSITIONS,
        "answer_bytes": bytes, "key": true,
    });
    Ok(Report {
        bench: "rest",
        question: "how many reads a second does the door of a running engine answer over 64 connections?",
        sample: "a read, from asking to the whole answer, with 63 others under way",
        headline: "mean of a read: a round's time over its reads",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: None,
        series,
        ours: 2,
        per_second_of: Some("-"),
        more,
    })
}

fn round(load: &mut Load, processor_ns: impl Fn() -> Option<u64>) -> Result<Round, BenchError> {
    let before = processor_ns();
    let Took { samples_ns, wall_ns, own_processor_ns } = load.ask(READS)?;
    let mut metrics = Vec::new();
    let each = |ns: u64| ns as f64 / READS as f64;
    if let (Some(before), Some(after)) = (before, processor_ns()) {
        metrics.push(("answering, processor", each(after - before)));
    }
    if let Some(ns) = own_processor_ns {
        metrics.push(("asking, processor", each(ns)));
    }
    Ok(Round { headline_ns: Some(each(wall_ns)), samples_ns, metrics, ..Round::default() })
}

/// Tick to order of an engine at whose door nobody asks, and of one that is read 30,000 times a second; twice, in turn. Each
/// in a run of its own: the engine tells a run's quantiles.
fn beside_orders() -> Result<Value, BenchError> {
    let clock = Clock::machine();
    let (mut quiet, mut read) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        quiet.push({
            let door = Running::start()?;
            std::thread::sleep(ORDERS_FOR);
            door.tick_to_order()?
        });
        read.push({
            let door = Running::start()?;
            let mut load = Load::open(door.address, &door.request(BOOK), CONNECTIONS)?;
            let (until, per_s) = (clock.now() + ORDERS_FOR.as_nanos() as u64, PACED_PER_S);
            let (reads, late_p99_ns) = load.ask_paced(per_s, until)?;
            let mut told = door.tick_to_order()?;
            told["reads_per_s"] = (reads as f64 / ORDERS_FOR.as_secs_f64()).round().into();
            told["read_p99_ns"] = late_p99_ns.into();
            told
        });
    }
    Ok(json!({ "quiet": quiet, "read": read }))
}

/// A processor's time that a thread had, in ns; `None` where the system does not tell.
fn processor_ns_of(task: &std::path::Path) -> Option<u64> {
    std::fs::read_to_string(task.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
}
