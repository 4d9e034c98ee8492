//! `indicator`: the catalogue, and one of it over a file.
//!
//! Owns: JSON and CSV around it.
//! Never: a formula.

mod compute;
mod list;
#[cfg(test)]
mod tests;

use crate::args::Indicator;
use crate::exit::Exit;

/// Runs the command.
pub(crate) fn run(args: &Indicator) -> Result<(), Exit> {
    match args {
        Indicator::List(args) => list::run(args),
        Indicator::Compute(args) => compute::run(args),
    }
}
