//! `backtest --lint`: what is wrong with a strategy before it costs money.

use crate::exit::Exit;
use crate::output;
use anyhow::anyhow;
use engine_analytics::signal::Wanted;
use engine_backtest::bars::lint::{BIASED, Looked, Memory, disagreements, foresight, memory};
use engine_backtest::bars::rule::Rule;
use engine_backtest::bars::series::Series;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What was found.
struct Found {
    looked: Looked,
    /// By indicator; `None`: too few bars to try it.
    memories: Vec<(String, Option<Memory>)>,
    /// Opinions that a late start changes, of how many.
    apart: (usize, usize),
    needs: usize,
    start: usize,
}

/// Tries the strategy, tells, and fails if it sees the future.
pub(super) fn run(rule: &Rule, series: &Series, is_json: bool) -> Result<(), Exit> {
    let found = found(rule, series);
    if is_json {
        output::print_json(&json(rule, &found))?
    } else {
        output::print(&text(rule, &found))?
    }
    found.looked.foresight.map_or(Ok(()), |seen| {
        let (bar, ahead) = (seen.bar, seen.ahead());
        Err(Exit::Failed(anyhow!("look-ahead: what is wanted after bar {bar} depends on bars at least {ahead} later")))
    })
}

fn found(rule: &Rule, series: &Series) -> Found {
    let decides = |series: &Series| rule.wanted(series);
    let (needs, start) = (rule.needs(), series.len() / 4);
    let columns = rule.columns().into_iter();
    let memories = columns.map(|column| (column.to_string(), memory(series, &|series| column.of(series), needs)));
    Found {
        looked: foresight(series, &decides, needs),
        memories: memories.collect(),
        apart: disagreements(series, &decides, start, needs),
        needs,
        start,
    }
}

fn json(rule: &Rule, found: &Found) -> Value {
    let seen = found.looked.foresight.map(|seen| {
        let sign = |wanted: Wanted| wanted as i8;
        json!({
            "bar": seen.bar, "hidden_from": seen.hidden_from, "ahead": seen.ahead(),
            "with": sign(seen.with), "without": sign(seen.without),
        })
    });
    let memories = found.memories.iter().map(|(name, memory)| {
        json!({
            "indicator": name,
            "difference": memory.map(|memory| memory.difference),
            "start": memory.map(|memory| memory.start),
            "settles_after": memory.and_then(|memory| memory.settles_after),
            "biased": memory.map(|memory| memory.is_biased()),
        })
    });
    json!({
        "strategy": rule.name().name(),
        "look_ahead": seen,
        "closes_tried": found.looked.closes,
        "closes": found.looked.of,
        "warm_up_bars": found.needs,
        "indicators": memories.collect::<Vec<_>>(),
        "late_start": {"start": found.start, "bars": found.apart.1, "opinions_apart": found.apart.0},
    })
}

fn text(rule: &Rule, found: &Found) -> String {
    let mut text = format!("{}, which believes its indicators after {} bars\n\n", rule.name().name(), found.needs);
    let Looked { closes, of, foresight } = found.looked;
    match foresight {
        None => {
            let tried = format!("tried behind {closes} of {of} closes");
            _ = writeln!(
                text,
                "  look-ahead      none: bars cut off or changed later change no opinion before; {tried}"
            );
        }
        Some(seen) => {
            let (bar, ahead) = (seen.bar, seen.ahead());
            _ = writeln!(
                text,
                "  LOOK-AHEAD      after bar {bar} it wants {:?}, and {:?} when bars at least {ahead} later are others",
                seen.with, seen.without
            );
        }
    }
    for (name, memory) in &found.memories {
        _ = writeln!(text, "  {:<28}{}", name, memory.map_or_else(|| "too few bars to try it".to_owned(), told));
    }
    let (apart, of) = found.apart;
    _ = writeln!(text, "\n  begun {} bars later, it wants something else at {apart} of {of} closes", found.start);
    text
}

fn told(memory: Memory) -> String {
    let settles = match memory.settles_after {
        Some(bars) => format!("settled after {bars} bars"),
        None => "never settled".to_owned(),
    };
    let percent = memory.difference * 100.0;
    let limit = BIASED * 100.0;
    let verdict = if memory.is_biased() { format!("BIASED (more than {limit} %): ") } else { String::new() };
    format!("{verdict}{percent:.4} % apart when first believed (started at bar {}), {settles}", memory.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_backtest::bars::lint::Foresight;
    use engine_backtest::bars::rule::RuleName;
    use engine_backtest::bars::series::Bar;

    fn series() -> Series {
        let mut series = Series::default();
        for n in 0..2_000_i64 {
            let px = |n: i64| 100.0 + 10.0 * (n as f64 / 17.0).sin() + 3.0 * (n as f64 / 5.3).cos();
            let (open, close) = (px(n), px(n + 1));
            let bar = Bar { time_ms: n, open, high: open.max(close), low: open.min(close), close };
            series.push(bar).expect("a bar");
        }
        series
    }

    #[test]
    fn a_recursive_indicator_is_named_with_its_difference_and_a_window_is_not() {
        let rule = |name| Rule::new(name, []).expect("the defaults");
        let (series, recursive, window) = (series(), rule(RuleName::RsiMacd), rule(RuleName::SmaCross));
        let found = found(&recursive, &series);
        let told = text(&recursive, &found);
        assert!(told.contains("look-ahead      none"), "{told}");
        let line = told.lines().find(|line| line.contains("macd histogram 12, 26, 9")).expect("it is named");
        assert!(line.contains("BIASED (more than 1 %)") && line.contains("% apart"), "{line}");
        let json = json(&recursive, &found);
        assert!(json["look_ahead"].is_null() && json["indicators"][1]["biased"] == true, "{json}");
        let told = text(&window, &super::found(&window, &series));
        assert!(!told.contains("BIASED") && told.contains("mean 50"), "{told}");
    }

    #[test]
    fn who_sees_the_future_is_told_with_how_far() {
        let rule = Rule::new(RuleName::SmaCross, []).expect("the defaults");
        let seen = Foresight { bar: 7, hidden_from: 9, with: Wanted::Long, without: Wanted::Flat };
        let looked = Looked { closes: 9, of: 9, foresight: Some(seen) };
        let found = Found { looked, memories: Vec::new(), apart: (0, 0), needs: 50, start: 0 };
        let told = text(&rule, &found);
        assert!(told.contains("after bar 7 it wants Long, and Flat when bars at least 2 later are others"), "{told}");
        assert_eq!(json(&rule, &found)["look_ahead"]["ahead"], 2);
    }
}
