//! Indicators of the catalogue for scripts: declared by name in `start`, fed by each bar that is over before the script hears
//! of it, read at the call.
//!
//! Owns: which are declared, their streams (one for each instrument), their newest values, and what they take of a call's
//! steps. Never: a bar that is not over. They live and end with their script: whoever is made anew declares them again, and
//! learns the bars that are kept.

use crate::sandbox::STEPS_MAX;
use engine_analytics::bar::Candle;
use engine_analytics::indicator::catalogue::{Entry, Running, find, nearest};
use engine_core::strategy::bars::{Bar, KEPT};
use engine_model::units::Nanos;
use rhai::{Dynamic, Engine, EvalAltResult, FLOAT, INT, Map};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Steps of a call that an indicator takes by itself, and one more for each bar that it looks back.
const STEPS_EACH: u64 = 64;
/// Steps that all of a script may take of each call: the other half is the script's own.
const STEPS_ALL: u64 = STEPS_MAX / 2;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// A column of a bar, in ticks and lots.
#[derive(Clone, Copy)]
struct Column(&'static str, fn(&Candle) -> f64);

/// All that a bar has.
const COLUMNS: [Column; 10] = [
    Column("open", |candle| candle.open.0 as f64),
    Column("high", |candle| candle.high.0 as f64),
    Column("low", |candle| candle.low.0 as f64),
    Column("close", |candle| candle.close.0 as f64),
    Column("volume", |candle| candle.volume.0 as f64),
    Column("buy", |candle| candle.buy_volume.0 as f64),
    Column("sell", |candle| (candle.volume.0 - candle.buy_volume.0) as f64),
    Column("delta", |candle| (2 * candle.buy_volume.0 - candle.volume.0) as f64),
    Column("trades", |candle| f64::from(candle.trades)),
    Column("time_ms", |candle| (candle.start_at_ns.0 / Nanos::MILLI) as f64),
];

/// One of an instrument: what it is, and its newest values.
#[derive(Debug)]
struct Stream {
    running: Running,
    values: Vec<f64>,
}

/// One that was declared.
struct Declared {
    entry: &'static Entry,
    frame: usize,
    columns: Vec<Column>,
    /// By place of the instrument.
    streams: Vec<Stream>,
}

/// What it remembers, and nothing that another process has elsewhere: two runs are compared by this text.
impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, frame, streams, .. } = self;
        write!(f, "{} {frame} {streams:?}", entry.name)
    }
}

/// Those of one script.
#[derive(Debug)]
struct Board {
    /// Lengths of bars, and instruments.
    frames: usize,
    instruments: usize,
    /// Whether more may be declared: while it starts.
    is_open: bool,
    steps: u64,
    all: Vec<Declared>,
}

/// Reached from the functions that a script calls, which own what they use.
#[derive(Clone, Debug)]
pub(crate) struct Indicators(Arc<Mutex<Board>>);

/// What a script holds of one.
#[derive(Clone)]
struct Handle {
    board: Indicators,
    at: usize,
}

