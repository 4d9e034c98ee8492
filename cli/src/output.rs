//! Standard output: results and nothing else. Logs and progress go to standard error.

use crate::args::Cli;
use crate::exit::Exit;
use crate::jobs;
use anyhow::Context as _;
use clap::CommandFactory as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Prints a text as it is. A reader that has gone away (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Exit> {
    print_bytes(text.as_bytes())
}

/// Prints what need not be a text.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Exit::Failed(error.into())),
        _ => Ok(()),
    }
}

/// Prints exactly one JSON object and a newline.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Exit> {
    let text = serde_json::to_string(value).context("the result cannot be written as JSON")?;
    print(&(text + "\n"))
}

/// Prints what a shell needs to complete our commands.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<(), Exit> {
    let mut words = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ringside", &mut words);
    print(&String::from_utf8_lossy(&words))
}

/// How wide a table may be: `COLUMNS`, else as wide as the terminal that shows it; `None`: nobody says.
pub(crate) fn columns() -> Option<usize> {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns));
    asked.or_else(|| terminal().filter(|_| std::io::stdout().is_terminal()))
}

/// Whether a stream takes colour: a terminal whose owner has not said `NO_COLOR`.
pub(crate) fn is_coloured(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// What long work is doing, on standard error: a bar if that is a terminal, lines for an engine whose job this is, else
/// nothing.
pub(crate) struct Progress(Shown);

enum Shown {
    Nowhere,
    Bar(indicatif::ProgressBar),
    /// Of so many, and when that was last said.
    Lines(u64, Mutex<Option<Instant>>),
}

/// Between two lines for an engine, which looks once a second.
const LINE_EVERY: Duration = Duration::from_millis(200);

impl Progress {
    pub(crate) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(Shown::Nowhere);
        }
        let bar = indicatif::ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(Shown::Bar(bar))
    }

    /// Of work whose end is known: a bar, as far as [`Self::at`] says.
    pub(crate) fn until(length: u64) -> Self {
        Self(if jobs::is_job() {
            Shown::Lines(length, Mutex::default())
        } else if std::io::stderr().is_terminal() {
            Shown::Bar(indicatif::ProgressBar::new(length))
        } else {
            Shown::Nowhere
        })
    }

    /// So much is done.
    pub(crate) fn at(&self, position: u64) {
        match &self.0 {
            Shown::Nowhere => {}
            Shown::Bar(bar) => bar.set_position(position),
            Shown::Lines(length, said) => {
                // Whoever finds another at it has nothing newer to say.
                let Ok(mut said) = said.try_lock() else { return };
                if said.is_none_or(|at| at.elapsed() >= LINE_EVERY) {
                    *said = Some(Instant::now());
                    // Who reads it may be gone; then we end by our standard input.
                    let _ = writeln!(std::io::stderr().lock(), "progress {position} {length}");
                }
            }
        }
    }

    /// Says what is done now.
    pub(crate) fn step(&self, what: &'static str) {
        if let Shown::Bar(bar) = &self.0 {
            bar.set_message(what);
        }
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        if let Shown::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
