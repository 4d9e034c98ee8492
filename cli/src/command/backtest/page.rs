//! A run as one page that needs nothing else: measures, equity, drawdown, trades on the price, months.
//!
//! Lines are drawn from at most [`POINTS_MAX`] points, of each stretch its lowest and its highest, so no peak is lost.

use super::tell::Told;
use engine_analytics::performance::{calendar, drawdown};
use engine_analytics::signal::Wanted;
use engine_backtest::bars::account::Closed;
use std::fmt::Write as _;

/// Points of a line.
const POINTS_MAX: usize = 2_000;
/// Size of a drawing, in its own units.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 260.0;
/// Room for the numbers at its left.
const LEFT: f64 = 70.0;
/// Room for the months below it, and how many of them.
const DATES: f64 = 18.0;
const DATED: usize = 6;
/// Trades that are listed; the newest.
const LISTED: usize = 200;
/// A month's return at which its cell has its full colour.
const FULL: f64 = 0.15;

const STYLE: &str = "\
:root{--ink:#1a1f27;--paper:#fff;--faint:#667080;--line:#d8dde4;--up:#16803c;--down:#c0322b;--curve:#2357c5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14171c;--faint:#93a0b0;--line:#2b323c;--up:#42c474;--down:#f2776f;--curve:#7aa2ff}}
body{margin:2rem auto;max-width:1080px;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .4rem}p{margin:.2rem 0;color:var(--faint)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:.8rem 1.2rem;margin:1.4rem 0}
dt{color:var(--faint);font-size:.85rem}dd{margin:0;font-size:1.15rem;font-variant-numeric:tabular-nums}
svg{width:100%;height:auto;display:block}svg text{fill:var(--faint);font-size:12px}
.grid{stroke:var(--line);stroke-width:1}.curve{fill:none;stroke:var(--curve);stroke-width:1.5}
.fall{fill:var(--down);fill-opacity:.25;stroke:var(--down);stroke-width:1}.price{fill:none;stroke:var(--faint);stroke-width:1}
.long{fill:var(--up)}.short{fill:var(--down)}.left{fill:none;stroke:var(--ink);stroke-width:1}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.88rem;width:100%}
th,td{padding:.25rem .5rem;text-align:right;white-space:nowrap}th{color:var(--faint);font-weight:500}
td.good{color:var(--up)}td.bad{color:var(--down)}";

/// The page.
pub(super) fn page(told: &Told<'_>, source: &str) -> String {
    let name = told.rule.name().name();
    let params: Vec<_> = told.rule.values().map(|(name, value)| format!("{name} {value}")).collect();
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{name}</title><style>{STYLE}</style><h1>{name}</h1><p>{}</p><p>{} bars of {}, {}</p>",
        params.join(", "),
        told.series.len(),
        escaped(source),
        escaped(&told.terms_text()),
    );
    measures(&mut html, told);
    let equity = &told.report.outcome.equity;
    let depths: Vec<f64> = drawdown::depths(equity).map(|depth| depth * 100.0).collect();
    for (title, class, values, unit) in
        [("Equity", "curve", equity, ""), ("Below the highest value so far", "fall", &depths, " %")]
    {
        _ = write!(html, "<h2>{title}</h2>");
        let scale = Scale::of(values, unit);
        drawing(&mut html, &scale, told.series.time_ms(), &line(&scale, values, class));
    }
    html.push_str("<h2>Trades on the price</h2>");
    let scale = Scale::of(told.series.close(), "");
    let marks: String = told.report.outcome.trades.iter().map(|closed| mark(&scale, closed)).collect();
    drawing(&mut html, &scale, told.series.time_ms(), &(line(&scale, told.series.close(), "price") + &marks));
    months(&mut html, told);
    trades(&mut html, &told.report.outcome.trades);
    html.push_str("</html>\n");
    html
}

fn measures(html: &mut String, told: &Told<'_>) {
    let (curve, trades) = (&told.report.curve, &told.report.trades);
    let share = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| format!("{:.2} %", value * 100.0));
    let plain = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| format!("{value:.2}"));
    let all = [
        ("Equity", format!("{:.2}", told.report.equity_final(told.terms))),
        ("Return", share(curve.total_return)),
        ("A year", share(curve.cagr)),
        ("Volatility", share(curve.ann_vol)),
        ("Sharpe", plain(curve.sharpe)),
        ("Sortino", plain(curve.sortino)),
        ("Deepest fall", share(curve.max_drawdown)),
        ("Calmar", plain(curve.calmar)),
        ("Trades", trades.trades.map_or_else(|| "n/a".to_owned(), |count| format!("{count:.0}"))),
        ("Won", share(trades.win_rate)),
        ("Profit factor", plain(trades.profit_factor)),
        ("In the market", share(trades.exposure)),
        ("Fees", plain(trades.total_fees)),
    ];
    html.push_str("<dl>");
    all.iter().for_each(|(name, value)| _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>"));
    html.push_str("</dl>");
}

