//! A sweep as one page that needs nothing else: the best, the doubt beside it, how what is looked for depends on each two
//! parameters, and how winners did on what they had not seen.

use super::heat::{Scale, label};
use super::tell::{Told, equity, percent, sharpe_of, shown};
use crate::command::backtest::page::table::{self, Cell, Table};
use crate::command::backtest::page::{STYLE, escaped};
use engine_backtest::sweep::run::{Trial, best};
use engine_backtest::sweep::sensitivity::{Map, Sensitivity, sensitivity};
use std::fmt::Write as _;

/// Trials that are listed.
const LISTED: usize = 50;
/// Size of a map, in its own units.
const WIDTH: f64 = 1_000.0;
const LEFT: f64 = 110.0;
const BELOW: f64 = 40.0;
/// A cell is no higher than this.
const ROW: f64 = 34.0;
/// From the worst to the best (viridis): lightness alone tells it, too.
const COLOURS: [[f64; 3]; 5] =
    [[68.0, 1.0, 84.0], [59.0, 82.0, 139.0], [33.0, 145.0, 140.0], [94.0, 201.0, 98.0], [253.0, 231.0, 37.0]];

/// The page.
pub(super) fn page(told: &Told) -> String {
    let name = escaped(&told.asked.space.of().strategy);
    let title = format!("{name}: {} trials by {}", told.trials.len(), told.method);
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}\n.cell{{stroke:var(--paper);stroke-width:1}}\
         .best{{fill:none;stroke:#e5484d;stroke-width:3}}</style><h1>{title}</h1>"
    );
    let objectives: Vec<String> = told.asked.objectives.iter().map(ToString::to_string).collect();
    let of = format!("{} of {} points over {} bars", told.trials.len(), told.asked.space.size(), told.bars);
    _ = write!(html, "<p>Looking for {}</p><p>{of}, seed {}</p>", objectives.join(", "), told.seed);
    measures(&mut html, told);
    let found = sensitivity(&told.asked.space, &told.trials);
    for map in &found.maps {
        heat(&mut html, told, &found, map);
    }
    if found.maps.is_empty() {
        table::write(&mut html, &only(told, &found));
    }
    table::write(&mut html, &trials(told, &objectives));
    windows(&mut html, told);
    html.push_str("</html>\n");
    html
}

fn measures(html: &mut String, told: &Told) {
    let deflated = told.doubt.and_then(|doubt| doubt.deflated).map(|deflated| deflated.probability);
    let overfit = told.doubt.and_then(|doubt| doubt.overfit).map(|overfit| overfit.probability);
    let winner = best(&told.trials);
    let mut all = vec![
        ("best by the first".to_owned(), shown(winner.and_then(Trial::objective))),
        ("its parameters".to_owned(), winner.map_or_else(String::new, |winner| told.params_text(winner))),
        ("deflated Sharpe".to_owned(), shown(deflated)),
        ("overfitting".to_owned(), shown(overfit)),
    ];
    let found = sensitivity(&told.asked.space, &told.trials);
    for side in &found.sides {
        all.push((format!("hangs on {} alone", side.name), percent(side.share)));
    }
    if let Some(around) = found.around {
        all.push((format!("mean of {} beside it", around.count), shown(Some(around.mean))));
        all.push(("worst beside it".to_owned(), shown(Some(around.worst))));
    }
    html.push_str("<dl>");
    for (name, value) in all {
        _ = write!(html, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(&name), escaped(&value));
    }
    html.push_str("</dl>");
    told.notes().iter().for_each(|note| _ = write!(html, "<p>{}</p>", escaped(note)));
}

/// Where a share lies between the colours.
fn colour(share: f64) -> String {
    let at = share.clamp(0.0, 1.0) * (COLOURS.len() - 1) as f64;
    let (low, part) = ((at as usize).min(COLOURS.len() - 2), at - (at as usize).min(COLOURS.len() - 2) as f64);
    let [r, g, b] = [0, 1, 2].map(|n| COLOURS[low][n] + (COLOURS[low + 1][n] - COLOURS[low][n]) * part);
    format!("rgb({r:.0},{g:.0},{b:.0})")
}

