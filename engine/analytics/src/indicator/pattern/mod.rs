//! The 61 shapes of candles that TA-Lib knows: 100 for one that speaks for rising prices, -100 for falling, 80
//! where an end is shared, 200 for one that was confirmed; 0 else, and while its averages warm up.
//!
//! All are judged on the same [`Candles`], whose averages are kept once. [`Patterns`] is all of them in one pass.

mod candle;
mod hikkake;
mod more;
mod one;
mod three;
mod two;

pub use candle::{Candle, Candles};

use super::catalogue::{Entry, rows};
use super::{Indicator, TALIB};
use hikkake::Hikkake;
use std::fmt::{Debug, Formatter};

/// Whether all hold. Each of them is looked at: which one fails cannot be foreseen, and a branch guessed wrong costs a
/// processor more than all the comparisons.
#[inline]
fn all<const N: usize>(holds: [bool; N]) -> bool {
    holds.into_iter().fold(true, |all, one| all & one)
}

/// Whether any holds; each of them is looked at.
#[inline]
fn any<const N: usize>(holds: [bool; N]) -> bool {
    holds.into_iter().fold(false, |any, one| any | one)
}

/// The one where it is white, else the other; both are looked at.
#[inline]
fn by(white: bool, one: bool, other: bool) -> bool {
    (white & one) | (!white & other)
}

#[inline]
fn rise(holds: bool) -> i32 {
    100 * i32::from(holds)
}

#[inline]
fn fall(holds: bool) -> i32 {
    -rise(holds)
}

#[inline]
fn either(up: bool, holds: bool) -> i32 {
    rise(all([holds, up])) + fall(all([holds, !up]))
}

/// One pattern by itself.
struct Pattern<F> {
    candles: Candles,
    silent: usize,
    find: F,
}

impl<F> Pattern<F> {
    fn new(lookback: usize, find: F) -> Self {
        Self { candles: Candles::new(), silent: lookback, find }
    }
}

impl<F> Debug for Pattern<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pattern").field("candles", &self.candles).finish_non_exhaustive()
    }
}

impl<F: FnMut(&Candles) -> i32 + Send + 'static> Indicator<4, 1> for Pattern<F> {
    #[inline]
    fn update(&mut self, bar: [f64; 4]) -> [f64; 1] {
        if !self.candles.push(bar) {
            return [0.0];
        }
        let taken = self.candles.taken();
        // A pattern that remembers sees the bars shortly before its first value, too.
        if taken + 3 <= self.silent {
            return [0.0];
        }
        let value = (self.find)(&self.candles);
        [if taken > self.silent { f64::from(value) } else { 0.0 }]
    }
}

/// The list of all, from which the rows and the pass are made.
macro_rules! patterns {
    (plain { $($name:literal $title:literal $lookback:literal $find:path;)+ }
     piercing { $($pname:literal $ptitle:literal $plookback:literal $penetration:literal $pfind:path;)+ }) => {
        /// All patterns, each by itself.
        pub(super) const ROWS: &[Entry] = rows! { CandlestickPattern, TALIB;
            $($name $title, OHLC -> ["integer"] Sign, (), $lookback => Pattern::new($lookback, $find);)+
            $($pname $ptitle, OHLC -> ["integer"] Sign, (penetration: f64 = $penetration in 0.0..=1e6),
                $plookback => Pattern::new($plookback, move |candles: &Candles| $pfind(candles, penetration));)+
            "CDLHIKKAKE" "Hikkake Pattern", OHLC -> ["integer"] Sign, (), 5 => remembering(5, false);
            "CDLHIKKAKEMOD" "Modified Hikkake Pattern", OHLC -> ["integer"] Sign, (), 10 => remembering(10, true);
        };

        /// Names of all, in the order in which [`Patterns`] tells them.
        pub const NAMES: [&str; COUNT] = [$($name,)+ $($pname,)+ "CDLHIKKAKE", "CDLHIKKAKEMOD"];

        /// Bars before the first value of each.
        const LOOKBACKS: [usize; COUNT] = [$($lookback,)+ $($plookback,)+ 5, 10];

        impl Patterns {
            /// What each says of the last bar, the warm-up not looked at.
            #[inline]
            fn found(&mut self) -> [i32; COUNT] {
                let candles = &self.candles;
                [
                    $($find(candles),)+
                    $($pfind(candles, $penetration),)+
                    remembered(&mut self.hikkake, candles, 5),
                    remembered(&mut self.modified, candles, 10),
                ]
            }
        }
    };
}

