//! Wilder's parabolic stop.

use crate::indicator::Indicator;

/// How a stop speeds up on one side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Speed at first.
    pub first: f64,
    /// What each new extreme adds.
    pub step: f64,
    /// What it never passes.
    pub max: f64,
}

impl Pace {
    fn checked(self) -> Self {
        Self { first: self.first.min(self.max), step: self.step.min(self.max), ..self }
    }
}

/// A stop that nears the price the faster, the more new extremes it makes, and turns when it is reached.
#[derive(Clone, Debug)]
pub struct Sar {
    long: Pace,
    short: Pace,
    /// Where it starts: above 0 long, below 0 short, 0 by the first bars.
    start: f64,
    /// Share by which it steps back when it turns.
    offset: f64,
    /// Values of a short position are told as negative numbers.
    signed: bool,
    bars: usize,
    last: (f64, f64),
    is_long: bool,
    stop: f64,
    extreme: f64,
    speed: f64,
}

impl Sar {
    /// One pace for both sides.
    #[must_use]
    pub fn new(acceleration: f64, maximum: f64) -> Self {
        let pace = Pace { first: acceleration, step: acceleration, max: maximum };
        Self { signed: false, ..Self::extended(0.0, 0.0, pace, pace) }
    }

    /// With all that can be set; a short side's stops are negative.
    #[must_use]
    pub fn extended(start: f64, offset: f64, long: Pace, short: Pace) -> Self {
        Self {
            long: long.checked(),
            short: short.checked(),
            start,
            offset,
            signed: true,
            bars: 0,
            last: (0.0, 0.0),
            is_long: true,
            stop: 0.0,
            extreme: 0.0,
            speed: 0.0,
        }
    }

    /// The second bar decides the side.
    fn begin(&mut self, high: f64, low: f64) {
        let (last_high, last_low) = self.last;
        let (up, down) = (high - last_high, last_low - low);
        self.is_long = if self.start == 0.0 { !(down > 0.0 && down > up) } else { self.start > 0.0 };
        self.speed = if self.is_long { self.long.first } else { self.short.first };
        self.extreme = if self.is_long { high } else { low };
        let by_bar = if self.is_long { last_low } else { last_high };
        self.stop = if self.start == 0.0 { by_bar } else { self.start.abs() };
        self.last = (high, low);
    }

    /// Never inside of the last two bars.
    fn outside(&self, stop: f64, high: f64, low: f64) -> f64 {
        if self.is_long { stop.min(self.last.1).min(low) } else { stop.max(self.last.0).max(high) }
    }

    fn advance(&mut self, high: f64, low: f64) -> f64 {
        let reached = if self.is_long { low <= self.stop } else { high >= self.stop };
        let told = if reached {
            self.is_long = !self.is_long;
            let turned = self.outside(self.extreme, high, low);
            self.stop = if self.is_long { turned - turned * self.offset } else { turned + turned * self.offset };
            self.speed = if self.is_long { self.long.first } else { self.short.first };
            self.extreme = if self.is_long { high } else { low };
            self.stop
        } else {
            let told = self.stop;
            let further = if self.is_long { high > self.extreme } else { low < self.extreme };
            if further {
                let pace = if self.is_long { self.long } else { self.short };
                self.extreme = if self.is_long { high } else { low };
                self.speed = (self.speed + pace.step).min(pace.max);
            }
            told
        };
        let sign = if self.signed && !self.is_long { -1.0 } else { 1.0 };
        self.stop = self.outside(self.stop + self.speed * (self.extreme - self.stop), high, low);
        self.last = (high, low);
        sign * told
    }
}

impl Indicator<2, 1> for Sar {
    #[inline]
    fn update(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        if high.is_nan() || low.is_nan() {
            return [f64::NAN];
        }
        self.bars += 1;
        match self.bars {
            1 => {
                self.last = (high, low);
                return [f64::NAN];
            }
            2 => self.begin(high, low),
            _ => {}
        }
        [self.advance(high, low)]
    }
}
