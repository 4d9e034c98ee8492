//! Other people's indicators: `ta-lib` (the C library in Rust) and `kand` by their batch functions, `wickra` by its batches
//! and, under a name of its own, by the variant that trades exact bits for speed, `ta` and `yata` bar by bar, as they are
//! meant.
//!
//! A library is asked for what it has by the definition that is ours: `ta` averages its RSI and ATR otherwise.

use benches::indicators::{BARS, Bars, Library, Maker, Question, Room, contender};
use ta::Next as _;
use ta_lib::abstract_api::{FuncId, get_func_handle};
use ta_lib::{Core, MAType};
use wickra::Indicator as _;
use yata::core::Method as _;

/// Every rival by name.
pub(crate) fn rivals() -> Vec<(&'static str, Maker)> {
    vec![
        (TaLib::NAME, Maker(contender::<TaLib>)),
        (Wickra::NAME, Maker(contender::<Wickra>)),
        (WickraFast::NAME, Maker(contender::<WickraFast>)),
        (Kand::NAME, Maker(contender::<Kand>)),
        (Ta::NAME, Maker(contender::<Ta>)),
        (Yata::NAME, Maker(contender::<Yata>)),
    ]
}

struct TaLib;

impl Library for TaLib {
    const NAME: &'static str = "ta-lib";

    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64> {
        let core = Core::new();
        let Bars { high, low, close, .. } = bars;
        let [one, two, three, ..] = &mut room.columns;
        let (last, plain) = (BARS - 1, MAType::SMA);
        let range = match question {
            Question::Sma => core.sma(0, last, close, 30, one),
            Question::Ema => core.ema(0, last, close, 30, one),
            Question::Rsi => core.rsi(0, last, close, 14, one),
            Question::Macd => core.macd(0, last, close, 12, 26, 9, one, two, three),
            Question::Bbands => core.bbands(0, last, close, 20, 2.0, 2.0, plain, one, two, three),
            Question::Atr => core.atr(0, last, high, low, close, 14, one),
            Question::Adx => core.adx(0, last, high, low, close, 14, one),
            Question::Stoch => core.stoch(0, last, high, low, close, 5, 3, plain, 3, plain, one, two),
            Question::Patterns => return patterns(&core, bars, &mut room.signs),
            Question::Bundle => return bundle(&core, bars),
        };
        // It writes its first value at the beginning, whichever bar that is of.
        one.get(range.ok()?.count - 1).copied()
    }
}

/// A column a pattern.
fn patterns(core: &Core, bars: &Bars, signs: &mut [i32]) -> Option<f64> {
    let names = engine_analytics::indicator::pattern::NAMES;
    let mut found = 0;
    for (name, column) in names.into_iter().zip(signs.chunks_mut(BARS)) {
        let pattern: FuncId = get_func_handle(name)?;
        let mut call = pattern.new_call(core);
        let [open, high, low, close] =
            [&bars.open, &bars.high, &bars.low, &bars.close].map(|column| Some(column.as_slice()));
        call.set_price_input(0, open, high, low, close, None, None).ok()?.set_int_output(0, column).ok()?;
        let count = call.call(0, BARS - 1).ok()?.count;
        found += column[..count].iter().filter(|sign| **sign != 0).count();
    }
    Some(found as f64)
}

/// Bars that a stream is opened with.
const OPENED: usize = 200;

type Stream = Box<dyn FnMut([f64; 4]) -> Option<f64>>;

/// The sum of the last values of all of the bundle, each a stream of its own.
fn bundle(core: &Core, bars: &Bars) -> Option<f64> {
    let mut streams = streams(core, bars)?;
    let columns = bars.high.iter().zip(&bars.low).zip(&bars.close).zip(&bars.volume).skip(OPENED);
    let mut sum = 0.0;
    for (((high, low), close), volume) in columns {
        let bar = [*high, *low, *close, *volume];
        sum = 0.0;
        for stream in &mut streams {
            sum += stream(bar)?;
        }
    }
    Some(sum)
}

/// One stream behind a pointer, as ours are: what it is opened with, what it takes of a bar, what of its answer counts.
macro_rules! stream {
    ($open:expr, $high:ident $low:ident $close:ident $volume:ident ($($take:ident),+) $first:pat => $value:ident) => {{
        let (mut stream, _) = $open.ok()?;
        Box::new(move |[$high, $low, $close, $volume]: [f64; 4]| {
            let $first = stream.update($($take),+).ok()?;
            Some($value)
        }) as Stream
    }};
}

