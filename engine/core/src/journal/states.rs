//! The trading states, losses and limits set by people that outlive a run: a small file beside the journals, checked,
//! replaced whole when one changes.
//!
//! Owns the file and what it says. Scopes stand in it by name, so that another list of instruments means the same; a name
//! that this run does not know is kept.
//! Never: decides what an unreadable file means. Whoever starts a run halts then, and says so.

use crate::risk::Losses;
use engine_model::command::CommandKind;
use engine_model::instrument::{Instrument, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::planted::planted;
use engine_model::units::Quote;
use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

/// First line of the file.
const TITLE: &str = "ringside trading states 1";
/// Begins a line of losses: of the account, or with the number of a strategy behind it.
const LOSSES: &str = "losses";
/// Begins a line of a limit that people set: its key and its number, as it is stored.
const LIMIT: &str = "limit ";
/// Begins a line of whose positions are being closed, until somebody resumes: of paper, or of an account.
const FLATTENING: &str = "flattening ";
/// What stands behind it.
const MODES: [&str; 2] = ["paper", "live"];
/// Begins the last one.
const CHECKSUM: &str = "crc32c ";

/// Why a file cannot be believed.
#[derive(Debug)]
pub enum StatesFault {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It is not what was written.
    Damaged {
        /// What is wrong with it.
        what: &'static str,
    },
}

impl fmt::Display for StatesFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read ({error})"),
            Self::Damaged { what } => write!(f, "is damaged: {what}"),
        }
    }
}

impl std::error::Error for StatesFault {}

/// The file, and what it says.
#[derive(Debug)]
pub struct StatesFile {
    path: Arc<Path>,
    /// Scopes that are not active, by name.
    states: Vec<(String, TradingState)>,
    /// By strategy, in the order in which they were told first; 0 is the account.
    losses: Vec<(StrategyId, Losses)>,
    /// By key, those that are not what the configuration says.
    limits: Vec<(String, i64)>,
    /// Positions are being closed, of paper and of an account: what is left of them the next such run goes on to close. A
    /// halt may be carried from the one to the other, an act may not.
    flattening: [bool; 2],
    /// Whether this run is on an account.
    is_live: bool,
    /// What the configuration says.
    ceiling: Limits,
    instruments: Arc<Instruments>,
}

/// The whole file as it is to be, in memory that is taken once: it travels with a page and comes back with it.
#[derive(Debug)]
pub struct Sheet {
    /// Where it belongs; `None`: there is nothing to write.
    path: Option<Arc<Path>>,
    text: String,
}

/// Bytes that a sheet has from the start: losses and some hundred scopes.
const SHEET_BYTES: usize = 8 << 10;

