//! Whether the price trends or swings.

use super::phase::{Phase, Phases};
use crate::indicator::Filter;

/// 1 while it trends, 0 while it swings and while it warms up.
#[derive(Clone, Debug, Default)]
pub struct TrendMode {
    phases: Phases,
    last: (f64, (f64, f64)),
    /// Bars since sine and lead sine crossed.
    since: f64,
}

impl TrendMode {
    fn trends(&mut self, now: Phase) -> bool {
        let (last_phase, last) = std::mem::replace(&mut self.last, (now.phase, now.sine));
        let crossed = (now.sine.0 > now.sine.1 && last.0 <= last.1) || (now.sine.0 < now.sine.1 && last.0 >= last.1);
        if crossed {
            self.since = 0.0;
        }
        self.since += 1.0;
        let period = now.swing.period;
        let turned = now.phase - last_phase;
        // A swing turns by its share of a circle a bar.
        let swings = period != 0.0 && turned > 0.67 * 360.0 / period && turned < 1.5 * 360.0 / period;
        let far = now.trend != 0.0 && ((now.swing.smooth - now.trend) / now.trend).abs() >= 0.015;
        far || !(crossed || self.since < 0.5 * period || swings)
    }
}

impl Filter for TrendMode {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let Some(now) = self.phases.next(input) else { return 0.0 };
        let trends = self.trends(now);
        if trends && self.phases.is_settled() { 1.0 } else { 0.0 }
    }
}
