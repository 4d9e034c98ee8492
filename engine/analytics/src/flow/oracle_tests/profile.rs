//! What was traded at which price.

use super::{equal, sets, tape};
use crate::flow::DAY_MS;
use crate::flow::footprint::{Footprint, Footprints};
use crate::flow::levels::{Level, Levels};
use crate::flow::profile::{BarProfile, DayProfile, VALUE_SHARE, ValueArea};
use crate::oracle::{columns, json_of};
use serde_json::Value;

const CAPACITY: usize = 256;

/// Rows of numbers, by columns.
fn table<const N: usize>(rows: &Value) -> [Vec<f64>; N] {
    let rows = rows.as_array().unwrap();
    std::array::from_fn(|column| rows.iter().map(|row| row[column].as_f64().unwrap()).collect())
}

fn known(values: impl Iterator<Item = f64>) -> Vec<Option<f64>> {
    values.map(Some).collect()
}

fn same_area(name: &str, got: Option<ValueArea>, wanted: &Value) {
    let got = got.expect("a value area");
    assert_eq!([got.poc, got.high, got.low], ["poc", "vah", "val"].map(|key| wanted[key].as_i64().unwrap()), "{name}");
    equal(name, &[Some(got.total)], &[wanted["total"].as_f64().unwrap()]);
    equal(name, &[Some(got.share)], &[wanted["share"].as_f64().unwrap()]);
}

#[test]
fn footprints_are_as_elsewhere() {
    let Some(sets) = sets() else { return };
    for (folder, trades, _) in sets {
        let wanted = json_of(&folder.join("footprint.json.gz"));
        let height = json_of(&folder.join("flow.json.gz"))["level"].as_f64().unwrap();
        let mut rows = wanted.as_array().unwrap().iter();
        let mut same = |got: &Footprint| {
            let wanted = rows.next().expect("a bar");
            assert_eq!(got.start_ms, wanted["bar_ms"].as_i64().unwrap());
            let [indices, buys, sells] = table(&wanted["levels"]);
            let levels = got.levels.all();
            let largest = indices.last().unwrap();
            let scaled = |values: Vec<f64>| values.into_iter().chain([*largest]).collect::<Vec<_>>();
            let got_of = |of: fn(&Level) -> f64| known(levels.iter().map(of).chain([*largest]));
            equal("index", &known(levels.iter().map(|level| level.index as f64)), &indices);
            equal("buy", &got_of(|level| level.buy), &scaled(buys));
            equal("sell", &got_of(|level| level.sell), &scaled(sells));
            assert_eq!(got.levels.poc().unwrap().index, wanted["poc"].as_i64().unwrap());
            let indices = |name: &str| -> Vec<i64> {
                wanted[name].as_array().unwrap().iter().map(|index| index.as_i64().unwrap()).collect()
            };
            let buys: Vec<i64> = got.buy_imbalances(3.0).unwrap().map(|level| level.index).collect();
            let sells: Vec<i64> = got.sell_imbalances(3.0).unwrap().map(|level| level.index).collect();
            assert_eq!((buys, sells), (indices("buy_imb"), indices("sell_imb")), "bar {}", got.start_ms);
        };
        let mut footprints = Footprints::new(300_000, height, CAPACITY);
        for (_, trade) in tape(&trades) {
            footprints.update(&trade).map(&mut same);
        }
        footprints.running().map(&mut same);
        assert_eq!(rows.len(), 0, "bars that were not made");
    }
}

#[test]
fn profiles_are_as_elsewhere() {
    let Some(sets) = sets() else { return };
    for (folder, trades, _) in sets {
        let expected = json_of(&folder.join("flow.json.gz"));
        let (height, wanted) = (expected["level"].as_f64().unwrap(), &expected["profile"]);
        let (mut whole, mut days) = (Levels::new(height, CAPACITY), DayProfile::new(height, CAPACITY));
        let mut areas = Vec::new();
        for (_, trade) in tape(&trades) {
            whole.update(&trade);
            areas.extend(days.update(&trade));
        }
        areas.extend(days.day_ms().map(|day_ms| (day_ms, days.value_area())));
        same_area("all", ValueArea::of(&whole, VALUE_SHARE), &wanted["all"]);
        let [indices, volumes] = table(&wanted["all"]["levels"]);
        equal("index", &known(whole.all().iter().map(|level| level.index as f64)), &indices);
        equal("volume", &known(whole.all().iter().map(Level::volume)), &volumes);
        for (day_ms, area) in &areas {
            let day = (day_ms / DAY_MS).to_string();
            same_area(&day, *area, &wanted[&day]);
        }
        assert_eq!(areas.len() + 2, wanted.as_object().unwrap().len());

        let bars = columns(&folder.join("orderflow_bars.csv.gz"));
        let mut of_bars = BarProfile::new(height, CAPACITY);
        for ((high, low), volume) in bars["high"].iter().zip(&bars["low"]).zip(&bars["volume"]) {
            of_bars.update(*high, *low, *volume);
        }
        same_area("from_bars", of_bars.value_area(), &wanted["from_bars"]);
        let [indices, volumes] = table(&wanted["from_bars"]["levels"]);
        equal("index", &known(of_bars.volumes().map(|(index, _)| index as f64)), &indices);
        equal("volume", &known(of_bars.volumes().map(|(_, volume)| volume)), &volumes);
    }
}