/// How many there are.
pub const COUNT: usize = 61;
/// Longest warm-up, in bars.
const LONGEST: usize = 14;

/// All patterns in one pass, with their default parameters.
#[derive(Clone, Debug)]
pub struct Patterns {
    candles: Candles,
    hikkake: Hikkake,
    modified: Hikkake,
}

impl Patterns {
    /// Before the first bar.
    #[must_use]
    pub fn new() -> Self {
        Self { candles: Candles::new(), hikkake: Hikkake::new(false), modified: Hikkake::new(true) }
    }

    /// Takes the next bar: a value a pattern, in the order of [`NAMES`].
    pub fn next(&mut self, bar: [f64; 4]) -> [i32; COUNT] {
        if !self.candles.push(bar) {
            return [0; COUNT];
        }
        let (mut found, taken) = (self.found(), self.candles.taken());
        if taken <= LONGEST {
            let silent = found.iter_mut().zip(LOOKBACKS).filter(|(_, lookback)| taken <= *lookback);
            silent.for_each(|(value, _)| *value = 0);
        }
        found
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Self::new()
    }
}

/// One that remembers, from three bars before its first value on.
#[inline]
fn remembered(hikkake: &mut Hikkake, candles: &Candles, lookback: usize) -> i32 {
    if candles.taken() + 3 <= lookback { 0 } else { hikkake.next(candles) }
}

fn remembering(lookback: usize, modified: bool) -> Pattern<impl FnMut(&Candles) -> i32> {
    let mut hikkake = Hikkake::new(modified);
    Pattern::new(lookback, move |candles: &Candles| hikkake.next(candles))
}

