//! Arithmetic on columns.

mod rolling;

pub use rolling::{CumulativeSum, Extremes, MaxIndex, MinIndex};

use super::block::{Each, Maximum, Minimum, Sum};
use super::catalogue::{Entry, rows};
use super::{PERIOD_MAX, TALIB};

pub(super) const ROWS: &[Entry] = rows! { VectorMaths, TALIB;
    "ACOS" "Vector Trigonometric ACos", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.acos()]);
    "ADD" "Vector Arithmetic Add", PAIR -> ["real"] Input, (), 0 => Each(|[x, y]: [f64; 2]| [x + y]);
    "ASIN" "Vector Trigonometric ASin", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.asin()]);
    "ATAN" "Vector Trigonometric ATan", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.atan()]);
    "CEIL" "Vector Ceil", CLOSE -> ["real"] Input, (), 0 => Each(|[x]: [f64; 1]| [x.ceil()]);
    "COS" "Vector Trigonometric Cos", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.cos()]);
    "COSH" "Vector Trigonometric Cosh", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.cosh()]);
    "CUMSUM" "Cumulative Sum", CLOSE -> ["real"] Input, (), 0 => CumulativeSum::default();
    "DIV" "Vector Arithmetic Div", PAIR -> ["real"] Ratio, (), 0 => Each(|[x, y]: [f64; 2]| [x / y]);
    "EXP" "Vector Arithmetic Exp", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.exp()]);
    "FLOOR" "Vector Floor", CLOSE -> ["real"] Input, (), 0 => Each(|[x]: [f64; 1]| [x.floor()]);
    "LN" "Vector Log Natural", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.ln()]);
    "LOG10" "Vector Log10", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.log10()]);
    "MAX" "Highest value over a specified period", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Maximum::new(timeperiod);
    "MAXINDEX" "Index of highest value over a specified period", CLOSE -> ["integer"] Bars,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => MaxIndex::new(timeperiod);
    "MIN" "Lowest value over a specified period", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Minimum::new(timeperiod);
    "MININDEX" "Index of lowest value over a specified period", CLOSE -> ["integer"] Bars,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => MinIndex::new(timeperiod);
    "MINMAX" "Lowest and highest values over a specified period", CLOSE -> ["min", "max"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Extremes::values(timeperiod);
    "MINMAXINDEX" "Indexes of lowest and highest values over a specified period", CLOSE -> ["minidx", "maxidx"] Bars,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Extremes::indexes(timeperiod);
    "MULT" "Vector Arithmetic Mult", PAIR -> ["real"] InputSquared, (), 0 => Each(|[x, y]: [f64; 2]| [x * y]);
    "SIN" "Vector Trigonometric Sin", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.sin()]);
    "SINH" "Vector Trigonometric Sinh", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.sinh()]);
    "SQRT" "Vector Square Root", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.sqrt()]);
    "SUB" "Vector Arithmetic Subtraction", PAIR -> ["real"] Input, (), 0 => Each(|[x, y]: [f64; 2]| [x - y]);
    "SUM" "Summation", CLOSE -> ["real"] Input,
        (timeperiod: usize = 30 in 2..=PERIOD_MAX), timeperiod - 1 => Sum::new(timeperiod);
    "TAN" "Vector Trigonometric Tan", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.tan()]);
    "TANH" "Vector Trigonometric Tanh", CLOSE -> ["real"] Ratio, (), 0 => Each(|[x]: [f64; 1]| [x.tanh()]);
};