fn streams(core: &Core, bars: &Bars) -> Option<Vec<Stream>> {
    let [h, l, c, v] = [&bars.high, &bars.low, &bars.close, &bars.volume].map(|column| &column[..OPENED]);
    let plain = MAType::SMA;
    Some(vec![
        stream!(core.sma_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.ema_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.wma_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.dema_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.tema_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.trima_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.kama_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.t3_open(c, 5, 0.7), _high _low close _volume (close) value => value),
        stream!(core.bbands_open(c, 20, 2.0, 2.0, plain), _high _low close _volume (close) (value, _, _) => value),
        stream!(core.macd_open(c, 12, 26, 9), _high _low close _volume (close) (value, _, _) => value),
        stream!(core.rsi_open(c, 14), _high _low close _volume (close) value => value),
        stream!(core.cmo_open(c, 14), _high _low close _volume (close) value => value),
        stream!(core.mom_open(c, 10), _high _low close _volume (close) value => value),
        stream!(core.roc_open(c, 10), _high _low close _volume (close) value => value),
        stream!(core.trix_open(c, 30), _high _low close _volume (close) value => value),
        stream!(core.stddev_open(c, 5, 1.0), _high _low close _volume (close) value => value),
        stream!(core.adx_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.dx_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.plus_di_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.minus_di_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.atr_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.natr_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.trange_open(h, l, c), high low close _volume (high, low, close) value => value),
        stream!(core.stoch_open(h, l, c, 5, 3, plain, 3, plain),
             high low close _volume (high, low, close) (value, _) => value),
        stream!(core.stochf_open(h, l, c, 5, 3, plain), high low close _volume (high, low, close) (value, _) => value),
        stream!(core.willr_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.cci_open(h, l, c, 14), high low close _volume (high, low, close) value => value),
        stream!(core.ultosc_open(h, l, c, 7, 14, 28), high low close _volume (high, low, close) value => value),
        stream!(core.aroon_open(h, l, 14), high low _close _volume (high, low) (value, _) => value),
        stream!(core.mfi_open(h, l, c, v, 14), high low close volume (high, low, close, volume) value => value),
        stream!(core.ad_open(h, l, c, v), high low close volume (high, low, close, volume) value => value),
        stream!(core.obv_open(c, v), _high _low close volume (close, volume) value => value),
    ])
}

/// The first value of the last row of so many values each.
fn last_row(rows: &[f64], width: usize) -> Option<f64> {
    rows.get((BARS - 1) * width).copied()
}

struct Wickra;

impl Library for Wickra {
    const NAME: &'static str = "wickra";

    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64> {
        let one = &mut room.columns[0];
        match question {
            Question::Sma => wickra::Sma::new(30).ok()?.batch_nan_into(&bars.close, one),
            Question::Ema => wickra::Ema::new(30).ok()?.batch_nan_into(&bars.close, one),
            Question::Rsi => wickra::Rsi::new(14).ok()?.batch_nan_into(&bars.close, one),
            Question::Atr => wickra::Atr::new(14).ok()?.batch_atr_into(&bars.high, &bars.low, &bars.close, one),
            Question::Macd => {
                let rows = &mut room.rows[..3 * BARS];
                wickra::MacdIndicator::new(12, 26, 9).ok()?.batch_macd_into(&bars.close, rows);
                return last_row(rows, 3);
            }
            Question::Bbands => {
                let rows = &mut room.rows[..4 * BARS];
                wickra::BollingerBands::new(20, 2.0).ok()?.batch_bands_into(&bars.close, rows);
                return last_row(rows, 4);
            }
            Question::Adx | Question::Stoch | Question::Patterns | Question::Bundle => return None,
        }
        one.last().copied()
    }
}

struct WickraFast;