impl StatesFile {
    /// Reads the file; one that is not there says that everything is active.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    pub fn open(path: &Path, instruments: &Arc<Instruments>) -> Result<Self, StatesFault> {
        let Parsed { states, losses, limits, flattening } = match std::fs::read_to_string(path) {
            Ok(text) => parse(&text).map_err(|what| StatesFault::Damaged { what })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Parsed::default(),
            Err(error) => return Err(StatesFault::Unreadable(error)),
        };
        Ok(Self { limits, flattening, ..Self::of(path, states, losses, instruments) })
    }

    /// The same in a run of that configuration: a limit that people set back to what it says is forgotten.
    #[must_use]
    pub fn below(self, ceiling: &Limits) -> Self {
        Self { ceiling: *ceiling, ..self }
    }

    /// The same in a run on an account, or on paper, which it is unless this is said.
    #[must_use]
    pub fn of_mode(self, is_live: bool) -> Self {
        Self { is_live, ..self }
    }

    /// Limits that people set in a run before, as commands to the next one: those that are tighter than what the
    /// configuration says.
    pub fn limits(&self) -> impl Iterator<Item = CommandKind> + '_ {
        (0u8..).zip(Limits::TABLE).filter_map(|(limit, row)| {
            let (_, value) = self.limits.iter().find(|(key, _)| key == row.key)?;
            row.is_tighter(*value, row.get(&self.ceiling)).then_some(CommandKind::SetLimit { limit, value: *value })
        })
    }

    /// Whether a run of this mode was closing all positions, as a command to the next one.
    #[must_use]
    pub fn flattens(&self) -> Option<CommandKind> {
        self.flattening[usize::from(self.is_live)].then_some(CommandKind::Flatten)
    }

    /// Whether one of the other mode was: that is none of this run's.
    #[must_use]
    pub fn other_flattens(&self) -> bool {
        self.flattening[usize::from(!self.is_live)]
    }

    /// All positions are to be closed: whether that is news to the file. A resumption of the whole ends it.
    pub fn set_flattening(&mut self) -> bool {
        !std::mem::replace(&mut self.flattening[usize::from(self.is_live)], true)
    }

    /// A limit was set: whether that changed what the file says.
    pub fn set_limit(&mut self, limit: u8, value: i64) -> bool {
        let Some(row) = Limits::TABLE.get(usize::from(limit)).filter(|row| row.is_settable()) else { return false };
        let known = self.limits.iter().position(|(key, _)| key == row.key);
        let is_set = row.is_tighter(value, row.get(&self.ceiling));
        match (known, is_set) {
            (Some(at), true) => std::mem::replace(&mut self.limits[at].1, value) != value,
            (Some(at), false) => {
                self.limits.remove(at);
                true
            }
            (None, true) => {
                self.limits.push((row.key.to_owned(), value));
                true
            }
            (None, false) => false,
        }
    }

    /// In place of any that may be there: everything is active, nothing was lost.
    #[must_use]
    pub(super) fn new(path: &Path, instruments: &Arc<Instruments>) -> Self {
        Self::of(path, Vec::new(), Vec::new(), instruments)
    }

    /// In place of a file that cannot be believed: everything is halted.
    #[must_use]
    pub fn halted(path: &Path, instruments: &Arc<Instruments>) -> Self {
        let states = vec![(Scope::Whole.name(&[]), TradingState::Halted)];
        Self::of(path, states, Vec::new(), instruments)
    }

    /// With room for the losses of every strategy.
    fn of(
        path: &Path,
        states: Vec<(String, TradingState)>,
        mut losses: Vec<(StrategyId, Losses)>,
        instruments: &Arc<Instruments>,
    ) -> Self {
        losses.reserve(usize::from(u8::MAX) + 1);
        let (limits, ceiling) = (Vec::new(), Limits::default());
        let (flattening, is_live) = ([false; 2], false);
        let instruments = Arc::clone(instruments);
        Self { path: path.into(), states, losses, limits, flattening, is_live, ceiling, instruments }
    }

    /// What it says of the scopes of this run.
    #[must_use]
    pub fn states(&self) -> Vec<(Scope, TradingState)> {
        let known = |(name, state): &(String, TradingState)| Some((Scope::of_name(name, self.listed())?, *state));
        self.states.iter().filter_map(known).collect()
    }

    /// What had been lost when that was last told: by the account, which is 0, and by strategies.
    #[must_use]
    pub fn losses(&self) -> &[(StrategyId, Losses)] {
        &self.losses
    }

    /// Losses were told, every ten seconds and with what follows from them: whether that changed what the file says.
    /// Allocates nothing.
    pub fn set_losses(&mut self, of: StrategyId, losses: Losses) -> bool {
        match self.losses.iter_mut().find(|(known, _)| *known == of) {
            Some((_, known)) => std::mem::replace(known, losses) != losses,
            None => {
                self.losses.push((of, losses));
                true
            }
        }
    }

    /// A state was set: whether that changed what the file says.
    pub fn set(&mut self, scope: Scope, state: TradingState) -> bool {
        let name = scope.name(self.listed());
        let before = self.states.len();
        let known = self.states.iter().find(|(known, _)| *known == name).map(|(_, state)| *state);
        let known = known.unwrap_or_default();
        if known == state {
            return false;
        }
        let of = match scope {
            Scope::Whole => Some(StrategyId(0)),
            Scope::Strategy(strategy) => Some(strategy),
            Scope::Venue(_) | Scope::Instrument(_) => None,
        };
        if state < known {
            self.flattening[usize::from(self.is_live)] &= scope != Scope::Whole;
            // Whoever resumes has seen the fall: it is counted from a peak of now.
            self.losses.iter_mut().filter(|(its, _)| Some(*its) == of).for_each(|(_, losses)| losses.fall = Quote(0));
        }
        self.states.retain(|(known, _)| *known != name);
        if state != TradingState::Active {
            self.states.push((name, state));
        }
        debug_assert!(self.states.len().abs_diff(before) <= 1);
        true
    }

    /// Writes the whole file onto a sheet, in place of what stood there.
    pub fn fill(&self, sheet: &mut Sheet) {
        sheet.path = Some(Arc::clone(&self.path));
        // A text takes whatever is written to it.
        let _ = put(&mut sheet.text, self);
    }

    fn listed(&self) -> &[Instrument] {
        self.instruments.iter().as_slice()
    }
}

