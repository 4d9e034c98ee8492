//! Charts over time: candles with VWAP and volume by price, delta below its price, equity with what it fell.

use super::axis::{LEFT, Panel, RIGHT, number, times};
use super::svg::{Anchor, DOWN, FAINT, GRID, LINE, OTHER, Svg, UP};

/// Right of the last bar: the profile's room.
const PROFILE_SHARE: f64 = 0.18;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 560.0;

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// When it began, in seconds since 1970.
    pub at_s: u64,
    /// First price.
    pub open: f64,
    /// Highest.
    pub high: f64,
    /// Lowest.
    pub low: f64,
    /// Last.
    pub close: f64,
    /// In coins.
    pub volume: f64,
    /// Volume-weighted average price from the anchor to here; NaN where it is not known.
    pub vwap: f64,
}

/// Volume by price.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// From price, to price, volume.
    pub bins: Vec<(f64, f64, f64)>,
    /// The price of the most volume.
    pub poc: f64,
    /// Upper end of the value area.
    pub vah: f64,
    /// Lower end of the value area.
    pub val: f64,
}

/// Candles of one market.
#[derive(Clone, Debug, PartialEq)]
pub struct Candles {
    /// First line.
    pub title: String,
    /// Whence and when.
    pub note: String,
    /// Oldest first.
    pub bars: Vec<Bar>,
    /// `None`: there is none to show.
    pub profile: Option<Profile>,
}

/// Values over time, one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// First line.
    pub title: String,
    /// Whence and when.
    pub note: String,
    /// Seconds since 1970, the first value, the second; NaN is a gap.
    pub points: Vec<(u64, f64, f64)>,
}

/// Candles, VWAP, volume, and volume by price with its value area.
#[must_use]
pub fn candles(chart: &Candles) -> String {
    let mut svg = Svg::new(&chart.title, &chart.note);
    let bars = &chart.bars;
    let price = Panel::around(TOP, 440.0, bars.iter().flat_map(|bar| [bar.high, bar.low, bar.vwap]));
    let volume = Panel::from_zero(460.0, BOTTOM, bars.iter().map(|bar| bar.volume));
    price.grid(&mut svg, 6);
    volume.grid(&mut svg, 2);
    let right = if chart.profile.is_some() { RIGHT - (RIGHT - LEFT) * PROFILE_SHARE } else { RIGHT };
    let step = (right - LEFT) / bars.len().max(1) as f64;
    let width = (step * 0.7).clamp(1.0, 24.0);
    for (place, bar) in bars.iter().enumerate() {
        let x = LEFT + step * (place as f64 + 0.5);
        let color = if bar.close >= bar.open { UP } else { DOWN };
        svg.line((x, price.y(bar.high)), (x, price.y(bar.low)), color, 1.5);
        let (top, bottom) = (price.y(bar.open.max(bar.close)), price.y(bar.open.min(bar.close)));
        svg.rect(x - width / 2.0, top, width, (bottom - top).max(1.0), color, 1.0);
        let top = volume.y(bar.volume);
        svg.rect(x - width / 2.0, top, width, volume.bottom - top, color, 0.55);
    }
    svg.curve(
        bars.iter().enumerate().map(|(place, bar)| (LEFT + step * (place as f64 + 0.5), price.y(bar.vwap))),
        LINE,
    );
    if let Some(profile) = &chart.profile {
        draw_profile(&mut svg, profile, &price, right + 6.0);
    }
    if let Some(last) = bars.last() {
        price.mark(&mut svg, last.close, &number(last.close, tick(last.close)), OTHER);
        svg.label(LEFT + 4.0, TOP - 4.0, "- VWAP", LINE, Anchor::Start);
    }
    svg.label(LEFT + 4.0, 454.0, "volume", FAINT, Anchor::Start);
    ends(&mut svg, right, bars.first().map(|bar| bar.at_s), bars.last().map(|bar| bar.at_s));
    svg.done()
}

