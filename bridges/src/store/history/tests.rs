use super::csv::{Asked, Rows, read};
use super::decimal::Decimal;
use super::kind::PriceOf;
use super::table::Cell;
use super::*;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

const DAY_NS: i64 = 86_400_000_000_000;

/// A folder that is taken away at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ringside-history-{name}-{}", std::process::id()));
        // What a test that failed left behind is no concern of this one.
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn candles(period: &str) -> Asked {
    let period = Period::parse(period).expect("a length");
    Asked { candles: Some((PriceOf::Trades, period)), ..Asked::default() }
}

fn rows(text: &str, asked: Asked) -> Result<Rows, String> {
    read(text.as_bytes(), asked).map_err(|error| error.to_string())
}

fn series(symbol: &str, kind: &str) -> Series {
    let kind = Kind::parse(kind).expect("a kind");
    Series { venue: "some-venue".to_owned(), symbol: symbol.to_owned(), kind }
}

/// Funding rates at these hours, all different.
fn funding(hours: impl IntoIterator<Item = i64>) -> Table {
    let lines: String = hours.into_iter().map(|hour| format!("{},0.{:06}\n", hour * 3_600_000, hour + 1)).collect();
    rows(&format!("ts_ms,rate\n{lines}"), Asked::default()).expect("rows").table
}

#[test]
fn rows_go_into_parts_by_time_and_come_back_by_span() {
    let folder = Folder::new("parts");
    let (history, of) = (History::open_to_write(&folder.0).expect("made"), series("linear:BTC/USDT", "funding"));
    let table = funding((0..800).map(|at| at * 24));
    let added = history.add(&of, &table).expect("added");
    assert_eq!(added, Added { rows: 800, known: 0, files: 3 }, "1970, 1971, 1972");
    assert!(folder.0.join("some-venue/linear=3ABTC=2FUSDT/funding/1971.parquet").is_file());
    assert_eq!(history.series().expect("listed"), std::slice::from_ref(&of));
    assert_eq!(history.read(&of, i64::MIN, i64::MAX).expect("read"), table);
    let part = history.read(&of, 364 * DAY_NS, 367 * DAY_NS).expect("read");
    assert_eq!(part.times_ns(), [364 * DAY_NS, 365 * DAY_NS, 366 * DAY_NS], "over the end of a year");
    let stock = history.stock(&of).expect("read").expect("there");
    assert_eq!((stock.first_ns, stock.last_ns, stock.rows, stock.files), (0, 799 * DAY_NS, 800, 3));
    assert_eq!(history.stock(&series("ETH", "funding")).expect("read"), None);
}

#[test]
fn the_same_again_adds_nothing_and_another_row_of_a_time_changes_nothing() {
    let folder = Folder::new("again");
    let (history, of) = (History::open_to_write(&folder.0).expect("made"), series("BTC", "funding"));
    let table = funding((0..400).map(|at| at * 24));
    history.add(&of, &table).expect("added");
    let again = history.add(&of, &table).expect("known");
    assert_eq!(again, Added { rows: 0, known: 400, files: 0 });
    // New rows of the first year stand before the one that does not agree with the second.
    let wrong = format!("ts_ms,rate\n{},0.5\n{},0.5\n", 3_600_000, 366 * 86_400_000_i64);
    let wrong = rows(&wrong, Asked::default()).expect("rows").table;
    let refused = history.add(&of, &wrong).expect_err("another rate of a time").to_string();
    assert!(refused.contains("found `0.5` of 1971-01-02"), "{refused}");
    assert_eq!(history.read(&of, i64::MIN, i64::MAX).expect("read"), table, "nothing half written");
}

#[test]
fn one_writes_at_a_time_and_who_reads_makes_nothing() {
    let folder = Folder::new("lock");
    assert!(matches!(History::open(&folder.0), Err(HistoryError::Place { .. })));
    assert!(!folder.0.exists());
    let writer = History::open_to_write(&folder.0).expect("made");
    assert!(matches!(History::open_to_write(&folder.0), Err(HistoryError::Busy(_))));
    drop((History::open(&folder.0).expect("there"), writer));
    History::open_to_write(&folder.0).expect("free again");
}

