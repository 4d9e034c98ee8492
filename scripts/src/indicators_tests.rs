//! Indicators as scripts have them, held against the catalogue's own streams.

use super::*;
use engine_analytics::indicator::catalogue::find;

/// Declares in `start`, and wishes for what `value` gives, in thousandths, at each bar of a second.
fn valued(declared: &str, value: &str) -> String {
    format!(
        r#"fn about() {{ #{{ idea: "an idea of a test", risks: "the risks of a test", bars: [1000, 3000] }} }}
        fn start(params) {{ #{{ of: {declared} }} }}
        fn on_bar(bar) {{
            let value = {value};
            if bar.frame == 0 && value != () {{ take(bar.i, 1, (value * 1000.0).round().to_int() + 10000000); }}
        }}
        fn many(n, set) {{ let all = []; for i in 0..n {{ all.push(indicator("rsi", set)); }} all }}"#
    )
}

/// Candles of the walk, one a second: open, high, low, close, volume.
fn candles() -> Vec<[f64; 5]> {
    let px: Vec<i64> = walk().collect();
    px.chunks(4)
        .map(|px| {
            let (high, low) = (px.iter().max().expect("some"), px.iter().min().expect("some"));
            [px[0] as f64, *high as f64, *low as f64, px[px.len() - 1] as f64, px.len() as f64]
        })
        .collect()
}

/// What the script wished for at each of the candles but the last, which nobody closes.
fn told(rig: &mut Rig) -> Vec<Vec<String>> {
    let px: Vec<i64> = walk().collect();
    let mut told: Vec<Vec<String>> = px
        .chunks(4)
        .zip(1..)
        .map(|(px, second)| {
            (0..).zip(px).for_each(|(n, px)| rig.trade(second * 1_000 + n * 100, *px));
            rig.wishes()
        })
        .collect();
    told.remove(0);
    told
}

#[test]
fn a_script_reads_what_the_catalogue_gives_at_each_bar_that_is_over_and_nothing_before() {
    let mut seen = 0;
    for (name, params, set, output, columns) in [
        ("rsi", "#{ timeperiod: 5 }", &[("timeperiod", 5.0)][..], "", &[3][..]),
        (
            "MACD",
            "#{ fastperiod: 3, slowperiod: 6.0, signalperiod: 2 }",
            &[("fastperiod", 3.0), ("slowperiod", 6.0), ("signalperiod", 2.0)],
            "macdhist",
            &[3],
        ),
        ("BBANDS", "#{ nbdevup: 1.5 }", &[("nbdevup", 1.5)], "lowerband", &[3]),
        ("ATR", "#{ timeperiod: 4 }", &[("timeperiod", 4.0)], "real", &[1, 2, 3]),
        ("OBV", "#{}", &[], "", &[3, 4]),
    ] {
        let entry = find(name).expect("an indicator");
        let mut running = entry.make(set).expect("good");
        let place = entry.outputs.iter().position(|known| *known == output).unwrap_or(0);
        let read = if output.is_empty() {
            "this.of.value(bar.i)".to_owned()
        } else {
            format!("this.of.value(bar.i, \"{output}\")")
        };
        let mut rig = scripted(&valued(&format!("indicator(\"{name}\", {params})"), &read));
        let told = told(&mut rig);
        assert_eq!(rig.mode(), Mode::Running, "{name}: {:?}", rig.stage.board().rows[0].fault());
        for (bar, (candle, told)) in candles().iter().zip(told).enumerate() {
            let mut values = vec![f64::NAN; entry.outputs.len()];
            running.update(&columns.iter().map(|column| candle[*column]).collect::<Vec<_>>(), &mut values);
            let value = values[place];
            let wanted = if value.is_nan() {
                vec![]
            } else {
                vec![format!("1 buy 1 @ {}", (value * 1_000.0).round() as i64 + 10_000_000)]
            };
            assert_eq!(told, wanted, "{name}, bar {bar}");
            assert_eq!(value.is_nan(), bar < running.lookback(), "{name}, bar {bar}");
            seen += wanted.len();
        }
    }
    assert!(seen > 300, "{seen} values do not try it");
    // Of the longer length a third of them; the seconds between see the last one.
    let mut rig = scripted(&valued("indicator(\"MAX\", #{ timeperiod: 2 }, 1)", "this.of.value(bar.i)"));
    let told = told(&mut rig);
    assert!(told[..4].iter().all(Vec::is_empty) && told[4] == told[6] && told[6] != told[7], "{:?}", &told[..9]);
}

#[test]
fn the_sample_of_indicators_trades_by_them() {
    let params: Vec<_> =
        [("candle_ms", 1_000), ("period", 4), ("low", 40), ("high", 55)].map(|(n, v)| (n.to_owned(), v)).into();
    let row = load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/scripts/rsi.rhai"))).expect("the sample");
    let mut rig = Rig::new(vec![Strategy::of(row, &[InstrumentId(0)], &params).expect("good")]);
    let [mut rsi, mut atr] =
        ["RSI", "ATR"].map(|name| find(name).expect("one").make(&[("timeperiod", 4.0)]).expect("good"));
    let (mut is_long, mut turns) = (false, 0);
    for (bar, ([open, high, low, close, _], told)) in candles().into_iter().zip(told(&mut rig)).enumerate() {
        let (mut strength, mut range) = ([f64::NAN], [f64::NAN]);
        rsi.update(&[close], &mut strength);
        atr.update(&[high, low, close], &mut range);
        let wanted = match (strength[0], range[0]) {
            (strength, range) if strength.is_nan() || range.is_nan() => is_long,
            (strength, range) if strength > 55.0 || open - close > range => false,
            (strength, _) => is_long || strength < 40.0,
        };
        assert_eq!(told.len(), usize::from(wanted != is_long), "bar {bar}: {told:?}");
        assert!(told.iter().all(|told| told.contains(if wanted { "buy" } else { "sell" })), "bar {bar}: {told:?}");
        turns += u32::from(wanted != is_long);
        is_long = wanted;
    }
    assert!(turns > 10, "{turns} turns do not try it");
}

#[test]
fn who_is_set_anew_learns_its_indicators_again() {
    let run = |period: i64, swap: Option<i64>| {
        let params: Vec<_> = [("candle_ms", 1_000), ("period", period)].map(|(n, v)| (n.to_owned(), v)).into();
        let row =
            load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/scripts/rsi.rhai"))).expect("the sample");
        let mut rig = Rig::new(vec![Strategy::of(row, &[InstrumentId(0)], &params).expect("good")]);
        rig.market(MarketChange::Book(BookState::Lost));
        told(&mut rig);
        if let Some(value) = swap {
            rig.steer(Steer::Set { param: 1, value, is_last: true });
        }
        rig.trade(500_000, 1);
        rig.wishes();
        rig.state()
    };
    assert_eq!(run(9, None), run(9, None));
    assert_eq!(run(4, Some(9)), run(9, None), "as if it had always run so");
    assert_ne!(run(4, None), run(9, None));
}

#[test]
fn what_is_no_indicator_is_refused_by_name_with_its_line_before_a_run() {
    let refused = |text: &str| {
        let row = entry("mine", text).expect("a script");
        Strategy::of(row, &[InstrumentId(0)], &[]).expect_err("refused").to_string()
    };
    for (declared, what) in [
        ("indicator(\"rsy\")", "no indicator is called rsy; nearest: RSI"),
        ("indicator(\"rsi\", #{ period: 14 })", "RSI has no parameter period; nearest: timeperiod"),
        ("indicator(\"rsi\", #{ timeperiod: 1 })", "RSI timeperiod: found 1, accepted: a whole number from 2 to"),
        ("indicator(\"rsi\", #{ timeperiod: 2.5 })", "RSI timeperiod: found 2.5, accepted: a whole number"),
        ("indicator(\"rsi\", #{ timeperiod: \"9\" })", "RSI timeperiod: found a string, accepted: a number"),
        ("indicator(\"rsi\", #{ timeperiod: 1024 })", "RSI looks back at 1024 bars, accepted: less than 1024"),
        ("indicator(\"rsi\", #{}, 2)", "indicator rsi: length 2 of its bars, it has 2, from 0"),
        ("indicator(\"funding_z\")", "FUNDING_Z is made of `funding`, which bars do not have: they have open, high"),
        ("many(129, #{})", "RSI: all indicators take 10062 steps of each call"),
    ] {
        let found = refused(&valued(declared, "1.0"));
        assert!(found.contains("it cannot begin: start: ") && found.contains(what), "{declared}: {found}");
        let line = if declared.starts_with("many") { "(line 7, position" } else { "(line 2, position" };
        assert!(found.contains(line), "{declared}: {found}");
    }
    let barless = ABOUT.to_owned() + " fn start(params) { #{ of: indicator(\"rsi\") } }";
    assert!(refused(&barless).contains("indicator rsi: `about` names no `bars`"), "{}", refused(&barless));
    for (value, what) in [
        ("this.of.value(bar.i, \"reel\")", "RSI gives no reel; nearest: real"),
        ("this.of.value(7)", "instrument 7: it has 1, from 0"),
        ("indicator(\"rsi\").value(0)", "indicator rsi: declare it in `start`"),
    ] {
        let mut rig = scripted(&valued("indicator(\"rsi\")", value));
        told(&mut rig);
        let fault = rig.stage.board().rows[0].fault().map(str::to_owned).expect("a reason");
        assert!(fault.contains(what) && fault.contains("(line 4, position"), "{value}: {fault}");
    }
}

#[test]
fn what_indicators_take_is_taken_from_the_steps_of_each_call() {
    let with = |count: u32, turns: u32| {
        let declared = format!("many({count}, #{{ timeperiod: 36 }})");
        let text = valued(&declared, &format!("{{ let sum = 0; for n in 0..{turns} {{ sum += n; }} sum.to_float() }}"));
        let mut rig = scripted(&text);
        told(&mut rig);
        (rig.mode(), rig.stage.board().rows[0].fault().map(str::to_owned))
    };
    assert_eq!(with(0, 3_500).0, Mode::Running);
    assert_eq!(with(100, 400).0, Mode::Running);
    let (mode, fault) = with(100, 3_500);
    assert!(
        mode == Mode::Failed && fault.as_deref().is_some_and(|told| told.contains("Too many operations")),
        "{fault:?}"
    );
}
