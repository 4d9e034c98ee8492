//! The live view: a thread that asks, a loop that draws and listens to keys.

use super::answer::Engine;
use super::view::{self, Panel, Screen};
use crate::command::ask::Caller;
use crate::exit::Exit;
use crate::http::Place;
use anyhow::Context as _;
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Twice a second: what a person can follow, and nothing to the engine.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// How long a key may wait for its effect.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// Further than any engine's frame is high or wide.
const FURTHEST: u16 = 1_000;
/// How far a key moves sideways.
const COLUMNS_A_KEY: u16 = 10;

/// What the asking thread brings.
type Answer = Result<Engine, String>;

/// Shows the engine until a key ends it.
pub(super) fn run(caller: Caller, engine: Engine) -> Result<(), Exit> {
    let place = caller.place().clone();
    let answers = ask_for_ever(caller);
    let mut terminal = ratatui::try_init().context("the terminal cannot be taken over")?;
    let shown = show(&mut terminal, &mut State::new(place, engine), &answers);
    ratatui::try_restore().context("the terminal cannot be given back; type `reset`")?;
    shown
}

/// The thread ends at its first answer after nobody listens any more.
fn ask_for_ever(caller: Caller) -> Receiver<Answer> {
    let (sender, receiver): (SyncSender<Answer>, _) = sync_channel(1);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(ASK_EVERY);
            let body = caller.get(super::ROUTE).map_err(|error| error.to_string());
            let answer = body.and_then(|body| serde_json::from_str(&body).map_err(|error| error.to_string()));
            if sender.send(answer.map(|engine| super::with_rest(&caller, engine))).is_err() {
                return;
            }
        }
    });
    receiver
}

fn show(terminal: &mut ratatui::DefaultTerminal, state: &mut State, answers: &Receiver<Answer>) -> Result<(), Exit> {
    loop {
        while let Ok(answer) = answers.try_recv() {
            state.take(answer);
        }
        terminal.draw(|frame| view::draw(frame, &state.screen())).context("the terminal cannot be drawn on")?;
        if !event::poll(DRAW_EVERY).context("the keys cannot be read")? {
            continue;
        }
        // A new size needs nothing here: the next drawing measures.
        if let Event::Key(key) = event::read().context("the keys cannot be read")?
            && let Some(end) = state.press(key)
        {
            return end;
        }
    }
}

/// What the keys have made of it.
struct State {
    place: Place,
    engine: Engine,
    fault: Option<String>,
    is_paused: bool,
    is_help: bool,
    panel: Panel,
    from_row: u16,
    from_column: u16,
}

impl State {
    fn new(place: Place, engine: Engine) -> Self {
        let panel = Panel::All;
        Self { place, engine, fault: None, is_paused: false, is_help: false, panel, from_row: 0, from_column: 0 }
    }

    /// The last picture stays, marked, while there is no newer one.
    fn take(&mut self, answer: Answer) {
        match answer {
            Ok(engine) if !self.is_paused => {
                self.engine = engine;
                self.fault = None;
            }
            Ok(_) => self.fault = None,
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// `Some` when the view ends.
    fn press(&mut self, key: KeyEvent) -> Option<Result<(), Exit>> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if is_control => return Some(Err(Exit::Interrupted)),
            KeyCode::Esc if self.is_help => self.is_help = false,
            KeyCode::Char('q') | KeyCode::Esc => return Some(Ok(())),
            KeyCode::Char('p') => self.is_paused = !self.is_paused,
            // The view stops at the last row; a little beyond costs a key press on the way back.
            KeyCode::Down => self.from_row = (self.from_row + 1).min(FURTHEST),
            KeyCode::Up => self.from_row = self.from_row.saturating_sub(1),
            KeyCode::Right => self.from_column = (self.from_column + COLUMNS_A_KEY).min(FURTHEST),
            KeyCode::Left => self.from_column = self.from_column.saturating_sub(COLUMNS_A_KEY),
            KeyCode::Home => (self.from_row, self.from_column) = (0, 0),
            KeyCode::Char(digit @ '0'..='6') => {
                self.panel = Panel::ALL[usize::from(digit as u8 - b'0')];
                (self.from_row, self.from_column) = (0, 0);
            }
            KeyCode::Char('?') => self.is_help = !self.is_help,
            _ => {}
        }
        None
    }

    fn screen(&self) -> Screen<'_> {
        Screen {
            engine: &self.engine,
            place: &self.place,
            is_paused: self.is_paused,
            is_help: self.is_help,
            fault: self.fault.as_deref(),
            panel: self.panel,
            from_row: self.from_row,
            from_column: self.from_column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State::new(Place::default(), Engine::default())
    }

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn a_pause_keeps_the_picture_and_a_fault_marks_it() {
        let mut state = state();
        assert!(state.press(key(KeyCode::Char('p'))).is_none());
        state.take(Ok(Engine { at_ns: 7, ..Engine::default() }));
        assert_eq!(state.engine.at_ns, 0, "paused");
        state.take(Err("gone".into()));
        assert_eq!(state.screen().fault, Some("gone"));
        assert!(state.press(key(KeyCode::Char('p'))).is_none());
        state.take(Ok(Engine { at_ns: 8, ..Engine::default() }));
        assert_eq!((state.engine.at_ns, state.screen().fault), (8, None));
    }

    #[test]
    fn a_digit_shows_one_panel_from_its_first_row() {
        let mut state = state();
        state.press(key(KeyCode::Down));
        for (digit, panel) in ('0'..).zip(Panel::ALL) {
            assert!(state.press(key(KeyCode::Char(digit))).is_none());
            assert_eq!((state.screen().panel, state.from_row), (panel, 0));
        }
        assert!(state.press(key(KeyCode::Char('7'))).is_none() && state.panel == Panel::Alerts, "there is no seventh");
    }

    #[test]
    fn q_ends_well_and_control_c_is_an_interruption() {
        assert!(matches!(state().press(key(KeyCode::Char('q'))), Some(Ok(()))));
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert!(matches!(state().press(interrupt), Some(Err(Exit::Interrupted))));
        let mut helped = state();
        assert!(helped.press(key(KeyCode::Char('?'))).is_none() && helped.is_help);
        assert!(helped.press(key(KeyCode::Esc)).is_none(), "the first Esc closes the help");
        assert!(!helped.is_help);
    }
}