fn draw_profile(svg: &mut Svg, profile: &Profile, price: &Panel, left: f64) {
    let most = profile.bins.iter().map(|bin| bin.2).fold(0.0, f64::max);
    for (low, high, volume) in &profile.bins {
        let (top, bottom) = (price.y(*high).max(price.top), price.y(*low).min(price.bottom));
        let is_value = *high > profile.val && *low < profile.vah;
        let width = (RIGHT - left) * volume / most;
        svg.rect(left, top + 0.5, width, bottom - top - 1.0, if is_value { OTHER } else { GRID }, 0.8);
    }
    for (name, level, color) in [("VAH", profile.vah, OTHER), ("POC", profile.poc, LINE), ("VAL", profile.val, OTHER)] {
        let y = price.y(level);
        if (price.top..=price.bottom).contains(&y) {
            svg.dashed((LEFT, y), (RIGHT, y), color);
            svg.label(left - 12.0, y - 4.0, name, color, Anchor::End);
        }
    }
}

/// Cumulative volume delta below the price: of each point the price, then the delta.
#[must_use]
pub fn cvd(chart: &Curve) -> String {
    let mut svg = Svg::new(&chart.title, &chart.note);
    let price = Panel::around(TOP, 300.0, chart.points.iter().map(|point| point.1));
    let delta = Panel::around(330.0, BOTTOM, chart.points.iter().map(|point| point.2).chain([0.0]));
    price.grid(&mut svg, 4);
    delta.grid(&mut svg, 4);
    svg.dashed((LEFT, delta.y(0.0)), (RIGHT, delta.y(0.0)), FAINT);
    svg.curve(placed(&chart.points).map(|(x, point)| (x, price.y(point.1))), OTHER);
    let color = if chart.points.last().is_some_and(|point| point.2 < 0.0) { DOWN } else { UP };
    svg.curve(placed(&chart.points).map(|(x, point)| (x, delta.y(point.2))), color);
    svg.label(LEFT + 4.0, TOP - 4.0, "price", OTHER, Anchor::Start);
    svg.label(LEFT + 4.0, 324.0, "cumulative delta, coins", color, Anchor::Start);
    ends(&mut svg, RIGHT, chart.points.first().map(|point| point.0), chart.points.last().map(|point| point.0));
    svg.done()
}

/// Equity, and below it how far it was under its peak: of each point the equity, then the fall as a share.
#[must_use]
pub fn equity(chart: &Curve) -> String {
    let mut svg = Svg::new(&chart.title, &chart.note);
    let money = Panel::around(TOP, 400.0, chart.points.iter().map(|point| point.1));
    let fall = Panel::around(430.0, BOTTOM, chart.points.iter().map(|point| -100.0 * point.2).chain([0.0]));
    money.grid(&mut svg, 6);
    fall.grid(&mut svg, 3);
    svg.curve(placed(&chart.points).map(|(x, point)| (x, money.y(point.1))), UP);
    svg.curve(placed(&chart.points).map(|(x, point)| (x, fall.y(-100.0 * point.2))), DOWN);
    svg.label(LEFT + 4.0, TOP - 4.0, "equity, USD", UP, Anchor::Start);
    svg.label(LEFT + 4.0, 424.0, "below the peak, %", DOWN, Anchor::Start);
    ends(&mut svg, RIGHT, chart.points.first().map(|point| point.0), chart.points.last().map(|point| point.0));
    svg.done()
}

/// Each point at its time.
fn placed(points: &[(u64, f64, f64)]) -> impl Iterator<Item = (f64, &(u64, f64, f64))> {
    let first = points.first().map_or(0, |point| point.0);
    let span = points.last().map_or(0, |point| point.0.saturating_sub(first)).max(1) as f64;
    points.iter().map(move |point| (LEFT + (RIGHT - LEFT) * point.0.saturating_sub(first) as f64 / span, point))
}

fn ends(svg: &mut Svg, right: f64, first: Option<u64>, last: Option<u64>) {
    match (first, last) {
        (Some(first), Some(last)) => times(svg, BOTTOM + 24.0, right, first, last),
        _ => svg.label(LEFT, BOTTOM + 24.0, "nothing is known yet", FAINT, Anchor::Start),
    }
}

/// A price has five figures here.
fn tick(price: f64) -> f64 {
    10_f64.powf((price.abs().max(1e-12).log10().floor() - 4.0).min(0.0))
}
