//! `data export --bars`: trades cut by what has traded instead of by time.
//!
//! Owns: how a way to cut is typed, and the trades of the store or of a capture on one grid. Never: when a bar is over; that
//! is `engine_analytics::bar`'s.

use super::messages;
use crate::args::{Export as Args, RowsOf};
use crate::command::backtest::captures;
use crate::command::replay::unknown_venue;
use crate::exit::Exit;
use crate::store;
use anyhow::{Context as _, anyhow};
use bridges::store::history::decimal::Decimal;
use bridges::store::history::kind::{Kind, Period, PriceOf};
use bridges::store::history::table::{Cell, Column, Numbers, Table};
use bridges::store::history::{HistoryError, Series};
use engine_analytics::bar::cut::{Bar, BarBuilder, Learning, Measure, Rule};
use engine_analytics::bar::renko::RenkoBuilder;
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use feeds::capture::Recording;
use std::fmt;

/// Bars that thresholds which learn look back on, unless it is said.
const BARS: u32 = 20;
const ACCEPTED: &str = "tick:1000, volume:100, dollar:1000000, range:25, renko:25, imbalance:1000 or run:1000; the last two \
    count trades, volume or dollars (imbalance:volume:1000), begin with a bar of so many trades and learn from as many bars as \
    is said behind that (imbalance:volume:1000:50), else 20";

/// A way to cut, in the units that people type: prices and quantities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    /// So many trades.
    Tick(u32),
    /// So much quantity.
    Volume(Decimal),
    /// So much price times quantity.
    Dollar(Decimal),
    /// From the lowest price to the highest.
    Range(Decimal),
    /// Bricks so high.
    Renko(Decimal),
    /// Buyers less sellers, learnt.
    Imbalance(Measure, Learning),
    /// The busier side, learnt.
    Run(Measure, Learning),
}

/// Reads `volume:100`.
pub(crate) fn parse(text: &str) -> Result<Way, String> {
    let told = || format!("found `{text}`, accepted: {ACCEPTED}");
    let words: Vec<&str> = text.split(':').collect();
    let count = |word: &str| word.parse::<u32>().ok().filter(|count| *count > 0);
    let amount = |word: &str| Decimal::parse(word).filter(|amount| amount.units > 0);
    let learning = |first: &str, bars: Option<&str>| {
        let bars = bars.map_or(Some(BARS), count)?;
        Some(Learning { first_trades: count(first)?, bars })
    };
    let way = match words.as_slice() {
        ["tick", size] => count(size).map(Way::Tick),
        ["volume", size] => amount(size).map(Way::Volume),
        ["dollar", size] => amount(size).map(Way::Dollar),
        ["range", size] => amount(size).map(Way::Range),
        ["renko", size] => amount(size).map(Way::Renko),
        [kind @ ("imbalance" | "run"), rest @ ..] => {
            let (measure, rest) = match rest {
                ["tick" | "trades", rest @ ..] => (Measure::Trades, rest),
                ["volume", rest @ ..] => (Measure::Volume, rest),
                ["dollar", rest @ ..] => (Measure::Value, rest),
                rest => (Measure::Trades, rest),
            };
            let learning = match rest {
                [first] => learning(first, None),
                [first, bars] => learning(first, Some(*bars)),
                _ => None,
            };
            let way = if *kind == "run" { Way::Run } else { Way::Imbalance };
            learning.map(|learning| way(measure, learning))
        }
        _ => None,
    };
    way.ok_or_else(told)
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, measure, Learning { first_trades, bars }) = match self {
            Self::Tick(trades) => return write!(f, "tick:{trades}"),
            Self::Volume(size) => return write!(f, "volume:{size}"),
            Self::Dollar(size) => return write!(f, "dollar:{size}"),
            Self::Range(size) => return write!(f, "range:{size}"),
            Self::Renko(size) => return write!(f, "renko:{size}"),
            Self::Imbalance(measure, learning) => ("imbalance", measure, learning),
            Self::Run(measure, learning) => ("run", measure, learning),
        };
        let measure = match measure {
            Measure::Trades => "tick",
            Measure::Volume => "volume",
            Measure::Value => "dollar",
        };
        write!(f, "{kind}:{measure}:{first_trades}:{bars}")
    }
}

/// What was made of trades.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) series: Series,
    /// Its bars, as candles that begin with their first trade.
    pub(super) table: Table,
    /// Trades in all.
    pub(super) trades: usize,
    /// Trades behind the last bar: one that is not over is left out.
    pub(super) left: usize,
}