patterns! {
    plain {
        "CDL2CROWS" "Two Crows" 12 three::two_crows;
        "CDL3BLACKCROWS" "Three Black Crows" 13 more::three_black_crows;
        "CDL3INSIDE" "Three Inside Up/Down" 12 three::three_inside;
        "CDL3LINESTRIKE" "Three-Line Strike" 8 more::three_line_strike;
        "CDL3OUTSIDE" "Three Outside Up/Down" 3 three::three_outside;
        "CDL3STARSINSOUTH" "Three Stars In The South" 12 three::three_stars_in_south;
        "CDL3WHITESOLDIERS" "Three Advancing White Soldiers" 12 three::three_white_soldiers;
        "CDLADVANCEBLOCK" "Advance Block" 12 three::advance_block;
        "CDLBELTHOLD" "Belt-hold" 10 one::belt_hold;
        "CDLBREAKAWAY" "Breakaway" 14 more::breakaway;
        "CDLCLOSINGMARUBOZU" "Closing Marubozu" 10 one::closing_marubozu;
        "CDLCONCEALBABYSWALL" "Concealing Baby Swallow" 13 more::concealing_baby_swallow;
        "CDLCOUNTERATTACK" "Counterattack" 11 two::counterattack;
        "CDLDOJI" "Doji" 10 one::doji;
        "CDLDOJISTAR" "Doji Star" 11 two::doji_star;
        "CDLDRAGONFLYDOJI" "Dragonfly Doji" 10 one::dragonfly_doji;
        "CDLENGULFING" "Engulfing Pattern" 2 two::engulfing;
        "CDLGAPSIDESIDEWHITE" "Up/Down-gap side-by-side white lines" 7 three::side_by_side_white;
        "CDLGRAVESTONEDOJI" "Gravestone Doji" 10 one::gravestone_doji;
        "CDLHAMMER" "Hammer" 11 one::hammer;
        "CDLHANGINGMAN" "Hanging Man" 11 one::hanging_man;
        "CDLHARAMI" "Harami Pattern" 11 two::harami;
        "CDLHARAMICROSS" "Harami Cross Pattern" 11 two::harami_cross;
        "CDLHIGHWAVE" "High-Wave Candle" 10 one::high_wave;
        "CDLHOMINGPIGEON" "Homing Pigeon" 11 two::homing_pigeon;
        "CDLIDENTICAL3CROWS" "Identical Three Crows" 12 three::identical_three_crows;
        "CDLINNECK" "In-Neck Pattern" 11 two::in_neck;
        "CDLINVERTEDHAMMER" "Inverted Hammer" 11 one::inverted_hammer;
        "CDLKICKING" "Kicking" 11 two::kicking;
        "CDLKICKINGBYLENGTH" "Kicking - bull/bear determined by the longer marubozu" 11 two::kicking_by_length;
        "CDLLADDERBOTTOM" "Ladder Bottom" 14 more::ladder_bottom;
        "CDLLONGLEGGEDDOJI" "Long Legged Doji" 10 one::long_legged_doji;
        "CDLLONGLINE" "Long Line Candle" 10 one::long_line;
        "CDLMARUBOZU" "Marubozu" 10 one::marubozu;
        "CDLMATCHINGLOW" "Matching Low" 6 two::matching_low;
        "CDLONNECK" "On-Neck Pattern" 11 two::on_neck;
        "CDLPIERCING" "Piercing Pattern" 11 two::piercing;
        "CDLRICKSHAWMAN" "Rickshaw Man" 10 one::rickshaw_man;
        "CDLRISEFALL3METHODS" "Rising/Falling Three Methods" 14 more::rise_fall_three_methods;
        "CDLSEPARATINGLINES" "Separating Lines" 11 two::separating_lines;
        "CDLSHOOTINGSTAR" "Shooting Star" 11 one::shooting_star;
        "CDLSHORTLINE" "Short Line Candle" 10 one::short_line;
        "CDLSPINNINGTOP" "Spinning Top" 10 one::spinning_top;
        "CDLSTALLEDPATTERN" "Stalled Pattern" 12 three::stalled;
        "CDLSTICKSANDWICH" "Stick Sandwich" 7 three::stick_sandwich;
        "CDLTAKURI" "Takuri (Dragonfly Doji with very long lower shadow)" 10 one::takuri;
        "CDLTASUKIGAP" "Tasuki Gap" 7 three::tasuki_gap;
        "CDLTHRUSTING" "Thrusting Pattern" 11 two::thrusting;
        "CDLTRISTAR" "Tristar Pattern" 12 three::tristar;
        "CDLUNIQUE3RIVER" "Unique 3 River" 12 three::unique_three_river;
        "CDLUPSIDEGAP2CROWS" "Upside Gap Two Crows" 12 three::upside_gap_two_crows;
        "CDLXSIDEGAP3METHODS" "Upside/Downside Gap Three Methods" 2 three::gap_three_methods;
    }
    piercing {
        "CDLABANDONEDBABY" "Abandoned Baby" 12 0.3 three::abandoned_baby;
        "CDLDARKCLOUDCOVER" "Dark Cloud Cover" 11 0.5 two::dark_cloud_cover;
        "CDLEVENINGDOJISTAR" "Evening Doji Star" 12 0.3 three::evening_doji_star;
        "CDLEVENINGSTAR" "Evening Star" 12 0.3 three::evening_star;
        "CDLMATHOLD" "Mat Hold" 14 0.5 more::mat_hold;
        "CDLMORNINGDOJISTAR" "Morning Doji Star" 12 0.3 three::morning_doji_star;
        "CDLMORNINGSTAR" "Morning Star" 12 0.3 three::morning_star;
    }
}

#[cfg(test)]
mod tests;
