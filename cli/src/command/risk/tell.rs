//! How it is told: as JSON, as text.

use super::asked::Asked;
use super::measure::{Answer, Known, Matrix, Named, Together};
use engine_analytics::performance::coverage::Coverage;
use engine_analytics::performance::portfolio::Parts;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Reasons by the place of what is null.
type Unknown = Map<String, Value>;

/// The contract of `--json`.
pub(super) fn json(asked: &Asked, answer: &Answer) -> Value {
    let mut unknown = Unknown::new();
    let single = by_name(asked, &answer.single, |name, levels| {
        by_level(asked, levels, |level, named| measures(named, &format!("single.{name}.{level}"), &mut unknown))
    });
    let coverage = by_name(asked, &answer.coverage, |name, levels| {
        by_level(asked, levels, |level, found| tested(found, &format!("coverage.{name}.{level}"), &mut unknown))
    });
    let mut promised = Map::new();
    for ((at, _), found) in asked.promised.iter().zip(&answer.promised) {
        let name = &asked.names[*at];
        promised.insert(name.clone(), tested(found, &format!("promised.{name}"), &mut unknown));
    }
    let portfolio = match &answer.portfolio {
        Ok(all) => together(asked, all, &mut unknown),
        Err(why) => null("portfolio", why, &mut unknown),
    };
    let mut allocation = Map::new();
    for (rule, weights) in &answer.allocation {
        let told = match weights {
            Ok(weights) => each(asked, weights),
            Err(why) => null(&format!("allocation.{rule}"), why, &mut unknown),
        };
        allocation.insert((*rule).to_owned(), told);
    }
    let [first, last] = asked.times.clone().map_or([None, None], |times| times.map(Some));
    json!({
        "input": {
            "name": asked.input, "blake3": asked.blake3, "rows": asked.rows, "first_time": first, "last_time": last,
            "returns": asked.returns.first().map_or(0, Vec::len),
        },
        "assets": asked.names,
        "weights": asked.weights.as_ref().map(|weights| each(asked, weights)),
        "confidence": asked.confidences,
        "window": asked.window,
        "single": single,
        "coverage": coverage,
        "promised": promised,
        "portfolio": portfolio,
        "covariance": matrix(asked, &answer.covariance, "covariance", &mut unknown),
        "correlation": matrix(asked, &answer.correlation, "correlation", &mut unknown),
        "rank_correlation": matrix(asked, &answer.rank_correlation, "rank_correlation", &mut unknown),
        "allocation": allocation,
        "notes": answer.notes,
        "unknown": unknown,
    })
}

fn null(place: &str, why: &str, unknown: &mut Unknown) -> Value {
    unknown.insert(place.to_owned(), json!(why));
    Value::Null
}

fn by_name<T>(asked: &Asked, all: &[T], mut told: impl FnMut(&str, &T) -> Value) -> Value {
    asked.names.iter().zip(all).map(|(name, of)| (name.clone(), told(name, of))).collect::<Map<_, _>>().into()
}

fn by_level<T>(asked: &Asked, all: &[T], mut told: impl FnMut(&str, &T) -> Value) -> Value {
    let level = |(confidence, of): (&f64, &T)| {
        let confidence = confidence.to_string();
        let value = told(&confidence, of);
        (confidence, value)
    };
    asked.confidences.iter().zip(all).map(level).collect::<Map<_, _>>().into()
}

fn each(asked: &Asked, values: &[f64]) -> Value {
    asked.names.iter().zip(values).map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>().into()
}

fn measures(named: &Named, place: &str, unknown: &mut Unknown) -> Value {
    let told = |(name, value): &(String, Known)| {
        let value = match value {
            Ok(value) => json!(value),
            Err(why) => null(&format!("{place}.{name}"), why, unknown),
        };
        (name.clone(), value)
    };
    named.iter().map(told).collect::<Map<_, _>>().into()
}

fn tested(found: &Known<Coverage>, place: &str, unknown: &mut Unknown) -> Value {
    match found {
        Ok(found) => {
            let [n00, n01, n10, n11] = found.transitions;
            json!({
                "n": found.periods, "exceedances": found.exceedances, "kupiec_lr": found.kupiec.0, "kupiec_p": found.kupiec.1,
                "n00": n00, "n01": n01, "n10": n10, "n11": n11, "christoffersen_lr": found.independence.0,
                "christoffersen_p": found.independence.1, "cc_p": found.conditional_p,
            })
        }
        Err(why) => null(place, why, unknown),
    }
}

fn together(asked: &Asked, all: &Together, unknown: &mut Unknown) -> Value {
    let single =
        by_level(asked, &all.single, |level, named| measures(named, &format!("portfolio.single.{level}"), unknown));
    let coverage =
        by_level(asked, &all.coverage, |level, found| tested(found, &format!("portfolio.coverage.{level}"), unknown));
    let parts = by_level(asked, &all.parts, |level, found| match found {
        Ok(parts) => json!({
            "normal_var": parts.var, "diversification": parts.diversification, "marginal": each(asked, &parts.marginal),
            "component": each(asked, &parts.component), "standalone": each(asked, &parts.standalone),
            "incremental": each(asked, &parts.incremental),
        }),
        Err(why) => null(&format!("portfolio.parts.{level}"), why, unknown),
    });
    json!({ "single": single, "coverage": coverage, "parts": parts })
}

fn matrix(asked: &Asked, matrix: &Matrix, place: &str, unknown: &mut Unknown) -> Value {
    by_name(asked, matrix, |name, row| {
        by_name(asked, row, |other, value| match value {
            Ok(value) => json!(value),
            Err(why) => null(&format!("{place}.{name}.{other}"), why, unknown),
        })
    })
}