/// The trades that were asked for, cut.
pub(super) fn made(args: &Args, way: &Way) -> Result<Made, Exit> {
    let (series, trades) = trades(args)?;
    let (table, left) = cut(&trades, way).map_err(Exit::Failed)?;
    Ok(Made { series, table, trades: trades.len(), left })
}

fn trades(args: &Args) -> Result<(Series, Table), Exit> {
    if args.capture.is_empty() {
        return store::rows(&args.of, RowsOf::Trades);
    }
    args.of.belongs("--capture")?;
    let venue = args.venue.as_deref().context("clap sees to it that a venue stands beside captures")?;
    let venue = VenueId::from_name(venue).ok_or_else(|| unknown_venue(venue))?;
    let recording = Recording::read(&captures(&args.capture)?).context("--capture")?;
    let gathered = messages::gather(&recording, venue).map_err(HistoryError::from).context("--capture")?;
    let all: Vec<(Series, Table)> =
        gathered.tables.into_iter().filter(|(series, _)| series.kind == Kind::Trades).collect();
    let symbols: Vec<String> = all.iter().map(|(series, _)| series.symbol.clone()).collect();
    let there = symbols.join(", ");
    let asked = |(series, _): &(Series, Table)| args.symbol.as_ref().is_none_or(|symbol| series.symbol == *symbol);
    let mut asked = all.into_iter().filter(asked);
    match (asked.next(), asked.next(), &args.symbol) {
        (Some(one), None, _) => Ok(one),
        (None, _, None) => Err(Exit::Failed(anyhow!("--capture: found no trade in {} messages", recording.len()))),
        (None, _, Some(symbol)) => {
            Err(Exit::Usage(format!("--symbol: found {symbol}, accepted: one of those that traded ({there})")))
        }
        (Some(_), Some(_), _) => Err(Exit::Usage(format!("--symbol: found none, accepted: one of {there}"))),
    }
}

/// Bars of trades, as candles, and how many trades are behind the last of them.
fn cut(trades: &Table, way: &Way) -> anyhow::Result<(Table, usize)> {
    let [Column::Texts(ids), Column::Texts(sides), Column::Numbers(prices), Column::Numbers(amounts)] =
        trades.columns()
    else {
        anyhow::bail!("rows that are no trades");
    };
    debug_assert_eq!(ids.len(), trades.len());
    // The grid is the finest of the rows and of what was typed: a threshold is met exactly.
    let (px_typed, qty_typed) = match way {
        Way::Range(size) | Way::Renko(size) => (size.decimals, 0),
        Way::Volume(size) => (0, size.decimals),
        _ => (0, 0),
    };
    let grid = Grid { px: prices.decimals().max(px_typed), qty: amounts.decimals().max(qty_typed) };
    let has_sides = sides.iter().all(Option::is_some);
    if !has_sides && matches!(way, Way::Imbalance(..) | Way::Run(..)) {
        let row = sides.iter().position(Option::is_none).map_or(0, |row| row + 1);
        anyhow::bail!("trade {row} does not say whose side it was, which bars of imbalance and of runs are cut by");
    }
    let mut out = Out { grid, has_sides, table: Table::new(Kind::Candles(PriceOf::Trades, instant()?)), fault: Ok(()) };
    let (mut builder, mut left) = (Builder::new(way, grid)?, 0);
    for (row, side) in sides.iter().enumerate() {
        let (px, qty) = (of(prices, row, grid.px), of(amounts, row, grid.qty));
        let (Some(px), Some(qty)) = (px, qty) else {
            anyhow::bail!("trade {}: its price or quantity has more digits than bars are made of", row + 1);
        };
        // Where nobody knows the side, bars do not tell it.
        let side = if side.as_deref() == Some("buy") { Side::Buy } else { Side::Sell };
        let at = Nanos(u64::try_from(trades.times_ns()[row]).context("a trade from before 1970")?);
        left += 1;
        builder.trade(at, Ticks(px), Lots(qty), side, |bar| {
            left = 0;
            out.push(bar);
        });
    }
    out.fault?;
    Ok((out.table, left))
}

/// Bars have no length; candles of the store's tables have one.
fn instant() -> anyhow::Result<Period> {
    Period::new(1).context("a length above 0")
}