#[test]
fn what_a_killed_writer_left_is_no_row() {
    let folder = Folder::new("killed");
    let (history, of) = (History::open_to_write(&folder.0).expect("made"), series("BTC", "funding"));
    history.add(&of, &funding([0, 8, 16])).expect("added");
    let file = folder.0.join("some-venue/BTC/funding/1970.parquet");
    let whole = fs::read(&file).expect("read");
    // A file is written beside its place, under this name.
    fs::write(file.with_file_name("1970.parquet#1"), &whole[..whole.len() / 2]).expect("written");
    assert_eq!(history.add(&of, &funding([0, 8, 16, 24])).expect("added").rows, 1);
    assert_eq!(history.read(&of, i64::MIN, i64::MAX).expect("read"), funding([0, 8, 16, 24]));
    fs::write(&file, &whole[..whole.len() / 2]).expect("damaged");
    let told = history.read(&of, i64::MIN, i64::MAX).expect_err("half a file").to_string();
    assert!(told.contains("1970.parquet"), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn many_imports_in_any_order_are_one(
        parts in prop::collection::vec(prop::collection::btree_set(0..20_000_i64, 1..40), 1..6),
        from in 0..20_000_i64, length in 0..20_000_i64,
    ) {
        let folder = Folder::new("order");
        let (history, of) = (History::open_to_write(&folder.0).expect("made"), series("BTC", "funding"));
        for part in &parts {
            history.add(&of, &funding(part.iter().copied())).expect("added");
        }
        let all: std::collections::BTreeSet<i64> = parts.into_iter().flatten().collect();
        let hour_ns = DAY_NS / 24;
        let read = history.read(&of, from * hour_ns, (from + length) * hour_ns).expect("read");
        let wanted: Vec<i64> = all.range(from..from + length).copied().collect();
        if wanted.is_empty() { prop_assert!(read.is_empty()) } else { prop_assert_eq!(read, funding(wanted)) }
    }
}

#[test]
fn a_file_of_text_comes_back_as_it_was() {
    let text =
        "ts_ms,open,high,low,close,volume\n0,1.5,2,1,1.25,0\n60000,1.25,1.25,0.00000001,1,1234567.8901234567890123\n";
    let mut out = Vec::new();
    csv::write(&rows(text, candles("1m")).expect("rows").table, &mut out).expect("written");
    assert_eq!(String::from_utf8_lossy(&out), text);
    let trades = "ts_ns,id,side,price,qty\n7,a-1,buy,1,2\n7,,sell,1,2\n8,9,,1,2\n";
    let asked = Asked { kind: Some(Kind::Trades), ..Asked::default() };
    let mut out = Vec::new();
    csv::write(&rows(trades, asked).expect("rows").table, &mut out).expect("written");
    assert_eq!(String::from_utf8_lossy(&out), trades);
    let mut out = Vec::new();
    csv::write_json(&rows(text, candles("1m")).expect("rows").table, &mut out).expect("written");
    let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(json[1]["low"], "0.00000001");
    assert_eq!(json[1]["time_ns"], 60_000_000_000_i64);
}

#[test]
fn times_are_read_as_files_write_them() {
    let at = |head: &str, text: &str| {
        let table = rows(&format!("{head},rate\n{text},1\n"), Asked::default()).expect("a row").table;
        table.times_ns()[0]
    };
    let wanted = 1_769_817_600 * 1_000_000_000;
    for (head, text) in [
        ("time", "1769817600"),
        ("Timestamp", "1769817600000"),
        ("timestamp", "1769817600000000"),
        ("time", "1769817600000000000"),
        ("ts_ms", "1769817600000"),
        ("Date", "2026-01-31 00:00:00.000"),
        ("time", "2026-01-31T00:00:00"),
        ("time", "2026-01-31T00:00:00Z"),
        ("date", "2026-01-31"),
    ] {
        assert_eq!(at(head, text), wanted, "{head} {text}");
    }
    assert_eq!(at("ts_ns", "8"), 8);
    let ahead = Asked { ahead_ns: 3 * DAY_NS / 24, ..Asked::default() };
    let moscow =
        rows("Symbol,Date,Funding Rate\nBTC-USDT,2020-01-01 03:00:00.000,-0.00012359\n", ahead).expect("a row");
    assert_eq!(moscow.table.times_ns(), [1_577_836_800_000_000_000]);
    assert_eq!(moscow.ignored, ["Symbol"]);
}

#[test]
fn each_fault_of_a_file_is_named_with_its_row() {
    let candle = |lines: &str| rows(&format!("ts_ms,open,high,low,close,volume\n{lines}"), candles("1m"));
    let told = |lines: &str| candle(lines).expect_err("a fault");
    let good = "60000,1,1,1,1,0\n";
    for (lines, wanted) in [
        (format!("{good}120000,nan,1,1,1,1\n"), "row 2 (below the names): open: found nan, expected a finite number"),
        (format!("{good}120000,1,1,1,,1\n"), "row 2 (below the names): close: found nothing"),
        (format!("{good}120000,1,1,1,1\n"), "row 2 (below the names): found 5 cells, expected 6"),
        (format!("{good}120000,1,1,1,1,1\n\n60000,1,1,1,1,1\n"), "row 3 (below the names): found 1970-01-01T00:01"),
        (
            format!("{good}{good}"),
            "row 2 (below the names): found 1970-01-01T00:01:00.000000000Z again, which row 1 has",
        ),
        (format!("{good}120001,1,1,1,1,1\n"), "expected the start of a candle of 1m"),
        (format!("{good}120000,1,1,1,2,1\n"), "row 2 (below the names): found a high of 1 and a low of 1"),
        (format!("{good}120000,1,1,1,1,-1\n"), "found a volume of -1, expected none below 0"),
        (format!("{good}soon,1,1,1,1,1\n"), "ts_ms: found `soon`, expected a time"),
        (String::new(), "found no row below the names"),
    ] {
        let told = told(&lines);
        assert!(told.contains(wanted), "{told}, wanted {wanted}");
    }
    let missing = rows("ts_ms,open,hihg,low,close\n0,1,1,1,1\n", candles("1m")).expect_err("columns");
    assert_eq!(missing, "found the columns ts_ms, open, hihg, low, close, missing: high, volume");
    assert!(rows("open,high,low,close,volume\n1,1,1,1,1\n", candles("1m")).expect_err("no time").contains("ts_ms"));
    assert!(rows("", candles("1m")).expect_err("nothing").contains("found no row"));
    let side = rows("ts_ns,side,price,qty\n1,up,1,1\n", Asked { kind: Some(Kind::Trades), ..Asked::default() });
    assert!(side.expect_err("no side").contains("side: found up, expected buy or sell"));
}

#[test]
fn longer_candles_are_those_that_a_stream_makes_of_the_same_rows() {
    use engine_analytics::bar::{Candle, frames::Frames};
    use engine_model::units::{Lots, Nanos, Ticks};
    let minute = |at: i64| (at * 7 % 13 + 20, at * 5 % 11 + 40, at * 3 % 17 + 1, at * 11 % 7 + 25, at % 9);
    let there: Vec<i64> = (3..400).filter(|at| at % 10 != 4 && !(100..130).contains(at)).collect();
    let line = |at: &i64| {
        let (open, high, low, close, volume) = minute(*at);
        format!("{},{open},{high},{low},{close},{volume}\n", at * 60_000)
    };
    let text: String = there.iter().map(line).collect();
    let table = rows(&format!("ts_ms,open,high,low,close,volume\n{text}"), candles("1m")).expect("rows").table;
    let quarter = Period::parse("15m").expect("a length");
    let resample::Longer { table: made, holed } =
        resample::resample(&table, quarter).expect("short").expect("a multiple");
    let (mut frames, mut wanted) = (Frames::new(60_000_000_000, &[quarter.ns() as u64], 1), Vec::new());
    for at in there {
        let (open, high, low, close, volume) = minute(at);
        let [open, high, low, close] = [open, high, low, close].map(Ticks);
        let start_at_ns = Nanos(at as u64 * 60_000_000_000);
        let candle = Candle { start_at_ns, open, high, low, close, volume: Lots(volume), ..Candle::default() };
        let before = frames.count(quarter.ns() as u64);
        frames.candle(&candle);
        let closed = frames.closed(quarter.ns() as u64, 0).filter(|_| frames.count(quarter.ns() as u64) > before);
        wanted.extend(closed.map(|bar| {
            let Candle { start_at_ns, open, high, low, close, volume, .. } = bar;
            format!("{} {},{},{},{},{},,,,", start_at_ns.0, open.0, high.0, low.0, close.0, volume.0)
        }));
    }
    let found: Vec<String> =
        (0..made.len()).map(|row| format!("{} {}", made.times_ns()[row], made.line(row))).collect();
    // The rows begin in the middle of the first quarter, so it is no whole candle.
    assert_eq!(found, wanted[1..]);
    assert!(found.len() > 20 && wanted[0].starts_with("0 "));
    // Every tenth minute is missing, and two hours and more of them.
    assert_eq!(holed, made.times_ns(), "each has a hole");
    assert!(resample::resample(&table, Period::parse("90s").expect("a length")).expect("short").is_none());
}

#[test]
fn a_week_begins_on_a_monday_and_fortnights_are_two_of_them() {
    const DAY_NS: i64 = 86_400_000_000_000;
    let day = |text: &str| Kind::Candles(PriceOf::Trades, Period::parse(text).expect("a length"));
    let mut table = Table::new(day("1d"));
    // From Thursday, 1 January 2026, for five weeks; each day's price is its number.
    let first = 20_454;
    for n in 0..35 {
        let px = Some(Cell::Number(Decimal::new(100 + n, 0)));
        let cells = [px.clone(), px.clone(), px.clone(), px.clone(), px, None, None, None, None];
        table.push((first + n as i64) * DAY_NS, cells).expect("short");
    }
    let of = |table: &Table, text: &str| {
        let period = Period::parse(text).expect("a length");
        resample::resample(table, period).expect("short").expect("a multiple").table
    };
    let weeks = of(&table, "1w");
    let monday = first + 4;
    let begins: Vec<i64> = weeks.times_ns().iter().map(|at| at / DAY_NS).collect();
    assert_eq!(begins, [monday, monday + 7, monday + 14, monday + 21], "the first and last are not whole");
    assert_eq!(weeks.cell(0, 0).map(|cell| cell.text()).as_deref(), Some("104"));
    assert_eq!(weeks.cell(0, 3).map(|cell| cell.text()).as_deref(), Some("110"));
    assert_eq!(of(&table, "7d"), weeks, "one length, whatever it is called");
    let fortnights = of(&weeks, "2w");
    assert!(fortnights.times_ns().iter().all(|at| (at / DAY_NS - 4) % 14 == 0), "{:?}", fortnights.times_ns());
    assert!(!fortnights.is_empty() && of(&table, "2w").times_ns() == fortnights.times_ns());
}
