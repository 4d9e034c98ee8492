//! `cost`: what executions have cost, and what the market did after them; from a running engine, or from the journal of a
//! run.
//!
//! Owns: the table. The figures are those of the fold that the bridge keeps, too.
//! Never: adds anything up itself.

mod journal;
mod table;
#[cfg(test)]
mod tests;

use crate::args::Cost;
use crate::command::ask;
use crate::exit::Exit;
use crate::output;
use anyhow::anyhow;
use bridges::dto::Costs;
use engine_model::order::ClientOrderId;

const ROUTE: &str = "/api/v1/portfolio/costs";

/// Runs the command.
pub(crate) fn run(args: &Cost) -> Result<(), Exit> {
    let mut told = match &args.journal {
        Some(path) => journal::read(path)?,
        None => ask::Caller::new(&args.door)?.one(ROUTE)?,
    };
    if let Some(id) = args.order {
        narrow(&mut told, id)?;
    }
    if args.json {
        output::print_json(&told)?;
    } else {
        let by = if args.order.is_some() { crate::args::CostSliceName::Order } else { args.by };
        output::print(&table::text(&told, by))?;
    }
    if told.complete { Ok(()) } else { Err(Exit::NotHeld) }
}

/// Leaves one order, what is part of it, and their sum.
fn narrow(told: &mut Costs, id: ClientOrderId) -> Result<(), Exit> {
    let name = id.to_string();
    told.families.retain(|family| family.order == name);
    told.orders.retain(|order| order.order == name || order.part_of.as_ref() == Some(&name));
    if told.orders.is_empty() {
        return Err(Exit::Failed(anyhow!("ORDER: {name} has no execution here, nor has a part of it")));
    }
    let slices = [&mut told.by_instrument, &mut told.by_strategy, &mut told.by_venue];
    slices.into_iter().for_each(Vec::clear);
    Ok(())
}
