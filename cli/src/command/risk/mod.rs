//! `risk`: how much past returns say may be lost, alone and together.
//!
//! Owns: what was typed, which measures there are for it, and how they are told.
//! Never: a formula, those are `engine_analytics::performance`'s; the limits of a running engine, those are `limits`'.

mod asked;
mod measure;
mod tell;
#[cfg(test)]
mod tests;

use crate::args::Risk;
use crate::exit::Exit;
use crate::output;

/// Runs the command.
pub(crate) fn run(args: &Risk) -> Result<(), Exit> {
    let asked = asked::read(args)?;
    let answer = measure::measure(&asked);
    if args.json {
        output::print_json(&tell::json(&asked, &answer))
    } else {
        output::print(&tell::text(&asked, &answer))
    }
}
