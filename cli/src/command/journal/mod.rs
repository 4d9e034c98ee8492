//! `journal`: whether a journal is whole, what it says, and what state it leads to.
//!
//! Owns: finding the files, and words for records. Reading, proving and replaying are `engine_core::journal`'s.
//! Never: writes to a journal.

pub(crate) mod file;
mod inspect;
mod replay;
mod state_at;
#[cfg(test)]
pub(crate) mod tests;
mod verify;
pub(crate) mod words;

use crate::args::{Journal, JournalReplay, JournalStateAt};
use crate::exit::Exit;
use crate::output;
use engine_model::units::Nanos;
use file::{Which, files};
use serde_json::Value;

/// Runs the command.
pub(crate) fn run(args: &Journal) -> Result<(), Exit> {
    match args {
        Journal::Verify(at) => told(verify::verify(&files(&at.path, Which::All)?)?, at.json),
        Journal::Inspect(what) => inspect::run(&files(&what.at.path, Which::Newest)?, what),
        Journal::Replay(JournalReplay { at, until }) => {
            let until = until.map(Nanos);
            let files = until.map_or_else(|| files(&at.path, Which::Newest), |until| file::of_time(&at.path, until))?;
            told(replay::replay(&files, until)?, at.json)
        }
        Journal::StateAt(JournalStateAt { time, at }) => {
            let time = Nanos(*time);
            told(state_at::state_at(&file::of_time(&at.path, time)?, time)?, at.json)
        }
    }
}

/// What there is to tell, in both forms, and whether the check held.
struct Answer {
    text: String,
    json: Value,
    holds: bool,
}

fn told(answer: Answer, as_json: bool) -> Result<(), Exit> {
    if as_json {
        output::print_json(&answer.json)?
    } else {
        output::print(&answer.text)?
    }
    if answer.holds { Ok(()) } else { Err(Exit::NotHeld) }
}
