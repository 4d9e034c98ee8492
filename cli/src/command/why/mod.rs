//! `why`: one order from the event that caused it through risk, the venue and its fills to the profit, out of a journal.
//!
//! Owns: which records tell of an order, and their telling. What the journal does not hold is said to be unknown.
//! Never: guesses, judges again, or asks an engine.

mod gather;
mod json;
#[cfg(test)]
mod tests;
mod text;

use crate::args::Why;
use crate::command::journal::file::{Which, files, reader, stored};
use crate::exit::Exit;
use crate::output;
use std::path::Path;

/// Where a run writes its journals unless told otherwise.
const DIRECTORY: &str = "journal";

/// Runs the command.
pub(crate) fn run(args: &Why) -> Result<(), Exit> {
    let files = files(args.journal.as_deref().unwrap_or(Path::new(DIRECTORY)), Which::Newest)?;
    let path = &files[0]; // never none
    let stored = stored(path)?;
    let passes = [reader(path, &stored)?, reader(path, &stored)?, reader(path, &stored)?];
    let epoch = passes[0].prologue().epoch;
    let story = gather::story(passes, args.order, path)?;
    if args.json {
        output::print_json(&json::json(&story, path, epoch))?;
    } else {
        output::print(&text::text(&story, path, epoch))?;
    }
    if story.holds() { Ok(()) } else { Err(Exit::NotHeld) }
}
