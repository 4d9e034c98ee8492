//! How what is looked for depends on the parameters, in a terminal: a digit a cell, and a colour where there are some.

use super::tell::{Told, shown};
use engine_backtest::sweep::sensitivity::{Cell, Map, Sensitivity, Side, sensitivity};
use std::fmt::Write as _;

/// From the worst to the best: dark violet to yellow, as well seen by those who see few colours (viridis, of the 256 of
/// terminals).
const COLOURS: [u8; 10] = [53, 54, 60, 66, 66, 72, 78, 114, 149, 220];

/// Where a value lies between the worst and the best, from 0 to 1.
pub(super) struct Scale {
    worst: f64,
    best: f64,
}

impl Scale {
    /// Of a map, as scores: more is better.
    pub(super) fn of(told: &Told, map: &Map) -> Self {
        let scores = map.cells.iter().flatten().filter_map(|cell| score(told, cell));
        let ends = scores.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), one| (low.min(one), high.max(one)));
        Self { worst: ends.0, best: ends.1 }
    }

    /// `None` of a cell without a number; where all are equal, the middle.
    pub(super) fn share(&self, told: &Told, cell: &Cell) -> Option<f64> {
        let range = self.best - self.worst;
        score(told, cell).map(|score| if range > 0.0 { (score - self.worst) / range } else { 0.5 })
    }
}

fn score(told: &Told, cell: &Cell) -> Option<f64> {
    cell.mean.map(|mean| told.asked.objectives[0].score(Some(mean))).filter(|score| score.is_finite())
}

/// The map of the two parameters on which most hangs, and how much hangs on each; nothing of one trial.
pub(super) fn text(told: &Told, is_coloured: bool) -> String {
    let found = sensitivity(&told.asked.space, &told.trials);
    let mut text = String::new();
    let objective = told.asked.objectives[0].to_string();
    let shares: Vec<String> = found
        .sides
        .iter()
        .filter_map(|side| side.share.map(|share| format!("{:.1} % by {}", share * 100.0, side.name)))
        .collect();
    if shares.is_empty() {
        return text;
    }
    _ = writeln!(text, "\n  Of what {objective} varies: {}, each alone", shares.join(", "));
    if let Some(around) = found.around {
        let [winner, mean, worst] = [around.winner, around.mean, around.worst].map(|value| shown(Some(value)));
        let count = around.count;
        _ = writeln!(text, "  best {winner}; {count} tried one step beside it: mean {mean}, worst {worst}");
    }
    let share = |map: &Map| map.sides.iter().filter_map(|side| found.sides[*side].share).sum::<f64>();
    if let Some(map) = found.maps.iter().max_by(|a, b| share(a).total_cmp(&share(b))) {
        text.push_str(&drawn(told, &found, map, is_coloured));
    }
    text
}

fn drawn(told: &Told, found: &Sensitivity, map: &Map, is_coloured: bool) -> String {
    let [rows, columns] = map.sides.map(|side| &found.sides[side]);
    let scale = Scale::of(told, map);
    let names: Vec<String> = (0..rows.values.len()).map(|n| label(rows, n)).collect();
    let head = format!("{} \\ {}", rows.name, columns.name);
    let width = names.iter().map(String::len).max().unwrap_or(0).max(head.len());
    let ends = format!("{} to {}", label(columns, 0), label(columns, columns.values.len() - 1));
    let mut text = format!("\n  {head:>width$}  {ends}; 9 is the best mean, 0 the worst, . had no value\n");
    for (name, row) in names.iter().zip(&map.cells) {
        _ = write!(text, "  {name:>width$}  ");
        for cell in row {
            match scale.share(told, cell).map(|share| (share * 9.0).round() as usize) {
                Some(tenth) if is_coloured => {
                    let (colour, ink) = (COLOURS[tenth], if tenth > 5 { 16 } else { 231 });
                    _ = write!(text, "\u{1b}[48;5;{colour};38;5;{ink}m{tenth} \u{1b}[0m");
                }
                Some(tenth) => _ = write!(text, "{tenth} "),
                None => text.push_str(". "),
            }
        }
        text.push('\n');
    }
    text
}

/// The value of a cell, or its ends.
pub(super) fn label(side: &Side, n: usize) -> String {
    let (least, most) = side.values[n];
    if least.total_cmp(&most).is_eq() { least.to_string() } else { format!("{least}..{most}") }
}
