//! What is wrong with a rule before it costs money: it sees bars that had not come yet, or an indicator of it has not settled
//! when the rule begins to believe it.
//!
//! Owns: how a rule is tried on less than it had. The rule is a function of a series, so anything that decides can be tried.
//! Never: a look inside.

use super::series::{Bar, Series};
use engine_analytics::signal::Wanted;

/// Places where the whole series is cut.
const CUTS: usize = 48;
/// Closes of a stretch, each of which is cut right behind; at least, for a rule that needs little.
const CLOSES: usize = 64;
/// Bars that all stretches together may take; beyond it some are left out, evenly.
const WORK: usize = 2_000_000_000;
/// Beginnings from which indicators are started anew.
const STARTS: usize = 8;
/// An indicator that differs by no more has settled, as a share of its own size.
pub const SETTLED: f64 = 1e-6;
/// An indicator that differs by more when it is first believed is told as biased.
pub const BIASED: f64 = 0.01;

/// What a rule wants after each close of a series.
pub type Decides<'a> = &'a dyn Fn(&Series) -> Vec<Wanted>;
/// An indicator's value after each close.
pub type Computes<'a> = &'a dyn Fn(&Series) -> Vec<f64>;

/// An opinion that depends on bars after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foresight {
    /// After whose close.
    pub bar: usize,
    /// The first bar that was taken away or changed.
    pub hidden_from: usize,
    /// What was wanted with all bars.
    pub with: Wanted,
    /// What is wanted without.
    pub without: Wanted,
}

impl Foresight {
    /// It looks at least so far ahead.
    #[must_use]
    pub fn ahead(&self) -> usize {
        self.hidden_from - self.bar
    }
}

/// What was tried, and the worst that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Closes right behind which the future was taken away.
    pub closes: usize,
    /// Of so many.
    pub of: usize,
    /// Of all differences the one that looks least far ahead.
    pub foresight: Option<Foresight>,
}

/// Tries a rule on series that end early, and on series that go on in another way: what it wanted before must be the same.
///
/// The whole series is cut at some places. And at every close, so that one peek among a hundred thousand bars is found, too:
/// there the series is a stretch that begins `needs` bars before (what the rule needs), held against the same stretch that
/// goes on; else each close would cost as much as the whole.
///
/// # Panics
/// If the rule has more or fewer opinions than bars.
#[must_use]
pub fn foresight(series: &Series, decides: Decides<'_>, needs: usize) -> Looked {
    let mut look = Look { decides, worst: None };
    let whole = look.opinions(series);
    for cut in cuts(&whole) {
        look.at(series, 0, cut, &whole);
    }
    let closes = needs.max(CLOSES);
    let (length, bars) = (needs + 2 * closes, series.len());
    let stretches = bars.div_ceil(closes);
    let every = (stretches.saturating_mul(closes * length * 2)).div_ceil(WORK).max(1);
    let mut tried = 0;
    for first in (0..stretches).step_by(every).map(|stretch| stretch * closes) {
        let begin = first.saturating_sub(needs);
        let part = series.part(begin..(begin + length).min(bars));
        let opinions = look.opinions(&part);
        for cut in (first + 1..=first + closes).filter(|cut| *cut < bars) {
            look.at(&part, begin, cut - begin, &opinions);
            tried += 1;
        }
    }
    Looked { closes: tried, of: bars.saturating_sub(1), foresight: look.worst }
}

/// A rule that is tried.
struct Look<'a> {
    decides: Decides<'a>,
    worst: Option<Foresight>,
}

impl Look<'_> {
    fn opinions(&self, series: &Series) -> Vec<Wanted> {
        let opinions = (self.decides)(series);
        assert_eq!(opinions.len(), series.len(), "an opinion for each bar");
        opinions
    }

    /// Takes away what is behind a cut, and changes it; `series` begins with bar `begin` of all.
    fn at(&mut self, series: &Series, begin: usize, cut: usize, whole: &[Wanted]) {
        if cut >= series.len() {
            return;
        }
        for tried in [series.part(0..cut), otherwise(series, cut)] {
            let opinions = self.opinions(&tried);
            // The last difference is the one that looks least far.
            let Some(bar) = (0..cut).rev().find(|bar| opinions[*bar] != whole[*bar]) else { continue };
            let found =
                Foresight { bar: begin + bar, hidden_from: begin + cut, with: whole[bar], without: opinions[bar] };
            self.worst = self.worst.filter(|worst| worst.ahead() <= found.ahead()).or(Some(found));
        }
    }
}