/// Where values lie in a drawing.
struct Scale {
    low: f64,
    high: f64,
    bars: usize,
    unit: &'static str,
}

impl Scale {
    fn of(values: &[f64], unit: &'static str) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
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
}

fn drawing(html: &mut String, scale: &Scale, time_ms: &[i64], inside: &str) {
    _ = write!(html, "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\">", HEIGHT + DATES);
    for step in 0..=DATED {
        let bar = (scale.bars.saturating_sub(1)) * step / DATED;
        let Some((year, month)) = time_ms.get(bar).map(|ms| calendar::year_and_month(*ms)) else { continue };
        let anchor = if step == DATED { "end" } else { "middle" };
        _ = write!(html, "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">", scale.x(bar), HEIGHT + DATES - 4.0);
        _ = write!(html, "{year}-{month:02}</text>");
    }
    for step in 0..=4 {
        let value = scale.low + (scale.high - scale.low) * f64::from(step) / 4.0;
        let y = scale.y(value);
        _ = write!(html, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        let digits = if value.abs() >= 1_000.0 { 0 } else { 2 };
        _ = write!(html, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">", LEFT - 6.0, y + 4.0);
        _ = write!(html, "{:.digits$}{}</text>", value + 0.0, scale.unit);
    }
    html.push_str(inside);
    html.push_str("</svg>");
}

/// A line through the values; what is filled goes down to it from the top.
fn line(scale: &Scale, values: &[f64], class: &str) -> String {
    let mut points = String::new();
    let stretch = values.len().div_ceil(POINTS_MAX / 2).max(1);
    for (n, part) in values.chunks(stretch).enumerate() {
        let ends = part.iter().enumerate();
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
fn mark(scale: &Scale, closed: &Closed) -> String {
    let (at, trade) = (&closed.position, &closed.trade);
    let (class, tip) = if at.side == Wanted::Long { ("long", 8.0) } else { ("short", -8.0) };
    let (x, y) = (scale.x(trade.entry_bar), scale.y(at.entry_px));
    let (out_x, out_y) = (scale.x(trade.exit_bar), scale.y(closed.exit_px));
    format!(
        "<g><title>{class} {} at {}, left at {}: {:.2}</title><path class=\"{class}\" d=\"M{x:.1} {y:.1}l-4 {tip}h8z\"/>\
         <circle class=\"left\" cx=\"{out_x:.1}\" cy=\"{out_y:.1}\" r=\"2.5\"/></g>",
        at.units, at.entry_px, closed.exit_px, trade.pnl
    )
}

fn months(html: &mut String, told: &Told<'_>) {
    html.push_str("<h2>By month, in percent</h2><div class=\"wide\"><table><tr><th></th>");
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "year"]
        .iter()
        .for_each(|name| _ = write!(html, "<th>{name}</th>"));
    html.push_str("</tr>");
    let months = calendar::months(told.series.time_ms(), &told.report.outcome.equity);
    for year in months.chunk_by(|a, b| a.year == b.year) {
        _ = write!(html, "<tr><th>{}</th>", year[0].year);
        for month in 1..=12 {
            match year.iter().find(|at| at.month == month) {
                Some(at) => cell(html, at.total),
                None => html.push_str("<td></td>"),
            }
        }
        cell(html, year.iter().fold(1.0, |grown, at| grown * (1.0 + at.total)) - 1.0);
        html.push_str("</tr>");
    }
    html.push_str("</table></div>");
}

/// The stronger the colour, the further from nothing.
fn cell(html: &mut String, share: f64) {
    let colour = if share >= 0.0 { "22,128,60" } else { "192,50,43" };
    let strength = (share.abs() / FULL).min(1.0) * 0.7;
    let percent = (share * 1_000.0).round() / 10.0 + 0.0;
    _ = write!(html, "<td style=\"background:rgba({colour},{strength:.2})\">{percent:.1}</td>");
}

fn trades(html: &mut String, all: &[Closed]) {
    let listed = &all[all.len().saturating_sub(LISTED)..];
    let which = if listed.len() < all.len() { format!(", the last {LISTED} of {}", all.len()) } else { String::new() };
    _ = write!(html, "<h2>Trades{which}</h2><div class=\"wide\"><table><tr>");
    ["side", "units", "from bar", "at", "to bar", "at", "fees", "profit", "return"]
        .iter()
        .for_each(|name| _ = write!(html, "<th>{name}</th>"));
    html.push_str("</tr>");
    for closed in listed.iter().rev() {
        let (at, trade) = (&closed.position, &closed.trade);
        let class = if trade.pnl > 0.0 { "good" } else { "bad" };
        _ = write!(
            html,
            "<tr><td>{:?}</td><td>{:.6}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.2}</td>\
             <td class=\"{class}\">{:.2}</td><td class=\"{class}\">{:.2} %</td></tr>",
            at.side,
            at.units,
            trade.entry_bar,
            at.entry_px,
            trade.exit_bar,
            closed.exit_px,
            trade.fees,
            trade.pnl,
            trade.share * 100.0
        );
    }
    html.push_str("</table></div>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