impl Indicators {
    /// Of a script that has not started.
    pub(crate) fn new(frames: usize, instruments: usize) -> Self {
        Self(Arc::new(Mutex::new(Board { frames, instruments, is_open: true, steps: 0, all: Vec::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It has started: no more are declared. What is left to its own steps of each call.
    pub(crate) fn close(&self) -> u64 {
        let mut board = self.lock();
        board.is_open = false;
        STEPS_MAX - board.steps
    }

    /// A bar of the instrument at that place is over.
    pub(crate) fn learn(&self, place: usize, bar: &Bar) {
        for declared in self.lock().all.iter_mut().filter(|declared| declared.frame == bar.frame) {
            let Declared { columns, streams, .. } = declared;
            let input: Vec<f64> = columns.iter().map(|Column(_, of)| of(&bar.candle)).collect();
            let Stream { running, values } = &mut streams[place];
            running.update(&input, values);
        }
    }

    /// The functions of a script.
    pub(crate) fn register(&self, engine: &mut Engine) {
        let board = self.clone();
        engine.register_fn("indicator", move |name: &str| board.declare(name, &Map::new(), 0));
        let board = self.clone();
        engine.register_fn("indicator", move |name: &str, params: Map| board.declare(name, &params, 0));
        let board = self.clone();
        engine.register_fn("indicator", move |name: &str, params: Map, frame: INT| board.declare(name, &params, frame));
        engine.register_type_with_name::<Handle>("indicator");
        engine.register_fn("value", |of: &mut Handle, place: INT| of.value(place, None));
        engine.register_fn("value", |of: &mut Handle, place: INT, output: &str| of.value(place, Some(output)));
    }

    fn declare(&self, name: &str, params: &Map, frame: INT) -> Answer<Handle> {
        let mut board = self.lock();
        if !board.is_open {
            return Err(format!("indicator {name}: declare it in `start`, and keep what it gives in the map").into());
        }
        let frame = board.frame(name, frame)?;
        let entry = find(name).map_err(|fault| fault.to_string())?;
        let columns = columns(entry)?;
        let set: Vec<(&str, f64)> = params
            .iter()
            .map(|(name, value)| Ok((name.as_str(), number(entry, name, value)?)))
            .collect::<Answer<_>>()?;
        let stream = || {
            let running = entry.make(&set).map_err(|fault| fault.to_string())?;
            Ok(Stream { running, values: vec![f64::NAN; entry.outputs.len()] })
        };
        let first = stream()?;
        board.take_steps(entry, first.running.lookback())?;
        let others = (1..board.instruments).map(|_| stream());
        let streams = std::iter::once(Ok(first)).chain(others).collect::<Answer<_>>()?;
        board.all.push(Declared { entry, frame, columns, streams });
        Ok(Handle { board: self.clone(), at: board.all.len() - 1 })
    }
}

impl Board {
    fn frame(&self, name: &str, found: INT) -> Answer<usize> {
        let frames = self.frames;
        let frame = usize::try_from(found).ok().filter(|frame| *frame < frames);
        frame.ok_or_else(|| match frames {
            0 => format!("indicator {name}: `about` names no `bars`, and it is made of them").into(),
            _ => format!("indicator {name}: length {found} of its bars, it has {frames}, from 0").into(),
        })
    }

    /// Its work is a part of each call's.
    fn take_steps(&mut self, entry: &Entry, lookback: usize) -> Answer<()> {
        if lookback >= KEPT {
            let told = format!("{} looks back at {lookback} bars, accepted: less than {KEPT}", entry.name);
            return Err((told + ", as many as are kept to be learned again").into());
        }
        self.steps += STEPS_EACH + lookback as u64;
        if self.steps > STEPS_ALL {
            let Self { steps, .. } = self;
            let told = format!("{}: all indicators take {steps} steps of each call, accepted: {STEPS_ALL}", entry.name);
            return Err((told + " (64 each, and one for each bar that it looks back)").into());
        }
        Ok(())
    }
}

impl Handle {
    /// The newest value; nothing before enough bars were seen, or where there is none.
    fn value(&self, place: INT, output: Option<&str>) -> Answer<Dynamic> {
        let board = self.board.lock();
        let Declared { entry, streams, .. } = &board.all[self.at];
        let stream = usize::try_from(place).ok().and_then(|place| streams.get(place));
        let stream = stream.ok_or_else(|| format!("instrument {place}: it has {}, from 0", streams.len()))?;
        let at = match output {
            None => 0,
            Some(output) => entry.outputs.iter().position(|known| *known == output).ok_or_else(|| {
                let near = nearest(output, entry.outputs.iter().copied()).join(", ");
                format!("{} gives no {output}; nearest: {near}", entry.name)
            })?,
        };
        let value = stream.values[at];
        Ok(if value.is_finite() { Dynamic::from_float(value) } else { Dynamic::UNIT })
    }
}

/// What it takes of a bar.
fn columns(entry: &Entry) -> Answer<Vec<Column>> {
    let one = |name: &str| COLUMNS.into_iter().find(|Column(known, _)| *known == name).ok_or(name.to_owned());
    let columns = entry.columns().map(one).collect::<Result<Vec<_>, String>>();
    columns.map_err(|lacks| {
        let has: Vec<&str> = COLUMNS.iter().map(|Column(name, _)| *name).collect();
        format!("{} is made of `{lacks}`, which bars do not have: they have {}", entry.name, has.join(", ")).into()
    })
}

fn number(entry: &Entry, name: &str, value: &Dynamic) -> Answer<FLOAT> {
    let found = value.as_float().or_else(|_| value.as_int().map(|whole| whole as FLOAT));
    found.map_err(|kind| format!("{} {name}: found a {kind}, accepted: a number", entry.name).into())
}