impl Library for WickraFast {
    const NAME: &'static str = "wickra-fast";

    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64> {
        let one = &mut room.columns[0];
        match question {
            Question::Sma => wickra::Sma::new(30).ok()?.batch_fast_into(&bars.close, one),
            Question::Ema => wickra::Ema::new(30).ok()?.batch_fast_into(&bars.close, one),
            Question::Rsi => wickra::Rsi::new(14).ok()?.batch_fast_into(&bars.close, one),
            Question::Atr => wickra::Atr::new(14).ok()?.batch_atr_fast_into(&bars.high, &bars.low, &bars.close, one),
            Question::Macd => {
                let rows = &mut room.rows[..3 * BARS];
                wickra::MacdIndicator::new(12, 26, 9).ok()?.batch_macd_fast_into(&bars.close, rows);
                return last_row(rows, 3);
            }
            Question::Bbands => {
                let rows = &mut room.rows[..4 * BARS];
                wickra::BollingerBands::new(20, 2.0).ok()?.batch_bands_fast_into(&bars.close, rows);
                return last_row(rows, 4);
            }
            Question::Adx | Question::Stoch | Question::Patterns | Question::Bundle => return None,
        }
        one.last().copied()
    }
}

struct Kand;

impl Library for Kand {
    const NAME: &'static str = "kand";

    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64> {
        use kand::ohlcv::{atr, bbands, ema, macd, rsi, sma};
        let Bars { high, low, close, .. } = bars;
        let [one, two, three, four, five, six, seven] = &mut room.columns;
        match question {
            Question::Sma => sma::sma(close, 30, one),
            Question::Ema => ema::ema(close, 30, None, one),
            Question::Rsi => rsi::rsi(close, 14, one, two, three),
            Question::Macd => macd::macd(close, 12, 26, 9, one, two, three, four, five),
            Question::Bbands => bbands::bbands(close, 20, 2.0, 2.0, one, two, three, four, five, six, seven),
            Question::Atr => atr::atr(high, low, close, 14, one),
            Question::Adx | Question::Stoch | Question::Patterns | Question::Bundle => return None,
        }
        .ok()?;
        one.last().copied()
    }
}

/// Writes what a stream says of every close; what comes of the last.
fn each(closes: &[f64], column: &mut [f64], mut next: impl FnMut(f64) -> f64) -> Option<f64> {
    closes.iter().zip(&mut *column).for_each(|(close, value)| *value = next(*close));
    column.last().copied()
}

struct Ta;

impl Library for Ta {
    const NAME: &'static str = "ta";

    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64> {
        use ta::indicators::MovingAverageConvergenceDivergence as Macd;
        use ta::indicators::{BollingerBands, ExponentialMovingAverage, SimpleMovingAverage};
        let [one, two, three, ..] = &mut room.columns;
        let mut others = two.iter_mut().zip(three);
        match question {
            Question::Sma => {
                let mut average = SimpleMovingAverage::new(30).ok()?;
                each(&bars.close, one, |close| average.next(close))
            }
            Question::Ema => {
                let mut average = ExponentialMovingAverage::new(30).ok()?;
                each(&bars.close, one, |close| average.next(close))
            }
            Question::Macd => {
                let mut macd = Macd::new(12, 26, 9).ok()?;
                each(&bars.close, one, |close| {
                    let (value, signal, histogram) = macd.next(close).into();
                    if let Some((two, three)) = others.next() {
                        (*two, *three) = (signal, histogram);
                    }
                    value
                })
            }
            Question::Bbands => {
                let mut bands = BollingerBands::new(20, 2.0).ok()?;
                each(&bars.close, one, |close| {
                    let value = bands.next(close);
                    if let Some((two, three)) = others.next() {
                        (*two, *three) = (value.average, value.lower);
                    }
                    value.upper
                })
            }
            _ => None,
        }
    }
}

struct Yata;

impl Library for Yata {
    const NAME: &'static str = "yata";

    fn answer(question: Question, bars: &Bars, room: &mut Room) -> Option<f64> {
        let first = bars.close.first()?;
        match question {
            Question::Sma => {
                let mut average = yata::methods::SMA::new(30, first).ok()?;
                each(&bars.close, &mut room.columns[0], |close| average.next(&close))
            }
            Question::Ema => {
                let mut average = yata::methods::EMA::new(30, first).ok()?;
                each(&bars.close, &mut room.columns[0], |close| average.next(&close))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_means_what_we_mean() {
        let call = benches::Call { rounds: Some(1), ..benches::Call::default() };
        let rivals = rivals().into_iter().map(|(_, maker)| maker).collect();
        let report = benches::indicators::run(&call, rivals).expect("equal answers");
        assert_eq!(report.series.len(), 7);
    }
}