/// For people.
pub(super) fn text(asked: &Asked, answer: &Answer) -> String {
    let (assets, count) = (asked.names.len(), asked.returns.first().map_or(0, Vec::len));
    let mut text = format!("{assets} assets, {count} returns of {}\n", asked.input);
    let mut heads: Vec<&str> = asked.names.iter().map(String::as_str).collect();
    let whole = answer.portfolio.as_ref().ok();
    heads.extend(whole.map(|_| "together"));
    for (at, confidence) in asked.confidences.iter().enumerate() {
        let all: Vec<&Named> =
            answer.single.iter().map(|of| &of[at]).chain(whole.map(|whole| &whole.single[at])).collect();
        line(&mut text, &format!("\nLosses at {confidence}"), &heads);
        let names = all.first().map_or(&[][..], |named| named.as_slice());
        for (row, (name, _)) in names.iter().enumerate() {
            let shown = |value: &Known| if name == "t_df" { plain(value) } else { percent(value) };
            line(&mut text, name, &all.iter().map(|named| shown(&named[row].1)).collect::<Vec<_>>());
        }
        let kept: Vec<&Known<Coverage>> =
            answer.coverage.iter().map(|of| &of[at]).chain(whole.map(|whole| &whole.coverage[at])).collect();
        tests(&mut text, &format!("Promise of {} before", asked.window), &heads, &kept);
        if let Some(parts) = whole.and_then(|whole| whole.parts[at].as_ref().ok()) {
            self::parts(&mut text, asked, parts);
        }
    }
    if !answer.promised.is_empty() {
        let heads: Vec<&str> = asked.promised.iter().map(|(at, _)| asked.names[*at].as_str()).collect();
        tests(&mut text, "\nPromise of others", &heads, &answer.promised.iter().collect::<Vec<_>>());
    }
    for (title, matrix) in [("\nCorrelation", &answer.correlation), ("\nOf ranks", &answer.rank_correlation)] {
        line(&mut text, title, &asked.names);
        for (name, row) in asked.names.iter().zip(matrix) {
            line(&mut text, name, &row.iter().map(plain).collect::<Vec<_>>());
        }
    }
    line(&mut text, "\nWeights", &asked.names);
    for (rule, weights) in &answer.allocation {
        let shown: Vec<String> = match weights {
            Ok(weights) => weights.iter().map(|weight| percent(&Ok(*weight))).collect(),
            Err(_) => asked.names.iter().map(|_| "n/a".to_owned()).collect(),
        };
        line(&mut text, rule, &shown);
    }
    remarks(&mut text, asked, answer);
    text
}

/// What is not known, and what a reader should know.
fn remarks(text: &mut String, asked: &Asked, answer: &Answer) {
    let told = json(asked, answer);
    let reasons = told["unknown"].as_object().into_iter().flatten();
    let reasons: Vec<String> =
        reasons.map(|(place, why)| format!("{place}: {}", why.as_str().unwrap_or_default())).collect();
    for (title, lines) in [("n/a", &reasons), ("Notes", &answer.notes)] {
        if !lines.is_empty() {
            _ = writeln!(text, "\n{title}");
            lines.iter().for_each(|line| _ = writeln!(text, "  {line}"));
        }
    }
}

fn tests(text: &mut String, title: &str, heads: &[&str], all: &[&Known<Coverage>]) {
    type Shown = fn(&Coverage) -> String;
    line(text, title, heads);
    let rows: [(&str, Shown); 5] = [
        ("beyond, of", |found| format!("{} of {}", found.exceedances, found.periods)),
        ("in a row", |found| found.transitions[3].to_string()),
        ("kupiec p", |found| format!("{:.4}", found.kupiec.1)),
        ("christoffersen p", |found| format!("{:.4}", found.independence.1)),
        ("both p", |found| format!("{:.4}", found.conditional_p)),
    ];
    for (name, shown) in rows {
        let cells = all.iter().map(|found| found.as_ref().map_or_else(|_| "n/a".to_owned(), shown));
        line(text, name, &cells.collect::<Vec<_>>());
    }
}

fn parts(text: &mut String, asked: &Asked, parts: &Parts) {
    let title = format!("Parts of {} (normal), {} diversified", share(parts.var), share(parts.diversification));
    _ = writeln!(text, "{title}");
    line(text, "", &asked.names);
    let rows = [
        ("marginal", &parts.marginal),
        ("component", &parts.component),
        ("standalone", &parts.standalone),
        ("incremental", &parts.incremental),
    ];
    for (name, values) in rows {
        line(text, name, &values.iter().map(|value| share(*value)).collect::<Vec<_>>());
    }
}

fn line(text: &mut String, name: &str, cells: &[impl AsRef<str>]) {
    let indent = if name.is_empty() || name.starts_with(|letter: char| !letter.is_lowercase()) { "" } else { "  " };
    let (gap, name) = name.strip_prefix('\n').map_or(("", name), |name| ("\n", name));
    let indented = format!("{indent}{name}");
    _ = write!(text, "{gap}{indented:<22}");
    cells.iter().for_each(|cell| _ = write!(text, " {:>13}", cell.as_ref()));
    text.push('\n');
}

fn share(value: f64) -> String {
    format!("{:.3} %", value * 100.0)
}

fn percent(value: &Known) -> String {
    value.as_ref().map_or_else(|_| "n/a".to_owned(), |value| share(*value))
}

fn plain(value: &Known) -> String {
    value.as_ref().map_or_else(|_| "n/a".to_owned(), |value| format!("{value:.4}"))
}