fn heat(html: &mut String, told: &Told, found: &Sensitivity, map: &Map) {
    let [rows, columns] = map.sides.map(|side| &found.sides[side]);
    let scale = Scale::of(told, map);
    let (wide, high) = ((WIDTH - LEFT) / columns.values.len() as f64, ROW.min(620.0 / rows.values.len() as f64));
    let height = high * rows.values.len() as f64;
    _ = write!(html, "<h2>{} by {}</h2>", rows.name, columns.name);
    let objective = told.asked.objectives[0].to_string();
    _ = write!(
        html,
        "<p>Mean of {objective} over all else that was tried; yellow is best, dark is worst, empty was not \
        tried, and the best trial is framed</p>"
    );
    _ = write!(html, "<svg viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\">", height + BELOW);
    for (y, row) in map.cells.iter().enumerate() {
        let top = high * y as f64;
        let text = top + high / 2.0 + 4.0;
        let name = label(rows, y);
        _ = write!(html, "<text x=\"{}\" y=\"{text:.1}\" text-anchor=\"end\">{name}</text>", LEFT - 8.0);
        for (x, cell) in row.iter().enumerate() {
            let Some(share) = scale.share(told, cell) else { continue };
            let left = LEFT + wide * x as f64;
            _ = write!(
                html,
                "<rect class=\"cell\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" \
                fill=\"{}\"><title>{} {name}, {} {}: {} ({} tried)</title></rect>",
                colour(share),
                rows.name,
                columns.name,
                label(columns, x),
                shown(cell.mean),
                cell.count
            );
        }
    }
    if let Some(winner) = best(&told.trials) {
        let places = told.asked.space.places(winner.point);
        let [y, x] = map.sides.map(|side| {
            let values = told.asked.space.axes()[side].values.len();
            places[side] / values.div_ceil(found.sides[side].values.len())
        });
        let (left, top) = (LEFT + wide * x as f64, high * y as f64);
        _ = write!(
            html,
            "<rect class=\"best\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\"/>"
        );
    }
    // As many names as there is room for.
    let every = columns.values.len().div_ceil(12);
    for x in (0..columns.values.len()).step_by(every) {
        let middle = LEFT + wide * (x as f64 + 0.5);
        _ = write!(
            html,
            "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            height + 16.0,
            label(columns, x)
        );
    }
    let middle = LEFT + (WIDTH - LEFT) / 2.0;
    _ = write!(
        html,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        height + 34.0,
        columns.name
    );
    _ = write!(html, "<text x=\"4\" y=\"14\">{}</text></svg>", rows.name);
}

/// Of one parameter there is no map.
fn only(told: &Told, found: &Sensitivity) -> Table {
    let objective = told.asked.objectives[0].to_string();
    let rows = found.sides.iter().flat_map(|side| {
        (0..side.cells.len()).map(|n| {
            let cell = side.cells[n];
            vec![label(side, n), shown(cell.mean), cell.count.to_string()].into_iter().map(Cell::plain).collect()
        })
    });
    let head =
        vec![found.sides.first().map_or_else(String::new, |side| side.name.to_owned()), objective, "tried".to_owned()];
    Table { title: "By the parameter".to_owned(), head, rows: rows.collect() }
}

fn trials(told: &Told, objectives: &[String]) -> Table {
    let is_front = objectives.len() > 1;
    let mut ranked: Vec<&Trial> = told.front().unwrap_or_else(|| told.trials.iter().collect());
    if !is_front {
        ranked.sort_by(|a, b| b.score().total_cmp(&a.score()).then(a.number.cmp(&b.number)));
    }
    let row = |trial: &&Trial| {
        let measures = trial.objectives[..objectives.len()].iter().map(|found| Cell::plain(shown(*found)));
        let others = [equity(trial), percent(trial.max_drawdown), trial.trades.to_string()];
        let others = others.into_iter().chain([told.params_text(trial)]).map(Cell::plain);
        measures.chain(others).collect()
    };
    let count = ranked.len();
    let which = if is_front { format!("The front, {count} of {}", told.trials.len()) } else { "The best".to_owned() };
    let shown = if count > LISTED { format!("{which}: {LISTED} of {count}") } else { which };
    let head = objectives.iter().cloned().chain(["equity", "deepest", "trades", "parameters"].map(str::to_owned));
    Table { title: shown, head: head.collect(), rows: ranked.iter().take(LISTED).map(row).collect() }
}

fn windows(html: &mut String, told: &Told) {
    let head = |first: &str| [first, "picked by", "return", "Sharpe", "parameters"].map(str::to_owned).to_vec();
    let row = |tests: String, winner: Option<&Trial>, tested: &engine_analytics::performance::curve::CurveMeasures| {
        let picked_by = shown(winner.and_then(Trial::objective));
        let plain = [tests, picked_by, percent(tested.total_return), shown(tested.sharpe)];
        plain.into_iter().chain([told.winner_text(winner)]).map(Cell::plain).collect::<Vec<_>>()
    };
    if let Some(walked) = &told.walked {
        let rows = walked.windows.iter().map(|window| {
            row(format!("{}..{}", window.test.start, window.test.end), window.winner.as_ref(), &window.tested)
        });
        let title = format!("Walking forward: all tests {}", percent(walked.tested.total_return));
        table::write(html, &Table { title, head: head("tested on"), rows: rows.collect() });
    }
    if let Some((cross, crossed)) = &told.crossed {
        let rows = crossed.splits.iter().map(|split| {
            let tests: Vec<String> = split.test.iter().map(|test| format!("{}..{}", test.start, test.end)).collect();
            row(tests.join(" "), split.winner.as_ref(), &split.tested)
        });
        let count = crossed.paths.len();
        let told = match sharpe_of(&crossed.paths) {
            Ok([mean, deviation, least]) => {
                format!(": Sharpe {mean:.4} over {count} paths (deviation {deviation:.4}, least {least:.4})")
            }
            Err(why) => format!(": Sharpe n/a ({why})"),
        };
        let title = format!("Cross-validation, {} bars purged, {} under embargo{told}", cross.purge, cross.embargo);
        table::write(html, &Table { title, head: head("tested on"), rows: rows.collect() });
    }
}
