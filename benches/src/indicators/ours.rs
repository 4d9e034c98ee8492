//! Our catalogue as a library.

use super::{Bars, Library, Question, Room};
use engine_analytics::indicator::block::{Ema, Moments, Sma, TrueRange, Wma};
use engine_analytics::indicator::catalogue::find;
use engine_analytics::indicator::momentum::{
    Adx, Aroon, Cci, Cmo, Directional, Dx, Macd, MoneyFlowIndex, Rate, Rsi, Stochastic, Trix, Ultimate, WilliamsR,
};
use engine_analytics::indicator::overlap::{Bollinger, Dema, Kama, Kind, T3, Tema, Trima};
use engine_analytics::indicator::pattern::{COUNT, Patterns};
use engine_analytics::indicator::volatility::Atr;
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
        *row = patterns.next([*open, *high, *low, *close]).map(|sign| sign as i32);
        found += row.iter().filter(|sign| **sign != 0).count();
    }
    found as f64
}

/// The sum of the last values of the bundle's first outputs. As a strategy has them: by type, not by name; what two of them
/// are made of, once.
fn bundle(bars: &Bars) -> f64 {
    let (mut sma, mut ema, mut wma) = (Sma::new(30), Ema::new(30), Wma::new(30));
    let (mut dema, mut tema, mut trima) = (Dema::new(30), Tema::new(30), Trima::new(30));
    let (mut kama, mut t3, mut trix) = (Kama::new(30), T3::new(5, 0.7), Trix::new(30));
    let (mut bands, mut deviation) = (Bollinger::new(20, 2.0, 2.0, Kind::Sma), Moments::new(5));
    let (mut macd, mut rsi, mut cmo) = (Macd::new(12, 26, 9), Rsi::new(14), Cmo::new(14));
    let (mut momentum, mut rate) = (Rate::difference(10), Rate::percent(10));
    let (mut adx, mut dx, mut directional) = (Adx::new(14), Dx::new(14), Directional::new(14));
    let (mut atr, mut true_range) = (Atr::new(14), TrueRange::new());
    let mut stochastic = Stochastic::new(5, (3, Kind::Sma), (3, Kind::Sma));
    let mut fast = Stochastic::fast(5, (3, Kind::Sma));
    let (mut williams, mut channel, mut ultimate) = (WilliamsR::new(14), Cci::new(14), Ultimate::new([7, 14, 28]));
    let (mut aroon, mut flow) = (Aroon::new(14), MoneyFlowIndex::new(14));
    let (mut accumulation, mut on_balance) = (Accumulation::default(), OnBalance::default());
    let mut sum = 0.0;
    for ((high, low), (close, volume)) in bars.high.iter().zip(&bars.low).zip(bars.close.iter().zip(&bars.volume)) {
        let (high, low, close, volume) = (*high, *low, *close, *volume);
        let bar = [high, low, close];
        let averages = [sma.next(close), ema.next(close), wma.next(close), dema.next(close), tema.next(close)];
        let others = [trima.next(close), kama.next(close), t3.next(close), trix.next(close)];
        let [upper, middle, lower] = bands.update([close]);
        let [line, signal, histogram] = macd.update([close]);
        let closes = [rsi.next(close), cmo.next(close), momentum.next(close), rate.next(close)];
        let spread = deviation.next(close).1.sqrt();
        let direction = directional.next(high, low, close).map_or([f64::NAN; 2], |it| [it.plus, it.minus]);
        let range = atr.next(high, low, close);
        let ranges = [range, range / close * 100.0, true_range.next(high, low, close)];
        let [k, d] = stochastic.update(bar);
        let [fast_k, fast_d] = fast.update(bar);
        let [down, up] = aroon.update([high, low]);
        let [adx, dx, williams, channel, ultimate] =
            [adx.update(bar), dx.update(bar), williams.update(bar), channel.update(bar), ultimate.update(bar)]
                .map(|[it]| it);
        let [flow] = flow.update([high, low, close, volume]);
        let [accumulation] = accumulation.update([high, low, close, volume]);
        let [on_balance] = on_balance.update([close, volume]);
        black_box([middle, lower, signal, histogram, d, fast_d, up]);
        let one = averages.iter().chain(&others).chain(&closes).chain(&direction).chain(&ranges).sum::<f64>();
        let last = [adx, dx, k, fast_k, williams, channel, ultimate, down, flow, accumulation, on_balance];
        sum = one + upper + line + spread + last.iter().sum::<f64>();
        black_box(sum);
    }
    sum
}
