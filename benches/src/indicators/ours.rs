//! Our catalogue as a library.

use super::{Bars, Library, Question, Room};
use engine_analytics::indicator::block::{Lag, Moments, Rma, Sma, TrueRange, Wma};
use engine_analytics::indicator::catalogue::find;
use engine_analytics::indicator::momentum::{
    Aroon, Cci, DirectionalSystem, Macd, MoneyFlowIndex, Rate, Stochastic, Swings, Ultimate, WilliamsR,
};
use engine_analytics::indicator::overlap::{Bollinger, Cascade, Kama, Kind, T3, Trima};
use engine_analytics::indicator::pattern::{COUNT, Patterns};
use engine_analytics::indicator::volume::{Accumulation, OnBalance};
use engine_analytics::indicator::{Filter as _, Indicator as _};
use std::hint::black_box;

/// Ours.
#[derive(Debug)]
pub struct Ours;

impl Library for Ours {
    const NAME: &'static str = "ringside";

    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64> {
        let [one, two, three, ..] = &mut room.columns;
        match question {
            Question::Sma | Question::Ema | Question::Rsi => {
                find(question.name()).ok()?.make(&[]).ok()?.run(&[&bars.close], &mut [one]);
            }
            Question::Macd | Question::Bbands => {
                find(question.name()).ok()?.make(&[]).ok()?.run(&[&bars.close], &mut [one, two, three]);
            }
            Question::Atr | Question::Adx => {
                let mut made = find(question.name()).ok()?.make(&[]).ok()?;
                made.run(&[&bars.high, &bars.low, &bars.close], &mut [one]);
            }
            Question::Stoch => {
                let mut made = find(question.name()).ok()?.make(&[]).ok()?;
                made.run(&[&bars.high, &bars.low, &bars.close], &mut [one, two]);
            }
            Question::Patterns => return Some(patterns(bars, &mut room.signs)),
            Question::Bundle => return Some(bundle(bars)),
        }
        room.columns[0].last().copied()
    }
}

/// A row a bar.
fn patterns(bars: &Bars, signs: &mut [i32]) -> f64 {
    let (rows, _) = signs.as_chunks_mut::<COUNT>();
    let mut patterns = Patterns::new();
    let columns = bars.open.iter().zip(&bars.high).zip(&bars.low).zip(&bars.close);
    let mut found = 0;
    for (row, (((open, high), low), close)) in rows.iter_mut().zip(columns) {
        *row = patterns.next([*open, *high, *low, *close]);
        found += row.iter().filter(|sign| **sign != 0).count();
    }
    found as f64
}

/// The sum of the last values of the bundle's first outputs. As a strategy has them: by type, not by name; what several of
/// them are made of, once.
fn bundle(bars: &Bars) -> f64 {
    let (mut sma, mut wma, mut trima) = (Sma::new(30), Wma::new(30), Trima::new(30));
    // EMA, DEMA, TEMA and TRIX of 30.
    let (mut cascade, mut trix) = (Cascade::new(30), Rate::percent(1));
    let (mut kama, mut t3) = (Kama::new(30), T3::new(5, 0.7));
    let (mut bands, mut deviation) = (Bollinger::new(20, 2.0, 2.0, Kind::Sma), Moments::new(5));
    // RSI and CMO of 14; MOM and ROC of 10.
    let (mut macd, mut swings, mut lag) = (Macd::new(12, 26, 9), Swings::new(14), Lag::new(10));
    // Both DI, DX and ADX of 14; ATR, NATR and TRANGE; STOCH and STOCHF.
    let (mut system, mut true_range, mut range) = (DirectionalSystem::new(14), TrueRange::new(), Rma::new(14));
    let mut stochastic = Stochastic::new(5, (3, Kind::Sma), (3, Kind::Sma));
    let (mut williams, mut channel, mut ultimate) = (WilliamsR::new(14), Cci::new(14), Ultimate::new([7, 14, 28]));
    let (mut aroon, mut flow) = (Aroon::new(14), MoneyFlowIndex::new(14));
    let (mut accumulation, mut on_balance) = (Accumulation::default(), OnBalance::default());
    let mut sum = 0.0;
    for ((high, low), (close, volume)) in bars.high.iter().zip(&bars.low).zip(bars.close.iter().zip(&bars.volume)) {
        let (high, low, close, volume) = (*high, *low, *close, *volume);
        let bar = [high, low, close];
        let averaged = cascade.next(close);
        let averages = [sma.next(close), averaged.once, wma.next(close), averaged.dema(), averaged.tema()];
        let others = [trima.next(close), kama.next(close), t3.next(close), trix.next(averaged.thrice)];
        let [upper, middle, lower] = bands.update([close]);
        let [line, signal, histogram] = macd.update([close]);
        let (swing, before) = (swings.next(close), lag.next(close));
        let closes = [swing.rsi(), swing.cmo(), close - before, 100.0 * ((close - before) / before)];
        let spread = deviation.next(close).1.sqrt();
        let told = system.next(bar);
        let direction = told.map_or([f64::NAN; 4], |it| [it.direction.plus, it.direction.minus, it.dx, it.adx]);
        let true_range = true_range.next(high, low, close);
        let range = range.next(true_range);
        let ranges = [range, range / close * 100.0, true_range];
        let [place, k, d] = stochastic.all(bar);
        let [down, up] = aroon.update([high, low]);
        let [williams, channel, ultimate] =
            [williams.update(bar), channel.update(bar), ultimate.update(bar)].map(|[it]| it);
        let [flow] = flow.update([high, low, close, volume]);
        let [accumulation] = accumulation.update([high, low, close, volume]);
        let [on_balance] = on_balance.update([close, volume]);
        black_box([middle, lower, signal, histogram, d, up]);
        let one = averages.iter().chain(&others).chain(&closes).chain(&direction).chain(&ranges).sum::<f64>();
        let last = [k, place, williams, channel, ultimate, down, flow, accumulation, on_balance];
        sum = one + upper + line + spread + last.iter().sum::<f64>();
        black_box(sum);
    }
    sum
}
