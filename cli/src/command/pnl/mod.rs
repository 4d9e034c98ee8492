//! `pnl`: what the profit is made of, and whose it is; from a running engine, or from the journal of a run.
//!
//! Owns: the table. Whether it adds up is said by the books; a report that does not ends with 1.
//! Never: adds anything up itself.

pub(crate) mod journal;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod tests;

use crate::args::Pnl;
use crate::command::ask;
use crate::exit::Exit;
use crate::output;
use bridges::dto::Attribution;

const ROUTE: &str = "/api/v1/portfolio/attribution";

/// Runs the command.
pub(crate) fn run(args: &Pnl) -> Result<(), Exit> {
    let told = match &args.journal {
        Some(path) => journal::read(path, args.lots.into())?,
        None => ask::Caller::new(&args.door)?.one(ROUTE)?,
    };
    if args.json {
        output::print_json(&told)?;
    } else {
        output::print(&table::text(&told, args.by))?;
    }
    if holds(&told) { Ok(()) } else { Err(Exit::NotHeld) }
}

fn holds(told: &Attribution) -> bool {
    told.adds_up && told.complete
}
