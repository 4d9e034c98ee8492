//! `monitor`: a running engine seen from outside, through its API.
//!
//! Owns: the terminal, the keys, and how often the engine is asked.
//! Never: reads the engine's memory or holds it back; what it shows is what its web API says.

mod answer;
mod live;
mod text;
mod view;

use crate::args;
use crate::command::ask::{not_an_engine, one, unreachable};
use crate::exit::Exit;
use crate::{http, output};
use answer::{Engine, Limits, Venues};
use serde::de::DeserializeOwned;
use std::io::IsTerminal as _;
use std::net::SocketAddr;

/// What is asked.
const ROUTE: &str = "/api/v1/engine";
/// Open orders, limits, what alerts found.
const ORDERS_ROUTE: &str = "/api/v1/trading/orders?limit=100";
const LIMITS_ROUTE: &str = "/api/v1/risk/limits";
const HITS_ROUTE: &str = "/api/v1/alerts/hits";
/// And of each venue's instruments.
const VENUES_ROUTE: &str = "/api/v1/market/venues";

/// Shows the engine: live on a terminal, one frame with `--once`, its own words with `--json`.
pub(crate) fn run(args: &args::Monitor) -> Result<(), Exit> {
    if args.json {
        let body = http::get(args.address, ROUTE, None).map_err(|error| unreachable(args.address, &error))?;
        let value: serde_json::Value =
            serde_json::from_str(&body).map_err(|error| not_an_engine(args.address, &error))?;
        return output::print_json(&value);
    }
    let engine = with_rest(args.address, one(args.address, ROUTE)?);
    if args.once {
        let columns = columns_asked().unwrap_or(view::COLUMNS);
        return output::print(&view::plain(&engine, args.address, columns));
    }
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Exit::Usage("monitor: found no terminal, accepted: a terminal, or --once, or --json".into()));
    }
    live::run(args.address, engine)
}

/// The same with what other routes tell.
fn with_rest(address: SocketAddr, engine: Engine) -> Engine {
    let engine = with_instruments(address, engine);
    let limits = told::<Limits>(address, LIMITS_ROUTE).unwrap_or_default().limits;
    Engine { orders: told(address, ORDERS_ROUTE), limits, hits: told(address, HITS_ROUTE), ..engine }
}

/// Nothing, where the engine does not tell it.
fn told<T: DeserializeOwned>(address: SocketAddr, route: &str) -> Option<T> {
    http::get(address, route, None).ok().and_then(|body| serde_json::from_str(&body).ok())
}

/// The same with its venues' instruments, where the engine tells them.
fn with_instruments(address: SocketAddr, engine: Engine) -> Engine {
    match told(address, VENUES_ROUTE) {
        Some(Venues { venues }) if !venues.is_empty() => Engine { venues, ..engine },
        _ => engine,
    }
}

/// The width that the caller of `--once` asks for: `COLUMNS`, else that of the terminal.
fn columns_asked() -> Option<u16> {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || crossterm::terminal::size().ok().map(|(columns, _)| columns);
    asked.or_else(|| terminal().filter(|_| std::io::stdout().is_terminal())).map(|columns: u16| columns.min(240))
}

#[cfg(test)]
mod tests;
