//! The sweep of another engine again, point for point, and every refusal.

use super::{page, sweep, tell};
use crate::args::Optimize;
use crate::command::backtest::tests::oracles;
use crate::exit::Exit;
use clap::{Args as _, FromArgMatches as _};
use serde_json::{Value, json};
use std::path::PathBuf;

pub(super) fn told(typed: &[&str]) -> Result<tell::Told, Exit> {
    let command = Optimize::augment_args(clap::Command::new("optimize").no_binary_name(true));
    sweep(&Optimize::from_arg_matches(&command.get_matches_from(typed)).expect("arguments"))
}

const COLUMNS: [&str; 5] = ["trades", "final_equity", "sharpe_per_bar", "max_drawdown", "closed_fees"];

#[track_caller]
fn near(what: &str, found: &Value, wanted: f64) {
    let found = found.as_f64().unwrap_or(f64::NAN);
    assert!((found - wanted).abs() <= 1e-9 * wanted.abs(), "{what}: found {found}, expected {wanted}");
}

#[test]
fn the_grid_of_another_engine_comes_out_point_for_point_whole_and_in_parts() {
    let Some(oracles) = oracles() else { return };
    let folder = oracles.join("backtests/sweep_sma_cross");
    let lines = std::io::BufRead::lines(feeds::capture::open(&folder.join("grid.csv.gz")).expect("a file"));
    let wanted: Vec<Vec<f64>> = lines
        .skip(1)
        .map(|line| line.expect("a line").split(',').map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    assert_eq!(wanted.len(), 90);
    let input = oracles.join("series/btc_usd_4h_full.csv.gz");
    let space = r#"{"slow": {"min": 20, "max": 200, "step": 20}, "fast": {"min": 5, "max": 50, "step": 5}}"#;
    let mut typed = vec!["--strategy", "sma_cross", "--space", space, "--method", "grid", "--fee", "0.001"];
    typed.extend(["--sizing", "[\"allin\"]", "--periods-per-year", "2190", "--objective", "final_equity"]);
    typed.extend(["--input", input.to_str().expect("a path")]);
    let part = |part| {
        let typed: Vec<&str> = typed.iter().copied().chain(["--shard", part]).collect();
        told(&typed).expect("a part").json()["trials"].as_array().expect("trials").clone()
    };
    let whole = told(&typed).expect("a sweep");
    let (found, text) = (whole.json(), whole.text(false));
    let trials = found["trials"].as_array().expect("trials");
    let mut parts = [part("1/3"), part("2/3"), part("3/3")].concat();
    parts.sort_by_key(|trial| trial["trial"].as_u64());
    assert_eq!(&parts, trials);
    assert_eq!(trials.len(), 100, "those with fast not below slow are trials, too");
    let at = |row: &[f64]| {
        let is_it =
            |trial: &&Value| trial["params"]["fast"] == row[0] as u64 && trial["params"]["slow"] == row[1] as u64;
        trials.iter().find(is_it).expect("a trial")
    };
    for row in &wanted {
        for (column, wanted) in COLUMNS.iter().zip(&row[2..]) {
            near(&format!("{} {} {column}", row[0], row[1]), &at(row)[column], *wanted);
        }
    }
    let expected = std::fs::read_to_string(folder.join("expected.json")).expect("a file");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    let is_right = |best: &Value, wanted: &Value| {
        assert_eq!(best["params"]["fast"].as_f64(), wanted["p1"].as_f64());
        assert_eq!(best["params"]["slow"].as_f64(), wanted["p2"].as_f64());
        COLUMNS.iter().for_each(|column| near(column, &best[column], wanted[column].as_f64().expect("a number")));
    };
    is_right(&found["best"], &expected["best_by_final_equity"]);
    // Two equal windows never trade, and have no ratio.
    let ratio = |trial: &&Value| trial["sharpe_per_bar"].as_f64().unwrap_or(f64::NEG_INFINITY);
    let by_ratio = trials.iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b))).expect("trials");
    is_right(by_ratio, &expected["best_by_sharpe"]);
    let share = |key: &str| found[key].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share));
    assert!(share("deflated_sharpe") && share("pbo") && found["pbo_trials"] == 100, "{text}");
    assert!(text.contains("deflated Sharpe 0.") && text.contains("fast 15, slow 200"), "{text}");
}