fn of(numbers: &Numbers, row: usize, decimals: u8) -> Option<i64> {
    let units = numbers.units()[row]?;
    Decimal::new(units, numbers.decimals()).at(decimals)?.try_into().ok()
}

/// Decimals of a tick and of a lot.
#[derive(Clone, Copy, Debug)]
struct Grid {
    px: u8,
    qty: u8,
}

enum Builder {
    Cut(BarBuilder),
    Renko(RenkoBuilder),
}

impl Builder {
    fn new(way: &Way, grid: Grid) -> anyhow::Result<Self> {
        let units = |size: &Decimal, decimals: u8| {
            let units = size.at(decimals).and_then(|units| i64::try_from(units).ok());
            units.with_context(|| format!("--bars: {size} has more digits than bars are made of"))
        };
        // A value is a price times a quantity, so it has the decimals of both; what is finer is reached by the next unit.
        let value = |size: &Decimal| {
            let decimals = grid.px + grid.qty;
            let whole = size.at(decimals.max(size.decimals))?;
            let finer = 10_i128.checked_pow(u32::from(size.decimals.saturating_sub(decimals)))?;
            Some(whole / finer + i128::from(whole % finer != 0))
        };
        let rule = match way {
            Way::Tick(trades) => Rule::Trades(*trades),
            Way::Volume(size) => Rule::Volume(Lots(units(size, grid.qty)?)),
            Way::Dollar(size) => Rule::Value(value(size).context("--bars: more digits than bars are made of")?),
            Way::Range(size) => Rule::Range(units(size, grid.px)?),
            Way::Renko(size) => return Ok(Self::Renko(RenkoBuilder::new(units(size, grid.px)?))),
            Way::Imbalance(measure, learning) => Rule::Imbalance(*measure, *learning),
            Way::Run(measure, learning) => Rule::Runs(*measure, *learning),
        };
        Ok(Self::Cut(BarBuilder::new(rule)))
    }

    fn trade(&mut self, at: Nanos, px: Ticks, qty: Lots, side: Side, mut each: impl FnMut(&Bar)) {
        match self {
            Self::Cut(builder) => builder.trade(at, px, qty, side).iter().for_each(each),
            Self::Renko(builder) => builder.trade(at, px, qty, side, &mut each),
        }
    }
}

/// Bars as they are written.
struct Out {
    grid: Grid,
    has_sides: bool,
    table: Table,
    fault: anyhow::Result<()>,
}