impl Default for Sheet {
    fn default() -> Self {
        Self { path: None, text: String::with_capacity(SHEET_BYTES) }
    }
}

impl Sheet {
    /// Whether there is something to write.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.path.is_some()
    }

    /// There is nothing to write any more.
    pub fn clear(&mut self) {
        self.path = None;
    }

    /// Replaces the file by one that says so; it is on the disk when this returns. Waits for that: for the disk thread.
    ///
    /// # Errors
    /// When the disk refuses; the file of before is still there.
    pub fn write(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(self.text.as_bytes())?;
        file.sync_all()?;
        // One open file at a time: there may be no second.
        drop(file);
        std::fs::rename(&fresh, path)?;
        // The name is on the disk when its folder is.
        File::open(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn put(text: &mut String, file: &StatesFile) -> fmt::Result {
    use fmt::Write as _;
    let StatesFile { states, losses, limits, flattening, .. } = file;
    text.clear();
    writeln!(text, "{TITLE}")?;
    for (of, Losses { day, loss, fall }) in losses {
        match of {
            StrategyId(0) => write!(text, "{LOSSES}")?,
            StrategyId(number) => write!(text, "{LOSSES}:{number}")?,
        }
        writeln!(text, " {day} {} {}", loss.0, fall.0)?;
    }
    for (key, value) in limits {
        writeln!(text, "{LIMIT}{key} {value}")?;
    }
    for (mode, _) in MODES.iter().zip(flattening).filter(|(_, is_flattening)| **is_flattening) {
        writeln!(text, "{FLATTENING}{mode}")?;
    }
    for (name, state) in states {
        writeln!(text, "{name} {}", state.name())?;
    }
    let checksum = crc32c::crc32c(text.as_bytes());
    writeln!(text, "{CHECKSUM}{checksum:08x}")
}

/// All, out of a file's text.
#[derive(Default)]
struct Parsed {
    states: Vec<(String, TradingState)>,
    losses: Vec<(StrategyId, Losses)>,
    limits: Vec<(String, i64)>,
    flattening: [bool; 2],
}

fn parse(text: &str) -> Result<Parsed, &'static str> {
    let end = text.rfind(CHECKSUM).ok_or("its checksum is missing")?;
    let (body, checksum) = text.split_at(end);
    if !planted("recovery/states-file-unproved")
        && checksum != format!("{CHECKSUM}{:08x}\n", crc32c::crc32c(body.as_bytes()))
    {
        return Err("its checksum is of something else");
    }
    let mut lines = body.lines().peekable();
    if lines.next() != Some(TITLE) {
        return Err("it is of another kind or version");
    }
    let state = |line: &str| {
        let (name, state) = line.rsplit_once(' ')?;
        let state = TradingState::ALL.into_iter().find(|known| known.name() == state)?;
        Some((name.to_owned(), state))
    };
    let mut told = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(LOSSES)) {
        told.push(losses(line).ok_or("its losses are no numbers")?);
    }
    let mut limits = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(LIMIT)) {
        limits.push(limit(line).ok_or("its limits are no numbers")?);
    }
    let mut flattening = [false; 2];
    while let Some(mode) = lines.next_if(|line| line.starts_with(FLATTENING)).map(|line| &line[FLATTENING.len()..]) {
        let at = MODES.iter().position(|known| *known == mode).ok_or("it closes positions of no mode that is known")?;
        flattening[at] = true;
    }
    let states = lines.map(|line| state(line).ok_or("a line of it names no state"));
    Ok(Parsed { states: states.collect::<Result<_, _>>()?, losses: told, limits, flattening })
}

fn limit(line: &str) -> Option<(String, i64)> {
    let (key, value) = line.strip_prefix(LIMIT)?.split_once(' ')?;
    Some((key.to_owned(), value.parse().ok()?))
}

