//! `indicators`: one bar of an indicator, computed over a million bars at once; of all 61 shapes of candles in one pass;
//! and of 32 indicators bar by bar, as a strategy has them.
//!
//! Owns: the bars (a random walk from a seed), what is asked of every library, and the demand that a library's last values
//! are ours. A library answers what it has by the same definition; what it has not, or means otherwise, it leaves out.
//! Never: an allocation in the time; columns for the answers lie ready.

pub mod ours;

use crate::call::Call;
use crate::error::BenchError;
use crate::machine;
use crate::random::Random;
use crate::report::Report;
use crate::rounds::{Contender, Round, interleave};
use engine_analytics::indicator::pattern;
use engine_ring::clock::Clock;
use ours::Ours;
use serde_json::{Map, json};

/// Bars of a series.
pub const BARS: usize = 1_000_000;
const ROUNDS: usize = 11;
/// How far a library's last value may lie from ours, as a part of it: seeds differ, and fade over a million bars.
const TOLERANCE: f64 = 1e-6;

/// What is asked. Names of the catalogue, with its default parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Plain average of 30.
    Sma,
    /// Exponential average of 30.
    Ema,
    /// Relative strength of 14.
    Rsi,
    /// Averages of 12, 26 and 9.
    Macd,
    /// Bands of 20 bars, two deviations wide.
    Bbands,
    /// Average true range of 14.
    Atr,
    /// Average directional index of 14.
    Adx,
    /// Stochastic of 5, 3 and 3.
    Stoch,
    /// All shapes of candles.
    Patterns,
    /// Bar by bar, as a strategy has them: SMA, EMA, WMA, DEMA, TEMA, TRIMA, KAMA, T3, TRIX, BBANDS, MACD, RSI, CMO, MOM,
    /// ROC, STDDEV, ADX, DX, both DI, ATR, NATR, TRANGE, STOCH, STOCHF, WILLR, CCI, ULTOSC, AROON, MFI, AD, OBV.
    Bundle,
}

impl Question {
    /// All of them. The first is what libraries are compared by in short: everybody has it.
    pub const ALL: [Self; 10] = [
        Self::Sma,
        Self::Ema,
        Self::Rsi,
        Self::Macd,
        Self::Bbands,
        Self::Atr,
        Self::Adx,
        Self::Stoch,
        Self::Patterns,
        Self::Bundle,
    ];

    /// The name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sma => "SMA",
            Self::Ema => "EMA",
            Self::Rsi => "RSI",
            Self::Macd => "MACD",
            Self::Bbands => "BBANDS",
            Self::Atr => "ATR",
            Self::Adx => "ADX",
            Self::Stoch => "STOCH",
            Self::Patterns => "61 patterns",
            Self::Bundle => "32 live",
        }
    }
}

/// A series, a column each.
#[derive(Debug)]
pub struct Bars {
    /// First price.
    pub open: Vec<f64>,
    /// Greatest.
    pub high: Vec<f64>,
    /// Least.
    pub low: Vec<f64>,
    /// Last.
    pub close: Vec<f64>,
    /// What was traded.
    pub volume: Vec<f64>,
}

impl Bars {
    /// A walk of a seed around 100, each bar opening where the last one closed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        // Cents, so that bars are equal and stand still now and then, as real ones do.
        let mut step = |most: u64| random.below(most) as f64 / 100.0;
        let mut bars =
            Self { open: Vec::new(), high: Vec::new(), low: Vec::new(), close: Vec::new(), volume: Vec::new() };
        let mut price: f64 = 100.0;
        for _ in 0..BARS {
            let open = price;
            price = (price + step(101) - 0.5).clamp(50.0, 150.0);
            bars.open.push(open);
            bars.high.push(open.max(price) + step(31));
            bars.low.push(open.min(price) - step(31));
            bars.close.push(price);
            bars.volume.push(1.0 + step(10_000));
        }
        bars
    }
}

/// Room for answers.
#[derive(Debug)]
pub struct Room {
    /// Columns: some libraries give what they had on the way, too.
    pub columns: [Vec<f64>; 7],
    /// Up to four values a bar, one row after the other.
    pub rows: Vec<f64>,
    /// A column a pattern, in the catalogue's order, or a row a bar: one after the other.
    pub signs: Vec<i32>,
}

impl Room {
    /// For a series.
    #[must_use]
    pub fn new() -> Self {
        let columns = std::array::from_fn(|_| vec![0.0; BARS]);
        Self { columns, rows: vec![0.0; 4 * BARS], signs: vec![0; BARS * pattern::COUNT] }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new()
    }
}

/// A library of indicators.
pub trait Library: 'static {
    /// Its name in the report.
    const NAME: &'static str;

    /// Computes the whole series anew: the last value of the first output, or the number of bars with a pattern, or the sum
    /// of the bundle's last first outputs. `None`: it has no such thing.
    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64>;
}

/// How a contender is made, and what it answers.
#[derive(Clone, Copy)]
pub struct Maker(pub for<'a> fn(&'a Bars) -> (Contender<'a>, Vec<Option<f64>>));

/// Ours and the rivals given.
pub fn run(call: &Call, rivals: Vec<Maker>) -> Result<Report, BenchError> {
    let bars = Bars::of(call.seed);
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let (ours, answers) = contender::<Ours>(&bars);
    let mut contenders = vec![ours];
    for Maker(make) in rivals {
        let (contender, others) = make(&bars);
        for ((question, ours), other) in Question::ALL.into_iter().zip(&answers).zip(others) {
            if let (Some(ours), Some(other)) = (ours, other)
                && (ours - other).abs() > TOLERANCE * ours.abs()
            {
                let what = format!("the last value of {}: {other} where ours is {ours}", question.name());
                return Err(BenchError::Differ { rival: contender.name.to_owned(), what });
            }
        }
        contenders.push(contender);
    }
    let series = interleave(&mut contenders, rounds)?;
    drop(contenders);
    let config = json!({ "bars": BARS, "seed": call.seed, "rounds": rounds });
    Ok(Report {
        bench: "indicators",
        question: "what does one bar of an indicator cost, over a million bars at once?",
        sample: "no single bars: they are worked on together",
        headline: "one bar of a plain average of 30; each indicator has a line of its own",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: None,
        series,
        ours: 1,
        per_second_of: Some("-"),
        more: Map::new(),
    })
}

/// A library as a contender, and what it answers.
#[must_use]
pub fn contender<L: Library>(bars: &Bars) -> (Contender<'_>, Vec<Option<f64>>) {
    let mut room = Room::new();
    let answers: Vec<Option<f64>> = Question::ALL.map(|question| L::answer(question, bars, &mut room)).into();
    let asked: Vec<Question> = Question::ALL
        .into_iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.is_some())
        .map(|(asked, _)| asked)
        .collect();
    let clock = Clock::machine();
    let round = move || {
        let times = asked.iter().map(|&question| {
            let start_ns = clock.now();
            std::hint::black_box(L::answer(question, bars, &mut room));
            (question.name(), (clock.now() - start_ns) as f64 / BARS as f64)
        });
        let metrics: Vec<(&'static str, f64)> = times.collect();
        Ok(Round { headline_ns: metrics.first().map(|(_, ns)| *ns), metrics, ..Round::default() })
    };
    (Contender::new(L::NAME, round), answers)
}

/// Passes of ours over the series, nothing timed.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let (bars, mut room) = (Bars::of(call.seed), Room::new());
    for _ in 0..passes {
        for question in Question::ALL {
            std::hint::black_box(Ours::answer(question, &bars, &mut room));
        }
    }
    Ok((passes * BARS) as u64)
}
