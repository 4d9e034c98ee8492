//! Drawings of a page.
//!
//! Lines are drawn from at most [`POINTS_MAX`] points, of each stretch its lowest and its highest, so no peak is lost.

use super::{Mark, escaped};
use crate::time;
use std::fmt::Write as _;

/// Points of a line.
const POINTS_MAX: usize = 2_000;
/// Size of a drawing, in its own units.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 260.0;
/// Of a strip without numbers.
const STRIP: f64 = 36.0;
/// Room for the numbers at its left.
const LEFT: f64 = 84.0;
/// Room for the times below it, and how many of them.
const DATES: f64 = 18.0;
const DATED: usize = 6;
const DAY_MS: i64 = 86_400_000;

/// Where values lie in a drawing.
pub(super) struct Scale {
    low: f64,
    high: f64,
    bars: usize,
    unit: &'static str,
}

impl Scale {
    /// What is no number is nowhere.
    pub(super) fn of(values: &[f64], unit: &'static str) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        // What never moves is a line in the middle.
        let spare = if high > low { 0.0 } else { high.abs().max(1.0) * 0.01 };
        Self { low: low - spare, high: high + spare, bars: values.len(), unit }
    }

    fn x(&self, bar: usize) -> f64 {
        LEFT + (WIDTH - LEFT) * bar as f64 / self.bars.saturating_sub(1).max(1) as f64
    }

    fn y(&self, value: f64) -> f64 {
        8.0 + (HEIGHT - 16.0) * (self.high - value) / (self.high - self.low)
    }

    /// Round values to draw lines at, some five of them, and the decimals that tell two apart.
    fn lines(&self) -> (Vec<f64>, usize) {
        let least = (self.high - self.low) / 6.0;
        let power = 10_f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter().find(|step| *step >= least);
        let step = step.unwrap_or(10.0 * power);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        let digits = (-step.log10().floor()).clamp(0.0, 8.0) as usize;
        ((first..=last).map(|place| place as f64 * step).collect(), digits)
    }
}

/// Day and minute in UTC of ms since the epoch.
pub(crate) fn stamp(ms: i64) -> String {
    let text = time::utc(u64::try_from(ms).unwrap_or(0) * 1_000_000);
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// The part of it that tells times apart within so long a run.
fn short(ms: i64, run_ms: i64) -> String {
    let text = time::utc(u64::try_from(ms).unwrap_or(0) * 1_000_000);
    let part = if run_ms > 60 * DAY_MS {
        0..7
    } else if run_ms > 2 * DAY_MS {
        5..10
    } else {
        11..19
    };
    text.get(part).unwrap_or(&text).to_owned()
}

/// A frame with its numbers and times around what is drawn inside.
pub(super) fn drawing(html: &mut String, scale: &Scale, time_ms: &[i64], inside: &str) {
    _ = write!(html, "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\">", HEIGHT + DATES);
    let run_ms = time_ms.last().zip(time_ms.first()).map_or(0, |(last, first)| last - first);
    for step in 0..=DATED {
        let bar = (scale.bars.saturating_sub(1)) * step / DATED;
        let Some(text) = time_ms.get(bar).map(|ms| short(*ms, run_ms)) else { continue };
        let anchor = if step == DATED { "end" } else { "middle" };
        _ = write!(html, "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">", scale.x(bar), HEIGHT + DATES - 4.0);
        _ = write!(html, "{text}</text>");
    }
    let (lines, digits) = scale.lines();
    for value in lines {
        let y = scale.y(value);
        _ = write!(html, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        _ = write!(html, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">", LEFT - 6.0, y + 4.0);
        _ = write!(html, "{:.digits$}{}</text>", value + 0.0, scale.unit);
    }
    html.push_str(inside);
    html.push_str("</svg>");
}

/// A line through the values; what is filled goes down to it from the top.
pub(super) fn line(scale: &Scale, values: &[f64], class: &str) -> String {
    let mut points = String::new();
    let stretch = values.len().div_ceil(POINTS_MAX / 2).max(1);
    for (n, part) in values.chunks(stretch).enumerate() {
        let ends = part.iter().enumerate().filter(|(_, value)| value.is_finite());
        let least = ends.clone().min_by(|a, b| a.1.total_cmp(b.1));
        let most = ends.max_by(|a, b| a.1.total_cmp(b.1));
        let (Some(least), Some(most)) = (least, most) else { continue };
        let (first, second) = if least.0 <= most.0 { (least, most) } else { (most, least) };
        for (at, value) in [first, second] {
            _ = write!(points, "{:.1},{:.1} ", scale.x(n * stretch + at), scale.y(*value));
        }
    }
    if class == "fall" {
        let (right, top) = (scale.x(scale.bars.saturating_sub(1)), scale.y(0.0));
        return format!("<polygon class=\"fall\" points=\"{LEFT},{top:.1} {points}{right:.1},{top:.1}\"/>");
    }
    format!("<polyline class=\"{class}\" points=\"{points}\"/>")
}

/// Where a position was opened (up or down) and left (a ring); its profit when pointed at.
pub(super) fn mark(scale: &Scale, of: &Mark) -> String {
    let (class, tip) = if of.is_long { ("long", 8.0) } else { ("short", -8.0) };
    let (x, y) = (scale.x(of.entry.0), scale.y(of.entry.1));
    let left = of.exit.map_or_else(String::new, |(bar, px)| {
        format!("<circle class=\"left\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\"/>", scale.x(bar), scale.y(px))
    });
    let told = escaped(&of.told);
    format!("<g><title>{told}</title><path class=\"{class}\" d=\"M{x:.1} {y:.1}l-4 {tip}h8z\"/>{left}</g>")
}

/// When there was a position.
pub(super) fn strip(html: &mut String, scale: &Scale, marks: &[Mark]) {
    _ = write!(html, "<svg viewBox=\"0 0 {WIDTH} {STRIP}\" role=\"img\">");
    let middle = STRIP / 2.0;
    _ = write!(html, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{middle}\" y2=\"{middle}\"/>");
    for of in marks {
        let until = of.exit.map_or(scale.bars.saturating_sub(1), |(bar, _)| bar);
        let (from, until) = (scale.x(of.entry.0), scale.x(until));
        let (class, y) = if of.is_long { ("long", 2.0) } else { ("short", middle) };
        let (width, height) = ((until - from).max(0.3), middle - 2.0);
        _ = write!(
            html,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>"
        );
    }
    html.push_str("</svg>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_at_round_values_with_the_decimals_that_they_need() {
        let lines = |low, high| Scale { low, high, bars: 2, unit: "" }.lines();
        assert_eq!(lines(52_051.0, 354_137.0), (vec![100_000.0, 200_000.0, 300_000.0], 0));
        assert_eq!(lines(-66.0, 0.0), (vec![-60.0, -40.0, -20.0, 0.0], 0));
        assert_eq!(lines(0.013, 0.027).1, 3);
        let flat = Scale::of(&[5.0, 5.0], "").lines().0;
        assert!((2..=7).contains(&flat.len()), "{flat:?}");
    }
}