fn losses(line: &str) -> Option<(StrategyId, Losses)> {
    let (of, numbers) = line.strip_prefix(LOSSES)?.split_once(' ')?;
    let of = if of.is_empty() { 0 } else { of.strip_prefix(':')?.parse().ok()? };
    let mut numbers = numbers.split(' ');
    let mut amount = || numbers.next()?.parse().ok();
    let day = u64::try_from(amount()?).ok()?;
    let (loss, fall) = (Quote(amount()?), Quote(amount()?));
    numbers.next().is_none().then_some((StrategyId(of), Losses { day, loss, fall }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_instruments::{LINEAR, instruments};
    use engine_model::venue::VenueId;
    use std::path::PathBuf;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringside-states-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder.join("trading-states")
    }

    fn write(file: &mut StatesFile, change: impl FnOnce(&mut StatesFile) -> bool) {
        assert!(change(file), "a change");
        let mut sheet = Sheet::default();
        file.fill(&mut sheet);
        sheet.write().unwrap();
    }

    #[test]
    fn what_was_set_is_there_in_the_next_run_whatever_its_instruments() {
        let path = scratch("kept");
        let mut file = StatesFile::open(&path, &instruments()).unwrap();
        assert_eq!(file.states(), []);
        let set = [
            (Scope::Strategy(StrategyId(2)), TradingState::Halted),
            (Scope::Venue(VenueId::BinanceSpot), TradingState::Reducing),
            (Scope::Instrument(LINEAR), TradingState::Halted),
            (Scope::Whole, TradingState::Reducing),
        ];
        set.into_iter().for_each(|(scope, state)| write(&mut file, |file| file.set(scope, state)));
        write(&mut file, |file| file.set(Scope::Whole, TradingState::Active));
        let losses = Losses { day: 20_000, loss: Quote(-5), fall: Quote(7) };
        write(&mut file, |file| file.set_losses(StrategyId(0), losses));
        let own = Losses { fall: Quote(9), ..losses };
        write(&mut file, |file| file.set_losses(StrategyId(3), own));
        assert!(!file.set_losses(StrategyId(3), own) && !file.set(Scope::Whole, TradingState::Active), "no news");
        assert_eq!(
            StatesFile::open(&path, &instruments()).unwrap().losses(),
            [(StrategyId(0), losses), (StrategyId(3), own)]
        );
        assert_eq!(StatesFile::open(&path, &instruments()).unwrap().states(), set[..3]);
        let mut fewer = StatesFile::open(&path, &Arc::new(Instruments::new(Vec::new()))).unwrap();
        assert_eq!(fewer.states(), set[..2], "an instrument that this run has not is no scope of it");
        write(&mut fewer, |file| file.set(Scope::Whole, TradingState::Halted));
        assert_eq!(StatesFile::open(&path, &instruments()).unwrap().states().len(), 4, "and is not forgotten");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn whoever_resumes_the_whole_forgives_the_fall_for_the_next_run_too_and_not_the_days_loss() {
        let path = scratch("resumed");
        let mut file = StatesFile::open(&path, &instruments()).unwrap();
        let losses = Losses { day: 20_000, loss: Quote(5), fall: Quote(7) };
        let (whole, own) = (StrategyId(0), StrategyId(2));
        [whole, own].into_iter().for_each(|of| write(&mut file, |file| file.set_losses(of, losses)));
        for (scope, state, falls) in [
            (Scope::Whole, TradingState::Halted, [7, 7]),
            (Scope::Strategy(own), TradingState::Halted, [7, 7]),
            (Scope::Instrument(LINEAR), TradingState::Halted, [7, 7]),
            (Scope::Instrument(LINEAR), TradingState::Active, [7, 7]),
            (Scope::Whole, TradingState::Reducing, [0, 7]),
            (Scope::Strategy(own), TradingState::Active, [0, 0]),
        ] {
            write(&mut file, |file| file.set(scope, state));
            let told = StatesFile::open(&path, &instruments()).unwrap();
            let falls = falls.map(|fall| Losses { fall: Quote(fall), ..losses });
            assert_eq!(told.losses(), [(whole, falls[0]), (own, falls[1])], "{scope:?} {state:?}");
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn what_was_being_closed_goes_on_to_be_closed_in_the_next_run_until_the_whole_is_resumed() {
        let path = scratch("flattening");
        let told = || StatesFile::open(&path, &instruments()).unwrap().flattens();
        let mut file = StatesFile::open(&path, &instruments()).unwrap();
        assert_eq!(told(), None);
        write(&mut file, |file| file.set(Scope::Whole, TradingState::Halted));
        assert_eq!(told(), None, "a halt closes nothing");
        write(&mut file, StatesFile::set_flattening);
        assert!(!file.set_flattening(), "no news");
        write(&mut file, |file| file.set(Scope::Instrument(LINEAR), TradingState::Halted));
        write(&mut file, |file| file.set(Scope::Instrument(LINEAR), TradingState::Active));
        let all = [(Scope::Whole, TradingState::Halted)];
        assert_eq!((told(), file.states()), (Some(CommandKind::Flatten), all.to_vec()));
        // What was on paper sells nothing of an account, and whoever resumes the one lets the other go on.
        let live = || StatesFile::open(&path, &instruments()).unwrap().of_mode(true);
        assert_eq!((live().flattens(), live().other_flattens()), (None, true));
        let mut account = live();
        write(&mut account, StatesFile::set_flattening);
        write(&mut account, |file| file.set(Scope::Whole, TradingState::Active));
        assert_eq!((live().flattens(), told()), (None, Some(CommandKind::Flatten)));
        let mut file = StatesFile::open(&path, &instruments()).unwrap();
        write(&mut file, |file| file.set(Scope::Whole, TradingState::Halted));
        write(&mut file, |file| file.set(Scope::Whole, TradingState::Active));
        assert_eq!(told(), None);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_limit_that_people_set_holds_in_the_next_run_until_it_is_set_back_or_the_file_is_tighter() {
        let path = scratch("limits");
        let (file_says, at) =
            (Limits::default(), |key| Limits::TABLE.iter().position(|row| row.key == key).unwrap() as u8);
        let open = |ceiling: &Limits| StatesFile::open(&path, &instruments()).unwrap().below(ceiling);
        let (order, age) = (at("order_notional_max_usd"), at("warm_up_s"));
        let mut file = open(&file_says);
        write(&mut file, |file| file.set_limit(order, 500 * Quote::ONE));
        write(&mut file, |file| file.set_limit(age, file_says.warm_up_ns as i64 * 2));
        assert!(!file.set_limit(order, 500 * Quote::ONE) && !file.set_limit(at("stop_age_s"), 1), "no news");
        let set = |limit, value| CommandKind::SetLimit { limit, value };
        let both = [set(order, 500 * Quote::ONE), set(age, file_says.warm_up_ns as i64 * 2)];
        assert_eq!(open(&file_says).limits().collect::<Vec<_>>(), both);
        let tight = Limits { order_notional_max: Quote::whole(400), ..file_says };
        assert_eq!(open(&tight).limits().collect::<Vec<_>>(), both[1..], "a file that is tighter has the last word");
        let mut file = open(&file_says);
        write(&mut file, |file| file.set_limit(order, file_says.order_notional_max.0));
        assert_eq!(open(&file_says).limits().collect::<Vec<_>>(), both[1..]);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_file_with_any_bit_changed_or_cut_anywhere_is_not_believed() {
        let path = scratch("damaged");
        let mut file = StatesFile::open(&path, &instruments()).unwrap();
        write(&mut file, |file| file.set_losses(StrategyId(0), Losses { day: 1, loss: Quote(2), fall: Quote(3) }));
        write(&mut file, |file| file.set_limit(2, 5));
        write(&mut file, StatesFile::set_flattening);
        write(&mut file, |file| file.set(Scope::Instrument(LINEAR), TradingState::Halted));
        let bytes = std::fs::read(&path).unwrap();
        let is_believed = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            StatesFile::open(&path, &instruments()).is_ok()
        };
        for length in 0..bytes.len() {
            assert!(!is_believed(&bytes[..length]), "cut at {length}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_believed(&flipped), "bit {bit}");
        }
        assert!(is_believed(&bytes));
        let halted = StatesFile::halted(&path, &instruments());
        assert_eq!(halted.states(), [(Scope::Whole, TradingState::Halted)]);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