/// At changes of opinion and just after them, where a look ahead shows, and evenly between.
fn cuts(whole: &[Wanted]) -> Vec<usize> {
    let bars = whole.len();
    let changes: Vec<usize> = (1..bars).filter(|bar| whole[*bar] != whole[bar - 1]).collect();
    let step = changes.len().div_ceil(CUTS / 2).max(1);
    let at_changes = changes.iter().step_by(step).flat_map(|bar| [*bar, bar + 1, bar + 2]);
    let even = (1..CUTS).map(|n| n * bars / CUTS);
    let mut cuts: Vec<usize> = at_changes.chain(even).filter(|cut| (1..bars).contains(cut)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// The same bars up to `cut`, then those before it in the order backwards: as many, and other ones.
fn otherwise(series: &Series, cut: usize) -> Series {
    let mut other = series.part(0..cut);
    for bar in cut..series.len() {
        let from = cut - 1 - (bar - cut) % cut;
        let [open, high, low, close] = [series.open(), series.high(), series.low(), series.close()].map(|of| of[from]);
        let bar = Bar { time_ms: series.time_ms()[bar], open, high, low, close };
        assert!(other.push(bar).is_ok(), "bars of a series, at times of the same series");
    }
    other
}

/// How far an indicator that starts anew is from one that has run all along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// The largest difference when it is first believed, as a share of its own size.
    pub difference: f64,
    /// The start of the series that it was seen at.
    pub start: usize,
    /// Bars after a start until it has [`SETTLED`] at all starts; `None`: it never does.
    pub settles_after: Option<usize>,
}

impl Memory {
    /// Whether the rule believes it too early.
    #[must_use]
    pub fn is_biased(&self) -> bool {
        self.difference > BIASED
    }
}

/// Starts an indicator anew at several bars and holds it against itself, from the bar on at which a rule that needs `needs`
/// bars first believes it. `None` where the series is too short to try.
///
/// # Panics
/// If the indicator has more or fewer values than bars.
#[must_use]
pub fn memory(series: &Series, computes: Computes<'_>, needs: usize) -> Option<Memory> {
    let whole = computes(series);
    assert_eq!(whole.len(), series.len(), "a value for each bar");
    let room = series.len().checked_sub(needs).filter(|room| *room > STARTS)?;
    // Of its own size over the series: a difference beside a value that is near 0 by chance says nothing.
    let known: Vec<f64> = whole.iter().copied().filter(|value| value.is_finite()).collect();
    let size = (known.iter().map(|value| value * value).sum::<f64>() / known.len().max(1) as f64).sqrt();
    let mut memory = Memory { difference: 0.0, start: 0, settles_after: Some(needs) };
    // The later half is left for what follows a start.
    for start in (1..=STARTS).map(|n| (n * room / (2 * STARTS)).max(1)) {
        let anew = computes(&series.part(start..series.len()));
        assert_eq!(anew.len(), series.len() - start, "a value for each bar");
        let apart = |bar: usize| {
            let (new, old) = (anew[bar], whole[start + bar]);
            if new.to_bits() == old.to_bits() { 0.0 } else { (new - old).abs() / size }
        };
        let first = apart(needs.max(1) - 1);
        if first.is_nan() || first > memory.difference {
            (memory.difference, memory.start) = (if first.is_nan() { f64::INFINITY } else { first }, start);
        }
        // A NaN is not settled, either.
        let is_settled = |bar: usize| apart(bar) <= SETTLED;
        let last = (needs.max(1) - 1..anew.len()).rev().find(|bar| !is_settled(*bar));
        let settled = match last {
            None => Some(needs),
            Some(bar) if bar + 1 == anew.len() => None,
            Some(bar) => Some(bar + 2),
        };
        memory.settles_after = memory.settles_after.zip(settled).map(|(a, b)| a.max(b));
    }
    Some(memory)
}

/// Bars on which a rule that starts anew at `start` wants something else than one that ran all along, and how many there are.
#[must_use]
pub fn disagreements(series: &Series, decides: Decides<'_>, start: usize, needs: usize) -> (usize, usize) {
    let (whole, anew) = (decides(series), decides(&series.part(start..series.len())));
    let from = needs.max(1) - 1;
    let pairs = anew.iter().zip(&whole[start..]).skip(from);
    (pairs.filter(|(new, old)| new != old).count(), anew.len().saturating_sub(from))
}
