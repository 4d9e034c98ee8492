//! A run as one page that needs nothing else: measures, equity, drawdown, Sharpe's ratio as time went by, trades on the
//! price, months, falls, and whatever tables a run has.
//!
//! Owns: how it looks. What stands on it is a [`View`], which candles and ticks alike are made into.

mod drawing;
pub(crate) mod table;

pub(crate) use drawing::stamp;
use drawing::{Scale, drawing, line, mark, strip};
use engine_analytics::performance::curve::returns;
use engine_analytics::performance::{calendar, drawdown};
use std::fmt::Write as _;
use table::{Cell, Table};

/// Falls that are listed.
const WORST: usize = 10;
/// Points of the ratio as time went by.
const ROLLED: usize = 1_000;
/// Rows of a table that are shown; the newest trades.
pub(super) const LISTED: usize = 200;

pub(crate) const STYLE: &str = "\
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

/// What a page shows. Columns have one length, a row a bar or a sample.
pub(crate) struct View<'a> {
    /// Whose run.
    pub(crate) title: String,
    /// What a reader must know of it, a line each.
    pub(crate) lines: Vec<String>,
    /// Name and value.
    pub(crate) measures: Vec<(&'static str, String)>,
    /// In ms since the epoch.
    pub(crate) time_ms: &'a [i64],
    /// The account's value.
    pub(crate) equity: &'a [f64],
    /// What was traded.
    pub(crate) charts: Vec<Chart<'a>>,
    /// Bars in a year, where what is annual can be told.
    pub(crate) periods: Option<f64>,
    /// Below all else.
    pub(crate) tables: Vec<Table>,
}

/// A price and what was done at it.
pub(crate) struct Chart<'a> {
    /// Of what.
    pub(crate) name: String,
    /// `NaN` where there was none.
    pub(crate) price: &'a [f64],
    /// The trades.
    pub(crate) marks: Vec<Mark>,
}

/// A trade in a drawing.
pub(crate) struct Mark {
    /// Whether it was long.
    pub(crate) is_long: bool,
    /// Where it was opened: bar and price.
    pub(crate) entry: (usize, f64),
    /// Where it was left; `None` while it is open.
    pub(crate) exit: Option<(usize, f64)>,
    /// Shown when pointed at.
    pub(crate) told: String,
}

/// The page.
pub(crate) fn page(view: &View<'_>) -> String {
    let title = escaped(&view.title);
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title}</h1>"
    );
    view.lines.iter().for_each(|line| _ = write!(html, "<p>{}</p>", escaped(line)));
    html.push_str("<dl>");
    for (name, value) in &view.measures {
        _ = write!(html, "<div><dt>{name}</dt><dd>{}</dd></div>", escaped(value));
    }
    html.push_str("</dl>");
    curves(&mut html, view);
    for chart in &view.charts {
        _ = write!(html, "<h2>Trades on the price of {}</h2>", escaped(&chart.name));
        let scale = Scale::of(chart.price, "");
        let marks: String = chart.marks.iter().map(|of| mark(&scale, of)).collect();
        drawing(&mut html, &scale, view.time_ms, &(line(&scale, chart.price, "price") + marks.as_str()));
        html.push_str("<p>In the market: long above the line, short below it</p>");
        strip(&mut html, &scale, &chart.marks);
    }
    if view.periods.is_some() {
        months(&mut html, view);
    }
    table::write(&mut html, &falls(view));
    view.tables.iter().for_each(|table| table::write(&mut html, table));
    html.push_str("</html>\n");
    html
}

fn curves(html: &mut String, view: &View<'_>) {
    let depths: Vec<f64> = drawdown::depths(view.equity).map(|depth| depth * 100.0).collect();
    for (title, class, values, unit) in
        [("Equity", "curve", view.equity, ""), ("Below the highest value so far", "fall", &depths, " %")]
    {
        _ = write!(html, "<h2>{title}</h2>");
        let scale = Scale::of(values, unit);
        drawing(html, &scale, view.time_ms, &line(&scale, values, class));
    }
    let Some((window, ratios)) = view.periods.and_then(|periods| rolled(view.equity, periods)) else { return };
    _ = write!(html, "<h2>Sharpe’s ratio of the last {window} bars</h2>");
    let scale = Scale::of(&ratios, "");
    drawing(html, &scale, view.time_ms, &line(&scale, &ratios, "curve"));
}

/// The ratio of a window that moves along: a quarter of a year or a quarter of the run, whichever is shorter. `NaN` before
/// it is full and where nothing moved; none where it never can be told.
fn rolled(equity: &[f64], periods: f64) -> Option<(usize, Vec<f64>)> {
    let returns = returns(equity);
    let window = ((periods / 4.0) as usize).clamp(2, (returns.len() / 4).max(2));
    let mut ratios = vec![f64::NAN; equity.len()];
    let step = equity.len().div_ceil(ROLLED).max(1);
    for bar in (window..equity.len()).step_by(step) {
        let last = calendar::rolling_sharpe(&returns[bar - window..bar], window, periods).last().copied().flatten();
        ratios[bar] = last.unwrap_or(f64::NAN);
    }
    ratios.iter().any(|ratio| ratio.is_finite()).then_some((window, ratios))
}

fn months(html: &mut String, view: &View<'_>) {
    html.push_str("<h2>By month, in percent</h2><div class=\"wide\"><table><tr><th></th>");
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "year"]
        .iter()
        .for_each(|name| _ = write!(html, "<th>{name}</th>"));
    html.push_str("</tr>");
    let months = calendar::months(view.time_ms, view.equity);
    for year in months.chunk_by(|a, b| a.year == b.year) {
        _ = write!(html, "<tr><th>{}</th>", year[0].year);
        for month in 1..=12 {
            match year.iter().find(|at| at.month == month) {
                Some(at) => table::month(html, at.total),
                None => html.push_str("<td></td>"),
            }
        }
        table::month(html, year.iter().fold(1.0, |grown, at| grown * (1.0 + at.total)) - 1.0);
        html.push_str("</tr>");
    }
    html.push_str("</table></div>");
}

/// The deepest falls, worst first.
fn falls(view: &View<'_>) -> Table {
    let when = |bar: usize| view.time_ms.get(bar).map_or_else(String::new, |ms| stamp(*ms));
    let row = |spell: drawdown::Spell| {
        let until = spell.recovered_bar.map_or_else(|| "still below".to_owned(), when);
        vec![
            Cell::toned(format!("{:.4} %", spell.depth * 100.0), spell.depth),
            Cell::plain(when(spell.peak_bar)),
            Cell::plain(when(spell.bottom_bar)),
            Cell::plain(until),
            Cell::plain(spell.bars.to_string()),
        ]
    };
    Table {
        title: "The deepest falls".to_owned(),
        head: ["depth", "from", "deepest", "until", "bars"].map(str::to_owned).to_vec(),
        rows: drawdown::worst(view.equity, WORST).into_iter().map(row).collect(),
    }
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
