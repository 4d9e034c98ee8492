//! Open interest by venue: a bar each, cut by what the contracts are settled in.

use super::axis::number;
use super::svg::{Anchor, FAINT, LINE, OTHER, Svg, TEXT, UP};
use super::{HEIGHT, WIDTH};

/// What one venue has.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenInterestBar {
    /// As it is called.
    pub venue: String,
    /// Dollars that are settled in USDT, in USDC, and in coins.
    pub usd: [f64; 3],
}

const KINDS: [(&str, &str); 3] = [("USDT", OTHER), ("USDC", UP), ("coins", LINE)];
const LEFT: f64 = 190.0;
const RIGHT: f64 = WIDTH as f64 - 190.0;
const TOP: f64 = 100.0;

/// The largest first, with its share of all.
#[must_use]
pub fn open_interest(title: &str, note: &str, bars: &[OpenInterestBar]) -> String {
    let mut svg = Svg::new(title, note);
    let mut bars: Vec<(&str, [f64; 3], f64)> =
        bars.iter().map(|bar| (bar.venue.as_str(), bar.usd, bar.usd.iter().sum())).collect();
    bars.sort_by(|a, b| b.2.total_cmp(&a.2));
    let all: f64 = bars.iter().map(|bar| bar.2).sum();
    let most = bars.iter().map(|bar| bar.2).fold(0.0, f64::max);
    for (place, (name, color)) in KINDS.into_iter().enumerate() {
        let x = LEFT + 130.0 * place as f64;
        svg.rect(x, 72.0, 14.0, 14.0, color, 0.9);
        svg.label(x + 20.0, 84.0, name, FAINT, Anchor::Start);
    }
    let step = ((f64::from(HEIGHT) - TOP - 20.0) / bars.len().max(1) as f64).min(60.0);
    for (place, (venue, usd, sum)) in bars.iter().enumerate() {
        let y = TOP + step * place as f64;
        svg.label(LEFT - 12.0, y + step * 0.5 + 5.0, venue, TEXT, Anchor::End);
        let mut x = LEFT;
        for (part, (_, color)) in usd.iter().zip(KINDS) {
            let width = (RIGHT - LEFT) * part / most;
            svg.rect(x, y + step * 0.15, width, step * 0.7, color, 0.9);
            x += if width.is_finite() { width } else { 0.0 };
        }
        let share = if all > 0.0 { 100.0 * sum / all } else { 0.0 };
        let text = format!("${} {share:.1}%", number(*sum, sum / 100.0));
        svg.label(x + 10.0, y + step * 0.5 + 5.0, &text, TEXT, Anchor::Start);
    }
    if bars.is_empty() {
        svg.label(LEFT, TOP + 20.0, "nothing is known yet", FAINT, Anchor::Start);
    }
    svg.done()
}
