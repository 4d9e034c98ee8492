//! From values to places: a linear scale with round ticks, and what stands beside them.

use super::WIDTH;
use super::svg::{Anchor, FAINT, GRID, Svg, TEXT};

/// Left and right edge of what is drawn; the room on the right is for numbers.
pub(super) const LEFT: f64 = 20.0;
pub(super) const RIGHT: f64 = WIDTH as f64 - 110.0;
const DAY_S: u64 = 86_400;

/// A panel: values from `low` to `high`, drawn from `bottom` up to `top`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Panel {
    pub(super) top: f64,
    pub(super) bottom: f64,
    low: f64,
    high: f64,
}

impl Panel {
    /// Around all values, with a little air. Without a value, or with one alone, around that.
    pub(super) fn around(top: f64, bottom: f64, values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let air = (high - low) * 0.05;
        let air = if air > 0.0 { air } else { (high.abs() * 0.01).max(1e-9) };
        Self { top, bottom, low: low - air, high: high + air }
    }

    /// From zero up.
    pub(super) fn from_zero(top: f64, bottom: f64, values: impl IntoIterator<Item = f64>) -> Self {
        let high = values.into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self { top, bottom, low: 0.0, high: if high > 0.0 { high * 1.05 } else { 1.0 } }
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)
    }

    /// Lines and numbers at about so many round values.
    pub(super) fn grid(&self, svg: &mut Svg, count: u32) {
        let step = round_step((self.high - self.low) / f64::from(count.max(1)));
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        for place in (first..=last).take(20) {
            let value = place as f64 * step;
            svg.line((LEFT, self.y(value)), (RIGHT, self.y(value)), GRID, 1.0);
            svg.label(RIGHT + 8.0, self.y(value) + 5.0, &number(value, step), FAINT, Anchor::Start);
        }
    }

    /// A value that is marked on the right, over what the grid says.
    pub(super) fn mark(&self, svg: &mut Svg, value: f64, text: &str, color: &str) {
        let y = self.y(value);
        svg.rect(RIGHT + 2.0, y - 9.0, 106.0, 18.0, color, 0.9);
        svg.label(RIGHT + 6.0, y + 5.0, text, "#ffffff", Anchor::Start);
    }
}

/// 1, 2 or 5 times a power of ten, not below that.
fn round_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let digit = [1.0, 2.0, 5.0, 10.0].into_iter().find(|digit| digit * power >= least * 0.999_999);
    digit.unwrap_or(10.0) * power
}

/// A value with as many decimals as its step needs, large ones with a suffix.
pub(super) fn number(value: f64, step: f64) -> String {
    let (value, step, suffix) = match step.max(value.abs() / 1_000.0) {
        size if size >= 1e6 => (value / 1e9, step / 1e9, "B"),
        size if size >= 1e3 => (value / 1e6, step / 1e6, "M"),
        _ => (value, step, ""),
    };
    let decimals = if step >= 1.0 { 0 } else { (-step.log10()).ceil().clamp(0.0, 8.0) as usize };
    // No negative zero.
    let text = format!("{value:.decimals$}{suffix}");
    if text.trim_start_matches('-').bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// Times under the last panel up to `right`, in UTC.
pub(super) fn times(svg: &mut Svg, y: f64, right: f64, first_s: u64, last_s: u64) {
    const COUNT: u64 = 6;
    let span = last_s.saturating_sub(first_s);
    for place in 0..=COUNT {
        let at = first_s + span * place / COUNT;
        let x = LEFT + (right - LEFT) * place as f64 / COUNT as f64;
        let (hour, minute) = (at % DAY_S / 3_600, at % 3_600 / 60);
        let text = match span {
            0..=172_800 => format!("{hour:02}:{minute:02}"),
            _ => day(at / DAY_S),
        };
        let anchor = match place {
            0 => Anchor::Start,
            COUNT => Anchor::End,
            _ => Anchor::Middle,
        };
        svg.label(x, y, &text, FAINT, anchor);
    }
    svg.label(f64::from(WIDTH) - 20.0, y, "UTC", TEXT, Anchor::End);
}

/// `03-14` of the days since 1970. (The civil calendar in 400-year cycles that begin in March.)
fn day(days: u64) -> String {
    let of_cycle = (days + 719_468) % 146_097;
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    format!("{:02}-{day:02}", if month < 10 { month + 3 } else { month - 9 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_their_numbers_short() {
        for (least, step) in [(0.03, 0.05), (0.1, 0.1), (1.1, 2.0), (26.0, 50.0), (7_000.0, 10_000.0)] {
            assert!((round_step(least) / step - 1.0).abs() < 1e-9, "{least}");
        }
        assert_eq!(number(61_800.0, 200.0), "61800");
        assert_eq!(number(0.125, 0.005), "0.125");
        assert_eq!(number(-0.0, 0.1), "0.0");
        assert_eq!(number(2_500_000.0, 500_000.0), "2.5M");
        assert_eq!(day(1_772_366_400 / DAY_S), "03-01");
    }

    #[test]
    fn a_panel_holds_all_it_was_made_around() {
        let panel = Panel::around(100.0, 500.0, [3.0, f64::NAN, 7.0]);
        assert!(panel.y(7.0) > 100.0 && panel.y(3.0) < 500.0 && panel.y(7.0) < panel.y(3.0));
        let flat = Panel::around(100.0, 500.0, [5.0, 5.0]);
        assert!((flat.y(5.0) - 300.0).abs() < 1.0, "one value alone is in the middle");
        assert!(Panel::around(100.0, 500.0, []).y(0.5).is_finite());
    }
}
