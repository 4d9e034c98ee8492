//! `monitor`: a running engine seen from outside, through its API.
//!
//! Owns: the terminal, the keys, and how often the engine is asked.
//! Never: reads the engine's memory or holds it back; what it shows is what its web API says.

mod answer;
mod live;
mod text;
mod view;

use crate::args;
use crate::command::ask::Caller;
use crate::exit::Exit;
use crate::output;
use answer::{Engine, Limits, Venues};
use serde::de::DeserializeOwned;
use std::io::IsTerminal as _;

/// What is asked.
const ROUTE: &str = "/api/v1/engine";
/// Open orders, limits, what alerts found.
const ORDERS_ROUTE: &str = "/api/v1/trading/orders?limit=100";
const LIMITS_ROUTE: &str = "/api/v1/risk/limits";
const HITS_ROUTE: &str = "/api/v1/alerts/hits";
/// No frame is wider.
const COLUMNS_MAX: usize = 240;
/// And of each venue's instruments.
const VENUES_ROUTE: &str = "/api/v1/market/venues";

/// Shows the engine: live on a terminal, one frame with `--once`, its own words with `--json`.
pub(crate) fn run(args: &args::Monitor) -> Result<(), Exit> {
    let caller = Caller::new(&args.door)?;
    if args.json {
        return output::print_json(&caller.one::<serde_json::Value>(ROUTE)?);
    }
    let engine = with_rest(&caller, caller.one(ROUTE)?);
    if args.once {
        let columns = output::columns()
            .map_or(view::COLUMNS, |columns| u16::try_from(columns.min(COLUMNS_MAX)).unwrap_or(view::COLUMNS));
        return output::print(&view::plain(&engine, caller.place(), columns));
    }
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Exit::Usage("monitor: found no terminal, accepted: a terminal, or --once, or --json".into()));
    }
    live::run(caller, engine)
}

/// The same with what other routes tell.
fn with_rest(caller: &Caller, engine: Engine) -> Engine {
    let engine = with_instruments(caller, engine);
    let limits = told::<Limits>(caller, LIMITS_ROUTE).unwrap_or_default().limits;
    Engine { orders: told(caller, ORDERS_ROUTE), limits, hits: told(caller, HITS_ROUTE), ..engine }
}

/// Nothing, where the engine does not tell it.
fn told<T: DeserializeOwned>(caller: &Caller, route: &str) -> Option<T> {
    caller.get(route).ok().and_then(|body| serde_json::from_str(&body).ok())
}

/// The same with its venues' instruments, where the engine tells them.
fn with_instruments(caller: &Caller, engine: Engine) -> Engine {
    match told(caller, VENUES_ROUTE) {
        Some(Venues { venues }) if !venues.is_empty() => Engine { venues, ..engine },
        _ => engine,
    }
}

#[cfg(test)]
mod tests;