fn file() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ringside-optimize-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let price = |n: f64| 100.0 + 10.0 * (n / 9.0).sin() + 3.0 * (n / 2.3).cos();
    let row = |n: u32| {
        let (open, close) = (price(f64::from(n)), price(f64::from(n) + 1.0));
        format!("{},{open},{},{},{close}\n", u64::from(n) * 3_600_000, open.max(close), open.min(close))
    };
    let path = folder.join("swings.csv");
    // Once: another test reads it.
    static WRITTEN: std::sync::Once = std::sync::Once::new();
    WRITTEN.call_once(|| {
        let rows: String = (0..120).map(row).collect();
        std::fs::write(&path, format!("time_ms,open,high,low,close\n{rows}")).expect("written");
    });
    path
}

const SPACE: &str = r#"{"fast": {"min": 1, "max": 8, "step": 1}, "slow": {"min": 4, "max": 20, "step": 1}}"#;

#[test]
fn a_walk_forward_is_told_window_by_window() {
    let path = file();
    let mut typed =
        vec!["--strategy", "sma_cross", "--space", SPACE, "--method", "tpe", "--trials", "30", "--seed", "9"];
    typed.extend(["--walk-forward", r#"{"train": 60, "test": 20}"#, "--input", path.to_str().expect("a path")]);
    let found = told(&typed).expect("a sweep");
    let (json, text) = (found.json(), found.text(false));
    assert_eq!((&json["seed"], json["trials"].as_array().expect("trials").len()), (&9.into(), 30));
    let windows = json["walk_forward"]["windows"].as_array().expect("windows");
    assert_eq!((windows.len(), &windows[2]["test"]), (3, &serde_json::json!([100, 120])));
    assert!(json["walk_forward"]["tested"]["return"].is_number() && text.contains("all of them"), "{text}");
    assert_eq!(told(&typed).expect("a sweep").json()["trials"], json["trials"]);
}

#[test]
fn a_cross_validation_is_told_split_by_split() {
    let path = file();
    let mut typed = vec!["--strategy", "sma_cross", "--space", SPACE, "--method", "grid"];
    typed.extend(["--cross-validate", r#"{"groups": 4, "test": 2, "purge": 3}"#, "--input"]);
    typed.push(path.to_str().expect("a path"));
    let found = told(&typed).expect("a sweep");
    let (json, text) = (&found.json()["cross_validation"], found.text(false));
    assert_eq!((&json["purge"], &json["embargo"]), (&3.into(), &2.into()), "a hundredth of 120 bars, rounded up");
    assert_eq!(
        (json["splits"].as_array().expect("splits").len(), json["paths"].as_array().expect("paths").len()),
        (6, 3)
    );
    // From the first test's end (30), 3 purged and 2 under embargo, to 3 before the second one.
    assert_eq!(json["splits"][1]["test"], serde_json::json!([[0, 30], [60, 90]]));
    assert_eq!(json["splits"][1]["train"], serde_json::json!([[35, 57], [95, 120]]));
    assert!(json["sharpe_mean"].is_number() && text.contains("Sharpe of 3 paths through all: "), "{text}");
    assert!(text.contains("0..30 60..90"), "{text}");
}

#[test]
fn a_stretch_without_a_winner_and_trials_that_were_ruined_are_told() {
    let rows: String = (0..120)
        .map(|n| {
            let close = if n < 60 { 100.0 } else { 100.0 + 20.0 * (f64::from(n) / 3.0).sin() };
            format!("{},{close},{close},{close},{close}\n", n * 60_000)
        })
        .collect();
    let path = std::env::temp_dir().join(format!("ringside-still-{}.csv", std::process::id()));
    std::fs::write(&path, format!("time_ms,open,high,low,close\n{rows}")).expect("written");
    let mut typed = vec!["--strategy", "sma_cross", "--space", SPACE, "--method", "grid", "--walk-forward"];
    typed.extend([
        r#"{"train": 60, "test": 20}"#,
        "--cross-validate",
        r#"{"groups": 4, "test": 2, "purge": 0, "embargo": 0}"#,
    ]);
    typed.extend(["--input", path.to_str().expect("a path")]);
    let found = told(&typed).expect("a sweep");
    let (json, text) = (found.json(), found.text(false));
    let (walk, cross) = (&json["walk_forward"], &json["cross_validation"]);
    assert_eq!((&walk["windows_without_winner"], &cross["splits_without_winner"]), (&json!([1]), &json!([6])));
    let window = &walk["windows"][0];
    assert_eq!((&window["params"], &window["tested"]["return"]), (&Value::Null, &0.0.into()), "{window}");
    assert!(window["unknown"].is_string() && walk["windows"][1]["unknown"].is_null(), "{walk}");
    assert_eq!((cross["paths"].as_array().expect("a list").len(), &cross["paths_ruined"]), (3, &0.into()));
    assert!(text.contains("no winner") && text.contains("windows without a winner: 1; "), "{text}");
    assert!(text.contains("splits without a winner: 6; ") && page::page(&found).contains("no winner"), "{text}");

    typed.extend(["--cash", "40", "--fee", "0.05"]);
    let found = told(&typed).expect("a sweep");
    let (json, text) = (found.json(), found.text(false));
    let is_ruined = |trial: &&Value| trial["max_drawdown"].as_f64() <= Some(-1.0);
    let ruined = json["trials"].as_array().expect("trials").iter().filter(is_ruined).count();
    assert!(
        ruined > 5 && json["ruined"] == ruined && text.contains(&format!("{ruined} of 136 trials were ruined")),
        "{text}"
    );
}

#[test]
fn how_much_hangs_on_each_parameter_is_shown_in_the_terminal_and_on_a_page() {
    let path = file();
    let mut typed = vec!["--strategy", "sma_cross", "--space", SPACE, "--method", "grid", "--objective", "-ulcer"];
    typed.extend(["--input", path.to_str().expect("a path")]);
    let found = told(&typed).expect("a sweep");
    let (json, text, page) = (&found.json()["sensitivity"], found.text(false), super::page::page(&found));
    let [fast, slow] = [0, 1].map(|n| &json["parameters"][n]);
    assert_eq!((&fast["name"], slow["cells"].as_array().expect("cells").len()), (&"fast".into(), 17));
    let share = fast["share"].as_f64().expect("a share");
    assert!(share > 0.0 && share < 1.0 && text.contains(&format!("{:.1} % by fast", share * 100.0)), "{text}");
    // A row a value of fast, a digit a value of slow; the best of all is a 9 and the worst a 0.
    let rows: Vec<&str> = text.lines().skip_while(|line| !line.contains("fast \\ slow")).skip(1).take(8).collect();
    let digits: Vec<char> =
        rows.iter().flat_map(|row| row.trim_start()[2..].chars()).filter(|c| !c.is_whitespace()).collect();
    assert_eq!(digits.len(), 8 * 17, "{text}");
    assert!(digits.contains(&'9') && digits.contains(&'0'), "{text}");
    let best = found.json()["best"]["params"].clone();
    let at = |value: &Value, least: u64| (value.as_u64().expect("a number") - least) as usize;
    assert_eq!(digits[at(&best["fast"], 1) * 17 + at(&best["slow"], 4)], '9', "{text}");
    assert!(!text.contains('\u{1b}') && found.text(true).contains("\u{1b}[48;5;"), "colours where they are wanted");
    let cells = page.matches("<rect class=\"cell\"").count();
    assert_eq!(cells, 8 * 17, "a cell each");
    for needed in ["<h2>fast by slow</h2>", "deflated Sharpe", "ulcer", "</html>"] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(!page.contains("http"), "it needs nothing else");
}

#[test]
fn of_several_measures_the_front_is_told() {
    let path = file();
    let mut typed = vec!["--strategy", "sma_cross", "--space", SPACE, "--method", "nsga2", "--trials", "60"];
    typed.extend(["--objective", "total_return,-trades", "--input", path.to_str().expect("a path")]);
    let found = told(&typed).expect("a sweep");
    let (json, text) = (found.json(), found.text(false));
    let front = json["front"].as_array().expect("a front");
    let of = |trial: &Value, name: &str| trial["objectives"][name].as_f64().expect("a number");
    assert!(front.len() > 1 && front[0]["trial"] == json["best"]["trial"], "{text}");
    for pair in front.windows(2) {
        let (worse, better) = (of(&pair[1], "total_return") < of(&pair[0], "total_return"), of(&pair[1], "-trades"));
        assert!(worse && better < of(&pair[0], "-trades"), "less return for fewer trades: {text}");
    }
    let line = format!("front {} of 60", front.len());
    assert!(text.contains(&line) && text.contains("total_return       -trades"), "{text}");
    assert_eq!(json["objectives"], serde_json::json!(["total_return", "-trades"]));
}

/// All that a sweep says but how long it took and what of it was known before.
pub(super) fn said(told: &tell::Told) -> Value {
    let mut json = told.json();
    for name in ["elapsed_ns", "runs_per_s", "reused"] {
        assert!(json.as_object_mut().expect("an object").remove(name).is_some(), "{name}");
    }
    json
}

/// A name for a file of states that is not there yet.
pub(super) fn fresh(name: &str) -> PathBuf {
    let path = file().with_file_name(name);
    // What is not there need not be removed.
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn what_was_broken_off_goes_on_from_its_file_to_the_same_bits() {
    let (input, state) = (file(), fresh("broken.state"));
    let mut typed = vec!["--strategy", "sma_cross", "--space", SPACE, "--method", "nsga2", "--trials", "60"];
    typed.extend(["--objective", "sharpe,max_drawdown", "--walk-forward", r#"{"train": 60, "test": 30}"#]);
    typed.extend(["--cross-validate", r#"{"groups": 3}"#, "--input", input.to_str().expect("a path")]);
    let expected = said(&told(&typed).expect("a sweep"));
    let mut kept = typed.clone();
    kept.extend(["--state", state.to_str().expect("a path")]);
    assert_eq!(said(&told(&kept).expect("a sweep")), expected);
    let whole = std::fs::read(&state).expect("a file");
    let lines = whole.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, 1 + 60 * (1 + 2 + 3), "its name, the whole, two windows, three splits");
    // As a kill leaves it: anywhere, also within a line.
    let head = whole.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    for cut in [head, head + 1, head + 2_000, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&state, &whole[..cut]).expect("written");
        assert_eq!(said(&told(&kept).expect("a sweep")), expected, "cut at {cut}");
        let again = told(&kept).expect("a sweep");
        assert_eq!((again.json()["reused"].as_u64(), said(&again)), (Some(60), expected.clone()), "cut at {cut}");
        let sorted = |bytes: &[u8]| {
            let mut lines: Vec<String> = String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&std::fs::read(&state).expect("a file")), sorted(&whole), "cut at {cut}");
    }
}

/// 1 + 28 * 0.1 is 3.8000000000000003, which reads back as its neighbour.
#[test]
fn an_axis_of_tenths_is_the_same_sweep_the_second_time() {
    let (input, state) = (file(), fresh("tenths.state"));
    let space = r#"{"k": {"min": 1.0, "max": 4.0, "step": 0.1}}"#;
    let typed = ["--strategy", "bollinger_reversion", "--space", space, "--method", "grid"];
    let paths = ["--input", input.to_str().expect("a path"), "--state", state.to_str().expect("a path")];
    let typed = [&typed[..], &paths[..]].concat();
    let first = said(&told(&typed).expect("a sweep"));
    assert_eq!(said(&told(&typed).expect("the same sweep")), first);
}

#[test]
fn a_state_that_is_damaged_or_of_another_sweep_is_refused_by_name() {
    let (input, state) = (file(), fresh("refused.state"));
    let typed = |seed, file: &PathBuf| {
        let typed =
            ["--strategy", "sma_cross", "--space", SPACE, "--method", "random", "--trials", "40", "--seed", seed];
        let paths = [input.to_str().expect("a path").to_owned(), file.to_str().expect("a path").to_owned()];
        let [input, file] = paths;
        let more = ["--input".to_owned(), input, "--state".to_owned(), file];
        typed.into_iter().map(str::to_owned).chain(more).collect::<Vec<String>>()
    };
    let run = |seed, file: &PathBuf| {
        let typed = typed(seed, file);
        told(&typed.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let refused = |seed, file: &PathBuf| {
        let Err(exit) = run(seed, file) else { panic!("it is taken") };
        (exit.code(), exit.message().expect("a message"))
    };
    run("3", &state).expect("a sweep");
    let whole = std::fs::read(&state).expect("a file");
    let (code, message) = refused("4", &state);
    assert!(code == 2 && message.contains("is of another sweep: its seed is 3, expected 4; take another"), "{message}");
    assert_eq!(std::fs::read(&state).expect("a file"), whole, "what was refused is as it was");
    let mut damaged = whole.clone();
    let line = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(4).expect("five lines").0 + 1;
    damaged[line + 12] ^= 1;
    std::fs::write(&state, &damaged).expect("written");
    let (code, message) = refused("3", &state);
    assert!(code == 1 && message.contains(&format!("line 6 (byte {line}) is damaged")), "{message}");
    for text in ["", "time_ms,open\n1,2\n"] {
        std::fs::write(&state, text).expect("written");
        let (code, message) = refused("3", &state);
        assert!(code == 2 && message.contains("is no state of a sweep"), "{message}");
    }
    // One at a time.
    std::fs::write(&state, &whole).expect("written");
    let held = std::fs::File::open(&state).expect("a file");
    held.lock().expect("free");
    let (code, message) = refused("3", &state);
    assert!(code == 3 && message.contains("another sweep is writing to it"), "{message}");
}

#[test]
fn parts_with_files_of_their_own_are_put_together_to_the_whole() {
    let input = file();
    let typed = |more: &[&str]| {
        let mut typed = vec!["--strategy", "sma_cross", "--space", SPACE, "--method", "grid"];
        typed.extend(["--input", input.to_str().expect("a path")]);
        typed.extend(more);
        told(&typed).expect("a sweep")
    };
    let expected = typed(&[]);
    let parts = ["1/3", "2/3", "3/3"].map(|part| (part, fresh(&format!("part-{}.state", &part[..1]))));
    for (part, path) in &parts {
        let path = path.to_str().expect("a path");
        let found = typed(&["--shard", part, "--state", path]);
        let trials = found.json()["trials"].clone();
        assert_eq!(
            typed(&["--shard", part, "--state", path]).json()["trials"],
            trials,
            "{part}: once more, out of the file"
        );
    }
    let mut more = vec!["--merge"];
    more.extend(parts.iter().map(|(_, path)| path.to_str().expect("a path")));
    let merged = typed(&more);
    assert_eq!(merged.json()["reused"], 8 * 17, "nothing is run again");
    assert_eq!(said(&merged), said(&expected));
}

#[test]
fn what_cannot_be_swept_is_refused_by_name() {
    let path = file();
    let refused = |more: &[&str]| {
        let mut typed = vec!["--strategy", "sma_cross", "--input", path.to_str().expect("a path")];
        let has = |key: &str| more.contains(&key);
        typed.extend(if has("--space") { vec![] } else { vec!["--space", SPACE] });
        typed.extend(if has("--method") { vec![] } else { vec!["--method", "random"] });
        typed.extend(more);
        let Err(exit) = told(&typed) else { panic!("{more:?} is taken") };
        (exit.code(), exit.message().expect("a message"))
    };
    for (more, wanted) in [
        (vec!["--method", "gird"], "--method: no method is called gird; nearest: grid"),
        (vec!["--objective", "sharp"], "--objective: no measure is called sharp; nearest: sharpe"),
        (vec!["--objective", "sharpe,sharpe"], "--objective: found sharpe twice"),
        (
            vec!["--method", "tpe", "--objective", "sharpe,calmar"],
            "--objective: found 2 measures, accepted with tpe: one; several with grid, random, nsga2",
        ),
        (vec!["--space", "{}"], "--space: found no parameter, expected at least one of sma_cross: fast, slow"),
        (vec!["--space", "{\"fsat\": [1]}"], "--space: sma_cross has no parameter fsat; nearest: fast, slow"),
        (vec!["--space", "{\"fast\": 3}"], "--space fast: found 3, accepted: a list of numbers, or {\"min\""),
        (
            vec!["--space", "{\"fast\": {\"min\": 1, \"max\": 3}}"],
            "--space fast: found {\"max\":3,\"min\":1}, accepted:",
        ),
        (vec!["--trials", "0"], "--trials: found 0 trials, accepted with random: from 1 to 1000000"),
        (vec!["--method", "grid", "--trials", "5"], "--trials: a grid tries every point"),
        (vec!["--shard", "4/3"], "--shard: found 4/3, accepted: I/N with I from 1 to N"),
        (vec!["--method", "tpe", "--shard", "1/3"], "--shard: tpe looks at the trials before"),
        (vec!["--walk-forward", "{\"train\": 60}"], "--walk-forward: found {\"train\": 60}, accepted:"),
        (
            vec!["--walk-forward", "{\"train\": 10, \"test\": 5}"],
            "--walk-forward: found train 10, test 5, accepted: train",
        ),
        (vec!["--walk-forward", "{\"train\": 60, \"test\": 5}", "--shard", "1/2"], "--shard: found one with --walk"),
        (vec!["--cross-validate", "{\"groups\": 3}", "--shard", "1/2"], "--shard: found one with --cross-validate"),
        (vec!["--cross-validate", "{\"test\": 3}"], "--cross-validate: found {\"test\": 3}, accepted: {\"groups\": N"),
        (vec!["--cross-validate", "{\"groups\": 3, \"purge\": -1}"], "--cross-validate: found {\"groups\": 3, \"p"),
        (vec!["--cross-validate", "{\"groups\": 3, \"folds\": 1}"], "--cross-validate: found {\"groups\": 3, \"f"),
        (vec!["--cross-validate", "{\"groups\": 1}"], "--cross-validate: found 1 groups, 1 of them a test; accepted"),
        (vec!["--cross-validate", "{\"groups\": 6, \"purge\": 40}"], "--cross-validate: split 3: its longest"),
    ] {
        let (code, message) = refused(&more);
        assert!(code == 2 && message.starts_with(wanted), "{more:?}: {code} {message}");
    }
    let large = r#"{"fast": {"min": 1, "max": 2000, "step": 1}, "slow": {"min": 1, "max": 501, "step": 1}}"#;
    let (code, message) = refused(&["--method", "grid", "--space", large]);
    assert!(
        code == 2 && message.starts_with("--space: a grid of 1002000 points, accepted: at most 1000000"),
        "{message}"
    );
    let (code, message) = refused(&["--space", "{\"slow\": [500]}"]);
    assert!(code == 1 && message.contains("found 120 bars, expected at least 500"), "{message}");
}

#[test]
fn points_that_break_a_condition_are_not_run_and_are_counted() {
    let path = file();
    let space = r#"{"fast": {"min": 1, "max": 6, "step": 1}, "slow": {"min": 1, "max": 6, "step": 1}}"#;
    let mut typed = vec!["--strategy", "sma_cross", "--space", space, "--method", "grid", "--input"];
    typed.extend([path.to_str().expect("a path"), "--where", "fast < slow"]);
    let told = told(&typed).expect("a sweep");
    let (found, text) = (told.json(), told.text(false));
    assert_eq!(
        (&found["points"], &found["points_left_out"], &found["where"][0]),
        (&36.into(), &21.into(), &"fast < slow".into())
    );
    let trials = found["trials"].as_array().expect("trials");
    assert_eq!(trials.len(), 15);
    assert!(trials.iter().all(|trial| trial["params"]["fast"].as_u64() < trial["params"]["slow"].as_u64()), "{found}");
    assert!(text.contains("21 points left out, which break fast < slow"), "{text}");
    for (typed_more, wanted) in [
        ("fast < slo", "--where: sma_cross has no parameter slo; nearest: slow, fast"),
        ("fast > 9", "--where: found no point of the space that holds, expected at least one"),
        (
            "fast ~ slow",
            "--where: found `fast ~ slow`, accepted: a parameter, one of < <= > >= == !=, and a parameter or a number, like `fast < slow`",
        ),
    ] {
        let typed = [&typed[..typed.len() - 1], &[typed_more]].concat();
        let exit = super::tests::told(&typed).err().expect("refused");
        assert_eq!((exit.code(), exit.message().as_deref()), (2, Some(wanted)));
    }
}

#[test]
fn a_sweep_says_what_it_is_of_what_no_window_has_and_why_something_is_not_told() {
    let path = file();
    let mut typed = vec!["--strategy", "sma_cross", "--space", r#"{"fast": [2, 3], "slow": [5, 100000]}"#];
    typed.extend(["--method", "grid", "--where", "slow < 10", "--input", path.to_str().expect("a path")]);
    typed.extend(["--walk-forward", r#"{"train": 50, "test": 30}"#]);
    let told = told(&typed).expect("what is left out needs no bars");
    let (found, text) = (told.json(), told.text(false));
    let read = std::fs::read(&path).expect("there");
    let hash = engine_core::state::hex(&engine_core::state::text_hash(&read));
    assert_eq!((found["input"]["blake3"].as_str(), &found["input"]["first_ms"]), (Some(hash.as_str()), &0.into()));
    assert_eq!(found["walk_forward"]["bars_left_over"], 10);
    assert!(text.contains("the last 10 bars belong to no window"), "{text}");
    assert_eq!(found["unknown"], serde_json::json!({}));
    let typed = [&typed[..3], &[r#"{"fast": [2]}"#], &typed[4..6], &typed[8..10], &["--objective", "omega"]].concat();
    let found = super::tests::told(&typed).expect("a sweep").json();
    let why = "fewer than two trials have a Sharpe ratio, or all have the same, or the best has none";
    assert_eq!(found["unknown"]["deflated_sharpe"], why, "{found}");
    assert!(found["deflated_sharpe"].is_null() && found["notes"] == serde_json::json!([]));
}
