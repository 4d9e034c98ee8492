//! Markets that nobody plots: what does not move, what falls to a tenth, what costs next to nothing.

use super::*;

/// Bars of a market: before half of them, and after.
const BARS: usize = 400;

/// What a market costs and trades at a bar.
struct Market {
    name: &'static str,
    /// Price before the half, after it, and how far bars stray from it then, as a share.
    price: [f64; 2],
    stray: [f64; 2],
    volume: f64,
}

const MARKETS: [Market; 12] = [
    Market { name: "flat", price: [100.0; 2], stray: [0.0; 2], volume: 1_000.0 },
    Market { name: "flat at what no float holds", price: [0.1; 2], stray: [0.0; 2], volume: 0.3 },
    Market { name: "a jump to a flat", price: [1.0, 100.1], stray: [0.0; 2], volume: 1_000.0 },
    Market { name: "a fall to a tenth", price: [1.0, 0.1], stray: [0.0; 2], volume: 1_000.0 },
    Market { name: "a fall to a thousandth, moving", price: [1.0, 0.001], stray: [0.02; 2], volume: 1_000.0 },
    Market { name: "flat, then moving", price: [100.0; 2], stray: [0.0, 0.02], volume: 1_000.0 },
    Market { name: "moving, then flat", price: [100.0; 2], stray: [0.02, 0.0], volume: 1_000.0 },
    Market { name: "nothing traded", price: [100.0; 2], stray: [0.02; 2], volume: 0.0 },
    Market { name: "nothing traded, flat", price: [100.0; 2], stray: [0.0; 2], volume: 0.0 },
    Market { name: "tiny", price: [1e-12, 2e-12], stray: [0.02; 2], volume: 1e-9 },
    Market { name: "huge", price: [1e11, 1e12], stray: [0.02; 2], volume: 1e6 },
    Market { name: "beyond squares", price: [1e200, 2e200], stray: [0.02; 2], volume: 1e6 },
];

impl Market {
    fn at(&self, column: &str, bar: usize) -> f64 {
        let (half, angle) = (usize::from(bar >= BARS / 2), bar as f64);
        let (price, stray) = (self.price[half], self.stray[half]);
        let close = price * (1.0 + stray * ((angle / 7.0).sin() + 0.3 * (angle * 1.7).sin()));
        match column {
            "high" => close * (1.0 + stray),
            "low" => close * (1.0 - stray),
            "open" => close * (1.0 + 0.5 * stray * (angle * 2.1).sin()),
            "signed" => [1.0, -1.0][bar % 2] * self.volume,
            "volume" | "trades" | "sell" | "taker_sell" | "oi" => self.volume,
            "buy" | "taker_buy" | "delta" => self.volume * (0.5 + 0.5 * stray * angle.sin()),
            "funding" | "long_share" => stray,
            "periods" => 2.0 + (bar % 29) as f64,
            "time_ms" => angle * 14_400_000.0,
            book if book.ends_with("_size") => self.volume,
            book if book.starts_with("bid") => close * (1.0 - stray * 0.001 * level(book)),
            book if book.starts_with("ask") => close * (1.0 + stray * 0.001 * level(book)),
            _ => close,
        }
    }
}

fn level(book: &str) -> f64 {
    book[3..].parse().unwrap_or(1.0)
}

/// A column an output: bar by bar, then block by block.
fn both(entry: &Entry, params: &[(&str, f64)], columns: &[Vec<f64>]) -> [Vec<Vec<f64>>; 2] {
    let bars = columns[0].len();
    let none = vec![vec![0.0; bars]; entry.outputs.len()];
    let (mut stream, mut batch, mut values) = (none.clone(), none, vec![0.0; entry.outputs.len()]);
    let mut made = entry.make(params).expect("in range");
    for bar in 0..bars {
        made.update(&columns.iter().map(|column| column[bar]).collect::<Vec<_>>(), &mut values);
        for (output, column) in stream.iter_mut().enumerate() {
            place(column, bar, made.back(output), values[output]);
        }
    }
    let inputs: Vec<_> = columns.iter().map(Vec::as_slice).collect();
    let mut outputs: Vec<_> = batch.iter_mut().map(Vec::as_mut_slice).collect();
    entry.make(params).expect("in range").run(&inputs, &mut outputs);
    [stream, batch]
}

#[test]
fn no_value_is_infinite_and_a_batch_is_the_stream_whatever_the_market() {
    let mut wrong = Vec::new();
    for entry in entries() {
        for market in &MARKETS {
            let columns: Vec<Vec<f64>> =
                entry.columns().map(|column| (0..BARS).map(|bar| market.at(column, bar)).collect()).collect();
            // A profile keeps what lies between the extremes, level by level.
            let height = ("height", (market.price[0] / 100.0).clamp(1e-12, 1e12));
            let has_height = entry.params.iter().any(|param| param.name == height.0);
            let params = if has_height { &[height][..] } else { &[] };
            let [stream, batch] = both(entry, params, &columns);
            for (output, (stream, batch)) in entry.outputs.iter().zip(stream.iter().zip(&batch)) {
                let of = format!("{} {output}, {}", entry.name, market.name);
                if let Some(bar) = stream.iter().position(|value| value.is_infinite()) {
                    wrong.push(format!("{of}: {} at {bar}", stream[bar]));
                }
                // Of no value the bits tell nothing.
                let differ =
                    |(one, other): (&f64, &f64)| one.to_bits() != other.to_bits() && !(one.is_nan() && other.is_nan());
                if let Some(bar) = stream.iter().zip(batch).position(differ) {
                    wrong.push(format!("{of}: {} bar by bar, {} in a batch, at {bar}", stream[bar], batch[bar]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_market_that_stands_still_gives_no_signal() {
    for price in [100.0, 0.1, 27_123.45, 3e-7] {
        let last = |name: &str, from: f64| {
            let market = Market { name: "", price: [from, price], stray: [0.0; 2], volume: 1.0 };
            let entry = find(name).expect("an entry");
            let columns: Vec<Vec<f64>> =
                entry.columns().map(|column| (0..BARS).map(|bar| market.at(column, bar)).collect()).collect();
            let [stream, _] = both(entry, &[], &columns);
            stream.iter().map(|column| column[BARS - 1]).collect::<Vec<_>>()
        };
        assert_eq!(last("WAVETREND", price), [0.0, 0.0], "{price}");
        assert_eq!(last("STC", price), [0.0], "{price}");
        assert_eq!(last("PMAX", price), [price, 1.0], "{price}");
        // Windows that saw another price before, and kept sums of it.
        for name in ["KURTOSIS", "SKEW"] {
            for from in [price, 1.0001, 1e6 * price] {
                assert!(last(name, from)[0].is_nan(), "{name} at {price} from {from}");
            }
        }
    }
}

#[test]
fn a_fall_does_not_carry_mcginleys_average_away() {
    let mut made = find("MCGINLEY").expect("an entry").make(&[]).expect("defaults");
    let mut value = [0.0];
    for bar in 0..200 {
        made.update(&[if bar < 100 { 1.0 } else { 0.1 }], &mut value);
        assert!(bar < 13 || (0.1 - 1e-9..=1.0 + 1e-9).contains(&value[0]), "{} at {bar}", value[0]);
    }
    assert!((value[0] - 0.1).abs() < 1e-9, "found {}", value[0]);
}
