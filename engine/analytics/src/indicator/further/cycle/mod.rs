//! Ehlers' filters.

mod filter;
mod wave;

pub use filter::{CyberCycle, Decycler, HighPass, Reflex, Roofing, SuperSmoother};
pub use wave::MesaSine;

use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Cycle, FURTHER;
    "CYBER_CYCLE" "Cyber cycle", HL -> ["cycle", "trigger"] Input,
        (alpha: f64 = 0.07 in 0.0..=1.0), 1 => CyberCycle::new(alpha);
    "DECYCLER" "Decycler", CLOSE -> ["decycler"] Input,
        (length: usize = 60 in 5..=PERIOD_MAX), 0 => Decycler::new(length);
    "MSW" "Mesa sine wave", CLOSE -> ["sine", "lead"] Ratio,
        (length: usize = 5 in 1..=PERIOD_MAX), length => MesaSine::new(length);
    "REFLEX" "Reflex and trendflex", CLOSE -> ["reflex", "trendflex"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX), 0 => Reflex::new(length);
    "ROOFING" "Roofing filter", CLOSE -> ["roofing", "highpass"] Input,
        (hp: usize = 48 in 5..=PERIOD_MAX, lp: usize = 10 in 2..=PERIOD_MAX), 0 => Roofing::new(hp, lp);
    "SSF" "Super smoother", CLOSE -> ["ssf"] Input,
        (length: usize = 10 in 2..=PERIOD_MAX), 0 => SuperSmoother::new(length as f64, std::f64::consts::SQRT_2);
};