impl Out {
    fn push(&mut self, bar: &Bar) {
        let number = |units: i128, decimals: u8| Some(Cell::Number(Decimal::new(units, decimals)));
        let (candle, grid) = (&bar.candle, self.grid);
        let px = |px: Ticks| number(px.0.into(), grid.px);
        let cells = [
            px(candle.open),
            px(candle.high),
            px(candle.low),
            px(candle.close),
            number(candle.volume.0.into(), grid.qty),
            number(bar.value, grid.px + grid.qty),
            number(candle.trades.into(), 0),
            self.has_sides.then(|| number(candle.buy_volume.0.into(), grid.qty)).flatten(),
            None,
        ];
        let at_ns = i64::try_from(candle.start_at_ns.0).unwrap_or(i64::MAX);
        if self.table.push(at_ns, cells).is_err() && self.fault.is_ok() {
            self.fault = Err(anyhow!("a bar's value has more digits than its column holds"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::backtest::tests::shared;
    use bridges::store::history::csv;

    fn way(text: &str) -> Way {
        parse(text).expect("a way")
    }

    /// Trades as the store's CSV has them.
    fn trades(rows: &str) -> Table {
        let text = format!("ts_ns,id,side,price,qty\n{rows}");
        let asked = csv::Asked { kind: Some(Kind::Trades), ..csv::Asked::default() };
        csv::read(text.as_bytes(), asked).expect("rows").table
    }

    fn told(rows: &str, text: &str) -> (Vec<String>, usize) {
        let (table, left) = cut(&trades(rows), &way(text)).expect("bars");
        let mut out = Vec::new();
        csv::write(&table, &mut out).expect("written");
        (String::from_utf8(out).expect("text").lines().map(str::to_owned).collect(), left)
    }

    const ROWS: &str = "1000000,1,buy,100.5,2\n2000000,2,sell,100,1.5\n3000000,3,buy,102,1\n4000000,4,buy,101,0.25\n\
        5000000,5,sell,99.5,4\n";

    #[test]
    fn each_way_to_cut_is_read_shown_and_read_again() {
        for (text, shown) in [
            ("tick:1000", "tick:1000"),
            ("volume:0.50", "volume:0.5"),
            ("dollar:1e6", "dollar:1000000"),
            ("range:25", "range:25"),
            ("renko:0.1", "renko:0.1"),
            ("imbalance:1000", "imbalance:tick:1000:20"),
            ("imbalance:volume:1000:50", "imbalance:volume:1000:50"),
            ("run:dollar:10", "run:dollar:10:20"),
        ] {
            assert_eq!(way(text).to_string(), shown);
            assert_eq!(way(shown), way(text), "{text}");
        }
        for bad in [
            "",
            "tick",
            "tick:0",
            "tick:1.5",
            "volume:-1",
            "volume:0",
            "range:x",
            "imbalance:volume",
            "run:1:0",
            "run:1:2:3",
            "time:60",
            "tick:1:2",
        ] {
            let told = parse(bad).expect_err("refused");
            assert!(told.starts_with(&format!("found `{bad}`, accepted: tick:1000, volume:100")), "{told}");
        }
    }

    #[test]
    fn bars_have_the_decimals_of_their_trades_and_what_is_not_over_is_left_out() {
        let (lines, left) = told(ROWS, "tick:2");
        assert_eq!(
            lines,
            [
                "ts_ms,open,high,low,close,volume,quote_volume,trades,taker_buy_volume",
                "1,100.5,100.5,100,100,3.5,351,2,2",
                "3,102,102,101,101,1.25,127.25,2,1.25",
            ]
        );
        assert_eq!(left, 1);
        let (lines, left) = told(ROWS, "volume:3.499");
        assert_eq!((lines.len() - 1, left), (2, 0), "finer than a lot: what is reached is reached");
        assert!(lines[2].starts_with("3,102,102,99.5,99.5,5.25,"), "{lines:?}");
        let (lines, _) = told(ROWS, "dollar:351");
        assert_eq!(lines[1], "1,100.5,100.5,100,100,3.5,351,2,2", "exactly as much is enough");
        let (lines, _) = told(ROWS, "dollar:351.0000001");
        assert!(lines[1].starts_with("1,100.5,102,100,102,4.5,"), "{lines:?}");
        let (lines, left) = told(ROWS, "range:2");
        assert_eq!((lines[1].as_str(), lines.len(), left), ("1,100.5,102,100,102,4.5,453,3,3", 2, 2));
        let (lines, _) = told(ROWS, "renko:0.25");
        let ends: Vec<&str> = lines[1..].iter().filter_map(|line| line.split(',').nth(4)).collect();
        assert_eq!(ends[..3], ["100.25", "100", "100.5"], "bricks finer than a tick of the file: {lines:?}");
        assert_eq!(ends.last(), Some(&"99.5"));
    }

    #[test]
    fn thresholds_that_learn_need_the_sides_and_the_others_leave_them_out() {
        let (lines, _) = told(ROWS, "imbalance:1");
        assert_eq!(lines.len() - 1, 5, "one trade is the whole imbalance of a bar of one");
        let unknown = ROWS.replace("2,sell", "2,unknown");
        let fault = cut(&trades(&unknown), &way("run:2")).expect_err("refused");
        assert!(fault.to_string().starts_with("trade 2 does not say whose side it was"), "{fault}");
        let (lines, _) = told(&unknown, "tick:2");
        assert_eq!(lines[0], "ts_ms,open,high,low,close,volume,quote_volume,trades", "no column of what is not known");
    }

    #[test]
    fn all_trades_of_a_recording_are_in_its_bars() {
        let Some(shared) = shared() else { return };
        let file = shared.join("data/binance_usdm/hft_btcusdt_20230404.ndjson.zst");
        let recording = Recording::read(&captures(&[file]).expect("a file")).expect("a recording");
        let venue = VenueId::from_name("binance-usdm").expect("a venue");
        let gathered = messages::gather(&recording, venue).expect("rows");
        let all = gathered.tables.into_iter().filter(|(series, _)| series.kind == Kind::Trades);
        let trades = all.map(|(_, table)| table).max_by_key(Table::len).expect("trades");
        let (bars, left) = cut(&trades, &way("tick:10")).expect("bars");
        assert_eq!((bars.len(), left), (trades.len() / 10, trades.len() % 10), "{}", trades.len());
        assert!(bars.len() > 3, "{} bars do not try it", bars.len());
    }
}
